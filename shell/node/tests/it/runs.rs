//! System actions between real nodes, with a bank that fails and a node that is killed.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_api_model as model;
use countersign_chain::Settings;
use countersign_contract::Payload;

use crate::kill::start;
use crate::lease::{nothing, response};
use crate::party::{Party, agree, eventually};

/// A payee orders, the payer's node has its bank pay, and that again and again.
const RENT: &str = r#"
scenario: countersign/scenario/v1
name: rent
title: Rent that a bank pays
language: en
actors: {payer: {title: Payer}, payee: {title: Payee}, auditor: {title: Auditor}}
vars: {paid: {type: int, initial: 0}, receipt: text, why: text}
actions:
  order: {title: Order the payment, kind: performative, by: payee}
  close: {title: Close, kind: informative, by: auditor}
  pay:
    title: Pay
    kind: performative
    by: payer
    run: {http: {method: POST, url: "http://BANK/payments", body: {number: vars.paid}, secret: bank}, timeout: PT20S, retry: {times: 5, first: PT1S, factor: 1, longest: PT1S}}
    responses:
      ok: {title: Paid, data: {receipt: text}, do: [{set: vars.paid, to: vars.paid + 1}, {set: vars.receipt, to: data.receipt}]}
      error: {title: Not paid, data: {reason: text}, do: [{set: vars.why, to: data.reason}]}
initial: waiting
states:
  waiting: {title: The payee orders, transitions: [{on: order, goto: paying}, {on: close, goto: closed}]}
  paying: {title: The bank pays, transitions: [{on: pay.ok, goto: waiting}, {on: pay.error, goto: refused}]}
  refused: {title: The bank refused, final: failure}
  closed: {title: Closed, final: success}
"#;

/// What the bank does with the next requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// So many are answered by 500 and not done.
    Fails(u32),
    /// It is done, and the answer never comes.
    Silent,
    /// It is done and answered.
    Well,
}

/// A bank that honours the key.
#[derive(Debug)]
struct Books {
    mood: Mood,
    /// By key: requests, and payments.
    keys: BTreeMap<String, (u32, u32)>,
    answered: u32,
    silenced: u32,
    /// Requests that were not as they should be.
    strange: Vec<String>,
}

#[derive(Clone)]
struct Bank {
    address: SocketAddr,
    books: Arc<Mutex<Books>>,
}

