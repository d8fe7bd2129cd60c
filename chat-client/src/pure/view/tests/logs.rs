//! A log and its end: marks, breaks, holes and pages that can't be had, and numbers that no log has.

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::limits::TEXT_BYTES_MAX;
use chat_proto::message::{Code, Listed, Record, Resumed, Role, Span};
use chat_proto::text::Note;

use super::helper::{LOG, Stage, person, room};
use crate::pure::key::{Key, KeyPress};
use crate::pure::link::{Cause, Command, Event, Query, ROOMS_MAX, Wanted};
use crate::pure::roles::RolesOf;
use crate::pure::scrollback::{HIDDEN_LINES_MAX, SCROLLBACK_BYTES_MAX};
use crate::pure::state::State;

/// What comes when the log was put back to an older state, or made anew.
const OTHER_LOG: LogId = LogId(8);

/// The lobby, of which these messages were told.
fn with_messages(from: u64, to: u64) -> Stage {
    let mut stage = Stage::new(60, 10, &["lobby"]);
    stage.welcome();
    join(&mut stage, LOG, to, false);
    say(&mut stage, from, to);
    stage.commands();
    stage
}

fn say(stage: &mut Stage, from: u64, to: u64) {
    for seq in from..=to {
        stage.said("lobby", seq, "alice", &format!("message {seq}"));
    }
}

fn join(stage: &mut Stage, log: LogId, top: u64, again: bool) {
    stage.hear(Event::Joined {
        room: room("lobby"),
        again,
        resumed: Resumed::Exact,
        position: Position {
            log,
            seq: Seq(top),
            id: MessageId::ZERO,
        },
        count: 2,
        members: vec![person("alice"), person("me")],
        roles: RolesOf::new(),
        topic: Note::new(""),
        role: Role::NONE,
        read: None,
    });
}

/// The same link comes back to another log.
fn break_off(stage: &mut Stage, top: u64) {
    join(stage, OTHER_LOG, top, true);
    stage.hear(Event::Broke { room: room("lobby") });
}

fn page(stage: &mut Stage, span: Span, numbers: &[u64]) {
    let records = numbers.iter().map(|seq| Record {
        seq: Seq(*seq),
        ..Stage::record(1, "alice", &format!("message {seq}"))
    });
    stage.hear(Event::Page {
        room: room("lobby"),
        span,
        log: LOG,
        first_kept: Seq(1),
        last: Seq(99),
        records: records.collect(),
    });
}

/// The spans of the pages that were asked for since the last call.
fn asked(stage: &mut Stage) -> Vec<Span> {
    let commands = stage.commands().into_iter();
    let spans = commands.filter_map(|command| {
        let Command::History { span, .. } = command else {
            return None;
        };
        Some(span)
    });
    spans.collect()
}

/// How far the server was told that we have read, since the last call.
fn marked(stage: &mut Stage) -> Vec<Seq> {
    let commands = stage.commands().into_iter();
    let marks = commands.filter_map(|command| {
        let Command::Mark { seq, .. } = command else {
            return None;
        };
        Some(seq)
    });
    marks.collect()
}

/// What was found in the lobby is this message, and it is gone to.
fn go_to(stage: &mut Stage, seq: u64) {
    stage.hear(Event::Found {
        room: room("lobby"),
        query: Query::words("message"),
        log: LOG,
        searched: Seq(999),
        last: Seq(999),
        records: vec![Stage::record(seq, "alice", "message")],
    });
    stage.key(Key::Enter);
}

/// Says something that the server has stored under this number, and loses the connection before it is told.
fn store_and_lose(stage: &mut Stage, text: &str, seq: u64) -> MessageId {
    stage.enter(text);
    let Some(Command::Say { id, .. }) = stage.commands().pop() else {
        panic!("it is said");
    };
    stage.hear(Event::Stored {
        room: room("lobby"),
        id,
        seq: Seq(seq),
    });
    stage.hear(Event::Lost {
        cause: Cause::Ended,
        why: String::new(),
        retry_in_ms: 3_000,
    });
    stage.welcome();
    id
}

#[test]
fn a_number_that_no_log_has_joins_nothing() {
    let mut stage = with_messages(10, 20);
    page(&mut stage, Span::Before(Seq(10)), &[u64::MAX]);
    stage.expect_part("message 20");
    // Nor does it around a message that is looked for, or as a mark.
    let mut stage = with_messages(500, 520);
    stage.commands();
    go_to(&mut stage, 5);
    page(&mut stage, Span::Before(Seq(105)), &[5, u64::MAX]);
    stage.expect_part("message 5 can no longer be had");
    let mut stage = with_messages(10, 20);
    stage.hear(Event::Marked {
        room: room("lobby"),
        seq: Seq::MAX,
    });
    stage.press(KeyPress::alt('m'));
    stage.expect_part("nothing was said since");
}

