//! The simulated clients. Each carries for its link what `io/net` of the real one carries, and does by chance what
//! people do: it speaks, stops reading for a while, leaves rooms and comes back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chat_client::pure::link::{Action, Command, Event as Told, Input, Link, LinkOptions, Outputs, Wanted};
use chat_proto::ids::{Instance, MessageId, PublicKey};
use chat_proto::message::{Kind, Resumed};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;
use chat_server::history::DIVERGED_RECORDS;

use super::calendar::{Alarm, Event};
use super::journal::{Complaint, Entry, Journal};
use super::random::Random;
use super::wire::Delivery;
use super::world::World;

/// A client.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) name: UserName,
    /// The key that it shows; several guests with one are several devices of somebody.
    pub(crate) key: Option<PublicKey>,
    pub(crate) link: Link,
    out: Outputs,
    pub(crate) connection: Option<u64>,
    /// Attempts to connect are numbered, so that one that was given up is told apart.
    attempt: u64,
    /// What waits to be written.
    output: VecDeque<u8>,
    closing: bool,
    pub(crate) reading: bool,
    alarm: Alarm,
    pub(crate) acts_left: u64,
    /// The rooms that it wants to be in.
    pub(crate) rooms: BTreeSet<RoomName>,
    /// So many of a room's last lines it wants to be told when it joins.
    tail: u32,
    pub(crate) journals: BTreeMap<RoomName, Journal>,
    /// Who it thinks is in a room besides itself.
    pub(crate) members: BTreeMap<RoomName, BTreeSet<UserName>>,
    pub(crate) spoken: Vec<Spoken>,
    pub(crate) finished: bool,
}

/// Something that was said.
#[derive(Debug)]
pub(crate) struct Spoken {
    pub(crate) room: RoomName,
    pub(crate) id: MessageId,
    /// How often it was told to be stored.
    pub(crate) stored: usize,
    /// How often it was told to be given up.
    pub(crate) given_up: usize,
}

impl Guest {
    pub(crate) fn new(
        name: UserName,
        rooms: BTreeSet<RoomName>,
        tail: u32,
        acts: u64,
        random: &mut Random,
    ) -> Self {
        Self {
            link: link(&name, &rooms, tail, random),
            name,
            key: None,
            tail,
            out: Outputs::default(),
            connection: None,
            attempt: 0,
            output: VecDeque::new(),
            closing: false,
            reading: true,
            alarm: Alarm::default(),
            acts_left: acts,
            rooms,
            journals: BTreeMap::new(),
            members: BTreeMap::new(),
            spoken: Vec::new(),
            finished: false,
        }
    }

    /// Notes what the link told.
    fn note(&mut self, told: &Told) -> Result<(), Complaint> {
        match told {
            Told::Joined { .. } => self.joined(told),
            Told::Left { room } => {
                self.write(room, Entry::Left);
                self.members.remove(room);
            }
            Told::Said { room, record } => self.write(room, Entry::Said(record.seq, record.into())),
            Told::Missed { room, from, to } => self.write(room, Entry::Missed(*from, *to)),
            Told::Broke { room } => self.write(room, Entry::Broke),
            Told::Stored { room, id, seq } => {
                self.write(room, Entry::Stored(*id, *seq));
                self.spoken_mut(*id)?.stored += 1;
            }
            Told::Failed {
                what: Wanted::Say { id, .. },
                retry_in_ms: None,
                ..
            } => {
                self.spoken_mut(*id)?.given_up += 1;
            }
            Told::Presence {
                room, arrived, left, ..
            } => self.presence(room, arrived, left)?,
            // Nobody here has the name of another, and nobody tires of trying.
            Told::Refused { .. } | Told::Untrusted { .. } | Told::GaveUp { .. } => {
                return Err(Complaint::TurnedAway(self.name.clone()));
            }
            Told::Finished => self.finished = true,
            Told::Failed { .. }
            | Told::Welcomed { .. }
            | Told::Pinned { .. }
            | Told::Lost { .. }
            | Told::Page { .. }
            // Nobody here asks for these, or does them.
            | Told::Emptied { .. }
            | Told::Removed { .. }
            | Told::Opened { .. }
            | Told::Announced { .. }
            | Told::Rooms { .. }
            | Told::Marked { .. }
            | Told::Person { .. }
            | Told::Away { .. }
            | Told::Released { .. }
            | Told::Found { .. }
            | Told::Members { .. } => {}
        }
        Ok(())
    }

