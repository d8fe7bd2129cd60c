//! What a friend is sent to come to a room: where the server is, which room, by which key the server is known, and, if
//! the server lets in only who is invited, an invitation.
//!
//! ```text
//! chat://chat.example.org:8000/lobby/aebagbafaydqqcikbmga2dqpcaireeyuculbogazdinryhi6d4qa/aaaqeayeaudaocajbifqydiob4
//!        ╰──── host ────╯ port room  ╰──────────────── the server's key ────────────────╯ ╰────── invitation ──────╯
//! ```
//! Each link has one spelling. It has nothing that a shell would interpret: letters, digits and `:/.-_+`, and brackets
//! around an IPv6 address, which only some shells want quoted. Key and invitation are in base32. So is a room
//! whose name has other characters than the above: `_` and then the base32 of its UTF-8. No room's name begins with a `_`.
//!
//! A link with an invitation is a secret until it is used: [`Link`] is written by [`expose`](Link::expose) only.

use core::net::Ipv6Addr;
use std::fmt;

use crate::base32;
use crate::ids::{Invitation, PublicKey};
use crate::limits::{HOST_BYTES_MAX, HOST_LABEL_BYTES_MAX, LINK_BYTES_MAX};
use crate::name::{NameError, RoomName};

/// How every link begins.
pub const SCHEME: &str = "chat://";

/// In front of a room's name in base32.
const SPELLED_OUT: char = '_';

/// The way to a room. See the [module](self).
///
/// # Examples
/// ```
/// use chat_proto::ids::PublicKey;
/// use chat_proto::link::{Host, Link, LinkError};
/// use chat_proto::name::RoomName;
///
/// let link = Link {
///     host: Host::parse("chat.example.org")?,
///     port: 8000,
///     room: RoomName::parse("lobby").map_err(LinkError::Room)?,
///     server_key: PublicKey([0; 32]),
///     invitation: None,
/// };
/// assert!(link.expose().starts_with("chat://chat.example.org:8000/lobby/aaaa"));
/// assert_eq!(Link::parse(&link.expose()), Ok(link));
/// # Ok::<(), LinkError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The server's machine.
    pub host: Host,
    /// Where the server listens; never 0 in a link that was parsed.
    pub port: u16,
    /// The room to join.
    pub room: RoomName,
    /// By which the server is known.
    pub server_key: PublicKey,
    /// Lets a new key in, where that needs an invitation.
    pub invitation: Option<Invitation>,
}

impl Link {
    /// The link that is written so.
    ///
    /// # Errors
    /// What is wrong with it: see [`LinkError`].
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let rest = text.strip_prefix(SCHEME).ok_or(LinkError::Scheme)?;
        if text.len() > LINK_BYTES_MAX {
            return Err(LinkError::TooLong);
        }
        let mut parts = rest.split('/');
        let mut next = || parts.next().ok_or(LinkError::Parts);
        let (place, room, key) = (next()?, next()?, next()?);
        let invitation = parts.next();
        if parts.next().is_some() {
            return Err(LinkError::Parts);
        }
        let (host, port) = place.rsplit_once(':').ok_or(LinkError::Port)?;
        Ok(Self {
            host: Host::parse(host)?,
            port: parse_port(port).ok_or(LinkError::Port)?,
            room: parse_room(room)?,
            server_key: PublicKey::parse(key).ok_or(LinkError::Key)?,
            invitation: match invitation {
                None => None,
                Some(text) => Some(Invitation::parse(text).ok_or(LinkError::Invitation)?),
            },
        })
    }

    /// The link as it is passed on. Whoever reads it can use its invitation.
    #[must_use]
    pub fn expose(&self) -> String {
        let mut text = format!("{SCHEME}{}/", self.server());
        write_room(&self.room, &mut text);
        text.push('/');
        text += &self.server_key.to_string();
        if let Some(invitation) = &self.invitation {
            text.push('/');
            text += &invitation.expose();
        }
        text
    }

    /// Where the server listens, as `HOST:PORT`.
    #[must_use]
    pub fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// A machine: a name such as `chat.example.org` (one in other scripts in its ASCII form), an IPv4 address, or an IPv6
