//! What a room shows: its messages in order, and between them what only this client has to say.
//!
//! ```text
//!      of older logs           of the log as it is now
//!   ┌──────┬──────┬──────┐ ┌──────┬──────┬──────┬──────┐ ◀── push
//!   │ -4   │ -3   │ -2   │ │ -1   │  0   │  1   │  2   │      LineNo: stays with its line, so that whoever reads
//!   └──────┴──────┴──────┘ └──────┴──────┴──────┴──────┘      back keeps his place
//!             ◀── move ──   ▲ prepend
//!   numbers:  8      8        4      4      5      6          what is no message has the number of the one before it,
//!                 └ Broke            └ a note                 so numbers never fall within a log
//! ```
//! What is put before the lines of the log as it is now moves those of older logs, and no others. Lines are kept as they
//! came and are laid out only where they are seen.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

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

/// The number of a line: it stays the same whatever is put before or behind the line, unless the line is of an older log
/// and something is put between the two: see [`Scrollback::older_range`].
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
    /// What is of older logs: each ends with its break.
    older: VecDeque<Line>,
    /// What is of the log as it is now. Their numbers never fall.
    lines: VecDeque<Line>,
    /// The number of the first line.
    first: i64,
    bytes: usize,
}

impl Scrollback {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.older.len() + self.lines.len()
    }

    /// The number of the first line, and the one behind the last.
    #[must_use]
    pub fn range(&self) -> Range<i64> {
        self.first..self.number(self.len()).0
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
        let index = self.index(no)?;
        match index.checked_sub(self.older.len()) {
            Some(index) => self.lines.get(index),
            None => self.older.get(index),
        }
    }

    /// The lines with their numbers, from the first on.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (LineNo, &Line)> {
        let older = self.older.iter().enumerate();
        let lines = self.lines.iter().enumerate();
        let lines = lines.map(|(index, line)| (self.older.len() + index, line));
        let lines = older.chain(lines);
        lines.map(|(index, line)| (self.number(index), line))
    }

    /// The lines, from the first on.
    pub fn into_lines(self) -> impl DoubleEndedIterator<Item = Line> {
        self.older.into_iter().chain(self.lines)
    }

    /// Puts a line behind the others, and lets the first ones go if they are too many. Whether it did. [`Body::Broke`] is
    /// the last line of its log.
    pub fn push(&mut self, line: Line) -> bool {
        self.bytes += line.bytes();
        let is_break = line.body == Body::Broke;
        self.lines.push_back(line);
        if is_break {
            self.older.append(&mut std::mem::take(&mut self.lines));
        }
        self.trim(LINES_MAX)
    }

    /// Puts a line before the others of its log, the last one first. What is of older logs moves, or goes if there is no
    /// room. `false` once there is none for more.
    pub fn prepend(&mut self, line: Line) -> bool {
        let bytes = line.bytes();
        while !self.has_room(bytes) {
            if self.older.is_empty() {
                return false;
            }
            self.forget_first();
        }
        self.bytes += bytes;
        self.first -= 1;
        self.lines.push_front(line);
        true
    }

    /// The first message of the log that is told has this number: what the client has said before that follows all
    /// messages that come before it.
    pub fn begin_at(&mut self, seq: Seq) {
        debug_assert!(!self.has_messages(), "it is the first");
        for line in &mut self.lines {
            line.seq = Seq(seq.0.saturating_sub(1));
        }
    }

    /// Changes the last line of the log, if there is one; it may become longer.
    pub fn change_last(&mut self, change: impl FnOnce(&mut Line)) {
        if let Some(line) = self.lines.back_mut() {
            self.bytes -= line.bytes();
            change(line);
            self.bytes += line.bytes();
        }
    }

    /// Takes the last line of the log away.
    pub fn pop(&mut self) {
        if let Some(line) = self.lines.pop_back() {
            self.bytes -= line.bytes();
        }
    }

    /// Forgets all lines. The next one gets a number that none had.
    pub fn clear(&mut self) {
        self.first = self.range().end;
        self.older.clear();
        self.lines.clear();
        self.bytes = 0;
    }

    /// Forgets the first lines until no more than so many are left, and no more bytes than allowed. Whether it did.
    pub fn trim(&mut self, lines_max: usize) -> bool {
        let before = self.len();
        while self.len() > lines_max || self.bytes > SCROLLBACK_BYTES_MAX {
            self.forget_first();
        }
        self.len() < before
    }

    /// From which number on everything of the log as it is now is here, if there is something of it.
    #[must_use]
    pub fn first_seq(&self) -> Option<Seq> {
        let line = self.lines.front()?;
        let skipped = u64::from(!line.is_message());
        Some(Seq(line.seq.0.saturating_add(skipped)))
    }

    /// Whether messages of the log as it is now are here, or are said to be gone.
    #[must_use]
    pub fn has_messages(&self) -> bool {
        let tells = |line: &Line| line.is_message() || matches!(line.body, Body::Missed { .. });
        self.lines.iter().any(tells)
    }

    /// Whether there is something of an older log before the lines of this one.
    #[must_use]
    pub fn has_older_log(&self) -> bool {
        !self.older.is_empty()
    }

    /// The numbers of the lines of older logs: the log as it is now begins where they end. They move back when something
    /// is put between the two.
    #[must_use]
    pub fn older_range(&self) -> Range<i64> {
        self.first..self.number(self.older.len()).0
    }

    /// Whether a line is of the log as it is now.
    #[must_use]
    pub fn is_of_log(&self, no: LineNo) -> bool {
        (self.older_range().end..self.range().end).contains(&no.0)
    }

    /// The message with this number in the log as it is now.
    #[must_use]
    pub fn find(&self, seq: Seq) -> Option<LineNo> {
        let no = self.at_or_after(seq)?;
        self.get(no).filter(|line| line.seq == seq).map(|_| no)
    }

    /// The first message with this number or a higher one in the log as it is now.
    #[must_use]
    pub fn at_or_after(&self, seq: Seq) -> Option<LineNo> {
        let from = self.lines.partition_point(|line| line.seq < seq);
        let further = self.lines.range(from..).position(Line::is_message)?;
        Some(self.number(self.older.len() + from + further))
    }

    /// Forgets what a message said.
    pub fn empty(&mut self, seq: Seq, by: &UserName) {
        let index = self.find(seq).and_then(|no| self.index(no));
        let Some(line) = index.and_then(|index| self.lines.get_mut(index - self.older.len())) else {
            return;
        };
        if let Body::Said(Said { author, .. }) = &line.body {
            self.bytes -= line.bytes();
            let (author, by) = (author.clone(), Some(by.clone()));
            line.body = Body::Emptied { author, by };
            self.bytes += line.bytes();
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.len() < LINES_MAX && self.bytes + bytes <= SCROLLBACK_BYTES_MAX
    }

    fn forget_first(&mut self) {
        let first = self.older.pop_front().or_else(|| self.lines.pop_front());
        if let Some(line) = first {
            self.bytes -= line.bytes();
            self.first += 1;
        }
    }

    fn index(&self, no: LineNo) -> Option<usize> {
        usize::try_from(no.0.checked_sub(self.first)?).ok()
    }

    fn number(&self, index: usize) -> LineNo {
        LineNo(self.first + i64::try_from(index).unwrap_or(i64::MAX))
    }
}
