//! Why everything up to a place is final, and what the members signed for there.

use std::collections::BTreeSet;

use countersign_chain::{Certificate, Genesis, Receipt};
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::{Digest, Hasher, Namespace};
use countersign_member::{Epoch, MEMBERS_MAX};
use countersign_merkle::{Proof, verify_consistency, verify_inclusion};
use countersign_types::{EntryId, Position, Signed};

use crate::{Bundle, Fault, Finding, Record, Section};

/// Most named parts of a state hash.
pub const PARTS_MAX: usize = 1_024;
const PART_NAME_BYTES_MAX: usize = 1_024;

/// The place up to which the bundle shows the log, and the roots that all paths lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its position: at least 1.
    pub position: Position,
    /// The final entry.
    pub entry: EntryId,
    /// Root of the log tree up to the entry.
    pub log_root: Digest,
    /// Root of the outcomes tree up to the entry.
    pub outcomes_root: Digest,
    /// Path of the entry to the log root.
    pub path: Proof,
}

/// The signatures of all members, and what leads from the checkpoint to what they signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finality {
    /// One receipt of each member, with seals.
    pub certificate: Certificate,
    /// For each receipt the path of the entry that it seals to its log root.
    pub seals: Vec<Proof>,
    /// What the receipts sign, strictly ascending by position and log root; each is signed by at least one of them.
    pub anchors: Vec<Anchor>,
}

/// A log and state that at least one receipt signs: those at the checkpoint, or later ones.
///
/// A receipt is cumulative, and a member may have signed for more than what is final. That the log and outcomes up to
/// the checkpoint are the beginning of what it signed for is proven by consistency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Position of the receipts' entry.
    pub position: Position,
    /// Root of the log tree up to there.
    pub log_root: Digest,
    /// The named parts of the state hash there, strictly ascending by name: at most [`PARTS_MAX`].
    pub parts: Vec<(String, Digest)>,
    /// That the log at the checkpoint is its beginning.
    pub log_path: Proof,
    /// That the outcomes at the checkpoint are its beginning.
    pub outcomes_path: Proof,
    /// Applied statements about members, keys and mandates after the checkpoint: they are in the state that was
    /// signed for, so without them it cannot be shown that none before the checkpoint is left out.
    pub later: Vec<Record>,
}

impl Anchor {
    /// The state hash (contract log §13.8).
    pub fn state_hash(&self) -> Digest {
        let mut out = Writer::default();
        self.parts.iter().for_each(|part| encode_part(part, &mut out));
        Hasher::named(Namespace::State).with(&out.into_bytes()).finish()
    }

    /// A named part of the state.
    pub fn part(&self, name: &str) -> Option<&Digest> {
        self.parts.iter().find(|(other, _)| other == name).map(|(_, hash)| hash)
    }

    /// Whether a receipt signs for this log and state.
    pub fn is_signed_by(&self, receipt: &Receipt, state_hash: &Digest) -> bool {
        receipt.position == self.position && receipt.log_root == self.log_root && receipt.state_hash == *state_hash
    }

    /// How many entries its log has, genesis included.
    pub(crate) fn size(&self) -> u64 {
        self.position.get().saturating_add(1)
    }
}

/// Everything about the checkpoint that can be checked before the members are known: one beginning of the log and of
/// its outcomes lies under every receipt and every seal.
pub(crate) fn check_roots(bundle: &Bundle) -> Result<(), Finding> {
    let checkpoint = &bundle.checkpoint;
    let certificate = &bundle.finality.certificate;
    let position = checkpoint.position.get();
    let size = position.saturating_add(1);
    let on_log = verify_inclusion(checkpoint.entry.bytes(), position, size, &checkpoint.path, &checkpoint.log_root);
    if position == 0 || on_log.is_err() {
        let message = "the entry is not under the log root";
        return Err(Finding::new(Section::Checkpoint, "checkpoint.path", Fault::BadPath, message));
    }
    if (certificate.position, certificate.entry) != (checkpoint.position, checkpoint.entry) {
        let message = "the certificate is for another entry than the checkpoint";
        return Err(Finding::new(Section::Certificate, "certificate.entry", Fault::Mismatch, message));
    }
    check_founders(bundle)?;
    check_anchors(bundle)?;
    check_seals(bundle)
}

