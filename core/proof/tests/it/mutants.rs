//! Bundles that somebody changed, for a second implementation of the verifier: both must find the same in each.
//!
//! `COUNTERSIGN_MUTANTS=<folder>` writes them there: `bundles.bin`, each with its length as 32 bits before it, and
//! `verdicts.jsonl`, a verdict of this program a line. Everything follows from one seed.

use std::collections::{BTreeMap, BTreeSet};

use countersign_chain::{Genesis, Receipt, Statement, StatementKind};
use countersign_codec::{Encode, Reader};
use countersign_contract::{Comment, Erase, Payload};
use countersign_crypto::Digest;
use countersign_merkle::{Proof, Tree};
use countersign_payload::{ErasureReceipt, Heading, Opening, content_hash};
use countersign_proof::{Bundle, Disclosure, Record, Selection, Target, verify};
use countersign_types::{Code, Count, EpochNumber, Outcome, PayloadCommitment, Position, Signed};

use crate::people::{admin, key, mandate, member, party, person};
use crate::story::{Story, appraisal, damage, lease, lease_after_dismissal, loan, note, shared_clerk};

/// How many mutants there are.
const MUTANTS: usize = 10_000;

/// Everybody who can sign in these stories.
const NAMES: [&str; 9] = ["writer", "landlord", "tenant", "bank", "owner", "friend", "smith", "erin", "stranger"];

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
}

/// Bundles that hold: small ones first, since most mutants are made of those.
fn sound() -> Vec<Bundle> {
    let mut all = vec![note().bundle("writer", &Selection::all()).unwrap()];
    let hide_charter = |bundle: &Bundle| {
        let mut hidden = bundle.clone();
        hidden.redact(&[Target::Payload(bundle.genesis.payload)]).unwrap();
        hidden
    };
    all.push(hide_charter(&all[0]));
    let whole = [
        appraisal().bundle("smith", &Selection::all()).unwrap(),
        lease_after_dismissal().bundle("bank", &Selection::all()).unwrap(),
        talk(),
        erased(),
        ahead(),
    ];
    all.extend(whole.iter().map(hide_charter));
    all.push(without_mandates(&all[3]));
    all.push(appraisal().bundle("owner", &Selection::only([])).unwrap());
    all.extend(whole);
    let lease = lease();
    all.push(lease.story.bundle("bank", &Selection::only([lease.guarantee])).unwrap());
    all.push(lease.story.bundle("tenant", &Selection::all()).unwrap());
    all.extend([apart(&all[all.len() - 1], false), apart(&all[all.len() - 1], true)]);
    all.push(shared_clerk().bundle("tenant", &Selection::all()).unwrap());
    all.push(loan().bundle("smith", &Selection::all()).unwrap());
    all.push(hide_charter(&all[all.len() - 1]));
    all.push(damage(false).bundle("friend", &Selection::all()).unwrap());
    all.push(damage(true).bundle("smith", &Selection::all()).unwrap());
    all
}

/// A bundle whose attachments stand apart, and perhaps the payloads of its claims as well.
fn apart(bundle: &Bundle, also_payloads: bool) -> Bundle {
    let mut long = bundle.clone();
    for record in &mut long.claims {
        let attachments = record.attachments.iter_mut();
        let payload = Some(&mut record.payload).filter(|_| also_payloads && attachments.len() == 0);
        for disclosure in attachments.chain(payload) {
            if let Disclosure::Open(opening) = disclosure {
                let (bytes, content) = (opening.bytes().len() as u64, content_hash(opening.bytes()));
                *disclosure = Disclosure::Apart(Heading { salt: *opening.salt(), bytes, content });
            }
        }
    }
    long
}

fn without_mandates(bundle: &Bundle) -> Bundle {
    let mut hidden = bundle.clone();
    let mandates =
        |record: &&Record| matches!(record.statement.kind, StatementKind::Mandate | StatementKind::MandateRevoke);
    let targets: Vec<_> =
        bundle.members.iter().filter(mandates).map(|record| Target::Statement(record.entry.statement)).collect();
    hidden.redact(&targets).unwrap();
    hidden
}

/// A lease in which people also comment and tick, and two introduce one person at once: one of them is rejected.
fn talk() -> Bundle {
    let mut story = lease().story;
    let comment = |text: &str| {
        Payload::Comment(Comment { text: text.into(), media: "text/plain".into(), attachments: Vec::new() })
    };
    story.says("tenant", admin("tenant"), comment("Is the garden in?"));
    story.says("landlord", admin("landlord"), Payload::Tick("main".into()));
    for name in ["landlord", "tenant"] {
        story.submits(name, admin(name), Payload::Identity(person("zoe")), Vec::new());
    }
    story.run(120_000);
    story.bundle("bank", &Selection::all()).unwrap()
}

