//! The server's end of each simulated connection. It carries what `io/connection` of the real one carries.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chat_proto::ids::Secret;
use chat_proto::name::RoomName;
use chat_server::history::{NoSearch, PageAnswer, SearchAnswer};
use chat_server::pure::hub::{PeerId, Reply};
use chat_server::pure::session::{Input, Keeping, Origin, Outputs, Rules, Session, SessionLimits, TurnPart};

use super::calendar::{Alarm, Event};
use super::house::Subscription;
use super::store::Order;
use super::wire::{Delivery, Wire};
use super::world::World;

/// A connection: the wires, and what the server has at its end.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) guest: usize,
    pub(crate) up: Wire,
    pub(crate) down: Wire,
    /// `None` once the server's end is gone.
    pub(crate) peer: Option<Box<Peer>>,
    /// The client's end is there.
    pub(crate) guest_here: bool,
    /// Nothing passes any more.
    pub(crate) dead: bool,
}

#[derive(Debug)]
pub(crate) struct Peer {
    session: Session,
    out: Outputs,
    /// What is being written of a turn.
    part: VecDeque<u8>,
    mailbox: VecDeque<(Reply, Option<Subscription>)>,
    /// The answer to a fetch or a search, until it can be given.
    looked_up: Option<LookedUp>,
    subscriptions: BTreeMap<RoomName, Subscription>,
    alarm: Alarm,
}

/// What the store has looked up for a session.
#[derive(Debug)]
pub(crate) enum LookedUp {
    Page(Option<PageAnswer>),
    Found(Result<SearchAnswer, NoSearch>),
}

/// Whether a peer can do more.
enum Step {
    Again,
    Waits,
    Over,
}

impl Peer {
    pub(crate) fn new(now_ms: u64, limits: SessionLimits, secret: Secret, origin: Origin) -> Box<Self> {
        let keeping = Keeping::in_memory(100_000);
        let rules = Arc::new(Rules { limits, keeping });
        Box::new(Self {
            session: Session::new(now_ms, rules, origin, secret),
            out: Outputs::default(),
            part: VecDeque::new(),
            mailbox: VecDeque::new(),
            looked_up: None,
            subscriptions: BTreeMap::new(),
            alarm: Alarm::default(),
        })
    }

    /// Writes what waits, as far as the wire takes it. Whether it took anything.
    fn write(&mut self, wire: &mut Wire) -> bool {
        let mut written = 0;
        loop {
            written += wire.write(&mut self.part);
            if !self.part.is_empty() {
                break;
            }
            let mut bytes = VecDeque::from(std::mem::take(&mut self.out.bytes));
            written += wire.write(&mut bytes);
            self.out.bytes = bytes.into();
            if !self.out.bytes.is_empty() {
                break;
            }
            match self.out.part.take() {
                Some(TurnPart { turn, range }) => self.part.extend(&turn.bytes()[range]),
                None => break,
            }
        }
        written > 0
    }

    fn has_output(&self) -> bool {
        !self.part.is_empty() || !self.out.bytes.is_empty() || self.out.part.is_some()
    }
}

impl World {
    /// Tells a session something, and carries what comes of it.
    pub(crate) fn peer_handle(&mut self, id: u64, input: Input<'_>) {
        let (now_ms, unix_ms) = (self.calendar.now_ms(), self.unix_ms());
        let Some(peer) = self.peer(id) else {
            return;
        };
        peer.session.handle(now_ms, unix_ms, input, &mut peer.out);
        self.peer_carry(id);
    }

    /// Carries whatever can be carried for a session.
    pub(crate) fn peer_carry(&mut self, id: u64) {
        let Some(mut peer) = self
            .connections
            .get_mut(&id)
            .and_then(|connection| connection.peer.take())
        else {
            return;
        };
        loop {
            match self.peer_step(id, &mut peer) {
                Step::Again => {}
                Step::Waits => break,
                Step::Over => return self.forget_connection(id),
            }
        }
        let connection = self
            .connections
            .get_mut(&id)
            .expect("it is there while its peer is");
        if peer.session.wants_bytes() && connection.up.has_news() {
            self.call_up(id);
        }
        let deadline = peer.session.next_deadline();
        peer.alarm.set(deadline, Event::PeerDue(id), &mut self.calendar);
        self.connections
            .get_mut(&id)
            .expect("it is there while its peer is")
            .peer = Some(peer);
    }

