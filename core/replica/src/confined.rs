//! Personal data that not all members hold: they go to those whom their class names, and to nobody else (decision 0018).

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_chain::{LogState, Statement};
use countersign_types::{IdentityId, PayloadCommitment, Signed};

use crate::{EntryItem, Replica};

/// What says who holds an attachment.
#[derive(Clone, Debug)]
pub(crate) struct Confining {
    statement: Arc<Signed<Statement>>,
    payload: Arc<[u8]>,
    /// Who held it when it came. What said so may be gone from the scenario since.
    first: BTreeSet<IdentityId>,
}

impl<S: LogState> Replica<S> {
    /// Remembers which attachments of a statement not all members hold. The first statement that names one counts: nobody
    /// frees what another party confined, or confines what all have.
    pub(crate) fn confine(
        &mut self,
        state: &S,
        statement: &Arc<Signed<Statement>>,
        payload: Option<&Arc<[u8]>>,
        attachments: &[PayloadCommitment],
    ) {
        for commitment in attachments {
            let confined = || {
                let payload = payload?;
                let first = state.holders(statement, Some(payload), commitment)?;
                Some(Confining { statement: Arc::clone(statement), payload: Arc::clone(payload), first })
            };
            self.confined.entry(*commitment).or_insert_with(confined);
        }
    }

    /// Whether a party may be given an attachment; none: a newcomer, who plays nobody yet.
    pub fn may_hold(&self, party: Option<&IdentityId>, commitment: &PayloadCommitment) -> bool {
        let Some(Some(confining)) = self.confined.get(commitment) else { return true };
        let Some(party) = party else { return false };
        let Confining { statement, payload, first } = confining;
        let now = || self.state().and_then(|state| state.holders(statement, Some(payload), commitment));
        first.contains(party) || now().is_some_and(|holders| holders.contains(party))
    }

    /// Takes away what a party may not be given.
    pub(crate) fn withhold(&self, entry: &mut EntryItem, to: Option<&IdentityId>) {
        if !self.confined.is_empty() {
            entry.openings.retain(|opening| self.may_hold(to, &opening.commitment()));
        }
    }
}
