//! Calendars of working days with fixed offsets from UTC (language §2.5); there is no time-zone database.

use std::collections::BTreeMap;

use countersign_codec::Json;

use crate::date::{DAY_MS, Date, Timestamp};
use crate::finding::{Code, Fault, child};

/// Longest span a calendar covers: 200 years.
pub const CALENDAR_DAYS_MAX: i32 = 73_050;
/// Most holidays of a calendar.
pub const HOLIDAYS_MAX: usize = 2000;
/// Most changes of the offset of a calendar.
pub const OFFSET_CHANGES_MAX: usize = 200;

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Working days and local midnights between two dates. Outside them every question is out of range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    week: [bool; 7],
    // Days off on which work would be done otherwise, ascending, each once.
    days_off: Vec<Date>,
    offset_ms: i64,
    // Offsets by the first moment at which they hold.
    changes: BTreeMap<Timestamp, i64>,
    from: Date,
    to: Date,
}

impl Calendar {
    /// Reads `{title, week, holidays, offset, offset_changes, covers}`; `pointer` is where it stands.
    ///
    /// `title` is not read here. A change holds from its moment, or from the start of its date in UTC.
    pub fn parse(json: &Json, pointer: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let calendar = Self::read(json, pointer, &mut faults);
        match calendar {
            Some(calendar) if faults.is_empty() => Ok(calendar),
            _ => Err(faults),
        }
    }

    fn read(json: &Json, pointer: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let mut wrong = |key: &str, what: &str| {
            faults.push(Fault::new(Code::E106, child(pointer, key), format!("{key} must be {what}")));
        };
        let mut week = [false; 7];
        match json.get("week").and_then(Json::as_list) {
            Some(days) if days.iter().all(|day| day.as_text().is_some_and(|day| WEEK.contains(&day))) => {
                for (name, works) in WEEK.iter().zip(&mut week) {
                    *works = days.iter().any(|day| day.as_text() == Some(name));
                }
            }
            _ => wrong("week", "a list of mon tue wed thu fri sat sun"),
        }
        let date = |json: &Json| json.as_text().and_then(Date::parse);
        let holidays = match json.get("holidays") {
            None => Some(Vec::new()),
            Some(days) => days
                .as_list()
                .filter(|days| days.len() <= HOLIDAYS_MAX)
                .and_then(|days| days.iter().map(date).collect::<Option<Vec<Date>>>()),
        };
        let offset = json.get("offset").and_then(Json::as_text).and_then(parse_offset);
        let changes = match json.get("offset_changes") {
            None => Some(BTreeMap::new()),
            Some(changes) => {
                changes.as_list().filter(|changes| changes.len() <= OFFSET_CHANGES_MAX).and_then(parse_changes)
            }
        };
        let covers = json.get("covers").and_then(|covers| Some((date(covers.get("from")?)?, date(covers.get("to")?)?)));
        let covers =
            covers.filter(|(from, to)| from <= to && to.days().saturating_sub(from.days()) <= CALENDAR_DAYS_MAX);
        if holidays.is_none() {
            wrong("holidays", "a list of at most 2000 dates");
        }
        if offset.is_none() {
            wrong("offset", "an offset such as \"+01:00\"");
        }
        if changes.is_none() {
            wrong("offset_changes", "a list of at most 200 {from, offset}");
        }
        if covers.is_none() {
            wrong("covers", "{from, to}, two dates at most 200 years apart");
        }
        let (from, to) = covers?;
        let mut days_off = holidays?;
        days_off.retain(|day| works_on(&week, *day));
        days_off.sort_unstable();
        days_off.dedup();
        Some(Self { week, days_off, offset_ms: offset?, changes: changes?, from, to })
    }

    /// The local day of a moment; `None` outside the calendar.
    pub fn date(&self, time: Timestamp) -> Option<Date> {
        let local = time.ms().checked_add(self.offset_at(time))?;
        Timestamp::from_ms(local).map(Timestamp::date).filter(|date| self.covers(*date))
    }

    /// The `count`-th working day after a day (0: the day itself); `None` outside the calendar or for a negative count.
    pub fn add_business_days(&self, from: Date, count: i64) -> Option<Date> {
        let wanted = u64::try_from(count).ok()?;
        if wanted == 0 || !self.covers(from) {
            return Some(from).filter(|day| self.covers(*day));
        }
        // The first day by which so many working days have passed, between these two.
        let (mut before, mut by) = (from, self.to);
        if self.working_days(from, by) < wanted {
            return None;
        }
        while let Some(half) =
            by.days().checked_sub(before.days()).map(|days| days.div_euclid(2)).filter(|days| *days > 0)
        {
            let middle = before.plus_days(half.into())?;
            if self.working_days(from, middle) < wanted { before = middle } else { by = middle }
        }
        Some(by)
    }

    /// How many working days lie after a day, up to and with another one, which is not earlier.
    fn working_days(&self, after: Date, to: Date) -> u64 {
        let days = to.days().saturating_sub(after.days());
        let a_week = self.week.iter().filter(|works| **works).count() as u64;
        let weeks = u64::try_from(days.div_euclid(7)).unwrap_or_default();
        let rest = (1..=days.rem_euclid(7)).filter_map(|day| after.plus_days(day.into()));
        let rest = rest.filter(|day| works_on(&self.week, *day)).count() as u64;
        let until = |last: Date| self.days_off.partition_point(|day| *day <= last);
        let off = until(to).saturating_sub(until(after)) as u64;
        weeks.saturating_mul(a_week).saturating_add(rest).saturating_sub(off)
    }

