//! Everything that is simulated, and the loop that lets it happen.

use std::collections::{BTreeMap, BTreeSet};

use chat_proto::ids::{PublicKey, Secret};
use chat_proto::name::{RoomName, UserName};
use chat_server::history::memory::MemoryLimits;
use chat_server::pure::hub::PeerId;
use chat_server::pure::session::Origin;

use super::calendar::{Alarm, Calendar, Event};
use super::chronicle::Chronicle;
use super::complaint::Complaint;
use super::guest::Guest;
use super::house::{House, News};
use super::peer::{Connection, LookedUp, Peer};
use super::random::Random;
use super::store::{Answer, Now, Store};
use super::trace::Trace;
use super::wire::Wire;
use super::{Counts, Plan, START_UNIX_MS};

const HOUR_MS: u64 = 60 * 60 * 1000;

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) random: Random,
    pub(crate) calendar: Calendar,
    pub(crate) trace: Trace,
    pub(crate) chronicle: Chronicle,
    pub(crate) counts: Counts,
    /// What was found wrong first.
    pub(crate) complaint: Option<Complaint>,
    /// Nothing goes wrong any more.
    pub(crate) calm: bool,
    /// `None` while the server is dead.
    pub(crate) house: Option<House>,
    /// What a durable store has while the server is dead.
    disk: Option<Store>,
    pub(crate) connections: BTreeMap<u64, Connection>,
    pub(crate) guests: Vec<Guest>,
    /// Rooms that not everybody may know of, as their makers were told of them.
    pub(crate) opened: Vec<RoomName>,
    connections_opened: u64,
    hub_called: bool,
    store_called: bool,
    hub_alarm: Alarm,
}

