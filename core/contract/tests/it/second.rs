//! Logs for a second implementation: each entry with what becomes of it, and the state after it.
//!
//! `COUNTERSIGN_MUTANTS=<folder>` appends to `logs.jsonl` there, a log a line: every log of these tests, and some in which
//! people say what comes to their minds.

use std::io::Write;
use std::path::PathBuf;

use countersign_chain::{Entry, LogState, PayloadClass, Statement, StatementKind};
use countersign_codec::Encode;
use countersign_contract::{AttachmentRef, Comment, Erase, Payload, State, commitment_text};
use countersign_crypto::Digest;
use countersign_member::KeyPurpose;
use countersign_types::{Outcome, PayloadCommitment, Signed, StatementId};
use serde_json::{Value, json};

use crate::groups::loan;
use crate::joining::{confirm, invite, join};
use crate::keys::rotation;
use crate::log::{Log, response_of};
use crate::people::{Voice, admin, machine, mandate, party, person, system, user};
use crate::scenarios::{Founding, appraisal, lease, sale};

const HOUR: i64 = 3_600_000;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What was said in a log, written down when nobody needs it any more.
#[derive(Clone)]
pub struct Record {
    folder: Option<PathBuf>,
    genesis: String,
    charter: String,
    tries: Vec<Value>,
}

impl Record {
    pub fn of(founding: &Founding) -> Self {
        let folder = std::env::var_os("COUNTERSIGN_MUTANTS").map(PathBuf::from);
        let (genesis, charter) = (hex(&founding.genesis.to_bytes()), hex(&founding.opening.to_bytes()));
        Self { folder, genesis, charter, tries: Vec::new() }
    }

    /// An entry, and the state and outcome that it led to; none if it cannot stand there.
    pub fn note(
        &mut self,
        entry: &Entry,
        said: &Signed<Statement>,
        payload: Option<&[u8]>,
        done: Option<(&State, &Outcome)>,
    ) {
        if self.folder.is_some() {
            self.tries.push(json!({
                "entry": hex(&entry.to_bytes()),
                "statement": hex(&said.to_bytes()),
                "payload": payload.map(hex),
                "outcome": done.map(|(_, outcome)| hex(&outcome.to_bytes())),
                "hash": done.map(|(state, _)| hex(state.hash().bytes())),
            }));
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let Some(folder) = self.folder.as_ref().filter(|_| !self.tries.is_empty() && !std::thread::panicking()) else {
            return;
        };
        let line = json!({"genesis": self.genesis, "charter": self.charter, "log": self.tries}).to_string() + "\n";
        std::fs::create_dir_all(folder).unwrap();
        let file = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("logs.jsonl"));
        // One write: lines of tests that end at once do not mix.
        file.unwrap().write_all(line.as_bytes()).unwrap();
    }
}

/// Numbers that look random and always are the same.
struct Chance(u64);

