//! Payloads of statements: canonical JSON, closed for each kind (contract log §13.6).

use std::collections::BTreeMap;

use countersign_chain::StatementKind;
use countersign_codec::{Decode, Encode, Json, JsonLimits};
use countersign_crypto::{Digest, PublicKey, Signature};
use countersign_member::{IdentityKey, KeyId, Mandate, Member, SignedInception};
use countersign_types::{IdentityId, PayloadCommitment, Position, StatementId, from_base32, to_base32};
use thiserror::Error;

use crate::change::DOCUMENT_LIMITS;
use crate::{Propose, Vote};

/// Most bytes of the payload that state reads.
const PAYLOAD_BYTES_MAX: usize = 256 * 1024;
/// Most attachments of one response or comment.
const ATTACHMENTS_MAX: usize = 32;
/// Most actors in an invitation, keys in a rotation, or commitments in an erasure.
pub const ITEMS_MAX: usize = 64;

/// A payload is not of the form of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("payload: `{0}` is missing, unknown or not of its form")]
pub struct PayloadError(pub &'static str);

/// What a statement says, by kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Of a `response`.
    Response(Response),
    /// Of an `invite`.
    Invite(Invite),
    /// Of a `join`.
    Join(Box<Join>),
    /// Of a `confirm`.
    Confirm(Confirm),
    /// Of an `identity`: the inception record of a person or system of the author's party.
    Identity(SignedInception),
    /// Of a `mandate`.
    Mandate(Mandate),
    /// Of a `mandate_revoke`: the `mandate` statement that is taken back.
    MandateRevoke(StatementId),
    /// Of a `key_rotate`.
    KeyRotate(KeyRotate),
    /// Of a `comment`.
    Comment(Comment),
    /// Of a `tick`: the process.
    Tick(String),
    /// Of an `erase`.
    Erase(Erase),
    /// Of a `propose`.
    Propose(Box<Propose>),
    /// Of a `vote`.
    Vote(Vote),
}

/// An actor takes an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The process: `main`, or a path such as `main/goods`.
    pub process: String,
    /// As whom: an author may act for several actors.
    pub actor: String,
    /// The action.
    pub action: String,
    /// The response; none for the expected one.
    pub response: Option<String>,
    /// Its data.
    pub data: Json,
    /// Its attachments by name.
    pub attachments: BTreeMap<String, Vec<AttachmentRef>>,
}

/// An attachment: a payload of its own with its own salt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentRef {
    /// What commits to its bytes.
    pub commitment: PayloadCommitment,
    /// The name of the file.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// Its size.
    pub bytes: u64,
}

/// A member offers a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// The actors that the newcomer will be bound to: 1 or more, strictly ascending, each without a party so far.
    pub actors: Vec<String>,
    /// A name for people.
    pub hint: String,
    /// The one-time key.
    pub key: PublicKey,
    /// Commitment to the inviter's nonce.
    pub nonce_commitment: Digest,
    /// The last position at which a `join` counts.
    pub expires: Position,
}

/// A newcomer takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The `invite` statement.
    pub invitation: StatementId,
    /// The newcomer.
    pub member: Member,
    /// The newcomer's nonce.
    pub nonce: [u8; 32],
    /// Signature of the one-time key over all this.
    pub proof: Signature,
    /// The actors' own data, by actor.
    pub data: BTreeMap<String, BTreeMap<String, Json>>,
}

/// The inviter compared the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// The `invite` statement whose `join` is confirmed.
    pub invitation: StatementId,
    /// The nonce that the `invite` committed to.
    pub nonce: [u8; 32],
}

/// A key that an identity adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// The key.
    pub key: IdentityKey,
    /// Its own signature, if it signs: nobody adds a key that is not theirs.
    pub proof: Option<Signature>,
}

/// An identity replaces keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRotate {
    /// Whose keys: the author's own, or those of a person of the author's party.
    pub identity: IdentityId,
    /// Keys from now on.
    pub add: Vec<NewKey>,
    /// Keys no more, but for the overlap.
    pub retire: Vec<KeyId>,
    /// Positions of overlap; none: as the genesis says. 0 if a key is compromised.
    pub overlap: Option<u64>,
}

