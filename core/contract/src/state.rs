//! The state of a contract after an entry.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_ballot::Standing;
use countersign_chain::{Entry, ForkClass, Genesis, Invalid, LogState, Prefix, Settings, Statement, StatementKind};
use countersign_codec::{Decode, DecodeError, Encode, Json, Reader, Writer};
use countersign_crypto::{Digest, Hasher, Namespace, PublicKey};
use countersign_member::{Epoch, Invitation, KeyRing, Mandate};
use countersign_merkle::Frontier;
use countersign_payload::Opening;
use countersign_types::{
    ContractId, IdentityId, Outcome, PayloadCommitment, Position, Sequence, Signed, StatementId, Timestamp,
};
use countersign_workflow::{Binding, Process, ProofReader, ROOT_PROCESS, Scenario};

use crate::{Charter, FoundError, Payload, Proposal};

/// Where the part `invited` stands, in the order of the names: after `invitations`.
const INVITED_AT: usize = 3;

/// A mandate that is in force in the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateRecord {
    /// The party that gave it.
    pub party: IdentityId,
    /// What it says.
    pub mandate: Mandate,
}

/// One leaf of the outcomes tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeLine {
    /// The place.
    pub position: Position,
    /// The statement there.
    pub statement: StatementId,
    /// What became of it.
    pub outcome: Outcome,
}

impl Encode for OutcomeLine {
    fn encode(&self, out: &mut Writer) {
        self.position.encode(out);
        self.statement.encode(out);
        self.outcome.encode(out);
    }
}

impl Decode for OutcomeLine {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            position: Position::decode(from)?,
            statement: StatementId::decode(from)?,
            outcome: Outcome::decode(from)?,
        })
    }
}

/// The deterministic state of a contract. Cloning is cheap: parts that did not change are shared.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) contract: ContractId,
    pub(crate) settings: Settings,
    /// The time of genesis: no process starts before.
    pub(crate) founded: Timestamp,
    pub(crate) charter: Arc<Charter>,
    pub(crate) epoch: Arc<Epoch>,
    pub(crate) rings: Arc<BTreeMap<IdentityId, KeyRing>>,
    pub(crate) mandates: Arc<BTreeMap<StatementId, MandateRecord>>,
    pub(crate) invitations: Arc<BTreeMap<StatementId, Invitation>>,
    /// Bindings of actors; a process that waits for its last actor starts from them.
    pub(crate) bindings: Arc<BTreeMap<String, Binding>>,
    pub(crate) process: Option<Process>,
    /// Open ballots, by their `propose` statement.
    pub(crate) ballots: Arc<BTreeMap<StatementId, Proposal>>,
    /// The latest ballots that are over; for people, not hashed.
    pub(crate) closed: Arc<Vec<(StatementId, Proposal, Standing)>>,
    /// By process, the statement whose step entered its current state; advice for `requires`, not hashed.
    pub(crate) entered_by: Arc<BTreeMap<String, StatementId>>,
    /// By the path of a process: the position of the entry that led into its state; not hashed, since the log says it.
    pub(crate) entered_at: Arc<BTreeMap<String, Position>>,
    pub(crate) sequences: Arc<BTreeMap<IdentityId, Sequence>>,
    pub(crate) outcomes: Frontier,
    /// Reads proofs of other contracts.
    pub(crate) proofs: ProofReader,
}

impl State {
    /// The state at genesis, with the payload that it commits to. The process starts if every actor who joins at the
    /// start is bound (§13.5). If the charter carries the text of `known`, that is shared and not read again.
    /// `proofs` reads proofs of other contracts: `countersign_proof::read`, wherever a log is replayed.
    pub fn found(
        genesis: &Signed<Genesis>,
        payload: &Opening,
        known: Option<&Scenario>,
        proofs: ProofReader,
    ) -> Result<Self, FoundError> {
        if payload.commitment() != genesis.payload {
            return Err(FoundError::OtherPayload);
        }
        let charter = Charter::from_bytes_knowing(payload.bytes(), &genesis.scenario, known)?;
        Self::begin(genesis, charter, proofs).map_err(FoundError::Rule)
    }