    fn joined(&mut self, told: &Told) {
        let Told::Joined {
            room,
            again,
            resumed,
            position,
            members,
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
        let (log, top) = (position.log, position.seq);
        self.write(
            room,
            Entry::Joined {
                log,
                top,
                resumed,
                tail,
            },
        );
        // Later, what has changed meanwhile is told.
        if !again {
            let members = members.iter().filter(|name| **name != self.name);
            let members = members.cloned().collect();
            self.members.insert(room.clone(), members);
        }
    }

    fn write(&mut self, room: &RoomName, entry: Entry) {
        self.journals.entry(room.clone()).or_default().0.push(entry);
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
        let members = self.members.entry(room.clone()).or_default();
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

fn link(name: &UserName, rooms: &BTreeSet<RoomName>, tail: u32, random: &mut Random) -> Link {
    let options = LinkOptions {
        rooms: rooms.iter().map(|room| (room.clone(), tail)).collect(),
        connect_timeout_ms: super::CONNECT_TIMEOUT_MS,
        ping_interval_ms: super::PING_INTERVAL_MS,
        idle_timeout_ms: super::IDLE_TIMEOUT_MS,
        ..LinkOptions::new(name.clone(), Instance(random.bytes()))
    };
    Link::new(options, random.next())
}

impl World {
    /// Tells a link something, and carries what comes of it.
    pub(crate) fn guest_handle(&mut self, index: usize, input: Input<'_>) {
        let now_ms = self.calendar.now_ms();
        let guest = &mut self.guests[index];
        guest.link.handle(now_ms, input, &mut guest.out);
        guest.output.extend(guest.out.bytes.drain(..));
        for told in std::mem::take(&mut guest.out.events) {
            self.trace
                .tell(format_args!("{now_ms} {} is told {told:?}", guest.name));
            if let Err(complaint) = guest.note(&told) {
                self.complaint.get_or_insert(complaint);
            }
        }
        match guest.out.action.take() {
            Some(Action::Connect) => {
                guest.output.clear();
                guest.attempt += 1;
                let attempt = guest.attempt;
                let delay_ms = self.delay_ms();
                self.calendar.after(delay_ms, Event::Connects(index, attempt));
            }
            Some(Action::Disconnect) => {
                guest.output.clear();
                guest.attempt += 1;
                if let Some(id) = guest.connection.take() {
                    self.guest_hangs_up(id);
                }
            }
            Some(Action::CloseWriteSide) => guest.closing = true,
            None => {}
        }
        self.guest_writes(index);
        let guest = &mut self.guests[index];
        let deadline = guest.link.next_deadline();
        guest
            .alarm
            .set(deadline, Event::GuestDue(index), &mut self.calendar);
    }

    /// Writes what a link wants to be written, as far as the wire takes it.
    pub(crate) fn guest_writes(&mut self, index: usize) {
        let guest = &mut self.guests[index];
        let Some(id) = guest.connection else {
            return;
        };
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.up.write(&mut guest.output);
        if guest.closing && guest.output.is_empty() {
            guest.closing = false;
            connection.up.close();
        }
        if connection.up.has_news() {
            self.call_up(id);
        }
    }

    /// A deadline of a link may have passed.
    pub(crate) fn guest_due(&mut self, index: usize) {
        let now_ms = self.calendar.now_ms();
        if self.guests[index].alarm.rings(now_ms) {
            self.guest_handle(index, Input::Tick);
        }
    }

    /// An attempt to connect ends.
    pub(crate) fn guest_connects(&mut self, index: usize, attempt: u64) {
        if self.guests[index].attempt != attempt {
            return;
        }
        let fails = !self.calm && self.random.percent(10);
        if fails || self.house.is_none() {
            return self.guest_handle(index, Input::Lost);
        }
        let id = self.open_connection(index);
        let guest = &mut self.guests[index];
        guest.connection = Some(id);
        guest.closing = false;
        self.guest_handle(index, Input::Connected);
    }

    /// A guest learns that its connection is lost.
    pub(crate) fn guest_loses(&mut self, index: usize, id: u64) {
        if self.guests[index].connection != Some(id) {
            return;
        }
        self.guests[index].connection = None;
        self.guests[index].output.clear();
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.guest_here = false;
        }
        self.forget_connection(id);
        self.guest_handle(index, Input::Lost);
    }

    /// A piece of what the server wrote arrives.
    pub(crate) fn arrives_down(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.down.scheduled = false;
        let index = connection.guest;
        if connection.dead || !connection.guest_here || !self.guests[index].reading {
            return;
        }
        match connection.down.deliver(&mut self.random) {
            Delivery::Nothing => {}
            Delivery::End => self.guest_loses(index, id),
            Delivery::Bytes(bytes) => {
                self.peer_carry(id);
                self.guest_handle(index, Input::Bytes(&bytes));
                self.call_down(id);
            }
        }
    }

    /// A guest does something by chance.
    pub(crate) fn guest_acts(&mut self, index: usize) {
        let guest = &mut self.guests[index];
        if guest.acts_left == 0 || guest.link.is_over() {
            return;
        }
        guest.acts_left -= 1;
        match self.random.within(0..=9) {
            0 if !self.calm => {
                guest.reading = false;
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
        let delay_ms = self.random.within(0..=2 * self.plan.pause_ms);
        self.calendar.after(delay_ms, Event::GuestActs(index));
    }

    /// A guest leaves a room, or joins it.
    fn guest_moves(&mut self, index: usize) {
        let room = self.any_room();
        let guest = &mut self.guests[index];
        let command = if guest.rooms.remove(&room) {
            Command::Leave { room }
        } else {
            guest.rooms.insert(room.clone());
            Command::Join {
                room,
                tail: guest.tail,
            }
        };
        self.guest_handle(index, Input::Command(command));
    }

    fn guest_says(&mut self, index: usize) {
        let room = self.any_room();
        let id = MessageId(self.random.bytes());
        let guest = &mut self.guests[index];
        if !guest.rooms.contains(&room) || !guest.link.can_say() {
            return;
        }
        let padding = "·".repeat(self.random.size(60));
        let text = format!("{} {} {padding}", guest.name, guest.spoken.len());
        guest.spoken.push(Spoken {
            room: room.clone(),
            id,
            stored: 0,
            given_up: 0,
        });
        let (kind, text) = (Kind::LINE, Text::new(&text).expect("it is short"));
        self.guest_handle(index, Input::Command(Command::Say { room, id, kind, text }));
    }
}
