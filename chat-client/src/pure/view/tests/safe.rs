//! Whatever comes, at whatever size: nothing panics, nothing commands the terminal.

use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{Code, Kind, Listed, Record, Role};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::helper::{Stage, person, room};
use crate::pure::app::Event as Told;
use crate::pure::key::{Key, KeyPress, Modifiers};
use crate::pure::link::{Cause, Event};
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

fn any_text() -> impl Strategy<Value = String> {
    let hard = prop::sample::select(
        [
            "\u{1b}[2J",
            "\u{1b}]0;x\u{7}",
            "\u{9b}31m",
            "\u{202e}",
            "\u{2066}",
            "\r",
            "\n",
            "\t",
            "https://a.b/\u{1b}",
            "漢字",
            "👩‍👩‍👧‍👦",
            "e\u{301}\u{301}\u{301}",
            "\u{200d}",
            "\u{feff}",
            "דנה",
            "me",
            "\u{300}",
            "\u{e0041}",
            "a b c",
        ]
        .map(String::from)
        .to_vec(),
    );
    let piece = prop_oneof![hard, any::<char>().prop_map(String::from), "[a-z ]{0,12}"];
    prop_oneof![
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
        prop::collection::vec(any::<u8>(), 0..64)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

fn any_key() -> impl Strategy<Value = Told> {
    let keys = vec![
        Key::Enter,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Delete,
        Key::Left,
        Key::Right,
        Key::Up,
        Key::Down,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
        Key::Esc,
        Key::F(1),
        Key::F(2),
        Key::F(3),
    ];
    let key = prop_oneof![
        prop::sample::select(keys),
        any::<char>().prop_map(Key::Char),
        "[a-z0-9/]".prop_map(|text| { Key::Char(text.chars().next().unwrap_or('a')) })
    ];
    (key, any::<(bool, bool, bool)>()).prop_map(|(key, (ctrl, alt, shift))| {
        Told::Key(KeyPress::new(
            key,
            Modifiers {
                ctrl: ctrl && !alt,
                alt,
                shift,
            },
        ))
    })
}

fn any_event() -> impl Strategy<Value = Told> {
    prop_oneof![
        6 => any_key(),
        4 => any_of_log(),
        3 => any_of_link(),
        2 => any_of_room(),
        1 => any_text().prop_map(Told::Paste),
        1 => (0_u16..130, 0_u16..50).prop_map(|(columns, rows)| Told::Resize { columns, rows }),
        1 => any::<bool>().prop_map(Told::Focus),
    ]
}

fn any_name() -> impl Strategy<Value = UserName> {
    prop::sample::select(vec!["alice", "bob", "דנה", "me"]).prop_map(person)
}

fn any_room() -> impl Strategy<Value = RoomName> {
    prop::sample::select(vec!["lobby", "den", "elsewhere"]).prop_map(room)
}

/// What is said, and pages of what was.
fn any_of_log() -> impl Strategy<Value = Told> {
    let said = (any_room(), 1_u64..40, any_name(), any_text(), 0_u16..6).prop_map(
        |(room, seq, author, text, kind)| {
            let text = Text::new(&text).unwrap_or_else(|_| Text::new("long").unwrap());
            let record = Record {
                kind: Kind(kind),
                text,
                author,
                ..Stage::record(seq, "alice", "")
            };
            Told::Link(Event::Said { room, record })
        },
    );
    let page = (any_room(), 1_u64..40, 0_u64..40).prop_map(|(room, from, count)| {
        let records: Vec<Record> = (from..from + count)
            .map(|seq| Stage::record(seq, "bob", "old"))
            .collect();
        let span = chat_proto::message::Span::Before(Seq(from + count));
        let (log, last) = (super::helper::LOG, Seq(99));
        Told::Link(Event::Page {
            room,
            span,
            log,
            first_kept: Seq(1),
            last,
            records,
        })
    });
    prop_oneof![3 => said, 1 => page]
}

/// What the link tells besides.
fn any_of_link() -> impl Strategy<Value = Told> {
    let presence =
        (any_room(), any_name(), any_name(), any::<u32>()).prop_map(|(room, came, went, count)| {
            Told::Link(Event::Presence {
                room,
                arrived: vec![came],
                left: vec![went],
                count,
            })
        });
    let failed = (any_room(), 0_u64..9, any_text(), any::<bool>()).prop_map(|(room, id, text, again)| {
        let what = crate::pure::link::Wanted::Say {
            room,
            id: MessageId(u128::from(id).to_be_bytes()),
        };
        let (code, text) = (Code::MUTED, Note::new(text));
        Told::Link(Event::Failed {
            what,
            code,
            text,
            retry_in_ms: again.then_some(5),
        })
    });
    let lost = (any_text(), any::<u64>()).prop_map(|(text, retry_in_ms)| {
        let cause = Cause::Sent {
            code: Code::STOPPING,
            text: Note::new(text),
        };
        Told::Link(Event::Lost { cause, retry_in_ms })
    });
    let announced = (any_room(), any_text(), any::<bool>()).prop_map(|(room, topic, is_direct)| {
        let with = is_direct.then(|| person("alice"));
        let listed = Listed {
            room,
            with,
            role: Role::NONE,
            count: 1,
            topic: Note::new(topic),
        };
        Told::Link(Event::Opened { listed })
    });
    prop_oneof![presence, failed, lost, announced]
}

/// What happens to a room.
fn any_of_room() -> impl Strategy<Value = Told> {
    (any_room(), any_name(), 1_u64..40, 0..6).prop_map(|(room, by, seq, which)| {
        let seq = Seq(seq);
        Told::Link(match which {
            0 => Event::Emptied {
                room,
                seq,
                by,
                notice: seq.next(),
                id: MessageId::ZERO,
                at_unix_ms: u64::MAX,
            },
            1 => Event::Missed {
                room,
                from: Seq(1),
                to: seq,
            },
            2 => Event::Broke { room },
            3 => Event::Left { room },
            4 => Event::Marked { room, seq },
            _ => Event::Removed {
                room,
                code: Code::KICKED,
                text: Note::new(""),
            },
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_sequence_of_events_at_any_size_is_drawn_safely(
        events in prop::collection::vec(any_event(), 1..40),
        columns in 0_u16..130,
        rows in 0_u16..50,
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
