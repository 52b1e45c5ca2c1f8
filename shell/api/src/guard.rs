//! Around every request: whom it is for, how large and how long it may be, what every answer carries.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_api_model::PROBLEM_MEDIA;

use crate::access::admit;
use crate::connections::whole_body;
use crate::handlers::Api;
use crate::idempotency::once;
use crate::payloads::is_upload;
use crate::refusal::AnsweredCode;
use crate::{Kind, Refusal};

/// The longest that a request may take: the longest wait for a level, and some.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(90);
/// The longest that an upload may take: 64 MiB at 20 KB/s.
const UPLOAD_TIME_MAX: Duration = Duration::from_secs(3_600);
/// Most bytes of all header names and values.
const HEADER_BYTES_MAX: usize = 16 << 10;
/// Most bytes of a path with its query.
const TARGET_BYTES_MAX: usize = 4 << 10;

/// On every answer that does not say otherwise. There is no CORS header: pages of other origins read nothing here.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// For which names of itself a server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Only `localhost`, `127.…` and `[::1]`. A page whose name was made to lead to this machine (DNS rebinding) sends
    /// its own name, and gets nothing.
    Loopback,
    /// Any: the operator made the API reachable by a name of its own.
    Any,
}

impl Hosts {
    /// Those of an API that listens there.
    pub(crate) fn of(address: SocketAddr) -> Self {
        if address.ip().is_loopback() { Self::Loopback } else { Self::Any }
    }

    fn holds(self, host: Option<&str>) -> bool {
        if self == Self::Any {
            return true;
        }
        let Some(host) = host else { return false };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        if name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// The outermost layer.
pub(crate) async fn guard(State(api): State<Api>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map(MatchedPath::as_str);
    let mut response = match check(api.hosts, request.uri(), request.headers()) {
        Err(refusal) => refusal.into_response(),
        Ok(()) => match tokio::time::timeout(time_max(&request), answer(&api, route, request, next)).await {
            Ok(Ok(response)) => as_problem(response),
            Ok(Err(refusal)) => refusal.into_response(),
            Err(_) => Refusal::new(Kind::Busy, "timeout", "the node did not answer in time").into_response(),
        },
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    let code = response.extensions().get::<AnsweredCode>().map(|code| code.0.as_str());
    let status = response.status().as_u16();
    // Names of methods come from outside: only those that the API has are told apart.
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str());
    let method = if known { method.as_str() } else { "other" };
    if route.is_some_and(|route| route.starts_with("/v1/")) {
        api.service.activity().request(status >= 400, begun.elapsed());
    }
    api.metrics.observe(method, route.unwrap_or("other"), status, code, begun.elapsed());
    response
}

/// Below `/v1`: lets in who may ask, reads the body, does the same wish once.
async fn answer(api: &Api, route: Option<&str>, mut request: Request, next: Next) -> Result<Response, Refusal> {
    if !request.uri().path().starts_with("/v1/") {
        return Ok(next.run(request).await);
    }
    admit(api, route, &mut request)?;
    let request = whole_body(api.limits.body_timeout, request).await?;
    once(api, route, request, next).await
}

/// An upload may take as long as it goes on.
fn time_max(request: &Request) -> Duration {
    if is_upload(request) { UPLOAD_TIME_MAX } else { REQUEST_TIME_MAX }
}

fn check(hosts: Hosts, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > HEADER_BYTES_MAX {
        return Err(Refusal::new(Kind::TooLarge, "too_large", "the header has more than 16 KiB"));
    }
    if uri.path_and_query().is_some_and(|target| target.as_str().len() > TARGET_BYTES_MAX) {
        return Err(Refusal::new(Kind::TooLarge, "too_large", "the path has more than 4 KiB"));
    }
    let host = headers.get(header::HOST).map(|host| host.to_str().unwrap_or_default());
    // The absolute form of a request names its host in the target as well; both must hold.
    if hosts.holds(host) && uri.authority().is_none_or(|authority| hosts.holds(Some(authority.as_str()))) {
        return Ok(());
    }
    Err(Refusal::new(Kind::Misdirected, "wrong_host", "this API answers only under names of this machine")
        .suggest("ask http://127.0.0.1 with the port of the node"))
}

/// Refusals of the HTTP library itself, as problems.
fn as_problem(response: Response) -> Response {
    let status = response.status();
    let media = response.headers().get(header::CONTENT_TYPE);
    if !(status.is_client_error() || status.is_server_error()) || media.is_some_and(|media| media == PROBLEM_MEDIA) {
        return response;
    }
    let refusal = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            Refusal::new(Kind::MethodNotAllowed, "method_not_allowed", "this path has no such method")
        }
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(Kind::TooLarge, "too_large", "the body is larger than allowed"),
        StatusCode::NOT_FOUND => Refusal::new(Kind::NotFound, "unknown_path", "there is nothing at this path"),
        status if status.is_client_error() => {
            Refusal::new(Kind::Malformed, "malformed", "the request is not of its form")
        }
        _ => Refusal::new(Kind::Failed, "internal", "this node could not do it; its log says why"),
    };
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut problem = refusal.into_response();
    if let Some(allow) = allow {
        problem.headers_mut().insert(header::ALLOW, allow);
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_api_answers_only_to_names_of_this_machine() {
        for good in ["localhost", "LOCALHOST:7001", "127.0.0.1", "127.0.0.1:80", "127.8.8.8:1", "[::1]", "[::1]:7001"] {
            assert!(Hosts::Loopback.holds(Some(good)), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "evil.example:7001",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "localhost:x",
            "127.0.0.1:80:80",
            "[::1]x",
            "user@localhost",
        ] {
            assert!(!Hosts::Loopback.holds(Some(bad)), "{bad}");
        }
        assert!(!Hosts::Loopback.holds(None));
        assert!(Hosts::Any.holds(None) && Hosts::Any.holds(Some("node.example")));
    }
}
