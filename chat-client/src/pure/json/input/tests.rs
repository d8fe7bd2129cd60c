//! What lines of JSON mean, each promise as a sentence.

use chat_proto::limits::TEXT_BYTES_MAX;
use proptest::prelude::*;

use super::*;
use crate::pure::lines::{Line, Lines};

const FRESH: MessageId = MessageId([7; 16]);

fn room(name: &str) -> RoomName {
    RoomName::parse(name).expect("a name of a test")
}

fn user(name: &str) -> UserName {
    UserName::parse(name).expect("a name of a test")
}

fn error(line: &str) -> String {
    parse(line, FRESH).expect_err(line).to_string()
}

/// One line for each row of the table, the shortest, and what it means.
#[expect(clippy::too_many_lines, reason = "one row for each row of the table")]
fn shortest() -> Vec<(&'static str, Command)> {
    let (lobby, bob) = (room("lobby"), user("bob"));
    let (room, name) = (|| lobby.clone(), || bob.clone());
    let text = Text::new("hi").expect("a text of a test");
    vec![
        (
            r#"{"do":"say","room":"lobby","text":"hi"}"#,
            Command::Say {
                room: room(),
                id: FRESH,
                kind: Kind::LINE,
                text,
            },
        ),
        (
            r#"{"do":"empty","room":"lobby","seq":7}"#,
            Command::Empty {
                room: room(),
                id: FRESH,
                seq: Seq(7),
            },
        ),
        (
            r#"{"do":"moderate","room":"lobby","act":"kick","name":"bob"}"#,
            Command::Moderate {
                room: room(),
                id: FRESH,
                act: Act::KICK,
                name: name(),
                for_ms: 0,
                reason: Note::new(""),
            },
        ),
        (
            r#"{"do":"join","room":"lobby"}"#,
            Command::Join {
                room: room(),
                tail: 0,
            },
        ),
        (
            r#"{"do":"leave","room":"lobby"}"#,
            Command::Leave { room: room() },
        ),
        (
            r#"{"do":"history","room":"lobby"}"#,
            Command::History {
                room: room(),
                span: Span::Before(Seq::MAX),
                limit: 256,
            },
        ),
        (
            r#"{"do":"search","room":"lobby"}"#,
            Command::Search {
                room: room(),
                query: Query::words(""),
            },
        ),
        (
            r#"{"do":"members","room":"lobby"}"#,
            Command::Members { room: room() },
        ),
        (
            r#"{"do":"mark","room":"lobby","seq":7}"#,
            Command::Mark {
                room: room(),
                seq: Seq(7),
            },
        ),
        (
            r#"{"do":"create","room":"lobby"}"#,
            Command::Create { room: room() },
        ),
        (r#"{"do":"open","name":"bob"}"#, Command::Open { name: name() }),
        (r#"{"do":"whois","name":"bob"}"#, Command::Whois { name: name() }),
        (
            r#"{"do":"release","name":"bob"}"#,
            Command::Release { name: name() },
        ),
        (r#"{"do":"rooms"}"#, Command::Rooms { mine: false }),
        (r#"{"do":"away"}"#, Command::Away { text: Note::new("") }),
        (r#"{"do":"finish"}"#, Command::Finish),
    ]
}

#[test]
fn each_row_of_the_table_is_understood_with_what_must_be_there() {
    for (line, command) in shortest() {
        assert_eq!(parse(line, FRESH), Ok(command), "{line}");
    }
}

#[test]
fn what_can_be_left_out_can_be_given() {
    let id = MessageId([0xab; 16]);
    let hex = "aBababababababababababababababab";
    let say = format!(r#"{{"v":1,"do":"say","room":"lobby","text":"","kind":2,"id":"{hex}"}}"#);
    let expected = Command::Say {
        room: room("lobby"),
        id,
        kind: Kind::TOPIC,
        text: Text::default(),
    };
    assert_eq!(parse(&say, FRESH), Ok(expected));
    let ban = format!(
        r#"{{"do":"moderate","room":"lobby","act":"ban","name":"bob","for_ms":5,"reason":"spam","id":"{hex}"}}"#
    );
    let expected = Command::Moderate {
        room: room("lobby"),
        id,
        act: Act::BAN,
        name: user("bob"),
        for_ms: 5,
        reason: Note::new("spam"),
    };
    assert_eq!(parse(&ban, FRESH), Ok(expected));
    let search = r#"{"do":"search","room":"lobby","words":"a b","author":"bob","since":1,"until":2,"before":3,"limit":4}"#;
    let query = Query {
        words: Note::new("a b"),
        author: Some(user("bob")),
        since_unix_ms: Some(1),
        until_unix_ms: Some(2),
        before: Seq(3),
        limit: 4,
    };
    let lobby = room("lobby");
    assert_eq!(parse(search, FRESH), Ok(Command::Search { room: lobby, query }));
    for (line, span) in [
        (
            r#"{"do":"history","room":"lobby","before":3,"limit":4}"#,
            Span::Before(Seq(3)),
        ),
        (
            r#"{"do":"history","room":"lobby","after":3,"limit":4}"#,
            Span::After(Seq(3)),
        ),
    ] {
        let (room, limit) = (room("lobby"), 4);
        assert_eq!(parse(line, FRESH), Ok(Command::History { room, span, limit }));
    }
    let away = r#"{"do":"away","text":"lunch"}"#;
    let text = Note::new("lunch");
    assert_eq!(parse(away, FRESH), Ok(Command::Away { text }));
}

#[test]
fn each_act_is_called_as_events_call_it() {
    for (act, name) in ACTS {
        let line = format!(r#"{{"do":"moderate","room":"lobby","act":"{name}","name":"bob"}}"#);
        let command = parse(&line, FRESH).unwrap();
        assert!(matches!(command, Command::Moderate { act: read, .. } if read == act));
    }
}

#[test]
fn a_field_too_many_or_too_few_is_an_error_in_every_command() {
    for (line, _) in shortest() {
        let longer = line.replace('}', r#","more":1}"#);
        assert!(error(&longer).contains("unknown field"), "{longer}");
    }
    assert!(error(r#"{"do":"say","room":"lobby"}"#).contains("missing field `text`"));
}

#[test]
fn what_is_no_command_says_what_is_wrong() {
    for (line, wrong) in [
        ("hello", "expected value"),
        ("", "EOF"),
        ("[]", "expected a map"),
        ("{}", "missing field `do`"),
        (r#"{"do":"sing"}"#, "unknown variant `sing`"),
        (r#"{"do":"finish"} {"do":"finish"}"#, "trailing characters"),
        (r#"{"v":2,"do":"finish"}"#, "version 1 only"),
        (r#"{"do":"leave","room":"a b"}"#, "the name of a room"),
        (r#"{"do":"leave","room":7}"#, "invalid type"),
        (r#"{"do":"mark","room":"lobby","seq":-1}"#, "invalid value"),
        (
            r#"{"do":"moderate","room":"lobby","act":"smite","name":"bob"}"#,
            "no such act",
        ),
        (
            r#"{"do":"say","room":"lobby","text":"hi","id":"12"}"#,
            "32 hexadecimal digits",
        ),
        (
            r#"{"do":"history","room":"lobby","before":1,"after":1}"#,
            "not both",
        ),
    ] {
        let told = error(line);
        assert!(told.contains(wrong), "{line}: {told}");
    }
}

#[test]
fn the_longest_text_fits_a_line_however_it_is_escaped() {
    let escaped = "\\u0000".repeat(TEXT_BYTES_MAX);
    let line = format!(r#"{{"do":"say","room":"lobby","text":"{escaped}"}}"#);
    let mut lines = Lines::new(JSON_LINE_BYTES_MAX);
    lines.push(line.as_bytes());
    lines.end();
    let Some((1, Line::Text(line))) = lines.next_line() else {
        panic!("it is not too long");
    };
    let command = parse(&line, FRESH).unwrap();
    assert!(matches!(command, Command::Say { text, .. } if text.len() == TEXT_BYTES_MAX));
}

#[test]
fn nothing_nested_however_deep_harms() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = open.repeat(10_000) + &close.repeat(10_000);
        error(&deep);
        error(&format!(r#"{{"do":"leave","room":{deep}}}"#));
    }
}

#[test]
fn an_error_is_one_object_that_commands_nothing() {
    let json = error_to_json(3, "no \u{1b}]52;c;x\u{7}\n \"that\"");
    let expected = r#"{"v":1,"error":"no \u001b]52;c;x\u0007\n \"that\"","line":3}"#;
    assert_eq!(json, expected);
}

proptest! {
    #[test]
    fn no_line_makes_it_panic(line in any::<String>()) {
        let _ = parse(&line, FRESH);
    }

    #[test]
    fn no_field_makes_it_panic(name in "say|empty|moderate|history|search|away", key in "room|text|id|seq|v|act", value in any::<String>()) {
        let mut object = Map::new();
        object.insert("do".into(), name.into());
        object.insert(key, value.into());
        let _ = parse(&Value::Object(object).to_string(), FRESH);
    }
}
