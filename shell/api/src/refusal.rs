//! Why a request was not done.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_api_model::{PROBLEM_MEDIA, PROBLEM_TYPE_BASE, Problem};

/// What kind of refusal, independent of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is not of its form.
    Malformed,
    /// Who are you?
    Unauthenticated,
    /// Known, but not allowed.
    Forbidden,
    /// Absent, or hidden from the caller.
    NotFound,
    /// Not now: the state says no.
    Conflict,
    /// Gone for good.
    Gone,
    /// The path has no such method.
    MethodNotAllowed,
    /// Larger than a limit.
    TooLarge,
    /// Did not arrive in time.
    TooSlow,
    /// The body is of another media type.
    UnsupportedMedia,
    /// Meant for another host.
    Misdirected,
    /// Well formed, but breaks a schema or rules of its own.
    Invalid,
    /// Come back later.
    Busy,
    /// This node could not.
    Failed,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Malformed,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::Gone,
        Self::TooLarge,
        Self::TooSlow,
        Self::UnsupportedMedia,
        Self::Misdirected,
        Self::Invalid,
        Self::Busy,
        Self::Failed,
    ];

    /// The HTTP status of each kind.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Gone => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The code of an answer, for the metrics.
#[derive(Clone, Debug)]
pub(crate) struct AnsweredCode(pub(crate) String);

/// A refusal with its stable code. `detail` is for the caller: never secrets, never data of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind.
    pub kind: Kind,
    /// Stable, `snake_case`.
    pub code: String,
    /// A sentence.
    pub detail: String,
    /// What the rule judged by.
    pub by: Option<String>,
    /// The next thing to try.
    pub suggestion: Option<String>,
}

impl Refusal {
    /// A refusal.
    pub fn new(kind: Kind, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, code: code.into(), detail: detail.into(), by: None, suggestion: None }
    }

    /// Judged by this; nothing if it is empty.
    #[must_use]
    pub fn by(mut self, by: impl Into<String>) -> Self {
        self.by = Some(by.into()).filter(|by| !by.is_empty());
        self
    }

    /// With the next thing to try.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Absent or hidden: one answer for both.
    pub fn unknown_contract() -> Self {
        Self::new(Kind::NotFound, "unknown_contract", "no such contract here")
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// The body.
    pub fn problem(&self) -> Problem {
        Problem {
            kind: format!("{PROBLEM_TYPE_BASE}{}", self.code),
            title: self.code.replace('_', " "),
            status: self.status().as_u16(),
            detail: self.detail.clone(),
            code: self.code.clone(),
            by: self.by.clone(),
            suggestion: self.suggestion.clone(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.problem())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(PROBLEM_MEDIA));
        if self.kind == Kind::Busy {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        if self.kind == Kind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(AnsweredCode(self.code));
        response
    }
}
