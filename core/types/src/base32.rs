//! Lower-case RFC 4648 base32 without padding, one text per byte string.

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The text of these bytes: 8 characters for every 5 bytes.
pub fn to_base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(8).div_ceil(5));
    let mut held = 0_u32;
    let mut bits = 0_u32;
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits = bits.saturating_add(8);
        while bits >= 5 {
            bits = bits.saturating_sub(5);
            push(&mut text, held >> bits);
        }
        held &= 0xFF;
    }
    if bits > 0 {
        push(&mut text, held << 5_u32.saturating_sub(bits));
    }
    text
}

fn push(text: &mut String, value: u32) {
    let symbol = ALPHABET.get((value & 31) as usize).copied().unwrap_or(b'a');
    text.push(char::from(symbol));
}

/// The bytes of a text, if it is exactly what [`to_base32`] gives for them.
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len().saturating_mul(5) / 8);
    let mut held = 0_u32;
    let mut bits = 0_u32;
    for symbol in text.bytes() {
        let value = match symbol {
            b'a'..=b'z' => symbol.wrapping_sub(b'a'),
            b'2'..=b'7' => symbol.wrapping_sub(b'2').wrapping_add(26),
            _ => return None,
        };
        held = ((held << 5) | u32::from(value)) & 0xFFF;
        bits = bits.saturating_add(5);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            bytes.push((held >> bits) as u8);
        }
    }
    (to_base32(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts_and_no_second_form() {
        assert_eq!(to_base32(b"foobar"), "mzxw6ytboi");
        assert_eq!(from_base32("mzxw6ytboi").as_deref(), Some(b"foobar".as_slice()));
        assert_eq!(to_base32(&[0xFF; 32]).len(), 52);
        assert_eq!(from_base32(&to_base32(&[0xFF; 32])), Some(vec![0xFF; 32]));
        assert_eq!(from_base32("mzxw6ytboj"), None, "spare bits must be zero");
        assert_eq!(from_base32("MZXW6YTBOI"), None);
        assert_eq!(from_base32("a"), None);
    }
}