/// Words beside the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text.
    pub text: String,
    /// Its media type.
    pub media: String,
    /// Images and documents that come with it.
    pub attachments: Vec<AttachmentRef>,
}

/// What [`Payload::files`] calls the attachments of a comment: it has no slots to name.
pub const COMMENT_SLOT: &str = "comment";

/// A party asks all to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erase {
    /// What: strictly ascending.
    pub commitments: Vec<PayloadCommitment>,
    /// The legal reason.
    pub reason: String,
}

/// The text of a commitment within JSON: `sha256:` and 64 hexadecimal digits.
pub fn commitment_text(commitment: &PayloadCommitment) -> String {
    format!("sha256:{}", commitment.digest())
}

/// A commitment from its text.
pub fn commitment_from_text(text: &str) -> Option<PayloadCommitment> {
    let hash = countersign_rules::Hash::parse(text)?;
    Some(PayloadCommitment::new(Digest::new(*hash.bytes())))
}

impl Payload {
    /// The kind of statement that carries it.
    pub const fn kind(&self) -> StatementKind {
        match self {
            Self::Response(_) => StatementKind::Response,
            Self::Invite(_) => StatementKind::Invite,
            Self::Join(_) => StatementKind::Join,
            Self::Confirm(_) => StatementKind::Confirm,
            Self::Identity(_) => StatementKind::Identity,
            Self::Mandate(_) => StatementKind::Mandate,
            Self::MandateRevoke(_) => StatementKind::MandateRevoke,
            Self::KeyRotate(_) => StatementKind::KeyRotate,
            Self::Comment(_) => StatementKind::Comment,
            Self::Tick(_) => StatementKind::Tick,
            Self::Erase(_) => StatementKind::Erase,
            Self::Propose(_) => StatementKind::Propose,
            Self::Vote(_) => StatementKind::Vote,
        }
    }

    /// What it brings, each with the name under which it is asked for.
    pub fn files(&self) -> Vec<(&str, &AttachmentRef)> {
        match self {
            Self::Response(response) => {
                let slots = response.attachments.iter();
                slots.flat_map(|(slot, files)| files.iter().map(move |file| (slot.as_str(), file))).collect()
            }
            Self::Comment(comment) => comment.attachments.iter().map(|file| (COMMENT_SLOT, file)).collect(),
            _ => Vec::new(),
        }
    }

    /// The commitments of what it brings.
    pub fn commitments(&self) -> Vec<PayloadCommitment> {
        self.files().into_iter().map(|(_, file)| file.commitment).collect()
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_json().canonical()
    }

    /// Reads the payload of a statement of `kind`: canonical JSON with exactly the members of the kind.
    pub fn from_bytes(kind: StatementKind, bytes: &[u8]) -> Result<Self, PayloadError> {
        let limits = match kind {
            StatementKind::Propose => DOCUMENT_LIMITS,
            _ => JsonLimits { bytes_max: PAYLOAD_BYTES_MAX, ..JsonLimits::default() },
        };
        let json = Json::parse_canonical(bytes, limits).map_err(|_| PayloadError("json"))?;
        let form = Form::new(&json)?;
        let payload = match kind {
            StatementKind::Response => Self::Response(form.response()?),
            StatementKind::Invite => Self::Invite(form.invite()?),
            StatementKind::Join => Self::Join(Box::new(form.join()?)),
            StatementKind::Confirm => Self::Confirm(form.confirm()?),
            StatementKind::Identity => Self::Identity(form.only(&["inception"])?.binary("inception")?),
            StatementKind::Mandate => Self::Mandate(Mandate::from_json(&json).map_err(|error| PayloadError(error.0))?),
            StatementKind::MandateRevoke => Self::MandateRevoke(form.only(&["mandate"])?.parsed("mandate")?),
            StatementKind::KeyRotate => Self::KeyRotate(form.key_rotate()?),
            StatementKind::Comment => Self::Comment(form.comment()?),
            StatementKind::Tick => Self::Tick(form.only(&["process"])?.text("process")?.to_owned()),
            StatementKind::Erase => Self::Erase(form.erase()?),
            StatementKind::Propose => {
                let form = form.only(&["change", "document", "entry", "of", "to"])?;
                Self::Propose(Box::new(Propose::from_json(form.0)?))
            }
            StatementKind::Vote => {
                let form = form.only(&["choice", "document", "proposal"])?;
                Self::Vote(Vote::from_json(form.0)?)
            }
        };
        Ok(payload)
    }

