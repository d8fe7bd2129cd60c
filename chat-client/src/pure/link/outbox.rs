//! What was said and is not known to be stored; what is to be emptied, too, because its notice is stored like a text.
//!
//! An entry waits, is sent, and leaves when the server has answered for good. Whatever is lost on the way, the entries
//! of a room are said in their order: a room whose entry was refused for now is on hold until nothing of it is in
//! flight any more and its wait is over, then everything that was refused is said again from the first on.

use std::collections::VecDeque;

use chat_proto::ids::MessageId;
use chat_proto::list::Extra;
use chat_proto::message::{ClientMessage, Empty, Say};
use chat_proto::name::RoomName;

use super::{Content, Unsent, Wanted};

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
pub(super) struct Entry {
    room: RoomName,
    id: MessageId,
    content: Content,
    /// The request that is not answered yet.
    request: Option<u32>,
    /// Whether this connection's server holds back the room because of this entry.
    blocks: bool,
}

impl Entry {
    fn bytes(&self) -> usize {
        let text_bytes = match &self.content {
            Content::Text { text, .. } => text.len(),
            Content::Emptying { .. } => 0,
        };
        ENTRY_BYTES + text_bytes
    }

    fn to_unsent(&self) -> Unsent {
        Unsent {
            room: self.room.clone(),
            id: self.id,
            content: self.content.clone(),
        }
    }

    fn to_wanted(&self) -> Wanted {
        let (room, id) = (self.room.clone(), self.id);
        match self.content {
            Content::Text { .. } => Wanted::Say { room, id },
            Content::Emptying { seq } => Wanted::Empty { room, id, seq },
        }
    }

    /// What the server is sent.
    pub(super) fn to_message(&self, request: u32) -> ClientMessage {
        let (room, id) = (self.room.clone(), self.id);
        match &self.content {
            Content::Text { kind, text } => ClientMessage::Say(Say {
                request,
                room,
                id,
                kind: *kind,
                text: text.clone(),
                extra: Extra::new(),
            }),
            Content::Emptying { seq } => ClientMessage::Empty(Empty {
                request,
                room,
                seq: *seq,
                id,
            }),
        }
    }
}

/// An entry that the server will not take.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) wanted: Wanted,
    pub(super) id: MessageId,
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

    pub(super) fn push(&mut self, room: RoomName, id: MessageId, content: Content) {
        let entry = Entry {
            room,
            id,
            content,
            request: None,
            blocks: false,
        };
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
    }

    pub(super) fn has_any_of(&self, room: &RoomName) -> bool {
        self.entries.iter().any(|entry| entry.room == *room)
    }

    pub(super) fn has_in_flight_of(&self, room: &RoomName) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.request.is_some() && entry.room == *room)
    }

    /// Sends the waiting entries of rooms that are `ready`, in order, until so many are in flight. `say` answers with
    /// the number of the request that it sent.
    pub(super) fn send(
        &mut self,
        in_flight_max: usize,
        ready: impl Fn(&RoomName) -> bool,
        mut say: impl FnMut(&Entry) -> u32,
    ) {
        for entry in self.entries.iter_mut().filter(|entry| entry.request.is_none()) {
            if self.in_flight >= in_flight_max {
                return;
            }
            if ready(&entry.room) {
                entry.request = Some(say(entry));
                self.in_flight += 1;
            }
        }
    }

    /// The server has stored it: it leaves. `false` if it was not here.
    pub(super) fn stored(&mut self, room: &RoomName, id: MessageId) -> bool {
        let found = self
            .entries
            .iter()
            .position(|entry| entry.id == id && entry.room == *room);
        found.is_some_and(|at| self.remove(at).is_some())
    }

    /// The server has refused it for now: it waits again. What it was, or `None` if it was not here.
    pub(super) fn refused_for_now(&mut self, request: u32, blocks: bool) -> Option<Wanted> {
        let at = self.find_request(request)?;
        let entry = &mut self.entries[at];
        entry.request = None;
        entry.blocks |= blocks;
        self.in_flight -= 1;
        Some(entry.to_wanted())
    }

    /// The server has refused it for good: it leaves.
    pub(super) fn rejected(&mut self, request: u32) -> Option<Rejected> {
        let at = self.find_request(request)?;
        let entry = self.remove(at)?;
        Some(Rejected {
            wanted: entry.to_wanted(),
            id: entry.id,
            withdraw: entry.blocks,
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

    /// The room can't be joined: what was to be said there leaves.
    pub(super) fn remove_room(&mut self, room: &RoomName) -> Vec<Wanted> {
        let mut removed = Vec::new();
        let mut at = 0;
        while at < self.entries.len() {
            if self.entries[at].room == *room {
                removed.extend(self.remove(at).map(|entry| entry.to_wanted()));
            } else {
                at += 1;
            }
        }
        removed
    }

    pub(super) fn unsent(&self) -> impl Iterator<Item = Unsent> {
        self.entries.iter().map(Entry::to_unsent)
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
