//! Nodes in memory, and the contracts they live through.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_chain::{Author, Finality, Genesis, LANGUAGE_VERSION, Network, Settings};
use countersign_codec::{Encode, Json};
use countersign_contract::{
    AttachmentRef, Charter, Confirm, Invite, Join, KeyRotate, NewKey, Payload, Response, State, Wish,
};
use countersign_crypto::{Digest, Namespace, Signer};
use countersign_member::{IdentityKey, InvitationProof, KeyPurpose, nonce_commitment};
use countersign_payload::{ErasureReceipt, Opening};
use countersign_proof::{BuildError, Bundle, Selection, Source};
use countersign_replica::{Effects, Input, Message, Refusal, Replica};
use countersign_types::{Count, IdentityId, Interval, PayloadCommitment, Position, Signed, StatementId, Timestamp};
use countersign_workflow::Scenario;

use crate::people::{Voice, admin, array, json, key, mandate, member, party, person, user};

pub const LEASE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lease.yaml"));

/// The smallest scenario worth a proof.
pub const NOTE: &str = r#"
scenario: countersign/scenario/v1
name: note
title: Note
language: en
comments: none
actors: {writer: {title: Writer}}
actions: {write: {title: Write, kind: performative, by: writer}}
initial: open
states:
  open: {title: Open, transitions: [{on: write, goto: done}]}
  done: {title: Done, final: success}
"#;

/// Somebody joins by invitation.
pub const APPRAISAL: &str = r#"
scenario: countersign/scenario/v1
name: appraisal
title: Appraisal of a house
language: en
comments: none
actors:
  owner: {title: Owner}
  assessor: {title: Assessor, joins: invitation}
vars: {value: decimal}
actions:
  ask: {title: Ask, kind: performative, by: owner}
  report: {title: Report, kind: performative, by: assessor, data: {value: decimal}, do: [{set: vars.value, to: data.value}]}
initial: asking
states:
  asking: {title: The owner asks, transitions: [{on: ask, goto: assessing}]}
  assessing: {title: The assessor looks, transitions: [{on: report, goto: done}]}
  done: {title: The value is known, final: success}
"#;

/// A group of which one member is invited, and a second group that hands nothing down.
pub const LOAN: &str = r#"
scenario: countersign/scenario/v1
name: loan
title: Loan with sureties
language: en
comments: none
actors:
  debtor: {title: Debtor}
  sureties: {title: Sureties, many: {min: 2, max: 3}}
actions:
  pledge: {title: Pledge, kind: performative, by: sureties, if: "not did(actor, pledge)", attachments: {papers: {title: Papers, many: {min: 0, max: 2}}}}
  vouch: {title: Vouch for the others, kind: informative, by: sureties}
scenarios:
  vouching:
    title: They vouch for each other
    actors: {all: {title: All, many: {min: 1, max: 9}}}
    actions: {vouch: {title: Vouch, kind: performative, by: all}}
    initial: open
    states:
      open: {title: Open, transitions: [{on: vouch, goto: stay}, {when: everyone_did(vouch), goto: done}, {after: P9D, goto: done}]}
      done: {title: Done, final: success}
initial: pledging
states:
  pledging: {title: Sureties pledge, transitions: [{on: pledge, goto: stay}, {when: everyone_did(pledge), goto: vouching}]}
  vouching:
    title: They vouch
    start: [{child: all, scenario: vouching, actors: {all: sureties}}]
    transitions: [{when: all_finished(), goto: drawn}, {on: vouch, goto: drawn}]
  drawn: {title: Drawn, final: success}
"#;

const INVITER_NONCE: [u8; 32] = [21; 32];
const JOINER_NONCE: [u8; 32] = [22; 32];

pub struct Story {
    pub genesis: Signed<Genesis>,
    charter: Opening,
    pub now: Timestamp,
    pub replicas: BTreeMap<IdentityId, Replica<State>>,
    pub offline: BTreeSet<IdentityId>,
    wires: Vec<(IdentityId, IdentityId, Message)>,
    wakes: BTreeMap<IdentityId, Timestamp>,
    drafts: u64,
    /// What nodes do not hold any more.
    pub erased: BTreeMap<PayloadCommitment, Vec<Signed<ErasureReceipt>>>,
}

