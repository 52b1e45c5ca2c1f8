//! `node check --config`: every fault of a data directory by its code, without a node that runs.

use std::fs;
use std::net::TcpListener;

use countersign_api_model::CheckReport;

use crate::place::Place;

const CHECK: [&str; 5] = ["node", "check", "--config", "--data", "node"];

fn made() -> Place {
    let place = Place::new();
    assert_eq!(place.run(&["key", "new", "--admin", "--name", "Acme"]).code(), 0);
    let init = ["node", "init", "--name", "Acme", "--data", "node", "--listen", "127.0.0.1:0", "--api", "127.0.0.1:0"];
    let run = place.run(&init);
    assert_eq!(run.code(), 0, "{}", run.told());
    // With a port that partners can know.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = fs::read_to_string(place.path("node/node.toml")).unwrap();
    fs::write(place.path("node/node.toml"), text.replacen("127.0.0.1:0", &port.to_string(), 1)).unwrap();
    place
}

/// The codes found, in the order of the report.
fn codes(place: &Place) -> Vec<String> {
    let run = place.run(&[&["--json"], &CHECK[..]].concat());
    let report: CheckReport = serde_json::from_str(&run.out()).unwrap_or_else(|_| panic!("{}", run.told()));
    assert_eq!((run.code() == 0, report.good), (report.findings.is_empty(), report.findings.is_empty()));
    assert!(report.findings.iter().all(|finding| finding.fault && !finding.suggestion.is_empty()));
    report.findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a_new_node_has_no_fault_and_nothing_is_made() {
    let place = made();
    let run = place.run(&CHECK);
    assert_eq!((run.code(), run.out().as_str()), (0, "the node can start\n"), "{}", run.told());
    assert!(!place.path("node/store").exists());
    let nowhere = place.run(&["node", "check", "--config", "--data", "elsewhere"]);
    assert!(nowhere.code() == 1 && nowhere.out().contains("[not_initialised]"), "{}", nowhere.told());
    let neither = place.run(&["node", "check"]);
    assert_eq!(neither.code(), 2, "{}", neither.told());
}

#[test]
fn every_fault_is_named_at_once() {
    let place = made();
    let settings = place.path("node/node.toml");
    let good = fs::read_to_string(&settings).unwrap();
    let listen = good.lines().find_map(|line| line.strip_prefix("listen = ")).unwrap().trim_matches('"').to_owned();

    let taken = TcpListener::bind(&listen).unwrap();
    assert_eq!(codes(&place), ["cannot_listen"]);
    drop(taken);

    fs::write(&settings, good.replace("urls = []", "urls = [\"http://node.acme.example\"]")).unwrap();
    assert_eq!(codes(&place), ["invalid_config", "record_urls"]);

    fs::write(&settings, good.replace(&listen, "127.0.0.1:0")).unwrap();
    assert_eq!(codes(&place), ["invalid_config"], "partners cannot know the port");

    fs::write(&settings, good.replace("127.0.0.1:0", &listen)).unwrap();
    assert_eq!(codes(&place), ["invalid_config"], "one port for both");

    fs::write(&settings, format!("colour = \"red\"\n{good}")).unwrap();
    fs::remove_file(place.path("node/api.token")).unwrap();
    fs::remove_file(place.path("node/keys.keystore")).unwrap();
    fs::create_dir(place.path("node/store")).unwrap();
    fs::write(place.path("node/store/FORMAT"), "countersign-store 999\n").unwrap();
    assert_eq!(codes(&place), ["invalid_config", "io", "keystore_missing", "newer_version"]);
}

#[test]
fn card_and_keys_must_belong_together() {
    let (place, other) = (made(), made());
    fs::copy(other.path("node/member.card"), place.path("node/member.card")).unwrap();
    assert_eq!(codes(&place), ["wrong_key"]);
    fs::write(place.path("node/member.card"), "no card").unwrap();
    assert_eq!(codes(&place), ["invalid_config"]);
}
