//! What happened, as it is told to whoever listens.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::text;

/// What kind of thing happened. Kinds may be added: skip those that you do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// An entry joined the log: `position`, `entry`, `outcome`, and `rule` if it is `rejected`.
    Extended,
    /// The branch changed after entry `common`: read the log from there again. `displaced` is how many statements lost
    /// their place; they get another.
    Moved,
    /// `party` signed that it holds everything up to `position`.
    Received,
    /// Everything up to `position` (`entry`) is final.
    Final,
    /// `party` signed what an honest node never signs.
    Fraud,
    /// `party` computed another log or state for `entry`.
    Disagreement,
    /// `party` sent something that does not hold: `code`.
    Strike,
    /// The node was set back to an old copy of its data: it signs nothing in this contract any more.
    OldBackup,
    /// It has everything again, and signs.
    Recovered,
    /// `statement` can get no place any more: another of its author took its number.
    Abandoned,
    /// `party` signed that it did what the `erase` `statement` asks for.
    Erased,
    /// A system action of this node went on: `run`, `state`.
    Run,
    /// A contract was offered to this party.
    Offered,
    /// Personal data were kept as long as their class says: `count` values and files of this contract. Told at the start of
    /// the node and once a day, if there are more than when it was last told.
    Due,
    /// Events are missing here: read again what you show. Nothing is missing after it.
    Gap,
    /// An operator tries a webhook; it is in no stream of events.
    Test,
}

impl EventKind {
    /// Every kind that a stream of events has.
    pub const ALL: [Self; 15] = [
        Self::Extended,
        Self::Moved,
        Self::Received,
        Self::Final,
        Self::Fraud,
        Self::Disagreement,
        Self::Strike,
        Self::OldBackup,
        Self::Recovered,
        Self::Abandoned,
        Self::Erased,
        Self::Run,
        Self::Offered,
        Self::Due,
        Self::Gap,
    ];

    /// The word of the kind; also the `event` field of the stream.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Extended => "extended",
            Self::Moved => "moved",
            Self::Received => "received",
            Self::Final => "final",
            Self::Fraud => "fraud",
            Self::Disagreement => "disagreement",
            Self::Strike => "strike",
            Self::OldBackup => "old_backup",
            Self::Recovered => "recovered",
            Self::Abandoned => "abandoned",
            Self::Erased => "erased",
            Self::Run => "run",
            Self::Offered => "offered",
            Self::Due => "due",
            Self::Gap => "gap",
            Self::Test => "test",
        }
    }
}

/// Something that happened: the `data` of one server-sent event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Give it as `Last-Event-ID` to go on after this event. Opaque.
    pub id: String,
    /// `ctr_…`; absent on a gap of the whole node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<text::ContractId>)]
    pub contract: Option<String>,
    /// What kind.
    pub kind: EventKind,
    /// What the kind says.
    pub data: Value,
}
