//! What the load generator and each kind of server say to each other.
//!
//! | kind | a frame is | joining | a message |
//! |---|---|---|---|
//! | chat | a length and bincode (`PROTOCOL.md`) | `Hello`, `Welcome`, `Join`, `Joined` | `Say`, told to everybody as `Said` |
//! | tokio | a line of JSON | `{"join":…}`, answered by the same line | `{"from":…,"text":…}` |
//! | epoll | a length and bytes | the room's number, answered by an empty frame | bytes, told as they are |
//!
//! Every text ends in the number of its message, so wherever a frame's text ends, there the number lies: delivered frames
//! are found by their lengths, and nothing else of them is looked at.

mod chat;

use std::net::SocketAddr;

use chat_proto::limits::LENGTH_BYTES;
use clap::ValueEnum;

use chat::Chat;

/// The letters at the end of each text that say which message it is: four bits each, `a` to `p`.
const STAMP_BYTES: usize = 8;

/// The shortest text that can be asked for.
pub const TEXT_BYTES_MIN: usize = STAMP_BYTES;

/// A line of JSON ends in this after the text.
const LINE_END: &[u8] = b"\"}";

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Kind {
    /// Ours.
    Chat,
    /// The exercise's shape: a tokio broadcast, two tasks for each connection, lines of JSON.
    Tokio,
    /// A bare epoll loop that only copies frames: the practical limit.
    Epoll,
}

impl Kind {
    /// All of them, in the order in which they are compared.
    pub const ALL: [Self; 3] = [Self::Chat, Self::Tokio, Self::Epoll];

    /// What it is called on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Tokio => "tokio",
            Self::Epoll => "epoll",
        }
    }
}

/// One of many peers that the generator plays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who {
    /// Its number.
    pub(super) peer: usize,
    /// The number of its room.
    pub(super) room: usize,
}

/// What a frame of the server is to the generator.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// A message, by its number.
    Message(u32),
    /// The greeting was answered; now joining is due.
    Welcomed,
    /// The peer is in its room.
    Joined,
    /// The answer to a message of the peer's own: it is stored.
    Stored,
    /// The server asks whether the peer is there.
    Ping(u32),
    /// Of no interest here.
    Other,
    /// What ends the run.
    Trouble(String),
}

/// One language.
#[derive(Debug)]
pub(super) enum Wire {
    Chat(Chat),
    Lines,
    Frames,
}

impl Wire {
    /// The language of this kind of server. `salt` makes the names of peers and rooms other ones than another run's. Under
    /// TLS peers have keys, and what they say is told as proven.
    pub(super) fn new(kind: Kind, salt: u32, is_secured: bool) -> Self {
        match kind {
            Kind::Chat => Self::Chat(Chat::new(salt, is_secured)),
            Kind::Tokio => Self::Lines,
            Kind::Epoll => Self::Frames,
        }
    }

    /// The first words of a connection.
    pub(super) fn greet(&self, who: Who, out: &mut Vec<u8>) {
        match self {
            Self::Chat(chat) => chat.hello(who, out),
            Self::Lines => out.extend_from_slice(format!("{{\"join\":\"room{}\"}}\n", who.room).as_bytes()),
            Self::Frames => {
                let room = u32::try_from(who.room).expect("there are fewer rooms");
                write_frame(&room.to_be_bytes(), out);
            }
        }
    }

    /// The next words, once the greeting was answered.
    pub(super) fn join(&self, who: Who, out: &mut Vec<u8>) {
        if let Self::Chat(chat) = self {
            chat.join(who, out);
        }
    }

    /// A message of so many bytes.
    pub(super) fn say(&self, who: Who, number: u32, text_bytes: usize, out: &mut Vec<u8>) {
        let text = text(number, text_bytes);
        match self {
            Self::Chat(chat) => chat.say(who, number, &text, out),
            Self::Lines => {
                let line = format!("{{\"from\":\"peer{}\",\"text\":\"{text}\"}}\n", who.peer);
                out.extend_from_slice(line.as_bytes());
            }
            Self::Frames => write_frame(text.as_bytes(), out),
        }
    }

    /// The answer to a [`Seen::Ping`].
    pub(super) fn pong(&self, request: u32, out: &mut Vec<u8>) {
        if let Self::Chat(chat) = self {
            chat.pong(request, out);
        }
    }

