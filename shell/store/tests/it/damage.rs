//! Damage of the medium: an error or the right value, never another value.

use std::{fs, panic};

use countersign_store::{Batch, Options, Space, Store};

use crate::common::{Random, copy, files};

const VALUES: u64 = 300;

fn options() -> Options {
    Options { reserve_bytes: 1 << 20, cache_bytes: 1 << 20 }
}

fn value(number: u64) -> Vec<u8> {
    Random::of(number).bytes(if number.is_multiple_of(7) { 9000 } else { 300 })
}

#[test]
fn a_flipped_bit_gives_no_other_value() {
    let prepared = tempfile::tempdir().unwrap();
    let store = Store::open(prepared.path(), options()).unwrap();
    let mut batch = Batch::new();
    for number in 0..VALUES {
        let space = if number.is_multiple_of(2) { Space::Payload } else { Space::Log };
        batch.put(space, number.to_be_bytes(), value(number));
    }
    store.commit_now(batch).unwrap();
    store.compact().unwrap();
    drop(store);

    let mut random = Random::new("damage");
    let (mut told, mut kept) = (0, 0);
    for _ in 0..150 {
        let folder = tempfile::tempdir().unwrap();
        copy(prepared.path(), folder.path());
        // The files that hold values; a flipped bit in the engine's lists of files can end the process at opening.
        let mut candidates = files(folder.path());
        candidates.retain(|file| ["tables", "blobs"].iter().any(|name| file.parent().unwrap().ends_with(name)));
        candidates.sort_by_key(|file| (file.metadata().unwrap().len(), file.clone()));
        // Half of the time one of the two large files.
        let last = candidates.len() as u64 - 1;
        let choice = if random.below(2) == 0 { last - random.below(2) } else { random.below(last + 1) };
        let path = candidates[choice as usize].clone();
        let mut bytes = fs::read(&path).unwrap();
        let place = random.below(bytes.len() as u64) as usize;
        bytes[place] ^= 1 << random.below(8);
        fs::write(&path, &bytes).unwrap();
        let name = path.strip_prefix(folder.path()).unwrap().display().to_string();

        let found = panic::catch_unwind(|| {
            let store = Store::open(folder.path(), options())?;
            let mut missing = 0;
            for number in 0..VALUES {
                let space = if number.is_multiple_of(2) { Space::Payload } else { Space::Log };
                match store.get(space, &number.to_be_bytes())? {
                    Some(found) => assert!(found == value(number), "another value"),
                    None => missing += 1,
                }
            }
            Ok::<_, countersign_store::Error>(missing)
        });
        match found {
            Ok(Ok(0)) => kept += 1,
            Ok(Ok(missing)) => panic!("{missing} values vanished without an error: {name} at {place}"),
            Ok(Err(error)) => {
                assert!(["corrupt", "io"].contains(&error.code()), "{error}: {name} at {place}");
                told += 1;
            }
            Err(_) => panic!("panicked: {name} at {place}"),
        }
    }
    eprintln!("damage: {told} told, {kept} without effect");
    assert!(told > 30);
}
