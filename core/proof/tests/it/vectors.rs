//! Bundles with their verdicts, for other implementations: written anew with `COUNTERSIGN_BLESS=1`.

use std::path::PathBuf;

use countersign_chain::Network;
use countersign_codec::{Json, JsonLimits};
use countersign_payload::{Heading, content_hash};
use countersign_proof::{Bundle, Disclosure, Selection, Target, verify};

use crate::foreign::answered;
use crate::story::{appraisal, lease, note, note_on};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/bundle"))
}

/// The bundle of that name and the canonical JSON of its verdict are what is on disk.
fn check(name: &str, bytes: &[u8]) {
    let verdict = verify(bytes, None).to_json();
    let (bundle, expected) = (folder().join(format!("{name}.bundle")), folder().join(format!("{name}.json")));
    if std::env::var("COUNTERSIGN_BLESS").is_ok() {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(&bundle, bytes).unwrap();
        std::fs::write(&expected, [verdict.canonical().as_slice(), b"\n"].concat()).unwrap();
    }
    assert!(std::fs::read(&bundle).unwrap() == bytes, "{name}.bundle differs; COUNTERSIGN_BLESS=1 writes it anew");
    let text = std::fs::read(&expected).unwrap();
    let limits = JsonLimits { bytes_max: 1 << 20, ..JsonLimits::default() };
    assert_eq!(Json::parse(&text, limits).unwrap(), verdict, "{name}.json");
}

#[test]
fn the_vectors_are_what_this_program_writes_and_says() {
    let lease = lease();
    let whole = lease.story.bundle("tenant", &Selection::all()).unwrap();
    check("lease", &whole.to_bytes());

    let mut redacted = whole.clone();
    let scenario = Target::Payload(redacted.genesis.payload);
    redacted.redact(&[scenario, Target::Statement(lease.draft)]).unwrap();
    check("lease-redacted", &redacted.to_bytes());

    let mut apart = whole.clone();
    let draft = apart.claims.iter_mut().find(|record| record.entry.statement == lease.draft).unwrap();
    let Disclosure::Open(text) = &draft.attachments[0] else { panic!() };
    let (bytes, content) = (text.bytes().len() as u64, content_hash(text.bytes()));
    draft.attachments[0] = Disclosure::Apart(Heading { salt: *text.salt(), bytes, content });
    check("lease-apart", &apart.to_bytes());

    let one = lease.story.bundle("bank", &Selection::only([lease.guarantee])).unwrap();
    check("lease-one-claim", &one.to_bytes());

    check("newcomer", &appraisal().bundle("smith", &Selection::all()).unwrap().to_bytes());

    check("question", &answered().bundle("tailor", &Selection::all()).unwrap().to_bytes());
    check("test-network", &note_on(Network::Test).bundle("writer", &Selection::all()).unwrap().to_bytes());

    let mut touched: Bundle = whole;
    touched.claims[0].outcome = countersign_types::Outcome::rejected(countersign_types::Code::known("void"), "");
    check("refused-outcome", &touched.to_bytes());

    let mut damaged = redacted.to_bytes();
    *damaged.last_mut().unwrap() ^= 1;
    check("refused-checksum", &damaged);
}

#[test]
fn nothing_of_a_trial_is_valid_in_a_contract() {
    let (real, test) = (note(), note_on(Network::Test));
    let bundle = |story: &crate::story::Story| story.bundle("writer", &Selection::all()).unwrap();
    let (real, test) = (bundle(&real), bundle(&test));
    assert_ne!(real.contract(), test.contract());
    let said = |bundle: &Bundle| verify(&bundle.to_bytes(), None);
    assert_eq!(said(&test).proven[0].code, "test_network");
    assert!(said(&real).proven.iter().all(|sentence| sentence.code != "test_network"));
    // The signatures of a trial below the genesis of a contract, and the other way round.
    for (genesis, rest) in [(&real, &test), (&test, &real)] {
        let mixed = Bundle { genesis: genesis.genesis.clone(), charter: genesis.charter.clone(), ..rest.clone() };
        assert!(!said(&mixed).is_proven());
    }
}
