//! Numbers, ids and secrets.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base32;

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

/// Who somebody is, or which server: the public half of an Ed25519 key. Only whoever has the other half can show it.
///
/// # Examples
/// ```
/// use chat_proto::ids::PublicKey;
///
/// let key = PublicKey([7; 32]);
/// assert_eq!(PublicKey::parse(&key.to_string()), Some(key));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// The key that is written so, in base32 as [`Display`](fmt::Display) writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base32::decode_exactly(text).map(Self)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        base32::encode(&self.0, &mut text);
        f.pad(&text)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// What lets a new key in: 128 random bits, which whoever was invited shows in the [`Hello`](crate::message::Hello).
///
/// Like a [`Secret`] it never appears in what is printed for looking at a program, and comparing two takes the same time
/// whatever they are. [`expose`](Self::expose) writes it where it has to be written: in a link.
#[derive(Clone, Copy)]
pub struct Invitation(Secret);

impl Invitation {
    /// An invitation of these bytes, which should come from a generator that nobody can predict.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Secret::from_bytes(bytes))
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The invitation that is written so, in base32.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base32::decode_exactly(text).map(Self::from_bytes)
    }

    /// In base32, as a link has it: whoever reads this can come in.
    #[must_use]
    pub fn expose(&self) -> String {
        let mut text = String::new();
        base32::encode(self.as_bytes(), &mut text);
        text
    }
}

impl PartialEq for Invitation {
    fn eq(&self, other: &Self) -> bool {
        self.0.matches(&other.0)
    }
}

impl Eq for Invitation {}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invitation(…)")
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
        let shown = format!("{:?}", Invitation::from_bytes([7; 16]));
        assert_eq!(shown, "Invitation(…)");
    }

    #[test]
    fn keys_and_invitations_are_written_in_base32_and_read_back() {
        let key = PublicKey([0xff; 32]);
        assert_eq!(key.to_string(), format!("{}q", "7".repeat(51)));
        assert_eq!(PublicKey::parse(&key.to_string()), Some(key));
        let invitation = Invitation::from_bytes(BYTES);
        assert_eq!(invitation.expose(), "aaaqeayeaudaocajbifqydio74");
        assert_eq!(Invitation::parse(&invitation.expose()), Some(invitation));
        assert_eq!(Invitation::parse("aaaqeayeaudaocajbifqydio7"), None);
        assert_ne!(invitation, Invitation::from_bytes([0; 16]));
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
