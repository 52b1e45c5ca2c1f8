//! The sentences of a verdict: each says no more than the signatures behind it.

use std::collections::BTreeMap;

use countersign_chain::{Network, StatementKind};
use countersign_codec::Json;
use countersign_contract::{Payload, commitment_text};
use countersign_payload::{ErasureReceipt, Heading};
use countersign_types::{IdentityId, Outcome, PayloadCommitment, Signed};

use crate::redact::attachments as named_attachments;
use crate::replay::{Recomputed, is_whole};
use crate::verify::{Acting, Checked, Facts, are_mandates_shown};
use crate::{Disclosure, Section, Sentence, Verdict};

/// The verdict over a bundle in which everything holds.
pub(crate) fn report(facts: &Facts<'_>) -> Verdict {
    let mut proven: Vec<Sentence> = on_test(facts).into_iter().chain([contract(facts), finality(facts)]).collect();
    proven.extend(facts.records.iter().filter_map(|checked| match checked.place.section {
        Section::Members => Some(member_record(facts, checked)),
        _ => None,
    }));
    let claims = || facts.records.iter().filter(|checked| checked.place.section == Section::Claims);
    proven.extend(claims().map(|checked| claim(facts, checked)));
    proven.extend(facts.records.iter().flat_map(|checked| erasures(facts, checked)));
    proven.extend(recomputed(facts));
    Verdict { proven, not_proven: not_proven(facts), finding: None }
}

fn id_list<'a>(ids: impl IntoIterator<Item = &'a IdentityId>) -> Json {
    Json::List(ids.into_iter().map(|id| Json::text(id.to_string())).collect())
}

fn enumerate(ids: &[IdentityId]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    match ids.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

fn number(value: u64) -> Json {
    Json::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn words<'a>(facts: &'a Facts<'_>, title: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let language = facts.charter.map(|charter| charter.scenario.language())?;
    title.get(language).or_else(|| title.values().next()).map(String::as_str)
}

/// Nobody is to take a trial for a contract: it is said before everything else.
fn on_test(facts: &Facts<'_>) -> Option<Sentence> {
    let text = "This contract is one of the test network: nothing that is said in it binds anybody.";
    let test = facts.bundle.genesis.network() == Network::Test;
    test.then(|| Sentence::new("test_network", text, [("network", Json::text(Network::Test.as_str()))]))
}

fn contract(facts: &Facts<'_>) -> Sentence {
    let genesis = &facts.bundle.genesis;
    let founders: Vec<IdentityId> = genesis.members.iter().map(countersign_member::Member::party).collect();
    let title = facts.charter.and_then(|charter| words(facts, charter.scenario.title()));
    let under = match title {
        Some(title) => format!("the scenario “{title}” ({})", genesis.scenario),
        None => format!("the scenario {}, whose text is left out", genesis.scenario),
    };
    let id = facts.bundle.contract();
    let compared = if facts.trusted { ", which is the contract that you named," } else { "" };
    let text = format!(
        "Contract {id}{compared} was founded by {} under {under}; its founder declares {} as the time.",
        enumerate(&founders),
        genesis.time
    );
    Sentence::new(
        "contract",
        text,
        [
            ("contract", Json::text(id.to_string())),
            ("founders", id_list(&founders)),
            ("scenario", Json::text(genesis.scenario.to_string())),
            ("title", title.map_or(Json::Null, Json::text)),
            ("time", Json::text(genesis.time.to_string())),
            ("trusted", Json::Bool(facts.trusted)),
        ],
    )
}

fn finality(facts: &Facts<'_>) -> Sentence {
    let checkpoint = &facts.bundle.checkpoint;
    let signers: Vec<IdentityId> = facts.signers.parties().collect();
    let last = facts.records.last().map(|checked| checked.place.record);
    let time = last.filter(|record| record.position() == checkpoint.position).map(|record| record.statement.time);
    let declared = time.map_or(String::new(), |time| format!(", whose author declares {time}"));
    let text = format!(
        "The log is final up to position {}, entry {}{declared}: {} (all {} members there) signed that they hold it, \
         checked it, computed the same outcomes, and hold the signatures of all for it.",
        checkpoint.position,
        checkpoint.entry,
        enumerate(&signers),
        signers.len()
    );
    Sentence::new(
        "final",
        text,
        [
            ("entry", Json::text(checkpoint.entry.to_string())),
            ("members", id_list(&signers)),
            ("position", number(checkpoint.position.get())),
            ("time", time.map_or(Json::Null, |time| Json::text(time.to_string()))),
        ],
    )
}

/// What is true of every record: where it stands, who wrote it, with which key, when as they say.
fn base(checked: &Checked<'_>) -> Vec<(&'static str, Json)> {
    let record = checked.place.record;
    let author = &record.statement.author;
    let (outcome, rule, by) = match &record.outcome {
        Outcome::Applied => ("applied", None, None),
        Outcome::Rejected { rule, by } => ("rejected", Some(rule.as_str()), Some(by.as_str())),
        Outcome::Failed { witness } => ("failed", None, Some(witness.as_str())),
    };
    let optional = |text: Option<&str>| text.map_or(Json::Null, Json::text);
    vec![
        ("appended_by", Json::text(record.entry.party.to_string())),
        ("author", Json::text(author.identity.to_string())),
        ("author_party", checked.author_party.map_or(Json::Null, |party| Json::text(party.to_string()))),
        ("by", optional(by)),
        ("entry", Json::text(countersign_chain::Entry::id(&record.entry).to_string())),
        ("key", Json::text(author.key.to_string())),
        ("kind", Json::text(record.statement.kind.as_str())),
        ("outcome", Json::text(outcome)),
        ("payload", Json::text(record.payload.as_str())),
        ("position", number(record.position().get())),
        ("rule", optional(rule)),
        ("signature", Json::text(if checked.signature_checked { "checked" } else { "not_checked" })),
        ("statement", Json::text(record.entry.statement.to_string())),
        ("time", Json::text(record.statement.time.to_string())),
    ]
}

fn sentence(code: &'static str, text: String, facts: Vec<(&'static str, Json)>) -> Sentence {
    Sentence { code, text, facts: Json::map(facts) }
}

