use chat_proto::codec::decode_server;
use chat_proto::frame::write_client;
use chat_proto::ids::{Instance, LogId, Position, Seq};
use chat_proto::limits::FRAME_BYTES_MAX;
use chat_proto::list::{Extra, List};
use chat_proto::message::{
    ClientMessage, From, Goodbye, Hello, History, Join, Joined, Kind, Leave, Left, Members, Refused, Resumed,
    Say, Span, Storage, Stored, Welcome, Withdraw, Withdrawn,
};
use chat_proto::name::RawName;

use super::*;
use crate::history::fixtures::{id, room, text, user};
use crate::pure::rate::Rate;

mod catching_up;
mod ending;
mod greeting;
mod proving;
mod requesting;
mod rooms;
mod too_much;

const LIMITS: SessionLimits = SessionLimits {
    hello_timeout_ms: 1000,
    ping_interval_ms: 2000,
    idle_timeout_ms: 5000,
    ending_timeout_ms: 500,
    requests_in_flight_max: 4,
    rooms_max: 3,
    output_bytes_max: 8 * 1024,
    requests: Rate {
        per_second: 10,
        at_once: 20,
    },
    bytes: Rate {
        per_second: 1_000,
        at_once: 200_000,
    },
};

const RULES: Rules = Rules {
    limits: LIMITS,
    keeping: Keeping {
        storage: Storage::MEMORY,
        dedupe_ids: 100,
        dedupe_ms: 0,
    },
};

const SECRET: Secret = Secret::from_bytes([9; 16]);
const LOG: LogId = LogId(77);

fn arrived() -> Reply {
    Reply::Arrived { name: user("alice") }
}

/// A session, and what its carrier would hold.
struct Peer {
    session: Session,
    out: Outputs,
    now_ms: u64,
}

impl Peer {
    fn new() -> Self {
        Self {
            session: Session::new(0, Arc::new(RULES), Origin::default(), SECRET),
            out: Outputs::default(),
            now_ms: 0,
        }
    }

    /// A peer that has been welcomed as alice.
    fn welcomed() -> Self {
        let mut peer = Self::new();
        peer.send(&hello("alice"));
        peer.handle(Input::Reply(arrived()));
        peer.take_messages();
        peer.out.requests.clear();
        peer
    }

    /// A peer that is in the lobby, whose log has so many messages, and is told what comes after them.
    fn in_lobby(top: u64) -> Self {
        let mut peer = Self::welcomed();
        peer.join("lobby", top, top + 1);
        peer.take_messages();
        peer
    }

    fn handle(&mut self, input: Input<'_>) {
        self.session
            .handle(self.now_ms, 1_700_000_000_000, input, &mut self.out);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.handle(Input::Bytes(bytes));
    }

    fn send(&mut self, message: &ClientMessage) {
        self.bytes(&frame(message));
    }

    fn at(&mut self, now_ms: u64) -> &mut Self {
        self.now_ms = now_ms;
        self.handle(Input::Tick);
        self
    }

    /// Is let into a room that has so many messages, to be told what follows from `next` on.
    fn join(&mut self, name: &str, top: u64, next: u64) {
        let request = 100;
        let from = From::Tail(0);
        let join = Join {
            request,
            room: raw(name),
            from,
            extra: Extra::new(),
        };
        self.send(&ClientMessage::Join(join));
        assert_eq!(
            self.out.requests.pop(),
            Some(Request::Join {
                request,
                room: room(name),
                from
            })
        );
        self.handle(Input::Reply(Reply::Joined(Box::new(joined(
            request, name, top, next,
        )))));
    }

    /// What the peer reads.
    fn take_messages(&mut self) -> Vec<ServerMessage> {
        let bytes = std::mem::take(&mut self.out.bytes);
        self.handle(Input::Wrote);
        messages(&bytes)
    }

    fn take_part(&mut self) -> Vec<ServerMessage> {
        self.out
            .part
            .take()
            .map_or_else(Vec::new, |part| messages(part.bytes()))
    }

    fn take_requests(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.out.requests)
    }

    fn departures(&self) -> usize {
        self.out
            .requests
            .iter()
            .filter(|request| **request == Request::Depart)
            .count()
    }
}

fn messages(mut bytes: &[u8]) -> Vec<ServerMessage> {
    let mut decoder = Decoder::new(FRAME_BYTES_MAX);
    let mut messages = Vec::new();
    while let Some(payload) = decoder.next(&mut bytes).unwrap() {
        messages.push(decode_server(payload).unwrap());
    }
    assert_eq!(decoder.buffered_bytes(), 0, "a peer is told whole frames");
    messages
}

fn frame(message: &ClientMessage) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_client(message, &mut bytes);
    bytes
}

fn raw(name: &str) -> RawName {
    RawName::new(name).unwrap()
}

fn hello(name: &str) -> ClientMessage {
    ClientMessage::Hello(Hello {
        version_oldest: 1,
        version_newest: 1,
        name: raw(name),
        instance: Instance([3; 16]),
        resume: None,
        extra: Extra::new(),
    })
}

fn say(request: u32, said: &str) -> ClientMessage {
    ClientMessage::Say(Say {
        request,
        room: room("lobby"),
        id: id(request),
        kind: Kind::LINE,
        text: text(said),
        extra: Extra::new(),
    })
}

fn ping(request: u32) -> ClientMessage {
    ClientMessage::Ping(Ping { request })
}

fn pong(request: u32) -> ServerMessage {
    ServerMessage::Pong(Ping { request })
}

fn stored(request: u32) -> Stored {
    Stored {
        request,
        room: room("lobby"),
        id: id(request),
        seq: Seq(1),
    }
}

fn joined(request: u32, name: &str, top: u64, next: u64) -> Joined {
    Joined {
        request,
        room: room(name),
        position: Position {
            log: LOG,
            seq: Seq(top),
            id: id(1),
        },
        next: Seq(next),
        resumed: Resumed::Exact,
        presence_version: 0,
        count: 0,
        members: List::new(),
        extra: Extra::new(),
    }
}

fn refused_code(messages: &[ServerMessage]) -> Option<Code> {
    match messages {
        [ServerMessage::Refused(Refused { code, .. })] => Some(*code),
        _ => None,
    }
}

/// The code of the goodbye at the end.
fn goodbye_code(messages: &[ServerMessage]) -> Option<Code> {
    match messages.last() {
        Some(ServerMessage::Goodbye(Goodbye { code, .. })) => Some(*code),
        _ => None,
    }
}

fn failed_code(messages: &[ServerMessage]) -> Option<(u32, Code)> {
    match messages {
        [ServerMessage::Failed(failed)] => Some((failed.request, failed.code)),
        _ => None,
    }
}
