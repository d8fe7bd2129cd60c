//! What was wanted of a server, and what of it is not done yet.

use chat_proto::ids::{MessageId, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Act, ClientMessage, Empty, Kind, Moderate, Say};
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::{Note, Text};

use super::Query;

/// What was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To say this in a room.
    Say {
        /// The room.
        room: RoomName,
        /// The message.
        id: MessageId,
    },
    /// To empty a message.
    Empty {
        /// The room.
        room: RoomName,
        /// The id of the notice.
        id: MessageId,
        /// The message.
        seq: Seq,
    },
    /// To join a room.
    Join {
        /// The room.
        room: RoomName,
    },
    /// To leave a room that was never joined.
    Leave {
        /// The room.
        room: RoomName,
    },
    /// A page of a room's history.
    History {
        /// The room.
        room: RoomName,
    },
    /// To find something in a room. If the connection was lost before the answer came, the code is [`IDLE`](chat_proto::message::Code::IDLE).
    Search {
        /// The room.
        room: RoomName,
        /// What was looked for.
        query: Query,
    },
    /// To know who is in a room.
    Members {
        /// The room.
        room: RoomName,
    },
    /// To do something to somebody in a room.
    Moderate {
        /// The room.
        room: RoomName,
        /// The id of the notice.
        id: MessageId,
        /// What.
        act: Act,
        /// To whom.
        name: UserName,
    },
    /// To tell how far we have read.
    Mark {
        /// The room.
        room: RoomName,
        /// The last message that was read.
        seq: Seq,
    },
    /// To make a private room. If the connection was lost before the answer came, the code is [`IDLE`](chat_proto::message::Code::IDLE).
    Create {
        /// What it was to be called.
        room: RoomName,
    },
    /// To make or find a conversation.
    Open {
        /// The other person.
        name: UserName,
    },
    /// To list rooms.
    Rooms {
        /// Whether those in which we have a role.
        mine: bool,
    },
    /// To know who somebody is.
    Whois {
        /// The person.
        name: UserName,
    },
    /// To be known to be away, or back.
    Away {
        /// What who asks was to be told.
        text: Note,
    },
    /// To give up a name. If the connection was lost before the answer came, the code is [`IDLE`](chat_proto::message::Code::IDLE).
    Release {
        /// The name.
        name: UserName,
    },
}

impl Wanted {
    /// The room in which it was wanted, if it was in one.
    #[must_use]
    pub const fn room(&self) -> Option<&RoomName> {
        match self {
            Self::Say { room, .. }
            | Self::Empty { room, .. }
            | Self::Join { room }
            | Self::Leave { room }
            | Self::History { room }
            | Self::Search { room, .. }
            | Self::Members { room }
            | Self::Moderate { room, .. }
            | Self::Mark { room, .. } => Some(room),
            Self::Create { .. }
            | Self::Open { .. }
            | Self::Rooms { .. }
            | Self::Whois { .. }
            | Self::Away { .. }
            | Self::Release { .. } => None,
        }
    }
}

/// Something that was said and is not known to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The room.
    pub room: RoomName,
    /// The message, or the notice that something was emptied or done.
    pub id: MessageId,
    /// What it is.
    pub content: Content,
}

impl Unsent {
    pub(super) fn to_wanted(&self) -> Wanted {
        let (room, id) = (self.room.clone(), self.id);
        match &self.content {
            Content::Text { .. } => Wanted::Say { room, id },
            Content::Emptying { seq } => Wanted::Empty { room, id, seq: *seq },
            Content::Moderation { act, name, .. } => Wanted::Moderate {
                room,
                id,
                act: *act,
                name: name.clone(),
            },
        }
    }

    /// What the server is sent.
    pub(super) fn to_message(&self, request: u32) -> ClientMessage {
        let (room, id) = (self.room.clone(), self.id);
        match self.content.clone() {
            Content::Text { kind, text } => ClientMessage::Say(Say {
                request,
                room,
                id,
                kind,
                text,
                extra: Extra::new(),
            }),
            Content::Emptying { seq } => ClientMessage::Empty(Empty {
                request,
                room,
                seq,
                id,
            }),
            Content::Moderation {
                act,
                name,
                for_ms,
                reason,
            } => ClientMessage::Moderate(Moderate {
                request,
                room,
                id,
                act,
                name: RawName::from(&name),
                for_ms,
                reason,
            }),
        }
    }

    /// The bytes of its texts.
    pub(super) fn text_bytes(&self) -> usize {
        match &self.content {
            Content::Text { text, .. } => text.len(),
            Content::Emptying { .. } => 0,
            Content::Moderation { name, reason, .. } => name.as_str().len() + reason.len(),
        }
    }

    /// Whether nothing is said, which only a topic may.
    pub(super) fn is_blank(&self) -> bool {
        matches!(&self.content, Content::Text { kind, text } if text.is_empty() && *kind != Kind::TOPIC)
    }
}

/// What is to come into a room's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Something that is said.
    Text {
        /// What sort of message it is.
        kind: Kind,
        /// What is said.
        text: Text,
    },
    /// The notice that a message was emptied, and with it that the message is.
    Emptying {
        /// The message.
        seq: Seq,
    },
    /// The notice that something was done to somebody, and with it that it is.
    Moderation {
        /// What.
        act: Act,
        /// To whom.
        name: UserName,
        /// For so long; 0 for good.
        for_ms: u64,
        /// Why, for people; may be empty.
        reason: Note,
    },
}