/// Founders' keys stand in genesis: what a founder did not sign is found before anything rests on it.
fn check_founders(bundle: &Bundle) -> Result<(), Finding> {
    let founders = Genesis::epoch(&bundle.genesis);
    for (index, receipt) in bundle.finality.certificate.receipts.iter().enumerate() {
        if founders.contains(&receipt.party) {
            check_signature(index, receipt, &founders)?;
        }
    }
    Ok(())
}

fn check_signature(index: usize, receipt: &Signed<Receipt>, epoch: &Epoch) -> Result<(), Finding> {
    let holds = epoch.node_key(&receipt.party).is_some_and(|key| receipt.verify(key).is_ok());
    if holds { Ok(()) } else { Err(receipt_fault(index, Fault::BadSignature, "the signature does not hold")) }
}

fn receipt_fault(index: usize, fault: Fault, message: &str) -> Finding {
    Finding::new(Section::Certificate, format!("certificate.receipts[{index}]"), fault, message)
}

fn anchor_fault(index: usize, part: &str, fault: Fault, message: &str) -> Finding {
    Finding::new(Section::Certificate, format!("certificate.anchors[{index}].{part}"), fault, message)
}

fn check_anchors(bundle: &Bundle) -> Result<(), Finding> {
    let checkpoint = &bundle.checkpoint;
    let Finality { certificate, anchors, .. } = &bundle.finality;
    let hashes: Vec<Digest> = anchors.iter().map(Anchor::state_hash).collect();
    let mut used = BTreeSet::new();
    for (index, receipt) in certificate.receipts.iter().enumerate() {
        let mut signed = anchors.iter().zip(&hashes);
        match signed.position(|(anchor, hash)| anchor.is_signed_by(receipt, hash)) {
            Some(anchor) => used.insert(anchor),
            None => return Err(receipt_fault(index, Fault::Mismatch, "the log or state that it signs is not here")),
        };
    }
    let size = checkpoint.position.get().saturating_add(1);
    for (index, anchor) in anchors.iter().enumerate() {
        let fail = |part, fault, message| Err(anchor_fault(index, part, fault, message));
        if !used.contains(&index) {
            return fail("state", Fault::Mismatch, "no receipt signs for it");
        }
        // What the receipts sign is known to be whole here, so of two roots for one place the checkpoint's is wrong.
        let same_place = anchor.position == checkpoint.position;
        if same_place
            && (anchor.log_root, anchor.part("outcomes")) != (checkpoint.log_root, Some(&checkpoint.outcomes_root))
        {
            let message = "its roots are not those that the members sign";
            return Err(Finding::new(Section::Checkpoint, "checkpoint", Fault::Mismatch, message));
        }
        let log = verify_consistency(size, anchor.size(), &anchor.log_path, &checkpoint.log_root, &anchor.log_root);
        if log.is_err() {
            return fail("log_path", Fault::BadPath, "the log at the checkpoint is not its beginning");
        }
        let Some(outcomes) = anchor.part("outcomes") else {
            return fail("state", Fault::Mismatch, "the state has no outcomes");
        };
        let (old, new) = (checkpoint.position.get(), anchor.position.get());
        if verify_consistency(old, new, &anchor.outcomes_path, &checkpoint.outcomes_root, outcomes).is_err() {
            return fail("outcomes_path", Fault::BadPath, "the outcomes at the checkpoint are not its beginning");
        }
    }
    Ok(())
}

