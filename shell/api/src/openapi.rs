//! The description of the API: `docs/spec/openapi.json`.
//!
//! [`OPERATIONS`] says what each path does; the schemas are those of `countersign-api-model`.

use std::collections::BTreeMap;

use axum::http::Method;
use countersign_api_model::{self as model, Role};
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::Kind;
use crate::operation::{Answered, Effect, Operation, get, post, upload};
use crate::payloads::UPLOAD_PATH;

/// The schemas. What they refer to comes with them.
#[derive(OpenApi)]
#[openapi(components(schemas(
    model::AddPeerRequest,
    model::AddUserRequest,
    model::Challenge,
    model::ChangeUserRequest,
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
    model::PeerView,
    model::PrepareJoinRequest,
    model::PrepareRequest,
    model::Prepared,
    model::Problem,
    model::Prose,
    model::ProseRequest,
    model::ResendRequest,
    model::Session,
    model::ScenarioCheckRequest,
    model::ScenarioReport,
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
    model::text::ContractId,
    model::text::StatementId,
)))]
struct Schemas;

const PAGE: &[&str] = &["after", "limit"];
const CONTRACT: (Kind, &str) = (Kind::NotFound, "unknown_contract");
const INVITATION: (Kind, &str) = (Kind::NotFound, "unknown_invitation");

/// Refusals of a signed statement: of the log, and of the rules at its place.
const STATEMENT: &[(Kind, &str)] = &[
    CONTRACT,
    (Kind::Conflict, "seq_taken"),
    (Kind::Conflict, "bad_position"),
    (Kind::Conflict, "time_ahead"),
    (Kind::Conflict, "old_backup"),
    (Kind::Conflict, "condition_not_met"),
    (Kind::Conflict, "expression_error"),
    (Kind::Conflict, "invalid_result"),
    (Kind::Conflict, "limit"),
    (Kind::Conflict, "no_transition"),
    (Kind::Conflict, "not_open"),
    (Kind::Conflict, "process_over"),
    (Kind::Conflict, "runaway"),
    (Kind::Conflict, "seen_changed"),
    (Kind::Forbidden, "bad_signature"),
    (Kind::Forbidden, "not_entitled"),
    (Kind::Forbidden, "beyond_mandate"),
    (Kind::Forbidden, "not_an_actor"),
    (Kind::Forbidden, "wrong_key"),
    (Kind::Forbidden, "not_yours"),
    (Kind::Invalid, "bad_opening"),
    (Kind::Invalid, "invalid_data"),
    (Kind::Invalid, "invalid_attachment"),
    (Kind::Invalid, "malformed"),
    (Kind::Invalid, "unknown_action"),
    (Kind::Invalid, "unknown_response"),
    (Kind::Busy, "disk_full"),
];

/// Refusals of a genesis.
const GENESIS: &[(Kind, &str)] = &[
    (Kind::Conflict, "time_ahead"),
    (Kind::Invalid, "invalid_genesis"),
    (Kind::Invalid, "bad_opening"),
    (Kind::Invalid, "not_member"),
    (Kind::Busy, "disk_full"),
];

/// Refusals of a document that is worked on.
const SCENARIO: &[(Kind, &str)] = &[(Kind::Invalid, "invalid_scenario"), TOO_LARGE, (Kind::Busy, "busy")];
const TOO_LARGE: (Kind, &str) = (Kind::TooLarge, "too_large");

use Answered::{Json, Media, Nothing, Status};