impl Story {
    /// Founded by `companies`, the first of them its creator; `bound`: actor and company.
    pub fn found(scenario: &str, companies: &[&str], bound: &[(&str, &str)]) -> Self {
        Self::found_on(Network::Real, scenario, companies, bound)
    }

    fn found_on(network: Network, scenario: &str, companies: &[&str], bound: &[(&str, &str)]) -> Self {
        let (scenario, _) = Scenario::load(scenario.as_bytes()).unwrap();
        let actors = bound.iter().map(|(actor, company)| ((*actor).to_owned(), (party(company), BTreeMap::new())));
        let charter = Charter { scenario, inputs: json("{}"), actors: actors.collect() };
        let opening = Opening::new(array("charter salt"), charter.to_json().canonical());
        let now = Timestamp::from_millis(1_772_409_600_000).unwrap();
        let genesis = Genesis {
            format: network.genesis_format(),
            language: LANGUAGE_VERSION,
            nonce: array("genesis"),
            members: companies.iter().map(|name| member(name)).collect(),
            scenario: charter.scenario_id(),
            settings: Settings { finality: Finality::Signatures, ..Settings::default() },
            payload: opening.commitment(),
            time: now,
        };
        let mut story = Self {
            genesis: genesis.found(&key(companies[0], "admin")).unwrap(),
            charter: opening,
            now,
            replicas: BTreeMap::new(),
            offline: BTreeSet::new(),
            wires: Vec::new(),
            wakes: BTreeMap::new(),
            drafts: 0,
            erased: BTreeMap::new(),
        };
        companies.iter().for_each(|name| story.arrive(name));
        story
    }

    /// A node that knows the genesis and no more.
    pub fn arrive(&mut self, name: &str) {
        let state = State::found(&self.genesis, &self.charter, None, countersign_proof::read).unwrap();
        let replica = Replica::new(&self.genesis, state, party(name), Arc::new(key(name, "node")));
        self.replicas.insert(party(name), replica);
    }

    pub fn replica(&self, name: &str) -> &Replica<State> {
        &self.replicas[&party(name)]
    }

    fn perform(&mut self, who: IdentityId, effects: Effects) {
        self.wires.extend(effects.send.into_iter().map(|send| (who, send.to, send.message)));
        match effects.wake {
            Some(wake) => self.wakes.insert(who, wake),
            None => self.wakes.remove(&who),
        };
    }

    fn input(&mut self, who: IdentityId, input: Input) {
        let now = self.now;
        let effects = self.replicas.get_mut(&who).unwrap().handle(now, [input]);
        self.perform(who, effects);
    }

    /// How many messages are on their way.
    pub fn on_their_way(&self) -> usize {
        self.wires.len()
    }

    /// Delivers one of them.
    pub fn deliver(&mut self, index: usize) {
        let (from, to, message) = self.wires.remove(index);
        let away = self.offline.contains(&from) || self.offline.contains(&to);
        if !away && self.replicas.contains_key(&to) {
            self.input(to, Input::Receive { from, message });
        }
    }

    /// Lets so much time pass, and delivers what there is.
    pub fn run(&mut self, millis: u64) {
        let end = self.now.after(Interval::from_millis(millis));
        loop {
            while !self.wires.is_empty() {
                self.deliver(0);
            }
            let next = self.wakes.iter().min_by_key(|(_, wake)| **wake).map(|(who, wake)| (*who, *wake));
            let Some((who, wake)) = next.filter(|(_, wake)| *wake <= end) else { break };
            self.now = self.now.max(wake);
            self.wakes.remove(&who);
            self.input(who, Input::Wake);
        }
        self.now = end;
    }

    /// Says something through a node, and lets everybody hear it.
    pub fn says(&mut self, node: &str, voice: Voice<'_>, payload: Payload) -> StatementId {
        let statement = self.submits(node, voice, payload, Vec::new());
        self.run(120_000);
        statement
    }

    /// Says something through a node; nothing is delivered yet.
    pub fn submits(&mut self, node: &str, voice: Voice<'_>, payload: Payload, openings: Vec<Opening>) -> StatementId {
        self.tries(node, voice, payload, openings).unwrap()
    }

