//! Error codes in the sources, against the registry `docs/errors/codes.txt` and its pages.
//!
//! A code is a word in the source: the argument of a constructor, or an arm of a function that names codes. Both are
//! found by their text, so whoever writes a new constructor of refusals adds it to [`CONSTRUCTORS`] or [`BLOCKS`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use crate::{markdown, tree};

/// What a page says of a code that the specification has and no source gives.
const NOT_GIVEN: &str = "Not given by this version.";

/// Texts that a code follows as the first word in quotation marks, with at most two other arguments before it.
const CONSTRUCTORS: [&str; 9] = [
    "(Kind::",
    "Code::known(",
    "Broken::by(",
    "Failure::refused(",
    "Failure::unreachable(",
    "Self::refused(",
    "Self::unreachable(",
    "Self::new(Exit::",
    "of_clock(",
];

/// Texts before a code in crates whose functions give words as errors.
const WORDS: [&str; 4] = ["Err(", "ok_or(", "map_err(|_| ", "invalid("];
const WORD_CRATES: [&str; 3] = ["core/contract/", "core/replica/", "shell/node/"];

/// Texts before a block whose arms `=> "code"` (or elements `, "code",`) are codes.
const BLOCKS: [&str; 7] = [
    "fn code(",
    "let code = match",
    "Code::known(match",
    "impl RejectionRule {",
    "impl Fault {",
    "impl FraudKind {",
    "fn of_record(",
];

/// Findings over the sources below `root`.
pub fn check(root: &Path) -> io::Result<Vec<String>> {
    let errors = root.join("docs/errors");
    let registry = tree::read(&errors.join("codes.txt"))?;
    let registry: BTreeSet<_> = registry.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut findings = Vec::new();
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    let mut sources = String::new();
    for layer in ["core", "shell", "bin"] {
        for file in tree::files(&root.join(layer), &["rs"])? {
            let file = Path::new(layer).join(file);
            if !file.components().any(|part| part.as_os_str() == "src") {
                continue;
            }
            let text = tree::read(&root.join(&file))?;
            let text = without_tests(&text);
            let path = file.display().to_string();
            for code in codes(&path, text) {
                given.entry(code).or_insert_with(|| path.clone());
            }
            sources.push_str(text);
        }
    }
    for (code, path) in given.iter().filter(|(code, _)| !registry.contains(code.as_str())) {
        findings.push(format!("{path}: code {code} is not in docs/errors/codes.txt"));
    }
    for code in &registry {
        let Ok(page) = tree::read(&errors.join(code).with_extension("md")) else { continue };
        let not_given = page.contains(NOT_GIVEN);
        match given.get(*code) {
            Some(path) if not_given => findings.push(format!("docs/errors/{code}.md: {path} gives this code")),
            None if !not_given && !sources.contains(&format!("\"{code}\"")) => {
                findings.push(format!("docs/errors/{code}.md: no source gives this code; say “{NOT_GIVEN}”"));
            }
            _ => {}
        }
    }
    findings.extend(scenario_codes(&sources, &tree::read(&errors.join("scenario.md"))?));
    Ok(findings)
}

/// The source without its tests, which stand last.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text)
}

/// The codes that a source gives.
fn codes(path: &str, text: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for constructor in CONSTRUCTORS {
        codes.extend(after(text, constructor).filter_map(argument));
    }
    if WORD_CRATES.iter().any(|folder| path.starts_with(folder)) {
        for before in WORDS {
            codes.extend(after(text, before).filter_map(|rest| literal(rest.trim_start())));
        }
    }
    for before in BLOCKS {
        for block in after(text, before).map(block) {
            codes.extend(after(block, "=> ").filter_map(literal));
            codes.extend(after(block, "=> return ").filter_map(literal));
            if before == "fn of_record(" {
                codes.extend(after(block, ", ").filter_map(|rest| literal(rest).filter(|_| is_element(rest))));
            }
        }
    }
    codes
}

/// What follows each occurrence of `before`.
fn after<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(before).filter_map(|(at, found)| text.get(at + found.len()..))
}

