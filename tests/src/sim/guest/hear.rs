//! What a guest is told, and makes of it.

use std::collections::BTreeSet;

use chat_client::pure::link::{Event as Told, Wanted};
use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{Code, Record, Resumed};
use chat_proto::name::{RoomName, UserName};
use chat_server::history::DIVERGED_RECORDS;

use super::{Guest, Spoken};
use crate::sim::chronicle::Line;
use crate::sim::complaint::Complaint;
use crate::sim::journal::{Entry, Joined, Journal};

/// Why something is refused that is not allowed. What was refused so was never stored, and will not be.
const NOT_ALLOWED: [Code; 5] = [
    Code::MUTED,
    Code::NOT_ALLOWED,
    Code::KEY_NEEDED,
    Code::NO_SUCH_PERSON,
    Code::UNKNOWN_REQUEST,
];

impl Guest {
    /// Notes what the link told.
    pub(super) fn note(&mut self, now_ms: u64, told: &Told) -> Result<(), Complaint> {
        match told {
            Told::Welcomed { .. } => self.welcomed_ms = now_ms,
            Told::Joined { .. } => self.joined(now_ms, told),
            Told::Left { room } => self.is_out(now_ms, room, Entry::Left),
            Told::Removed { room, .. } => self.is_out(now_ms, room, Entry::PutOut),
            Told::Said { room, record } => self.write(now_ms, room, Entry::Said(record.seq, record.into())),
            Told::Page {
                room, log, records, ..
            }
            | Told::Found {
                room, log, records, ..
            } => self.write(now_ms, room, Entry::Shown(*log, lines(records))),
            Told::Missed { room, from, to } => self.write(now_ms, room, Entry::Missed(*from, *to)),
            Told::Broke { room } => self.write(now_ms, room, Entry::Broke),
            Told::Marked { room, seq } => self.write(now_ms, room, Entry::Marked(*seq)),
            Told::Stored { room, id, seq } => {
                self.write(now_ms, room, Entry::Stored(*id, *seq));
                self.spoken_mut(*id)?.stored += 1;
            }
            Told::Failed {
                what,
                code,
                retry_in_ms: None,
                ..
            } => self.refused(now_ms, what, *code)?,
            Told::Presence {
                room, arrived, left, ..
            } => self.presence(room, arrived, left)?,
            // Nobody here has the name of another, and nobody tires of trying.
            Told::Refused { .. } | Told::Untrusted { .. } | Told::GaveUp { .. } => {
                return Err(Complaint::TurnedAway(self.name.clone()));
            }
            Told::Opened { listed } | Told::Announced { listed } => self.opened.push(listed.room.clone()),
            Told::Rooms { mine: true, list, .. } => {
                let listed = list.iter().map(|listed| (listed.room.clone(), listed.role));
                self.listed = Some(listed.collect());
            }
            Told::Finished => self.finished = true,
            Told::Failed { .. }
            | Told::Pinned { .. }
            | Told::Lost { .. }
            // Nobody here asks for these, or does them.
            | Told::Rooms { .. }
            | Told::Emptied { .. }
            | Told::Person { .. }
            | Told::Away { .. }
            | Told::Released { .. }
            | Told::Members { .. } => {}
        }
        Ok(())
    }

    fn joined(&mut self, now_ms: u64, told: &Told) {
        let Told::Joined {
            room,
            again,
            resumed,
            position,
            members,
            topic,
            role,
            read,
            ..
        } = told
        else {
            return;
        };
        let resumed = again.then_some(*resumed);
        let tail = match resumed {
            Some(Resumed::Diverged) => DIVERGED_RECORDS,
            Some(Resumed::Exact | Resumed::Trimmed { .. }) | None => u64::from(self.tail),
        };
        let joined = Joined {
            asked_ms: self.asked_ms(room),
            log: position.log,
            top: position.seq,
            resumed,
            tail,
            topic: topic.as_str().to_owned(),
            role: *role,
            read: *read,
        };
        self.write(now_ms, room, Entry::Joined(joined));
        // Later, what has changed meanwhile is told.
        if !again {
            let members = members.iter().filter(|name| **name != self.name);
            let members = members.cloned().collect();
            self.members.insert(room.clone(), members);
        }
    }

    /// Something will not be done.
    fn refused(&mut self, now_ms: u64, what: &Wanted, code: Code) -> Result<(), Complaint> {
        match what {
            Wanted::Say { id, .. } | Wanted::Moderate { id, .. } => {
                let spoken = self.spoken_mut(*id)?;
                spoken.given_up += 1;
                spoken.is_refused = NOT_ALLOWED.contains(&code);
            }
            Wanted::Join { room } => {
                let asked_ms = self.asked_ms(room);
                self.is_out(now_ms, room, Entry::KeptOut { asked_ms, code });
            }
            _ => {}
        }
        Ok(())
    }

    /// Since when it may have asked for what it is told of a room now.
    fn asked_ms(&self, room: &RoomName) -> u64 {
        let out_since_ms = self.out_since_ms.get(room).copied();
        self.welcomed_ms.max(out_since_ms.unwrap_or_default())
    }

    fn is_out(&mut self, now_ms: u64, room: &RoomName, entry: Entry) {
        if entry != Entry::Left {
            self.rooms.remove(room);
        }
        self.write(now_ms, room, entry);
        self.members.remove(room);
        self.out_since_ms.insert(room.clone(), now_ms);
    }

    pub(super) fn write(&mut self, now_ms: u64, room: &RoomName, entry: Entry) {
        let journal = self.journals.entry(room.clone()).or_insert_with(|| Journal {
            room: room.clone(),
            name: self.name.clone(),
            key: self.key,
            entries: Vec::new(),
        });
        journal.entries.push((now_ms, entry));
    }

    fn spoken_mut(&mut self, id: MessageId) -> Result<&mut Spoken, Complaint> {
        self.spoken
            .iter_mut()
            .find(|spoken| spoken.id == id)
            .ok_or(Complaint::Answered(id, 0))
    }

    fn presence(
        &mut self,
        room: &RoomName,
        arrived: &[UserName],
        left: &[UserName],
    ) -> Result<(), Complaint> {
        let members: &mut BTreeSet<UserName> = self.members.entry(room.clone()).or_default();
        for name in left {
            if !members.remove(name) {
                return Err(Complaint::Presence(name.clone()));
            }
        }
        for name in arrived {
            if *name == self.name || !members.insert(name.clone()) {
                return Err(Complaint::Presence(name.clone()));
            }
        }
        Ok(())
    }
}

fn lines(records: &[Record]) -> Vec<(Seq, Line)> {
    records.iter().map(|record| (record.seq, record.into())).collect()
}
