//! Decimal numbers of 28 significant digits (language §3.2 "Numbers").

use std::cmp::Ordering;
use std::fmt;

use countersign_codec::{Decode, DecodeError, Encode, INTEGER_MAX, Reader, Writer};

use crate::wide::{Wide, power_of_ten};

/// Most significant digits, and most digits after the point.
pub const DECIMAL_DIGITS_MAX: u32 = 28;

/// 10^28: every coefficient is smaller.
const BOUND: u128 = 10_000_000_000_000_000_000_000_000_000;

/// A decimal number: at most 28 significant digits and at most 28 after the point, |x| < 10^28.
///
/// `1.10` and `1.1` are one value, so the fraction holds no trailing zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    // Value = scaled / 10^scale; scale is the smallest possible, so equal values have equal fields.
    scaled: i128,
    scale: u32,
}

/// How [`Decimal::round`] chooses between two neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, a half away from zero.
    HalfUp,
    /// To the nearest, a half to the even neighbour.
    HalfEven,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceiling,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { scaled: 0, scale: 0 };

    /// A whole number.
    pub const fn from_int(value: i64) -> Self {
        Self { scaled: value as i128, scale: 0 }
    }

    /// Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?` of at most 28 digits before and 28 after the point.
    ///
    /// Trailing zeros of the fraction are dropped. `None` for another form or more than 28 significant digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (digits, ""),
        };
        if whole.is_empty() || whole.len() > 28 || fraction.len() > 28 || whole.starts_with('0') && whole.len() > 1 {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let mut magnitude = 0_u128;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let value = digit.checked_sub(b'0').filter(|value| *value < 10)?;
            magnitude = magnitude.checked_mul(10)?.checked_add(u128::from(value))?;
        }
        if magnitude >= BOUND {
            return None;
        }
        Some(Self::new(negative, magnitude, u32::try_from(fraction.len()).ok()?))
    }

    /// The coefficient without trailing zeros: value = coefficient × 10^[exponent](Self::exponent).
    pub fn coefficient(self) -> i128 {
        self.pair().0
    }

    /// The power of ten of the [coefficient](Self::coefficient), −28 to 27; 0 for zero.
    pub fn exponent(self) -> i32 {
        self.pair().1
    }

    fn pair(self) -> (i128, i32) {
        let mut coefficient = self.scaled;
        let mut exponent = 0_i32.saturating_sub_unsigned(self.scale);
        while coefficient != 0 && coefficient.wrapping_rem(10) == 0 {
            coefficient = coefficient.wrapping_div(10);
            exponent = exponent.saturating_add(1);
        }
        (coefficient, exponent)
    }

    /// The whole number, if it is one within ±(2^53−1).
    pub fn to_int(self) -> Option<i64> {
        if self.scale != 0 {
            return None;
        }
        i64::try_from(self.scaled).ok().filter(|value| value.unsigned_abs() <= INTEGER_MAX.unsigned_abs())
    }

    /// Whether this is zero.
    pub const fn is_zero(self) -> bool {
        self.scaled == 0
    }

    /// Digits after the point, 0 to 28.
    pub const fn places(self) -> u32 {
        self.scale
    }

    /// −x.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { scaled: self.scaled.wrapping_neg(), scale: self.scale }
    }

    /// |x|.
    #[must_use]
    pub const fn absolute(self) -> Self {
        Self { scaled: self.scaled.wrapping_abs(), scale: self.scale }
    }

    /// The sum, rounded half-even to what fits; `None` at 10^28 and beyond.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        if let (Some(left), Some(right)) = (self.at_scale(scale), other.at_scale(scale))
            && let Some(sum) = left.checked_add(right)
        {
            return Self::rounded(sum < 0, Wide::from(sum.unsigned_abs()), scale);
        }
        let (left, right) = (self.wide_at(scale)?, other.wide_at(scale)?);
        let (left_negative, right_negative) = (self.scaled < 0, other.scaled < 0);
        if left_negative == right_negative {
            Self::rounded(left_negative, left.checked_add(right)?, scale)
        } else if left >= right {
            Self::rounded(left_negative, left.saturating_sub(right), scale)
        } else {
            Self::rounded(right_negative, right.saturating_sub(left), scale)
        }
    }

    /// The difference, rounded half-even to what fits; `None` at 10^28 and beyond.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.negated())
    }

    /// The product, rounded half-even to what fits; `None` at 10^28 and beyond.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let negative = (self.scaled < 0) != (other.scaled < 0);
        let product = Wide::product(self.scaled.unsigned_abs(), other.scaled.unsigned_abs());
        Self::rounded(negative, product, self.scale.saturating_add(other.scale))
    }

    /// The quotient, rounded half-even to what fits; `None` at 10^28 and beyond, or for a divisor of zero.
    #[must_use]
    pub fn checked_div(self, divisor: Self) -> Option<Self> {
        let negative = (self.scaled < 0) != (divisor.scaled < 0);
        let (numerator, denominator) = (self.scaled.unsigned_abs(), divisor.scaled.unsigned_abs());
        if denominator == 0 {
            return None;
        }
        if numerator == 0 {
            return Some(Self::ZERO);
        }
        // 10^(size−1) < quotient < 10^(size+1)
        let order = |value: u128, scale: u32| {
            i64::from(value.checked_ilog10().unwrap_or_default()).saturating_sub(i64::from(scale))
        };
        let size = order(numerator, self.scale).saturating_sub(order(denominator, divisor.scale));
        let max = i64::from(DECIMAL_DIGITS_MAX);
        if size > max {
            return None;
        }
        let mut places = max.saturating_sub(size).clamp(0, max);
        loop {
            let shift = places.saturating_sub(i64::from(self.scale)).saturating_add(i64::from(divisor.scale));
            let power = u32::try_from(shift.unsigned_abs()).ok()?;
            let (top, bottom) = if shift >= 0 {
                (Wide::from(numerator).times_power_of_ten(power)?, Wide::from(denominator))
            } else {
                (Wide::from(numerator), Wide::from(denominator).times_power_of_ten(power)?)
            };
            let (quotient, rest) = top.div_rem(bottom)?;
            let quotient = quotient.narrow()?;
            let up = round_up(Rounding::HalfEven, negative, quotient, rest, bottom);
            let quotient = quotient.checked_add(u128::from(up))?;
            if quotient < BOUND {
                return Some(Self::new(negative, quotient, u32::try_from(places).ok()?));
            }
            // One digit too many before the point: 10^28 and beyond if none is left after it.
            places = places.checked_sub(1).filter(|places| *places >= 0)?;
        }
    }

    /// x − y·⌊x/y⌋, which has the sign of the divisor; `None` for a divisor of zero.
    #[must_use]
    pub fn modulo(self, divisor: Self) -> Option<Self> {
        let scale = self.scale.max(divisor.scale);
        let (top, bottom) = (self.wide_at(scale)?, divisor.wide_at(scale)?);
        let (_, rest) = top.div_rem(bottom)?;
        let negative = divisor.scaled < 0;
        if rest == Wide::ZERO || (self.scaled < 0) == negative {
            return Self::rounded(negative, rest, scale);
        }
        Self::rounded(negative, bottom.saturating_sub(rest), scale)
    }

    /// The nearest number of at most `places` digits after the point in the sense of `mode`.
    #[must_use]
    pub fn round(self, places: u32, mode: Rounding) -> Option<Self> {
        let drop = self.scale.saturating_sub(places);
        if drop == 0 {
            return Some(self);
        }
        let (negative, magnitude) = (self.scaled < 0, self.scaled.unsigned_abs());
        let divisor = power_of_ten(drop)?;
        let quotient = magnitude.checked_div(divisor)?;
        let rest = Wide::from(magnitude.checked_rem(divisor)?);
        let up = round_up(mode, negative, quotient, rest, Wide::from(divisor));
        Some(Self::new(negative, quotient.checked_add(u128::from(up))?, places))
    }

    /// The text with exactly `places` digits after the point; `None` if it has more.
    pub fn fixed(self, places: u32) -> Option<String> {
        let missing = usize::try_from(places.checked_sub(self.scale)?).ok()?;
        let mut text = self.to_string();
        if self.scale == 0 && places > 0 {
            text.push('.');
        }
        text.extend(std::iter::repeat_n('0', missing));
        Some(text)
    }

    /// The value `magnitude` / 10^`scale`, rounded half-even to what fits.
    fn rounded(negative: bool, magnitude: Wide, scale: u32) -> Option<Self> {
        if let Some(narrow) = magnitude.narrow()
            && narrow < BOUND
            && scale <= DECIMAL_DIGITS_MAX
        {
            return Some(Self::new(negative, narrow, scale));
        }
        let excess = magnitude.digits().max(scale).saturating_sub(DECIMAL_DIGITS_MAX);
        let kept = scale.checked_sub(excess)?;
        let divisor = Wide::from(1).times_power_of_ten(excess)?;
        let (quotient, rest) = magnitude.div_rem(divisor)?;
        let quotient = quotient.narrow()?;
        let up = round_up(Rounding::HalfEven, negative, quotient, rest, divisor);
        let quotient = quotient.checked_add(u128::from(up))?;
        let value = Self::new(negative, quotient, kept);
        // Rounding up may give 10^28, which fits only if it had digits after the point.
        (value.scaled.unsigned_abs() < BOUND).then_some(value)
    }

    /// The canonical fields of ±`magnitude` / 10^`scale`.
    fn new(negative: bool, mut magnitude: u128, mut scale: u32) -> Self {
        if magnitude == 0 {
            return Self::ZERO;
        }
        // Large steps first: a quotient such as 1000 / 100 comes with 27 zeros.
        for (zeros, power) in [(16, 10_000_000_000_000_000), (8, 100_000_000), (4, 10_000), (2, 100), (1, 10)] {
            while scale >= zeros && magnitude.checked_rem(power) == Some(0) {
                magnitude = magnitude.checked_div(power).unwrap_or(magnitude);
                scale = scale.saturating_sub(zeros);
            }
        }
        let scaled = i128::try_from(magnitude).unwrap_or(i128::MAX);
        Self { scaled: if negative { scaled.wrapping_neg() } else { scaled }, scale }
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        let factor = power_of_ten(scale.saturating_sub(self.scale))?;
        self.scaled.checked_mul(i128::try_from(factor).ok()?)
    }

    fn wide_at(self, scale: u32) -> Option<Wide> {
        Wide::from(self.scaled.unsigned_abs()).times_power_of_ten(scale.saturating_sub(self.scale))
    }
}

