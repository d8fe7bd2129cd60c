//! The whole house but its sockets, in virtual time.
//!
//! Real `Session`s, a real `Hub`, a real `Memory` and real `Link`s are put together on one thread; between them lie
//! wires that delay, deliver in any pieces, and break. Everything that happens follows from a seed: delays, what is
//! said when, who stops reading, which connection is cut and who learns of it, when the store can't store, when the
//! server dies, when its wall clock is set back. A seed that fails is named, and gives the same run again, event for event.
//!
//! After a while nothing goes wrong any more, and once it is quiet this must be true:
//! - what was said, and not refused for good, is stored: once in each log, numbered without a hole;
//! - the messages of one client stand in the order in which they were said, also beside others of the same person;
//! - what those said who have shown no key is marked, and nothing else is; names belong to the keys that took them;
//! - each client was told the messages of its rooms in their order, each once; what is missing was announced
//!   ([`journal`] compares what each was told with what the store did);
//! - what was acknowledged has the number that it was told to have, and each message is answered once;
//! - everybody knows who else is in the room.
//!
//! `CHAT_SIM_SEEDS=100000 cargo test --release -p chat-tests sim` tries more seeds, from `CHAT_SIM_FIRST` on, which is
//! 0 otherwise.

pub mod journal;
mod world;

mod guest;
mod house;
mod peer;
mod store;
mod wire;

mod calendar;
pub mod random;
mod trace;

pub mod hall;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chat_client::pure::link::{Command, Input};
use chat_proto::ids::MessageId;
use chat_proto::name::{RoomName, UserName};
use chat_server::history::fact::FactKind;
use chat_server::pure::rate::Rate;
use chat_server::pure::session::SessionLimits;

use journal::{Chronicle, Complaint, Journal};
use random::Random;
use trace::Trace;
use world::World;

/// A connection and its welcome may take so long.
const CONNECT_TIMEOUT_MS: u64 = 5_000;

/// Both sides ask after so long.
const PING_INTERVAL_MS: u64 = 4_000;

/// Both sides give a silent connection up after so long.
const IDLE_TIMEOUT_MS: u64 = 10_000;

/// The wall clock when the virtual one shows 0: it has nothing to do with any order.
const START_UNIX_MS: u64 = 1_700_000_000_000;

/// After so long without faults everything is over: longer than the longest wait of a client, and all time-outs.
const SETTLE_MS: u64 = 150_000;

/// After so long those who want to leave have left.
const LEAVE_MS: u64 = 60_000;

/// What a seed decides about a run.
#[derive(Clone, Debug)]
struct Plan {
    guests: u64,
    rooms: u64,
    /// Each guest does so many things, with pauses around so long.
    acts: u64,
    pause_ms: u64,
    /// So many of the last messages they want at most.
    tail_max: u64,
    delay_ms_max: u64,
    store_ms_max: u64,
    ring_turns_max: usize,
    /// So many connections in a hundred are cut, after at most so long.
    cuts_percent: u64,
    lives_ms_max: u64,
    refuses_percent: u64,
    /// The store keeps few records.
    trims: bool,
    crashes: u64,
    /// The store is on disk: it survives a crash, with or without the batch that was in flight.
    is_durable: bool,
    /// From then on nothing goes wrong.
    calm_ms: u64,
    /// The wall clock is set back by an hour then.
    clock_back_ms: u64,
}

impl Plan {
    fn new(random: &mut Random) -> Self {
        let acts = random.within(5..=40);
        let pause_ms = random.within(1..=500);
        Self {
            guests: random.within(2..=6),
            rooms: random.within(1..=3),
            acts,
            pause_ms,
            tail_max: random.within(0..=6),
            delay_ms_max: random.within(1..=60),
            store_ms_max: random.within(0..=80),
            ring_turns_max: random.size(8),
            cuts_percent: random.within(0..=90),
            lives_ms_max: random.within(10..=4_000),
            refuses_percent: if random.percent(30) {
                random.within(1..=20)
            } else {
                0
            },
            trims: random.percent(30),
            crashes: if random.percent(20) {
                random.within(1..=3)
            } else {
                0
            },
            is_durable: random.percent(50),
            calm_ms: acts * pause_ms + 2_000,
            clock_back_ms: random.within(0..=acts * pause_ms),
        }
    }
}

