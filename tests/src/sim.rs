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
//! - everybody knows who else is in the room;
//! - in a log is only what its author might say or do then, and an act came to what it says, and to nothing else
//!   ([`rights`] knows the rules once more, and follows what the store did);
//! - nobody was told anything of a room that it might not be in then, nor let in; who was put out was told so, and nothing
//!   that was said later; nobody was told of a topic or a role that never was;
//! - everybody is let into the rooms that it may be in, and no other, whatever server has died meanwhile;
//! - nobody has read less far than before, and all devices of a person know how far it has read.
//!
//! `CHAT_SIM_SEEDS=100000 cargo test --release -p chat-tests sim` tries more seeds, from `CHAT_SIM_FIRST` on, which is
//! 0 otherwise.

pub mod journal;

pub mod chronicle;
pub mod complaint;
pub mod rights;

mod quiet;
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

use std::fmt;

use chat_client::pure::link::{Command, Input};
use chat_server::pure::hub::Reply;
use chat_server::pure::rate::Rate;
use chat_server::pure::session::SessionLimits;

use chronicle::Chronicle;
use complaint::Complaint;
use journal::{Entry, Journal};
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

/// After so long everybody who has asked for something in quiet has an answer.
const ANSWER_MS: u64 = 20_000;

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
    /// So many in a hundred of these need a right, or ask for what is kept.
    deeds_percent: u64,
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
    fault: Option<Fault>,
}

/// Something that a server does wrong, to see that it is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// When it is started again, it does not know what anybody is in any room.
    ForgetsRoles,
    /// Who is put out of a room is not told, and goes on listening.
    PutsOutSilently,
    /// How far somebody has read is not told to its other devices.
    MarksSilently,
}

impl Fault {
    fn drops(self, reply: &Reply) -> bool {
        match self {
            Self::ForgetsRoles => false,
            Self::PutsOutSilently => matches!(reply, Reply::Removed(_)),
            Self::MarksSilently => matches!(reply, Reply::Marked(_)),
        }
    }
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
            deeds_percent: random.within(0..=60),
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
            fault: None,
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
    /// Topics that were set, and things that were done to somebody.
    pub acts: u64,
    /// Rooms that not everybody may know of.
    pub rooms_made: u64,
    /// Times that somebody was told to have been put out of a room.
    pub put_out: u64,
    /// Times that somebody was not let into a room.
    pub kept_out: u64,
    /// Things that were refused because they are not allowed.
    pub refused: u64,
    /// Times that somebody was told to have read so far elsewhere.
    pub marked: u64,
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
        self.acts += other.acts;
        self.rooms_made += other.rooms_made;
        self.put_out += other.put_out;
        self.kept_out += other.kept_out;
        self.refused += other.refused;
        self.marked += other.marked;
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
    simulate(seed, None, Trace::default())
        .map(|world| world.report())
        .map_err(|_| simulate(seed, None, Trace::readable()).expect_err("the same seed gives the same run"))
}

/// Runs a seed with a server that does something wrong.
///
/// # Errors
/// What was found wrong first.
pub fn run_with(seed: u64, fault: Fault) -> Result<Report, Complaint> {
    let world = simulate(seed, Some(fault), Trace::default());
    world
        .map(|world| world.report())
        .map_err(|failure| failure.complaint)
}

/// What was stored in a run, and what each client was told of each room.
pub type Told = (Chronicle, Vec<Journal>);

/// Runs a seed, and gives what was stored and what everybody was told of it.
///
/// # Errors
/// What was found wrong first.
pub fn journals(seed: u64) -> Result<Told, Box<Failure>> {
    let world = simulate(seed, None, Trace::default())?;
    let journals = world
        .guests
        .into_iter()
        .flat_map(|guest| guest.journals.into_values())
        .collect();
    Ok((world.chronicle, journals))
}

fn simulate(seed: u64, fault: Option<Fault>, trace: Trace) -> Result<World, Box<Failure>> {
    let mut random = Random::new(seed);
    let plan = Plan {
        fault,
        ..Plan::new(&mut random)
    };
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
        self.live_on(self.plan.calm_ms + SETTLE_MS)?;
        self.check_quiet()?;
        for index in 0..self.guests.len() {
            for room in self.all_rooms() {
                self.guest_joins(index, room);
            }
        }
        self.live_on(ANSWER_MS)?;
        for index in 0..self.guests.len() {
            self.guest_handle(index, Input::Command(Command::Rooms { mine: true }));
        }
        self.live_on(ANSWER_MS)?;
        self.check_quiet()?;
        self.check_rights()?;
        for index in (1..self.guests.len()).step_by(2) {
            self.guest_handle(index, Input::Command(Command::Finish));
        }
        self.live_on(LEAVE_MS)?;
        for guest in self.guests.iter().skip(1).step_by(2) {
            if !guest.finished {
                return Err(Complaint::NeverQuiet);
            }
        }
        self.check_members()
    }

    /// Lets so much time go on, unless something is wrong.
    fn live_on(&mut self, for_ms: u64) -> Result<(), Complaint> {
        self.run_until(self.calendar.now_ms() + for_ms);
        self.complaint.clone().map_or(Ok(()), Err)
    }

    fn report(&self) -> Report {
        let number = |count: usize| u64::try_from(count).expect("a length has at most 64 bits");
        let journals = self.guests.iter().flat_map(|guest| guest.journals.values());
        let entries: Vec<&Entry> = journals
            .flat_map(|journal| journal.entries.iter().map(|(_, entry)| entry))
            .collect();
        let count =
            |is_meant: fn(&Entry) -> bool| number(entries.iter().filter(|entry| is_meant(entry)).count());
        let spoken = self.guests.iter().flat_map(|guest| &guest.spoken);
        Report {
            fingerprint: self.trace.fingerprint(),
            counts: Counts {
                stored: number(self.chronicle.logs.values().map(Vec::len).sum::<usize>()),
                acts: self.chronicle.rights.acts,
                rooms_made: number(self.opened.len()),
                put_out: count(|entry| *entry == Entry::PutOut),
                kept_out: count(|entry| matches!(entry, Entry::KeptOut { .. })),
                refused: number(spoken.filter(|spoken| spoken.is_refused).count()),
                marked: count(|entry| matches!(entry, Entry::Marked(_))),
                ..self.counts
            },
        }
    }
}
