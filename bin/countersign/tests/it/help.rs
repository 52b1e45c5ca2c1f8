//! Help, misuse and what becomes of output that nobody reads.

use std::io::Read;
use std::process::Stdio;

use crate::place::{Place, snapshot};

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn help_is_short_with_h_and_has_an_example_with_help() {
    let place = Place::new();
    let all = place.run(&["-h"]);
    let mut told = all.told();
    for noun in listed(&all.out()) {
        let short = place.run(&[&noun, "-h"]);
        told.push_str(&short.told());
        let mut commands: Vec<_> = listed(&short.out()).into_iter().map(|verb| vec![noun.clone(), verb]).collect();
        commands.reverse();
        while let Some(command) = commands.pop() {
            let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
            let run = place.run(&arguments);
            let below = listed(&run.out()).into_iter().rev();
            commands.extend(below.map(|verb| [command.clone(), vec![verb]].concat()));
            assert!(run.out().contains("Example:\n  countersign "), "{}", run.told());
            let fits = |line: &str| line.chars().count() <= 80 || line.contains("countersign ");
            assert!(run.out().lines().all(fits), "{}", run.out());
            told.push_str(&run.told());
        }
    }
    snapshot("help", &told);
}

#[test]
fn misuse_ends_with_2_and_the_way_to_the_help() {
    let place = Place::new();
    let runs: [&[&str]; 6] = [
        &["contract", "show", "ctr_abc"],
        &["scenario", "run"],
        &["scenario", "check", "absent.yaml"],
        &["scenario", "run", "absent.yaml", "--start", "yesterday"],
        &["action", "do"],
        &["contract", "wait", "ctr_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
    ];
    let mut told = String::new();
    for arguments in runs {
        let run = place.run(arguments);
        assert_eq!(run.code(), 2, "{}", run.told());
        assert!(run.out().is_empty() && run.error().contains("--help"), "{}", run.told());
        told.push_str(&run.told());
    }
    snapshot("misuse", &told);
}

#[test]
fn no_node_ends_with_3_and_the_command_that_starts_one() {
    let place = Place::new();
    let told: String = [&["node", "status"] as &[&str], &["contract", "list", "--json"], &["outbox", "list"]]
        .map(|arguments| place.run(arguments))
        .iter()
        .inspect(|run| assert_eq!(run.code(), 3, "{}", run.told()))
        .map(|run| run.told())
        .collect();
    snapshot("no_node", &told);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    let mut child =
        place.command("home", &["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!((child.wait().unwrap().code(), error.as_str()), (Some(0), ""));
}

#[test]
fn every_shell_has_its_completions() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = place.run(&["completions", shell]);
        assert!(run.code() == 0 && run.out().contains("scenario"), "{}", run.told());
    }
}
