//! The rows below the messages: the bar, what is asked, and where one writes.

use chat_proto::visible::visible;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::row::shortened;
use super::{ROOMS_FROM_CELLS, Row, lists};
use crate::pure::app::{App, people_shown};
use crate::pure::editor::Layout;
use crate::pure::sign;
use crate::pure::wrap::{isolated, width};

/// In front of what is written.
const PROMPT: &str = "> ";
const PROMPT_CELLS: u16 = 2;

/// What is asked takes at most so many rows.
const ASK_ROWS_MAX: u16 = 3;

/// What is written takes at most this part of the height.
const EDITOR_PART: u16 = 3;

/// The bar: where one is, and how things stand.
pub(super) fn draw_bar(app: &App, buffer: &mut Buffer, area: Rect) {
    if area.is_empty() {
        return;
    }
    buffer.set_style(area, app.options().colours.bar());
    let width_max = usize::from(area.width);
    let room = app.room();
    let title = visible(&room.title()).to_string();
    // How we stand goes before all but the title, which leaves it most of the row.
    let title_width = width(&title).min(width_max / 4);
    let standing_max = width_max.saturating_sub(title_width + 1);
    let standing = shortened(&right_side(app, area.width), standing_max);
    let mut left = vec![isolated(&title).into_owned()];
    if let Some(chosen) = room.chosen().and_then(|no| room.lines().get(no)) {
        left.push(format!("message {}", chosen.seq));
    }
    if room.new_below > 0 {
        left.push(format!("{} new below", room.new_below));
    }
    if room.is_excerpt() {
        left.push("Alt-End: to the newest".into());
    }
    if room.is_fetching() {
        left.push("fetching".into());
    }
    if let Some(why) = room.why_out() {
        left.push(format!("out: {why}"));
    } else if room.count > 0 {
        left.push(people_shown(room.count));
    }
    if !room.topic.is_empty() {
        left.push(isolated(&visible(&room.topic).to_string()).into_owned());
    }
    let standing_width = width(&standing);
    let left = fitting(&left, width_max.saturating_sub(standing_width + 1));
    let gap = width_max.saturating_sub(width(&left) + standing_width).max(1);
    let mut row = Row::default();
    row.push(left, app.options().colours.bar());
    row.push(" ".repeat(gap), app.options().colours.bar());
    row.push(standing, app.options().colours.bar());
    row.draw(buffer, area, &mut Vec::new());
}

/// As many of the parts as fit, the last one perhaps shortened.
fn fitting(parts: &[String], width_max: usize) -> String {
    let mut line = String::new();
    for (index, part) in parts.iter().enumerate() {
        let separator = if index == 0 { "" } else { " · " };
        let longer = format!("{line}{separator}{part}");
        if width(&longer) > width_max {
            let is_worth_it = width_max.saturating_sub(width(&line)) >= 8 || index == 0;
            return if is_worth_it {
                shortened(&longer, width_max)
            } else {
                line
            };
        }
        line = longer;
    }
    line
}

/// Other rooms with something unread, where they have no list, and how we stand with the server.
fn right_side(app: &App, columns: u16) -> String {
    let mut parts = Vec::new();
    if columns < ROOMS_FROM_CELLS || !app.shows().0 {
        for (index, room) in app.rooms().iter().enumerate() {
            if index != app.current() && room.unread > 0 {
                parts.push(format!("{}:{}", index + 1, lists::unread_shown(room)));
            }
        }
        parts.truncate(4);
    }
    let is_narrow = columns < 40;
    if !app.is_connected() || !is_narrow {
        parts.push(app.standing_shown());
    }
    parts.join(" ")
}

/// How many rows are asked in.
pub(super) fn ask_rows(app: &App, columns: u16) -> u16 {
    let is_choice = app.choices().is_some() && app.hint().is_none() && app.pasting().is_none();
    let rows = ask(app, columns).map_or(0, |row| row.wrap(usize::from(columns)).len());
    let rows = if is_choice { rows.min(1) } else { rows };
    u16::try_from(rows).unwrap_or(ASK_ROWS_MAX).min(ASK_ROWS_MAX)
}

