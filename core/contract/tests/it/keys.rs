//! Keys replaced along the log.

use countersign_contract::{KeyRotate, NewKey, Payload};
use countersign_crypto::{Namespace, Signer};
use countersign_member::{KeyId, KeyPurpose};
use countersign_types::{IdentityId, Position};

use crate::log::Log;
use crate::people::{Voice, admin, key, mandate, party, person, public, signing, user};
use crate::scenarios::lease;

/// A rotation; each new key proves that it agrees. Retired keys are uses of the keys of `tenant`, `erin` or so.
pub fn rotation(
    log: &Log,
    identity: IdentityId,
    add: &[(KeyPurpose, &str, &str)],
    retire: &[&str],
    overlap: Option<u64>,
) -> Payload {
    let add = add.iter().map(|(purpose, name, use_of)| {
        let new = signing(*purpose, name, use_of);
        let bytes = NewKey::proof_bytes(&log.state.contract(), &identity, &new);
        NewKey { key: new, proof: Some(key(name, use_of).sign(Namespace::NewKey, &bytes)) }
    });
    let owner = ["tenant", "landlord", "smith", "erin", "robot"];
    let name = owner.into_iter().find(|name| party(name) == identity || person(name).id() == identity);
    let retire = retire.iter().map(|use_of| KeyId::of_signing(&public(name.unwrap(), use_of)));
    Payload::KeyRotate(KeyRotate { identity, add: add.collect(), retire: retire.collect(), overlap })
}

fn new_voice(voice: &Voice) -> Voice {
    Voice { use_of: "new".into(), ..voice.clone() }
}

fn tick() -> Payload {
    Payload::Tick("main".into())
}

#[test]
fn a_replaced_key_signs_within_the_overlap_what_rests_on_before() {
    let mut log = Log::new(&lease());
    let tenant = admin("tenant");
    let rotate = rotation(&log, tenant.identity, &[(KeyPurpose::Admin, "tenant", "new")], &["admin"], None);
    let before = (log.position, log.head);
    assert_eq!(log.say(&tenant, rotate), "applied");
    // The overlap is 4: positions 2 to 5.
    let old_basis = |log: &mut Log, voice: &Voice| {
        let (mut statement, opening) = log.draft(voice, tick());
        (statement.basis.position, statement.basis.entry) = before;
        log.place(voice, statement, Some(opening.bytes()))
    };
    let refused = format!("not_entitled({})", tenant.key_id());
    assert_eq!(log.say(&tenant, tick()), refused, "its author knew of the rotation");
    assert_eq!(old_basis(&mut log, &tenant), "applied");
    assert_eq!(old_basis(&mut log, &tenant), "applied");
    assert_eq!(log.position, Position::new(4));
    assert_eq!(old_basis(&mut log, &tenant), "applied");
    assert_eq!(old_basis(&mut log, &tenant), refused);
    assert_eq!(log.say(&new_voice(&tenant), tick()), "applied");
}

#[test]
fn a_compromised_key_signs_nothing_more() {
    let mut log = Log::new(&lease());
    let tenant = admin("tenant");
    let rotate = rotation(&log, tenant.identity, &[(KeyPurpose::Admin, "tenant", "new")], &["admin"], Some(0));
    assert_eq!(log.say(&tenant, rotate), "applied");
    let (mut statement, opening) = log.draft(&tenant, tick());
    statement.basis.position = Position::ZERO;
    assert_eq!(log.place(&tenant, statement, Some(opening.bytes())), format!("not_entitled({})", tenant.key_id()));
    // Not even its own return.
    let back = rotation(&log, tenant.identity, &[(KeyPurpose::Admin, "tenant", "admin")], &[], None);
    assert_eq!(log.say(&new_voice(&tenant), back), "invalid_data(/add)");
}

