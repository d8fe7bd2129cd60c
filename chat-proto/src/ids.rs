//! Numbers, ids and secrets.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a message in its room: 1, 2, 3, …
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first message.
    pub const ZERO: Self = Self(0);

    /// After every message.
    pub const MAX: Self = Self(u64::MAX);

    /// The number after this one.
    ///
    /// # Panics
    /// After [`MAX`](Self::MAX), which no log ever reaches. A number that a peer sent may be that large: compare it
    /// with the log's own numbers first.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.checked_add(1).expect("no log has 2^64 messages"))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One log of a room, made at random with it: numbers of two logs do not belong together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogId(pub u64);

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogId({self})")
    }
}

/// What its author calls a message: made at random before it is said for the first time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId(pub [u8; 16]);

impl MessageId {
    /// The id in the position of an empty log. Nothing is said under it.
    pub const ZERO: Self = Self([0; 16]);
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_hex(&self.0, f)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}

/// A client process, which makes this at random when it starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instance(pub [u8; 16]);

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_hex(&self.0, f)
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({self})")
    }
}

/// What the server gave a client so that it can take over its own dead connection.
///
/// It never appears in what is printed, and comparing two takes the same time whatever they are.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Secret([u8; 16]);

impl Secret {
    /// A secret of these bytes, which should come from a generator that nobody can predict.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Whether the two are the same, found without stopping at the first byte that differs.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .fold(0, |difference, (mine, theirs)| difference | (mine ^ theirs))
            == 0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other)
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who somebody is, whatever the name: an Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PublicKey(pub [u8; 32]);

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// A place in a room's log: a message that was reached, or the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The log.
    pub log: LogId,
    /// The number of the message; [`Seq::ZERO`] for the beginning.
    pub seq: Seq,
    /// The id of the message, by which a log that was replaced is told apart; [`MessageId::ZERO`] for the beginning.
    pub id: MessageId,
}

impl Position {
    /// The beginning of a log.
    #[must_use]
    pub const fn start(log: LogId) -> Self {
        Self {
            log,
            seq: Seq::ZERO,
            id: MessageId::ZERO,
        }
    }
}

fn fmt_hex(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{:032x}", u128::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff];

    #[test]
    fn ids_are_shown_as_all_their_bytes_in_hex() {
        assert_eq!(MessageId(BYTES).to_string(), "000102030405060708090a0b0c0d0eff");
        assert_eq!(
            format!("{:?}", Instance(BYTES)),
            "Instance(000102030405060708090a0b0c0d0eff)"
        );
        assert_eq!(LogId(0xab).to_string(), "00000000000000ab");
    }

    #[test]
    fn a_secret_is_never_printed() {
        let shown = format!("{:?}", Secret::from_bytes([7; 16]));
        assert_eq!(shown, "Secret(…)");
    }

    #[test]
    fn a_secret_matches_only_itself_whichever_bit_differs() {
        let secret = Secret::from_bytes(BYTES);
        assert!(secret.matches(&Secret::from_bytes(BYTES)));
        for bit in 0..128 {
            let mut other = BYTES;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!secret.matches(&Secret::from_bytes(other)), "bit {bit}");
            assert_ne!(secret, Secret::from_bytes(other), "bit {bit}");
        }
    }

    #[test]
    fn numbers_follow_each_other() {
        assert_eq!(Seq::ZERO.next(), Seq(1));
        assert_eq!(Seq(u64::MAX - 1).next(), Seq::MAX);
    }

    #[test]
    #[should_panic(expected = "no log has 2^64 messages")]
    fn nothing_follows_the_last_number() {
        let _ = Seq::MAX.next();
    }
}
