//! What guests do by chance, as people do: they speak, stop reading for a while, leave rooms and come back; they make
//! private rooms and begin conversations, and do things to each other, whether they may or not.

use chat_client::pure::link::{Command, Input, Query};
use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{Act, Kind, Role, Span};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};

use super::{Spoken, What};
use crate::sim::calendar::Event;
use crate::sim::journal::Entry;
use crate::sim::world::World;

/// So many rooms that not everybody may know of are made by guests.
const ROOMS_MADE_MAX: usize = 3;

/// Everything that can be done to somebody, some of it more often.
const ACTS: [Act; 11] = [
    Act::KICK,
    Act::KICK,
    Act::BAN,
    Act::BAN,
    Act::UNBAN,
    Act::MUTE,
    Act::MUTE,
    Act::UNMUTE,
    Act::INVITE,
    Act::PROMOTE,
    Act::DEMOTE,
];

impl World {
    /// A guest does something by chance.
    pub(crate) fn guest_acts(&mut self, index: usize) {
        let guest = &mut self.guests[index];
        if guest.acts_left == 0 || guest.link.is_over() {
            return;
        }
        guest.acts_left -= 1;
        if let Some(room) = guest.to_join.pop() {
            self.guest_joins(index, room);
        } else if self.random.percent(self.plan.deeds_percent) {
            self.guest_does(index);
        } else {
            match self.random.within(0..=9) {
                0 if !self.calm => {
                    self.guests[index].reading = false;
                    let pause_ms = self.random.within(10..=5_000);
                    self.calendar.after(pause_ms, Event::GuestReads(index));
                }
                1 => self.guest_moves(index),
                2 => {
                    for _ in 0..self.random.within(2..=20) {
                        self.guest_says(index);
                    }
                }
                _ => self.guest_says(index),
            }
        }
        let delay_ms = self.random.within(0..=2 * self.plan.pause_ms);
        self.calendar.after(delay_ms, Event::GuestActs(index));
    }

    /// A guest does what needs a right, or asks for what is kept.
    fn guest_does(&mut self, index: usize) {
        // More often than not somebody else.
        let mut any_guest = self.any_guest();
        if any_guest == self.guests[index].name {
            any_guest = self.any_guest();
        }
        let kind = self.random.within(0..=19);
        let command = match kind {
            0 if self.opened.len() < ROOMS_MADE_MAX => Command::Create {
                room: RoomName::parse("den").expect("a name"),
            },
            1 if self.opened.len() < ROOMS_MADE_MAX => Command::Open { name: any_guest },
            2 | 3 => return self.guest_looks(index),
            4..=7 => return self.guest_has_read(index),
            8 | 9 => return self.guest_sets_topic(index),
            _ => return self.guest_moderates(index, any_guest),
        };
        self.guest_handle(index, Input::Command(command));
    }

    /// A guest leaves a room, or joins it.
    fn guest_moves(&mut self, index: usize) {
        let room = self.any_room();
        if self.guests[index].rooms.remove(&room) {
            self.guest_handle(index, Input::Command(Command::Leave { room }));
        } else {
            self.guest_joins(index, room);
        }
    }

    /// A guest joins a room, unless it is there or on its way.
    pub(crate) fn guest_joins(&mut self, index: usize, room: RoomName) {
        let guest = &mut self.guests[index];
        if guest.rooms.insert(room.clone()) {
            let tail = guest.tail;
            self.guest_handle(index, Input::Command(Command::Join { room, tail }));
        }
    }

    fn guest_says(&mut self, index: usize) {
        let Some(room) = self.own_room(index) else {
            return;
        };
        let padding = "·".repeat(self.random.size(60));
        let guest = &self.guests[index];
        let text = format!("{} {} {padding}", guest.name, guest.spoken.len());
        self.guest_speaks(index, room, Kind::LINE, &text);
    }

    fn guest_sets_topic(&mut self, index: usize) {
        let Some(room) = self.own_room(index) else {
            return;
        };
        let text = match self.random.within(0..=3) {
            0 => String::new(),
            number => format!("topic {number} of {}", self.guests[index].name),
        };
        self.guest_speaks(index, room, Kind::TOPIC, &text);
    }

