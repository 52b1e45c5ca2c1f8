//! Which crate may depend on which, and what every crate of `core/` must say.

use std::fs;
use std::path::Path;

use crate::workspace::{Crate, Dependency, crates};
use crate::{Findings, tree};

/// The crates of `core/`: each depends only on those before it.
const LADDER: [&str; 19] = [
    "codec",
    "crypto",
    "zero-knowledge",
    "types",
    "ballot",
    "merkle",
    "rules",
    "member",
    "payload",
    "chain",
    "workflow",
    "executor",
    "petri",
    "package",
    "prose",
    "diagram",
    "contract",
    "proof",
    "replica",
];

/// What `core/` may take from others, and which crate there: no clock, no randomness, no input or output in any.
const CORE_FOREIGN: [(&str, &str); 10] = [
    ("curve25519-dalek", "zero-knowledge"),
    ("ed25519-zebra", "crypto"),
    ("hpke", "crypto"),
    ("rand_core", "crypto"),
    ("saphyr-parser", "workflow"),
    ("sha2", "crypto"),
    ("tari_bulletproofs_plus", "zero-knowledge"),
    ("thiserror", "any"),
    ("zeroize", "crypto"),
    ("zeroize", "zero-knowledge"),
];

/// The lints that every lib.rs of `core/` switches on.
const HEADER: &str = "#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
#![warn(missing_docs)]
";

/// Findings over the repository.
pub fn check() -> Findings {
    let root = tree::root();
    let crates = crates(root)?;
    let mut findings = direction(&crates);
    for found in &crates {
        findings.extend(source(root, found)?);
    }
    Ok(findings)
}

/// Dependencies against the direction.
fn direction(crates: &[Crate]) -> Vec<String> {
    let mut findings = Vec::new();
    for found in crates {
        if found.layer() == "core" && rung(found.short_name()).is_none() {
            findings.push(format!("{}: not on the ladder in xtask/src/layering.rs", found.folder.display()));
        }
        for dependency in &found.dependencies {
            let own = crates.iter().find(|other| other.name == dependency.name);
            let allowed = own.map_or_else(|| foreign(found, dependency), |own| inside(found, own, dependency));
            if !allowed {
                findings.push(format!("{}: must not depend on {}", found.folder.display(), dependency.name));
            }
        }
    }
    findings
}

fn rung(name: &str) -> Option<usize> {
    LADDER.iter().position(|rung| *rung == name)
}

/// Whether `from` may depend on `to`, both of this workspace.
fn inside(from: &Crate, to: &Crate, dependency: &Dependency) -> bool {
    match (from.layer(), to.layer()) {
        ("core", "core") => dependency.for_tests || rung(to.short_name()) < rung(from.short_name()),
        ("shell", "core" | "shell") | ("sim" | "tools", "core") => true,
        ("bin" | "bench" | "fuzz", layer) => layer != "xtask",
        _ => false,
    }
}

/// Whether `from` may depend on what others wrote.
fn foreign(from: &Crate, dependency: &Dependency) -> bool {
    let listed =
        |(name, user): &(&str, &str)| *name == dependency.name && (*user == "any" || *user == from.short_name());
    from.layer() != "core" || dependency.for_tests || CORE_FOREIGN.iter().any(listed)
}

/// What the root file of a crate must hold.
fn source(root: &Path, found: &Crate) -> Findings {
    let folder = found.folder.join("src");
    let Some((path, text)) = ["lib.rs", "main.rs"].iter().find_map(|name| {
        let path = folder.join(name);
        Some((path.clone(), fs::read_to_string(root.join(path)).ok()?))
    }) else {
        return Ok(vec![format!("{}: has neither lib.rs nor main.rs", folder.display())]);
    };
    let mut findings = Vec::new();
    let mut say = |what: &str| findings.push(format!("{}: {what}", path.display()));
    if !has_code(&text) {
        say("has no code; a crate exists only when there is some");
    }
    if text.lines().next() != Some(&format!("//! {}", found.description)) {
        say("does not begin with the description in Cargo.toml");
    }
    if found.layer() == "core" && !text.contains(HEADER) {
        say("lacks the lint header of core/codec/src/lib.rs");
    }
    Ok(findings)
}

/// Whether a source file holds more than comments and attributes.
fn has_code(text: &str) -> bool {
    text.split_once("#![warn(missing_docs)]")
        .map_or(text, |(_, rest)| rest)
        .lines()
        .map(str::trim)
        .any(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(folder: &str, dependencies: &[&str]) -> Crate {
        let dependency = |name: &&str| Dependency {
            name: name.trim_end_matches(" (test)").to_owned(),
            for_tests: name.ends_with(" (test)"),
        };
        let name = format!("countersign-{}", folder.rsplit('/').next().unwrap_or_default());
        let dependencies = dependencies.iter().map(dependency).collect();
        Crate { name, description: String::new(), folder: folder.into(), dependencies }
    }

    fn check_direction(from: &str, dependency: &str, allowed: bool) {
        let crates = ["core/codec", "core/crypto", "shell/net", "sim", "bin/countersign", "xtask"]
            .map(|folder| named(folder, if folder == from { std::slice::from_ref(&dependency) } else { &[] }));
        assert_eq!(direction(&crates).is_empty(), allowed, "{from} on {dependency}");
    }

    #[test]
    fn dependencies_point_up_the_ladder_only() {
        check_direction("core/crypto", "countersign-codec", true);
        check_direction("core/codec", "countersign-crypto", false);
        check_direction("core/codec", "countersign-crypto (test)", true);
        check_direction("core/codec", "countersign-net (test)", false);
        check_direction("core/codec", "tokio", false);
        check_direction("core/codec", "thiserror", true);
        check_direction("core/crypto", "sha2", true);
        check_direction("core/codec", "sha2", false);
        check_direction("core/codec", "proptest (test)", true);
        check_direction("shell/net", "countersign-codec", true);
        check_direction("shell/net", "tokio", true);
        check_direction("shell/net", "countersign-sim", false);
        check_direction("sim", "countersign-codec", true);
        check_direction("sim", "countersign-net", false);
        check_direction("bin/countersign", "countersign-net", true);
        check_direction("bin/countersign", "countersign-xtask", false);
    }

    #[test]
    fn a_core_crate_without_a_rung_is_found() {
        assert_eq!(direction(&[named("core/unknown", &[])]).len(), 1);
    }

    #[test]
    fn comments_and_attributes_are_no_code() {
        assert!(!has_code("//! A sentence.\n#![warn(missing_docs)]\n\n// Nothing.\n"));
        assert!(has_code(&format!("//! A sentence.\n{HEADER}\nmod thing;\n")));
        assert!(!has_code(&format!("//! A sentence.\n{HEADER}\n")));
    }

    #[test]
    fn the_workspace_is_layered() {
        let findings = check().expect("cargo metadata runs");
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }
}
