//! How much of the electorate must say yes.

use std::fmt;

use countersign_codec::{Encode, Writer};

/// Largest number in a share (language §2).
pub const SHARE_PART_MAX: u16 = 9_999;

/// A part of the whole, above zero and at most all of it: `2/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    part: u16,
    whole: u16,
}

/// How much of the weight of the electorate a ballot needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// All of it.
    All,
    /// More than half.
    Majority,
    /// At least this share.
    Share(Share),
}

impl Share {
    /// Reads `part/whole`, both without sign, leading zero or space, of at most four digits; none if it is not of this
    /// form, or above one.
    pub fn parse(text: &str) -> Option<Self> {
        let (part, whole) = text.split_once('/')?;
        let (part, whole) = (number(part)?, number(whole)?);
        (part <= whole).then_some(Self { part, whole })
    }
}

fn number(text: &str) -> Option<u16> {
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && (1..=SHARE_PART_MAX).contains(number))
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.part, self.whole)
    }
}

impl Need {
    /// Whether `yes` of `total` is enough. Exact: nothing is divided.
    pub fn is_met(self, yes: u64, total: u64) -> bool {
        let (yes, total) = (u128::from(yes), u128::from(total));
        match self {
            Self::All => yes >= total,
            Self::Majority => yes.saturating_mul(2) > total,
            Self::Share(Share { part, whole }) => {
                yes.saturating_mul(u128::from(whole)) >= total.saturating_mul(u128::from(part))
            }
        }
    }
}

impl Encode for Need {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::All => out.uint(0),
            Self::Majority => out.uint(1),
            Self::Share(share) => {
                out.uint(2);
                out.uint(share.part.into());
                out.uint(share.whole.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_two_numbers_and_at_most_one() {
        assert_eq!(Share::parse("2/3").map(|share| share.to_string()), Some("2/3".into()));
        assert!(Share::parse("9999/9999").is_some());
        for text in ["", "2", "/3", "2/", "0/3", "3/2", "02/3", "+2/3", "2/3/4", "2 /3", "1/10000", "2/3x"] {
            assert_eq!(Share::parse(text), None, "{text}");
        }
    }

    #[test]
    fn thresholds_are_exact() {
        let share = |text| Need::Share(Share::parse(text).unwrap());
        // Two of three are two thirds; a rounded 0.67 would say no.
        assert!(share("2/3").is_met(2, 3) && !share("2/3").is_met(1, 3));
        assert!(share("1/3").is_met(1, 3) && !share("3334/9999").is_met(1, 3));
        assert!(!Need::Majority.is_met(2, 4) && Need::Majority.is_met(3, 4));
        assert!(Need::All.is_met(4, 4) && !Need::All.is_met(3, 4));
        assert!(Need::Majority.is_met(u64::MAX, u64::MAX) && share("9999/9999").is_met(u64::MAX, u64::MAX));
    }
}
