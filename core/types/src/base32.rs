//! Lower-case RFC 4648 base32 without padding, one text per byte string.

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The text of these bytes: 8 characters for every 5 bytes.
pub fn to_base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(8).div_ceil(5));
    for part in bytes.chunks(5) {
        // Up to 40 bits, from the left of a group of 8 characters.
        let held = part.iter().fold(0_u64, |held, byte| (held << 8) | u64::from(*byte));
        let bits = part.len().saturating_mul(8) as u32;
        let held = held << 40_u32.saturating_sub(bits);
        for at in 0..bits.div_ceil(5) {
            push(&mut text, held >> 35_u32.saturating_sub(at.saturating_mul(5)));
        }
    }
    text
}

fn push(text: &mut String, value: u64) {
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
    // What is left over is the padding of the last character: less than one of them, and zero.
    let padding = held & 1_u32.checked_shl(bits).unwrap_or_default().wrapping_sub(1);
    (bits < 5 && padding == 0).then_some(bytes)
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

    #[test]
    fn a_text_of_any_length_is_read_only_if_it_is_the_one_of_its_bytes() {
        for length in 0..40_u8 {
            let bytes: Vec<u8> = (0..length).map(|at| at.wrapping_mul(91).wrapping_add(length)).collect();
            let text = to_base32(&bytes);
            assert_eq!(from_base32(&text), Some(bytes));
            for last in ALPHABET.map(char::from) {
                let longer = format!("{text}{last}");
                let read = from_base32(&longer);
                assert!(read.is_none_or(|bytes| to_base32(&bytes) == longer));
            }
        }
    }
}
