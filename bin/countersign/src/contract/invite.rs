//! `contract invite`, `invitations` and `confirm`: the inviter's side of a newcomer.

use std::collections::BTreeSet;
use std::io::IsTerminal;

use clap::Args;
use countersign_api_model::{
    ConfirmRequest, InvitationList, InvitationState, InvitationView, InviteDraft, InviteRequest, Prepared,
};
use countersign_chain::StatementKind;
use countersign_client::Client;
use countersign_contract::Payload;
use countersign_crypto::{PublicKey, Signer, SigningKey};
use countersign_types::{ContractId, StatementId, from_base32};
use serde::Serialize;

use crate::context::{self, Global};
use crate::draft::{self, Draft, Voice, wrong_draft};
use crate::failure::Failure;
use crate::output::{self, table};
use crate::voice::{self, Speaker};
use crate::words::Names;

/// Whom to invite.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Only the link is written to standard output. It holds a secret and is shown once; if it is \
    lost, invite again.\n\nExample:\n  countersign contract invite CONTRACT --actor bank --hint \"North Bank\""
)]
pub struct Invite {
    /// The contract
    contract: ContractId,
    /// An actor that the newcomer will play; once for each
    #[arg(long, value_name = "ACTOR", required = true)]
    actor: Vec<String>,
    /// A name for people; everybody in the contract can read it
    #[arg(long, value_name = "TEXT", default_value = "")]
    hint: String,
    /// So many days your node answers the link
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u64).range(1..=366))]
    days: u64,
    /// Who invites: a person whose mandate has `invite`, or an admin key [default: the admin key]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// Which contract.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign contract invitations CONTRACT")]
pub struct Invitations {
    /// The contract
    contract: ContractId,
}

/// Whom to confirm.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Call the newcomer at a number that you know, and read the four words to each other. Without \
    --words you are asked at the terminal; --yes is no answer to that.\n\nExample:\n  \
    countersign contract confirm CONTRACT INVITATION --words \"one two three four\""
)]
pub struct Confirm {
    /// The contract
    contract: ContractId,
    /// The invitation (stm_…)
    invitation: StatementId,
    /// The four words that the newcomer read to you
    #[arg(long, value_name = "WORDS")]
    words: Option<String>,
    /// Who confirms: a person whose mandate has `confirm`, or an admin key [default: the admin key]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// An invitation that stands in the log.
#[derive(Serialize)]
struct Offered {
    contract: String,
    invitation: String,
    link: String,
    until: String,
}

/// The named speaker, or the admin: whom to let in is not for whichever person happens to be the only one.
async fn speaker(client: &Client, global: &Global, contract: ContractId, by: Option<&str>) -> Result<Speaker, Failure> {
    let keys = global.keys()?;
    match by {
        Some(_) => voice::speaker(client, &keys, contract, by).await,
        None => voice::admin(client, &keys, Some(contract)).await,
    }
}

impl Invite {
    /// Invites.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (client, contract) = (global.client()?, self.contract);
        let speaker = speaker(&client, global, contract, self.by.as_deref()).await?;
        let voice = speaker.voice();
        let offered = draft::drafted(contract, async || self.once(&client, &voice).await).await?;
        global.output().show(&offered, |offered| format!("{}\n", offered.link))?;
        output::talk(&format!("invitation {}, answered until {}", offered.invitation, offered.until));
        output::talk("whoever has the link can use it: hand it over on a safe channel. It is not shown again.");
        output::talk(&format!("next:  countersign contract invitations {contract}"));
        Ok(())
    }

    async fn once(&self, client: &Client, voice: &Voice<'_>) -> Result<Offered, Failure> {
        let contract = self.contract.to_string();
        let actors: Vec<String> = self.actor.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let request = InviteRequest {
            author: voice.identity.to_string(),
            key: voice.key.to_string(),
            actors: actors.clone(),
            hint: self.hint.clone(),
            positions: InviteRequest::positions(),
            seconds: self.days * 86_400,
        };
        let InviteDraft { statement, opening, link, until } = client.invite(&contract, &request).await?;
        let key = one_time_key(&link).ok_or_else(|| wrong_draft("the node gave something that is no link"))?;
        // Read after the draft, so the head is not before the one that the node counted from.
        let last = client.contract(&contract).await?.position.saturating_add(request.positions);
        let draft = Draft::read(&Prepared { statement, opening })?;
        draft.check_payload(self.contract, voice, StatementKind::Invite, |payload| {
            matches!(payload, Payload::Invite(invite)
                if invite.actors == actors && invite.hint == self.hint && invite.key == key
                    && invite.expires.get() <= last)
        })?;
        let invitation = draft::submit(client, self.contract, &draft.sign(voice, &[])).await?.statement;
        Ok(Offered { contract, invitation, link, until })
    }
}

/// The public half of the secret in a link: `docs/spec/invitation.md`.
fn one_time_key(link: &str) -> Option<PublicKey> {
    let bytes = from_base32(link.split_once('#')?.1)?;
    let (1, rest) = bytes.split_first().map(|(version, rest)| (*version, rest))? else { return None };
    Some(SigningKey::new(*rest.first_chunk()?).public_key())
}