/// "At position 3 idn_… with key key_… (declared time …)".
fn opening(checked: &Checked<'_>) -> String {
    let record = checked.place.record;
    let author = &record.statement.author;
    let (position, time) = (record.position(), record.statement.time);
    format!("At position {position}, {} with key {} (declared time {time})", author.identity, author.key)
}

fn member_record(facts: &Facts<'_>, checked: &Checked<'_>) -> Sentence {
    let mut data = base(checked);
    let said = match &checked.payload {
        Some(Payload::Invite(invite)) => {
            data.push(("actors", Json::List(invite.actors.iter().map(Json::text).collect())));
            format!("invited a newcomer to become {}", invite.actors.join(", "))
        }
        Some(Payload::Join(join)) => {
            data.push(("invitation", Json::text(join.invitation.to_string())));
            format!("asked to join on the invitation {}", join.invitation)
        }
        Some(Payload::Confirm(confirm)) => {
            let position = checked.place.record.position();
            let joined = facts.membership.admissions.iter().find(|(_, admission)| admission.position == position);
            data.push(("invitation", Json::text(confirm.invitation.to_string())));
            if let Some((member, admission)) = joined {
                data.push(("inviter", Json::text(admission.inviter.to_string())));
                data.push(("member", Json::text(member.to_string())));
            }
            let member = joined.map_or_else(|| "the newcomer".to_owned(), |(member, _)| member.to_string());
            format!("confirmed that {member} is a member from the next position on")
        }
        Some(Payload::Identity(inception)) => {
            data.push(("identity", Json::text(inception.id().to_string())));
            format!("introduced {} as one of its people or systems", inception.id())
        }
        Some(Payload::Mandate(mandate)) => {
            data.push(("mandate", mandate.to_json()));
            format!("gave {} the mandate {}", mandate.person, checked.place.record.entry.statement)
        }
        Some(Payload::MandateRevoke(mandate)) => {
            data.push(("mandate", Json::text(mandate.to_string())));
            format!("took the mandate {mandate} back")
        }
        Some(Payload::KeyRotate(rotate)) => {
            data.push(("identity", Json::text(rotate.identity.to_string())));
            format!("replaced keys of {}", rotate.identity)
        }
        _ if checked.place.record.statement.kind == StatementKind::Mandate => "gave a mandate that is left out".into(),
        _ => "took a mandate back; which one is left out".into(),
    };
    sentence("member_record", format!("{}: {said}.", opening(checked)), data)
}

