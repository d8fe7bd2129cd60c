//! The house at full size: as many sessions as a large server has connections, one hub, one store, in virtual time.
//!
//! Nothing is delayed or cut by chance here, which the rest of the simulator does with few. Whoever drives a hall says
//! what each peer sends and when; the hall lets everything follow from it, and counts what it costs.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::Arc;

use chat_proto::ids::{Secret, Seq};
use chat_proto::message::Span;
use chat_proto::name::RoomName;
use chat_server::history::memory::{Memory, MemoryLimits};
use chat_server::history::{PageAnswer, PageRequest};
use chat_server::pure::hub::{self, Hub, HubLimits, PeerId, Reply, Request};
use chat_server::pure::session::{Input, Keeping, Origin, Outputs, Rules, Session, SessionLimits};
use chat_server::pure::turn::Turn;

/// Requests that the hub takes at once, as the real one does.
const TURN_REQUESTS_MAX: usize = 1024;

/// Turns of a room that are kept for those who are behind, as in the real one.
const RING_TURNS: usize = 32;

/// The wall clock when the virtual one shows 0.
const START_UNIX_MS: u64 = 1_700_000_000_000;

/// A server of any size. See the [module](self).
#[derive(Debug)]
pub struct Hall {
    now_ms: u64,
    rules: Arc<Rules>,
    hub: Hub,
    hub_out: hub::Outputs,
    store: Memory,
    letters: VecDeque<(PeerId, Request)>,
    rings: HashMap<RoomName, Ring>,
    seats: Vec<Seat>,
    /// Those whose session may have something to do, each once.
    awake: Vec<usize>,
}

/// A room's last turns, and who listens to them.
#[derive(Debug, Default)]
struct Ring {
    turns: VecDeque<Arc<Turn>>,
    /// How many turns there were before these.
    overwritten: u64,
    listeners: Vec<usize>,
}

/// The server's end of one connection.
#[derive(Debug)]
struct Seat {
    session: Session,
    out: Outputs,
    /// Its rooms, and the number of the turn that comes next in each.
    rooms: Vec<(RoomName, u64)>,
    /// What was written and not read yet.
    written: Vec<u8>,
    is_awake: bool,
    /// It reads only when it is told to.
    is_slow: bool,
    account: Account,
}

/// What one connection has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Bytes that were written to it.
    pub written_bytes: u64,
    /// The most bytes that ever waited for it, besides the turns that all share.
    pub waiting_bytes_max: usize,
    /// Pages that were looked up for it.
    pub pages: u64,
    /// The server has ended the connection.
    pub is_over: bool,
}

impl Hall {
    /// Nobody yet.
    ///
    /// # Panics
    /// If the bounds make no sense beside each other.
    #[must_use]
    pub fn new(memory: MemoryLimits) -> Self {
        let rules = Rules {
            limits: SessionLimits::default(),
            keeping: Keeping::in_memory(100_000),
        };
        Self {
            now_ms: 0,
            rules: Arc::new(rules),
            hub: Hub::new(HubLimits::default(), &[]).expect("nothing is kept yet"),
            hub_out: hub::Outputs::default(),
            store: Memory::new(memory, 7),
            letters: VecDeque::new(),
            rings: HashMap::new(),
            seats: Vec::new(),
            awake: Vec::new(),
        }
    }

    /// What time it is.
    #[must_use]
    pub const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Lets time go on until then.
    pub fn wait_until(&mut self, now_ms: u64) {
        self.now_ms = self.now_ms.max(now_ms);
    }

    /// The server dies and is there again at once, without anybody; what was stored is there. Numbers of connections
    /// begin anew.
    pub fn die(&mut self) {
        let store = mem::replace(&mut self.store, Memory::new(MemoryLimits::default(), 0));
        let now_ms = self.now_ms;
        *self = Self {
            now_ms,
            store,
            ..Self::new(MemoryLimits::default())
        };
    }

    /// Somebody connects. Their number.
    ///
    /// # Panics
    /// Never.
    pub fn connect(&mut self) -> usize {
        let seat = self.seats.len();
        let secret = Secret::from_bytes(u128::try_from(seat).expect("it is wider").to_be_bytes());
        self.seats.push(Seat {
            session: Session::new(self.now_ms, Arc::clone(&self.rules), Origin::default(), secret),
            out: Outputs::default(),
            rooms: Vec::new(),
            written: Vec::new(),
            is_awake: false,
            is_slow: false,
            account: Account::default(),
        });
        seat
    }

    /// What somebody sent arrives.
    pub fn send(&mut self, seat: usize, bytes: &[u8]) {
        self.give(seat, Input::Bytes(bytes));
    }

    /// A connection is lost.
    pub fn lose(&mut self, seat: usize) {
        self.give(seat, Input::Lost);
    }

    /// The server stops, and asks somebody to come back after so long.
    pub fn stop(&mut self, seat: usize, come_back_after_ms: u32) {
        self.give(seat, Input::Stop { come_back_after_ms });
    }

    /// Takes what was written to somebody since it was taken last.
    pub fn take(&mut self, seat: usize) -> Vec<u8> {
        mem::take(&mut self.seats[seat].written)
    }

    /// What somebody has cost so far.
    #[must_use]
    pub fn account(&self, seat: usize) -> Account {
        self.seats[seat].account
    }

    /// The last messages of a room.
    #[must_use]
    pub fn last_page(&self, room: &RoomName, records_max: usize) -> Option<PageAnswer> {
        self.store.page(&PageRequest {
            room: room.clone(),
            span: Span::Before(Seq::MAX),
            records_max,
            bytes_max: usize::MAX,
        })
    }

