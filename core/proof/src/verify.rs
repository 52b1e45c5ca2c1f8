//! Whether a bundle proves what it shows: object after object, and the checksum last, so that a finding names what
//! was touched.

use countersign_chain::{Genesis, Statement, StatementKind};
use countersign_codec::Encode;
use countersign_contract::{Charter, Payload};
use countersign_crypto::Digest;
use countersign_member::{Epoch, Request};
use countersign_merkle::verify_inclusion;
use countersign_payload::NO_PAYLOAD;
use countersign_types::{ContractId, IdentityId, PayloadCommitment, Position, StatementId};

use crate::bundle::check_sum;
use crate::finality::{check_roots, check_signers};
use crate::membership::Membership;
use crate::redact::{attachments, may_be_hidden};
use crate::replay::{Recomputed, recompute};
use crate::report::report;
use crate::{Bundle, Disclosure, Fault, Finding, Record, Section, Verdict};

const NO_SIGNATURE: &str = "the signature does not hold";

/// What a file proves. With `trust`, the contract must be that one; without, the verdict says that nobody compared.
pub fn verify(bytes: &[u8], trust: Option<ContractId>) -> Verdict {
    let verified = Bundle::parse(bytes).and_then(|bundle| check(&bundle, bytes, trust));
    verified.unwrap_or_else(Verdict::refused)
}

fn check(bundle: &Bundle, bytes: &[u8], trust: Option<ContractId>) -> Result<Verdict, Finding> {
    let charter = check_genesis(bundle, trust)?;
    let (membership, signers, records) = walk(bundle, charter.as_ref())?;
    let recomputed = recompute(bundle, charter.as_ref(), &records)?;
    check_sum(bytes)?;
    Ok(report(&Facts {
        bundle,
        charter: charter.as_ref(),
        membership: &membership,
        signers: &signers,
        records: &records,
        recomputed,
        trusted: trust.is_some(),
    }))
}

/// Everything after the genesis, but outcomes and the checksum: the members after the checkpoint, those who signed it, and
/// the records.
pub(crate) fn walk<'a>(
    bundle: &'a Bundle,
    charter: Option<&'a Charter>,
) -> Result<(Membership, Epoch, Vec<Checked<'a>>), Finding> {
    check_roots(bundle)?;
    let order = in_order(bundle)?;
    let mut pass = Pass::new(bundle, charter);
    let mut records = Vec::new();
    for place in order {
        records.push(pass.check(place, &pass.checkpoint_roots())?);
    }
    check_signers(bundle, &pass.signers)?;
    pass.check_anchors()?;
    pass.check_erasures()?;
    let Pass { membership, signers, .. } = pass;
    Ok((membership, signers, records))
}

/// Everything that holds.
pub(crate) struct Facts<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) charter: Option<&'a Charter>,
    /// After the checkpoint.
    pub(crate) membership: &'a Membership,
    /// The members whose signatures make the checkpoint final.
    pub(crate) signers: &'a Epoch,
    /// All records up to the checkpoint, ascending by position.
    pub(crate) records: &'a [Checked<'a>],
    pub(crate) recomputed: Option<Recomputed>,
    /// Whether the reader named the contract.
    pub(crate) trusted: bool,
}

/// A record that holds.
pub(crate) struct Checked<'a> {
    pub(crate) place: Place<'a>,
    /// What it says, if that is shown and of its form.
    pub(crate) payload: Option<Payload>,
    /// False where the keys stand in a payload that is not shown.
    pub(crate) signature_checked: bool,
    /// The party that its author belongs to.
    pub(crate) author_party: Option<IdentityId>,
    pub(crate) acting: Acting,
}

/// By what right an author spoke for a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Acting {
    /// By an admin key of the organisation itself.
    Itself(IdentityId),
    /// By these mandates, each with the party that gave it.
    Mandated(Vec<(StatementId, IdentityId)>),
    /// The outcome says so; what it rests on is not shown.
    Attested,
}

/// A record and where the bundle has it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) section: Section,
    /// The anchor, for records after the checkpoint.
    anchor: Option<usize>,
    index: usize,
    pub(crate) record: &'a Record,
}