    fn guest_speaks(&mut self, index: usize, room: RoomName, kind: Kind, text: &str) {
        let what = What::Text(kind, text.to_owned());
        if let Some(id) = self.guest_notes(index, &room, what) {
            let text = Text::new(text).expect("it is short");
            self.guest_handle(index, Input::Command(Command::Say { room, id, kind, text }));
        }
    }

    fn guest_moderates(&mut self, index: usize, name: UserName) {
        let kept = self.room_kept_by(index).filter(|_| self.random.percent(80));
        let Some(room) = kept.or_else(|| self.own_room(index)) else {
            return;
        };
        let act = ACTS[self.random.size(ACTS.len()) - 1];
        let for_ms = if self.random.percent(50) {
            self.random.within(1..=3_000)
        } else {
            0
        };
        let what = What::Act(act, name.clone());
        if let Some(id) = self.guest_notes(index, &room, what) {
            let reason = Note::new("");
            let command = Command::Moderate {
                room,
                id,
                act,
                name,
                for_ms,
                reason,
            };
            self.guest_handle(index, Input::Command(command));
        }
    }

    /// Notes what a guest is about to say or do, unless there is no room for it.
    fn guest_notes(&mut self, index: usize, room: &RoomName, what: What) -> Option<MessageId> {
        let id = MessageId(self.random.bytes());
        let guest = &mut self.guests[index];
        let spoken = Spoken {
            room: room.clone(),
            id,
            what,
            stored: 0,
            given_up: 0,
            is_refused: false,
        };
        guest.link.can_say().then(|| guest.spoken.push(spoken))?;
        Some(id)
    }

    /// A guest looks at history, or for something in it, in whatever room.
    fn guest_looks(&mut self, index: usize) {
        let (room, seq) = (self.any_room(), Seq(self.random.within(0..=40)));
        let command = match self.random.within(0..=2) {
            0 => Command::Search {
                room,
                query: Query::words("guest"),
            },
            1 => Command::History {
                room,
                span: Span::Before(Seq::MAX),
                limit: 20,
            },
            _ => Command::History {
                room,
                span: Span::After(seq),
                limit: 20,
            },
        };
        self.guest_handle(index, Input::Command(command));
    }

    /// A guest has read a room, as far as it was told, or less.
    fn guest_has_read(&mut self, index: usize) {
        let Some(room) = self.own_room(index) else {
            return;
        };
        let back = self.random.within(0..=3);
        let guest = &mut self.guests[index];
        let entries = guest
            .journals
            .get(&room)
            .map(|journal| journal.entries.iter().rev());
        let told = entries.into_iter().flatten();
        let mut told = told.map_while(|(_, entry)| match entry {
            Entry::Joined(_) | Entry::Left | Entry::PutOut | Entry::KeptOut { .. } => None,
            Entry::Said(seq, _) => Some(seq.0),
            _ => Some(0),
        });
        let last = told.find(|seq| *seq > 0).unwrap_or_default();
        let Some(seq) = last.checked_sub(back).filter(|seq| *seq > 0).map(Seq) else {
            return;
        };
        guest.write(self.calendar.now_ms(), &room, Entry::Read(seq));
        self.guest_handle(index, Input::Command(Command::Mark { room, seq }));
    }

    /// One of the rooms that a guest wants to be in.
    fn own_room(&mut self, index: usize) -> Option<RoomName> {
        let rooms = &self.guests[index].rooms;
        let chosen = self.random.size(rooms.len().max(1)) - 1;
        rooms.iter().nth(chosen).cloned()
    }

    /// One of the rooms in which a guest keeps order, as far as it may know.
    fn room_kept_by(&mut self, index: usize) -> Option<RoomName> {
        let (guest, now_ms) = (&self.guests[index], self.calendar.now_ms());
        let own = self.chronicle.rights.own_rooms(guest.key, now_ms);
        let keeps = |room: &RoomName, role| {
            guest.rooms.contains(room) && [Role::OPERATOR, Role::OWNER].contains(&role)
        };
        let kept = own.into_iter().filter(|(room, role)| keeps(room, *role));
        let mut kept: Vec<RoomName> = kept.map(|(room, _)| room).collect();
        let chosen = self.random.size(kept.len().max(1)) - 1;
        (chosen < kept.len()).then(|| kept.swap_remove(chosen))
    }

    fn any_guest(&mut self) -> UserName {
        let chosen = self.random.size(self.guests.len()) - 1;
        self.guests[chosen].name.clone()
    }
}
