//! What a terminal is sent so that it shows a picture.
//!
//! A row that has changed is written as a whole. Terminals and we may differ in how wide some emoji are: after each
//! character that is not ASCII the column is told, so that nothing behind it moves.

use std::fmt::Write;

use chat_proto::visible::is_safe;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::{App, Drawn, draw};
use crate::pure::wrap;

/// What a terminal shows, or is to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Its cells.
    pub cells: Buffer,
    /// What is known besides.
    pub drawn: Drawn,
}

impl Picture {
    /// The app as it is now, in a terminal of its size.
    #[must_use]
    pub fn of(app: &App) -> Self {
        let (columns, rows) = app.size();
        let area = Rect::new(0, 0, columns, rows);
        let mut cells = Buffer::empty(area);
        let drawn = draw(app, &mut cells, area);
        Self { cells, drawn }
    }
}

/// Adds to `out` what makes a terminal that shows `before` show `after`. If their sizes differ, or there is nothing
/// before, the terminal is cleared.
pub fn paint(before: Option<&Picture>, after: &Picture, out: &mut String) {
    let before = before.filter(|before| before.cells.area == after.cells.area);
    if before == Some(after) {
        return;
    }
    // Nothing of this is seen before it is complete, where a terminal knows how.
    out.push_str("\x1b[?2026h\x1b[?25l");
    if before.is_none() {
        out.push_str("\x1b[0m\x1b[2J");
    }
    for row in 0..after.cells.area.height {
        if before.is_none_or(|before| is_changed(before, after, row)) {
            paint_row(after, row, out);
        }
    }
    if let Some((column, row)) = after.drawn.cursor {
        write!(out, "\x1b[{};{}H\x1b[?25h", row + 1, column + 1).expect("a string can always be written");
    }
    out.push_str("\x1b[?2026l");
}

fn is_changed(before: &Picture, after: &Picture, row: u16) -> bool {
    let width = after.cells.area.width;
    let cells = (0..width).any(|column| before.cells[(column, row)] != after.cells[(column, row)]);
    let links_of = |picture: &Picture| {
        let links = picture.drawn.links.iter();
        links.filter(|link| link.row == row).cloned().collect::<Vec<_>>()
    };
    cells || links_of(before) != links_of(after)
}

fn paint_row(picture: &Picture, row: u16, out: &mut String) {
    let width = picture.cells.area.width;
    write!(out, "\x1b[{};1H\x1b[0m", row + 1).expect("a string can always be written");
    let links = picture.drawn.links.iter().filter(|link| link.row == row);
    let links: Vec<_> = links.collect();
    let blank = Cell::default();
    let last = (0..width)
        .rev()
        .find(|column| picture.cells[(*column, row)] != blank);
    let mut style = (Color::Reset, Color::Reset, Modifier::empty());
    let mut column = 0;
    while column < last.map_or(0, |last| last + 1) {
        if let Some(link) = links.iter().find(|link| link.columns.start == column) {
            write!(out, "\x1b]8;;{}\x1b\\", link.target).expect("a string can always be written");
        }
        let cell = &picture.cells[(column, row)];
        let wanted = (cell.fg, cell.bg, cell.modifier);
        if wanted != style {
            paint_style(wanted, out);
            style = wanted;
        }
        column += paint_cell(cell.symbol(), column, width, out);
        if links.iter().any(|link| link.columns.end == column) {
            out.push_str("\x1b]8;;\x1b\\");
        }
    }
    out.push_str("\x1b[0m");
    if last.is_none_or(|last| last + 1 < width) {
        out.push_str("\x1b[K");
    }
}

/// Writes what stands in a cell. How many cells it takes.
fn paint_cell(symbol: &str, column: u16, width: u16, out: &mut String) -> u16 {
    let is_isolate = |c: char| matches!(c, '\u{2068}' | '\u{2069}');
    if !symbol.chars().all(|c| is_safe(c) || is_isolate(c)) {
        // Nothing like it is ever drawn. If it were, it would end here.
        out.push_str(wrap::STAND_IN);
        return 1;
    }
    out.push_str(symbol);
    let cells = u16::try_from(wrap::width(symbol)).unwrap_or(1).max(1);
    if !symbol.is_ascii() && column + cells < width {
        write!(out, "\x1b[{}G", column + cells + 1).expect("a string can always be written");
    }
    cells
}

fn paint_style((foreground, background, modifier): (Color, Color, Modifier), out: &mut String) {
    out.push_str("\x1b[0");
    for (flag, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ] {
        if modifier.contains(flag) {
            write!(out, ";{code}").expect("a string can always be written");
        }
    }
    paint_colour(foreground, 30, out);
    paint_colour(background, 40, out);
    out.push('m');
}

/// The colours that [`colour`](crate::pure::colour) gives; others are left as they are.
fn paint_colour(colour: Color, base: u8, out: &mut String) {
    let eight = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
    ];
    if let Color::Indexed(index) = colour {
        write!(out, ";{};5;{index}", base + 8).expect("a string can always be written");
    } else if let Some(index) = eight.iter().position(|known| *known == colour) {
        write!(out, ";{}", usize::from(base) + index).expect("a string can always be written");
    }
}
