//! What a room shows: its messages in order, and between them what only this client has to say.
//!
//! ```text
//!            prepend ──▶ ┌──────┬──────┬──────┬──────┬──────┐ ◀── push
//!                        │ -2   │ -1   │  0   │  1   │  2   │      LineNo: stays with its line, so that whoever
//!                        └──────┴──────┴──────┴──────┴──────┘      reads back keeps his place
//!   told at most up to a number:  3      4      4      5      6    what is no message has the number of the one before it
//! ```
//! Lines are kept as they came and are laid out only where they are seen.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use chat_proto::ids::Seq;
use chat_proto::message::{Act, Kind};
use chat_proto::name::UserName;
use chat_proto::text::Text;

use super::crowd::Crowd;

/// So many lines are kept at most.
pub const LINES_MAX: usize = 100_000;

/// And so many bytes of text, with [`LINE_BYTES`] for each line.
pub const SCROLLBACK_BYTES_MAX: usize = 24 * 1024 * 1024;

/// So many lines are kept of a room that is not shown.
pub const HIDDEN_LINES_MAX: usize = 2_000;

/// What a line costs besides its text.
pub const LINE_BYTES: usize = 128;

const _: () = assert!(
    size_of::<Line>() <= LINE_BYTES,
    "a line costs what is counted for it"
);

/// The number of a line: it stays the same whatever is put before or behind the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineNo(pub i64);

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at_unix_ms: u64,
    /// The number of the message; of something else, the one of the message before it.
    pub seq: Seq,
    /// What it is.
    pub body: Body,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Somebody said something.
    Said(Said),
    /// Somebody said something, and it was emptied.
    Emptied {
        /// Who had said it.
        author: UserName,
        /// Who emptied it, if that is known.
        by: Option<UserName>,
    },
    /// Somebody kept order.
    Acted(Box<Acting>),
    /// People came and went.
    Presence(Box<Crowd>),
    /// Messages up to the line's number can't be had.
    Missed {
        /// The first of them.
        from: Seq,
    },
    /// The log is another one from here on.
    Broke,
    /// Something that the client says.
    Note(Box<str>),
    /// Something that the client says is wrong.
    Trouble(Box<str>),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who said it.
    pub author: UserName,
    /// What sort of message it is.
    pub kind: Kind,
    /// What was said.
    pub text: Text,
    /// It speaks to us.
    pub is_mention: bool,
    /// Anybody could have said it under this name.
    pub is_unproven: bool,
}

/// An act of moderation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// Who did it.
    pub author: UserName,
    /// What.
    pub act: Act,
    /// To whom.
    pub name: UserName,
    /// Till when; 0 for good.
    pub until_unix_ms: u64,
    /// Why; may be empty.
    pub reason: Option<Text>,
}

impl Line {
    fn bytes(&self) -> usize {
        let text_bytes = match &self.body {
            Body::Said(said) => said.text.len(),
            Body::Acted(acting) => {
                size_of::<Acting>() + acting.reason.as_ref().map_or(0, |reason| reason.len())
            }
            Body::Presence(crowd) => crowd.bytes(),
            Body::Note(text) | Body::Trouble(text) => text.len(),
            Body::Emptied { .. } | Body::Missed { .. } | Body::Broke => 0,
        };
        LINE_BYTES + text_bytes
    }

    /// Whether it is a message of the room's log.
    #[must_use]
    pub const fn is_message(&self) -> bool {
        matches!(self.body, Body::Said(_) | Body::Emptied { .. } | Body::Acted(_))
    }
}

/// The lines of a room: see the [module](self).
#[derive(Debug, Default)]
pub struct Scrollback {
    lines: VecDeque<Line>,
    /// The number of the first line.
    first: i64,
    bytes: usize,
    /// The last break of the log: what is before it has numbers of another log.
    broke: Option<LineNo>,
}

impl Scrollback {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The number of the first line, and the one behind the last.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<i64> {
        let len = i64::try_from(self.lines.len()).unwrap_or(i64::MAX);
        self.first..self.first + len
    }

    /// The number of the last line.
    #[must_use]
    pub fn last(&self) -> Option<LineNo> {
        let range = self.range();
        (!range.is_empty()).then_some(LineNo(range.end - 1))
    }

    /// A line.
    #[must_use]
    pub fn get(&self, no: LineNo) -> Option<&Line> {
        self.lines.get(self.index(no)?)
    }

