//! Points in time and spans between them. Both are data: nothing here asks for the time.

use std::fmt;

use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};

/// Milliseconds since 1970-01-01T00:00:00Z, in the years 1 to 9999.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A span of milliseconds, not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval(u64);

impl Timestamp {
    /// 0001-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The point so many milliseconds after 1970, if it lies in the years 1 to 9999.
    pub const fn from_millis(millis: i64) -> Option<Self> {
        if millis < Self::MIN.0 || millis > Self::MAX.0 { None } else { Some(Self(millis)) }
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The point so much later, at most [`Timestamp::MAX`].
    #[must_use]
    pub fn after(self, interval: Interval) -> Self {
        let span = i64::try_from(interval.0).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(span).min(Self::MAX.0))
    }

    /// How much later this is than `earlier`; zero if it is not later.
    pub fn since(self, earlier: Self) -> Interval {
        Interval(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    /// `2026-01-01T00:00:00.000Z`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.div_euclid(86_400_000);
        let rest = self.0.rem_euclid(86_400_000);
        let (year, month, day) = civil(days);
        let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
        let (second, milli) = (rest / 1_000 % 60, rest % 1_000);
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

/// The date so many days after 1970-01-01 (days are within ±4 million, so nothing here overflows).
#[expect(clippy::arithmetic_side_effects, reason = "bounded by the range of Timestamp")]
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

impl Encode for Timestamp {
    fn encode(&self, out: &mut Writer) {
        out.int(self.0);
    }
}

impl Decode for Timestamp {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::from_millis(from.int()?).ok_or(DecodeError::Value("timestamp"))
    }
}

impl Interval {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// So many milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// So many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// Milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// So many times as long.
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl Encode for Interval {
    fn encode(&self, out: &mut Writer) {
        out.uint(self.0);
    }
}

impl Decode for Interval {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.uint().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_print_as_dates() {
        let check = |millis, expect: &str| assert_eq!(Timestamp::from_millis(millis).unwrap().to_string(), expect);
        check(0, "1970-01-01T00:00:00.000Z");
        check(1_772_323_199_999, "2026-02-28T23:59:59.999Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(Timestamp::MIN.millis(), "0001-01-01T00:00:00.000Z");
        check(Timestamp::MAX.millis(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MAX), None);
    }
}