/// How often what happened: a test that never met a fault shows nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events in all.
    pub events: u64,
    /// Messages in the logs.
    pub stored: u64,
    /// Connections that were cut.
    pub cuts: u64,
    /// Times that the server died.
    pub crashes: u64,
    /// Turns that a reader was too slow for.
    pub turns_lost: u64,
    /// Pages that sessions fetched to catch up.
    pub fetches: u64,
}

impl Counts {
    /// Adds those of another run.
    pub const fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.stored += other.stored;
        self.cuts += other.cuts;
        self.crashes += other.crashes;
        self.turns_lost += other.turns_lost;
        self.fetches += other.fetches;
    }
}

/// What a run gives that went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Two runs with the same fingerprint had the same events.
    pub fingerprint: u64,
    /// How often what happened.
    pub counts: Counts,
}

/// What a run gives that went wrong.
#[derive(Debug)]
pub struct Failure {
    seed: u64,
    plan: Plan,
    complaint: Complaint,
    /// The last events, if the run was to be read.
    trace: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            plan,
            complaint,
            trace,
        } = self;
        let variables = format_args!("CHAT_SIM_FIRST={seed} CHAT_SIM_SEEDS=1");
        write!(
            f,
            "{trace}\nseed {seed}: {complaint:?}, of {plan:?}; again with {variables}"
        )
    }
}

/// Runs a seed.
///
/// # Errors
/// What was found wrong first, after the last events of the run.
pub fn run(seed: u64) -> Result<Report, Box<Failure>> {
    simulate(seed, Trace::default())
        .map(|world| world.report())
        .map_err(|_| simulate(seed, Trace::readable()).expect_err("the same seed gives the same run"))
}

/// What was stored in a run, and what each client was told of each room.
pub type Told = (Chronicle, Vec<(RoomName, Journal)>);

/// Runs a seed, and gives what was stored and what everybody was told of it.
///
/// # Errors
/// What was found wrong first.
pub fn journals(seed: u64) -> Result<Told, Box<Failure>> {
    let world = simulate(seed, Trace::default())?;
    let journals = world
        .guests
        .into_iter()
        .flat_map(|guest| guest.journals)
        .collect();
    Ok((world.chronicle, journals))
}

fn simulate(seed: u64, trace: Trace) -> Result<World, Box<Failure>> {
    let mut random = Random::new(seed);
    let plan = Plan::new(&mut random);
    let mut world = World::new(plan.clone(), random, trace);
    match world.live() {
        Ok(()) => Ok(world),
        Err(complaint) => Err(Box::new(Failure {
            seed,
            plan,
            complaint,
            trace: world.trace.end(),
        })),
    }
}

fn session_limits() -> SessionLimits {
    let ms = |ms: u64| u32::try_from(ms).expect("a short time");
    SessionLimits {
        hello_timeout_ms: ms(CONNECT_TIMEOUT_MS),
        ping_interval_ms: ms(PING_INTERVAL_MS),
        idle_timeout_ms: ms(IDLE_TIMEOUT_MS),
        requests_in_flight_max: 8,
        output_bytes_max: 2 * 1024,
        requests: Rate::UNLIMITED,
        bytes: Rate::UNLIMITED,
        ..SessionLimits::default()
    }
}

impl World {
    /// Lets everything happen, and looks at it.
    fn live(&mut self) -> Result<(), Complaint> {
        let quiet_ms = self.plan.calm_ms + SETTLE_MS;
        self.run_until(quiet_ms);
        self.complaint.clone().map_or(Ok(()), Err)?;
        self.check_quiet()?;
        for index in (1..self.guests.len()).step_by(2) {
            self.guest_handle(index, Input::Command(Command::Finish));
        }
        self.run_until(quiet_ms + LEAVE_MS);
        self.complaint.clone().map_or(Ok(()), Err)?;
        for guest in self.guests.iter().skip(1).step_by(2) {
            if !guest.finished {
                return Err(Complaint::NeverQuiet);
            }
        }
        self.check_members()
    }

