//! The lease: drafted, sent back, drafted again, signed by both sides, guaranteed by a bank, final everywhere.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use countersign_api_model::{ContractView, Entry, Level, Submitted};
use countersign_codec::Json;
use countersign_contract::{Comment, Payload, Response};
use countersign_member::{Mandate, Named};
use countersign_types::ContractId;
use countersign_web::Site;
use countersign_workflow::{ROOT_PROCESS, Scenario};

use crate::action::Deed;
use crate::attach::{Attached, Content};
use crate::context;
use crate::contract::{Founding, until};
use crate::draft::{self, SignedDraft, Voice};
use crate::envelopes::Envelopes;
use crate::failure::Failure;
use crate::mandate::{self, Wish, named};
use crate::words::{Names, short};

use super::stage::{Party, Stage};
use super::{Ending, Narrator, Proof, stranger};

const LEASE: &[u8] = include_bytes!("../../../../examples/lease.yaml");
const TEXT: &[u8] = include_bytes!("../../../../examples/lease.pdf");
/// The verifier as one HTML file, where the program has the web app.
const VERIFIER: &str = "countersign-verifier.html";
/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between a wish and the power cut that hits it.
const MOMENT: Duration = Duration::from_millis(2);

/// Plays it. Gives the contract, how it ended on each node, and the proof.
pub async fn tell(stage: &mut Stage, narrator: Narrator) -> Result<(String, Vec<Ending>, Proof), Failure> {
    narrator.say("Three organisations, each with a node and keys of its own")?;
    stage.start(narrator).await?;
    let contract = found(stage, narrator).await?;
    let mut play = Play { stage, narrator, contract, level: Level::Countersigned };
    play.mandates().await?;
    play.drafting().await?;
    play.power_cut().await?;
    play.signing().await?;
    play.stranger().await?;
    let endings = play.endings().await?;
    let proof = play.proof().await?;
    Ok((contract.to_string(), endings, proof))
}

/// The landlord founds the contract; tenant and bank take part.
pub async fn found(stage: &Stage, narrator: Narrator) -> Result<ContractId, Failure> {
    narrator.part("The landlord founds the contract")?;
    let (scenario, _) =
        Scenario::load(LEASE).map_err(|_| Failure::refused("scenario_faulty", "the lease of the demo has errors"))?;
    let landlord = stage.party("landlord")?;
    let mut founding = Founding::new(scenario, Json::Map(BTreeMap::new()), landlord.card.clone());
    for party in stage.parties() {
        founding.bind(party.name, party.card.clone())?;
    }
    let request = founding.request(&landlord.admin.key.signer, &mut context::seed()?, context::now())?;
    let view = landlord.client.found(&request).await?;
    let contract: ContractId =
        view.contract.parse().map_err(|_| Failure::refused("bad_answer", "the node gave no contract id"))?;
    narrator.say(&format!("  “{}” is {}, offered to tenant and bank", view.title, short(&view.contract)))?;
    for name in ["tenant", "bank"] {
        let party = stage.party(name)?;
        offered(party, contract).await?;
        party.client.accept(&view.contract).await?;
        narrator.say(&format!("  the {name} reads the offer on its own node and takes part"))?;
    }
    Ok(contract)
}

/// Waits until the offer is there.
async fn offered(party: &Party, contract: ContractId) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        match party.client.contract(&contract.to_string()).await {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() >= PATIENCE => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

struct Play<'a> {
    stage: &'a mut Stage,
    narrator: Narrator,
    contract: ContractId,
    /// The level that each step waits for: no more than the nodes that are up can give.
    level: Level,
}

/// Ends a process as a power cut would.
async fn kill(process: Option<u32>) -> Result<(), Failure> {
    let gone = || Failure::refused("no_process", "the node of the tenant is gone already");
    let process = process.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(process.ok_or_else(gone)?, rustix::process::Signal::KILL).map_err(|_| gone())
}

/// How often a comment stands in a log.
fn comments(log: &[Entry], text: &str) -> usize {
    let said = |entry: &&Entry| entry.payload.as_ref().and_then(|payload| payload.get("text")?.as_str()) == Some(text);
    log.iter().filter(said).count()
}

/// What somebody does.
struct Act<'a> {
    party: &'a str,
    person: &'a str,
    actor: &'a str,
    action: &'a str,
    response: Option<&'a str>,
    data: Json,
    attachments: Vec<Attached>,
}

impl<'a> Act<'a> {
    fn new(party: &'a str, person: &'a str, actor: &'a str, action: &'a str) -> Self {
        let data = Json::Map(BTreeMap::new());
        Self { party, person, actor, action, response: None, data, attachments: Vec::new() }
    }
}