/// Whether a quotient whose division left `rest` of `divisor` moves away from zero.
fn round_up(mode: Rounding, negative: bool, quotient: u128, rest: Wide, divisor: Wide) -> bool {
    if rest == Wide::ZERO {
        return false;
    }
    let half = rest.cmp(&divisor.saturating_sub(rest));
    match mode {
        Rounding::HalfUp => half != Ordering::Less,
        Rounding::HalfEven => half == Ordering::Greater || half == Ordering::Equal && quotient & 1 == 1,
        Rounding::Up => true,
        Rounding::Down => false,
        Rounding::Floor => negative,
        Rounding::Ceiling => !negative,
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.at_scale(scale), other.at_scale(scale)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => self.cmp_wide(other, scale),
        }
    }
}

impl Decimal {
    fn cmp_wide(&self, other: &Self, scale: u32) -> Ordering {
        match (self.scaled < 0, other.scaled < 0) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.wide_at(scale).cmp(&other.wide_at(scale)),
            (true, true) => other.wide_at(scale).cmp(&self.wide_at(scale)),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    /// The canonical text, without trailing zeros.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.scaled < 0 { "-" } else { "" };
        let magnitude = self.scaled.unsigned_abs();
        if self.scale == 0 {
            return write!(out, "{sign}{magnitude}");
        }
        let divisor = power_of_ten(self.scale).unwrap_or(1);
        let whole = magnitude.checked_div(divisor).unwrap_or(magnitude);
        let fraction = magnitude.checked_rem(divisor).unwrap_or_default();
        write!(out, "{sign}{whole}.{fraction:0>width$}", width = usize::try_from(self.scale).unwrap_or_default())
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl Encode for Decimal {
    /// The sign and size of the coefficient (zigzag LEB128 as `Writer::int`, up to 94 bits), then the exponent.
    fn encode(&self, out: &mut Writer) {
        let (coefficient, exponent) = self.pair();
        let mut rest = (coefficient << 1 ^ coefficient >> 127) as u128;
        while rest >= 0x80 {
            out.raw(&[(rest & 0x7F) as u8 | 0x80]);
            rest >>= 7;
        }
        out.raw(&[rest as u8]);
        out.int(i64::from(exponent));
    }
}

impl Decode for Decimal {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut zigzag = 0_u128;
        for index in 0..14_u32 {
            let [byte] = from.array()?;
            zigzag |= u128::from(byte & 0x7F).wrapping_shl(index.saturating_mul(7));
            if byte & 0x80 != 0 {
                continue;
            }
            if byte == 0 && index > 0 {
                return Err(DecodeError::Integer);
            }
            let coefficient = (zigzag >> 1) as i128 ^ ((zigzag & 1) as i128).wrapping_neg();
            let exponent = from.int()?;
            return Self::from_pair(coefficient, exponent).ok_or(DecodeError::Value("decimal"));
        }
        Err(DecodeError::Integer)
    }
}

impl Decimal {
    /// The value of a coefficient without trailing zeros and its exponent; `None` for any other pair.
    fn from_pair(coefficient: i128, exponent: i64) -> Option<Self> {
        let scale =
            u32::try_from(exponent.saturating_neg().max(0)).ok().filter(|scale| *scale <= DECIMAL_DIGITS_MAX)?;
        let factor = power_of_ten(u32::try_from(exponent.max(0)).ok()?)?;
        let magnitude = coefficient.unsigned_abs().checked_mul(factor).filter(|magnitude| *magnitude < BOUND)?;
        let value = Self::new(coefficient < 0, magnitude, scale);
        (value.pair() == (coefficient, i32::try_from(exponent).ok()?)).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn what_does_not_fit_is_rounded_half_even() {
        let nines = decimal("9999999999999999999999999999");
        assert_eq!(nines.checked_add(decimal("0.4")), Some(nines));
        assert_eq!(nines.checked_add(decimal("0.5")), None);
        assert_eq!(decimal("2").checked_div(decimal("3")).unwrap().to_string(), "0.6666666666666666666666666667");
        assert_eq!(decimal("1").checked_div(decimal("0.0000000000000000000000000001")), None);
        assert_eq!(decimal("0.1").checked_div(nines).unwrap(), Decimal::ZERO);
        assert_eq!(decimal("-0.75").modulo(decimal("0.5")).unwrap().to_string(), "0.25");
    }

    #[test]
    fn only_one_form_is_read() {
        for text in ["", "-", ".5", "1.", "01", "1e5", "+1", "0.00000000000000000000000000001", "1 ", "--1", "1.2.3"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(decimal("-0.0").to_string(), "0");
        assert_eq!(decimal("1200").coefficient(), 12);
        assert_eq!(decimal("1200").exponent(), 2);
        assert_eq!(decimal("1.10").fixed(3).unwrap(), "1.100");
    }

    proptest! {
        #[test]
        fn codec_returns_every_value(text in "-?(0|[1-9][0-9]{0,13})(\\.[0-9]{1,14})?") {
            let value = decimal(&text);
            prop_assert_eq!(Decimal::from_bytes(&value.to_bytes()), Ok(value));
            prop_assert_eq!(Decimal::parse(&value.to_string()), Some(value));
        }

        #[test]
        fn whatever_decodes_has_no_second_encoding(bytes: Vec<u8>) {
            if let Ok(value) = Decimal::from_bytes(&bytes) {
                prop_assert_eq!(value.to_bytes(), bytes);
            }
        }
    }
}