    /// The JSON.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Response(response) => response.to_json(),
            Self::Invite(invite) => Json::map([
                ("actors", Json::List(invite.actors.iter().map(Json::text).collect())),
                ("expires", Json::Int(i64::try_from(invite.expires.get()).unwrap_or(i64::MAX))),
                ("hint", Json::text(&invite.hint)),
                ("key", binary_json(&invite.key)),
                ("nonce_commitment", binary_json(&invite.nonce_commitment)),
            ]),
            Self::Join(join) => Json::map([
                ("data", Json::map(join.data.iter().map(|(actor, data)| (actor.clone(), Json::Map(data.clone()))))),
                ("invitation", Json::text(join.invitation.to_string())),
                ("member", binary_json(&join.member)),
                ("nonce", binary_json(&join.nonce)),
                ("proof", binary_json(&join.proof)),
            ]),
            Self::Confirm(confirm) => Json::map([
                ("invitation", Json::text(confirm.invitation.to_string())),
                ("nonce", binary_json(&confirm.nonce)),
            ]),
            Self::Identity(inception) => Json::map([("inception", binary_json(inception))]),
            Self::Mandate(mandate) => mandate.to_json(),
            Self::MandateRevoke(mandate) => Json::map([("mandate", Json::text(mandate.to_string()))]),
            Self::KeyRotate(rotate) => rotate.to_json(),
            Self::Comment(comment) => {
                let mut members = vec![("media", Json::text(&comment.media)), ("text", Json::text(&comment.text))];
                if !comment.attachments.is_empty() {
                    let files = comment.attachments.iter().map(AttachmentRef::to_json).collect();
                    members.push(("attachments", Json::List(files)));
                }
                Json::map(members)
            }
            Self::Propose(propose) => propose.to_json(),
            Self::Vote(vote) => vote.to_json(),
            Self::Tick(process) => Json::map([("process", Json::text(process))]),
            Self::Erase(erase) => {
                let commitments = erase.commitments.iter().map(|one| Json::text(commitment_text(one))).collect();
                Json::map([("commitments", Json::List(commitments)), ("reason", Json::text(&erase.reason))])
            }
        }
    }
}

impl Response {
    fn to_json(&self) -> Json {
        let mut members = vec![
            ("action", Json::text(&self.action)),
            ("actor", Json::text(&self.actor)),
            ("attachments", self.attachments_json()),
            ("data", self.data.clone()),
            ("process", Json::text(&self.process)),
        ];
        if let Some(response) = &self.response {
            members.push(("response", Json::text(response)));
        }
        Json::map(members)
    }

    /// The attachments as the process reads them.
    pub fn attachments_json(&self) -> Json {
        let list = |list: &Vec<AttachmentRef>| Json::List(list.iter().map(AttachmentRef::to_json).collect());
        Json::map(self.attachments.iter().map(|(name, refs)| (name.clone(), list(refs))))
    }
}

impl AttachmentRef {
    fn to_json(&self) -> Json {
        Json::map([
            ("bytes", Json::Int(i64::try_from(self.bytes).unwrap_or(i64::MAX))),
            ("commitment", Json::text(commitment_text(&self.commitment))),
            ("media", Json::text(&self.media)),
            ("name", Json::text(&self.name)),
        ])
    }
}

