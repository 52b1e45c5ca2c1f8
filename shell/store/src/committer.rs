//! The one writer: takes what waits, writes it as one group, and answers in order.

use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use tokio::sync::Notify;

use crate::{Batch, Error, store::Shared};

/// Batches that may wait.
pub const QUEUE_BATCHES_MAX: usize = 4096;
/// Bytes that may wait; a batch is let in while less than this is waiting.
pub const QUEUE_BYTES_MAX: usize = 32 << 20;
/// Bytes after which a group is full. The engine begins a new journal near 64 MiB.
const GROUP_BYTES_MAX: usize = 16 << 20;

/// Told once whether the batch is durable.
pub(crate) type Done = Box<dyn FnOnce(Result<(), Error>) + Send>;

struct Waiting {
    batch: Batch,
    bytes: usize,
    done: Done,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    closed: bool,
    stopped: Option<Error>,
}

/// What waits to be written.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    room: Condvar,
    room_async: Notify,
}

/// Why a batch was not let in; a full queue gives it back.
pub(crate) enum Refused {
    Full(Batch, Done),
    Error(Error),
}

impl Queue {
    /// Lets a batch in if there is room. `done` is called exactly once if so, from the writer's thread.
    pub fn offer(&self, batch: Batch, done: Done) -> Result<(), Refused> {
        let bytes = batch.check().map_err(Refused::Error)?;
        self.enter(&mut self.lock(), batch, bytes, done)
    }

    /// Lets a batch in, blocking the thread until there is room.
    pub fn push(&self, batch: Batch, done: Done) -> Result<(), Error> {
        let bytes = batch.check()?;
        let mut state = self.lock();
        let (mut batch, mut done) = (batch, done);
        loop {
            match self.enter(&mut state, batch, bytes, done) {
                Ok(()) => return Ok(()),
                Err(Refused::Error(error)) => return Err(error),
                Err(Refused::Full(batch_back, done_back)) => (batch, done) = (batch_back, done_back),
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets a batch in, waiting until there is room.
    pub async fn push_async(&self, batch: Batch, done: Done) -> Result<(), Error> {
        let (mut batch, mut done) = (batch, done);
        loop {
            // Before the attempt, so that room made in between is not missed.
            let room = self.room_async.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            match self.offer(batch, done) {
                Ok(()) => return Ok(()),
                Err(Refused::Error(error)) => return Err(error),
                Err(Refused::Full(batch_back, done_back)) => (batch, done) = (batch_back, done_back),
            }
            room.await;
        }
    }

    /// No more batches; those that wait are still written.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Why nothing is written any more.
    pub fn stopped(&self) -> Option<Error> {
        self.lock().stopped.clone()
    }

    /// From now on everyone gets this error, those who wait first.
    pub fn stop(&self, error: &Error) {
        let mut state = self.lock();
        let stopped = state.stopped.get_or_insert_with(|| error.clone().into_stopped()).clone();
        let waiting = mem::take(&mut state.waiting);
        state.bytes = 0;
        drop(state);
        for waiting in waiting {
            (waiting.done)(Err(stopped.clone()));
        }
        self.made_room();
    }

    fn enter(&self, state: &mut MutexGuard<'_, State>, batch: Batch, bytes: usize, done: Done) -> Result<(), Refused> {
        if let Some(error) = &state.stopped {
            return Err(Refused::Error(error.clone()));
        }
        if state.waiting.len() >= QUEUE_BATCHES_MAX || state.bytes >= QUEUE_BYTES_MAX {
            return Err(Refused::Full(batch, done));
        }
        state.bytes += bytes;
        state.waiting.push_back(Waiting { batch, bytes, done });
        self.arrived.notify_one();
        Ok(())
    }

    /// What waits, from the front, up to a full group; blocks until something waits. Nothing once closed and empty.
    fn take(&self) -> Option<Vec<Waiting>> {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut group = Vec::new();
        let mut bytes = 0;
        while let Some(next) = state.waiting.pop_front_if(|next| bytes == 0 || bytes + next.bytes <= GROUP_BYTES_MAX) {
            bytes += next.bytes;
            group.push(next);
        }
        state.bytes -= bytes;
        drop(state);
        self.made_room();
        Some(group)
    }

    fn made_room(&self) {
        self.room.notify_all();
        self.room_async.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer's thread: until the queue is closed and empty.
pub(crate) fn run(shared: &Arc<Shared>) {
    // If this thread ends by a panic, nobody may wait for ever.
    struct Guard<'a>(&'a Queue);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                self.0.stop(&Error::io("commit")(std::io::Error::other("the writer ended")));
            }
        }
    }
    let _guard = Guard(&shared.queue);
    while let Some(group) = shared.queue.take() {
        write(shared, group);
    }
}

/// Writes one group. When the disk has too little room for the whole group, the batches are tried one by one, so that a
/// large one does not take the others with it.
fn write(shared: &Shared, group: Vec<Waiting>) {
    let bytes = group.iter().map(|waiting| waiting.bytes as u64).sum();
    let only_deletes = group.iter().all(|waiting| waiting.batch.only_deletes());
    match shared.room_for(bytes, only_deletes) {
        Err(Error::DiskFull { .. }) if group.len() > 1 => {
            for waiting in group {
                write(shared, vec![waiting]);
            }
        }
        Err(error @ Error::DiskFull { .. }) => answer(group, &Err(error)),
        Err(error) => {
            shared.queue.stop(&error);
            answer(group, &Err(error.into_stopped()));
        }
        Ok(()) => commit(shared, group),
    }
}

fn commit(shared: &Shared, mut group: Vec<Waiting>) {
    let mut writes = BTreeMap::new();
    for waiting in &mut group {
        writes.extend(mem::take(&mut waiting.batch).into_writes());
    }
    let result = if writes.is_empty() {
        Ok(())
    } else {
        shared.engine().and_then(|engine| engine.commit(writes.into_iter())).inspect(|()| {
            shared.counts.syncs.fetch_add(1, Ordering::Relaxed);
        })
    };
    match result {
        Ok(()) => {
            shared.counts.batches.fetch_add(group.len() as u64, Ordering::Relaxed);
            answer(group, &Ok(()));
        }
        Err(error) => {
            let stopped = error.into_stopped();
            shared.queue.stop(&stopped);
            answer(group, &Err(stopped));
        }
    }
}

fn answer(group: Vec<Waiting>, result: &Result<(), Error>) {
    for waiting in group {
        (waiting.done)(result.clone());
    }
}