#[test]
fn what_was_read_of_rooms_that_are_not_joined_stays_known() {
    let den = (room("den"), OTHER_LOG, Seq(5));
    let state = State {
        marks: vec![(room("lobby"), LOG, Seq(3)), den.clone()],
        ..State::default()
    };
    let mut stage = Stage::with(60, 10, &["lobby", "quiet"], state);
    stage.welcome();
    join(&mut stage, LOG, 9, false);
    say(&mut stage, 1, 9);
    let lobby = (room("lobby"), LOG, Seq(9));
    assert_eq!(stage.app.state().marks, [lobby.clone(), den.clone()]);
    // Also of a room that was left.
    stage.press(KeyPress::alt('2'));
    stage.enter("/part lobby");
    assert_eq!(stage.app.rooms().len(), 1);
    assert_eq!(stage.app.state().marks, [lobby, den]);
}

#[test]
fn no_more_marks_are_kept_than_one_can_have_rooms() {
    let marks = (0..ROOMS_MAX).map(|number| (room(&format!("room-{number}")), LOG, Seq(5)));
    let state = State {
        marks: marks.collect(),
        ..State::default()
    };
    let mut stage = Stage::with(60, 10, &["lobby"], state);
    stage.welcome();
    join(&mut stage, LOG, 9, false);
    let marks = stage.app.state().marks;
    assert_eq!(marks.len(), ROOMS_MAX);
    assert_eq!(marks[0], (room("lobby"), LOG, Seq(9)));
}

#[test]
fn what_was_read_of_another_log_marks_nothing_in_this_one() {
    let state = State {
        marks: vec![(room("lobby"), OTHER_LOG, Seq(499))],
        ..State::default()
    };
    let mut stage = Stage::with(60, 10, &["lobby"], state);
    stage.welcome();
    join(&mut stage, LOG, 520, false);
    say(&mut stage, 490, 520);
    assert_eq!(stage.app.state().marks, [(room("lobby"), LOG, Seq(520))]);
    stage.press(KeyPress::alt('m'));
    stage.expect_part("there is no mark");
    // What was said before can be read, as if there had been no mark.
    for _ in 0..5 {
        stage.key(Key::PageUp);
    }
    assert_eq!(asked(&mut stage), [Span::Before(Seq(490))]);
}

#[test]
fn the_server_is_told_what_was_read_of_each_log() {
    let mut stage = with_messages(90, 100);
    break_off(&mut stage, 3);
    say(&mut stage, 1, 3);
    assert_eq!(marked(&mut stage).last(), Some(&Seq(3)));
}

#[test]
fn whatever_comes_first_on_a_new_link_leaves_no_hole_unseen() {
    let emptied = Event::Emptied {
        room: room("lobby"),
        seq: Seq(2),
        by: person("alice"),
        notice: Seq(90),
        id: MessageId::ZERO,
        at_unix_ms: 0,
    };
    let missed = Event::Missed {
        room: room("lobby"),
        from: Seq(85),
        to: Seq(90),
    };
    for first in [emptied, missed] {
        let mut stage = with_messages(1, 3);
        join(&mut stage, LOG, 100, false);
        stage.hear(first);
        say(&mut stage, 91, 100);
        stage.key(Key::PageUp);
        stage.expect_no("message 3");
        let spans = asked(&mut stage);
        assert!(matches!(spans[..], [Span::Before(Seq(90 | 91))]), "{spans:?}");
    }
}

#[test]
fn nothing_of_the_other_log_is_deleted_for_something_of_the_old_one() {
    let mut stage = with_messages(1, 3);
    stage.said("lobby", 4, "me", "mine");
    break_off(&mut stage, 5);
    say(&mut stage, 1, 5);
    stage.commands();
    stage.enter("/delete");
    stage.expect_part("you have said nothing here that is seen");
    for _ in 0..6 {
        stage.press(KeyPress::alt('p'));
    }
    stage.expect_part("▸          me  mine");
    stage.enter("/delete");
    stage.expect_part("it is of another log");
    assert!(
        !stage
            .commands()
            .iter()
            .any(|command| matches!(command, Command::Empty { .. }))
    );
    stage.said("lobby", 6, "me", "mine again");
    stage.press(KeyPress::alt('p'));
    stage.press(KeyPress::alt('n'));
    stage.key(Key::Esc);
    stage.enter("/delete");
    let commands = stage.commands();
    assert!(
        matches!(commands.last(), Some(Command::Empty { seq: Seq(6), .. })),
        "{commands:?}"
    );
}