#[test]
fn nobody_stretches_the_overlap() {
    let mut log = Log::new(&lease());
    let tenant = admin("tenant");
    let add = [(KeyPurpose::Admin, "tenant", "new")];
    let rotate = rotation(&log, tenant.identity, &add, &["admin"], Some(1_000_000));
    assert_eq!(log.say(&tenant, rotate), "applied");
    let (_, retirement) = log.state.ring(&tenant.identity).unwrap().keys().find(|(_, gone)| gone.is_some()).unwrap();
    assert_eq!(retirement.unwrap().overlap, 4);
}

#[test]
fn persons_rotate_their_own_keys_and_companies_those_of_their_people() {
    let mut log = Log::new(&lease());
    let (landlord, erin) = (admin("landlord"), user("erin"));
    assert_eq!(log.say(&landlord, Payload::Identity(person("erin"))), "applied");
    let all = mandate(erin.identity, r#"{"actors":"all","actions":"all"}"#);
    assert_eq!(log.say(&landlord, Payload::Mandate(all)), "applied");
    let own = rotation(&log, erin.identity, &[(KeyPurpose::User, "erin", "new")], &["user"], Some(0));
    assert_eq!(log.say(&admin("tenant"), own.clone()), "not_entitled");
    assert_eq!(log.say(&erin, own.clone()), "applied");
    assert_eq!(log.say(&erin, own.clone()), format!("not_entitled({})", erin.key_id()));
    let theirs = rotation(&log, erin.identity, &[(KeyPurpose::User, "erin", "third")], &["new"], Some(0));
    assert_eq!(log.say(&new_voice(&erin), rotation(&log, landlord.identity, &[], &["admin"], None)), "not_entitled");
    assert_eq!(log.say(&landlord, theirs), "applied");
    assert_eq!(log.say(&landlord, rotation(&log, person("max").id(), &[], &[], None)), "unknown_identity");
}

#[test]
fn a_rotation_is_sound() {
    let mut log = Log::new(&lease());
    let tenant = admin("tenant");
    let id = tenant.identity;
    let rotate = |log: &mut Log, payload| log.say(&admin("tenant"), payload);
    // The last key that decides stays.
    let last = rotation(&log, id, &[], &["admin"], None);
    assert_eq!(rotate(&mut log, last), "invalid_data(/retire)");
    let unknown = rotation(&log, id, &[], &["nobody's"], None);
    assert_eq!(rotate(&mut log, unknown), "invalid_data(/retire)");
    // A new key agrees.
    let Payload::KeyRotate(mut silent) = rotation(&log, id, &[(KeyPurpose::User, "tenant", "new")], &[], None) else {
        panic!()
    };
    silent.add[0].proof = None;
    assert_eq!(rotate(&mut log, Payload::KeyRotate(silent.clone())), "invalid_data(/add)");
    let bytes = NewKey::proof_bytes(&log.state.contract(), &party("bank"), &silent.add[0].key);
    silent.add[0].proof = Some(key("tenant", "new").sign(Namespace::NewKey, &bytes));
    assert_eq!(rotate(&mut log, Payload::KeyRotate(silent)), "invalid_data(/add)");
}

#[test]
fn keys_can_be_replaced_many_times() {
    let mut log = Log::new(&lease());
    let tenant = admin("tenant");
    let mut last = "admin".to_owned();
    for round in 0..40 {
        let next = format!("admin{round}");
        let add = [(KeyPurpose::Admin, "tenant", next.as_str())];
        let rotate = rotation(&log, tenant.identity, &add, &[&last], None);
        assert_eq!(log.say(&Voice { use_of: last.clone(), ..tenant.clone() }, rotate), "applied", "{round}");
        last = next;
    }
    // But there are at most 16 at one time.
    let names: Vec<String> = (0..16).map(|index| format!("more{index}")).collect();
    let add: Vec<_> = names.iter().map(|name| (KeyPurpose::User, "tenant", name.as_str())).collect();
    let rotate = rotation(&log, tenant.identity, &add, &[], None);
    assert_eq!(log.say(&Voice { use_of: last, ..tenant }, rotate), "invalid_data(/add)");
}
