//! The people of a node, described.

use crate::Kind;
use crate::operation::Answered::Json;
use crate::operation::{Operation, delete, get, post};

const FULL: (Kind, &str) = (Kind::Busy, "disk_full");
const CARD: (Kind, &str) = (Kind::Malformed, "malformed");
const LOGIN: (Kind, &str) = (Kind::Unauthenticated, "login_refused");
const OFTEN: (Kind, &str) = (Kind::Busy, "too_many_attempts");
const USER: (Kind, &str) = (Kind::NotFound, "unknown_user");
const NAME: (Kind, &str) = (Kind::Invalid, "invalid_data");
const MOST: (Kind, &str) = (Kind::Conflict, "limit");

pub(crate) const OPERATIONS: &[Operation] = &[
    post("/v1/session/challenge", "challenge", "What to sign in with, once.", "", Json(200, "Challenge")).bare().open(),
    post("/v1/session", "log_in", "Sign in with a signature.", "LoginRequest", Json(201, "LoggedIn"))
        .open()
        .refuses(&[LOGIN, OFTEN]),
    get("/v1/session", "session", "Who asks, and what they may do.", Json(200, "Session")),
    delete("/v1/session", "log_out", "End this session."),
    post(
        "/v1/enrol",
        "enrol",
        "Become a user by a link of the operator, and sign in.",
        "EnrolRequest",
        Json(201, "LoggedIn"),
    )
    .open()
    .refuses(&[LOGIN, OFTEN, NAME, MOST, (Kind::Gone, "enrolment_over"), FULL]),
    get("/v1/users", "users", "Who may use this node.", Json(200, "UserList")).operator(),
    post("/v1/users", "add_user", "Let a person use this node.", "AddUserRequest", Json(201, "User"))
        .operator()
        .stays()
        .refuses(&[CARD, NAME, MOST, FULL]),
    Operation {
        method: "patch",
        ..post(
            "/v1/users/{identity}",
            "change_user",
            "Change role or name; sessions end.",
            "ChangeUserRequest",
            Json(200, "User"),
        )
    }
    .operator()
    .refuses(&[USER, NAME, FULL]),
    delete("/v1/users/{identity}", "remove_user", "Take a user away; sessions end.").operator().refuses(&[USER, FULL]),
    post(
        "/v1/users/invitations",
        "invite_user",
        "A link with which one person becomes a user, within an hour.",
        "InviteUserRequest",
        Json(201, "EnrolmentLink"),
    )
    .operator()
    .refuses(&[NAME, MOST, FULL]),
    get(
        "/v1/users/invitations",
        "user_invitations",
        "Such links that were not used yet.",
        Json(200, "UserInvitationList"),
    )
    .operator(),
    delete("/v1/users/invitations/{invitation}", "withdraw_user_invitation", "Take such a link back.")
        .operator()
        .refuses(&[(Kind::NotFound, "unknown_invitation"), FULL]),
];
