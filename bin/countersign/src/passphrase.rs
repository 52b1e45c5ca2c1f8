//! A passphrase from a file, the environment or the person at the terminal, whose typing is not shown.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use countersign_keystore::Passphrase;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::failure::Failure;

/// Which passphrase is wanted.
pub struct Ask<'a> {
    /// The file given with `option`.
    pub file: Option<&'a Path>,
    /// The environment variable that may hold it.
    pub variable: &'a str,
    /// The option that names a file.
    pub option: &'a str,
    /// What it opens.
    pub what: &'a str,
    /// It is chosen now, so it is asked twice.
    pub new: bool,
}

impl Ask<'_> {
    /// The passphrase.
    pub fn get(&self) -> Result<Passphrase, Failure> {
        if let Some(file) = self.file {
            return Ok(Passphrase::from_file(file)?);
        }
        if std::env::var_os(self.variable).is_some() {
            return Ok(Passphrase::from_env(self.variable)?);
        }
        let mut terminal = Terminal::open().ok_or_else(|| {
            Failure::misuse(format!("there is no terminal to ask for the passphrase of {}", self.what))
                .next(format!("the same with {} FILE, or {} set", self.option, self.variable))
        })?;
        let first = terminal.ask(&format!("Passphrase of {}: ", self.what))?;
        if self.new && terminal.ask("The same again: ")? != first {
            return Err(Failure::misuse("the two passphrases differ").next("the same once more"));
        }
        Ok(Passphrase::new(first)?)
    }
}

/// The terminal with echo off; as before when dropped.
struct Terminal {
    file: File,
    before: Termios,
}

impl Terminal {
    fn open() -> Option<Self> {
        let file = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&file).ok()?;
        let mut quiet = before.clone();
        // Signals off as well: Ctrl-C must not leave the terminal without echo.
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(&file, OptionalActions::Flush, &quiet).ok()?;
        Some(Self { file, before })
    }

    fn ask(&mut self, words: &str) -> Result<String, Failure> {
        let failed = |error| Failure::misuse(format!("cannot ask at the terminal: {error}"));
        self.file.write_all(words.as_bytes()).map_err(failed)?;
        let mut typed = Vec::new();
        loop {
            let mut byte = [0];
            self.file.read_exact(&mut byte).map_err(failed)?;
            match byte[0] {
                b'\r' | b'\n' => break,
                3 | 4 => {
                    let _ = self.file.write_all(b"\n");
                    return Err(Failure::misuse("no passphrase was given").next("the same once more"));
                }
                // Backspace takes a whole character.
                8 | 127 => while typed.pop().is_some_and(|last: u8| (0x80..0xC0).contains(&last)) {},
                21 => typed.clear(),
                byte => typed.push(byte),
            }
        }
        self.file.write_all(b"\n").map_err(failed)?;
        String::from_utf8(typed).map_err(|_| Failure::misuse("the passphrase is not UTF-8"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.file, OptionalActions::Flush, &self.before);
    }
}
