//! What survives the program: what was not stored yet, and how far each room was read. As lines:
//!
//! ```text
//! chat-client state 1
//! mark ROOM LOG SEQ               LOG in hexadecimal
//! say ROOM ID KIND TEXT           ID in hexadecimal; in TEXT \n, \r and \\ stand for a line break, a return and \
//! empty ROOM ID SEQ
//! act ROOM ID ACT PERSON MILLISECONDS REASON
//! msg PERSON ID TEXT
//! ```
//! A line that is not understood is left out: a file that was damaged costs what was damaged.

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
    /// What is to be said to somebody with whom no conversation is open yet: to whom, under which id, and what.
    pub opening: Vec<(UserName, MessageId, Text)>,
}

impl State {
    /// Its lines.
    #[must_use]
    pub fn to_text(&self) -> String {
        let marks = self.marks.iter();
        let marks = marks.map(|(room, log, seq)| format!("mark {room} {:016x} {}\n", log.0, seq.0));
        let opening = self.opening.iter();
        let opening =
            opening.map(|(person, id, text)| format!("msg {person} {} {}\n", hex(*id), escape(text)));
        let heading = format!("{HEADING}\n");
        [heading]
            .into_iter()
            .chain(marks)
            .chain(self.unsent.iter().map(line))
            .chain(opening)
            .collect()
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

    /// Adds what another one has, and of two marks takes the one that was read further.
    pub fn take_over(&mut self, other: Self) {
        for (room, log, seq) in other.marks {
            match self.marks.iter_mut().find(|(known, ..)| *known == room) {
                Some(mark) if mark.1 == log && mark.2 < seq => mark.2 = seq,
                Some(_) => {}
                None => self.marks.push((room, log, seq)),
            }
        }
        for unsent in other.unsent {
            if self.unsent.iter().all(|known| known.id != unsent.id) {
                self.unsent.push(unsent);
            }
        }
        for (person, id, text) in other.opening {
            if self.opening.iter().all(|(_, known, _)| *known != id) {
                self.opening.push((person, id, text));
            }
        }
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ')?;
        let (whose, rest) = rest.split_once(' ')?;
        if word == "msg" {
            let (id_text, text) = rest.split_once(' ')?;
            let text = Text::new(&unescape(text)?).ok()?;
            let person = UserName::parse(whose).ok()?;
            self.opening.push((person, id(id_text)?, text));
            return Some(());
        }
        let room = RoomName::parse(whose).ok()?;
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

fn line(Unsent { room, id, content }: &Unsent) -> String {
    let id = hex(*id);
    match content {
        Content::Text { kind, text } => format!("say {room} {id} {} {}\n", kind.0, escape(text)),
        Content::Emptying { seq } => format!("empty {room} {id} {}\n", seq.0),
        Content::Moderation {
            act,
            name,
            for_ms,
            reason,
        } => format!("act {room} {id} {} {name} {for_ms} {}\n", act.0, escape(reason)),
    }
}

fn hex(id: MessageId) -> String {
    format!("{:032x}", u128::from_be_bytes(id.0))
}

fn id(text: &str) -> Option<MessageId> {
    let is_whole = text.len() == 32;
    let number = u128::from_str_radix(text, 16).ok().filter(|_| is_whole)?;
    Some(MessageId(number.to_be_bytes()))
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state(texts: &[String]) -> State {
        let room = RoomName::parse("lobby").unwrap();
        let unsent = |(number, text): (u8, &String)| Unsent {
            room: room.clone(),
            id: MessageId([number; 16]),
            content: Content::Text {
                kind: Kind::ACTION,
                text: Text::new(text).unwrap(),
            },
        };
        let mut state = State {
            marks: vec![(room.clone(), LogId(u64::MAX), Seq(7))],
            unsent: (1..).zip(texts).map(unsent).collect(),
            opening: vec![(
                UserName::parse("bob").unwrap(),
                MessageId([0xfd; 16]),
                Text::new("two\nlines").unwrap(),
            )],
        };
        state.unsent.push(Unsent {
            room: room.clone(),
            id: MessageId([0xfe; 16]),
            content: Content::Emptying { seq: Seq(3) },
        });
        state.unsent.push(Unsent {
            room,
            id: MessageId([0xff; 16]),
            content: Content::Moderation {
                act: Act::BAN,
                name: UserName::parse("mallory").unwrap(),
                for_ms: 1000,
                reason: Note::new("two\nlines"),
            },
        });
        state
    }

    #[test]
    fn a_line_that_is_damaged_costs_what_was_damaged() {
        let whole = state(&["one".into(), "two".into()]);
        let damaged = whole.to_text().replacen("say lobby 01", "say lobby zz", 1);
        let read = State::parse(&damaged);
        assert_eq!(read.unsent, whole.unsent[1..]);
        assert_eq!(State::parse("another file\nmark lobby 0 1\n"), State::default());
        assert_eq!(State::parse(""), State::default());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(texts in prop::collection::vec(any::<String>(), 0..4)) {
            let state = state(&texts);
            let text = state.to_text();
            prop_assert_eq!(text.lines().count(), 1 + 1 + state.unsent.len() + 1);
            prop_assert_eq!(State::parse(&text), state);
        }

        #[test]
        fn any_file_can_be_read(text: String, lines in "(chat-client state 1\n)?((mark|say|empty|act|msg) [a-z0-9 \\\\]{0,60}\n){0,4}") {
            for text in [text, lines] {
                let state = State::parse(&text);
                prop_assert_eq!(State::parse(&state.to_text()), state);
            }
        }
    }
}
