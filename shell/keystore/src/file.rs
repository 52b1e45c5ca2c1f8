//! Reading a file that only its owner may see, and replacing it as a whole.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::Error;

const OTHERS: u32 = 0o077;

/// The content of a file of at most `bytes_max` bytes that is closed to others.
pub(crate) fn read(path: &Path, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    let io = |source| Error::Io { action: "read", path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::Missing(path.to_owned())),
        Err(error) => return Err(io(error)),
    };
    // Of the open file, not of the name: the name may point elsewhere by now.
    let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(Error::OpenToOthers { path: path.to_owned(), mode });
    }
    // Large enough from the start, so that no copy of a passphrase stays behind where the buffer grew.
    let mut bytes = Zeroizing::new(Vec::with_capacity(bytes_max + 1));
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() > bytes_max {
        return Err(Error::Corrupt(format!("{} has more than {bytes_max} bytes", path.display())));
    }
    Ok(bytes)
}

/// Replaces the file by these bytes: afterwards, also after a crash, the old file is there or the new one, whole.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fresh = beside(path);
    let io = |action, path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { action, path, source }
    };
    match fs::remove_file(&fresh) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(io("remove", &fresh)(error)),
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh).map_err(io("create", &fresh))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io("write", &fresh))?;
    drop(file);
    fs::rename(&fresh, path).map_err(io("replace", path))?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io("sync", folder))
}

/// The name of the new file until it is whole.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    path.with_file_name(name)
}