const OPERATIONS: &[Operation] = &[
    get("/health", "health", "Whether the process lives.", Status).open(),
    get("/ready", "ready", "Whether the node can do its work now.", Status)
        .open()
        .refuses(&[(Kind::Busy, "not_ready")]),
    get("/metrics", "metrics", "Numbers for Prometheus, without names.", Media("text/plain", "Text format 0.0.4."))
        .open(),
    get("/v1/openapi.json", "openapi", "This document.", Media("application/json", "OpenAPI 3.1.")).open(),
    get("/v1/node", "node", "What the node says of itself.", Json(200, "NodeInfo")),
    get("/v1/contracts", "contracts", "The contracts of this party.", Json(200, "ContractList")).asks(PAGE),
    post("/v1/contracts", "found", "Found a contract.", "FoundRequest", Json(201, "ContractView"))
        .stays()
        .refuses(GENESIS),
    post(
        "/v1/scenario/foundation",
        "foundation",
        "What founding a contract on a scenario needs; nothing is kept.",
        "FoundationRequest",
        Json(200, "Foundation"),
    )
    .refuses(&[(Kind::Invalid, "invalid_scenario")]),
    get("/v1/contracts/{contract}", "contract", "One contract.", Json(200, "ContractView")).refuses(&[CONTRACT]),
    post(
        "/v1/contracts/{contract}/accept",
        "accept",
        "Take part in an offered contract.",
        "",
        Json(200, "ContractView"),
    )
    .bare()
    .stays()
    .refuses(&[CONTRACT, (Kind::Conflict, "time_ahead"), (Kind::Invalid, "not_member"), (Kind::Busy, "disk_full")]),
    get(
        "/v1/contracts/{contract}/events",
        "contract_events",
        "What happens in it, as server-sent events; each `data` is an `Event`.",
        Media("text/event-stream", "Server-sent events."),
    )
    .refuses(&[CONTRACT, (Kind::Busy, "busy")]),
    post(
        "/v1/contracts/{contract}/statements/prepare",
        "prepare",
        "A draft to sign.",
        "PrepareRequest",
        Json(200, "Prepared"),
    )
    .refuses(&[CONTRACT, (Kind::Invalid, "invalid_data"), (Kind::Conflict, "level_not_reached")]),
    post(
        "/v1/contracts/{contract}/statements",
        "submit",
        "Submit a signed statement.",
        "SubmitRequest",
        Json(201, "Submitted"),
    )
    .stays()
    .refuses(STATEMENT),
    get(
        "/v1/contracts/{contract}/statements/{statement}",
        "statement",
        "A statement, once it has a level or the wait is over.",
        Json(200, "Submitted"),
    )
    .asks(&["level", "wait_ms"])
    .refuses(&[CONTRACT, (Kind::NotFound, "unknown_statement")]),
    get(
        "/v1/contracts/{contract}/payloads/{commitment}",
        "payload",
        "The bytes of a payload or attachment.",
        Media("application/octet-stream", "The bytes, always as an attachment; with `Range: bytes=…` a part (206)."),
    )
    .refuses(&[CONTRACT, (Kind::NotFound, "unknown_payload"), (Kind::NotFound, "erased")]),
    upload(
        UPLOAD_PATH,
        "upload",
        "Upload an attachment, to be named by a statement within a day.",
        Json(200, "Uploaded"),
    )
    .refuses(&[
        CONTRACT,
        (Kind::TooLarge, "too_large"),
        (Kind::Invalid, "bad_opening"),
        (Kind::Conflict, "request_in_progress"),
        (Kind::UnsupportedMedia, "unsupported_media_type"),
        (Kind::TooSlow, "too_slow"),
        (Kind::Busy, "busy"),
        (Kind::Busy, "disk_full"),
    ]),
    get(
        "/v1/contracts/{contract}/proof",
        "proof",
        "The proof bundle of everything that is final.",
        Media("application/octet-stream", "The bundle, always as an attachment."),
    )
    .asks(&["attachments"])
    .refuses(&[CONTRACT, (Kind::Conflict, "nothing_final"), (Kind::TooLarge, "too_large"), (Kind::Busy, "busy")]),
    get("/v1/contracts/{contract}/invitations", "invitations", "Its open invitations.", Json(200, "InvitationList"))
        .asks(PAGE)
        .refuses(&[CONTRACT]),
    post(
        "/v1/contracts/{contract}/invitations",
        "invite",
        "A draft `invite` and its link.",
        "InviteRequest",
        Json(200, "InviteDraft"),
    )
    .refuses(&[CONTRACT, (Kind::Conflict, "no_url"), (Kind::Invalid, "invalid_data")]),
    post(
        "/v1/contracts/{contract}/invitations/{invitation}/confirm",
        "confirm",
        "A draft `confirm`.",
        "ConfirmRequest",
        Json(200, "Prepared"),
    )
    .refuses(&[CONTRACT, INVITATION, (Kind::Conflict, "not_joined"), (Kind::Forbidden, "not_entitled")]),
    post("/v1/join", "join", "Follow an invitation: read the contract.", "JoinRequest", Json(201, "Invited"))
        .stays()
        .refuses(&[
            INVITATION,
            (Kind::Malformed, "invalid_link"),
            (Kind::Gone, "invitation_expired"),
            (Kind::Gone, "invitation_used"),
            (Kind::Conflict, "already_member"),
            (Kind::Conflict, "bad_reply"),
        ]),
    post(
        "/v1/contracts/{contract}/join/prepare",
        "prepare_join",
        "A draft `join`.",
        "PrepareJoinRequest",
        Json(200, "Prepared"),
    )
    .refuses(&[CONTRACT, INVITATION, (Kind::Gone, "invitation_used")]),
    post(
        "/v1/contracts/{contract}/join",
        "submit_join",
        "Submit a signed `join` to the inviter's node.",
        "SubmitRequest",
        Json(201, "InvitationView"),
    )
    .stays()
    .refuses(&[CONTRACT, INVITATION, (Kind::Conflict, "bad_reply"), (Kind::Gone, "invitation_used")]),
    get("/v1/peers", "peers", "The nodes that this one knows.", Json(200, "PeerList")).asks(PAGE),
    post("/v1/peers", "add_peer", "Get to know a node.", "AddPeerRequest", Json(201, "PeerView"))
        .operator()
        .stays()
        .refuses(&[(Kind::Invalid, "bad_signature"), (Kind::Invalid, "own_card")]),
    get("/v1/inbox", "inbox", "What waits for this party.", Json(200, "InboxList")).asks(PAGE),
    get("/v1/outbox", "outbox", "What waits to be delivered.", Json(200, "OutboxList")).asks(PAGE),
    post("/v1/outbox/resend", "resend", "Send again.", "ResendRequest", Json(200, "OutboxList")).operator().stays(),
    post(
        "/v1/contracts/{contract}/recover",
        "recover",
        "Sign again after the disk was set back, as soon as every member has said what it holds.",
        "",
        Json(200, "ContractView"),
    )
    .operator()
    .bare()
    .stays()
    .refuses(&[CONTRACT, (Kind::Conflict, "not_stopped"), (Kind::Busy, "disk_full")]),
    post("/v1/check", "check", "Check the way to a partner from both sides.", "CheckRequest", Json(200, "CheckReport"))
        .operator(),
    post(
        "/v1/scenario/check",
        "check_scenario",
        "Check a scenario; nothing of it is kept.",
        "ScenarioCheckRequest",
        Json(200, "ScenarioReport"),
    )
    .refuses(&[TOO_LARGE, (Kind::Busy, "busy")]),
    post(
        "/v1/scenario/diagram",
        "draw_scenario",
        "Draw a scenario, also one with faults.",
        "DiagramRequest",
        Json(200, "Diagram"),
    )
    .refuses(SCENARIO),
    post(
        "/v1/scenario/prose",
        "write_scenario",
        "Put a scenario into the words of a contract, with blanks.",
        "ProseRequest",
        Json(200, "Prose"),
    )
    .refuses(SCENARIO),
    post(
        "/v1/scenario/run",
        "run_scenario",
        "Play a scenario: the process at its start and after each step.",
        "ScenarioRunRequest",
        Json(200, "ScenarioRun"),
    )
    .refuses(&[
        (Kind::Invalid, "invalid_scenario"),
        (Kind::Invalid, "invalid_steps"),
        TOO_LARGE,
        (Kind::Busy, "busy"),
    ]),
    get(
        "/v1/scenario/schema",
        "scenario_schema",
        "The keys of the language, for editors.",
        Json(200, "ScenarioSchema"),
    ),
    get("/v1/scenario/templates", "scenario_templates", "Scenarios to start from.", Json(200, "ScenarioTemplates")),
    get(
        "/v1/events",
        "events",
        "What happens in all contracts, as server-sent events; each `data` is an `Event`.",
        Media("text/event-stream", "Server-sent events."),
    )
    .refuses(&[(Kind::Busy, "busy")]),
];