/// A lease whose text was erased, with the words of some of those who erased it.
fn erased() -> Bundle {
    let mut lease = lease();
    let erase = Erase { commitments: vec![lease.text], reason: "GDPR 17".into() };
    let asked = lease.story.says("landlord", admin("landlord"), Payload::Erase(erase));
    lease.story.erase(&["tenant", "bank"], asked, lease.text);
    lease.story.bundle("bank", &Selection::all()).unwrap()
}

/// Two of three members signed for more than is final.
fn ahead() -> Bundle {
    let mut story: Story = lease().story;
    story.offline.insert(party("bank"));
    story.says("landlord", admin("landlord"), Payload::Mandate(mandate("erin", r#"{"actors":"all","actions":"all"}"#)));
    story.says("tenant", admin("tenant"), Payload::Tick("main".into()));
    story.bundle("tenant", &Selection::all()).unwrap()
}

fn signer(of: countersign_types::IdentityId) -> Option<&'static str> {
    NAMES.into_iter().find(|name| party(name) == of)
}

/// All members sign their receipts again after a change.
fn sign_receipts(bundle: &mut Bundle, change: impl Fn(&mut Receipt)) {
    for receipt in &mut bundle.finality.certificate.receipts {
        if let Some(name) = signer(receipt.party) {
            let mut value = receipt.value().clone();
            change(&mut value);
            *receipt = Signed::sign(value, &key(name, "node"));
        }
    }
}

fn pick<'a, T>(chance: &mut Chance, items: &'a mut [T]) -> Option<&'a mut T> {
    let index = chance.below(items.len());
    items.get_mut(index)
}

/// Removes, repeats or moves one item.
fn shuffle<T: Clone>(chance: &mut Chance, items: &mut Vec<T>) {
    if items.is_empty() {
        return;
    }
    let (one, other) = (chance.below(items.len()), chance.below(items.len()));
    match chance.below(4) {
        0 => drop(items.remove(one)),
        1 => items.push(items[one].clone()),
        2 => items.insert(other, items[one].clone()),
        _ => items.swap(one, other),
    }
}

fn any_record<'a>(chance: &mut Chance, bundle: &'a mut Bundle) -> Option<&'a mut Record> {
    let later = bundle.finality.anchors.iter_mut().flat_map(|anchor| &mut anchor.later);
    let mut records: Vec<_> = bundle.members.iter_mut().chain(&mut bundle.claims).chain(later).collect();
    let index = chance.below(records.len());
    (!records.is_empty()).then(|| records.swap_remove(index))
}

fn disclosure(chance: &mut Chance, contract: countersign_types::ContractId, of: PayloadCommitment) -> Disclosure {
    let words = |chance: &mut Chance, of: PayloadCommitment| {
        let by: BTreeSet<_> = (0..=chance.below(3)).map(|_| NAMES[chance.below(NAMES.len())]).collect();
        let mut by: Vec<_> = by.into_iter().collect();
        by.sort_by_key(|name| party(name));
        let one = |name: &&str| {
            let statement = countersign_types::StatementId::new(Digest::of(b"erase"));
            let time = countersign_types::Timestamp::from_millis(1_772_409_600_000).unwrap();
            let (party, count) = (party(name), Count::new(99));
            let receipt = ErasureReceipt { contract, statement, party, count, commitments: vec![of], time };
            Signed::sign(receipt, &key(name, "node"))
        };
        Disclosure::Erased(by.iter().map(one).collect())
    };
    match chance.below(6) {
        0 => Disclosure::Absent,
        1 => Disclosure::Redacted,
        5 => Disclosure::Apart(Heading { salt: [7; 32], bytes: 2, content: Digest::of(b"{}") }),
        2 => Disclosure::Open(Opening::new([7; 32], b"{}".to_vec())),
        3 => words(chance, of),
        _ => words(chance, PayloadCommitment::new(Digest::of(b"another"))),
    }
}

/// The roots and paths of a whole log, made new after its outcomes changed; all members sign.
fn grow_outcomes_again(bundle: &mut Bundle) {
    let mut tree = Tree::new();
    let mut records: Vec<_> = bundle.members.iter_mut().chain(&mut bundle.claims).collect();
    records.sort_by_key(|record| record.position());
    records.iter().for_each(|record| tree.append(&record.outcome_line().to_bytes()));
    for record in records {
        if let Ok(path) = tree.inclusion_proof(record.position().get() - 1, tree.len()) {
            record.outcome_path = path;
        }
    }
    bundle.checkpoint.outcomes_root = tree.root();
    let Some(anchor) = bundle.finality.anchors.first_mut() else { return };
    anchor.parts.iter_mut().filter(|(name, _)| name == "outcomes").for_each(|part| part.1 = tree.root());
    let hash = anchor.state_hash();
    sign_receipts(bundle, |receipt| receipt.state_hash = hash);
}