impl Place<'_> {
    pub(crate) fn object(&self, part: &str) -> String {
        let dot = if part.is_empty() { "" } else { "." };
        match self.anchor {
            Some(anchor) => format!("certificate.anchors[{anchor}].later[{}]{dot}{part}", self.index),
            None => format!("{}[{}]{dot}{part}", self.section.as_str(), self.index),
        }
    }

    pub(crate) fn fail<T>(&self, part: &str, fault: Fault, message: impl Into<String>) -> Result<T, Finding> {
        Err(Finding::new(self.section, self.object(part), fault, message))
    }
}

/// The roots that the paths of a record lead to.
struct Roots {
    position: Position,
    log: Digest,
    outcomes: Digest,
}

pub(crate) fn check_genesis(bundle: &Bundle, trust: Option<ContractId>) -> Result<Option<Charter>, Finding> {
    let fail = |object: &str, fault, message: String| Err(Finding::new(Section::Genesis, object, fault, message));
    let genesis = &bundle.genesis;
    if let Err(error) = Genesis::check(genesis) {
        return fail("genesis", Fault::BadGenesis, error.to_string());
    }
    if let Some(trusted) = trust.filter(|trusted| *trusted != bundle.contract()) {
        let message = format!("this is contract {}, not {trusted}", bundle.contract());
        return fail("genesis", Fault::OtherContract, message);
    }
    if let Err(message) = check_disclosure(&bundle.charter, &genesis.payload) {
        return fail("genesis.charter", Fault::BadOpening, message.into());
    }
    let Some(opening) = bundle.charter.opening() else { return Ok(None) };
    match Charter::from_bytes(opening.bytes(), &genesis.scenario) {
        Ok(charter) => Ok(Some(charter)),
        Err(error) => fail("genesis.charter", Fault::BadCharter, error.to_string()),
    }
}

/// Whether what is shown of a payload fits its commitment. Signatures of erasure receipts are checked when all
/// members are known.
fn check_disclosure(disclosure: &Disclosure, commitment: &PayloadCommitment) -> Result<(), &'static str> {
    let none = *commitment == NO_PAYLOAD;
    match disclosure {
        Disclosure::Absent if none => Ok(()),
        Disclosure::Absent => Err("the payload that it commits to is neither here nor marked as left out"),
        _ if none => Err("it commits to no payload"),
        Disclosure::Redacted => Ok(()),
        Disclosure::Open(opening) if opening.commitment() == *commitment => Ok(()),
        Disclosure::Open(_) => Err("the payload is not what the commitment commits to"),
        Disclosure::Apart(heading) if heading.commitment() == *commitment => Ok(()),
        Disclosure::Apart(_) => Err("salt, length and content hash are not what the commitment commits to"),
        Disclosure::Erased(receipts) => {
            let named = receipts.iter().all(|receipt| receipt.commitments.contains(commitment));
            if named { Ok(()) } else { Err("an erasure receipt is for other payloads") }
        }
    }
}

/// The records of both sections by position. Each section ascends, and none of the other kind stands in it. The
/// position of an entry is signed: where the key is a founder's it is checked before anything is ordered by it, so
/// that a finding names the entry that was touched and not one that came to stand after it.
fn in_order(bundle: &Bundle) -> Result<Vec<Place<'_>>, Finding> {
    let founders = Genesis::epoch(&bundle.genesis);
    let mut order = Vec::new();
    for (section, records) in [(Section::Members, &bundle.members), (Section::Claims, &bundle.claims)] {
        let mut last = Position::ZERO;
        for (index, record) in records.iter().enumerate() {
            let place = Place { section, anchor: None, index, record };
            if founders.node_key(&record.entry.party).is_some_and(|key| record.entry.verify(key).is_err()) {
                return place.fail("entry", Fault::BadSignature, NO_SIGNATURE);
            }
            if record.position() <= last || record.position() > bundle.checkpoint.position {
                return place.fail("entry", Fault::BadOrder, "positions must ascend, up to the checkpoint");
            }
            if record.changes_members() != (section == Section::Members) {
                return place.fail("", Fault::Mismatch, "it belongs in the other section");
            }
            last = record.position();
            order.push(place);
        }
    }
    // Two entries with one position cannot both be under the log root.
    order.sort_by_key(|place| place.record.position());
    Ok(order)
}