    fn peer_step(&mut self, id: u64, peer: &mut Peer) -> Step {
        let (now_ms, unix_ms) = (self.calendar.now_ms(), self.unix_ms());
        self.pass_on(id, peer);
        let connection = self
            .connections
            .get_mut(&id)
            .expect("it is there while its peer is");
        if peer.out.cut {
            connection.dead = true;
            self.guest_loses_later(id);
            return Step::Over;
        }
        if peer.write(&mut connection.down) {
            peer.session.handle(now_ms, unix_ms, Input::Wrote, &mut peer.out);
            self.call_down(id);
            return Step::Again;
        }
        if peer.out.end && !peer.has_output() {
            connection.down.close();
            self.call_down(id);
            return Step::Over;
        }
        let Some(input) = peer.next_input() else {
            return Step::Waits;
        };
        match input {
            Next::Reply(reply) => {
                peer.session
                    .handle(now_ms, unix_ms, Input::Reply(reply), &mut peer.out);
            }
            Next::LookedUp(looked_up) => {
                let input = match looked_up {
                    LookedUp::Page(page) => Input::Page { page },
                    LookedUp::Found(found) => Input::Found { found },
                };
                peer.session.handle(now_ms, unix_ms, input, &mut peer.out);
            }
            Next::Turn(room, turn, lagged) => {
                self.counts.turns_lost += lagged;
                let input = Input::Turn {
                    room: &room,
                    turn: &turn,
                };
                peer.session.handle(now_ms, unix_ms, input, &mut peer.out);
            }
        }
        Step::Again
    }

    /// What the session wants of the house.
    fn pass_on(&mut self, id: u64, peer: &mut Peer) {
        for room in peer.out.left.drain(..) {
            peer.subscriptions.remove(&room);
        }
        let house = self.house.as_mut().expect("no peer outlives the house");
        if let Some(request) = peer.out.fetch.take() {
            self.counts.fetches += 1;
            house.store.orders.push_back(Order::Page(id, *request));
            self.call_store();
        }
        let house = self.house.as_mut().expect("no peer outlives the house");
        if let Some(request) = peer.out.search.take() {
            house.store.orders.push_back(Order::Search(id, *request));
            self.call_store();
        }
        if !peer.out.requests.is_empty() {
            let requests = peer.out.requests.drain(..).map(|request| (PeerId(id), request));
            self.house
                .as_mut()
                .expect("no peer outlives the house")
                .requests
                .extend(requests);
            self.call_hub();
        }
    }

    /// The hub has written to a session, which is to be carried on.
    pub(crate) fn peer_mail(&mut self, id: u64, reply: Reply, subscription: Option<Subscription>) {
        if let Some(peer) = self.peer(id) {
            peer.mailbox.push_back((reply, subscription));
        }
    }

    /// The store has answered a session.
    pub(crate) fn peer_looked_up(&mut self, id: u64, looked_up: LookedUp) {
        if let Some(peer) = self.peer(id) {
            assert!(peer.looked_up.is_none(), "one fetch is in flight at most");
            peer.looked_up = Some(looked_up);
            self.peer_carry(id);
        }
    }

    /// A deadline of a session may have passed.
    pub(crate) fn peer_due(&mut self, id: u64) {
        let now_ms = self.calendar.now_ms();
        if self.peer(id).is_some_and(|peer| peer.alarm.rings(now_ms)) {
            self.peer_handle(id, Input::Tick);
        }
    }

    /// The server learns that a connection is lost.
    pub(crate) fn peer_loses(&mut self, id: u64) {
        self.peer_handle(id, Input::Lost);
        if let Some(connection) = self.connections.get_mut(&id) {
            assert!(
                connection.peer.is_none(),
                "a lost connection ends its session at once"
            );
        }
    }

    /// A piece of what the client wrote arrives.
    pub(crate) fn arrives_up(&mut self, id: u64) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.up.scheduled = false;
        let wants_bytes = connection
            .peer
            .as_ref()
            .is_some_and(|peer| peer.session.wants_bytes());
        if connection.dead || !wants_bytes {
            return;
        }
        let delivery = connection.up.deliver(&mut self.random);
        let guest = connection.guest;
        let is_the_guests = self.guests[guest].connection == Some(id);
        match delivery {
            Delivery::Nothing => return,
            Delivery::Bytes(bytes) => self.peer_handle(id, Input::Bytes(&bytes)),
            Delivery::End => self.peer_handle(id, Input::HalfClosed),
        }
        if is_the_guests {
            self.guest_writes(guest);
        }
    }

    fn peer(&mut self, id: u64) -> Option<&mut Peer> {
        self.connections.get_mut(&id)?.peer.as_deref_mut()
    }
}

enum Next {
    Reply(Reply),
    LookedUp(LookedUp),
    Turn(RoomName, Arc<chat_server::pure::turn::Turn>, u64),
}

impl Peer {
    /// What the session is given next: mail at once, a page once the part of a turn is taken, turns once all is written.
    fn next_input(&mut self) -> Option<Next> {
        if let Some((reply, subscription)) = self.mailbox.pop_front() {
            if let (Reply::Joined(joined), Some(subscription)) = (&reply, subscription) {
                self.subscriptions.insert(joined.room.clone(), subscription);
            }
            return Some(Next::Reply(reply));
        }
        if self.out.part.is_none()
            && let Some(looked_up) = self.looked_up.take()
        {
            return Some(Next::LookedUp(looked_up));
        }
        if self.has_output() || !self.session.wants_turns() {
            return None;
        }
        self.subscriptions.iter_mut().find_map(|(room, subscription)| {
            let (turn, lagged) = subscription.next()?;
            Some(Next::Turn(room.clone(), turn, lagged))
        })
    }
}
