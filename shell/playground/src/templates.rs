//! `GET /v1/scenario/templates` and `GET /v1/scenario/schema`.

use countersign_api_model as model;
use countersign_workflow::{Outline, language_schema};

use crate::json::value;

/// Name, what it is for, text.
const TEMPLATES: [(&str, &str, &str); 2] = [
    (
        "lease",
        "Drafted and reviewed, signed by two parties in any order, guaranteed by a bank.",
        include_str!("../../../examples/lease.yaml"),
    ),
    ("nda", "A promise of secrecy between two parties.", include_str!("../../../examples/nda.yaml")),
];

/// Scenarios to start from.
pub fn templates() -> model::ScenarioTemplates {
    let one = |(name, summary, document): (&str, &str, &str)| {
        let outline = Outline::read(document.as_bytes());
        let title = outline.as_ref().and_then(|outline| outline.say(&outline.title, "en"));
        model::ScenarioTemplate {
            name: name.to_owned(),
            title: title.unwrap_or(name).to_owned(),
            summary: summary.to_owned(),
            document: document.to_owned(),
        }
    };
    model::ScenarioTemplates { templates: TEMPLATES.into_iter().map(one).collect() }
}

/// The keys of the language.
pub fn language() -> model::ScenarioSchema {
    model::ScenarioSchema { schema: value(&language_schema()) }
}
