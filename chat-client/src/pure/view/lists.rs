//! The lists beside the messages: rooms and people.

use chat_proto::message::Role;
use chat_proto::visible::visible;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::Row;
use super::row::shortened;
use crate::pure::app::{App, Room};
use crate::pure::sign;
use crate::pure::wrap::{isolated, width};

/// What separates a list from the messages.
const LINE: &str = "│";

/// How many messages are unread, with `!` if one speaks to us.
pub(super) fn unread_shown(room: &Room) -> String {
    let count = if room.unread > 999 {
        "999+".into()
    } else {
        room.unread.to_string()
    };
    let mention = if room.mentions > 0 { "!" } else { "" };
    format!("{count}{mention}")
}

pub(super) fn draw_rooms(app: &App, buffer: &mut Buffer, area: Rect) {
    if area.is_empty() {
        return;
    }
    let calm = app.options().colours.calm();
    let inner = usize::from(area.width - 1);
    let height = usize::from(area.height);
    // The room that is shown is in sight.
    let top = (app.current() + 1).saturating_sub(height);
    let mut rooms = app.rooms().iter().enumerate().skip(top);
    for y in area.y..area.bottom() {
        let mut row = rooms
            .next()
            .map(|(index, room)| room_row(app, index, room, inner))
            .unwrap_or_default();
        let gap = inner.saturating_sub(row.width());
        row.push(" ".repeat(gap), Style::new());
        row.push(LINE, calm);
        row.draw(buffer, Rect { y, height: 1, ..area }, &mut Vec::new());
    }
}

fn room_row(app: &App, index: usize, room: &Room, width_max: usize) -> Row {
    let colours = app.options().colours;
    let style = match (index == app.current(), room.mentions > 0, room.unread > 0) {
        (true, ..) => colours.bar(),
        (_, true, _) => colours.trouble().add_modifier(Modifier::BOLD),
        (_, _, true) => Style::new().add_modifier(Modifier::BOLD),
        (false, false, false) => Style::new(),
    };
    let number = if index < 9 {
        format!("{} ", index + 1)
    } else {
        "  ".into()
    };
    let unread = if room.unread > 0 {
        format!(" {}", unread_shown(room))
    } else {
        String::new()
    };
    let title = visible(&room.title()).to_string();
    let room_for_title = width_max.saturating_sub(width(&number) + width(&unread) + 1);
    let mut row = Row::default();
    row.push(number, colours.calm());
    row.push(isolated(&shortened(&title, room_for_title)), style);
    row.push(unread, style);
    row
}

pub(super) fn draw_people(app: &App, buffer: &mut Buffer, area: Rect) {
    if area.is_empty() {
        return;
    }
    let colours = app.options().colours;
    let room = app.room();
    let inner = usize::from(area.width - 1);
    let height = usize::from(area.height);
    let known = room.people.len();
    let all = usize::try_from(room.count).unwrap_or(usize::MAX).max(known);
    let shown = if all > height {
        height.saturating_sub(1).min(known)
    } else {
        known
    };
    let mut people: Vec<_> = room.people.iter().map(|name| (app.role_of(name), name)).collect();
    // Those who keep order stand first.
    people.sort_by_key(|(role, _)| (*role != Role::OWNER, *role != Role::OPERATOR));
    let mut names = people[..shown].iter();
    for (index, y) in (area.y..area.bottom()).enumerate() {
        let mut row = Row::default();
        row.push(LINE, colours.calm());
        if let Some((role, name)) = names.next() {
            let sign = sign::of(*role);
            let shown = visible(name.as_str()).to_string();
            row.push(sign, colours.calm());
            let name_cells = inner.saturating_sub(width(sign));
            row.push(isolated(&shortened(&shown, name_cells)), colours.person(name));
        } else if index == shown && all > shown {
            row.push(format!("and {} others", all - shown), colours.calm());
        }
        row.draw(buffer, Rect { y, height: 1, ..area }, &mut Vec::new());
    }
}
