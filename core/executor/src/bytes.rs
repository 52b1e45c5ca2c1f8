//! A run as bytes, for the disk of its node.

use std::collections::BTreeMap;

use countersign_codec::{Decode, DecodeError, Encode, Json, JsonLimits, Reader, Writer};
use countersign_types::{EntryId, Interval, RunId, StatementId, Timestamp};
use countersign_workflow::{Call, Failure, Poll, Question, REQUEST_BYTES_MAX, Request, Retry, Word};

use crate::{LINES_MAX, Line, Outcome, Run, RunState};

/// Most bytes of a run on disk: 1 MiB.
pub const RUN_BYTES_MAX: usize = 1 << 20;
/// Most bytes of a text in a run.
const TEXT_BYTES_MAX: usize = 8_192;
/// Most words of a question that name its answer.
const ANSWERS_MAX: usize = 64;
/// Most headers of a request.
const HEADERS_MAX: usize = 50;

fn put_json(out: &mut Writer, json: &Json) {
    out.bytes(&json.canonical());
}

fn json(from: &mut Reader<'_>, max: usize) -> Result<Json, DecodeError> {
    let bytes = from.bytes("json", max)?;
    Json::parse(bytes, JsonLimits { bytes_max: max, ..JsonLimits::default() }).map_err(|_| DecodeError::Value("json"))
}

fn put_option<T>(out: &mut Writer, value: Option<&T>, put: impl FnOnce(&mut Writer, &T)) {
    out.uint(u64::from(value.is_some()));
    if let Some(value) = value {
        put(out, value);
    }
}

fn option<'a, T>(
    from: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    match from.tag("option")? {
        0 => Ok(None),
        1 => read(from).map(Some),
        tag => Err(DecodeError::Tag { what: "option", tag: tag.into() }),
    }
}

fn text(from: &mut Reader<'_>) -> Result<String, DecodeError> {
    from.text("text", TEXT_BYTES_MAX)
}

fn small(from: &mut Reader<'_>) -> Result<u32, DecodeError> {
    u32::try_from(from.uint()?).map_err(|_| DecodeError::Integer)
}

impl Encode for Line {
    fn encode(&self, out: &mut Writer) {
        out.uint(self.number.into());
        out.uint(self.term);
        self.began.encode(out);
        self.ended.encode(out);
        out.text(&self.word);
        put_option(out, self.status.as_ref(), |out, status| out.int(*status));
        put_option(out, self.digest.as_ref(), |out, digest| out.raw(digest));
    }
}

impl Decode for Line {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            number: small(from)?,
            term: from.uint()?,
            began: Timestamp::decode(from)?,
            ended: Timestamp::decode(from)?,
            word: text(from)?,
            status: option(from, Reader::int)?,
            digest: option(from, Reader::array)?,
        })
    }
}

fn put_call(out: &mut Writer, call: &Call) {
    match call {
        Call::Http { method, url, headers, body, secret } => {
            out.uint(0);
            out.text(method);
            out.text(url);
            out.uint(headers.len() as u64);
            for (name, value) in headers {
                out.text(name);
                out.text(value);
            }
            put_option(out, body.as_ref(), put_json);
            put_option(out, secret.as_ref(), |out, secret| out.text(secret));
        }
        Call::Webhook { url, body } => {
            out.uint(1);
            out.text(url);
            put_json(out, body);
        }
        Call::Program { name, input } => {
            out.uint(2);
            out.text(name);
            put_json(out, input);
        }
        Call::Contract(question) => {
            out.uint(3);
            out.text(&question.contract);
            put_option(out, question.request.as_ref(), |out, request| {
                [&request.actor, &request.action, &request.response].into_iter().for_each(|text| out.text(text));
                put_json(out, &request.data);
            });
            out.uint(question.answers.len() as u64);
            question.answers.iter().for_each(|word| out.text(&word.written()));
        }
    }
}

fn call(from: &mut Reader<'_>) -> Result<Call, DecodeError> {
    Ok(match from.tag("call")? {
        0 => {
            let (method, url) = (text(from)?, text(from)?);
            let count = from.length("headers", HEADERS_MAX)?;
            let mut headers = BTreeMap::new();
            for _ in 0..count {
                let name = text(from)?;
                headers.insert(name, from.text("header", REQUEST_BYTES_MAX)?);
            }
            let body = option(from, |from| json(from, REQUEST_BYTES_MAX))?;
            Call::Http { method, url, headers, body, secret: option(from, text)? }
        }
        1 => Call::Webhook { url: text(from)?, body: json(from, REQUEST_BYTES_MAX)? },
        2 => Call::Program { name: text(from)?, input: json(from, REQUEST_BYTES_MAX)? },
        3 => Call::Contract(question(from)?),
        tag => return Err(DecodeError::Tag { what: "call", tag: tag.into() }),
    })
}

