//! `POST /v1/scenario/diagram`, and the diagram of a running process.

use countersign_api_model as model;
use countersign_diagram::{Diagram, Next, Overlay, Taken};
use countersign_workflow::Outline;

use crate::Fault;
use crate::fault::outline;
use crate::json::body;

/// Most steps of an overlay; later ones are not shown.
const TAKEN_MAX: usize = 10_000;
/// Most other members of an overlay each.
const MEMBERS_MAX: usize = 2_000;

/// Draws what can be read of a document.
///
/// # Errors
/// [`Fault::Limit`], [`Fault::Scenario`]: the document is too large, or none at all.
pub fn draw(request: model::DiagramRequest) -> Result<model::Diagram, Fault> {
    let outline = outline(&request.document)?;
    let language = request.language.unwrap_or_else(|| outline.language.clone());
    drawn(&outline, &language, request.overlay)
}

/// An outline in place, with what is known of a run.
///
/// # Errors
/// [`Fault::Form`].
pub fn drawn(outline: &Outline, language: &str, overlay: model::DiagramOverlay) -> Result<model::Diagram, Fault> {
    let diagram = Diagram::of(outline, language);
    let taken = overlay.taken.into_iter().take(TAKEN_MAX);
    let next = overlay.next.into_iter().take(MEMBERS_MAX);
    let drawing = diagram.draw(&Overlay {
        current: overlay.current,
        taken: taken.map(|step| Taken { state: step.state, cause: step.cause, number: step.number }).collect(),
        next: next.map(|next| Next { actor: next.actor, action: next.action }).collect(),
        you: overlay.you.into_iter().take(MEMBERS_MAX).collect(),
        monograms: overlay.monograms.into_iter().take(MEMBERS_MAX).collect(),
        counterexample: overlay.counterexample.into_iter().take(MEMBERS_MAX).collect(),
    });
    body(&drawing.to_json(&diagram))
}
