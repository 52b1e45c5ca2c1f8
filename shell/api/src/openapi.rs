//! The description of the API: `docs/spec/openapi.json`.
//!
//! `operations.rs` says what each path does; the schemas are those of `countersign-api-model`.

use std::collections::BTreeMap;

use countersign_api_model::{self as model, Role};
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::Kind;
use crate::operation::{Answered, Effect, Operation};
use crate::operations::operations;

/// The schemas. What they refer to comes with them.
#[derive(OpenApi)]
#[openapi(components(schemas(
    model::AddPeerRequest,
    model::AddUserRequest,
    model::AddWebhookRequest,
    model::Challenge,
    model::ChangeUserRequest,
    model::ChangeWebhookRequest,
    model::CharterView,
    model::CheckReport,
    model::CheckRequest,
    model::ConfirmRequest,
    model::ContractList,
    model::ContractView,
    model::DocumentList,
    model::EnrolRequest,
    model::EnrolmentLink,
    model::EntryDetail,
    model::Diagram,
    model::DiagramRequest,
    model::Event,
    model::ChangeList,
    model::DryRun,
    model::DryRunRequest,
    model::ForkList,
    model::FoundRequest,
    model::GiveNameRequest,
    model::Foundation,
    model::FoundationRequest,
    model::InboxList,
    model::InvitationList,
    model::InvitationView,
    model::InviteDraft,
    model::InviteRequest,
    model::InviteUserRequest,
    model::Invited,
    model::JoinRequest,
    model::Level,
    model::Log,
    model::LoggedIn,
    model::LoginRequest,
    model::NameList,
    model::NameView,
    model::NodeInfo,
    model::NodeStats,
    model::OutboxList,
    model::PeerList,
    model::PersonList,
    model::PersonalList,
    model::RunList,
    model::RunView,
    model::PeerView,
    model::PrepareJoinRequest,
    model::PrepareRequest,
    model::Prepared,
    model::Problem,
    model::Prose,
    model::ProseRequest,
    model::ReplayWebhookRequest,
    model::ResendRequest,
    model::Session,
    model::ScenarioCheckRequest,
    model::ScenarioReport,
    model::Soundness,
    model::SoundnessFlaw,
    model::SoundnessStage,
    model::SoundnessVerdict,
    model::ScenarioRun,
    model::ScenarioRunRequest,
    model::ScenarioSchema,
    model::ScenarioTemplates,
    model::SubmitRequest,
    model::Submitted,
    model::Uploaded,
    model::User,
    model::UserInvitationList,
    model::UserList,
    model::WaitingList,
    model::Webhook,
    model::WebhookDelivery,
    model::WebhookDeliveryList,
    model::WebhookEvent,
    model::WebhookList,
    model::WebhookReplay,
    model::text::ContractId,
    model::text::StatementId,
)))]
struct Schemas;

