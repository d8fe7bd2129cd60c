//! What the application wants.

use chat_proto::message::Code;
use chat_proto::name::RoomName;

use super::asks::Asked;
use super::listing::Listing;
use super::room::Room;
use super::{Command, Link, Outputs, ROOMS_MAX, Unsent, Wanted};

impl Link {
    pub(super) fn command(&mut self, command: Command, out: &mut Outputs) {
        match command {
            Command::Say { .. } | Command::Empty { .. } | Command::Moderate { .. } => {
                if let Some(unsent) = command.into_unsent() {
                    self.put(unsent, out);
                }
            }
            Command::Join { room, tail } => {
                if let Err(code) = self.join(&room, tail) {
                    out.failed(Wanted::Join { room }, code);
                }
            }
            Command::Leave { room } => match self.room_mut(&room) {
                Some(room) => room.is_unwanted = true,
                None => out.failed(Wanted::Leave { room }, Code::NOT_IN_ROOM),
            },
            Command::History { room, span, limit } => self.ask(Asked::Page { room, span, limit }, out),
            Command::Search { room, query } => self.ask(Asked::Search { room, query }, out),
            Command::Create { room } => self.ask(Asked::Create { room }, out),
            Command::Open { name } => self.ask(Asked::Open { name }, out),
            Command::Whois { name } => self.ask(Asked::Whois { name }, out),
            Command::Release { name } => self.ask(Asked::Release { name }, out),
            Command::Members { room } => self.members(room, out),
            Command::Mark { room, seq } => match self.room_mut(&room) {
                Some(room) => room.mark(seq),
                None => out.failed(Wanted::Mark { room, seq }, Code::NOT_IN_ROOM),
            },
            Command::Rooms { mine } => {
                let lists = self.listings.iter_mut();
                lists
                    .filter(|list| list.is_of_mine() == mine)
                    .for_each(Listing::want);
            }
            Command::Away { text } => {
                self.away_told = None;
                self.away.set(text);
            }
            Command::Finish => {
                self.finish.get_or_insert_default();
            }
        }
    }

    /// Takes something into the outbox.
    fn put(&mut self, unsent: Unsent, out: &mut Outputs) {
        match self.why_not_put(&unsent) {
            Some(code) => out.failed(unsent.to_wanted(), code),
            None => self.outbox.push(unsent),
        }
    }

    fn why_not_put(&mut self, unsent: &Unsent) -> Option<Code> {
        if self.finish.is_some() {
            Some(Code::OUT_OF_PLACE)
        } else if unsent.is_blank() {
            Some(Code::TEXT_INVALID)
        } else if !self.can_say() {
            Some(Code::TOO_FAST)
        } else if !self.is_wanted(&unsent.room) {
            Some(Code::NOT_IN_ROOM)
        } else {
            None
        }
    }

    /// Whether we are in this room or about to be, and do not want out.
    pub(super) fn is_wanted(&self, name: &RoomName) -> bool {
        self.rooms
            .iter()
            .any(|room| room.name == *name && !room.is_unwanted)
    }

    fn join(&mut self, name: &RoomName, tail: u32) -> Result<(), Code> {
        let is_full = self.rooms.len() >= ROOMS_MAX;
        match self.room_mut(name) {
            Some(room) if room.is_unwanted => room.is_unwanted = false,
            Some(_) => return Err(Code::ALREADY_IN_ROOM),
            None if is_full => return Err(Code::TOO_MANY_ROOMS),
            None => self.rooms.push(Room::new(name.clone(), tail)),
        }
        Ok(())
    }

    fn ask(&mut self, what: Asked, out: &mut Outputs) {
        let is_elsewhere = |room: &RoomName| self.rooms.iter().all(|known| known.name != *room);
        if what.room().is_some_and(is_elsewhere) {
            out.failed(what.into_wanted(), Code::NOT_IN_ROOM);
        } else if self.asks.is_full() {
            out.failed(what.into_wanted(), Code::TOO_FAST);
        } else {
            self.asks.push(what);
        }
    }

    fn members(&mut self, name: RoomName, out: &mut Outputs) {
        let Some(room) = self.room_mut(&name) else {
            return out.failed(Wanted::Members { room: name }, Code::NOT_IN_ROOM);
        };
        let is_in = room.is_in();
        room.roll.want(is_in);
        if is_in && room.roll.take_wanted() {
            out.events.push(room.members());
        }
    }
}
