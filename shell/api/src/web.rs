//! The web app on the paths below `/ui`.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use countersign_web::{Site, Wanted};

/// A page or file of the web app, or the redirection to it.
pub(crate) async fn page(uri: Uri, headers: HeaderMap) -> Response {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let wanted =
        Wanted { path: uri.path(), encodings: text(header::ACCEPT_ENCODING), known: text(header::IF_NONE_MATCH) };
    let Some(page) = Site::built().answer(wanted) else {
        return crate::handlers::nothing_here().await.into_response();
    };
    let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Bytes::from_static(page.body)).into_response();
    // The bytes come with a media type of their own, if any.
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in page.headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