    fn report(&self) -> Report {
        let stored = self.chronicle.0.values().map(Vec::len).sum::<usize>();
        Report {
            fingerprint: self.trace.fingerprint(),
            counts: Counts {
                stored: u64::try_from(stored).expect("a length has at most 64 bits"),
                ..self.counts
            },
        }
    }

    fn check_quiet(&mut self) -> Result<(), Complaint> {
        for guest in &mut self.guests {
            if guest.link.unsent().next().is_some() || guest.link.is_over() {
                return Err(Complaint::NeverQuiet);
            }
            for (room, journal) in &guest.journals {
                let whole = guest.rooms.contains(room);
                if let Err(complaint) = journal.check(room, &self.chronicle, self.plan.trims, whole) {
                    self.trace.tell(format_args!(
                        "what {} was told of {room}: {:#?}",
                        guest.name, journal.0
                    ));
                    return Err(complaint);
                }
            }
            for room in &guest.rooms {
                if !guest.journals.contains_key(room) {
                    return Err(Complaint::BeforeJoining);
                }
            }
        }
        self.check_logs()?;
        self.check_names()?;
        self.check_members()
    }

    /// Everybody's name belongs to the key that it was taken with.
    fn check_names(&self) -> Result<(), Complaint> {
        let facts = self
            .house
            .as_ref()
            .map(|house| house.store.facts())
            .unwrap_or_default();
        let owner = |name: &UserName| {
            let named = facts
                .iter()
                .find(|fact| fact.kind == FactKind::Name && fact.subject == name.as_str());
            named.and_then(|fact| fact.value.as_ref()?.split(' ').next().map(str::to_owned))
        };
        for guest in &self.guests {
            let key = guest.key.map(|key| key.to_string());
            if owner(&guest.name) != key {
                return Err(Complaint::NotTheOwner(guest.name.clone()));
            }
        }
        Ok(())
    }

    /// What was said is stored, once, and in the order of its author.
    fn check_logs(&self) -> Result<(), Complaint> {
        let mut spoken = BTreeMap::<MessageId, (usize, usize)>::new();
        for (index, guest) in self.guests.iter().enumerate() {
            for (order, said) in guest.spoken.iter().enumerate() {
                spoken.insert(said.id, (index, order));
                if said.stored + said.given_up != 1 {
                    return Err(Complaint::Answered(said.id, said.stored + said.given_up));
                }
                let logs = self.chronicle.0.iter();
                let stored = logs
                    .filter(|((room, _), _)| *room == said.room)
                    .filter(|(_, lines)| lines.iter().any(|line| line.id == said.id))
                    .count();
                if stored == 0 && said.stored > 0 {
                    return Err(Complaint::Lost(guest.name.clone(), said.id));
                }
                if stored > 1 && (self.counts.crashes == 0 || self.plan.is_durable) {
                    return Err(Complaint::StoredTwice(said.id));
                }
            }
        }
        for lines in self.chronicle.0.values() {
            let mut last = BTreeMap::<usize, usize>::new();
            for line in lines {
                let (index, order) = spoken[&line.id];
                let guest = &self.guests[index];
                if last.insert(index, order).is_some_and(|before| before >= order) {
                    return Err(Complaint::Reordered(line.author.clone(), line.id));
                }
                if line.author != guest.name || line.is_unproven != guest.key.is_none() {
                    return Err(Complaint::Misattributed(line.author.clone(), line.id));
                }
            }
        }
        Ok(())
    }

    /// Everybody knows who else is in the room.
    fn check_members(&mut self) -> Result<(), Complaint> {
        let here = || self.guests.iter().filter(|guest| !guest.finished);
        for guest in here() {
            for room in &guest.rooms {
                let there: BTreeSet<UserName> = here()
                    .filter(|other| other.name != guest.name && other.rooms.contains(room))
                    .map(|other| other.name.clone())
                    .collect();
                let thought = guest.members.get(room).cloned().unwrap_or_default();
                if thought != there {
                    self.trace
                        .tell(format_args!("{} does not know who is in {room}", guest.name));
                    return Err(Complaint::Members { thought, there });
                }
            }
        }
        Ok(())
    }
}
