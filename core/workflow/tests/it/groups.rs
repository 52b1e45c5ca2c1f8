//! Groups: roles that several parties play, by number.

use countersign_codec::Json;
use countersign_rules::Timestamp;
use countersign_workflow::{Binding, ChangeKind, Deviation, Entitlement, Many, Process, Rejection, Scenario, Update};

use crate::canonical::load;
use crate::process::{DAY_ONE, NOTHING, answer, bindings, time};

const CREW: &str = include_str!("fixtures/crew.yaml");

fn start(scenario: &Scenario) -> Process {
    Process::start(scenario, &bindings(scenario), &NOTHING, time(DAY_ONE)).unwrap()
}

fn say(process: &mut Process, path: &str, actor: &str, action: &str, data: &Json) -> Result<(), Rejection> {
    let party = process.party_in(path, actor).flatten().unwrap_or("idn_nobody").to_owned();
    let mut said = answer(actor, &party, action, data);
    said.process = path;
    said.seen = process.seen(path, action);
    process.respond(&said, &|_| Entitlement::Entitled)
}

fn newcomer(party: &str) -> Binding {
    Binding { party: Some(party.to_owned()), data: [("ticket".to_owned(), Json::text("7"))].into() }
}

fn rule(done: Result<(), Rejection>) -> &'static str {
    done.err().map_or("applied", |rejection| rejection.rule.as_str())
}

/// The codes of what is wrong with the fixture once a word of it is another.
fn codes(from: &str, to: &str) -> Vec<(String, String)> {
    assert!(CREW.contains(from), "{from}");
    let found = Scenario::load(CREW.replacen(from, to, 1).as_bytes()).err().unwrap_or_default();
    let errors = found.into_iter().filter(countersign_workflow::Finding::is_error);
    errors.map(|finding| (finding.code.to_owned(), finding.message)).collect()
}

#[test]
fn members_are_called_by_their_number_and_each_has_data_of_its_own() {
    let scenario = load(CREW);
    assert_eq!(scenario.group("crew"), Some(Many { min: 11, max: 13 }));
    assert_eq!((scenario.group("captain"), scenario.role("crew.3")), (None, Some("crew")));
    let mut process = start(&scenario);
    assert_eq!(process.party("crew.10"), Some("idn_crew.10"));
    for wrong in ["crew", "crew.11", "crew.03", "crew.+3", "captain.0", "crew.1000", "crew.-1"] {
        assert_eq!(rule(say(&mut process, "main", wrong, "ready", &NOTHING)), "not_an_actor", "{wrong}");
    }
    say(&mut process, "main", "crew.10", "ready", &NOTHING).unwrap();
    let plain = process.main().actors().into_iter().find(|(name, _)| name == "crew").unwrap().1.to_plain();
    let crew = plain.as_list().unwrap();
    assert_eq!(crew.len(), 11);
    assert_eq!(crew[10].get("ready"), Some(&Json::Bool(true)));
    assert_eq!((crew[9].get("ready"), crew[9].get("index")), (Some(&Json::Bool(false)), Some(&Json::Int(9))));
    let told = process.instructions("crew.10", "en").unwrap();
    assert_eq!(told.as_deref(), Some("You are crew.10, number 10."));
    assert_eq!(process.history().last().unwrap().cause.to_string(), "ready.ok");
    assert_eq!(process.parties("crew").len(), 11);
    assert_eq!(process.parties("crew.2"), ["idn_crew.2"]);
    assert_eq!(process.roles_of("idn_crew.2"), ["crew.2"]);
}

