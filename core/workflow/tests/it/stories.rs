//! The tutorial of LTO and the stories of its successor, re-told in `examples/tutorial/`, against their own feature files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use countersign_codec::Json;
use countersign_rules::{Timestamp, Value};
use countersign_workflow::{Cause, Outcome, Player, START_DEFAULT, Scenario};

/// Sentences about what this language says in another way, or not at all, with the reason.
const NOT_TOLD: [(&str, &str); 2] = [
    ("service \"email\"", "nobody is notified by an engine that all parties run: a webhook of one node does it"),
    ("Response is invalid: data must have required property 'requirements'", "the first fault is named, not all"),
];

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/lto-scenarios")
}

fn load(name: &str) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/tutorial").join(format!("{name}.yaml"));
    Scenario::load(&std::fs::read(&file).unwrap()).unwrap_or_else(|findings| panic!("{name}: {findings:#?}")).0
}

/// A sentence of a feature file, with the table or the text under it.
#[derive(Clone, Debug, Default)]
struct Sentence {
    words: String,
    table: Vec<(String, String)>,
    text: Option<Vec<String>>,
}

/// The background and the scenarios of a feature file, each with its title.
fn read(feature: &str) -> (Vec<Sentence>, Vec<(String, Vec<Sentence>)>) {
    let mut parts: Vec<(String, Vec<Sentence>)> = Vec::new();
    let mut quoted: Option<Vec<String>> = None;
    for line in feature.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("\"\"\"") {
            match quoted.take() {
                None => quoted = Some(Vec::new()),
                Some(lines) => parts.last_mut().unwrap().1.last_mut().unwrap().text = Some(lines),
            }
        } else if let Some(lines) = &mut quoted {
            lines.push(trimmed.to_owned());
        } else if let Some(title) = trimmed.strip_prefix("Background:").or_else(|| trimmed.strip_prefix("Scenario:")) {
            parts.push((title.trim().to_owned(), Vec::new()));
        } else if let Some(row) = trimmed.strip_prefix('|') {
            let mut cells = row.trim_end_matches('|').split('|').map(|cell| cell.trim().to_owned());
            let row = (cells.next().unwrap(), cells.next().unwrap());
            parts.last_mut().unwrap().1.last_mut().unwrap().table.push(row);
        } else if !trimmed.is_empty() && !trimmed.starts_with("Feature:") {
            let words = trimmed.split_once(' ').unwrap().1.trim().to_owned();
            parts.last_mut().unwrap().1.push(Sentence { words, ..Sentence::default() });
        }
    }
    let background = parts.remove(0).1;
    (background, parts)
}

/// A story as it is told.
struct Teller {
    scenario: Scenario,
    player: Player,
    /// Who plays which actor.
    cast: BTreeMap<String, String>,
    /// Steps so far.
    steps: usize,
}

impl Teller {
    fn new(scenario: Scenario) -> Self {
        let start = Timestamp::parse(START_DEFAULT).unwrap();
        let player = Player::start(&scenario, &BTreeMap::new(), &Json::Null, start).unwrap();
        Self { scenario, player, cast: BTreeMap::new(), steps: 0 }
    }