impl Invitations {
    /// Lists.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (client, contract) = (global.client()?, self.contract.to_string());
        let list = listed(&client, &contract).await?;
        let names = Names::of(&client.contract(&contract).await?);
        if list.invitations.is_empty() {
            output::talk("no invitation is open in this contract");
        }
        global.output().show(&list, |list| {
            let row = |view: &InvitationView| {
                let state = match view.state {
                    InvitationState::Open => "open",
                    InvitationState::Joining => "joining",
                };
                let joiner = view.joiner.as_ref().map(|joiner| names.party(joiner)).unwrap_or_default();
                let words = view.words.as_ref().map(|words| words.join(" ")).unwrap_or_default();
                vec![view.invitation.clone(), view.actors.join("+"), state.to_owned(), joiner, words]
            };
            table(&list.invitations.iter().map(row).collect::<Vec<_>>())
        })?;
        let waiting = list.invitations.iter().find(|view| view.own && view.words.is_some());
        if let Some(view) = waiting {
            output::talk(&format!("next:  countersign contract confirm {contract} {}", view.invitation));
        }
        Ok(())
    }
}

async fn listed(client: &Client, contract: &str) -> Result<InvitationList, Failure> {
    let list = client.invitations(contract).await;
    list.map_err(|error| Failure::from(error).or_next("countersign contract list"))
}

impl Confirm {
    /// Confirms.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let (client, contract) = (global.client()?, self.contract.to_string());
        let list = listed(&client, &contract).await?;
        let words = self.words_of(&list)?;
        match &self.words {
            Some(read) => self.compare(read, words)?,
            None => self.ask(words, global.yes)?,
        }
        let speaker = speaker(&client, global, self.contract, self.by.as_deref()).await?;
        let voice = speaker.voice();
        let submitted = draft::drafted(self.contract, async || {
            let request = ConfirmRequest { author: voice.identity.to_string(), key: voice.key.to_string() };
            let prepared = client.prepare_confirm(&contract, &self.invitation.to_string(), &request).await?;
            let draft = Draft::read(&prepared)?;
            draft.check_payload(
                self.contract,
                &voice,
                StatementKind::Confirm,
                |payload| matches!(payload, Payload::Confirm(confirm) if confirm.invitation == self.invitation),
            )?;
            draft::submit(&client, self.contract, &draft.sign(&voice, &[])).await
        });
        let submitted = submitted.await?;
        global.output().show(&submitted, |submitted| format!("{}\n", submitted.statement))?;
        output::talk(&format!("confirmed at position {}: the newcomer is a member", submitted.position));
        output::talk(&format!("next:  countersign contract show {contract}"));
        Ok(())
    }

    /// The words of the node for this invitation, if there is something to confirm here.
    fn words_of<'a>(&self, list: &'a InvitationList) -> Result<&'a [String], Failure> {
        let next = format!("countersign contract invitations {}", self.contract);
        let wanted = self.invitation.to_string();
        let Some(view) = list.invitations.iter().find(|view| view.invitation == wanted) else {
            return Err(
                Failure::refused("unknown_invitation", "no such invitation is open in this contract").next(next)
            );
        };
        match &view.words {
            _ if !view.own => Err(Failure::refused("not_entitled", "another party invited, and confirms").next(next)),
            Some(words) => Ok(words),
            None => Err(Failure::refused("not_joined", "nobody has joined with this invitation yet").next(next)),
        }
    }

    fn compare(&self, read: &str, words: &[String]) -> Result<(), Failure> {
        if read.split_whitespace().map(str::to_lowercase).eq(words.iter().map(|word| word.to_lowercase())) {
            return Ok(());
        }
        let here = words.join(" ");
        Err(Failure::refused("words_differ", format!("nothing was confirmed: the words of your node are {here}"))
            .next(format!("countersign contract invitations {}", self.contract)))
    }

    /// Shows the words and asks. Only a person can have compared them, so `--yes` is no answer.
    fn ask(&self, words: &[String], yes: bool) -> Result<(), Failure> {
        if yes || !std::io::stdin().is_terminal() {
            return Err(Failure::misuse("the words must be compared; --yes is no answer to that")
                .next("the same with --words, as the newcomer reads them to you"));
        }
        output::talk(&large(words));
        context::confirm("Did the newcomer read the same words to you, on the telephone or face to face?", false)
    }
}

/// Words to be read aloud.
pub fn large(words: &[String]) -> String {
    format!("\n    {}\n\n", words.join("   "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_link_is_the_one_of_its_secret() {
        let mut bytes = vec![1];
        bytes.extend([3; 32]);
        let link = |bytes: &[u8]| format!("https://a.example/join#{}", countersign_types::to_base32(bytes));
        assert_eq!(one_time_key(&link(&bytes)), Some(SigningKey::new([3; 32]).public_key()));
        assert_eq!(one_time_key(&link(&bytes[..32])), None, "too short");
        bytes[0] = 2;
        assert_eq!(one_time_key(&link(&bytes)), None, "another version");
        assert_eq!(one_time_key("https://a.example/join"), None);
    }
}
