//! Files and texts that a person names: JSON, cards, binary objects in base32.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use countersign_codec::{Decode, Encode, Json, JsonLimits};
use countersign_types::{from_base32, to_base32};

use crate::failure::Failure;

/// Most bytes of a file that is read as JSON or as a card.
const TEXT_BYTES_MAX: u64 = 16 << 20;
/// Deepest folder below one that is named.
const FOLDERS_DEEP_MAX: usize = 8;

/// The content of a file, or of standard input for `-`.
pub fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::misuse(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => Box::new(fs::File::open(path).map_err(failed)?),
    };
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Failure::misuse(format!("{} has more than {bytes_max} bytes", path.display())));
    }
    Ok(bytes)
}

/// JSON as written, or from the file after `@`. `what` names the option.
pub fn json(text: &str, what: &str) -> Result<Json, Failure> {
    let limits = JsonLimits { bytes_max: TEXT_BYTES_MAX as usize, depth_max: 128 };
    let bytes = match text.strip_prefix('@') {
        Some(path) => read(Path::new(path), TEXT_BYTES_MAX)?,
        None => text.as_bytes().to_vec(),
    };
    Json::parse(&bytes, limits).map_err(|error| Failure::misuse(format!("{what}: {error}")))
}

/// The JSON of a file.
pub fn json_file(path: &Path) -> Result<Json, Failure> {
    let limits = JsonLimits { bytes_max: TEXT_BYTES_MAX as usize, depth_max: 128 };
    let bytes = read(path, TEXT_BYTES_MAX)?;
    Json::parse(&bytes, limits).map_err(|error| Failure::misuse(format!("{}: {error}", path.display())))
}

/// A binary object from its base32 text.
pub fn from_text<T: Decode>(text: &str, what: &str) -> Result<T, Failure> {
    let bytes = from_base32(text.trim()).ok_or_else(|| Failure::misuse(format!("{what} is not base32")))?;
    T::from_bytes(&bytes).map_err(|error| Failure::misuse(format!("{what}: {error}")))
}

/// The base32 text of a binary object.
pub fn to_text(value: &impl Encode) -> String {
    to_base32(&value.to_bytes())
}

/// A card: in base32 as written, or from a file, with or without `@`.
pub fn card<T: Decode>(text: &str, what: &str) -> Result<T, Failure> {
    let path = text.strip_prefix('@').or_else(|| Path::new(text).exists().then_some(text));
    match path {
        None if from_base32(text.trim()).is_none() => {
            Err(Failure::misuse(format!("{what}: {text} is no card, and no file that is there")))
        }
        None => from_text(text, what),
        Some(path) => {
            let bytes = read(Path::new(path), TEXT_BYTES_MAX)?;
            let text = String::from_utf8(bytes).map_err(|_| Failure::misuse(format!("{path} is no card")))?;
            from_text(&text, path)
        }
    }
}

/// Writes a new file; one that is there is only replaced if that is wanted.
pub fn write_new(path: &Path, bytes: &[u8], replace: bool) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true);
    if replace {
        options.truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(path).and_then(|mut file| io::Write::write_all(&mut file, bytes));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::refused("file_exists", format!("{} is there already", path.display())).next("the same with --yes")
        }
        _ => Failure::refused("io", format!("cannot write {}: {error}", path.display())),
    })
}

/// The files in a folder and the folders below it, in order, that are wanted, and not in a folder that is not; or the
/// file itself.
///
/// # Errors
/// `limit` if there are more than `files_max`, or folders nested deeper than 8: none is left out in silence.
pub fn below(path: &Path, files_max: usize, is_wanted: fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![(path.to_owned(), 0)];
    while let Some((path, deep)) = open.pop() {
        if !path.is_dir() {
            found.push(path);
            if found.len() > files_max {
                return Err(Failure::refused("limit", format!("there are more than {files_max} files")));
            }
            continue;
        }
        if deep > FOLDERS_DEEP_MAX {
            let said = format!("{} lies more than {FOLDERS_DEEP_MAX} folders deep", path.display());
            return Err(Failure::refused("limit", said).next("the same with folders closer to the files"));
        }
        let failed = |error| Failure::misuse(format!("cannot read {}: {error}", path.display()));
        let entries: Result<Vec<_>, _> = fs::read_dir(&path).map_err(failed)?.collect();
        let entries = entries.map_err(failed)?.into_iter().map(|entry| entry.path());
        let mut inner: Vec<_> = entries.filter(|path| is_wanted(path)).map(|path| (path, deep + 1)).collect();
        // What is taken next stands last.
        inner.sort_by(|left, right| right.cmp(left));
        open.extend(inner);
    }
    Ok(found)
}
