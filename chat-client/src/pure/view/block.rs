//! The rows of one line of a room: time and name in a margin, what was said beside it.
//!
//! ```text
//!   WIDE                                           NARROW                       TINY
//!   14:02        alice  what was said, with        14:02 alice: what was        alice: what
//!                       its second row below it          said                   was said
//!   ◀ TIME ▶◀── NAME ──▶◀── the text ──▶           ◀TIME▶◀── the text ──▶       ◀── the text ──▶
//! ```

use chat_proto::ids::Seq;
use chat_proto::message::{Act, Kind};
use chat_proto::name::UserName;
use chat_proto::visible::visible;
use ratatui::style::{Modifier, Style};

use super::row::{Row, shortened};
use super::text::push_text;
use crate::pure::app::{Pending, PendingState, Room};
use crate::pure::clock::Clock;
use crate::pure::colour::Colours;
use crate::pure::link::Content;
use crate::pure::scrollback::{Acting, Body, Line, LineNo, Said};
use crate::pure::sign;
use crate::pure::wrap::{isolated, width};

/// From this width on names have a column of their own.
const WIDE_CELLS: usize = 56;

/// Below this width there are no times.
const TINY_CELLS: usize = 24;

/// A time and the space behind it.
const TIME_CELLS: usize = 6;

/// The column of names, and the two spaces behind it.
const NAME_CELLS: usize = 12;
const NAME_COLUMN_CELLS: usize = NAME_CELLS + 2;

/// How lines are laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paper<'a> {
    pub(crate) width: usize,
    pub(crate) colours: Colours,
    pub(crate) clock: &'a Clock,
    pub(crate) me: &'a UserName,
}

/// What stands in the margin of a row.
struct Margin {
    time: String,
    name: Row,
    /// Whether the name is followed by a colon where it has no column.
    has_colon: bool,
}

