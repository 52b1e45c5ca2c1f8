//! Documents that say where something is, against what is there.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use crate::workspace::crates;
use crate::{Findings, book, codes, markdown, tree};

/// Findings over the repository.
pub fn check() -> Findings {
    let root = tree::root();
    let mut findings = links(root)?;
    findings.extend(book::check(root)?);
    findings.extend(error_pages(root)?);
    findings.extend(codes::check(root)?);
    findings.extend(vectors(root)?);
    findings.extend(api_paths(root)?);
    findings.extend(dependencies(root)?);
    Ok(findings)
}

/// Links to files and headings that are not there.
fn links(root: &Path) -> io::Result<Vec<String>> {
    let mut findings = Vec::new();
    for page in tree::files(root, &["md"])? {
        for link in markdown::links(&tree::read(&root.join(&page))?) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').map_or((link.as_str(), None), |(file, to)| (file, Some(to)));
            let target = match file {
                "" => root.join(&page),
                _ => root.join(page.parent().unwrap_or(Path::new(""))).join(file),
            };
            let held = anchor.is_none_or(|anchor| {
                fs::read_to_string(&target).is_ok_and(|text| markdown::anchors(&text).iter().any(|held| held == anchor))
            });
            if !target.exists() || !held {
                findings.push(format!("{}: dead link {link}", page.display()));
            }
        }
    }
    Ok(findings)
}

/// Pages of `docs/errors` that are not about one code.
const OTHER_PAGES: [&str; 2] = ["README", "scenario"];

/// Error codes without a page, and pages without a code. `codes.txt` has one code a line, in order; [`codes::check`]
/// compares it with the sources.
fn error_pages(root: &Path) -> io::Result<Vec<String>> {
    let folder = root.join("docs/errors");
    let list = tree::read(&folder.join("codes.txt"))?;
    let lines: Vec<_> = list.lines().collect();
    if !lines.is_sorted_by(|left, right| left < right) {
        return Ok(vec!["docs/errors/codes.txt: not in order, or a code twice".to_owned()]);
    }
    let codes: BTreeSet<_> = list.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    let pages = tree::files(&folder, &["md"])?.into_iter().map(|page| page.with_extension("").display().to_string());
    let pages: BTreeSet<_> = pages.filter(|page| !OTHER_PAGES.contains(&page.as_str())).collect();
    let missing = codes.difference(&pages).map(|code| format!("docs/errors/{code}.md: missing"));
    let unknown = pages.difference(&codes).map(|page| format!("docs/errors/{page}.md: no such code in codes.txt"));
    Ok(missing.chain(unknown).collect())
}

/// Paths of the HTTP API that the guide does not name.
fn api_paths(root: &Path) -> io::Result<Vec<String>> {
    let page = tree::read(&root.join("docs/guide/src/api.md"))?;
    let description = tree::read(&root.join("shell/api/src/operations.rs"))?;
    let named = |method: &str, path: &str| page.contains(&format!("`{} {path}`", method.to_uppercase()));
    let mut findings = Vec::new();
    for method in ["get", "post", "put", "delete"] {
        for rest in description.split(&format!(" {method}(")).skip(1) {
            let path = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(path, _)| path);
            if let Some(path) = path.filter(|path| path.starts_with('/') && !named(method, path)) {
                findings.push(format!("docs/guide/src/api.md: does not name {} {path}", method.to_uppercase()));
            }
        }
    }
    Ok(findings)
}

/// Pages of formats that name vectors which are not there, and vectors that no page names.
fn vectors(root: &Path) -> io::Result<Vec<String>> {
    let folder = root.join("docs/spec");
    let mut findings = Vec::new();
    let mut named = BTreeSet::new();
    for page in tree::files(&folder, &["md"])? {
        let mut missing = BTreeSet::new();
        for rest in tree::read(&folder.join(&page))?.split("vectors/").skip(1) {
            let Some((name, _)) = rest.split_once(".json") else { continue };
            let file = format!("vectors/{name}.json");
            if !name.contains(|c: char| c.is_whitespace() || c == '*') && !folder.join(&file).exists() {
                missing.insert(format!("docs/spec/{}: names {file}, which is missing", page.display()));
            }
            named.insert(file);
        }
        findings.extend(missing);
    }
    for file in tree::files(&folder, &["json"])?.iter().filter(|file| file.starts_with("vectors")) {
        if file.components().count() == 2 && !named.contains(&file.display().to_string()) {
            findings.push(format!("docs/spec/{}: no page names it", file.display()));
        }
    }
    Ok(findings)
}

/// Direct dependencies without a reason, and reasons without a dependency.
fn dependencies(root: &Path) -> Findings {
    let crates = crates(root)?;
    let own: BTreeSet<_> = crates.iter().map(|found| found.name.as_str()).collect();
    let used = crates.iter().flat_map(|found| &found.dependencies).map(|dependency| dependency.name.clone());
    let used: BTreeSet<_> = used.filter(|name| !own.contains(name.as_str())).collect();
    let page = tree::read(&root.join("docs/dependencies.md"))?;
    let listed: BTreeSet<_> = markdown::first_cells(&page, "## Rust").into_iter().collect();
    let missing = used.difference(&listed).map(|name| format!("docs/dependencies.md: no reason for {name}"));
    let unused = listed.difference(&used).map(|name| format!("docs/dependencies.md: nothing depends on {name}"));
    Ok(missing.chain(unused).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, gone after the check.
    fn check(find: fn(&Path) -> io::Result<Vec<String>>, files: &[(&str, &str)], expect: &[&str]) {
        let root = std::env::temp_dir().join(format!("countersign-xtask-{}-{:p}", std::process::id(), files));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("folder is made");
            fs::write(path, text).expect("file is written");
        }
        let findings = find(&root);
        fs::remove_dir_all(&root).expect("folder is removed");
        assert_eq!(findings.expect("files are read"), expect);
    }

    #[test]
    fn dead_links_are_found() {
        let page =
            "[a](b.md) [c](missing.md) [d](b.md#heading) [e](b.md#other) [f](https://example.org) [g](#here)\n# Here";
        let expect = ["docs/a.md: dead link missing.md", "docs/a.md: dead link b.md#other"];
        check(links, &[("docs/a.md", page), ("docs/b.md", "## Heading")], &expect);
    }

    #[test]
    fn codes_and_pages_match() {
        let files = [("docs/errors/codes.txt", "a\nb\n"), ("docs/errors/b.md", ""), ("docs/errors/c.md", "")];
        check(error_pages, &files, &["docs/errors/a.md: missing", "docs/errors/c.md: no such code in codes.txt"]);
    }

    #[test]
    fn paths_are_named_in_the_guide() {
        let description = "[get(\"/a\", x),\n post(\n \"/b\", y), get(\"/c\")]";
        let files = [("docs/guide/src/api.md", "| `GET /c`, `GET /b` |"), ("shell/api/src/operations.rs", description)];
        check(api_paths, &files, &["docs/guide/src/api.md: does not name POST /b"]);
    }

    #[test]
    fn vectors_and_pages_match() {
        let page = "[vectors/a.json](vectors/a.json), [vectors/b.json](vectors/b.json)";
        let files = [("docs/spec/a.md", page), ("docs/spec/vectors/a.json", ""), ("docs/spec/vectors/c.json", "")];
        let expect =
            ["docs/spec/a.md: names vectors/b.json, which is missing", "docs/spec/vectors/c.json: no page names it"];
        check(vectors, &files, &expect);
    }
}