    /// The moment at which a local day ends; `None` outside the calendar.
    pub fn end_of(&self, date: Date) -> Option<Timestamp> {
        if !self.covers(date) {
            return None;
        }
        let midnight = i64::from(date.days()).checked_add(1)?.checked_mul(DAY_MS)?;
        // The offset that holds just before: first with the base offset, then with the one found there.
        let guess = Timestamp::from_ms(midnight.checked_sub(self.offset_ms)?)?;
        Timestamp::from_ms(midnight.checked_sub(self.offset_at(guess))?)
    }

    fn covers(&self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }

    fn offset_at(&self, time: Timestamp) -> i64 {
        self.changes.range(..=time).next_back().map_or(self.offset_ms, |(_, offset)| *offset)
    }
}

fn works_on(week: &[bool; 7], date: Date) -> bool {
    let index = usize::try_from(date.weekday().saturating_sub(1)).unwrap_or_default();
    week.get(index) == Some(&true)
}

fn parse_changes(changes: &[Json]) -> Option<BTreeMap<Timestamp, i64>> {
    let change = |change: &Json| {
        let from = change.get("from")?.as_text()?;
        let from = Timestamp::parse(from).or_else(|| Date::parse(from).map(Timestamp::start_of))?;
        Some((from, change.get("offset")?.as_text().and_then(parse_offset)?))
    };
    changes.iter().map(change).collect()
}

/// Milliseconds of `+01:00`, at most 14 hours 59 minutes.
fn parse_offset(text: &str) -> Option<i64> {
    let bytes: &[u8; 6] = text.as_bytes().try_into().ok()?;
    let [sign, h1, h2, b':', m1, m2] = *bytes else { return None };
    let digit = |byte: u8| byte.checked_sub(b'0').filter(|digit| *digit < 10).map(i64::from);
    let hours = digit(h1)?.checked_mul(10)?.checked_add(digit(h2)?)?;
    let minutes = digit(m1)?.checked_mul(10)?.checked_add(digit(m2)?)?;
    if hours > 14 || minutes > 59 {
        return None;
    }
    let ms = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60_000)?;
    match sign {
        b'+' => Some(ms),
        b'-' => ms.checked_neg(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_day_ends_at_its_own_midnight() {
        let json = br#"{"title":"Office","week":["mon","tue","wed","thu","fri"],"holidays":["2026-12-25"],"offset":"+01:00",
            "offset_changes":[{"from":"2026-03-29T01:00:00Z","offset":"+02:00"}],"covers":{"from":"2026-01-01","to":"2027-12-31"}}"#;
        let office = Calendar::parse(&Json::parse(json, Default::default()).unwrap(), "").unwrap();
        let end = |date| office.end_of(Date::parse(date).unwrap()).map(|time| time.to_string());
        assert_eq!(end("2026-03-17").as_deref(), Some("2026-03-17T23:00:00.000Z"));
        assert_eq!(end("2026-03-30").as_deref(), Some("2026-03-30T22:00:00.000Z"));
        assert_eq!(end("2028-01-01"), None);
        let date = |time| office.date(Timestamp::parse(time).unwrap()).map(|date| date.to_string());
        assert_eq!(date("2026-03-29T22:30:00Z").as_deref(), Some("2026-03-30"));
        assert_eq!(date("2026-03-28T22:30:00Z").as_deref(), Some("2026-03-28"));
        assert_eq!(office.add_business_days(Date::parse("2026-12-24").unwrap(), -1), None);
    }

    /// Working days are counted without a walk from day to day; here is the walk.
    #[test]
    fn the_count_is_that_of_a_walk() {
        for week in [r#"["mon","tue","wed","thu","fri"]"#, r#"["sun","thu"]"#, "[]", r#"["sat"]"#] {
            let json = format!(
                r#"{{"week":{week},"holidays":["2026-01-01","2026-01-03","2026-01-03","2026-02-05","2025-12-31","2026-02-28"],
                "offset":"+00:00","covers":{{"from":"2026-01-01","to":"2026-03-01"}}}}"#
            );
            let json = Json::parse(json.as_bytes(), Default::default()).unwrap();
            let calendar = Calendar::parse(&json, "").unwrap();
            let off = json.get("holidays").unwrap().as_list().unwrap();
            let works = |day: Date| {
                let name = WEEK[usize::try_from(day.weekday()).unwrap() - 1];
                week.contains(name) && !off.iter().any(|off| off.as_text() == Some(&day.to_string()))
            };
            for from in -2..65 {
                let from = Date::parse("2026-01-01").unwrap().plus_days(from).unwrap();
                for count in 0..50 {
                    let mut left = count;
                    let mut walked = Some(from).filter(|day| calendar.covers(*day));
                    while let (Some(day), true) = (walked, left > 0) {
                        walked = day.plus_days(1).filter(|day| calendar.covers(*day));
                        left -= i64::from(walked.is_some_and(works));
                    }
                    assert_eq!(calendar.add_business_days(from, count), walked, "{week} {from} {count}");
                }
            }
        }
    }
}
