//! What every store promises, as functions of an engine: each engine's tests call them all.

mod emptying;
pub(super) mod facts;

use chat_proto::ids::{MessageId, Position, Seq};
use chat_proto::limits::TEXT_BYTES_MAX;
use chat_proto::message::{From, Kind, Record, Resumed, Span};

pub(super) use self::emptying::{
    a_message_is_emptied_by_its_author_or_an_operator, an_author_empties_a_message_and_the_log_says_so,
    an_emptied_message_said_again_is_still_known,
};
pub(super) use self::facts::{
    a_notice_and_its_facts_are_stored_together_or_not_at_all, an_act_said_again_changes_nothing_again,
    facts_are_kept_all_or_none_within_their_bounds, what_was_said_is_recalled_and_nothing_is_stored,
    who_has_shown_no_key_does_not_empty_what_the_owner_of_the_name_said,
};
use super::fixtures::{append, draft, id, locate, room, text};
use super::{DIVERGED_RECORDS, Op, Outcome, PageAnswer, PageRequest, Refusal};

/// A test for each promise, which `$conforms` hands an engine to.
macro_rules! test_each_promise {
    ($conforms:ident) => {
        $crate::history::conformance::test_each_promise! { $conforms:
            each_room_numbers_its_messages_from_one,
            a_message_said_again_is_stored_once,
            an_id_belongs_to_one_message_of_one_author,
            after_a_refusal_for_now_the_authors_later_messages_wait,
            a_room_too_many_is_refused_until_one_is_forgotten,
            only_a_log_that_never_had_a_record_is_forgotten,
            a_room_that_somebody_is_in_is_never_given_up,
            a_tail_begins_so_many_messages_before_the_end,
            a_known_position_goes_on_exactly,
            a_position_whose_next_records_are_gone_is_trimmed,
            a_position_of_another_log_id_or_number_has_diverged,
            pages_go_both_ways_without_holes,
            a_page_keeps_to_its_bytes_but_has_a_record,
            a_record_is_what_was_said,
            numbers_go_on_when_old_records_go,
            an_author_empties_a_message_and_the_log_says_so,
            a_message_is_emptied_by_its_author_or_an_operator,
            an_emptied_message_said_again_is_still_known,
            facts_are_kept_all_or_none_within_their_bounds,
            a_notice_and_its_facts_are_stored_together_or_not_at_all,
            an_act_said_again_changes_nothing_again,
            what_was_said_is_recalled_and_nothing_is_stored,
            who_has_shown_no_key_does_not_empty_what_the_owner_of_the_name_said,
        }
    };
    ($conforms:ident: $($promise:ident,)+) => {
        $(
            #[test]
            fn $promise() {
                $conforms($crate::history::conformance::$promise);
            }
        )+
    };
}
pub(super) use test_each_promise;

/// Rooms that an engine under test has place for.
pub(super) const ROOMS: usize = 3;

/// Records that an engine under test keeps of each room.
pub(super) const ROOM_RECORDS: u32 = 100;

type Commit<'a> = Box<dyn FnMut(u64, &[Op]) -> Vec<Outcome> + 'a>;
type Page<'a> = Box<dyn FnMut(&PageRequest) -> Option<PageAnswer> + 'a>;

/// An engine under test, empty and with the bounds above.
pub(super) struct Engine<'a> {
    pub(super) commit: Commit<'a>,
    pub(super) page: Page<'a>,
}

impl Engine<'_> {
    fn commit(&mut self, batch: &[Op]) -> Vec<Outcome> {
        let outcomes = (self.commit)(1000, batch);
        assert_eq!(outcomes.len(), batch.len(), "one outcome for each op");
        outcomes
    }

    fn one(&mut self, op: Op) -> Outcome {
        self.commit(&[op])[0]
    }

    /// Says messages with these ids in `lobby`.
    fn fill(&mut self, ids: impl Iterator<Item = u32>) {
        let batch: Vec<Op> = ids
            .map(|number| append("lobby", draft("alice", number, "x")))
            .collect();
        self.commit(&batch);
    }

    fn locate(&mut self, from: From) -> (Position, u64, u64, Resumed) {
        let Outcome::Located {
            top,
            first_kept,
            next,
            resumed,
        } = self.one(locate("lobby", from))
        else {
            panic!("a known room is located");
        };
        (top, first_kept.0, next.0, resumed)
    }

    fn top(&mut self) -> Position {
        self.locate(From::Tail(0)).0
    }

    fn page(&mut self, span: Span, records_max: usize, bytes_max: usize) -> PageAnswer {
        let request = PageRequest {
            room: room("lobby"),
            span,
            records_max,
            bytes_max,
        };
        (self.page)(&request).expect("the room has a log")
    }
}