fn operations() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().chain(crate::people_operations::OPERATIONS).chain(crate::look_operations::OPERATIONS)
}

/// Whether a POST to this path leaves something behind.
pub(crate) fn has_effect(path: &str) -> bool {
    operations().any(|operation| operation.path == path && operation.effect == Effect::Stays)
}

/// The role that a request needs; none if everybody may ask without a token. What is not there needs one as well, so
/// that strangers do not learn what is.
pub(crate) fn needed(method: &Method, path: Option<&str>) -> Option<Role> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let asked =
        |operation: &&Operation| Some(operation.path) == path && operation.method.eq_ignore_ascii_case(method.as_str());
    operations().find(asked).map_or(Some(Role::Member), |operation| operation.role)
}

/// Every operation with its role: method, path, and the role or none.
pub fn roles() -> impl Iterator<Item = (&'static str, &'static str, Option<Role>)> {
    operations().map(|operation| (operation.method, operation.path, operation.role))
}

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
        Json(status, schema) => {
            let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
            (*status, json!({"description": "Done.", "content": {"application/json": {"schema": schema}}}))
        }
        Status => {
            let schema =
                json!({"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}});
            (200, json!({"description": "Yes.", "content": {"application/json": {"schema": schema}}}))
        }
        Nothing => (204, json!({"description": "Done."})),
        Media(media, description) => (200, json!({"description": description, "content": {*media: {}}})),
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
