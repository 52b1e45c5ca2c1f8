//! Static types: what an expression may read, and what it gives (language §3.2 "Static types").

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::proving::Proving;
use crate::value::{Text, position};

/// Most characters of a text unless a schema says otherwise.
pub const TEXT_MAX_DEFAULT: u64 = 10_000;
/// Most items of a list or map unless a schema says otherwise.
pub const ITEMS_MAX_DEFAULT: u64 = 1000;

/// The static type of a place or an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What its values are.
    pub kind: Kind,
    /// Whether a document may leave it out. (Any value may be unassigned; this one expectedly so.)
    pub optional: bool,
    /// The class of personal data: carried and tested for presence, never computed with (language §2.5).
    pub personal: Option<Text>,
}

/// The kinds of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of no known type: `unassigned`, the items of `[]`. Fits everywhere.
    Any,
    /// A boolean.
    Bool,
    /// A whole number.
    Int(Sign),
    /// A decimal number.
    Decimal(Sign),
    /// A text of at most `max` characters.
    Text {
        /// Most characters.
        max: u64,
    },
    /// A day.
    Date,
    /// A moment of UTC.
    Timestamp,
    /// A span of time.
    Duration,
    /// A SHA-256 hash.
    Hash,
    /// An identity.
    Party,
    /// A commitment, a challenge or a proof.
    Proving(Proving),
    /// An object without declared members: copied, never read.
    Opaque,
    /// A list.
    List {
        /// Type of the items.
        of: Arc<Type>,
        /// Fewest items.
        min: u64,
        /// Most items.
        max: u64,
    },
    /// A map from text.
    Map {
        /// Type of the members.
        of: Arc<Type>,
        /// Most members.
        max: u64,
    },
    /// A record with exactly these members.
    Record(Arc<BTreeMap<Text, Type>>),
}

/// What is known of a number besides its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It may be zero.
    Unknown,
    /// Its bounds leave zero out.
    NotZero,
}

impl Type {
    /// A required, not personal type.
    pub const fn of(kind: Kind) -> Self {
        Self { kind, optional: false, personal: None }
    }

    /// Of no known type.
    pub const fn any() -> Self {
        Self::of(Kind::Any)
    }

    /// A boolean.
    pub const fn bool() -> Self {
        Self::of(Kind::Bool)
    }

    /// A whole number.
    pub const fn int() -> Self {
        Self::of(Kind::Int(Sign::Unknown))
    }

    /// A decimal number.
    pub const fn decimal() -> Self {
        Self::of(Kind::Decimal(Sign::Unknown))
    }

    /// A text of at most `max` characters.
    pub const fn text(max: u64) -> Self {
        Self::of(Kind::Text { max })
    }

    /// A list of at most `max` items.
    pub fn list(of: Type, max: u64) -> Self {
        Self::of(Kind::List { of: Arc::new(of), min: 0, max })
    }

    /// A map of at most `max` members.
    pub fn map(of: Type, max: u64) -> Self {
        Self::of(Kind::Map { of: Arc::new(of), max })
    }

    /// A record with these members.
    pub fn record<K: Into<Text>>(members: impl IntoIterator<Item = (K, Type)>) -> Self {
        Self::of(Kind::Record(Arc::new(members.into_iter().map(|(name, member)| (name.into(), member)).collect())))
    }

    /// An attachment: `{hash, name, media, bytes}`, each personal if the file is.
    pub fn attachment(personal: Option<Text>) -> Self {
        let members = [
            ("hash", Self::of(Kind::Hash)),
            ("name", Self::text(TEXT_MAX_DEFAULT)),
            ("media", Self::text(TEXT_MAX_DEFAULT)),
            ("bytes", Self::int()),
        ];
        Self { personal, ..Self::record(members) }
    }

    /// The same, expectedly unassigned at times.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The same, as personal data of a class.
    #[must_use]
    pub fn personal(self, class: Text) -> Self {
        Self { personal: Some(class), ..self }
    }

    /// The type of a member, of a record by name, of a map by any key, of a list by its position.
    pub fn member(&self, name: &str) -> Option<&Type> {
        match &self.kind {
            Kind::Record(members) => members.get(name),
            Kind::Map { of, .. } => Some(of),
            Kind::List { of, .. } => position(name).map(|_| &**of),
            _ => None,
        }
    }

    /// The type at a path of member names and list positions.
    pub fn at(&self, path: &[Text]) -> Option<&Type> {
        path.iter().try_fold(self, |found, name| found.member(name))
    }

    /// Whether a value of the type `other` may stand here: int widens to decimal, nothing else converts.
    ///
    /// A record fits if it has every required member and no unknown one. Personal data fit in their own class alone,
    /// and nothing else fits there, for it lies in no envelope.
    pub fn accepts(&self, other: &Type) -> bool {
        if !other.is_any() && self.personal != other.personal {
            return false;
        }
        match (&self.kind, &other.kind) {
            (Kind::Any, _) | (_, Kind::Any) | (Kind::Decimal(_), Kind::Int(_)) => true,
            (Kind::List { of: left, .. }, Kind::List { of: right, .. })
            | (Kind::Map { of: left, .. }, Kind::Map { of: right, .. }) => {
                Arc::ptr_eq(left, right) || left.accepts(right)
            }
            (Kind::Map { of, .. }, Kind::Record(members)) => members.values().all(|member| of.accepts(member)),
            (Kind::Record(left), Kind::Record(right)) => {
                let missing = || left.iter().any(|(name, member)| !member.optional && !right.contains_key(name));
                let fits = |(name, member): (&Text, &Type)| left.get(name).is_some_and(|place| place.accepts(member));
                Arc::ptr_eq(left, right) || !missing() && right.iter().all(fits)
            }
            (Kind::Proving(left), Kind::Proving(right)) => left == right,
            (left, right) => left.word() == right.word(),
        }
    }

