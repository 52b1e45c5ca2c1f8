//! Who may ask: whoever knows the token of the node's operator.

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::handlers::Api;
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

pub(crate) async fn require_token(State(api): State<Api>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    match given {
        Some(given) if api.token.is(given) => next.run(request).await,
        _ => Refusal::new(Kind::Unauthenticated, "unauthenticated", "the request carries no valid token")
            .suggest("send the header Authorization: Bearer with the token in api.token of the data directory")
            .into_response(),
    }
}
