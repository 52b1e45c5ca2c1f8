//! Attempts against receivers and programs that answer in every way (the tables of `docs/spec/run.md`).
#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

#[path = "../../../outgoing/tests/it/receiver.rs"]
mod receiver;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use countersign_actions::{Program, Secret, Settings, Worker};
use countersign_codec::Json;
use countersign_crypto::{Digest, Seed, SigningKey};
use countersign_executor::{Answer, Attempt, Heard};
use countersign_net::SystemClock;
use countersign_outgoing::{Client, HostRule};
use countersign_types::{Interval, RunId};
use countersign_workflow::Call;
use receiver::{Receiver, respond};

/// More than an answer may have.
const FLOOD_BYTES: usize = (256 << 10) + 1;

/// A worker that may speak to this machine by number and by name.
fn worker(settings: Settings) -> Worker {
    let rule = |name| HostRule::new(name, true, true).unwrap();
    let hosts = vec![rule("127.0.0.1"), rule("localhost")];
    let allowed = countersign_outgoing::Settings { hosts, ..Default::default() };
    let client = Client::new(allowed, Arc::new(SigningKey::new([3; 32])), Arc::new(SystemClock), Seed::new([9; 32]));
    Worker::new(Arc::new(client.unwrap()), settings)
}

fn attempt(call: Call, polls: bool) -> Attempt {
    let run = RunId::new(Digest::of(b"run"));
    Attempt { run, term: 1, number: 2, call, timeout: Interval::from_secs(20), polls }
}

fn request(url: String, secret: Option<&str>) -> Call {
    let secret = secret.map(str::to_owned);
    let body = Some(Json::map([("a", Json::Int(1))]));
    Call::Http { method: "POST".to_owned(), url, headers: BTreeMap::new(), body, secret }
}

/// What it means, in one word; of a failure the reason.
fn word(heard: &Heard) -> &str {
    match &heard.answer {
        Answer::Ok(_) => "ok",
        Answer::NotReady => "not_ready",
        Answer::Rejected { .. } => "rejected",
        Answer::Failed { reason, .. } => reason,
        Answer::NotAllowed { .. } => "not_allowed",
    }
}

/// Answers with the status and the body that the address names: `/404/object`.
fn as_asked(heard: &receiver::Heard) -> Vec<u8> {
    let (status, body) = heard.target.trim_start_matches('/').split_once('/').unwrap();
    let body = match body {
        "object" => "{\"b\":2}".to_owned(),
        "array" => "[]".to_owned(),
        "words" => "no JSON".to_owned(),
        "flood" => "x".repeat(FLOOD_BYTES),
        _ => String::new(),
    };
    let answer = String::from_utf8(respond(status.parse().unwrap(), "application/json", &body)).unwrap();
    // Whoever follows this asks for something that is answered well.
    answer.replacen("\r\n", "\r\nlocation: /200/object\r\n", 1).into_bytes()
}

#[tokio::test]
async fn a_status_means_what_the_table_says() {
    let receiver = Receiver::plain(as_asked).await;
    let worker = worker(Settings::default());
    let table = [
        (200, "object", false, "ok"),
        (201, "nothing", false, "ok"),
        (202, "object", false, "ok"),
        (202, "object", true, "not_ready"),
        (202, "nothing", true, "not_ready"),
        (200, "object", true, "ok"),
        (400, "object", false, "rejected"),
        (404, "nothing", true, "rejected"),
        (422, "words", false, "rejected"),
        (408, "object", false, "http_status"),
        (425, "object", false, "http_status"),
        (429, "object", false, "http_status"),
        (302, "object", false, "http_status"),
        (308, "nothing", true, "http_status"),
        (500, "object", false, "http_status"),
        (503, "nothing", true, "http_status"),
        (200, "array", false, "bad_answer"),
        (200, "words", false, "bad_answer"),
        (200, "flood", false, "answer_too_large"),
        (404, "flood", false, "answer_too_large"),
    ];
    for (count, (status, body, polls, expected)) in table.into_iter().enumerate() {
        let call = request(receiver.url(&format!("/{status}/{body}")), None);
        let heard = worker.attempt(&attempt(call, polls)).await;
        assert_eq!(word(&heard), expected, "{status} {body} {polls}: {heard:?}");
        let told = heard.status.is_none_or(|told| told == status);
        assert!(told && (heard.status.is_some() || expected == "answer_too_large"), "{heard:?}");
        let asked = receiver.heard();
        assert_eq!(asked.len(), count + 1, "one request for one attempt: no redirect is followed");
        assert_eq!(asked[count].header("idempotency-key"), RunId::new(Digest::of(b"run")).to_string());
    }
}

#[tokio::test]
async fn what_is_answered_comes_back() {
    let receiver = Receiver::plain(as_asked).await;
    let worker = worker(Settings::default());
    let object = Json::map([("b", Json::Int(2))]);
    let said = async |path: &str| worker.attempt(&attempt(request(receiver.url(path), None), false)).await;
    let taken = said("/200/object").await;
    assert_eq!((taken.answer, taken.digest), (Answer::Ok(object.clone()), Some(*Digest::of(b"{\"b\":2}").bytes())));
    assert_eq!(said("/204/nothing").await.answer, Answer::Ok(Json::map::<&str>([])));
    let rejected = |data| Answer::Rejected { detail: "HTTP status 409".to_owned(), data };
    assert_eq!(said("/409/object").await.answer, rejected(Some(object)));
    assert_eq!(said("/409/words").await.answer, rejected(None));
    let webhook = Call::Webhook { url: receiver.url("/200/object"), body: Json::map([("c", Json::Int(3))]) };
    assert_eq!(word(&worker.attempt(&attempt(webhook, false)).await), "ok");
    assert_eq!(receiver.heard().last().unwrap().body, b"{\"c\":3}");
    let silent = Receiver::closing().await;
    assert_eq!(word(&worker.attempt(&attempt(request(silent.url("/"), None), false)).await), "closed");
}

