//! How keys and digests are written in facts.

use std::fmt::Write;

use chat_proto::ids::{Invitation, PublicKey};
use sha2::{Digest, Sha256};

/// A key, as facts, the operator and links have it.
pub(crate) fn write_key(key: &PublicKey) -> String {
    key.to_string()
}

/// The key that is written so.
pub(crate) fn read_key(text: &str) -> Option<PublicKey> {
    PublicKey::parse(text)
}

/// By what an invitation is known here. Its secret is not: who reads the server's files can't come in with them.
pub(super) fn digest_of(invitation: &Invitation) -> String {
    let mut digest = Sha256::new();
    digest.update(b"chat invitation");
    digest.update(invitation.as_bytes());
    write_hex(&digest.finalize())
}

/// Whether this is how a digest is written.
pub(super) fn is_digest(text: &str) -> bool {
    read_hex::<32>(text).is_some()
}

fn write_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if text.len() != 2 * N || !text.bytes().all(is_hex) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = PublicKey(std::array::from_fn(|index| u8::try_from(index * 8).unwrap()));
        let written = write_key(&key);
        assert_eq!(read_key(&written), Some(key));
        for wrong in [
            &written[1..],
            &written.to_uppercase(),
            "",
            &written.replace('a', "+"),
        ] {
            assert_eq!(read_key(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_digest_says_nothing_of_its_secret() {
        let digest = digest_of(&Invitation::from_bytes([7; 16]));
        assert!(is_digest(&digest));
        assert!(!digest.contains("0707"), "{digest}");
        assert_ne!(digest, digest_of(&Invitation::from_bytes([8; 16])));
    }
}