    fn tell(&mut self, sentence: &Sentence) {
        let words = sentence.words.as_str();
        let quoted: Vec<&str> = words.split('"').skip(1).step_by(2).collect();
        let skipped = self.player.refused.last().is_some_and(|refused| refused.step == self.steps);
        let created = ["the process is created from", "a chain is created", "\"Joe\" creates the \"main\" process"];
        if let Some((_, reason)) = NOT_TOLD.iter().find(|(what, _)| words.contains(what)) {
            println!("not told: {words} ({reason})");
        } else if created.iter().any(|opening| words.starts_with(opening)) {
            // The file of the scenario is chosen by the name of the feature file.
        } else if words.contains("service does \"start\"") {
            self.begin(sentence.text.as_deref().unwrap_or_default());
        } else if words.starts_with("the process has actor") {
            assert!(self.player.process.actor(&role(quoted[0])).is_some(), "{words}");
        } else if words == "\"Joe\" is the actor" {
            self.cast.insert("Joe".to_owned(), "user".to_owned());
        } else if words.contains("is the \"") && words.contains("actor") {
            self.cast.insert(quoted[0].to_owned(), role(quoted[1]));
        } else if words.contains("\" runs the \"") {
            self.act(quoted[0], quoted[1], quoted.get(3).copied(), Json::Null);
        } else if words.contains("\" does \"") {
            let data = self.data(&quoted, sentence);
            self.act(quoted[0], quoted[1], None, data);
        } else if words.ends_with("days pass") {
            let days = words.split(' ').next().unwrap();
            self.step(Json::map([("wait", Json::text(format!("P{days}D")))]));
        } else if words == "the last event is a timeout" {
            let last = self.player.process.history().last().map(|happened| happened.cause.clone());
            assert!(matches!(last, Some(Cause::Timer { .. })), "{last:?}");
        } else if words == "nothing is skipped" {
            assert!(self.player.refused.is_empty(), "{:?}", self.player.refused);
        } else if words == "the last event is not skipped" {
            assert!(!skipped, "{:?}", self.player.refused);
        } else if words.starts_with("the last event is skipped") {
            assert!(skipped, "{}", self.player.process.state());
            if let Some(member) = words.split('\'').nth(1) {
                let refused = self.player.refused.last().unwrap();
                assert_eq!(refused.rejection.rule.as_str(), "invalid_data");
                assert_eq!(refused.rejection.pointer.as_deref(), Some(format!("/{member}").as_str()));
            }
        } else if words.starts_with("the process is in \"initial\"") {
            assert!(self.player.process.history().is_empty());
        } else if words.starts_with("the process is in") {
            assert_eq!(self.player.process.state(), quoted[0]);
        } else if words.starts_with("the process ended in") {
            assert!(self.player.process.outcome().is_some());
            assert_eq!(self.player.process.state(), quoted[0]);
        } else if words.ends_with("process has failed") {
            assert_eq!(self.player.process.outcome(), Some(Outcome::Failure));
        } else if words.starts_with("the process ended") {
            assert!(self.player.process.outcome().is_some());
            self.result(&quoted, sentence);
        } else if words.starts_with("the result is") {
            self.result(&quoted, sentence);
        } else if words.contains("has instructions") {
            let said = self.player.process.instructions(quoted[0], "en").unwrap();
            assert_eq!(said.as_deref(), Some(said_in(&quoted[1..], sentence).as_str()));
        } else if words.starts_with("the state description is") {
            let clause = self.scenario.state_clause(self.player.process.state()).unwrap();
            let said = self.player.process.clause(clause, "en").unwrap();
            assert_eq!(said.as_deref(), Some(said_in(&quoted, sentence).as_str()));
        } else if words.starts_with("actor \"") && words.contains("\" has \"") {
            let actor = self.player.process.actor(&role(quoted[0])).unwrap();
            let expected = quoted.get(2).map_or_else(|| Value::Bool(words.ends_with("true")), |text| Value::text(text));
            assert_eq!(actor.get(quoted[1]), &expected, "{words}");
        } else {
            panic!("nobody told this test what this means: {words}");
        }
    }

    /// The service that brings people together is the founding here: who comes, with data of their own.
    fn begin(&mut self, lines: &[String]) {
        let mut data: BTreeMap<String, BTreeMap<String, Json>> = BTreeMap::new();
        let mut person = String::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            if name.starts_with("person_") {
                person = role(name);
                data.entry(person.clone()).or_default();
            } else {
                data.get_mut(&person).unwrap().insert(name.to_owned(), Json::text(value.trim()));
            }
        }
        let start = Timestamp::parse(START_DEFAULT).unwrap();
        self.player = Player::start(&self.scenario, &data, &Json::Null, start).unwrap();
    }

    fn step(&mut self, step: Json) {
        self.steps += 1;
        self.player.step(&step).unwrap();
    }

    fn act(&mut self, who: &str, action: &str, response: Option<&str>, data: Json) {
        let actor = self.cast.get(who).unwrap_or_else(|| panic!("{who} plays nobody"));
        let mut step = vec![("actor", Json::text(actor)), ("action", Json::text(action)), ("data", data)];
        step.extend(response.map(|response| ("response", Json::text(response))));
        self.step(Json::map(step));
    }

    /// What a sentence gives with an action: a table, or the one value that the action takes.
    fn data(&self, quoted: &[&str], sentence: &Sentence) -> Json {
        if !sentence.table.is_empty() {
            return Json::map(sentence.table.iter().map(|(name, value)| (name.as_str(), Json::text(value))));
        }
        let Some(value) = quoted.get(2) else { return Json::Null };
        let action = self.scenario.action(quoted[1]).unwrap();
        let schema = action.response_schema(action.expect()).unwrap();
        let members = schema.get("properties").and_then(Json::as_map).unwrap();
        Json::map(members.keys().map(|member| (member.as_str(), Json::text(*value))))
    }

    /// The result is a text or a list of texts; before the end, what it will be made of.
    fn result(&self, quoted: &[&str], sentence: &Sentence) {
        let expected = match (&sentence.text, quoted) {
            (Some(lines), _) => {
                Value::list(lines.iter().map(|line| Value::text(line.trim_start_matches("- "))).collect())
            }
            (None, [text, ..]) => Value::text(text),
            (None, []) => return,
        };
        let process = &self.player.process;
        let found = if process.outcome().is_some() { process.result() } else { process.vars() };
        assert!([found.get("said"), found.get("document")].contains(&&expected), "{found:?}");
    }
}

