//! The client as lines: what is read is said, what is said is written. In a pipe it is a filter; at a terminal it
//! understands [commands](super::command) too; with JSON, each line of a pipe is a [command](super::json::input).
//!
//! Lines of input and events come in; text for standard output and standard error comes out, with what is to be done.
//! Everything that a stranger wrote passes through [`visible`] on its way.

mod ending;
mod exit;
mod rooms;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use chat_proto::ids::{MessageId, Seq};
use chat_proto::limits::TEXT_BYTES_MAX;
use chat_proto::message::{Kind, Record};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;
use chat_proto::visible::visible;

use super::command::{self, Command};
use super::json::input::{self, JSON_LINE_BYTES_MAX};
use super::json::{act_name, event_to_json};
use super::lines::Line;
use super::link::{self, Cause, Content, Event, Unsent};
use super::reason::reason;

pub use exit::Exit;

/// How a [`Filter`] behaves.
#[derive(Clone, Debug)]
pub struct FilterOptions {
    /// Who speaks; `None`: the first line says it.
    pub name: Option<UserName>,
    /// The server, as it is called in messages.
    pub server: String,
    /// The rooms; what is read is said in the first one.
    pub rooms: Vec<RoomName>,
    /// Whether there is somebody at a terminal, who can type commands and likes to be told more.
    pub is_terminal: bool,
    /// Whether output is one JSON object for each event.
    pub is_json: bool,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Connect, under this name.
    Connect(UserName),
    /// Say something.
    Say(RoomName, Kind, Text),
    /// Join a room.
    Join(RoomName),
    /// Ask who is in a room.
    Members(RoomName),
    /// Do what a line of JSON wants.
    Do(link::Command),
    /// Say nothing more, and end once everything is stored.
    Finish,
}

/// What comes out of a [`Filter`]. The caller's, to be reused.
#[derive(Debug, Default)]
pub struct Outputs {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
    /// What to do, in order.
    pub acts: Vec<Act>,
    /// The program ends, once everything is written.
    pub exit: Option<Exit>,
}

impl Outputs {
    /// A line for standard error, from the program itself.
    fn note(&mut self, note: impl std::fmt::Display) {
        writeln!(self.err, "chat-client: {note}").expect("a string can always be written");
    }

    /// A line for standard error, and the end.
    fn end(&mut self, exit: Exit, note: impl std::fmt::Display) {
        self.note(note);
        self.exit = Some(exit);
    }
}

/// The client as lines: see the [module](self).
#[derive(Debug)]
pub struct Filter {
    options: FilterOptions,
    /// Where lines are said; the last one gone to.
    current: RoomName,
    standing: Standing,
    has_finished: bool,
    /// Something that was said was refused for good.
    has_refused: bool,
    /// A line of JSON was no command.
    has_misunderstood: bool,
    /// That something waits to be accepted was told.
    has_told_waiting: bool,
}

/// How we stand with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nobody has said who we are.
    Nameless,
    /// We try for the first time.
    Trying,
    /// The server lets us in later, or somebody signs with our key later, and that was told.
    Delayed,
    Welcome,
    /// We were welcome, and try again; that was told.
    Lost,
}

impl Filter {
    /// A filter. If it knows its name already, `out` says to connect.
    ///
    /// # Panics
    /// If there is no room.
    #[must_use]
    pub fn new(options: FilterOptions, out: &mut Outputs) -> Self {
        let current = options
            .rooms
            .first()
            .expect("lines are said in some room")
            .clone();
        let mut filter = Self {
            current,
            standing: Standing::Nameless,
            has_finished: false,
            has_refused: false,
            has_misunderstood: false,
            has_told_waiting: false,
            options,
        };
        match filter.options.name.take() {
            Some(name) => filter.connect(name, out),
            None if filter.options.is_terminal => out.note("what is your name?"),
            None => {}
        }
        filter
    }

    /// Whether lines are still wanted.
    #[must_use]
    pub const fn wants_lines(&self) -> bool {
        !self.has_finished
    }