#[test]
fn what_went_for_its_bytes_can_be_fetched_again() {
    let long = "x".repeat(TEXT_BYTES_MAX);
    let last = u64::try_from(SCROLLBACK_BYTES_MAX / long.len()).unwrap() + 2;
    let mut stage = with_messages(1, 2);
    for seq in 3..=last {
        stage.said("lobby", seq, "alice", &long);
    }
    let first = stage.app.room().lines().first_seq().unwrap();
    assert!(first > Seq(1), "{first}");
    stage.commands();
    go_to(&mut stage, 1);
    assert_eq!(asked(&mut stage), [Span::Before(first)]);
}

#[test]
fn what_goes_of_an_old_log_changes_nothing_in_the_other_one() {
    let mut stage = Stage::joined(60, 10, &["lobby", "den"]);
    say(&mut stage, 1, u64::try_from(HIDDEN_LINES_MAX).unwrap());
    break_off(&mut stage, 320);
    say(&mut stage, 310, 320);
    for key in ['2', '1'] {
        stage.press(KeyPress::alt(key));
    }
    assert_eq!(stage.app.room().lines().len(), HIDDEN_LINES_MAX);
    go_to(&mut stage, 200);
    assert_eq!(asked(&mut stage), [Span::Before(Seq(310))], "once");
}

#[test]
fn a_page_that_is_refused_for_now_is_asked_for_again_when_one_scrolls() {
    let refused = |code| Event::Failed {
        what: Wanted::History { room: room("lobby") },
        code,
        text: Note::new(""),
        retry_in_ms: None,
    };
    let mut stage = with_messages(10, 20);
    let span = Span::Before(Seq(10));
    stage.hear(refused(Code::TOO_FAST));
    stage.expect_part("nothing is fetched");
    stage.said("lobby", 21, "bob", "news");
    assert_eq!(asked(&mut stage), [], "not by itself");
    stage.key(Key::PageUp);
    assert_eq!(asked(&mut stage), [span]);
    stage.hear(refused(Code::INTERNAL));
    // Whoever comes back is no longer refused.
    join(&mut stage, LOG, 21, true);
    assert_eq!(asked(&mut stage), [span]);
    stage.hear(refused(Code::NOT_ALLOWED));
    stage.key(Key::PageUp);
    assert_eq!(asked(&mut stage), [], "for good");
}

#[test]
fn what_was_stored_and_is_not_told_does_not_stay_at_the_bottom() {
    // It can no longer be had.
    let mut stage = with_messages(1, 3);
    store_and_lose(&mut stage, "hello", 4);
    stage.expect_part("✓ me  hello");
    join(&mut stage, LOG, 9, true);
    stage.hear(Event::Missed {
        room: room("lobby"),
        from: Seq(4),
        to: Seq(8),
    });
    stage.expect_no("hello");
    // It is left out, and is fetched when one reads back.
    let mut stage = with_messages(1, 3);
    store_and_lose(&mut stage, "hello", 4);
    join(&mut stage, LOG, 900, false);
    say(&mut stage, 890, 900);
    stage.expect_no("hello");
}

#[test]
fn what_the_server_has_lost_again_can_be_said_again() {
    for again in [true, false] {
        let mut stage = with_messages(1, 3);
        let id = store_and_lose(&mut stage, "hello", 4);
        join(&mut stage, OTHER_LOG, 2, again);
        stage.expect_part("not said: the server has lost it");
        stage.press(KeyPress::alt('r'));
        let commands = stage.commands();
        assert!(
            matches!(commands.last(), Some(Command::Say { id: said, .. }) if *said == id),
            "{commands:?}"
        );
    }
}

#[test]
fn no_more_rooms_are_announced_than_one_can_have() {
    let listed = |number: usize| Listed {
        room: room(&format!("room-{number}")),
        with: None,
        role: Role::NONE,
        count: 1,
        topic: Note::new(""),
    };
    let mut stage = with_messages(1, 3);
    for number in 0..2 * ROOMS_MAX {
        let listed = listed(number);
        stage.hear(Event::Announced { listed });
    }
    stage.hear(Event::Rooms {
        mine: true,
        list: (0..4 * ROOMS_MAX).map(listed).collect(),
        whole: true,
    });
    assert_eq!(stage.app.rooms().len(), ROOMS_MAX);
}