#[test]
fn a_group_begins_with_as_many_as_it_must_have_and_without_a_gap() {
    let scenario = load(CREW);
    let begin = |change: &dyn Fn(&mut std::collections::BTreeMap<String, Binding>)| {
        let mut bound = bindings(&scenario);
        change(&mut bound);
        let started = Process::start(&scenario, &bound, &NOTHING, time(DAY_ONE));
        started.map(drop).map_err(|rejection| (rejection.rule.as_str(), rejection.pointer.unwrap_or_default()))
    };
    assert_eq!(begin(&|_| {}), Ok(()));
    assert_eq!(begin(&|bound| drop(bound.remove("crew.10"))), Err(("not_an_actor", "/actors/crew".into())));
    assert_eq!(begin(&|bound| drop(bound.remove("crew.3"))), Err(("not_an_actor", "/actors/crew.10".into())));
    let one = || Binding { party: None, data: Default::default() };
    let more = |bound: &mut std::collections::BTreeMap<String, Binding>| {
        bound.extend((11..14).map(|index| (format!("crew.{index}"), one())));
    };
    assert_eq!(begin(&more), Err(("limit", String::new())));
    assert_eq!(begin(&|bound| drop(bound.insert("crew".into(), one()))), Err(("not_an_actor", "/actors/crew".into())));
    let parties = |bound: &mut std::collections::BTreeMap<String, Binding>| {
        bound.insert("crew.0".into(), Binding { party: None, data: [("mark".to_owned(), Json::Int(1))].into() });
    };
    assert_eq!(begin(&parties), Err(("invalid_data", "/actors/crew.0/mark".into())));
}

#[test]
fn who_joins_later_gets_the_next_number_in_every_process() {
    let scenario = load(CREW);
    let mut process = start(&scenario);
    assert_eq!((process.members_of("guests"), process.members_of("crew")), (0, 11));
    for index in 0..2 {
        say(&mut process, "main", &format!("crew.{index}"), "ready", &NOTHING).unwrap();
    }
    say(&mut process, "main", "captain", "sail", &NOTHING).unwrap();
    let entered: Timestamp = process.entered();
    assert_eq!(process.state(), "sailing");
    assert_eq!(rule(say(&mut process, "main/ballot", "guests.0", "cheer", &NOTHING)), "not_an_actor");
    process.join("guests", &newcomer("idn_one"), entered).unwrap();
    process.join("guests", &newcomer("idn_two"), entered).unwrap();
    assert_eq!((process.party("guests.0"), process.party("guests.1")), (Some("idn_one"), Some("idn_two")));
    assert_eq!(process.party_in("main/ballot", "guests.1"), Some(Some("idn_two")), "a child has it at once");
    assert_eq!(process.role_in_main("main/ballot", "guests.1").as_deref(), Some("guests.1"));
    process.join("guests", &newcomer("idn_three"), entered).unwrap();
    assert_eq!(rule(process.join("guests", &newcomer("idn_four"), entered)), "limit");
    assert_eq!(rule(process.join("crew", &newcomer("idn_four"), entered)), "not_an_actor");
    say(&mut process, "main/ballot", "guests.1", "cheer", &NOTHING).unwrap();
    for index in [2, 10, 9] {
        say(&mut process, "main/ballot", &format!("crew.{index}"), "vote", &NOTHING).unwrap();
    }
    assert_eq!((process.state(), process.vars().get("votes").to_plain()), ("home", Json::Int(3)));
}

#[test]
fn everyone_is_every_member_that_joined_but_at_least_as_many_as_there_must_be() {
    let scenario = load(CREW);
    let mut process = start(&scenario);
    let sign = |process: &mut Process, actor: &str| say(process, "main", actor, "sign", &NOTHING);
    for index in 0..11 {
        sign(&mut process, &format!("crew.{index}")).unwrap();
    }
    assert_eq!(rule(sign(&mut process, "crew.4")), "condition_not_met");
    assert_eq!(process.vars().get("signed").to_plain(), Json::Int(10), "counted before the last one counts");
    assert_eq!(process.state(), "mustering", "one guest at least must have joined and signed");
    let now = process.entered();
    process.join("guests", &newcomer("idn_one"), now).unwrap();
    assert_eq!(process.state(), "mustering");
    sign(&mut process, "guests.0").unwrap();
    assert_eq!(process.state(), "sailing");
}

