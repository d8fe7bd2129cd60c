use chat_proto::ids::Seq;
use chat_proto::message::{Resumed, Span};

use super::*;
use crate::history::conformance::{self, Engine, ROOM_RECORDS, ROOMS};
use crate::history::fixtures::{append, draft, locate, room};

const LIMITS: MemoryLimits = MemoryLimits {
    room_records_max: ROOM_RECORDS as usize,
    room_bytes_max: 1 << 20,
    room_ids_max: 10 * ROOM_RECORDS as usize,
    rooms_max: ROOMS,
    bytes_max: 4 << 20,
    facts: FactLimits {
        facts_max: conformance::facts::FACTS,
        bytes_max: conformance::facts::FACT_BYTES,
    },
};

fn conforms(promise: fn(Engine<'_>)) {
    let memory = std::cell::RefCell::new(Memory::new(LIMITS, 7));
    promise(Engine {
        commit: Box::new(|unix_ms, batch| {
            let mut outcomes = Vec::new();
            memory.borrow_mut().commit(unix_ms, batch, &mut outcomes);
            outcomes
        }),
        page: Box::new(|request| memory.borrow().page(request)),
    });
}

conformance::test_each_promise!(conforms);

fn commit(memory: &mut Memory, op: Op) -> Outcome {
    let mut outcomes = Vec::new();
    memory.commit(1, &[op], &mut outcomes);
    outcomes[0]
}

fn kept(memory: &Memory, name: &str) -> usize {
    let request = PageRequest {
        room: room(name),
        span: Span::After(Seq::ZERO),
        records_max: usize::MAX,
        bytes_max: usize::MAX,
    };
    memory.page(&request).map_or(0, |page| page.records.len())
}

/// The text that makes a record as long as it can be without `extra`.
fn long_text() -> String {
    "x".repeat(TEXT_BYTES_MAX)
}

#[test]
fn a_room_over_its_bytes_loses_its_oldest_records() {
    let limits = MemoryLimits {
        room_bytes_max: 5 * LONGEST_RECORD_BYTES,
        ..LIMITS
    };
    let mut memory = Memory::new(limits, 7);
    for number in 0..50 {
        commit(&mut memory, append("lobby", draft("alice", number, &long_text())));
    }
    assert_eq!(kept(&memory, "lobby"), 5);
    assert!(memory.bytes() <= limits.room_bytes_max + 50 * ID_BYTES);
}

#[test]
fn over_the_bytes_in_all_the_fattest_room_loses_its_oldest_records() {
    let limits = MemoryLimits {
        bytes_max: 1 << 20,
        ..LIMITS
    };
    let mut memory = Memory::new(limits, 7);
    for number in 0..5 {
        commit(&mut memory, append("small", draft("alice", number, "x")));
    }
    for number in 0..3 * ROOM_RECORDS {
        let name = if number % 3 == 0 { "large" } else { "larger" };
        commit(&mut memory, append(name, draft("alice", number, &long_text())));
        assert!(memory.bytes() <= limits.bytes_max);
    }
    assert_eq!(kept(&memory, "small"), 5);
    assert!(kept(&memory, "large") > 10 && kept(&memory, "larger") > 10);
}

#[test]
fn ids_over_their_bound_are_forgotten_oldest_first() {
    let mut memory = Memory::new(LIMITS, 7);
    let ids = 10 * ROOM_RECORDS;
    for number in 0..=ids {
        commit(&mut memory, append("lobby", draft("alice", number, "x")));
    }
    assert_eq!(
        commit(&mut memory, append("lobby", draft("alice", 1, "x"))),
        Outcome::Known { seq: Seq(2) }
    );
    let forgotten = commit(&mut memory, append("lobby", draft("alice", 0, "x")));
    assert_eq!(
        forgotten,
        Outcome::Appended {
            seq: Seq(u64::from(ids) + 2),
            at_unix_ms: 1
        }
    );
}

#[test]
fn ids_count_and_go_when_no_records_are_left() {
    let limits = MemoryLimits {
        room_records_max: 1,
        room_ids_max: 100_000,
        room_bytes_max: LONGEST_RECORD_BYTES,
        bytes_max: 2 * LONGEST_RECORD_BYTES,
        ..LIMITS
    };
    let mut memory = Memory::new(limits, 7);
    for number in 0..1000 {
        commit(&mut memory, append("lobby", draft("alice", number, "x")));
        assert!(memory.bytes() <= limits.bytes_max);
    }
    let next = commit(&mut memory, append("lobby", draft("alice", 1000, "x")));
    assert_eq!(
        next,
        Outcome::Appended {
            seq: Seq(1001),
            at_unix_ms: 1
        }
    );
}

/// A store that is full of these rooms, in each of which somebody has said something.
fn full_of(names: [&str; ROOMS]) -> Memory {
    let mut memory = Memory::new(LIMITS, 7);
    for name in names {
        commit(&mut memory, locate(name, From::Tail(0)));
        commit(&mut memory, append(name, draft("alice", 1, "x")));
    }
    memory
}

fn forget(memory: &mut Memory, name: &str) {
    commit(memory, Op::Forget { room: room(name) });
}

fn is_let_in(memory: &mut Memory, name: &str) -> bool {
    commit(memory, locate(name, From::Tail(0))) != Outcome::Refused(Refusal::RoomsFull)
}

#[test]
fn a_new_room_takes_the_place_of_the_one_that_was_abandoned_longest() {
    let mut memory = full_of(["lobby", "attic", "cellar"]);
    for name in ["attic", "lobby", "attic"] {
        forget(&mut memory, name);
    }
    assert!(is_let_in(&mut memory, "kitchen"));
    let kept = ["lobby", "attic", "cellar"].map(|name| kept(&memory, name));
    assert_eq!(kept, [1, 0, 1], "to be abandoned again changes nothing");
    assert!(is_let_in(&mut memory, "garden"));
    assert!(
        !is_let_in(&mut memory, "garage"),
        "in what is left somebody is: in the cellar, the kitchen and the garden"
    );
}

#[test]
fn who_comes_back_to_an_abandoned_room_keeps_it() {
    let mut memory = full_of(["lobby", "attic", "cellar"]);
    for name in ["lobby", "attic"] {
        forget(&mut memory, name);
    }
    commit(&mut memory, locate("lobby", From::Tail(0)));
    assert!(is_let_in(&mut memory, "kitchen"));
    let kept = ["lobby", "attic", "cellar"].map(|name| kept(&memory, name));
    assert_eq!(kept, [1, 0, 1]);
    forget(&mut memory, "lobby");
    forget(&mut memory, "cellar");
    assert!(
        is_let_in(&mut memory, "garden"),
        "the lobby can be abandoned again"
    );
}

#[test]
fn a_position_of_a_room_that_was_given_up_has_diverged() {
    let mut memory = full_of(["lobby", "attic", "cellar"]);
    let Outcome::Located { top, .. } = commit(&mut memory, locate("lobby", From::Tail(0))) else {
        panic!("the lobby is there");
    };
    for name in ["lobby", "attic"] {
        forget(&mut memory, name);
    }
    assert!(is_let_in(&mut memory, "kitchen"));
    let Outcome::Located {
        top: anew, resumed, ..
    } = commit(&mut memory, locate("lobby", From::After(top)))
    else {
        panic!("the lobby takes the place of the attic");
    };
    assert_eq!((anew.seq, resumed), (Seq::ZERO, Resumed::Diverged));
    assert_ne!(anew.log, top.log);
}

#[test]
fn a_room_that_is_given_up_gives_back_its_bytes() {
    let mut memory = full_of(["lobby", "attic", "cellar"]);
    let bytes = memory.bytes();
    forget(&mut memory, "lobby");
    assert_eq!(memory.bytes(), bytes, "the place is not needed yet");
    assert!(is_let_in(&mut memory, "kitchen"));
    assert_eq!(memory.bytes(), bytes - bytes / ROOMS);
}

#[test]
fn stores_of_different_seeds_make_different_logs() {
    let top = |seed| commit(&mut Memory::new(LIMITS, seed), locate("lobby", From::Tail(0)));
    assert_eq!(top(1), top(1));
    assert_ne!(top(1), top(2));
}

#[test]
#[should_panic(expected = "the longest record fits a room")]
fn a_room_too_small_for_a_record_is_not_made() {
    let _ = Memory::new(
        MemoryLimits {
            room_bytes_max: LONGEST_RECORD_BYTES - 1,
            ..LIMITS
        },
        7,
    );
}