fn claim(facts: &Facts<'_>, checked: &Checked<'_>) -> Sentence {
    let mut data = base(checked);
    let said = match &checked.payload {
        Some(Payload::Response(response)) => {
            let scenario = facts.charter.map(|charter| &charter.scenario);
            let title = scenario.and_then(|scenario| scenario.action(&response.action));
            let title = title.and_then(|action| words(facts, action.title()));
            data.push(("action", Json::text(&response.action)));
            data.push(("actor", Json::text(&response.actor)));
            data.push(("attachments", attachments(checked)));
            data.push(("data", response.data.clone()));
            data.push(("process", Json::text(&response.process)));
            data.push(("response", response.response.as_ref().map_or(Json::Null, Json::text)));
            data.push(("title", title.map_or(Json::Null, Json::text)));
            let title = title.map_or(String::new(), |title| format!(" “{title}”"));
            let answer =
                response.response.as_ref().map_or(String::new(), |answer| format!(" with the answer `{answer}`"));
            format!("took the action `{}`{title}{answer} as `{}`", response.action, response.actor)
        }
        Some(Payload::Comment(comment)) => {
            if !comment.attachments.is_empty() {
                data.push(("attachments", attachments(checked)));
            }
            data.push(("text", Json::text(&comment.text)));
            "commented".into()
        }
        Some(Payload::Erase(erase)) => {
            let commitments = erase.commitments.iter().map(|one| Json::text(commitment_text(one))).collect();
            data.push(("commitments", Json::List(commitments)));
            data.push(("reason", Json::text(&erase.reason)));
            format!("asked all members to erase {} payloads ({})", erase.commitments.len(), erase.reason)
        }
        Some(Payload::Propose(propose)) => {
            data.push(("change", Json::text(propose.change.as_str())));
            format!("proposed a change of kind `{}`", propose.change.as_str())
        }
        Some(Payload::Vote(vote)) => {
            data.push(("choice", Json::text(vote.choice.as_str())));
            data.push(("proposal", Json::text(vote.proposal.to_string())));
            format!("voted {} on the proposal {}", vote.choice.as_str(), vote.proposal)
        }
        Some(Payload::Tick(_)) => "stated that time had passed".into(),
        _ => format!("made a statement of kind `{}`", checked.place.record.statement.kind.as_str()),
    };
    let acting = acting(checked, &mut data);
    let became = match &checked.place.record.outcome {
        Outcome::Applied => "it took effect".to_owned(),
        Outcome::Rejected { rule, by } if by.is_empty() => format!("it was rejected by the rule `{rule}`"),
        Outcome::Rejected { rule, by } => format!("it was rejected by the rule `{rule}` ({by})"),
        Outcome::Failed { witness } => format!("it failed, as {witness} says"),
    };
    sentence("statement", format!("{} {said}{acting}; all members signed that {became}.", opening(checked)), data)
}

/// For whom: only of what took effect, since only there all members signed that the author was entitled.
fn acting(checked: &Checked<'_>, data: &mut Vec<(&'static str, Json)>) -> String {
    if !checked.place.record.outcome.is_applied() {
        return String::new();
    }
    match (&checked.acting, checked.author_party) {
        (Acting::Itself(party), _) => {
            data.push(("acting_for", id_list([party])));
            format!(", by an admin key of {party} itself")
        }
        (Acting::Mandated(mandates), _) => {
            let mut parties: Vec<IdentityId> = mandates.iter().map(|(_, party)| *party).collect();
            parties.sort_unstable();
            parties.dedup();
            let ids: Vec<String> = mandates.iter().map(|(mandate, _)| mandate.to_string()).collect();
            data.push(("acting_for", id_list(&parties)));
            data.push(("mandates", Json::List(ids.iter().map(Json::text).collect())));
            format!(", acting for {} by the mandate {}", enumerate(&parties), ids.join(", "))
        }
        (Acting::Attested, Some(party)) => format!(", introduced by {party}; what entitled it is not shown"),
        (Acting::Attested, None) => String::new(),
    }
}

