//! What was said and is not known to be stored; what is to be emptied or done to somebody, too, because its notice is
//! stored like a text.
//!
//! An entry waits, is sent, and leaves when the server has answered for good. Whatever is lost on the way, the entries
//! of a room are said in their order: a room whose entry was refused for now is on hold until nothing of it is in
//! flight any more and its wait is over, then everything that was refused is said again from the first on.

use std::collections::VecDeque;

use chat_proto::ids::MessageId;
use chat_proto::name::RoomName;

use super::{Unsent, Wanted};

/// What the outbox holds at most, with [`ENTRY_BYTES`] for each entry besides its text.
pub const OUTBOX_BYTES_MAX: usize = 1024 * 1024;

/// What an entry costs besides its text.
pub const ENTRY_BYTES: usize = 128;

const _: () = assert!(
    chat_proto::limits::TEXT_BYTES_MAX + ENTRY_BYTES <= OUTBOX_BYTES_MAX,
    "the longest text must fit an empty outbox"
);

#[derive(Debug, Default)]
pub(super) struct Outbox {
    entries: VecDeque<Entry>,
    bytes: usize,
    in_flight: usize,
}

#[derive(Debug)]
struct Entry {
    unsent: Unsent,
    /// The request that is not answered yet.
    request: Option<u32>,
    /// Whether this connection's server holds back the room because of this entry.
    blocks: bool,
}

impl Entry {
    const fn new(unsent: Unsent) -> Self {
        Self {
            unsent,
            request: None,
            blocks: false,
        }
    }

    fn is_in(&self, room: &RoomName) -> bool {
        self.unsent.room == *room
    }

    fn bytes(&self) -> usize {
        ENTRY_BYTES + self.unsent.text_bytes()
    }
}

/// An entry that the server will not take.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) unsent: Unsent,
    /// Whether the server has to be told that it is given up.
    pub(super) withdraw: bool,
}

impl Outbox {
    /// Whether the longest text has room.
    pub(super) const fn has_room(&self) -> bool {
        self.bytes + ENTRY_BYTES + chat_proto::limits::TEXT_BYTES_MAX <= OUTBOX_BYTES_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn push(&mut self, unsent: Unsent) {
        let entry = Entry::new(unsent);
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
    }

    /// Puts these before all others, in their order, as far as there is room. What has none is given back.
    pub(super) fn push_first(&mut self, unsent: Vec<Unsent>) -> Vec<Unsent> {
        let mut too_many = Vec::new();
        let mut first = VecDeque::new();
        for entry in unsent.into_iter().map(Entry::new) {
            if too_many.is_empty() && self.bytes + entry.bytes() <= OUTBOX_BYTES_MAX {
                self.bytes += entry.bytes();
                first.push_back(entry);
            } else {
                too_many.push(entry.unsent);
            }
        }
        first.append(&mut self.entries);
        self.entries = first;
        too_many
    }

    pub(super) fn has_any_of(&self, room: &RoomName) -> bool {
        self.entries.iter().any(|entry| entry.is_in(room))
    }

    pub(super) fn has_in_flight_of(&self, room: &RoomName) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.request.is_some() && entry.is_in(room))
    }

    /// The room of what this request said.
    pub(super) fn room_of(&self, request: u32) -> Option<&RoomName> {
        let at = self.find_request(request)?;
        Some(&self.entries[at].unsent.room)
    }

    /// Sends the waiting entries of rooms that are `ready`, in order, until so many are in flight. `say` answers with
    /// the number of the request that it sent.
    pub(super) fn send(
        &mut self,
        in_flight_max: usize,
        ready: impl Fn(&RoomName) -> bool,
        mut say: impl FnMut(&Unsent) -> u32,
    ) {
        for entry in self.entries.iter_mut().filter(|entry| entry.request.is_none()) {
            if self.in_flight >= in_flight_max {
                return;
            }
            if ready(&entry.unsent.room) {
                entry.request = Some(say(&entry.unsent));
                self.in_flight += 1;
            }
        }
    }

    /// The server has stored it: it leaves. `false` if it was not here.
    pub(super) fn stored(&mut self, room: &RoomName, id: MessageId) -> bool {
        let found = self
            .entries
            .iter()
            .position(|entry| entry.unsent.id == id && entry.is_in(room));
        found.is_some_and(|at| self.remove(at).is_some())
    }

    /// The server has refused it for now: it waits again. What it was, or `None` if it was not here.
    pub(super) fn refused_for_now(&mut self, request: u32, blocks: bool) -> Option<Wanted> {
        let at = self.find_request(request)?;
        let entry = &mut self.entries[at];
        entry.request = None;
        entry.blocks |= blocks;
        self.in_flight -= 1;
        Some(entry.unsent.to_wanted())
    }

    /// The server has refused it for good: it leaves.
    pub(super) fn rejected(&mut self, request: u32) -> Option<Rejected> {
        let at = self.find_request(request)?;
        let entry = self.remove(at)?;
        Some(Rejected {
            withdraw: entry.blocks,
            unsent: entry.unsent,
        })
    }

    /// The connection is lost: what is not known to be stored waits again, and the next server blocks nothing.
    pub(super) fn lost(&mut self) {
        for entry in &mut self.entries {
            entry.request = None;
            entry.blocks = false;
        }
        self.in_flight = 0;
    }

    /// Takes out what waits to be said, and is not on its way, in rooms that are `gone`.
    pub(super) fn remove_waiting(&mut self, gone: impl Fn(&RoomName) -> bool) -> Vec<Wanted> {
        let mut removed = Vec::new();
        self.entries.retain(|entry| {
            let is_kept = entry.request.is_some() || !gone(&entry.unsent.room);
            if !is_kept {
                self.bytes -= entry.bytes();
                removed.push(entry.unsent.to_wanted());
            }
            is_kept
        });
        removed
    }

    pub(super) fn unsent(&self) -> impl Iterator<Item = Unsent> {
        self.entries.iter().map(|entry| entry.unsent.clone())
    }

    fn find_request(&self, request: u32) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.request == Some(request))
    }

    fn remove(&mut self, at: usize) -> Option<Entry> {
        let entry = self.entries.remove(at)?;
        self.bytes -= entry.bytes();
        self.in_flight -= usize::from(entry.request.is_some());
        Some(entry)
    }
}
