//! Actions that nodes do: what is accepted, what starts by itself, and what is asked of the world.

use countersign_codec::Json;
use countersign_workflow::{
    Call, Entered, Entitlement, Failure, KeyKind, Needs, Play, Process, RejectionRule, RunError, Scenario, explain,
    failure_data, run,
};

use crate::canonical::{PAYMENT, load};
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
