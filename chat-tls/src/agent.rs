//! What is said to an ssh-agent, which has the private key and gives away nothing but signatures
//! (draft-ietf-sshm-ssh-agent). Somebody else carries it there and back.
//!
//! | request | answer |
//! |---|---|
//! | [`ask_for_keys`] | [`has_key`] |
//! | [`ask_for_signature`] | [`signature`] |
//!
//! Requests have their length in front, as they go over the socket; of an answer it is taken off before.

use std::error::Error;
use std::fmt;

use chat_proto::ids::PublicKey;
use ssh_key::public::{Ed25519PublicKey, KeyData};
use ssh_key::{Algorithm, Signature};

use crate::identity::SIGNATURE_BYTES;

/// In front of each request and each answer, its length, the most significant byte first.
pub const LENGTH_BYTES: usize = 4;

/// No answer is longer; the agent of OpenSSH has the same limit.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// Which keys it has.
#[must_use]
pub fn ask_for_keys() -> Vec<u8> {
    string(&[REQUEST_IDENTITIES])
}

/// This message signed with this key.
#[must_use]
pub fn ask_for_signature(key: &PublicKey, message: &[u8]) -> Vec<u8> {
    let no_flags = 0_u32.to_be_bytes();
    string(
        &[
            &[SIGN_REQUEST],
            &*string(&blob(key)),
            &*string(message),
            &no_flags,
        ]
        .concat(),
    )
}

/// Whether this key is among those that it has.
///
/// # Errors
/// [`AnswerError`].
pub fn has_key(answer: &[u8], key: &PublicKey) -> Result<bool, AnswerError> {
    let mut rest = body(answer, IDENTITIES_ANSWER)?;
    let wanted = blob(key);
    let mut is_there = false;
    for _ in 0..take_u32(&mut rest)? {
        is_there |= take_string(&mut rest)? == wanted;
        let _comment = take_string(&mut rest)?;
    }
    Ok(is_there)
}

/// The signature that was asked for.
///
/// # Errors
/// [`AnswerError`].
pub fn signature(answer: &[u8]) -> Result<[u8; SIGNATURE_BYTES], AnswerError> {
    let mut rest = body(answer, SIGN_RESPONSE)?;
    let signature = Signature::try_from(take_string(&mut rest)?).map_err(|_| AnswerError::Malformed)?;
    if signature.algorithm() != Algorithm::Ed25519 {
        return Err(AnswerError::Malformed);
    }
    signature
        .as_bytes()
        .try_into()
        .map_err(|_| AnswerError::Malformed)
}

/// Why there is nothing in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// The agent says no, and never says why.
    Refused,
    /// It is no answer to what was asked.
    Malformed,
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "it refuses",
            Self::Malformed => "what it says is no answer",
        })
    }
}

impl Error for AnswerError {}

/// A key as agents name it.
fn blob(key: &PublicKey) -> Vec<u8> {
    let key = ssh_key::PublicKey::from(KeyData::Ed25519(Ed25519PublicKey(key.0)));
    key.to_bytes().expect("an Ed25519 key is short")
}

/// These bytes, their length in front.
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("what is asked is short");
    [&length.to_be_bytes(), bytes].concat()
}

/// What follows the kind of an answer, if it is of this kind.
fn body(answer: &[u8], wanted: u8) -> Result<&[u8], AnswerError> {
    match answer.split_first() {
        Some((kind, body)) if *kind == wanted => Ok(body),
        Some((&FAILURE, _)) => Err(AnswerError::Refused),
        Some(_) | None => Err(AnswerError::Malformed),
    }
}

fn take_u32(rest: &mut &[u8]) -> Result<u32, AnswerError> {
    let (number, after) = rest.split_first_chunk().ok_or(AnswerError::Malformed)?;
    *rest = after;
    Ok(u32::from_be_bytes(*number))
}

fn take_string<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], AnswerError> {
    let length = usize::try_from(take_u32(rest)?).map_err(|_| AnswerError::Malformed)?;
    let (string, after) = rest.split_at_checked(length).ok_or(AnswerError::Malformed)?;
    *rest = after;
    Ok(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: PublicKey = PublicKey([7; 32]);

    fn keys(keys: &[PublicKey]) -> Vec<u8> {
        let count = u32::try_from(keys.len()).unwrap().to_be_bytes();
        let mut answer = [&[IDENTITIES_ANSWER], &count[..]].concat();
        for key in keys {
            answer.extend([string(&blob(key)), string(b"a comment")].concat());
        }
        answer
    }

    fn signed(algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
        let blob = [string(algorithm), string(signature)].concat();
        [&[SIGN_RESPONSE], &*string(&blob)].concat()
    }

    #[test]
    fn requests_are_as_the_protocol_wants_them() {
        assert_eq!(ask_for_keys(), [0, 0, 0, 1, 11]);
        let request = ask_for_signature(&KEY, b"message");
        let expected = [
            &[0, 0, 0, 71, 13, 0, 0, 0, 51, 0, 0, 0, 11][..],
            b"ssh-ed25519",
            &[0, 0, 0, 32],
            &KEY.0,
            &[0, 0, 0, 7],
            b"message",
            &[0; 4],
        ];
        assert_eq!(request, expected.concat());
    }

    #[test]
    fn a_key_is_found_among_others() {
        let other = PublicKey([8; 32]);
        for (answer, expected) in [
            (keys(&[]), false),
            (keys(&[other]), false),
            (keys(&[other, KEY]), true),
            (keys(&[KEY, other]), true),
        ] {
            assert_eq!(has_key(&answer, &KEY), Ok(expected));
        }
    }

    #[test]
    fn a_signature_is_taken_if_it_is_one_of_ed25519() {
        let answer = signed(b"ssh-ed25519", &[3; 64]);
        assert_eq!(signature(&answer), Ok([3; 64]));
        for wrong in [
            signed(b"ssh-ed25519", &[3; 63]),
            signed(b"ssh-rsa", &[3; 64]),
            signed(b"", &[]),
        ] {
            assert_eq!(signature(&wrong), Err(AnswerError::Malformed));
        }
    }

    #[test]
    fn a_refusal_is_told_from_what_is_no_answer() {
        assert_eq!(signature(&[FAILURE]), Err(AnswerError::Refused));
        assert_eq!(has_key(&[FAILURE], &KEY), Err(AnswerError::Refused));
        assert_eq!(signature(&keys(&[KEY])), Err(AnswerError::Malformed));
        assert_eq!(has_key(&[], &KEY), Err(AnswerError::Malformed));
    }

    #[test]
    fn an_answer_that_is_cut_anywhere_or_claims_too_much_is_none() {
        let (keys, signed) = (keys(&[KEY]), signed(b"ssh-ed25519", &[3; 64]));
        for end in 0..keys.len() {
            assert_eq!(has_key(&keys[..end], &KEY), Err(AnswerError::Malformed), "{end}");
        }
        for end in 0..signed.len() {
            assert_eq!(signature(&signed[..end]), Err(AnswerError::Malformed), "{end}");
        }
        let many = [IDENTITIES_ANSWER, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(has_key(&many, &KEY), Err(AnswerError::Malformed));
    }
}
