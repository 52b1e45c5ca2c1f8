//! The HTTP API of a running node: whatever is asked, it answers, and with a problem if it refuses.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use std::{cell::RefCell, fs};

use countersign_chain::{GENESIS_FORMAT, Genesis, LANGUAGE_VERSION, Settings};
use countersign_codec::{Encode, Json};
use countersign_contract::Charter;
use countersign_crypto::{Seed, Signer, SigningKey};
use countersign_keystore::Passphrase;
use countersign_member::{KeyId, Member};
use countersign_node::{Home, InitRequest, Node, init};
use countersign_payload::Opening;
use countersign_types::{Timestamp, to_base32};
use countersign_workflow::Scenario;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::seeds;

/// Longest silence of the node.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// Most bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// Members of bodies, and the names that stand for ids of the running node.
pub const WORDS: &[&str] = &[
    "CONTRACT",
    "PARTY",
    "KEY",
    "GENESIS",
    "CHARTER",
    "POST",
    "GET",
    "/v1/",
    "?limit=",
    "&after=",
    "response",
    "mandate",
    "identity",
    "erase",
    "tick",
    "comment",
    "key_rotate",
    "invite",
    "null",
    "{}",
    "[]",
    "\"\"",
    ":",
    ",",
    "%2e%2e",
    "%00",
];

/// The first line is `METHOD PATH`, the rest is the body. `CONTRACT`, `PARTY`, `KEY`, `GENESIS` and `CHARTER` are
/// those of the node that runs, so that an input means the same on every run.
pub fn run(bytes: &[u8]) {
    let served = served();
    let text = |bytes: &[u8]| served.fill(&String::from_utf8_lossy(bytes));
    let (line, body) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
    let line = text(line);
    let Some((method, path)) = line.split_once(' ') else { return };
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if !plain(method) || !plain(path) || !path.starts_with('/') || method == "CONNECT" {
        return;
    }
    let body = body.strip_prefix(b"\n").unwrap_or_default();
    let body = if std::str::from_utf8(body).is_ok() { text(body).into_bytes() } else { body.to_vec() };
    let answer = served.ask(method, path, &body);
    check(&format!("{method} {path}"), &answer);
}

fn check(asked: &str, answer: &Answer) {
    assert_ne!(answer.status, 500, "{asked}: {}", String::from_utf8_lossy(&answer.body));
    if answer.status < 400 || answer.body.is_empty() {
        return;
    }
    let media = answer.headers.get("content-type").map(String::as_str);
    assert_eq!(media, Some("application/problem+json"), "{asked}: {} is no problem", answer.status);
    let problem: Value = serde_json::from_slice(&answer.body).expect("a problem is JSON");
    let code = problem["code"].as_str().unwrap_or_default();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors").join(format!("{code}.md"));
    assert!(page.exists(), "{asked}: the code `{code}` has no page");
}

/// A node with one contract, for as long as this process lives.
struct Served {
    address: SocketAddr,
    token: String,
    names: Vec<(&'static str, String)>,
    _running: (TempDir, Runtime, Node),
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Served {
    fn fill(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        thread_local! { static OPEN: RefCell<Option<BufReader<TcpStream>>> = const { RefCell::new(None) } }
        let kept = OPEN.take();
        // A connection that was kept may have been closed meanwhile: then a fresh one.
        let again = kept.and_then(|kept| self.exchange(kept, method, path, body));
        let (answer, stream) = again.unwrap_or_else(|| {
            let stream = TcpStream::connect(self.address).expect("the node listens");
            stream.set_read_timeout(Some(ANSWER_WITHIN)).expect("a timeout is set");
            stream.set_nodelay(true).expect("an option is set");
            self.exchange(BufReader::new(stream), method, path, body).expect("the node answers")
        });
        OPEN.set(stream);
        answer
    }

    /// The answer, and the connection if it stays open; none if there is no answer.
    fn exchange(
        &self,
        mut stream: BufReader<TcpStream>,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Option<(Answer, Option<BufReader<TcpStream>>)> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        stream.get_mut().write_all(&[head.as_bytes(), body].concat()).ok()?;
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|count| *count > 0)?;
        let status: u16 = line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = BTreeMap::new();
        loop {
            line.clear();
            stream.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse::<u64>().ok());
        let mut body = Vec::new();
        let open = match length {
            _ if method == "HEAD" || status == 204 || status == 304 => true,
            Some(length) => {
                let read = stream.by_ref().take(length.min(ANSWER_BYTES_MAX)).read_to_end(&mut body).ok()?;
                u64::try_from(read) == Ok(length)
            }
            // A stream of events: it began, which is enough.
            None => false,
        };
        let open = open && headers.get("connection").is_none_or(|word| word != "close");
        Some((Answer { status, headers, body }, open.then_some(stream)))
    }
}

fn served() -> &'static Served {
    static SERVED: OnceLock<Served> = OnceLock::new();
    SERVED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder is made");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("threads are started");
        let mut seed = Seed::new([7; 32]);
        let passphrase = Passphrase::new("correct horse".to_owned()).expect("a passphrase");
        let (data, admin, own) = company(folder.path(), "own", &mut seed, &passphrase);
        let (_, _, other) = company(folder.path(), "other", &mut seed, &passphrase);
        let node = runtime.block_on(Node::start(&data, &passphrase)).expect("the node starts");
        let token = Home::open(&data).and_then(|home| home.token()).expect("the node has a token");
        let party = own.party().to_string();
        let (genesis, charter) = founding(&admin, vec![own, other]);
        let names = vec![
            ("PARTY", party),
            ("KEY", KeyId::of_signing(&admin.public_key()).to_string()),
            ("GENESIS", genesis),
            ("CHARTER", charter),
        ];
        let mut served = Served { address: node.api_address(), token, names, _running: (folder, runtime, node) };
        let body = served.fill(FOUNDING);
        let founded = served.ask("POST", "/v1/contracts", body.as_bytes());
        assert_eq!(founded.status, 201, "{}", String::from_utf8_lossy(&founded.body));
        let view: Value = serde_json::from_slice(&founded.body).expect("a view is JSON");
        served.names.push(("CONTRACT", view["contract"].as_str().unwrap_or_default().to_owned()));
        served
    })
}