/// The first word in quotation marks among the first two arguments.
fn argument(rest: &str) -> Option<String> {
    let end = rest.find('"')?;
    let before = rest.get(..end)?;
    let simple = before.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || matches!(c, ',' | ':' | '_'));
    if simple && before.matches(',').count() <= 2 { literal(rest.get(end..)?) } else { None }
}

/// The word at the start of a text, if it is a `snake_case` word in quotation marks.
fn literal(text: &str) -> Option<String> {
    let (word, _) = text.strip_prefix('"')?.split_once('"')?;
    let snake = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    (snake && !word.is_empty()).then(|| word.to_owned())
}

/// Whether the literal at the start of a text is followed by another element.
fn is_element(text: &str) -> bool {
    text.get(1..).and_then(|rest| rest.split_once('"')).is_some_and(|(_, rest)| rest.starts_with(", \""))
}

/// From the first brace to its partner.
fn block(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return text.get(..at).unwrap_or(text),
            '}' => depth -= 1,
            _ => {}
        }
    }
    text
}

/// Codes of `scenario check` in the sources without a heading on their page.
fn scenario_codes(sources: &str, page: &str) -> Vec<String> {
    let is_code = |word: &str| {
        let mut chars = word.chars();
        matches!(chars.next(), Some('E' | 'W')) && word.len() == 4 && chars.all(|c| c.is_ascii_digit())
    };
    let words: BTreeSet<_> = sources.split('"').filter(|word| is_code(word)).collect();
    let anchors = markdown::anchors(page);
    let missing = words.into_iter().filter(|word| {
        let anchor = word.to_lowercase();
        !anchors.iter().any(|held| *held == anchor || held.starts_with(&format!("{anchor}-")))
    });
    missing.map(|word| format!("docs/errors/scenario.md: no heading for {word}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_source(path: &str, text: &str, expect: &[&str]) {
        assert_eq!(codes(path, without_tests(text)).into_iter().collect::<Vec<_>>(), expect, "{text}");
    }

    #[test]
    fn constructors_give_their_codes() {
        check_source("shell/api/src/a.rs", "Refusal::new(Kind::Busy, \"not_ready\", \"the node\")", &["not_ready"]);
        check_source("shell/api/src/a.rs", "Refusal::new(\n    Kind::Busy, \"a\", x)", &[]);
        check_source("shell/net/src/a.rs", "Code::known(\"answered\")", &["answered"]);
        check_source("bin/c/src/a.rs", "Failure::refused(\n    \"io\",\n    format!(\"x\"))", &["io"]);
        check_source("shell/api/src/a.rs", "Refusal::new(kind, rule.as_str(), \"sentence\")", &[]);
        check_source(
            "core/contract/src/a.rs",
            "Err(\"limit\".into()); ok_or(\"not_started\")?",
            &["limit", "not_started"],
        );
        check_source("core/rules/src/a.rs", "Err(\"limit\".into())", &[]);
    }

    #[test]
    fn arms_give_their_codes() {
        let text =
            "fn code(&self) -> &str { match self { A => \"one\", B { .. } => { \"x\" } C => \"two\" } } D => \"no\"";
        check_source("shell/store/src/a.rs", text, &["one", "two"]);
        let text =
            "fn of_record(r: R) { let parts = [(urls, \"record_urls\", \"other addresses\")]; name(\"record\") }";
        check_source("shell/net/src/a.rs", text, &["record_urls"]);
    }

    #[test]
    fn tests_give_no_codes() {
        let text = "Code::known(\"a\");\n#[cfg(test)]\nmod tests { Code::known(\"b\") }";
        check_source("shell/net/src/a.rs", text, &["a"]);
    }

    #[test]
    fn scenario_codes_have_headings() {
        let page = "## E101: not YAML\n\n## W601\n";
        let expect = ["docs/errors/scenario.md: no heading for E102"];
        assert_eq!(scenario_codes("\"E101\" \"E102\" \"W601\" \"E1\"", page), expect);
    }
}
