//! What pages show of a contract beside its state: raw bytes, receipts, forks, documents, whom one waits for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Entry, text};

/// What a party sealed with a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sealed {
    /// Position of the entry.
    pub position: u64,
    /// `ent_…`.
    #[schema(value_type = text::EntryId)]
    pub entry: String,
}

/// "I hold all of it up to here, checked it, and computed this state": the deepest one of a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptView {
    /// Who signed it: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// Position of the entry.
    pub position: u64,
    /// `ent_…`.
    #[schema(value_type = text::EntryId)]
    pub entry: String,
    /// The view in which it was given.
    pub view: u64,
    /// Its number among all that the party signed for this contract.
    pub count: u64,
    /// Hash of the state after the entry: 64 hexadecimal digits.
    pub state_hash: String,
    /// Root of the log tree up to the entry: 64 hexadecimal digits.
    pub log_root: String,
    /// What the party seals with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
    /// The signed receipt: base32; only where one entry was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Base32>)]
    pub bytes: Option<String>,
}

/// The bytes of an entry, as they are hashed and signed: base32.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryBytes {
    /// The entry with its signature.
    #[schema(value_type = text::Base32)]
    pub entry: String,
    /// The statement with its signature.
    #[schema(value_type = text::Base32)]
    pub statement: String,
    /// The opening of its payload; absent once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Base32>)]
    pub opening: Option<String>,
}

/// Shows that an entry is a leaf of the log tree (RFC 9162).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Inclusion {
    /// Leaves of the tree: genesis is leaf 0.
    pub size: u64,
    /// The leaf.
    pub index: u64,
    /// Root of the tree: 64 hexadecimal digits.
    pub root: String,
    /// Hashes from the leaf to the root: 64 hexadecimal digits each.
    pub path: Vec<String>,
}

/// One entry, down to its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryDetail {
    /// The entry as in the log.
    pub entry: Entry,
    /// Whether it stands on the branch that this node holds.
    pub held: bool,
    /// The entry before it, or the contract's hash at genesis: `ent_…`.
    #[schema(value_type = text::EntryId)]
    pub previous: String,
    /// Root of the log tree up to it: 64 hexadecimal digits.
    pub log_root: String,
    /// Hash of the state after it: 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_hash: Option<String>,
    /// Its bytes.
    pub bytes: EntryBytes,
    /// Receipts for it or something after it, the deepest of each party.
    pub receipts: Vec<ReceiptView>,
    /// Its place in the tree of the last final entry, once it is final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inclusion: Option<Inclusion>,
}

/// What a contract was founded with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CharterView {
    /// The scenario, as a document.
    pub scenario: Value,
    /// What it was started with.
    pub inputs: Value,
    /// Actor → party.
    pub actors: BTreeMap<String, String>,
}

/// A file that somebody attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentView {
    /// What it is for: the name of the attachment in the response.
    pub slot: String,
    /// The name of the file.
    pub name: String,
    /// Its media type, as its author says.
    pub media: String,
    /// Its size in bytes.
    pub size: u64,
    /// What commits to its bytes: `sha256:…`. Its bytes are at `payloads/{commitment}`.
    pub commitment: String,
    /// SHA-256 of its bytes: 64 hexadecimal digits; absent if this node does not have it, or holds it in
    /// chunks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Whether this node has its bytes. What is not here was erased, or did not come yet.
    pub held: bool,
    /// Whether a final `erase` names it: it is nowhere any more, or is about to be.
    #[serde(default)]
    pub erased: bool,
    /// Position of the entry that brought it.
    pub position: u64,
    /// `ent_…`.
    #[schema(value_type = text::EntryId)]
    pub entry: String,
    /// `stm_…`.
    #[schema(value_type = text::StatementId)]
    pub statement: String,
    /// Who attached it: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub author: String,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
}

/// The files of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentList {
    /// Newest first.
    pub documents: Vec<DocumentView>,
}

/// One of several entries after the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForkBranch {
    /// `ent_…`.
    #[schema(value_type = text::EntryId)]
    pub entry: String,
    /// `stm_…`.
    #[schema(value_type = text::StatementId)]
    pub statement: String,
    /// The kind of statement.
    pub kind: String,
    /// The title of the action, for a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who said it: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub author: String,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
    /// When, as the author says.
    #[schema(value_type = text::Time)]
    pub time: String,
    /// The party whose node appended it: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub appended_by: String,
    /// Whether the held branch goes this way.
    pub kept: bool,
    /// Where the statement stands now, if it has a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now_at: Option<u64>,
    /// The entry at which it stands now: `ent_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::EntryId>)]
    pub now_entry: Option<String>,
}

/// A question by which branches are told apart. The smallest answer wins; the first that differs decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForkQuestion {
    /// `abandoned`, `refused`, `class`, `order` or `entry`.
    pub question: String,
    /// One answer for each branch, in their order. Of `class`: the class of the statement, then minus the priority of the
    /// action and minus that of the actor.
    pub answers: Vec<String>,
    /// Whether it decided.
    pub decides: bool,
}

/// A place after which two or more stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForkView {
    /// Position of the branches.
    pub position: u64,
    /// The entry before them: `ent_…`.
    #[schema(value_type = text::EntryId)]
    pub parent: String,
    /// The branches, the kept one first.
    pub branches: Vec<ForkBranch>,
    /// What decided: `receipts` if all members gave receipts for it, else one of the questions.
    pub rule: String,
    /// The questions, in their order.
    pub questions: Vec<ForkQuestion>,
}

/// The forks of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForkList {
    /// Ascending by position.
    pub forks: Vec<ForkView>,
}

/// An action and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActionTitle {
    /// The action.
    pub action: String,
    /// Its title.
    pub title: String,
}

/// Something that this party waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingItem {
    /// `ctr_…`.
    #[schema(value_type = text::ContractId)]
    pub contract: String,
    /// The title of the contract.
    pub contract_title: String,
    /// `action`: for something to be done; `receipt`: for a signature that it holds what is there.
    pub kind: String,
    /// For whom: `idn_…`.
    #[schema(value_type = text::IdentityId)]
    pub party: String,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_name: Option<String>,
    /// As whom they would do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What they can do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionTitle>,
    /// The last position that they gave a receipt for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Since when.
    #[schema(value_type = text::Time)]
    pub since: String,
    /// When something came from their node, since this one started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::Time>)]
    pub last_seen: Option<String>,
}

/// A page of what this party waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingList {
    /// Ascending by contract, party and kind.
    pub items: Vec<WaitingItem>,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
