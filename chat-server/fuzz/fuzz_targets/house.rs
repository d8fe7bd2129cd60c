//! A server without sockets, tasks and clocks, and what its connections would hold.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::rc::Rc;
use std::sync::Arc;

use chat_proto::codec::decode_server;
use chat_proto::frame::Decoder;
use chat_proto::ids::PublicKey;
use chat_proto::limits::FRAME_BYTES_MAX;
use chat_proto::name::RoomName;
use chat_server::history::memory::{Memory, MemoryLimits};
use chat_server::history::{NoSearch, Op, PageRequest};
use chat_server::pure::hub::{self, Hub, HubLimits, PeerId, Reply, Request};
use chat_server::pure::rate::Rate;
use chat_server::pure::session::{self, Input, Keeping, Origin, Rules, Session, SessionLimits};
use chat_server::pure::turn::Turn;

use crate::words;

const PEERS: u8 = 3;

const LIMITS: SessionLimits = SessionLimits {
    hello_timeout_ms: 10_000,
    ping_interval_ms: 30_000,
    idle_timeout_ms: 120_000,
    ending_timeout_ms: 5_000,
    requests_in_flight_max: 4,
    rooms_max: 2,
    output_bytes_max: 2_000,
    requests: Rate {
        per_second: 2,
        at_once: 10,
    },
    bytes: Rate {
        per_second: 1_000,
        at_once: 10_000,
    },
};

/// What is added when nearly [`SessionLimits::output_bytes_max`] bytes wait: the answers that were asked for by then, a
/// page, and a ping or a goodbye.
const WAITING_BYTES_MAX: usize = 2_000 + 7 * (FRAME_BYTES_MAX + 4);

/// The turns of a room since somebody came.
type Ring = Rc<RefCell<Vec<Arc<Turn>>>>;

/// A ring, and the turn in it that comes next.
struct Subscription {
    ring: Ring,
    next: usize,
}

impl Subscription {
    fn take(&mut self) -> Option<Arc<Turn>> {
        let turn = self.ring.borrow().get(self.next).cloned()?;
        self.next += 1;
        Some(turn)
    }
}

pub struct House {
    now_ms: u64,
    rules: Arc<Rules>,
    hub: Hub,
    hub_out: hub::Outputs,
    memory: Memory,
    batch: Vec<Op>,
    rings: BTreeMap<RoomName, Ring>,
    peers: Vec<Peer>,
    peers_made: u8,
}

struct Peer {
    id: PeerId,
    session: Session,
    out: session::Outputs,
    mailbox: VecDeque<(Reply, Option<Subscription>)>,
    rooms: BTreeMap<RoomName, Subscription>,
    page: Option<PageRequest>,
    is_searching: bool,
    /// Reads what was written. After the first bytes that are no frame it reads nothing: a hint for people.
    decoder: Option<Decoder>,
    departures: usize,
}

impl House {
    pub fn new() -> Self {
        let limits = HubLimits {
            rooms_max: 2,
            turn_bytes_max: 4_000,
            held_ms: 10_000,
            ..HubLimits::default()
        };
        let memory_limits = MemoryLimits {
            room_records_max: 5,
            rooms_max: 2,
            ..MemoryLimits::default()
        };
        let rules = Rules {
            limits: LIMITS,
            keeping: Keeping::in_memory(100),
        };
        let mut house = Self {
            now_ms: 0,
            rules: Arc::new(rules),
            hub: Hub::new(limits, &[]).expect("no facts make no trouble"),
            hub_out: hub::Outputs::default(),
            memory: Memory::new(memory_limits, 1),
            batch: Vec::new(),
            rings: BTreeMap::new(),
            peers: Vec::new(),
            peers_made: 0,
        };
        for _ in 0..PEERS {
            let peer = house.accept();
            house.peers.push(peer);
        }
        house
    }

    pub fn welcome_all(&mut self) {
        for peer in 0..PEERS {
            self.send(peer, &words::hello(peer), 0);
            self.take_mail(peer);
        }
    }

