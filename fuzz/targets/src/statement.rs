//! What nodes and people sign, and what travels between nodes.

use countersign_chain::{Certificate, Entry, FraudProof, Genesis, Receipt, SignedItem, Statement, StatementKind};
use countersign_codec::{Decode, Encode};
use countersign_contract::{Payload, State};
use countersign_crypto::SigningKey;
use countersign_member::{IdentityKey, InvitationProof, Member, NodeRecord, SignedInception};
use countersign_payload::{ErasureReceipt, Opening};
use countersign_replica::{Item, Message};
use countersign_types::{Signed, from_base32};

use crate::codec::one_spelling;
use crate::seeds;

/// Reads the bytes as each signed object, as each payload and as each message.
pub fn run(bytes: &[u8]) {
    if let Some(genesis) = one_spelling::<Signed<Genesis>>(bytes) {
        let _ = Genesis::check(&genesis);
    }
    one_spelling::<Signed<Statement>>(bytes);
    one_spelling::<Signed<Entry>>(bytes);
    one_spelling::<Signed<Receipt>>(bytes);
    one_spelling::<Signed<ErasureReceipt>>(bytes);
    one_spelling::<Signed<NodeRecord>>(bytes);
    one_spelling::<SignedItem>(bytes);
    one_spelling::<Certificate>(bytes);
    one_spelling::<FraudProof>(bytes);
    one_spelling::<IdentityKey>(bytes);
    one_spelling::<InvitationProof>(bytes);
    one_spelling::<Opening>(bytes);
    one_spelling::<Item>(bytes);
    one_spelling::<Message>(bytes);
    if let Some(inception) = one_spelling::<SignedInception>(bytes) {
        let _ = inception.check();
    }
    if let Some(member) = one_spelling::<Member>(bytes) {
        let _ = (member.party(), member.is_sound());
    }
    for kind in StatementKind::ALL {
        if let Ok(payload) = Payload::from_bytes(kind, bytes) {
            assert_eq!(payload.kind(), kind);
            assert_eq!(payload.to_bytes(), bytes, "a payload {} has two spellings", kind.as_str());
        }
    }
    found(bytes);
}

/// The two parts of a founding, joined: a charter is read against the genesis that names it, as if that committed to it.
fn found(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let Some((genesis, charter)) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))) else { return };
    let Some(genesis) = one_spelling::<Signed<Genesis>>(genesis) else { return };
    let opening = Opening::new([1; 32], charter.to_vec());
    let genesis = Genesis { payload: opening.commitment(), ..genesis.value().clone() };
    let _ = State::found(&Signed::sign(genesis, &SigningKey::new([1; 32])), &opening, None, countersign_proof::read);
}

/// The vectors of log and contract, and what stands inside of them.
pub fn seeds() -> Vec<Vec<u8>> {
    let (log, contract) = (seeds::json("log.json"), seeds::json("contract.json"));
    let mut all = Vec::new();
    for object in log["signed"].as_array().into_iter().flatten() {
        let parts = [&object["bytes"], &object["signature"]].map(|part| seeds::hex(part.as_str().unwrap_or_default()));
        all.extend(parts.into_iter().collect::<Option<Vec<_>>>().map(|parts| parts.concat()));
    }
    all.extend(seeds::hex_in(&log));
    all.extend(seeds::hex_in(&contract));
    let payloads = contract["payloads"].as_array().into_iter().flatten();
    let payloads: Vec<&str> = payloads.filter_map(|payload| payload["payload"].as_str()).collect();
    // The objects inside of payloads stand there in base32.
    let inner = payloads.iter().flat_map(|payload| seeds::texts(&serde_json::from_str(payload).unwrap_or_default()));
    all.extend(inner.filter_map(|text| from_base32(&text)));
    all.extend(payloads.iter().map(|payload| payload.as_bytes().to_vec()));
    all.extend(founding(&contract["genesis"]));
    all.push(Message::Sync { have: Vec::new(), items: Vec::new(), proofs: Vec::new() }.to_bytes());
    all
}

fn founding(genesis: &serde_json::Value) -> Option<Vec<u8>> {
    let bytes = seeds::hex(genesis["bytes"].as_str()?)?;
    let length = u16::try_from(bytes.len()).ok()?.to_be_bytes();
    let charter = Opening::from_bytes(&seeds::hex(genesis["charter"].as_str()?)?).ok()?;
    Some([&length[..], &bytes, charter.bytes()].concat())
}