impl KeyRotate {
    fn to_json(&self) -> Json {
        let add = self.add.iter().map(|new| {
            let mut members = vec![("key", binary_json(&new.key))];
            if let Some(proof) = &new.proof {
                members.push(("proof", binary_json(proof)));
            }
            Json::map(members)
        });
        let mut members = vec![
            ("add", Json::List(add.collect())),
            ("identity", Json::text(self.identity.to_string())),
            ("retire", Json::List(self.retire.iter().map(|key| Json::text(key.to_string())).collect())),
        ];
        if let Some(overlap) = self.overlap {
            members.push(("overlap", Json::Int(i64::try_from(overlap).unwrap_or(i64::MAX))));
        }
        Json::map(members)
    }
}

fn binary_json(value: &impl Encode) -> Json {
    Json::text(to_base32(&value.to_bytes()))
}

fn binary<T: Decode>(text: &str) -> Option<T> {
    T::from_bytes(&from_base32(text)?).ok()
}

/// The members of a payload.
#[derive(Clone, Copy)]
struct Form<'a>(&'a BTreeMap<String, Json>);

impl<'a> Form<'a> {
    fn new(json: &'a Json) -> Result<Self, PayloadError> {
        json.as_map().map(Self).ok_or(PayloadError("payload"))
    }

    fn only(self, known: &[&str]) -> Result<Self, PayloadError> {
        let closed = self.0.keys().all(|key| known.contains(&key.as_str()));
        closed.then_some(self).ok_or(PayloadError("payload"))
    }