    fn accept(&mut self) -> Peer {
        self.peers_made = self.peers_made.wrapping_add(1);
        let secret = words::secret(self.peers_made);
        let number = self.peers_made % 3;
        let origin = Origin {
            key: (number > 0).then_some(PublicKey([number; 32])),
            is_trusted_place: true,
        };
        Peer {
            id: PeerId(u64::from(self.peers_made)),
            session: Session::new(self.now_ms, Arc::clone(&self.rules), origin, secret),
            out: session::Outputs::default(),
            mailbox: VecDeque::new(),
            rooms: BTreeMap::new(),
            page: None,
            is_searching: false,
            decoder: Some(Decoder::new(FRAME_BYTES_MAX)),
            departures: 0,
        }
    }

    fn peer(&mut self, peer: u8) -> &mut Peer {
        &mut self.peers[usize::from(peer % PEERS)]
    }

    /// Bytes arrive, up to `cut` and then the rest, each if the session wants any.
    pub fn send(&mut self, peer: u8, bytes: &[u8], cut: u8) {
        let (head, tail) = bytes.split_at(usize::from(cut).min(bytes.len()));
        for piece in [head, tail] {
            if !piece.is_empty() && self.peer(peer).session.wants_bytes() {
                self.give(peer, Input::Bytes(piece));
            }
        }
    }

    pub fn half_close(&mut self, peer: u8) {
        if self.peer(peer).session.wants_bytes() {
            self.give(peer, Input::HalfClosed);
        }
    }

    pub fn come_back(&mut self, peer: u8) {
        self.give(peer, Input::Lost);
        assert!(self.peer(peer).out.cut);
        let fresh = self.accept();
        *self.peer(peer) = fresh;
    }

    pub fn read(&mut self, peer: u8, bytes: usize) {
        let waiting = &mut self.peer(peer).out.bytes;
        let read: Vec<u8> = waiting.drain(..bytes.min(waiting.len())).collect();
        if !read.is_empty() {
            self.peer(peer).hear(&read);
            self.give(peer, Input::Wrote);
        }
    }

    pub fn take_mail(&mut self, peer: u8) {
        let Some((reply, subscription)) = self.peer(peer).mailbox.pop_front() else {
            return;
        };
        if let (Reply::Joined(joined), Some(subscription)) = (&reply, subscription) {
            self.peer(peer).rooms.insert(joined.room.clone(), subscription);
        }
        self.give(peer, Input::Reply(reply));
    }

    pub fn take_turn(&mut self, peer: u8) {
        if !self.peer(peer).session.wants_turns() {
            return;
        }
        let rooms = &mut self.peer(peer).rooms;
        let turn = rooms
            .iter_mut()
            .find_map(|(room, turns)| Some((room.clone(), turns.take()?)));
        if let Some((room, turn)) = turn {
            self.give(
                peer,
                Input::Turn {
                    room: &room,
                    turn: &turn,
                },
            );
        }
    }

    pub fn miss_turn(&mut self, peer: u8) {
        let _ = self.peer(peer).rooms.values_mut().find_map(Subscription::take);
    }

    pub fn take_lookup(&mut self, peer: u8) {
        if let Some(request) = self.peer(peer).page.take() {
            let page = self.memory.page(&request);
            self.give(peer, Input::Page { page });
        } else if mem::take(&mut self.peer(peer).is_searching) {
            self.give(
                peer,
                Input::Found {
                    found: Err(NoSearch::NoIndex),
                },
            );
        }
    }

    pub fn end_turn(&mut self) {
        self.give_hub(hub::Input::EndTurn);
    }

    pub fn commit(&mut self) {
        if !self.batch.is_empty() {
            let batch = mem::take(&mut self.batch);
            let mut outcomes = Vec::new();
            self.memory.commit(self.now_ms, &batch, &mut outcomes);
            self.give_hub(hub::Input::Committed(&outcomes));
        }
    }

    pub fn wait(&mut self, ms: u64) {
        self.now_ms += ms;
        for peer in 0..PEERS {
            self.give(peer, Input::Tick);
        }
    }