    /// From now on this connection takes bytes only by [`read_once`](Self::read_once).
    pub fn slow_down(&mut self, seat: usize) {
        self.seats[seat].is_slow = true;
    }

    /// A slow connection takes what waits, or else the next turn; tells whether there was anything.
    pub fn read_once(&mut self, seat: usize) -> bool {
        let has_read = self.write(seat) || self.give_turn(seat);
        self.settle();
        has_read
    }

    /// Lets everything happen that follows from what was sent. Who is not slow takes whatever is written.
    pub fn settle(&mut self) {
        loop {
            for seat in mem::take(&mut self.awake) {
                self.seats[seat].is_awake = false;
                self.carry(seat);
            }
            if self.letters.is_empty() && self.awake.is_empty() {
                return;
            }
            let count = self.letters.len().min(TURN_REQUESTS_MAX);
            for (peer, request) in self.letters.drain(..count).collect::<Vec<_>>() {
                self.give_hub(hub::Input::Request(peer, request));
            }
            self.give_hub(hub::Input::EndTurn);
            self.commit();
        }
    }

    fn give(&mut self, seat: usize, input: Input<'_>) {
        let now_ms = self.now_ms;
        let state = &mut self.seats[seat];
        state
            .session
            .handle(now_ms, START_UNIX_MS + now_ms, input, &mut state.out);
        let account = &mut state.account;
        account.waiting_bytes_max = account.waiting_bytes_max.max(state.out.bytes.len());
        self.wake(seat);
    }

    fn wake(&mut self, seat: usize) {
        if !mem::replace(&mut self.seats[seat].is_awake, true) {
            self.awake.push(seat);
        }
    }

    /// Carries all that can be carried for one connection.
    fn carry(&mut self, seat: usize) {
        self.pass_on(seat);
        while !self.seats[seat].is_slow && (self.write(seat) || self.give_turn(seat)) {
            self.pass_on(seat);
        }
    }

    /// What a session wants of the house.
    fn pass_on(&mut self, seat: usize) {
        let peer = PeerId(u64::try_from(seat).expect("a number of a seat"));
        let state = &mut self.seats[seat];
        for left in state.out.left.drain(..) {
            state.rooms.retain(|(room, _)| *room != left);
            if let Some(ring) = self.rings.get_mut(&left) {
                ring.listeners.retain(|listener| *listener != seat);
            }
        }
        let requests = state.out.requests.drain(..).map(|request| (peer, request));
        self.letters.extend(requests);
        if let Some(request) = state.out.fetch.take() {
            state.account.pages += 1;
            let page = self.store.page(&request);
            self.give(seat, Input::Page { page });
        }
    }

    /// Writes what waits; tells whether anything did.
    fn write(&mut self, seat: usize) -> bool {
        let state = &mut self.seats[seat];
        state.account.is_over |= state.out.end || state.out.cut;
        let before = state.written.len();
        state.written.append(&mut state.out.bytes);
        if let Some(part) = state.out.part.take() {
            state.written.extend_from_slice(part.bytes());
        }
        let written = state.written.len() - before;
        state.account.written_bytes += u64::try_from(written).expect("a length has at most 64 bits");
        if written > 0 {
            self.give(seat, Input::Wrote);
        }
        written > 0
    }

    /// Gives a session the next turn of one of its rooms; tells whether there was one.
    fn give_turn(&mut self, seat: usize) -> bool {
        let state = &mut self.seats[seat];
        if !state.session.wants_turns() {
            return false;
        }
        let next = state.rooms.iter_mut().find_map(|(room, next)| {
            let ring = self.rings.get(room)?;
            *next = ring.overwritten.max(*next);
            let index = usize::try_from(*next - ring.overwritten).expect("a ring is small");
            let turn = ring.turns.get(index)?;
            *next += 1;
            Some((room.clone(), Arc::clone(turn)))
        });
        let Some((room, turn)) = next else {
            return false;
        };
        self.give(
            seat,
            Input::Turn {
                room: &room,
                turn: &turn,
            },
        );
        true
    }

    fn commit(&mut self) {
        while !self.hub_out.batch.is_empty() {
            let batch = mem::take(&mut self.hub_out.batch);
            let mut outcomes = Vec::new();
            self.store
                .commit(START_UNIX_MS + self.now_ms, &batch, &mut outcomes);
            self.give_hub(hub::Input::Committed(&outcomes));
        }
    }

    fn give_hub(&mut self, input: hub::Input<'_>) {
        let unix_ms = START_UNIX_MS + self.now_ms;
        self.hub.handle(self.now_ms, unix_ms, input, &mut self.hub_out);
        for (PeerId(peer), reply) in mem::take(&mut self.hub_out.replies) {
            let seat = usize::try_from(peer).expect("a number of a seat");
            if let Reply::Joined(joined) = &reply {
                let ring = self.rings.entry(joined.room.clone()).or_default();
                let next = ring.overwritten + ring.turns.len() as u64;
                ring.listeners.push(seat);
                self.seats[seat].rooms.push((joined.room.clone(), next));
            }
            self.give(seat, Input::Reply(reply));
        }
        for (room, turn) in mem::take(&mut self.hub_out.turns) {
            let Some(ring) = self.rings.get_mut(&room) else {
                continue;
            };
            if ring.turns.len() == RING_TURNS {
                ring.turns.pop_front();
                ring.overwritten += 1;
            }
            ring.turns.push_back(turn);
            for seat in ring.listeners.clone() {
                self.wake(seat);
            }
        }
        for room in self.hub_out.emptied.drain(..) {
            self.rings.remove(&room);
        }
    }
}