fn programs(scripts: &[(&str, &str)]) -> Settings {
    let program =
        |script: &str| Program { path: PathBuf::from("/bin/sh"), arguments: vec!["-c".to_owned(), script.to_owned()] };
    let programs = scripts.iter().map(|(name, script)| ((*name).to_owned(), program(script))).collect();
    Settings { programs, ..Settings::default() }
}

fn program(name: &str) -> Call {
    Call::Program { name: name.to_owned(), input: Json::map([("a", Json::Int(1))]) }
}

#[tokio::test]
async fn an_exit_status_means_what_the_table_says() {
    let flood = format!("head -c {FLOOD_BYTES} /dev/zero");
    let table = [
        ("done", "echo '{}'", false, "ok"),
        ("silent", "exit 0", true, "ok"),
        ("later", "exit 75", true, "not_ready"),
        ("never", "exit 75", false, "exit_status"),
        ("no", "echo '{}'; exit 65", false, "rejected"),
        ("broken", "echo '{}'; exit 1", false, "exit_status"),
        ("list", "echo '[]'", false, "bad_answer"),
        ("killed", "kill -9 $$", false, "killed"),
        ("flood", &flood, false, "flood"),
    ];
    let scripts: Vec<_> = table.iter().map(|(name, script, ..)| (*name, *script)).collect();
    let worker = worker(programs(&scripts));
    for (name, _, polls, expected) in table {
        let heard = worker.attempt(&attempt(program(name), polls)).await;
        assert_eq!(word(&heard), expected, "{name}: {heard:?}");
    }
}

#[tokio::test]
async fn a_program_gets_its_input_and_the_key_and_no_more_than_its_time() {
    let told = r#"read -r line; printf '{"run":"%s","number":%s,"input":%s,"home":"%s"}' \
        "$COUNTERSIGN_RUN" "$COUNTERSIGN_ATTEMPT" "$line" "$HOME""#;
    let mut settings = programs(&[("told", told), ("slow", "sleep 600")]);
    settings.programs.insert("gone".to_owned(), Program { path: "/nowhere/at/all".into(), arguments: Vec::new() });
    let worker = worker(settings);
    let heard = worker.attempt(&attempt(program("told"), false)).await;
    let input = Json::map([("a", Json::Int(1))]);
    let run = RunId::new(Digest::of(b"run")).to_string();
    let expected = [("run", Json::text(run)), ("number", Json::Int(2)), ("input", input), ("home", Json::text(""))];
    assert_eq!(heard.answer, Answer::Ok(Json::map(expected)));
    let slow = Attempt { timeout: Interval::from_millis(200), ..attempt(program("slow"), false) };
    assert_eq!(word(&worker.attempt(&slow).await), "timeout");
    assert_eq!(word(&worker.attempt(&attempt(program("gone"), false)).await), "no_program");
    assert_eq!(word(&worker.attempt(&attempt(program("other"), false)).await), "not_allowed");
}

#[tokio::test]
async fn a_secret_goes_to_its_hosts_and_nowhere_else() {
    let receiver = Receiver::plain(as_asked).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bank.secret");
    std::fs::write(&file, "s3cret\r\n").unwrap();
    let secret = |file: PathBuf| Secret { file, hosts: vec!["127.0.0.1".to_owned()] };
    let secrets = [("bank", file), ("gone", folder.path().join("gone"))];
    let secrets = secrets.into_iter().map(|(name, file)| (name.to_owned(), secret(file))).collect();
    let worker = worker(Settings { secrets, ..Settings::default() });

    let own = receiver.url("/200/object");
    let foreign = own.replace("127.0.0.1", "localhost");
    let check = |url: &str, secret| worker.check(&request(url.to_owned(), secret));
    assert_eq!((check(&own, Some("bank")), check(&foreign, None)), (Ok(()), Ok(())));
    for (url, secret, why) in [
        (foreign.as_str(), Some("bank"), "does not go to the host localhost"),
        (own.as_str(), Some("other"), "not in [actions.secrets]"),
        ("https://erp.example/", None, "erp.example"),
        ("nowhere", None, "none that requests go to"),
    ] {
        let refused = check(url, secret).unwrap_err();
        assert!(refused.contains(why) && !refused.contains("s3cret"), "{refused}");
        let heard = worker.attempt(&attempt(request(url.to_owned(), secret), false)).await;
        assert_eq!(heard.answer, Answer::NotAllowed { detail: refused });
    }
    let unread = worker.attempt(&attempt(request(own.clone(), Some("gone")), false)).await;
    assert_eq!(word(&unread), "not_allowed");
    assert!(receiver.heard().is_empty(), "nothing of it left the node");

    let heard = worker.attempt(&attempt(request(own, Some("bank")), false)).await;
    assert_eq!(word(&heard), "ok");
    assert_eq!(receiver.heard()[0].header("authorization"), "Bearer s3cret");
    assert!(!format!("{heard:?}").contains("s3cret"));
}
