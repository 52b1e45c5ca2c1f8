//! What the documents tell people to type, and the scenarios in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use countersign_workflow::Scenario;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `README.md`, the guide and the error pages.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    for folder in ["docs/guide/src", "docs/errors"] {
        let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
        pages.extend(entries.map(|entry| entry.expect("the entry can be read").path()));
    }
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages
}

/// The fenced blocks of a kind, with the line at which each begins.
pub fn blocks(text: &str, kind: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, bool, usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        match (&mut open, bare.strip_prefix("```")) {
            (None, Some(found)) => {
                open = Some((number + 2, found == kind, line.len() - bare.len(), String::new()));
            }
            (Some(_), Some(_)) => {
                blocks.extend(open.take().filter(|(_, wanted, ..)| *wanted).map(|(at, _, _, text)| (at, text)));
            }
            (Some((_, _, indent, block)), None) => {
                block.push_str(line.get(*indent..).unwrap_or(bare));
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The words of a line as a shell divides them; quotation marks are all that is understood.
pub fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if open == c => quote = None,
            (None, ' ') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The help of a command, or nothing if there is no such command.
fn help(path: &[String]) -> Option<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    let output = command.args(path).arg("--help").stdin(Stdio::null()).output().expect("the command runs");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The nouns and verbs at the start of a command: as many words as have a line of their own in the help before.
fn path(arguments: &[String], helps: &mut BTreeMap<Vec<String>, String>) -> Vec<String> {
    let mut path = Vec::new();
    for word in arguments {
        let shown = helps.entry(path.clone()).or_insert_with(|| help(&path).expect("there is such a command"));
        let is_command = shown.lines().any(|line| {
            line.starts_with("  ") && line.split_whitespace().next() == Some(word) && !word.starts_with('-')
        });
        let lists_commands = shown.contains("\nCommands:\n");
        if !(lists_commands && is_command) || word == "help" {
            break;
        }
        path.push(word.clone());
    }
    path
}

#[test]
fn every_command_in_the_documents_is_one() {
    let mut helps = BTreeMap::new();
    let (mut faults, mut lines) = (Vec::new(), 0);
    for page in pages() {
        let text = fs::read_to_string(&page).expect("the page can be read");
        for (first, block) in blocks(&text, "console") {
            for (number, line) in block.lines().enumerate() {
                let place = format!("{}:{}", page.display(), first + number);
                if !line.starts_with("$ ") {
                    faults.push(format!("{place}: a line of a console block begins with `$`"));
                }
                let Some(line) = line.strip_prefix("$ countersign ") else { continue };
                lines += 1;
                let arguments = words(line);
                let path = path(&arguments, &mut helps);
                let shown = helps.entry(path.clone()).or_insert_with(|| help(&path).expect("it was found in a help"));
                if shown.contains("\nCommands:\n") && line != "--version" && line != "help" {
                    faults.push(format!("{place}: `{line}` is no whole command"));
                }
                for option in arguments.iter().skip(path.len()).filter(|word| word.starts_with("--")) {
                    let name = option.split('=').next().unwrap_or(option);
                    if !shown.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == name) {
                        faults.push(format!("{place}: `countersign {}` has no option {name}", path.join(" ")));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(lines > 50, "only {lines} commands were found: are the blocks still marked as console?");
}

#[test]
fn every_scenario_in_the_documents_is_sound() {
    let mut scenarios = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("the page can be read");
        for (first, block) in blocks(&text, "yaml,scenario") {
            scenarios += 1;
            match Scenario::load(block.as_bytes()) {
                Ok((_, warnings)) => assert!(warnings.is_empty(), "{}:{first}: {warnings:?}", page.display()),
                Err(findings) => panic!("{}:{first}: {findings:?}", page.display()),
            }
        }
    }
    assert!(scenarios > 0, "no block is marked yaml,scenario");
}

#[test]
fn words_are_those_of_a_shell() {
    assert_eq!(words(r#"key new --name "Acme Ltd" 'a "b"'"#), ["key", "new", "--name", "Acme Ltd", r#"a "b""#]);
}

#[test]
fn blocks_begin_where_they_begin() {
    let text = "a\n\n1. b\n\n   ```console\n   $ c\n   ```\n```sh\nd\n```\n";
    assert_eq!(blocks(text, "console"), [(6, "$ c\n".to_owned())]);
}