    /// The type of a value that comes from either side, if there is one; int beside decimal is decimal.
    pub(crate) fn join(&self, other: &Type) -> Option<Type> {
        let kind = match (&self.kind, &other.kind) {
            (Kind::Any, kind) | (kind, Kind::Any) => kind.clone(),
            (Kind::Int(left), Kind::Int(right)) => Kind::Int(left.join(*right)),
            (Kind::Int(left) | Kind::Decimal(left), Kind::Int(right) | Kind::Decimal(right)) => {
                Kind::Decimal(left.join(*right))
            }
            (Kind::Text { max: left }, Kind::Text { max: right }) => Kind::Text { max: *left.max(right) },
            (Kind::List { of: a, min: c, max: d }, Kind::List { of: b, min: e, max: f }) => {
                Kind::List { of: Arc::new(a.join(b)?), min: *c.min(e), max: *d.max(f) }
            }
            (Kind::Map { of: a, max: c }, Kind::Map { of: b, max: d }) => {
                Kind::Map { of: Arc::new(a.join(b)?), max: *c.max(d) }
            }
            (Kind::Map { of, max }, Kind::Record(members)) | (Kind::Record(members), Kind::Map { of, max }) => {
                let of = members.values().try_fold((**of).clone(), |found, member| found.join(member))?;
                Kind::Map { of: Arc::new(of), max: (*max).max(members.len() as u64) }
            }
            (Kind::Record(left), Kind::Record(right)) if Arc::ptr_eq(left, right) => Kind::Record(Arc::clone(left)),
            (Kind::Record(left), Kind::Record(right)) => Kind::Record(Arc::new(join_members(left, right)?)),
            (Kind::Proving(left), Kind::Proving(right)) if left != right => return None,
            (left, right) if left.word() == right.word() => left.clone(),
            _ => return None,
        };
        let personal = match (self.is_any(), other.is_any()) {
            (true, _) => other.personal.clone(),
            (_, true) => self.personal.clone(),
            _ if self.personal != other.personal => return None,
            _ => self.personal.clone(),
        };
        Some(Type { kind, optional: self.optional || other.optional, personal })
    }

    /// Whether its values lie in an envelope of their own, so that what stands here is a commitment: personal data but
    /// for attachments, which are commitments already (language §2.5).
    pub fn is_sealed(&self) -> bool {
        self.personal.is_some() && self.kind != Self::attachment(None).kind
    }

    /// Whether personal data are in it, at any depth.
    pub fn holds_personal(&self) -> bool {
        self.personal.is_some()
            || match &self.kind {
                Kind::List { of, .. } | Kind::Map { of, .. } => of.holds_personal(),
                Kind::Record(members) => members.values().any(Self::holds_personal),
                _ => false,
            }
    }

    pub(crate) const fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Int(_) | Kind::Decimal(_) | Kind::Any)
    }

    /// Whether its values have no parts, so that `text()` and placeholders can print them.
    pub(crate) const fn prints(&self) -> bool {
        !matches!(self.kind, Kind::List { .. } | Kind::Map { .. } | Kind::Record(_) | Kind::Opaque)
    }

    pub(crate) const fn is_any(&self) -> bool {
        matches!(self.kind, Kind::Any)
    }

    /// Its most characters, items or members, which is what an operation on it is charged for.
    pub(crate) fn length_max(&self) -> u64 {
        match &self.kind {
            Kind::Text { max } | Kind::List { max, .. } | Kind::Map { max, .. } => *max,
            Kind::Record(members) => members.len() as u64,
            _ => 0,
        }
    }
}

fn join_members(left: &BTreeMap<Text, Type>, right: &BTreeMap<Text, Type>) -> Option<BTreeMap<Text, Type>> {
    let mut joined = BTreeMap::new();
    for (name, member) in left {
        let found = match right.get(name) {
            Some(other) => member.join(other)?,
            None if member.optional => member.clone(),
            None => return None,
        };
        joined.insert(Text::clone(name), found);
    }
    for (name, member) in right {
        if !left.contains_key(name) {
            if !member.optional {
                return None;
            }
            joined.insert(Text::clone(name), member.clone());
        }
    }
    Some(joined)
}

impl Sign {
    const fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotZero, Self::NotZero) => Self::NotZero,
            _ => Self::Unknown,
        }
    }
}

impl Kind {
    /// The word for it in messages and type names.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Any => "unassigned",
            Self::Bool => "bool",
            Self::Int(_) => "int",
            Self::Decimal(_) => "decimal",
            Self::Text { .. } => "text",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::Hash => "hash",
            Self::Party => "party",
            Self::Proving(proving) => proving.word(),
            Self::Opaque => "an object without declared members",
            Self::List { .. } => "list",
            Self::Map { .. } => "map",
            Self::Record(_) => "record",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::List { of, .. } if of.is_any() => out.write_str("list"),
            Kind::List { of, .. } => write!(out, "list of {}", of.kind.word()),
            Kind::Map { of, .. } => write!(out, "map of {}", of.kind.word()),
            kind => out.write_str(kind.word()),
        }
    }
}
