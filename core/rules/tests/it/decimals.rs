//! Decimal arithmetic against a naive oracle: exact integers as strings of digits.

use std::cmp::Ordering;

use countersign_rules::{Decimal, Rounding};
use proptest::prelude::*;

/// A natural number, digits from the lowest, without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Natural(Vec<u8>);

impl Natural {
    fn parse(digits: &str) -> Self {
        Self(digits.bytes().rev().map(|digit| digit - b'0').collect()).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    fn shifted(&self, places: usize) -> Self {
        let mut digits = vec![0; places];
        digits.extend(&self.0);
        Self(digits).trimmed()
    }

    fn digit(&self, index: usize) -> u8 {
        self.0.get(index).copied().unwrap_or(0)
    }

    fn plus(&self, other: &Self) -> Self {
        let mut carry = 0;
        let mut digits = Vec::new();
        for index in 0..=self.0.len().max(other.0.len()) {
            let sum = self.digit(index) + other.digit(index) + carry;
            digits.push(sum % 10);
            carry = sum / 10;
        }
        Self(digits).trimmed()
    }

    fn minus(&self, other: &Self) -> Self {
        let mut borrow = 0_i8;
        let mut digits = Vec::new();
        for index in 0..self.0.len() {
            let mut rest = self.digit(index) as i8 - other.digit(index) as i8 - borrow;
            borrow = i8::from(rest < 0);
            rest += 10 * borrow;
            digits.push(rest as u8);
        }
        Self(digits).trimmed()
    }

    fn times(&self, other: &Self) -> Self {
        let mut sum = Self(Vec::new());
        for (place, digit) in other.0.iter().enumerate() {
            for _ in 0..*digit {
                sum = sum.plus(&self.shifted(place));
            }
        }
        sum
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    fn divided(&self, other: &Self) -> (Self, Self) {
        let mut quotient = vec![0; self.0.len()];
        let mut rest = Self(Vec::new());
        for place in (0..self.0.len()).rev() {
            rest = rest.shifted(1).plus(&Self(vec![self.digit(place)]).trimmed());
            while rest.compare(other) != Ordering::Less {
                rest = rest.minus(other);
                quotient[place] += 1;
            }
        }
        (Self(quotient).trimmed(), rest)
    }

    fn is_odd(&self) -> bool {
        self.digit(0) % 2 == 1
    }
}

/// Sign, magnitude and digits after the point of a text.
fn parts(text: &str) -> (bool, Natural, usize) {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    (negative, Natural::parse(&format!("{whole}{fraction}")), fraction.len())
}

/// The text of `top` / `bottom` / 10^`places`, rounded half-even to what fits; `None` beyond 10^28.
fn fitted(negative: bool, top: &Natural, bottom: &Natural, places: usize) -> Option<String> {
    // More and more digits are dropped until 28 are left: the definition, without cleverness.
    for kept in (0..=28_usize).rev() {
        let (top, bottom) = if kept >= places {
            (top.shifted(kept - places), bottom.clone())
        } else {
            (top.clone(), bottom.shifted(places - kept))
        };
        let (mut quotient, rest) = top.divided(&bottom);
        let twice = rest.plus(&rest);
        let up = match twice.compare(&bottom) {
            Ordering::Greater => true,
            Ordering::Equal => quotient.is_odd(),
            Ordering::Less => false,
        };
        if up {
            quotient = quotient.plus(&Natural(vec![1]));
        }
        if quotient.0.len() <= 28 {
            return Some(written(negative, &quotient, kept));
        }
        // 10^28 exactly is 10^27 with one digit less after the point: the next round finds it.
    }
    None
}

fn written(negative: bool, value: &Natural, places: usize) -> String {
    let digits: String =
        (0..value.0.len().max(places + 1)).rev().map(|index| char::from(b'0' + value.digit(index))).collect();
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let fraction = fraction.trim_end_matches('0');
    let sign = if negative && !value.0.is_empty() { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn aligned(left: &str, right: &str) -> ((bool, Natural), (bool, Natural), usize) {
    let ((a, x, p), (b, y, q)) = (parts(left), parts(right));
    let places = p.max(q);
    ((a, x.shifted(places - p)), (b, y.shifted(places - q)), places)
}

fn sum(left: &str, right: &str) -> Option<String> {
    let ((a, x), (b, y), places) = aligned(left, right);
    let one = Natural(vec![1]);
    if a == b {
        return fitted(a, &x.plus(&y), &one, places);
    }
    match x.compare(&y) {
        Ordering::Less => fitted(b, &y.minus(&x), &one, places),
        _ => fitted(a, &x.minus(&y), &one, places),
    }
}

fn product(left: &str, right: &str) -> Option<String> {
    let ((a, x, p), (b, y, q)) = (parts(left), parts(right));
    fitted(a != b, &x.times(&y), &Natural(vec![1]), p + q)
}

fn quotient(left: &str, right: &str) -> Option<String> {
    let ((a, x), (b, y), _) = aligned(left, right);
    if y.0.is_empty() {
        return None;
    }
    fitted(a != b, &x, &y, 0)
}

fn remainder(left: &str, right: &str) -> Option<String> {
    let ((a, x), (b, y), places) = aligned(left, right);
    if y.0.is_empty() {
        return None;
    }
    let (_, rest) = x.divided(&y);
    let rest = if a != b && !rest.0.is_empty() { y.minus(&rest) } else { rest };
    fitted(b, &rest, &Natural(vec![1]), places)
}

/// Numbers of all sizes, with many nines, zeros and halves.
fn number() -> impl Strategy<Value = String> {
    let digits = prop_oneof!["[0-9]{1,28}", "9{1,28}", "[0-9]{1,14}0{0,14}", "[1-9]5{0,27}", "[0-9]{1,4}"];
    (any::<bool>(), digits, 0..=28_usize).prop_map(|(negative, digits, places)| {
        let text = written(negative, &Natural::parse(&digits), places);
        assert!(Decimal::parse(&text).is_some(), "{text}");
        text
    })
}

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn text(value: Option<Decimal>) -> Option<String> {
    value.map(|value| value.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arithmetic_is_that_of_the_oracle(left in number(), right in number()) {
        let (x, y) = (decimal(&left), decimal(&right));
        prop_assert_eq!(text(x.checked_add(y)), sum(&left, &right));
        prop_assert_eq!(text(x.checked_mul(y)), product(&left, &right));
        prop_assert_eq!(text(x.checked_div(y)), quotient(&left, &right));
        prop_assert_eq!(text(x.modulo(y)), remainder(&left, &right));
    }

    #[test]
    fn order_is_that_of_the_difference(left in number(), right in number()) {
        let ((a, x), (b, y), _) = aligned(&left, &right);
        let expected = match (a && !x.0.is_empty(), b && !y.0.is_empty()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => x.compare(&y),
            (true, true) => y.compare(&x),
        };
        prop_assert_eq!(decimal(&left).cmp(&decimal(&right)), expected);
        prop_assert_eq!(decimal(&left) == decimal(&right), expected == Ordering::Equal);
    }

    #[test]
    fn rounding_is_that_of_the_oracle(value in number(), kept in 0..=28_u32) {
        let (negative, magnitude, places) = parts(&value);
        let bottom = Natural(vec![1]).shifted(places.saturating_sub(kept as usize));
        let (down, rest) = magnitude.divided(&bottom);
        let up = if rest.0.is_empty() { down.clone() } else { down.plus(&Natural(vec![1])) };
        let half = rest.plus(&rest).compare(&bottom);
        let places = places.min(kept as usize);
        for (mode, chosen) in [
            (Rounding::Down, &down),
            (Rounding::Up, &up),
            (Rounding::Floor, if negative { &up } else { &down }),
            (Rounding::Ceiling, if negative { &down } else { &up }),
            (Rounding::HalfUp, if half == Ordering::Less { &down } else { &up }),
            (Rounding::HalfEven, match half {
                Ordering::Less => &down,
                Ordering::Greater => &up,
                Ordering::Equal => if down.is_odd() { &up } else { &down },
            }),
        ] {
            prop_assert_eq!(text(decimal(&value).round(kept, mode)), Some(written(negative, chosen, places)), "{:?}", mode);
        }
    }
}
