//! `scenario pack`, `unpack` and `verify`: packages (docs/spec/package.md).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use countersign_member::IdentityKey;
use countersign_package::{Contents, FILES_MAX, PACKAGE_BYTES_MAX, Package, PackageError};
use serde::Serialize;

use crate::context::Global;
use crate::failure::Failure;
use crate::output::{self, Output, table};
use crate::{files, scenario};

/// What to pack.
#[derive(Args, Debug)]
#[command(
    after_long_help = "A folder is packed with all files in it, hidden ones left out. The scenario must be sound.\n\n\
    Example:\n  countersign scenario pack lease.yaml --with stories --out lease.package"
)]
pub struct Pack {
    /// The scenario
    file: PathBuf,
    /// Stories, schemas, texts, templates: files and folders beside the scenario or below
    #[arg(long, value_name = "PATH")]
    with: Vec<PathBuf>,
    /// The package to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Who signs it: a person of your keystore
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// What to unpack.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign scenario unpack lease.package lease")]
pub struct Unpack {
    /// The package
    file: PathBuf,
    /// The folder to write it to
    folder: PathBuf,
}

/// What to verify.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign scenario verify lease.package --author idn_…")]
pub struct Verify {
    /// The package
    file: PathBuf,
    /// Who must have signed it
    #[arg(long, value_name = "IDENTITY")]
    author: Option<String>,
}

/// A package for people and programs.
#[derive(Serialize)]
struct Shown {
    hash: String,
    name: String,
    scenario: String,
    author: String,
    files: Vec<String>,
}

fn shown(package: &Package) -> Shown {
    let contents = package.contents();
    Shown {
        hash: package.hash(),
        name: contents.name().to_owned(),
        scenario: contents.scenario_id().to_string(),
        author: package.author().id().to_string(),
        files: contents.files().keys().cloned().collect(),
    }
}

fn words(shown: &Shown) -> String {
    let row = |key: &str, value: &str| vec![key.to_owned(), value.to_owned()];
    table(&[
        row("package", &shown.hash),
        row("scenario", &format!("{} {}", shown.name, shown.scenario)),
        row("author", &shown.author),
        row("files", &shown.files.join(", ")),
    ])
}

impl Pack {
    /// Packs and signs.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        scenario::load_sound(&self.file)?;
        let base = self.file.parent().unwrap_or(Path::new("")).to_owned();
        let mut paths = vec![self.file.clone()];
        for path in &self.with {
            paths.extend(files::below(path, FILES_MAX, is_shown)?);
        }
        let mut texts = BTreeMap::new();
        for path in &paths {
            let bytes = files::read(path, PACKAGE_BYTES_MAX as u64)?;
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| Failure::misuse(format!("{} is no text in UTF-8", path.display())))?;
            texts.insert(inside(&base, path)?, text);
        }
        let contents =
            Contents::new(&inside(&base, &self.file)?, texts).map_err(|error| refused(&self.file, &error))?;
        let person = global.keys()?.person(self.by.as_deref())?;
        let first: Vec<_> = person.inception.inception().keys.iter().map(IdentityKey::id).collect();
        let key = person.keys.iter().find(|key| first.contains(&key.id));
        let key =
            key.ok_or_else(|| Failure::refused("key_missing", format!("the first key of {} is gone", person.name)))?;
        let package = Package::sign(contents, person.inception.clone(), key.id, &key.signer);
        let package = package.map_err(|error| refused(&self.out, &error))?;
        files::write_new(&self.out, &package.to_bytes(), global.yes)?;
        global.output().show(&shown(&package), words)?;
        output::talk(&format!("wrote {}", self.out.display()));
        output::talk(&format!("next:  countersign scenario test {}", self.out.display()));
        Ok(())
    }
}

impl Unpack {
    /// Checks, and writes the files.
    pub fn run(&self, replace: bool) -> Result<(), Failure> {
        let package = read(&self.file)?;
        for (path, text) in package.contents().files() {
            let path = self.folder.join(path);
            if let Some(folder) = path.parent() {
                let failed = |error| Failure::refused("io", format!("cannot make {}: {error}", folder.display()));
                fs::create_dir_all(folder).map_err(failed)?;
            }
            files::write_new(&path, text.as_bytes(), replace)?;
        }
        let scenario = self.folder.join(package.contents().scenario());
        output::talk(&format!("wrote {} files to {}", package.contents().files().len(), self.folder.display()));
        output::talk(&format!("next:  countersign scenario check {}", scenario.display()));
        Ok(())
    }
}

impl Verify {
    /// Checks all of it.
    pub fn run(&self, output: Output) -> Result<(), Failure> {
        let package = read(&self.file)?;
        let author = package.author().id().to_string();
        if let Some(wanted) = self.author.as_ref().filter(|wanted| **wanted != author) {
            let said = format!("{} was signed by {author}, not by {wanted}", self.file.display());
            return Err(Failure::refused("bad_signature", said));
        }
        output.show(&shown(&package), words)
    }
}

/// Reads a package and checks it.
pub fn read(path: &Path) -> Result<Package, Failure> {
    let bytes = files::read(path, PACKAGE_BYTES_MAX as u64)?;
    Package::read(&bytes).map_err(|error| refused(path, &error))
}

/// Why a package is none.
pub fn refused(path: &Path, error: &PackageError) -> Failure {
    Failure::refused(error.code(), format!("{}: {error}", path.display())).next("countersign help scenario verify")
}

fn is_shown(path: &Path) -> bool {
    path.file_name().is_none_or(|name| !name.to_string_lossy().starts_with('.'))
}

/// The path of a file in the package: that below the folder of the scenario.
fn inside(base: &Path, path: &Path) -> Result<String, Failure> {
    let below = path.strip_prefix(base).ok();
    let parts: Option<Vec<&str>> = below.and_then(|below| below.iter().map(|part| part.to_str()).collect());
    parts
        .map(|parts| parts.join("/"))
        .ok_or_else(|| Failure::misuse(format!("{} is not below the folder of the scenario", path.display())))
}
