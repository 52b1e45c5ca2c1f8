//! Computing the state again from a bundle of the whole log.

use std::collections::BTreeSet;

use countersign_chain::{LogState, PayloadUse, Prefix};
use countersign_contract::{Charter, State};
use countersign_types::{PayloadCommitment, Position, StatementId};

use crate::redact::attachments;
use crate::verify::Checked;
use crate::{Bundle, Fault, Finding, Section};

/// What was computed again and is what all members signed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recomputed {
    /// Every outcome. No member's signature is for the state exactly at the checkpoint.
    Outcomes,
    /// Every outcome, and the state at the checkpoint.
    State,
}

/// What was replayed so far.
struct Before<'a> {
    applied: BTreeSet<StatementId>,
    records: &'a [Checked<'a>],
}

impl Prefix for Before<'_> {
    fn is_applied(&self, statement: &StatementId) -> bool {
        self.applied.contains(statement)
    }

    fn uses(&self, payloads: &[PayloadCommitment]) -> Vec<Option<PayloadUse>> {
        let mut uses = vec![None; payloads.len()];
        for checked in self.records {
            let record = checked.place.record;
            PayloadUse::note(&mut uses, payloads, &record.statement, &attachments(record));
        }
        uses
    }
}

/// Replays the log if nothing of it is missing; none if something is.
pub(crate) fn recompute(
    bundle: &Bundle,
    charter: Option<&Charter>,
    records: &[Checked<'_>],
) -> Result<Option<Recomputed>, Finding> {
    let known = charter.filter(|_| is_whole(bundle, records)).zip(bundle.charter.opening());
    let Some((charter, opening)) = known else { return Ok(None) };
    let mut state = State::found(&bundle.genesis, opening, Some(&charter.scenario), crate::read)
        .map_err(|error| Finding::new(Section::Genesis, "genesis.charter", Fault::BadCharter, error.to_string()))?;
    let mut applied = BTreeSet::new();
    for (index, checked) in records.iter().enumerate() {
        let before = Before { applied, records: records.get(..index).unwrap_or_default() };
        let place = &checked.place;
        let payload = place.record.payload.opening().map(|opening| opening.bytes().as_ref());
        let (next, outcome) = match state.apply(&before, &place.record.entry, &place.record.statement, payload) {
            Ok(done) => done,
            Err(invalid) => return place.fail("", Fault::StateDiffers, format!("it could not stand here: {invalid}")),
        };
        if outcome != place.record.outcome {
            return place.fail("outcome", Fault::StateDiffers, "computed again, the outcome is another");
        }
        applied = before.applied;
        if outcome.is_applied() {
            applied.insert(place.record.entry.statement);
        }
        state = next;
    }
    compare(bundle, &state).map(Some)
}

fn compare(bundle: &Bundle, state: &State) -> Result<Recomputed, Finding> {
    let checkpoint = &bundle.checkpoint;
    let fail = |message: &str| Err(Finding::new(Section::Checkpoint, "checkpoint", Fault::StateDiffers, message));
    if state.outcomes().root() != checkpoint.outcomes_root {
        return fail("computed again, the outcomes are others");
    }
    let same = |anchor: &&crate::Anchor| anchor.position == checkpoint.position;
    match bundle.finality.anchors.iter().find(same) {
        None => Ok(Recomputed::Outcomes),
        Some(anchor) if anchor.state_hash() == state.hash() => Ok(Recomputed::State),
        Some(_) => fail("computed again, the state is another than all members signed for"),
    }
}

/// Whether every entry up to the checkpoint is here with its payload.
pub(crate) fn is_whole(bundle: &Bundle, records: &[Checked<'_>]) -> bool {
    let mut next = Position::ZERO;
    let gapless = records.iter().all(|checked| {
        next = next.next();
        let record = checked.place.record;
        record.position() == next && matches!(record.payload, crate::Disclosure::Absent | crate::Disclosure::Open(_))
    });
    gapless && next == bundle.checkpoint.position
}
