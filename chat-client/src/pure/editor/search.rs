//! Looking for an earlier input by a part of it, while one types that part.

use chat_proto::limits::TEXT_BYTES_MAX;

use crate::pure::key::{Key, KeyPress, Modifiers};
use crate::pure::keymap;
use crate::pure::wrap::tame;

use super::{Edit, Edited, Editor, Last};

/// So long a part of an input may be, in bytes.
const PART_BYTES_MAX: usize = 256;

/// A search on its way.
#[derive(Clone, Debug)]
pub(super) struct Search {
    part: String,
    /// The number of the input that is shown; none was found yet.
    found: Option<usize>,
    is_missing: bool,
    /// What to go back to.
    text: String,
    cursor: usize,
}

/// A search as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searching<'a> {
    /// What was typed so far.
    pub part: &'a str,
    /// No earlier input has it; the text is still the last one that had what was typed before.
    pub is_missing: bool,
}

impl Search {
    pub(super) fn shown(&self) -> Searching<'_> {
        Searching {
            part: &self.part,
            is_missing: self.is_missing,
        }
    }
}

impl Editor {
    pub(super) fn begin_search(&mut self) -> Edited {
        self.last = Last::Other;
        self.search = Some(Search {
            part: String::new(),
            found: None,
            is_missing: false,
            text: self.text.clone(),
            cursor: self.cursor,
        });
        Edited::Changed
    }

    /// What was found becomes the text.
    pub(super) fn end_search(&mut self) {
        if let Some(search) = self.search.take() {
            self.accept(&search);
        }
    }

    /// A key during a search. `Enter` takes what was found and says nothing yet; a key that means nothing here ends
    /// the search and is told back (`None`), to do what it always does.
    pub(super) fn handle_search(&mut self, mut search: Search, press: KeyPress) -> Option<Edited> {
        match (keymap::edit(press), press.key) {
            (_, Key::Esc) => return Some(self.cancel(search)),
            _ if press == KeyPress::ctrl('g') || press == KeyPress::ctrl('c') => {
                return Some(self.cancel(search));
            }
            (Some(Edit::Submit), _) => {
                self.accept(&search);
                return Some(Edited::Changed);
            }
            (Some(Edit::Search), _) => {
                let before = search.found.unwrap_or(usize::MAX);
                self.find(&mut search, before);
            }
            (Some(Edit::DeleteBack), _) => {
                search.part.pop();
                self.find(&mut search, usize::MAX);
            }
            (None, Key::Char(c)) if press.modifiers == Modifiers::NONE => {
                if search.part.len() < PART_BYTES_MAX {
                    search.part.push_str(&tame(c.encode_utf8(&mut [0; 4])));
                }
                let before = search.found.map_or(usize::MAX, |found| found + 1);
                self.find(&mut search, before);
            }
            (Some(_) | None, _) => {
                self.accept(&search);
                return None;
            }
        }
        self.search = Some(search);
        Some(Edited::Changed)
    }

    /// Shows the newest input before number `before` that holds the part.
    fn find(&mut self, search: &mut Search, before: usize) {
        if search.part.is_empty() {
            (search.found, search.is_missing) = (None, false);
            (self.text, self.cursor) = (search.text.clone(), search.cursor);
            return;
        }
        let found = self
            .history
            .find_before(before, &search.part)
            .map(|(number, input)| (number, tame(input)))
            .filter(|(_, input)| input.len() <= TEXT_BYTES_MAX);
        search.is_missing = found.is_none();
        if let Some((number, input)) = found {
            search.found = Some(number);
            self.text = input;
            self.cursor = self.text.len();
        }
    }

    fn cancel(&mut self, search: Search) -> Edited {
        (self.text, self.cursor) = (search.text, search.cursor);
        Edited::Changed
    }

    fn accept(&mut self, search: &Search) {
        if search.found.is_some() {
            self.undo.record(&search.text, search.cursor);
        }
    }
}