    /// The same, where the node may refuse.
    pub fn tries(
        &mut self,
        node: &str,
        voice: Voice<'_>,
        payload: Payload,
        openings: Vec<Opening>,
    ) -> Result<StatementId, Refusal> {
        self.drafts += 1;
        // The state of the author's own node; the newcomer of a `join` drafts on what its host sees.
        let replica = self.replica(node);
        let head = replica.head();
        let position = replica.knowledge().place(&head).unwrap().position;
        let wish = Wish {
            author: Author { identity: voice.identity, key: voice.key_id() },
            payload,
            time: self.now,
            nonce: array(&format!("nonce {}", self.drafts)),
            salt: array(&format!("salt {}", self.drafts)),
        };
        let prepared = replica.state().unwrap().prepare(position, head, wish, |_| true);
        let statement = Arc::new(Signed::sign(prepared.statement, &voice.key()));
        let openings = [vec![prepared.opening], openings].concat();
        let who = party(node);
        let now = self.now;
        let submit = Input::Submit { statement, openings };
        let effects = self.replicas.get_mut(&who).unwrap().handle(now, [submit]);
        let answer = effects.answers[0].clone();
        self.perform(who, effects);
        answer.result.map(|_| answer.statement)
    }

    /// A company itself takes an action.
    pub fn acts(&mut self, name: &str, action: &str) -> StatementId {
        self.says(name, admin(name), response(name, action, None, "{}"))
    }

    /// A bundle, as a node writes it.
    pub fn bundle(&self, name: &str, selection: &Selection) -> Result<Bundle, BuildError> {
        let replica = self.replica(name);
        let opening = |commitment: &PayloadCommitment| {
            if self.erased.contains_key(commitment) {
                return None;
            }
            let charter = (*commitment == self.genesis.payload).then_some(&self.charter);
            charter.or_else(|| replica.opening(commitment)).cloned()
        };
        let erasures = |commitment: &PayloadCommitment| self.erased.get(commitment).cloned().unwrap_or_default();
        let source = Source {
            genesis: &self.genesis,
            knowledge: replica.knowledge(),
            opening: &opening,
            heading: &|_| None,
            erasures: &erasures,
        };
        Bundle::build(&source, selection)
    }

    /// What a statement commits to.
    pub fn commitment(&self, name: &str, statement: &StatementId) -> PayloadCommitment {
        let replica = self.replica(name);
        let entry = replica.entry_of(statement).unwrap();
        replica.knowledge().place(&entry).unwrap().content.as_ref().unwrap().1.payload
    }

    /// The companies say that they deleted a payload.
    pub fn erase(&mut self, names: &[&str], statement: StatementId, commitment: PayloadCommitment) {
        let contract = Genesis::contract(&self.genesis);
        let receipt = |name: &&str| {
            let (party, time, commitments) = (party(name), self.now, vec![commitment]);
            let receipt = ErasureReceipt { contract, statement, party, count: Count::new(99), commitments, time };
            Signed::sign(receipt, &key(name, "node"))
        };
        let receipts = names.iter().map(receipt).collect();
        self.erased.insert(commitment, receipts);
    }
}

pub fn response(actor: &str, action: &str, response: Option<&str>, data: &str) -> Payload {
    Payload::Response(Response {
        process: "main".into(),
        actor: actor.into(),
        action: action.into(),
        response: response.map(str::to_owned),
        data: json(data),
        attachments: BTreeMap::new(),
    })
}

/// The lease of the scenario language §7.1, up to where it is in force.
pub struct Lease {
    pub story: Story,
    pub draft: StatementId,
    pub text: PayloadCommitment,
    pub review: StatementId,
    pub mandate: StatementId,
    pub guarantee: StatementId,
}