/// Whether no mandate or revocation is hidden. Only then the records prove that none is left out, and so that one
/// that is shown was in force.
pub(crate) fn are_mandates_shown(bundle: &Bundle) -> bool {
    let later = bundle.finality.anchors.iter().flat_map(|anchor| &anchor.later);
    let hidden = |record: &Record| may_be_hidden(record.statement.kind) && record.payload.opening().is_none();
    !bundle.members.iter().chain(later).any(hidden)
}

/// One walk over the records, with the members as they are at each place.
struct Pass<'a> {
    bundle: &'a Bundle,
    charter: Option<&'a Charter>,
    contract: ContractId,
    membership: Membership,
    /// The members before the entry of the checkpoint: those whose receipts make it final.
    signers: Epoch,
    mandates_shown: bool,
    /// Payloads that are erased: whose receipts are still to be checked.
    erased: Vec<(Section, String, &'a Disclosure)>,
}

impl<'a> Pass<'a> {
    fn new(bundle: &'a Bundle, charter: Option<&'a Charter>) -> Self {
        let membership = Membership::found(&bundle.genesis);
        let signers = membership.epoch().clone();
        let mut pass = Self {
            bundle,
            charter,
            contract: bundle.contract(),
            membership,
            signers,
            mandates_shown: are_mandates_shown(bundle),
            erased: Vec::new(),
        };
        pass.note_erased(Section::Genesis, "genesis.charter".into(), &bundle.charter);
        pass
    }

    fn checkpoint_roots(&self) -> Roots {
        let checkpoint = &self.bundle.checkpoint;
        Roots { position: checkpoint.position, log: checkpoint.log_root, outcomes: checkpoint.outcomes_root }
    }

