//! Reading.

use super::*;
use crate::pure::app::Event as Told;

fn many(stage: &mut Stage) {
    for seq in 1..=60 {
        stage.said("lobby", seq, "alice", &format!("message {seq}"));
    }
}

#[test]
fn one_reads_back_and_nothing_moves() {
    scene("reading_back", |stage| {
        many(stage);
        stage.key(Key::PageUp);
        stage.said("lobby", 61, "bob", "news");
        stage.said("lobby", 62, "bob", "more news");
    });
}

#[test]
fn where_reading_stopped_and_the_next_day() {
    scene("mark_and_day", |stage| {
        talk(stage);
        stage.tell(Told::Focus(false));
        let next_day = Record {
            at_unix_ms: AFTERNOON_MS + 24 * 60 * 60 * 1000,
            ..Stage::record(4, "bob", "good morning")
        };
        stage.said_as("lobby", next_day);
        stage.tell(Told::Focus(true));
    });
}

#[test]
fn a_text_is_looked_for_in_the_room() {
    scene("find_text", |stage| {
        many(stage);
        stage.press(KeyPress::alt('s'));
        stage.type_text("message 3");
        stage.key(Key::Up);
    });
}

fn found(stage: &mut Stage) {
    stage.enter("/search dinner");
    stage.hear(Event::Found {
        room: room("lobby"),
        query: Query::words("dinner"),
        log: LOG,
        searched: Seq(2_000),
        last: Seq(2_000),
        records: vec![
            Stage::record(
                700,
                "bob",
                "dinner? I would rather go for a walk, it is a warm evening",
            ),
            Stage::record(300, "alice", "dinner at eight"),
        ],
    });
}

#[test]
fn what_the_server_found_is_chosen_from() {
    scene("found", |stage| {
        found(stage);
        stage.key(Key::Down);
    });
}

#[test]
fn what_was_found_stands_where_it_was_said() {
    scene("found_place", |stage| {
        for seq in 1_960..=2_000 {
            stage.said("lobby", seq, "alice", &format!("message {seq}"));
        }
        found(stage);
        stage.key(Key::Down);
        stage.key(Key::Enter);
        let text = |seq: u64| match seq {
            300 => "dinner at eight".into(),
            _ => format!("message {seq}"),
        };
        stage.hear(Event::Page {
            room: room("lobby"),
            span: Span::Before(Seq(400)),
            log: LOG,
            first_kept: Seq(1),
            last: Seq(2_000),
            records: (200..400)
                .map(|seq| Stage::record(seq, "alice", &text(seq)))
                .collect(),
        });
    });
}

#[test]
fn letters_of_all_widths_and_directions() {
    scene("letters", |stage| {
        stage.said(
            "lobby",
            1,
            "Zoë",
            "漢字かな交じり文は幅が二つ分の文字で出来ています。折り返しも二つずつ",
        );
        stage.said(
            "lobby",
            2,
            "דנה",
            "שלום to all, with a name that is read from the right",
        );
        stage.said(
            "lobby",
            3,
            "alice",
            "👩‍👩‍👧‍👦 e\u{301}e\u{301} 🇩🇪 👍🏽 z\u{335}\u{327}a\u{30a}lgo",
        );
        stage.said(
            "lobby",
            4,
            "bob",
            &"a-long-word-without-any-place-to-break-it-".repeat(3),
        );
    });
}

#[test]
fn signs_of_who_speaks() {
    scene("signs", |stage| {
        let mut extra = Extra::new();
        assert!(extra.insert(EXTRA_UNPROVEN, &[]));
        let unproven = Record {
            extra,
            ..Stage::record(1, "alice", "anybody could be me")
        };
        stage.said_as("lobby", unproven);
        let action = Record {
            kind: Kind::ACTION,
            ..Stage::record(2, "bob", "waves at everybody who is here and at me")
        };
        stage.said_as("lobby", action);
        stage.said("lobby", 3, "me", "oops");
        stage.said("lobby", 4, "me", "hello");
        stage.press(KeyPress::alt('p'));
        stage.press(KeyPress::alt('p'));
    });
}

#[test]
fn what_would_command_the_terminal() {
    scene("hostile", |stage| {
        for (seq, text) in (1..).zip([
            "clear \u{1b}[2J and \u{9b}31m red",
            "a title \u{1b}]0;x\u{7} and a bell \u{7}",
            "turned \u{202e}around\u{2066} and \u{200f}hidden\u{200b}",
            "the clipboard \u{1b}]52;c;aGk=\u{7}",
            "back\u{8}space, return\rand a\ttab",
        ]) {
            stage.said("lobby", seq, "mallory", text);
        }
    });
}
