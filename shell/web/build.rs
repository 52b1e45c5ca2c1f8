//! Puts the files of `ui/dist` into the program, if the web app was built.
//!
//! Without `ui/dist` this script runs again only when it is touched: `make ui` and the build of `ui/` do that. To watch
//! a folder that is not there would build everything that rests on this crate anew each time.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = root.join("../../ui/dist");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = BTreeMap::new();
    if dist.join("index.html").is_file() {
        println!("cargo::rerun-if-changed={}", dist.display());
        collect(&dist.canonicalize()?, "", &mut files)?;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("files.rs");
    fs::write(out, table(&files)?)
}

/// All files below a folder, by their path in the address.
fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| io::Error::other("a name that is no text"))?;
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, entry.path());
        }
    }
    Ok(())
}

/// The files as Rust: ascending by path, each with its compressed forms.
fn table(files: &BTreeMap<String, PathBuf>) -> io::Result<String> {
    let mut text = String::from("&[\n");
    for (path, file) in files {
        let packed = |end: &str| path.strip_suffix(end).is_some_and(|plain| files.contains_key(plain));
        // Maps are for developers, and name every source.
        if packed(".br") || packed(".gz") || path.ends_with(".map") {
            continue;
        }
        let mut hasher = DefaultHasher::new();
        hasher.write(&fs::read(file)?);
        let bytes = |file: Option<&PathBuf>| match file {
            Some(file) => format!("Some(include_bytes!({file:?}))"),
            None => "None".to_owned(),
        };
        let (brotli, gzip) = (bytes(files.get(&format!("{path}.br"))), bytes(files.get(&format!("{path}.gz"))));
        let hash = hasher.finish();
        writeln!(
            text,
            "    File {{ path: {path:?}, tag: \"\\\"{hash:016x}\\\"\", plain: include_bytes!({file:?}), brotli: {brotli}, gzip: {gzip} }},"
        )
        .map_err(io::Error::other)?;
    }
    text.push(']');
    Ok(text)
}
