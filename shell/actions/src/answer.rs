//! From what came back to what it means.

use countersign_codec::{Json, JsonLimits};
use countersign_crypto::Digest;
use countersign_executor::{Answer, Heard};

/// Most bytes of an answer: 256 KiB.
pub(crate) const ANSWER_BYTES_MAX: usize = 256 << 10;
/// How deep the JSON of an answer nests at most.
const ANSWER_DEPTH_MAX: usize = 32;

/// An attempt that failed: a word and a sentence.
pub fn failed(reason: &str, detail: impl Into<String>) -> Heard {
    let answer = Answer::Failed { reason: reason.to_owned(), detail: detail.into() };
    Heard { answer, status: None, digest: None }
}

/// The other side says no, in a sentence.
pub fn rejected(detail: impl Into<String>) -> Heard {
    Heard { answer: Answer::Rejected { detail: detail.into(), data: None }, status: None, digest: None }
}

pub(crate) fn not_allowed(detail: impl Into<String>) -> Heard {
    Heard { answer: Answer::NotAllowed { detail: detail.into() }, status: None, digest: None }
}

/// What a status says.
pub(crate) enum Says {
    Ok,
    NotReady,
    Rejected,
    Failed(&'static str),
}

/// An answer with its status and bytes. `of` says of what the status is.
pub(crate) fn heard(says: &Says, of: &str, status: i64, bytes: &[u8]) -> Heard {
    let answer = match says {
        Says::Ok => match object(bytes) {
            Some(data) => Answer::Ok(data),
            None => Answer::Failed { reason: "bad_answer".into(), detail: "the answer is no JSON object".into() },
        },
        Says::NotReady => Answer::NotReady,
        Says::Rejected => {
            let data = object(bytes).filter(|_| !bytes.is_empty());
            Answer::Rejected { detail: format!("{of} {status}"), data }
        }
        Says::Failed(reason) => Answer::Failed { reason: (*reason).into(), detail: format!("{of} {status}") },
    };
    Heard { answer, status: Some(status), digest: Some(*Digest::of(bytes).bytes()) }
}

/// The JSON object of an answer; an empty one of nothing.
fn object(bytes: &[u8]) -> Option<Json> {
    let bytes = bytes.trim_ascii();
    if bytes.is_empty() {
        return Some(Json::map::<&str>([]));
    }
    let limits = JsonLimits { bytes_max: ANSWER_BYTES_MAX, depth_max: ANSWER_DEPTH_MAX };
    Json::parse(bytes, limits).ok().filter(|json| json.as_map().is_some())
}
