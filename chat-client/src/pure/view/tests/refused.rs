//! What is refused: it is told, kept where something would be lost, and never in the way of what others say.

use chat_proto::ids::MessageId;
use chat_proto::message::Code;
use chat_proto::text::Note;

use super::helper::{Stage, room};
use crate::pure::key::KeyPress;
use crate::pure::link::{Command, Event, Wanted};

/// Says or does this, and has it refused for good.
fn refused(stage: &mut Stage, typed: &str) -> MessageId {
    stage.commands();
    stage.enter(typed);
    let room = room("lobby");
    let (what, id) = match stage.commands().pop() {
        Some(Command::Say { id, .. }) => (Wanted::Say { room, id }, id),
        Some(Command::Empty { id, seq, .. }) => (Wanted::Empty { room, id, seq }, id),
        Some(Command::Moderate { id, act, name, .. }) => (Wanted::Moderate { room, id, act, name }, id),
        command => panic!("{typed} asks for something: {command:?}"),
    };
    stage.hear(Event::Failed {
        what,
        code: Code::NOT_ALLOWED,
        text: Note::new("you may not"),
        retry_in_ms: None,
    });
    id
}

#[test]
fn a_deed_that_is_refused_is_one_line_that_scrolls_away() {
    let mut stage = Stage::joined(40, 10, &["lobby"]);
    for _ in 0..8 {
        refused(&mut stage, "/kick bob");
    }
    stage.expect_part("14:00 ! not done: /kick bob: you may not");
    for seq in 1..=9 {
        stage.said("lobby", seq, "bob", "ha ha");
    }
    stage.expect_no("not done");
    assert!(stage.app.room().pending().is_empty(), "nothing of it is kept");
    stage.press(KeyPress::alt('r'));
    stage.expect_part("nothing was refused here");
}

#[test]
fn each_deed_that_is_refused_is_told_as_it_is_typed() {
    let mut stage = Stage::joined(100, 30, &["lobby"]);
    for typed in [
        "/kick bob",
        "/ban bob",
        "/unban bob",
        "/mute bob",
        "/unmute bob",
        "/op bob",
        "/deop bob",
        "/invite bob",
        "/topic dinner at eight",
        "/delete 3",
    ] {
        refused(&mut stage, typed);
        stage.expect_part(&format!("!  not done: {typed}: you may not"));
    }
}

#[test]
fn many_refused_texts_leave_room_for_what_others_say() {
    let mut stage = Stage::joined(40, 10, &["lobby"]);
    for number in 1..=8 {
        refused(&mut stage, &format!("text {number}"));
    }
    stage.said("lobby", 1, "bob", "hello");
    stage.said("lobby", 2, "bob", "can you read this?");
    stage.expect(
        "
        |
        |
        |── Thursday, 5 November 2026 ───────────
        |14:01 bob: hello
        |14:02 bob: can you read this?
        |7 more refused: Alt-R again, Alt-K drop
        |14:00 ! me: text 8 [not said: you may
        |      not; Alt-R says it again, Alt-K…
        |#lobby · 2 people              connected
        |>
        ",
    );
    stage.commands();
    stage.press(KeyPress::alt('r'));
    let said = stage.commands().len();
    assert_eq!(said, 8, "those that are not seen are said again, too");
}

#[test]
fn a_long_refused_text_is_cut_and_a_tiny_screen_still_tells_of_refused_ones() {
    let mut stage = Stage::joined(40, 10, &["lobby"]);
    refused(&mut stage, &"long ".repeat(200));
    stage.said("lobby", 1, "bob", "hello");
    stage.expect_part("bob: hello");
    stage.expect_part("…");
    let mut stage = Stage::joined(40, 4, &["lobby"]);
    refused(&mut stage, "one");
    refused(&mut stage, "two");
    stage.said("lobby", 1, "bob", "hello");
    stage.expect(
        "
        |14:01 bob: hello
        |2 refused: Alt-R again, Alt-K drop
        |#lobby · 2 people              connected
        |>
        ",
    );
}

#[test]
fn an_emptied_screen_keeps_what_was_refused() {
    let mut stage = Stage::joined(60, 10, &["lobby"]);
    let id = refused(&mut stage, "not lost");
    stage.enter("/clear");
    stage.expect_part("not lost");
    stage.commands();
    stage.press(KeyPress::alt('r'));
    assert!(matches!(stage.commands()[..], [Command::Say { id: again, .. }] if again == id));
}

#[test]
fn a_refusal_of_the_server_goes_before_the_topic_and_is_never_cut_unmarked() {
    let refusal = "the name belongs to another key; begin with --key FILE or take another name";
    for columns in [80, 100, 140] {
        let mut stage = Stage::joined(columns, 10, &["lobby"]);
        let mut topic = Stage::record(
            1,
            "alice",
            "a topic of some length that stands beside it in the bar",
        );
        topic.kind = chat_proto::message::Kind::TOPIC;
        stage.said_as("lobby", topic);
        stage.hear(Event::Refused {
            code: Code::NAME_OWNED,
            text: Note::new(refusal),
            unsent: Vec::new(),
        });
        let screen = stage.screen();
        let bar = screen.lines().rev().nth(1).unwrap();
        let (_, shown) = bar.split_once("refused: ").expect(bar);
        let is_whole = shown == refusal;
        let is_marked = shown
            .strip_suffix('…')
            .is_some_and(|part| refusal.starts_with(part));
        assert!(is_whole || is_marked, "{bar}");
        assert!(is_whole || columns < 100, "{bar}");
        let words = screen.replace('\n', " ");
        let words: Vec<&str> = words.split_whitespace().collect();
        assert!(
            words
                .join(" ")
                .contains(&format!("does not let us in: {refusal}")),
            "{screen}"
        );
    }
}
