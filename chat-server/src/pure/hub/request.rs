//! What a peer asks of the hub.

use chat_proto::ids::{Instance, Invitation, MessageId, PublicKey, Secret, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Act, From, Kind};
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::{Note, Text};

use crate::pure::operator::Order;

/// What a peer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To be present under a name. Once for each peer, before everything else.
    Arrive {
        /// The name.
        name: UserName,
        /// The client process.
        instance: Instance,
        /// The secret of the connection that this one is to take over from.
        resume: Option<Secret>,
        /// This connection's own secret.
        secret: Secret,
        /// The key that the connection has proven to have.
        key: Option<PublicKey>,
        /// The invitation that the peer brings.
        invitation: Option<Invitation>,
        /// Whether everybody who comes from there is welcome.
        is_trusted_place: bool,
    },
    /// To be in a room.
    Join {
        /// Echoed in the answer.
        request: u32,
        /// The room.
        room: RoomName,
        /// Where to begin.
        from: From,
    },
    /// To be in a room no more.
    Leave {
        /// Echoed in the answer.
        request: u32,
        /// The room.
        room: RoomName,
    },
    /// To say something.
    Say {
        /// Echoed in the answer.
        request: u32,
        /// The room.
        room: RoomName,
        /// The message's id.
        id: MessageId,
        /// What sort of message it is.
        kind: Kind,
        /// What is said.
        text: Text,
        /// What later versions add.
        extra: Extra,
    },
    /// To take the text out of a message, and say so.
    Empty {
        /// Echoed in the answer.
        request: u32,
        /// The room.
        room: RoomName,
        /// The message.
        seq: Seq,
        /// The notice's id.
        id: MessageId,
    },
    /// To say something, too soon: it fails, and holds back what the person says in the room after it.
    HoldBack(HoldBack),
    /// To give up a message that was refused for now.
    Withdraw {
        /// Echoed in the answer.
        request: u32,
        /// The room.
        room: RoomName,
        /// The message's id.
        id: MessageId,
    },
    /// To see who is in a room.
    Members {
        /// Echoed in the answer.
        request: u32,
        /// The room.
        room: RoomName,
        /// The page, counted from 0.
        page: u32,
    },
    /// To have a private room made.
    Create {
        /// Echoed in the answer.
        request: u32,
        /// What it is to be called.
        room: RawName,
    },
    /// To begin or find a conversation.
    Open {
        /// Echoed in the answer.
        request: u32,
        /// The other person.
        name: RawName,
    },
    /// To do something to somebody in a room, and say so.
    Moderate {
        /// Echoed in the answer.
        request: u32,
        /// The room.
        room: RoomName,
        /// What is done.
        deed: Deed,
    },
    /// To have it kept how far one has read.
    Mark {
        /// Echoed in the answer.
        request: u32,
        /// The room.
        room: RoomName,
        /// The last message that was read.
        seq: Seq,
    },
    /// To see which rooms there are.
    Rooms {
        /// Echoed in the answer.
        request: u32,
        /// Only those in which the asker is something.
        mine: bool,
        /// Those that come after this one.
        after: Option<RoomName>,
    },
    /// To know who somebody is.
    Whois {
        /// Echoed in the answer.
        request: u32,
        /// The name.
        name: RawName,
    },
    /// To be away, or back.
    Away {
        /// Echoed in the answer.
        request: u32,
        /// What who asks is told; empty for being back.
        text: Note,
    },
    /// To own a name no more.
    Release {
        /// Echoed in the answer.
        request: u32,
        /// The name.
        name: RawName,
    },
    /// The operator's: no session ever asks this. Answered also without an arrival.
    Operate {
        /// What is to be done.
        order: Order,
        /// Random bytes: what whoever is invited will show, or the id of what is said in a room.
        random: Secret,
    },
    /// The connection is over. Nobody answers this; said again, it does nothing.
    Depart,
}

/// Something that an operator of a room does to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The notice's id.
    pub id: MessageId,
    /// What is done.
    pub act: Act,
    /// To whom.
    pub name: RawName,
    /// For so long; 0 for good.
    pub for_ms: u64,
    /// Why, for people.
    pub reason: Note,
}

/// Body of [`Request::HoldBack`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldBack {
    /// Echoed in the answer.
    pub request: u32,
    /// The room.
    pub room: RoomName,
    /// The message's id.
    pub id: MessageId,
    /// It may be said again after so long.
    pub wait_ms: u32,
}
