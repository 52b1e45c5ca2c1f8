//! The closed list of functions and what stands at each place of a call (language §3.2).

use Parameter::{Action, Actor, Calendar, Mode, Value};

/// What stands at a place of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Value,
    /// A rounding mode.
    Mode,
    /// The name of a calendar.
    Calendar,
    /// `actor` or the name of an actor.
    Actor,
    /// `action` or `action.response`.
    Action,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Round,
    Floor,
    Ceil,
    Abs,
    Least,
    Greatest,
    Mod,
    Fixed,
    Text,
    Length,
    Contains,
    StartsWith,
    EndsWith,
    Years,
    Months,
    Days,
    Hours,
    DaysFrom,
    SecondsFrom,
    Date,
    AddBusinessDays,
    Year,
    Month,
    Day,
    Weekday,
    Did,
    EveryoneDid,
    HowManyDid,
    AllFinished,
    HashOf,
    Timestamp,
    Duration,
    Hash,
    Party,
}

const FUNCTIONS: [(&str, Function, &[Parameter]); 34] = [
    ("round", Function::Round, &[Value, Value, Mode]),
    ("floor", Function::Floor, &[Value]),
    ("ceil", Function::Ceil, &[Value]),
    ("abs", Function::Abs, &[Value]),
    ("least", Function::Least, &[Value, Value]),
    ("greatest", Function::Greatest, &[Value, Value]),
    ("mod", Function::Mod, &[Value, Value]),
    ("fixed", Function::Fixed, &[Value, Value]),
    ("text", Function::Text, &[Value]),
    ("length", Function::Length, &[Value]),
    ("contains", Function::Contains, &[Value, Value]),
    ("starts_with", Function::StartsWith, &[Value, Value]),
    ("ends_with", Function::EndsWith, &[Value, Value]),
    ("years", Function::Years, &[Value]),
    ("months", Function::Months, &[Value]),
    ("days", Function::Days, &[Value]),
    ("hours", Function::Hours, &[Value]),
    ("days_from", Function::DaysFrom, &[Value, Value]),
    ("seconds_from", Function::SecondsFrom, &[Value, Value]),
    ("date", Function::Date, &[Value, Calendar]),
    ("add_business_days", Function::AddBusinessDays, &[Value, Value, Calendar]),
    ("year", Function::Year, &[Value]),
    ("month", Function::Month, &[Value]),
    ("day", Function::Day, &[Value]),
    ("weekday", Function::Weekday, &[Value]),
    ("did", Function::Did, &[Actor, Action]),
    ("everyone_did", Function::EveryoneDid, &[Action]),
    ("how_many_did", Function::HowManyDid, &[Action]),
    ("all_finished", Function::AllFinished, &[]),
    ("hash_of", Function::HashOf, &[Value]),
    // Only with a literal, and then they are literals.
    ("timestamp", Function::Timestamp, &[Value]),
    ("duration", Function::Duration, &[Value]),
    ("hash", Function::Hash, &[Value]),
    ("party", Function::Party, &[Value]),
];

impl Function {
    pub(crate) fn from_text(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(text, ..)| *text == name).map(|(_, function, _)| *function)
    }

    /// The places of a call, all of them required but the calendar of `date`.
    pub(crate) fn parameters(self) -> &'static [Parameter] {
        FUNCTIONS.iter().find(|(_, function, _)| *function == self).map_or(&[], |(.., parameters)| parameters)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        FUNCTIONS.iter().map(|(text, ..)| *text)
    }
}

/// What stands at the place `index` of a call of `name`; a value if there is no such place.
pub(crate) fn parameter(name: &str, index: usize) -> Parameter {
    let function = Function::from_text(name);
    function.and_then(|function| function.parameters().get(index).copied()).unwrap_or(Value)
}
