//! `demo` and `dev`: real nodes, and none left behind.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::place::{Place, Running};

#[test]
fn the_demo_ends_with_one_state_and_no_process() {
    let place = Place::new();
    let begun = Instant::now();
    let run = place.run(&["demo", "--json"]);
    assert_eq!(run.code(), 0, "{}", run.told());
    let told: Value = serde_json::from_str(&run.out()).unwrap();
    let nodes = told["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 3);
    for node in nodes {
        assert_eq!(node["state"], "in_force");
        assert_eq!(node["state_hash"], nodes[0]["state_hash"]);
        assert_eq!(node["final_position"], node["position"]);
        assert!(!runs(&node["process"]), "{node} still runs");
    }
    assert!(run.error().contains("refused by the rule not_open"), "{}", run.error());
    // An hour of a laptop is longer than a test may take, a minute is not.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn dev_keeps_nodes_up_until_told_to_stop() {
    let place = Place::new();
    let mut dev = place.command("home", &["dev", "--json"]);
    let mut dev = Running(dev.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(dev.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let places: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let home = places[0]["home"].as_str().unwrap().to_owned();
    let folder = Path::new(&home).parent().unwrap().to_owned();
    let status = |home: &str| {
        let mut status = place.command("home", &["node", "status"]);
        status.env("COUNTERSIGN_HOME", home).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().code()
    };
    assert_eq!(status(&home), Some(0));
    for place in places.as_array().unwrap() {
        let link = place["link"].as_str().unwrap();
        assert!(link.starts_with(&format!("http://{}/ui/#enrol=", place["api"].as_str().unwrap())), "{link}");
        assert_eq!(place["contract"], places[0]["contract"]);
    }
    assert!(Command::new("kill").args(["-INT", &dev.0.id().to_string()]).status().unwrap().success());
    assert_eq!(dev.0.wait().unwrap().code(), Some(0));
    assert!(!folder.exists(), "{} was left behind", folder.display());
}

/// Whether a process with this id is a node of ours.
fn runs(process: &Value) -> bool {
    let line = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
    line.contains("--until-stdin-closes")
}
