//! The list of rooms: which there are, and which is shown.

use chat_proto::limits::TEXT_BYTES_MAX;
use chat_proto::message::{Act, Kind};
use chat_proto::name::{Privacy, RoomName, UserName};
use chat_proto::visible::visible;

use super::window::after;
use super::{App, Effects, PendingState, Room, RoomStanding};
use crate::pure::command::TypedRoom;
use crate::pure::link::{Command, Content, ROOMS_MAX};
use crate::pure::view::{self, Scroll};

impl App {
    pub(super) fn find_room(&self, name: &RoomName) -> Option<usize> {
        self.rooms.iter().position(|room| room.name() == name)
    }

    pub(super) fn room_mut(&mut self, name: &RoomName) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.name() == name)
    }

    /// Whether there are as many rooms as the link can be in: whatever the server names, there are no more.
    pub(super) fn has_all_rooms(&self) -> bool {
        self.rooms.len() >= ROOMS_MAX
    }

    /// A room at the end of the list, as far as it was read the last time.
    pub(super) fn add_room(&mut self, name: RoomName, with: Option<UserName>) -> usize {
        if let Some(index) = self.find_room(&name) {
            return index;
        }
        let marks = &self.options.state.marks;
        let mark = marks
            .iter()
            .find(|(room, ..)| *room == name)
            .map(|(_, log, read)| (*log, *read));
        self.rooms.push(Room::new(name, with, mark));
        self.rooms.len() - 1
    }

    /// A room that we are in, or are about to be.
    pub(super) fn ensure_room(
        &mut self,
        name: &RoomName,
        with: Option<UserName>,
        out: &mut Effects,
    ) -> usize {
        let known = self.find_room(name);
        let index = self.add_room(name.clone(), with);
        let is_out = matches!(self.rooms[index].standing, RoomStanding::Out(_));
        if known.is_none() || is_out {
            self.rooms[index].standing = RoomStanding::Joining;
            out.commands.push(Command::Join {
                room: name.clone(),
                tail: self.options.tail,
            });
        }
        index
    }

    /// Goes to a room: one that we are in, or else a public one. One that was listed is known by its name, and goes before a
    /// private one.
    pub(super) fn join(&mut self, room: &TypedRoom, typed: &str, out: &mut Effects) {
        let is_in = |room: &&Room| !matches!(room.standing, RoomStanding::Out(_));
        let ours = self.rooms.iter().filter(is_in).map(Room::name);
        let name = match room.among(ours.chain(&self.rooms_listed)) {
            Ok(known) => known.unwrap_or(room.name()).clone(),
            Err(ambiguous) => return self.give_back(typed, ambiguous.to_string()),
        };
        if name != *room.name() && room.name().privacy() == Privacy::Public {
            let public = visible(room.name().as_str());
            self.tell(format!(
                "your private room; /join #{public} goes to the public one"
            ));
        }
        let index = self.ensure_room(&name, None, out);
        self.go_to(index);
    }

    /// Leaves a room. What one was writing there and what was refused can be said elsewhere.
    pub(super) fn part(&mut self, room: Option<&TypedRoom>, typed: &str, out: &mut Effects) {
        let Some(index) = self.own_room(room, typed) else {
            return;
        };
        if self.rooms.len() == 1 {
            return self.trouble("this is your only room; /join another one first, or /quit");
        }
        if self.rooms[index].on_its_way().next().is_some() {
            return self.trouble("not while something that you said there waits to be stored");
        }
        if !matches!(self.rooms[index].standing, RoomStanding::Out(_)) {
            let room = self.rooms[index].name().clone();
            out.commands.push(Command::Leave { room });
        }
        let unsaid = self.rooms[index].unsaid();
        for text in &unsaid {
            self.editor.remember(text);
        }
        if !unsaid.is_empty() {
            self.tell("what was not said there is kept: Up brings it back");
        }
        self.remove_room(index);
    }

    /// Lets somebody into a room.
    pub(super) fn invite(
        &mut self,
        person: UserName,
        room: Option<&TypedRoom>,
        typed: &str,
        out: &mut Effects,
    ) {
        if let Some(index) = self.own_room(room, typed) {
            self.moderate_in(index, Act::INVITE, person, None, None, out);
        }
    }

    /// The room of ours that is meant; the one that is shown, if none is named. If there is none, that is told, and what
    /// was typed can be put right.
    fn own_room(&mut self, room: Option<&TypedRoom>, typed: &str) -> Option<usize> {
        let Some(room) = room else {
            return Some(self.current);
        };
        let why_not = match room.among(self.rooms.iter().map(Room::name)) {
            Ok(Some(name)) => return self.find_room(name),
            Ok(None) => "you are not in that room".into(),
            Err(ambiguous) => ambiguous.to_string(),
        };
        self.give_back(typed, why_not);
        None
    }

    /// What was typed can't be done so: it can be put right.
    fn give_back(&mut self, typed: &str, why_not: String) {
        self.editor.set(typed);
        self.trouble(why_not);
    }

    /// Shows a room.
    pub(super) fn go_to(&mut self, index: usize) {
        if index == self.current || index >= self.rooms.len() {
            return;
        }
        let draft = self.editor.take();
        let left = &mut self.rooms[self.current];
        left.draft = draft;
        left.look_away();
        left.hide();
        self.previous = Some(left.name().clone());
        self.current = index;
        let draft = std::mem::take(&mut self.rooms[index].draft);
        self.editor.set(&draft);
        self.choices = None;
    }

    pub(super) fn go_by(&mut self, forth: bool) {
        let count = self.rooms.len();
        let step = if forth { 1 } else { count - 1 };
        self.go_to((self.current + step) % count);
    }

    /// To the next room with something unread, mentions first.
    pub(super) fn go_to_unread(&mut self) {
        let count = self.rooms.len();
        let others = || (1..count).map(|step| (self.current + step) % count);
        let mentioned = others().find(|index| self.rooms[*index].mentions > 0);
        let next = mentioned.or_else(|| others().find(|index| self.rooms[*index].unread > 0));
        match next {
            Some(index) => self.go_to(index),
            None => self.tell("nothing is unread"),
        }
    }

    pub(super) fn go_back(&mut self) {
        if let Some(index) = self.previous.clone().and_then(|name| self.find_room(&name)) {
            self.go_to(index);
        }
    }

    /// Takes a room from the list, unless it is the last one.
    pub(super) fn remove_room(&mut self, index: usize) {
        if self.rooms.len() == 1 {
            return;
        }
        if index == self.current {
            let next = self.previous.clone().and_then(|name| self.find_room(&name));
            let next = next.filter(|next| *next != index);
            self.go_to(next.unwrap_or(if index == 0 { 1 } else { index - 1 }));
        }
        self.options.state.marks = self.state().marks;
        self.rooms.remove(index);
        if self.current > index {
            self.current -= 1;
        }
    }

    pub(super) fn focus(&mut self, has_focus: bool) {
        if self.has_focus && !has_focus {
            self.rooms[self.current].look_away();
        }
        self.has_focus = has_focus;
    }

    /// What is before one's eyes is read.
    pub(super) fn attend(&mut self, out: &mut Effects) {
        let has_focus = self.has_focus;
        let room = &mut self.rooms[self.current];
        room.attend(has_focus);
        if room.standing == RoomStanding::In
            && let Some(seq) = room.take_mark()
        {
            let room = room.name().clone();
            out.commands.push(Command::Mark { room, seq });
        }
    }

    pub(super) fn scroll(&mut self, forth: bool, rows: usize) {
        let pane = view::pane(self);
        let room = self.room();
        let scroll = if forth {
            pane.down(room, rows)
        } else {
            pane.up(room, rows)
        };
        self.set_scroll(scroll);
    }

    /// To where reading stopped.
    pub(super) fn scroll_to_mark(&mut self, out: &mut Effects) {
        self.rooms[self.current].show_newest();
        let room = self.room();
        let Some(mark) = room.mark_line() else {
            return self.tell("there is no mark in this room");
        };
        if !room.live.has_all && room.live.first.is_some_and(|first| after(mark) < first) {
            return self.go_to_message(after(mark), out);
        }
        let Some(no) = room.lines().at_or_after(after(mark)) else {
            return self.tell("nothing was said since");
        };
        let scroll = view::pane(self).with_top(room, no);
        self.set_scroll(scroll);
    }

    pub(super) fn set_scroll(&mut self, scroll: Scroll) {
        self.rooms[self.current].is_put_off = false;
        let (pane, room) = (view::pane(self), self.room());
        // The end of what was looked for is not the newest message.
        let scroll = match scroll {
            Scroll::Newest if room.excerpt.is_some() => pane.bottom(room),
            Scroll::Newest | Scroll::At { .. } => scroll,
        };
        let room = &mut self.rooms[self.current];
        if scroll == Scroll::Newest {
            return room.show_newest();
        }
        room.scroll = scroll;
        let (pane, room) = (view::pane(self), self.room());
        // What is out of sight is not chosen any more.
        if room.chosen().is_some_and(|chosen| !pane.shows(room, chosen)) {
            self.rooms[self.current].chosen = None;
        }
    }
}

impl Room {
    /// What was refused here, and what was being written, as it is typed.
    fn unsaid(&self) -> Vec<String> {
        let refused = self
            .pending()
            .iter()
            .filter(|pending| matches!(pending.state, PendingState::Refused(_)));
        let refused = refused.filter_map(|pending| match &pending.content {
            Content::Text { kind, text } => Some(as_typed(*kind, text)),
            Content::Emptying { .. } | Content::Moderation { .. } => None,
        });
        let draft = Some(self.draft.clone()).filter(|draft| !draft.trim().is_empty());
        refused.chain(draft).collect()
    }
}

/// What is typed to say this.
fn as_typed(kind: Kind, text: &str) -> String {
    let typed = match (kind, text.trim_start()) {
        (Kind::ACTION, text) => format!("/me {text}"),
        (_, slash) if slash.starts_with('/') => format!("/{slash}"),
        _ => text.into(),
    };
    // A pasted line that fills a message leaves no place for what goes before it: it comes back as it is.
    if typed.len() > TEXT_BYTES_MAX {
        return text.into();
    }
    typed
}
