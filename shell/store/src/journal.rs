//! The engine's journal files, checked before the engine reads them.
//!
//! fjall 3.1.13 ends at the first unreadable byte and cuts off everything after it, refuses to open when a torn batch
//! has an end mark, and panics in a debug build on a torn length. So a journal is walked here first: a damaged end is cut
//! off, which no acknowledgement rests on; damage with a whole batch behind it is [`Error::Corrupt`], because what
//! was acknowledged would be lost in silence.
//!
//! ```text
//! batch    01  count u32  sequence u64          then `count` writes, then the end
//! write    02  type u8  compression u8  space u64  key u16  value u32  stored u32  key bytes  stored bytes
//! end      03  xxh3 of the writes u64  "FJL" 03                         all integers little-endian
//! ```

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_64;

use crate::{Error, directory};

const START: u8 = 1;
const WRITE: u8 = 2;
const END: u8 = 3;
const TRAILER: &[u8] = b"FJL\x03";
/// Steps that the search behind a damage may take, so that crafted values cannot make it run for hours.
const SEARCH_STEPS_MAX: u64 = 1 << 30;

/// Cuts the damaged end off the journals of a closed engine, or tells that more than the end is damaged.
pub(crate) fn repair(folder: &Path) -> Result<(), Error> {
    let mut damaged: Option<(PathBuf, usize)> = None;
    let mut last = None;
    for path in journals(folder)? {
        let bytes = fs::read(&path).map_err(Error::io("read the journal"))?;
        let whole = whole_batches(&bytes, &mut last);
        if whole > 0 && damaged.is_some() {
            return Err(corrupt(&path));
        }
        let rest = bytes.get(whole..).unwrap_or_default();
        // A journal is made of zeros in advance.
        if !zeros(rest) {
            if batch_within(rest) || damaged.is_some() {
                return Err(corrupt(&path));
            }
            damaged = Some((path, whole));
        }
    }
    match damaged {
        Some((path, whole)) => cut(&path, whole as u64),
        None => Ok(()),
    }
}

/// Leaves one empty journal. The newest stays, because without any the engine would count its writes anew.
pub(crate) fn forget(folder: &Path) -> Result<(), Error> {
    let mut journals = journals(folder)?;
    let Some(newest) = journals.pop() else { return Ok(()) };
    for path in journals {
        fs::remove_file(path).map_err(Error::io("remove a journal"))?;
    }
    cut(&newest, 0)?;
    directory::sync(folder)
}

/// The journals, oldest first.
fn journals(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    if folder.exists() {
        for entry in fs::read_dir(folder).map_err(Error::io("list the journals"))? {
            let path = entry.map_err(Error::io("list the journals"))?.path();
            let number = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".jnl")?.parse().ok());
            found.extend(number.map(|number| (number, path)));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn cut(path: &Path, length: u64) -> Result<(), Error> {
    OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|file| file.set_len(length).and_then(|()| File::sync_all(&file)))
        .map_err(Error::io("cut the journal"))
}

fn corrupt(path: &Path) -> Error {
    Error::Corrupt(format!("{} is damaged before its end", path.display()))
}

/// Compared block by block: a journal has up to 64 MiB of them.
fn zeros(bytes: &[u8]) -> bool {
    const BLOCK: [u8; 4096] = [0; 4096];
    bytes.chunks(BLOCK.len()).all(|chunk| BLOCK.starts_with(chunk))
}

/// How many bytes from the front are whole batches whose sequence goes on from `last`. The sequence stands under no
/// checksum, and it decides which of two writes is the later one.
fn whole_batches(bytes: &[u8], last: &mut Option<u64>) -> usize {
    let mut whole = 0;
    let mut steps = u64::MAX;
    while let Some(found) = bytes.get(whole..).and_then(|rest| batch(rest, &mut steps)) {
        if last.is_some_and(|last| found.sequence <= last) {
            break;
        }
        *last = Some(found.sequence);
        whole += found.length;
    }
    whole
}

/// Whether a whole batch begins anywhere; a search that takes too long counts as one found.
fn batch_within(bytes: &[u8]) -> bool {
    let mut steps = SEARCH_STEPS_MAX;
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == START);
    for (place, _) in starts {
        if batch(&bytes[place..], &mut steps).is_some() || steps == 0 {
            return true;
        }
    }
    false
}

/// A batch that is whole.
struct Whole {
    length: usize,
    sequence: u64,
}

/// The batch at the front, if it is whole.
fn batch(bytes: &[u8], steps: &mut u64) -> Option<Whole> {
    let mut rest = bytes;
    take(&mut rest, 1).filter(|tag| *tag == [START])?;
    let count = integer(&mut rest, 4)?;
    let sequence = u64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
    let writes = rest;
    for _ in 0..count {
        *steps = steps.checked_sub(1)?;
        take(&mut rest, 1).filter(|tag| *tag == [WRITE])?;
        take(&mut rest, 10)?;
        let key = integer(&mut rest, 2)?;
        let value = integer(&mut rest, 4)?;
        let stored = integer(&mut rest, 4)?;
        // The store has the engine's compression of the journal switched off.
        (value == stored).then_some(())?;
        take(&mut rest, key + stored)?;
    }
    let writes = &writes[..writes.len() - rest.len()];
    take(&mut rest, 1).filter(|tag| *tag == [END])?;
    let hash = take(&mut rest, 8)?;
    take(&mut rest, TRAILER.len()).filter(|trailer| *trailer == TRAILER)?;
    *steps = steps.saturating_sub(writes.len() as u64 / 64);
    let length = bytes.len() - rest.len();
    (hash == xxh3_64(writes).to_le_bytes()).then_some(Whole { length, sequence })
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

fn integer(rest: &mut &[u8], count: usize) -> Option<usize> {
    let bytes = take(rest, count)?;
    Some(bytes.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)))
}