    fn begin(genesis: &Signed<Genesis>, charter: Charter, proofs: ProofReader) -> Result<Self, &'static str> {
        let rings = genesis.members.iter().map(|member| {
            let party = member.party();
            (party, KeyRing::new(&member.inception, party))
        });
        let parties: Vec<IdentityId> = genesis.members.iter().map(countersign_member::Member::party).collect();
        if charter.actors.values().any(|(party, _)| !parties.contains(party)) {
            return Err("not_member");
        }
        let bindings = charter.actors.iter().map(|(actor, (party, data))| {
            (actor.clone(), Binding { party: Some(party.to_string()), data: data.clone() })
        });
        let mut state = Self {
            contract: Genesis::contract(genesis),
            settings: genesis.settings,
            founded: genesis.time,
            epoch: Arc::new(Genesis::epoch(genesis)),
            rings: Arc::new(rings.collect()),
            mandates: Arc::default(),
            invitations: Arc::default(),
            bindings: Arc::new(bindings.collect()),
            process: None,
            ballots: Arc::default(),
            closed: Arc::default(),
            entered_by: Arc::default(),
            entered_at: Arc::default(),
            sequences: Arc::default(),
            outcomes: Frontier::new(),
            proofs,
            charter: Arc::new(charter),
        };
        state.start(genesis.time)?;
        Ok(state)
    }

    /// Starts `main`, once nobody who joins at the start is missing.
    pub(crate) fn start(&mut self, time: Timestamp) -> Result<(), &'static str> {
        let charter = &self.charter;
        if self.process.is_some() || charter.waits(&self.bindings) {
            return Ok(());
        }
        let time = countersign_rules::Timestamp::from_ms(time.max(self.founded).millis()).ok_or("limit")?;
        let members = self.epoch.parties().map(|party| party.to_string());
        let process = Process::start_among(members, &charter.scenario, &self.bindings, &charter.inputs, time)
            .map_err(|rejection| rejection.rule.as_str())?;
        self.process = Some(process);
        Ok(())
    }

    /// The contract.
    pub const fn contract(&self) -> ContractId {
        self.contract
    }

    /// What the founders set.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The scenario, the inputs and the founding actors.
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// The process `main`.
    pub const fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// The statement whose step entered the current state of a process, named by its path; none at the start.
    pub fn entered_by(&self, process: &str) -> Option<StatementId> {
        self.entered_by.get(process).copied()
    }

    /// The position of the entry that led a process into its state, also if only a timer did that: 0 at the start.
    pub fn entered_at(&self, process: &str) -> Option<Position> {
        self.process.as_ref()?.process(process)?;
        Some(self.entered_at.get(process).copied().unwrap_or_default())
    }

    /// The keys of an identity that the log introduced.
    pub fn ring(&self, identity: &IdentityId) -> Option<&KeyRing> {
        self.rings.get(identity)
    }

    /// Every identity that the log introduced, with its keys.
    pub fn rings(&self) -> &BTreeMap<IdentityId, KeyRing> {
        &self.rings
    }

    /// Mandates in force, by the statement that gave them.
    pub fn mandates(&self) -> &BTreeMap<StatementId, MandateRecord> {
        &self.mandates
    }

    /// Open invitations, by their `invite` statement.
    pub fn invitations(&self) -> &BTreeMap<StatementId, Invitation> {
        &self.invitations
    }

    /// Root of the outcomes tree.
    pub fn outcomes(&self) -> &Frontier {
        &self.outcomes
    }

    /// The named parts of the state hash, in their order (§13.8). The leaves of a map ascend by key. Of a process that
    /// waits for its last actor the part is who is bound so far; later each process that is alive has a part. `invited` is
    /// there only if a role waits for its party.
    pub fn sub_hashes(&self) -> Vec<(String, Digest)> {
        let mut parts = vec![
            ("epoch".to_owned(), Digest::of(&self.epoch.to_bytes())),
            ("identities".to_owned(), hash_map(&self.rings)),
            ("invitations".to_owned(), hash_map(&self.invitations)),
            ("mandates".to_owned(), hash_map(&self.mandates)),
            ("outcomes".to_owned(), self.outcomes.root()),
        ];
        match &self.process {
            Some(process) => {
                let hashes = process.sub_hashes().into_iter();
                parts.extend(hashes.map(|(path, hash)| (format!("process:{path}"), Digest::new(hash))));
            }
            None => parts.push((format!("process:{ROOT_PROCESS}"), self.hash_bindings())),
        }
        parts.push(("sequences".to_owned(), hash_map(&self.sequences)));
        if let Some(invited) = self.process.as_ref().and_then(Process::invited_bytes) {
            parts.insert(INVITED_AT, ("invited".to_owned(), Digest::of(&invited)));
        }
        let changes = self.hash_changes().map(|hash| ("changes".to_owned(), hash));
        changes.into_iter().chain(parts).collect()
    }

    fn hash_bindings(&self) -> Digest {
        let mut out = Writer::default();
        out.uint(self.bindings.len() as u64);
        for (actor, binding) in self.bindings.iter() {
            out.text(actor);
            out.text(binding.party.as_deref().unwrap_or_default());
            out.bytes(&Json::Map(binding.data.clone()).canonical());
        }
        Digest::of(&out.into_bytes())
    }

    /// The priorities of what a response does and of who acts, in its process as it stands here.
    fn priorities(&self, payload: &Payload) -> Option<(i16, i16)> {
        let Payload::Response(response) = payload else { return None };
        let process = self.process.as_ref()?.process(&response.process)?;
        let action = process.action(&response.action).map_or(0, |action| i16::from(action.priority()));
        Some((action, process.actor_priority(&response.actor).map_or(0, i16::from)))
    }
}

impl Encode for MandateRecord {
    fn encode(&self, out: &mut Writer) {
        self.party.encode(out);
        self.mandate.encode(out);
    }
}

fn hash_map<K: Encode, V: Encode>(map: &BTreeMap<K, V>) -> Digest {
    let mut out = Writer::default();
    out.uint(map.len() as u64);
    for (key, value) in map {
        key.encode(&mut out);
        value.encode(&mut out);
    }
    Digest::of(&out.into_bytes())
}

