//! The simulated clients. Each carries for its link what `io/net` of the real one carries.

mod act;
mod hear;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chat_client::pure::link::{Action, Input, Link, LinkOptions, Outputs};
use chat_proto::ids::{Instance, MessageId, PublicKey};
use chat_proto::message::{Act, Kind, Role};
use chat_proto::name::{RoomName, UserName};

use super::calendar::{Alarm, Event};
use super::chronicle::Line;
use super::journal::Journal;
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
    /// When it was let in on this connection.
    welcomed_ms: u64,
    /// When it was last told to be out of a room.
    out_since_ms: BTreeMap<RoomName, u64>,
    /// Rooms that it was told of, and that nobody has looked at yet.
    opened: Vec<RoomName>,
    to_join: Vec<RoomName>,
    /// Its own rooms, and what it is in them, as they were listed last.
    pub(crate) listed: Option<Vec<(RoomName, Role)>>,
    pub(crate) finished: bool,
}

/// Something that was said, or done to somebody.
#[derive(Debug)]
pub(crate) struct Spoken {
    pub(crate) room: RoomName,
    pub(crate) id: MessageId,
    pub(crate) what: What,
    /// How often it was told to be stored.
    pub(crate) stored: usize,
    /// How often it was told to be given up.
    pub(crate) given_up: usize,
    /// It was refused because it is not allowed.
    pub(crate) is_refused: bool,
}

/// What was said or done.
#[derive(Debug)]
pub(crate) enum What {
    Text(Kind, String),
    Act(Act, UserName),
}

impl What {
    /// Whether this is what the log says.
    pub(crate) fn is(&self, line: &Line) -> bool {
        match (self, &line.acted) {
            (Self::Text(kind, text), None) => (*kind, text) == (line.kind, &line.text),
            (Self::Act(act, name), Some(acted)) => {
                line.kind == Kind::MODERATION && (*act, name) == (acted.act, &acted.name)
            }
            (Self::Text(..), Some(_)) | (Self::Act(..), None) => false,
        }
    }
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
            welcomed_ms: 0,
            out_since_ms: BTreeMap::new(),
            opened: Vec::new(),
            to_join: Vec::new(),
            listed: None,
            finished: false,
        }
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
            if let Err(complaint) = guest.note(now_ms, &told) {
                self.complaint.get_or_insert(complaint);
            }
        }
        for room in guest.opened.drain(..) {
            if !self.opened.contains(&room) {
                self.opened.push(room.clone());
            }
            guest.to_join.push(room);
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
}
