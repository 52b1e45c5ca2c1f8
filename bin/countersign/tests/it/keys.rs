//! `key …`, which needs no node.

use std::os::unix::fs::PermissionsExt;

use crate::place::{Place, snapshot};

#[test]
fn keys_are_made_listed_and_never_shown() {
    let place = Place::new();
    let mut told = String::new();
    for arguments in [
        &["key", "list"] as &[&str],
        &["key", "new", "--name", "anna"],
        &["key", "new", "--admin", "--name", "Acme"],
        &["key", "new", "--name", "anna"],
        &["key", "list"],
        &["key", "list", "--name", "anna", "--json"],
        &["key", "list", "--card"],
        &["key", "list", "--card", "--name", "bert"],
    ] {
        told.push_str(&place.run(arguments).told());
    }
    snapshot("keys", &told);
    let mode = place.path("home/keys.keystore").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_passphrase_comes_from_a_file_or_the_environment_and_must_fit() {
    let place = Place::new();
    assert_eq!(place.run(&["key", "new", "--name", "anna"]).code(), 0);
    std::fs::write(place.path("pass"), "correct horse\n").unwrap();
    let run = |mode, arguments: &[&str]| {
        std::fs::set_permissions(place.path("pass"), PermissionsExt::from_mode(mode)).unwrap();
        place.run(arguments)
    };
    let with_file = ["key", "list", "--passphrase-file", "pass"];
    assert_eq!(run(0o600, &with_file).code(), 0);
    let mut told = run(0o644, &with_file).told();
    std::fs::write(place.path("pass"), "wrong").unwrap();
    told.push_str(&run(0o600, &with_file).told());
    told.push_str(&run(0o600, &["key", "list", "--passphrase-file", "pass", "--json"]).told());
    snapshot("passphrase", &told);
}
