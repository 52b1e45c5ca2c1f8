//! The binary form: minimal integers, length-prefixed bytes, limits inside decoding, no trailing bytes.

use thiserror::Error;

/// Room for most values without growing: an entry, a statement or a receipt has 200 to 400 bytes.
const BYTES_USUAL: usize = 448;

/// A value with exactly one byte string.
pub trait Encode {
    /// Appends the bytes of this value.
    fn encode(&self, out: &mut Writer);

    /// The byte string of this value.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(Vec::with_capacity(BYTES_USUAL));
        self.encode(&mut out);
        out.into_bytes()
    }
}

/// A value that can be read back from its byte string, and from no other.
pub trait Decode: Sized {
    /// Reads one value from the front.
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Reads one value that fills `bytes`.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut from = Reader::new(bytes);
        let value = Self::decode(&mut from)?;
        from.finish()?;
        Ok(value)
    }
}

/// Why bytes are not the encoding of a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end inside a value.
    #[error("bytes end too early")]
    Short,
    /// Bytes follow the value.
    #[error("{0} bytes too many")]
    Trailing(usize),
    /// An integer is not in its shortest form, or too large for its type.
    #[error("integer is over-long or too large")]
    Integer,
    /// A list or byte string is longer than its limit.
    #[error("{what} has {count} items or bytes, at most {max} are allowed")]
    Limit {
        /// What is too long.
        what: &'static str,
        /// Length found.
        count: u64,
        /// Length allowed.
        max: u64,
    },
    /// A tag names no known variant.
    #[error("{what} has no variant {tag}")]
    Tag {
        /// The type read.
        what: &'static str,
        /// The tag found.
        tag: u64,
    },
    /// Text is not UTF-8.
    #[error("text is not UTF-8")]
    Text,
    /// A map or set is out of order or has a key twice.
    #[error("{0} is not in strictly ascending order")]
    Order(&'static str),
    /// The bytes are well formed, but no such value exists.
    #[error("not a valid {0}")]
    Value(&'static str),
}

/// Builds a byte string.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// The bytes written so far.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Bytes as they are, without a length: for fields of fixed size.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// An unsigned integer, LEB128, shortest form.
    pub fn uint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7F) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// A signed integer, zigzag and then as [`Writer::uint`].
    pub fn int(&mut self, value: i64) {
        self.uint(((value << 1) ^ (value >> 63)) as u64);
    }

    /// A byte string with its length before it.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.uint(bytes.len() as u64);
        self.raw(bytes);
    }

    /// A text with the length of its UTF-8 before it.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A list with its count before it.
    pub fn list<'a, T: Encode + 'a>(&mut self, items: impl ExactSizeIterator<Item = &'a T>) {
        self.uint(items.len() as u64);
        for item in items {
            item.encode(self);
        }
    }
}

