//! Durations of months, days and time, kept apart because their lengths differ (language §2.6, §3.2).

use std::cmp::Ordering;
use std::fmt;

use crate::date::DAY_MS;

/// Most months of a duration: 10,000 years.
const MONTHS_MAX: u64 = 120_000;
/// Most days of a duration, and most days of its time part: 10,000 years.
const DAYS_MAX: u64 = 3_652_425;

/// A span of time: months, days and milliseconds of one sign, each part at most 10,000 years.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Duration {
    months: i64,
    days: i64,
    ms: i64,
}

impl Duration {
    /// No time at all, `PT0S`.
    pub const ZERO: Self = Self { months: 0, days: 0, ms: 0 };

    /// The duration of these parts; `None` if signs are mixed or a part is out of range.
    pub fn new(months: i64, days: i64, ms: i64) -> Option<Self> {
        let mixed = months.min(days).min(ms) < 0 && months.max(days).max(ms) > 0;
        let ms_max = DAYS_MAX.saturating_mul(DAY_MS.unsigned_abs());
        if mixed || months.unsigned_abs() > MONTHS_MAX || days.unsigned_abs() > DAYS_MAX || ms.unsigned_abs() > ms_max {
            return None;
        }
        Some(Self { months, days, ms })
    }

    /// Whole months.
    pub const fn months(self) -> i64 {
        self.months
    }

    /// Whole days.
    pub const fn days(self) -> i64 {
        self.days
    }

    /// The time part in milliseconds.
    pub const fn ms(self) -> i64 {
        self.ms
    }

    /// Whether the duration points into the past.
    pub const fn is_negative(self) -> bool {
        self.months < 0 || self.days < 0 || self.ms < 0
    }

    /// The same span in the other direction.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { months: self.months.wrapping_neg(), days: self.days.wrapping_neg(), ms: self.ms.wrapping_neg() }
    }

    /// The order of two durations both without months (a day is 24 hours), or both of months alone; else `None`.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        if self.months == 0 && other.months == 0 {
            return Some(self.total_ms().cmp(&other.total_ms()));
        }
        let only_months = |duration: Self| duration.days == 0 && duration.ms == 0;
        (only_months(self) && only_months(other)).then(|| self.months.cmp(&other.months))
    }

    const fn total_ms(self) -> i64 {
        self.days.saturating_mul(DAY_MS).saturating_add(self.ms)
    }

    /// Reads ISO 8601 `P1Y2M3W4DT5H6M7S`, with `-` before it for a negative one and up to three digits of a
    /// fraction of a second.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let rest = rest.strip_prefix('P')?;
        let (day_part, time_part) = match rest.split_once('T') {
            Some((_, "")) => return None,
            Some((days, time)) => (days, time),
            None if rest.is_empty() => return None,
            None => (rest, ""),
        };
        let mut parts = Parts { rest: day_part };
        let years = parts.take('Y')?;
        let months = parts.take('M')?;
        let weeks = parts.take('W')?;
        let days = parts.take('D')?;
        let mut time = Parts { rest: time_part };
        let hours = time.take('H')?;
        let minutes = time.take('M')?;
        let seconds_ms = time.seconds()?;
        if !parts.rest.is_empty() || !time.rest.is_empty() {
            return None;
        }
        let months = years.checked_mul(12)?.checked_add(months)?;
        let days = weeks.checked_mul(7)?.checked_add(days)?;
        let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
        let duration = Self::new(months, days, minutes.checked_mul(60_000)?.checked_add(seconds_ms)?)?;
        Some(if negative { duration.negated() } else { duration })
    }
}

/// The components of one half of a duration, each at most ten digits, in their fixed order.
struct Parts<'a> {
    rest: &'a str,
}

impl Parts<'_> {
    /// The number before `letter`, or 0 if that component is not next.
    fn take(&mut self, letter: char) -> Option<i64> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, after) = self.rest.split_at_checked(end)?;
        let Some(after) = after.strip_prefix(letter) else { return Some(0) };
        if digits.is_empty() || digits.len() > 10 {
            return None;
        }
        self.rest = after;
        digits.parse().ok()
    }

    fn seconds(&mut self) -> Option<i64> {
        let Some((whole, fraction)) = self.rest.split_once('.') else {
            return self.take('S')?.checked_mul(1000);
        };
        let fraction = fraction.strip_suffix('S')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !(1..=10).contains(&whole.len()) || !(1..=3).contains(&fraction.len()) || !digits(whole) || !digits(fraction)
        {
            return None;
        }
        self.rest = "";
        let ms: i64 = format!("{fraction:0<3}").parse().ok()?;
        whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(ms)
    }
}

impl fmt::Display for Duration {
    /// The canonical form `P<m>M<d>DT<s>S`: zero parts left out, zero is `PT0S`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ZERO {
            return out.write_str("PT0S");
        }
        out.write_str(if self.is_negative() { "-P" } else { "P" })?;
        if self.months != 0 {
            write!(out, "{}M", self.months.unsigned_abs())?;
        }
        if self.days != 0 {
            write!(out, "{}D", self.days.unsigned_abs())?;
        }
        if self.ms == 0 {
            return Ok(());
        }
        let ms = self.ms.unsigned_abs();
        let (whole, fraction) = (ms.wrapping_div(1000), ms.wrapping_rem(1000));
        write!(out, "T{whole}")?;
        if fraction != 0 {
            write!(out, ".{}", format!("{fraction:03}").trim_end_matches('0'))?;
        }
        out.write_str("S")
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_and_refusals() {
        let text = |text| Duration::parse(text).map(|duration| duration.to_string());
        assert_eq!(text("P1Y2M3W4DT5H6M7S").as_deref(), Some("P14M25DT18367S"));
        assert_eq!(text("-PT0.5S").as_deref(), Some("-PT0.5S"));
        assert_eq!(text("P0D").as_deref(), Some("PT0S"));
        for wrong in
            ["P", "PT", "P1", "1D", "P1S", "PT1D", "P1D1M", "P1DT", "P-1D", "P1.5D", "PT1.S", "PT.5S", "P99999Y", "p1d"]
        {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn months_and_days_have_no_order() {
        let compare = |left, right| Duration::parse(left).unwrap().compare(Duration::parse(right).unwrap());
        assert_eq!(compare("PT48H", "P2D"), Some(Ordering::Equal));
        assert_eq!(compare("P1M", "P31D"), None);
        assert_eq!(compare("P1M1D", "P1M1D"), None);
        assert_eq!(compare("PT0S", "P1M"), Some(Ordering::Less));
    }

    proptest! {
        #[test]
        fn canonical_text_returns(months in 0..=120_000_i64, days in 0..=3_652_425_i64, ms in 0..=86_400_000_000_i64, negative: bool) {
            let value = Duration::new(months, days, ms).unwrap();
            let value = if negative { value.negated() } else { value };
            prop_assert_eq!(Duration::parse(&value.to_string()), Some(value));
        }

        #[test]
        fn any_text_is_safe(text in "-?P?[0-9YMWDTHS.é-]{0,24}") {
            if let Some(value) = Duration::parse(&text) {
                prop_assert_eq!(Duration::parse(&value.to_string()), Some(value));
            }
        }
    }
}
