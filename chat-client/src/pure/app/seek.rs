//! Messages that are looked for or chosen, and the pages of history that they need.
//!
//! What is near to what is here is fetched until it joins it. What is further away is shown in the room's place, with what
//! stands around it, and grows at both ends as one reads on, until it joins what is here or one goes to the end.

use std::ops::Range;

use chat_proto::ids::Seq;
use chat_proto::message::{Record, Span};
use chat_proto::name::RoomName;

use super::hear::is_ignored;
use super::line::Reader;
use super::room::Sought;
use super::window::{Page, Window, after};
use super::{App, Effects, Open, Room, RoomStanding};
use crate::pure::link::Command;
use crate::pure::scrollback::{Line, LineNo};
use crate::pure::view::{self, Scroll};

/// So many records are asked for at once.
const PAGE_RECORDS: u32 = 200;

/// So many of them follow the one that is looked for.
const RECORDS_BEHIND: u64 = 100;

impl App {
    /// Shows a message of this room with what stands around it, and chooses it.
    pub(super) fn go_to_message(&mut self, seq: Seq, out: &mut Effects) {
        let room = &mut self.rooms[self.current];
        if room.live.spans(seq) {
            room.show_newest();
        }
        if room.window().spans(seq) {
            return self.choose_message(seq);
        }
        let Some(first) = room.live.first.filter(|first| seq < *first) else {
            return self.tell(format!("message {seq} is not here yet"));
        };
        let joins = !room.live.has_all && first.0 - seq.0 <= u64::from(PAGE_RECORDS);
        let before = if joins {
            room.show_newest();
            first
        } else {
            Seq(seq.0.saturating_add(RECORDS_BEHIND))
        };
        room.sought = Some(Sought { seq, before });
        if joins && std::mem::replace(&mut room.live.is_fetching, true) {
            return;
        }
        self.ask_for(Span::Before(before), out);
    }

    /// The message before the chosen one, or after it; the last one that is seen, if none is chosen.
    pub(super) fn choose(&mut self, forth: bool) {
        let (pane, room) = (view::pane(self), self.room());
        let from = match (room.chosen(), pane.last_line(room)) {
            (Some(chosen), _) => chosen,
            (None, Some(last)) if !forth => LineNo(last.0 + 1),
            (None, _) => return self.tell("no message is chosen; Alt-P chooses the last one"),
        };
        let Some(no) = room.window().next_message(from, forth) else {
            if forth {
                self.set_scroll(Scroll::Newest);
            }
            return;
        };
        let scroll = if pane.shows(room, no) {
            room.scroll()
        } else if forth {
            pane.with_bottom(room, no)
        } else {
            pane.with_top(room, no)
        };
        self.choose_line(no, scroll);
    }

    /// Marks a line of the room as the one that is meant, and holds the view there.
    pub(super) fn choose_line(&mut self, no: LineNo, scroll: Scroll) {
        let (pane, room) = (view::pane(self), self.room());
        let scroll = match scroll {
            Scroll::Newest => pane.bottom(room),
            Scroll::At { .. } => scroll,
        };
        self.set_scroll(scroll);
        self.rooms[self.current].chosen = Some(no);
    }

    /// A page that was asked for.
    pub(super) fn page(&mut self, name: &RoomName, page: &Page<'_>) {
        let reader = Reader {
            me: &self.me,
            highlights: &self.options.highlights,
            is_shown: false,
            is_attentive: false,
            is_ignored: false,
        };
        let ignored = &self.ignored;
        let Some(room) = self.rooms.iter_mut().find(|room| room.name() == name) else {
            return;
        };
        let is_direct = room.with().is_some();
        let line = |record: &Record| {
            let line = reader.line(record, is_direct);
            line.filter(|_| !is_ignored(ignored, &record.author))
        };
        let sought = room.take_page(page, line);
        let sought = sought.map(|sought| (sought.seq, room.window().spans(sought.seq)));
        self.keep_chosen();
        match sought {
            Some((seq, true)) => self.choose_message(seq),
            Some((seq, false)) => self.trouble(format!("message {seq} can no longer be had")),
            None => {}
        }
    }

