//! Where one writes: a text, a cursor in it, and the keys that fingers know from readline.
//!
//! ```text
//!   key ──▶ keymap ──▶ Edit ──▶ Editor ──▶ Edited         text, cursor  what will be said; the cursor stands between
//!                                 │                                     graphemes, never within one
//!   paste, completion ────────────┤                       undo          earlier texts, a step for each word or edit
//!                                 │                       kills         what was cut, to be put in again
//!                                 ▼                       history       what was submitted, and the draft meanwhile
//!                              layout(width)              search        a part of an earlier input is being typed
//! ```
//! The text never holds more than a message can, and no control characters but line breaks and tabs: see
//! [`Editor::paste`].

mod edit;
mod kills;
mod layout;
mod motion;
mod search;
#[cfg(test)]
mod tests;
mod undo;

use std::ops::Range;

use chat_proto::limits::TEXT_BYTES_MAX;

use super::history::History;
use super::key::{Key, KeyPress, Modifiers};
use super::keymap;
use super::wrap::{self, tame};

use kills::{Direction, Kills};
use search::Search;
use undo::Undo;

pub use edit::Edit;
pub use kills::KILLS_MAX;
pub use layout::{Layout, Place};
pub use search::Searching;
pub use undo::UNDO_STEPS_MAX;

/// Why an edit that would make the text longer than a message can be is refused.
pub const TOO_LONG: &str = "a message can't be longer";

/// What became of a key or a paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The key is not the editor's: whoever holds it may use it.
    Unused,
    /// The key is the editor's, and there was nothing to do.
    Nothing,
    /// The text, the cursor or the search is another one.
    Changed,
    /// This is to be said or done. The editor is empty now; [`Editor::set`] gives the text back if it can't be.
    Submit(String),
    /// Nothing was changed, for this reason.
    Refused(&'static str),
}

/// What was done last: some edits go on with what the one before them did.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Last {
    Other,
    Typed,
    Deleted,
    Cut(Direction),
    Yanked(Range<usize>),
    Replaced,
    /// Moved up or down, from this column.
    Vertical(usize),
    /// `Ctrl-X`, which begins `Ctrl-X Ctrl-U`.
    Prefix,
}

/// Where one writes: see the [module](self).
#[derive(Clone, Debug)]
pub struct Editor {
    text: String,
    /// In bytes, between graphemes.
    cursor: usize,
    undo: Undo,
    kills: Kills,
    history: History,
    search: Option<Search>,
    last: Last,
}

impl Default for Editor {
    fn default() -> Self {
        Self::new(History::default())
    }
}

impl Editor {
    /// An empty text, and what was submitted before.
    #[must_use]
    pub fn new(history: History) -> Self {
        Self {
            text: String::new(),
            cursor: 0,
            undo: Undo::default(),
            kills: Kills::default(),
            history,
            search: None,
            last: Last::Other,
        }
    }

