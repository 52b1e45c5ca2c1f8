//! Personal data: carried as commitments, shown to those who hold them, never tested (language §2.5).

use countersign_codec::Json;
use countersign_workflow::{
    Answer, Deviation, ENVELOPE_BYTES_MAX, ENVELOPE_MEDIA, ENVELOPE_NAME, Entitlement, KeepFrom, KeyKind, Play,
    Process, Scenario, run,
};

use crate::canonical::load;
use crate::process::{json, time};

const APPLICATION: &str = include_str!("../../../../examples/application.yaml");

fn codes(text: &str) -> Vec<String> {
    let found = match Scenario::load(text.as_bytes()) {
        Ok((_, warnings)) => warnings,
        Err(findings) => findings,
    };
    found.into_iter().map(|finding| finding.to_string()).collect()
}

fn started() -> Process {
    let binding =
        |party: &str| countersign_workflow::Binding { party: Some(party.to_owned()), data: Default::default() };
    let bindings = [("applicant", "idn_a"), ("landlord", "idn_l"), ("broker", "idn_b")]
        .map(|(actor, party)| (actor.to_owned(), binding(party)));
    Process::start(&load(APPLICATION), &bindings.into(), &Json::Null, time("2026-01-01T00:00:00.000Z")).unwrap()
}

fn apply(process: &mut Process, data: &Json, attachments: &Json) -> Result<(), String> {
    let answer = Answer {
        contract: None,
        process: "main",
        actor: "applicant",
        party: Some("idn_a"),
        key: KeyKind::User,
        action: "apply",
        response: None,
        data,
        attachments,
        seen: None,
        time: time("2026-01-02T00:00:00.000Z"),
        proofs: None,
    };
    let done = process.respond(&answer, &|_| Entitlement::Entitled);
    done.map_err(|rejection| format!("{} {}", rejection.rule.as_str(), rejection.pointer.unwrap_or_default()))
}

fn commitment(byte: u8) -> String {
    countersign_rules::Hash::new([byte; 32]).to_string()
}

