//! Facts in the file.

use rusqlite::Connection;

use super::*;
use crate::history::fact::{Fact, FactKind};

fn name(subject: &str, value: Option<&str>) -> Fact {
    Fact::of(FactKind::Name, subject, value.map(str::to_owned))
}

#[test]
fn facts_are_there_again_after_a_stop() {
    let mut house = House::new();
    let banned = Fact {
        kind: FactKind::Ban,
        subject: "b".to_owned(),
        object: "o".to_owned(),
        value: Some("2".to_owned()),
    };
    house.commit(
        1,
        &[
            Op::Keep {
                facts: vec![name("alice", Some("1")), name("bob", Some("1")), banned.clone()],
            },
            Op::Act {
                room: room("lobby"),
                notice: draft("alice", 1, "a notice"),
                facts: vec![name("alice", Some("2")), name("bob", None)],
            },
        ],
    );
    let house = house.reopen(SqliteLimits::default());
    assert_eq!(house.store.facts().unwrap(), [banned, name("alice", Some("2"))]);
    let memory = house.store.facts;
    assert_eq!(
        memory,
        fact::total(&house.store.connection).unwrap(),
        "what they take is counted as it is"
    );
    assert_eq!(memory.facts, 2);
}

#[test]
fn an_act_said_again_takes_back_nothing_that_came_after_it() {
    let mut house = House::new();
    let act = Op::Act {
        room: room("lobby"),
        notice: draft("alice", 1, "a notice"),
        facts: vec![name("alice", Some("1"))],
    };
    let later = Op::Keep {
        facts: vec![name("alice", Some("2"))],
    };
    house.commit(1, &[act.clone(), later, act]);
    assert_eq!(house.store.facts().unwrap(), [name("alice", Some("2"))]);
}

#[test]
fn the_total_follows_the_facts_whatever_becomes_of_a_batch() {
    let mut house = House::new();
    house.fill(1..=5);
    full::let_grow(&house, false);
    let long = name("alice", Some(&"long ".repeat(5000)));
    let outcomes = house.commit(
        1,
        &[Op::Keep {
            facts: vec![long.clone()],
        }],
    );
    assert_eq!(outcomes, [Outcome::Refused(Refusal::Full)]);
    assert_eq!(house.store.facts.facts, 0);
    full::let_grow(&house, true);
    let outcomes = house.commit(2, &[Op::Keep { facts: vec![long] }]);
    assert_eq!(outcomes, [Outcome::Kept]);
    assert_eq!(house.store.facts, fact::total(&house.store.connection).unwrap());
}

#[test]
fn a_fact_that_is_not_understood_is_not_passed_over() {
    let house = House::new();
    let other = Connection::open(house.path()).unwrap();
    other
        .execute("INSERT INTO facts VALUES ('rumour', 'a', '', '1')", [])
        .unwrap();
    let refused = house.store.facts().unwrap_err();
    assert!(matches!(&refused, OpenError::UnknownFact { kind } if kind == "rumour"));
    assert!(refused.to_string().contains("newer program"), "{refused}");
}

#[test]
fn a_file_of_the_version_before_is_brought_up_with_all_that_is_in_it() {
    let mut house = House::new();
    house.fill(1..=3);
    let other = Connection::open(house.path()).unwrap();
    other
        .execute_batch("DROP TABLE facts; PRAGMA user_version = 1;")
        .unwrap();
    drop(other);
    let mut house = house.reopen(SqliteLimits::default());
    assert_eq!(house.texts().len(), 3);
    assert_eq!(house.store.facts().unwrap(), []);
    let kept = house.commit(
        9,
        &[Op::Keep {
            facts: vec![name("alice", Some("1"))],
        }],
    );
    assert_eq!(kept, [Outcome::Kept]);
}
