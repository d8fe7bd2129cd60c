//! What stands in a cell.

use std::ops::Range;

use chat_proto::visible::is_safe;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::isolate::{ISOLATE_BEGIN, ISOLATE_END};

/// A tab goes on to the next multiple of this, counted from where its row begins.
pub const TAB_CELLS: usize = 4;

/// What stands for a grapheme that can't be shown: one wider than the row, or one that would command the terminal.
pub const STAND_IN: &str = "▯";

/// A grapheme of more characters is shown by [`STAND_IN`]: enough for a family of emoji and for the spelling of living
/// languages, too few to climb over the rows above.
pub const CLUSTER_CHARS_MAX: usize = 16;

const SPACES: &str = "    ";
const _: () = assert!(SPACES.len() == TAB_CELLS, "a tab is shown by spaces");

/// One grapheme of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// Where it begins in the text, in bytes.
    pub at: usize,
    /// How many bytes of the text it is.
    pub bytes: usize,
    /// What to show: the grapheme, the spaces of a tab, or [`STAND_IN`].
    pub shown: &'a str,
    /// How many cells it takes. None for what is invisible by itself.
    pub width: usize,
    pub(super) role: Role,
}

/// What a grapheme means to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It is a part of a word.
    Ink,
    /// A row may end here.
    Space,
    /// A row ends here.
    LineBreak,
}

/// How many cells a text takes in one row that is long enough; tabs count from its beginning.
#[must_use]
pub fn width(text: &str) -> usize {
    cells(text).map(|cell| cell.width).sum()
}

/// The cells of a text in one row that is long enough. A line break in it is shown by [`STAND_IN`].
#[must_use]
pub fn cells(text: &str) -> Cells<'_> {
    Cells::new(text, 0..text.len(), usize::MAX)
}

/// What a row shows, from its beginning.
#[derive(Clone, Debug)]
pub struct Cells<'a> {
    text: &'a str,
    range: Range<usize>,
    column: usize,
    width_max: usize,
}

impl<'a> Cells<'a> {
    pub(super) fn new(text: &'a str, range: Range<usize>, width_max: usize) -> Self {
        Self {
            text,
            range,
            column: 0,
            width_max: width_max.max(1),
        }
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = Cell<'a>;

    fn next(&mut self) -> Option<Cell<'a>> {
        let row = &self.text[..self.range.end];
        let mut cell = cell_at(row, self.range.start, self.column, self.width_max)?;
        if cell.role == Role::LineBreak {
            (cell.shown, cell.width) = (STAND_IN, 1);
        }
        self.range.start += cell.bytes;
        self.column += cell.width;
        Some(cell)
    }
}

/// The grapheme at `at`, which is where one begins, if it stands in this column of a row so wide.
pub(super) fn cell_at(text: &str, at: usize, column: usize, width_max: usize) -> Option<Cell<'_>> {
    let rest = &text[at..];
    let cluster = &rest[..cluster_bytes(rest)?];
    let (shown, width, role) = match cluster {
        "\n" | "\r\n" => ("", 0, Role::LineBreak),
        "\t" => {
            let width = (TAB_CELLS - column % TAB_CELLS).min(width_max);
            (&SPACES[..width], width, Role::Space)
        }
        " " => (cluster, 1, Role::Space),
        _ => {
            let (shown, width) = shown(cluster, width_max);
            (shown, width, Role::Ink)
        }
    };
    Some(Cell {
        at,
        bytes: cluster.len(),
        shown,
        width,
        role,
    })
}

fn shown(cluster: &str, width_max: usize) -> (&str, usize) {
    if let [b'!'..=b'~'] = cluster.as_bytes() {
        return (cluster, 1);
    }
    let is_shown = |c: char| is_safe(c) || c == ISOLATE_BEGIN || c == ISOLATE_END;
    let width = cluster.width();
    if width > width_max || !cluster.chars().all(is_shown) || cluster.chars().nth(CLUSTER_CHARS_MAX).is_some()
    {
        return (STAND_IN, 1);
    }
    (cluster, width)
}

/// How long the grapheme is that the text begins with. The isolates around one go with it: they take no cell of
/// their own.
fn cluster_bytes(text: &str) -> Option<usize> {
    if let [first, second, ..] = text.as_bytes()
        && matches!(first, b' '..=b'~')
        && second.is_ascii()
    {
        return Some(1);
    }
    let after_begin = text.trim_start_matches(ISOLATE_BEGIN);
    let grapheme = after_begin.graphemes(true).next().unwrap_or_default();
    let mut bytes = text.len() - after_begin.len();
    if grapheme.is_empty() || (bytes > 0 && matches!(grapheme, "\n" | "\r\n" | "\t" | " ")) {
        return (bytes > 0).then_some(bytes);
    }
    bytes += grapheme.len();
    if !matches!(grapheme, "\n" | "\r\n" | "\t" | " ") {
        let after = &text[bytes..];
        bytes += after.len() - after.trim_start_matches(ISOLATE_END).len();
    }
    Some(bytes)
}