impl Paper<'_> {
    /// The rows of a line, with what separates it from the line before it.
    pub(crate) fn block(&self, room: &Room, no: LineNo) -> Vec<Row> {
        let Some(line) = room.lines().get(no) else {
            return Vec::new();
        };
        let mut rows = self.separators(room, no, line);
        let mut said = self.line(line);
        if room.chosen() == Some(no) {
            self.point_at(&mut said);
        }
        rows.extend(said);
        rows
    }

    /// Marks the rows of the line that is chosen: by a sign behind the time, or, where there is none, as a whole.
    fn point_at(&self, rows: &mut [Row]) {
        let Some(first) = rows.first_mut().and_then(|row| row.0.first_mut()) else {
            return;
        };
        if self.width >= TINY_CELLS
            && let Some(time) = first.text.strip_suffix(' ')
        {
            first.text = format!("{time}{}", sign::CHOSEN);
            first.style = Style::new().add_modifier(Modifier::BOLD);
            return;
        }
        for span in rows.iter_mut().flat_map(|row| &mut row.0) {
            span.style = span.style.add_modifier(Modifier::REVERSED);
        }
    }

    /// What we said and is not in the log yet.
    pub(crate) fn pending(&self, pending: &Pending) -> Vec<Row> {
        let (sign, style) = match &pending.state {
            PendingState::OnItsWay => (sign::ON_ITS_WAY, self.colours.calm()),
            PendingState::Stored { .. } => (sign::STORED, Style::new()),
            PendingState::Refused(_) => (sign::WRONG, self.colours.trouble()),
        };
        let mut name = Row::default();
        name.push(format!("{sign} "), style);
        name.push_strange(self.me.as_str(), self.colours.person(self.me));
        let mut text = Row::default();
        let link = self.colours.link();
        match &pending.content {
            Content::Text {
                kind: Kind::ACTION,
                text: said,
            } => {
                push_text(&mut text, &format!("* {}", said.as_str()), style, link);
            }
            Content::Text {
                kind: Kind::TOPIC,
                text: said,
            } => {
                push_text(
                    &mut text,
                    &format!("sets the topic: {}", said.as_str()),
                    style,
                    link,
                );
            }
            Content::Text { text: said, .. } => push_text(&mut text, said, style, link),
            Content::Emptying { seq } => text.push(format!("removes message {seq}"), style),
            Content::Moderation { act, name, .. } => {
                let (before, after) = act_shown(*act);
                text.push(before, style);
                text.push_strange(name.as_str(), style);
                text.push(after, style);
            }
        }
        if let PendingState::Refused(why) = &pending.state {
            text.push(
                format!(" [not said: {why}; Alt-R says it again, Alt-K drops it]"),
                self.colours.trouble(),
            );
        }
        let margin = Margin {
            time: self.clock.time(pending.at_unix_ms),
            name,
            has_colon: true,
        };
        self.lay_out(margin, text)
    }

    /// Leaves the first rows, and marks where something is left out.
    pub(crate) fn cut(&self, rows: &mut Vec<Row>, rows_max: usize) {
        if rows.len() <= rows_max {
            return;
        }
        rows.truncate(rows_max);
        let Some(row) = rows.last_mut() else { return };
        let over = (row.width() + 1).saturating_sub(self.width);
        if let Some(last) = row.0.last_mut() {
            let text = format!("{}…", last.text.trim_end());
            last.text = shortened(&text, (width(&last.text) + 1).saturating_sub(over));
        }
    }

    /// A row for what was refused and is not seen.
    pub(crate) fn more_refused(&self, count: usize, is_more: bool) -> Row {
        let more = if is_more { " more" } else { "" };
        let text = format!("{count}{more} refused: Alt-R again, Alt-K drop");
        let mut row = Row::default();
        row.push(shortened(&text, self.width), self.colours.trouble());
        row
    }

    fn separators(&self, room: &Room, no: LineNo, line: &Line) -> Vec<Row> {
        let mut rows = Vec::new();
        let no_before = LineNo(no.0 - 1);
        let before = room.lines().get(no_before);
        let day = self.clock.day(line.at_unix_ms);
        let day_before = before.and_then(|before| self.clock.day(before.at_unix_ms));
        if let Some(day) = day.filter(|_| day != day_before) {
            rows.push(self.rule(&day.to_string(), self.colours.calm()));
        }
        let begins_unread = |mark: Seq| {
            let before = before.filter(|_| room.lines().is_of_log(no_before));
            let was_read = before.is_none_or(|before| before.seq <= mark);
            line.is_message() && line.seq > mark && was_read
        };
        // The mark is a number of the log as it is now.
        let mark = room.mark_line().filter(|_| room.lines().is_of_log(no));
        if mark.is_some_and(begins_unread) {
            rows.push(self.rule("new", self.colours.trouble()));
        }
        rows
    }

    fn line(&self, line: &Line) -> Vec<Row> {
        let calm = self.colours.calm();
        let mut text = Row::default();
        let margin = match &line.body {
            Body::Said(said) => return self.said(line, said),
            Body::Emptied { author, by } => {
                let by = by
                    .as_ref()
                    .filter(|by| *by != author)
                    .map(|by| visible(by.as_str()).to_string());
                let by = by.map(|by| format!(" by {}", isolated(&by))).unwrap_or_default();
                text.push(format!("(removed{by})"), calm);
                self.by(line, author, false)
            }
            Body::Acted(acting) => {
                self.acted(acting, &mut text);
                self.sign(line, "--", calm)
            }
            Body::Presence(crowd) => {
                text.push(crowd.sentence(), calm);
                self.sign(line, "--", calm)
            }
            Body::Missed { from } if *from == line.seq => {
                return vec![self.rule(&format!("message {from} is gone"), self.colours.trouble())];
            }
            Body::Missed { from } => {
                let gap = format!("messages {from} to {} are gone", line.seq);
                return vec![self.rule(&gap, self.colours.trouble())];
            }
            Body::Broke => {
                let broke = "another log from here on";
                return vec![self.rule(broke, self.colours.trouble())];
            }
            Body::Note(note) => {
                text.push(&**note, calm);
                self.sign(line, "--", calm)
            }
            Body::Trouble(trouble) => {
                text.push(&**trouble, self.colours.trouble());
                self.sign(line, sign::WRONG, self.colours.trouble())
            }
        };
        self.lay_out(margin, text)
    }

    fn said(&self, line: &Line, said: &Said) -> Vec<Row> {
        let mut text = Row::default();
        let link = self.colours.link();
        let style = Style::new();
        let margin = match said.kind {
            Kind::ACTION => {
                self.push_name(&mut text, said);
                text.push(" ", style);
                push_text(&mut text, &said.text, style, link);
                let sign = if said.is_mention {
                    self.colours.mention()
                } else {
                    style
                };
                self.sign(line, "*", sign)
            }
            Kind::TOPIC => {
                self.push_name(&mut text, said);
                text.push(" set the topic: ", self.colours.calm());
                push_text(&mut text, &said.text, style, link);
                self.sign(line, "--", self.colours.calm())
            }
            _ => {
                push_text(&mut text, &said.text, style, link);
                let mut margin = self.by(line, &said.author, said.is_unproven);
                if said.is_mention {
                    for span in &mut margin.name.0 {
                        span.style = span.style.patch(self.colours.mention());
                    }
                }
                margin
            }
        };
        self.lay_out(margin, text)
    }

    fn push_name(&self, text: &mut Row, said: &Said) {
        if said.is_unproven {
            text.push(sign::UNPROVEN, self.colours.calm());
        }
        text.push_strange(said.author.as_str(), self.colours.person(&said.author));
    }

    fn acted(&self, acting: &Acting, text: &mut Row) {
        let calm = self.colours.calm();
        if acting.act == Act::OWN {
            text.push_strange(acting.name.as_str(), self.colours.person(&acting.name));
            return text.push(" owns this room now: the operator of the server gave it", calm);
        }
        let (before, after) = act_shown(acting.act);
        text.push_strange(acting.author.as_str(), self.colours.person(&acting.author));
        text.push(format!(" {before}"), calm);
        text.push_strange(acting.name.as_str(), self.colours.person(&acting.name));
        text.push(after, calm);
        if acting.until_unix_ms > 0
            && let Some(day) = self.clock.day(acting.until_unix_ms)
        {
            let time = self.clock.time(acting.until_unix_ms);
            text.push(format!(" until {} {time}", day.short()), calm);
        }
        if let Some(reason) = &acting.reason {
            text.push(": ", calm);
            push_text(text, reason, calm, self.colours.link());
        }
    }

    /// A margin with a person's name.
    fn by(&self, line: &Line, author: &UserName, is_unproven: bool) -> Margin {
        let mut name = Row::default();
        if is_unproven {
            name.push(sign::UNPROVEN, self.colours.calm());
        }
        name.push_strange(author.as_str(), self.colours.person(author));
        Margin {
            time: self.clock.time(line.at_unix_ms),
            name,
            has_colon: true,
        }
    }

    /// A margin with a sign in the place of a name.
    fn sign(&self, line: &Line, sign: &str, style: Style) -> Margin {
        let mut name = Row::default();
        name.push(sign, style);
        Margin {
            time: self.clock.time(line.at_unix_ms),
            name,
            has_colon: false,
        }
    }

    fn lay_out(&self, margin: Margin, text: Row) -> Vec<Row> {
        let Margin {
            time,
            mut name,
            has_colon,
        } = margin;
        let mut first = Row::default();
        if self.width >= TINY_CELLS {
            first.push(format!("{time} "), self.colours.calm());
        }
        let mut body = text;
        if self.width >= WIDE_CELLS {
            shorten_name(&mut name);
            first.push(" ".repeat(NAME_CELLS.saturating_sub(name.width())), Style::new());
            first.0.append(&mut name.0);
            first.push("  ", Style::new());
        } else {
            name.push(if has_colon { ": " } else { " " }, Style::new());
            name.0.append(&mut body.0);
            body = name;
        }
        let indent = match self.width {
            WIDE_CELLS.. => TIME_CELLS + NAME_COLUMN_CELLS,
            TINY_CELLS.. => TIME_CELLS,
            _ => 0,
        };
        let rows = body.wrap(self.width.saturating_sub(indent));
        let mut margin = Some(first);
        let rows = rows.into_iter().map(|mut row| {
            let mut whole = margin.take().unwrap_or_else(|| {
                let mut blank = Row::default();
                blank.push(" ".repeat(indent), Style::new());
                blank
            });
            whole.0.append(&mut row.0);
            whole
        });
        rows.collect()
    }

    /// A row of its own across the whole width: `── new ──────`.
    fn rule(&self, text: &str, style: Style) -> Row {
        let text = shortened(&format!("── {text} "), self.width);
        let rest = self.width.saturating_sub(width(&text));
        let mut row = Row::default();
        row.push(text + &"─".repeat(rest), style.remove_modifier(Modifier::BOLD));
        row
    }
}

/// What is done to somebody, as in "alice made bob an operator": before the name and after it.
const fn act_shown(act: Act) -> (&'static str, &'static str) {
    match act {
        Act::KICK => ("kicked ", ""),
        Act::BAN => ("banned ", ""),
        Act::UNBAN => ("unbanned ", ""),
        Act::MUTE => ("muted ", ""),
        Act::UNMUTE => ("unmuted ", ""),
        Act::INVITE => ("invited ", ""),
        Act::PROMOTE => ("made ", " an operator"),
        Act::DEMOTE => ("made ", " no operator any more"),
        _ => ("did something to ", ""),
    }
}

/// A name that fits its column.
fn shorten_name(name: &mut Row) {
    let over = name.width().saturating_sub(NAME_CELLS);
    if over > 0
        && let Some(last) = name.0.last_mut()
    {
        let fits = width(&last.text).saturating_sub(over);
        last.text = shortened(&last.text, fits);
    }
}