impl LogState for State {
    fn epoch(&self) -> &Arc<Epoch> {
        &self.epoch
    }

    fn guests(&self) -> Vec<(IdentityId, PublicKey)> {
        let joining = self.invitations.values().filter_map(|invitation| invitation.joining.as_ref());
        joining.map(|joining| (joining.member.party(), joining.member.node.node_key)).collect()
    }

    fn last_sequence(&self, author: &IdentityId) -> Sequence {
        self.sequences.get(author).copied().unwrap_or_default()
    }

    fn author_key(&self, statement: &Statement, payload: Option<&[u8]>) -> Result<PublicKey, Invalid> {
        let author = &statement.author;
        if let Some(ring) = self.rings.get(&author.identity) {
            return ring.key(&author.key).and_then(|key| key.verifier()).copied().ok_or(Invalid::NotEntitled);
        }
        // A newcomer brings its keys along, if the one-time key of an open invitation says so.
        let Some(Ok(Payload::Join(join))) = payload.map(|bytes| Payload::from_bytes(StatementKind::Join, bytes)) else {
            return Err(Invalid::NotEntitled);
        };
        let known = statement.kind == StatementKind::Join && join.member.party() == author.identity;
        if !known || self.check_invitation(&join).is_err() {
            return Err(Invalid::NotEntitled);
        }
        let keys = &join.member.inception.inception().keys;
        let key = keys.iter().find(|key| key.id() == author.key).and_then(|key| key.verifier());
        key.copied().ok_or(Invalid::NotEntitled)
    }

    fn apply(
        &self,
        prefix: &dyn Prefix,
        entry: &Entry,
        statement: &Signed<Statement>,
        payload: Option<&[u8]>,
    ) -> Result<(Self, Outcome), Invalid> {
        self.replay(prefix, entry, statement, payload)
    }

    fn hash(&self) -> Digest {
        let mut out = Writer::default();
        for (name, hash) in self.sub_hashes() {
            out.text(&name);
            hash.encode(&mut out);
        }
        Hasher::named(Namespace::State).with(&out.into_bytes()).finish()
    }

    fn attachments(&self, statement: &Statement, payload: Option<&[u8]>) -> Vec<PayloadCommitment> {
        if !matches!(statement.kind, StatementKind::Response | StatementKind::Comment) {
            return Vec::new();
        }
        match payload.map(|bytes| Payload::from_bytes(statement.kind, bytes)) {
            Some(Ok(payload)) => payload.commitments(),
            _ => Vec::new(),
        }
    }

    fn erases(&self, statement: &Statement, payload: Option<&[u8]>) -> Vec<PayloadCommitment> {
        if statement.kind != StatementKind::Erase {
            return Vec::new();
        }
        match payload.map(|bytes| Payload::from_bytes(statement.kind, bytes)) {
            Some(Ok(Payload::Erase(erase))) => erase.commitments,
            _ => Vec::new(),
        }
    }

    fn attachment_bytes(
        &self,
        statement: &Statement,
        payload: Option<&[u8]>,
        attachment: &PayloadCommitment,
    ) -> Option<u64> {
        let payload = payload.map(|bytes| Payload::from_bytes(statement.kind, bytes));
        let Some(Ok(payload)) = payload else { return None };
        let files = payload.files();
        let mut named = files.iter().map(|(_, file)| file).filter(|one| one.commitment == *attachment);
        let bytes = named.next()?.bytes;
        let allowed = bytes <= self.settings.payload_bytes_max && named.all(|one| one.bytes == bytes);
        allowed.then_some(bytes)
    }

    fn holders(
        &self,
        statement: &Statement,
        payload: Option<&[u8]>,
        attachment: &PayloadCommitment,
    ) -> Option<BTreeSet<IdentityId>> {
        if statement.kind != StatementKind::Response || self.scenario().data_classes().next().is_none() {
            return None;
        }
        let Ok(Payload::Response(response)) = Payload::from_bytes(statement.kind, payload?) else { return None };
        self.holders_of(&response, &statement.author.identity, attachment)
    }

    fn fork_class(&self, statement: &Statement, payload: Option<&[u8]>) -> ForkClass {
        let class = match statement.kind {
            StatementKind::Identity
            | StatementKind::Mandate
            | StatementKind::MandateRevoke
            | StatementKind::KeyRotate => 1,
            StatementKind::Invite | StatementKind::Join | StatementKind::Confirm => 2,
            StatementKind::Response | StatementKind::Propose | StatementKind::Vote => 3,
            StatementKind::Tick => 4,
            StatementKind::Erase => 5,
            StatementKind::Comment => 6,
        };
        let payload = payload.and_then(|bytes| Payload::from_bytes(statement.kind, bytes).ok());
        let (action, actor) = payload.as_ref().and_then(|payload| self.priorities(payload)).unwrap_or_default();
        ForkClass { class, action: action.saturating_neg(), actor: actor.saturating_neg() }
    }

    fn latest_time(&self, now: Timestamp) -> Timestamp {
        now.after(self.settings.skew)
    }
}
