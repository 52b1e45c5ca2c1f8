//! A newcomer: invited, joined, confirmed.

use countersign_chain::LogState;
use countersign_codec::{Encode, Json};
use countersign_contract::{Confirm, Invite, Join, Payload};
use countersign_crypto::Digest;
use countersign_member::{InvitationProof, Member, fingerprint, nonce_commitment};
use countersign_payload::Opening;
use countersign_replica::{Level, Notice, Refusal};
use countersign_types::{ContractId, EpochNumber, Position, Signed, StatementId};

use crate::net::Net;
use crate::people::{admin, json, key, member, party, public, system};
use crate::scenarios::{DAY, Founding, appraisal, at, sale};

pub const INVITER_NONCE: [u8; 32] = [21; 32];
const JOINER_NONCE: [u8; 32] = [22; 32];

/// An offer of one place.
pub fn invite(actor: &str, expires: u64) -> Payload {
    Payload::Invite(Invite {
        actors: vec![actor.into()],
        hint: "Smith & Sons".into(),
        key: public("link", "secret"),
        nonce_commitment: nonce_commitment(&INVITER_NONCE),
        expires: Position::new(expires),
    })
}

/// A company takes it; `data` by actor.
pub fn join(contract: ContractId, invitation: StatementId, name: &str, data: &str) -> Payload {
    let member: Member = member(name);
    let proof = InvitationProof { contract, invitation, member: Digest::of(&member.to_bytes()), nonce: JOINER_NONCE };
    let proof = *Signed::sign(proof, &key("link", "secret")).signature();
    let Json::Map(data) = json(data) else { panic!("{data}") };
    let data = data.into_iter().map(|(actor, data)| (actor, data.as_map().unwrap().clone())).collect();
    Payload::Join(Box::new(Join { invitation, member, nonce: JOINER_NONCE, proof, data }))
}

/// The newcomer's node knows the genesis; the inviter's node appends its `join`.
pub fn joins(
    net: &mut Net,
    host: &str,
    invitation: StatementId,
    name: &str,
    data: &str,
) -> Result<StatementId, Refusal> {
    net.arrive(name);
    let payload = join(net.state(host).contract(), invitation, name, data);
    let (statement, opening) = net.party(name).draft(&admin(name), payload);
    net.party(host).submits(&admin(name), statement, vec![opening])
}

pub fn confirm(invitation: StatementId) -> Payload {
    Payload::Confirm(Confirm { invitation, nonce: INVITER_NONCE })
}

