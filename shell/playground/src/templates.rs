//! `GET /v1/scenario/templates` and `GET /v1/scenario/schema`.

use countersign_api_model as model;
use countersign_workflow::{Outline, language_schema};

use crate::json::value;

/// A scenario to start from.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// What it is called in a command.
    pub name: &'static str,
    /// What it is for: a sentence.
    pub summary: &'static str,
    /// Its text.
    pub document: &'static str,
}

/// Scenarios to start from.
pub const TEMPLATES: [Template; 6] = [
    Template {
        name: "lease",
        summary: "Drafted and reviewed, signed by two parties in any order, guaranteed by a bank.",
        document: include_str!("../../../examples/lease.yaml"),
    },
    Template {
        name: "nda",
        summary: "A promise of secrecy between two parties.",
        document: include_str!("../../../examples/nda.yaml"),
    },
    Template {
        name: "building_permit",
        summary: "A permit: complete or not, seen by neighbours, decided in working days, open to an objection.",
        document: include_str!("../../../examples/building_permit.yaml"),
    },
    Template {
        name: "demo_transaction",
        summary: "Asked, promised, stated, accepted: the transaction pattern of DEMO, with its ways back.",
        document: include_str!("../../../examples/demo_transaction.yaml"),
    },
    Template {
        name: "kyc_sharing",
        summary: "A bank relies on what another found out about a customer, as long as the customer agrees.",
        document: include_str!("../../../examples/kyc_sharing.yaml"),
    },
    Template {
        name: "waste_transport",
        summary: "Waste with its accompanying form: collected, weighed at both ends, processed or brought back.",
        document: include_str!("../../../examples/waste_transport.yaml"),
    },
];

/// Scenarios to start from, as the API shows them.
pub fn templates() -> model::ScenarioTemplates {
    let one = |template: Template| {
        let outline = Outline::read(template.document.as_bytes());
        let title = outline.as_ref().and_then(|outline| outline.say(&outline.title, "en"));
        model::ScenarioTemplate {
            name: template.name.to_owned(),
            title: title.unwrap_or(template.name).to_owned(),
            summary: template.summary.to_owned(),
            document: template.document.to_owned(),
        }
    };
    model::ScenarioTemplates { templates: TEMPLATES.into_iter().map(one).collect() }
}

/// The keys of the language.
pub fn language() -> model::ScenarioSchema {
    model::ScenarioSchema { schema: value(&language_schema()) }
}
