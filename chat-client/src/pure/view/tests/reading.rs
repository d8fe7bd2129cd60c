//! Reading back: what is seen stays where it is, and what is not known yet is fetched.

use chat_proto::ids::{LogId, Seq};
use chat_proto::message::{Record, Span};

use ratatui::style::Modifier;

use super::helper::{LOG, Stage, room};
use crate::pure::app::Event as Told;
use crate::pure::key::{Key, KeyPress, Modifiers};
use crate::pure::link::{Command, Event};
use crate::pure::scrollback::{HIDDEN_LINES_MAX, LINES_MAX};
use crate::pure::state::State;
use crate::pure::view::{Picture, Scroll};

/// A room whose messages from this number on were told.
fn with_messages(columns: u16, rows: u16, from: u64, to: u64) -> Stage {
    let mut stage = Stage::new(columns, rows, &["lobby"]);
    stage.welcome();
    stage.join("lobby", to, 2);
    for seq in from..=to {
        stage.said("lobby", seq, "alice", &format!("message {seq}"));
    }
    stage.commands();
    stage
}

fn page(from: u64, to: u64, first_kept: u64) -> Event {
    Event::Page {
        room: room("lobby"),
        span: Span::Before(Seq(to + 1)),
        log: LOG,
        first_kept: Seq(first_kept),
        last: Seq(200),
        records: (from..=to)
            .map(|seq| Stage::record(seq, "alice", &format!("message {seq}")))
            .collect(),
    }
}

/// The rows with messages.
fn messages(stage: &Stage) -> Vec<String> {
    let screen = stage.screen();
    let rows = screen
        .lines()
        .filter_map(|row| row.split_once(": message ").map(|(_, number)| number.to_owned()));
    rows.collect()
}

#[test]
fn what_comes_does_not_move_what_one_reads() {
    let mut stage = with_messages(40, 10, 1, 50);
    stage.key(Key::PageUp);
    let before = messages(&stage);
    assert_eq!(before.len(), 8);
    for seq in 51..=60 {
        stage.said("lobby", seq, "bob", "news");
    }
    assert_eq!(messages(&stage), before);
    stage.expect(
        "
        |14:36 alice: message 36
        |14:37 alice: message 37
        |14:38 alice: message 38
        |14:39 alice: message 39
        |14:40 alice: message 40
        |14:41 alice: message 41
        |14:42 alice: message 42
        |14:43 alice: message 43
        |#lobby · 10 new below · 2 peo… connected
        |>
        ",
    );
    stage.press(KeyPress::new(Key::End, Modifiers::ALT));
    stage.expect_no("new below");
    stage.expect_part("bob: news");
}

#[test]
fn escape_goes_back_to_the_newest_message_too() {
    let mut stage = with_messages(40, 10, 1, 50);
    stage.key(Key::PageUp);
    assert_ne!(stage.app.room().scroll(), Scroll::Newest);
    stage.key(Key::Esc);
    assert_eq!(stage.app.room().scroll(), Scroll::Newest);
}

#[test]
fn reading_on_to_the_end_is_being_there() {
    let mut stage = with_messages(40, 10, 1, 50);
    for _ in 0..3 {
        stage.key(Key::PageUp);
    }
    for _ in 0..3 {
        stage.key(Key::PageDown);
    }
    assert_eq!(stage.app.room().scroll(), Scroll::Newest);
    stage.press(KeyPress::new(Key::Up, Modifiers::SHIFT));
    assert_eq!(messages(&stage).last().map(String::as_str), Some("49"));
    stage.press(KeyPress::new(Key::Down, Modifiers::SHIFT));
    assert_eq!(stage.app.room().scroll(), Scroll::Newest);
}

#[test]
fn one_gets_no_further_back_than_to_the_first_row() {
    let mut stage = with_messages(40, 10, 1, 12);
    for _ in 0..9 {
        stage.key(Key::PageUp);
    }
    stage.expect(
        "
        |── Thursday, 5 November 2026 ───────────
        |14:01 alice: message 1
        |14:02 alice: message 2
        |14:03 alice: message 3
        |14:04 alice: message 4
        |14:05 alice: message 5
        |14:06 alice: message 6
        |14:07 alice: message 7
        |#lobby · 2 people              connected
        |>
        ",
    );
}

