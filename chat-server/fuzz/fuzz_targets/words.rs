//! What a peer says, from few names, rooms and ids, so that a fuzzer's peers meet.

use chat_proto::frame::write_client;
use chat_proto::ids::{Instance, LogId, MessageId, Position, Secret, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{
    Act, Away, ClientMessage, Create, Empty, From, Hello, History, Join, Kind, Leave, Mark, Members,
    Moderate, Open, Ping, Release, Rooms, Say, Search, Span, Whois, Withdraw,
};
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::{Note, Text};
use libfuzzer_sys::arbitrary::{self, Arbitrary};

const NAMES: [&str; 4] = ["alice", "Bob", "carol", "alicе"];
const ROOMS: [&str; 4] = ["lobby", "attic", "+den-x7q2", "=000102030405060708090a0b"];

/// A message; numbers stand for one of few things.
#[derive(Arbitrary, Debug)]
pub enum Words {
    Hello {
        name: u8,
        instance: u8,
        resume: Option<u8>,
    },
    Join {
        room: u8,
        tail: u8,
    },
    JoinAfter {
        room: u8,
        seq: u8,
        id: u8,
    },
    Leave {
        room: u8,
    },
    Say {
        room: u8,
        id: u8,
        kind: u16,
        bytes: u16,
    },
    Withdraw {
        room: u8,
        id: u8,
    },
    History {
        room: u8,
        after: bool,
        seq: u8,
        limit: u32,
    },
    Members {
        room: u8,
        page: u32,
    },
    Ping,
    Pong,
    Empty {
        room: u8,
        seq: u8,
        id: u8,
    },
    Search {
        room: u8,
        words: String,
    },
    Create {
        room: u8,
    },
    Open {
        name: u8,
    },
    Moderate {
        room: u8,
        act: u16,
        name: u8,
        for_ms: u64,
    },
    Mark {
        room: u8,
        seq: u8,
    },
    Rooms {
        mine: bool,
    },
    Whois {
        name: u8,
    },
    Away {
        text: String,
    },
    Release {
        name: u8,
    },
}

/// A peer's own secret, as the house makes it.
pub fn secret(number: u8) -> Secret {
    Secret::from_bytes([number; 16])
}

/// The frame around a payload.
pub fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a fuzzer's inputs are small");
    [&length.to_be_bytes(), payload].concat()
}

/// A hello of one of the peers.
pub fn hello(number: u8) -> Vec<u8> {
    let (name, instance) = (number, number);
    Words::Hello {
        name,
        instance,
        resume: None,
    }
    .frame()
}

impl Words {
    /// What goes over the wire.
    pub fn frame(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_client(&self.message(), &mut bytes);
        bytes
    }

    fn message(&self) -> ClientMessage {
        let request = 1;
        match *self {
            Self::Hello {
                name,
                instance,
                resume,
            } => ClientMessage::Hello(Hello {
                version_oldest: 1,
                version_newest: 1,
                name: raw(NAMES, name),
                instance: Instance([instance; 16]),
                resume: resume.map(secret),
                extra: Extra::new(),
            }),
            Self::Join { room, tail } => join(room, From::Tail(u32::from(tail))),
            Self::JoinAfter { room, seq, id } => join(
                room,
                From::After(Position {
                    log: LogId(1),
                    seq: number(seq),
                    id: message_id(id),
                }),
            ),
            Self::Leave { room } => ClientMessage::Leave(Leave {
                request,
                room: room_name(room),
            }),
            Self::Say {
                room,
                id,
                kind,
                bytes,
            } => ClientMessage::Say(Say {
                request,
                room: room_name(room),
                id: message_id(id),
                kind: Kind(kind),
                text: Text::new(&"x".repeat(usize::from(bytes % 8192))).expect("it is short enough"),
                extra: Extra::new(),
            }),
            Self::Withdraw { room, id } => ClientMessage::Withdraw(Withdraw {
                request,
                room: room_name(room),
                id: message_id(id),
            }),
            Self::Members { room, page } => ClientMessage::Members(Members {
                request,
                room: room_name(room),
                page,
            }),
            Self::Ping => ClientMessage::Ping(Ping { request }),
            Self::Pong => ClientMessage::Pong(Ping { request }),
            Self::Empty { room, seq, id } => ClientMessage::Empty(Empty {
                request,
                room: room_name(room),
                seq: number(seq),
                id: message_id(id),
            }),
            Self::Create { room } => ClientMessage::Create(Create {
                request,
                room: raw(ROOMS, room),
            }),
            Self::Open { name } => ClientMessage::Open(Open {
                request,
                name: raw(NAMES, name),
            }),
            Self::Moderate {
                room,
                act,
                name,
                for_ms,
            } => ClientMessage::Moderate(Moderate {
                request,
                room: room_name(room),
                id: message_id(name),
                act: Act(act),
                name: raw(NAMES, name),
                for_ms,
                reason: Note::new("for a reason"),
            }),
            Self::Mark { room, seq } => ClientMessage::Mark(Mark {
                request,
                room: room_name(room),
                seq: number(seq),
            }),
            Self::Rooms { mine } => ClientMessage::Rooms(Rooms {
                request,
                mine,
                after: None,
            }),
            Self::Whois { name } => ClientMessage::Whois(Whois {
                request,
                name: raw(NAMES, name),
            }),
            Self::Away { ref text } => ClientMessage::Away(Away {
                request,
                text: Note::new(text),
            }),
            Self::Release { name } => ClientMessage::Release(Release {
                request,
                name: raw(NAMES, name),
            }),
            Self::History {
                room,
                after,
                seq,
                limit,
            } => ClientMessage::History(History {
                request,
                room: room_name(room),
                span: if after {
                    Span::After(number(seq))
                } else {
                    Span::Before(number(seq))
                },
                limit,
            }),
            Self::Search { room, ref words } => ClientMessage::Search(Search {
                request,
                room: room_name(room),
                words: Note::new(words),
                author: UserName::parse(NAMES[0]).ok(),
                since_unix_ms: None,
                until_unix_ms: None,
                before: Seq::MAX,
                limit: u32::MAX,
            }),
        }
    }
}

fn join(room: u8, from: From) -> ClientMessage {
    ClientMessage::Join(Join {
        request: 1,
        room: raw(ROOMS, room),
        from,
        extra: Extra::new(),
    })
}

fn raw(texts: [&str; 4], number: u8) -> RawName {
    RawName::new(texts[usize::from(number) % texts.len()]).expect("it is short enough")
}

fn room_name(number: u8) -> RoomName {
    RoomName::parse(ROOMS[usize::from(number) % ROOMS.len()]).expect("it is one")
}

const fn message_id(number: u8) -> MessageId {
    MessageId([number; 16])
}

/// 255 stands for the last of all.
fn number(seq: u8) -> Seq {
    if seq == u8::MAX {
        Seq::MAX
    } else {
        Seq(u64::from(seq))
    }
}
