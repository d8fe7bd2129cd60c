//! What a link promises, each promise as a sentence. The server is played by hand: [`Played`].

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks for one thing and passes over the rest"
)]

mod asking;
mod connecting;
mod door;
mod emptying;
mod hostile;
mod listening;
mod moderating;
mod presence;
mod reading;
mod restoring;
mod roles;
mod saying;
mod searching;

use chat_proto::codec::decode_client;
use chat_proto::frame::write_server;
use chat_proto::ids::{Instance, LogId, MessageId, Position, Seq};
use chat_proto::list::{Extra, List};
use chat_proto::message::{
    ClientMessage, Failed, Hello, Join, Joined, Kind, Record, Resumed, Rooms, Said, Say, ServerMessage,
    Storage, Stored, Welcome,
};
use chat_proto::name::RawName;
use chat_proto::text::Text;

use super::*;
use crate::pure::roles::RolesOf;

const LOG: LogId = LogId(77);

/// A link, and the hand that plays its carrier and its server.
struct Played {
    link: Link,
    now_ms: u64,
    out: Outputs,
    /// What the link sent and the test has not looked at.
    decoder: Decoder,
    /// The requests in which it asked for lists of rooms, as it does after each welcome.
    lists: Vec<Rooms>,
}

impl Played {
    fn new(options: LinkOptions) -> Self {
        Self {
            link: Link::new(options, 1),
            now_ms: 1_000,
            out: Outputs::default(),
            decoder: Decoder::new(FRAME_BYTES_MAX),
            lists: Vec::new(),
        }
    }

    /// Connected and welcome, in no room.
    fn welcome(options: LinkOptions) -> Self {
        let mut played = Self::new(options);
        played.connect();
        played.server(welcome(4));
        played.events();
        played
    }

    /// Welcome and in the lobby, whose log is empty, alone.
    fn in_lobby() -> Self {
        let mut played = Self::welcome(with_lobby());
        played.answer_join(|join| joined(join, 0));
        played.events();
        played
    }

    fn input(&mut self, input: Input<'_>) {
        self.link.handle(self.now_ms, input, &mut self.out);
    }

    fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    fn say(&mut self, id: u8) {
        self.say_in("lobby", id);
    }

    fn say_in(&mut self, name: &str, id: u8) {
        self.command(Command::Say {
            room: room(name),
            id: message(id),
            kind: Kind::LINE,
            text: text(&format!("text {id}")),
        });
    }

    fn server(&mut self, message: ServerMessage) {
        let mut bytes = Vec::new();
        write_server(&message, &mut bytes);
        self.input(Input::Bytes(&bytes));
    }

    /// Lets time pass up to the next deadline.
    fn wait(&mut self) {
        let deadline_ms = self.link.next_deadline().expect("something is waited for");
        self.now_ms = self.now_ms.max(deadline_ms);
        self.input(Input::Tick);
    }

    /// Lets so much time pass, deadline by deadline.
    fn pass(&mut self, ms: u64) {
        let end_ms = self.now_ms + ms;
        while self.link.next_deadline().is_some_and(|at_ms| at_ms <= end_ms) {
            self.wait();
        }
        self.now_ms = end_ms;
    }

    /// Waits until a connection is wanted, and makes it.
    fn connect(&mut self) -> Hello {
        for _ in 0..100 {
            if self.out.action.take() == Some(Action::Connect) {
                self.decoder = Decoder::new(FRAME_BYTES_MAX);
                self.input(Input::Connected);
                let [ClientMessage::Hello(hello)] = &self.sent()[..] else {
                    panic!("a connection begins with a hello");
                };
                return hello.clone();
            }
            self.wait();
        }
        panic!("no connection is wanted");
    }

    /// Loses the connection, and with it all that was sent and not looked at.
    fn lose(&mut self) {
        self.out.bytes.clear();
        self.out.action = None;
        self.input(Input::Lost);
    }

    /// Loses the connection, and is welcome again.
    fn reconnect(&mut self) -> Hello {
        self.lose();
        let hello = self.connect();
        self.server(welcome(4));
        hello
    }

    /// Everything that was sent since the last look, but for lists of rooms, which are kept apart.
    fn sent(&mut self) -> Vec<ClientMessage> {
        let bytes = std::mem::take(&mut self.out.bytes);
        let mut input = &bytes[..];
        let mut sent = Vec::new();
        while let Some(payload) = self.decoder.next(&mut input).expect("our own frames are right") {
            match decode_client(payload).expect("our own messages are right") {
                ClientMessage::Rooms(rooms) => self.lists.push(rooms),
                message => sent.push(message),
            }
        }
        sent
    }

    fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.out.events)
    }

    /// Answers the one join that was sent.
    fn answer_join(&mut self, answer: impl FnOnce(&Join) -> Joined) -> Join {
        let sent = self.sent();
        let [ClientMessage::Join(join)] = &sent[..] else {
            panic!("not one join: {sent:?}");
        };
        self.server(ServerMessage::Joined(answer(join)));
        join.clone()
    }

    /// The texts that were sent, as their ids, and the requests in which they were sent. Pings are passed over.
    fn says(&mut self) -> Vec<(u8, u32)> {
        let says = self.sent().into_iter().filter_map(|message| match message {
            ClientMessage::Say(Say { id, request, .. }) => Some((id.0[0], request)),
            ClientMessage::Ping(_) => None,
            other => panic!("not said: {other:?}"),
        });
        says.collect()
    }

    fn stored(&mut self, id: u8, seq: u64) {
        self.server(ServerMessage::Stored(Stored {
            request: 0,
            room: room("lobby"),
            id: message(id),
            seq: Seq(seq),
        }));
    }

    fn said(&mut self, seq: u64) {
        self.server(said(seq));
    }

    fn fail(&mut self, request: u32, code: Code) {
        let text = Note::new("no");
        self.server(ServerMessage::Failed(Failed::new(request, code, text.as_str())));
    }

    /// Refuses something, not to be tried again before so long.
    fn fail_for(&mut self, request: u32, code: Code, wait_ms: u32) {
        self.server(ServerMessage::Failed(Failed {
            wait_ms,
            ..Failed::new(request, code, "no")
        }));
    }

    /// The numbers that were told since the last look; other events are passed over.
    fn told(&mut self) -> Vec<u64> {
        let told = self.events().into_iter().filter_map(|event| match event {
            Event::Said { record, .. } => Some(record.seq.0),
            _ => None,
        });
        told.collect()
    }

    fn unsent(&self) -> Vec<u8> {
        self.link.unsent().map(|unsent| unsent.id.0[0]).collect()
    }
}

fn options() -> LinkOptions {
    LinkOptions::new(user("alice"), Instance([9; 16]))
}

fn with_lobby() -> LinkOptions {
    LinkOptions {
        rooms: vec![(room("lobby"), 0)],
        ..options()
    }
}

fn user(name: &str) -> UserName {
    UserName::parse(name).expect("a name of a test")
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).expect("a name of a test")
}

fn text(text: &str) -> Text {
    Text::new(text).expect("a text of a test")
}

fn message(id: u8) -> MessageId {
    MessageId([id; 16])
}

fn users<const MAX: usize>(names: &[&str]) -> List<UserName, MAX> {
    List::from_first(names.iter().map(|name| user(name)))
}

fn welcome(says_in_flight_max: u32) -> ServerMessage {
    ServerMessage::Welcome(Welcome {
        version: 1,
        name: user("alice"),
        resume: Secret::from_bytes([5; 16]),
        storage: Storage::MEMORY,
        ping_interval_ms: 20_000,
        idle_timeout_ms: 60_000,
        text_bytes_max: 8192,
        says_in_flight_max,
        rooms_max: 8,
        dedupe_ids: 1000,
        dedupe_ms: 0,
        now_unix_ms: 0,
        extra: Extra::new(),
    })
}

/// In the room, whose last message has this number; what follows is told.
fn joined(join: &Join, top: u64) -> Joined {
    Joined {
        request: join.request,
        room: room(join.room.as_str()),
        position: position(LOG, top),
        next: Seq(top + 1),
        resumed: Resumed::Exact,
        presence_version: 1,
        count: 0,
        members: List::new(),
        extra: Extra::new(),
    }
}

fn position(log: LogId, seq: u64) -> Position {
    let id = id_of(seq);
    Position {
        log,
        seq: Seq(seq),
        id,
    }
}

fn id_of(seq: u64) -> MessageId {
    MessageId(u128::from(seq).to_be_bytes())
}

fn said(seq: u64) -> ServerMessage {
    ServerMessage::Said(Said {
        room: room("lobby"),
        record: record(seq),
    })
}

fn record(seq: u64) -> Record {
    Record {
        seq: Seq(seq),
        id: id_of(seq),
        author: user("bob"),
        at_unix_ms: 0,
        kind: Kind::LINE,
        text: text("hello"),
        extra: Extra::new(),
    }
}

fn failure(what: Wanted, code: Code, retry_in_ms: Option<u64>) -> Event {
    let text = Note::new("no");
    Event::Failed {
        what,
        code,
        text,
        retry_in_ms,
    }
}
