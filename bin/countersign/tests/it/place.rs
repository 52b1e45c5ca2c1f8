//! A folder to run the command in, and what a run gave.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde::de::DeserializeOwned;

/// An empty folder that is also the home of a person.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file of the repository.
    pub fn repository(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
    }

    /// The command with nothing of the environment but what is said here.
    pub fn command(&self, home: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command
            .args(arguments)
            .env_clear()
            .env("COUNTERSIGN_HOME", self.path(home))
            .env("COUNTERSIGN_PASSPHRASE", "correct horse")
            .env("COUNTERSIGN_NODE_PASSPHRASE", "battery staple")
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_as("home", arguments)
    }

    pub fn run_as(&self, home: &str, arguments: &[&str]) -> Run {
        let output = self.command(home, arguments).output().unwrap();
        Run { line: format!("countersign {}", arguments.join(" ")), output, folder: self.0.path().to_owned() }
    }

    /// A run that must end well, and its JSON.
    pub fn json<T: DeserializeOwned>(&self, home: &str, arguments: &[&str]) -> T {
        let run = self.run_as(home, &[&["--json"], arguments].concat());
        assert_eq!(run.code(), 0, "{}", run.told());
        serde_json::from_slice(&run.output.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.told()))
    }
}

/// What a run gave.
pub struct Run {
    line: String,
    output: Output,
    folder: PathBuf,
}

impl Run {
    pub fn code(&self) -> i32 {
        self.output.status.code().expect("ended by itself")
    }

    pub fn out(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub fn error(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    /// All of it, with what differs from run to run left out.
    pub fn told(&self) -> String {
        let folder = self.folder.display().to_string();
        let repository = Place::repository("").display().to_string();
        let plain = |text: String| varying(&text.replace(&folder, "[folder]").replace(&repository, "[repository]/"));
        let mut told = format!("$ {}\nexit {}\n", plain(self.line.clone()), self.code());
        for (name, text) in [("stdout", self.out()), ("stderr", self.error())] {
            if !text.is_empty() {
                write!(told, "--- {name}\n{}", plain(text)).unwrap();
            }
        }
        told
    }
}

/// Ids, times and cards replaced by their kind. What is fixed, such as the id of a scenario, stays.
fn varying(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "_-:.".contains(*c)).collect();
        if word.is_empty() {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let time =
            word.len() == 24 && word.ends_with('Z') && word.as_bytes()[10] == b'T' && !word.starts_with("2026-01-");
        match word.split_once('_') {
            Some((kind @ ("idn" | "key"), id)) if id.len() >= 13 => write!(out, "{kind}_[…]").unwrap(),
            _ if time => out.push_str("[time]"),
            None if word.len() >= 50 => out.push_str("[base32]"),
            _ => out.push_str(&word),
        }
        rest = &rest[word.len()..];
    }
    out
}

/// Compares with `snapshots/<name>.txt`; writes it instead if COUNTERSIGN_SNAPSHOTS=write.
pub fn snapshot(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/snapshots/{name}.txt"));
    if std::env::var("COUNTERSIGN_SNAPSHOTS").is_ok_and(|what| what == "write") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(expected == found, "{} differs (COUNTERSIGN_SNAPSHOTS=write replaces it); found:\n{found}", path.display());
}

/// A process that ends with the test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