/// What an actor of theirs is called here: `person_1` is the first of a group.
fn role(actor: &str) -> String {
    match actor.strip_prefix("person_").and_then(|number| number.parse::<usize>().ok()) {
        Some(number) => format!("persons.{}", number - 1),
        None => actor.to_owned(),
    }
}

fn said_in(quoted: &[&str], sentence: &Sentence) -> String {
    sentence.text.as_ref().map_or_else(|| quoted[0].to_owned(), |lines| lines.join("\n"))
}

/// The stories of a scenario, by the name of their feature files. Each is told from the beginning.
fn tell(scenario: &str, features: &str, except: &[usize]) {
    let Ok(files) = std::fs::read_dir(shared()) else {
        println!("skipped: the feature files of LTO are not here ({})", shared().display());
        return;
    };
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let name = file.file_name().unwrap().to_string_lossy();
        name.contains(features) && name.ends_with(".feature")
    });
    files.sort();
    assert!(!files.is_empty(), "{features}");
    for file in files {
        let (background, stories) = read(&std::fs::read_to_string(&file).unwrap());
        assert!(!stories.is_empty(), "{}", file.display());
        for (index, (title, story)) in stories.iter().enumerate() {
            if except.contains(&index) {
                continue;
            }
            println!("{}: {title}", file.display());
            let mut teller = Teller::new(load(scenario));
            background.iter().chain(story).for_each(|sentence| teller.tell(sentence));
        }
    }
}

/// The first story says that to complete is to fail, which the scenario beside it contradicts: `ok` leads to success
/// there. It is a failing example of their test tool.
#[test]
fn one_step() {
    tell("basics", "letsflow-01-basic-test", &[]);
    tell("basics", "v02-tester-basic", &[0]);
}

#[test]
fn a_handshake() {
    tell("handshake", "letsflow-02-handshake", &[]);
}

#[test]
fn a_conversation() {
    tell("conversation", "letsflow-03-conversation", &[]);
}

#[test]
fn an_introduction() {
    tell("introduction", "letsflow-04-introduction", &[]);
}

#[test]
fn a_meeting() {
    tell("meeting", "letsflow-04-meeting", &[]);
}

#[test]
fn a_quote() {
    tell("quote", "letsflow-05-quote", &[]);
}

/// Told in the text of the tutorial, not in a feature file.
#[test]
fn two_introductions_in_any_order_and_a_word_of_sympathy() {
    for order in [["initiator", "recipient"], ["recipient", "initiator"]] {
        let mut teller = Teller::new(load("under_one_condition"));
        for actor in order {
            teller.cast.insert(actor.to_owned(), actor.to_owned());
            assert_eq!(teller.player.process.state(), "introductions");
            teller.act(actor, "introduce", None, Json::map([("name", Json::text(actor))]));
            teller.act(actor, "introduce", None, Json::map([("name", Json::text("somebody else"))]));
        }
        assert_eq!(teller.player.process.state(), "success");
        assert_eq!(teller.player.refused.len(), 2, "nobody introduces themselves twice");
    }
    let mut teller = Teller::new(load("handshake_with_sympathy"));
    teller.cast.extend(["initiator", "recipient"].map(|actor| (actor.to_owned(), actor.to_owned())));
    teller.act("initiator", "greet", None, Json::Null);
    teller.act("recipient", "reply", Some("not_good"), Json::Null);
    teller.act("initiator", "sympathize", None, Json::Null);
    teller.act("recipient", "elaborate", None, Json::Null);
    teller.act("initiator", "complete", None, Json::Null);
    assert_eq!((teller.player.process.outcome(), teller.player.refused.len()), (Some(Outcome::Success), 0));
}