/// What members of a log can do to it, all together or alone: the file is well formed afterwards.
fn restructure(chance: &mut Chance, bundle: &mut Bundle) {
    let contract = bundle.contract();
    match chance.below(28) {
        0 => shuffle(chance, &mut bundle.members),
        1 => shuffle(chance, &mut bundle.claims),
        2 => shuffle(chance, &mut bundle.finality.certificate.receipts),
        3 => shuffle(chance, &mut bundle.finality.seals),
        4 => shuffle(chance, &mut bundle.finality.anchors),
        5 => {
            if let Some(anchor) = pick(chance, &mut bundle.finality.anchors) {
                match chance.below(3) {
                    0 => shuffle(chance, &mut anchor.later),
                    1 => shuffle(chance, &mut anchor.parts),
                    _ => anchor.position = Position::new(anchor.position.get() + 1),
                }
            }
        }
        6 => any_record(chance, bundle).into_iter().for_each(|record| record.log_path = Proof::default()),
        7 => any_record(chance, bundle).into_iter().for_each(|record| record.outcome_path = Proof::default()),
        8 | 9 => {
            if let Some(of) = any_record(chance, bundle).map(|record| record.statement.payload) {
                let shown = disclosure(chance, contract, of);
                let record = |record: &&mut Record| record.statement.payload == of;
                bundle.members.iter_mut().chain(&mut bundle.claims).find(record).into_iter().for_each(|record| {
                    record.attachments.clear();
                    record.payload = shown.clone();
                });
            }
        }
        10 => any_record(chance, bundle).into_iter().for_each(|record| {
            record.outcome = Outcome::rejected(Code::known("void"), "by");
        }),
        11 => {
            any_record(chance, bundle).into_iter().for_each(|record| {
                record.outcome = match record.outcome {
                    Outcome::Applied => Outcome::rejected(Code::known("not_open"), ""),
                    _ => Outcome::Applied,
                };
            });
            grow_outcomes_again(bundle);
        }
        12 => any_record(chance, bundle).into_iter().for_each(|record| {
            let name = NAMES[chance.below(NAMES.len())];
            let mut entry = record.entry.value().clone();
            if chance.once_in(2) {
                entry.party = party(name);
            }
            record.entry = Signed::sign(entry, &key(name, "node"));
        }),
        13 => any_record(chance, bundle).into_iter().for_each(|record| {
            let name = NAMES[chance.below(NAMES.len())];
            let mut statement = record.statement.value().clone();
            match chance.below(4) {
                0 => statement.author.identity = party(name),
                1 => statement.payload = PayloadCommitment::new(Digest::of(b"another")),
                2 => statement.contract = countersign_types::ContractId::new(Digest::of(b"another")),
                _ => {}
            }
            record.statement = Signed::sign(statement, &key(name, "admin"));
            if chance.once_in(2) {
                let mut entry = record.entry.value().clone();
                entry.statement = Statement::id(&record.statement);
                record.entry = Signed::sign(entry.clone(), &key(signer(entry.party).unwrap_or("stranger"), "node"));
            }
        }),
        14 => bundle.charter = disclosure(chance, contract, bundle.genesis.payload),
        15 => {
            let mut genesis: Genesis = bundle.genesis.value().clone();
            let name = signer(genesis.members[0].inception.id()).unwrap_or("stranger");
            match chance.below(5) {
                0 => genesis.members.push(member("stranger")),
                1 => genesis.members[0].node = member("stranger").node,
                2 => genesis.scenario = countersign_types::ScenarioId::new(Digest::of(b"another")),
                3 => genesis.members.reverse(),
                _ => genesis.members[0].inception = member("stranger").inception,
            }
            bundle.genesis = Signed::sign(genesis, &key(name, if chance.once_in(4) { "node" } else { "admin" }));
        }
        16 => bundle.checkpoint.position = Position::new(bundle.checkpoint.position.get() + chance.below(3) as u64),
        17 => bundle.checkpoint.path = Proof::default(),
        18 => bundle.checkpoint.outcomes_root = Digest::of(b"another"),
        19 => sign_receipts(bundle, |receipt| receipt.sealed = None),
        20 => sign_receipts(bundle, |receipt| {
            if let Some(seal) = &mut receipt.sealed {
                seal.position = Position::new(seal.position.get() + 1);
            }
        }),
        21 => sign_receipts(bundle, |receipt| receipt.epoch = EpochNumber::new(receipt.epoch.get() + 1)),
        22 => {
            if let Some(receipt) = pick(chance, &mut bundle.finality.certificate.receipts) {
                let name = NAMES[chance.below(NAMES.len())];
                let mut value = receipt.value().clone();
                match chance.below(6) {
                    0 => value.party = party(name),
                    1 => value.state_hash = Digest::of(b"another"),
                    2 => value.log_root = Digest::of(b"another"),
                    3 => value.contract = countersign_types::ContractId::new(Digest::of(b"another")),
                    4 => value.position = Position::new(value.position.get() + 1),
                    _ => {}
                }
                let by = if chance.once_in(3) { Some(name) } else { signer(value.party) };
                *receipt = Signed::sign(value, &key(by.unwrap_or("stranger"), "node"));
            }
        }
        23 => {
            let part = chance.below(8);
            if let Some(anchor) = bundle.finality.anchors.first_mut() {
                anchor.parts.get_mut(part).into_iter().for_each(|part| part.1 = Digest::of(b"another"));
                let hash = anchor.state_hash();
                sign_receipts(bundle, |receipt| receipt.state_hash = hash);
            }
        }
        24 => {
            if chance.once_in(2) && !bundle.claims.is_empty() {
                let record = bundle.claims.remove(chance.below(bundle.claims.len()));
                bundle.members.push(record);
            } else if !bundle.members.is_empty() {
                let record = bundle.members.remove(chance.below(bundle.members.len()));
                bundle.claims.push(record);
            }
        }
        25 => any_record(chance, bundle).into_iter().for_each(|record| shuffle(chance, &mut record.attachments)),
        26 => any_record(chance, bundle).into_iter().for_each(|record| {
            record.attachments.iter_mut().for_each(|shown| {
                let of = PayloadCommitment::new(Digest::of(b"another"));
                *shown = disclosure(chance, contract, of);
            });
        }),
        _ => {
            let targets: Vec<_> =
                bundle.claims.iter().map(|record| Target::Statement(record.entry.statement)).collect();
            if !targets.is_empty() {
                let _ = bundle.redact(&[targets[chance.below(targets.len())]]);
            }
        }
    }
}