fn check_seals(bundle: &Bundle) -> Result<(), Finding> {
    let Finality { certificate, seals, .. } = &bundle.finality;
    if seals.len() != certificate.receipts.len() {
        let message = "not one path for each receipt";
        return Err(Finding::new(Section::Certificate, "certificate.seals", Fault::Mismatch, message));
    }
    for (index, (receipt, path)) in certificate.receipts.iter().zip(seals).enumerate() {
        let fail = |message| Err(receipt_fault(index, Fault::NotFinal, message));
        let own = receipt.contract == bundle.contract()
            && receipt.view == certificate.view
            && receipt.term.get() == 0
            && receipt.opens.is_some() == receipt.view.previous().is_some();
        if !own {
            return Err(receipt_fault(index, Fault::Mismatch, "a receipt of another contract, term or view"));
        }
        let Some(seal) = receipt.sealed else { return fail("it seals nothing") };
        if seal.position < certificate.position || seal.position > receipt.position {
            return fail("it does not seal the checkpoint or an entry after it");
        }
        let size = receipt.position.get().saturating_add(1);
        if verify_inclusion(seal.entry.bytes(), seal.position.get(), size, path, &receipt.log_root).is_err() {
            let object = format!("certificate.seals[{index}]");
            let message = "the sealed entry is not on the log that the receipt signs";
            return Err(Finding::new(Section::Certificate, object, Fault::BadPath, message));
        }
    }
    Ok(())
}

/// Whether exactly the members of `epoch` signed.
pub(crate) fn check_signers(bundle: &Bundle, epoch: &Epoch) -> Result<(), Finding> {
    let receipts = &bundle.finality.certificate.receipts;
    if !epoch.parties().eq(receipts.iter().map(|receipt| receipt.party)) {
        let message = format!("not exactly one receipt of each of the {} members, in their order", epoch.len());
        return Err(Finding::new(Section::Certificate, "certificate.receipts", Fault::NotFinal, message));
    }
    receipts.iter().enumerate().try_for_each(|(index, receipt)| check_signature(index, receipt, epoch))
}

fn encode_part((name, hash): &(String, Digest), out: &mut Writer) {
    out.text(name);
    hash.encode(out);
}

impl Encode for Checkpoint {
    fn encode(&self, out: &mut Writer) {
        self.position.encode(out);
        self.entry.encode(out);
        self.log_root.encode(out);
        self.outcomes_root.encode(out);
        self.path.encode(out);
    }
}

impl Decode for Checkpoint {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            position: Position::decode(from)?,
            entry: EntryId::decode(from)?,
            log_root: Digest::decode(from)?,
            outcomes_root: Digest::decode(from)?,
            path: Proof::decode(from)?,
        })
    }
}

impl Encode for Finality {
    fn encode(&self, out: &mut Writer) {
        self.certificate.encode(out);
        out.list(self.seals.iter());
        out.list(self.anchors.iter());
    }
}

impl Decode for Finality {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let certificate = Certificate::decode(from)?;
        let seals = from.list("seals", MEMBERS_MAX)?;
        let anchors: Vec<Anchor> = from.list("anchors", MEMBERS_MAX)?;
        if !anchors.is_sorted_by(|one, other| (one.position, one.log_root) < (other.position, other.log_root)) {
            return Err(DecodeError::Order("anchors"));
        }
        Ok(Self { certificate, seals, anchors })
    }
}

impl Encode for Anchor {
    fn encode(&self, out: &mut Writer) {
        self.position.encode(out);
        self.log_root.encode(out);
        out.uint(self.parts.len() as u64);
        self.parts.iter().for_each(|part| encode_part(part, out));
        self.log_path.encode(out);
        self.outcomes_path.encode(out);
        out.list(self.later.iter());
    }
}

impl Decode for Anchor {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (position, log_root) = (Position::decode(from)?, Digest::decode(from)?);
        let mut parts = Vec::new();
        for _ in 0..from.length("parts of a state", PARTS_MAX)? {
            parts.push((from.text("name of a part", PART_NAME_BYTES_MAX)?, Digest::decode(from)?));
        }
        if !parts.is_sorted_by(|(one, _), (other, _)| one < other) {
            return Err(DecodeError::Order("parts of a state"));
        }
        let (log_path, outcomes_path) = (Proof::decode(from)?, Proof::decode(from)?);
        Ok(Self { position, log_root, parts, log_path, outcomes_path, later: Record::list(from)? })
    }
}
