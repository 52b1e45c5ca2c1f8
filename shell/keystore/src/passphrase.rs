//! The passphrase and where it comes from.

use std::{env, fmt, path::Path};

use zeroize::Zeroizing;

use crate::{Error, file};

/// Bytes of a passphrase.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;

/// A passphrase: 1 to [`PASSPHRASE_BYTES_MAX`] bytes of UTF-8, wiped when dropped, never printed.
///
/// Taken as it is: no normalisation, no trimming, so what a program passes is what another must pass.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// From text that the caller asked for.
    pub fn new(text: String) -> Result<Self, Error> {
        Self::checked(Zeroizing::new(text), || "what was given".to_owned())
    }

    /// The content of a file without one line end. The file must be closed to others.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let place = || path.display().to_string();
        let bytes = file::read(path, PASSPHRASE_BYTES_MAX + 2).map_err(|error| match error {
            // No keystore is missing here.
            Error::Missing(_) => Error::Passphrase(place()),
            error => error,
        })?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::Passphrase(place()))?;
        let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        Self::checked(Zeroizing::new(line.to_owned()), place)
    }

    /// The value of an environment variable.
    pub fn from_env(name: &str) -> Result<Self, Error> {
        let place = || format!("the environment variable {name}");
        let text = env::var(name).map_err(|_| Error::Passphrase(place()))?;
        Self::checked(Zeroizing::new(text), place)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn checked(text: Zeroizing<String>, place: impl Fn() -> String) -> Result<Self, Error> {
        if text.is_empty() || text.len() > PASSPHRASE_BYTES_MAX {
            return Err(Error::Passphrase(place()));
        }
        Ok(Self(text))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Passphrase(..)")
    }
}
