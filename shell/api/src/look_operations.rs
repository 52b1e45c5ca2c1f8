//! What pages show, described.

use crate::Kind;
use crate::operation::Answered::Json;
use crate::operation::{Operation, get, post};

const CONTRACT: (Kind, &str) = (Kind::NotFound, "unknown_contract");

pub(crate) const OPERATIONS: &[Operation] = &[
    get("/v1/contracts/{contract}/log", "log", "Its log, ascending or newest first.", Json(200, "Log"))
        .asks(&["after", "before", "order", "limit"])
        .refuses(&[CONTRACT]),
    get(
        "/v1/contracts/{contract}/entries/{entry}",
        "entry",
        "One entry by position or id, with its bytes, receipts and place in the tree.",
        Json(200, "EntryDetail"),
    )
    .refuses(&[CONTRACT, (Kind::NotFound, "unknown_entry")]),
    get("/v1/contracts/{contract}/charter", "charter", "What it was founded with.", Json(200, "CharterView"))
        .refuses(&[CONTRACT]),
    get(
        "/v1/contracts/{contract}/diagram",
        "diagram",
        "Its process as a diagram: the way taken, where it stands, what can come next.",
        Json(200, "Diagram"),
    )
    .asks(&["language"])
    .refuses(&[CONTRACT]),
    get("/v1/contracts/{contract}/prose", "prose", "The contract in plain words.", Json(200, "Prose"))
        .asks(&["language"])
        .refuses(&[CONTRACT]),
    get("/v1/contracts/{contract}/documents", "documents", "The files in it.", Json(200, "DocumentList"))
        .refuses(&[CONTRACT]),
    get(
        "/v1/contracts/{contract}/personal",
        "personal_of",
        "The personal data in it: whose, what for, who holds them, how long; opened, if this node has them.",
        Json(200, "PersonalList"),
    )
    .refuses(&[CONTRACT]),
    get(
        "/v1/contracts/{contract}/forks",
        "forks",
        "Where its log forked, and how that was settled.",
        Json(200, "ForkList"),
    )
    .refuses(&[CONTRACT]),
    get(
        "/v1/contracts/{contract}/changes",
        "changes",
        "What is proposed to change in it, how the votes stand, and what it would do.",
        Json(200, "ChangeList"),
    )
    .refuses(&[CONTRACT, (Kind::Conflict, "not_started")]),
    post(
        "/v1/contracts/{contract}/changes/dry-run",
        "dry_run_change",
        "What a change would do, without proposing it.",
        "DryRunRequest",
        Json(200, "DryRun"),
    )
    .stays()
    .refuses(&[CONTRACT, (Kind::Conflict, "not_started"), (Kind::Invalid, "invalid_scenario")]),
    get("/v1/waiting", "waiting", "What this party waits for, and from whom.", Json(200, "WaitingList"))
        .asks(&["after", "limit"]),
    get("/v1/people", "people", "Identities and their mandates, over all contracts.", Json(200, "PersonList"))
        .asks(&["after", "limit"]),
    get(
        "/v1/personal",
        "personal",
        "The personal data in all contracts; of one party, or what was kept long enough.",
        Json(200, "PersonalList"),
    )
    .asks(&["party", "due", "after", "limit"]),
    get(
        "/v1/node/stats",
        "node_stats",
        "What the node did within the last hour, and how it does.",
        Json(200, "NodeStats"),
    ),
    get("/v1/names", "names", "What people and parties are called here.", Json(200, "NameList")),
    Operation {
        method: "put",
        ..post(
            "/v1/names/{identity}",
            "give_name",
            "Call somebody something here.",
            "GiveNameRequest",
            Json(200, "NameView"),
        )
    }
    .operator()
    .refuses(&[(Kind::Invalid, "invalid_data"), (Kind::Conflict, "limit"), (Kind::Busy, "disk_full")]),
];