    /// Takes the next whole frame from the beginning of `input`, without its length or line end.
    pub(super) fn split<'a>(&self, input: &mut &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Chat(_) | Self::Frames => {
                let length = u32::from_be_bytes(*input.first_chunk::<LENGTH_BYTES>()?);
                let end = LENGTH_BYTES.checked_add(usize::try_from(length).ok()?)?;
                let (frame, rest) = input.split_at_checked(end)?;
                *input = rest;
                Some(&frame[LENGTH_BYTES..])
            }
            Self::Lines => {
                let end = input.iter().position(|byte| *byte == b'\n')?;
                let line = &input[..end];
                *input = &input[end + 1..];
                Some(line)
            }
        }
    }

    /// What a frame is.
    pub(super) fn look(&self, frame: &[u8]) -> Seen {
        match self {
            Self::Chat(chat) => chat.look(frame),
            Self::Lines if frame.starts_with(b"{\"join\"") => Seen::Joined,
            Self::Lines => message_before(frame, LINE_END.len()),
            Self::Frames if frame.is_empty() => Seen::Joined,
            Self::Frames => message_before(frame, 0),
        }
    }
}

/// A frame of a length and bytes.
fn write_frame(payload: &[u8], out: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).expect("the generator's texts are short");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(payload);
}

/// A text that ends in its message's number.
fn text(number: u32, text_bytes: usize) -> String {
    let mut text = "x".repeat(text_bytes.saturating_sub(STAMP_BYTES));
    for place in (0..STAMP_BYTES).rev() {
        let bits = u8::try_from((number >> (4 * place)) & 0xf).expect("four bits");
        text.push(char::from(b'a' + bits));
    }
    text
}

/// The message whose text ends so many bytes before the frame's end.
#[inline]
fn message_before(frame: &[u8], after_bytes: usize) -> Seen {
    let stamp = frame
        .len()
        .checked_sub(after_bytes)
        .and_then(|end| frame[..end].last_chunk::<STAMP_BYTES>());
    let Some(stamp) = stamp else {
        return Seen::Trouble(format!("a frame too short for a message: {} bytes", frame.len()));
    };
    Seen::Message(stamp.iter().fold(0, |number, letter| {
        (number << 4) | u32::from(letter.wrapping_sub(b'a') & 0xf)
    }))
}

/// A connection refused or ended for a reason that the server told.
fn trouble(what: &str, reason: &str) -> Seen {
    Seen::Trouble(format!("{what}: {reason}"))
}

/// Where a server says that it listens, in the one line that it prints.
pub(super) fn listening_line(address: SocketAddr) -> String {
    format!("{LISTENING}{address}")
}

/// The address in such a line.
pub(super) fn listening_address(line: &str) -> Option<SocketAddr> {
    line.trim_end().strip_prefix(LISTENING)?.parse().ok()
}

const LISTENING: &str = "listening on ";

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: Who = Who { peer: 3, room: 5 };

    #[test]
    fn bytes_that_arrive_in_pieces_are_cut_where_frames_end() {
        for kind in Kind::ALL {
            let wire = Wire::new(kind, 1, false);
            let mut bytes = Vec::new();
            wire.say(WHO, 7, 64, &mut bytes);
            let one = bytes.len();
            wire.say(WHO, 8, 64, &mut bytes);
            for end in 0..bytes.len() {
                let mut input = &bytes[..end];
                let first = wire.split(&mut input);
                assert_eq!(first.is_some(), end >= one, "{kind:?} at {end}");
                assert_eq!(wire.split(&mut input), None);
            }
        }
    }

    #[test]
    fn the_baselines_are_asked_for_what_they_tell() {
        for kind in [Kind::Tokio, Kind::Epoll] {
            let wire = Wire::new(kind, 1, false);
            for number in [0, 1, 0x1234_5678, u32::MAX] {
                let mut bytes = Vec::new();
                wire.say(WHO, number, 64, &mut bytes);
                let frame = wire.split(&mut &bytes[..]).unwrap();
                assert_eq!(wire.look(frame), Seen::Message(number), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_text_has_the_length_that_was_asked_for() {
        assert_eq!(text(9, 64).len(), 64);
        assert_eq!(text(9, TEXT_BYTES_MIN), "aaaaaaaj");
    }

    #[test]
    fn a_server_says_where_it_listens() {
        let address = "127.0.0.1:4711".parse().unwrap();
        assert_eq!(listening_address(&listening_line(address)), Some(address));
        assert_eq!(listening_address("chat-server: no"), None);
    }
}