/// What all members can sign together: another outcome, or another state, of a log that is whole.
fn lie(chance: &mut Chance, bundle: &mut Bundle) {
    let position = bundle.checkpoint.position;
    let here = bundle.finality.anchors.iter_mut().find(|anchor| anchor.position == position);
    match (chance.below(4), here) {
        (0, Some(anchor)) => {
            let names = ["outcomes", "process:main", "process:main", "sequences"];
            let name = names[chance.below(names.len())];
            anchor.parts.iter_mut().filter(|part| part.0 == name).for_each(|part| part.1 = Digest::of(b"another"));
            let hash = anchor.state_hash();
            sign_receipts(bundle, |receipt| receipt.state_hash = hash);
        }
        (1, _) => {
            any_record(chance, bundle).into_iter().for_each(|record| {
                let by = ["", "/rent", "by"][chance.below(3)];
                record.outcome = Outcome::rejected(Code::known("invalid_data"), by);
            });
            grow_outcomes_again(bundle);
        }
        _ => {
            any_record(chance, bundle).into_iter().for_each(|record| {
                record.outcome = match record.outcome {
                    Outcome::Applied => Outcome::rejected(Code::known("not_open"), ""),
                    _ => Outcome::Applied,
                };
            });
            grow_outcomes_again(bundle);
        }
    }
}

/// Where each section begins, and the end of the last one: lengths counted to what they measure.
fn bounds(bytes: &[u8]) -> Vec<usize> {
    let mut from = Reader::new(bytes);
    from.raw(18).unwrap();
    from.uint().unwrap();
    let mut bounds = vec![bytes.len() - from.rest().len()];
    for _ in 0..5 {
        from.bytes("section", bytes.len()).unwrap();
        bounds.push(bytes.len() - from.rest().len());
    }
    bounds
}

