//! Reading JSON (RFC 8259) into the restricted form, refusing everything that could hash in two ways.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use thiserror::Error;

use super::{INTEGER_MAX, Json};

/// Bounds on what is read.
#[derive(Clone, Copy, Debug)]
pub struct JsonLimits {
    /// Most bytes of the whole text.
    pub bytes_max: usize,
    /// Deepest nesting of arrays and objects.
    pub depth_max: usize,
}

impl Default for JsonLimits {
    /// 1 MiB, 64 deep.
    fn default() -> Self {
        Self { bytes_max: 1 << 20, depth_max: 64 }
    }
}

/// Why a text is not JSON of the restricted form, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{fault} at byte {offset}")]
pub struct JsonError {
    /// What is wrong.
    pub fault: JsonFault,
    /// Byte offset from 0.
    pub offset: usize,
}

/// What can be wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// The grammar of RFC 8259 is broken.
    #[error("not JSON")]
    Syntax,
    /// The text is longer than the limit.
    #[error("text too long")]
    TooLong,
    /// Nesting is deeper than the limit.
    #[error("nested too deep")]
    TooDeep,
    /// A number has a fraction or an exponent, or is minus zero.
    #[error("number is not a plain integer; write decimals as strings")]
    NotInteger,
    /// A number is outside ±(2^53−1).
    #[error("integer outside ±(2^53-1)")]
    OutOfRange,
    /// An object has one key twice.
    #[error("key `{0}` appears twice")]
    DuplicateKey(String),
    /// A string holds a lone surrogate or bytes that are not UTF-8.
    #[error("text is not Unicode")]
    NotUnicode,
    /// The bytes are JSON, but not its canonical form.
    #[error("not in canonical form")]
    NotCanonical,
}

impl Json {
    /// Reads one value with nothing but white space around it.
    pub fn parse(bytes: &[u8], limits: JsonLimits) -> Result<Self, JsonError> {
        if bytes.len() > limits.bytes_max {
            return Err(JsonError { fault: JsonFault::TooLong, offset: limits.bytes_max });
        }
        let mut parser = Parser { bytes, at: 0, depth_left: limits.depth_max };
        parser.white_space();
        let value = parser.value()?;
        parser.white_space();
        if parser.at < bytes.len() { Err(parser.fault(JsonFault::Syntax)) } else { Ok(value) }
    }

