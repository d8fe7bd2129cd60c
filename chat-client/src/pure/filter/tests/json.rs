//! Commands as lines of JSON, and what is told in JSON besides what is said.

use chat_proto::ids::PublicKey;
use chat_proto::message::{Act as Done, Acted, EXTRA_ACT, EXTRA_UNPROVEN, Listed};

use super::*;
use crate::pure::link::Command;

#[test]
fn each_line_is_a_command_and_nothing_is_said_by_mistake() {
    let mut played = Played::in_json();
    played.line(r#"{"do":"say","room":"den","text":"hi"}"#);
    played.line("");
    played.line("hi");
    played.line("/quit");
    let say = Command::Say {
        room: room("den"),
        id: FRESH,
        kind: Kind::LINE,
        text: text("hi"),
    };
    assert_eq!(played.acts(), [Act::Do(say)]);
    let notes = played.notes();
    assert_eq!(notes.lines().count(), 2, "{notes}");
    for note in notes.lines() {
        assert!(
            note.starts_with(r#"{"v":1,"error":"#) && note.ends_with(r#","line":1}"#),
            "{note}"
        );
    }
}

#[test]
fn lines_that_are_too_long_or_no_text_are_told_with_their_number() {
    let mut played = Played::in_json();
    assert_eq!(played.filter.line_bytes_max(), JSON_LINE_BYTES_MAX);
    played.filter.line(3, Line::TooLong, FRESH, &mut played.out);
    played.filter.line(4, Line::NotUtf8, FRESH, &mut played.out);
    let expected = "{\"v\":1,\"error\":\"a line has at most 65536 bytes\",\"line\":3}\n\
                    {\"v\":1,\"error\":\"a line is UTF-8\",\"line\":4}\n";
    assert_eq!(played.notes(), expected);
    assert_eq!(played.out.exit, None);
}

#[test]
fn a_line_that_is_no_command_shows_in_the_exit_code() {
    let mut played = Played::in_json();
    played.line("hi");
    played.line(r#"{"do":"finish"}"#);
    played.line(r#"{"do":"leave","room":"lobby"}"#);
    assert_eq!(played.acts(), [Act::Finish], "nothing is read after it");
    played.event(Event::Finished);
    assert_eq!(played.out.exit, Some(Exit::Usage));
}

#[test]
fn the_first_line_still_is_the_name_if_none_is_given() {
    let mut played = Played::new(FilterOptions {
        is_json: true,
        ..options(&["lobby"])
    });
    played.line("alice");
    played.line(r#"{"do":"away","text":"lunch"}"#);
    let away = Command::Away {
        text: Note::new("lunch"),
    };
    assert_eq!(played.acts(), [Act::Connect(user("alice")), Act::Do(away)]);
}

#[test]
fn at_a_terminal_commands_are_typed() {
    let mut played = Played::welcome(FilterOptions {
        is_json: true,
        is_terminal: true,
        ..options(&["lobby"])
    });
    assert_eq!(played.filter.line_bytes_max(), TEXT_BYTES_MAX);
    played.line("/me waves");
    assert_eq!(
        played.acts(),
        [Act::Say(room("lobby"), Kind::ACTION, text("waves"))]
    );
}

#[test]
fn a_room_that_only_a_command_wanted_ends_nothing() {
    let mut played = Played::in_json();
    played.event(failed(Wanted::Join { room: room("den") }, Code::BANNED, None));
    assert_eq!(played.out.exit, None);
    played.event(failed(Wanted::Join { room: room("lobby") }, Code::BANNED, None));
    assert_eq!(played.out.exit, Some(Exit::Refused));
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row for each event")]
fn rooms_and_people_have_objects_of_their_own() {
    let mut played = Played::in_json();
    let listed = Listed {
        room: room("=0102"),
        with: Some(user("bob")),
        role: Role::MEMBER,
        count: 2,
        topic: Note::new(""),
    };
    let den = Listed {
        room: room("+den-x7k2"),
        with: None,
        role: Role(99),
        count: 1,
        topic: Note::new("tea\u{1b}"),
    };
    let bob = r#"{"room":"=0102","with":"bob","role":"member","count":2,"topic":""}"#;
    let tea = r#"{"room":"+den-x7k2","role":"none","count":1,"topic":"tea\u001b"}"#;
    let key = PublicKey([1; 32]);
    for (event, expected) in [
        (
            Event::Opened { listed: listed.clone() },
            format!(r#"{{"v":1,"event":"opened",{}"#, &bob[1..]),
        ),
        (
            Event::Announced { listed: den.clone() },
            format!(r#"{{"v":1,"event":"announced",{}"#, &tea[1..]),
        ),
        (
            Event::Rooms {
                mine: true,
                list: vec![den, listed],
                whole: true,
            },
            format!(r#"{{"v":1,"event":"rooms","mine":true,"list":[{tea},{bob}],"whole":true}}"#),
        ),
        (
            Event::Marked {
                room: room("lobby"),
                seq: Seq(7),
            },
            r#"{"v":1,"event":"marked","room":"lobby","seq":7}"#.into(),
        ),
        (
            Event::Person {
                name: user("bob"),
                key: Some(key),
                connections: 2,
                away: Note::new("lunch"),
            },
            format!(r#"{{"v":1,"event":"person","name":"bob","key":"{key}","connections":2,"away":"lunch"}}"#),
        ),
        (
            Event::Away {
                text: Note::new("lunch"),
            },
            r#"{"v":1,"event":"away","text":"lunch"}"#.into(),
        ),
        (
            Event::Released { name: user("bob") },
            r#"{"v":1,"event":"released","name":"bob"}"#.into(),
        ),
        (
            Event::Removed {
                room: room("den"),
                code: Code::KICKED,
                text: Note::new("spam"),
            },
            r#"{"v":1,"event":"removed","room":"den","code":28,"text":"spam"}"#.into(),
        ),
        (
            joined(&["bob"]),
            r#"{"v":1,"event":"joined","room":"lobby","again":false,"resumed":"exact","seq":0,"count":2,"members":["bob"],"roles":[],"topic":"","role":"none"}"#.into(),
        ),
    ] {
        played.event(event);
        assert_eq!(played.written(), expected + "\n");
    }
}

#[test]
fn people_are_told_with_what_they_are() {
    let mut played = Played::in_json();
    let roles = [
        ("bob", Role::OPERATOR),
        ("carol", Role::OWNER),
        ("dave", Role::MUTED),
    ];
    let roles: RolesOf = roles.into_iter().map(|(name, role)| (user(name), role)).collect();
    let shown = r#""roles":[{"name":"bob","role":"operator"},{"name":"carol","role":"owner"},{"name":"dave","role":"muted"}]"#;
    played.event(Event::Members {
        room: room("lobby"),
        count: 4,
        members: ["alice", "bob", "carol", "dave"].map(user).to_vec(),
        roles: roles.clone(),
    });
    let members = r#""count":4,"members":["alice","bob","carol","dave"]"#;
    let expected = format!(r#"{{"v":1,"event":"members","room":"lobby",{members},{shown}}}"#);
    assert_eq!(played.written(), expected + "\n");
    played.event(Event::Presence {
        room: room("lobby"),
        arrived: ["bob", "carol", "dave"].map(user).to_vec(),
        left: Vec::new(),
        count: 4,
        roles,
    });
    let people = r#""arrived":["bob","carol","dave"],"left":[],"count":4"#;
    let expected = format!(r#"{{"v":1,"event":"presence","room":"lobby",{people},{shown}}}"#);
    assert_eq!(played.written(), expected + "\n");
}

#[test]
fn what_was_not_granted_names_what_it_was() {
    let mut played = Played::in_json();
    let (den, bob) = (room("den"), user("bob"));
    let moderate = Wanted::Moderate {
        room: den.clone(),
        id: FRESH,
        act: Done(99),
        name: bob.clone(),
    };
    let id = FRESH.to_string();
    for (what, expected) in [
        (
            moderate,
            format!(r#""what":"moderate","room":"den","id":"{id}","act":"99","name":"bob""#),
        ),
        (
            Wanted::Mark {
                room: den.clone(),
                seq: Seq(3),
            },
            r#""what":"mark","room":"den","seq":3"#.into(),
        ),
        (
            Wanted::Create { room: den },
            r#""what":"create","room":"den""#.into(),
        ),
        (
            Wanted::Open { name: bob.clone() },
            r#""what":"open","name":"bob""#.into(),
        ),
        (
            Wanted::Rooms { mine: true },
            r#""what":"rooms","mine":true"#.into(),
        ),
        (
            Wanted::Whois { name: bob.clone() },
            r#""what":"whois","name":"bob""#.into(),
        ),
        (
            Wanted::Away {
                text: Note::new("lunch"),
            },
            r#""what":"away""#.into(),
        ),
        (
            Wanted::Release { name: bob },
            r#""what":"release","name":"bob""#.into(),
        ),
    ] {
        played.event(failed(what, Code::TOO_FAST, Some(100)));
        let expected = format!(
            r#"{{"v":1,"event":"failed",{expected},"code":1007,"text":"too\u001bfast","retry_in_ms":100}}"#
        );
        assert_eq!(played.written(), expected + "\n");
    }
}

#[test]
fn a_record_tells_what_was_done_and_whether_its_author_is_proven() {
    let Event::Said { room, mut record } = said("lobby", "bob", Kind::MODERATION, "banned carol") else {
        panic!("it is said");
    };
    let acted = Acted {
        act: Done::BAN,
        until_unix_ms: 9,
        name: user("carol"),
    };
    assert!(record.extra.insert(EXTRA_ACT, &acted.to_bytes()));
    assert!(record.extra.insert(EXTRA_UNPROVEN, b""));
    let mut played = Played::in_json();
    let event = Event::Said { room, record };
    played.event(event.clone());
    let written = played.written();
    let expected = r#""text":"banned carol","unproven":true,"act":"ban","who":"carol","until":9}"#;
    assert!(written.ends_with(&format!("{expected}\n")), "{written}");
    let mut played = Played::alice();
    played.event(event);
    assert_eq!(played.written(), "<bob> banned carol\n");
}

impl Played {
    /// Alice, through a pipe that carries JSON both ways.
    fn in_json() -> Self {
        Self::welcome(FilterOptions {
            is_json: true,
            ..options(&["lobby"])
        })
    }
}
