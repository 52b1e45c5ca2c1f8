//! Payloads as plain bytes: uploaded and downloaded chunk by chunk, never in memory as a whole.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use countersign_api_model::Uploaded;
use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::timeout;

use crate::connections::Silence;
use crate::handlers::Api;
use crate::{Answer, Kind, Refusal};

/// Where payloads are uploaded to, and downloaded from.
pub(crate) const UPLOAD_PATH: &str = "/v1/contracts/{contract}/payloads/{commitment}";
/// The salt of an upload, in base32.
const SALT_HEADER: &str = "payload-salt";
/// Most bytes of a refused upload that are read before it is answered: twice what a payload has.
const DISCARDED_BYTES_MAX: u64 = 128 << 20;

/// What is said of an upload before its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRequest {
    /// `ctr_…`.
    pub contract: String,
    /// `pay_…`, or `sha256:` and hexadecimal digits.
    pub commitment: String,
    /// 32 bytes in base32.
    pub salt: String,
    /// How many bytes follow.
    pub bytes: u64,
}

/// A payload that is being uploaded. Dropped unfinished, it is as if nothing had come.
pub trait Upload: Send {
    /// The next bytes.
    fn put(&mut self, bytes: Bytes) -> Answer<'_, ()>;
    /// All bytes came: holds the payload if it is what the commitment commits to.
    fn finish(self: Box<Self>) -> Answer<'static, ()>;
}

/// A payload that can be downloaded.
pub trait Download: Send + Sync {
    /// Its length.
    fn bytes(&self) -> u64;
    /// The bytes from a place on, as many as are read at one time: at least one before the end.
    fn read(&self, from: u64) -> Answer<'_, Bytes>;
}

/// Whether a request uploads a payload.
pub(crate) fn is_upload(request: &Request) -> bool {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    request.method() == Method::PUT && path == Some(UPLOAD_PATH)
}

fn malformed(detail: &str) -> Refusal {
    Refusal::new(Kind::Malformed, "malformed", detail)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Takes a payload.
pub(crate) async fn upload(
    State(api): State<Api>,
    Path((contract, commitment)): Path<(String, String)>,
    Extension(Silence(silence)): Extension<Silence>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Uploaded>, Refusal> {
    if text(&headers, "content-type") != Some("application/octet-stream") {
        let detail = "the body must be application/octet-stream";
        return Err(Refusal::new(Kind::UnsupportedMedia, "unsupported_media_type", detail));
    }
    let bytes = body.size_hint().exact().ok_or_else(|| malformed("Content-Length must say how many bytes follow"))?;
    let salt = text(&headers, SALT_HEADER).ok_or_else(|| malformed("Payload-Salt must be 32 bytes in base32"))?;
    let request = UploadRequest { contract, commitment: commitment.clone(), salt: salt.to_owned(), bytes };
    let mut stream = body.into_data_stream();
    let taken = take(&api, request, &mut stream, silence).await;
    if !matches!(&taken, Err(refusal) if refusal.kind == Kind::TooSlow) {
        discard(&mut stream, silence).await;
    }
    taken.map(|()| Json(Uploaded { commitment, bytes }))
}

/// Who sends a file reads the answer only after it: what is left of one that was not wanted is read and thrown away.
async fn discard(stream: &mut BodyDataStream, silence: Duration) {
    let mut left = DISCARDED_BYTES_MAX;
    while let Ok(Some(Ok(piece))) = timeout(silence, stream.next()).await {
        let Some(rest) = left.checked_sub(piece.len() as u64) else { return };
        left = rest;
    }
}

/// Hands the bytes on as they come.
async fn take(
    api: &Api,
    request: UploadRequest,
    stream: &mut BodyDataStream,
    silence: Duration,
) -> Result<(), Refusal> {
    let bytes = request.bytes;
    let Some(mut upload) = api.service.upload(request).await? else { return Ok(()) };
    let mut came = 0_u64;
    let late = |_| {
        let detail = format!("nothing of the upload came for {} seconds", silence.as_secs_f32());
        Refusal::new(Kind::TooSlow, "too_slow", detail)
    };
    while let Some(piece) = timeout(silence, stream.next()).await.map_err(late)? {
        let piece = piece.map_err(|_| malformed("the upload ended before its end"))?;
        came = came.saturating_add(piece.len() as u64);
        if came > bytes {
            return Err(malformed("more bytes came than Content-Length says"));
        }
        upload.put(piece).await?;
    }
    if came < bytes {
        return Err(malformed("fewer bytes came than Content-Length says"));
    }
    upload.finish().await
}

/// Gives a payload, or one range of it.
pub(crate) async fn payload(
    State(api): State<Api>,
    Path((contract, commitment)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let payload = api.service.payload(contract, commitment).await?;
    let bytes = payload.bytes();
    let asked = text(&headers, "range").and_then(|range| parse_range(range, bytes));
    let (from, end) = asked.unwrap_or((0, bytes));
    let mut response = Response::new(Body::from_stream(read(payload, from, end)));
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    fields.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    fields.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    fields.insert(header::CONTENT_LENGTH, HeaderValue::from(end.saturating_sub(from)));
    if asked.is_some() {
        let range = format!("bytes {from}-{}/{bytes}", end.saturating_sub(1));
        if let Ok(range) = HeaderValue::try_from(range) {
            response.headers_mut().insert(header::CONTENT_RANGE, range);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response.into_response())
}

/// First byte, and the one after the last, of a range that can be given. Whatever else is asked for is answered with the
/// whole, as RFC 9110 §14.2 allows.
fn parse_range(range: &str, bytes: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, end) = match (first, last) {
        ("", count) => (bytes.saturating_sub(count.parse().ok()?), bytes),
        (first, "") => (first.parse().ok()?, bytes),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.saturating_add(1).min(bytes)),
    };
    (from < end).then_some((from, end))
}

fn read(
    payload: Arc<dyn Download>,
    from: u64,
    end: u64,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::unfold((payload, from), move |(payload, from)| async move {
        let left = end.checked_sub(from).filter(|left| *left > 0)?;
        let read = payload.read(from).await.map_err(|refusal| std::io::Error::other(refusal.detail));
        let piece = read.and_then(|mut piece| {
            piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            // Nothing where something must be would be asked for again and again.
            if piece.is_empty() { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(piece) }
        });
        // After an error nothing is left.
        let next = piece.as_ref().map_or(end, |piece| from.saturating_add(piece.len() as u64));
        Some((piece, (payload, next)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_given_if_there_is_something_in_it() {
        for (range, expected) in [
            ("bytes=0-0", Some((0, 1))),
            ("bytes=3-6", Some((3, 7))),
            ("bytes=3-", Some((3, 10))),
            ("bytes=-4", Some((6, 10))),
            ("bytes=-40", Some((0, 10))),
            ("bytes=8-99", Some((8, 10))),
            ("bytes=10-", None),
            ("bytes=6-3", None),
            ("bytes=-0", None),
            ("bytes=-", None),
            ("bytes=0-1,4-5", None),
            ("items=0-1", None),
        ] {
            assert_eq!(parse_range(range, 10), expected, "{range}");
        }
        assert_eq!(parse_range("bytes=0-", 0), None);
        assert_eq!(parse_range("bytes=0-18446744073709551615", 10), Some((0, 10)));
    }
}
