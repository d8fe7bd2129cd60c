//! Messages that are chosen, and those that are looked for: they are shown where they stand.

use chat_proto::ids::{LogId, Seq};
use chat_proto::message::{Code, Span};
use chat_proto::text::Note;

use proptest::prelude::*;

use super::helper::{LOG, Stage, person, room};
use crate::pure::app::Event as Told;
use crate::pure::key::{Key, KeyPress, Modifiers};
use crate::pure::link::{Command, Event, Query, Wanted};
use crate::pure::scrollback::HIDDEN_LINES_MAX;
use crate::pure::state::State;
use crate::pure::view::Scroll;

const ALT_END: KeyPress = KeyPress::new(Key::End, Modifiers::ALT);

/// A room of so many messages, of which the last twenty-one were told.
fn with_last_of(columns: u16, rows: u16, last: u64) -> Stage {
    let mut stage = Stage::new(columns, rows, &["lobby", "den"]);
    stage.welcome();
    stage.join("lobby", last, 2);
    for seq in last - 20..=last {
        stage.said("lobby", seq, "alice", &format!("message {seq}"));
    }
    stage.commands();
    stage
}

/// What was found in the lobby has these numbers.
fn find(stage: &mut Stage, numbers: &[u64]) {
    let records = numbers
        .iter()
        .map(|seq| Stage::record(*seq, "alice", &format!("message {seq}")));
    stage.hear(Event::Found {
        room: room("lobby"),
        query: Query::words("message"),
        log: LOG,
        searched: Seq(999),
        last: Seq(999),
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

/// The page of these messages, as it was asked for.
fn page(stage: &mut Stage, span: Span, from: u64, to: u64) {
    stage.hear(Event::Page {
        room: room("lobby"),
        span,
        log: LOG,
        first_kept: Seq(1),
        last: Seq(999),
        records: (from..=to)
            .map(|seq| Stage::record(seq, "alice", &format!("message {seq}")))
            .collect(),
    });
}

/// The numbers of all messages that are shown or would be by scrolling.
fn numbers(stage: &Stage) -> Vec<u64> {
    let lines = stage.app.room().lines().iter();
    lines.map(|(_, line)| line.seq.0).collect()
}

#[test]
fn a_message_that_was_found_far_back_is_shown_with_what_stands_around_it() {
    let mut stage = with_last_of(40, 10, 999);
    find(&mut stage, &[700, 300]);
    stage.key(Key::Down);
    stage.key(Key::Enter);
    assert_eq!(asked(&mut stage), [Span::Before(Seq(400))]);
    stage.expect_part("fetching");
    page(&mut stage, Span::Before(Seq(400)), 200, 399);
    stage.expect(
        "
        |18:57 alice: message 297
        |18:58 alice: message 298
        |18:59 alice: message 299
        |19:00▸alice: message 300
        |19:01 alice: message 301
        |19:02 alice: message 302
        |19:03 alice: message 303
        |19:04 alice: message 304
        |#lobby · message 300 · Alt-En… connected
        |>
        ",
    );
    // What comes meanwhile is at the end, and moves nothing.
    stage.said("lobby", 1000, "bob", "news");
    stage.expect_no("news");
    stage.press(ALT_END);
    stage.expect_part("bob: news");
    stage.expect_no("▸");
}

#[test]
fn reading_on_from_what_was_found_leads_to_the_newest_message() {
    let mut stage = with_last_of(40, 10, 999);
    find(&mut stage, &[600]);
    stage.key(Key::Enter);
    page(&mut stage, Span::Before(Seq(700)), 500, 699);
    asked(&mut stage);
    let (mut pages, mut presses) = (Vec::new(), 0);
    while stage.app.room().scroll() != Scroll::Newest {
        presses += 1;
        assert!(presses < 100, "{pages:?}\n{}", stage.screen());
        let before = stage.screen();
        stage.key(Key::PageDown);
        assert_ne!(stage.screen(), before, "it goes on after {pages:?}");
        for span in asked(&mut stage) {
            let Span::After(Seq(after)) = span else {
                panic!("{span:?}")
            };
            pages.push(after);
            page(&mut stage, span, after + 1, (after + 200).min(999));
        }
    }
    assert_eq!(pages, [699, 899]);
    assert_eq!(numbers(&stage), (500..=999).collect::<Vec<_>>(), "one history");
    stage.expect_part("message 999");
    stage.expect_no("Alt-End");
}

#[test]
fn reading_back_from_what_was_found_goes_on_too() {
    let mut stage = with_last_of(40, 10, 999);
    find(&mut stage, &[600]);
    stage.key(Key::Enter);
    page(&mut stage, Span::Before(Seq(700)), 600, 699);
    assert_eq!(
        asked(&mut stage),
        [Span::Before(Seq(700)), Span::Before(Seq(600))]
    );
    page(&mut stage, Span::Before(Seq(600)), 400, 599);
    assert_eq!(numbers(&stage).first(), Some(&400));
    stage.expect_part("▸alice: message 600");
}

#[test]
fn what_was_found_near_to_what_is_here_joins_it() {
    let mut stage = with_last_of(40, 10, 300);
    find(&mut stage, &[299, 150]);
    stage.key(Key::Enter);
    assert_eq!(asked(&mut stage), [], "it is here");
    stage.expect_part("▸alice: message 299");
    find(&mut stage, &[299, 150]);
    stage.key(Key::Down);
    stage.key(Key::Enter);
    let span = Span::Before(Seq(280));
    assert_eq!(asked(&mut stage), [span]);
    page(&mut stage, span, 80, 279);
    stage.expect_part("▸alice: message 150");
    stage.expect_no("Alt-End");
    assert_eq!(numbers(&stage), (80..=300).collect::<Vec<_>>());
}

#[test]
fn a_page_that_overlaps_what_came_meanwhile_shows_nothing_twice() {
    let mut stage = with_last_of(40, 10, 999);
    // A page of what is here is on its way, and reaches further back than was thought.
    stage.key(Key::PageUp);
    stage.key(Key::PageUp);
    assert_eq!(asked(&mut stage), [Span::Before(Seq(979))]);
    find(&mut stage, &[770]);
    stage.key(Key::Enter);
    page(&mut stage, Span::Before(Seq(979)), 779, 978);
    page(&mut stage, Span::Before(Seq(870)), 670, 869);
    assert_eq!(numbers(&stage), (670..=999).collect::<Vec<_>>());
    stage.expect_part("▸alice: message 770");
}

#[test]
fn what_can_no_longer_be_had_is_said_so_and_nothing_moves() {
    let mut stage = with_last_of(60, 10, 999);
    find(&mut stage, &[300]);
    stage.key(Key::Enter);
    page(&mut stage, Span::Before(Seq(400)), 350, 399);
    stage.expect_part("message 300 can no longer be had");
    stage.expect_part("message 999");
    find(&mut stage, &[300]);
    stage.key(Key::Enter);
    stage.hear(Event::Failed {
        what: Wanted::History { room: room("lobby") },
        code: Code::NOT_IN_ROOM,
        text: Note::new(""),
        retry_in_ms: None,
    });
    stage.expect_no("fetching");
}

#[test]
fn what_was_found_is_forgotten_with_its_log() {
    let mut stage = with_last_of(60, 10, 999);
    find(&mut stage, &[300]);
    stage.key(Key::Enter);
    page(&mut stage, Span::Before(Seq(400)), 200, 399);
    stage.hear(Event::Broke { room: room("lobby") });
    stage.expect_no("message 300");
    stage.expect_part("another log");
    assert_ne!(LOG, LogId(8));
}

#[test]
fn what_is_emptied_is_emptied_where_it_is_read() {
    let mut stage = with_last_of(60, 10, 999);
    find(&mut stage, &[300]);
    stage.key(Key::Enter);
    page(&mut stage, Span::Before(Seq(400)), 200, 399);
    stage.hear(Event::Emptied {
        room: room("lobby"),
        seq: Seq(300),
        by: person("alice"),
        notice: Seq(1000),
        id: chat_proto::ids::MessageId::ZERO,
        at_unix_ms: 0,
    });
    stage.expect_part("alice: (removed)");
    stage.expect_no("alice: message 300");
}

#[test]
fn the_choice_among_what_was_found_stays_in_sight() {
    let mut stage = with_last_of(40, 10, 999);
    let found: Vec<u64> = (100..140).rev().collect();
    find(&mut stage, &found);
    for seq in &found {
        stage.expect_part(&format!("message {seq}"));
        stage.key(Key::Down);
    }
    stage.key(Key::PageUp);
    stage.expect_part("message 107");
    // What one types meanwhile is said or done as ever.
    stage.type_text("/topic");
    stage.key(Key::Enter);
    stage.key(Key::Esc);
    stage.expect_part("no topic");
}

#[test]
fn nothing_is_found_of_those_who_are_not_heard() {
    let mut stage = with_last_of(60, 10, 999);
    stage.enter("/ignore alice");
    find(&mut stage, &[300]);
    stage.expect_part("nothing was found");
}

#[test]
fn where_reading_stopped_is_shown_however_far_back_it_is() {
    let state = State {
        marks: vec![(room("lobby"), LOG, Seq(499))],
        ..State::default()
    };
    let mut stage = Stage::with(40, 10, &["den", "lobby"], state);
    stage.welcome();
    stage.join("lobby", 999, 2);
    for seq in 979..=999 {
        stage.said("lobby", seq, "alice", &format!("message {seq}"));
    }
    stage.press(KeyPress::alt('2'));
    stage.press(KeyPress::alt('m'));
    assert_eq!(asked(&mut stage).first(), Some(&Span::Before(Seq(600))));
    page(&mut stage, Span::Before(Seq(600)), 400, 599);
    stage.expect(
        "
        |22:17 alice: message 497
        |22:18 alice: message 498
        |22:19 alice: message 499
        |── new ─────────────────────────────────
        |22:20▸alice: message 500
        |22:21 alice: message 501
        |22:22 alice: message 502
        |22:23 alice: message 503
        |#lobby · message 500 · Alt-En… connected
        |>
        ",
    );
}

#[test]
fn where_reading_stopped_is_reached_by_a_key() {
    let mut stage = with_last_of(40, 10, 30);
    stage.press(KeyPress::alt('m'));
    stage.expect_part("there is no mark");
    stage.tell(Told::Focus(false));
    for seq in 31..=60 {
        stage.said("lobby", seq, "bob", &format!("message {seq}"));
    }
    stage.tell(Told::Focus(true));
    stage.press(KeyPress::alt('m'));
    stage.expect(
        "
        |── new ─────────────────────────────────
        |14:31 bob: message 31
        |14:32 bob: message 32
        |14:33 bob: message 33
        |14:34 bob: message 34
        |14:35 bob: message 35
        |14:36 bob: message 36
        |14:37 bob: message 37
        |#lobby · 2 people              connected
        |>
        ",
    );
}

#[test]
fn messages_are_chosen_one_by_one_and_the_chosen_one_is_deleted() {
    let mut stage = with_last_of(40, 10, 999);
    stage.said("lobby", 1000, "me", "oops");
    stage.said("lobby", 1001, "me", "fine");
    for _ in 0..2 {
        stage.press(KeyPress::alt('p'));
    }
    stage.expect_part("06:40▸me: oops");
    stage.expect_part("message 1000");
    // It stays where it is, whatever comes.
    stage.said("lobby", 1002, "bob", "news");
    stage.expect_part("06:40▸me: oops");
    stage.commands();
    stage.enter("/delete");
    assert!(matches!(
        stage.commands()[0],
        Command::Empty { seq: Seq(1000), .. }
    ));
    stage.expect_no("▸");
    stage.expect_part("bob: news");
    stage.press(KeyPress::alt('n'));
    stage.expect_part("no message is chosen");
}

#[test]
fn the_chosen_message_stays_in_sight_and_one_out_of_sight_is_not_chosen() {
    let mut stage = with_last_of(40, 10, 999);
    for _ in 0..15 {
        stage.press(KeyPress::alt('p'));
        assert!(stage.screen().contains('▸'), "{}", stage.screen());
    }
    stage.expect_part("message 985");
    for _ in 0..10 {
        stage.press(KeyPress::alt('n'));
        assert!(stage.screen().contains('▸'), "{}", stage.screen());
    }
    stage.expect_part("▸alice: message 995");
    stage.key(Key::PageUp);
    stage.key(Key::PageUp);
    assert_eq!(stage.app.room().chosen(), None);
    stage.press(ALT_END);
    for key in ['p', 'n'] {
        stage.press(KeyPress::alt(key));
    }
    assert_eq!(stage.app.room().scroll(), Scroll::Newest, "on from the last one");
}

#[test]
fn a_choice_ends_where_the_room_is_left() {
    let mut stage = with_last_of(40, 10, 999);
    stage.press(KeyPress::alt('p'));
    stage.press(KeyPress::alt('2'));
    stage.press(KeyPress::alt('1'));
    assert_eq!(stage.app.room().chosen(), None);
    assert!(stage.app.room().lines().len() < HIDDEN_LINES_MAX);
}

/// What somebody does who reads here and there.
#[derive(Clone, Debug)]
enum Step {
    /// Goes to this message, as if it were found.
    GoTo(u64),
    /// Presses one of the keys that lead through the room.
    Press(KeyPress),
    /// Waits for the oldest page that was asked for.
    Wait,
    /// Somebody says something meanwhile.
    Hear,
}

fn any_step() -> impl Strategy<Value = Step> {
    let keys = [
        KeyPress::plain(Key::PageUp),
        KeyPress::plain(Key::PageDown),
        KeyPress::alt('p'),
        KeyPress::alt('n'),
        ALT_END,
    ];
    prop_oneof![
        2 => (1_u64..1_200).prop_map(Step::GoTo),
        6 => prop::sample::select(keys.to_vec()).prop_map(Step::Press),
        4 => Just(Step::Wait),
        1 => Just(Step::Hear),
    ]
}

/// A server that has this many messages answers the oldest question. Whether there was one.
fn answer(stage: &mut Stage, questions: &mut Vec<Span>, top: u64) -> bool {
    questions.extend(asked(stage));
    if questions.is_empty() {
        return false;
    }
    let span = questions.remove(0);
    let (from, to) = match span {
        Span::Before(Seq(before)) => (before.saturating_sub(200).max(1), (before - 1).min(top)),
        Span::After(Seq(after)) => (after + 1, (after + 200).min(top)),
    };
    page(stage, span, from, to);
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn however_one_reads_the_history_has_no_hole_and_nothing_twice(
        steps in prop::collection::vec(any_step(), 1..60),
    ) {
        let (mut top, mut questions) = (1_200, Vec::new());
        let mut stage = with_last_of(40, 10, top);
        for step in steps {
            match step {
                Step::GoTo(seq) => {
                    find(&mut stage, &[seq]);
                    stage.key(Key::Enter);
                }
                Step::Press(press) => stage.press(press),
                Step::Wait => {
                    answer(&mut stage, &mut questions, top);
                }
                Step::Hear => {
                    top += 1;
                    stage.said("lobby", top, "bob", &format!("message {top}"));
                }
            }
            questions.extend(asked(&mut stage));
            let shown = numbers(&stage);
            prop_assert!(shown.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{shown:?}");
        }
        while answer(&mut stage, &mut questions, top) {}
        find(&mut stage, &[600]);
        stage.key(Key::Enter);
        while answer(&mut stage, &mut questions, top) {}
        stage.expect_part("▸alice: message 600");
        stage.press(ALT_END);
        prop_assert_eq!(numbers(&stage).last().copied(), Some(top));
        stage.expect_part(&format!("message {top}"));
    }
}
