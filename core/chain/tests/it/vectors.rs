//! `docs/spec/vectors/log.json`: other implementations pass it too. `COUNTERSIGN_BLESS=1` writes it anew.
use countersign_chain::{
    Author, Basis, Certificate, Entry, FraudKind, FraudProof, GENESIS_FORMAT, Genesis, LANGUAGE_VERSION, PayloadClass,
    Receipt, Seal, Settings, SignedItem, Statement, StatementKind,
};
use countersign_codec::{Decode, Encode};
use countersign_crypto::{Digest, SealingSecret, Signer, SigningKey};
use countersign_member::{
    IdentityKey, IdentityKind, Inception, KeyId, KeyPurpose, Member, NodeRecord, SignedInception,
};
use countersign_merkle::Frontier;
use countersign_payload::{ErasureReceipt, Opening};
use countersign_types::{
    ContractId, Count, EntryId, EpochNumber, Position, ReceiptId, ScenarioId, Sequence, Signable, Signed, Term,
    Timestamp, View,
};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/log.json");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// A member with fixed keys: secrets are 32 times `first`, `first` + 1, `first` + 2.
struct Party {
    person: SigningKey,
    node: SigningKey,
    member: Member,
}

fn party(first: u8) -> Party {
    let (person, node) = (SigningKey::new([first; 32]), SigningKey::new([first + 1; 32]));
    let keys = vec![IdentityKey::signing(KeyPurpose::Admin, person.public_key()).unwrap()];
    let inception = Inception { kind: IdentityKind::Organisation, keys, nonce: [first; 16] };
    let inception = SignedInception::sign(inception, &[&person]).unwrap();
    let record = NodeRecord {
        node_key: node.public_key(),
        sealing_key: SealingSecret::new([first + 2; 32]).public_key(),
        urls: vec![format!("https://{first}.example")],
        tls: Digest::of(&[first]),
        sequence: 1,
    };
    let member = Member { inception, node: Signed::sign(record, &node) };
    Party { person, node, member }
}

fn genesis(parties: &[Party]) -> Signed<Genesis> {
    let genesis = Genesis {
        format: GENESIS_FORMAT,
        language: LANGUAGE_VERSION,
        nonce: [7; 32],
        members: parties.iter().map(|party| party.member.clone()).collect(),
        scenario: ScenarioId::new(Digest::of(b"scenario")),
        settings: Settings::default(),
        payload: Opening::new([8; 32], b"{}".as_slice()).commitment(),
        time: Timestamp::from_millis(1_767_225_600_000).unwrap(),
    };
    genesis.found(&parties[0].person).unwrap()
}

fn statement(contract: ContractId, genesis: EntryId, by: &Party, nonce: u8) -> Signed<Statement> {
    let statement = Statement {
        contract,
        kind: StatementKind::Comment,
        author: Author { identity: by.member.party(), key: KeyId::of_signing(&by.person.public_key()) },
        sequence: Sequence::new(1),
        basis: Basis { position: Position::ZERO, entry: genesis, seen: None },
        requires: Vec::new(),
        time: Timestamp::from_millis(1_767_225_660_000).unwrap(),
        nonce: [nonce; 16],
        payload: Opening::new([nonce; 32], b"{\"text\":\"received\"}".as_slice()).commitment(),
        class: PayloadClass::Shared,
    };
    Signed::sign(statement, &by.person)
}

fn entry(contract: ContractId, genesis: EntryId, of: &Signed<Statement>, by: &Party, count: u64) -> Signed<Entry> {
    let entry = Entry {
        contract,
        lane: 0,
        position: Position::new(1),
        previous: genesis,
        statement: Statement::id(of),
        party: by.member.party(),
        count: Count::new(count),
    };
    Signed::sign(entry, &by.node)
}

fn receipt(
    contract: ContractId,
    genesis: EntryId,
    of: EntryId,
    by: &Party,
    view: u64,
    opens: Option<ReceiptId>,
) -> Signed<Receipt> {
    let mut frontier = Frontier::new();
    frontier.append(genesis.bytes());
    frontier.append(of.bytes());
    let position = Position::new(1);
    let receipt = Receipt {
        contract,
        party: by.member.party(),
        epoch: EpochNumber::ZERO,
        term: Term::ZERO,
        view: View::new(view),
        count: Count::new(2 + view),
        position,
        entry: of,
        log_root: frontier.root(),
        state_hash: Digest::of(b"state"),
        sealed: Some(Seal { position, entry: of }),
        opens,
    };
    Signed::sign(receipt, &by.node)
}

