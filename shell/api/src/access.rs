//! Who may ask: whoever knows the token of the data directory, and people who signed in.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header;
use countersign_api_model::Role;
use tokio::sync::watch;

use crate::handlers::Api;
use crate::operations::needed;
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
pub(crate) fn admit(api: &Api, route: Option<&str>, request: &mut Request) -> Result<(), Refusal> {
    let Some(role) = needed(request.method(), route) else { return Ok(()) };
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = given.and_then(|value| value.strip_prefix("Bearer ")).and_then(|given| match api.token.is(given) {
        true => Some(Caller::of_directory()),
        false => api.service.caller(given),
    });
    match caller {
        None => Err(Refusal::new(Kind::Unauthenticated, "unauthenticated", "the request carries no valid token")
            .suggest("send the header Authorization: Bearer with the token in api.token of the data directory")),
        Some(caller) if caller.role < role => {
            Err(Refusal::new(Kind::Forbidden, "operator_only", "only an operator of this node may do this")
                .suggest("ask an operator of the node"))
        }
        Some(caller) => {
            request.extensions_mut().insert(caller);
            Ok(())
        }
    }
}
