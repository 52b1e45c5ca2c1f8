//! Actions that nodes do: what is accepted, what starts by itself, and what is asked of the world.

use countersign_codec::Json;
use countersign_workflow::{
    Call, Entered, Entitlement, Failure, KeyKind, Needs, Play, Process, RejectionRule, RunError, Said, Scenario, Shown,
    explain, failure_data, run,
};

use crate::canonical::{ASKING, PAYMENT, load};
use crate::process::{DAY_ONE, NOTHING, answer, bindings, json, time};

fn call(process: &Process, at: &str) -> Result<Call, RunError> {
    process.system_call(&process.system_runs(time(at)).remove(0), time(at))
}

fn start(scenario: &Scenario) -> Process {
    Process::start(scenario, &bindings(scenario), &NOTHING, time(DAY_ONE)).unwrap()
}

/// A response by a machine or a person.
fn say(process: &mut Process, actor: &str, said: &str, data: &str, key: KeyKind) -> Result<(), RejectionRule> {
    let (action, response) = said.split_once('.').map_or((said, None), |(action, response)| (action, Some(response)));
    let data = json(data);
    let party = format!("idn_{actor}");
    let seen = process.seen("main", action);
    let mut given = answer(actor, &party, action, &data);
    given.response = response;
    given.key = key;
    given.seen = seen;
    process.respond(&given, &|_| Entitlement::Entitled).map_err(|rejection| rejection.rule)
}

fn runs(process: &Process) -> Vec<(String, String)> {
    let runs = process.system_runs(time(DAY_ONE)).into_iter();
    runs.map(|run| (run.actor, run.action)).collect()
}

fn entered(process: &Process) -> Entered {
    process.entries()["main"]
}

const PAID: &str = r#"{"reference":"R-1"}"#;
const REFUSED: &str =
    r#"{"reason":"interrupted","witness":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}"#;

