//! Two nodes change a contract that runs: a dry run, a proposal, two votes.

use countersign_api_model::DryRunRequest;
use countersign_ballot::Choice;
use countersign_codec::{Json, JsonLimits};
use countersign_contract::{DOCUMENT_LIMITS, Payload, Propose, Vote};
use countersign_crypto::Digest;
use countersign_rules::Hash;
use countersign_workflow::ChangeKind;

use crate::lease::{nothing, response};
use crate::party::{Party, agree, told};

const CARD: &str = include_str!("../../../../docs/spec/vectors/scenario/examples/rate_card.yaml");
const SURCHARGE: &str = include_str!("../../../../docs/spec/vectors/scenario/examples/peak_surcharge.yaml");

fn digest(text: &str) -> Digest {
    Digest::new(*Hash::parse(text).unwrap().bytes())
}

fn json(value: &serde_json::Value) -> Json {
    let limits = JsonLimits { depth_max: DOCUMENT_LIMITS.depth_max, ..JsonLimits::default() };
    Json::parse(value.to_string().as_bytes(), limits).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_parties_see_what_a_deviation_changes_and_agree_on_it() {
    let carrier = Party::start("carrier", 64, true).await;
    let shipper = Party::start("shipper", 65, true).await;
    let card = carrier.found(CARD, &[&shipper], &[("carrier", &carrier), ("shipper", &shipper)]).await;
    shipper.accept(&card).await;
    let rates = Json::map([("per_kg", Json::map([("ams_mad", Json::text("0.85"))]))]);
    let by_admin =
        async |party: &Party, payload: Payload| party.say(&card, party.id(), &party.admin, &payload, &[]).await;
    by_admin(&carrier, Payload::Response(response("carrier", "offer", None, rates))).await.unwrap();
    agree(&card, &[&carrier, &shipper]).await;
    by_admin(&shipper, Payload::Response(response("shipper", "agree", None, nothing()))).await.unwrap();
    agree(&card, &[&carrier, &shipper]).await;

    let faulty = DryRunRequest { document: SURCHARGE.replace("asked:", "trading:"), to: None };
    assert!(told(carrier.client().dry_run(&card, &faulty).await.unwrap_err()).starts_with("invalid_scenario"));
    let tried = carrier.client().dry_run(&card, &DryRunRequest { document: SURCHARGE.into(), to: None }).await.unwrap();
    let preview = tried.preview.unwrap();
    assert!(tried.scenario.unwrap()["states"]["asked"].is_object(), "what would run can be drawn");
    assert_eq!((preview.state.as_str(), preview.states_added.as_slice()), ("trading", ["asked".to_owned()].as_slice()));
    assert_eq!(preview.open.len(), 1);
    assert_eq!(
        (preview.open[0].before.join(" "), preview.open[0].after.join(" ")),
        ("close".into(), "ask close".into())
    );

    let proposal = Propose {
        change: ChangeKind::Deviation,
        of: digest(&tried.of),
        document: json(&tried.document),
        to: None,
        entry: None,
    };
    by_admin(&carrier, Payload::Propose(Box::new(proposal))).await.unwrap();
    agree(&card, &[&carrier, &shipper]).await;
    let asked = shipper.client().inbox().await.unwrap().into_iter().find(|item| item.proposal.is_some()).unwrap();
    assert_eq!((asked.action.action.as_str(), asked.action.title.is_empty()), ("vote", false));
    let seen = shipper.client().changes(&card).await.unwrap().proposals.remove(0);
    assert_eq!(asked.proposal.as_deref(), Some(seen.proposal.as_str()));
    assert_eq!((seen.standing.as_str(), seen.hash.as_str(), seen.need.as_str()), ("open", tried.hash.as_str(), "all"));
    assert_eq!(seen.preview, Some(preview));
    for party in [&carrier, &shipper] {
        let proposal = seen.proposal.parse().unwrap();
        let vote = Payload::Vote(Vote { proposal, document: digest(&seen.hash), choice: Choice::Yes });
        by_admin(party, vote).await.unwrap();
        agree(&card, &[&carrier, &shipper]).await;
    }
    let changes = carrier.client().changes(&card).await.unwrap();
    assert_eq!(changes.proposals[0].standing, "accepted");
    assert!(changes.proposals[0].votes.iter().all(|vote| vote.choice.as_deref() == Some("yes")));
    assert_eq!((changes.deviations[0].name.as_str(), changes.deviations[0].spent), ("peak_surcharge", false));
    let percent = Json::map([("percent", Json::text("12.5"))]);
    by_admin(&carrier, Payload::Response(response("carrier", "ask", None, percent))).await.unwrap();
    assert_eq!(carrier.state(&card).await, "asked");
    let titled = async || {
        let entries = carrier.client().newest(&card, None, 10).await.unwrap().entries;
        let asked = entries.into_iter().filter_map(|entry| entry.answer).find(|answer| answer.action == "ask");
        asked.unwrap().action_title
    };
    let title = titled().await;
    assert!(!title.is_empty(), "what was answered has the words of what runs");
    agree(&card, &[&carrier, &shipper]).await;
    by_admin(&shipper, Payload::Response(response("shipper", "answer", Some("decline"), nothing()))).await.unwrap();
    agree(&card, &[&carrier, &shipper]).await;
    assert_eq!((carrier.client().changes(&card).await.unwrap().deviations.len(), titled().await), (0, title));
}
