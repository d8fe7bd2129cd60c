//! What goes, and in which steps.

use super::*;

fn keeping(retention: Retention, ids_kept_ms: u64) -> House {
    House::with(SqliteLimits {
        retention,
        ids_kept_ms,
        ..SqliteLimits::default()
    })
}

fn trim(house: &mut House, unix_ms: u64) {
    while house.store.trim(unix_ms).unwrap() {}
    // Also from where the last sweep had stopped.
    while house.store.trim(unix_ms).unwrap() {}
}

fn rows(house: &House) -> u64 {
    house
        .store
        .connection
        .query_row("SELECT count(*) FROM message", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn without_bounds_everything_stays() {
    let mut house = House::new();
    house.fill(1..=1000);
    trim(&mut house, u64::from(u32::MAX));
    assert_eq!(house.texts().len(), 1000);
}

#[test]
fn what_is_too_old_goes_and_is_known_for_a_while() {
    let retention = Retention {
        age_ms: Some(100),
        ..Retention::default()
    };
    let mut house = keeping(retention, 500);
    house.fill(1..=1000);
    trim(&mut house, 1000);
    let page = house.page(Span::After(Seq::ZERO));
    assert_eq!((page.first_kept, page.records.len()), (Seq(900), 101));
    assert_eq!(rows(&house), 501, "ids are known for longer");
    let again = |number: u32| append("lobby", draft("alice", number, &format!("text {number}")));
    assert_eq!(
        house.commit(1000, &[again(500)]),
        [Outcome::Known { seq: Seq(500) }]
    );
    assert!(matches!(
        house.commit(1000, &[again(499)])[0],
        Outcome::Appended { .. }
    ));
    assert_eq!(house.report().damages, []);
}

#[test]
fn a_room_that_is_too_large_loses_its_oldest_records() {
    let retention = Retention {
        bytes_max: Some(1000),
        ..Retention::default()
    };
    let mut house = keeping(retention, 0);
    for number in 1..=30 {
        house.commit(1, &[append("lobby", draft("alice", number, &"x".repeat(100)))]);
    }
    trim(&mut house, 1_000_000);
    assert_eq!(house.page(Span::After(Seq::ZERO)).first_kept, Seq(21));
    assert_eq!(rows(&house), 10, "ids that need not be known go at once");
    assert_eq!(house.report().damages, []);
}

#[test]
fn numbers_are_never_used_again_when_everything_has_gone() {
    let retention = Retention {
        age_ms: Some(1),
        ..Retention::default()
    };
    let mut house = keeping(retention, 0);
    house.fill(1..=300);
    trim(&mut house, 1_000_000);
    assert_eq!(rows(&house), 0);
    assert_eq!(house.report().damages, []);
    let mut house = house.reopen(SqliteLimits::default());
    house.fill(301..=301);
    assert_eq!(house.page(Span::After(Seq::ZERO)).records[0].seq, Seq(301));
    assert_eq!(house.report().damages, []);
}

#[test]
fn one_step_is_short() {
    let retention = Retention {
        records_max: Some(1),
        ..Retention::default()
    };
    let mut house = keeping(retention, u64::MAX);
    house.fill(1..=1000);
    assert!(house.store.trim(1000).unwrap(), "there is more to do");
    let left = house.page(Span::After(Seq::ZERO)).records.len();
    assert!((700..900).contains(&left), "{left}");
    house.fill(1001..=1001);
    trim(&mut house, 1000);
    assert_eq!(house.texts(), ["text 1001"]);
    assert_eq!(house.report().damages, []);
}

#[test]
fn every_room_has_its_turn() {
    let retention = Retention {
        records_max: Some(1),
        ..Retention::default()
    };
    let mut house = keeping(retention, u64::MAX);
    for name in 0..200 {
        let said = |number| append(&format!("room{name}"), draft("alice", number, "x"));
        house.commit(1, &[said(1), said(2)]);
    }
    trim(&mut house, 1000);
    let kept: u64 = house
        .store
        .connection
        .query_row("SELECT sum(last_seq - first_kept + 1) FROM room", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(kept, 200);
    assert_eq!(house.report().damages, []);
}
