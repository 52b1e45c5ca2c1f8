//! The book that `mdbook build docs` renders: every page is a chapter, and every link leads somewhere in it.
//!
//! mdBook renders the pages of SUMMARY.md and copies what is no Markdown; all else is missing in the book.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::{markdown, tree};

/// Findings over `docs/` below `root`.
pub fn check(root: &Path) -> io::Result<Vec<String>> {
    let docs = root.join("docs");
    let listed: Vec<PathBuf> =
        markdown::links(&tree::read(&docs.join("SUMMARY.md"))?).iter().map(PathBuf::from).collect();
    let chapters: BTreeSet<&Path> = listed.iter().map(PathBuf::as_path).collect();
    let pages = tree::files(&docs, &["md"])?;
    let pages: BTreeSet<&Path> = pages.iter().map(PathBuf::as_path).filter(|page| *page != "SUMMARY.md").collect();
    let name = |path: &Path| path.display().to_string();
    let mut findings = Vec::new();
    if chapters.len() < listed.len() {
        findings.push("docs/SUMMARY.md: names a page twice".to_owned());
    }
    findings.extend(pages.difference(&chapters).map(|page| format!("docs/SUMMARY.md: lacks {}", name(page))));
    findings.extend(chapters.difference(&pages).map(|page| format!("docs/SUMMARY.md: {} is missing", name(page))));
    for page in &pages {
        for link in markdown::links(&tree::read(&docs.join(page))?) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let held = inside(page, target).is_some_and(|target| match target.extension() {
                Some(extension) if extension == "md" => {
                    chapters.contains(target.as_path()) || target == Path::new("SUMMARY.md")
                }
                _ => docs.join(target).is_file(),
            });
            if !held {
                findings.push(format!("docs/{}: {link} leads nowhere in the rendered book", name(page)));
            }
        }
    }
    Ok(findings)
}

/// Where a link on a page leads, relative to `docs/`; none if that is outside.
fn inside(page: &Path, link: &str) -> Option<PathBuf> {
    let mut parts: Vec<Component> = page.parent()?.components().collect();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    Some(parts.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn pages_are_chapters_and_links_stay_inside() {
        let root = std::env::temp_dir().join(format!("countersign-xtask-book-{}", std::process::id()));
        let files = [
            ("SUMMARY.md", "- [a](guide/a.md)\n- [c](c.md)\n- [gone](gone.md)"),
            (
                "guide/a.md",
                "[1](../c.md#x) [2](../b.md) [3](../data.json) [4](../../README.md) [5](https://a.example) [6](#x)",
            ),
            ("b.md", ""),
            ("c.md", "[7](guide) [8](SUMMARY.md)"),
            ("data.json", "{}"),
        ];
        for (path, text) in files {
            let path = root.join("docs").join(path);
            fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("folder is made");
            fs::write(path, text).expect("file is written");
        }
        fs::write(root.join("README.md"), "").expect("file is written");
        let findings = check(&root);
        fs::remove_dir_all(&root).expect("folder is removed");
        let expect = [
            "docs/SUMMARY.md: lacks b.md",
            "docs/SUMMARY.md: gone.md is missing",
            "docs/c.md: guide leads nowhere in the rendered book",
            "docs/guide/a.md: ../b.md leads nowhere in the rendered book",
            "docs/guide/a.md: ../../README.md leads nowhere in the rendered book",
        ];
        assert_eq!(findings.expect("files are read"), expect);
    }
}