    /// The text; while an earlier input is searched, the one that was found.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the cursor is, in bytes.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What was submitted.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// What is searched, while an earlier input is.
    #[must_use]
    pub fn searching(&self) -> Option<Searching<'_>> {
        self.search.as_ref().map(Search::shown)
    }

    /// Takes a key.
    pub fn handle(&mut self, press: KeyPress) -> Edited {
        if let Some(search) = self.search.take()
            && let Some(edited) = self.handle_search(search, press)
        {
            return edited;
        }
        if self.last == Last::Prefix && press == KeyPress::ctrl('u') {
            return self.edit(Edit::Undo);
        }
        if press == KeyPress::ctrl('x') {
            self.last = Last::Prefix;
            return Edited::Nothing;
        }
        match (keymap::edit(press), press.key) {
            (Some(edit), _) => self.edit(edit),
            (None, Key::Char(c)) if press.modifiers == Modifiers::NONE => self.type_char(c),
            (None, _) => Edited::Unused,
        }
    }

    /// Puts a text in at the cursor, as one edit.
    ///
    /// Each kind of line end becomes `\n` (terminals send `\r` in a paste), tabs stay, and what else could command a
    /// terminal becomes a visible mark: whoever reads it later would see that mark anyway, so the writer does too.
    pub fn paste(&mut self, pasted: &str) -> Edited {
        self.end_search();
        self.put(&tame(pasted), Last::Other)
    }

    /// Puts another text in the place of the one there, the cursor behind it. It can be undone.
    pub fn set(&mut self, text: &str) -> Edited {
        self.end_search();
        let text = tame(text);
        if text.len() > TEXT_BYTES_MAX {
            return Edited::Refused(TOO_LONG);
        }
        self.show(text);
        Edited::Changed
    }

    /// Takes the text out, and leaves nothing. It can be undone.
    pub fn take(&mut self) -> String {
        self.end_search();
        let text = self.text.clone();
        if !text.is_empty() {
            self.show(String::new());
        }
        text
    }

    /// Has an input that comes from elsewhere come first when one goes back, and changes nothing else.
    pub fn remember(&mut self, input: &str) {
        self.history.remember(input);
    }

    /// Puts `with` in the place of a part of the text, the cursor behind it, as completion does. Several in a row are
    /// one edit.
    ///
    /// # Panics
    /// If the range does not lie between characters of the text.
    pub fn replace(&mut self, range: Range<usize>, with: &str) -> Edited {
        self.end_search();
        self.splice(range, &tame(with), Last::Replaced)
    }

    /// What is to be drawn in a field so many cells wide.
    #[must_use]
    pub fn layout(&self, width: usize) -> Layout {
        layout::layout(&self.text, self.cursor, width)
    }

    /// Does an edit.
    pub fn edit(&mut self, edit: Edit) -> Edited {
        let at = self.cursor;
        let text = self.text.as_str();
        match edit {
            Edit::Submit => self.submit(),
            Edit::NewLine => self.put("\n", Last::Other),
            Edit::Back => self.move_to(motion::grapheme_before(text, at)),
            Edit::Forward => self.move_to(motion::grapheme_after(text, at)),
            Edit::WordBack => self.move_to(motion::word_start(text, at)),
            Edit::WordForward => self.move_to(motion::word_end(text, at)),
            Edit::LineStart => self.move_to(motion::line_start(text, at)),
            Edit::LineEnd => self.move_to(motion::line_end(text, at)),
            Edit::TextStart => self.move_to(0),
            Edit::TextEnd => self.move_to(text.len()),
            Edit::Up => self.up(),
            Edit::Down => self.down(),
            Edit::DeleteBack => self.delete(motion::grapheme_before(text, at)..at),
            Edit::DeleteForward if text.is_empty() => Edited::Unused,
            Edit::DeleteForward => self.delete(at..motion::grapheme_after(text, at)),
            Edit::CutBlankBack => self.cut(motion::blank_start(text, at)..at, Direction::Back),
            Edit::CutWordBack => self.cut(motion::word_start(text, at)..at, Direction::Back),
            Edit::CutWordForward => self.cut(at..motion::word_end(text, at), Direction::Forward),
            Edit::CutLineStart => self.cut(motion::line_start_or_break(text, at)..at, Direction::Back),
            Edit::CutLineEnd => self.cut(at..motion::line_end_or_break(text, at), Direction::Forward),
            Edit::Yank => self.yank(),
            Edit::YankEarlier => self.yank_earlier(),
            Edit::Transpose => self.transpose(),
            Edit::Upper => self.recase(str::to_uppercase),
            Edit::Lower => self.recase(str::to_lowercase),
            Edit::Capital => self.recase(motion::capital),
            Edit::Undo => self.undo(),
            Edit::Search => self.begin_search(),
        }
    }

    fn type_char(&mut self, c: char) -> Edited {
        // A step of undo is a word with the blanks behind it.
        if self.last == Last::Typed
            && !c.is_whitespace()
            && self.text[..self.cursor].ends_with(char::is_whitespace)
        {
            self.last = Last::Other;
        }
        self.put(&tame(c.encode_utf8(&mut [0; 4])), Last::Typed)
    }

    /// A text that is nothing but blanks stays where it is.
    fn submit(&mut self) -> Edited {
        let text = self.text.trim_end();
        if text.is_empty() {
            self.last = Last::Other;
            return Edited::Nothing;
        }
        let text = String::from(text);
        self.history.push(&text);
        self.show(String::new());
        Edited::Submit(text)
    }

    fn move_to(&mut self, to: usize) -> Edited {
        self.last = Last::Other;
        if to == self.cursor {
            return Edited::Nothing;
        }
        self.cursor = to;
        Edited::Changed
    }

    /// Puts a tamed text in at the cursor.
    fn put(&mut self, text: &str, kind: Last) -> Edited {
        self.splice(self.cursor..self.cursor, text, kind)
    }

    fn delete(&mut self, range: Range<usize>) -> Edited {
        self.splice(range, "", Last::Deleted)
    }

    /// The one place where a part of the text becomes another: within bounds, undoable, the cursor behind what was
    /// put in. Edits of one `kind` that follow each other are one step of undo, but for those of kind `Other`.
    fn splice(&mut self, range: Range<usize>, with: &str, kind: Last) -> Edited {
        if range.is_empty() && with.is_empty() {
            self.last = Last::Other;
            return Edited::Nothing;
        }
        if self.text.len() - range.len() + with.len() > TEXT_BYTES_MAX {
            self.last = Last::Other;
            return Edited::Refused(TOO_LONG);
        }
        if kind == Last::Other || self.last != kind {
            self.undo.record(&self.text, self.cursor);
        }
        let cursor = range.start + with.len();
        self.text.replace_range(range, with);
        // What was put in may have become one grapheme with what follows it.
        self.cursor = motion::boundary_from(&self.text, cursor);
        self.last = kind;
        Edited::Changed
    }

    /// Another text, as one step of undo, the cursor behind it.
    fn show(&mut self, text: String) {
        self.undo.record(&self.text, self.cursor);
        self.cursor = text.len();
        self.text = text;
        self.last = Last::Other;
    }

    fn undo(&mut self) -> Edited {
        self.last = Last::Other;
        let Some((text, cursor)) = self.undo.take() else {
            return Edited::Nothing;
        };
        (self.text, self.cursor) = (text, cursor);
        Edited::Changed
    }

    fn cut(&mut self, range: Range<usize>, direction: Direction) -> Edited {
        let kind = Last::Cut(direction);
        if range.is_empty() {
            return self.move_to(self.cursor);
        }
        self.kills
            .cut(&self.text[range.clone()], direction, self.last == kind);
        self.splice(range, "", kind)
    }

    fn yank(&mut self) -> Edited {
        let yanked = self.kills.newest().to_owned();
        let from = self.cursor;
        self.put_yanked(from..from, &yanked)
    }

    fn yank_earlier(&mut self) -> Edited {
        let Last::Yanked(range) = self.last.clone() else {
            return self.move_to(self.cursor);
        };
        let yanked = self.kills.earlier().to_owned();
        self.put_yanked(range, &yanked)
    }

    fn put_yanked(&mut self, range: Range<usize>, yanked: &str) -> Edited {
        let from = range.start;
        let edited = self.splice(range, yanked, Last::Other);
        if edited == Edited::Changed {
            self.last = Last::Yanked(from..from + yanked.len());
        }
        edited
    }

    /// At the end of a line the two before the cursor are swapped: that is where one notices.
    fn transpose(&mut self) -> Edited {
        let (line, end) = (
            motion::line_start(&self.text, self.cursor),
            motion::line_end(&self.text, self.cursor),
        );
        let middle = if self.cursor == end {
            motion::grapheme_before(&self.text, self.cursor)
        } else {
            self.cursor
        };
        let first = motion::grapheme_before(&self.text, middle);
        if middle <= line || middle == end {
            return self.move_to(self.cursor);
        }
        let second = motion::grapheme_after(&self.text, middle);
        let swapped = [&self.text[middle..second], &self.text[first..middle]].concat();
        self.splice(first..second, &swapped, Last::Other)
    }

    fn recase(&mut self, recased: impl Fn(&str) -> String) -> Edited {
        let range = self.cursor..motion::word_end(&self.text, self.cursor);
        let word = recased(&self.text[range.clone()]);
        self.splice(range, &word, Last::Other)
    }

    fn up(&mut self) -> Edited {
        let line = motion::line_start(&self.text, self.cursor);
        if line > 0 {
            return self.move_to_line(motion::line_start(&self.text, line - 1));
        }
        match self.history.older(&self.text).map(String::from) {
            Some(older) => self.set(&older),
            None => self.move_to(self.cursor),
        }
    }

    fn down(&mut self) -> Edited {
        let end = motion::line_end(&self.text, self.cursor);
        if end < self.text.len() {
            return self.move_to_line(end + 1);
        }
        match self.history.newer().map(String::from) {
            Some(newer) => self.set(&newer),
            None => self.move_to(self.cursor),
        }
    }

    /// To another line, as near as it has it to the column where moving up or down began.
    fn move_to_line(&mut self, line: usize) -> Edited {
        let column = if let Last::Vertical(column) = self.last {
            column
        } else {
            wrap::width(&self.text[motion::line_start(&self.text, self.cursor)..self.cursor])
        };
        let end = motion::line_end(&self.text, line);
        self.cursor = line + motion::bytes_within(&self.text[line..end], column);
        self.last = Last::Vertical(column);
        Edited::Changed
    }
}