#[test]
fn an_asset_may_be_a_list() {
    let scenario = load(CREW);
    let mut process = start(&scenario);
    let words = Json::map([("words", Json::text("Fair wind."))]);
    for actor in ["captain", "crew.3", "crew.10", "captain"] {
        say(&mut process, "main", actor, "write", &words).unwrap();
    }
    let log = process.assets().get("log").to_plain();
    assert_eq!(log.as_list().unwrap()[1].get("by"), Some(&Json::text("crew.3")));
    let full = say(&mut process, "main", "captain", "write", &words).unwrap_err();
    assert_eq!((full.rule.as_str(), full.pointer.as_deref()), ("invalid_result", Some("/assets/log")));
}

#[test]
fn what_cannot_be_a_group_is_refused_at_its_place() {
    for (from, to, code, words) in [
        ("many: {min: 11, max: 13}", "many: {min: 11, max: 5}", "E106", "at least `min` 11, at most `max` 5"),
        ("many: {min: 11, max: 13}", "many: {min: 11, max: 1001}", "E106", "an integer from 1 to 1000"),
        ("many: {min: 11, max: 13}", "many: {min: 11}", "E105", "`max`"),
        ("seen: [actors.crew]", "seen: [actors.crew.0]", "E106", "a path"),
        ("captain: {title: Captain}", "captain: {title: Captain, acts_for: crew}", "E106", "no groups"),
        ("    title: Crew\n", "    title: Crew\n    acts_for: captain\n", "E106", "no groups"),
        ("actors: {chair: captain}", "actors: {chair: crew}", "E205", "one actor, not a group"),
        ("actors: {chair: captain}", "actors: {chair: captain, crew: captain}", "E205", "which is a group"),
        ("{set: actor.mark, to: data.mark}", "{set: actors.crew.mark, to: data.mark}", "E402", ""),
    ] {
        let found = codes(from, to);
        let hit = found.iter().any(|(found, message)| found == code && message.contains(words));
        assert!(hit, "{from} → {to}: {found:?}");
    }
}

#[test]
fn an_attachment_may_be_a_list_of_files() {
    let scenario = load(CREW);
    let mut process = start(&scenario);
    let file = |media: &str, bytes: i64| {
        let hash = format!("sha256:{}", "ab".repeat(32));
        let text = [("commitment", hash.as_str()), ("name", "a.jpg"), ("media", media)];
        let mut members: Vec<(&str, Json)> = text.map(|(key, value)| (key, Json::text(value))).into();
        members.push(("bytes", Json::Int(bytes)));
        Json::map(members)
    };
    let jpeg = |bytes| file("image/jpeg", bytes);
    let list = |files: &[Json]| Json::List(files.to_vec());
    let mut bring = |given: Vec<(&str, Json)>| {
        let attachments = Json::map(given);
        let mut said = answer("captain", "idn_captain", "shoot", &NOTHING);
        said.attachments = &attachments;
        let done = process.respond(&said, &|_| Entitlement::Entitled);
        let bytes = process.vars().get("bytes").to_plain().as_int();
        done.map(|()| bytes).map_err(|rejection| (rejection.rule.as_str(), rejection.pointer.unwrap_or_default()))
    };
    let refused = |name: &str| Err(("invalid_attachment", format!("/{name}")));
    assert_eq!(bring(vec![("photos", list(&[jpeg(100), jpeg(20)]))]), Ok(Some(120)));
    assert_eq!(bring(vec![("photos", list(&[jpeg(1)])), ("maps", list(&[jpeg(5)]))]), Ok(Some(2)));
    assert_eq!(bring(vec![("photos", list(&[jpeg(1)])), ("maps", list(&[]))]), Ok(Some(1)));
    let sketches = list(&[jpeg(1), jpeg(1)]);
    assert_eq!(bring(vec![("photos", list(&[jpeg(1)])), ("sketches", sketches)]), Ok(Some(3)));
    assert_eq!(bring(vec![]), refused("photos"));
    assert_eq!(bring(vec![("photos", list(&[]))]), refused("photos"));
    assert_eq!(bring(vec![("photos", jpeg(1))]), refused("photos"), "a list stays a list");
    assert_eq!(bring(vec![("photos", list(&[list(&[jpeg(1)])]))]), refused("photos"));
    assert_eq!(bring(vec![("photos", list(&[jpeg(1), jpeg(1), jpeg(1), jpeg(1)]))]), refused("photos"));
    assert_eq!(bring(vec![("photos", list(&[jpeg(1), file("image/png", 1)]))]), refused("photos"));
    assert_eq!(bring(vec![("photos", list(&[jpeg(1), jpeg(901)]))]), refused("photos"));
    assert_eq!(bring(vec![("photos", list(&[jpeg(1)])), ("sketches", list(&[]))]), refused("sketches"));
}

