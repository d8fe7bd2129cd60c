//! What the server answers to what was asked for, and tells of what it keeps of us.

use chat_proto::message::{
    Code, Done, Failed, Found, Marked, MemberPage, Opened, Page, Person, Removed, RoomPage,
};

use super::asks::Asked;
use super::incoming::tell_change;
use super::{Event, Link, Outputs, room};

impl Link {
    pub(super) fn member_page(&mut self, page: &MemberPage, out: &mut Outputs) {
        let room = self
            .rooms
            .iter_mut()
            .find(|room| room.roll.has_asked(page.request));
        if let Some(room) = room {
            room.told_of(&page.members, &page.extra);
            let change = room.roll.page(page);
            tell_change(room, change, &self.me, out);
        }
    }

    pub(super) fn page(&mut self, page: Page, out: &mut Outputs) {
        let is_page = |asked: &Asked| matches!(asked, Asked::Page { .. });
        if let Some(Asked::Page { room, span, .. }) = self.asks.take(page.request, is_page) {
            out.events.push(Event::Page {
                room,
                span,
                log: page.log,
                first_kept: page.first_kept,
                last: page.last,
                records: page.records.into_iter().collect(),
            });
        }
    }

    pub(super) fn found(&mut self, found: Found, out: &mut Outputs) {
        let is_search = |asked: &Asked| matches!(asked, Asked::Search { .. });
        if let Some(Asked::Search { room, query }) = self.asks.take(found.request, is_search) {
            out.events.push(Event::Found {
                room,
                query,
                log: found.log,
                searched: found.searched,
                last: found.last,
                records: found.records.into_iter().collect(),
            });
        }
    }

    pub(super) fn opened(&mut self, opened: Opened, out: &mut Outputs) {
        let opens = |asked: &Asked| matches!(asked, Asked::Create { .. } | Asked::Open { .. });
        if self.asks.take(opened.request, opens).is_some() {
            let listed = opened.listed;
            out.events.push(Event::Opened { listed });
        }
    }

    pub(super) fn room_page(&mut self, page: RoomPage, out: &mut Outputs) {
        let mut lists = self.listings.iter_mut();
        let list = lists.find(|list| list.has_asked(page.request));
        out.events.extend(list.and_then(|list| list.page(page)));
    }

    pub(super) fn person(&mut self, person: Person, out: &mut Outputs) {
        let is_whois = |asked: &Asked| matches!(asked, Asked::Whois { .. });
        if self.asks.take(person.request, is_whois).is_some() {
            out.events.push(Event::Person {
                name: person.name,
                key: person.key,
                connections: person.connections,
                away: person.away,
            });
        }
    }

    pub(super) fn done(&mut self, Done { request }: Done, out: &mut Outputs) {
        let is_release = |asked: &Asked| matches!(asked, Asked::Release { .. });
        if let Some(Asked::Release { name }) = self.asks.take(request, is_release) {
            out.events.push(Event::Released { name });
        } else if let Some(text) = self.away.done(request) {
            // Said again after a loss it is no news.
            if self.away_told.as_ref() != Some(&text) {
                self.away_told = Some(text.clone());
                out.events.push(Event::Away { text });
            }
        } else if let Some(room) = self.rooms.iter_mut().find(|room| room.marks.has_asked(request)) {
            room.mark_done(request);
        }
    }

    /// The same person has read this far elsewhere.
    pub(super) fn marked(&mut self, marked: Marked, out: &mut Outputs) {
        let Marked { room: name, seq } = marked;
        if let Some(room) = self.room_mut(&name).filter(|room| room.is_in()) {
            room.marked(seq);
            out.events.push(Event::Marked { room: name, seq });
        }
    }

    /// Somebody put us out of a room. If we are on our way in, we turn round once we are there; it ends as if we had
    /// left.
    pub(super) fn removed(&mut self, removed: Removed, out: &mut Outputs) {
        let Removed { room, code, text } = removed;
        let failed = Failed::new(0, code, text.as_str());
        out.events.push(Event::Removed {
            room: room.clone(),
            code,
            text,
        });
        let Some(at) = self.rooms.iter().position(|known| known.name == room) else {
            return;
        };
        if let room::Phase::Joining { .. } = self.rooms[at].phase {
            self.rooms[at].is_unwanted = true;
            self.give_up_room(&room, &failed, out);
        } else {
            self.forget_room(at, &failed, out);
        }
    }

    /// What is said, but not on its way, in rooms that are gone can't be said any more.
    pub(super) fn give_up_homeless(&mut self, out: &mut Outputs) {
        let rooms = &self.rooms;
        let is_gone = |name: &_| rooms.iter().all(|room| room.name != *name);
        for what in self.outbox.remove_waiting(is_gone) {
            out.failed(what, Code::NOT_IN_ROOM);
        }
    }
}