#[test]
fn what_was_said_before_is_fetched_in_pages_that_join() {
    let mut stage = with_messages(40, 10, 180, 200);
    stage.key(Key::PageUp);
    let asked = stage.commands();
    assert!(
        matches!(
            asked[..],
            [Command::History {
                span: Span::Before(Seq(180)),
                ..
            }]
        ),
        "{asked:?}"
    );
    stage.key(Key::PageUp);
    assert_eq!(stage.commands(), [], "once at a time");
    let seen = messages(&stage);
    stage.hear(page(150, 179, 1));
    // Where the day stood there is a message now; the rest did not move.
    assert!(messages(&stage).ends_with(&seen), "{}", stage.screen());
    for _ in 0..4 {
        stage.key(Key::PageUp);
    }
    let asked = stage.commands();
    assert!(
        matches!(
            asked[..],
            [Command::History {
                span: Span::Before(Seq(150)),
                ..
            }]
        ),
        "{asked:?}"
    );
    stage.hear(page(149, 149, 149));
    for _ in 0..9 {
        stage.key(Key::PageUp);
    }
    assert_eq!(stage.commands(), [], "nothing before it is kept");
    assert_eq!(messages(&stage).first().map(String::as_str), Some("149"));
}

#[test]
fn a_page_that_comes_twice_is_taken_once_and_does_not_end_the_history() {
    let mut stage = with_messages(40, 10, 180, 200);
    stage.key(Key::PageUp);
    stage.commands();
    // The connection is lost meanwhile: the link asks again, and nobody else does.
    stage.join("lobby", 200, 2);
    assert_eq!(stage.commands(), []);
    stage.hear(page(150, 179, 1));
    stage.hear(page(150, 179, 1));
    assert_eq!(stage.app.room().lines().len(), 51);
    for _ in 0..6 {
        stage.key(Key::PageUp);
    }
    assert!(matches!(stage.commands()[..], [Command::History { .. }]));
}

#[test]
fn of_a_room_that_is_not_shown_the_last_messages_are_kept() {
    let mut stage = Stage::joined(80, 24, &["lobby", "den"]);
    let count = u64::try_from(HIDDEN_LINES_MAX).unwrap() + 500;
    for seq in 1..=count {
        stage.said("den", seq, "alice", "hello");
    }
    assert_eq!(stage.app.rooms()[1].lines().len(), HIDDEN_LINES_MAX);
    stage.expect_part("2 #den 999+");
}

#[test]
fn a_page_that_does_not_join_is_left_out() {
    let mut stage = with_messages(40, 10, 190, 200);
    stage.hear(page(100, 150, 1));
    assert_eq!(stage.app.room().lines().len(), 11);
    let lines: Vec<u64> = stage
        .app
        .room()
        .lines()
        .iter()
        .map(|(_, line)| line.seq.0)
        .collect();
    assert_eq!(lines, (190..=200).collect::<Vec<_>>());
}

#[test]
fn a_mark_shows_where_reading_stopped() {
    let mut stage = with_messages(40, 10, 1, 3);
    stage.tell(Told::Focus(false));
    stage.said("lobby", 4, "bob", "while away");
    stage.said("lobby", 5, "bob", "more");
    stage.expect(
        "
        |
        |── Thursday, 5 November 2026 ───────────
        |14:01 alice: message 1
        |14:02 alice: message 2
        |14:03 alice: message 3
        |── new ─────────────────────────────────
        |14:04 bob: while away
        |14:05 bob: more
        |#lobby · 2 people              connected
        |>
        ",
    );
    stage.tell(Told::Focus(true));
    stage.expect_part("── new ──");
    stage.enter("seen");
    stage.expect_no("── new ──");
}

#[test]
fn what_was_read_the_last_time_or_elsewhere_is_marked() {
    let state = State {
        marks: vec![(room("den"), LOG, Seq(2))],
        ..State::default()
    };
    let mut stage = Stage::with(80, 9, &["lobby", "den"], state);
    stage.welcome();
    stage.join("den", 4, 2);
    for seq in 1..=4 {
        stage.said("den", seq, "alice", "hello");
    }
    stage.expect_part("2 #den 2");
    stage.press(KeyPress::alt('2'));
    stage.expect(
        "
        |1 #lobby         │
        |2 #den           │── Thursday, 5 November 2026 ─────────────────────────────────
        |                 │14:01        alice  hello
        |                 │14:02        alice  hello
        |                 │── new ───────────────────────────────────────────────────────
        |                 │14:03        alice  hello
        |                 │14:04        alice  hello
        |#den · 2 people                                                        connected
        |>
        ",
    );
    stage.press(KeyPress::alt('1'));
    stage.said("den", 5, "alice", "hello");
    stage.expect_part("2 #den 1");
    stage.hear(Event::Marked {
        room: room("den"),
        seq: Seq(5),
    });
    stage.expect_no("2 #den 1");
}

