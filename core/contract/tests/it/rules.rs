//! Every rule that can reject a statement, at least once.

use countersign_chain::{LogState, PayloadClass, StatementKind};
use countersign_contract::{AttachmentRef, Comment, Confirm, Erase, FoundError, Invite, KeyRotate, Payload, State};
use countersign_crypto::Digest;
use countersign_member::KeyPurpose;
use countersign_payload::Opening;
use countersign_types::{ContractId, PayloadCommitment, Position, Sequence, StatementId};

use crate::joining::{invite, join};
use crate::log::{Log, response_of};
use crate::people::{admin, company, key, machine, mandate, party, person, public, system, user};
use crate::scenarios::{DAY, Founding, LEASE, appraisal, at, lease, no_proofs, sale};

fn stray<T>(new: impl Fn(Digest) -> T) -> T {
    new(Digest::of(b"stray"))
}

fn tick() -> Payload {
    Payload::Tick("main".into())
}

fn comment(text: &str, media: &str) -> Payload {
    Payload::Comment(Comment { text: text.into(), media: media.into(), attachments: Vec::new() })
}

fn erase() -> Payload {
    Payload::Erase(Erase { commitments: vec![stray(PayloadCommitment::new)], reason: "asked".into() })
}

/// The lease, drafted and approved by hand.
fn signing() -> Log {
    let mut log = Log::new(&lease());
    let landlord = admin("landlord");
    let mut draft = response_of("employee", "draft", None, r#"{"rent":"950"}"#);
    let Payload::Response(response) = &mut draft else { panic!() };
    response.attachments.insert("text".into(), vec![reference("application/pdf")]);
    assert_eq!(log.say(&landlord, draft), "applied");
    assert_eq!(log.act(&landlord, "landlord", "review"), "applied");
    assert_eq!(log.process(), "signing");
    log
}

fn reference(media: &str) -> countersign_contract::AttachmentRef {
    let commitment = stray(PayloadCommitment::new);
    countersign_contract::AttachmentRef { commitment, name: "lease.pdf".into(), media: media.into(), bytes: 3 }
}

#[test]
fn what_fits_no_place_is_invalid() {
    let mut log = Log::new(&lease());
    assert_eq!(log.act(&admin("stranger"), "tenant", "sign"), "invalid: not entitled to append here");
    assert_eq!(log.act(&user("erin"), "employee", "draft"), "invalid: not entitled to append here");
    let voice = admin("tenant");
    let other_key = crate::people::Voice { use_of: "other".into(), ..voice.clone() };
    assert_eq!(log.say(&other_key, tick()), "invalid: not entitled to append here");
    let (mut statement, opening) = log.draft(&voice, tick());
    statement.sequence = Sequence::new(2);
    assert_eq!(log.place(&voice, statement.clone(), Some(opening.bytes())), "invalid: sequence does not follow");
    statement.sequence = Sequence::new(1);
    statement.contract = stray(ContractId::new);
    assert_eq!(log.place(&voice, statement, Some(opening.bytes())), "invalid: parts do not belong together");
    assert_eq!(log.position, Position::ZERO);
}

#[test]
fn requires_names_the_first_statement_that_is_missing() {
    let mut log = Log::new(&lease());
    let voice = admin("tenant");
    assert_eq!(log.say(&voice, tick()), "applied");
    let (mut statement, opening) = log.draft(&voice, tick());
    let missing = stray(StatementId::new);
    statement.requires = vec![log.last, missing];
    assert_eq!(log.place(&voice, statement, Some(opening.bytes())), format!("requires({missing})"));
    // What stands there rejected does not count either.
    let rejected = log.last;
    let (mut statement, opening) = log.draft(&voice, tick());
    statement.requires = vec![rejected];
    assert_eq!(log.place(&voice, statement, Some(opening.bytes())), format!("requires({rejected})"));
}

#[test]
fn payloads_are_there_and_of_their_form() {
    let mut log = Log::new(&lease());
    let voice = admin("tenant");
    assert_eq!(log.say_nothing(&voice, StatementKind::Comment), "malformed");
    let (statement, _) = log.draft(&voice, tick());
    assert_eq!(log.place(&voice, statement, None), "payload_unavailable");
    let (mut statement, opening) = log.draft(&voice, tick());
    statement.class = PayloadClass::Linked;
    assert_eq!(log.place(&voice, statement, Some(opening.bytes())), "malformed(class)");
    for (kind, bytes, by) in [
        (StatementKind::Tick, r#"{"process": "main"}"#, "json"),
        (StatementKind::Tick, r#"{"process":"main","process":"main"}"#, "json"),
        (StatementKind::Tick, r#"{"process":1}"#, "process"),
        (StatementKind::Tick, "{}", "process"),
        (StatementKind::Tick, "[]", "payload"),
        (StatementKind::Tick, "", "json"),
        (StatementKind::Tick, r#"{"a":1,"process":"main"}"#, "payload"),
        (StatementKind::Comment, r#"{"process":"main"}"#, "payload"),
        (StatementKind::Confirm, r#"{"invitation":"stm_x","nonce":""}"#, "invitation"),
        (StatementKind::Erase, r#"{"commitments":[],"reason":""}"#, "commitments"),
        (StatementKind::Join, "{}", "data"),
        (StatementKind::Mandate, r#"{"person":"idn_x"}"#, "person"),
        (
            StatementKind::Invite,
            r#"{"actors":["b","a"],"expires":1,"hint":"","key":"","nonce_commitment":""}"#,
            "actors",
        ),
        (StatementKind::KeyRotate, r#"{"add":{},"identity":"","retire":[]}"#, "add"),
        (StatementKind::MandateRevoke, r#"{"mandate":null}"#, "mandate"),
        (StatementKind::Identity, r#"{"inception":"a"}"#, "inception"),
        (
            StatementKind::Response,
            r#"{"action":"sign","actor":"tenant","attachments":{"x":[]},"data":null,"process":"main"}"#,
            "attachments",
        ),
    ] {
        assert_eq!(log.say_bytes(&voice, kind, bytes.as_bytes()), format!("malformed({by})"), "{bytes}");
    }
}

#[test]
fn a_response_passes_the_rules_of_the_language_in_order() {
    let mut log = signing();
    let (landlord, tenant) = (admin("landlord"), admin("tenant"));
    let mut other = response_of("tenant", "sign", None, "{}");
    let Payload::Response(response) = &mut other else { panic!() };
    response.process = "other".into();
    assert_eq!(log.say(&tenant, other), "unknown_action");
    assert_eq!(log.act(&tenant, "tenant", "fly"), "unknown_action");
    assert_eq!(log.act(&tenant, "landlord", "sign"), "not_entitled");
    assert_eq!(log.act(&tenant, "nobody", "sign"), "not_entitled");
    assert_eq!(log.act(&system("tenant"), "tenant", "sign"), "not_entitled");
    assert_eq!(log.answer(&landlord, "landlord", "review", Some("approve"), "{}"), "not_open");
    assert_eq!(log.act(&admin("bank"), "bank", "sign"), "not_yours");
    assert_eq!(log.answer(&tenant, "tenant", "sign", Some("maybe"), "{}"), "unknown_response");
    assert_eq!(log.answer(&tenant, "tenant", "sign", None, r#"{"x":1}"#), "invalid_data(/x)");
    let mut attached = response_of("tenant", "sign", None, "{}");
    let Payload::Response(response) = &mut attached else { panic!() };
    response.attachments.insert("photo".into(), vec![reference("image/png")]);
    assert_eq!(log.say(&tenant, attached), "invalid_attachment(/photo)");
    let (mut statement, opening) = log.draft(&tenant, response_of("tenant", "sign", None, "null"));
    statement.basis.seen = Some(Digest::of(b"another lease"));
    assert_eq!(log.place(&tenant, statement.clone(), Some(opening.bytes())), "seen_changed");
    statement.basis.seen = None;
    statement.sequence = statement.sequence.next();
    assert_eq!(log.place(&tenant, statement, Some(opening.bytes())), "seen_changed");
    assert_eq!(log.act(&tenant, "tenant", "sign"), "applied");
    assert_eq!(log.act(&tenant, "tenant", "sign"), "condition_not_met");
    log.wait(31 * DAY);
    assert_eq!(log.act(&landlord, "landlord", "sign"), "process_over");
    assert_eq!(log.process(), "lapsed");
}

#[test]
fn a_party_answers_system_actions_by_its_own_system_key() {
    let founding = Founding::new(ROBOT, &["shop", "client"], &[("shop", "shop"), ("client", "client")]);
    let mut log = Log::new(&founding);
    assert_eq!(log.state.entered_at("main"), Some(Position::ZERO));
    // Its system key does what systems do, as its own actors, and nothing else.
    assert_eq!(log.act(&system("client"), "client", "order"), "not_entitled");
    assert_eq!(log.act(&admin("client"), "client", "order"), "applied");
    let entered = log.position;
    assert_eq!(log.state.entered_at("main"), Some(entered));
    assert_eq!(log.act(&system("client"), "shop", "charge"), "not_entitled");
    assert_eq!(log.answer(&system("shop"), "shop", "charge", Some("ok"), r#"{"receipt":7}"#), "invalid_data(/receipt)");
    assert_eq!(log.answer(&system("shop"), "shop", "charge", Some("error"), "{}"), "applied");
    assert_eq!(log.state.entered_at("main"), Some(entered), "a response that stays is no new reason to run");
    assert_eq!(log.answer(&system("shop"), "shop", "charge", Some("ok"), r#"{"receipt":"7"}"#), "applied");
    assert_eq!((log.process(), log.state.entered_at("main")), ("charged", Some(log.position)));
    assert_eq!(log.answer(&system("shop"), "shop", "charge", Some("ok"), r#"{"receipt":"7"}"#), "process_over");
}

/// A shop's machine charges the client.
const ROBOT: &str = r#"
scenario: countersign/scenario/v1
name: robot
title: Robot
language: en
actors: {shop: {title: Shop}, client: {title: Client}}
actions:
  order: {title: Order, kind: performative, by: client}
  charge:
    title: Charge
    kind: performative
    by: shop
    run: {http: {method: POST, url: "https://bank.example/charge"}, timeout: PT10S}
    responses: {ok: {title: Charged, data: {receipt: text}}, error: {title: Not charged}}
initial: open
states:
  open: {title: Open, transitions: [{on: order, goto: charging}]}
  charging: {title: Charging, transitions: [{on: charge.ok, goto: charged}, {on: charge.error, goto: stay}]}
  charged: {title: Charged, final: success}
"#;

#[test]
fn what_binds_needs_a_persons_key() {
    let mut log = signing();
    let tenant = admin("tenant");
    let robot = crate::people::Voice { identity: machine("robot").id(), name: "robot".into(), use_of: "system".into() };
    assert_eq!(log.say(&tenant, Payload::Identity(machine("robot"))), "applied");
    let powers = mandate(robot.identity, r#"{"actors":["tenant"],"actions":["sign"]}"#);
    assert_eq!(log.say(&tenant, Payload::Mandate(powers)), "applied");
    assert_eq!(log.act(&robot, "tenant", "sign"), "wrong_key");
    // A machine does not become a person by another key.
    let rotate = crate::keys::rotation(&log, robot.identity, &[(KeyPurpose::User, "robot", "user")], &[], None);
    assert_eq!(log.say(&tenant, rotate), "invalid_data(/add)");
}

#[test]
fn a_company_may_hold_the_mandate_of_another() {
    let mut log = signing();
    let powers = mandate(party("bank"), r#"{"actors":["tenant"],"actions":["sign"]}"#);
    assert_eq!(log.act(&admin("bank"), "tenant", "sign"), "not_entitled");
    assert_eq!(log.say(&admin("tenant"), Payload::Mandate(powers)), "applied");
    assert_eq!(log.act(&admin("bank"), "tenant", "sign"), "applied");
}

#[test]
fn mandates_have_actors_actions_limits_and_time() {
    let mut log = Log::new(&lease());
    let (landlord, erin) = (admin("landlord"), user("erin"));
    let draft = |log: &mut Log, rent: &str| {
        let mut draft = response_of("employee", "draft", None, &format!("{{\"rent\":\"{rent}\"}}"));
        let Payload::Response(response) = &mut draft else { panic!() };
        response.attachments.insert("text".into(), vec![reference("application/pdf")]);
        log.say(&user("erin"), draft)
    };
    let powers = r#"{"actors":["employee"],"actions":["draft"],"limits":[{"field":"rent","max":"1000"}],
        "from":"2026-03-03T00:00:00Z","until":"2026-03-05T00:00:00Z"}"#;
    let unknown = person("erin").id();
    assert_eq!(log.say(&landlord, Payload::Mandate(mandate(unknown, powers))), format!("unknown_identity({unknown})"));
    assert_eq!(log.say(&landlord, Payload::Identity(person("erin"))), "applied");
    assert_eq!(log.say(&landlord, Payload::Mandate(mandate(unknown, powers))), "applied");
    let given = log.last;
    assert_eq!(draft(&mut log, "950"), "not_entitled");
    log.wait(DAY);
    assert_eq!(log.act(&erin, "landlord", "review"), "not_entitled");
    assert_eq!(draft(&mut log, "1000.01"), "beyond_mandate(rent)");
    assert_eq!(log.say(&admin("tenant"), Payload::MandateRevoke(given)), format!("unknown_mandate({given})"));
    assert_eq!(draft(&mut log, "1000.00"), "applied");
    assert_eq!(log.answer(&landlord, "landlord", "review", Some("reject"), r#"{"comment":"no"}"#), "applied");
    log.wait(2 * DAY);
    assert_eq!(draft(&mut log, "950"), "not_entitled");
    let always = mandate(unknown, r#"{"actors":"all","actions":"all"}"#);
    assert_eq!(log.say(&landlord, Payload::Mandate(always)), "applied");
    let always = log.last;
    assert_eq!(log.say(&landlord, Payload::MandateRevoke(always)), "applied");
    assert_eq!(log.say(&landlord, Payload::MandateRevoke(always)), format!("unknown_mandate({always})"));
    assert_eq!(draft(&mut log, "950"), "not_entitled");
    assert_eq!(log.process(), "drafting");
}

#[test]
fn only_an_admin_of_a_member_decides() {
    let mut log = Log::new(&lease());
    let (tenant, erin) = (admin("tenant"), user("erin"));
    assert_eq!(log.say(&tenant, Payload::Identity(person("erin"))), "applied");
    assert_eq!(log.say(&tenant, Payload::Identity(person("erin"))), format!("invalid_data({})", person("erin").id()));
    assert_eq!(
        log.say(&admin("bank"), Payload::Identity(person("erin"))),
        format!("invalid_data({})", person("erin").id())
    );
    assert_eq!(log.say(&tenant, Payload::Identity(company("twin"))), format!("invalid_data({})", party("twin")));
    let all = mandate(erin.identity, r#"{"actors":"all","actions":"all"}"#);
    assert_eq!(log.say(&tenant, Payload::Mandate(all.clone())), "applied");
    let given = log.last;
    let decisions = [
        Payload::Identity(person("max")),
        Payload::Mandate(all),
        Payload::MandateRevoke(given),
        Payload::KeyRotate(KeyRotate { identity: party("tenant"), add: vec![], retire: vec![], overlap: None }),
        erase(),
    ];
    for payload in decisions {
        for voice in [&erin, &system("tenant"), &crate::people::Voice { use_of: "user".into(), ..tenant.clone() }] {
            assert_eq!(log.say(voice, payload.clone()), "not_entitled", "{payload:?}");
        }
    }
    assert!(log.say(&tenant, erase()).starts_with("unknown_payload("));
}

#[test]
fn ticks_are_said_by_machines_of_members() {
    let mut log = signing();
    log.wait(31 * DAY);
    let user = crate::people::Voice { use_of: "user".into(), ..admin("tenant") };
    assert_eq!(log.say(&user, tick()), "not_entitled");
    assert_eq!(log.say(&system("tenant"), Payload::Tick("other".into())), "unknown_process");
    assert_eq!(log.process(), "signing");
    assert_eq!(log.say(&system("tenant"), tick()), "applied");
    assert_eq!(log.process(), "lapsed");
    // Nothing due: applied without effect.
    assert_eq!(log.say(&system("tenant"), tick()), "applied");
}

#[test]
fn monotone_time_never_runs_backwards_along_the_log() {
    let mut log = signing();
    log.wait(5 * DAY);
    // A rejected response advances the time all the same.
    assert_eq!(log.act(&admin("bank"), "bank", "sign"), "not_yours");
    assert_eq!(log.state.process().unwrap().time().ms(), log.now.millis());
    log.wait(-4 * DAY);
    assert_eq!(log.act(&admin("tenant"), "tenant", "sign"), "applied");
    assert_eq!(log.state.process().unwrap().time().ms(), at(5 * DAY).millis());
    assert_eq!(log.act(&admin("landlord"), "landlord", "sign"), "applied");
    assert_eq!(log.state.process().unwrap().entered().ms(), at(5 * DAY).millis());
}

#[test]
fn a_rejected_response_fires_the_timers_that_were_due() {
    let mut log = signing();
    log.wait(30 * DAY);
    assert_eq!(log.act(&admin("tenant"), "tenant", "sign"), "process_over");
    assert_eq!(log.process(), "lapsed");
    assert_eq!(log.state.process().unwrap().entered().ms(), at(30 * DAY).millis());
}

#[test]
fn nobody_requires_a_rejected_statement() {
    let mut log = Log::new(&Founding::new(crate::scenarios::APPRAISAL, &["owner"], &[("owner", "owner")]));
    let owner = admin("owner");
    assert_eq!(log.act(&owner, "owner", "ask"), "applied");
    let asked = log.last;
    let (statement, _) = log.draft(&owner, response_of("owner", "ask", None, "null"));
    assert_eq!(statement.requires, [asked]);
    log.wait(11 * DAY);
    // The timer led to `late`, and the answer that fired it was rejected.
    assert_eq!(log.answer(&owner, "owner", "ask", Some("maybe"), "null"), "unknown_response");
    assert_eq!(log.process(), "late");
    assert_eq!(log.act(&owner, "owner", "ask"), "applied");
    log.wait(11 * DAY);
    assert_eq!(log.say(&system("owner"), tick()), "applied");
    let (statement, _) = log.draft(&owner, response_of("owner", "ask", None, "null"));
    assert_eq!(statement.requires, [log.last], "the tick entered the state");
}

#[test]
fn comments_keep_to_the_rules_of_the_scenario() {
    let mut log = Log::new(&sale());
    assert_eq!(log.say(&admin("seller"), comment("hello", "text/plain")), "comments_closed");
    let mut log = Log::new(&Founding::new(crate::scenarios::APPRAISAL, &["owner", "friend"], &[("owner", "owner")]));
    assert_eq!(log.say(&admin("owner"), comment("twenty bytes, and  1", "text/plain")), "applied");
    assert_eq!(log.say(&admin("owner"), comment("twenty bytes, and 1 more", "text/plain")), "invalid_data(/text)");
    assert_eq!(log.say(&admin("owner"), comment("<b>", "text/html")), "invalid_data(/media)");
    assert_eq!(log.say(&admin("friend"), comment("hello", "text/plain")), "not_entitled");
    let before = log.state.process().unwrap().sub_hash();
    assert_eq!(log.say(&admin("owner"), comment("hello", "text/plain")), "applied");
    assert_eq!(log.state.process().unwrap().sub_hash(), before);
}

#[test]
fn a_comment_brings_files_of_the_kinds_that_the_scenario_allows() {
    let media = "comments: {by: [owner], media: [text/plain, image/png], max_bytes: 20}";
    let scenario =
        crate::scenarios::APPRAISAL.replace("comments: {by: [owner], media: [text/plain], max_bytes: 20}", media);
    let mut log = Log::new(&Founding::new(&scenario, &["owner"], &[("owner", "owner")]));
    let file = |media: &str, bytes| AttachmentRef { bytes, ..reference(media) };
    let with = |attachments: &[AttachmentRef]| {
        Payload::Comment(Comment {
            text: "the cellar".into(),
            media: "text/plain".into(),
            attachments: attachments.into(),
        })
    };
    let before = log.state.process().unwrap().sub_hash();
    assert_eq!(log.say(&admin("owner"), with(&[file("image/png", 20), file("image/png", 3)])), "applied");
    assert_eq!(log.state.process().unwrap().sub_hash(), before);
    let said = with(&[file("image/png", 20), file("application/pdf", 3)]);
    assert_eq!(log.say(&admin("owner"), said), "invalid_attachment(/attachments/1)");
    assert_eq!(log.say(&admin("owner"), with(&[file("image/png", 21)])), "invalid_attachment(/attachments/0)");
    let (statement, opening) = log.draft(&admin("owner"), with(&[file("image/png", 20)]));
    let named = log.state.attachments(&statement, Some(opening.bytes()));
    assert_eq!(named, [reference("image/png").commitment], "others fetch it, and it can be erased");
    assert_eq!(log.state.attachment_bytes(&statement, Some(opening.bytes()), &named[0]), Some(20));
    for (bytes, fault) in [
        (r#"{"attachments":[],"media":"text/plain","text":"a"}"#, "malformed(attachments)"),
        (r#"{"attachments":{},"media":"text/plain","text":"a"}"#, "malformed(attachments)"),
        (r#"{"attachments":[{"name":"a"}],"media":"text/plain","text":"a"}"#, "malformed(attachments)"),
        (r#"{"files":[],"media":"text/plain","text":"a"}"#, "malformed(payload)"),
    ] {
        assert_eq!(log.say_bytes(&admin("owner"), StatementKind::Comment, bytes.as_bytes()), fault, "{bytes}");
    }
}

#[test]
fn a_process_waits_for_its_last_actor() {
    let mut log = Log::new(&sale());
    assert_eq!(log.process(), "not started");
    assert_eq!(log.act(&admin("seller"), "seller", "withdraw"), "not_started");
    assert_eq!(log.say(&system("seller"), tick()), "unknown_process");
}

#[test]
fn invitations_are_for_free_actors_by_entitled_people() {
    let mut log = Log::new(&appraisal());
    let owner = admin("owner");
    for actors in [&["owner"][..], &["nobody"], &["assessor", "owner"]] {
        let Payload::Invite(mut offer) = invite("assessor", 20) else { panic!() };
        offer.actors = actors.iter().map(|actor| (*actor).to_owned()).collect();
        let by = actors.iter().find(|actor| **actor != "assessor").unwrap();
        assert_eq!(log.say(&owner, Payload::Invite(offer)), format!("invalid_data({by})"));
    }
    assert_eq!(log.say(&owner, Payload::Identity(person("erin"))), "applied");
    assert_eq!(log.say(&user("erin"), invite("assessor", 20)), "not_entitled");
    let may_invite =
        mandate(person("erin").id(), r#"{"actors":[],"actions":["invite"],"until":"2026-03-05T00:00:00Z"}"#);
    assert_eq!(log.say(&owner, Payload::Mandate(may_invite)), "applied");
    assert_eq!(log.say(&user("erin"), invite("assessor", 20)), "applied");
    let confirm = |invitation| Payload::Confirm(Confirm { invitation, nonce: [0; 32] });
    let offered = log.last;
    assert_eq!(log.say(&user("erin"), confirm(offered)), "not_entitled");
    assert_eq!(log.say(&owner, confirm(stray(StatementId::new))), "unknown_invitation");
    assert_eq!(log.say(&owner, confirm(offered)), "not_joined");
    // The mandate ended, whatever time its holder declares.
    log.wait(4 * DAY);
    assert_eq!(log.act(&owner, "owner", "ask"), "applied");
    log.wait(-4 * DAY);
    assert_eq!(log.say(&user("erin"), invite("second", 20)), "not_entitled");
}

#[test]
fn joins_and_confirms_have_their_rules() {
    let mut log = Log::new(&Founding::new(crate::scenarios::APPRAISAL, &["owner", "friend"], &[("owner", "owner")]));
    let (owner, smith) = (admin("owner"), admin("smith"));
    assert_eq!(log.say(&owner, invite("assessor", 3)), "applied");
    let first = log.last;
    assert_eq!(log.say(&owner, invite("second", 50)), "applied");
    let second = log.last;
    let contract = log.state.contract();
    // A newcomer's word without a sound invitation has no author whom the log knows.
    let invalid = "invalid: not entitled to append here";
    assert_eq!(log.say(&smith, join(contract, stray(StatementId::new), "smith", "{}")), invalid);
    assert_eq!(log.say(&admin("jones"), join(contract, first, "smith", "{}")), invalid);
    let Payload::Join(mut forged) = join(contract, second, "smith", "{}") else { panic!() };
    forged.nonce = [0; 32];
    assert_eq!(log.say(&smith, Payload::Join(forged)), invalid);
    // Position 3 is the last at which the first invitation counts.
    assert_eq!(log.say(&admin("friend"), tick()), "applied");
    assert_eq!(log.say(&smith, join(contract, first, "smith", "{}")), "invitation_expired");
    assert_eq!(log.say(&smith, join(contract, second, "smith", r#"{"owner":{}}"#)), "invalid_data(/data)");
    assert_eq!(log.say(&smith, join(contract, second, "smith", "{}")), "applied");
    let unknown = join(contract, stray(StatementId::new), "smith", "{}");
    assert_eq!(log.say(&smith, unknown), "unknown_invitation");
    assert_eq!(log.say(&smith, join(contract, second, "smith", "{}")), "invitation_used");
    assert_eq!(log.say(&admin("jones"), join(contract, second, "jones", "{}")), invalid);
    assert_eq!(log.say(&owner, invite("second", 50)), "invalid_data(second)");
    // Until the confirm the newcomer is nobody's member.
    assert_eq!(log.say(&smith, Payload::Identity(person("sue"))), "not_entitled");
    assert_eq!(log.say(&system("smith"), tick()), "not_entitled");
    let confirm = |nonce| Payload::Confirm(Confirm { invitation: second, nonce });
    assert_eq!(log.say(&owner, confirm([0; 32])), "invalid_data(/nonce)");
    assert_eq!(log.say(&admin("friend"), confirm(crate::joining::INVITER_NONCE)), "not_entitled");
    assert_eq!(log.say(&owner, confirm(crate::joining::INVITER_NONCE)), "applied");
    assert_eq!(log.say(&owner, confirm(crate::joining::INVITER_NONCE)), "unknown_invitation");
    assert_eq!(log.say(&smith, Payload::Identity(person("sue"))), "applied");
}

#[test]
fn a_member_does_not_join_again_nor_does_its_node() {
    let mut log = Log::new(&Founding::new(crate::scenarios::APPRAISAL, &["owner", "friend"], &[("owner", "owner")]));
    let (owner, friend, smith) = (admin("owner"), admin("friend"), admin("smith"));
    let contract = log.state.contract();
    assert_eq!(log.say(&owner, invite("assessor", 50)), "applied");
    let first = log.last;
    assert_eq!(log.say(&friend, invite("assessor", 50)), "applied");
    let again = log.last;
    assert_eq!(log.say(&owner, invite("second", 50)), "applied");
    let second = log.last;
    assert_eq!(log.say(&friend, join(contract, first, "friend", "{}")), "invalid_data(/member)");
    assert_eq!(log.say(&smith, join(contract, first, "smith", "{}")), "applied");
    // It may take a second place while it waits, and loses no key by it.
    let rotate = crate::keys::rotation(&log, smith.identity, &[], &["user"], None);
    assert_eq!(log.say(&smith, rotate), "not_entitled", "who is no member decides nothing");
    assert_eq!(log.say(&smith, join(contract, second, "smith", "{}")), "applied");
    assert_eq!(log.say(&admin("jones"), join(contract, again, "jones", "{}")), "applied");
    let confirm = |invitation| Payload::Confirm(Confirm { invitation, nonce: crate::joining::INVITER_NONCE });
    assert_eq!(log.say(&owner, confirm(first)), "applied");
    let epoch = countersign_chain::LogState::epoch(&log.state).number();
    assert_eq!(log.say(&owner, confirm(second)), "invalid_data(/member)", "it is a member already");
    assert_eq!(countersign_chain::LogState::epoch(&log.state).number(), epoch);
    // The actor that both were invited for has a party.
    assert_eq!(log.say(&friend, confirm(again)), "invalid_data(assessor)");
}

#[test]
fn there_are_at_most_64_members() {
    let names: Vec<String> = (0..64).map(|index| format!("owner{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut log = Log::new(&Founding::new(crate::scenarios::APPRAISAL, &names, &[("owner", "owner0")]));
    let contract = log.state.contract();
    assert_eq!(log.say(&admin("owner0"), invite("assessor", 50)), "applied");
    let invitation = log.last;
    assert_eq!(log.say(&admin("smith"), join(contract, invitation, "smith", "{}")), "applied");
    let confirm = Payload::Confirm(Confirm { invitation, nonce: crate::joining::INVITER_NONCE });
    assert_eq!(log.say(&admin("owner0"), confirm), "limit");
}

#[test]
fn records_of_one_party_leave_room_for_those_of_others() {
    let mut log = Log::new(&lease());
    let (tenant, bank) = (admin("tenant"), admin("bank"));
    assert_eq!(log.say(&tenant, Payload::Identity(person("erin"))), "applied");
    let all = Payload::Mandate(mandate(person("erin").id(), r#"{"actors":"all","actions":"all"}"#));
    let mut given = 0;
    while log.say(&tenant, all.clone()) == "applied" {
        given += 1;
    }
    assert_eq!(given, 1_000);
    assert_eq!(log.say(&tenant, all.clone()), "limit");
    assert_eq!(log.say(&bank, all), "applied");
}

#[test]
fn keys_of_small_order_are_no_keys() {
    let mut log = Log::new(&appraisal());
    let mut bytes = [0; 32];
    bytes[0] = 1;
    let Payload::Invite(offer) = invite("assessor", 50) else { panic!() };
    let text = String::from_utf8(Payload::Invite(Invite { key: public("x", "y"), ..offer }).to_bytes()).unwrap();
    let good = countersign_types::to_base32(&public("x", "y").bytes());
    let bad = text.replace(&good, &countersign_types::to_base32(&bytes));
    assert_ne!(text, bad);
    assert_eq!(log.say_bytes(&admin("owner"), StatementKind::Invite, bad.as_bytes()), "malformed(key)");
}

#[test]
fn a_genesis_is_founded_with_the_payload_that_it_commits_to_only() {
    let founding = Founding::new(LEASE, &["landlord", "tenant", "bank"], &[("landlord", "landlord")]);
    let refused =
        |opening: &Opening, known| State::found(&founding.genesis, opening, known, no_proofs).map(drop).unwrap_err();
    // The same charter under another salt is another payload.
    let salted = Opening::new([7; 32], founding.opening.bytes().to_vec());
    assert_eq!(refused(&salted, None), FoundError::OtherPayload);
    // A known scenario is no way around it.
    let scenario = founding.charter().scenario;
    assert_eq!(refused(&salted, Some(&scenario)).code(), "bad_opening");
    // Committed to, and no charter of this genesis.
    let mut genesis = founding.genesis.value().clone();
    genesis.payload = Opening::new([7; 32], b"{}".to_vec()).commitment();
    let genesis = genesis.found(&key("landlord", "admin")).unwrap();
    let error = State::found(&genesis, &Opening::new([7; 32], b"{}".to_vec()), None, no_proofs).map(drop).unwrap_err();
    assert_eq!(error.code(), "invalid_charter");
    let shared = State::found(&founding.genesis, &founding.opening, Some(&scenario), no_proofs).unwrap();
    assert_eq!(shared.hash(), founding.state().hash());
}

#[test]
fn the_lease_of_strangers_is_not_founded() {
    let strange = |bound: &[(&str, &str)]| {
        let founding = Founding::new(LEASE, &["landlord", "tenant", "bank"], bound);
        State::found(&founding.genesis, &founding.opening, None, no_proofs).map(drop).unwrap_err().code()
    };
    assert_eq!(strange(&[("landlord", "landlord"), ("tenant", "tenant"), ("bank", "stranger")]), "not_member");
}
