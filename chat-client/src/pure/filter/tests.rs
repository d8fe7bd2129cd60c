//! The command line's promises, each as a sentence.

mod ending;
mod json;
mod lines;
mod terminal;
mod visible;

use chat_proto::ids::{LogId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Code, Resumed, Role, Storage};
use chat_proto::text::Note;

use super::super::link::Wanted;
use super::*;
use crate::pure::roles::RolesOf;

/// The id of what a line of JSON says.
const FRESH: MessageId = MessageId([7; 16]);

/// A filter, and what came out of it.
struct Played {
    filter: Filter,
    out: Outputs,
}

impl Played {
    fn new(options: FilterOptions) -> Self {
        let mut out = Outputs::default();
        let filter = Filter::new(options, &mut out);
        Self { filter, out }
    }

    /// Alice in the lobby, through a pipe.
    fn alice() -> Self {
        Self::welcome(options(&["lobby"]))
    }

    fn welcome(options: FilterOptions) -> Self {
        let mut played = Self::new(FilterOptions {
            name: Some(user("alice")),
            ..options
        });
        played.event(welcomed());
        played.out = Outputs::default();
        played
    }

    fn at_a_terminal() -> Self {
        Self::welcome(FilterOptions {
            is_terminal: true,
            ..options(&["lobby"])
        })
    }

    fn line(&mut self, line: &str) {
        self.filter.line(1, Line::Text(line.into()), FRESH, &mut self.out);
    }

    fn event(&mut self, event: Event) {
        self.filter.event(&event, &mut self.out);
    }

    /// What was written to standard output since the last look.
    fn written(&mut self) -> String {
        std::mem::take(&mut self.out.out)
    }

    fn notes(&mut self) -> String {
        std::mem::take(&mut self.out.err)
    }

    fn acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.out.acts)
    }
}

fn options(rooms: &[&str]) -> FilterOptions {
    FilterOptions {
        name: None,
        server: "127.0.0.1:8000".into(),
        rooms: rooms.iter().map(|name| room(name)).collect(),
        is_terminal: false,
        is_json: false,
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

fn say(name: &str, said: &str) -> Act {
    Act::Say(room(name), Kind::LINE, text(said))
}

fn welcomed() -> Event {
    Event::Welcomed {
        name: user("alice"),
        storage: Storage::MEMORY,
    }
}

fn said(name: &str, author: &str, kind: Kind, said: &str) -> Event {
    let record = Record {
        seq: Seq(1),
        id: MessageId([1; 16]),
        author: user(author),
        at_unix_ms: 7,
        kind,
        text: text(said),
        extra: Extra::new(),
    };
    Event::Said {
        room: room(name),
        record,
    }
}

fn presence(arrived: &[&str], left: &[&str]) -> Event {
    Event::Presence {
        room: room("lobby"),
        arrived: arrived.iter().map(|name| user(name)).collect(),
        left: left.iter().map(|name| user(name)).collect(),
        count: 2,
        roles: RolesOf::new(),
    }
}

fn lost(cause: Cause) -> Event {
    Event::Lost {
        cause,
        why: "Connection refused (os error 111)".into(),
        retry_in_ms: 100,
    }
}

fn sent(code: Code) -> Cause {
    Cause::Sent {
        code,
        text: Note::new("the house is full"),
    }
}

fn failed(what: Wanted, code: Code, retry_in_ms: Option<u64>) -> Event {
    Event::Failed {
        what,
        code,
        text: Note::new("too\x1bfast"),
        retry_in_ms,
    }
}

fn unsent(said: &str) -> Unsent {
    Unsent {
        room: room("lobby"),
        id: MessageId([1; 16]),
        content: Content::Text {
            kind: Kind::LINE,
            text: text(said),
        },
    }
}

fn emptied(seq: u64) -> Event {
    Event::Emptied {
        room: room("lobby"),
        seq: Seq(seq),
        by: user("alice"),
        notice: Seq(seq + 1),
        id: MessageId([1; 16]),
        at_unix_ms: 7,
    }
}

fn joined(members: &[&str]) -> Event {
    Event::Joined {
        room: room("lobby"),
        again: false,
        resumed: Resumed::Exact,
        position: Position::start(LogId(1)),
        count: 2,
        members: members.iter().map(|name| user(name)).collect(),
        roles: RolesOf::new(),
        topic: Note::new(""),
        role: Role::NONE,
        read: None,
    }
}

/// Whether nothing in it could command a terminal, whatever surrounds it.
fn is_safe(shown: &str) -> bool {
    shown.lines().all(|line| visible(line).to_string() == line)
}
