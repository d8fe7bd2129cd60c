//! Numbers that a later version adds to, and that an older one carries all the same.

use serde::{Deserialize, Serialize};

/// What sort of message it is. Kinds that a client does not know are shown as plain lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Kind(pub u16);

impl Kind {
    /// Something said.
    pub const LINE: Self = Self(0);
    /// Something done: "alice waves".
    pub const ACTION: Self = Self(1);
    /// A new topic of the room.
    pub const TOPIC: Self = Self(2);
    /// An act of moderation.
    pub const MODERATION: Self = Self(3);
    /// A message that was emptied; its number, id and author stay.
    pub const EMPTIED: Self = Self(4);
}

/// In the [`Extra`](crate::list::Extra) of a message of kind [`MODERATION`](Kind::MODERATION): the number of the message that was
/// emptied, eight bytes, big-endian. What its text was is to be forgotten.
pub const EXTRA_EMPTIES: u16 = 1;

/// In the extra of a message of kind [`MODERATION`](Kind::MODERATION): what was done to whom, as [`Acted`](super::Acted).
pub const EXTRA_ACT: u16 = 2;

/// In the extra of a message whose author had no key that owns the name: nothing. Anybody could have said it.
pub const EXTRA_UNPROVEN: u16 = 3;

/// In the extra of [`Hello`](super::Hello): an invitation, sixteen bytes.
pub const EXTRA_INVITATION: u16 = 4;

/// In the extra of [`Joined`](super::Joined): the room's topic, UTF-8 of at most
/// [`NOTE_BYTES_MAX`](crate::limits::NOTE_BYTES_MAX).
pub const EXTRA_TOPIC: u16 = 5;

/// In the extra of [`Joined`](super::Joined): what the client is in the room, a [`Role`] in two bytes, big-endian.
pub const EXTRA_ROLE: u16 = 6;

/// In the extra of [`Joined`](super::Joined): the number of the last message that the person has read, eight bytes,
/// big-endian.
pub const EXTRA_MARK: u16 = 7;

/// In the extra of [`Joined`](super::Joined), [`MemberPage`](super::MemberPage) and [`Presence`](super::Presence): what those
/// are in the room who are in `members` or `arrived`, as [`ToldRoles`](super::ToldRoles).
pub const EXTRA_ROLES: u16 = 8;

/// Whether only the server puts this number into the extra of a message.
#[must_use]
pub const fn is_said_by_server(key: u16) -> bool {
    matches!(key, EXTRA_EMPTIES | EXTRA_ACT | EXTRA_UNPROVEN)
}

/// What somebody is in a room. A role that a client does not know is shown as none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Role(pub u16);

impl Role {
    /// Somebody like everybody else.
    pub const NONE: Self = Self(0);
    /// Has a place in a private room.
    pub const MEMBER: Self = Self(1);
    /// Keeps order.
    pub const OPERATOR: Self = Self(2);
    /// Made the room, and names its operators.
    pub const OWNER: Self = Self(3);
    /// May listen, but not speak.
    pub const MUTED: Self = Self(4);
    /// Kept out.
    pub const BANNED: Self = Self(5);
}

/// What "stored" means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Storage(pub u16);

impl Storage {
    /// In the server's memory: gone when it stops.
    pub const MEMORY: Self = Self(0);
    /// On the server's disk.
    pub const DISK: Self = Self(1);
}

/// Why something was refused or ended. The range says what to do, also to a client that does not know the number.
///
/// | range | meaning |
/// |---|---|
/// | 0 to 999 | the same would be refused again: change something first, do not come back by yourself |
/// | 1000 to 1999 | for now: the same may be granted later |
/// | others | as 0 to 999 |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Code(pub u16);

