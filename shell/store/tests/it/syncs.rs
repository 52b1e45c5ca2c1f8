//! What is acknowledged was synced: counted by the store, and by the kernel.

use std::process::Command;

use countersign_store::{Batch, Options, Space, Store};

use crate::common::{given_directory, lines, second_process};

const ALONE: u64 = 50;
const TOGETHER: u64 = 2000;

#[test]
#[ignore = "runs as a second process"]
fn writer() {
    let Some(directory) = given_directory() else { return };
    let store = Store::open(directory, Options { reserve_bytes: 1 << 20, ..Options::default() }).unwrap();
    let batch = |number: u64| {
        let mut batch = Batch::new();
        batch.put(Space::Log, number.to_be_bytes(), vec![1; 300]);
        batch
    };
    for number in 0..ALONE {
        store.commit_now(batch(number)).unwrap();
    }
    let alone = store.stats().unwrap();
    let answers: Vec<_> = (0..TOGETHER).map(|number| store.try_submit(batch(number)).unwrap()).collect();
    for answer in answers {
        answer.blocking_recv().unwrap().unwrap();
    }
    let all = store.stats().unwrap();
    println!("counted {} {} {} {}", alone.batches, alone.syncs, all.batches, all.syncs);
}

#[test]
fn every_group_is_synced_once_and_groups_are_shared() {
    let folder = tempfile::tempdir().unwrap();
    let counts = folder.path().join("strace");
    let plain = second_process("syncs::writer", &folder.path().join("store"));
    let traced = Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success());
    let mut command = if traced {
        let mut command = Command::new("strace");
        command.args(["-f", "-c", "-e", "trace=fsync,fdatasync", "-o"]).arg(&counts).arg(plain.get_program());
        command.args(plain.get_args());
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap());
        }
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
        command
    } else {
        eprintln!("skipped: strace is not installed; the store's own count alone is checked");
        plain
    };
    let mut child = command.spawn().unwrap();
    let counted: Vec<String> = lines(&mut child, "counted ").collect();
    let counted: Vec<u64> = counted[0].split(' ').map(|number| number.parse().unwrap()).collect();
    assert!(child.wait().unwrap().success());
    let [alone_batches, alone_syncs, batches, syncs] = counted[..] else { panic!("{counted:?}") };
    assert_eq!((alone_batches, alone_syncs), (ALONE, ALONE));
    assert_eq!(batches, ALONE + TOGETHER);
    let groups = syncs - alone_syncs;
    assert!((1..TOGETHER / 4).contains(&groups), "{groups} groups for {TOGETHER} batches");
    if traced {
        // "% time  seconds  usecs/call  calls  [errors]  syscall"
        let table = std::fs::read_to_string(&counts).unwrap();
        let calls: u64 = table
            .lines()
            .filter(|line| line.ends_with(" fsync") || line.ends_with(" fdatasync"))
            .map(|line| line.split_whitespace().nth(3).unwrap().parse::<u64>().unwrap())
            .sum();
        eprintln!("syncs: {batches} batches, {syncs} groups, {calls} calls of fsync and fdatasync");
        assert!(calls >= syncs, "{calls} calls for {syncs} groups:\n{table}");
    }
}
