//! Shared by the tests: numbers without a crate, bytes that follow from a number, and this executable as a second process.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::SystemTime,
};

/// Environment variable that gives a second process its directory.
pub const DIRECTORY: &str = "COUNTERSIGN_STORE_TEST_DIRECTORY";

/// A small generator (xorshift64*); its seed is printed, and taken from COUNTERSIGN_SEED if set.
pub struct Random(u64);

impl Random {
    pub fn new(name: &str) -> Self {
        let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed = std::env::var("COUNTERSIGN_SEED").ok().map_or_else(now, |text| text.parse().unwrap());
        eprintln!("{name}: COUNTERSIGN_SEED={seed}");
        Self(seed | 1)
    }

    pub const fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

/// Runs one ignored test of this executable as a second process.
pub fn second_process(test: &str, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(DIRECTORY, directory).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// The directory that the first process gave.
pub fn given_directory() -> Option<std::path::PathBuf> {
    std::env::var_os(DIRECTORY).map(Into::into)
}

/// The lines that a second process prints after `word`, as far as they are whole.
pub fn lines(child: &mut Child, word: &'static str) -> impl Iterator<Item = String> + use<> {
    let mut reader: BufReader<ChildStdout> = BufReader::new(child.stdout.take().unwrap());
    std::iter::from_fn(move || {
        let mut line = String::new();
        // A line that the kill cut has no end.
        (reader.read_line(&mut line).unwrap() > 0 && line.ends_with('\n')).then_some(line)
    })
    .filter_map(move |line| line.trim_end().rsplit_once(word).map(|(_, rest)| rest.to_owned()))
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// A copy of a folder.
pub fn copy(source: &Path, target: &Path) {
    for file in files(source) {
        let place = target.join(file.strip_prefix(source).unwrap());
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(&file, place).unwrap();
    }
}