#[test]
fn a_machine_pays_and_the_process_goes_on() {
    let scenario = load(PAYMENT);
    let mut process = start(&scenario);
    assert_eq!(runs(&process), [], "what people do starts by nobody but people");
    assert_eq!(say(&mut process, "payee", "order", "{}", KeyKind::System), Err(RejectionRule::WrongKey));
    say(&mut process, "payee", "order", "{}", KeyKind::User).unwrap();
    assert_eq!(runs(&process), [("payer".to_owned(), "pay".to_owned())]);
    let first = entered(&process);
    let run = process.system_runs(time(DAY_ONE)).remove(0);
    assert_eq!((run.process.as_str(), run.needs, run.timeout), ("main", Needs::Final, 30_000));
    let retry = run.retry.unwrap();
    assert_eq!((retry.times, retry.first, retry.factor, retry.longest), (5, 10_000, 2, 600_000));
    // Entering the state again is another reason to run.
    say(&mut process, "payer", "pay.error", REFUSED, KeyKind::System).unwrap();
    assert_eq!((process.state(), runs(&process)), ("paying", vec![("payer".to_owned(), "pay".to_owned())]));
    assert_ne!(entered(&process), first);
    say(&mut process, "payer", "pay.ok", PAID, KeyKind::System).unwrap();
    assert_eq!(process.state(), "looking");
    let run = process.system_runs(time(DAY_ONE)).remove(0);
    assert_eq!((run.needs, run.poll.map(|poll| (poll.every, poll.times))), (Needs::Countersigned, Some((60_000, 60))));
    say(&mut process, "payer", "look_up", "{}", KeyKind::System).unwrap();
    say(&mut process, "payee", "tell.error", "{}", KeyKind::System).unwrap();
    // A response that stays in the state is no new reason.
    let before = (runs(&process), entered(&process));
    say(&mut process, "payee", "stamp.error", r#"{"detail":"no ink"}"#, KeyKind::System).unwrap();
    assert_eq!((runs(&process), entered(&process)), before);
    // A person may answer what a machine does not.
    say(&mut process, "payee", "stamp.ok", "{}", KeyKind::User).unwrap();
    assert_eq!((process.state(), runs(&process)), ("done", vec![]));
}

#[test]
fn only_the_first_open_action_of_a_state_starts_by_itself() {
    let scenario =
        load(&PAYMENT.replace("transitions: [{on: pay.ok,", "transitions: [{on: order, goto: ordering}, {on: pay.ok,"));
    let mut process = start(&scenario);
    say(&mut process, "payee", "order", "{}", KeyKind::User).unwrap();
    assert_eq!(
        (process.default_action(time(DAY_ONE)).as_ref().map(|(_, action)| action.as_str()), runs(&process)),
        (Some("order"), vec![])
    );
}

#[test]
fn the_request_has_the_values_of_the_process() {
    let scenario = load(PAYMENT);
    let mut process = start(&scenario);
    say(&mut process, "payee", "order", "{}", KeyKind::User).unwrap();
    let Call::Http { method, url, headers, body, secret } = call(&process, "2026-03-01T10:00:00Z").unwrap() else {
        panic!("an HTTP request")
    };
    assert_eq!((method.as_str(), url.as_str()), ("POST", "https://bank.example/payments"));
    assert_eq!(headers.into_iter().collect::<Vec<_>>(), [("X-Reason".to_owned(), "rent of 12.5".to_owned())]);
    assert_eq!(body.unwrap().to_string(), r#"{"account":"NL00","amount":"12.5","on":"2026-03-01"}"#);
    assert_eq!(secret.as_deref(), Some("bank_token"));
    // A line break cannot make a second header.
    let ordered = |text: String| {
        let mut process = start(&load(&text));
        say(&mut process, "payee", "order", "{}", KeyKind::User).unwrap();
        call(&process, DAY_ONE)
    };
    let broken = PAYMENT.replace(r#"'"rent of " + text(vars.amount)'"#, r#"'"a\r\nHost: b"'"#);
    assert_eq!(ordered(broken), Err(RunError::Header("X-Reason".into())));
    let long = PAYMENT.replace("account: actor.iban", "account: vars.remark");
    let long = long.replace("remark: text", "remark: {type: text, max: 65536, initial: LONG}");
    let long = long.replace("LONG", &"x".repeat(65_536)).replace("X-Remark: vars.remark", "X-Remark: actor.iban");
    assert!(matches!(ordered(long), Err(RunError::TooLong(_))));
    let none = PAYMENT.replace("on: date(time)", "on: 1 / (vars.amount - 12.5)");
    assert_eq!(ordered(none), Err(RunError::Expression("on".into(), "division_by_zero")));
}

#[test]
fn a_failure_says_what_its_response_has_room_for() {
    let scenario = load(PAYMENT);
    let failure = Failure {
        reason: "timeout".into(),
        detail: "no answer within 30 s".into(),
        status: None,
        attempts: 6,
        witness: [7; 32],
    };
    let data = |action: &str| {
        let schema = scenario.action(action).unwrap().response_schema("error").unwrap();
        failure_data(&schema, &failure).to_string()
    };
    let witness = "07".repeat(32);
    assert_eq!(data("pay"), format!(r#"{{"reason":"timeout","witness":"sha256:{witness}"}}"#));
    assert_eq!(data("look_up"), "{}");
    assert_eq!(data("stamp"), r#"{"detail":"no answer within 30 s"}"#);
}

/// The finding about a changed document.
fn refused(part: &str, instead: &str) -> String {
    assert!(PAYMENT.contains(part), "{part}");
    let findings = Scenario::load(PAYMENT.replacen(part, instead, 1).as_bytes()).unwrap_err();
    let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
    format!("{} {}", errors[0].code, errors[0].message)
}

#[test]
fn what_no_node_can_run_is_refused() {
    let said = |part: &str, instead: &str, start: &str| {
        let found = refused(part, instead);
        assert!(found.starts_with(start), "{found}");
    };
    said("by: [payee]", "by: [payee, payer]", "E106 actions `stamp`.by must be one actor");
    said("by: [payee]", "by: everyone", "E106 actions `stamp`.by must be one actor");
    said(
        "{ok: {title: Told}, error: {title: Not told}}",
        "{ok: {title: Told}}",
        "E105 actions `tell`.responses needs `error`",
    );
    said(
        "    responses: {ok: {title: Told}, error: {title: Not told}}\n",
        "",
        "E105 actions `tell`.responses needs `error`",
    );
    said("{on: look_up.error, goto: lapsed}", "{after: P1D, goto: lapsed}", "E304 `look_up.error` has no transition");
    said("data: {detail: text}", "data: {cause: text}", "E106 actions `stamp`.responses.error may require only");
    said("data: {detail: text}", "data: {status: int}", "E106 actions `stamp`.responses.error may require only");
    said(
        "{ok: {title: Told}, error: {title: Not told}}",
        "{ok: {title: Told, attachments: {copy: {title: Copy}}}, error: {title: Not told}}",
        "E106 actions `tell`.responses.ok requires a file, which no node gives by itself",
    );
    said(
        "webhook: {",
        "http: {method: GET, url: \"https://x.example\"}, webhook: {",
        "E106 actions `tell`.run has `http` already",
    );
    said("program: {name: stamp, input: {reference: vars.reference}}, ", "", "E105 actions `stamp`.run needs `http`");
    said(", timeout: PT5S", "", "E105 actions `stamp`.run needs `timeout`");
    said("timeout: PT5S", "timeout: P31D", "E106 `timeout` must be at most `P30D`");
    said("timeout: PT5S", "timeout: P1M", "E106 `timeout` must be at most `P30D`");
    said("timeout: PT5S", "timeout: PT0S", "E106 actions `stamp`.run.timeout must be a duration above zero");
    said("https://books.example/hook", "ftp://books.example", "E106 `url` must be an address");
    said("https://books.example/hook", "https://me@books.example", "E106 `url` must be an address");
    said("X-Remark", "Authorization", "E106 `Authorization` is no header that a scenario can set");
    said("X-Remark", "idempotency-key", "E106 `idempotency-key` is no header that a scenario can set");
    said("X-Remark: vars.remark", "X-Remark: vars.amount", "E404");
    said("reference: vars.reference}}, timeout: PT10S", "reference: vars.referense}}, timeout: PT10S", "E402");
    said("times: 5,", "times: 101,", "E106 actions `pay`.run.retry.times must be an integer from 1 to 100");
    said("secret: bank_token", "secret: Bank Token", "E106 actions `pay`.run.http.secret must be a name");
    said("program: {name: stamp,", "program: {name: stamp, path: /bin/sh,", "E104 `path` is no key of");
}

#[test]
fn the_canonical_form_leaves_out_what_goes_without_saying() {
    let scenario = load(PAYMENT);
    let actions = scenario.canonical().get("actions").unwrap();
    let needs = |action: &str| actions.get(action).unwrap().get("needs").and_then(Json::as_text);
    assert_eq!((needs("look_up"), needs("stamp"), needs("pay")), (Some("countersigned"), None, None));
    let run = actions.get("stamp").unwrap().get("run").unwrap().to_string();
    assert_eq!(
        run,
        r#"{"program":{"input":{"reference":{"path":["_","vars","reference"]}},"name":"stamp"},"timeout":"PT5S"}"#
    );
    let said = explain(PAYMENT.as_bytes(), &scenario);
    assert!(said.contains("actions.tell: needs = final, since a node acts\n"), "{said}");
    assert!(said.contains("actions.stamp.run: retry = none: one attempt\n"), "{said}");
    assert!(!said.contains("actions.pay.run: retry"), "{said}");
}

/// The scenario of the guide, with the steps that stand below it.
#[test]
fn the_rent_of_the_guide_is_paid() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/src/system-actions.md");
    let page = std::fs::read_to_string(page).unwrap();
    let text = page.split("```yaml,scenario\n").nth(1).unwrap().split_once("```").unwrap().0;
    let (scenario, warnings) = Scenario::load(text.as_bytes()).unwrap();
    assert_eq!(warnings, []);
    let steps = page.split("`[{\"actor\": \"landlord\"").nth(1).unwrap().split_once("]`").unwrap().0;
    let Json::List(steps) = json(&format!("[{{\"actor\": \"landlord\"{steps}]")) else { panic!() };
    let play = Play { inputs: NOTHING, steps, start: time(DAY_ONE), timers: false };
    let (paid, refused) = run(&scenario, "scn_x", &play).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(paid.get("outcome").and_then(Json::as_text), Some("success"));
}

fn shown(said: &[(&str, &str, &str, Option<&str>, &str)]) -> Shown {
    let one =
        |(index, (party, actor, action, response, data)): (usize, &(&str, &str, &str, Option<&str>, &str))| Said {
            statement: format!("stm_{index}"),
            party: Some((*party).to_owned()),
            process: "main".to_owned(),
            actor: (*actor).to_owned(),
            action: (*action).to_owned(),
            response: response.map(str::to_owned),
            data: json(data),
            at: time(DAY_ONE),
        };
    Shown { contract: "ctr_permit".to_owned(), said: said.iter().enumerate().map(one).collect() }
}

/// What the texts of these tests prove.
fn read(text: &str) -> Result<Shown, String> {
    let asked = ("idn_buyer", "applicant", "confirm", Some("ok"), r#"{"order":"A-1"}"#);
    let reply = ("idn_council", "council", "reply", Some("yes"), r#"{"number":"P-7"}"#);
    match text {
        "good" => Ok(shown(&[asked, reply])),
        "client" => Ok(shown(&[("idn_client", "applicant", "confirm", Some("ok"), r#"{"order":"A-1"}"#), reply])),
        "before" => Ok(shown(&[reply, asked])),
        "other order" => Ok(shown(&[("idn_buyer", "applicant", "confirm", Some("ok"), r#"{"order":"A-2"}"#), reply])),
        "other party" => Ok(shown(&[("idn_seller", "applicant", "confirm", Some("ok"), r#"{"order":"A-1"}"#), reply])),
        "other actor" => Ok(shown(&[("idn_buyer", "council", "confirm", Some("ok"), r#"{"order":"A-1"}"#), reply])),
        "unanswered" => Ok(shown(&[asked])),
        "elsewhere" => Ok(Shown { contract: "ctr_other".to_owned(), ..shown(&[asked, reply]) }),
        _ => Err("it does not hold".to_owned()),
    }
}

#[test]
fn what_another_contract_said_counts_with_its_proof() {
    let scenario = load(ASKING);
    let inputs = json(r#"{"permit":"ctr_permit"}"#);
    let begun = || {
        let mut process = Process::start(&scenario, &bindings(&scenario), &inputs, time(DAY_ONE)).unwrap();
        say(&mut process, "seller", "begin", "{}", KeyKind::User).unwrap();
        process
    };
    let Call::Contract(question) = call(&begun(), DAY_ONE).unwrap() else { panic!("a question") };
    assert_eq!((question.contract.as_str(), question.answers.len()), ("ctr_permit", 2));
    assert_eq!(question.request.as_ref().unwrap().data.to_string(), r#"{"order":"A-1"}"#);
    let answer_of = |data: &str, reader: Option<countersign_workflow::ProofReader>| {
        let mut process = begun();
        let data = json(data);
        let mut given = answer("buyer", "idn_buyer", "ask", &data);
        (given.contract, given.response, given.key, given.proofs) =
            (Some("ctr_x"), Some("ok"), KeyKind::System, reader);
        let done = process.respond(&given, &|_| Entitlement::Entitled).map_err(|rejection| rejection.rule);
        done.map(|_| process.state().to_owned())
    };
    let data = |proof: &str| format!(r#"{{"answer":{{"number":"P-7"}},"proof":"{proof}","response":"yes"}}"#);
    assert_eq!(answer_of(&data("good"), Some(read)).as_deref(), Ok("done"));
    for proof in ["before", "other order", "other party", "other actor", "unanswered", "elsewhere", "forged"] {
        assert_eq!(answer_of(&data(proof), Some(read)), Err(RejectionRule::InvalidProof), "{proof}");
    }
    // What it does not show cannot be said.
    assert_eq!(answer_of(&data("good").replace("P-7", "P-8"), Some(read)), Err(RejectionRule::InvalidProof));
    assert_eq!(answer_of(&data("good").replace("yes", "no"), Some(read)), Err(RejectionRule::InvalidProof));
    assert_eq!(answer_of(&data("good"), None), Err(RejectionRule::InvalidProof), "nobody who reads it, no proof");
    // In a play there is no other contract.
    let mut process = begun();
    say(&mut process, "buyer", "ask.ok", &data("anything"), KeyKind::System).unwrap();
    assert_eq!(process.state(), "done");
    // The answer without a request: the latest.
    let latest = load(&ASKING.replace("ask: {actor: applicant, action: confirm, data: {order: vars.order}}, ", ""));
    let mut process = Process::start(&latest, &bindings(&latest), &inputs, time(DAY_ONE)).unwrap();
    say(&mut process, "seller", "begin", "{}", KeyKind::User).unwrap();
    let Call::Contract(question) = call(&process, DAY_ONE).unwrap() else { panic!("a question") };
    let two = [("idn_council", "council", "reply", Some("no"), "{}"), ("idn_council", "council", "reply", None, "{}")];
    assert_eq!(question.answered(&shown(&two), "idn_buyer").map(|said| said.statement.as_str()), Some("stm_1"));
}

#[test]
fn a_question_that_nobody_could_answer_is_refused() {
    let refused = |part: &str, instead: &str| {
        assert!(ASKING.contains(part), "{part}");
        let findings = Scenario::load(ASKING.replacen(part, instead, 1).as_bytes()).unwrap_err();
        findings.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect::<Vec<_>>().join("; ")
    };
    let said = |part: &str, instead: &str, start: &str| {
        let found = refused(part, instead);
        assert!(found.contains(start), "{found}");
    };
    said("max: 65536", "max: 65535", "E106 actions `ask`.responses.ok is what another contract said");
    said(", proof: {type: text, max: 65536}", "", "it needs `proof: {type: text, max: 65536}`");
    said("response: text, answer", "reply: text, answer", "`reply` is none of contract, action");
    said("of: inputs.permit, ", "", "E105");
    said("of: inputs.permit", "of: 7", "E404");
    said("{order: vars.order}}", "{order: time}}", "E402");
    said("contract: {of", "program: {name: x}, contract: {of", "E106");
    said(
        "ask: {actor: applicant, action: confirm, data: {order: vars.order}}, answer: [reply.no, reply]",
        "",
        "needs `ask` or `answer`",
    );
    said("actor: applicant, ", "", "E105");
    let canonical =
        load(ASKING).canonical().get("actions").unwrap().get("ask").unwrap().get("run").unwrap().to_string();
    assert_eq!(
        canonical,
        r#"{"contract":{"answer":["reply","reply.no"],"ask":{"action":"confirm","actor":"applicant","data":{"order":{"path":["_","vars","order"]}}},"of":{"path":["_","inputs","permit"]}},"timeout":"PT60S"}"#
    );
}

/// The question of the guide: it loads without warnings, and plays to its end.
#[test]
fn the_purchase_of_the_guide_needs_its_permit() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/src/system-actions.md");
    let page = std::fs::read_to_string(page).unwrap();
    let text = page.split("```yaml,scenario\n").nth(2).unwrap().split_once("```").unwrap().0;
    let (scenario, warnings) = Scenario::load(text.as_bytes()).unwrap();
    assert_eq!(warnings, []);
    let steps = r#"[{"actor":"buyer","action":"order","data":{"order":"A-1"}},{"actor":"buyer","action":"ask",
        "data":{"statement":"stm_x","at":"2026-01-01T00:00:00.000Z","proof":"x"}}]"#;
    let Json::List(steps) = json(steps) else { panic!() };
    let inputs = json(r#"{"permit":"ctr_x"}"#);
    let play = Play { inputs, steps, start: time(DAY_ONE), timers: false };
    let (bought, refused) = run(&scenario, "scn_x", &play).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(bought.get("outcome").and_then(Json::as_text), Some("success"));
}

/// Each permit is looked after in a process of its own, by whom the parent calls the client.
const NESTED: &str = r#"
scenario: countersign/scenario/v1
name: nested
title: Two permits
language: en
actors: {client: {title: Client}, seller: {title: Seller}}
vars: {permits: {type: list, of: text, initial: [ctr_permit, ctr_other]}}
scenarios:
  check:
    title: One permit
    actors: {buyer: {title: Buyer}}
    inputs: {permit: text}
    actions:
      ask:
        title: Ask
        kind: informative
        by: buyer
        run: {contract: {of: inputs.permit, ask: {actor: applicant, action: confirm, data: {order: '"A-1"'}}, answer: reply}, timeout: PT1M}
        responses: {ok: {title: Answered, data: {proof: {type: text, max: 65536}}}, error: {title: Not answered}}
      send:
        title: Send
        kind: informative
        by: buyer
        run: {program: {name: send, input: {permit: inputs.permit}}, timeout: PT1M}
        responses: {ok: {title: Sent}, error: {title: Not sent}}
    initial: asking
    states:
      asking: {title: Asking, transitions: [{on: ask.ok, goto: sending}, {on: ask.error, goto: failed}]}
      sending: {title: Sending, transitions: [{on: send.ok, goto: done}, {on: send.error, goto: failed}]}
      done: {title: Done, final: success}
      failed: {title: Failed, final: failure}
initial: checking
states:
  checking:
    title: Checking
    start: [{child: permit, scenario: check, for: {each: permit, in: vars.permits, order: parallel}, actors: {buyer: client}}]
    transitions: [{when: all_finished(), goto: done}]
  done: {title: Done, final: success}
"#;

#[test]
fn each_child_runs_its_own_system_actions() {
    let scenario = load(NESTED);
    let mut process = start(&scenario);
    let asked = |process: &Process| -> Vec<(String, String)> {
        process.system_runs(time(DAY_ONE)).into_iter().map(|run| (run.process, run.action)).collect()
    };
    let runs = asked(&process);
    assert_eq!(runs, [("main/permit.0".into(), "ask".into()), ("main/permit.1".into(), "ask".into())]);
    let contract = |process: &Process, at: usize| match process
        .system_call(&process.system_runs(time(DAY_ONE))[at], time(DAY_ONE))
    {
        Ok(Call::Contract(question)) => question.contract,
        other => panic!("{other:?}"),
    };
    assert_eq!((contract(&process, 0), contract(&process, 1)), ("ctr_permit".into(), "ctr_other".into()));
    let respond = |process: &mut Process, path: &str, action: &str, data: &str| {
        let data = json(data);
        let mut given = answer("buyer", "idn_client", action, &data);
        (given.process, given.contract, given.response) = (path, Some("ctr_x"), Some("ok"));
        given.key = KeyKind::System;
        given.proofs = Some(read);
        process.respond(&given, &|_| Entitlement::Entitled).map_err(|rejection| rejection.rule)
    };
    // The proof is of the party that plays the client, and of the contract that this child asks.
    let (client, buyer) = (r#"{"proof":"client"}"#, r#"{"proof":"good"}"#);
    assert_eq!(respond(&mut process, "main/permit.0", "ask", buyer), Err(RejectionRule::InvalidProof));
    assert_eq!(respond(&mut process, "main/permit.1", "ask", client), Err(RejectionRule::InvalidProof));
    respond(&mut process, "main/permit.0", "ask", client).unwrap();
    assert_eq!(
        asked(&process)[0],
        ("main/permit.0".into(), "send".into()),
        "the next of one, while the other still asks"
    );
    assert_eq!(asked(&process)[1], ("main/permit.1".into(), "ask".into()));
    respond(&mut process, "main/permit.0", "send", "{}").unwrap();
    assert_eq!(asked(&process), [("main/permit.1".into(), "ask".into())]);
}
