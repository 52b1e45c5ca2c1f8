//! `contract join`: an offer of founders, or the link of an invitation.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use clap::Args;
use countersign_api_model::{
    ContractStatus, ContractView, InvitationState, InvitationView, Invited, JoinRequest, PrepareJoinRequest,
};
use countersign_chain::StatementKind;
use countersign_client::Client;
use countersign_codec::Json;
use countersign_contract::Payload;
use countersign_types::{ContractId, StatementId};

use crate::context::{self, Global};
use crate::draft::{Draft, wrong_draft};
use crate::failure::Failure;
use crate::words::Names;
use crate::{files, output, voice};

use super::{found, invite, look};

/// Most bytes of a file with a link.
const LINK_BYTES_MAX: u64 = 8_192;

/// What to take part in.
#[derive(Args, Debug)]
#[command(
    after_long_help = "A link holds a secret: whoever has it can use the invitation. As @FILE, or @- for standard \
    input, it stays out of the history of your shell. Once it was followed, the contract is enough.\n\nExample:\n  countersign contract join CONTRACT\n  \
    countersign contract join @link.txt"
)]
pub struct Join {
    /// The contract (ctr_…), the link (https://…/join#…), or @FILE with the link
    #[arg(value_name = "CONTRACT|LINK")]
    target: Target,
    /// With a link: data of an actor's own
    #[arg(long, value_name = "ACTOR=JSON")]
    actor_data: Vec<String>,
}

/// What a person was given.
#[derive(Clone)]
enum Target {
    /// A contract that the founders offer.
    Offer(ContractId),
    /// The link of an invitation.
    Link(String),
    /// The file that holds the link.
    File(String),
}

/// The secret of a link is not shown.
impl std::fmt::Debug for Target {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Offer(contract) => write!(out, "{contract}"),
            Self::Link(_) => out.write_str("a link"),
            Self::File(path) => write!(out, "@{path}"),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix('@') {
            return Ok(Self::File(path.to_owned()));
        }
        if text.starts_with("https://") {
            return Ok(Self::Link(text.to_owned()));
        }
        text.parse().map(Self::Offer).map_err(|_| "neither a contract (ctr_…) nor a link (https://…/join#…)".to_owned())
    }
}

impl Join {
    /// Takes part.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        match &self.target {
            Target::Offer(contract) => self.known(global, &contract.to_string()).await,
            Target::Link(link) => self.follow(global, link.clone()).await,
            Target::File(path) => {
                let bytes = files::read(Path::new(path), LINK_BYTES_MAX)?;
                let link = String::from_utf8(bytes).map_err(|_| Failure::misuse(format!("{path} holds no link")))?;
                self.follow(global, link.trim().to_owned()).await
            }
        }
    }

    /// Reads the contract behind a link, asks, and joins.
    async fn follow(&self, global: &Global, link: String) -> Result<(), Failure> {
        let data = self.data()?;
        let client = global.client()?;
        let invited = client.join(&JoinRequest { link }).await;
        let invited =
            invited.map_err(|error| Failure::from(error).or_next("countersign contract join @FILE, with the link"))?;
        take(global, &client, &invited, &data).await
    }

    /// A contract that this node has already: offered by its founders, or read with a link before.
    async fn known(&self, global: &Global, contract: &str) -> Result<(), Failure> {
        let data = self.data()?;
        let client = global.client()?;
        let shown = client.contract(contract).await;
        let view = shown.map_err(|error| Failure::from(error).or_next("countersign contract list"))?;
        if view.status != ContractStatus::Invited {
            return match data.is_empty() {
                true => accept(global, &client, &view).await,
                false => Err(Failure::misuse("--actor-data is for who was invited; here the founder gave the data")),
            };
        }
        let party = client.node().await?.party;
        let mut list = client.invitations(contract).await?.invitations;
        if let Some(view) = list.iter().find(|invitation| invitation.joiner.as_ref() == Some(&party)) {
            output::talk("your party has joined already, and waits to be confirmed");
            return joined(global, view, contract);
        }
        list.retain(|invitation| invitation.state == InvitationState::Open);
        let Ok([open]) = <[InvitationView; 1]>::try_from(list) else {
            return Err(Failure::refused("unknown_invitation", "not one invitation is open here, but none or several")
                .next("the same with the link"));
        };
        let invited = Invited {
            contract: contract.to_owned(),
            title: view.title,
            invitation: open.invitation,
            inviter: open.inviter,
            inviter_urls: Vec::new(),
            inviter_card: String::new(),
            actors: open.actors,
            party,
            position: view.position,
        };
        take(global, &client, &invited, &data).await
    }

    fn data(&self) -> Result<ActorData, Failure> {
        let mut all = BTreeMap::new();
        for text in &self.actor_data {
            let (actor, json) = found::pair(text, "--actor-data", "ACTOR=JSON")?;
            let Json::Map(own) = files::json(json, "--actor-data")? else {
                return Err(Failure::misuse(format!("the data of {actor} is no object")));
            };
            if all.insert(actor.to_owned(), own).is_some() {
                return Err(Failure::misuse(format!("--actor-data gives {actor} twice")));
            }
        }
        Ok(all)
    }
}