fn question(from: &mut Reader<'_>) -> Result<Question, DecodeError> {
    let contract = from.text("contract", REQUEST_BYTES_MAX)?;
    let request = option(from, |from| {
        let (actor, action, response) = (text(from)?, text(from)?, text(from)?);
        Ok(Request { actor, action, response, data: json(from, REQUEST_BYTES_MAX)? })
    })?;
    let count = from.length("answers", ANSWERS_MAX)?;
    let answers = (0..count).map(|_| text(from).map(|word| Word::new(&word))).collect::<Result<_, _>>()?;
    Ok(Question { contract, request, answers })
}

fn put_failure(out: &mut Writer, failure: &Failure) {
    out.text(&failure.reason);
    out.text(&failure.detail);
    put_option(out, failure.status.as_ref(), |out, status| out.int(*status));
    out.uint(failure.attempts.into());
    out.raw(&failure.witness);
}

fn failure(from: &mut Reader<'_>) -> Result<Failure, DecodeError> {
    Ok(Failure {
        reason: text(from)?,
        detail: text(from)?,
        status: option(from, Reader::int)?,
        attempts: small(from)?,
        witness: from.array()?,
    })
}

fn put_outcome(out: &mut Writer, outcome: &Outcome) {
    match outcome {
        Outcome::Ok(data) => {
            out.uint(0);
            put_json(out, data);
        }
        Outcome::Rejected { data, failure } => {
            out.uint(1);
            put_option(out, data.as_ref(), put_json);
            put_failure(out, failure);
        }
        Outcome::Failed(failure) => {
            out.uint(2);
            put_failure(out, failure);
        }
    }
}

fn outcome(from: &mut Reader<'_>) -> Result<Outcome, DecodeError> {
    Ok(match from.tag("outcome")? {
        0 => Outcome::Ok(json(from, RUN_BYTES_MAX)?),
        1 => Outcome::Rejected { data: option(from, |from| json(from, RUN_BYTES_MAX))?, failure: failure(from)? },
        2 => Outcome::Failed(failure(from)?),
        tag => return Err(DecodeError::Tag { what: "outcome", tag: tag.into() }),
    })
}

fn put_state(out: &mut Writer, state: &RunState) {
    match state {
        RunState::Resting(at) => {
            out.uint(0);
            at.encode(out);
        }
        RunState::Attempting { term, since } => {
            out.uint(1);
            out.uint(*term);
            since.encode(out);
        }
        RunState::Known => out.uint(2),
        RunState::Responded(statement) => {
            out.uint(3);
            statement.encode(out);
        }
        RunState::Done => out.uint(4),
        RunState::Vetoed(rule) => {
            out.uint(5);
            out.text(rule);
        }
        RunState::Overtaken => out.uint(6),
        RunState::Stopped(word, detail) => {
            out.uint(7);
            out.text(word);
            out.text(detail);
        }
    }
}

fn state(from: &mut Reader<'_>) -> Result<RunState, DecodeError> {
    Ok(match from.tag("state")? {
        0 => RunState::Resting(Timestamp::decode(from)?),
        1 => RunState::Attempting { term: from.uint()?, since: Timestamp::decode(from)? },
        2 => RunState::Known,
        3 => RunState::Responded(StatementId::decode(from)?),
        4 => RunState::Done,
        5 => RunState::Vetoed(text(from)?),
        6 => RunState::Overtaken,
        7 => RunState::Stopped(text(from)?, text(from)?),
        tag => return Err(DecodeError::Tag { what: "state", tag: tag.into() }),
    })
}

impl Encode for Run {
    fn encode(&self, out: &mut Writer) {
        self.id.encode(out);
        out.text(&self.process);
        self.entry.encode(out);
        out.text(&self.actor);
        out.text(&self.action);
        put_option(out, self.call.as_ref(), put_call);
        self.timeout.encode(out);
        put_option(out, self.retry.as_ref(), |out, retry| {
            out.uint(retry.times.into());
            out.uint(retry.first);
            out.uint(retry.factor.into());
            out.uint(retry.longest);
        });
        put_option(out, self.poll.as_ref(), |out, poll| {
            out.uint(poll.every);
            out.uint(poll.times.into());
        });
        self.claimed.encode(out);
        for count in [self.attempts, self.failures, self.polls, self.interruptions] {
            out.uint(count.into());
        }
        out.list(self.transcript.iter());
        put_option(out, self.outcome.as_ref(), put_outcome);
        put_state(out, &self.state);
    }
}

impl Decode for Run {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let retry = |from: &mut Reader<'_>| {
            Ok(Retry { times: small(from)?, first: from.uint()?, factor: small(from)?, longest: from.uint()? })
        };
        let poll = |from: &mut Reader<'_>| Ok(Poll { every: from.uint()?, times: small(from)? });
        Ok(Self {
            id: RunId::decode(from)?,
            process: text(from)?,
            entry: EntryId::decode(from)?,
            actor: text(from)?,
            action: text(from)?,
            call: option(from, call)?,
            timeout: Interval::decode(from)?,
            retry: option(from, retry)?,
            poll: option(from, poll)?,
            claimed: Timestamp::decode(from)?,
            attempts: small(from)?,
            failures: small(from)?,
            polls: small(from)?,
            interruptions: small(from)?,
            transcript: from.list("transcript", LINES_MAX)?,
            outcome: option(from, outcome)?,
            state: state(from)?,
        })
    }
}
