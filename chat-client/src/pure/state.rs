//! What survives the program: what was not stored yet, and how far each room was read. As lines:
//!
//! ```text
//! chat-client state 1
//! mark ROOM LOG SEQ               LOG in hexadecimal
//! say ROOM ID KIND TEXT           ID in hexadecimal; in TEXT \n, \r and \\ stand for a line break, a return and \
//! empty ROOM ID SEQ
//! act ROOM ID ACT PERSON MILLISECONDS REASON
//! ```
//! A line that is not understood is left out: a file that was damaged costs what was damaged.

use std::fmt::Write;

use chat_proto::ids::{LogId, MessageId, Seq};
use chat_proto::message::{Act, Kind};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};

use super::link::{Content, ROOMS_MAX, Unsent};

/// The first line of the file.
const HEADING: &str = "chat-client state 1";

/// What survives: see the [module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How far each room was read: the log, and the number of the message.
    pub marks: Vec<(RoomName, LogId, Seq)>,
    /// What was said and is not known to be stored, in order.
    pub unsent: Vec<Unsent>,
}

impl State {
    /// Its lines.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADING}\n");
        for (room, log, seq) in &self.marks {
            writeln!(text, "mark {room} {:016x} {}", log.0, seq.0).expect("a string can always be written");
        }
        for Unsent { room, id, content } in &self.unsent {
            let id = u128::from_be_bytes(id.0);
            match content {
                Content::Text { kind, text: said } => {
                    let said = escape(said);
                    writeln!(text, "say {room} {id:032x} {} {said}", kind.0)
                }
                Content::Emptying { seq } => writeln!(text, "empty {room} {id:032x} {}", seq.0),
                Content::Moderation {
                    act,
                    name,
                    for_ms,
                    reason,
                } => {
                    let reason = escape(reason);
                    writeln!(text, "act {room} {id:032x} {} {name} {for_ms} {reason}", act.0)
                }
            }
            .expect("a string can always be written");
        }
        text
    }

    /// Reads such lines.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut state = Self::default();
        let mut lines = text.lines();
        if lines.next() != Some(HEADING) {
            return state;
        }
        for line in lines {
            if state.line(line).is_none() {
                continue;
            }
        }
        state
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ')?;
        let (room, rest) = rest.split_once(' ')?;
        let room = RoomName::parse(room).ok()?;
        match word {
            "mark" if self.marks.len() < ROOMS_MAX => {
                let (log, seq) = rest.split_once(' ')?;
                let log = LogId(u64::from_str_radix(log, 16).ok()?);
                self.marks.push((room, log, Seq(seq.parse().ok()?)));
            }
            "say" => {
                let mut parts = rest.splitn(3, ' ');
                let id = id(parts.next()?)?;
                let kind = Kind(parts.next()?.parse().ok()?);
                let text = Text::new(&unescape(parts.next()?)?).ok()?;
                let content = Content::Text { kind, text };
                self.unsent.push(Unsent { room, id, content });
            }
            "empty" => {
                let (id_text, seq) = rest.split_once(' ')?;
                let id = id(id_text)?;
                let seq = Seq(seq.parse().ok()?);
                let content = Content::Emptying { seq };
                self.unsent.push(Unsent { room, id, content });
            }
            "act" => {
                let mut parts = rest.splitn(5, ' ');
                let id = id(parts.next()?)?;
                let content = Content::Moderation {
                    act: Act(parts.next()?.parse().ok()?),
                    name: UserName::parse(parts.next()?).ok()?,
                    for_ms: parts.next()?.parse().ok()?,
                    reason: Note::new(unescape(parts.next()?)?),
                };
                self.unsent.push(Unsent { room, id, content });
            }
            _ => return None,
        }
        Some(())
    }
}

fn id(text: &str) -> Option<MessageId> {
    let is_whole = text.len() == 32;
    let number = u128::from_str_radix(text, 16).ok().filter(|_| is_whole)?;
    Some(MessageId(number.to_be_bytes()))
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            _ => c,
        });
    }
    Some(plain)
}