/// Told in the documentation, not in a feature file.
#[test]
fn an_invitation_needs_an_address() {
    let meet = || {
        let mut teller = Teller::new(load("invitation_by_email"));
        teller.cast.extend(["initiator", "recipient"].map(|actor| (actor.to_owned(), actor.to_owned())));
        teller.act("recipient", "introduce", None, Json::map([("name", Json::text("Jane"))]));
        teller.act("initiator", "request_email", None, Json::Null);
        assert_eq!(teller.player.process.state(), "introductions", "nobody asks before both have a name");
        teller.act("initiator", "introduce", None, Json::map([("name", Json::text("Joe"))]));
        teller.act("initiator", "request_email", None, Json::Null);
        teller
    };
    let mut teller = meet();
    teller.act("recipient", "reply", None, Json::map([("email", Json::text("jane@example.com"))]));
    let said = teller.player.process.instructions("initiator", "en").unwrap();
    assert_eq!(said.as_deref(), Some("Write to jane@example.com: Please come to great Meetup next week."));
    teller.act("initiator", "invite", None, Json::Null);
    assert_eq!(teller.player.process.outcome(), Some(Outcome::Success));
    let mut teller = meet();
    teller.act("recipient", "reply", None, Json::Null);
    assert_eq!(teller.player.process.outcome(), Some(Outcome::Cancelled));
}

/// Told in the documentation: either side begins, and invites the other.
#[test]
fn whoever_begins_a_quotation_invites_the_other() {
    let pdf = Json::parse(
        br#"{"quotation":{"bytes":9,"hash":"sha256:abababababababababababababababababababababababababababababababab","media":"application/pdf","name":"quotation.pdf"}}"#,
        countersign_codec::JsonLimits::default(),
    )
    .unwrap();
    let begins = |actor: &str| {
        let scenario = load("quotation");
        let binding = countersign_workflow::Binding { party: Some(format!("idn_{actor}")), data: BTreeMap::new() };
        let bindings = BTreeMap::from([(actor.to_owned(), binding)]);
        let time = Timestamp::parse(START_DEFAULT).unwrap();
        let mut teller = Teller::new(scenario.clone());
        teller.player.process = countersign_workflow::Process::start(&scenario, &bindings, &Json::Null, time).unwrap();
        teller.cast.extend(["client", "supplier"].map(|actor| (actor.to_owned(), actor.to_owned())));
        teller
    };
    let upload = |teller: &mut Teller| {
        let step = [("actor", Json::text("supplier")), ("action", Json::text("upload")), ("attachments", pdf.clone())];
        teller.step(Json::map(step));
    };
    let asked = Json::map([("description", Json::text("A roof")), ("urgency", Json::text("critical"))]);

    let mut teller = begins("client");
    teller.act("client", "request_quotation", None, Json::map([("request", asked)]));
    upload(&mut teller);
    assert_eq!(teller.player.refused.len(), 1, "there is no supplier yet");
    teller.act("client", "invite_supplier", None, Json::map([("supplier", Json::text("idn_roofer"))]));
    let said = teller.player.process.instructions("supplier", "en").unwrap();
    assert_eq!(said.as_deref(), Some("A roof (critical urgency)"));
    teller.step(Json::map([("wait", Json::text("PT6H"))]));
    assert_eq!(teller.player.process.markers(), ["overdue"]);
    upload(&mut teller);
    teller.act("client", "review", Some("accept"), Json::Null);
    assert_eq!((teller.player.process.state(), teller.player.refused.len()), ("success", 1));

    let mut teller = begins("supplier");
    let client = Json::map([("name", Json::text("Jane")), ("email", Json::text("jane@example.com"))]);
    teller.act("supplier", "enter_client", None, client);
    upload(&mut teller);
    teller.act("client", "review", Some("accept"), Json::Null);
    assert_eq!(teller.player.refused.len(), 1, "nobody is the client yet");
    teller.act("supplier", "invite_client", None, Json::Null);
    let jane = teller.player.process.actor("client").unwrap().get("name").as_text().map(str::to_owned);
    assert_eq!(jane.as_deref(), Some("Jane"), "what the supplier entered is there when the client comes");
    teller.act("client", "review", Some("reject"), Json::Null);
    assert_eq!((teller.player.process.state(), teller.player.refused.len()), ("cancelled", 1));
}
