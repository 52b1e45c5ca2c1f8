//! The same wish is done once: `Idempotency-Key`.
//!
//! What was done is kept after it is durable, so a node that dies between the two does it again when asked again. That
//! is harmless: whatever has an effect here is named by the hash of its content (a statement, a genesis, a card), and
//! the same content again is the same thing. The key adds that the answer is the same, too.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::handlers::Api;
use crate::operations::has_effect;
use crate::server::BODY_BYTES_MAX;
use crate::{Caller, Kind, Refusal};

/// Longest key.
const KEY_BYTES_MAX: usize = 128;
/// Largest answer that is kept.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// What somebody wants to be done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The path, and the key that the caller gave.
    pub name: String,
    /// The body.
    pub body: Bytes,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The HTTP status: 2xx.
    pub status: u16,
    /// The body, as JSON.
    pub body: Vec<u8>,
}

/// Wishes that are being done.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnderWay(Arc<Mutex<BTreeSet<String>>>);

/// Ends with the wish.
struct Turn(UnderWay, String);

impl UnderWay {
    fn begin(&self, name: &str) -> Option<Turn> {
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        new.then(|| Turn(self.clone(), name.to_owned()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// Around all paths below `/v1`.
pub(crate) async fn once(api: &Api, route: Option<&str>, request: Request, next: Next) -> Result<Response, Refusal> {
    let key = request.headers().get("idempotency-key").cloned();
    match key.filter(|_| request.method() == Method::POST && route.is_some_and(has_effect)) {
        Some(key) => done_once(api.clone(), &key, request, next).await,
        None => Ok(next.run(request).await),
    }
}

async fn done_once(api: Api, key: &HeaderValue, request: Request, next: Next) -> Result<Response, Refusal> {
    let key = key.to_str().ok().filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()));
    let key = key.ok_or_else(|| {
        Refusal::new(Kind::Malformed, "malformed", "the idempotency key must be 1 to 128 visible ASCII characters")
    })?;
    let session = request.extensions().get::<Caller>().and_then(|caller| caller.session.as_ref());
    // A key is one person's: another's, equal by chance or guessed, tells nothing of it.
    let whose = session.map(|session| format!("{} ", session.identity)).unwrap_or_default();
    let name = format!("{whose}{} {key}", request.uri().path());
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await;
    let body = body.map_err(|_| Refusal::new(Kind::TooLarge, "too_large", "the body is larger than allowed"))?;
    let turn = api.under_way.begin(&name).ok_or_else(|| {
        Refusal::new(Kind::Conflict, "request_in_progress", "a request with this idempotency key is being done")
            .suggest("ask again with the same key for its answer")
    })?;
    let wish = Wish { name, body: body.clone() };
    if let Some(done) = api.service.done(wish.clone()).await? {
        return Ok(replayed(done));
    }
    let request = Request::from_parts(head, Body::from(body));
    // A task of its own: what was begun is finished and kept although the caller went away.
    let work = tokio::spawn(async move {
        let response = keep(&api, wish, next.run(request).await).await;
        drop(turn);
        response
    });
    work.await.map_err(|_| Refusal::new(Kind::Failed, "internal", "this node could not do it; its log says why"))
}

/// Keeps what was done. A refusal did nothing: the same key may try again.
async fn keep(api: &Api, wish: Wish, response: Response) -> Response {
    if !response.status().is_success() {
        return response;
    }
    let (head, body) = response.into_parts();
    // The bodies of these answers are in memory already, and reading them does not fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if body.len() <= ANSWER_BYTES_MAX {
        let done = Done { status: head.status.as_u16(), body: body.to_vec() };
        if let Err(refusal) = api.service.keep(wish, done).await {
            tracing::warn!(code = refusal.code, "the answer to an idempotency key is not kept");
        }
    }
    Response::from_parts(head, Body::from(body))
}

fn replayed(done: Done) -> Response {
    let status = StatusCode::from_u16(done.status).unwrap_or(StatusCode::OK);
    let headers = [(header::CONTENT_TYPE.as_str(), "application/json"), ("idempotent-replayed", "true")];
    (status, headers, done.body).into_response()
}
