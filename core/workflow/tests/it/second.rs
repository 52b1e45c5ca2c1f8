//! Plays and changed scenarios for a second implementation: it must reach the same states, reject by the same rules, and
//! accept the same documents.
//!
//! `COUNTERSIGN_MUTANTS=<folder>` writes them there, one a line: `plays.jsonl`, `scenarios.jsonl`. Everything follows
//! from one seed. A few plays are committed: `docs/spec/vectors/process.json` (`COUNTERSIGN_BLESS=1`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use countersign_codec::{Encode, Json, JsonLimits};
use countersign_crypto::Digest;
use countersign_rules::Timestamp;
use countersign_workflow::{Answer, Binding, Entitlement, Joins, KeyKind, Open, Process, Rejection, Scenario};

use crate::canonical::{ASKING, accepted, load};
use crate::guests::GUESTS;
use crate::process::{DAY_ONE, bindings, time};
use crate::proofs::{INCOME, challenge, opening, proving};

const FIGURES: &str = include_str!("fixtures/figures.yaml");
const SYNCHRONISE: &str = include_str!("fixtures/synchronise.yaml");
const FAMILY: &str = include_str!("fixtures/family.yaml");
const CREW: &str = include_str!("fixtures/crew.yaml");
/// Plays, their steps, and changed scenarios, if they are written for another implementation.
const PLAYS: usize = 2_000;
const STEPS: usize = 40;
const CHANGED: usize = 2_000;
const HOUR: i64 = 3_600_000;
/// Parties that may be members of the contract of a play, beside those that play a role from the start.
const MEMBERS: [&str; 3] = ["idn_a", "idn_newcomer", "idn_buyer"];

/// Numbers that look random and always are the same.
struct Chance(u64);