/// Who decides is every party of the group, once; members act in the states of a deviation, and stay in an update.
#[test]
fn a_group_decides_on_changes_and_keeps_its_members() {
    let scenario = load(CREW);
    let mut process = start(&scenario);
    let electors = process.electors(ChangeKind::Deviation);
    assert_eq!(electors.len(), 12, "eleven of the crew, and the captain: {electors:?}");
    let text = "scenario: countersign/deviation/v1\nname: shanty\nof: crew\ntitle: A song\nlanguage: en\n\
        actions: {sing: {title: Sing, kind: informative, by: crew, do: [{set: actor.share, to: actor.share + 1}]}}\n\
        leaves: {mustering: [{on: sing, goto: singing}]}\n\
        states: {singing: {title: They sing, transitions: [{on: sing, goto: stay}, {when: how_many_did(sing) >= 2, goto: mustering}]}}\n";
    let (deviation, _) = Deviation::load(text.as_bytes(), &scenario).unwrap();
    let now = process.entered();
    process.adopt(&deviation, now).unwrap();
    say(&mut process, "main", "crew.10", "sing", &NOTHING).unwrap();
    assert_eq!(process.state(), "singing");
    say(&mut process, "main", "crew.2", "sing", &NOTHING).unwrap();
    say(&mut process, "main", "crew.10", "sing", &NOTHING).unwrap();
    assert_eq!(process.state(), "mustering");
    assert_eq!(process.actor("crew.10").unwrap().get("share").to_plain(), Json::Int(3));

    let update = |to: &str| {
        let to = load(&to.replace("name: crew\n", "name: crew2\n"));
        let hash = countersign_rules::Hash::new(to.digest());
        let text = format!(
            "scenario: countersign/update/v1\nname: move\nof: crew\ntitle: Move\nlanguage: en\nto: {hash}\n\
             states: {{mustering: mustering, sailing: sailing, home: home}}\n"
        );
        Update::load(text.as_bytes(), &scenario, &to).unwrap().0
    };
    let mut moved = process.clone();
    let wider = CREW.replace("many: {min: 11, max: 13}", "many: {min: 2, max: 20}");
    moved.update(&update(&wider), now).unwrap();
    assert_eq!((moved.members_of("crew"), moved.party("crew.10")), (11, Some("idn_crew.10")));
    assert_eq!(moved.actor("crew.10").unwrap().get("share").to_plain(), Json::Int(3));
    for (bounds, rule) in [("{min: 12, max: 20}", "not_an_actor"), ("{min: 2, max: 10}", "limit")] {
        let other = CREW.replace("many: {min: 11, max: 13}", &format!("many: {bounds}"));
        let rejection = process.clone().update(&update(&other), now).unwrap_err();
        assert_eq!((rejection.rule.as_str(), rejection.pointer.as_deref()), (rule, Some("/actors/crew")), "{bounds}");
    }
}