    /// The longest line that is wanted, in bytes.
    #[must_use]
    pub const fn line_bytes_max(&self) -> usize {
        if self.reads_json() {
            JSON_LINE_BYTES_MAX
        } else {
            TEXT_BYTES_MAX
        }
    }

    /// Somebody at a terminal types commands, whatever is written.
    const fn reads_json(&self) -> bool {
        self.options.is_json && !self.options.is_terminal
    }

    /// Takes a line of input and its number. `fresh` is an id made at random, for what the line may say.
    pub fn line(&mut self, number: u64, line: Line, fresh: MessageId, out: &mut Outputs) {
        match line {
            _ if self.has_finished => {}
            Line::Text(text) if text.is_empty() => {}
            Line::Text(text) if self.standing == Standing::Nameless => self.name(&text, out),
            Line::TooLong | Line::NotUtf8 if self.standing == Standing::Nameless => {
                self.no_name("the first line has to be a name", out);
            }
            line if self.reads_json() => self.json(number, &line, fresh, out),
            Line::TooLong => out.note(format_args!(
                "line {number} is longer than {TEXT_BYTES_MAX} bytes and was not said"
            )),
            Line::NotUtf8 => out.note(format_args!("line {number} is not UTF-8 and was not said")),
            Line::Text(text) if self.options.is_terminal => self.typed(&text, out),
            Line::Text(text) => self.say(Kind::LINE, &text, out),
        }
    }

    /// Nothing more is read.
    pub fn end_of_input(&mut self, out: &mut Outputs) {
        if self.standing == Standing::Nameless {
            out.end(
                Exit::Usage,
                "no name: give it as argument or as first line of input",
            );
        } else if !self.has_finished {
            self.finish(out);
        }
    }

    /// The user has interrupted the program.
    pub fn interrupted(&self, unsent: &[Unsent], out: &mut Outputs) {
        name_unsent(unsent, out);
        out.exit = Some(Exit::Interrupted);
    }

    /// Takes an event.
    pub fn event(&mut self, event: &Event, out: &mut Outputs) {
        if self.options.is_json {
            writeln!(out.out, "{}", event_to_json(event)).expect("a string can always be written");
        }
        match event {
            Event::Welcomed { name, .. } => self.welcomed(name, out),
            Event::Lost { cause, why, .. } => self.lost(cause, why, out),
            Event::Joined {
                room,
                again,
                count,
                members,
                ..
            } => {
                if self.options.is_terminal && !again {
                    out.note(format_args!("in #{room}, with {}", people(*count, members)));
                }
            }
            Event::Members {
                room, count, members, ..
            } => {
                out.note(format_args!("in #{room}: {}", people(*count, members)));
            }
            Event::Said { room, record } => self.said(room, record, out),
            Event::Emptied { room, seq, by, .. } => self.emptied(room, *seq, by, out),
            Event::Presence {
                room, arrived, left, ..
            } => self.presence(room, arrived, left, out),
            Event::Stored { .. } => self.has_told_waiting = false,
            Event::Failed {
                what,
                code,
                text,
                retry_in_ms,
            } => self.failed(what, &reason(text, *code), retry_in_ms.is_some(), out),
            Event::Missed { room, from, to } => out.note(format_args!(
                "#{room}: messages {from} to {to} can no longer be had"
            )),
            Event::Broke { room } => {
                out.note(format_args!("#{room}: the log is another one from here on"));
            }
            Event::Pinned { fingerprint, .. } => self.pinned(fingerprint, out),
            Event::Untrusted { reason, unsent } => self.untrusted(reason, unsent, out),
            Event::Refused { code, text, unsent } => self.refused(&reason(text, *code), unsent, out),
            Event::GaveUp { unsent } => self.gave_up(unsent, out),
            Event::Finished => {
                out.exit = Some(match (self.has_refused, self.has_misunderstood) {
                    (true, _) => Exit::Refused,
                    (false, true) => Exit::Usage,
                    (false, false) => Exit::Done,
                })
            }
            Event::Removed { room, code, text } => self.removed(room, &reason(text, *code), out),
            Event::Opened { .. }
            | Event::Announced { .. }
            | Event::Rooms { .. }
            | Event::Person { .. }
            | Event::Away { .. }
            | Event::Released { .. } => self.belonging(event, out),
            Event::Left { .. } | Event::Page { .. } | Event::Found { .. } | Event::Marked { .. } => {}
        }
    }

