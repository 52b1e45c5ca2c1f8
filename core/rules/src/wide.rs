//! Unsigned integers of 256 bits: exact intermediate results of decimal arithmetic.

/// An unsigned integer below 2^256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wide {
    high: u128,
    low: u128,
}

/// 10^`power`, for powers up to 38.
pub(crate) const fn power_of_ten(power: u32) -> Option<u128> {
    10_u128.checked_pow(power)
}

impl Wide {
    /// Zero.
    pub(crate) const ZERO: Self = Self { high: 0, low: 0 };

    pub(crate) const fn from(low: u128) -> Self {
        Self { high: 0, low }
    }

    /// The value, if it is below 2^128.
    pub(crate) const fn narrow(self) -> Option<u128> {
        if self.high == 0 { Some(self.low) } else { None }
    }

    /// The full product of two integers: school multiplication by halves of 64 bits.
    pub(crate) const fn product(left: u128, right: u128) -> Self {
        const MASK: u128 = u64::MAX as u128;
        let (a, b) = (left >> 64, left & MASK);
        let (c, d) = (right >> 64, right & MASK);
        let bottom = b.wrapping_mul(d);
        let (cross, carry_cross) = a.wrapping_mul(d).overflowing_add(b.wrapping_mul(c));
        let (low, carry_low) = bottom.overflowing_add(cross << 64);
        let high = a
            .wrapping_mul(c)
            .wrapping_add(cross >> 64)
            .wrapping_add(if carry_cross { 1 << 64 } else { 0 })
            .wrapping_add(carry_low as u128);
        Self { high, low }
    }

    /// `self` × 10^`power`, if it stays below 2^256.
    pub(crate) fn times_power_of_ten(self, power: u32) -> Option<Self> {
        let mut value = self;
        let mut left = power;
        while left > 0 {
            let step = left.min(38);
            let factor = power_of_ten(step)?;
            let low = Self::product(value.low, factor);
            let high = value.high.checked_mul(factor)?;
            value = Self { high: low.high.checked_add(high)?, low: low.low };
            left = left.saturating_sub(step);
        }
        Some(value)
    }

    pub(crate) fn checked_add(self, other: Self) -> Option<Self> {
        let (low, carry) = self.low.overflowing_add(other.low);
        let high = self.high.checked_add(other.high)?.checked_add(u128::from(carry))?;
        Some(Self { high, low })
    }

    /// `self` − `other`, which must not be larger; otherwise zero.
    pub(crate) fn saturating_sub(self, other: Self) -> Self {
        if self < other {
            return Self::ZERO;
        }
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high.wrapping_sub(other.high).wrapping_sub(u128::from(borrow)), low }
    }

    /// Quotient and remainder; `None` for a divisor of zero.
    pub(crate) fn div_rem(self, divisor: Self) -> Option<(Self, Self)> {
        if divisor == Self::ZERO {
            return None;
        }
        if let (Some(left), Some(right)) = (self.narrow(), divisor.narrow()) {
            return Some((Self::from(left.checked_div(right)?), Self::from(left.checked_rem(right)?)));
        }
        // Binary long division; only results of more than 38 digits come here.
        let (mut quotient, mut rest) = (Self::ZERO, Self::ZERO);
        for bit in (0..256_u32).rev() {
            let carry = rest.high >> 127 != 0;
            rest = rest.doubled(self.bit(bit));
            let take = carry || rest >= divisor;
            if take {
                rest = rest.wrapping_sub(divisor);
            }
            quotient = quotient.doubled(take);
        }
        Some((quotient, rest))
    }

    /// Number of decimal digits; 0 has none.
    pub(crate) fn digits(self) -> u32 {
        let mut digits = 0_u32;
        let mut value = self;
        // 10^38 < 2^128: at most three rounds.
        while let (None, Some(divisor)) = (value.narrow(), power_of_ten(38)) {
            match value.div_rem(Self::from(divisor)) {
                Some((quotient, _)) => value = quotient,
                None => break,
            }
            digits = digits.saturating_add(38);
        }
        digits.saturating_add(value.low.checked_ilog10().map_or(0, |log| log.saturating_add(1)))
    }

    const fn bit(self, bit: u32) -> bool {
        if bit >= 128 { self.high.wrapping_shr(bit) & 1 == 1 } else { self.low.wrapping_shr(bit) & 1 == 1 }
    }

    const fn doubled(self, bit: bool) -> Self {
        Self { high: self.high << 1 | self.low >> 127, low: self.low << 1 | bit as u128 }
    }

    const fn wrapping_sub(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high.wrapping_sub(other.high).wrapping_sub(borrow as u128), low }
    }
}
