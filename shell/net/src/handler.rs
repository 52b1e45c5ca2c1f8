//! One request: checked cheapest first, opened, answered, sealed.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_codec::{Decode, Encode};
use countersign_crypto::PublicKey;
use countersign_types::Timestamp;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::check::{CallBack, CallBackTry, CheckAnswer, CheckRequest, RecordMatch};
use crate::content_digest::read_content_digest;
use crate::envelope::BODY_BYTES_MAX;
use crate::exchange::{ENVELOPE_TYPE, Path, REPLY_TYPE};
use crate::gate::Gate;
use crate::refusal::PROBLEM_TYPE;
use crate::replay::ReplayStore;
use crate::server::closed;
use crate::{
    Claim, Delivery, Link, NetError, Peer, Receiver, Refusal, RequestHead, Route, ServerSettings, SignedHead, Stage,
    Standing, open_request, seal_reply, verify_request,
};

/// Most bytes of a refused body that are read away, so that the sender gets to read why.
const DRAIN_BYTES_MAX: usize = 2 << 20;

/// How long reading away may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// When to come back to a server that has too much to do.
const BUSY: Refusal = Refusal::Busy { retry_after_seconds: 5 };

/// Answers requests.
pub(crate) struct Handler {
    link: Link,
    receiver: Arc<dyn Receiver>,
    settings: ServerSettings,
    replays: Mutex<ReplayStore>,
    /// Requests inside, by sender; all strangers together are `None`.
    inside: Arc<Gate<Option<[u8; 32]>>>,
    closing: watch::Receiver<bool>,
}

impl Handler {
    pub(crate) fn new(
        link: Link,
        receiver: Arc<dyn Receiver>,
        settings: ServerSettings,
        closing: watch::Receiver<bool>,
    ) -> Self {
        let replays = Mutex::new(ReplayStore::new(settings.window_seconds));
        Self { link, receiver, settings, replays, inside: Gate::new(), closing }
    }