#[test]
fn a_newcomer_joins_and_gets_all_history() {
    let mut net = Net::new(appraisal(), &["owner"]);
    net.party("owner").acts("owner", "ask").unwrap();
    let invitation = net.party("owner").says(&admin("owner"), invite("assessor", 50)).unwrap();
    net.settle();
    assert_eq!(net.level("owner", &invitation), Level::Final, "an invitation changes nobody's quorum");
    let epoch = net.state("owner").epoch().clone();

    let joined = joins(&mut net, "owner", invitation, "smith", r#"{"assessor":{"licence":"A1"}}"#).unwrap();
    net.settle();
    // The newcomer follows the log as a guest, and signs nothing.
    assert_eq!(net.replica("smith").head(), net.replica("owner").head());
    assert_eq!(net.state("smith").hash(), net.state("owner").hash());
    assert!(net.replica("smith").have().iter().all(|held| held.party != party("smith")));
    assert_eq!(net.level("owner", &joined), Level::Final);
    assert_eq!(net.state("owner").epoch(), &epoch);

    // Both see the same words.
    let open = net.state("smith").invitations()[&invitation].clone();
    assert_eq!(nonce_commitment(&INVITER_NONCE), open.nonce_commitment);
    let joining = open.joining.unwrap();
    let contract = net.state("owner").contract();
    let at_owner = fingerprint(&contract, &member("owner"), &joining.member, &INVITER_NONCE, &joining.nonce);
    let at_smith = fingerprint(&contract, &member("owner"), &member("smith"), &INVITER_NONCE, &JOINER_NONCE);
    assert_eq!(at_owner, at_smith);
    assert_ne!(at_owner, fingerprint(&contract, &member("owner"), &member("jones"), &INVITER_NONCE, &JOINER_NONCE));

    net.party("owner").says(&admin("owner"), confirm(invitation)).unwrap();
    net.settle();
    net.agree();
    let state = net.state("smith");
    assert_eq!(state.epoch().number(), EpochNumber::new(1));
    assert!(state.epoch().contains(&party("smith")));
    assert_eq!(state.epoch(), &std::sync::Arc::new(epoch.joined(&member("smith"), &JOINER_NONCE, &INVITER_NONCE)));
    assert_ne!(state.epoch().order(9, &party("owner")), epoch.order(9, &party("owner")));
    assert!(state.invitations().is_empty());

    // Its receipts count from now on.
    net.party("smith").offline();
    let alone = net.party("owner").says(&admin("owner"), Payload::Tick("main".into())).unwrap();
    net.settle();
    assert_eq!(net.level("owner", &alone), Level::Local);
    net.party("smith").back();
    net.run(3_600_000);
    net.agree();
    let report = crate::log::response_of("assessor", "report", None, r#"{"value":"250000"}"#);
    net.party("smith").says(&admin("smith"), report).unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("owner"), "done");
    assert_eq!(net.strikes(), Vec::<String>::new());
}

/// Who joins binds a company: a key that its node holds is not enough.
#[test]
fn a_join_is_signed_by_an_admin_key() {
    let mut net = Net::new(appraisal(), &["owner"]);
    let invitation = net.party("owner").says(&admin("owner"), invite("assessor", 50)).unwrap();
    net.arrive("smith");
    let payload = join(net.state("owner").contract(), invitation, "smith", "{}");
    let (statement, opening) = net.party("smith").draft(&system("smith"), payload);
    let refused = net.party("owner").submits(&system("smith"), statement, vec![opening]);
    assert!(matches!(&refused, Err(Refusal::Rejected { rule, .. }) if rule.as_str() == "not_entitled"), "{refused:?}");
    assert!(net.state("owner").invitations()[&invitation].joining.is_none());
    joins(&mut net, "owner", invitation, "smith", "{}").unwrap();
}

#[test]
fn an_invitation_serves_one_newcomer() {
    let mut net = Net::new(appraisal(), &["owner"]);
    let invitation = net.party("owner").says(&admin("owner"), invite("assessor", 50)).unwrap();
    joins(&mut net, "owner", invitation, "smith", "{}").unwrap();
    let late = joins(&mut net, "owner", invitation, "jones", "{}");
    assert!(matches!(late, Err(Refusal::Invalid(_))), "{late:?}");
    net.settle();
    assert_eq!(net.replica("smith").head(), net.replica("owner").head());
    assert_ne!(net.replica("jones").head(), net.replica("owner").head(), "nobody serves a stranger");
}

/// The link leaked, and two newcomers came at once through two nodes: one waits in vain, and nobody is stuck.
#[test]
fn two_newcomers_race_for_one_invitation() {
    for nonce in 0..4 {
        let mut founding = Founding::new(crate::scenarios::APPRAISAL, &["owner", "friend"], &[("owner", "owner")]);
        let mut genesis = founding.genesis.value().clone();
        genesis.nonce = [nonce; 32];
        founding.genesis = genesis.found(&key("owner", "admin")).unwrap();
        let mut net = Net::new(founding, &["owner", "friend"]);
        let invitation = net.party("owner").says(&admin("owner"), invite("assessor", 50)).unwrap();
        net.settle();
        joins(&mut net, "owner", invitation, "smith", "{}").unwrap();
        joins(&mut net, "friend", invitation, "jones", "{}").unwrap();
        net.settle();
        assert_eq!(net.replica("owner").head(), net.replica("friend").head());
        let taken = net.state("owner").invitations()[&invitation].joining.clone().unwrap().member.party();
        assert!(taken == party("smith") || taken == party("jones"));
        net.party("owner").says(&admin("owner"), confirm(invitation)).unwrap();
        net.settle();
        // Whoever lost is told so, once, where it was appended: the statement will stand nowhere.
        let abandoned = net.notices.values().flatten().filter(|notice| matches!(notice, Notice::Abandoned { .. }));
        assert_eq!(abandoned.count(), 1);
        let (winner, loser) = if taken == party("smith") { ("smith", "jones") } else { ("jones", "smith") };
        net.leave(loser);
        net.settle();
        net.agree();
        for party in ["owner", "friend", winner] {
            net.party(party).says(&admin(party), Payload::Tick("main".into())).unwrap();
        }
        net.settle();
        net.agree();
    }
}

#[test]
fn the_process_starts_when_its_last_actor_is_confirmed() {
    let mut net = Net::new(sale(), &["seller"]);
    let invitation = net.party("seller").says(&admin("seller"), invite("buyer", 50)).unwrap();
    joins(&mut net, "seller", invitation, "smith", r#"{"buyer":{"city":"Utrecht"}}"#).unwrap();
    net.settle();
    assert_eq!(net.process("smith"), "not started");
    net.now = at(3 * DAY);
    net.party("seller").says(&admin("seller"), confirm(invitation)).unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("smith"), "offered");
    let process = net.state("smith").process().unwrap().clone();
    assert_eq!(process.started().ms(), at(3 * DAY).millis());
    assert_eq!(process.next_due().unwrap().ms(), at(10 * DAY).millis());
    assert_eq!(process.actor("buyer").unwrap().to_plain().get("city"), Some(&json(r#""Utrecht""#)));
    net.party("smith").acts("buyer", "buy").unwrap();
    net.settle();
    net.agree();
    assert_eq!(net.process("seller"), "sold");
}

#[test]
fn data_that_do_not_fit_their_actor_bind_nobody() {
    let mut net = Net::new(appraisal(), &["owner"]);
    let invitation = net.party("owner").says(&admin("owner"), invite("assessor", 50)).unwrap();
    joins(&mut net, "owner", invitation, "smith", r#"{"assessor":{"licence":"much too long a licence"}}"#).unwrap();
    let refused = net.party("owner").says(&admin("owner"), confirm(invitation)).unwrap_err();
    assert!(refused.to_string().contains("invalid_data"), "{refused}");
    net.settle();
    assert_eq!(net.state("owner").epoch().len(), 1);
}

#[test]
fn who_joined_before_a_confirm_is_served_after_a_restart() {
    let mut net = Net::new(appraisal(), &["owner"]);
    let invitation = net.party("owner").says(&admin("owner"), invite("assessor", 50)).unwrap();
    net.party("owner").acts("owner", "ask").unwrap();
    net.settle();
    net.party("owner").restart();
    joins(&mut net, "owner", invitation, "smith", "{}").unwrap();
    net.settle();
    net.party("owner").restart();
    net.party("smith").restart();
    net.party("owner").says(&admin("owner"), confirm(invitation)).unwrap();
    net.settle();
    net.agree();
}

#[test]
fn a_newcomer_gets_the_files_of_final_steps_from_a_node_that_restarted() {
    let mut net = Net::new(appraisal(), &["owner"]);
    let photo = Opening::new([3; 32], b"house".as_slice());
    let ask = crate::log::response_of("owner", "ask", None, "null");
    let lie = net.party("owner").attaches(&admin("owner"), ask.clone(), "photo", photo.clone(), 6);
    assert_eq!(lie, Err(Refusal::BadOpening), "it says of its file what is not so");
    net.party("owner").attaches(&admin("owner"), ask, "photo", photo.clone(), 5).unwrap();
    let invitation = net.party("owner").says(&admin("owner"), invite("assessor", 50)).unwrap();
    net.settle();
    net.party("owner").restart();
    joins(&mut net, "owner", invitation, "smith", "{}").unwrap();
    net.settle();
    assert_eq!(net.replica("smith").opening(&photo.commitment()), Some(&photo));
}