    fn connect(&mut self, name: UserName, out: &mut Outputs) {
        self.standing = Standing::Trying;
        out.acts.push(Act::Connect(name));
    }

    fn name(&mut self, name: &str, out: &mut Outputs) {
        match UserName::parse(name) {
            Ok(name) => self.connect(name, out),
            Err(error) => self.no_name(error, out),
        }
    }

    fn no_name(&self, why: impl std::fmt::Display, out: &mut Outputs) {
        if self.options.is_terminal {
            out.note(format_args!("{why}; what is your name?"));
        } else {
            out.end(Exit::Usage, why);
        }
    }

    fn json(&mut self, number: u64, line: &Line, fresh: MessageId, out: &mut Outputs) {
        let error = match line {
            Line::Text(text) => match input::parse(text, fresh) {
                Ok(link::Command::Finish) => return self.finish(out),
                Ok(command) => return out.acts.push(Act::Do(command)),
                Err(error) => error.to_string(),
            },
            Line::TooLong => format!("a line has at most {JSON_LINE_BYTES_MAX} bytes"),
            Line::NotUtf8 => "a line is UTF-8".into(),
        };
        self.has_misunderstood = true;
        let error = input::error_to_json(number, &error);
        writeln!(out.err, "{error}").expect("a string can always be written");
    }

    fn typed(&mut self, line: &str, out: &mut Outputs) {
        match command::parse(line) {
            Ok(Command::Say(text)) => self.say(Kind::LINE, &text, out),
            Ok(Command::Me(text)) => self.say(Kind::ACTION, &text, out),
            Ok(Command::Join(room)) => self.join(&room, out),
            Ok(Command::Who) => out.acts.push(Act::Members(self.current.clone())),
            Ok(Command::Quit) => self.finish(out),
            Ok(Command::Help(None)) => out.err.push_str(&command::help_text(true)),
            Ok(Command::Help(Some(on))) => out.err.push_str(&on.text()),
            Ok(
                Command::Msg { .. }
                | Command::Open(_)
                | Command::Create(_)
                | Command::Part(_)
                | Command::Rooms(_)
                | Command::Topic(_)
                | Command::Whois(_)
                | Command::Invite { .. }
                | Command::Kick { .. }
                | Command::Ban { .. }
                | Command::Unban(_)
                | Command::Mute { .. }
                | Command::Unmute(_)
                | Command::Op(_)
                | Command::Deop(_)
                | Command::Away(_)
                | Command::Ignore(_)
                | Command::Name(_)
                | Command::Release(_)
                | Command::Search(_)
                | Command::Delete(_)
                | Command::Clear
                | Command::Reconnect,
            ) => out.note("only the full screen does that; /help shows what can be done here"),
            Err(error) => out.note(error),
        }
    }

    fn say(&self, kind: Kind, text: &str, out: &mut Outputs) {
        match Text::new(text) {
            Ok(text) => out.acts.push(Act::Say(self.current.clone(), kind, text)),
            Err(error) => out.note(error),
        }
    }

    fn finish(&mut self, out: &mut Outputs) {
        self.has_finished = true;
        out.acts.push(Act::Finish);
    }

    fn welcomed(&mut self, name: &UserName, out: &mut Outputs) {
        match self.standing {
            Standing::Lost => out.note("connected again"),
            _ if self.options.is_terminal => {
                let server = &self.options.server;
                out.note(format_args!(
                    "connected to {server} as {name}; /help shows the commands"
                ));
            }
            Standing::Nameless | Standing::Trying | Standing::Delayed | Standing::Welcome => {}
        }
        self.standing = Standing::Welcome;
    }