fn attachments(checked: &Checked<'_>) -> Json {
    let Some(payload) = &checked.payload else { return Json::Null };
    let named = payload.files().into_iter().zip(&checked.place.record.attachments);
    let list = named.map(|((_, reference), disclosure)| {
        Json::map([
            ("bytes", number(reference.bytes)),
            ("commitment", Json::text(commitment_text(&reference.commitment))),
            ("media", Json::text(&reference.media)),
            ("name", Json::text(&reference.name)),
            ("shown", Json::text(disclosure.as_str())),
        ])
    });
    Json::List(list.collect())
}

/// Who signed that they deleted, for the payload of a record and its attachments.
fn erasures(facts: &Facts<'_>, checked: &Checked<'_>) -> Vec<Sentence> {
    let record = checked.place.record;
    let named = named_attachments(record);
    let own = [(record.statement.payload, &record.payload)];
    let shown = own.into_iter().chain(named.into_iter().zip(&record.attachments));
    let erased = shown.filter_map(|(commitment, disclosure)| match disclosure {
        Disclosure::Erased(receipts) => Some((commitment, receipts)),
        Disclosure::Absent | Disclosure::Open(_) | Disclosure::Redacted | Disclosure::Apart(_) => None,
    });
    let sentence = |(commitment, receipts): (PayloadCommitment, &Vec<Signed<ErasureReceipt>>)| {
        let by: Vec<IdentityId> = receipts.iter().map(|receipt| receipt.party).collect();
        let when: Vec<_> = receipts.iter().map(|receipt| format!("{} at {}", receipt.party, receipt.time)).collect();
        let missing: Vec<IdentityId> = facts.membership.epoch().parties().filter(|party| !by.contains(party)).collect();
        let rest = if missing.is_empty() {
            "that is every member".to_owned()
        } else {
            format!("{} did not sign that, as far as this bundle shows", enumerate(&missing))
        };
        let text = format!(
            "The payload {} of the statement {} was erased, by the signed word of {}; {rest}.",
            commitment_text(&commitment),
            record.entry.statement,
            when.join(", ")
        );
        Sentence::new(
            "erased",
            text,
            [
                ("erased_by", id_list(&by)),
                ("missing", id_list(&missing)),
                ("payload", Json::text(commitment_text(&commitment))),
                ("statement", Json::text(record.entry.statement.to_string())),
            ],
        )
    };
    erased.map(sentence).collect()
}

fn recomputed(facts: &Facts<'_>) -> Option<Sentence> {
    let position = ("position", number(facts.bundle.checkpoint.position.get()));
    let (what, text) = match facts.recomputed? {
        Recomputed::State => (
            "state",
            "The bundle holds the whole log; every outcome and the state were computed again and are what all members signed for.",
        ),
        Recomputed::Outcomes => (
            "outcomes",
            "The bundle holds the whole log; every outcome was computed again and is what all members signed for.",
        ),
    };
    Some(Sentence::new("recomputed", text, [position, ("what", Json::text(what))]))
}

fn not_proven(facts: &Facts<'_>) -> Vec<Sentence> {
    let mut list = Vec::new();
    let contract = ("contract", Json::text(facts.bundle.contract().to_string()));
    if !facts.trusted {
        let text = format!(
            "That this is the contract you mean: nobody compared its id. Until you compare {} with what the parties \
             gave you, these keys say so, and no more.",
            facts.bundle.contract()
        );
        list.push(Sentence::new("contract_not_compared", text, [contract]));
    }
    list.push(Sentence::new("persons_unknown", "Who stands behind the ids: a bundle knows keys, not names.", []));
    list.push(Sentence::new(
        "time_declared",
        "When anything was said: every time is what its author declares; only the order is proven.",
        [],
    ));
    let position = facts.bundle.checkpoint.position.get();
    list.push(Sentence::new(
        "newer_unknown",
        format!("What came after position {position}: newer entries are not part of this bundle."),
        [("position", number(position))],
    ));
    list.extend(gaps(facts));
    list.extend(left_out(facts));
    if !are_mandates_shown(facts.bundle) {
        let text = "Which mandates were in force: some records of them are left out, so others can be missing unseen.";
        list.push(Sentence::new("mandates_not_complete", text, []));
    }
    list.extend(unchecked(facts));
    list.extend(not_recomputed(facts));
    list
}