impl Code {
    /// No version is spoken by both sides.
    pub const VERSION: Self = Self(1);
    /// A frame was empty, or held no message.
    pub const MALFORMED: Self = Self(2);
    /// A frame was announced longer than it may be.
    pub const FRAME_TOO_LONG: Self = Self(3);
    /// The name is not one that a person can have.
    pub const NAME_INVALID: Self = Self(4);
    /// The name is not one that a room can have.
    pub const ROOM_NAME_INVALID: Self = Self(5);
    /// The first frame was not a hello, or a later one was.
    pub const OUT_OF_PLACE: Self = Self(6);
    /// The server does not know this request.
    pub const UNKNOWN_REQUEST: Self = Self(7);
    /// The room was not joined.
    pub const NOT_IN_ROOM: Self = Self(8);
    /// A text was empty or too long.
    pub const TEXT_INVALID: Self = Self(9);
    /// The id was used for another author or another text.
    pub const ID_REUSED: Self = Self(10);
    /// As many rooms are joined as one may join.
    pub const TOO_MANY_ROOMS: Self = Self(11);
    /// Another connection of the same client has taken this one's place.
    pub const TAKEN_OVER: Self = Self(12);
    /// People can't say this kind.
    pub const KIND_NOT_ALLOWED: Self = Self(13);
    /// The room is joined already.
    pub const ALREADY_IN_ROOM: Self = Self(14);
    /// No such message is kept, or it is empty already, or a notice that can't be emptied.
    pub const NOTHING_TO_EMPTY: Self = Self(15);
    /// The message is somebody else's.
    pub const NOT_THE_AUTHOR: Self = Self(16);
    /// The server can't search.
    pub const NO_SEARCH: Self = Self(17);
    /// The name, or one that looks like it, belongs to another key.
    pub const NAME_OWNED: Self = Self(18);
    /// The server lets in who is invited, and this key is not.
    pub const NOT_INVITED: Self = Self(19);
    /// The invitation is used up, expired, revoked or none of this server's.
    pub const INVITATION_INVALID: Self = Self(20);
    /// Only a connection that has shown a key can have this.
    pub const KEY_NEEDED: Self = Self(21);
    /// The key owns as many names as it can.
    pub const TOO_MANY_NAMES: Self = Self(22);
    /// The role in the room does not allow it.
    pub const NOT_ALLOWED: Self = Self(23);
    /// Kept out of the room or of the server.
    pub const BANNED: Self = Self(24);
    /// May listen in the room, but not speak.
    pub const MUTED: Self = Self(25);
    /// There is no such room, or it is not for this client.
    pub const NO_SUCH_ROOM: Self = Self(26);
    /// Nobody has this name.
    pub const NO_SUCH_PERSON: Self = Self(27);
    /// Put out of the room, or sent away from the server.
    pub const KICKED: Self = Self(28);
    /// Plain connections are not taken from there: use TLS.
    pub const TLS_NEEDED: Self = Self(29);
    /// Too much would have to be looked through: ask for rarer words, or for a part of the room.
    pub const SEARCH_TOO_BROAD: Self = Self(30);

    /// Somebody present has this name, or one that differs in case only.
    pub const NAME_IN_USE: Self = Self(1000);
    /// All places are taken.
    pub const SERVER_FULL: Self = Self(1001);
    /// The server stops.
    pub const STOPPING: Self = Self(1002);
    /// Nothing was heard for too long.
    pub const IDLE: Self = Self(1003);
    /// The hello did not come in time.
    pub const HELLO_TOO_LATE: Self = Self(1004);
    /// An earlier message in this room was refused for now: say it again first, or withdraw it.
    pub const AFTER_REFUSED: Self = Self(1005);
    /// The server can't store anything now.
    pub const STORE_UNAVAILABLE: Self = Self(1006);
    /// Too much in too short a time.
    pub const TOO_FAST: Self = Self(1007);
    /// The server has as many rooms as it can have.
    pub const ROOMS_FULL: Self = Self(1008);
    /// The server failed in a way that it can't explain.
    pub const INTERNAL: Self = Self(1009);
    /// This address or this key has as many connections as it may have.
    pub const TOO_MANY_CONNECTIONS: Self = Self(1010);
    /// The server can't keep more names, roles or private rooms.
    pub const REGISTRY_FULL: Self = Self(1011);

    /// Whether the same may be granted later.
    #[must_use]
    pub const fn is_for_now(self) -> bool {
        self.0 >= 1000 && self.0 < 2000
    }
}