type ActorData = BTreeMap<String, BTreeMap<String, Json>>;

fn named<T: FromStr>(id: &str) -> Result<T, Failure> {
    id.parse().map_err(|_| wrong_draft("the node names something that is no id"))
}

/// Says what is offered, asks, joins, and shows the words.
async fn take(global: &Global, client: &Client, invited: &Invited, data: &ActorData) -> Result<(), Failure> {
    let contract = &invited.contract;
    let names = Names::of(&client.contract(contract).await?);
    let urls = invited.inviter_urls.iter().map(|url| format!(", at {url}")).collect::<String>();
    output::talk(&format!("contract:   {contract}"));
    output::talk(&format!("invited by: {}{urls}", names.party(&invited.inviter)));
    output::talk(&format!("read it:    countersign contract show {contract}"));
    context::confirm(&format!("Join “{}” as {}?", invited.title, invited.actors.join(", ")), global.yes)?;
    let view = sign(global, client, named(contract)?, invited, data).await;
    joined(global, &view.map_err(|failure| failure.or_next(format!("countersign contract join {contract}")))?, contract)
}

/// Has a `join` drafted, checks it, signs it with the admin key, and has it brought to the inviter.
async fn sign(
    global: &Global,
    client: &Client,
    contract: ContractId,
    invited: &Invited,
    data: &ActorData,
) -> Result<InvitationView, Failure> {
    let speaker = voice::admin(client, &global.keys()?, Some(contract)).await?;
    let (voice, own) = (speaker.voice(), voice::card(&client.node().await?)?);
    let invitation: StatementId = named(&invited.invitation)?;
    let json = Json::Map(data.iter().map(|(actor, own)| (actor.clone(), Json::Map(own.clone()))).collect());
    let json = serde_json::from_slice(&json.canonical())
        .map_err(|error| Failure::misuse(format!("--actor-data is not JSON: {error}")))?;
    let request = PrepareJoinRequest { key: voice.key.to_string(), data: json };
    let draft = Draft::read(&client.prepare_join(&invited.contract, &request).await?)?;
    draft.check_payload(contract, &voice, StatementKind::Join, |payload| {
        matches!(payload, Payload::Join(join)
            if join.invitation == invitation && join.member == own && join.data == *data)
    })?;
    let view = client.submit_join(&invited.contract, &draft.sign(&voice, &[]).request).await?;
    match view.invitation == invited.invitation {
        true => Ok(view),
        false => Err(Failure::refused("other_statement", "the node answered for another statement")
            .next(format!("countersign contract invitations {contract}"))),
    }
}

/// Shows the words and says what they are for.
fn joined(global: &Global, view: &InvitationView, contract: &str) -> Result<(), Failure> {
    global.output().show(view, |view| view.words.as_deref().map(invite::large).unwrap_or_default())?;
    if view.words.is_none() {
        output::talk("the words are not here yet");
        output::talk(&format!("next:  countersign contract invitations {contract}"));
        return Ok(());
    }
    output::talk("call whoever invited you, at a number that you know, and read these four words to each other.");
    output::talk("If they differ, somebody stands between you: do not go on. If they are equal, the inviter confirms.");
    output::talk(&format!(
        "next:  countersign contract show {contract}, which is active once the inviter has confirmed"
    ));
    Ok(())
}

/// Accepts what the founders offer.
async fn accept(global: &Global, client: &Client, offer: &ContractView) -> Result<(), Failure> {
    if offer.status == ContractStatus::Active {
        output::talk("your party takes part already");
        return global.output().show(offer, look::view);
    }
    let names = Names::of(offer);
    let members: Vec<String> = offer.members.iter().map(|member| names.party(&member.party)).collect();
    let question = format!("Take part in “{}” with {}?", offer.title, members.join(", "));
    context::confirm(&question, global.yes)?;
    let view = client.accept(&offer.contract).await?;
    global.output().show(&view, look::view)?;
    output::talk(&format!("next:  countersign action list {}", offer.contract));
    Ok(())
}