    /// Whoever reads back to where nothing is known yet has it fetched, and on from what was looked for too.
    pub(super) fn fetch_if_near_end(&mut self, out: &mut Effects) {
        let (room, pane) = (self.room(), view::pane(self));
        let window = room.window();
        let Some(first) = window.first else { return };
        let is_excerpt = room.excerpt.is_some();
        let can_grow = is_excerpt || room.is_caught_up();
        if window.is_fetching || room.is_put_off || !can_grow || room.standing != RoomStanding::In {
            return;
        }
        let span = if !window.has_all && pane.is_near_start(room, pane.height) {
            Span::Before(first)
        } else if !window.has_end && pane.is_near_bottom(room, pane.height) {
            Span::After(window.last)
        } else {
            return;
        };
        self.rooms[self.current].window_mut().is_fetching = true;
        self.ask_for(span, out);
    }

    fn ask_for(&self, span: Span, out: &mut Effects) {
        out.commands.push(Command::History {
            room: self.room().name().clone(),
            span,
            limit: PAGE_RECORDS,
        });
    }

    /// What is chosen, or was found last, may have another place now: it stays in sight.
    fn keep_chosen(&mut self) {
        let (pane, room) = (view::pane(self), self.room());
        let chosen = room.chosen();
        if let Some(no) = chosen.filter(|no| !pane.shows(room, *no)) {
            self.choose_line(no, pane.with_top(room, no));
        }
        if let Some(Open::FindText { found, .. }) = &mut self.open {
            *found = found.and(chosen);
        }
    }

    fn choose_message(&mut self, seq: Seq) {
        let room = self.room();
        let Some(no) = room.lines().at_or_after(seq) else {
            return self.tell("it is not shown, because its author is ignored");
        };
        let scroll = view::pane(self).with_middle(room, no);
        self.choose_line(no, scroll);
    }
}

impl Room {
    /// Takes a page where it joins, or shows it if it has what is looked for. What was looked for in it.
    pub(super) fn take_page(
        &mut self,
        page: &Page<'_>,
        line: impl Fn(&Record) -> Option<Line>,
    ) -> Option<Sought> {
        let older = self.lines().older_range();
        let mut is_taken = self.live.page_before(page, &line);
        if let Some(excerpt) = &mut self.excerpt {
            is_taken |= excerpt.page_before(page, &line) || excerpt.page_after(page, &line);
        }
        self.follow_older(&older);
        let is_of_page = |sought: &mut Sought| page.span == Span::Before(sought.before);
        let sought = self.sought.take_if(is_of_page);
        if let Some(sought) = sought.filter(|_| !is_taken && self.log() == Some(page.log)) {
            let found = Window::of(page, line).filter(|window| window.spans(sought.seq));
            if found.is_some() {
                self.excerpt = found;
                self.chosen = None;
            }
        }
        self.join_excerpt();
        sought
    }

    /// What was looked for and what is here are shown as one, once nothing lies between them.
    fn join_excerpt(&mut self) {
        let live_first = self.live.first;
        let joins = |excerpt: &mut Window| live_first.is_none_or(|first| after(excerpt.last) >= first);
        let Some(excerpt) = self.excerpt.take_if(joins) else {
            return;
        };
        let shift = self.live.join(excerpt);
        self.shift(|no| LineNo(no.0 + shift));
    }

    /// What is of older logs stood here: if something was put behind it since, whoever reads it keeps his place.
    fn follow_older(&mut self, older: &Range<i64>) {
        let by = older.end - self.lines().older_range().end;
        self.shift(|no| LineNo(no.0 - if older.contains(&no.0) { by } else { 0 }));
    }

    /// What has a place among the lines that are shown has it there now.
    fn shift(&mut self, shifted: impl Fn(LineNo) -> LineNo) {
        self.chosen = self.chosen.map(&shifted);
        if let Scroll::At { line, .. } = &mut self.scroll {
            *line = shifted(*line);
        }
    }

    /// Pages of this room can't be had: for now, or for good.
    pub(super) fn no_pages(&mut self, is_for_now: bool) {
        self.sought = None;
        self.is_put_off = is_for_now;
        for window in self.excerpt.iter_mut().chain([&mut self.live]) {
            window.is_fetching = false;
            window.has_all |= !is_for_now;
            window.has_end |= !is_for_now;
        }
    }
}
