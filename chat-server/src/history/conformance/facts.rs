//! What every store promises about facts.

use chat_proto::ids::Seq;
use chat_proto::message::EXTRA_UNPROVEN;

use super::emptying::empty;
use super::{Engine, appended};
use crate::history::fact::{Fact, FactKind};
use crate::history::fixtures::{append, draft, id, room};
use crate::history::{EmptiedBy, Op, Outcome, Refusal};

/// Facts that an engine under test has place for.
pub(in crate::history) const FACTS: u64 = 3;

/// Bytes of facts that an engine under test has place for.
pub(in crate::history) const FACT_BYTES: u64 = 4096;

const FULL: Outcome = Outcome::Refused(Refusal::RegistryFull);

fn fact(subject: &str, value: Option<&str>) -> Fact {
    Fact::of(FactKind::Ban, subject, value.map(str::to_owned))
}

fn keep<const N: usize>(facts: [(&str, Option<&str>); N]) -> Op {
    Op::Keep {
        facts: facts.map(|(subject, value)| fact(subject, value)).into(),
    }
}

fn act(number: u32, facts: &[(&str, Option<&str>)]) -> Op {
    Op::Act {
        room: room("lobby"),
        notice: draft("alice", number, "a notice"),
        facts: facts
            .iter()
            .map(|(subject, value)| fact(subject, *value))
            .collect(),
    }
}

pub(in crate::history) fn facts_are_kept_all_or_none_within_their_bounds(mut engine: Engine<'_>) {
    assert_eq!(
        engine.one(keep([("a", Some("1")), ("b", Some("1"))])),
        Outcome::Kept
    );
    assert_eq!(engine.one(keep([("c", Some("1")), ("d", Some("1"))])), FULL);
    assert_eq!(
        engine.one(keep([("a", Some("2")), ("c", Some("1"))])),
        Outcome::Kept,
        "what was refused took no place, and what is replaced needs none"
    );
    assert_eq!(engine.one(keep([("d", Some("1"))])), FULL);
    assert_eq!(
        engine.one(keep([("a", None), ("nobody", None), ("d", Some("1"))])),
        Outcome::Kept,
        "what is taken back makes room"
    );
    let long = "x".repeat(usize::try_from(FACT_BYTES).unwrap());
    assert_eq!(engine.one(keep([("d", Some(&long))])), FULL);
    assert_eq!(engine.one(keep([("d", None)])), Outcome::Kept);
}

pub(in crate::history) fn a_notice_and_its_facts_are_stored_together_or_not_at_all(mut engine: Engine<'_>) {
    assert_eq!(
        engine.one(act(1, &[("a", Some("1")), ("b", Some("1"))])),
        appended(1)
    );
    assert_eq!(engine.one(act(2, &[("c", Some("1")), ("d", Some("1"))])), FULL);
    assert_eq!(
        engine.commit(&[
            append("lobby", draft("alice", 3, "on")),
            act(2, &[("c", Some("1"))])
        ]),
        [appended(2), appended(3)],
        "a refusal uses neither number nor id, and holds back nothing"
    );
    let reused = Op::Act {
        room: room("lobby"),
        notice: draft("bob", 1, "a notice"),
        facts: vec![fact("a", None)],
    };
    assert_eq!(engine.one(reused), Outcome::Refused(Refusal::IdReused));
    assert_eq!(
        engine.one(keep([("d", Some("1"))])),
        FULL,
        "a refused act changes no fact"
    );
}

pub(in crate::history) fn an_act_said_again_changes_nothing_again(mut engine: Engine<'_>) {
    let banned = act(1, &[("a", Some("1")), ("b", Some("1"))]);
    engine.one(banned.clone());
    engine.one(keep([
        ("a", None),
        ("b", None),
        ("c", Some("1")),
        ("d", Some("1")),
    ]));
    assert_eq!(
        engine.one(banned.clone()),
        Outcome::Known { seq: Seq(1) },
        "known, also where its facts would not fit"
    );
    assert_eq!(
        engine.one(keep([("e", Some("1"))])),
        Outcome::Kept,
        "and they were not put again"
    );
    assert_eq!(engine.one(banned), Outcome::Known { seq: Seq(1) });
}

pub(in crate::history) fn what_was_said_is_recalled_and_nothing_is_stored(mut engine: Engine<'_>) {
    let recall = |name: &str, draft| Op::Recall {
        room: room(name),
        draft,
    };
    let said = draft("alice", 1, "hello");
    assert_eq!(engine.one(recall("lobby", said.clone())), Outcome::Unknown);
    assert_eq!(engine.one(append("lobby", said.clone())), appended(1));
    let known = Outcome::Known { seq: Seq(1) };
    assert_eq!(engine.one(recall("lobby", said.clone())), known);
    assert_eq!(engine.one(recall("attic", said)), Outcome::Unknown);
    let other = recall("lobby", draft("alice", 1, "another text"));
    assert_eq!(engine.one(other), Outcome::Refused(Refusal::IdReused));
    assert_eq!(
        engine.one(recall("lobby", draft("alice", 2, "on"))),
        Outcome::Unknown
    );
    let in_one_batch = [
        append("lobby", draft("alice", 2, "on")),
        recall("lobby", draft("alice", 2, "on")),
        append("lobby", draft("alice", 3, "on")),
    ];
    assert_eq!(
        engine.commit(&in_one_batch),
        [appended(2), Outcome::Known { seq: Seq(2) }, appended(3)]
    );
}

pub(in crate::history) fn who_has_shown_no_key_does_not_empty_what_the_owner_of_the_name_said(
    mut engine: Engine<'_>,
) {
    let mut unproven = draft("alice", 1, "anybody's words");
    assert!(unproven.extra.insert(EXTRA_UNPROVEN, b""));
    engine.one(append("lobby", unproven));
    engine.one(append("lobby", draft("alice", 2, "the owner's words")));
    let by = |number, seq, is_unproven: bool| {
        let Op::Empty { mut notice, room, .. } = empty("alice", number, seq, EmptiedBy::Author) else {
            unreachable!("it is one");
        };
        if is_unproven {
            assert!(notice.extra.insert(EXTRA_UNPROVEN, b""));
        }
        Op::Empty {
            room,
            seq: Seq(seq),
            by: EmptiedBy::Author,
            notice,
        }
    };
    let no = Outcome::Refused(Refusal::NotTheAuthor);
    assert_eq!(engine.one(by(3, 1, false)), no);
    assert_eq!(engine.one(by(4, 2, true)), no);
    assert_eq!(engine.one(by(5, 1, true)), appended(3));
    assert_eq!(engine.one(by(6, 2, false)), appended(4));
    let page = engine.page(chat_proto::message::Span::After(Seq::ZERO), 9, usize::MAX);
    assert_eq!(page.records[3].id, id(6));
}