    /// The answer to any request.
    pub(crate) async fn handle(&self, remote: SocketAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, mut body) = request.into_parts();
        let outcome = self.answer(remote, &head, &mut body).await;
        let retry_after = match outcome {
            Err(Refusal::Busy { retry_after_seconds }) => Some(retry_after_seconds),
            _ => None,
        };
        let (status, media_type, answer) = match outcome {
            Ok(reply) => (StatusCode::OK, REPLY_TYPE, Bytes::from(reply)),
            Err(refusal) => {
                tracing::debug!(%remote, code = %refusal.code(), "refused");
                if refusal != Refusal::TooSlow {
                    drain(body).await;
                }
                let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, PROBLEM_TYPE, Bytes::from(refusal.to_problem()))
            }
        };
        let mut response = Response::new(Full::new(answer));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// Signature before body: who may send much is known before much is read.
    async fn answer(&self, remote: SocketAddr, head: &Parts, body: &mut Incoming) -> Result<Vec<u8>, Refusal> {
        let local = self.link.local();
        let path = Path::parse(head.uri.path()).filter(|_| head.method == Method::POST && head.uri.query().is_none());
        let path = path.ok_or(Refusal::NotFound)?;
        let (fields, authority) = read_fields(&head.headers).ok_or(Refusal::Malformed)?;
        let now = local.now();
        let signed =
            RequestHead { method: "POST", authority: &authority, path: path.text(), content_type: ENVELOPE_TYPE };
        let claim = verify_request(&signed, &fields, now, self.settings.window_seconds)?;
        let standing = self.receiver.standing(&claim.key);
        let (place, places_max) = match standing {
            Standing::Stranger => (None, self.settings.stranger_requests_max),
            Standing::Peer { .. } => (Some(claim.key.bytes()), self.settings.requests_per_peer_max),
        };
        let _inside = self.inside.enter(place, places_max).ok_or(BUSY)?;
        self.remember(&claim, standing, now)?;

        let bytes = self.read_body(body, standing.body_bytes_max()).await?;
        let digest = read_content_digest(&fields.content_digest).ok_or(Refusal::BadDigest)?;
        if countersign_crypto::Digest::of(&bytes) != digest {
            return Err(Refusal::BadDigest);
        }
        let mut opened = match open_request(local.sealing(), &local.node_key(), &claim.key, &bytes) {
            Err(Refusal::WrongReceiver { .. }) => {
                let known = matches!(standing, Standing::Peer { .. });
                return Err(Refusal::WrongReceiver { found: known.then(|| Box::new(local.node_key())) });
            }
            opened => opened?,
        };
        drop(bytes);
        let reply = match path {
            Path::Check => self.check(remote, claim.key, standing, now, &opened.body).await?,
            Path::Route(route) => {
                let body = std::mem::take(&mut opened.body);
                self.deliver(Delivery { from: claim.key, route, alias: opened.alias, body }).await?
            }
        };
        if reply.len() > BODY_BYTES_MAX {
            tracing::debug!(bytes = reply.len(), "the receiver's answer is too long");
            return Err(Refusal::Internal);
        }
        seal_reply(&opened, &reply, &mut local.seed()).map_err(|_| Refusal::Malformed)
    }

    fn remember(&self, claim: &Claim, standing: Standing, now: Timestamp) -> Result<(), Refusal> {
        let mut replays = self.replays.lock().unwrap_or_else(PoisonError::into_inner);
        replays.remember(claim, standing, now.millis().div_euclid(1_000))
    }

    async fn read_body(&self, body: &mut Incoming, bytes_max: usize) -> Result<Bytes, Refusal> {
        let too_large = Refusal::TooLarge { bytes_max: bytes_max as u64 };
        if body.size_hint().lower() > bytes_max as u64 {
            return Err(too_large);
        }
        match timeout(self.settings.body_timeout, Limited::new(body, bytes_max).collect()).await {
            Err(_) => Err(Refusal::TooSlow),
            Ok(Ok(collected)) => Ok(collected.to_bytes()),
            Ok(Err(fault)) if fault.is::<LengthLimitError>() => Err(too_large),
            Ok(Err(_)) => Err(Refusal::Malformed),
        }
    }

    /// The receiver's answer; a poll ends when the server does.
    async fn deliver(&self, delivery: Delivery) -> Result<Vec<u8>, Refusal> {
        let (limit, poll) = match delivery.route {
            Route::Exchange => (self.settings.answer_timeout, false),
            Route::Poll => (self.settings.answer_timeout.saturating_add(Route::POLL_HOLD), true),
        };
        let mut closing = self.closing.clone();
        let answer = timeout(limit, self.receiver.receive(delivery));
        tokio::select! {
            answer = answer => answer.unwrap_or(Err(BUSY)),
            () = closed(&mut closing), if poll => Err(BUSY),
        }
    }

    async fn check(
        &self,
        remote: SocketAddr,
        from: PublicKey,
        standing: Standing,
        received: Timestamp,
        body: &[u8],
    ) -> Result<Vec<u8>, Refusal> {
        let request = CheckRequest::from_bytes(body).map_err(|_| Refusal::Malformed)?;
        let record = RecordMatch::compare(self.receiver.record(&from).as_ref(), &request);
        let call_back = match (request.reachable, standing) {
            (None, _) => CallBack::NotAsked,
            // Whoever may name addresses can have this node knock on its neighbours' doors.
            (Some(_), Standing::Stranger) => CallBack::NotAllowed,
            (Some(me), Standing::Peer { .. }) => {
                let (sealing_key, spki_hash) = (request.sealing_key, me.spki_hash);
                self.call_back(&Peer { node_key: from, sealing_key, urls: me.urls, spki_hash }).await
            }
        };
        let address = remote.to_string();
        Ok(CheckAnswer { received, answered: self.link.local().now(), address, record, call_back }.to_bytes())
    }

    async fn call_back(&self, caller: &Peer) -> CallBack {
        let limit = self.settings.call_back_timeout / u32::try_from(caller.urls.len().max(1)).unwrap_or(1);
        let mut tries = Vec::new();
        for url in &caller.urls {
            let outcome = timeout(limit, self.link.check_at(caller, url, None)).await;
            let outcome = outcome.unwrap_or(Err(NetError::Timeout { stage: Stage::Connect }));
            tries.push(CallBackTry::new(url.clone(), outcome.map(|_| ())));
        }
        CallBack::Tried(tries)
    }
}

/// The signed fields and the authority, if each stands there once and the media type is ours.
fn read_fields(headers: &HeaderMap) -> Option<(SignedHead, String)> {
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    };
    if one(CONTENT_TYPE.as_str())? != ENVELOPE_TYPE {
        return None;
    }
    let fields = SignedHead {
        content_digest: one("content-digest")?.to_owned(),
        signature_input: one("signature-input")?.to_owned(),
        signature: one("signature")?.to_owned(),
    };
    let authority = one(HOST.as_str())?.to_ascii_lowercase();
    Some((fields, authority.strip_suffix(":443").map_or(authority.clone(), str::to_owned)))
}

/// Reads a refused body away: closing with bytes unread would take the answer from the sender.
async fn drain(mut body: Incoming) {
    let drained = async {
        let mut count = 0;
        while let Some(Ok(frame)) = body.frame().await {
            count += frame.data_ref().map_or(0, Bytes::len);
            if count > DRAIN_BYTES_MAX {
                break;
            }
        }
    };
    // Whoever is slower than this reads no answer.
    let _ = timeout(DRAIN_TIMEOUT, drained).await;
}