fn envelope(byte: u8, bytes: usize, name: &str) -> String {
    let commitment = commitment(byte);
    format!(r#"[{{"bytes":{bytes},"commitment":"{commitment}","media":"{ENVELOPE_MEDIA}","name":"{name}"}}]"#)
}

#[test]
fn a_class_says_whose_what_for_how_long_and_who_holds() {
    let scenario = load(APPLICATION);
    let class = scenario.data_class("means").unwrap();
    assert_eq!(
        (class.subject(), class.keep().to_string().as_str(), class.from()),
        ("applicant", "P12M", KeepFrom::End)
    );
    assert_eq!(class.holders().collect::<Vec<_>>(), ["landlord"]);
    assert!(!class.is_held_by_all());
    let (came, ended) = (time("2026-01-01T00:00:00.000Z"), time("2026-02-01T00:00:00.000Z"));
    assert_eq!(class.kept_until(came, None), None, "the end is not there yet");
    assert_eq!(class.kept_until(came, Some(ended)), Some(time("2027-02-01T00:00:00.000Z")));
    let (again, _) = Scenario::load(&scenario.canonical().canonical()).unwrap();
    assert_eq!(again.digest(), scenario.digest(), "the canonical form is accepted again");
    assert!(codes(APPLICATION).iter().all(|found| found.contains("W605")), "{:?}", codes(APPLICATION));
}

#[test]
fn what_a_class_lacks_and_what_rules_may_not_do_is_found() {
    let check = |part: &str, instead: &str, code: &str| {
        assert!(APPLICATION.contains(part), "{part}");
        let found = codes(&APPLICATION.replace(part, instead));
        assert!(found.iter().any(|found| found.contains(code)), "{code} is not in {found:#?}");
    };
    check("    subject: applicant\n", "", "E502 `means` has no subject");
    check("    keep: P1Y\n", "", "E502 `means` has no retention");
    check("keep: P1Y", "keep: -P1Y", "E106");
    check("subject: applicant", "subject: applicnt", "E201");
    check("holders: landlord", "holders: landlrd", "E201");
    check("optional: true, personal: means}\n    do:", "optional: true, personal: meens}\n    do:", "E201");
    check("if: assets.application.income is assigned", "if: assets.application.income > 1000", "E501");
    check("to: data.iban, if", "to: '\"NL00\"', if", "E404");
    check("if: data.iban is assigned", "if: 'data.iban == \"NL00\"'", "E501");
    check("income: data.income, proof", "income: data.income + 1, proof", "E501");
    check(
        "proof: {type: attachment, optional: true, personal: means}",
        "proof: {type: attachment, optional: true}",
        "E404",
    );
    check(
        "max: 34, personal: means}\n      income: {type: decimal, title: Income, min: \"0\", unit: EUR, personal: means}\n    att",
        "max: 34, personal: means, initial: NL00}\n      income: {type: decimal, title: Income, min: \"0\", unit: EUR, personal: means}\n    att",
        "E106",
    );
    check(
        "      dwelling: text\n      iban",
        "      dwelling: {type: text, initial: x}\n      home: {personal: means, fields: {s: {type: text, personal: means}}}\n      iban",
        "E106",
    );
    let schema = APPLICATION.replace(
        "assets:\n",
        "vars: {type: object, additionalProperties: false, properties: {a: {type: string, x-personal: x}}}\nassets:\n",
    );
    assert!(
        codes(&schema).iter().any(|found| found.contains("E201 no data class is called `x`")),
        "{:?}",
        codes(&schema)
    );
}

#[test]
fn a_system_action_sends_no_commitment_in_the_place_of_personal_data() {
    let with = |run: &str| {
        let run = format!(
            "    by: broker\n    run: {{{run}, timeout: PT10S}}\n    responses: {{ok: {{title: Asked}}, error: {{title: Not asked}}}}\n"
        );
        codes(
            &APPLICATION
                .replace("    by: broker\n", &run)
                .replace("on: show_round", "on: [show_round.ok, show_round.error]"),
        )
    };
    let url = "url: \"https://bank.example/check\"";
    let http = |body: &str| format!("http: {{method: POST, {url}, {body}}}");
    let refused = |run: String, part: &str| {
        let found = with(&run);
        assert!(found.iter().any(|found| found.contains("E501") && found.contains(part)), "{run}: {found:#?}");
    };
    let sent = |path: &str| format!("personal data `{path}` cannot be sent: a commitment stands in their place");
    refused(http("body: {iban: assets.application.iban}"), &sent("assets.application.iban"));
    refused(http("body: {all: assets.application}"), &sent("assets.application"));
    refused(http("body: {list: '[assets.application.iban]'}"), "cannot be sent");
    refused(http("body: {proof: assets.application.proof.hash}"), &sent("assets.application.proof.hash"));
    refused(http("headers: {X-Iban: assets.application.iban}"), "personal data fit in a field of the same class alone");
    refused(format!("webhook: {{{url}, body: {{income: assets.application.income}}}}"), "cannot be sent");
    refused("program: {name: look, input: {income: assets.application.income}}".to_owned(), "cannot be sent");
    let said = with(&http("body: {known: assets.application.iban is assigned, dwelling: assets.application.dwelling}"));
    assert!(said.iter().all(|found| found.contains("W6")), "{said:#?}");
}

/// The envelope of a personal value is made by a person: a response that requires one could only fail.
#[test]
fn a_node_is_asked_for_no_personal_data_and_no_file() {
    let with = |response: &str| {
        let run = format!(
            "    by: broker\n    run: {{program: {{name: look}}, timeout: PT10S}}\n    responses: {{{response}}}\n"
        );
        let text = APPLICATION
            .replace("    by: broker\n", &run)
            .replace("on: show_round", "on: [show_round.ok, show_round.error]");
        codes(&text).into_iter().filter(|found| found.contains("E106")).collect::<Vec<_>>()
    };
    let required = with("ok: {title: A, data: {iban: {type: text, personal: means}}}, error: {title: B}");
    assert_eq!(required.len(), 1, "{required:?}");
    assert!(required[0].contains("`show_round`.responses.ok requires personal data"), "{required:?}");
    let nested =
        with("ok: {title: A, data: {who: {fields: {iban: {type: text, personal: means}}}}}, error: {title: B}");
    assert!(nested[0].contains("responses.ok requires personal data"), "{nested:?}");
    let file = with("ok: {title: A}, error: {title: B, attachments: {letter: {title: Letter}}}");
    assert!(file[0].contains("`show_round`.responses.error requires a file"), "{file:?}");
    let optional = "ok: {title: A, data: {iban: {type: text, optional: true, personal: means}}, \
        attachments: {letter: {title: Letter, optional: true}}}, error: {title: B}";
    assert_eq!(with(optional), Vec::<String>::new());
}

/// Classes are of the scenario itself: nobody would say to whose node the envelopes of a child go.
#[test]
fn a_sub_scenario_has_no_personal_data() {
    let with = |part: &str, data: &str| {
        let inner = format!(
            "scenarios:\n  inner:\n    title: Inner\n    actors: {{applicant: {{title: Applicant}}}}\n{part}    actions: {{say: {{title: Say, kind: informative, by: applicant, {data}}}}}\n    initial: saying\n    states: {{saying: {{title: Saying, transitions: [{{on: say, goto: said}}]}}, said: {{title: Said, final: success}}}}\ninitial: applying\n"
        );
        let start = "deciding:\n    title: The landlord decides\n    start: [{child: inner, scenario: inner}]\n";
        codes(
            &APPLICATION
                .replace("initial: applying\n", &inner)
                .replace("deciding:\n    title: The landlord decides\n", start),
        )
    };
    let refused = |part: &str, data: &str, code: &str| {
        let found = with(part, data);
        assert!(found.iter().any(|found| found.contains(code)), "{code} is not in {found:#?}");
    };
    let plain = with("", "data: {phone: text}");
    assert!(plain.iter().all(|found| found.contains("W6")), "{plain:#?}");
    let none = "E201 no data class is called `means`";
    refused("", "data: {phone: {type: text, personal: means}}", none);
    refused("    vars: {phone: {type: text, personal: means}}\n", "data: {phone: text}", none);
    refused("    inputs: {phone: {type: text, optional: true, personal: means}}\n", "data: {phone: text}", none);
    refused("", "attachments: {proof: {title: Proof, personal: means}}", none);
    refused("    types: {phone: {type: text, personal: means}}\n", "data: {phone: phone}", none);
    refused(
        "    data_classes: {own: {title: Own, subject: applicant, purpose: Own, keep: P1Y, from: end}}\n",
        "data: {phone: text}",
        "E104",
    );
    let types = "types: {phone: {type: string, x-personal: own}}\nassets:\n";
    let found = codes(&APPLICATION.replace("assets:\n", types));
    assert!(found.iter().any(|found| found.contains("E201 no data class is called `own`")), "{found:#?}");
}

/// Whoever agreed to a scenario agreed to its classes: a way around it that is taken once brings no personal data of its own.
#[test]
fn a_deviation_has_no_personal_data() {
    let scenario = load(APPLICATION);
    let with = |data: &str| {
        let text = format!(
            "scenario: countersign/deviation/v1\nname: once\nof: application\ntitle: A question\nlanguage: en\nactions:\n  ask: {{title: Ask, kind: informative, by: applicant, {data}}}\nleaves: {{deciding: [{{on: ask, goto: asked}}]}}\nstates: {{asked: {{title: Asked, transitions: [{{after: P1D, goto: deciding}}]}}}}\n"
        );
        match Deviation::load(text.as_bytes(), &scenario) {
            Ok((_, warnings)) => warnings,
            Err(findings) => findings,
        }
    };
    let plain = with("data: {phone: text}");
    assert!(plain.iter().all(|found| !found.is_error()), "{plain:#?}");
    for data in
        ["data: {phone: {type: text, personal: means}}", "attachments: {proof: {title: Proof, personal: means}}"]
    {
        let found = with(data);
        assert!(
            found.iter().any(|found| found.to_string().contains("E201 no data class is called `means`")),
            "{found:#?}"
        );
    }
}

/// What is free in a document is shown and never read.
#[test]
fn a_word_in_what_is_only_shown_names_no_class() {
    let free = "types: {note: {type: string, ui: {x-personal: nobody}}}\nassets:\n";
    let text = APPLICATION.replace("assets:\n", free);
    assert!(text != APPLICATION && codes(&text).iter().all(|found| !found.contains(" E")), "{:?}", codes(&text));
}

#[test]
fn each_value_lies_in_an_envelope_called_by_its_place() {
    let (iban, income) = (commitment(1), commitment(2));
    let data = json(&format!(r#"{{"dwelling":"Canal 1","iban":"{iban}","income":"{income}"}}"#));
    let right = |first: String| json(&format!(r#"{{"/iban":{first},"/income":{}}}"#, envelope(2, 6, ENVELOPE_NAME)));
    let refused = |data: &Json, attachments: &Json| apply(&mut started(), data, attachments).unwrap_err();
    let plain = json(r#"{"dwelling":"Canal 1","iban":"NL00","income":"900"}"#);
    assert_eq!(refused(&plain, &Json::Null), "invalid_data /iban", "plain personal data never enter the log");
    assert_eq!(refused(&data, &Json::Null), "invalid_attachment /~1iban");
    for wrong in [
        envelope(3, 6, ENVELOPE_NAME),
        envelope(1, 6, "iban NL00"),
        envelope(1, ENVELOPE_BYTES_MAX + 1, ENVELOPE_NAME),
        "[]".to_owned(),
    ] {
        assert_eq!(refused(&data, &right(wrong)), "invalid_attachment /~1iban");
    }
    let Json::Map(mut more) = right(envelope(1, 6, ENVELOPE_NAME)) else { panic!("a map") };
    more.insert("/dwelling".to_owned(), json(&envelope(9, 6, ENVELOPE_NAME)));
    assert_eq!(refused(&data, &Json::Map(more)), "invalid_attachment /~1dwelling");
    let mut process = started();
    apply(&mut process, &data, &right(envelope(1, 6, ENVELOPE_NAME))).unwrap();
    assert_eq!(process.state(), "deciding");
    let places = process.sealed();
    let places: Vec<_> = places.iter().map(|place| (place.pointer.as_str(), place.hash.to_string())).collect();
    assert_eq!(places, [("/assets/application/iban", iban), ("/assets/application/income", income)]);
    let words = process.clause("1", "en").unwrap().unwrap();
    assert!(words.ends_with("The account for the deposit is ____."), "{words}");
}

#[test]
fn a_personal_file_is_called_as_the_scenario_calls_it() {
    let (iban, income) = (commitment(1), commitment(2));
    let data = json(&format!(r#"{{"dwelling":"Canal 1","iban":"{iban}","income":"{income}"}}"#));
    let with = |name: &str| {
        let file = format!(r#"{{"bytes":9,"commitment":"{}","media":"text/plain","name":"{name}"}}"#, commitment(7));
        let (iban, income) = (envelope(1, 6, ENVELOPE_NAME), envelope(2, 6, ENVELOPE_NAME));
        json(&format!(r#"{{"/iban":{iban},"/income":{income},"proof":[{file}]}}"#))
    };
    assert_eq!(apply(&mut started(), &data, &with("wages of anna.txt")).unwrap_err(), "invalid_attachment /proof");
    apply(&mut started(), &data, &with("proof")).unwrap();
}

#[test]
fn a_play_needs_no_envelopes_and_shows_commitments() {
    let steps = r#"[
      {"actor":"applicant","action":"apply","data":{"dwelling":"Canal 1","iban":"NL00BANK01","income":"3100"}},
      {"actor":"applicant","action":"rectify","data":{"income":"3200.50"}},
      {"actor":"landlord","action":"decide"}]"#;
    let Json::List(steps) = json(steps) else { panic!("steps are a list") };
    let play = |steps: Vec<Json>| {
        let start = time("2026-01-01T00:00:00.000Z");
        run(&load(APPLICATION), "scn_x", &Play { inputs: Json::Null, steps, start, timers: false }).unwrap()
    };
    let (output, refused) = play(steps.clone());
    assert_eq!(refused, []);
    assert_eq!(output.get("outcome"), Some(&Json::text("success")));
    let text = output.to_string();
    assert!(!text.contains("NL00BANK01") && !text.contains("3200.5"), "{text}");
    let digest = countersign_crypto::Digest::of(br#""3200.5""#);
    let income = output.get("assets").and_then(|assets| assets.get("application")?.get("income")?.as_text());
    assert_eq!(income, Some(format!("sha256:{digest}").as_str()), "corrected: the later commitment stands");
    let (_, refused) =
        play(vec![json(r#"{"actor":"applicant","action":"apply","data":{"dwelling":"C","iban":"NL","income":"1"}}"#)]);
    assert_eq!(refused[0].rejection.rule.as_str(), "invalid_data");
}

#[test]
fn personal_data_do_not_come_with_the_binding_of_an_actor() {
    let text = APPLICATION.replace(
        "applicant: {title: Applicant}",
        "applicant: {title: Applicant, data: {phone: {type: text, personal: means}}}",
    );
    let scenario = load(&text);
    let start = |phone: Json| {
        let data = [("phone".to_owned(), phone)].into();
        let bindings = ["applicant", "landlord", "broker"].map(|actor| {
            let data = if actor == "applicant" { Clone::clone(&data) } else { Default::default() };
            (actor.to_owned(), countersign_workflow::Binding { party: Some(format!("idn_{actor}")), data })
        });
        let time = time("2026-01-01T00:00:00.000Z");
        Process::start(&scenario, &bindings.into(), &Json::Null, time).map_err(|rejection| rejection.pointer.unwrap())
    };
    assert_eq!(start(Json::text("0612")).unwrap_err(), "/actors/applicant/phone", "all would read it");
    assert_eq!(start(Json::text(commitment(1))).unwrap_err(), "/actors/applicant/phone", "there is no envelope");
    start(Json::Null).unwrap();
}
