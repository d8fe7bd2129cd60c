//! Many lives of the whole house, each from a seed: see [`chat_tests::sim`].

use std::env;

use chat_proto::ids::{LogId, Seq};
use chat_tests::sim::journal::{Complaint, Entry, Journal, Line};
use chat_tests::sim::{self, Counts};

/// So many seeds are run if nobody says how many.
const SEEDS: u64 = 300;

fn number_from(variable: &str, otherwise: u64) -> u64 {
    env::var(variable)
        .ok()
        .map_or(otherwise, |number| number.parse().expect("a number of seeds"))
}

#[test]
fn whatever_goes_wrong_everybody_is_told_everything_once_and_in_order() {
    let first = number_from("CHAT_SIM_FIRST", 0);
    let mut all = Counts::default();
    for seed in first..first + number_from("CHAT_SIM_SEEDS", SEEDS) {
        let report = sim::run(seed).unwrap_or_else(|failure| panic!("{failure}"));
        all.add(&report.counts);
    }
    // What never happened was not shown to do no harm.
    assert!(all.stored > 0 && all.cuts > 0 && all.crashes > 0, "{all:?}");
    assert!(all.turns_lost > 0 && all.fetches > 0, "{all:?}");
}

#[test]
fn a_seed_gives_the_same_run_again() {
    for seed in 0..10 {
        let report = sim::run(seed).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(sim::run(seed).ok(), Some(report), "seed {seed}");
    }
    assert_ne!(
        sim::run(1).ok().map(|report| report.fingerprint),
        sim::run(2).ok().map(|report| report.fingerprint),
        "a fingerprint that is always the same tells nothing"
    );
}

/// A journal with some lines in a row, as a run gave it, and what the checker says of it after it was falsified.
fn falsified(falsify: impl Fn(&mut Vec<Entry>, usize)) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for seed in 0..5 {
        let (truth, journals) = sim::journals(seed).unwrap_or_else(|failure| panic!("{failure}"));
        for (room, journal) in journals {
            let in_a_row = journal
                .0
                .windows(3)
                .position(|entries| entries.iter().all(|entry| matches!(entry, Entry::Said(..))));
            let Some(at) = in_a_row else { continue };
            assert_eq!(journal.check(&room, &truth, true, false), Ok(()));
            let mut entries = journal.0;
            falsify(&mut entries, at);
            complaints.push(
                Journal(entries)
                    .check(&room, &truth, true, false)
                    .expect_err("what is false is found out"),
            );
        }
    }
    assert!(!complaints.is_empty(), "no run had three lines in a row");
    complaints
}

#[test]
fn a_line_that_was_not_told_is_found_out() {
    let complaints = falsified(|entries, at| drop(entries.remove(at + 1)));
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::OutOfStep { .. }))
    );
}

#[test]
fn a_line_that_was_told_twice_is_found_out() {
    let complaints = falsified(|entries, at| entries.insert(at + 1, entries[at].clone()));
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::OutOfStep { .. }))
    );
}

#[test]
fn lines_that_changed_places_are_found_out() {
    let complaints = falsified(|entries, at| entries.swap(at + 1, at + 2));
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::OutOfStep { .. }))
    );
}

#[test]
fn a_line_under_the_number_of_another_is_found_out() {
    let complaints = falsified(|entries, at| {
        let [Entry::Said(_, first), Entry::Said(_, second)] = &mut entries[at..at + 2] else {
            unreachable!("lines were looked for")
        };
        std::mem::swap(first, second);
    });
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::Differs(_)))
    );
}

#[test]
fn another_log_without_a_break_is_found_out() {
    let complaints = falsified(|entries, at| {
        let joined = Entry::Joined {
            log: LogId(7),
            top: Seq(3),
            resumed: Some(chat_proto::message::Resumed::Exact),
            tail: 0,
        };
        entries.insert(at + 1, joined);
    });
    assert!(
        complaints
            .iter()
            .all(|complaint| *complaint == Complaint::SilentBreak)
    );
}

#[test]
fn a_false_acknowledgement_is_found_out() {
    let complaints = falsified(|entries, at| {
        let Entry::Said(seq, Line { id, .. }) = entries[at].clone() else {
            unreachable!("lines were looked for")
        };
        entries.insert(at + 1, Entry::Stored(id, seq.next()));
    });
    assert!(
        complaints
            .iter()
            .all(|complaint| matches!(complaint, Complaint::StoredWrongly(..)))
    );
}

#[test]
fn a_journal_that_ends_too_early_is_found_out() {
    let (truth, journals) = sim::journals(0).unwrap_or_else(|failure| panic!("{failure}"));
    let cut_short = journals.into_iter().find_map(|(room, mut journal)| {
        let last = journal
            .0
            .iter()
            .rposition(|entry| matches!(entry, Entry::Said(..)))?;
        let is_whole = journal.check(&room, &truth, true, true).is_ok();
        journal.0.truncate(last);
        is_whole.then(|| journal.check(&room, &truth, true, true))
    });
    assert!(
        matches!(cut_short, Some(Err(Complaint::Incomplete { .. }))),
        "{cut_short:?}"
    );
}
