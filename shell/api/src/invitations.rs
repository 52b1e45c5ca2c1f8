//! Newcomers and partners: what the API asks of a node, and the paths.

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use countersign_api_model::{
    AddPeerRequest, ConfirmRequest, InvitationList, InvitationView, InviteDraft, InviteRequest, Invited, JoinRequest,
    PeerList, PeerView, PrepareJoinRequest, Prepared, SubmitRequest,
};

use crate::handlers::{Api, Asked, Body, Reply, asked, body};
use crate::{Answer, PageQuery, Refusal};

/// Newcomers and partners, as the API needs them.
pub trait Invitations: Send + Sync + 'static {
    /// A draft `invite` and its link.
    fn invite(&self, contract: String, request: InviteRequest) -> Answer<'_, InviteDraft>;
    /// Open invitations, by id.
    fn invitations(&self, contract: String, page: PageQuery) -> Answer<'_, InvitationList>;
    /// A draft `confirm`.
    fn confirm(&self, contract: String, invitation: String, request: ConfirmRequest) -> Answer<'_, Prepared>;
    /// Follows a link.
    fn join(&self, request: JoinRequest) -> Answer<'_, Invited>;
    /// A draft `join`.
    fn prepare_join(&self, contract: String, request: PrepareJoinRequest) -> Answer<'_, Prepared>;
    /// A signed `join`, for the inviter's node.
    fn submit_join(&self, contract: String, request: SubmitRequest) -> Answer<'_, InvitationView>;
    /// The nodes that this one knows, by key.
    fn peers(&self, page: PageQuery) -> Answer<'_, PeerList>;
    /// Gets to know a node.
    fn add_peer(&self, request: AddPeerRequest) -> Answer<'_, PeerView>;
}

/// The paths.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/v1/contracts/{contract}/invitations", get(invitations).post(invite))
        .route("/v1/contracts/{contract}/invitations/{invitation}/confirm", post(confirm))
        .route("/v1/contracts/{contract}/join", post(submit_join))
        .route("/v1/contracts/{contract}/join/prepare", post(prepare_join))
        .route("/v1/join", post(join))
        .route("/v1/peers", get(peers).post(add_peer))
}

type Created<T> = Result<(StatusCode, Json<T>), Refusal>;

fn created<T>(value: T) -> (StatusCode, Json<T>) {
    (StatusCode::CREATED, Json(value))
}

async fn invite(
    State(api): State<Api>,
    Path(contract): Path<String>,
    request: Body<InviteRequest>,
) -> Reply<InviteDraft> {
    api.service.invite(contract, body(request)?).await.map(Json)
}

async fn invitations(
    State(api): State<Api>,
    Path(contract): Path<String>,
    page: Asked<PageQuery>,
) -> Reply<InvitationList> {
    api.service.invitations(contract, asked(page)?).await.map(Json)
}

async fn confirm(
    State(api): State<Api>,
    Path((contract, invitation)): Path<(String, String)>,
    request: Body<ConfirmRequest>,
) -> Reply<Prepared> {
    api.service.confirm(contract, invitation, body(request)?).await.map(Json)
}

async fn join(State(api): State<Api>, request: Body<JoinRequest>) -> Created<Invited> {
    api.service.join(body(request)?).await.map(created)
}

async fn prepare_join(
    State(api): State<Api>,
    Path(contract): Path<String>,
    request: Body<PrepareJoinRequest>,
) -> Reply<Prepared> {
    api.service.prepare_join(contract, body(request)?).await.map(Json)
}

async fn submit_join(
    State(api): State<Api>,
    Path(contract): Path<String>,
    request: Body<SubmitRequest>,
) -> Created<InvitationView> {
    api.service.submit_join(contract, body(request)?).await.map(created)
}

async fn peers(State(api): State<Api>, page: Asked<PageQuery>) -> Reply<PeerList> {
    api.service.peers(asked(page)?).await.map(Json)
}

async fn add_peer(State(api): State<Api>, request: Body<AddPeerRequest>) -> Created<PeerView> {
    api.service.add_peer(body(request)?).await.map(created)
}