    pub fn stop(&mut self, peer: u8) {
        self.give(
            peer,
            Input::Stop {
                come_back_after_ms: 1_000,
            },
        );
    }

    /// What is on its way arrives, and then everybody is gone.
    pub fn come_to_rest(&mut self) {
        for _ in 0..40 {
            self.end_turn();
            self.commit();
            for peer in 0..PEERS {
                self.take_mail(peer);
                self.take_lookup(peer);
                self.take_turn(peer);
                self.read(peer, usize::MAX);
            }
        }
        for peer in 0..PEERS {
            self.come_back(peer);
        }
    }

    fn give(&mut self, peer: u8, input: Input<'_>) {
        let now_ms = self.now_ms;
        let Peer { id, session, out, .. } = self.peer(peer);
        let id = *id;
        session.handle(now_ms, now_ms, input, out);
        let requests = self.peer(peer).take_outputs();
        for request in requests {
            self.give_hub(hub::Input::Request(id, request));
        }
    }

    fn give_hub(&mut self, input: hub::Input<'_>) {
        self.hub
            .handle(self.now_ms, self.now_ms, input, &mut self.hub_out);
        for (id, reply) in mem::take(&mut self.hub_out.replies) {
            let subscription = if let Reply::Joined(joined) = &reply {
                let ring = Rc::clone(self.rings.entry(joined.room.clone()).or_default());
                let next = ring.borrow().len();
                Some(Subscription { ring, next })
            } else {
                None
            };
            if let Some(peer) = self.peers.iter_mut().find(|peer| peer.id == id) {
                peer.mailbox.push_back((reply, subscription));
            }
        }
        for (room, turn) in mem::take(&mut self.hub_out.turns) {
            if let Some(ring) = self.rings.get(&room) {
                ring.borrow_mut().push(turn);
            }
        }
        for room in mem::take(&mut self.hub_out.emptied) {
            self.rings.remove(&room);
        }
        if !self.hub_out.batch.is_empty() {
            assert!(self.batch.is_empty(), "one batch is in flight");
            self.batch = mem::take(&mut self.hub_out.batch);
        }
    }
}

impl Peer {
    /// Takes what the session left, holds it to its bounds, and gives back what is for the hub.
    fn take_outputs(&mut self) -> Vec<Request> {
        if let Some(part) = self.out.part.take() {
            let bytes = mem::take(&mut self.out.bytes);
            self.hear(&bytes);
            self.hear(part.bytes());
        }
        assert!(
            self.out.bytes.len() <= WAITING_BYTES_MAX,
            "{} bytes wait",
            self.out.bytes.len()
        );
        for room in mem::take(&mut self.out.left) {
            self.rooms.remove(&room);
        }
        if let Some(page) = self.out.fetch.take() {
            assert!(
                self.page.is_none() && !self.is_searching,
                "one thing is looked up"
            );
            self.page = Some(*page);
        }
        if self.out.search.take().is_some() {
            assert!(
                self.page.is_none() && !self.is_searching,
                "one thing is looked up"
            );
            self.is_searching = true;
        }
        let requests = mem::take(&mut self.out.requests);
        let is_departure = |request: &&Request| matches!(request, Request::Depart);
        self.departures += requests.iter().filter(is_departure).count();
        assert!(self.departures <= 1, "a peer departs once");
        let requests_max = usize::try_from(LIMITS.requests_in_flight_max).expect("it is small") + 1;
        assert!(
            requests.len() <= requests_max,
            "{} requests at once",
            requests.len()
        );
        requests
    }

    fn hear(&mut self, mut bytes: &[u8]) {
        let Some(decoder) = &mut self.decoder else {
            return;
        };
        loop {
            match decoder.next(&mut bytes) {
                Ok(Some(payload)) => {
                    decode_server(payload).expect("a peer is told messages");
                }
                Ok(None) => return,
                Err(error) => {
                    assert!(
                        error.is_other_protocol() && self.out.end,
                        "only a hint is no frame"
                    );
                    self.decoder = None;
                    return;
                }
            }
        }
    }
}
