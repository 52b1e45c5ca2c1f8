//! What holds for whatever is said, in whatever order it arrives.

use countersign_ballot::Choice;
use countersign_chain::{LogState, StatementKind};
use countersign_codec::{Decode, Encode, Json};
use countersign_contract::{
    AttachmentRef, Charter, Comment, Confirm, Erase, KeyRotate, NewKey, OutcomeLine, Payload, Propose, Response, Vote,
};
use countersign_crypto::{Digest, Signature};
use countersign_member::KeyPurpose;
use countersign_types::{Code, Outcome, PayloadCommitment, Position, StatementId};
use countersign_workflow::ChangeKind;
use proptest::prelude::*;

use crate::joining::{INVITER_NONCE, invite, join};
use crate::lease::FOUNDERS;
use crate::log::{Log, response_of};
use crate::net::Net;
use crate::people::{Voice, admin, json, mandate, party, person, signing, system, user};
use crate::scenarios::{Founding, appraisal, lease, sale};

/// What somebody says in a random story, valid or not.
fn sentence(choice: u8, who: &str) -> (Voice, Payload) {
    let (own, powers) = (admin(who), r#"{"actors":"all","actions":["sign","draft","comment"]}"#);
    let act = |actor: &str, action: &str| response_of(actor, action, None, "null");
    match choice % 14 {
        0 => (own, act(who, "sign")),
        1 => (own, response_of("landlord", "review", Some("approve"), "{}")),
        2 => (own, response_of("landlord", "review", Some("reject"), r#"{"comment":"no"}"#)),
        3 | 4 => (own, draft("950")),
        5 => (own, act("bank", "guarantee")),
        6 => (own, Payload::Identity(person(&format!("{who}'s")))),
        7 => (own, Payload::Mandate(mandate(person(&format!("{who}'s")).id(), powers))),
        8 => (user(&format!("{who}'s")), act(who, "sign")),
        9 => (user(&format!("{who}'s")), draft("1")),
        10 => {
            (own, Payload::Comment(Comment { text: "hm".into(), media: "text/plain".into(), attachments: Vec::new() }))
        }
        11 => (system(who), Payload::Tick("main".into())),
        12 => (own, Payload::MandateRevoke(StatementId::new(Digest::of(who.as_bytes())))),
        _ => (own, Payload::Erase(Erase { commitments: vec![commitment("x")], reason: String::new() })),
    }
}

fn commitment(of: &str) -> PayloadCommitment {
    PayloadCommitment::new(Digest::of(of.as_bytes()))
}

fn draft(rent: &str) -> Payload {
    response_of("employee", "draft", None, &format!("{{\"rent\":\"{rent}\"}}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nodes say what their people want at any time, messages overtake each other, nodes are away.
    #[test]
    fn honest_nodes_agree_after_quiet(
        chance in any::<u64>(),
        script in prop::collection::vec((0..3_usize, any::<u8>(), 0..6_u8, 0..12_u8), 1..40),
    ) {
        let mut net = Net::new(lease(), &FOUNDERS).shuffled(chance);
        let mut said = Vec::new();
        for (who, choice, steps, event) in script {
            let who = FOUNDERS[who];
            match event {
                0 => { net.party(who).offline(); }
                1 | 2 => { net.party(who).back(); }
                3 => { net.party(who).restart(); }
                4 => net.run(1_000),
                _ => {}
            }
            let result = if choice % 14 == 3 {
                net.party(who).drafts_lease(&admin(who), "950")
            } else {
                let (voice, payload) = sentence(choice, who);
                net.party(who).says(&voice, payload)
            };
            said.extend(result);
            for _ in 0..steps {
                net.step();
            }
        }
        for who in FOUNDERS {
            net.party(who).back();
        }
        net.run(7_200_000);
        net.agree();
        // No statement that a node took is lost, and each stands there once.
        let log = net.outcomes("bank");
        for statement in said {
            prop_assert_eq!(log.iter().filter(|(other, _)| *other == statement).count(), 1);
        }
        prop_assert_eq!(net.strikes(), Vec::<String>::new());
        // Replaying the log from genesis gives the same state as having followed it.
        for who in FOUNDERS {
            let before = net.state(who).hash();
            net.party(who).restart();
            prop_assert_eq!(net.state(who).hash(), before);
        }
    }

    /// Everything gets a place here, right or wrong, and a second reading gives the same.
    #[test]
    fn replay_from_genesis_gives_the_same_state(
        script in prop::collection::vec((0..3_usize, any::<u8>(), -2_i64..40), 1..60),
    ) {
        let mut log = Log::new(&lease());
        let mut outcomes = Vec::new();
        for (who, choice, days) in script {
            log.wait(days * 3_600_000);
            let (voice, payload) = sentence(choice, FOUNDERS[who]);
            outcomes.push(log.say(&voice, payload));
        }
        let again = log.again(&lease());
        prop_assert_eq!(again.state.hash(), log.state.hash());
        prop_assert_eq!(again.state.outcomes().root(), log.state.outcomes().root());
    }

    #[test]
    fn no_payload_makes_a_node_panic(kind in 0..11_usize, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Payload::from_bytes(StatementKind::ALL[kind], &bytes);
    }

    /// Text that is almost right.
    #[test]
    fn nor_does_one_that_is_almost_right(kind in 0..11_usize, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for payload in examples() {
            let mut bytes = payload.to_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(read) = Payload::from_bytes(payload.kind(), &bytes) {
                prop_assert_eq!(read.kind(), payload.kind());
                // What is read has one text.
                let text = read.to_bytes();
                prop_assert_eq!(Payload::from_bytes(payload.kind(), &text), Ok(read));
            }
            let _ = Payload::from_bytes(StatementKind::ALL[kind], &payload.to_bytes());
        }
    }

    #[test]
    fn responses_keep_whatever_they_carry(
        actor in ".{0,20}", action in ".{0,20}", response in proptest::option::of(".{0,20}"), text in ".{0,40}",
        number in -9_007_199_254_740_991_i64..=9_007_199_254_740_991, bytes in 0..9_007_199_254_740_991_u64,
    ) {
        let data = Json::map([("a", Json::text(text.clone())), ("b", Json::List(vec![Json::Int(number), Json::Null]))]);
        let reference = AttachmentRef { commitment: commitment(&text), name: text, media: "x/y".into(), bytes };
        let attachments = [(actor.clone(), vec![reference])].into();
        let payload = Payload::Response(Response { process: "main".into(), actor, action, response, data, attachments });
        prop_assert_eq!(Payload::from_bytes(StatementKind::Response, &payload.to_bytes()), Ok(payload));
    }

    #[test]
    fn no_charter_makes_a_node_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Charter::from_bytes(&bytes, &lease().genesis.scenario);
    }

    #[test]
    fn outcome_lines_decode_to_themselves(position in any::<u64>(), by in ".{0,100}", rule in "[a-z_]{1,48}") {
        let outcome = Outcome::rejected(Code::new(&rule).unwrap(), by);
        let statement = StatementId::new(Digest::of(rule.as_bytes()));
        let line = OutcomeLine { position: Position::new(position), statement, outcome };
        prop_assert_eq!(OutcomeLine::from_bytes(&line.to_bytes()), Ok(line));
    }
}

/// A payload of each kind.
pub fn examples() -> Vec<Payload> {
    let contract = countersign_chain::Genesis::contract(&lease().genesis);
    let invitation = StatementId::new(Digest::of(b"invitation"));
    let erin = person("erin").id();
    let powers = r#"{"actors":["employee"],"actions":"all","limits":[{"field":"rent","max":"1000"}],
        "from":"2026-03-03T00:00:00Z","until":"2027-03-03T00:00:00Z"}"#;
    let new = signing(KeyPurpose::User, "erin", "new");
    let mut response = response_of("employee", "draft", Some("ok"), r#"{"rent":"950"}"#);
    if let Payload::Response(response) = &mut response {
        let reference = AttachmentRef {
            commitment: commitment("text"),
            name: "lease.pdf".into(),
            media: "application/pdf".into(),
            bytes: 15,
        };
        response.attachments.insert("text".into(), vec![reference]);
    }
    let Payload::Join(join) = join(contract, invitation, "smith", r#"{"assessor":{"licence":"A1"}}"#) else { panic!() };
    vec![
        response,
        invite("assessor", 20),
        Payload::Join(join),
        Payload::Confirm(Confirm { invitation, nonce: INVITER_NONCE }),
        Payload::Identity(person("erin")),
        Payload::Mandate(mandate(erin, powers)),
        Payload::MandateRevoke(StatementId::new(Digest::of(b"mandate"))),
        Payload::KeyRotate(KeyRotate {
            identity: erin,
            add: vec![NewKey { key: new, proof: Some(Signature::new([9; 64])) }],
            retire: vec![user("erin").key_id()],
            overlap: Some(0),
        }),
        Payload::Comment(Comment {
            text: "Is the garden in?".into(),
            media: "text/plain".into(),
            attachments: Vec::new(),
        }),
        Payload::Tick("main".into()),
        Payload::Erase(Erase { commitments: vec![commitment("text")], reason: "GDPR 17(1)(b)".into() }),
        Payload::Propose(Box::new(Propose {
            change: ChangeKind::Dispute,
            of: Digest::of(b"scenario"),
            document: json(r#"{"scenario":"countersign/deviation/v1"}"#),
            to: None,
            entry: Some(invitation),
        })),
        Payload::Vote(Vote { proposal: invitation, document: Digest::of(b"document"), choice: Choice::Yes }),
    ]
}

#[test]
fn every_payload_reads_back_as_itself() {
    let examples = examples();
    let kinds: Vec<_> = examples.iter().map(Payload::kind).collect();
    assert_eq!(kinds, StatementKind::ALL);
    for payload in examples {
        assert_eq!(Payload::from_bytes(payload.kind(), &payload.to_bytes()), Ok(payload.clone()));
        for other in StatementKind::ALL.into_iter().filter(|kind| *kind != payload.kind()) {
            let read = Payload::from_bytes(other, &payload.to_bytes());
            assert!(read.is_err(), "{payload:?} is no {other:?}");
        }
    }
}

/// Each part of the state is in its hash.
#[test]
fn the_hash_covers_every_part() {
    let parts = |log: &Log| log.state.sub_hashes();
    let changed = |before: &Log, after: &Log| -> Vec<String> {
        assert_ne!(before.state.hash(), after.state.hash());
        let pairs = parts(before).into_iter().zip(parts(after));
        pairs.filter(|(before, after)| before != after).map(|(before, _)| before.0).collect()
    };
    let say = |log: &Log, voice: &Voice, payload: Payload| {
        let mut next = log.clone();
        let outcome = next.say(voice, payload);
        assert_eq!(outcome, "applied");
        next
    };
    let owner = admin("owner");
    let log = Log::new(&appraisal());
    let said = |names: &[&str]| {
        let mut all: Vec<String> =
            ["outcomes", "sequences"].iter().chain(names).map(|name| (*name).to_owned()).collect();
        all.sort_unstable();
        all
    };
    let expect = |before: &Log, after: &Log, names: &[&str]| {
        let mut found = changed(before, after);
        found.sort_unstable();
        assert_eq!(found, said(names));
    };
    let introduced = say(&log, &owner, Payload::Identity(person("erin")));
    expect(&log, &introduced, &["identities"]);
    let powers = mandate(person("erin").id(), r#"{"actors":"all","actions":[]}"#);
    expect(&introduced, &say(&introduced, &owner, Payload::Mandate(powers)), &["mandates"]);
    expect(&log, &say(&log, &owner, response_of("owner", "ask", None, "null")), &["process:main"]);
    let invited = say(&log, &owner, invite("assessor", 50));
    expect(&log, &invited, &["invitations"]);
    let joined = say(&invited, &admin("smith"), join(invited.state.contract(), invited.last, "smith", "{}"));
    expect(&invited, &joined, &["identities", "invitations"]);
    let confirm = Payload::Confirm(Confirm { invitation: invited.last, nonce: INVITER_NONCE });
    expect(&joined, &say(&joined, &owner, confirm), &["epoch", "invitations", "process:main"]);
    // Before the process starts, its part is who is bound.
    let other = Founding::new(crate::scenarios::SALE, &["seller", "friend"], &[("seller", "friend")]);
    let bound = Founding::new(crate::scenarios::SALE, &["seller", "friend"], &[("seller", "seller")]);
    assert_ne!(parts(&Log::new(&other))[5], parts(&Log::new(&bound))[5]);
    assert_eq!(parts(&Log::new(&sale()))[5], parts(&Log::new(&bound))[5]);
}

#[test]
fn a_charter_has_one_text() {
    let founding = lease();
    let read = |bytes: &[u8]| Charter::from_bytes(bytes, &founding.genesis.scenario).map(|charter| charter.to_json());
    let text = String::from_utf8(founding.opening.bytes().to_vec()).unwrap();
    assert_eq!(read(text.as_bytes()).unwrap().canonical(), text.as_bytes());
    // A scenario that is known already changes nothing but the time it takes, and is no way around its id.
    let scenario = |one: &Founding| Charter::from_bytes(one.opening.bytes(), &one.genesis.scenario).unwrap().scenario;
    let known = [scenario(&founding), scenario(&sale())];
    for other in &known {
        let read = Charter::from_bytes_knowing(text.as_bytes(), &founding.genesis.scenario, Some(other)).unwrap();
        assert_eq!(read.to_json().canonical(), text.as_bytes());
        assert_eq!(read.scenario.digest(), known[0].digest());
    }
    let other = Charter::from_bytes_knowing(text.as_bytes(), &sale().genesis.scenario, Some(&known[0]));
    assert!(other.unwrap_err().to_string().contains("is not the one"));
    let changed = |from: &str, to: &str| {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text);
        read(other.as_bytes()).unwrap_err().to_string()
    };
    assert!(changed(r#""bank":{"data":{},"#, r#""bank":{"also":1,"data":{},"#).contains("bank"));
    assert!(changed(r#""bank":{"#, r#""banker":{"#).contains("banker"));
    assert!(changed(r#""inputs":{}"#, r#""inputs":[]"#).contains("inputs"));
    assert!(changed("Lease of a dwelling", "Lease of a castle").contains("is not the one"));
    assert!(changed(&party("bank").to_string(), "idn_x").contains("bank"));
    // An actor who follows another is bound with it.
    let follower = format!(r#""actors":{{"employee":{{"data":{{}},"party":"{}"}},"#, party("landlord"));
    let with_follower = text.replacen(r#""actors":{"#, &follower, 1).replacen(r#""employee""#, r#""bank0""#, 1);
    assert!(read(with_follower.as_bytes()).is_err());
}