/// What a clumsy or clever hand does to bytes.
fn scribble(chance: &mut Chance, bytes: &mut Vec<u8>) {
    let bounds = bounds(bytes);
    let end = bytes.len() - 32;
    match chance.below(10) {
        0 | 1 => {
            let at = chance.below(bytes.len());
            bytes[at] ^= 1 << chance.below(8);
            return;
        }
        2 => bytes[chance.below(end)] = chance.below(256) as u8,
        3 => bytes.insert(chance.below(end), chance.below(256) as u8),
        4 => drop(bytes.remove(chance.below(end))),
        5 => {
            bytes.truncate(chance.below(bytes.len()));
            return;
        }
        6 => {
            let (from, to, length) = (chance.below(end), chance.below(end), chance.below(80));
            let length = length.min(end - from).min(end - to);
            bytes.copy_within(from..from + length, to);
        }
        7 => {
            let (one, other) = (chance.below(5), chance.below(5));
            let part = |index: usize| bytes[bounds[index]..bounds[index + 1]].to_vec();
            let mut parts: Vec<_> = (0..5).map(part).collect();
            if chance.once_in(3) {
                parts[one] = parts[other].clone();
            } else {
                parts.swap(one, other);
            }
            *bytes = [bytes[..bounds[0]].to_vec(), parts.concat(), vec![0; 32]].concat();
        }
        8 => {
            let at = bounds[chance.below(5)];
            bytes[at] = bytes[at].wrapping_add(chance.below(256) as u8);
        }
        _ => {
            let at = chance.below(19);
            bytes[at] ^= 1 << chance.below(8);
        }
    }
    if chance.once_in(3) {
        return;
    }
    let end = bytes.len() - 32;
    let checksum = Digest::of(&bytes[..end]).to_bytes();
    bytes.splice(end.., checksum);
}

/// The mutant of that number.
fn mutant(sound: &[(Bundle, Vec<u8>)], number: usize) -> Vec<u8> {
    if let Some((_, bytes)) = sound.get(number) {
        return bytes.clone();
    }
    let mut chance = Chance((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    if number.is_multiple_of(16) {
        let whole: Vec<_> =
            sound.iter().filter(|(bundle, _)| !matches!(bundle.charter, Disclosure::Redacted)).collect();
        let mut bundle = whole[chance.below(whole.len())].0.clone();
        lie(&mut chance, &mut bundle);
        return bundle.to_bytes();
    }
    let base = match chance.below(20) {
        0..=8 => 1,
        9..=10 => 0,
        11..=18 => 2 + chance.below(7),
        _ => chance.below(sound.len()),
    };
    let (bundle, bytes) = &sound[base];
    let mut bytes = bytes.clone();
    if !chance.once_in(2) {
        let mut bundle = bundle.clone();
        (0..=chance.below(2)).for_each(|_| restructure(&mut chance, &mut bundle));
        bytes = bundle.to_bytes();
        if !chance.once_in(8) {
            return bytes;
        }
    }
    scribble(&mut chance, &mut bytes);
    bytes
}

#[test]
fn mutants_are_found_out_and_can_be_handed_to_another_verifier() {
    let sound: Vec<_> = sound().into_iter().map(|bundle| (bundle.clone(), bundle.to_bytes())).collect();
    let folder = std::env::var_os("COUNTERSIGN_MUTANTS").map(std::path::PathBuf::from);
    let count = if folder.is_some() { MUTANTS } else { 400 };
    let half = |odd: usize| -> Vec<_> {
        let numbers = (odd..count).step_by(2);
        numbers.map(|number| mutant(&sound, number)).map(|bytes| (verify(&bytes, None), bytes)).collect()
    };
    let (even, odd) = std::thread::scope(|scope| {
        let odd = scope.spawn(|| half(1));
        (half(0), odd.join().unwrap())
    });
    let mut odd = odd.into_iter();
    let all: Vec<_> = even.into_iter().flat_map(|one| [Some(one), odd.next()]).flatten().collect();
    assert_eq!(all.len(), count);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (number, (verdict, _)) in all.iter().enumerate() {
        let code = verdict.finding.as_ref().map_or("proven".to_owned(), |finding| format!("{:?}", finding.fault));
        assert!(number >= sound.len() || code == "proven", "{number}: {:?}", verdict.finding);
        *found.entry(code).or_default() += 1;
    }
    assert!(found.len() > 8, "too few ways to be wrong: {found:?}");
    if let Some(folder) = folder {
        std::fs::create_dir_all(&folder).unwrap();
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_be_bytes();
        let bundles: Vec<_> =
            all.iter().flat_map(|(_, bytes)| [length(bytes).to_vec(), bytes.clone()].concat()).collect();
        let lines = all.iter().map(|(verdict, _)| verdict.to_json().to_string() + "\n");
        std::fs::write(folder.join("bundles.bin"), bundles).unwrap();
        std::fs::write(folder.join("verdicts.jsonl"), lines.collect::<String>()).unwrap();
        println!("{found:?}");
    }
}