const FOUNDING: &str = r#"{"genesis":"GENESIS","charter":"CHARTER"}"#;

fn company(
    folder: &Path,
    name: &str,
    seed: &mut Seed,
    passphrase: &Passphrase,
) -> (std::path::PathBuf, SigningKey, Member) {
    let (data, admin) = (folder.join(name), SigningKey::generate(seed));
    let api = SocketAddr::from(([127, 0, 0, 1], 0));
    let request =
        InitRequest { data: data.clone(), name: name.to_owned(), test: false, listen: None, urls: Vec::new(), api };
    let member = init(&request, passphrase, &admin).expect("a node is made");
    (data, admin, member)
}

/// Genesis and charter of a purchase that the first of these founds.
fn founding(admin: &SigningKey, members: Vec<Member>) -> (String, String) {
    let text = fs::read(seeds::vectors().join("scenario/examples/lease.yaml")).expect("an example is there");
    let (scenario, _) = Scenario::load(&text).expect("an example is a scenario");
    let parties = members.iter().cycle().map(Member::party);
    let actors = scenario.actors().filter(|actor| scenario.acts_for(actor) == Some(*actor)).zip(parties);
    let actors = actors.map(|(actor, party)| (actor.to_owned(), (party, BTreeMap::new()))).collect();
    let charter = Charter { actors, inputs: Json::Map(BTreeMap::new()), scenario };
    let opening = Opening::new([3; 32], charter.to_json().canonical());
    let genesis = Genesis {
        format: GENESIS_FORMAT,
        language: LANGUAGE_VERSION,
        nonce: [4; 32],
        members,
        scenario: charter.scenario_id(),
        settings: Settings::default(),
        payload: opening.commitment(),
        time: Timestamp::from_millis(1_780_000_000_000).expect("a time"),
    };
    let signed = genesis.found(admin).expect("a genesis");
    (to_base32(&signed.to_bytes()), to_base32(&opening.to_bytes()))
}

/// One request for each path, bodies of each form, and drafts of each kind of statement.
pub fn seeds() -> Vec<Vec<u8>> {
    let get = [
        "/health",
        "/ready",
        "/metrics",
        "/v1/openapi.json",
        "/v1/node",
        "/v1/contracts?limit=2",
        "/v1/contracts/CONTRACT",
        "/v1/contracts/CONTRACT/log?after=0&limit=3",
        "/v1/contracts/CONTRACT/invitations",
        "/v1/contracts/CONTRACT/proof",
        "/v1/contracts/CONTRACT/events",
        "/v1/events",
        "/v1/peers",
        "/v1/inbox",
        "/v1/outbox?after=x",
    ];
    let mut all: Vec<String> = get.iter().map(|path| format!("GET {path}\n")).collect();
    let mut post = |path: &str, body: Value| all.push(format!("POST {path}\n{body}"));
    post("/v1/contracts", json!({"genesis": "GENESIS", "charter": "CHARTER"}));
    post("/v1/contracts/CONTRACT/accept", Value::Null);
    let contract = seeds::json("contract.json");
    for payload in contract["payloads"].as_array().into_iter().flatten() {
        let inner: Value = serde_json::from_str(payload["payload"].as_str().unwrap_or_default()).unwrap_or_default();
        let draft = json!({"author": "PARTY", "key": "KEY", "kind": payload["kind"], "payload": inner});
        post("/v1/contracts/CONTRACT/statements/prepare", draft);
    }
    for entry in contract["log"].as_array().into_iter().flatten() {
        let bytes = seeds::hex(entry["statement"]["bytes"].as_str().unwrap_or_default()).unwrap_or_default();
        let body = json!({"statement": to_base32(&bytes), "openings": []});
        post("/v1/contracts/CONTRACT/statements", body.clone());
        post("/v1/contracts/CONTRACT/join", body);
    }
    let invite = json!({"actors": ["buyer"], "author": "PARTY", "key": "KEY", "hint": "Smith"});
    post("/v1/contracts/CONTRACT/invitations", invite);
    post("/v1/contracts/CONTRACT/invitations/stm_x/confirm", json!({"author": "PARTY", "key": "KEY"}));
    post("/v1/contracts/CONTRACT/join/prepare", json!({"key": "KEY", "data": {}}));
    post("/v1/join", json!({"link": "https://localhost:1/join#aaaa"}));
    post("/v1/peers", json!({"card": "aaaa"}));
    post("/v1/check", json!({"card": "aaaa"}));
    post("/v1/outbox/resend", json!({"contract": "CONTRACT", "party": "PARTY"}));
    all.into_iter().map(String::into_bytes).collect()
}
