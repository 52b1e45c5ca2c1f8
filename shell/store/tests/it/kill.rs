//! Kill -9 at random moments of a loaded run. 40 kills; 200 with COUNTERSIGN_SOAK=1.

use std::{collections::VecDeque, io::Write, path::Path, sync::mpsc, thread, time::Duration};

use countersign_store::{Batch, Options, Space, Store};

use crate::common::{Random, given_directory, lines, second_process};

/// Batches that wait at once.
const IN_FLIGHT: usize = 64;

fn options() -> Options {
    Options { reserve_bytes: 1 << 20, ..Options::default() }
}

/// What batch `number` writes; every batch writes several spaces, now and then large.
fn writes(number: u64) -> Vec<(Space, Vec<u8>, Vec<u8>)> {
    let mut random = Random::of(number);
    let key = number.to_be_bytes().to_vec();
    let mut writes = vec![
        (Space::Log, key.clone(), random.bytes(600)),
        (Space::Index, [b"by", &key[..]].concat(), random.bytes(16)),
        (Space::Outbox, key.clone(), vec![]),
    ];
    for part in 0..random.below(3) as u8 {
        let bytes = if random.below(40) == 0 { 200_000 } else { 2000 };
        writes.push((Space::Payload, [&key[..], &[part]].concat(), random.bytes(bytes)));
    }
    writes
}

fn batch(number: u64) -> Batch {
    let mut batch = Batch::new();
    for (space, key, value) in writes(number) {
        batch.put(space, key, value);
    }
    batch.put(Space::Meta, "last", number.to_be_bytes());
    batch
}

fn last(store: &Store) -> Option<u64> {
    let value = store.get(Space::Meta, b"last").unwrap()?;
    Some(u64::from_be_bytes(value.try_into().unwrap()))
}

#[test]
#[ignore = "runs as a second process"]
fn writer() {
    let Some(directory) = given_directory() else { return };
    let store = Store::open(directory, options()).unwrap();
    let first = last(&store).map_or(0, |number| number + 1);
    let mut out = std::io::stdout();
    let mut waiting = VecDeque::new();
    for number in first.. {
        waiting.push_back((number, store.try_submit(batch(number)).unwrap()));
        if waiting.len() == IN_FLIGHT {
            let (number, answer) = waiting.pop_front().unwrap();
            answer.blocking_recv().unwrap().unwrap();
            writeln!(out, "ack {number}").unwrap();
            out.flush().unwrap();
        }
    }
}

/// Lets it write, kills it, and returns the last number acknowledged. The delay counts from the first acknowledgement,
/// or from the start of the process, so that opening is killed too.
fn run_and_kill(directory: &Path, delay: Duration, from_start: bool) -> Option<u64> {
    let mut child = second_process("kill::writer", directory).spawn().unwrap();
    let lines = lines(&mut child, "ack ");
    let (begun, begins) = mpsc::channel();
    let reader = thread::spawn(move || {
        let numbers = lines.map(|number| number.parse::<u64>().unwrap());
        // Nobody waits for the second.
        numbers.inspect(|_| begun.send(()).unwrap_or_default()).last()
    });
    if !from_start {
        begins.recv_timeout(Duration::from_secs(60)).unwrap();
    }
    thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Every batch up to the last is wholly there; of later ones nothing is there. Checks from `first` on.
fn check(directory: &Path, first: u64, acknowledged: Option<u64>) -> Option<u64> {
    let store = Store::open(directory, options()).unwrap();
    let last = last(&store);
    assert!(last >= acknowledged, "{acknowledged:?} was acknowledged, the last there is {last:?}");
    let end = last.map_or(0, |last| last + 1);
    for number in first..end {
        for (space, key, value) in writes(number) {
            assert!(store.get(space, &key).unwrap().as_ref() == Some(&value), "{number} of {end} lacks {space:?}");
        }
    }
    for number in end..end + 2 * IN_FLIGHT as u64 {
        for (space, key, _) in writes(number) {
            assert!(!store.contains(space, &key).unwrap(), "half of {number} is there, {last:?} is the last");
        }
    }
    assert_eq!(store.scan_prefix(Space::Log, b"").count() as u64, end);
    last
}

#[test]
fn nothing_acknowledged_is_lost_and_no_batch_is_half() {
    let folder = tempfile::tempdir().unwrap();
    let kills = if std::env::var_os("COUNTERSIGN_SOAK").is_some() { 200 } else { 40 };
    let mut random = Random::new("kill");
    let mut first = 0;
    let mut written = 0;
    let mut acknowledged_runs = 0;
    for _ in 0..kills {
        let delay = Duration::from_micros(random.below(250_000));
        let acknowledged = run_and_kill(folder.path(), delay, random.below(5) == 0);
        acknowledged_runs += u32::from(acknowledged.is_some());
        let last = check(folder.path(), first, acknowledged);
        // Each round checks what it wrote and a few before; the last round checks all.
        written = last.map_or(0, |last| last + 1);
        first = written.saturating_sub(500);
    }
    check(folder.path(), 0, None);
    eprintln!("kill: {kills} kills, {acknowledged_runs} after an acknowledgement, {written} batches there");
    assert!(acknowledged_runs * 2 > kills, "too few runs were killed while they wrote");
}