impl Chance {
    fn of(number: usize) -> Self {
        Self((number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, max: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % max.max(1)
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        items.get(self.below(items.len())).copied()
    }
}

fn scenarios() -> Vec<(String, Scenario)> {
    let mut all = accepted();
    all.push(("income_check".to_owned(), load(INCOME)));
    let count = all.len();
    all.extend((0..count).map(|_| ("figures".to_owned(), load(FIGURES))));
    all.extend((0..count / 2).map(|_| ("family".to_owned(), load(FAMILY))));
    all.extend((0..count / 3).map(|_| ("crew".to_owned(), load(CREW))));
    all.push(("asking".to_owned(), load(ASKING)));
    all.extend((0..count / 4).map(|_| ("house".to_owned(), load(SYNCHRONISE))));
    all.extend((0..count / 2).map(|_| ("guests".to_owned(), load(GUESTS))));
    all
}

/// Data for a schema of the canonical form; now and then not quite.
fn datum(chance: &mut Chance, schema: &Json, types: &Json, depth: usize) -> Json {
    if chance.once_in(60) {
        return [Json::Null, Json::Bool(true), Json::Int(-7), Json::text("é😀x"), Json::List(vec![])][chance.below(5)]
            .clone();
    }
    if let Some(named) = schema.get("$ref").and_then(Json::as_text).and_then(|name| name.strip_prefix("#/types/")) {
        return types.get(named).map_or(Json::Null, |schema| datum(chance, schema, types, depth));
    }
    if let Some(choices) = schema.get("enum").and_then(Json::as_list) {
        return choices[chance.below(choices.len())].clone();
    }
    let text = |chance: &mut Chance, texts: &[&str]| Json::text(texts[chance.below(texts.len())]);
    match (schema.get("type").and_then(Json::as_text), schema.get("format").and_then(Json::as_text)) {
        (Some("boolean"), _) => Json::Bool(chance.once_in(2)),
        (Some("integer"), _) => Json::Int([0, 1, 2, 3, -4, 12, 99, 9_007_199_254_740_991][chance.below(8)]),
        (_, Some("decimal")) => {
            text(chance, &["0", "1", "2.5", "-0.125", "950.00", "0.3333", "99999999999.5", "7", "-3", "1e3"])
        }
        (_, Some("date")) => {
            text(chance, &["2026-01-31", "2024-02-29", "2026-02-30", "9999-12-31", "0001-01-01", "2026-07-04"])
        }
        (_, Some("date-time")) => text(
            chance,
            &["2026-01-31T23:59:59.999Z", "2026-03-01T00:00:00Z", "9999-12-31T00:00:00.5Z", "2026-02-01T12:00:00"],
        ),
        (_, Some("duration")) => text(chance, &["P1M", "P1D", "PT36H", "-P1Y2M", "PT0.5S", "P3W", "P9999Y", "P1M1D"]),
        (_, Some("hash")) => Json::text(format!("sha256:{}", "ab".repeat(32))),
        (_, Some("commitment")) => Json::Text(opening(chance.below(8)).commitment().to_string()),
        (_, Some("challenge")) => Json::Text(challenge(chance.below(4)).to_string()),
        (_, Some("proof")) => Json::text(format!("proof:{}", "0a".repeat(chance.below(700)))),
        (_, Some(_)) => text(chance, &["idn_a", "idn_buyer", "IDN_b"]),
        (Some("string"), _) => {
            text(chance, &["a", "b", "", "Rotterdam", "x y z", "é😀", "a longer text than some of them like"])
        }
        (Some("array"), _) => {
            let items = schema.get("items").unwrap_or(&Json::Null);
            Json::List((0..chance.below(4)).map(|_| datum(chance, items, types, depth + 1)).collect())
        }
        _ => object(chance, schema, types, depth),
    }
}

fn object(chance: &mut Chance, schema: &Json, types: &Json, depth: usize) -> Json {
    let mut members = BTreeMap::new();
    if let Some(properties) = schema.get("properties").and_then(Json::as_map) {
        let required = schema.get("required").and_then(Json::as_list).unwrap_or_default();
        for (name, schema) in properties {
            let needed = required.contains(&Json::text(name));
            if if needed { !chance.once_in(40) } else { chance.once_in(2) } {
                members.insert(name.clone(), datum(chance, schema, types, depth + 1));
            }
        }
        if chance.once_in(60) {
            members.insert(["stranger", "__proto__"][chance.below(2)].into(), Json::Int(1));
        }
    } else if let Some(of @ Json::Map(_)) = schema.get("additionalProperties") {
        for _ in 0..chance.below(4) {
            members.insert(
                ["a", "b", "😀", "\u{ffff}", "__proto__"][chance.below(5)].into(),
                datum(chance, of, types, depth + 1),
            );
        }
    } else if depth < 4 {
        members.insert("free".into(), Json::List(vec![Json::Null, Json::text("form"), Json::Int(3)]));
    }
    Json::Map(members)
}

fn types_of(scenario: &Scenario) -> Json {
    scenario.canonical().get("types").cloned().unwrap_or(Json::Null)
}

fn own_data(chance: &mut Chance, scenario: &Scenario, actor: &str) -> BTreeMap<String, Json> {
    let schema = scenario.actor_schema(actor).unwrap_or(Json::Null);
    object(chance, &schema, &types_of(scenario), 0).as_map().cloned().unwrap_or_default()
}

fn hex(bytes: &[u8]) -> Json {
    Json::text(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn binding_json(binding: &Binding) -> Json {
    let party = binding.party.as_ref().map_or(Json::Null, Json::text);
    Json::map([("data", Json::Map(binding.data.clone())), ("party", party)])
}

/// What became of a step, and where it led.
fn after(process: Option<&Process>, done: Result<(), Rejection>) -> Vec<(&'static str, Json)> {
    let mut members = Vec::new();
    if let Err(rejection) = done {
        members.push(("rule", Json::text(rejection.rule.as_str())));
        members.push(("pointer", Json::text(rejection.pointer.unwrap_or_default())));
    }
    if let Some(process) = process {
        members.push(("state", Json::text(process.state())));
        let hashes = process.sub_hashes();
        if hashes.len() > 1 {
            members.push(("hashes", Json::map(hashes.iter().map(|(path, hash)| (path.clone(), hex(hash))))));
        } else {
            members.push(("hash", hex(&process.sub_hash())));
        }
        members.push(("bytes", Json::Int(process.to_bytes().len() as i64)));
        members.push(("result", process.result().to_typed()));
        members.extend(process.invited_bytes().map(|bytes| ("invited", hex(&bytes))));
    }
    members
}

/// A play of one scenario: how it starts, and step after step what is said and what becomes of it.
fn play(name: &str, scenario: &Scenario, number: usize) -> (Json, BTreeMap<String, usize>) {
    let mut chance = Chance::of(number);
    let mut counts = BTreeMap::new();
    let mut bound = bindings(scenario);
    for (actor, binding) in &mut bound {
        binding.data = own_data(&mut chance, scenario, actor);
    }
    for actor in scenario.actors().filter(|actor| scenario.group(actor).is_some()) {
        // One more, a gap, or one too few, now and then.
        let name = format!("{actor}.{}", chance.below(16));
        match chance.below(8) {
            0 => drop(bound.remove(&name)),
            1 => drop(bound.insert(name, Binding { party: None, data: own_data(&mut chance, scenario, actor) })),
            _ => {}
        }
    }
    let inputs = datum(&mut chance, &scenario.input_schema(), &types_of(scenario), 0);
    let members = MEMBERS.iter().take(number % (MEMBERS.len() + 1)).map(|member| (*member).to_owned());
    let mut process = match Process::start_among(members.clone(), scenario, &bound, &inputs, time(DAY_ONE)) {
        Ok(process) => Some(process),
        Err(rejection) => {
            *counts.entry(format!("start {}", rejection.rule.as_str())).or_default() += 1;
            let start = after(None, Err(rejection));
            return (written(name, scenario, (&bound, members.collect()), &inputs, start, Vec::new()), counts);
        }
    };
    let start = after(process.as_ref(), Ok(()));
    let mut steps = Vec::new();
    for _ in 0..STEPS {
        let Some(process) = &mut process else { break };
        let (said, done) = match chance.below(20) {
            0 => tick(&mut chance, process),
            1 if chance.once_in(3) => welcome(&mut chance, process),
            1 => join(&mut chance, scenario, process),
            _ => respond(&mut chance, scenario, process),
        };
        let rule = done.as_ref().map_or_else(|rejection| rejection.rule.as_str(), |()| "applied");
        *counts.entry(rule.to_owned()).or_default() += 1;
        let mut members = vec![said];
        members.extend(after(Some(process), done));
        steps.push(Json::map(members));
        if process.outcome().is_some() && chance.once_in(2) {
            break;
        }
    }
    for cause in process.iter().flat_map(Process::history).map(|done| done.cause.to_string()) {
        if let Some((timer, _)) = cause.split_once(':') {
            *counts.entry(format!("timer {timer}")).or_default() += 1;
        }
    }
    (written(name, scenario, (&bound, members.collect()), &inputs, start, steps), counts)
}

fn written(
    name: &str,
    scenario: &Scenario,
    (bound, members): (&BTreeMap<String, Binding>, Vec<String>),
    inputs: &Json,
    start: Vec<(&'static str, Json)>,
    steps: Vec<Json>,
) -> Json {
    Json::map([
        ("name", Json::text(name)),
        ("scenario", scenario.canonical().clone()),
        ("actors", Json::map(bound.iter().map(|(actor, binding)| (actor.clone(), binding_json(binding))))),
        ("inputs", inputs.clone()),
        ("members", Json::List(members.into_iter().map(Json::text).collect())),
        ("time", Json::Int(time(DAY_ONE).ms())),
        ("start", Json::map(start)),
        ("steps", Json::List(steps)),
    ])
}

type Step = ((&'static str, Json), Result<(), Rejection>);

fn later(chance: &mut Chance, process: &Process) -> Timestamp {
    let hours = if chance.once_in(6) { chance.below(400) as i64 } else { chance.below(9) as i64 - 2 };
    Timestamp::from_ms(process.time().ms() + hours * HOUR).unwrap_or(process.time())
}

fn tick(chance: &mut Chance, process: &mut Process) -> Step {
    let time = later(chance, process);
    process.tick(time);
    (("tick", Json::Int(time.ms())), Ok(()))
}

fn join(chance: &mut Chance, scenario: &Scenario, process: &mut Process) -> Step {
    let invited: Vec<&str> = scenario
        .actors()
        .filter(|actor| scenario.joins(actor) == Some(Joins::Invitation) || chance.once_in(9))
        .collect();
    let actor = chance.pick(&invited).unwrap_or("nobody");
    let binding = Binding { party: Some("idn_newcomer".into()), data: own_data(chance, scenario, actor) };
    let time = later(chance, process);
    let done = process.join(actor, &binding, time);
    let members = [("actor", Json::text(actor)), ("binding", binding_json(&binding)), ("time", Json::Int(time.ms()))];
    (("join", Json::map(members)), done)
}

/// A party becomes a member.
fn welcome(chance: &mut Chance, process: &mut Process) -> Step {
    let party = MEMBERS[chance.below(MEMBERS.len())];
    let time = later(chance, process);
    process.know_members(MEMBERS.map(str::to_owned));
    let done = process.welcome(party, time);
    let members = Json::List(MEMBERS.iter().map(|member| Json::text(*member)).collect());
    let said = [("members", members), ("party", Json::text(party)), ("time", Json::Int(time.ms()))];
    (("welcome", Json::map(said)), done)
}

/// Data with what is personal in envelopes of its own, now and then not quite.
fn sealed(
    chance: &mut Chance,
    scenario: &Scenario,
    action: &str,
    response: Option<&str>,
    data: Json,
) -> (Json, BTreeMap<String, Json>) {
    let mut envelopes = BTreeMap::new();
    let mut commit = |pointer: &str, _: &str, value: &Json| {
        let digest = Digest::of(&value.canonical());
        let bytes = if chance.once_in(20) { 70_000 } else { 8 };
        let file = [
            ("commitment", Json::text(format!("sha256:{digest}"))),
            ("name", Json::text(if chance.once_in(20) { "wages" } else { "personal" })),
            ("media", Json::text("application/json")),
            ("bytes", Json::Int(bytes)),
        ];
        if !chance.once_in(20) {
            envelopes.insert(pointer.to_owned(), Json::List(vec![Json::map(file)]));
        }
        countersign_rules::Hash::new(*digest.bytes())
    };
    match scenario.seal(action, response, &data, &mut commit) {
        Ok(sealed) => (sealed, envelopes),
        Err(_) => (data, BTreeMap::new()),
    }
}

fn respond(chance: &mut Chance, scenario: &Scenario, process: &mut Process) -> Step {
    let mut open: Vec<Open> = process.open(process.time()).into_iter().flat_map(|(_, open)| open).collect();
    // Who withdraws at every turn never comes to a proof.
    open.retain(|open| open.action != "withdraw" || chance.once_in(8));
    let before = process.clone();
    let all = before.processes();
    let any = all[chance.below(all.len())];
    let actors = any.members();
    let actions: Vec<&str> = any.actions().collect();
    let guided = if open.is_empty() || chance.once_in(8) { None } else { open.get(chance.below(open.len())) };
    let (path, actor, action) = match guided {
        Some(open) => (open.process.as_str(), open.actor.as_str(), open.action.as_str()),
        None => (
            any.path(),
            actors.get(chance.below(actors.len())).map_or("nobody", String::as_str),
            chance.pick(&actions).unwrap_or("nothing"),
        ),
    };
    let view = before.process(path).and_then(|one| one.action(action));
    let responses: Vec<&str> = view.as_ref().map(|view| view.responses().collect()).unwrap_or_default();
    let wanted = match guided {
        Some(open) => open.responses.get(chance.below(open.responses.len())).map(String::as_str),
        None => chance.pick(&responses),
    };
    let response = if chance.once_in(10) { chance.pick(&["ok", "no_such_thing"]) } else { wanted };
    let chosen = response.unwrap_or("ok");
    let schema = view.as_ref().and_then(|view| view.response_schema(chosen)).unwrap_or(Json::Null);
    let mut data = datum(chance, &schema, &types_of(scenario), 0);
    if let Ok(Some(demand)) = process.demand(path, action, Some(chosen))
        && !chance.once_in(4)
    {
        data = proving(action, chosen, process.party_in(path, actor).flatten(), &demand).unwrap_or(data);
    }
    let announced = process.announced();
    if action == "object" && !announced.is_empty() && !chance.once_in(4) {
        let one = &announced[chance.below(announced.len())];
        let named = Json::text(format!("{}.{}", one.actor, one.action));
        data = Json::map([("announced", named), ("reason", Json::text("too much"))]);
    }
    let (data, mut attachments) = sealed(chance, scenario, action, response, data);
    let files = view.as_ref().map(|view| view.attachments(chosen)).unwrap_or_default();
    for asked in files {
        let (name, max) = (asked.name, asked.bytes_max);
        if (asked.optional && chance.once_in(2)) || (asked.many.is_some() && chance.once_in(5)) {
            continue;
        }
        let media = asked.media.and_then(<[String]>::first).map_or("text/plain", String::as_str);
        let count = asked.many.map_or(1, |many| chance.below(many.max + 2));
        let file = [
            ("commitment", Json::text(format!("sha256:{}", "cd".repeat(32)))),
            ("name", Json::text(if chance.once_in(2) { "a file" } else { name })),
            ("media", Json::text(if chance.once_in(20) { "no/media" } else { media })),
            ("bytes", Json::Int(if chance.once_in(20) { max.saturating_add(1) } else { 1 })),
        ];
        let file = Json::map(file);
        let single = asked.many.is_some() && chance.once_in(12);
        attachments.insert(name.to_owned(), if single { file } else { Json::List(vec![file; count]) });
    }
    let attachments = Json::Map(attachments);
    let seen = if chance.once_in(12) { Some([7; 32]) } else { process.seen(path, action) };
    let own = process.party_in(path, actor).flatten().unwrap_or("idn_x").to_owned();
    let party = if chance.once_in(30) { "idn_other" } else { &own };
    let answer = Answer {
        contract: None,
        process: if chance.once_in(60) { "main/other" } else { path },
        actor,
        party: Some(party),
        key: if chance.once_in(20) { KeyKind::System } else { KeyKind::User },
        action,
        response: if chance.once_in(12) { None } else { response },
        data: &data,
        attachments: &attachments,
        seen,
        time: later(chance, process),
        proofs: None,
    };
    let (entitled, word) = match chance.below(40) {
        0 => (Entitlement::NotEntitled, "not_entitled"),
        1 => (Entitlement::BeyondMandate, "beyond_mandate"),
        _ => (Entitlement::Entitled, "entitled"),
    };
    let members = Json::map([
        ("process", Json::text(answer.process)),
        ("actor", Json::text(actor)),
        ("party", Json::text(party)),
        ("personal", Json::Bool(answer.key == KeyKind::User)),
        ("action", Json::text(action)),
        ("response", answer.response.map_or(Json::Null, Json::text)),
        ("data", data.clone()),
        ("attachments", attachments.clone()),
        ("seen", seen.map_or(Json::Null, |seen| hex(&seen))),
        ("time", Json::Int(answer.time.ms())),
        ("entitled", Json::text(word)),
    ]);
    let done = process.respond(&answer, &|_| entitled);
    (("respond", members), done)
}

/// Every value of a document with its place, down from the root.
fn places(json: &Json, at: &mut Vec<String>, into: &mut Vec<Vec<String>>) {
    into.push(at.clone());
    let mut below = |key: String, value: &Json| {
        at.push(key);
        places(value, at, into);
        at.pop();
    };
    match json {
        Json::Map(members) => members.iter().for_each(|(key, value)| below(key.clone(), value)),
        Json::List(items) => items.iter().enumerate().for_each(|(index, value)| below(index.to_string(), value)),
        _ => {}
    }
}

fn at<'a>(json: &'a mut Json, place: &[String]) -> Option<&'a mut Json> {
    place.iter().try_fold(json, |json, key| match json {
        Json::Map(members) => members.get_mut(key),
        Json::List(items) => items.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A scenario that somebody changed in one or two places.
fn changed(scenario: &Json, number: usize) -> Json {
    let mut chance = Chance::of(number);
    let mut json = scenario.clone();
    for _ in 0..=chance.below(2) {
        let mut all = Vec::new();
        places(&json, &mut Vec::new(), &mut all);
        let (place, other) = (all[chance.below(all.len())].clone(), all[chance.below(all.len())].clone());
        let copy = at(&mut json, &other).cloned().unwrap_or(Json::Null);
        let key = other.last().cloned().unwrap_or_default();
        let operation = chance.below(8);
        if operation == 0 {
            let (Some((last, parent)), true) = (place.split_last(), true) else { continue };
            match at(&mut json, parent) {
                Some(Json::Map(members)) => drop(members.remove(last)),
                Some(Json::List(items)) => drop(items.remove(last.parse::<usize>().unwrap())),
                _ => {}
            }
            continue;
        }
        match (operation, at(&mut json, &place)) {
            (1, Some(Json::List(items))) if !items.is_empty() => {
                let (one, two) = (chance.below(items.len()), chance.below(items.len()));
                items.swap(one, two);
            }
            (1 | 2, Some(Json::List(items))) => items.push(copy),
            (1 | 2, Some(Json::Map(members))) => drop(members.insert(key, copy)),
            (3, Some(value @ Json::Int(_))) => *value = Json::Int([0, 1, -1, 28, 29, 70_000][chance.below(6)]),
            (3 | 4, Some(value @ Json::Text(_))) if matches!(copy, Json::Text(_)) => *value = copy,
            (3 | 4, Some(value @ Json::Text(_))) => {
                *value = Json::text(
                    ["", "stay", "vars.x", "P1D", "2026-02-30", "_", "{{ vars.n }}", "everyone"][chance.below(8)],
                );
            }
            (5, Some(value @ Json::Map(_))) if matches!(copy, Json::Map(_)) => *value = copy,
            (_, Some(value)) if chance.once_in(3) => *value = copy,
            _ => {}
        }
    }
    json
}

/// Whether a document is a scenario in canonical form; else the codes of what is wrong.
fn judged(json: &Json) -> Result<(), Vec<&'static str>> {
    let bytes = json.canonical();
    match Scenario::load(&bytes) {
        Ok((scenario, _)) if scenario.digest() == *Digest::of(&bytes).bytes() => Ok(()),
        Ok(_) => Err(vec!["not canonical"]),
        Err(findings) => Err(findings.iter().filter(|one| one.is_error()).map(|one| one.code).collect()),
    }
}

fn lines(lines: impl IntoIterator<Item = Json>) -> String {
    lines.into_iter().map(|line| line.to_string() + "\n").collect()
}

fn folder() -> Option<PathBuf> {
    std::env::var_os("COUNTERSIGN_MUTANTS").map(PathBuf::from)
}

#[test]
fn plays_meet_every_rule_and_can_be_handed_to_another_implementation() {
    let scenarios = scenarios();
    let count = if folder().is_some() { PLAYS } else { 200 };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let plays = (0..count).map(|number| {
        let (name, scenario) = &scenarios[number % scenarios.len()];
        let (play, met) = play(name, scenario, number);
        met.into_iter().for_each(|(rule, times)| *counts.entry(rule).or_default() += times);
        play
    });
    let plays: Vec<Json> = plays.collect();
    for rule in [
        "applied",
        "timer after",
        "timer at",
        "timer every",
        "process_over",
        "unknown_action",
        "not_entitled",
        "beyond_mandate",
        "not_an_actor",
        "wrong_key",
        "not_acknowledged",
        "not_open",
        "not_yours",
        "condition_not_met",
        "unknown_response",
        "invalid_data",
        "invalid_attachment",
        "seen_changed",
        "expression_error",
        "no_transition",
        "invalid_result",
    ] {
        assert!(counts.contains_key(rule), "no step is {rule}: {counts:?}");
    }
    if let Some(folder) = folder() {
        // Few plays come as far as a proof.
        assert!(counts.contains_key("invalid_proof"), "no step is invalid_proof: {counts:?}");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("plays.jsonl"), lines(plays)).unwrap();
        println!("{counts:?}");
    }
}

#[test]
fn changed_scenarios_can_be_handed_to_another_implementation() {
    let scenarios = scenarios();
    let count = if folder().is_some() { CHANGED } else { 300 };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let documents = (0..count).map(|number| {
        let json = changed(scenarios[number % scenarios.len()].1.canonical(), number);
        let codes = judged(&json).err().unwrap_or_default();
        codes.iter().for_each(|code| *counts.entry(code).or_default() += 1);
        let accepted = Json::Bool(codes.is_empty());
        let codes = Json::List(codes.into_iter().map(Json::text).collect());
        Json::map([("accepted", accepted), ("codes", codes), ("scenario", json)])
    });
    let documents: Vec<Json> = documents.collect();
    assert!(counts.len() > 10, "too few ways to be wrong: {counts:?}");
    if let Some(folder) = folder() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("scenarios.jsonl"), lines(documents)).unwrap();
        println!("{counts:?}");
    }
}

/// One play of each scenario, for whoever writes another implementation.
#[test]
fn the_plays_of_the_vectors_are_these() {
    let mut scenarios = accepted();
    scenarios.push(("figures".to_owned(), load(FIGURES)));
    scenarios.push(("family".to_owned(), load(FAMILY)));
    scenarios.push(("crew".to_owned(), load(CREW)));
    scenarios.push(("house".to_owned(), load(SYNCHRONISE)));
    scenarios.push(("guests".to_owned(), load(GUESTS)));
    let plays = scenarios.iter().enumerate().map(|(at, (name, scenario))| {
        let number = (at..)
            .step_by(97)
            .find(|number| !play(name, scenario, *number).0.get("steps").and_then(Json::as_list).unwrap().is_empty());
        play(name, scenario, number.unwrap()).0
    });
    let about = "Plays of a process (docs/spec/scenario.md): each step with the rule that rejects it, and the sub-hash after it.";
    let vectors = Json::map([("about", Json::text(about)), ("plays", Json::List(plays.collect()))]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/process.json");
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(&path, vectors.canonical()).unwrap();
    }
    let limits = JsonLimits { bytes_max: 4 << 20, depth_max: 1_300 };
    let known = Json::parse(&std::fs::read(&path).unwrap(), limits).unwrap();
    assert!(known == vectors, "COUNTERSIGN_BLESS=1 writes {}", path.display());
}
