//! `node peer` and `node peers`: the nodes that this one knows.

use clap::Args;
use countersign_api_model::{AddPeerRequest, PeerView};
use countersign_member::Member;

use crate::context::Global;
use crate::failure::Failure;
use crate::files;
use crate::output::{self, table};

/// Whom to get to know.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Before a contract exists, a node takes little from nodes that it does not know, and a node \
    without an open port asks only those that it knows.\n\nExample:\n  countersign node peer @tenant.card"
)]
pub struct Peer {
    /// The card of the partner: @FILE, or base32
    card: String,
}

/// Nothing to choose.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  countersign node peers")]
pub struct Peers {}

impl Peer {
    /// Gets to know a node.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let member: Member = files::card(&self.card, "the card of the partner")?;
        let request = AddPeerRequest { card: files::to_text(&member) };
        let peer = global.client()?.add_peer(&request).await;
        let peer = peer.map_err(|error| Failure::from(error).or_next("countersign node peers"))?;
        global.output().show(&peer, |peer| table(&[row(peer)]))?;
        output::talk(&format!("your node knows the node of {}", member.party()));
        output::talk("next:  countersign node check, with the same card");
        Ok(())
    }
}

impl Peers {
    /// Lists.
    pub async fn run(&self, global: &Global) -> Result<(), Failure> {
        let list = global.client()?.peers().await?;
        if list.peers.is_empty() {
            output::talk("your node knows no other node yet");
        }
        global.output().show(&list, |list| table(&list.peers.iter().map(row).collect::<Vec<_>>()))
    }
}

fn row(peer: &PeerView) -> Vec<String> {
    let urls = if peer.urls.is_empty() { "no open port".to_owned() } else { peer.urls.join(", ") };
    vec![peer.node_key.clone(), urls]
}
