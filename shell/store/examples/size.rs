//! Measures how much larger a closed directory is than the values in it: a million values of 300 to 600 bytes.
//!
//! `cargo run -p countersign-store --example size [values]`

use std::{collections::VecDeque, time::Instant};

use countersign_store::{Batch, Options, Space, Store};

const VALUES_PER_BATCH: u64 = 4;
const CONTRACTS: u64 = 10_000;

fn main() {
    let values: u64 = std::env::args().nth(1).map_or(1_000_000, |text| text.parse().expect("a number of values"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path(), Options::default()).expect("a store");
    let mut seed = 1_u64;
    let mut random = move || {
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        seed.wrapping_mul(0x2545_F491_4F6C_DD1D)
    };
    let begun = Instant::now();
    let (mut value_bytes, mut key_bytes) = (0_u64, 0_u64);
    let mut waiting = VecDeque::new();
    for first in (0..values).step_by(VALUES_PER_BATCH as usize) {
        let mut batch = Batch::new();
        for number in first..values.min(first + VALUES_PER_BATCH) {
            // A contract's name is a hash, its items are counted: what a log looks like. No value can be compressed.
            let contract = (number / VALUES_PER_BATCH % CONTRACTS).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
            let key = [&contract[..], &contract, &contract, &contract, &number.to_be_bytes()].concat();
            let length = 300 + random() % 301;
            let value: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| random().to_le_bytes()).collect();
            value_bytes += length;
            key_bytes += key.len() as u64;
            batch.put(Space::Log, key, &value[..length as usize]);
        }
        waiting.push_back(store.try_submit(batch).expect("room in the queue"));
        if waiting.len() == 256 {
            waiting.pop_front().expect("not empty").blocking_recv().expect("an answer").expect("durable");
        }
    }
    for answer in waiting {
        answer.blocking_recv().expect("an answer").expect("durable");
    }
    let written = begun.elapsed();
    let stats = store.stats().expect("numbers");
    let begun = Instant::now();
    store.compact().expect("compact");
    let compacted = begun.elapsed();
    drop(store);
    let begun = Instant::now();
    let store = Store::open(folder.path(), Options::default()).expect("open again");
    let opened = begun.elapsed();
    let closed = store.stats().expect("numbers").bytes_on_disk;
    println!("values            {values} of {value_bytes} bytes, keys of {key_bytes} bytes");
    println!("written           {written:.1?}, {} groups, {} bytes on disk", stats.syncs, stats.bytes_on_disk);
    println!("compacted         {compacted:.1?}, {closed} bytes on disk, opened in {opened:.1?}");
    println!("disk per value    {:.3}", closed as f64 / value_bytes as f64);
    println!("disk per key+value {:.3}", closed as f64 / (key_bytes + value_bytes) as f64);
}
