//! Proof bundles, as the API gives them.

use std::sync::Arc;

use countersign_api::{Bytes, Kind, ProofQuery, Refusal};
use countersign_payload::{Heading, Opening};
use countersign_proof::{BUNDLE_BYTES_MAX, BuildError, Bundle, Selection, Source};
use countersign_store::Store;
use countersign_types::{ContractId, PayloadCommitment};
use tokio::sync::OwnedSemaphorePermit;

use crate::chunks;
use crate::driver::failed;
use crate::service::{NodeService, contract_id, malformed, stopping};
use crate::wire::Part;

/// Most bundles with attachments in them at one time: each is twice in memory while it is made, and once until it is sent.
pub(crate) const INCLUDES_MAX: usize = 2;

/// A bundle, and the place that it takes until it is sent.
struct Sending {
    bytes: Vec<u8>,
    _place: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Sending {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl NodeService {
    pub(crate) async fn proof_inner(&self, contract: &str, query: &ProofQuery) -> Result<Bytes, Refusal> {
        let include = match query.attachments.as_deref() {
            None | Some("apart") => false,
            Some("include") => true,
            Some(_) => return Err(malformed("attachments must be apart or include")),
        };
        let busy = |_| {
            Refusal::new(Kind::Busy, "busy", "too many bundles with attachments are being made or sent")
                .suggest("try again in a moment, or ask without attachments: they can be checked beside the bundle")
        };
        let place = include.then(|| Arc::clone(&self.includes).try_acquire_owned().map_err(busy)).transpose()?;
        let id = contract_id(contract)?;
        let store = Arc::clone(&self.store);
        let bundle = self
            .ask_about(contract, move |active, _| {
                let charter = active.charter.clone();
                let opening = |commitment: &PayloadCommitment| match active.replica.opening(commitment) {
                    Some(opening) => Some(opening.clone()),
                    None => Some(charter.clone()).filter(|charter| charter.commitment() == *commitment),
                };
                let heading = |commitment: &PayloadCommitment| {
                    chunks::outline(&store, &id, commitment).ok().flatten().map(|outline| outline.heading)
                };
                let source = Source {
                    genesis: &active.genesis,
                    knowledge: active.replica.knowledge(),
                    opening: &opening,
                    heading: &heading,
                    erasures: &|commitment| active.replica.erasure_receipts(commitment),
                };
                Bundle::build(&source, &Selection::all()).map_err(|error| refusal(&error))
            })
            .await?;
        let store = Arc::clone(&self.store);
        // Beside the driver: what is put in has many bytes.
        let written = tokio::task::spawn_blocking(move || {
            let mut bundle = bundle;
            if include {
                put_in(&store, id, &mut bundle)?;
            }
            Ok(Bytes::from_owner(Sending { bytes: bundle.to_bytes(), _place: place }))
        });
        written.await.map_err(|_| stopping())?
    }
}

/// Puts every attachment in that stands apart.
fn put_in(store: &Store, contract: ContractId, bundle: &mut Bundle) -> Result<(), Refusal> {
    let apart = bundle.apart();
    let long = apart.iter().fold(0, |sum: u64, heading| sum.saturating_add(heading.bytes));
    let bytes = usize::try_from(long).unwrap_or(usize::MAX).saturating_add(bundle.to_bytes().len());
    if bytes > BUNDLE_BYTES_MAX {
        return Err(refusal(&BuildError::TooLarge(bytes)));
    }
    for heading in apart {
        bundle.include(&whole(store, contract, &heading)?);
    }
    Ok(())
}

fn whole(store: &Store, contract: ContractId, heading: &Heading) -> Result<Opening, Refusal> {
    let commitment = heading.commitment();
    let mut payload = Vec::new();
    for index in 0..heading.chunks() {
        let chunk = chunks::bytes(store, &Part { contract, commitment, index }).map_err(|error| failed(&error))?;
        let gone = || Refusal::new(Kind::NotFound, "unknown_payload", "an attachment was deleted meanwhile");
        payload.extend_from_slice(&chunk.ok_or_else(gone)?);
    }
    Ok(Opening::new(heading.salt, payload))
}

fn refusal(error: &BuildError) -> Refusal {
    let (kind, code) = match error {
        BuildError::NothingFinal | BuildError::NotFinal(_) => (Kind::Conflict, "nothing_final"),
        BuildError::TooLarge(_) => (Kind::TooLarge, "too_large"),
        BuildError::Missing(_) | BuildError::NotWhole => (Kind::Failed, "corrupt"),
    };
    Refusal::new(kind, code, error.to_string()).suggest(match kind {
        Kind::TooLarge => "ask without attachments: they can be checked beside the bundle",
        _ => "wait until it is final: countersign contract wait --level final",
    })
}
