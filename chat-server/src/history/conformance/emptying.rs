//! What every store promises about messages that are emptied.

use chat_proto::ids::Seq;
use chat_proto::message::{Kind, Span};

use super::{Engine, appended, seqs};
use crate::history::fixtures::{append, draft, id, notice, room};
use crate::history::{EmptiedBy, Op, Outcome, Refusal};

/// What somebody says when it empties a message of `lobby`.
pub(super) fn empty(author: &str, number: u32, seq: u64, by: EmptiedBy) -> Op {
    Op::Empty {
        room: room("lobby"),
        seq: Seq(seq),
        by,
        notice: notice(author, number, seq),
    }
}

pub(in crate::history) fn an_author_empties_a_message_and_the_log_says_so(mut engine: Engine<'_>) {
    let mut secret = draft("alice", 1, "the secret");
    assert!(secret.extra.insert(300, b"more"));
    engine.one(append("lobby", secret));
    engine.one(append("lobby", draft("bob", 2, "oh")));
    let emptying = empty("alice", 3, 1, EmptiedBy::Author);
    assert_eq!(engine.one(emptying.clone()), appended(3));
    let records = engine.page(Span::After(Seq::ZERO), 9, usize::MAX).records;
    assert_eq!(seqs(&records), [1, 2, 3], "its number stays");
    let emptied = &records[0];
    assert_eq!(
        (emptied.id, emptied.author.as_str(), emptied.kind),
        (id(1), "alice", Kind::EMPTIED)
    );
    assert_eq!((emptied.text.as_str(), emptied.extra.iter().count()), ("", 0));
    assert_eq!(records[2], notice("alice", 3, 1).into_record(Seq(3), 1000));
    assert_eq!(
        engine.one(emptying),
        Outcome::Known { seq: Seq(3) },
        "asked again, it is done once"
    );
}

pub(in crate::history) fn a_message_is_emptied_by_its_author_or_an_operator(mut engine: Engine<'_>) {
    engine.one(append("lobby", draft("alice", 1, "the secret")));
    assert_eq!(
        engine.one(empty("bob", 2, 1, EmptiedBy::Author)),
        Outcome::Refused(Refusal::NotTheAuthor)
    );
    assert_eq!(engine.one(empty("bob", 3, 1, EmptiedBy::Operator)), appended(2));
    let nothing = Outcome::Refused(Refusal::NothingToEmpty);
    // There is none, it is empty, it is a notice, there is none yet.
    for seq in [0, 1, 2, 4, u64::MAX] {
        assert_eq!(
            engine.one(empty("bob", 4, seq, EmptiedBy::Operator)),
            nothing,
            "message {seq}"
        );
    }
    assert_eq!(
        engine.one(append("lobby", draft("bob", 4, "on"))),
        appended(3),
        "a refusal uses neither number nor id"
    );
}

pub(in crate::history) fn an_emptied_message_said_again_is_still_known(mut engine: Engine<'_>) {
    let said = append("lobby", draft("alice", 1, "the secret"));
    engine.one(said.clone());
    engine.one(empty("alice", 2, 1, EmptiedBy::Author));
    assert_eq!(engine.one(said), Outcome::Known { seq: Seq(1) });
    assert_eq!(
        engine.one(append("lobby", draft("alice", 1, ""))),
        Outcome::Refused(Refusal::IdReused)
    );
}