/// Entries that the bundle does not show.
fn gaps(facts: &Facts<'_>) -> Option<Sentence> {
    let position = facts.bundle.checkpoint.position.get();
    let hidden = position.saturating_sub(facts.records.len() as u64);
    let text = format!("What the other {hidden} of {position} entries say: they are not shown.");
    (hidden > 0).then(|| Sentence::new("entries_not_shown", text, [("entries", number(hidden))]))
}

/// Payloads that are redacted or erased, by what they belong to.
fn left_out(facts: &Facts<'_>) -> Vec<Sentence> {
    let mut list = Vec::new();
    let mut say = |object: String, id: String, disclosure: &Disclosure| {
        let why = match disclosure {
            Disclosure::Redacted => "left out",
            Disclosure::Erased(_) => "erased",
            Disclosure::Apart(heading) => return list.push(apart(&object, id, heading)),
            Disclosure::Absent | Disclosure::Open(_) => return,
        };
        let text =
            format!("What {object} {id} says: it is {why}. What it commits to is proven, and cannot be changed.");
        let data = [("of", Json::text(id)), ("why", Json::text(disclosure.as_str()))];
        list.push(Sentence::new("payload_not_shown", text, data));
    };
    say("the scenario of".into(), facts.bundle.contract().to_string(), &facts.bundle.charter);
    for checked in facts.records {
        let record = checked.place.record;
        let id = record.entry.statement.to_string();
        say("the payload of".into(), id.clone(), &record.payload);
        for (index, attachment) in record.attachments.iter().enumerate() {
            say(format!("attachment {} of", index.saturating_add(1)), id.clone(), attachment);
        }
    }
    list
}

/// An attachment that is too long for the bundle. What it is, is proven; what it says, only the file shows.
fn apart(object: &str, id: String, heading: &Heading) -> Sentence {
    let content: String = heading.content.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!(
        "What {object} {id} says: its {} bytes are left out. A file is this attachment if its content hash is {content}.",
        heading.bytes
    );
    let data = [
        ("bytes", number(heading.bytes)),
        ("content", Json::text(content)),
        ("of", Json::text(id)),
        ("why", Json::text("apart")),
    ];
    Sentence::new("payload_not_shown", text, data)
}

/// Statements whose author's keys stand in a payload that is not shown.
fn unchecked(facts: &Facts<'_>) -> Vec<Sentence> {
    let unchecked = facts.records.iter().filter(|checked| !checked.signature_checked);
    let sentence = |checked: &Checked<'_>| {
        let statement = checked.place.record.entry.statement;
        let text = format!("That its author signed {statement}: the keys stand in its payload, which is not shown.");
        Sentence::new("signature_not_checked", text, [("statement", Json::text(statement.to_string()))])
    };
    unchecked.map(sentence).collect()
}

fn not_recomputed(facts: &Facts<'_>) -> Option<Sentence> {
    if facts.recomputed == Some(Recomputed::State) {
        return None;
    }
    let (why, text) = if facts.recomputed == Some(Recomputed::Outcomes) {
        let text = "The state as a whole was not compared: no member's signature is for exactly this place.";
        ("no_receipt_here", text)
    } else {
        let erased = |checked: &Checked<'_>| matches!(checked.place.record.payload, Disclosure::Erased(_));
        let why = if facts.charter.is_some() && is_whole(facts.bundle, facts.records) {
            "not_computed"
        } else if facts.records.iter().any(erased) {
            "erased"
        } else {
            "not_whole"
        };
        let text = "Outcomes were not computed again, as the bundle does not hold the whole log: all members signed \
                    that they computed them.";
        (why, text)
    };
    Some(Sentence::new("state_not_recomputed", text, [("why", Json::text(why))]))
}
