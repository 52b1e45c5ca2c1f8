//! The pages that a newcomer follows, done as they are written: every console line, in order, against a real node.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::guide::{blocks, words};
use crate::place::Place;

/// A reader of a page: a folder, a home, the nodes that were started, and what the page calls by a name of its own.
struct Reader {
    place: Place,
    nodes: Vec<Child>,
    /// The id of the last contract founded: `CONTRACT` on a page.
    contract: String,
    ran: usize,
}

impl Drop for Reader {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            let _ = (node.kill(), node.wait());
        }
    }
}

impl Reader {
    fn new() -> Self {
        let place = Place::new();
        fs::write(place.path("lease.pdf"), "%PDF-1.4 a lease").unwrap();
        Self { place, nodes: Vec::new(), contract: String::new(), ran: 0 }
    }

    /// Does all that a page says; lines that `skip` names are done elsewhere.
    fn follows(&mut self, page: &str, skip: &[&str]) {
        let text = fs::read_to_string(Place::repository(page)).unwrap();
        for (first, block) in blocks(&text, "console") {
            for (number, line) in block.lines().enumerate() {
                let Some(line) = line.strip_prefix("$ countersign ").filter(|line| !skip.contains(line)) else {
                    continue;
                };
                self.does(&format!("{page}:{}", first + number), line);
                self.ran += 1;
            }
        }
    }

    fn does(&mut self, at: &str, line: &str) {
        let line = line.replace("CONTRACT", &self.contract);
        let mut arguments = words(&line);
        match (arguments[0].as_str(), arguments[1].as_str()) {
            // Another node on this machine may have the port that stands there when nobody names one.
            ("node", "init") => arguments.extend(["--api".to_owned(), "127.0.0.1:0".to_owned()]),
            ("node", "start") => return self.starts(at, &arguments),
            _ => {}
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = self.place.run(&arguments);
        assert_eq!(run.code(), 0, "{at}: {}", run.told());
        if arguments.starts_with(&["contract", "new"]) {
            self.contract = run.out().split_whitespace().next().unwrap_or_default().to_owned();
            assert!(self.contract.starts_with("ctr_"), "{at}: the first word is not the id: {}", run.told());
        }
    }

    /// Starts a node as in a terminal of its own, and waits until it says that it runs.
    fn starts(&mut self, at: &str, arguments: &[String]) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = self.place.command("home", &arguments);
        let mut node = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(node.stdout.take().unwrap()).read_line(&mut said).unwrap();
        self.nodes.push(node);
        assert!(said.starts_with("API at http://"), "{at}: {said}");
    }
}

#[test]
fn five_minutes_do_what_they_say() {
    let mut reader = Reader::new();
    // The demo has a test of its own.
    reader.follows("docs/guide/src/start.md", &["demo"]);
    assert!(reader.ran >= 11, "only {} lines were run: are the blocks still marked as console?", reader.ran);
    let shown = reader.place.run(&["contract", "show", &reader.contract.clone()]);
    assert!(shown.out().contains("signing"), "the draft was reviewed: {}", shown.told());
}
