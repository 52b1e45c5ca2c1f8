//! What every path of the API does: who may ask, what it takes, answers and refuses.

use axum::http::Method;
use countersign_api_model::Role;

use crate::Kind;
use crate::operation::{Answered, Effect, Operation, get, post, upload};
use crate::payloads::UPLOAD_PATH;

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
    (Kind::Invalid, "invalid_proof"),
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

use Answered::{Json, Media, Status};

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
    get(
        "/v1/contracts/{contract}/runs",
        "runs",
        "The system actions that this node does in a contract: what waits, runs and failed.",
        Json(200, "RunList"),
    )
    .asks(PAGE)
    .refuses(&[CONTRACT]),
    post(
        "/v1/contracts/{contract}/runs/{run}/retry",
        "retry_run",
        "Begin a run again that has stopped, or at once what rests: the same request under the same key.",
        "",
        Json(200, "RunView"),
    )
    .operator()
    .bare()
    .stays()
    .refuses(&[CONTRACT, (Kind::NotFound, "unknown_run"), (Kind::Conflict, "run_not_stopped")]),
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

pub(crate) fn operations() -> impl Iterator<Item = &'static Operation> {
    let others = [
        crate::people_operations::OPERATIONS,
        crate::look_operations::OPERATIONS,
        crate::webhook_operations::OPERATIONS,
    ];
    OPERATIONS.iter().chain(others.into_iter().flatten())
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
