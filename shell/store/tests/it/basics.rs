//! Reading back what was written.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use countersign_store::{Batch, Options, Space, Store};

use crate::common::Random;

fn options() -> Options {
    Options { reserve_bytes: 1 << 20, ..Options::default() }
}

fn put(store: &Store, space: Space, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
    let mut batch = Batch::new();
    batch.put(space, key, value);
    store.commit_now(batch).unwrap();
}

#[test]
fn spaces_are_apart_and_the_last_word_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options()).unwrap();
    for (index, space) in Space::ALL.into_iter().enumerate() {
        put(&store, space, "key", [index as u8]);
    }
    put(&store, Space::Log, "key", "new");
    let mut batch = Batch::new();
    batch.delete(Space::Index, "key").put(Space::Meta, "key", "old").put(Space::Meta, "key", "newer");
    store.commit_now(batch).unwrap();
    let check = |store: &Store| {
        assert_eq!(store.get(Space::Meta, b"key").unwrap().unwrap(), b"newer");
        assert_eq!(store.get(Space::Contract, b"key").unwrap().unwrap(), [1]);
        assert_eq!(store.get(Space::Log, b"key").unwrap().unwrap(), b"new");
        assert_eq!(store.get(Space::Index, b"key").unwrap(), None);
        assert!(store.contains(Space::Payload, b"key").unwrap());
        assert!(!store.contains(Space::Payload, b"other").unwrap());
    };
    check(&store);
    drop(store);
    check(&Store::open(folder.path(), options()).unwrap());
}

/// The order between batches in one group: a later delete wins over an earlier put, and the other way round.
#[test]
fn a_group_keeps_the_order_of_its_batches() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options()).unwrap();
    let mut random = Random::new("order");
    let mut expected = std::collections::BTreeMap::new();
    let mut answers = Vec::new();
    for number in 0..2000_u32 {
        let key = vec![random.below(20) as u8];
        let mut batch = Batch::new();
        if random.below(3) == 0 {
            batch.delete(Space::Log, key.clone());
            expected.remove(&key);
        } else {
            batch.put(Space::Log, key.clone(), number.to_be_bytes());
            expected.insert(key, number.to_be_bytes().to_vec());
        }
        answers.push(store.try_submit(batch).unwrap());
    }
    for answer in answers {
        answer.blocking_recv().unwrap().unwrap();
    }
    let check = |store: &Store| {
        let found: Vec<_> = store.scan_prefix(Space::Log, b"").map(Result::unwrap).collect();
        assert_eq!(found, expected.clone().into_iter().collect::<Vec<_>>());
    };
    check(&store);
    drop(store);
    check(&Store::open(folder.path(), options()).unwrap());
}

#[test]
fn a_scan_sees_a_prefix_over_many_pages_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options()).unwrap();
    let mut batch = Batch::new();
    for number in 0..1000_u16 {
        for contract in [1_u8, 2, 255] {
            batch.put(Space::Log, [&[contract][..], &number.to_be_bytes()].concat(), vec![contract; 10]);
        }
    }
    store.commit_now(batch).unwrap();
    for (contract, compact) in [(1, false), (2, false), (255, false), (2, true), (255, true)] {
        if compact {
            store.compact().unwrap();
        }
        let keys: Vec<_> = store.scan_prefix(Space::Log, &[contract]).map(|pair| pair.unwrap().0).collect();
        let expected: Vec<_> = (0..1000_u16).map(|number| [&[contract][..], &number.to_be_bytes()].concat()).collect();
        assert_eq!(keys, expected);
        let last = store.last_with_prefix(Space::Log, &[contract]).unwrap().unwrap();
        assert_eq!(&last.0, expected.last().unwrap());
    }
    let from = |start: &[u8]| store.scan_from(Space::Log, &[2], start).count();
    assert_eq!(from(&[2, 3, 224]), 8);
    assert_eq!(from(&[0]), 1000);
    assert_eq!(from(&[3]), 0);
    assert_eq!(store.scan_prefix(Space::Log, b"").count(), 3000);
    assert_eq!(store.scan_prefix(Space::Meta, b"").count(), 0);
    assert_eq!(store.last_with_prefix(Space::Log, &[3]).unwrap(), None);
}

#[test]
fn a_limit_is_told_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options()).unwrap();
    let mut batch = Batch::new();
    batch.put(Space::Meta, "good", "1").put(Space::Meta, vec![1; 1025], "2");
    assert_eq!(store.commit_now(batch).unwrap_err().code(), "limit");
    assert!(!store.contains(Space::Meta, b"good").unwrap());
    put(&store, Space::Payload, vec![7; 1024], vec![8; 4 << 20]);
    assert_eq!(store.get(Space::Payload, &[7; 1024]).unwrap().unwrap().len(), 4 << 20);
}

#[test]
fn a_full_queue_is_busy_or_waits_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(folder.path(), options()).unwrap());
    let batch = |number: u32| {
        let mut batch = Batch::new();
        batch.put(Space::Payload, number.to_be_bytes(), vec![number as u8; 1 << 20]);
        batch
    };
    let mut busy = 0;
    let mut answers = Vec::new();
    for number in 0..120 {
        match store.try_submit(batch(number)) {
            Ok(answer) => answers.push((number, answer)),
            Err(error) => {
                assert_eq!(error.code(), "busy");
                busy += 1;
                // Waits for room instead.
                block_on(store.commit(batch(number))).unwrap();
                answers.push((number, store.try_submit(Batch::new()).unwrap()));
            }
        }
    }
    assert!(busy > 0, "the queue was never full");
    for (number, answer) in answers {
        answer.blocking_recv().unwrap().unwrap();
        assert!(store.contains(Space::Payload, &number.to_be_bytes()).unwrap());
    }
}

/// Closing waits for what was submitted.
#[test]
fn what_was_submitted_before_closing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options()).unwrap();
    let answers: Vec<_> = (0..1000_u32)
        .map(|number| {
            let mut batch = Batch::new();
            batch.put(Space::Outbox, number.to_be_bytes(), "sent");
            store.try_submit(batch).unwrap()
        })
        .collect();
    drop(store);
    assert!(answers.into_iter().all(|mut answer| answer.try_recv().unwrap().is_ok()));
    assert_eq!(Store::open(folder.path(), options()).unwrap().scan_prefix(Space::Outbox, b"").count(), 1000);
}

/// Drives a future on this thread: commits need no runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