impl Play<'_> {
    /// Each organisation says who may act for it.
    async fn mandates(&self) -> Result<(), Failure> {
        self.narrator.part("Each organisation says who may act for it")?;
        let grants = [
            ("landlord", "Eva", "employee", "draft"),
            ("landlord", "Dirk", "landlord", "all"),
            ("tenant", "Tom", "tenant", "all"),
            ("bank", "Bea", "bank", "guarantee"),
        ];
        for (name, person, actor, actions) in grants {
            let party = self.stage.party(name)?;
            let card = party.person(person)?.inception.clone();
            let mandate = Mandate {
                person: card.id(),
                key: None,
                actors: Named::These([actor.to_owned()].into()),
                actions: named(actions),
                limits: Vec::new(),
                from: None,
                until: None,
            };
            let wish = Wish { mandate, card: Some(card) };
            let (_, given) = mandate::grant(&party.client, self.contract, &party.admin_voice(), wish).await?;
            let given = self.countersigned(party, &given).await?;
            let may = if actions == "all" { "do everything".to_owned() } else { format!("only {actions}") };
            self.narrator
                .say(&format!("  the {name} lets {person} act as {actor} and {may} (position {})", given.position))?;
        }
        Ok(())
    }

    async fn drafting(&mut self) -> Result<(), Failure> {
        self.narrator.part("The bank's node goes offline; the lease is drafted, sent back and drafted again")?;
        self.stage.pause("bank").await?;
        self.level = Level::Delivered;
        let draft = |rent: &str| Act {
            data: Json::map([("rent", Json::text(rent))]),
            attachments: vec![Attached {
                name: "text".to_owned(),
                file: "lease.pdf".to_owned(),
                media: "application/pdf".to_owned(),
                content: Content::Bytes(TEXT.to_vec()),
            }],
            ..Act::new("landlord", "Eva", "employee", "draft")
        };
        let review = |response, data| Act {
            response: Some(response),
            data,
            ..Act::new("landlord", "Dirk", "landlord", "review")
        };
        self.act("Eva drafts the lease for 950 euro, with its text as PDF", draft("950")).await?;
        let comment = Json::map([("comment", Json::text("The garden is included: 975.50, please."))]);
        self.act("Dirk sends it back: “The garden is included: 975.50, please.”", review("reject", comment)).await?;
        self.act("Eva drafts it again, for 975.50 euro", draft("975.50")).await?;
        self.narrator.part("The bank's node is back, and catches up by itself")?;
        self.stage.resume("bank").await?;
        self.level = Level::Countersigned;
        let view = self.at("bank", "reviewing").await?;
        self.narrator.say(&format!("  nobody did anything: it holds everything up to position {}", view.position))?;
        self.act("Dirk approves", review("approve", Json::Map(BTreeMap::new()))).await?;
        self.read_text().await
    }

    /// The tenant's node dies while it takes a comment.
    async fn power_cut(&mut self) -> Result<(), Failure> {
        self.narrator.part("The tenant's node is killed (kill -9) in the middle of an action")?;
        let text = "Tom: the keys on Friday, please.";
        let contract = self.contract;
        let process = self.stage.party("tenant")?.process();
        let said = {
            let cut = async {
                tokio::time::sleep(MOMENT).await;
                kill(process).await
            };
            let (said, cut) = tokio::join!(self.comment(text), cut);
            cut.map(|()| said.is_ok())?
        };
        self.stage.pause("tenant").await?;
        self.stage.resume("tenant").await?;
        let tenant = self.stage.party("tenant")?;
        let kept = comments(&tenant.client.whole_log(&contract.to_string(), None).await?, text);
        if kept > 1 || (said && kept == 0) {
            return Err(Failure::refused("lost", format!("the comment is in the log {kept} times")));
        }
        let words = match (said, kept) {
            (true, _) => "it had said yes to Tom's comment, and after the restart the comment is there",
            (false, 0) => "it had not said yes to Tom's comment, and after the restart nothing half is left of it",
            (false, _) => "it had written Tom's comment but could not say so; after the restart it is there, once",
        };
        self.narrator.say(&format!("  {words}"))?;
        if kept == 0 {
            let said = self.comment(text).await?;
            let said = self.countersigned(self.stage.party("tenant")?, &said).await?;
            self.narrator.say(&format!("  Tom says it again (position {})", said.position))?;
        }
        Ok(())
    }

    async fn comment(&self, text: &str) -> Result<Submitted, Failure> {
        let tenant = self.stage.party("tenant")?;
        let person = tenant.person("Tom")?;
        let key = person.keys.first().ok_or_else(|| Failure::refused("corrupt", "the person has no key"))?;
        let voice = Voice { identity: person.inception.id(), key: key.id, signer: &key.signer };
        let comment = Comment { text: text.to_owned(), media: "text/plain".to_owned(), attachments: Vec::new() };
        draft::say(&tenant.client, self.contract, &voice, &Payload::Comment(comment), &[]).await
    }

    /// The tenant reads the text on its own node before signing it.
    async fn read_text(&self) -> Result<(), Failure> {
        let tenant = self.stage.party("tenant")?;
        until(&tenant.client, self.contract, Some("signing"), None, PATIENCE).await?;
        let log = tenant.client.whole_log(&self.contract.to_string(), None).await?;
        let attached = log.iter().rev().filter_map(|entry| entry.payload.as_ref());
        let attached = attached.filter_map(|payload| payload.pointer("/attachments/text/0/commitment")?.as_str());
        let commitment = attached.into_iter().next();
        let commitment = commitment.ok_or_else(|| Failure::refused("no_text", "the draft has no text attached"))?;
        let bytes = tenant.client.payload(&self.contract.to_string(), commitment).await?;
        if bytes != TEXT {
            return Err(Failure::refused("other_text", "the tenant has another text than the landlord"));
        }
        self.narrator.say(&format!("  Tom reads the text on the tenant's node: {} bytes, the same", bytes.len()))
    }

    async fn signing(&self) -> Result<(), Failure> {
        self.narrator.part("Landlord and tenant sign in the same moment, each on its own node")?;
        self.at("landlord", "signing").await?;
        self.at("tenant", "signing").await?;
        // Both sign what they see, and only then let go: no message of the one can reach the other in between.
        let (tom, dirk) = (self.signature("tenant", "Tom").await?, self.signature("landlord", "Dirk").await?);
        let tenant = &self.stage.party("tenant")?.client;
        let landlord = &self.stage.party("landlord")?.client;
        let (tom, dirk) =
            tokio::join!(draft::submit(tenant, self.contract, &tom), draft::submit(landlord, self.contract, &dirk),);
        let (tom, dirk) = (tom?, dirk?);
        if tom.position == dirk.position {
            self.narrator.say(&format!("  both took position {}: the logs of the two nodes fork", tom.position))?;
        } else {
            self.narrator.say("  one was a moment faster: the logs did not fork this time")?;
        }
        let tom = self.countersigned(self.stage.party("tenant")?, &tom).await?;
        let dirk = self.countersigned(self.stage.party("landlord")?, &dirk).await?;
        self.narrator.say(&format!(
            "  now all hold one log: Tom's signature at position {}, Dirk's at {}, each by its own author",
            tom.position, dirk.position
        ))?;
        self.at("tenant", "guaranteeing").await?;
        self.refused("Tom signs once more", Act::new("tenant", "Tom", "tenant", "sign")).await?;
        self.narrator.part("The bank answers for three months of rent")?;
        self.at("bank", "guaranteeing").await?;
        self.act("Bea guarantees", Act::new("bank", "Bea", "bank", "guarantee")).await
    }

    /// A signature under the lease, signed and not yet given to the node. Person and party sign as the actor of that
    /// name.
    async fn signature(&self, name: &str, person: &str) -> Result<SignedDraft, Failure> {
        let party = self.stage.party(name)?;
        let person = party.person(person)?;
        let key = person.keys.first().ok_or_else(|| Failure::refused("corrupt", "the person has no key"))?;
        let voice = Voice { identity: person.inception.id(), key: key.id, signer: &key.signer };
        let response = Response {
            process: ROOT_PROCESS.to_owned(),
            actor: name.to_owned(),
            action: "sign".to_owned(),
            response: None,
            data: Json::Map(BTreeMap::new()),
            attachments: BTreeMap::new(),
        };
        draft::sign(&party.client, self.contract, &voice, &Payload::Response(response), &[]).await
    }

    /// Waits until a party's node is in a state.
    async fn at(&self, party: &str, state: &str) -> Result<ContractView, Failure> {
        until(&self.stage.party(party)?.client, self.contract, Some(state), None, PATIENCE).await
    }

    async fn perform(&self, act: Act<'_>) -> Result<Submitted, Failure> {
        let party = self.stage.party(act.party)?;
        let person = party.person(act.person)?;
        let key = person.keys.first().ok_or_else(|| Failure::refused("corrupt", "the person has no key"))?;
        let voice = Voice { identity: person.inception.id(), key: key.id, signer: &key.signer };
        let deed = Deed {
            process: ROOT_PROCESS,
            actor: act.actor,
            action: act.action,
            response: act.response,
            data: act.data,
            attachments: act.attachments,
            envelopes: Envelopes::default(),
        };
        deed.perform(&party.client, self.contract, &voice).await
    }

    /// A statement once all countersigned it.
    async fn countersigned(&self, party: &Party, said: &Submitted) -> Result<Submitted, Failure> {
        let statement =
            said.statement.parse().map_err(|_| Failure::refused("bad_answer", "the node gave no statement id"))?;
        draft::wait(&party.client, self.contract, &statement, self.level, PATIENCE).await
    }

    /// Somebody does something, and all countersign it.
    async fn act(&self, words: &str, act: Act<'_>) -> Result<(), Failure> {
        let party = self.stage.party(act.party)?;
        let done = self.perform(act).await?;
        let held = self.countersigned(party, &done).await?;
        let view = party.client.contract(&self.contract.to_string()).await?;
        let state = view.process.as_ref().map(|process| process.title.clone()).unwrap_or_default();
        self.narrator.say(&format!("  {words} (position {})", held.position))?;
        self.narrator.say(&format!("      {}. Now: {state}", Names::of(&view).standing(&held.standing)))
    }

    /// Somebody tries what a rule forbids.
    async fn refused(&self, words: &str, act: Act<'_>) -> Result<(), Failure> {
        match self.perform(act).await {
            Ok(_) => Err(Failure::refused("not_refused", format!("{words}: a rule should have refused this"))),
            Err(failure) => self.narrator.say(&format!("  {words}: refused by the rule {}", failure.code())),
        }
    }

    /// Somebody who is no party asks and writes.
    async fn stranger(&self) -> Result<(), Failure> {
        self.narrator.part("A stranger's node tries to read the contract, and to append to it")?;
        let landlord = self.stage.party("landlord")?;
        let before = landlord.client.contract(&self.contract.to_string()).await?;
        let answers = stranger::intrude(&landlord.card, self.contract).await?;
        let after = landlord.client.contract(&self.contract.to_string()).await?;
        if (&before.head, &before.state_hash) != (&after.head, &after.state_hash) {
            return Err(Failure::refused("intruded", "the stranger changed the log of the landlord"));
        }
        self.narrator.say(&format!("  to read: {}", answers.read))?;
        self.narrator.say(&format!("  to append: {}; nothing changed", answers.append))
    }

    /// One file that proves all this without a node.
    async fn proof(&self) -> Result<Proof, Failure> {
        self.narrator.part("The landlord exports a proof; verifying it needs no node and no network")?;
        let bytes = self.stage.party("landlord")?.client.proof(&self.contract.to_string()).await?;
        let verdict = countersign_proof::verify(&bytes, Some(self.contract));
        if let Some(finding) = &verdict.finding {
            return Err(Failure::refused("not_proven", format!("the proof does not hold: {finding}")));
        }
        let file = keep("countersign-demo.bundle", &bytes)?;
        let page = Site::built().file(VERIFIER).map(|page| keep(VERIFIER, page.plain)).transpose()?;
        self.narrator.say(&format!(
            "  {} sentences are proven, {} are named as not proven",
            verdict.proven.len(),
            verdict.not_proven.len()
        ))?;
        Ok(Proof { file, page, bytes: bytes.len(), sentences: verdict.proven.len() })
    }

    /// Final on all nodes, with one state.
    async fn endings(&self) -> Result<Vec<Ending>, Failure> {
        self.narrator.part("Final on all three nodes, with the same state")?;
        let begun = Instant::now();
        loop {
            let mut views = Vec::new();
            for party in self.stage.parties() {
                let client = &party.client;
                views.push(until(client, self.contract, Some("in_force"), Some(Level::Final), PATIENCE).await?);
            }
            let (first, rest) = views.split_first().ok_or_else(|| Failure::refused("no_nodes", "no node runs"))?;
            let same = rest.iter().all(|view| (&view.head, &view.state_hash) == (&first.head, &first.state_hash));
            if same {
                let ending = |(party, view): (&Party, &ContractView)| Ending {
                    party: party.name.to_owned(),
                    api: party.client.address().to_string(),
                    process: party.process(),
                    state: "in_force".to_owned(),
                    position: view.position,
                    final_position: view.final_position,
                    state_hash: view.state_hash.clone(),
                };
                return Ok(self.stage.parties().iter().zip(&views).map(ending).collect());
            }
            if begun.elapsed() >= PATIENCE {
                return Err(Failure::refused("states_differ", "the three nodes do not have the same state"));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Leaves a file for whoever watched.
fn keep(name: &str, bytes: &[u8]) -> Result<String, Failure> {
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, bytes)
        .map_err(|error| Failure::refused("io", format!("cannot write {}: {error}", file.display())))?;
    Ok(file.display().to_string())
}
