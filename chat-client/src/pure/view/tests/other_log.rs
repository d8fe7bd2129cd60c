//! Another log than before: what is told of it follows what is here of the old one.

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::message::{Code, Resumed, Role, Span};
use chat_proto::text::Note;

use super::helper::{LOG, Stage, person, room};
use crate::pure::key::{Key, KeyPress, Modifiers};
use crate::pure::link::{Command, Event, Query, Wanted};
use crate::pure::roles::RolesOf;

/// What comes when the log was put back to an older state, or made anew.
const OTHER_LOG: LogId = LogId(8);

/// The lobby, of whose old log these messages were told, and then on a new link these of the other one.
fn with_logs(old: u64, from: u64, to: u64) -> Stage {
    let mut stage = Stage::new(60, 10, &["lobby"]);
    stage.welcome();
    join(&mut stage, LOG, old);
    for seq in 1..=old {
        stage.said("lobby", seq, "alice", &format!("old {seq}"));
    }
    stage.welcome();
    join(&mut stage, OTHER_LOG, to);
    for seq in from..=to {
        stage.said("lobby", seq, "alice", &format!("new {seq}"));
    }
    stage
}

fn join(stage: &mut Stage, log: LogId, top: u64) {
    stage.hear(Event::Joined {
        room: room("lobby"),
        again: false,
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

fn page(stage: &mut Stage, span: Span, from: u64, to: u64) {
    stage.hear(Event::Page {
        room: room("lobby"),
        span,
        log: OTHER_LOG,
        first_kept: Seq(1),
        last: Seq(320),
        records: (from..=to)
            .map(|seq| Stage::record(seq, "alice", &format!("new {seq}")))
            .collect(),
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

/// The numbers of all lines.
fn numbers(stage: &Stage) -> Vec<u64> {
    let lines = stage.app.room().lines();
    lines.iter().map(|(_, line)| line.seq.0).collect()
}

/// The numbers of three messages of the old log and of the break, and then these.
fn behind_the_old_ones(from: u64, to: u64) -> Vec<u64> {
    [1, 2, 3, 3].into_iter().chain(from..=to).collect()
}

#[test]
fn a_new_link_that_finds_another_log_says_so() {
    let stage = with_logs(3, 1, 2);
    stage.expect(
        "
        |
        |── Thursday, 5 November 2026 ───────────────────────────────
        |14:01        alice  old 1
        |14:02        alice  old 2
        |14:03        alice  old 3
        |── another log from here on ────────────────────────────────
        |14:01        alice  new 1
        |14:02        alice  new 2
        |#lobby · 2 people                                  connected
        |>
        ",
    );
}

#[test]
fn the_other_log_is_read_back_to_its_beginning_behind_the_old_one() {
    let mut stage = with_logs(3, 310, 320);
    let mut first = 310;
    for from in [110, 1] {
        stage.key(Key::PageUp);
        let span = Span::Before(Seq(first));
        assert_eq!(asked(&mut stage), [span]);
        page(&mut stage, span, from, first - 1);
        assert_eq!(numbers(&stage), behind_the_old_ones(from, 320));
        assert_eq!(asked(&mut stage), [], "not before one reads on");
        first = from;
        for _ in 0..40 {
            stage.key(Key::PageUp);
        }
    }
    assert_eq!(asked(&mut stage), [], "there is no more");
    stage.expect(
        "
        |── Thursday, 5 November 2026 ───────────────────────────────
        |14:01        alice  old 1
        |14:02        alice  old 2
        |14:03        alice  old 3
        |── another log from here on ────────────────────────────────
        |14:01        alice  new 1
        |14:02        alice  new 2
        |14:03        alice  new 3
        |#lobby · 2 people                                  connected
        |>
        ",
    );
}

#[test]
fn what_is_chosen_in_the_old_log_stays_in_sight() {
    let mut stage = with_logs(60, 310, 320);
    assert_eq!(asked(&mut stage), [Span::Before(Seq(310))]);
    for _ in 0..14 {
        stage.press(KeyPress::alt('p'));
    }
    for (from, first) in [(110, 310), (1, 110)] {
        page(&mut stage, Span::Before(Seq(first)), from, first - 1);
        stage.expect_part("▸       alice  old 58");
        stage.expect_part(&format!("new {from}"));
    }
    assert_eq!(asked(&mut stage), [Span::Before(Seq(110))]);
}

#[test]
fn whoever_reads_the_old_log_keeps_his_place_and_fetches_nothing_before_he_comes_to_the_other_one() {
    let mut stage = with_logs(60, 310, 320);
    asked(&mut stage);
    stage.press(KeyPress::alt('s'));
    stage.type_text("old 40");
    let seen = stage.screen().replace("fetching · ", "");
    page(&mut stage, Span::Before(Seq(310)), 110, 309);
    assert_eq!(stage.screen().replace(' ', ""), seen.replace(' ', ""));
    assert_eq!(asked(&mut stage), []);
    stage.key(Key::Esc);
    let shift = Modifiers {
        shift: true,
        ..Modifiers::default()
    };
    let read_on = |_: &i32| {
        stage.press(KeyPress::new(Key::Down, shift));
        asked(&mut stage) == [Span::Before(Seq(110))]
    };
    assert!((0..20).find(read_on).is_some(), "before the old one ends");
}

#[test]
fn a_text_that_was_found_in_the_old_log_is_found_once() {
    let mut stage = with_logs(60, 310, 320);
    asked(&mut stage);
    stage.press(KeyPress::alt('s'));
    stage.type_text("old 5");
    stage.expect_part("▸       alice  old 59");
    page(&mut stage, Span::Before(Seq(310)), 110, 309);
    for seq in [58, 57] {
        stage.key(Key::Up);
        stage.expect_part(&format!("▸       alice  old {seq}"));
    }
    stage.key(Key::Down);
    stage.expect_part("▸       alice  old 58");
}

#[test]
fn what_was_looked_for_in_the_other_log_joins_it_behind_the_old_one() {
    let mut stage = with_logs(3, 310, 320);
    asked(&mut stage);
    stage.hear(Event::Found {
        room: room("lobby"),
        query: Query::words("new"),
        log: OTHER_LOG,
        searched: Seq(320),
        last: Seq(320),
        records: vec![Stage::record(100, "alice", "new 100")],
    });
    stage.key(Key::Enter);
    let span = Span::Before(Seq(200));
    assert_eq!(asked(&mut stage), [span]);
    page(&mut stage, span, 1, 199);
    stage.expect_part("▸       alice  new 100");
    for _ in 0..20 {
        stage.key(Key::PageDown);
    }
    stage.expect_part("new 199");
    let span = Span::After(Seq(199));
    assert_eq!(asked(&mut stage), [span]);
    page(&mut stage, span, 200, 320);
    stage.expect_part("new 199");
    assert_eq!(numbers(&stage), behind_the_old_ones(1, 320));
}

#[test]
fn a_page_of_the_other_log_that_is_refused_is_fetched_when_one_comes_back_to_it() {
    let mut stage = with_logs(60, 310, 320);
    assert_eq!(asked(&mut stage), [Span::Before(Seq(310))]);
    stage.hear(Event::Failed {
        what: Wanted::History { room: room("lobby") },
        code: Code::TOO_FAST,
        text: Note::new(""),
        retry_in_ms: None,
    });
    assert_eq!(asked(&mut stage), []);
    stage.key(Key::PageUp);
    assert_eq!(asked(&mut stage), [Span::Before(Seq(310))]);
}

#[test]
fn a_mark_in_the_other_log_is_none_in_the_old_one() {
    let mut stage = with_logs(60, 1, 5);
    stage.tell(crate::pure::app::Event::Focus(false));
    stage.said("lobby", 6, "alice", "new 6");
    stage.expect_part("── new ─");
    stage.press(KeyPress::alt('m'));
    for _ in 0..20 {
        stage.key(Key::PageUp);
    }
    stage.expect_part("old 7");
    stage.expect_no("── new ─");
    stage.press(KeyPress::alt('m'));
    stage.expect_part("new 6");
}