#[test]
fn the_server_is_told_what_was_read() {
    let mut stage = with_messages(40, 10, 1, 3);
    stage.said("lobby", 4, "alice", "hello");
    let mark = Command::Mark {
        room: room("lobby"),
        seq: Seq(4),
    };
    assert_eq!(stage.commands(), [mark]);
    stage.tell(Told::Focus(false));
    stage.said("lobby", 5, "alice", "unseen");
    assert_eq!(stage.commands(), []);
}

#[test]
fn another_width_keeps_the_place() {
    let mut stage = with_messages(40, 10, 1, 100);
    for _ in 0..5 {
        stage.key(Key::PageUp);
    }
    let last = messages(&stage).last().cloned();
    for columns in [20, 80, 200, 40] {
        stage.tell(Told::Resize { columns, rows: 10 });
        let screen = stage.screen();
        let last = last.as_deref().unwrap();
        assert!(
            screen.contains(&format!("message {last}")) || columns == 20,
            "{columns}: {screen}"
        );
    }
    assert_eq!(messages(&stage).last().cloned(), last);
}

#[test]
fn the_longest_history_is_kept_and_what_goes_can_be_fetched_again() {
    let last = u64::try_from(LINES_MAX).unwrap() + 500;
    let mut stage = with_messages(80, 24, 1, last);
    assert_eq!(stage.app.room().lines().len(), LINES_MAX);
    for _ in 0..20 {
        stage.key(Key::PageUp);
    }
    assert_eq!(stage.commands(), [], "there is enough above");
    // Another room is shown: of this one the last lines are kept.
    stage.enter("/join den");
    assert_eq!(stage.app.rooms()[0].lines().len(), HIDDEN_LINES_MAX);
    stage.press(KeyPress::alt('1'));
    stage.commands();
    for _ in 0..100 {
        stage.key(Key::PageUp);
    }
    let first = last - u64::try_from(HIDDEN_LINES_MAX).unwrap() + 1;
    let asked = stage.commands();
    assert!(
        matches!(asked[..], [Command::History { span: Span::Before(seq), .. }] if seq == Seq(first)),
        "{asked:?}"
    );
}

#[test]
fn another_log_begins_anew() {
    let mut stage = with_messages(40, 10, 1, 3);
    stage.hear(Event::Broke { room: room("lobby") });
    let record = Record {
        id: chat_proto::ids::MessageId([9; 16]),
        ..Stage::record(1, "bob", "anew")
    };
    stage.said_as("lobby", record);
    stage.expect_part("bob: anew");
    assert_ne!(LOG, LogId(8));
}

#[test]
fn a_text_is_found_further_back_and_further_on() {
    let mut stage = with_messages(40, 10, 1, 60);
    stage.press(KeyPress::alt('s'));
    stage.type_text("message 2");
    assert_eq!(messages(&stage).last().map(String::as_str), Some("29"));
    stage.key(Key::Up);
    assert_eq!(messages(&stage).last().map(String::as_str), Some("28"));
    stage.key(Key::Down);
    assert_eq!(messages(&stage).last().map(String::as_str), Some("29"));
    stage.key(Key::Enter);
    stage.expect(
        "
        |14:22 alice: message 22
        |14:23 alice: message 23
        |14:24 alice: message 24
        |14:25 alice: message 25
        |14:26 alice: message 26
        |14:27 alice: message 27
        |14:28 alice: message 28
        |14:29▸alice: message 29
        |#lobby · message 29 · 2 people connected
        |>
        ",
    );
}

#[test]
fn the_name_of_whoever_speaks_to_us_stands_out() {
    let mut stage = with_messages(60, 8, 1, 1);
    stage.said("lobby", 2, "bob", "me: come quick");
    let picture = Picture::of(&stage.app);
    let is_reversed = |row: u16, column: u16| {
        let cell = &picture.cells[(column, row)];
        cell.modifier.contains(Modifier::REVERSED)
    };
    // The names end at column 17, the older message stands a row higher.
    assert_eq!((is_reversed(4, 17), is_reversed(5, 17)), (false, true));
    assert!(!is_reversed(5, 20), "what is said is read as ever");
}