/// The description of the API (OpenAPI 3.1).
pub fn openapi() -> Value {
    let mut paths: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    for operation in operations() {
        paths.entry(operation.path).or_default().insert(operation.method, described(operation));
    }
    // The schemas come from a derive: they are JSON.
    let schemas = serde_json::to_value(Schemas::openapi()).unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign node",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The API of one node, for its own party. What the party takes no part in is not there: 404.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas["components"]["schemas"],
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer",
                "description": "The text of `api.token` in the data directory, or the token of a session.",
            }},
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut value = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if let Some(request) = operation.request {
        let schema = json!({"$ref": format!("#/components/schemas/{request}")});
        value["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    if operation.is_upload() {
        let schema = json!({"type": "string", "format": "binary"});
        value["requestBody"] = json!({"required": true, "content": {"application/octet-stream": {"schema": schema}}});
    }
    if let Some(role) = operation.role {
        value["security"] = json!([{"token": []}]);
        value["x-role"] = json!(role.as_str());
    }
    value
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let named = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<_> = named
        .map(|name| {
            let schema = match name {
                "contract" => json!({"$ref": "#/components/schemas/ContractId"}),
                "identity" => json!({"$ref": "#/components/schemas/IdentityId"}),
                "invitation" if operation.path.starts_with("/v1/users/") => json!({"type": "string"}),
                "run" => json!({"$ref": "#/components/schemas/RunId"}),
                "statement" | "invitation" => json!({"$ref": "#/components/schemas/StatementId"}),
                _ => json!({"type": "string"}),
            };
            json!({"name": name, "in": "path", "required": true, "schema": schema})
        })
        .collect();
    for name in operation.query {
        let (schema, description) = match *name {
            "limit" => (json!({"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}), "At most so many."),
            "wait_ms" => (json!({"type": "integer", "minimum": 0, "maximum": 60000}), "Wait at most so long."),
            "language" => {
                (json!({"type": "string", "maxLength": 35}), "Of the titles; that of the scenario if left out.")
            }
            "order" => (json!({"type": "string", "enum": ["asc", "desc"]}), "Newest first, or as it stands."),
            "before" => {
                (json!({"type": "integer", "minimum": 1}), "Newest first, from the position before this one on.")
            }
            "attachments" => (
                json!({"type": "string", "enum": ["apart", "include"], "default": "apart"}),
                "Whether long attachments are named by their content hash, or are in the bundle.",
            ),
            "status" => (json!({"$ref": "#/components/schemas/DeliveryStatus"}), "Only those of which this became."),
            "level" => (json!({"$ref": "#/components/schemas/Level"}), "Wait for this level."),
            _ => (json!({"type": "string"}), "The `next` of the page before."),
        };
        parameters.push(json!({"name": name, "in": "query", "description": description, "schema": schema}));
    }
    if operation.path.ends_with("/events") {
        let description = "The `id` of the last event that was seen.";
        parameters.push(header("Last-Event-ID", description, json!({"type": "string"})));
    }
    if operation.is_upload() {
        let salt = "32 random bytes, used once, in base32: what hides the payload in its commitment.";
        let mut salt = header("Payload-Salt", salt, json!({"type": "string", "pattern": "^[a-z2-7]{52}$"}));
        salt["required"] = json!(true);
        parameters.push(salt);
    }
    if operation.effect == Effect::Stays {
        let description = "The same key and body within a day: done once, answered alike.";
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"});
        parameters.push(header("Idempotency-Key", description, schema));
    }
    parameters
}

fn header(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "header", "description": description, "schema": schema})
}

fn responses(operation: &Operation) -> BTreeMap<String, Value> {
    let mut responses = BTreeMap::new();
    let (status, body) = match &operation.answered {
        Answered::Json(status, schema) => {
            let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
            (*status, json!({"description": "Done.", "content": {"application/json": {"schema": schema}}}))
        }
        Answered::Status => {
            let schema =
                json!({"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}});
            (200, json!({"description": "Yes.", "content": {"application/json": {"schema": schema}}}))
        }
        Answered::Nothing => (204, json!({"description": "Done."})),
        Answered::Media(media, description) => (200, json!({"description": description, "content": {*media: {}}})),
    };
    responses.insert(status.to_string(), body);
    let mut codes: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (kind, code) in general(operation).iter().chain(operation.refusals) {
        let codes = codes.entry(kind.status().as_u16()).or_default();
        if !codes.contains(code) {
            codes.push(code);
        }
    }
    for (status, codes) in codes {
        let words: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
        let problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
        responses.insert(
            status.to_string(),
            json!({
                "description": words.join(", "),
                "content": {model::PROBLEM_MEDIA: problem},
                "x-codes": codes,
            }),
        );
    }
    responses
}

/// Refusals that do not depend on what an operation is about.
fn general(operation: &Operation) -> Vec<(Kind, &'static str)> {
    let mut refusals = vec![(Kind::TooLarge, "too_large"), (Kind::Misdirected, "wrong_host"), (Kind::Busy, "timeout")];
    if operation.role == Some(Role::Operator) {
        refusals.push((Kind::Forbidden, "operator_only"));
    }
    if operation.role.is_some() {
        refusals.push((Kind::Unauthenticated, "unauthenticated"));
        refusals.push((Kind::Busy, "not_ready"));
        refusals.push((Kind::Failed, "internal"));
    }
    if operation.request.is_some() {
        refusals.push((Kind::UnsupportedMedia, "unsupported_media_type"));
        refusals.push((Kind::TooSlow, "too_slow"));
    }
    let reads = operation.request.is_some() || operation.is_upload() || !operation.query.is_empty();
    if reads || operation.effect == Effect::Stays {
        refusals.push((Kind::Malformed, "malformed"));
    }
    if operation.effect == Effect::Stays {
        refusals.push((Kind::Invalid, "idempotency_key_reused"));
        refusals.push((Kind::Conflict, "request_in_progress"));
    }
    refusals
}