/// Reads values from the front of a byte string.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is not read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Fails unless everything is read.
    pub const fn finish(&self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(DecodeError::Trailing(count)),
        }
    }

    /// `count` bytes as they are.
    pub fn raw(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// An array of fixed size.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.raw(N)?.try_into().map_err(|_| DecodeError::Short)
    }

    /// An unsigned integer in its shortest form.
    pub fn uint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0_u64;
        for index in 0..10_u32 {
            let [byte] = self.array()?;
            let part = u64::from(byte & 0x7F);
            // The tenth byte holds bit 63 alone.
            if index == 9 && part > 1 {
                return Err(DecodeError::Integer);
            }
            value |= part << index.saturating_mul(7);
            if byte & 0x80 == 0 {
                return if byte == 0 && index > 0 { Err(DecodeError::Integer) } else { Ok(value) };
            }
        }
        Err(DecodeError::Integer)
    }

    /// A signed integer, zigzag.
    pub fn int(&mut self) -> Result<i64, DecodeError> {
        let value = self.uint()?;
        Ok((value >> 1) as i64 ^ ((value & 1) as i64).wrapping_neg())
    }

    /// The tag of an enumeration: an unsigned integer below 256.
    pub fn tag(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        let tag = self.uint()?;
        u8::try_from(tag).map_err(|_| DecodeError::Tag { what, tag })
    }

    /// A length of at most `max`.
    pub fn length(&mut self, what: &'static str, max: usize) -> Result<usize, DecodeError> {
        let count = self.uint()?;
        match usize::try_from(count) {
            Ok(length) if length <= max => Ok(length),
            _ => Err(DecodeError::Limit { what, count, max: max as u64 }),
        }
    }

    /// A byte string of at most `max` bytes.
    pub fn bytes(&mut self, what: &'static str, max: usize) -> Result<&'a [u8], DecodeError> {
        let length = self.length(what, max)?;
        self.raw(length)
    }

    /// A text of at most `max` bytes of UTF-8.
    pub fn text(&mut self, what: &'static str, max: usize) -> Result<String, DecodeError> {
        let bytes = self.bytes(what, max)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| DecodeError::Text)
    }

    /// A list of at most `max` items.
    pub fn list<T: Decode>(&mut self, what: &'static str, max: usize) -> Result<Vec<T>, DecodeError> {
        let count = self.length(what, max)?;
        // What is not there yet is not allocated: a short message cannot ask for much memory.
        let mut items = Vec::with_capacity(count.min(self.rest.len()));
        for _ in 0..count {
            items.push(T::decode(self)?);
        }
        Ok(items)
    }
}

impl<const N: usize> Encode for [u8; N] {
    fn encode(&self, out: &mut Writer) {
        out.raw(self);
    }
}

impl<const N: usize> Decode for [u8; N] {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.array()
    }
}

impl Encode for u64 {
    fn encode(&self, out: &mut Writer) {
        out.uint(*self);
    }
}

impl Decode for u64 {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.uint()
    }
}

impl Encode for bool {
    fn encode(&self, out: &mut Writer) {
        out.uint(u64::from(*self));
    }
}

impl Decode for bool {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.uint()? {
            0 => Ok(false),
            1 => Ok(true),
            tag => Err(DecodeError::Tag { what: "bool", tag }),
        }
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Writer) {
        self.is_some().encode(out);
        if let Some(value) = self {
            value.encode(out);
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if bool::decode(from)? { T::decode(from).map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn over_long_integers_are_refused() {
        assert_eq!(u64::from_bytes(&[0x80, 0x00]), Err(DecodeError::Integer));
        assert_eq!(u64::from_bytes(&[0xFF; 10]), Err(DecodeError::Integer));
        assert_eq!(u64::from_bytes(&[0x80]), Err(DecodeError::Short));
        assert_eq!(u64::from_bytes(&[1, 1]), Err(DecodeError::Trailing(1)));
        assert_eq!(u64::from_bytes(&u64::MAX.to_bytes()), Ok(u64::MAX));
    }

    #[test]
    fn a_length_beyond_its_limit_is_refused_before_allocation() {
        let mut out = Writer::default();
        out.uint(u64::MAX);
        let bytes = out.into_bytes();
        let found = Reader::new(&bytes).bytes("name", 8);
        assert_eq!(found, Err(DecodeError::Limit { what: "name", count: u64::MAX, max: 8 }));
    }

    proptest! {
        #[test]
        fn integers_return(unsigned: u64, signed: i64) {
            let mut out = Writer::default();
            out.uint(unsigned);
            out.int(signed);
            let bytes = out.into_bytes();
            let mut from = Reader::new(&bytes);
            prop_assert_eq!(from.uint(), Ok(unsigned));
            prop_assert_eq!(from.int(), Ok(signed));
            prop_assert_eq!(from.finish(), Ok(()));
        }

        #[test]
        fn whatever_decodes_has_no_second_encoding(bytes: Vec<u8>) {
            if let Ok(value) = Option::<u64>::from_bytes(&bytes) {
                prop_assert_eq!(value.to_bytes(), bytes);
            }
        }
    }
}