fn appended(seq: u64) -> Outcome {
    Outcome::Appended {
        seq: Seq(seq),
        at_unix_ms: 1000,
    }
}

fn seqs(records: &[Record]) -> Vec<u64> {
    records.iter().map(|record| record.seq.0).collect()
}

pub(super) fn each_room_numbers_its_messages_from_one(mut engine: Engine<'_>) {
    let outcomes = engine.commit(&[
        append("lobby", draft("alice", 1, "a")),
        append("attic", draft("alice", 2, "b")),
        append("lobby", draft("bob", 3, "c")),
    ]);
    assert_eq!(outcomes, [appended(1), appended(1), appended(2)]);
    assert_eq!(engine.one(append("lobby", draft("bob", 4, "d"))), appended(3));
}

pub(super) fn a_message_said_again_is_stored_once(mut engine: Engine<'_>) {
    let first = append("lobby", draft("alice", 1, "a"));
    let outcomes = engine.commit(&[
        first.clone(),
        append("lobby", draft("bob", 2, "b")),
        first.clone(),
    ]);
    assert_eq!(
        outcomes,
        [appended(1), appended(2), Outcome::Known { seq: Seq(1) }]
    );
    assert_eq!(engine.one(first), Outcome::Known { seq: Seq(1) });
    let mut with_more = draft("alice", 1, "a");
    assert!(with_more.extra.insert(300, b"more"));
    assert_eq!(
        engine.one(append("lobby", with_more)),
        Outcome::Known { seq: Seq(1) },
        "what later versions add does not make it another message"
    );
    assert_eq!(
        engine.page(Span::After(Seq::ZERO), 9, usize::MAX).records.len(),
        2
    );
}

pub(super) fn an_id_belongs_to_one_message_of_one_author(mut engine: Engine<'_>) {
    engine.one(append("lobby", draft("alice", 1, "a")));
    let reused = Outcome::Refused(Refusal::IdReused);
    assert_eq!(engine.one(append("lobby", draft("alice", 1, "b"))), reused);
    assert_eq!(engine.one(append("lobby", draft("bob", 1, "a"))), reused);
    let mut action = draft("alice", 1, "a");
    action.kind = Kind::ACTION;
    assert_eq!(engine.one(append("lobby", action)), reused);
    assert_eq!(
        engine.one(append("attic", draft("bob", 1, "b"))),
        appended(1),
        "rooms have ids of their own"
    );
    assert_eq!(
        engine.one(append("lobby", draft("bob", 2, "a"))),
        appended(2),
        "a refusal uses no number"
    );
}

pub(super) fn after_a_refusal_for_now_the_authors_later_messages_wait(mut engine: Engine<'_>) {
    for name in ["a", "b", "c"] {
        engine.one(append(name, draft("alice", 1, "x")));
    }
    let outcomes = engine.commit(&[
        append("d", draft("alice", 2, "x")),
        append("d", draft("alice", 3, "x")),
        append("a", draft("alice", 4, "x")),
        append("d", draft("bob", 5, "x")),
    ]);
    let rooms_full = Outcome::Refused(Refusal::RoomsFull);
    assert_eq!(
        outcomes,
        [
            rooms_full,
            Outcome::Refused(Refusal::AfterRefused),
            appended(2),
            rooms_full
        ]
    );
    assert_eq!(
        engine.one(append("d", draft("alice", 3, "x"))),
        rooms_full,
        "each batch begins anew"
    );
}

pub(super) fn a_room_too_many_is_refused_until_one_is_forgotten(mut engine: Engine<'_>) {
    for number in 0..ROOMS {
        engine.one(locate(&format!("room{number}"), From::Tail(0)));
    }
    let refused = Outcome::Refused(Refusal::RoomsFull);
    assert_eq!(engine.one(locate("more", From::Tail(0))), refused);
    assert_eq!(engine.one(Op::Forget { room: room("room0") }), Outcome::Forgotten);
    assert_ne!(engine.one(locate("more", From::Tail(0))), refused);
}

