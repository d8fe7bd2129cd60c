//! Many lives of the whole house, each from a seed: see [`chat_tests::sim`].

use std::env;

use chat_tests::sim::complaint::Complaint;
use chat_tests::sim::{self, Counts, Fault};

mod journals;
mod rights;

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
    assert!(all.acts > 0 && all.rooms_made > 0 && all.marked > 0, "{all:?}");
    assert!(all.put_out > 0 && all.kept_out > 0 && all.refused > 0, "{all:?}");
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

/// What is found wrong with a server that does something wrong, by the first seed that shows it.
fn found_out(fault: Fault) -> Complaint {
    let complaint = (0..100).find_map(|seed| sim::run_with(seed, fault).err());
    complaint.unwrap_or_else(|| panic!("{fault:?} was not found out"))
}

#[test]
fn a_server_that_forgets_roles_when_it_dies_is_found_out() {
    found_out(Fault::ForgetsRoles);
}

#[test]
fn a_server_that_does_not_tell_who_is_put_out_is_found_out() {
    found_out(Fault::PutsOutSilently);
}

#[test]
fn a_server_that_does_not_tell_marks_is_found_out() {
    let complaint = found_out(Fault::MarksSilently);
    assert!(matches!(complaint, Complaint::Unread { .. }), "{complaint:?}");
}
