//! Whatever comes, at whatever size: nothing panics, nothing commands the terminal.

use std::collections::HashSet;

use chat_proto::message::{Code, Kind, Record};
use chat_proto::name::UserName;
use chat_proto::text::{Note, Text};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::any::{KINDS, any_event, any_of_link, any_size, any_text, kind};
use super::helper::{Stage, room};
use crate::pure::app::Event as Told;
use crate::pure::key::Key;
use crate::pure::link::Event;
use crate::pure::view::{Picture, draw, paint};

/// What stands in the cells, and what a terminal is sent for it, is safe.
fn check(stage: &Stage) {
    let picture = Picture::of(&stage.app);
    for cell in &picture.cells.content {
        let is_safe = |c: char| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{feff}');
        assert!(cell.symbol().chars().all(is_safe), "{:?}", cell.symbol());
    }
    let mut bytes = String::new();
    paint(None, &picture, &mut bytes);
    assert_eq!(commands(&bytes).find(|command| !is_ours(command)), None);
    if let Some((column, row)) = picture.drawn.cursor {
        assert!(column < picture.cells.area.width && row < picture.cells.area.height);
    }
}

/// What a terminal would take for a command: each escape with what follows it, and other control characters.
fn commands(bytes: &str) -> impl Iterator<Item = &str> {
    bytes
        .char_indices()
        .filter(|(_, c)| c.is_control())
        .map(|(at, _)| &bytes[at..])
}

/// Positions, colours, erasing, and addresses to open; nothing else.
fn is_ours(command: &str) -> bool {
    if command.starts_with("\x1b\\") {
        return true;
    }
    if let Some(address) = command.strip_prefix("\x1b]8;;") {
        let address = address.split('\x1b').next().unwrap_or_default();
        let is_web = address.is_empty() || address.starts_with("http://") || address.starts_with("https://");
        return is_web && address.bytes().all(|byte| byte.is_ascii_graphic());
    }
    let Some(sequence) = command.strip_prefix("\x1b[") else {
        return false;
    };
    if ["?25h", "?25l", "?2026h", "?2026l", "2J", "K"]
        .iter()
        .any(|known| sequence.starts_with(known))
    {
        return true;
    }
    let end = sequence.find(|c: char| !c.is_ascii_digit() && c != ';');
    end.is_some_and(|end| {
        ["H", "G", "m"]
            .iter()
            .any(|known| sequence[end..].starts_with(known))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_sequence_of_events_at_any_size_is_drawn_safely(
        events in prop::collection::vec(any_event(), 1..40),
        (columns, rows) in any_size(),
    ) {
        let mut stage = Stage::joined(columns, rows, &["lobby", "den"]);
        for event in events {
            stage.now_ms += 7_000;
            stage.tell(event);
            check(&stage);
            prop_assert!(stage.app.current() < stage.app.rooms().len());
        }
    }

    #[test]
    fn any_bytes_from_a_peer_leave_no_control_character_in_a_cell(text in any_text(), columns in 1_u16..100) {
        let mut stage = Stage::joined(columns, 12, &["lobby"]);
        if let Ok(shown) = Text::new(&text) {
            stage.said_as("lobby", Record { text: shown, ..Stage::record(1, "alice", "") });
        }
        stage.said_as("lobby", Record { kind: Kind::TOPIC, ..Stage::record(2, "alice", "topic") });
        stage.hear(Event::Removed { room: room("lobby"), code: Code::KICKED, text: Note::new(&text) });
        check(&stage);
        stage.tell(Told::Paste(text));
        check(&stage);
    }

    #[test]
    fn a_terminal_that_is_told_only_what_changed_shows_the_same(
        events in prop::collection::vec(any_event(), 1..20),
    ) {
        let mut stage = Stage::joined(50, 12, &["lobby", "den"]);
        let mut before = Picture::of(&stage.app);
        for event in events {
            stage.tell(event);
            let after = Picture::of(&stage.app);
            let mut bytes = String::new();
            paint(Some(&before), &after, &mut bytes);
            prop_assert_eq!(bytes.is_empty(), before == after);
            before = after;
        }
    }
}

#[test]
fn every_kind_of_event_is_among_any() {
    let mut runner = TestRunner::deterministic();
    let mut kinds = HashSet::new();
    for _ in 0..4_000 {
        let event = any_of_link().new_tree(&mut runner).unwrap().current();
        kinds.insert(kind(&event));
    }
    assert_eq!(kinds.len(), KINDS, "{kinds:?}");
}

#[test]
fn the_smallest_and_the_largest_screen_can_be_drawn() {
    for (columns, rows) in [
        (0, 0),
        (1, 1),
        (1, 24),
        (80, 1),
        (2, 2),
        (3, 3),
        (400, 120),
        (u16::MAX, 1),
    ] {
        let mut stage = Stage::joined(columns, rows, &["lobby", "den"]);
        stage.said("lobby", 1, "alice", "hello 漢字");
        stage.said("den", 1, "alice", "me");
        stage.enter("some words of my own that take a few rows");
        for key in [Key::F(1), Key::Esc, Key::F(3), Key::PageUp, Key::Tab] {
            stage.key(key);
            check(&stage);
        }
    }
}

#[test]
fn a_buffer_of_another_size_than_the_app_knows_can_be_drawn_too() {
    let stage = Stage::joined(80, 24, &["lobby", "den"]);
    for (columns, rows) in [(1, 1), (200, 60)] {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        draw(&stage.app, &mut buffer, Rect::new(0, 0, 500, 500));
        assert_eq!(buffer.area, area);
    }
}

#[test]
fn an_address_that_wraps_leads_to_the_same_place_from_each_row() {
    let mut stage = Stage::joined(30, 10, &["lobby"]);
    stage.said(
        "lobby",
        1,
        "alice",
        "https://chat.example/a/rather/long/address?x=1",
    );
    let links = Picture::of(&stage.app).drawn.links;
    assert!(links.len() > 1, "{links:?}");
    assert!(
        links
            .iter()
            .all(|link| &*link.target == "https://chat.example/a/rather/long/address?x=1"),
        "{links:?}"
    );
    let mut bytes = String::new();
    paint(None, &Picture::of(&stage.app), &mut bytes);
    let opened = bytes.matches("\x1b]8;;https://").count();
    assert_eq!(
        (opened, bytes.matches("\x1b]8;;\x1b\\").count()),
        (links.len(), links.len())
    );
}

#[test]
fn names_that_are_read_from_the_right_turn_nothing_around() {
    let mut stage = Stage::joined(60, 5, &["lobby"]);
    let author = UserName::parse("דנה").unwrap();
    stage.said_as(
        "lobby",
        Record {
            author,
            ..Stage::record(1, "alice", "שלום")
        },
    );
    stage.expect_part("\u{2068}דנה\u{2069}");
    check(&stage);
}