fn erasure(contract: ContractId, asked: &Signed<Statement>, by: &Party) -> Signed<ErasureReceipt> {
    let receipt = ErasureReceipt {
        contract,
        statement: Statement::id(asked),
        party: by.member.party(),
        count: Count::new(4),
        commitments: vec![Opening::new([9; 32], b"%PDF".as_slice()).commitment()],
        time: Timestamp::from_millis(1_767_225_720_000).unwrap(),
    };
    Signed::sign(receipt, &by.node)
}

fn case<T: Signable>(name: &str, signed: &Signed<T>, id: String) -> Value {
    let bytes = signed.value().to_bytes();
    json!({"object": name, "id": id, "bytes": hex(&bytes), "signature": hex(signed.signature().bytes())})
}

fn generated() -> Value {
    let parties = [party(1), party(11)];
    let founded = genesis(&parties);
    let (contract, start) = (Genesis::contract(&founded), Genesis::entry(&founded));
    let (one, other) = (&parties[0], &parties[1]);
    let said = [statement(contract, start, one, 1), statement(contract, start, one, 2)];
    let entries = [entry(contract, start, &said[0], one, 1), entry(contract, start, &said[1], one, 1)];
    let first = Entry::id(&entries[0]);
    let receipts = [receipt(contract, start, first, one, 0, None), receipt(contract, start, first, other, 0, None)];
    let opening = receipt(contract, start, first, one, 1, Some(Receipt::id(&receipts[1])));
    let doubled = FraudProof::double_entry(entries[0].clone(), entries[1].clone());
    let counted =
        FraudProof::double_count(SignedItem::Entry(entries[0].clone()), SignedItem::Entry(entries[1].clone()));
    assert!(doubled.holds(&one.node.public_key()) && counted.holds(&one.node.public_key()));
    assert_eq!((doubled.kind, counted.kind), (FraudKind::DoubleEntry, FraudKind::DoubleCount));
    let gone = erasure(contract, &said[0], one);
    let mut sorted = receipts.to_vec();
    sorted.sort_by_key(|receipt| receipt.party);
    let certificate = Certificate { view: View::ZERO, position: Position::new(1), entry: first, receipts: sorted };
    json!({
        "keys": "person, node and sealing secrets of the creator are 32 bytes 01, 02, 03, of the other party 0b, 0c, 0d",
        "signed": [
            case("genesis", &founded, contract.to_string()),
            case("statement", &said[0], Statement::id(&said[0]).to_string()),
            case("entry", &entries[0], first.to_string()),
            case("receipt", &receipts[0], Receipt::id(&receipts[0]).to_string()),
            case("receipt", &opening, Receipt::id(&opening).to_string()),
            case("erasure receipt", &gone, gone.digest().to_string()),
        ],
        "unsigned": [
            {"object": "fraud proof", "id": doubled.id().to_string(), "bytes": hex(&doubled.to_bytes())},
            {"object": "fraud proof", "id": counted.id().to_string(), "bytes": hex(&counted.to_bytes())},
            {"object": "certificate", "bytes": hex(&certificate.to_bytes())},
        ],
    })
}

/// Reads a signed object, and gives its id.
fn read(object: &str, bytes: &[u8]) -> String {
    match object {
        "genesis" => {
            let genesis = Signed::<Genesis>::from_bytes(bytes).unwrap();
            assert_eq!(Genesis::check(&genesis), Ok(()));
            Genesis::contract(&genesis).to_string()
        }
        "statement" => Statement::id(&Signed::from_bytes(bytes).unwrap()).to_string(),
        "entry" => Entry::id(&Signed::from_bytes(bytes).unwrap()).to_string(),
        "receipt" => Receipt::id(&Signed::from_bytes(bytes).unwrap()).to_string(),
        "erasure receipt" => Signed::<ErasureReceipt>::from_bytes(bytes).unwrap().digest().to_string(),
        "fraud proof" => FraudProof::from_bytes(bytes).unwrap().id().to_string(),
        _ => panic!("{object}"),
    }
}

#[test]
fn the_vectors_of_the_log_hold() {
    let text = format!("{:#}\n", generated());
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let held = std::fs::read_to_string(FILE).unwrap();
    assert!(held == text, "docs/spec/vectors/log.json differs; COUNTERSIGN_BLESS=1 writes it anew");
    let held: Value = serde_json::from_str(&held).unwrap();
    for case in held["signed"].as_array().unwrap() {
        let bytes = unhex(case["bytes"].as_str().unwrap());
        let whole = [bytes, unhex(case["signature"].as_str().unwrap())].concat();
        assert_eq!(read(case["object"].as_str().unwrap(), &whole), case["id"].as_str().unwrap());
    }
    for case in held["unsigned"].as_array().unwrap().iter().filter(|case| case["id"].is_string()) {
        let bytes = unhex(case["bytes"].as_str().unwrap());
        assert_eq!(read(case["object"].as_str().unwrap(), &bytes), case["id"].as_str().unwrap());
    }
}