pub fn lease() -> Lease {
    let names = ["landlord", "tenant", "bank"];
    let mut story = Story::found(LEASE, &names, &names.map(|name| (name, name)));
    let landlord = admin("landlord");
    story.says("landlord", landlord, Payload::Identity(person("erin")));
    let powers = r#"{"actors":["employee"],"actions":["draft"],"limits":[{"field":"rent","max":"1000"}]}"#;
    let mandate = story.says("landlord", landlord, Payload::Mandate(mandate("erin", powers)));
    let text = Opening::new(array("text salt"), b"%PDF the lease".to_vec());
    let mut payload = response("employee", "draft", None, r#"{"rent":"950.00"}"#);
    let Payload::Response(draft) = &mut payload else { panic!() };
    let reference = AttachmentRef {
        commitment: text.commitment(),
        name: "lease.pdf".into(),
        media: "application/pdf".into(),
        bytes: text.bytes().len() as u64,
    };
    draft.attachments.insert("text".into(), vec![reference]);
    let text_commitment = text.commitment();
    let draft = story.submits("landlord", user("erin"), payload, vec![text]);
    story.run(120_000);
    let review = story.says("landlord", landlord, response("landlord", "review", Some("approve"), "{}"));
    story.acts("tenant", "sign");
    story.acts("landlord", "sign");
    let guarantee = story.acts("bank", "guarantee");
    Lease { story, draft, text: text_commitment, review, mandate, guarantee }
}

/// A lease after which erin's mandate was taken back and her key replaced.
pub fn lease_after_dismissal() -> Story {
    let Lease { mut story, mandate, .. } = lease();
    story.says("landlord", admin("landlord"), Payload::MandateRevoke(mandate));
    let contract = Genesis::contract(&story.genesis);
    let new = IdentityKey::signing(KeyPurpose::User, key("erin", "new").public_key()).unwrap();
    let proof = key("erin", "new").sign(Namespace::NewKey, &NewKey::proof_bytes(&contract, &person("erin").id(), &new));
    let rotate = KeyRotate {
        identity: person("erin").id(),
        add: vec![NewKey { key: new, proof: Some(proof) }],
        retire: vec![user("erin").key_id()],
        overlap: Some(0),
    };
    story.says("landlord", admin("landlord"), Payload::KeyRotate(rotate));
    story
}

/// A lease in which two companies gave one person all power: each counts for its own actors.
pub fn shared_clerk() -> Story {
    let names = ["landlord", "tenant", "bank"];
    let mut story = Story::found(LEASE, &names, &names.map(|name| (name, name)));
    story.says("landlord", admin("landlord"), Payload::Identity(person("erin")));
    for name in ["tenant", "landlord"] {
        story.says(name, admin(name), Payload::Mandate(mandate("erin", r#"{"actors":"all","actions":"all"}"#)));
    }
    let text = Opening::new(array("text salt"), b"%PDF the lease".to_vec());
    let mut payload = response("employee", "draft", None, r#"{"rent":"950.00"}"#);
    if let Payload::Response(draft) = &mut payload {
        let (commitment, bytes) = (text.commitment(), text.bytes().len() as u64);
        let reference = AttachmentRef { commitment, name: "lease.pdf".into(), media: "application/pdf".into(), bytes };
        draft.attachments.insert("text".into(), vec![reference]);
    }
    story.submits("landlord", user("erin"), payload, vec![text]);
    story.run(120_000);
    for (actor, action, answer) in [("landlord", "review", Some("approve")), ("tenant", "sign", None)] {
        story.submits("landlord", user("erin"), response(actor, action, answer, "{}"), Vec::new());
        story.run(120_000);
    }
    story.acts("landlord", "sign");
    story
}

/// One company, one step.
pub fn note() -> Story {
    note_on(Network::Real)
}

pub fn note_on(network: Network) -> Story {
    let mut story = Story::found_on(network, NOTE, &["writer"], &[("writer", "writer")]);
    story.acts("writer", "write");
    story
}

/// Two companies; a third joins and takes the last step.
pub fn appraisal() -> Story {
    let mut story = Story::found(APPRAISAL, &["owner", "friend"], &[("owner", "owner")]);
    story.acts("owner", "ask");
    let invitation = invite(&mut story, "assessor");
    join(&mut story, invitation);
    confirm(&mut story, invitation);
    story.run(3_600_000);
    story.says("smith", admin("smith"), response("assessor", "report", None, r#"{"value":"250000"}"#));
    story.run(3_600_000);
    story
}

/// Two sureties: the bank from the beginning, smith by invitation, whose clerk acts by a mandate for the group. Then
/// they vouch in a process to which the group was handed down.
pub fn loan() -> Story {
    let mut story = Story::found(LOAN, &["owner", "bank"], &[("debtor", "owner"), ("sureties.0", "bank")]);
    let invitation = invite(&mut story, "sureties");
    join(&mut story, invitation);
    confirm(&mut story, invitation);
    story.run(3_600_000);
    story.says("smith", admin("smith"), Payload::Identity(person("erin")));
    let powers = r#"{"actors":["sureties"],"actions":["pledge","vouch"]}"#;
    story.says("smith", admin("smith"), Payload::Mandate(mandate("erin", powers)));
    story.says("smith", user("erin"), response("sureties.1", "pledge", None, "{}"));
    let papers = ["one", "two"].map(|name| Opening::new(array(name), name.as_bytes().to_vec()));
    let mut payload = response("sureties.0", "pledge", None, "{}");
    if let Payload::Response(pledge) = &mut payload {
        let reference = |opening: &Opening| AttachmentRef {
            commitment: opening.commitment(),
            name: "paper.txt".into(),
            media: "text/plain".into(),
            bytes: opening.bytes().len() as u64,
        };
        pledge.attachments.insert("papers".into(), papers.iter().map(reference).collect());
    }
    story.submits("bank", admin("bank"), payload, papers.to_vec());
    story.run(120_000);
    for (node, voice, actor) in [("smith", user("erin"), "all.1"), ("bank", admin("bank"), "all.0")] {
        let mut payload = response(actor, "vouch", None, "{}");
        if let Payload::Response(vouch) = &mut payload {
            vouch.process = "main/all".into();
        }
        story.says(node, voice, payload);
    }
    story.run(3_600_000);
    story
}

fn invite(story: &mut Story, actor: &str) -> StatementId {
    let invite = Invite {
        actors: vec![actor.into()],
        hint: "Smith".into(),
        key: key("link", "secret").public_key(),
        nonce_commitment: nonce_commitment(&INVITER_NONCE),
        expires: Position::new(50),
    };
    story.says("owner", admin("owner"), Payload::Invite(invite))
}

fn join(story: &mut Story, invitation: StatementId) {
    story.arrive("smith");
    let member = member("smith");
    let proof = InvitationProof {
        contract: Genesis::contract(&story.genesis),
        invitation,
        member: Digest::of(&member.to_bytes()),
        nonce: JOINER_NONCE,
    };
    let proof = *Signed::sign(proof, &key("link", "secret")).signature();
    let data = BTreeMap::new();
    let join = Join { invitation, member, nonce: JOINER_NONCE, proof, data };
    story.says("owner", admin("smith"), Payload::Join(Box::new(join)));
}

fn confirm(story: &mut Story, invitation: StatementId) {
    story.says("owner", admin("owner"), Payload::Confirm(Confirm { invitation, nonce: INVITER_NONCE }));
}

/// An insurer opens the role of an assessor by an action of the process; with `come`, smith joins, is bound and reports.
pub fn damage(come: bool) -> Story {
    let page = include_str!("../../../../docs/guide/src/identities.md");
    let scenario = page.split("```yaml,scenario\n").nth(1).unwrap().split("```").next().unwrap();
    let mut story = Story::found(scenario, &["owner", "friend"], &[("insurer", "owner"), ("owner", "friend")]);
    story.says("owner", admin("owner"), response("insurer", "appoint", None, "{}"));
    let invitation = invite(&mut story, "assessor");
    if come {
        join(&mut story, invitation);
        confirm(&mut story, invitation);
        story.run(3_600_000);
        story.says("smith", admin("smith"), response("assessor", "report", None, r#"{"damage":"3100"}"#));
        story.run(3_600_000);
    }
    story
}

/// The codes of sentences.
pub fn codes(sentences: &[countersign_proof::Sentence]) -> Vec<&'static str> {
    sentences.iter().map(|sentence| sentence.code).collect()
}

/// The value of a fact of a sentence.
pub fn fact<'a>(sentence: &'a countersign_proof::Sentence, name: &str) -> &'a Json {
    sentence.facts.get(name).unwrap_or_else(|| panic!("{name} is no fact of {sentence:?}"))
}
