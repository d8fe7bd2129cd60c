//! Bytes as letters and digits that survive being read out, double-clicked and pasted into a shell: base32 of RFC 4648,
//! in lower case and without padding. Each value has exactly one spelling.

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Appends the spelling of these bytes.
pub(crate) fn encode(bytes: &[u8], text: &mut String) {
    let mut held = 0_u16;
    let mut held_bits = 0;
    for byte in bytes {
        held = held << 8 | u16::from(*byte);
        held_bits += 8;
        while held_bits >= 5 {
            held_bits -= 5;
            text.push(letter(held >> held_bits));
        }
        // Only the bits that are not written yet are kept, so the next byte always fits.
        held &= (1 << held_bits) - 1;
    }
    if held_bits > 0 {
        text.push(letter(held << (5 - held_bits)));
    }
}

fn letter(bits: u16) -> char {
    char::from(ALPHABET[usize::from(bits & 0b1_1111)])
}

/// The bytes that are spelled so; `None` if no bytes are.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let mut held = 0_u16;
    let mut held_bits = 0;
    for letter in text.bytes() {
        let bits = match letter {
            b'a'..=b'z' => letter - b'a',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        held = held << 5 | u16::from(bits);
        held_bits += 5;
        if held_bits >= 8 {
            held_bits -= 8;
            bytes.push(u8::try_from(held >> held_bits).ok()?);
            held &= (1 << held_bits) - 1;
        }
    }
    // Fewer than five bits fill the last letter, and they are 0: otherwise it would be another spelling of the same.
    (held_bits < 5 && held == 0).then_some(bytes)
}

/// Exactly so many bytes.
pub(crate) fn decode_exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Measured first: what a stranger wrote may be long.
    if text.len() != (N * 8).div_ceil(5) {
        return None;
    }
    decode(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(bytes: &[u8]) -> String {
        let mut text = String::new();
        encode(bytes, &mut text);
        text
    }

    #[test]
    fn the_examples_of_the_standard_are_spelled_so() {
        for (bytes, text) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(encoded(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn what_is_no_spelling_is_refused() {
        for text in ["a", "MY", "m1", "my======", "mz xq", "mé", "abc"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encoded(&bytes)), Some(bytes));
        }

        #[test]
        fn no_bytes_have_two_spellings(text in "[a-z2-7]{0,40}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encoded(&bytes), text);
            }
        }
    }
}
