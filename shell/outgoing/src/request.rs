//! What is sent, and what comes back.

use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

use crate::{OutgoingError, Url};

/// Most bytes of a body that is sent.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Most headers that a caller may add.
const HEADERS_MAX: usize = 32;

/// Most bytes of an idempotency key.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;

/// Most bytes of the value of a header.
const HEADER_BYTES_MAX: usize = 8_192;

/// Headers that are ours or say how the message is framed.
const RESERVED: [&str; 16] = [
    "host",
    "connection",
    "content-digest",
    "content-length",
    "content-type",
    "expect",
    "idempotency-key",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "signature",
    "signature-input",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// How a request is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Asks to do something.
    Post,
    /// Sets.
    Put,
    /// Changes.
    Patch,
    /// Takes away.
    Delete,
}

impl Method {
    /// The word in the request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What becomes of the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerBody {
    /// Nobody reads it.
    Drop,
    /// It is read whole; one with more bytes is an error.
    Read {
        /// Most bytes.
        bytes_max: usize,
    },
}

/// A request.
#[derive(Clone)]
pub struct Request {
    /// How it is meant.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// More headers, by lower-case name. Their values may be secrets.
    pub headers: Vec<(String, String)>,
    /// Media type and bytes; none for a request without a body.
    pub body: Option<(String, Vec<u8>)>,
    /// The same for every attempt at one thing: 1 to 128 bytes from `!` to `~`, without `"`
    /// and `\`.
    pub idempotency_key: String,
    /// How long all of it may take.
    pub timeout: Duration,
    /// What becomes of the body of the answer.
    pub answer: AnswerBody,
}

/// An answer, whatever its status says. A redirect is an answer like any other.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The value of `Content-Type`, if it is text.
    pub content_type: Option<String>,
    /// How long to wait before the next request, if the answer says so in seconds.
    pub retry_after: Option<Duration>,
    /// The body; empty if nobody reads it.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the status says that it was done (2xx).
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Request({} {:?})", self.method.as_str(), self.url)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

impl Request {
    /// Names and values of the headers that the caller adds, and the media type, once all of the request is found good.
    pub(crate) fn checked(&self) -> Result<Vec<(HeaderName, HeaderValue)>, OutgoingError> {
        let bad = |what| OutgoingError::BadRequest { what };
        let key_letter = |byte: u8| (b'!'..=b'~').contains(&byte) && !matches!(byte, b'"' | b'\\');
        let key = self.idempotency_key.as_bytes();
        if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX || !key.iter().all(|byte| key_letter(*byte)) {
            return Err(bad("its idempotency key"));
        }
        if self.body.as_ref().is_some_and(|(_, bytes)| bytes.len() > BODY_BYTES_MAX) {
            return Err(bad("its body is too long"));
        }
        if self.body.is_some() && self.method == Method::Get {
            return Err(bad("a GET with a body"));
        }
        if self.body.as_ref().is_some_and(|(kind, _)| kind.is_empty() || HeaderValue::from_str(kind).is_err()) {
            return Err(bad("its media type"));
        }
        if self.headers.len() > HEADERS_MAX {
            return Err(bad("it has too many headers"));
        }
        self.headers.iter().map(|(name, value)| header(name, value).ok_or_else(|| bad("a header of it"))).collect()
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) || value.len() > HEADER_BYTES_MAX {
        return None;
    }
    let mut held = HeaderValue::from_str(value).ok()?;
    held.set_sensitive(true);
    Some((HeaderName::try_from(name).ok()?, held))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            method: Method::Post,
            url: "https://erp.example/hook".parse().unwrap(),
            headers: vec![("x-kind".to_owned(), "final".to_owned())],
            body: Some(("application/json".to_owned(), b"{}".to_vec())),
            idempotency_key: "dlv_1".to_owned(),
            timeout: Duration::from_secs(1),
            answer: AnswerBody::Drop,
        }
    }

    #[test]
    fn what_is_ours_cannot_be_set_by_others() {
        assert!(request().checked().is_ok());
        let with = |name: &str, value: &str| {
            let headers = vec![(name.to_owned(), value.to_owned())];
            Request { headers, ..request() }.checked().is_ok()
        };
        assert!(with("Authorization", "Bearer x"));
        for name in ["Host", "content-length", "Transfer-Encoding", "signature", "Content-Type", "", "a b", "a:b"] {
            assert!(!with(name, "x"), "{name}");
        }
        assert!(!with("x", "a\r\nb: c"));
        assert!(!with("x", &"a".repeat(HEADER_BYTES_MAX + 1)));
    }

    #[test]
    fn limits_have_edges() {
        let key = |key: &str| Request { idempotency_key: key.to_owned(), ..request() }.checked().is_ok();
        assert!(key(&"k".repeat(IDEMPOTENCY_KEY_BYTES_MAX)));
        assert!(!key(&"k".repeat(IDEMPOTENCY_KEY_BYTES_MAX + 1)) && !key("") && !key("a b") && !key("a\"b"));
        let body = |bytes| Request { body: Some(("a/b".to_owned(), vec![0; bytes])), ..request() }.checked().is_ok();
        assert!(body(BODY_BYTES_MAX) && !body(BODY_BYTES_MAX + 1));
        assert!(Request { method: Method::Get, ..request() }.checked().is_err());
        let many = vec![("x".to_owned(), String::new()); HEADERS_MAX + 1];
        assert!(Request { headers: many, ..request() }.checked().is_err());
    }

    #[test]
    fn neither_request_nor_answer_show_what_is_in_them() {
        let request = Request { body: Some(("a/b".to_owned(), b"s3cret".to_vec())), ..request() };
        let answer = Answer { status: 200, content_type: None, retry_after: None, body: b"s3cret".to_vec() };
        assert_eq!(format!("{request:?} {answer:?}"), "Request(POST Url(https://erp.example/..)) Answer(200, 6 bytes)");
    }
}
