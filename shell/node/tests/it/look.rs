//! What pages show, from real nodes.

use std::collections::BTreeMap;

use countersign_api_model::GiveNameRequest;
use countersign_chain::{Entry, Statement};
use countersign_codec::{Decode, Json};
use countersign_contract::{AttachmentRef, Response};
use countersign_merkle::{Proof, verify_inclusion};
use countersign_payload::Opening;
use countersign_types::{Signed, from_base32};

use crate::party::{Party, agree, eventually};

const LEASE: &str = include_str!("../../../../examples/lease.yaml");

fn response(actor: &str, action: &str, data: &str) -> Response {
    Response {
        process: "main".to_owned(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        response: None,
        data: Json::parse(data.as_bytes(), Default::default()).unwrap(),
        attachments: BTreeMap::new(),
    }
}

fn digest(hex: &str) -> countersign_crypto::Digest {
    let bytes: Vec<_> = (0..64).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    countersign_crypto::Digest::new(bytes.try_into().unwrap())
}

/// Nobody agrees to what cannot be read: an offer has its process and its text.
async fn is_shown_before_it_is_accepted(party: &Party, contract: &str) {
    let client = party.client();
    eventually("the offer arrives", async || client.contract(contract).await.is_ok()).await;
    assert_eq!(client.contract(contract).await.unwrap().status, countersign_api_model::ContractStatus::Offered);
    assert_eq!(client.charter(contract).await.unwrap().actors["tenant"], party.id().to_string());
    let drawn = client.diagram(contract).await.unwrap();
    let standing = |state: &str| drawn.wide.nodes.iter().find(|node| node.state == state).unwrap().standing.clone();
    assert_eq!((standing("drafting"), standing("reviewing")), ("current".to_owned(), "rest".to_owned()));
    let prose = client.prose(contract).await.unwrap();
    assert!(prose.blocks.iter().any(|block| block.current && block.state.as_deref() == Some("drafting")), "{prose:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_has_what_it_shows() {
    let landlord = Party::start("Van Dijk", 101, true).await;
    let tenant = Party::start("Noor", 102, true).await;
    let bank = Party::start("Merwede", 103, true).await;
    let actors = [("landlord", &landlord), ("tenant", &tenant), ("bank", &bank)];
    let contract = landlord.found(LEASE, &[&tenant, &bank], &actors).await;
    is_shown_before_it_is_accepted(&tenant, &contract).await;
    tenant.accept(&contract).await;
    bank.accept(&contract).await;
    landlord.mandate(&contract, &["employee", "landlord"]).await;
    let client = landlord.client();

    let inbox = client.inbox().await.unwrap();
    let draft = inbox.iter().find(|item| item.action.action == "draft").unwrap();
    assert_eq!((draft.actor_title.as_str(), draft.state.as_str()), ("Employee of the landlord", "drafting"));
    assert_eq!(draft.persons, [landlord.inception.id().to_string()]);
    let open = client.contract(&contract).await.unwrap().process.unwrap().open;
    let form = &open["employee"][0].forms[0];
    assert_eq!((form.response.as_str(), form.attachments[0].name.as_str()), ("ok", "text"));
    assert!(form.schema["properties"]["rent"].is_object(), "{}", form.schema);

    let text = Opening::new([8; 32], b"%PDF-1.7 lease".to_vec());
    let file = AttachmentRef {
        commitment: text.commitment(),
        name: "lease.pdf".to_owned(),
        media: "application/pdf".to_owned(),
        bytes: 14,
    };
    let mut said = response("employee", "draft", r#"{"rent":"950.00"}"#);
    said.attachments.insert("text".to_owned(), vec![file]);
    landlord.act(&contract, said, &[text]).await.unwrap();
    agree(&contract, &[&landlord, &tenant, &bank]).await;

    // The log from both ends.
    let newest = client.newest(&contract, None, 2).await.unwrap();
    let positions: Vec<_> = newest.entries.iter().map(|entry| entry.position).collect();
    assert_eq!((positions.as_slice(), newest.next, newest.length), (&[3, 2][..], Some(2), 3));
    let rest = client.newest(&contract, newest.next, 2).await.unwrap();
    assert_eq!((rest.entries[0].position, rest.entries.len(), rest.next), (1, 1, None));
    let entry = &newest.entries[0];
    let answer = entry.answer.as_ref().unwrap();
    assert_eq!(
        (answer.action_title.as_str(), answer.actor_title.as_str()),
        ("Draft the lease", "Employee of the landlord")
    );
    assert_eq!(entry.party_name.as_deref(), Some("Van Dijk"));
    assert_eq!((entry.attachments[0].name.as_str(), entry.attachments[0].held), ("lease.pdf", true));
    assert!(entry.times.received.is_some() && entry.times.received <= entry.times.settled, "{:?}", entry.times);
    assert_eq!(entry.receipts.iter().filter(|mark| mark.time.is_some()).count(), 3, "{:?}", entry.receipts);

    // One entry, checked from its bytes.
    let detail = client.entry(&contract, "3").await.unwrap();
    let signed: Signed<Entry> = Signed::from_bytes(&from_base32(&detail.bytes.entry).unwrap()).unwrap();
    assert_eq!(Entry::id(&signed).to_string(), detail.entry.entry);
    let statement: Signed<Statement> = Signed::from_bytes(&from_base32(&detail.bytes.statement).unwrap()).unwrap();
    assert_eq!(Statement::id(&statement).to_string(), detail.entry.statement);
    let inclusion = detail.inclusion.as_ref().unwrap();
    let proof = Proof::new(inclusion.path.iter().map(|hash| digest(hash)).collect()).unwrap();
    let leaf = Entry::id(&signed);
    assert!(verify_inclusion(leaf.bytes(), inclusion.index, inclusion.size, &proof, &digest(&inclusion.root)).is_ok());
    assert_eq!(detail.receipts.len(), 3);
    assert!(detail.receipts.iter().all(|receipt| Some(&receipt.state_hash) == detail.state_hash.as_ref()));
    assert_eq!(client.entry(&contract, &detail.entry.entry).await.unwrap().entry.position, 3);
    assert!(client.entry(&contract, "4").await.unwrap_err().to_string().contains("entry"));

    let documents = client.documents(&contract).await.unwrap().documents;
    assert_eq!((documents.len(), documents[0].position), (1, 3));
    assert!(documents[0].held && !documents[0].erased);
    let bytes = client.payload(&contract, &documents[0].commitment).await.unwrap();
    assert_eq!(documents[0].hash, Some(countersign_crypto::Digest::of(&bytes).to_string()));
    let charter = client.charter(&contract).await.unwrap();
    assert_eq!(
        (charter.scenario["name"].as_str(), charter.actors["tenant"].clone()),
        (Some("lease"), tenant.id().to_string())
    );
    assert!(client.forks(&contract).await.unwrap().forks.is_empty());

    // The process drawn and told, with entry 3 on the way and what each party is called.
    let drawn = client.diagram(&contract).await.unwrap();
    let standing = |state: &str| drawn.wide.nodes.iter().find(|node| node.state == state).unwrap().standing.clone();
    assert_eq!((standing("drafting"), standing("reviewing")), ("taken".to_owned(), "current".to_owned()));
    let line = drawn.narrow.lines.iter().find(|line| line.source == "drafting").unwrap();
    assert!(line.texts.iter().any(|text| text.text == "No. 3"), "{line:?}");
    assert_eq!(drawn.roles.iter().find(|role| role.actor == "landlord").unwrap().monogram, "VD");
    let prose = client.prose(&contract).await.unwrap();
    let here: Vec<_> = prose.blocks.iter().filter(|block| block.current).map(|block| block.state.as_deref()).collect();
    assert_eq!(here, [Some("reviewing")]);
    let runs = || prose.blocks.iter().flat_map(|block| &block.runs);
    let has = |kind: &str, text: &str| runs().any(|run| run.kind == kind && run.text == text);
    assert!(has("party", "Van Dijk") && has("value", "950") && has("blank", "____"), "{prose:?}");

    // The tenant sees nothing to do, and waits for the landlord; it can call it something.
    let tenants = tenant.client();
    let waits = tenants.waiting().await.unwrap().items;
    assert_eq!(waits.len(), 1, "{waits:?}");
    let action = &waits[0].actions[0];
    let said = (waits[0].kind.as_str(), action.action.as_str(), action.title.as_str());
    assert_eq!(said, ("action", "review", "Review the draft"));
    assert!(waits[0].last_seen.is_some() && waits[0].party_name.is_none());
    let name = GiveNameRequest { name: "Van Dijk Vastgoed".to_owned() };
    tenants.give_name(&landlord.id().to_string(), &name).await.unwrap();
    assert_eq!(tenants.waiting().await.unwrap().items[0].party_name.as_deref(), Some("Van Dijk Vastgoed"));
    let view = tenants.contract(&contract).await.unwrap();
    let member = view.members.iter().find(|member| member.party == landlord.id().to_string()).unwrap();
    let receipt = member.receipt.as_ref().unwrap();
    assert_eq!((receipt.position, &receipt.state_hash, &receipt.log_root), (3, &view.state_hash, &view.log_root));
    assert_eq!(member.actor_titles["landlord"], "Landlord");
    assert_eq!(view.names[&landlord.id().to_string()], "Van Dijk Vastgoed");
    let process = view.process.unwrap();
    let step = process.path.last().unwrap();
    assert_eq!((step.cause.as_str(), step.actor.as_deref()), ("draft.ok", Some("employee")));
    assert_eq!((&step.state, step.state != "drafting"), (&process.state, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_away_is_waited_for() {
    let owner = Party::start("owner", 104, true).await;
    let mut friend = Party::start("friend", 105, true).await;
    let contract = owner.found(crate::invite::APPRAISAL, &[&friend], &[("owner", &owner)]).await;
    friend.accept(&contract).await;
    agree(&contract, &[&owner, &friend]).await;
    friend.stop().await;
    owner.mandate(&contract, &["owner"]).await;
    let waits = owner.client().waiting().await.unwrap().items;
    let receipt = waits.iter().find(|item| item.kind == "receipt").unwrap();
    assert_eq!((receipt.party.clone(), receipt.position), (friend.id().to_string(), Some(0)));
    friend.restart().await;
    eventually("nothing is waited for", async || owner.client().waiting().await.unwrap().items.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_is_told_with_its_branches_and_what_settled_it() {
    let mut owner = Party::start("owner", 106, true).await;
    let mut friend = Party::start("friend", 107, true).await;
    let contract = owner.found(crate::invite::APPRAISAL, &[&friend], &[("owner", &owner)]).await;
    friend.accept(&contract).await;
    agree(&contract, &[&owner, &friend]).await;
    // Each says something while the other is away: both take position 1.
    friend.stop().await;
    owner.mandate(&contract, &["owner"]).await;
    owner.stop().await;
    friend.restart().await;
    friend.mandate(&contract, &["owner"]).await;
    owner.restart().await;
    agree(&contract, &[&owner, &friend]).await;

    for party in [&owner, &friend] {
        let client = party.client();
        let fork = client.forks(&contract).await.unwrap().forks.remove(0);
        assert_eq!((fork.position, fork.branches.len(), fork.questions.len()), (1, 2, 5), "{fork:?}");
        let [kept, left] = [&fork.branches[0], &fork.branches[1]];
        assert!(kept.kept && !left.kept);
        let mut by: Vec<_> = fork.branches.iter().map(|branch| branch.appended_by.clone()).collect();
        by.sort();
        let mut parties = vec![owner.id().to_string(), friend.id().to_string()];
        parties.sort();
        assert_eq!((by, kept.kind.as_str(), left.kind.as_str()), (parties, "identity", "identity"));
        // What decides is the first question with different answers, and the smaller answer is kept.
        let decides: Vec<_> = fork.questions.iter().filter(|question| question.decides).collect();
        assert_eq!((decides.len(), &fork.rule), (1, &decides[0].question));
        assert!(decides[0].answers[0] < decides[0].answers[1], "{:?}", fork.questions);
        // The statement of the other branch has another place now, and its entry tells where it stood.
        assert_eq!((kept.now_at, kept.now_entry.as_ref()), (Some(1), Some(&kept.entry)));
        assert!(left.now_at > Some(1) && left.now_entry.as_ref() != Some(&left.entry), "{left:?}");
        let now = client.entry(&contract, &left.now_at.unwrap().to_string()).await.unwrap();
        assert_eq!((&now.entry.statement, now.held), (&left.statement, true));
        assert!(now.entry.stood_at.contains(&left.entry), "{:?}", now.entry.stood_at);
        let stood = client.entry(&contract, &left.entry).await.unwrap();
        assert!(!stood.held && stood.inclusion.is_none() && stood.receipts.is_empty());
    }
}