    /// Reads one value that must stand in canonical form.
    pub fn parse_canonical(bytes: &[u8], limits: JsonLimits) -> Result<Self, JsonError> {
        let value = Self::parse(bytes, limits)?;
        if value.is_canonical(bytes) {
            return Ok(value);
        }
        let canonical = value.canonical();
        let offset = canonical.iter().zip(bytes).take_while(|(left, right)| left == right).count();
        Err(JsonError { fault: JsonFault::NotCanonical, offset })
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    depth_left: usize,
}

impl Parser<'_> {
    fn fault(&self, fault: JsonFault) -> JsonError {
        JsonError { fault, offset: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance();
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek() != Some(byte) {
            return Err(self.fault(JsonFault::Syntax));
        }
        self.advance();
        Ok(())
    }

    fn word(&mut self, word: &[u8], value: Json) -> Result<Json, JsonError> {
        for byte in word {
            self.expect(*byte)?;
        }
        Ok(value)
    }

    fn value(&mut self) -> Result<Json, JsonError> {
        match self.peek() {
            Some(b'n') => self.word(b"null", Json::Null),
            Some(b't') => self.word(b"true", Json::Bool(true)),
            Some(b'f') => self.word(b"false", Json::Bool(false)),
            Some(b'"') => Ok(Json::Text(self.text()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[') => self.nested(Self::list),
            Some(b'{') => self.nested(Self::map),
            _ => Err(self.fault(JsonFault::Syntax)),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, JsonError>) -> Result<Json, JsonError> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or_else(|| self.fault(JsonFault::TooDeep))?;
        self.advance();
        self.white_space();
        let value = read(self)?;
        self.depth_left = self.depth_left.saturating_add(1);
        Ok(value)
    }

    fn list(&mut self) -> Result<Json, JsonError> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.advance();
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            self.white_space();
            match self.peek() {
                Some(b',') => self.advance(),
                _ => {
                    self.expect(b']')?;
                    return Ok(Json::List(items));
                }
            }
            self.white_space();
        }
    }

    fn map(&mut self) -> Result<Json, JsonError> {
        let mut members = BTreeMap::new();
        if self.peek() == Some(b'}') {
            self.advance();
            return Ok(Json::Map(members));
        }
        loop {
            let key_at = self.at;
            let key = self.text()?;
            self.white_space();
            self.expect(b':')?;
            self.white_space();
            let value = self.value()?;
            match members.entry(key) {
                Entry::Vacant(slot) => slot.insert(value),
                Entry::Occupied(slot) => {
                    return Err(JsonError { fault: JsonFault::DuplicateKey(slot.key().clone()), offset: key_at });
                }
            };
            self.white_space();
            match self.peek() {
                Some(b',') => self.advance(),
                _ => {
                    self.expect(b'}')?;
                    return Ok(Json::Map(members));
                }
            }
            self.white_space();
        }
    }

    fn digits(&mut self) -> Result<usize, JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.advance();
        }
        match self.at.saturating_sub(start) {
            0 => Err(self.fault(JsonFault::Syntax)),
            count => Ok(count),
        }
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        if negative {
            self.advance();
        }
        let leading_zero = self.peek() == Some(b'0');
        let count = self.digits()?;
        if leading_zero && count > 1 {
            return Err(JsonError { fault: JsonFault::Syntax, offset: start });
        }
        let mut plain = !(negative && leading_zero);
        if self.peek() == Some(b'.') {
            self.advance();
            self.digits()?;
            plain = false;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.advance();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.advance();
            }
            self.digits()?;
            plain = false;
        }
        if !plain {
            return Err(JsonError { fault: JsonFault::NotInteger, offset: start });
        }
        let literal = self.bytes.get(start..self.at).and_then(|bytes| std::str::from_utf8(bytes).ok());
        match literal.and_then(|text| text.parse::<i64>().ok()) {
            Some(value) if (-INTEGER_MAX..=INTEGER_MAX).contains(&value) => Ok(Json::Int(value)),
            _ => Err(JsonError { fault: JsonFault::OutOfRange, offset: start }),
        }
    }

    fn text(&mut self) -> Result<String, JsonError> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1F)) {
                self.advance();
            }
            let run = self.bytes.get(start..self.at).unwrap_or_default();
            match std::str::from_utf8(run) {
                Ok(run) => text.push_str(run),
                Err(error) => {
                    let offset = start.saturating_add(error.valid_up_to());
                    return Err(JsonError { fault: JsonFault::NotUnicode, offset });
                }
            }
            match self.peek() {
                Some(b'"') => {
                    self.advance();
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.advance();
                    text.push(self.escape()?);
                }
                _ => return Err(self.fault(JsonFault::Syntax)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let byte = self.peek().ok_or_else(|| self.fault(JsonFault::Syntax))?;
        let c = match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.advance();
                return self.unicode_escape();
            }
            _ => return Err(self.fault(JsonFault::Syntax)),
        };
        self.advance();
        Ok(c)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let offset = self.at;
        let lone = JsonError { fault: JsonFault::NotUnicode, offset };
        let high = self.hex4()?;
        if !(0xD800..0xE000).contains(&high) {
            return char::from_u32(high).ok_or(lone);
        }
        if self.bytes.get(self.at..self.at.saturating_add(2)) != Some(b"\\u".as_slice()) {
            return Err(lone);
        }
        self.advance();
        self.advance();
        let low = self.hex4()?;
        if high >= 0xDC00 || !(0xDC00..0xE000).contains(&low) {
            return Err(lone);
        }
        let scalar =
            0x1_0000_u32.saturating_add(high.saturating_sub(0xD800) << 10).saturating_add(low.saturating_sub(0xDC00));
        char::from_u32(scalar).ok_or(lone)
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let mut value = 0_u32;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let digit = digit.ok_or_else(|| self.fault(JsonFault::Syntax))?;
            value = (value << 4) | digit;
            self.advance();
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, JsonFault>) {
        let found = Json::parse(text.as_bytes(), JsonLimits::default()).map(|v| v.to_string()).map_err(|e| e.fault);
        assert_eq!(found, expect.map(str::to_owned), "{text}");
    }

    #[test]
    fn canonical_form_of_what_is_accepted() {
        check(" { \"b\" : [ 1 , -2 ] , \"a\" : null } ", Ok(r#"{"a":null,"b":[1,-2]}"#));
        check(r#""\u00e9\ud83d\ude00\/\u001f""#, Ok("\"é😀/\\u001f\""));
        check(r#"{"\ufb33":1,"\ud83d\ude00":2}"#, Ok("{\"😀\":2,\"\u{fb33}\":1}"));
    }

    #[test]
    fn what_could_hash_in_two_ways_is_refused() {
        check("1.0", Err(JsonFault::NotInteger));
        check("-0", Err(JsonFault::NotInteger));
        check("1e3", Err(JsonFault::NotInteger));
        check("9007199254740992", Err(JsonFault::OutOfRange));
        check(r#"{"a":1,"a":2}"#, Err(JsonFault::DuplicateKey("a".into())));
        check(r#""\ud800""#, Err(JsonFault::NotUnicode));
        check("01", Err(JsonFault::Syntax));
        check("[1,]", Err(JsonFault::Syntax));
        check(&"[".repeat(65), Err(JsonFault::TooDeep));
    }

    #[test]
    fn only_the_canonical_string_is_canonical() {
        let parse = |text: &str| Json::parse_canonical(text.as_bytes(), JsonLimits::default()).map_err(|e| e.fault);
        assert!(parse(r#"{"a":1}"#).is_ok());
        assert_eq!(parse(r#"{"a": 1}"#), Err(JsonFault::NotCanonical));
    }
}
