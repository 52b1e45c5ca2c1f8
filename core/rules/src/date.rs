//! Days of the Gregorian calendar, and moments of UTC (language §3.2: years 1 to 9999).

use std::fmt;

use crate::duration::Duration;

/// Milliseconds of a day; days of UTC have no leap seconds here.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// 0001-01-01 and 9999-12-31 as days since 1970-01-01.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_896;

/// A day between 0001-01-01 and 9999-12-31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// The day `days` after 1970-01-01, if it is within the years 1 to 9999.
    pub const fn from_days(days: i32) -> Option<Self> {
        if days >= FIRST_DAY && days <= LAST_DAY { Some(Self(days)) } else { None }
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The day of that name, if it exists.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
            return None;
        }
        Some(Self(days_from_civil(year, month, day)))
    }

    /// Reads `2026-05-01`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *bytes else { return None };
        let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
        Self::new(year, number(&[m1, m2])?, number(&[d1, d2])?)
    }

    /// Year, month (1 to 12) and day (1 to 31).
    pub fn civil(self) -> (i32, u32, u32) {
        civil_from_days(self.0)
    }

    /// The year, 1 to 9999.
    pub fn year(self) -> i32 {
        self.civil().0
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u32 {
        self.civil().1
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> u32 {
        self.civil().2
    }

    /// The day of the week: Monday is 1, Sunday 7.
    pub fn weekday(self) -> u32 {
        // 1970-01-01 was a Thursday.
        u32::try_from(self.0.saturating_add(3).rem_euclid(7)).unwrap_or_default().saturating_add(1)
    }

    /// The day `days` later.
    pub fn plus_days(self, days: i64) -> Option<Self> {
        i64::from(self.0).checked_add(days).and_then(|days| i32::try_from(days).ok()).and_then(Self::from_days)
    }

    /// The day `months` later, clamped to the last day of that month.
    pub fn plus_months(self, months: i64) -> Option<Self> {
        let (year, month, day) = self.civil();
        let count =
            i64::from(year).checked_mul(12)?.checked_add(i64::from(month))?.checked_sub(1)?.checked_add(months)?;
        let year = i32::try_from(count.div_euclid(12)).ok()?;
        let month = u32::try_from(count.rem_euclid(12)).ok()?.checked_add(1)?;
        Self::new(year, month, day.min(month_length(year, month)))
    }

    /// Months first, clamped, then days; `None` for a duration with a time part or a day out of range.
    pub fn plus(self, duration: Duration) -> Option<Self> {
        if duration.ms() != 0 {
            return None;
        }
        self.plus_months(duration.months())?.plus_days(duration.days())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// A moment of UTC between 0001-01-01 and 9999-12-31, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `ms` milliseconds after 1970-01-01T00:00:00.000Z, if it is within the years 1 to 9999.
    pub fn from_ms(ms: i64) -> Option<Self> {
        let day = i32::try_from(ms.div_euclid(DAY_MS)).ok()?;
        Date::from_days(day).map(|_| Self(ms))
    }

    /// Milliseconds since 1970-01-01T00:00:00.000Z.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// The first moment of a day.
    pub fn start_of(date: Date) -> Self {
        Self(i64::from(date.days()).saturating_mul(DAY_MS))
    }

    /// Reads `2026-01-01T00:00:00Z`, or with one to three digits of a fraction.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let (time, fraction) = match time.split_once('.') {
            Some((_, fraction)) if !(1..=3).contains(&fraction.len()) => return None,
            Some((time, fraction)) => (time, fraction),
            None => (time, ""),
        };
        let bytes: &[u8; 8] = time.as_bytes().try_into().ok()?;
        let [h1, h2, b':', m1, m2, b':', s1, s2] = *bytes else { return None };
        let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let ms = number(format!("{fraction:0<3}").as_bytes())?;
        let seconds = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
        let of_day = seconds.checked_mul(1000)?.checked_add(ms)?;
        Self::from_ms(Self::start_of(Date::parse(date)?).0.checked_add(i64::from(of_day))?)
    }

    /// The day of UTC.
    pub fn date(self) -> Date {
        Date(i32::try_from(self.0.div_euclid(DAY_MS)).unwrap_or_default())
    }

    /// Months first, clamped to the last day of the month, then days, then time.
    pub fn plus(self, duration: Duration) -> Option<Self> {
        let time_of_day = self.0.rem_euclid(DAY_MS);
        let day = self.date().plus_months(duration.months())?;
        let shift = duration.days().checked_mul(DAY_MS)?.checked_add(duration.ms())?;
        Self::from_ms(Self::start_of(day).0.checked_add(time_of_day)?.checked_add(shift)?)
    }
}

impl fmt::Display for Timestamp {
    /// Always with three digits of a fraction: `2026-01-01T00:00:00.000Z`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.rem_euclid(DAY_MS);
        let (hour, minute) = (ms.div_euclid(3_600_000), ms.div_euclid(60_000).rem_euclid(60));
        let (second, fraction) = (ms.div_euclid(1000).rem_euclid(60), ms.rem_euclid(1000));
        write!(out, "{}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z", self.date())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// The value of at most nine ASCII digits.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

const fn is_leap(year: i32) -> bool {
    year.wrapping_rem(4) == 0 && (year.wrapping_rem(100) != 0 || year.wrapping_rem(400) == 0)
}

const fn month_length(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01; eras of 400 years from 0000-03-01, so that a leap day ends its year.
#[expect(clippy::arithmetic_side_effects, reason = "years 1 to 9999 keep every term below 2^23")]
const fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let (month, day) = (month as i32, day as i32);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[expect(clippy::arithmetic_side_effects, reason = "days of the years 1 to 9999 keep every term below 2^23")]
const fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * index + 2) / 5 + 1;
    let month = if index < 10 { index + 3 } else { index - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_has_one_name() {
        let mut before = (0, 12, 31);
        for days in FIRST_DAY..=LAST_DAY {
            let (year, month, day) = Date::from_days(days).unwrap().civil();
            let next = Date::new(year, month, day).unwrap();
            assert_eq!(next.days(), days);
            assert!((year, month, day) > before);
            before = (year, month, day);
        }
        assert_eq!(before, (9999, 12, 31));
        assert_eq!(Date::parse("1970-01-01").unwrap().days(), 0);
    }

    #[test]
    fn timestamps_have_one_text() {
        let parse = |text| Timestamp::parse(text).map(|time| time.to_string());
        assert_eq!(parse("2026-01-01T00:00:00Z").as_deref(), Some("2026-01-01T00:00:00.000Z"));
        assert_eq!(parse("1969-12-31T23:59:59.5Z").as_deref(), Some("1969-12-31T23:59:59.500Z"));
        for text in [
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01",
            "2026-01-01T00:00:00.Z",
            "2026-1-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