pub(super) fn only_a_log_that_never_had_a_record_is_forgotten(mut engine: Engine<'_>) {
    let forget = Op::Forget { room: room("lobby") };
    assert_eq!(
        engine.one(forget.clone()),
        Outcome::Forgotten,
        "there is nothing to forget"
    );
    let empty = engine.top();
    assert_eq!((empty.seq, empty.id), (Seq::ZERO, MessageId::ZERO));
    engine.one(forget.clone());
    let made_anew = engine.top();
    assert_ne!(made_anew.log, empty.log);
    engine.fill(1..=1);
    engine.one(forget);
    assert_eq!(
        engine.top(),
        Position {
            log: made_anew.log,
            seq: Seq(1),
            id: id(1)
        }
    );
}

pub(super) fn a_room_that_somebody_is_in_is_never_given_up(mut engine: Engine<'_>) {
    for name in ["lobby", "attic", "cellar"] {
        engine.commit(&[locate(name, From::Tail(0)), append(name, draft("alice", 1, "x"))]);
    }
    let refused = Outcome::Refused(Refusal::RoomsFull);
    assert_eq!(engine.one(locate("more", From::Tail(0))), refused);
    let top = engine.top();
    engine.commit(&[Op::Forget { room: room("lobby") }, locate("lobby", From::Tail(0))]);
    assert_eq!(
        engine.one(locate("more", From::Tail(0))),
        refused,
        "somebody came back"
    );
    assert_eq!(engine.top(), top);
}

pub(super) fn a_tail_begins_so_many_messages_before_the_end(mut engine: Engine<'_>) {
    let (top, first_kept, next, resumed) = engine.locate(From::Tail(5));
    assert_eq!((top.seq.0, first_kept, next, resumed), (0, 1, 1, Resumed::Exact));
    engine.fill(1..=10);
    for (tail, expected) in [(0, 11), (1, 10), (10, 1), (11, 1), (u32::MAX, 1)] {
        let (top, _, next, resumed) = engine.locate(From::Tail(tail));
        assert_eq!(
            (top.seq.0, top.id, next, resumed),
            (10, id(10), expected, Resumed::Exact),
            "tail of {tail}"
        );
    }
}

pub(super) fn a_known_position_goes_on_exactly(mut engine: Engine<'_>) {
    let start = engine.top();
    engine.fill(1..=10);
    let log = start.log;
    for seq in [0, 1, 9, 10] {
        let position = if seq == 0 {
            start
        } else {
            Position {
                log,
                seq: Seq(u64::from(seq)),
                id: id(seq),
            }
        };
        let (_, _, next, resumed) = engine.locate(From::After(position));
        assert_eq!(
            (next, resumed),
            (u64::from(seq) + 1, Resumed::Exact),
            "after {seq}"
        );
    }
}

pub(super) fn a_position_whose_next_records_are_gone_is_trimmed(mut engine: Engine<'_>) {
    let start = engine.top();
    engine.fill(1..=ROOM_RECORDS + 10);
    let first_kept = Seq(11);
    for (seq, resumed) in [
        (0, Resumed::Trimmed { first_kept }),
        (9, Resumed::Trimmed { first_kept }),
        (10, Resumed::Exact),
        (11, Resumed::Exact),
    ] {
        let position = if seq == 0 {
            start
        } else {
            Position {
                log: start.log,
                seq: Seq(u64::from(seq)),
                id: id(seq),
            }
        };
        let located = engine.locate(From::After(position));
        assert_eq!(
            (located.1, located.2, located.3),
            (11, u64::from(seq) + 1, resumed),
            "after {seq}"
        );
    }
    assert_eq!(
        engine.locate(From::Tail(u32::MAX)).2,
        11,
        "a tail is of what is kept"
    );
}

