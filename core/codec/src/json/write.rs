//! Writing RFC 8785: members in UTF-16 order, no white space, shortest escapes.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::Json;

impl Json {
    /// The one byte string of this value (RFC 8785).
    pub fn canonical(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Json {
    /// The canonical text.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(value) => write!(out, "{value}"),
            Self::Text(value) => write_text(out, value),
            Self::List(items) => {
                out.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.write_char(',')?;
                    }
                    write!(out, "{item}")?;
                }
                out.write_char(']')
            }
            Self::Map(members) => write_map(out, members),
        }
    }
}

fn write_map(out: &mut fmt::Formatter<'_>, members: &BTreeMap<String, Json>) -> fmt::Result {
    out.write_char('{')?;
    // UTF-8 order and UTF-16 order differ only where characters beyond the basic plane meet U+E000 and above.
    if members.keys().any(|key| key.chars().any(|c| u32::from(c) > 0xFFFF)) {
        let mut sorted: Vec<_> = members.iter().collect();
        sorted.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
        write_members(out, sorted.into_iter())?;
    } else {
        write_members(out, members.iter())?;
    }
    out.write_char('}')
}

fn write_members<'a>(
    out: &mut fmt::Formatter<'_>,
    members: impl Iterator<Item = (&'a String, &'a Json)>,
) -> fmt::Result {
    for (index, (key, value)) in members.enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        write_text(out, key)?;
        write!(out, ":{value}")?;
    }
    Ok(())
}

fn write_text(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = text;
    // Most texts have nothing to escape: they are written in one piece.
    while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let Some((plain, from)) = rest.split_at_checked(at) else { break };
        out.write_str(plain)?;
        let mut chars = from.chars();
        match chars.next().unwrap_or_default() {
            '\u{8}' => out.write_str("\\b")?,
            '\t' => out.write_str("\\t")?,
            '\n' => out.write_str("\\n")?,
            '\u{c}' => out.write_str("\\f")?,
            '\r' => out.write_str("\\r")?,
            c if u32::from(c) < 0x20 => write!(out, "\\u{:04x}", u32::from(c))?,
            c => write!(out, "\\{c}")?,
        }
        rest = chars.as_str();
    }
    out.write_str(rest)?;
    out.write_char('"')
}

/// Compares what is written with bytes, and stops at the first difference.
struct Same<'a> {
    left: &'a [u8],
}

impl Write for Same<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.strip_prefix(text.as_bytes()).ok_or(fmt::Error)?;
        Ok(())
    }
}

impl Json {
    /// Whether these bytes are the canonical form of this value.
    pub(super) fn is_canonical(&self, bytes: &[u8]) -> bool {
        let mut same = Same { left: bytes };
        write!(same, "{self}").is_ok() && same.left.is_empty()
    }
}
