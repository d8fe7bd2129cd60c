//! What lies over the messages for a while.

use chat_proto::visible::visible;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{Drawn, Pane, Row, draw_messages};
use crate::pure::app::{App, Hit, Open};
use crate::pure::editor::Editor;
use crate::pure::wrap::{self, width};

/// Lines without place for their columns are indented by so much, and their further rows by as much more.
const INDENT_CELLS: usize = 2;

/// A last column is at least so wide.
const COLUMN_CELLS_MIN: usize = 24;

pub(super) fn draw(app: &App, buffer: &mut Buffer, area: Rect, drawn: &mut Drawn) {
    if area.is_empty() {
        return;
    }
    match app.open() {
        Some(Open::Text { title, lines, top }) => {
            let rest = &lines[(*top).min(lines.len())..];
            let more = rest.len() - fitting(&super::pane(app), rest.iter());
            let more = if more > 0 {
                format!(", {more} more below: PgDn")
            } else {
                String::new()
            };
            draw_row(buffer, area, 0, heading(format!("{title}  (Esc closes{more})")));
            draw_text(app, buffer, area, rest);
        }
        Some(Open::Found {
            title,
            hits,
            selected,
            ..
        }) => draw_found(app, buffer, area, title, hits, *selected),
        Some(Open::FindRoom { part, selected, .. }) => {
            drawn.cursor = draw_field(buffer, area, "go to: ", part, ("", Style::new()));
            for (index, room) in app.rooms_with(part.text()).into_iter().enumerate() {
                let mut row = Row::default();
                let style = if index == *selected {
                    app.options().colours.bar()
                } else {
                    Style::new()
                };
                row.push_strange(&app.rooms()[room].title(), style);
                draw_row(buffer, area, index + 1, row);
            }
        }
        Some(Open::FindText { part, .. }) => {
            let below = Rect {
                y: area.y + 1,
                height: area.height - 1,
                ..area
            };
            draw_messages(app, buffer, below, &mut drawn.links);
            let keys = ("   Up: further back  Enter: done", app.options().colours.calm());
            drawn.cursor = draw_field(buffer, area, "find: ", part, keys);
        }
        None => {}
    }
}

fn heading(text: String) -> Row {
    let mut row = Row::default();
    row.push(text, Style::new().add_modifier(Modifier::BOLD));
    row
}

/// What was found, with what is chosen in sight.
fn draw_found(app: &App, buffer: &mut Buffer, area: Rect, title: &str, hits: &[Hit], selected: usize) {
    let title = format!("{title} (Enter: go, Esc: close)");
    draw_row(buffer, area, 0, heading(title));
    let below = usize::from(area.height).saturating_sub(1);
    let rows_of = |index: usize| {
        let mut row = Row::default();
        let style = if index == selected {
            app.options().colours.bar()
        } else {
            Style::new()
        };
        row.push(hits[index].shown.clone(), style);
        row.wrap(usize::from(area.width))
    };
    let mut first = selected.min(hits.len().saturating_sub(1));
    let mut height = 0;
    for index in (0..=first).rev() {
        height += rows_of(index).len();
        if height > below {
            break;
        }
        first = index;
    }
    let rows = (first..hits.len()).flat_map(rows_of).take(below);
    for (index, row) in rows.enumerate() {
        draw_row(buffer, area, index + 1, row);
    }
}

/// The lines below the heading, as many as fit.
fn draw_text(app: &App, buffer: &mut Buffer, area: Rect, lines: &[String]) {
    let rows = lines.iter().flat_map(|line| {
        let is_heading = line.ends_with(':') && !line.starts_with(' ');
        let style = if is_heading {
            app.options().colours.calm()
        } else {
            Style::new()
        };
        text_rows(line, style, usize::from(area.width))
    });
    for (index, row) in rows.take(usize::from(area.height)).enumerate() {
        draw_row(buffer, area, index + 1, row);
    }
}

/// How many of the lines, from the last one backwards or from the first one on, fit below a heading.
fn fitting<'a>(pane: &Pane<'_>, lines: impl Iterator<Item = &'a String>) -> usize {
    let mut rows = 0;
    let fits = |line: &&String| {
        rows += text_rows(line, Style::new(), pane.paper.width).len();
        rows < pane.height
    };
    lines.take_while(fits).count()
}

/// How far a text can be scrolled: its end is seen then.
pub(crate) fn last_top(pane: &Pane<'_>, lines: &[String]) -> usize {
    lines.len() - fitting(pane, lines.iter().rev()).clamp(usize::from(!lines.is_empty()), lines.len())
}

/// The rows of a line. Of one in columns the last column is wrapped on its own, or they are put together where there is no
/// place for columns.
fn text_rows(line: &str, style: Style, width_max: usize) -> Vec<Row> {
    let mut row = Row::default();
    let last_column = line.trim_start().rfind("  ").filter(|_| line.starts_with(' '));
    let Some(at) = last_column.map(|at| at + line.len() - line.trim_start().len() + 2) else {
        row.push(line, style);
        return row.wrap(width_max);
    };
    let (mut before, mut text) = (line[..at].to_owned(), line[at..].to_owned());
    let has_place = width(&before) + COLUMN_CELLS_MIN <= width_max;
    if !has_place {
        text = format!("{}  {text}", before.trim());
        before = " ".repeat(INDENT_CELLS.min(width_max.saturating_sub(1)));
    }
    let indent = if has_place {
        width(&before)
    } else {
        2 * INDENT_CELLS
    };
    let indent = indent.min(width_max.saturating_sub(1));
    row.push(text, style);
    let rows = row.wrap(width_max - indent).into_iter().enumerate();
    let rows = rows.map(|(index, mut row)| {
        let mut whole = Row::default();
        let before = if index == 0 {
            before.clone()
        } else {
            " ".repeat(indent)
        };
        whole.push(before, style);
        whole.0.append(&mut row.0);
        whole
    });
    rows.collect()
}

/// A field in which something is typed, and its keys where they have place. Where its cursor is.
fn draw_field(
    buffer: &mut Buffer,
    area: Rect,
    label: &str,
    part: &Editor,
    (keys, calm): (&str, Style),
) -> Option<(u16, u16)> {
    let mut row = heading(label.into());
    // The end is in sight.
    let cells = usize::from(area.width).saturating_sub(row.width() + 1);
    let typed = visible(part.text()).to_string();
    let mut left = width(&typed);
    let shown = wrap::cells(&typed).skip_while(|cell| {
        let is_hidden = left > cells;
        left = left.saturating_sub(cell.width);
        is_hidden
    });
    row.push(shown.map(|cell| cell.shown).collect::<String>(), Style::new());
    let column = u16::try_from(row.width()).unwrap_or(u16::MAX);
    if row.width() + width(keys) < usize::from(area.width) {
        row.push(keys, calm);
    }
    draw_row(buffer, area, 0, row);
    Some((area.x.saturating_add(column).min(area.right() - 1), area.y))
}

fn draw_row(buffer: &mut Buffer, area: Rect, index: usize, row: Row) {
    let Ok(offset) = u16::try_from(index) else { return };
    if offset < area.height {
        let y = area.y + offset;
        row.draw(buffer, Rect { y, height: 1, ..area }, &mut Vec::new());
    }
}
