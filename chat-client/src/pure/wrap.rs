//! Text in rows: where a row ends, and what stands in each of its cells.
//!
//! ```text
//!            "see https://a.b/c now"  in 8 cells            Row.range    what is shown
//!            ┌────────┐                                     Row.next     where the next row begins
//!            │see     │   range 0..3,   next 4              between      what a break swallows: spaces, or a line
//!            │https://│   range 4..12,  next 12                          break with the spaces before it
//!            │a.b/c   │   range 12..17, next 18
//!            │now     │   range 18..21, next 21
//!            └────────┘
//! ```
//! Words stay whole where they fit a row, and are broken where they do not; between wide characters there may be a
//! break anywhere. Texts are measured in [graphemes](https://www.unicode.org/reports/tr29/), as they are seen: an emoji
//! made of seven characters takes two cells and is never torn apart.
//!
//! Whatever the text holds, what [`Cells`] show can't command a terminal. Who wants control characters to be seen for
//! what they are passes the text through [`tame`] first.

mod cell;
mod isolate;
mod tame;
#[cfg(test)]
mod tests;

use std::ops::Range;

use cell::{Role, cell_at};

pub use cell::{CLUSTER_CHARS_MAX, Cell, Cells, STAND_IN, TAB_CELLS, cells, width};
pub use isolate::isolated;
pub use tame::tame;

/// A row of a text: see the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The bytes of the text that are shown.
    pub range: Range<usize>,
    /// Where the next row begins, or where the text ends. The rows of a text with what is between them are the text.
    pub next: usize,
    /// How many cells it takes.
    pub width: usize,
}

impl Row {
    /// What it shows. `text` and `width_max` are those that it was made from.
    #[must_use]
    pub fn cells<'a>(&self, text: &'a str, width_max: usize) -> Cells<'a> {
        Cells::new(text, self.range.clone(), width_max)
    }
}

/// The rows of a text, none of them wider than `width_max`. An empty text is one empty row, and there is an empty row
/// after a line break at the end. No cell at all is as good as one.
///
/// # Examples
/// ```
/// use chat_client::pure::wrap::wrap;
///
/// let text = "a long wéék";
/// let rows: Vec<&str> = wrap(text, 6).map(|row| &text[row.range]).collect();
/// assert_eq!(rows, ["a long", "wéék"]);
/// ```
#[must_use]
pub fn wrap(text: &str, width_max: usize) -> Rows<'_> {
    Rows {
        text,
        width_max: width_max.max(1),
        next: Some(0),
    }
}

/// How many rows [`wrap`] gives.
#[must_use]
pub fn height(text: &str, width_max: usize) -> usize {
    wrap(text, width_max).count()
}

/// The rows of a text: see [`wrap`].
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    text: &'a str,
    width_max: usize,
    /// Where the next row begins; `None`: there is none.
    next: Option<usize>,
}

/// Where a row may end: what it shows till there, and where it would go on.
#[derive(Clone, Copy)]
struct Break {
    end: usize,
    width: usize,
    next: usize,
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let start = self.next?;
        let (end, has_more) = self.row(start);
        self.next = has_more.then_some(end.next);
        Some(Row {
            range: start..end.end,
            next: end.next,
            width: end.width,
        })
    }
}

impl Rows<'_> {
    /// Where the row that begins at `start` ends, and whether another row follows.
    fn row(&self, start: usize) -> (Break, bool) {
        // What is shown so far; behind it there may be spaces, which are shown only if something follows them.
        let mut shown = Break {
            end: start,
            width: 0,
            next: start,
        };
        let mut column = 0;
        let mut last_break: Option<Break> = None;
        let mut is_after_wide = false;
        while let Some(cell) = cell_at(self.text, shown.next, column, self.width_max) {
            let next = shown.next + cell.bytes;
            let is_full = column + cell.width > self.width_max;
            match cell.role {
                Role::LineBreak => return (Break { next, ..shown }, true),
                Role::Space if is_full => return self.swallow(shown),
                Role::Space => {
                    column += cell.width;
                    shown.next = next;
                    is_after_wide = false;
                    // What indents a line stays with its first word.
                    if shown.end > start {
                        last_break = Some(shown);
                    }
                    continue;
                }
                Role::Ink => {}
            }
            let is_wide = cell.width > 1;
            if shown.end > start && cell.width > 0 && (is_wide || is_after_wide) {
                last_break = Some(shown);
            }
            if is_full {
                let here = Break {
                    end: shown.next,
                    width: column,
                    next: shown.next,
                };
                return (last_break.unwrap_or(here), true);
            }
            column += cell.width;
            is_after_wide = is_wide;
            shown = Break {
                end: next,
                width: column,
                next,
            };
        }
        // Spaces at the end of a text are shown as far as they fit: somebody may be typing them.
        let end = Break {
            end: shown.next,
            width: column,
            next: shown.next,
        };
        (end, false)
    }

    /// A row that is full at a space: the spaces go, and a line break that follows them breaks no second time.
    fn swallow(&self, shown: Break) -> (Break, bool) {
        let rest = &self.text[shown.next..];
        let after = rest.trim_start_matches([' ', '\t']);
        let next = self.text.len() - after.len();
        match cell_at(self.text, next, 0, self.width_max) {
            None => (Break { next, ..shown }, false),
            Some(cell) if cell.role == Role::LineBreak => {
                let next = next + cell.bytes;
                (Break { next, ..shown }, true)
            }
            Some(_) => (Break { next, ..shown }, true),
        }
    }
}
