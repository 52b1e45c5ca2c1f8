//! The crates of the workspace and what they depend on, as `cargo metadata` says.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A crate of the workspace.
#[derive(Clone, Debug)]
pub struct Crate {
    /// Name of the package.
    pub name: String,
    /// The sentence in its Cargo.toml.
    pub description: String,
    /// Its folder, relative to the repository: `core/codec`.
    pub folder: PathBuf,
    /// What it depends on directly.
    pub dependencies: Vec<Dependency>,
}

/// A direct dependency.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Name of the package.
    pub name: String,
    /// Whether it is needed for tests alone.
    pub for_tests: bool,
}

impl Crate {
    /// The first part of its folder: `core`, `shell`, `xtask`, …
    pub fn layer(&self) -> &str {
        self.folder.iter().next().and_then(|part| part.to_str()).unwrap_or_default()
    }

    /// The last part of its folder.
    pub fn short_name(&self) -> &str {
        self.folder.file_name().and_then(|part| part.to_str()).unwrap_or_default()
    }
}

/// Every crate of the workspace that stands at `root`.
pub fn crates(root: &Path) -> Result<Vec<Crate>, Box<dyn Error>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["metadata", "--format-version=1", "--no-deps"];
    let output = Command::new(cargo).args(arguments).current_dir(root).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    Ok(packages.iter().map(|package| read(package, &metadata["workspace_root"])).collect())
}

fn read(package: &Value, root: &Value) -> Crate {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    Crate {
        name: text(&package["name"]),
        description: text(&package["description"]),
        folder: folder.strip_prefix(text(root)).unwrap_or(folder).to_owned(),
        dependencies: dependencies
            .map(|found| Dependency { name: text(&found["name"]), for_tests: found["kind"] == "dev" })
            .collect(),
    }
}