impl World {
    pub(crate) fn new(plan: Plan, mut random: Random, trace: Trace) -> Self {
        let mut guests = Vec::new();
        for index in 0..plan.guests {
            let (name, key) = who(index, &guests, &mut random);
            let mut rooms: BTreeSet<RoomName> = (0..plan.rooms)
                .filter(|_| random.percent(70))
                .map(room_name)
                .collect();
            rooms.insert(room_name(0));
            let tail = u32::try_from(random.within(0..=plan.tail_max)).expect("a small number");
            let mut guest = Guest::new(name, rooms, tail, plan.acts, &mut random);
            guest.key = key;
            guests.push(guest);
        }
        let mut world = Self {
            house: None,
            disk: None,
            plan,
            random,
            calendar: Calendar::default(),
            trace,
            chronicle: Chronicle::default(),
            counts: Counts::default(),
            complaint: None,
            calm: false,
            connections: BTreeMap::new(),
            guests,
            opened: Vec::new(),
            connections_opened: 0,
            hub_called: false,
            store_called: false,
            hub_alarm: Alarm::default(),
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        self.restart();
        for index in 0..self.guests.len() {
            let late_ms = self.random.within(0..=self.plan.pause_ms);
            self.calendar.after(late_ms, Event::GuestBegins(index));
            self.calendar.after(late_ms, Event::GuestActs(index));
        }
        for _ in 0..self.plan.crashes {
            let at_ms = self.random.within(0..=self.plan.calm_ms);
            self.calendar.at(at_ms, Event::Crash);
        }
        self.calendar.at(self.plan.calm_ms, Event::Calm);
    }

    /// Lets time go on until then, or until something is wrong.
    pub(crate) fn run_until(&mut self, until_ms: u64) {
        while self.complaint.is_none()
            && let Some(event) = self.calendar.next_until(until_ms)
        {
            self.counts.events += 1;
            self.trace
                .note(format_args!("{} {event:?}", self.calendar.now_ms()));
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Up(id) => self.arrives_up(id),
            Event::Down(id) => self.arrives_down(id),
            Event::HubTakes => self.hub_takes(),
            Event::HubDue => self.hub_due(),
            Event::StoreAnswers => self.store_answers(),
            Event::PeerDue(id) => self.peer_due(id),
            Event::PeerLoses(id) => self.peer_loses(id),
            Event::Connects(index, attempt) => self.guest_connects(index, attempt),
            Event::GuestBegins(index) => self.guest_handle(index, chat_client::pure::link::Input::Tick),
            Event::GuestDue(index) => self.guest_due(index),
            Event::GuestActs(index) => self.guest_acts(index),
            Event::GuestReads(index) => self.guest_reads(index),
            Event::GuestLoses(index, id) => self.guest_loses(index, id),
            Event::Cut(id) => self.cut(id),
            Event::Crash => self.crash(),
            Event::Restart => self.restart(),
            Event::Calm => self.calm_down(),
        }
    }

    /// What the server's wall clock shows.
    pub(crate) const fn unix_ms(&self) -> u64 {
        let now_ms = self.calendar.now_ms();
        let is_set_back = now_ms >= self.plan.clock_back_ms;
        START_UNIX_MS + now_ms - if is_set_back { HOUR_MS } else { 0 }
    }

    const fn now(&self) -> Now {
        Now {
            now_ms: self.calendar.now_ms(),
            unix_ms: self.unix_ms(),
        }
    }

    pub(crate) fn delay_ms(&mut self) -> u64 {
        self.random.within(0..=self.plan.delay_ms_max)
    }

    pub(crate) fn any_room(&mut self) -> RoomName {
        let rooms = self.all_rooms();
        let chosen = self.random.size(rooms.len()) - 1;
        rooms[chosen].clone()
    }

    /// The public rooms, and those that were made so far.
    pub(crate) fn all_rooms(&self) -> Vec<RoomName> {
        let public = (0..self.plan.rooms).map(room_name);
        public.chain(self.opened.iter().cloned()).collect()
    }

    pub(crate) fn call_up(&mut self, id: u64) {
        let delay_ms = self.delay_ms();
        if let Some(connection) = self.connections.get_mut(&id) {
            call_wire(&mut connection.up, delay_ms, Event::Up(id), &mut self.calendar);
        }
    }

    pub(crate) fn call_down(&mut self, id: u64) {
        let delay_ms = self.delay_ms();
        if let Some(connection) = self.connections.get_mut(&id) {
            call_wire(
                &mut connection.down,
                delay_ms,
                Event::Down(id),
                &mut self.calendar,
            );
        }
    }

    pub(crate) fn call_hub(&mut self) {
        if !std::mem::replace(&mut self.hub_called, true) {
            let delay_ms = self.random.within(0..=2);
            self.calendar.after(delay_ms, Event::HubTakes);
        }
    }

    pub(crate) fn call_store(&mut self) {
        if !std::mem::replace(&mut self.store_called, true) {
            let delay_ms = self.random.within(0..=self.plan.store_ms_max);
            self.calendar.after(delay_ms, Event::StoreAnswers);
        }
    }

    fn hub_takes(&mut self) {
        self.hub_called = false;
        let (now_ms, present) = (self.calendar.now_ms(), self.present());
        if let Some(house) = &mut self.house {
            let news = house.take_requests(now_ms, &present);
            self.spread(news);
        }
    }

    fn hub_due(&mut self) {
        let (now_ms, present) = (self.calendar.now_ms(), self.present());
        if self.hub_alarm.rings(now_ms)
            && let Some(house) = &mut self.house
        {
            let news = house.due(now_ms, &present);
            self.spread(news);
        }
    }

    fn store_answers(&mut self) {
        self.store_called = false;
        let (now, present) = (self.now(), self.present());
        let now_ms = now.now_ms;
        let Some(house) = self.house.as_mut().filter(|house| !house.store.orders.is_empty()) else {
            return;
        };
        let answer = house.store.answer(now, &mut self.random, &mut self.chronicle);
        let more = !house.store.orders.is_empty();
        match answer {
            Ok(Answer::Page(id, page)) => self.peer_looked_up(id, LookedUp::Page(page)),
            Ok(Answer::Found(id, found)) => self.peer_looked_up(id, LookedUp::Found(found)),
            Ok(Answer::Outcomes(outcomes)) => {
                let news = house.committed(now_ms, &outcomes, &present);
                self.trace.tell(format_args!("{now_ms} committed {outcomes:?}"));
                self.spread(news);
            }
            Err(complaint) => self.complaint = Some(complaint),
        }
        if more {
            self.call_store();
        }
    }

    /// Brings what the hub did to those whom it concerns.
    fn spread(&mut self, news: News) {
        let deadline = self.house.as_ref().and_then(|house| house.hub.next_deadline());
        self.hub_alarm.set(deadline, Event::HubDue, &mut self.calendar);
        if news.ordered {
            self.call_store();
        }
        for (PeerId(id), reply, subscription) in news.mail {
            self.peer_mail(id, reply, subscription);
        }
        // Mail is there before turns are; there may be turns for anybody.
        let ids: Vec<u64> = self.connections.keys().copied().collect();
        for id in ids {
            self.peer_carry(id);
        }
    }

    fn present(&self) -> BTreeSet<PeerId> {
        self.connections
            .iter()
            .filter(|(_, connection)| connection.peer.is_some())
            .map(|(id, _)| PeerId(*id))
            .collect()
    }

    pub(crate) fn open_connection(&mut self, guest: usize) -> u64 {
        self.connections_opened += 1;
        let id = self.connections_opened;
        let secret = Secret::from_bytes(self.random.bytes());
        let origin = Origin {
            key: self.guests[guest].key,
            is_trusted_place: false,
        };
        let peer = Peer::new(self.calendar.now_ms(), super::session_limits(), secret, origin);
        let connection = Connection {
            guest,
            up: Wire::default(),
            down: Wire::default(),
            peer: Some(peer),
            guest_here: true,
            dead: false,
        };
        self.connections.insert(id, connection);
        if !self.calm && self.random.percent(self.plan.cuts_percent) {
            let lives_ms = self.random.within(0..=self.plan.lives_ms_max);
            self.calendar.after(lives_ms, Event::Cut(id));
        }
        self.peer_carry(id);
        id
    }

    /// The client drops its end.
    pub(crate) fn guest_hangs_up(&mut self, id: u64) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.guest_here = false;
        }
        self.peer_loses_later(id);
        self.forget_connection(id);
    }

    /// The server learns of a loss: soon, or never, and has to find out by itself.
    fn peer_loses_later(&mut self, id: u64) {
        if self.calm || !self.random.percent(20) {
            let delay_ms = self.random.within(0..=20 * self.plan.delay_ms_max);
            self.calendar.after(delay_ms, Event::PeerLoses(id));
        }
    }

    /// The client learns of a loss: soon, or never, and has to find out by itself.
    pub(crate) fn guest_loses_later(&mut self, id: u64) {
        let Some(guest) = self.connections.get(&id).map(|connection| connection.guest) else {
            return;
        };
        if self.calm || !self.random.percent(20) {
            let delay_ms = self.random.within(0..=20 * self.plan.delay_ms_max);
            self.calendar.after(delay_ms, Event::GuestLoses(guest, id));
        }
    }

    /// Forgets a connection of which neither end is left.
    pub(crate) fn forget_connection(&mut self, id: u64) {
        if self
            .connections
            .get(&id)
            .is_some_and(|connection| connection.peer.is_none() && !connection.guest_here)
        {
            self.connections.remove(&id);
        }
    }

    fn cut(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if self.calm || connection.dead {
            return;
        }
        self.counts.cuts += 1;
        connection.dead = true;
        self.peer_loses_later(id);
        self.guest_loses_later(id);
    }

    fn crash(&mut self) {
        if self.calm {
            return;
        }
        let Some(house) = self.house.take() else {
            return;
        };
        if self.plan.is_durable {
            let now = self.now();
            match house.store.survive(now, &mut self.random, &mut self.chronicle) {
                Ok(store) => self.disk = Some(store),
                Err(complaint) => self.complaint = Some(complaint),
            }
        } else {
            self.chronicle.rights.forget(self.calendar.now_ms());
        }
        self.counts.crashes += 1;
        let ids: Vec<u64> = self.connections.keys().copied().collect();
        for id in ids {
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.peer = None;
                connection.dead = true;
            }
            self.guest_loses_later(id);
            self.forget_connection(id);
        }
        let down_ms = self.random.within(0..=self.plan.calm_ms / 4);
        self.calendar.after(down_ms, Event::Restart);
    }

    fn restart(&mut self) {
        let mut store = self.disk.take().unwrap_or_else(|| self.new_store());
        store.refuses_percent = if self.calm { 0 } else { self.plan.refuses_percent };
        self.house = Some(House::new(store, self.plan.ring_turns_max, self.plan.fault));
    }

    fn new_store(&mut self) -> Store {
        let memory = if self.plan.trims {
            MemoryLimits {
                room_records_max: 8,
                ..MemoryLimits::default()
            }
        } else {
            MemoryLimits::default()
        };
        Store::new(memory, self.random.next())
    }

    fn calm_down(&mut self) {
        self.calm = true;
        if let Some(house) = &mut self.house {
            house.store.refuses_percent = 0;
        }
        for index in 0..self.guests.len() {
            self.guest_reads(index);
        }
    }

    fn guest_reads(&mut self, index: usize) {
        self.guests[index].reading = true;
        if let Some(id) = self.guests[index].connection {
            self.call_down(id);
        }
    }
}

fn call_wire(wire: &mut Wire, delay_ms: u64, event: Event, calendar: &mut Calendar) {
    if !wire.scheduled && wire.has_news() {
        wire.scheduled = true;
        calendar.after(delay_ms, event);
    }
}

/// The name and the key of a guest: some have none, some are another device of somebody who has one.
fn who(index: u64, others: &[Guest], random: &mut Random) -> (UserName, Option<PublicKey>) {
    let with_keys: Vec<&Guest> = others.iter().filter(|guest| guest.key.is_some()).collect();
    if random.percent(30)
        && let Some(last) = with_keys.len().checked_sub(1)
    {
        let last = u64::try_from(last).expect("there are few guests");
        let chosen = usize::try_from(random.within(0..=last)).expect("there are few guests");
        return (with_keys[chosen].name.clone(), with_keys[chosen].key);
    }
    let name = UserName::parse(&format!("guest{index}")).expect("a name");
    let key = [u8::try_from(index).expect("there are few guests"); 32];
    (name, random.percent(50).then_some(PublicKey(key)))
}

fn room_name(index: u64) -> RoomName {
    RoomName::parse(&format!("room{index}")).expect("a name")
}
