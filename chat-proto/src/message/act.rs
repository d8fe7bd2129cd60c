//! What is done to somebody in a room.

use serde::{Deserialize, Serialize};

use crate::name::UserName;

/// An act of moderation. Who may do which is the server's to decide; one that it does not know is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Act(pub u16);

impl Act {
    /// Put out of the room; may come back at once.
    pub const KICK: Self = Self(1);
    /// Put out of the room, and kept out for a time or for good.
    pub const BAN: Self = Self(2);
    /// Kept out no more.
    pub const UNBAN: Self = Self(3);
    /// May listen, but not speak, for a time or for good.
    pub const MUTE: Self = Self(4);
    /// May speak again.
    pub const UNMUTE: Self = Self(5);
    /// Let into a private room.
    pub const INVITE: Self = Self(6);
    /// Made an operator of the room.
    pub const PROMOTE: Self = Self(7);
    /// An operator no more.
    pub const DEMOTE: Self = Self(8);
    /// Made the room's owner by the operator of the server; nobody else can do this.
    pub const OWN: Self = Self(9);
}

/// Of whom the log says what was done: the value of [`EXTRA_ACT`](super::EXTRA_ACT).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// What was done.
    pub act: Act,
    /// When it ends, in milliseconds since 1970-01-01 UTC; 0 for never.
    pub until_unix_ms: u64,
    /// To whom.
    pub name: UserName,
}

impl Acted {
    /// Its bytes: the act and the time, big-endian, then the name.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(10 + self.name.as_str().len());
        bytes.extend_from_slice(&self.act.0.to_be_bytes());
        bytes.extend_from_slice(&self.until_unix_ms.to_be_bytes());
        bytes.extend_from_slice(self.name.as_str().as_bytes());
        bytes
    }

    /// Reads such bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (act, rest) = bytes.split_first_chunk()?;
        let (until, name) = rest.split_first_chunk()?;
        Some(Self {
            act: Act(u16::from_be_bytes(*act)),
            until_unix_ms: u64::from_be_bytes(*until),
            name: UserName::parse(std::str::from_utf8(name).ok()?).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_read_as_it_was_written() {
        let acted = Acted {
            act: Act::BAN,
            until_unix_ms: 1_800_000_000_000,
            name: UserName::parse("Zoë").unwrap(),
        };
        assert_eq!(Acted::from_bytes(&acted.to_bytes()), Some(acted));
    }

    #[test]
    fn bytes_that_are_no_act_are_none() {
        let whole = [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, b'a'];
        assert!(Acted::from_bytes(&whole).is_some());
        for end in 0..whole.len() {
            assert_eq!(Acted::from_bytes(&whole[..end]), None, "{end} bytes");
        }
        assert_eq!(Acted::from_bytes(&[0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0xff]), None);
        assert_eq!(Acted::from_bytes(&[0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x1b]), None);
    }
}