pub(super) fn a_position_of_another_log_id_or_number_has_diverged(mut engine: Engine<'_>) {
    let start = engine.top();
    engine.fill(1..=80);
    let good = Position {
        log: start.log,
        seq: Seq(40),
        id: id(40),
    };
    let mut other_log = good;
    other_log.log.0 ^= 1;
    let other_id = Position { id: id(41), ..good };
    let beyond_top = Position { seq: Seq(81), ..good };
    let far_beyond = Position {
        seq: Seq::MAX,
        ..good
    };
    let no_start = Position {
        seq: Seq::ZERO,
        ..good
    };
    for position in [other_log, other_id, beyond_top, far_beyond, no_start] {
        let (top, _, next, resumed) = engine.locate(From::After(position));
        assert_eq!(
            (top.seq.0, next, resumed),
            (80, 81 - DIVERGED_RECORDS, Resumed::Diverged),
            "{position:?}"
        );
    }
}

pub(super) fn pages_go_both_ways_without_holes(mut engine: Engine<'_>) {
    engine.top();
    let empty = engine.page(Span::Before(Seq::MAX), 10, usize::MAX);
    assert_eq!(
        (empty.first_kept, empty.last, empty.records.len()),
        (Seq(1), Seq(0), 0)
    );
    engine.fill(1..=10);
    for (span, expected) in [
        (Span::After(Seq::ZERO), vec![1, 2, 3]),
        (Span::After(Seq(8)), vec![9, 10]),
        (Span::After(Seq(10)), vec![]),
        (Span::After(Seq::MAX), vec![]),
        (Span::Before(Seq::MAX), vec![8, 9, 10]),
        (Span::Before(Seq(3)), vec![1, 2]),
        (Span::Before(Seq(1)), vec![]),
        (Span::Before(Seq::ZERO), vec![]),
    ] {
        assert_eq!(
            seqs(&engine.page(span, 3, usize::MAX).records),
            expected,
            "{span:?}"
        );
    }
    assert!(
        engine
            .page(Span::After(Seq::ZERO), 0, usize::MAX)
            .records
            .is_empty()
    );
    let unknown = PageRequest {
        room: room("attic"),
        span: Span::After(Seq::ZERO),
        records_max: 1,
        bytes_max: 1,
    };
    assert_eq!((engine.page)(&unknown), None);
}

pub(super) fn a_page_keeps_to_its_bytes_but_has_a_record(mut engine: Engine<'_>) {
    engine.fill(1..=3);
    let record = &engine.page(Span::After(Seq::ZERO), 1, 0).records[0];
    let bytes = record.wire_bytes_max();
    for (span, bytes_max, expected) in [
        (Span::After(Seq::ZERO), 2 * bytes, vec![1, 2]),
        (Span::After(Seq::ZERO), 2 * bytes - 1, vec![1]),
        (Span::Before(Seq::MAX), 2 * bytes, vec![2, 3]),
        (Span::Before(Seq::MAX), 0, vec![3]),
    ] {
        assert_eq!(
            seqs(&engine.page(span, 9, bytes_max).records),
            expected,
            "{span:?} in {bytes_max}"
        );
    }
}

pub(super) fn a_record_is_what_was_said(mut engine: Engine<'_>) {
    let mut said = draft("alice", 7, "");
    said.kind = Kind::ACTION;
    said.text = text(&"ä".repeat(TEXT_BYTES_MAX / 2));
    assert!(said.extra.insert(300, b"more"));
    engine.one(append("lobby", said.clone()));
    let page = engine.page(Span::After(Seq::ZERO), 1, usize::MAX);
    assert_eq!(page.records, [said.into_record(Seq(1), 1000)]);
}

pub(super) fn numbers_go_on_when_old_records_go(mut engine: Engine<'_>) {
    for first in (1..=5 * ROOM_RECORDS).step_by(7) {
        engine.fill(first..first + 7);
        let page = engine.page(Span::Before(Seq::MAX), usize::MAX, usize::MAX);
        let expected: Vec<u64> = (page.first_kept.0..=page.last.0).collect();
        assert_eq!(page.last.0, u64::from(first + 6));
        assert_eq!(seqs(&page.records), expected);
        assert!(expected.len() <= ROOM_RECORDS as usize);
    }
    let known = engine.one(append("lobby", draft("alice", 1, "x")));
    assert_eq!(
        known,
        Outcome::Known { seq: Seq(1) },
        "an id is remembered longer than its record"
    );
}
