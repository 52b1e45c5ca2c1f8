//! The people of a node: what the API asks of a node, and the paths.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, patch, post};
use axum::{Extension, Json, Router};
use countersign_api_model::{
    AddUserRequest, Challenge, ChangeUserRequest, EnrolRequest, EnrolmentLink, InviteUserRequest, LoggedIn,
    LoginRequest, Session, User, UserInvitationList, UserList,
};

use crate::handlers::{Api, Body, Reply, body};
use crate::{Answer, Caller, Kind, Refusal};

/// The people of a node, as the API needs them.
pub trait People: Send + Sync + 'static {
    /// Whose session a token opens, if it is good. Counts as use of the session.
    fn caller(&self, token: &str) -> Option<Caller>;
    /// Whether a session is still good. Counts as use of it.
    fn is_good(&self, caller: &Caller) -> bool;
    /// What to sign in with.
    fn challenge(&self) -> Answer<'_, Challenge>;
    /// Signs in.
    fn log_in(&self, request: LoginRequest) -> Answer<'_, LoggedIn>;
    /// Becomes a user, and signs in.
    fn enrol(&self, request: EnrolRequest) -> Answer<'_, LoggedIn>;
    /// Who asks.
    fn session(&self, caller: Caller) -> Answer<'_, Session>;
    /// Ends a session.
    fn log_out(&self, caller: Caller) -> Answer<'_, ()>;
    /// Who may use the node.
    fn users(&self) -> Answer<'_, UserList>;
    /// Lets a person use the node.
    fn add_user(&self, request: AddUserRequest) -> Answer<'_, User>;
    /// Changes role or name of a user.
    fn change_user(&self, identity: String, request: ChangeUserRequest) -> Answer<'_, User>;
    /// Takes a user away.
    fn remove_user(&self, identity: String) -> Answer<'_, ()>;
    /// Makes a link for one new user.
    fn invite_user(&self, request: InviteUserRequest) -> Answer<'_, EnrolmentLink>;
    /// Links that were not used yet.
    fn user_invitations(&self) -> Answer<'_, UserInvitationList>;
    /// Takes a link back.
    fn withdraw_user_invitation(&self, invitation: String) -> Answer<'_, ()>;
}

/// The paths.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/v1/session/challenge", post(challenge))
        .route("/v1/session", get(session).post(log_in).delete(log_out))
        .route("/v1/enrol", post(enrol))
        .route("/v1/users", get(users).post(add_user))
        .route("/v1/users/{identity}", patch(change_user).delete(remove_user))
        .route("/v1/users/invitations", get(user_invitations).post(invite_user))
        .route("/v1/users/invitations/{invitation}", axum::routing::delete(withdraw))
}

type Created<T> = Result<(StatusCode, Json<T>), Refusal>;
type Gone = Result<StatusCode, Refusal>;
type From = Option<Extension<ConnectInfo<SocketAddr>>>;

fn created<T>(value: T) -> (StatusCode, Json<T>) {
    (StatusCode::CREATED, Json(value))
}

fn address(from: From) -> IpAddr {
    from.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Extension(ConnectInfo(from))| from.ip())
}

/// Counts what fails. Only a refusal of who asks is a failed try, not one by the disk.
fn counted<T>(api: &Api, from: IpAddr, result: Result<T, Refusal>) -> Result<T, Refusal> {
    let failed = |refusal: &Refusal| matches!(refusal.kind, Kind::Unauthenticated | Kind::Gone | Kind::Malformed);
    if result.as_ref().is_err_and(failed) {
        api.tries.failed(from, Instant::now());
    }
    result
}

async fn challenge(State(api): State<Api>) -> Reply<Challenge> {
    api.service.challenge().await.map(Json)
}

async fn log_in(State(api): State<Api>, from: From, request: Body<LoginRequest>) -> Created<LoggedIn> {
    let from = address(from);
    api.tries.check(from, Instant::now())?;
    let result = api.service.log_in(body(request)?).await;
    counted(&api, from, result).map(created)
}

async fn enrol(State(api): State<Api>, from: From, request: Body<EnrolRequest>) -> Created<LoggedIn> {
    let from = address(from);
    api.tries.check(from, Instant::now())?;
    let result = api.service.enrol(body(request)?).await;
    counted(&api, from, result).map(created)
}

async fn session(State(api): State<Api>, Extension(caller): Extension<Caller>) -> Reply<Session> {
    api.service.session(caller).await.map(Json)
}

async fn log_out(State(api): State<Api>, Extension(caller): Extension<Caller>) -> Gone {
    api.service.log_out(caller).await.map(|()| StatusCode::NO_CONTENT)
}

async fn users(State(api): State<Api>) -> Reply<UserList> {
    api.service.users().await.map(Json)
}

async fn add_user(State(api): State<Api>, request: Body<AddUserRequest>) -> Created<User> {
    api.service.add_user(body(request)?).await.map(created)
}

async fn change_user(
    State(api): State<Api>,
    Path(identity): Path<String>,
    request: Body<ChangeUserRequest>,
) -> Reply<User> {
    api.service.change_user(identity, body(request)?).await.map(Json)
}

async fn remove_user(State(api): State<Api>, Path(identity): Path<String>) -> Gone {
    api.service.remove_user(identity).await.map(|()| StatusCode::NO_CONTENT)
}

async fn invite_user(State(api): State<Api>, request: Body<InviteUserRequest>) -> Created<EnrolmentLink> {
    api.service.invite_user(body(request)?).await.map(created)
}

async fn user_invitations(State(api): State<Api>) -> Reply<UserInvitationList> {
    api.service.user_invitations().await.map(Json)
}

async fn withdraw(State(api): State<Api>, Path(invitation): Path<String>) -> Gone {
    api.service.withdraw_user_invitation(invitation).await.map(|()| StatusCode::NO_CONTENT)
}