impl Bank {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let books = Books { mood: Mood::Well, keys: BTreeMap::new(), answered: 0, silenced: 0, strange: Vec::new() };
        let bank = Self { address, books: Arc::new(Mutex::new(books)) };
        let teller = bank.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let bank = teller.clone();
                std::thread::spawn(move || while bank.serve(&stream).is_some() {});
            }
        });
        bank
    }

    fn serve(&self, mut stream: &TcpStream) -> Option<()> {
        let request = read_request(stream)?;
        let header = |name: &str| {
            let line = request.lines().find(|line| line.to_lowercase().starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let answer = {
            let mut books = self.books.lock().unwrap();
            let key = header("idempotency-key").unwrap_or_default().trim_matches('"').to_owned();
            if header("authorization").as_deref() != Some("Bearer geheim") || header("signature").is_none() {
                books.strange.push(request.clone());
            }
            let mood = books.mood;
            let (requests, payments) = books.keys.entry(key.clone()).or_default();
            *requests += 1;
            match mood {
                Mood::Fails(0) | Mood::Well => {
                    *payments = 1;
                    books.mood = Mood::Well;
                    books.answered += 1;
                    let body = format!("{{\"receipt\":\"{key}\"}}");
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                }
                Mood::Fails(left) => {
                    books.mood = Mood::Fails(left - 1);
                    "HTTP/1.1 500 Busy\r\ncontent-length: 0\r\n\r\n".to_owned()
                }
                Mood::Silent => {
                    *payments = 1;
                    books.silenced += 1;
                    String::new()
                }
            }
        };
        if answer.is_empty() {
            std::thread::sleep(Duration::from_secs(60));
            return None;
        }
        stream.write_all(answer.as_bytes()).ok()
    }

    fn feel(&self, mood: Mood) {
        self.books.lock().unwrap().mood = mood;
    }

    fn read<T>(&self, of: impl Fn(&Books) -> T) -> T {
        of(&self.books.lock().unwrap())
    }
}

fn read_request(mut stream: &TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Lets a node that does not run speak to the bank, with its secret.
fn allow(party: &Party, bank: &Bank) {
    let path = party.data().join("node.toml");
    std::fs::write(party.data().join("bank.secret"), "geheim\n").unwrap();
    let host = bank.address.ip();
    let more = format!(
        "\n[outgoing]\nhosts = [{{ name = \"{host}\", http = true, private = true }}]\n\
         [actions.secrets.bank]\nfile = \"bank.secret\"\nhosts = [\"{host}\"]\n"
    );
    let config = std::fs::read_to_string(&path).unwrap() + &more;
    std::fs::write(path, config).unwrap();
}

async fn order(payee: &Party, contract: &str) {
    eventually("the payee orders", async || {
        let order = Payload::Response(response("payee", "order", None, nothing()));
        payee.say(contract, payee.id(), &payee.admin, &order, &[]).await.is_ok()
    })
    .await;
}

async fn paid(party: &Party, contract: &str) -> i64 {
    let Ok(view) = party.client().contract(contract).await else { return -1 };
    view.process.and_then(|process| process.vars["paid"].as_i64()).unwrap_or(-1)
}

async fn runs(party: &Party, contract: &str) -> Vec<model::RunView> {
    party.client().runs(contract).await.unwrap().runs
}

/// The node that pays is killed before, during and after its bank pays; the bank fails twice besides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_is_made_once_although_the_node_is_killed() {
    let bank = Bank::open();
    let payee = Party::start("payee", 81, true).await;
    let auditor = Party::start("auditor", 82, true).await;
    let payer = Party::make("payer", 83, true);
    allow(&payer, &bank);
    let mut process = start(&payer).await;
    let rent = RENT.replace("BANK", &bank.address.to_string());
    let actors = [("payer", &payer), ("payee", &payee), ("auditor", &auditor)];
    let contract = payee.found_as(&rent, &[&payer, &auditor], &actors, [81; 32], Settings::default()).await;
    payer.accept(&contract).await;
    auditor.accept(&contract).await;

    // The bank fails twice, then pays.
    bank.feel(Mood::Fails(2));
    order(&payee, &contract).await;
    eventually("the first payment", async || paid(&payee, &contract).await == 1).await;
    assert_eq!(bank.read(|books| books.keys.values().copied().collect::<Vec<_>>()), [(3, 1)]);

    // Before: the order may not even have arrived.
    order(&payee, &contract).await;
    drop(process);
    process = start(&payer).await;
    eventually("the second payment", async || paid(&payee, &contract).await == 2).await;

    // During: the bank paid, and nobody knows.
    bank.feel(Mood::Silent);
    order(&payee, &contract).await;
    eventually("the bank pays in silence", async || bank.read(|books| books.silenced) == 1).await;
    drop(process);
    bank.feel(Mood::Well);
    process = start(&payer).await;
    eventually("the third payment", async || paid(&payee, &contract).await == 3).await;

    // After: the answer is on its way into the log.
    let answered = bank.read(|books| books.answered);
    order(&payee, &contract).await;
    while bank.read(|books| books.answered) == answered {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(process);
    process = start(&payer).await;
    eventually("the fourth payment", async || paid(&payee, &contract).await == 4).await;

    agree(&contract, &[&payer, &payee, &auditor]).await;
    let books = bank.read(|books| books.keys.clone());
    assert_eq!(books.len(), 4, "one key for each order: {books:?}");
    assert!(books.values().all(|(_, payments)| *payments == 1), "{books:?}");
    assert_eq!(bank.read(|books| books.strange.clone()), Vec::<String>::new());
    let log = payee.client().whole_log(&contract, None).await.unwrap();
    let said = log.iter().filter(|entry| entry.kind == "response").count();
    assert_eq!(said, 8, "four orders and four payments, whatever became of them: {log:#?}");
    let known = runs(&payer, &contract).await;
    assert_eq!(known.iter().map(|run| run.state.as_str()).collect::<Vec<_>>(), ["done"; 4]);
    assert!(runs(&payee, &contract).await.is_empty(), "only the node of the actor acts");
    // The secret stands in no file but its own.
    for entry in walk(&payer.data()) {
        let holds = std::fs::read(&entry).unwrap().windows(6).any(|window| window == b"geheim");
        assert!(!holds || entry.ends_with("bank.secret"), "{}", entry.display());
    }
    drop(process);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// A program that hangs, one that floods, a webhook that never answers; and what nobody allowed.
const ERRANDS: &str = r#"
scenario: countersign/scenario/v1
name: errands
title: Errands
language: en
actors: {owner: {title: Owner}, friend: {title: Friend}}
vars: {why: {type: list, of: text}}
actions:
  begin: {title: Begin, kind: informative, by: friend}
  sleep: {title: Sleep, kind: informative, by: owner, run: {program: {name: sleeper}, timeout: PT1S}, responses: {ok: {title: Slept}, error: {title: Not slept, data: {reason: text}, do: [{append: vars.why, item: data.reason}]}}}
  shout: {title: Shout, kind: informative, by: owner, run: {program: {name: shouter}, timeout: PT10S}, responses: {ok: {title: Shouted}, error: {title: Too loud, data: {reason: text}, do: [{append: vars.why, item: data.reason}]}}}
  tell: {title: Tell, kind: informative, by: owner, run: {webhook: {url: "http://HOOK/hook"}, timeout: PT1S}, responses: {ok: {title: Told}, error: {title: Not told, data: {reason: text}, do: [{append: vars.why, item: data.reason}]}}}
  count: {title: Count, kind: informative, by: owner, run: {program: {name: counter, input: {of: vars.why}}, timeout: PT10S}, responses: {ok: {title: Counted, data: {count: int}}, error: {title: Not counted}}}
  secret: {title: Steal, kind: informative, by: owner, run: {program: {name: shell}, timeout: PT10S}, responses: {ok: {title: Stolen}, error: {title: Not stolen}}}
initial: beginning
states:
  beginning: {title: Beginning, transitions: [{on: begin, goto: sleeping}]}
  sleeping: {title: Sleeping, transitions: [{on: [sleep.ok, sleep.error], goto: shouting}]}
  shouting: {title: Shouting, transitions: [{on: [shout.ok, shout.error], goto: telling}]}
  telling: {title: Telling, transitions: [{on: [tell.ok, tell.error], goto: counting}]}
  counting: {title: Counting, transitions: [{on: count.ok, if: data.count == 3, goto: stealing}, {on: count.ok, goto: gone}, {on: count.error, goto: gone}]}
  stealing: {title: Stealing, transitions: [{on: [secret.ok, secret.error], goto: gone}]}
  gone: {title: Gone, final: success}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_hangs_floods_or_stays_silent_is_an_error_and_what_is_not_allowed_waits() {
    let mut owner = Party::make("owner", 84, true);
    let friend = Party::start("friend", 85, true).await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let script = |name: &str, text: &str| {
        let path = owner.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let count =
        script("count.sh", "read line; n=$(echo \"$line\" | tr ',' '\\n' | wc -l); echo \"{\\\"count\\\": $n}\"\n");
    let config = owner.data().join("node.toml");
    let programs = format!(
        "\n[outgoing]\nhosts = [{{ name = \"127.0.0.1\", http = true, private = true }}]\n\
         [actions.programs]\nsleeper = {{ path = \"/bin/sleep\", arguments = [\"300\"] }}\n\
         shouter = {{ path = \"/usr/bin/yes\" }}\ncounter = {{ path = \"/bin/sh\", arguments = [\"{}\"] }}\n",
        count.display()
    );
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + &programs).unwrap();
    owner.restart().await;
    let errands = ERRANDS.replace("HOOK", &silent.local_addr().unwrap().to_string());
    let actors = [("owner", &owner), ("friend", &friend)];
    let contract = friend.found_as(&errands, &[&owner], &actors, [84; 32], Settings::default()).await;
    owner.accept(&contract).await;
    let begin = Payload::Response(response("friend", "begin", None, nothing()));
    friend.say(&contract, friend.id(), &friend.admin, &begin, &[]).await.unwrap();
    eventually("all errands are run", async || friend.state(&contract).await == "stealing").await;
    let why = friend.view(&contract).await.process.unwrap().vars["why"].clone();
    assert_eq!(why, serde_json::json!(["timeout", "flood", "timeout"]));
    // Nobody allowed a shell: the run waits, says so, and a retry changes nothing.
    eventually("the run waits", async || runs(&owner, &contract).await[0].state == "not_allowed").await;
    let waiting = runs(&owner, &contract).await.remove(0);
    assert_eq!(waiting.detail.as_deref(), Some("the program shell is not in [actions.programs] of node.toml"));
    let refused = owner.client().retry_run(&contract, &waiting.run).await.map_err(crate::party::told);
    assert_eq!(refused.unwrap_err().split(':').next(), Some("unknown_run"));
    let done = &runs(&owner, &contract).await[1];
    let refused = owner.client().retry_run(&contract, &done.run).await.map_err(crate::party::told);
    assert_eq!(refused.unwrap_err().split(':').next(), Some("run_not_stopped"));
    // The operator allows it: the node goes on after its start.
    let allowed = std::fs::read_to_string(&config).unwrap() + "shell = { path = \"/bin/true\" }\n";
    std::fs::write(&config, allowed).unwrap();
    owner.restart().await;
    eventually("it goes on", async || friend.state(&contract).await == "gone").await;
    agree(&contract, &[&owner, &friend]).await;
}