impl Chance {
    fn below(&mut self, max: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % max.max(1)
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// What was said that later words can name.
#[derive(Default)]
struct Known {
    invitations: Vec<StatementId>,
    mandates: Vec<StatementId>,
    files: Vec<PayloadCommitment>,
}

const COMPANIES: [&str; 6] = ["landlord", "tenant", "bank", "owner", "smith", "friend"];
const ACTORS: [&str; 9] = ["employee", "landlord", "tenant", "bank", "owner", "assessor", "second", "seller", "buyer"];
const ACTIONS: [&str; 10] =
    ["draft", "review", "sign", "guarantee", "ask", "report", "buy", "withdraw", "invite", "confirm"];

/// An answer: actor, action, response, data.
type Spoken = (&'static str, &'static str, Option<&'static str>, &'static str);

/// A contract, its founders, and what is mostly said in it.
struct Cast {
    founding: Founding,
    companies: &'static [&'static str],
    answers: &'static [Spoken],
}

fn casts() -> [Cast; 4] {
    let lease = Cast {
        founding: lease(),
        companies: &["landlord", "tenant", "bank"],
        answers: &[
            ("employee", "draft", None, r#"{"rent":"950"}"#),
            ("employee", "draft", Some("ok"), r#"{"rent":"1000.01"}"#),
            ("landlord", "review", Some("approve"), "{}"),
            ("landlord", "review", None, "null"),
            ("landlord", "review", Some("reject"), r#"{"comment":"no"}"#),
            ("landlord", "sign", None, "{}"),
            ("tenant", "sign", None, "{}"),
            ("tenant", "sign", Some("ok"), "{}"),
            ("bank", "guarantee", None, "null"),
        ],
    };
    let appraisal = Cast {
        founding: appraisal(),
        companies: &["owner"],
        answers: &[
            ("owner", "ask", None, "null"),
            ("assessor", "report", None, r#"{"value":"250000.00"}"#),
            ("second", "report", None, r#"{"value":"-1"}"#),
            ("assessor", "report", None, r#"{"value":1}"#),
        ],
    };
    let sale = Cast {
        founding: sale(),
        companies: &["seller", "friend"],
        answers: &[
            ("buyer", "buy", None, "{}"),
            ("buyer", "buy", None, r#"{"more":1}"#),
            ("seller", "withdraw", None, "null"),
        ],
    };
    let loan = Cast {
        founding: loan(),
        companies: &["owner", "bank", "smith"],
        answers: &[
            ("sureties.0", "pledge", None, "{}"),
            ("sureties.1", "pledge", None, "{}"),
            ("sureties.2", "pledge", None, "null"),
            ("friends.0", "pledge", None, "{}"),
            ("sureties", "pledge", None, "{}"),
            ("debtor", "draw", None, "{}"),
        ],
    };
    [lease, appraisal, sale, loan]
}

fn voice(chance: &mut Chance, cast: &Cast) -> Voice {
    let company = if chance.once_in(20) { chance.pick(&COMPANIES) } else { chance.pick(cast.companies) };
    match chance.below(20) {
        0 => system(company),
        1 => Voice { use_of: "user".into(), ..admin(company) },
        2..=5 => user("erin"),
        6 => Voice { use_of: "new".into(), ..admin(company) },
        7 => admin("smith"),
        _ => admin(company),
    }
}

fn answer(chance: &mut Chance, cast: &Cast, known: &mut Known) -> Payload {
    let stray = (chance.pick(&ACTORS), chance.pick(&ACTIONS), None, "null");
    let (actor, action, response, data) = if chance.once_in(12) { stray } else { chance.pick(cast.answers) };
    let mut payload = response_of(actor, action, response, data);
    if let Payload::Response(response) = &mut payload
        && (action == "draft" || action == "ask")
        && !chance.once_in(4)
    {
        let commitment = PayloadCommitment::new(Digest::of(&[chance.below(5) as u8]));
        known.files.push(commitment);
        let media = if chance.once_in(9) { "text/html" } else { "application/pdf" };
        let file = AttachmentRef { commitment, name: "a.pdf".into(), media: media.into(), bytes: 15 };
        let name = if action == "draft" { "text" } else { "photo" };
        response.attachments.insert(if chance.once_in(15) { "__proto__" } else { name }.into(), vec![file]);
    }
    payload
}

const POWERS: [&str; 7] = [
    r#"{"actors":"all","actions":"all"}"#,
    r#"{"actors":["tenant","employee","owner"],"actions":["sign","draft","ask","invite"]}"#,
    r#"{"actors":["employee"],"actions":["draft"],"limits":[{"field":"rent","max":"1000.00"}]}"#,
    r#"{"actors":["employee"],"actions":["draft","draft"],"limits":[{"field":"rent","max":"1"},{"field":"rent","max":"5"}]}"#,
    r#"{"actors":["sureties"],"actions":["pledge"]}"#,
    r#"{"actors":[],"actions":["confirm"],"until":"2026-03-09T00:00:00.5Z"}"#,
    r#"{"actors":"all","actions":"all","from":"2027-01-01T00:00:00Z","limits":[]}"#,
];

fn membership(chance: &mut Chance, log: &Log, known: &Known) -> Payload {
    let stray = StatementId::new(Digest::of(b"nothing"));
    let recent = |list: &[StatementId], chance: &mut Chance| {
        if list.is_empty() || chance.once_in(10) {
            stray
        } else {
            list[list.len() - 1 - chance.below(list.len().min(2))]
        }
    };
    match chance.below(9) {
        0 => Payload::Identity(if chance.once_in(4) { machine("robot") } else { person("erin") }),
        1 => Payload::Mandate(mandate(person(chance.pick(&["erin", "erin", "zoe"])).id(), chance.pick(&POWERS))),
        2 => Payload::MandateRevoke(recent(&known.mandates, chance)),
        3 | 4 => invite(
            chance.pick(&["assessor", "second", "buyer", "bank", "sureties", "friends"]),
            5 + chance.below(60) as u64,
        ),
        5 => {
            let data = chance.pick(&[
                "{}",
                r#"{"assessor":{"licence":"A1"}}"#,
                r#"{"assessor":{"licence":7}}"#,
                r#"{"bank":{}}"#,
                r#"{"friends":{"town":"Delft"}}"#,
            ]);
            join(
                log.state.contract(),
                recent(&known.invitations, chance),
                chance.pick(&["smith", "friend", "tenant"]),
                data,
            )
        }
        6 => confirm(recent(&known.invitations, chance)),
        _ => {
            let (purpose, use_of) =
                chance.pick(&[(KeyPurpose::Admin, "new"), (KeyPurpose::User, "more"), (KeyPurpose::System, "system")]);
            let name = chance.pick(&["tenant", "landlord", "smith", "erin"]);
            let identity = if name == "erin" { person(name).id() } else { party(name) };
            let retire: &[&str] = chance.pick(&[&["admin"] as &[&str], &["user"], &[], &["new", "admin"]]);
            let overlap = chance.pick(&[None, Some(0), Some(2), Some(99)]);
            rotation(log, identity, &[(purpose, name, use_of)], retire, overlap)
        }
    }
}

/// A file of a comment, of a kind and length that the scenario may not allow.
fn commented(chance: &mut Chance) -> AttachmentRef {
    AttachmentRef {
        commitment: PayloadCommitment::new(Digest::of(b"photo")),
        name: "photo".into(),
        media: chance.pick(&["text/plain", "image/png"]).into(),
        bytes: chance.pick(&[3, 20, 21]),
    }
}

fn payload(chance: &mut Chance, cast: &Cast, log: &Log, known: &mut Known) -> Payload {
    match chance.below(14) {
        0 => Payload::Tick(chance.pick(&["main", "main", "other"]).into()),
        1 => {
            let text = if chance.once_in(5) { "far more than twenty bytes" } else { "a word" };
            Payload::Comment(Comment {
                text: text.into(),
                media: chance.pick(&["text/plain", "text/html"]).into(),
                attachments: (0..chance.below(3)).map(|_| commented(chance)).collect(),
            })
        }
        2 => {
            let stray = PayloadCommitment::new(Digest::of(b"nothing"));
            let mut commitments =
                vec![if known.files.is_empty() || chance.once_in(5) { stray } else { chance.pick(&known.files) }];
            commitments
                .extend(log.said.last().filter(|_| chance.once_in(5)).map(|(_, statement, _)| statement.payload));
            commitments.sort_unstable();
            commitments.dedup();
            assert!(commitments.iter().all(|one| commitment_text(one).len() == 71));
            Payload::Erase(Erase { commitments, reason: "GDPR".into() })
        }
        3..=6 => membership(chance, log, known),
        _ => answer(chance, cast, known),
    }
}

/// One log of what comes to people's minds.
fn ramble(number: u64, cast: &Cast) -> Vec<String> {
    let mut chance = Chance(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut known = Known::default();
    let mut log = Log::new(&cast.founding);
    let host = admin(cast.companies[0]);
    let mut outcomes = vec![
        log.say(&host, Payload::Identity(person("erin"))),
        log.say(&host, Payload::Mandate(mandate(person("erin").id(), chance.pick(&POWERS)))),
    ];
    known.mandates.push(log.last);
    // What is written in many ways has one form in the state.
    let loose = format!(
        r#"{{"actions":["sign","draft","draft"],"actors":["tenant","employee"],"limits":[{{"field":"rent","max":"1000.0"}}],"person":"{}","until":"2027-01-01T00:00:00Z"}}"#,
        person("erin").id()
    );
    outcomes.push(log.say_bytes(&host, StatementKind::Mandate, loose.as_bytes()));
    for _ in 0..40 {
        let hours = if chance.once_in(8) { chance.below(500) as i64 } else { chance.below(20) as i64 - 3 };
        log.wait(hours * HOUR);
        let voice = voice(&mut chance, cast);
        let payload = payload(&mut chance, cast, &log, &mut known);
        let voice = match &payload {
            // Mostly who may.
            Payload::Join(join) if !chance.once_in(8) => {
                COMPANIES.into_iter().map(admin).find(|voice| voice.identity == join.member.party()).unwrap()
            }
            _ => voice,
        };
        let kind = payload.kind();
        let outcome = match chance.below(40) {
            0 => {
                let mut bytes = payload.to_bytes();
                let at = chance.below(bytes.len());
                bytes[at] = b"0x{,\""[chance.below(5)];
                log.say_bytes(&voice, kind, &bytes)
            }
            1 => log.say_bytes(&voice, chance.pick(&StatementKind::ALL), &payload.to_bytes()),
            2 => log.say_nothing(&voice, kind),
            3 => {
                let (mut statement, opening) = log.draft(&voice, payload);
                match chance.below(4) {
                    0 => statement.class = PayloadClass::Linked,
                    1 => statement.requires.push(StatementId::new(Digest::of(b"nothing"))),
                    2 => statement.basis.seen = None,
                    _ => statement.basis.position = countersign_types::Position::new(1),
                }
                log.place(&voice, statement, Some(opening.bytes()))
            }
            _ => log.say(&voice, payload),
        };
        if outcome == "applied" {
            match kind {
                StatementKind::Invite => known.invitations.push(log.last),
                StatementKind::Mandate => known.mandates.push(log.last),
                _ => {}
            }
        }
        outcomes.push(outcome);
    }
    outcomes
}

#[test]
fn whatever_is_said_can_be_handed_to_another_implementation() {
    let casts = casts();
    let count = if std::env::var_os("COUNTERSIGN_MUTANTS").is_some() { 150 } else { 24 };
    let mut met = std::collections::BTreeMap::<String, usize>::new();
    for number in 0..count {
        for outcome in ramble(number as u64 + 1, &casts[number % casts.len()]) {
            let rule = outcome.split('(').next().unwrap_or_default().to_owned();
            *met.entry(rule).or_default() += 1;
        }
    }
    for rule in
        ["applied", "malformed", "not_entitled", "invalid_data", "unknown_identity", "unknown_mandate", "requires"]
    {
        assert!(met.contains_key(rule), "nothing is {rule}: {met:?}");
    }
    println!("{met:?}");
}
