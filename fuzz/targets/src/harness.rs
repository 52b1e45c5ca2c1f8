//! Runs targets on stable Rust, each in a process of its own.
//!
//! The child goes through inputs number 0, 1, 2, … of a seed and notes each number before it runs it. So when the
//! child dies or hangs, whatever the reason, the parent knows the number, and with it the input.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::{Mutator, Target};

/// The longest that one input may take. A machine under load is slow; a loop without end is slower.
const HANGS_AFTER: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a run found.
#[derive(Debug)]
pub enum Found {
    /// Nothing; so many inputs were run.
    Nothing(u64),
    /// An input that breaks the target.
    Input {
        /// Its number in the stream of the seed.
        number: u64,
        /// Where it was written.
        path: PathBuf,
        /// Whether it did not end, and was ended.
        hung: bool,
        /// What the child said last.
        said: String,
    },
}

/// The program of this crate with the arguments of a child: what [`child`] then runs.
pub fn child_command(program: &Path, target: &Target, seed: u64, seconds: u64, note: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("child").arg(target.name).arg(seed.to_string()).arg(seconds.to_string()).arg(note);
    command
}

/// What a child does: inputs of a seed for so many seconds, each number noted before it is run.
pub fn child(target: &Target, seed: u64, seconds: u64, note: &Path) -> io::Result<()> {
    let (seeds, file) = ((target.seeds)(), fs::File::create(note)?);
    let inputs = Mutator::new(&seeds, target.words, seed);
    let begun = Instant::now();
    for number in 0_u64.. {
        // The seeds as they are, however long they take.
        if begun.elapsed().as_secs() >= seconds && usize::try_from(number).is_ok_and(|number| number >= seeds.len()) {
            break;
        }
        file.write_all_at(&number.to_le_bytes(), 0)?;
        (target.run)(&inputs.input(number));
    }
    Ok(())
}

/// Runs a target in a child for so many seconds. An input that breaks it is written into `folder`.
pub fn run(program: &Path, target: &Target, seed: u64, seconds: u64, folder: &Path) -> io::Result<Found> {
    fs::create_dir_all(folder)?;
    let note = folder.join(format!("{}-{seed}-{}.number", target.name, std::process::id()));
    let said = note.with_extension("said");
    let mut command = child_command(program, target, seed, seconds, &note);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(&said)?).spawn()?;
    let ended = watch(child, &note);
    let number = noted(&note).unwrap_or(0);
    let words = fs::read_to_string(&said).unwrap_or_default();
    let _ = (fs::remove_file(&note), fs::remove_file(&said));
    let hung = match ended? {
        Ended::Well => return Ok(Found::Nothing(number.saturating_add(1))),
        Ended::Badly => false,
        Ended::Hung => true,
    };
    let seeds = (target.seeds)();
    let path = folder.join(format!("{}-{seed}-{number}", target.name));
    fs::write(&path, Mutator::new(&seeds, target.words, seed).input(number))?;
    Ok(Found::Input { number, path, hung, said: words })
}

/// The number that a child noted last.
fn noted(note: &Path) -> Option<u64> {
    Some(u64::from_le_bytes(fs::read(note).ok()?.try_into().ok()?))
}

enum Ended {
    Well,
    Badly,
    Hung,
}

fn watch(mut child: Child, note: &Path) -> io::Result<Ended> {
    let (mut last, mut since) = (None, Instant::now());
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { Ended::Well } else { Ended::Badly });
        }
        let now = noted(note);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        if since.elapsed() > HANGS_AFTER {
            child.kill()?;
            child.wait()?;
            return Ok(Ended::Hung);
        }
        thread::sleep(LOOK_EVERY);
    }
}