    /// Checks a record at its place, and follows what it does to the members.
    fn check(&mut self, place: Place<'a>, roots: &Roots) -> Result<Checked<'a>, Finding> {
        let record = place.record;
        self.check_entry(&place, roots)?;
        let payload = self.check_payload(&place)?;
        let signature_checked = self.check_author(&place, payload.as_ref())?;
        if record.changes_members() && payload.is_none() && !may_be_hidden(record.statement.kind) {
            return place.fail("payload", Fault::MembersIncomplete, "who belongs, and with which keys, must be shown");
        }
        let author_party = self.membership.ring(&record.statement.author.identity).map(|ring| ring.party());
        let acting = self.acting(record, payload.as_ref());
        if record.changes_members() {
            let followed = self.membership.follow(record, payload.as_ref());
            followed.or_else(|unfit| place.fail("", Fault::MembersIncomplete, unfit.0))?;
        }
        if record.position() < self.bundle.checkpoint.position && record.statement.kind == StatementKind::Confirm {
            self.signers = self.membership.epoch().clone();
        }
        Ok(Checked { place, payload, signature_checked, author_party, acting })
    }

    /// Whether [`in_order`] checked the signature of an entry.
    fn is_checked(&self, place: &Place<'_>) -> bool {
        let party = place.record.entry.party;
        place.anchor.is_none() && self.bundle.genesis.members.iter().any(|member| member.party() == party)
    }

    fn check_entry(&self, place: &Place<'_>, roots: &Roots) -> Result<(), Finding> {
        let Record { entry, statement, .. } = place.record;
        let belongs = entry.contract == self.contract
            && statement.contract == self.contract
            && entry.lane == 0
            && entry.statement == Statement::id(statement);
        if !belongs {
            return place.fail("entry", Fault::Mismatch, "entry, statement and contract do not belong together");
        }
        match self.membership.epoch().node_key(&entry.party) {
            None => return place.fail("entry", Fault::NotEntitled, "the party that appended it is no member there"),
            Some(key) if !self.is_checked(place) && entry.verify(key).is_err() => {
                return place.fail("entry", Fault::BadSignature, NO_SIGNATURE);
            }
            Some(_) => {}
        }
        let (leaf, position) = (countersign_chain::Entry::id(entry), entry.position.get());
        let size = roots.position.get().saturating_add(1);
        if verify_inclusion(leaf.bytes(), position, size, &place.record.log_path, &roots.log).is_err() {
            return place.fail("log_path", Fault::BadPath, "the entry is not on the log that all members signed for");
        }
        let line = place.record.outcome_line().to_bytes();
        let (index, size) = (position.saturating_sub(1), roots.position.get());
        if verify_inclusion(&line, index, size, &place.record.outcome_path, &roots.outcomes).is_err() {
            return place.fail("outcome", Fault::BadPath, "not the outcome that all members signed for");
        }
        Ok(())
    }

    /// What the statement says, if it is shown and of its form.
    fn check_payload(&mut self, place: &Place<'a>) -> Result<Option<Payload>, Finding> {
        let record = place.record;
        if let Err(message) = check_disclosure(&record.payload, &record.statement.payload) {
            return place.fail("payload", Fault::BadOpening, message);
        }
        self.note_erased(place.section, place.object("payload"), &record.payload);
        let named = attachments(record);
        if named.len() != record.attachments.len() {
            return place.fail("attachments", Fault::Mismatch, "not those that the payload names");
        }
        for (index, (attachment, commitment)) in record.attachments.iter().zip(&named).enumerate() {
            let part = format!("attachments[{index}]");
            if let Err(message) = check_disclosure(attachment, commitment) {
                return place.fail(&part, Fault::BadOpening, message);
            }
            self.note_erased(place.section, place.object(&part), attachment);
        }
        let Some(opening) = record.payload.opening() else { return Ok(None) };
        match Payload::from_bytes(record.statement.kind, opening.bytes()) {
            Ok(payload) => Ok(Some(payload)),
            Err(error) if record.outcome.is_applied() => place.fail("payload", Fault::BadOpening, error.to_string()),
            Err(_) => Ok(None),
        }
    }

    /// Whether the author signed. False if that cannot be checked: the newcomer of a `join` that is not shown.
    fn check_author(&self, place: &Place<'_>, payload: Option<&Payload>) -> Result<bool, Finding> {
        let record = place.record;
        let newcomer = record.statement.kind == StatementKind::Join;
        let Some(key) = self.membership.author_key(record, payload) else {
            if newcomer && payload.is_none() && !record.outcome.is_applied() {
                return Ok(false);
            }
            return place.fail("statement", Fault::NotEntitled, "its key is not known at this place");
        };
        if record.statement.verify(&key).is_err() {
            return place.fail("statement", Fault::BadSignature, NO_SIGNATURE);
        }
        if record.outcome.is_applied() && !newcomer && !self.membership.may_sign(record) {
            return place.fail("statement", Fault::NotEntitled, "its key was replaced before");
        }
        Ok(true)
    }

    /// By what right the author spoke, as far as the members' records show it.
    fn acting(&self, record: &Record, payload: Option<&Payload>) -> Acting {
        let author = &record.statement.author;
        if self.membership.decides(record) {
            return Acting::Itself(author.identity);
        }
        let (actor, action, data) = match payload {
            // Mandates name roles of `main`; which of them a role of a child is, only the log as a whole tells.
            Some(Payload::Response(response)) if !response.is_of_main() => return Acting::Attested,
            Some(Payload::Response(response)) => {
                (Some(&response.actor), response.action.as_str(), Some(&response.data))
            }
            Some(Payload::Invite(_)) => (None, "invite", None),
            Some(Payload::Confirm(_)) => (None, "confirm", None),
            _ => return Acting::Attested,
        };
        let request = Request {
            person: &author.identity,
            key: &author.key,
            actor: actor.map(|actor| self.role_of(actor)),
            action,
            data,
            time: record.statement.time,
        };
        let party = actor.and_then(|actor| self.party_of_actor(actor));
        let mut mandates = self.membership.covering(&request);
        mandates.retain(|(_, given_by)| party.is_none_or(|party| party == *given_by));
        if mandates.is_empty() || !self.mandates_shown { Acting::Attested } else { Acting::Mandated(mandates) }
    }

    /// What a mandate calls an actor: of a group its name without the number of the member.
    fn role_of<'n>(&'n self, actor: &'n str) -> &'n str {
        self.charter.and_then(|charter| charter.scenario.role(actor)).unwrap_or(actor)
    }

    fn party_of_actor(&self, actor: &str) -> Option<IdentityId> {
        let charter = self.charter?;
        let principal = charter.scenario.acts_for(actor).unwrap_or(actor);
        if let Some((party, _)) = charter.actors.get(principal) {
            return Some(*party);
        }
        let role = charter.scenario.role(principal)?;
        let joined = self.membership.actors.get(role)?;
        let founders = charter.actors.keys().filter(|name| charter.scenario.role(name) == Some(role)).count();
        let number: usize = principal.rsplit_once('.').map_or(Some(0), |(_, number)| number.parse().ok())?;
        joined.get(number.checked_sub(founders)?).copied()
    }

    /// Whether the members' records are all that there are: they hash to what every receipt signs.
    fn check_anchors(&mut self) -> Result<(), Finding> {
        let bundle = self.bundle;
        let finality = &bundle.finality;
        let at_checkpoint = self.membership.clone();
        for (index, anchor) in finality.anchors.iter().enumerate() {
            self.membership = at_checkpoint.clone();
            let outcomes = anchor.part("outcomes").copied().unwrap_or(Digest::ZERO);
            let roots = Roots { position: anchor.position, log: anchor.log_root, outcomes };
            let mut last = bundle.checkpoint.position;
            for (later, record) in anchor.later.iter().enumerate() {
                let place = Place { section: Section::Certificate, anchor: Some(index), index: later, record };
                if record.position() <= last || !record.changes_members() {
                    return place.fail("entry", Fault::BadOrder, "it must follow, and change the members");
                }
                last = record.position();
                self.check(place, &roots)?;
            }
            for (name, hash) in self.membership.parts() {
                if anchor.part(name) != Some(&hash) {
                    let message =
                        format!("they do not lead to the {name} that the members signed for: one is left out");
                    return Err(Finding::new(Section::Members, "members", Fault::MembersIncomplete, message));
                }
            }
            self.check_epoch(anchor)?;
        }
        self.membership = at_checkpoint;
        Ok(())
    }

    /// Whether every receipt for this state counts the members that the records lead to.
    fn check_epoch(&self, anchor: &crate::Anchor) -> Result<(), Finding> {
        let number = self.membership.epoch().number();
        let hash = anchor.state_hash();
        let receipts = &self.bundle.finality.certificate.receipts;
        match receipts.iter().position(|one| anchor.is_signed_by(one, &hash) && one.epoch != number) {
            None => Ok(()),
            Some(index) => {
                let object = format!("certificate.receipts[{index}]");
                let message = "it counts other members than these";
                Err(Finding::new(Section::Certificate, object, Fault::MembersIncomplete, message))
            }
        }
    }

    fn note_erased(&mut self, section: Section, object: String, disclosure: &'a Disclosure) {
        if matches!(disclosure, Disclosure::Erased(_)) {
            self.erased.push((section, object, disclosure));
        }
    }

    /// Whether those who say that they erased signed that.
    fn check_erasures(&self) -> Result<(), Finding> {
        for (section, object, disclosure) in &self.erased {
            let Disclosure::Erased(receipts) = disclosure else { continue };
            for receipt in receipts {
                let key = self.membership.epoch().node_key(&receipt.party);
                let holds = receipt.contract == self.contract && key.is_some_and(|key| receipt.verify(key).is_ok());
                if !holds {
                    let message = format!("the erasure receipt of {} does not hold", receipt.party);
                    return Err(Finding::new(*section, object, Fault::BadSignature, message));
                }
            }
        }
        Ok(())
    }
}