    fn lost(&mut self, cause: &Cause, why: &str, out: &mut Outputs) {
        let server = &self.options.server;
        let in_brackets = match why {
            "" => String::new(),
            why => format!(" ({})", visible(why)),
        };
        match (self.standing, cause) {
            (Standing::Welcome, Cause::Sent { code, text }) => {
                self.standing = Standing::Lost;
                out.note(format_args!(
                    "{server} ended the connection: {}; trying again",
                    reason(text, *code)
                ));
            }
            (Standing::Welcome, _) => {
                self.standing = Standing::Lost;
                out.note(format_args!(
                    "lost the connection to {server}{in_brackets}; trying again"
                ));
            }
            (Standing::Trying | Standing::Delayed, Cause::Nonsense) => {
                out.end(
                    Exit::NoServer,
                    format_args!("what answers at {server} is no chat server"),
                );
            }
            (Standing::Trying, Cause::Sent { code, text }) => {
                self.standing = Standing::Delayed;
                out.note(format_args!(
                    "{server} does not let us in: {}; trying again",
                    reason(text, *code)
                ));
            }
            (Standing::Trying, Cause::Unsigned) => {
                self.standing = Standing::Delayed;
                let why = visible(why);
                out.note(format_args!("not connected to {server} yet, trying again: {why}"));
            }
            (Standing::Trying, Cause::Unreachable | Cause::Ended | Cause::Silent) => {
                out.end(Exit::NoServer, format_args!("no server at {server}{in_brackets}"));
            }
            (Standing::Nameless | Standing::Delayed | Standing::Lost, _) => {}
        }
    }

    fn presence(&self, room: &RoomName, arrived: &[UserName], left: &[UserName], out: &mut Outputs) {
        for name in arrived {
            self.show(
                room,
                format_args!("<{}> joined the chat", visible(name.as_str())),
                out,
            );
        }
        for name in left {
            self.show(
                room,
                format_args!("<{}> left the chat", visible(name.as_str())),
                out,
            );
        }
    }

    fn emptied(&self, room: &RoomName, seq: Seq, by: &UserName, out: &mut Outputs) {
        let by = visible(by.as_str());
        self.show(room, format_args!("<{by}> emptied message {seq}"), out);
    }

    fn said(&self, room: &RoomName, record: &Record, out: &mut Outputs) {
        let (author, text) = (visible(record.author.as_str()), visible(&record.text));
        match record.kind {
            Kind::ACTION => self.show(room, format_args!("* {author} {text}"), out),
            Kind::TOPIC if record.text.is_empty() => {
                self.show(room, format_args!("<{author}> removed the topic"), out);
            }
            Kind::TOPIC => self.show(room, format_args!("<{author}> changed the topic: {text}"), out),
            Kind::MODERATION if record.acted().is_some() => {
                self.show(room, format_args!("<{author}> {text}"), out);
            }
            _ => self.show(room, format_args!("<{author}>: {text}"), out),
        }
    }

    /// A line for standard output, with its room if there are several.
    fn show(&self, room: &RoomName, line: std::fmt::Arguments<'_>, out: &mut Outputs) {
        if self.options.is_json {
            return;
        }
        if self.options.rooms.len() > 1 {
            write!(out.out, "#{} ", visible(room.as_str())).expect("a string can always be written");
        }
        writeln!(out.out, "{line}").expect("a string can always be written");
    }
}

fn people(count: u32, names: &[UserName]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| visible(name.as_str()).to_string())
        .collect();
    match (count, names.len()) {
        (0, _) => "nobody".into(),
        (_, 0) => format!("{count} people"),
        (_, shown) if usize::try_from(count).is_ok_and(|count| count > shown) => {
            format!("{count} people, among them {}", names.join(", "))
        }
        (_, _) => names.join(", "),
    }
}

fn name_unsent(unsent: &[Unsent], out: &mut Outputs) {
    for Unsent { room, content, .. } in unsent {
        match content {
            Content::Text { text, .. } => out.note(format_args!("unsent in #{room}: {}", visible(text))),
            Content::Emptying { seq } => out.note(format_args!("message {seq} in #{room} is not emptied")),
            Content::Moderation { act, name, .. } => {
                out.note(format_args!("not done in #{room}: {} {name}", act_name(*act)));
            }
        }
    }
}