/// What is asked, offered or said to whoever types.
fn ask(app: &App, columns: u16) -> Option<Row> {
    let mut row = Row::default();
    let colours = app.options().colours;
    if let Some(pasting) = app.pasting() {
        row.push(pasting.question(), colours.trouble());
    } else if let Some(hint) = app.hint() {
        let style = if hint.is_trouble {
            colours.trouble()
        } else {
            colours.calm()
        };
        row.push(visible(&hint.text).to_string(), style);
    } else if let Some(choices) = app.choices() {
        for (index, item) in choices.items.iter().enumerate() {
            let style = if index == choices.selected {
                colours.bar()
            } else {
                colours.calm()
            };
            row.push_strange(item, style);
            row.push(" ", Style::new());
        }
    } else if let Some(searching) = app.editor().searching() {
        let found = if searching.is_missing {
            "nothing typed before has"
        } else {
            "typed before, with"
        };
        row.push(format!("{found}: {}", visible(searching.part)), colours.calm());
    } else {
        row.push(shortened(&opening(app)?, usize::from(columns)), colours.calm());
    }
    Some(row)
}

/// The conversations that are being opened; of one what is said first there.
fn opening(app: &App) -> Option<String> {
    let mut opening = app.opening();
    let (person, first) = opening.next()?;
    let person = isolated(&visible(person.as_str()).to_string()).into_owned();
    let on_its_way = sign::ON_ITS_WAY;
    let others = match (first, opening.len()) {
        (Some(text), 0) => format!(": {}", isolated(&visible(text).to_string())),
        (None, 0) => String::new(),
        (_, 1) => " and 1 other".into(),
        (_, others) => format!(" and {others} others"),
    };
    Some(format!(
        "{on_its_way} opening a conversation with {person}{others}"
    ))
}

pub(super) fn draw_ask(app: &App, buffer: &mut Buffer, area: Rect) {
    let Some(row) = ask(app, area.width).filter(|_| !area.is_empty()) else {
        return;
    };
    let mut row = row;
    if let (Some(choices), None, None) = (app.choices(), app.hint(), app.pasting()) {
        // The choice is in sight, however many stand before it; behind each stands a space.
        let selected = 2 * choices.selected + 1;
        let is_beyond = |first: &usize| {
            let before = row.0[*first..selected].iter();
            before.map(|span| width(&span.text)).sum::<usize>() > usize::from(area.width)
        };
        let first = (0..selected).step_by(2).take_while(is_beyond).count() * 2;
        row.0.drain(..first.min(selected - 1));
    }
    if app.choices().is_some() && area.height == 1 {
        return row.draw(buffer, area, &mut Vec::new());
    }
    for (y, row) in (area.y..area.bottom()).zip(row.wrap(usize::from(area.width))) {
        row.draw(buffer, Rect { y, height: 1, ..area }, &mut Vec::new());
    }
}

fn layout(app: &App, columns: u16) -> Layout {
    app.editor()
        .layout(usize::from(columns.saturating_sub(PROMPT_CELLS)))
}

/// How many rows are written in.
pub(super) fn editor_rows(app: &App, area: Rect) -> u16 {
    let rows = u16::try_from(layout(app, area.width).rows.len()).unwrap_or(u16::MAX);
    rows.clamp(1, (area.height / EDITOR_PART).max(1))
}

/// Draws what is written, the row with the cursor in sight. Where the cursor is.
pub(super) fn draw_editor(app: &App, buffer: &mut Buffer, area: Rect) -> Option<(u16, u16)> {
    if area.is_empty() {
        return None;
    }
    let layout = layout(app, area.width);
    let height = usize::from(area.height);
    let top = (layout.cursor.row + 1).saturating_sub(height);
    let text = app.editor().text();
    for (y, (index, wrapped)) in (area.y..area.bottom()).zip(layout.rows.iter().enumerate().skip(top)) {
        let mut row = Row::default();
        let prompt = if index == 0 { PROMPT } else { "  " };
        row.push(prompt, app.options().colours.calm());
        let cells = wrapped.cells(text, layout.width_max);
        row.push(cells.map(|cell| cell.shown).collect::<String>(), Style::new());
        row.draw(buffer, Rect { y, height: 1, ..area }, &mut Vec::new());
    }
    let row = u16::try_from(layout.cursor.row - top).unwrap_or_default();
    let column = u16::try_from(layout.cursor.column).unwrap_or(u16::MAX);
    let x = area.x.saturating_add(PROMPT_CELLS).saturating_add(column);
    Some((x.min(area.right() - 1), area.y + row))
}
