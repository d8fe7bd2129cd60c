//! The [`App`] as cells.
//!
//! ```text
//!   ┌ rooms ─┬ messages ──────────────────┬ people ┐     the lists fold away where there is no room for them, and
//!   │1 #lobby│14:02        alice  hello   │alice   │     the list of rooms where there is only one
//!   │2 #den 3│14:03          bob  hi      │bob     │
//!   ├────────┴────────────────────────────┴────────┤
//!   │#lobby · 2 people · topic           connected │     bar
//!   │ask, choices, hints                           │     only when there is something
//!   │> what is being written                       │
//!   └──────────────────────────────────────────────┘
//! ```
//! Any size will do. What does not fit is left out: first the lists, then the messages, then the bar.

mod bar;
mod block;
mod lists;
mod over;
mod paint;
mod pane;
mod row;
#[cfg(test)]
mod tests;
mod text;

use std::ops::Range;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::App;
use block::Paper;

pub use paint::{Picture, paint};
pub use pane::Scroll;

pub(crate) use over::last_top;
pub(crate) use pane::Pane;
pub(crate) use row::Row;

/// From this width on the rooms have a list.
pub const ROOMS_FROM_CELLS: u16 = 60;

/// From this width on there is place for the people too.
pub const PEOPLE_FROM_CELLS: u16 = 72;

/// How wide the list of rooms is, with the line behind it, and the list of people with the line before it.
const ROOMS_CELLS: u16 = 18;
const PEOPLE_CELLS: u16 = 17;

/// What is known of a picture besides its cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Where the cursor stands: column and row.
    pub cursor: Option<(u16, u16)>,
    /// Which cells lead somewhere.
    pub links: Vec<Link>,
}

/// Cells that lead somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The row.
    pub row: u16,
    /// From which column, and to which, not included.
    pub columns: Range<u16>,
    /// Where it leads: an address of printable ASCII.
    pub target: Arc<str>,
}

/// Where what is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Places {
    rooms: Rect,
    messages: Rect,
    people: Rect,
    bar: Rect,
    ask: Rect,
    editor: Rect,
}

/// Draws it into this part of the buffer, which may be of any size.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) -> Drawn {
    let area = area.intersection(buffer.area);
    for position in area.positions() {
        buffer[position].reset();
    }
    let mut drawn = Drawn::default();
    if area.is_empty() {
        return drawn;
    }
    let places = places(app, area);
    if app.open().is_some() {
        over::draw(app, buffer, places.messages, &mut drawn);
    } else {
        draw_messages(app, buffer, places.messages, &mut drawn.links);
    }
    lists::draw_rooms(app, buffer, places.rooms);
    lists::draw_people(app, buffer, places.people);
    bar::draw_bar(app, buffer, places.bar);
    bar::draw_ask(app, buffer, places.ask);
    if drawn.cursor.is_none() {
        drawn.cursor = bar::draw_editor(app, buffer, places.editor);
    } else {
        bar::draw_editor(app, buffer, places.editor);
    }
    drawn
}

/// The part of the room that is seen, on a terminal of the size that the app knows.
pub(crate) fn pane(app: &App) -> Pane<'_> {
    let (columns, rows) = app.size();
    let messages = places(app, Rect::new(0, 0, columns, rows)).messages;
    Pane {
        paper: paper(app, messages.width),
        height: usize::from(messages.height),
    }
}

fn paper(app: &App, width: u16) -> Paper<'_> {
    Paper {
        width: usize::from(width),
        colours: app.options().colours,
        clock: &app.options().clock,
        me: app.me(),
    }
}

fn places(app: &App, area: Rect) -> Places {
    let mut rest = area;
    let wanted = bar::editor_rows(app, area);
    let editor = take_bottom(&mut rest, wanted.min(area.height));
    let ask = if rest.height > 1 {
        bar::ask_rows(app, area.width)
    } else {
        0
    };
    let ask = take_bottom(&mut rest, ask);
    let bar = u16::from(rest.height > 1);
    let bar = take_bottom(&mut rest, bar);
    let (shows_rooms, shows_people) = app.shows();
    let has_rooms = shows_rooms && app.rooms().len() > 1 && area.width >= ROOMS_FROM_CELLS;
    let has_people = shows_people && area.width >= PEOPLE_FROM_CELLS;
    let rooms_width = if has_rooms { ROOMS_CELLS } else { 0 };
    let people_width = if has_people { PEOPLE_CELLS } else { 0 };
    let messages_width = rest.width - rooms_width - people_width;
    let column = |x: u16, width: u16| Rect { x, width, ..rest };
    Places {
        rooms: column(rest.x, rooms_width),
        messages: column(rest.x + rooms_width, messages_width),
        people: column(rest.x + rooms_width + messages_width, people_width),
        bar,
        ask,
        editor,
    }
}

fn take_bottom(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    rest.height -= height;
    Rect {
        y: rest.y + rest.height,
        height,
        ..*rest
    }
}

/// The messages stand at the bottom, near to where one writes.
fn draw_messages(app: &App, buffer: &mut Buffer, area: Rect, links: &mut Vec<Link>) {
    let pane = Pane {
        paper: paper(app, area.width),
        height: usize::from(area.height),
    };
    let rows = pane.rows(app.room());
    let blank = area
        .height
        .saturating_sub(u16::try_from(rows.len()).unwrap_or(u16::MAX));
    for (y, row) in (area.y + blank..area.bottom()).zip(&rows) {
        row.draw(buffer, Rect { y, height: 1, ..area }, links);
    }
}
