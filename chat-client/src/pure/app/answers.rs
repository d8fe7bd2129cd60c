//! What was asked for, and what others began.

use std::fmt::Write;

use chat_proto::ids::{MessageId, PublicKey};
use chat_proto::message::{Kind, Listed, Record};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;
use chat_proto::visible::visible;

use super::hear::is_ignored;
use super::window::Page;
use super::{Act, App, Effects, Hit, Open, is_same, people_shown};
use crate::pure::editor::Edited;
use crate::pure::link::{Content, Event};
use crate::pure::roles::RolesOf;
use crate::pure::scrollback::Body;
use crate::pure::sign;
use crate::pure::wrap::isolated;

impl App {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whoever hears an event has sorted it already"
    )]
    pub(super) fn hear_answer(&mut self, event: Event, out: &mut Effects) {
        match event {
            Event::Page {
                room,
                span,
                log,
                first_kept,
                records,
                ..
            } => {
                let page = Page {
                    span,
                    log,
                    first_kept,
                    records: &records,
                };
                self.page(&room, &page);
            }
            Event::Found { room, records, .. } => self.found(room, &records),
            Event::Members {
                room,
                count,
                members,
                roles,
            } => self.members(&room, count, members, &roles),
            Event::Opened { listed } => self.opened(&listed, out),
            Event::Announced { listed } => self.announced(&listed, out),
            Event::Rooms { mine, list, .. } => self.listed(mine, &list, out),
            Event::Person {
                name,
                key,
                connections,
                away,
            } => self.person(&name, key, connections, &away),
            Event::Away { text } if text.is_empty() => self.note("you are back"),
            Event::Away { text } => self.note(format!("you are away: {}", visible(&text))),
            Event::Released { name } => {
                self.note(format!("{} is no longer yours", visible(name.as_str())));
            }
            _ => {}
        }
    }

    fn members(&mut self, name: &RoomName, count: u32, members: Vec<UserName>, roles: &RolesOf) {
        let now_ms = self.now_ms;
        let is_wanted_over = std::mem::take(&mut self.wants_people_over);
        let is_shown = self.shows_people;
        let Some(room) = self.room_mut(name) else { return };
        room.roles.told_now(&members, roles);
        let names: Vec<String> = members
            .iter()
            .map(|name| {
                let sign = sign::of(room.roles.of(name, now_ms));
                format!("{sign}{}", isolated(&visible(name.as_str()).to_string()))
            })
            .collect();
        (room.count, room.people) = (count, members);
        let people = people_shown(count);
        if is_wanted_over {
            let title = format!("{people} in {}", visible(&room.title()));
            self.open = Some(Open::text(&title, names));
            return;
        }
        if is_shown {
            return;
        }
        let text = if names.is_empty() {
            people
        } else {
            format!("{people}: {}", names.join(", "))
        };
        room.tell(Body::Note(text.into()), now_ms);
    }

    fn found(&mut self, room: RoomName, records: &[Record]) {
        self.hint = None;
        let clock = &self.options.clock;
        let heard = records
            .iter()
            .filter(|record| !is_ignored(&self.ignored, &record.author));
        let hits = heard.map(|record| {
            let day = clock.day(record.at_unix_ms).map(|day| day.short());
            let (day, time) = (day.unwrap_or_default(), clock.time(record.at_unix_ms));
            let author = visible(record.author.as_str());
            Hit {
                room: room.clone(),
                seq: Some(record.seq),
                shown: format!("{day} {time}  {author}: {}", visible(&record.text)),
            }
        });
        let hits: Vec<Hit> = hits.collect();
        if hits.is_empty() {
            return self.tell("nothing was found");
        }
        let title = self.find_room(&room).map(|index| self.rooms[index].title());
        let title = visible(&title.unwrap_or_default()).to_string();
        self.open = Some(Open::found(format!("found in {}", isolated(&title)), hits));
    }

    /// The room that was to be made, or the conversation: it is shown, and what waited for it is said.
    fn opened(&mut self, listed: &Listed, out: &mut Effects) {
        let index = self.ensure_room(&listed.room, listed.with.clone(), out);
        if self.is_at_rest() {
            self.go_to(index);
        } else if index != self.current {
            let title = visible(&self.rooms[index].title()).to_string();
            let key = match index + 1 {
                number @ 1..=9 => format!("Alt-{number}"),
                _ => "Alt-G".into(),
            };
            self.note(format!("{title} is open: {key} goes there"));
        }
        let Some(with) = &listed.with else { return };
        for (id, text) in self.take_opening(|person| is_same(person, with)) {
            let kind = Kind::LINE;
            self.begin(index, id, Content::Text { kind, text }, out);
            out.acts.push(Act::Save);
        }
    }

    /// The conversations that are being opened, and what is said first there.
    pub(crate) fn opening(&self) -> impl ExactSizeIterator<Item = (&UserName, Option<&Text>)> {
        let opening = self.opening.iter();
        opening.map(|(person, first)| (person, first.as_ref().map(|(_, text)| text)))
    }

    /// Whether whoever sits here would not be torn out of anything by seeing another room.
    fn is_at_rest(&self) -> bool {
        let is_writing = !self.editor.is_empty() || self.editor.searching().is_some();
        !is_writing && self.pasting.is_none() && self.open.is_none()
    }

    /// A conversation that is not granted: what was to be said there is given back to whoever typed it.
    pub(super) fn not_opened(&mut self, name: &UserName, why: &str, out: &mut Effects) {
        let shown = visible(name.as_str()).to_string();
        for (_, text) in self.take_opening(|person| person == name) {
            let typed = format!("/msg {name} {}", text.as_str());
            if !self.editor.is_empty() || matches!(self.editor.set(&typed), Edited::Refused(_)) {
                self.editor.remember(&typed);
                let trouble = format!("not said to {shown}: {}", visible(&text));
                self.rooms[self.current].tell(Body::Trouble(trouble.into()), self.now_ms);
            }
            out.acts.push(Act::Save);
        }
        self.trouble(format!("no conversation with {shown}: {why}"));
    }

    /// What waited for conversations with these people, which are no longer being opened.
    fn take_opening(&mut self, is_meant: impl Fn(&UserName) -> bool) -> Vec<(MessageId, Text)> {
        let meant = self.opening.extract_if(.., |(person, _)| is_meant(person));
        meant.filter_map(|(_, first)| first).collect()
    }

    /// Somebody let us into a room or began a conversation: it is joined, and what is said there is seen in the list.
    fn announced(&mut self, listed: &Listed, out: &mut Effects) {
        if self.find_room(&listed.room).is_some() || self.has_all_rooms() {
            return;
        }
        let index = self.ensure_room(&listed.room, listed.with.clone(), out);
        if listed.with.is_none() {
            let title = visible(&self.rooms[index].title()).to_string();
            self.tell(format!("you were let into {title}"));
        }
    }

    /// Our own rooms are joined; others are shown, if they were asked for.
    fn listed(&mut self, mine: bool, list: &[Listed], out: &mut Effects) {
        if mine {
            for listed in list {
                self.announced_before(listed, out);
            }
            return;
        }
        self.rooms_listed = list.iter().map(|listed| listed.room.clone()).collect();
        let Some(part) = self.wanted_rooms.take() else {
            return;
        };
        let part = part.to_lowercase();
        let hits: Vec<Hit> = list
            .iter()
            .filter(|listed| listed.room.as_str().contains(&part))
            .map(|listed| {
                let topic = visible(&listed.topic);
                let name = visible(listed.room.as_str());
                Hit {
                    room: listed.room.clone(),
                    seq: None,
                    shown: format!("#{name}  {}  {topic}", people_shown(listed.count)),
                }
            })
            .collect();
        if hits.is_empty() {
            return self.tell("there is no such room; /join makes it");
        }
        self.open = Some(Open::found("rooms".into(), hits));
    }

    fn announced_before(&mut self, listed: &Listed, out: &mut Effects) {
        if let Some(room) = self.room_mut(&listed.room) {
            room.know_with(listed.with.as_ref());
        } else if !self.has_all_rooms() {
            self.ensure_room(&listed.room, listed.with.clone(), out);
        }
    }

    /// Who somebody is, as a line in the room.
    fn person(&mut self, name: &UserName, key: Option<PublicKey>, connections: u32, away: &str) {
        let mut text = visible(name.as_str()).to_string();
        let is = match connections {
            0 => " is not here".into(),
            1 => " is here".into(),
            count => format!(" is here, {count} times"),
        };
        text.push_str(&is);
        if !away.is_empty() {
            write!(text, ", away: {}", visible(away)).expect("a string can always be written");
        }
        match key {
            Some(key) => {
                let fingerprint = (self.options.fingerprint)(&key);
                write!(text, "; the name belongs to the key {key}, {fingerprint}")
                    .expect("a string can always be written");
            }
            None => text.push_str("; the name belongs to nobody"),
        }
        self.note(text);
    }
}
