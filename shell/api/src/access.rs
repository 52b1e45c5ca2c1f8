//! Who may ask: whoever knows the token of the data directory, and people who signed in.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_api_model::Role;
use tokio::sync::watch;

use crate::handlers::Api;
use crate::openapi::needed;
use crate::{Kind, Refusal};

/// A secret that opens the API: 32 random bytes as text.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The token of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Compares without telling by its duration how much was right.
    fn is(&self, given: &str) -> bool {
        let (own, given) = (self.0.as_bytes(), given.as_bytes());
        own.len() == given.len() && own.iter().zip(given).fold(0, |sum, (left, right)| sum | (left ^ right)) == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Token(..)")
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What they may do here.
    pub role: Role,
    /// Their session; none for whoever has the token of the data directory.
    pub session: Option<HeldSession>,
}

/// A session that was good when the request came.
#[derive(Clone, Debug)]
pub struct HeldSession {
    /// Names it: a hash of its token.
    pub name: [u8; 32],
    /// Whose it is: `idn_…`.
    pub identity: Arc<str>,
    /// Its other end goes when the session ends before its time.
    pub ends: watch::Receiver<()>,
}

impl Caller {
    /// Whoever has the token of the data directory.
    const fn of_directory() -> Self {
        Self { role: Role::Operator, session: None }
    }
}

/// Lets in who may ask for what is asked.
pub(crate) async fn admit(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let needed = needed(request.method(), path.as_deref());
    let Some(role) = needed else { return next.run(request).await };
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = given.and_then(|value| value.strip_prefix("Bearer ")).and_then(|given| match api.token.is(given) {
        true => Some(Caller::of_directory()),
        false => api.service.caller(given),
    });
    match caller {
        None => Refusal::new(Kind::Unauthenticated, "unauthenticated", "the request carries no valid token")
            .suggest("send the header Authorization: Bearer with the token in api.token of the data directory")
            .into_response(),
        Some(caller) if caller.role < role => {
            Refusal::new(Kind::Forbidden, "operator_only", "only an operator of this node may do this")
                .suggest("ask an operator of the node")
                .into_response()
        }
        Some(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    }
}
