//! What client and server say to each other.
//!
//! Growing without breaking: the two enums only grow at their end, a released variant never changes its
//! fields, and what must be able to carry more ends in an [`Extra`](crate::list::Extra). Each request begins with `request`, a
//! number that its answer echoes, so that even a request of a later version can be refused by its number.
//! Kinds, codes and storages are numbers in documented ranges, never enums, so that an old peer can carry a new one.

mod client;
mod server;

mod act;
mod code;
mod roles;

use serde::{Deserialize, Serialize};

pub use act::{Act, Acted};
pub use client::{
    Away, Create, Empty, From, Hello, History, Join, Leave, Mark, Members, Moderate, Open, Release, Rooms,
    Say, Search, Span, Whois, Withdraw,
};
pub use code::{
    Code, EXTRA_ACT, EXTRA_EMPTIES, EXTRA_INVITATION, EXTRA_MARK, EXTRA_ROLE, EXTRA_ROLES, EXTRA_TOPIC,
    EXTRA_UNPROVEN, Kind, Role, Storage, is_said_by_server,
};
pub use roles::ToldRoles;
pub use server::{
    Announced, Done, Failed, Found, Goodbye, Joined, Left, Listed, Marked, MemberPage, Missed, Opened, Page,
    Person, Presence, Record, Refused, Removed, Resumed, RoomPage, Said, Stored, Welcome, Withdrawn,
};

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// Who I am; the first frame of a connection, and said once.
    Hello(Hello),
    /// Let me into a room and tell me what was said. Answered by [`ServerMessage::Joined`].
    Join(Join),
    /// I leave a room. Answered by [`ServerMessage::Left`].
    Leave(Leave),
    /// I say something in a room. Answered by [`ServerMessage::Stored`].
    Say(Say),
    /// I give up something that was refused for now. Answered by [`ServerMessage::Withdrawn`].
    Withdraw(Withdraw),
    /// Show me a page of a room's history. Answered by [`ServerMessage::Page`].
    History(History),
    /// Show me a page of a room's members. Answered by [`ServerMessage::MemberPage`].
    Members(Members),
    /// Are you there? Answered by [`ServerMessage::Pong`].
    Ping(Ping),
    /// I am here: the answer to [`ServerMessage::Ping`].
    Pong(Ping),
    /// Take the text out of something that I said. Answered by [`ServerMessage::Stored`], for the notice that says so.
    Empty(Empty),
    /// Find what was said in a room. Answered by [`ServerMessage::Found`].
    Search(Search),
    /// Make a private room, of which I am the owner. Answered by [`ServerMessage::Opened`].
    Create(Create),
    /// Make or find the conversation between me and one other person. Answered by [`ServerMessage::Opened`].
    Open(Open),
    /// Do something to somebody in a room. Answered by [`ServerMessage::Stored`], for the notice that says so.
    Moderate(Moderate),
    /// I have read this far; told to my other connections. Answered by [`ServerMessage::Done`].
    Mark(Mark),
    /// Show me a page of the list of rooms. Answered by [`ServerMessage::RoomPage`].
    Rooms(Rooms),
    /// Who is this? Answered by [`ServerMessage::Person`].
    Whois(Whois),
    /// I am away, or back. Answered by [`ServerMessage::Done`].
    Away(Away),
    /// I give up a name that my key owns. Answered by [`ServerMessage::Done`].
    Release(Release),
}

impl ClientMessage {
    /// How many messages there are: they are numbered from 0, in the order in which they stand above.
    pub const COUNT: u32 = 19;

    /// The number that the answer echoes; 0 for [`Hello`], which has none.
    #[must_use]
    pub const fn request(&self) -> u32 {
        match self {
            Self::Hello(_) => 0,
            Self::Join(Join { request, .. })
            | Self::Leave(Leave { request, .. })
            | Self::Say(Say { request, .. })
            | Self::Withdraw(Withdraw { request, .. })
            | Self::History(History { request, .. })
            | Self::Members(Members { request, .. })
            | Self::Empty(Empty { request, .. })
            | Self::Search(Search { request, .. })
            | Self::Create(Create { request, .. })
            | Self::Open(Open { request, .. })
            | Self::Moderate(Moderate { request, .. })
            | Self::Mark(Mark { request, .. })
            | Self::Rooms(Rooms { request, .. })
            | Self::Whois(Whois { request, .. })
            | Self::Away(Away { request, .. })
            | Self::Release(Release { request, .. })
            | Self::Ping(Ping { request })
            | Self::Pong(Ping { request }) => *request,
        }
    }
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerMessage {
    /// Come in: the answer to a hello.
    Welcome(Welcome),
    /// Not like this: the other answer to a hello; the connection ends.
    Refused(Refused),
    /// You are in the room.
    Joined(Joined),
    /// You are out of the room.
    Left(Left),
    /// Somebody said something in a room.
    Said(Said),
    /// What you said is in the room's log.
    Stored(Stored),
    /// What you gave up no longer holds back what you say in that room.
    Withdrawn(Withdrawn),
    /// Who came into a room and who left it.
    Presence(Presence),
    /// A page of a room's members.
    MemberPage(MemberPage),
    /// A page of a room's history.
    Page(Page),
    /// These messages of a room can no longer be had.
    Missed(Missed),
    /// A request could not be granted.
    Failed(Failed),
    /// Are you there? Answered by [`ClientMessage::Pong`].
    Ping(Ping),
    /// I am here: the answer to [`ClientMessage::Ping`].
    Pong(Ping),
    /// The server ends the connection.
    Goodbye(Goodbye),
    /// What was found.
    Found(Found),
    /// It is done.
    Done(Done),
    /// The room is there, and can be joined.
    Opened(Opened),
    /// A page of the list of rooms.
    RoomPage(RoomPage),
    /// Who somebody is.
    Person(Person),
    /// Somebody let you into a private room, or began a conversation with you.
    Announced(Announced),
    /// Somebody put you out of a room.
    Removed(Removed),
    /// You have read this far, through another connection.
    Marked(Marked),
}

impl ServerMessage {
    /// How many messages there are: they are numbered from 0, in the order in which they stand above.
    pub const COUNT: u32 = 23;

    /// The number of the request that this answers; nothing if it tells of something else. The number in a
    /// [`Ping`] is the server's own.
    #[must_use]
    pub const fn answers(&self) -> Option<u32> {
        match self {
            Self::Joined(Joined { request, .. })
            | Self::Left(Left { request, .. })
            | Self::Stored(Stored { request, .. })
            | Self::Withdrawn(Withdrawn { request, .. })
            | Self::MemberPage(MemberPage { request, .. })
            | Self::Page(Page { request, .. })
            | Self::Found(Found { request, .. })
            | Self::Done(Done { request })
            | Self::Opened(Opened { request, .. })
            | Self::RoomPage(RoomPage { request, .. })
            | Self::Person(Person { request, .. })
            | Self::Failed(Failed { request, .. })
            | Self::Pong(Ping { request }) => Some(*request),
            Self::Welcome(_)
            | Self::Refused(_)
            | Self::Said(_)
            | Self::Presence(_)
            | Self::Missed(_)
            | Self::Ping(_)
            | Self::Goodbye(_)
            | Self::Announced(_)
            | Self::Removed(_)
            | Self::Marked(_) => None,
        }
    }
}

/// Body of pings and pongs of both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// Echoed in the pong.
    pub request: u32,
}