    fn text(&self, name: &'static str) -> Result<&'a str, PayloadError> {
        self.0.get(name).and_then(Json::as_text).ok_or(PayloadError(name))
    }

    fn parsed<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, PayloadError> {
        self.text(name)?.parse().map_err(|_| PayloadError(name))
    }

    fn binary<T: Decode>(&self, name: &'static str) -> Result<T, PayloadError> {
        binary(self.text(name)?).ok_or(PayloadError(name))
    }

    fn list(&self, name: &'static str, max: usize) -> Result<&'a [Json], PayloadError> {
        let items = self.0.get(name).and_then(Json::as_list);
        items.filter(|items| items.len() <= max).ok_or(PayloadError(name))
    }

    fn number(&self, name: &'static str) -> Result<u64, PayloadError> {
        let value = self.0.get(name).and_then(Json::as_int);
        value.and_then(|value| u64::try_from(value).ok()).ok_or(PayloadError(name))
    }

    fn response(self) -> Result<Response, PayloadError> {
        let form = self.only(&["action", "actor", "attachments", "data", "process", "response"])?;
        let mut attachments = BTreeMap::new();
        let mut count = 0_usize;
        let given = form.0.get("attachments").and_then(Json::as_map).ok_or(PayloadError("attachments"))?;
        for (name, items) in given {
            let items = items.as_list().ok_or(PayloadError("attachments"))?;
            count = count.saturating_add(items.len());
            if items.is_empty() || count > ATTACHMENTS_MAX {
                return Err(PayloadError("attachments"));
            }
            let refs: Option<Vec<_>> = items.iter().map(attachment).collect();
            attachments.insert(name.clone(), refs.ok_or(PayloadError("attachments"))?);
        }
        Ok(Response {
            process: form.text("process")?.to_owned(),
            actor: form.text("actor")?.to_owned(),
            action: form.text("action")?.to_owned(),
            response: form.0.get("response").map(|_| form.text("response").map(str::to_owned)).transpose()?,
            data: form.0.get("data").cloned().ok_or(PayloadError("data"))?,
            attachments,
        })
    }

    fn comment(self) -> Result<Comment, PayloadError> {
        let form = self.only(&["attachments", "media", "text"])?;
        let (text, media) = (form.text("text")?.to_owned(), form.text("media")?.to_owned());
        let mut attachments = Vec::new();
        if form.0.contains_key("attachments") {
            let given = form.list("attachments", ATTACHMENTS_MAX)?.iter().map(attachment);
            attachments = given.collect::<Option<Vec<_>>>().ok_or(PayloadError("attachments"))?;
            if attachments.is_empty() {
                return Err(PayloadError("attachments"));
            }
        }
        Ok(Comment { text, media, attachments })
    }

    fn invite(self) -> Result<Invite, PayloadError> {
        let form = self.only(&["actors", "expires", "hint", "key", "nonce_commitment"])?;
        let actors = form.list("actors", ITEMS_MAX)?.iter().map(|actor| actor.as_text().map(str::to_owned));
        let actors: Vec<String> = actors.collect::<Option<_>>().ok_or(PayloadError("actors"))?;
        if actors.is_empty() || !actors.is_sorted_by(|left, right| left < right) {
            return Err(PayloadError("actors"));
        }
        Ok(Invite {
            actors,
            hint: form.text("hint")?.to_owned(),
            key: form.binary("key")?,
            nonce_commitment: form.binary("nonce_commitment")?,
            expires: Position::new(form.number("expires")?),
        })
    }

    fn join(self) -> Result<Join, PayloadError> {
        let form = self.only(&["data", "invitation", "member", "nonce", "proof"])?;
        let data = form.0.get("data").and_then(Json::as_map).ok_or(PayloadError("data"))?;
        let data = data.iter().map(|(actor, data)| Some((actor.clone(), data.as_map()?.clone())));
        Ok(Join {
            invitation: form.parsed("invitation")?,
            member: form.binary("member")?,
            nonce: form.binary("nonce")?,
            proof: form.binary("proof")?,
            data: data.collect::<Option<_>>().ok_or(PayloadError("data"))?,
        })
    }

    fn confirm(self) -> Result<Confirm, PayloadError> {
        let form = self.only(&["invitation", "nonce"])?;
        Ok(Confirm { invitation: form.parsed("invitation")?, nonce: form.binary("nonce")? })
    }

    fn key_rotate(self) -> Result<KeyRotate, PayloadError> {
        let form = self.only(&["add", "identity", "overlap", "retire"])?;
        let new_key = |json: &Json| {
            let members = Form::new(json).ok()?.only(&["key", "proof"]).ok()?;
            let proof = match members.0.get("proof") {
                Some(json) => Some(binary(json.as_text()?)?),
                None => None,
            };
            Some(NewKey { key: members.binary("key").ok()?, proof })
        };
        let add = form.list("add", ITEMS_MAX)?.iter().map(new_key);
        let retire = form.list("retire", ITEMS_MAX)?.iter().map(|key| KeyId::from_text(key.as_text()?));
        Ok(KeyRotate {
            identity: form.parsed("identity")?,
            add: add.collect::<Option<_>>().ok_or(PayloadError("add"))?,
            retire: retire.collect::<Option<_>>().ok_or(PayloadError("retire"))?,
            overlap: form.0.get("overlap").map(|_| form.number("overlap")).transpose()?,
        })
    }

    fn erase(self) -> Result<Erase, PayloadError> {
        let form = self.only(&["commitments", "reason"])?;
        let commitments = form.list("commitments", ITEMS_MAX)?.iter();
        let commitments: Vec<PayloadCommitment> = commitments
            .map(|json| json.as_text().and_then(commitment_from_text))
            .collect::<Option<_>>()
            .ok_or(PayloadError("commitments"))?;
        if commitments.is_empty() || !commitments.is_sorted_by(|left, right| left < right) {
            return Err(PayloadError("commitments"));
        }
        Ok(Erase { commitments, reason: form.text("reason")?.to_owned() })
    }
}

fn attachment(json: &Json) -> Option<AttachmentRef> {
    let form = Form::new(json).ok()?.only(&["bytes", "commitment", "media", "name"]).ok()?;
    Some(AttachmentRef {
        commitment: commitment_from_text(form.text("commitment").ok()?)?,
        name: form.text("name").ok()?.to_owned(),
        media: form.text("media").ok()?.to_owned(),
        bytes: form.number("bytes").ok()?,
    })
}