    /// The lines with their numbers, from the first on.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (LineNo, &Line)> {
        let lines = self.lines.iter().enumerate();
        lines.map(|(index, line)| (self.number(index), line))
    }

    /// The lines, from the first on.
    pub fn into_lines(self) -> impl DoubleEndedIterator<Item = Line> {
        self.lines.into_iter()
    }

    /// Puts a line behind the others, and lets the first ones go if they are too many. Whether it did.
    pub fn push(&mut self, line: Line) -> bool {
        self.bytes += line.bytes();
        if line.body == Body::Broke {
            self.broke = Some(LineNo(self.range().end));
        }
        self.lines.push_back(line);
        self.trim(LINES_MAX)
    }

    /// Puts lines before the others, the last one first. `false` once there is no room for more.
    pub fn prepend(&mut self, line: Line) -> bool {
        if self.lines.len() >= LINES_MAX || self.bytes + line.bytes() > SCROLLBACK_BYTES_MAX {
            return false;
        }
        self.bytes += line.bytes();
        self.first -= 1;
        self.lines.push_front(line);
        true
    }

    /// Changes the last line, if there is one; it may become longer.
    pub fn change_last(&mut self, change: impl FnOnce(&mut Line)) {
        if let Some(line) = self.lines.back_mut() {
            self.bytes -= line.bytes();
            change(line);
            self.bytes += line.bytes();
        }
    }

    /// Takes the last line away.
    pub fn pop(&mut self) {
        if let Some(line) = self.lines.pop_back() {
            self.bytes -= line.bytes();
        }
    }

    /// Forgets all lines. The next one gets a number that none had.
    pub fn clear(&mut self) {
        self.first = self.range().end;
        self.lines.clear();
        self.bytes = 0;
        self.broke = None;
    }

    /// Forgets the first lines until no more than so many are left, and no more bytes than allowed. Whether it did.
    pub fn trim(&mut self, lines_max: usize) -> bool {
        let before = self.lines.len();
        while self.lines.len() > lines_max || self.bytes > SCROLLBACK_BYTES_MAX {
            let Some(line) = self.lines.pop_front() else { break };
            self.bytes -= line.bytes();
            self.first += 1;
        }
        self.lines.len() < before
    }

    /// The number of the first message that is kept of the log as it is now.
    #[must_use]
    pub fn first_seq(&self) -> Option<Seq> {
        self.lines
            .range(self.start()..)
            .find(|line| line.is_message())
            .map(|line| line.seq)
    }

    /// Whether there is something of an older log before the lines of this one.
    #[must_use]
    pub fn has_older_log(&self) -> bool {
        self.start() > 0
    }

    /// Whether a line is of the log as it is now.
    #[must_use]
    pub fn is_of_log(&self, no: LineNo) -> bool {
        self.index(no).is_some_and(|index| index >= self.start())
    }

    /// Forgets what is of an older log.
    pub fn forget_older_log(&mut self) {
        self.trim(self.lines.len() - self.start());
    }

    /// The message with this number in the log as it is now.
    #[must_use]
    pub fn find(&self, seq: Seq) -> Option<LineNo> {
        let (mut low, mut high) = (self.start(), self.lines.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.lines[middle].seq < seq {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let line = self.lines.get(low)?;
        (line.seq == seq && line.is_message()).then(|| self.number(low))
    }

    /// Forgets what a message said.
    pub fn empty(&mut self, seq: Seq, by: &UserName) {
        let Some(index) = self.find(seq).and_then(|no| self.index(no)) else {
            return;
        };
        let line = &mut self.lines[index];
        if let Body::Said(Said { author, .. }) = &line.body {
            self.bytes -= line.bytes();
            let (author, by) = (author.clone(), Some(by.clone()));
            line.body = Body::Emptied { author, by };
            self.bytes += line.bytes();
        }
    }

    /// Where the log as it is now begins.
    fn start(&self) -> usize {
        let broke = self.broke.and_then(|no| self.index(no));
        broke.map_or(0, |broke| broke + 1)
    }

    fn index(&self, no: LineNo) -> Option<usize> {
        usize::try_from(no.0 - self.first).ok()
    }

    fn number(&self, index: usize) -> LineNo {
        LineNo(self.first + i64::try_from(index).unwrap_or(i64::MAX))
    }
}