/// address in brackets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Host(String);

impl Host {
    /// The machine that is written so.
    ///
    /// # Errors
    /// [`LinkError::Host`] if none is.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let is_host = match text.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').is_some_and(is_ipv6),
            None => is_name(text),
        };
        if is_host {
            Ok(Self(text.into()))
        } else {
            Err(LinkError::Host)
        }
    }

    /// As it is written in front of a port.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({self})")
    }
}

/// In the one spelling that the address has.
fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>()
        .is_ok_and(|address| address.to_string() == text)
}

/// Labels of letters, digits and inner hyphens: an IPv4 address looks the same.
fn is_name(text: &str) -> bool {
    text.len() <= HOST_BYTES_MAX
        && text.split('.').all(|label| {
            (1..=HOST_LABEL_BYTES_MAX).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// In the one spelling that the number has.
fn parse_port(text: &str) -> Option<u16> {
    let port: u16 = text.parse().ok()?;
    (port > 0 && port.to_string() == text).then_some(port)
}

fn write_room(room: &RoomName, text: &mut String) {
    if is_plain(room.as_str()) {
        text.push_str(room.as_str());
    } else {
        text.push(SPELLED_OUT);
        base32::encode(room.as_str().as_bytes(), text);
    }
}

fn parse_room(text: &str) -> Result<RoomName, LinkError> {
    let room = match text.strip_prefix(SPELLED_OUT) {
        None => RoomName::parse(text),
        Some(spelled) => {
            let bytes = base32::decode(spelled).ok_or(LinkError::RoomSpelling)?;
            RoomName::parse(&String::from_utf8(bytes).map_err(|_| LinkError::RoomSpelling)?)
        }
    };
    let room = room.map_err(LinkError::Room)?;
    let mut spelling = String::new();
    write_room(&room, &mut spelling);
    if spelling == text {
        Ok(room)
    } else {
        Err(LinkError::RoomSpelling)
    }
}

/// Whether no shell sees anything in it.
fn is_plain(room: &str) -> bool {
    room.bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'+'))
}

/// Why something is not a link. It is shown as one sentence that says what to do; the link itself, which may have a
/// secret in it, is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// It does not begin with [`SCHEME`].
    Scheme,
    /// It has more than [`LINK_BYTES_MAX`] bytes.
    TooLong,
    /// It has too few parts, or too many.
    Parts,
    /// There is no such machine.
    Host,
    /// There is no such port.
    Port,
    /// The room can't be called that.
    Room(NameError),
    /// The room is not spelled as a link spells it.
    RoomSpelling,
    /// The server's key is not one.
    Key,
    /// The invitation is not one.
    Invitation,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => write!(f, "a link begins with {SCHEME}"),
            Self::TooLong => write!(f, "a link has at most {LINK_BYTES_MAX} characters"),
            Self::Parts => write!(
                f,
                "a link is {SCHEME}HOST:PORT/ROOM/KEY or {SCHEME}HOST:PORT/ROOM/KEY/INVITATION: copy the whole line"
            ),
            Self::Host => {
                f.write_str("the link's host has to be a name, an IPv4 address or [an IPv6 address]")
            }
            Self::Port => f.write_str("the link's port has to be a number from 1 to 65535, behind a colon"),
            Self::Room(error) => write!(f, "the link's room is none: {error}"),
            Self::RoomSpelling => f.write_str("the link's room is misspelled: copy the whole line"),
            Self::Key => f.write_str("the link's key is incomplete or misspelled: copy the whole line"),
            Self::Invitation => {
                f.write_str("the link's invitation is incomplete or misspelled: copy the whole line")
            }
        }
    }
}

impl std::error::Error for LinkError {}
