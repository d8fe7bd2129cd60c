//! Several rooms and conversations.

use chat_proto::ids::Seq;
use chat_proto::list::Extra;
use chat_proto::message::{Act as Done, Acted, Code, EXTRA_ACT, Kind, Listed, Record, Role};
use chat_proto::text::Note;

use super::helper::{Stage, person, room};
use crate::pure::app::Act;
use crate::pure::key::{Key, KeyPress, Modifiers};
use crate::pure::link::{Command, Event};
use crate::pure::roles::RolesOf;

fn three(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::joined(columns, rows, &["lobby", "den", "attic"]);
    stage.said("lobby", 1, "alice", "hello all");
    stage.said("den", 1, "bob", "me: are you there?");
    stage.said("den", 2, "bob", "hm");
    stage.said("attic", 1, "carol", "nobody here");
    stage
}

#[test]
fn the_list_shows_what_is_unread_and_who_speaks_to_us() {
    three(80, 8).expect(
        "
        |1 #lobby         │
        |2 #den 2!        │
        |3 #attic 1       │
        |                 │
        |                 │── Thursday, 5 November 2026 ─────────────────────────────────
        |                 │14:01        alice  hello all
        |#lobby · 2 people                                                      connected
        |>
        ",
    );
}

#[test]
fn on_a_narrow_screen_the_list_folds_into_the_bar() {
    three(40, 6).expect(
        "
        |
        |
        |── Thursday, 5 November 2026 ───────────
        |14:01 alice: hello all
        |#lobby · 2 people     2:2! 3:1 connected
        |>
        ",
    );
}

#[test]
fn people_have_a_list_where_there_is_room_for_it() {
    let mut stage = three(120, 8);
    stage.key(Key::F(3));
    stage.hear(Event::Members {
        room: room("lobby"),
        count: 9,
        members: ["alice", "bob", "carol", "dan", "erin", "frank", "me"]
            .map(person)
            .to_vec(),
        roles: RolesOf::new(),
    });
    stage.expect(
        "
        |1 #lobby         │                                                                                     │alice
        |2 #den 2!        │                                                                                     │bob
        |3 #attic 1       │                                                                                     │carol
        |                 │                                                                                     │dan
        |                 │── Thursday, 5 November 2026 ────────────────────────────────────────────────────────│erin
        |                 │14:01        alice  hello all                                                        │and 4 others
        |#lobby · 9 people                                                                                              connected
        |>
        ",
    );
}

#[test]
fn who_keeps_order_is_seen_at_once_and_who_may_not_speak() {
    let mut stage = Stage::new(80, 8, &["lobby"]);
    stage.welcome();
    stage.key(Key::F(3));
    let people = [
        ("alice", Role::NONE),
        ("bob", Role::OPERATOR),
        ("mallory", Role::MUTED),
        ("me", Role::NONE),
        ("zoe", Role::OWNER),
    ];
    stage.join_with("lobby", 3, &people);
    stage.expect(
        "
        |                                                               │&zoe
        |                                                               │@bob
        |                                                               │alice
        |                                                               │-mallory
        |                                                               │me
        |                                                               │
        |#lobby · 5 people                                                      connected
        |>
        ",
    );
    // What was done before is in it, what is done later comes on top.
    stage.said_as("lobby", notice(3, "zoe", Done::PROMOTE, "alice"));
    stage.expect_no("@alice");
    stage.said_as("lobby", notice(4, "bob", Done::UNMUTE, "mallory"));
    stage.said_as("lobby", notice(5, "zoe", Done::DEMOTE, "bob"));
    stage.expect_no("@bob");
    stage.expect_no("-mallory");
}

#[test]
fn who_comes_and_who_is_asked_for_is_shown_with_its_role() {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.key(Key::F(3));
    stage.hear(Event::Presence {
        room: room("lobby"),
        arrived: ["bob", "carol"].map(person).to_vec(),
        left: Vec::new(),
        count: 4,
        roles: RolesOf::from([(person("bob"), Role::OPERATOR)]),
    });
    stage.expect_part("│@bob");
    stage.expect_part("│carol");
    stage.key(Key::F(3));
    stage.enter("/who");
    stage.hear(Event::Members {
        room: room("lobby"),
        count: 3,
        members: ["alice", "bob", "me"].map(person).to_vec(),
        roles: RolesOf::from([(person("alice"), Role::OWNER)]),
    });
    stage.expect_part("3 people: &alice, bob, me");
}

#[test]
fn who_comes_back_to_a_room_forgets_what_people_were() {
    let mut stage = Stage::new(80, 8, &["lobby"]);
    stage.welcome();
    stage.key(Key::F(3));
    stage.join_with("lobby", 3, &[("bob", Role::OPERATOR), ("me", Role::OWNER)]);
    stage.expect_part("@bob");
    stage.expect_part("&me");
    stage.join_with("lobby", 5, &[("bob", Role::NONE), ("me", Role::NONE)]);
    stage.expect_no("@bob");
    stage.expect_no("&me");
}

fn notice(seq: u64, author: &str, act: Done, name: &str) -> Record {
    let name = person(name);
    let acted = Acted {
        act,
        until_unix_ms: 0,
        name,
    };
    let mut extra = Extra::new();
    assert!(extra.insert(EXTRA_ACT, &acted.to_bytes()));
    Record {
        kind: Kind::MODERATION,
        extra,
        ..Stage::record(seq, author, "done")
    }
}

#[test]
fn on_a_narrow_screen_people_lie_over_the_room() {
    let mut stage = three(40, 8);
    stage.key(Key::F(3));
    stage.hear(Event::Members {
        room: room("lobby"),
        count: 2,
        members: ["alice", "me"].map(person).to_vec(),
        roles: RolesOf::new(),
    });
    stage.expect(
        "
        |2 people in #lobby  (Esc closes)
        |alice
        |me
        |
        |
        |
        |#lobby · 2 people     2:2! 3:1 connected
        |>
        ",
    );
    stage.key(Key::Esc);
    stage.expect_part("hello all");
}

#[test]
fn rooms_are_reached_by_number_by_key_by_unread_and_back() {
    let mut stage = three(80, 8);
    let at = |stage: &Stage| stage.app.room().name().to_string();
    stage.press(KeyPress::alt('3'));
    assert_eq!(at(&stage), "attic");
    stage.press(KeyPress::new(Key::Down, Modifiers::ALT));
    assert_eq!(at(&stage), "lobby");
    stage.press(KeyPress::new(Key::Up, Modifiers::ALT));
    assert_eq!(at(&stage), "attic");
    stage.press(KeyPress::alt('a'));
    assert_eq!(at(&stage), "den", "where one was spoken to");
    stage.press(KeyPress::alt('o'));
    assert_eq!(at(&stage), "attic");
    stage.press(KeyPress::alt('9'));
    assert_eq!(at(&stage), "attic", "there is no ninth");
    stage.press(KeyPress::alt('a'));
    stage.expect_part("nothing is unread");
}

#[test]
fn a_room_is_found_by_a_part_of_its_name() {
    let mut stage = three(80, 8);
    stage.press(KeyPress::alt('g'));
    stage.type_text("t");
    stage.expect(
        "
        |1 #lobby         │go to: t
        |2 #den 2!        │#attic
        |3 #attic 1       │
        |                 │
        |                 │
        |                 │
        |#lobby · 2 people                                                      connected
        |>
        ",
    );
    stage.key(Key::Enter);
    assert_eq!(stage.app.room().name().as_str(), "attic");
}

#[test]
fn what_one_was_writing_waits_in_its_room() {
    let mut stage = three(80, 8);
    stage.type_text("half a thou");
    stage.press(KeyPress::alt('2'));
    assert_eq!(stage.app.editor().text(), "");
    stage.press(KeyPress::alt('1'));
    assert_eq!(stage.app.editor().text(), "half a thou");
}

#[test]
fn who_is_spoken_to_hears_of_it_once_and_not_of_what_was_read() {
    let mut stage = Stage::joined(80, 8, &["lobby", "den"]);
    stage.acts();
    stage.said("den", 1, "bob", "hi me\u{1b}[31m");
    let notice = Act::Notice {
        title: "bob in #den".into(),
        text: "hi me␛[31m".into(),
    };
    assert_eq!(stage.acts(), [notice]);
    stage.said("den", 2, "bob", "nothing for anybody");
    stage.said("den", 3, "me", "me myself");
    assert_eq!(stage.acts(), []);
}

#[test]
fn a_conversation_is_opened_and_what_was_to_be_said_is_said_there() {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.enter("/msg alice are you there?");
    assert_eq!(
        stage.commands().last(),
        Some(&Command::Open {
            name: person("alice")
        })
    );
    stage.hear(Event::Opened {
        listed: listed("=0011", Some("Alice")),
    });
    let commands = stage.commands();
    assert!(matches!(&commands[0], Command::Join { .. }), "{commands:?}");
    assert!(
        matches!(&commands[1], Command::Say { text, .. } if text.as_str() == "are you there?"),
        "{commands:?}"
    );
    stage.join("=0011", 0, 1);
    stage.expect(
        "
        |1 #lobby         │
        |2 @Alice         │
        |                 │
        |                 │
        |                 │
        |                 │14:00         … me  are you there?
        |@Alice · 1 person                                                      connected
        |>
        ",
    );
    stage.press(KeyPress::alt('1'));
    stage.said("=0011", 1, "Alice", "yes");
    stage.expect_part("2 @Alice 1!");
}

fn listed(name: &str, with: Option<&str>) -> Listed {
    Listed {
        room: room(name),
        with: with.map(person),
        role: Role::MEMBER,
        count: 1,
        topic: Note::new(""),
    }
}

#[test]
fn whoever_is_let_in_or_spoken_to_sees_it_in_the_list() {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.hear(Event::Announced {
        listed: listed("=0011", Some("alice")),
    });
    stage.hear(Event::Announced {
        listed: listed("+plans-x1", None),
    });
    let joins = stage
        .commands()
        .iter()
        .filter(|command| matches!(command, Command::Join { .. }))
        .count();
    assert_eq!(joins, 2);
    stage.expect(
        "
        |1 #lobby         │
        |2 @alice         │
        |3 #+plans-x1     │
        |                 │
        |                 │
        |#lobby · 2 people                                                      connected
        |you were let into #+plans-x1
        |>
        ",
    );
}

#[test]
fn one_can_leave_a_room_and_be_put_out_of_one() {
    let mut stage = three(80, 8);
    stage.press(KeyPress::alt('2'));
    stage.commands();
    stage.enter("/part");
    assert_eq!(stage.commands()[0], Command::Leave { room: room("den") });
    assert_eq!(stage.app.room().name().as_str(), "lobby");
    stage.hear(Event::Removed {
        room: room("lobby"),
        code: Code::KICKED,
        text: Note::new("calm down"),
    });
    stage.expect(
        "
        |1 #lobby         │
        |2 #attic 1       │
        |                 │
        |                 │── Thursday, 5 November 2026 ─────────────────────────────────
        |                 │14:01        alice  hello all
        |                 │14:00            !  you are put out of this room: calm down
        |#lobby · out: calm down                                                connected
        |>
        ",
    );
    stage.commands();
    stage.enter("may I?");
    assert_eq!(stage.commands(), []);
    assert_eq!(stage.app.editor().text(), "may I?", "it is not lost");
    stage.press(KeyPress::ctrl('u'));
    stage.enter("/join lobby");
    assert!(matches!(&stage.commands()[..], [Command::Join { .. }]));
}

#[test]
fn a_room_is_not_left_before_what_was_said_there_is_stored() {
    let mut stage = three(80, 8);
    stage.press(KeyPress::alt('2'));
    stage.enter("one more thing");
    let unsent = stage.app.state().unsent;
    stage.commands();
    stage.enter("/part");
    assert_eq!(stage.commands(), []);
    stage.expect_part("waits to be stored");
    assert_eq!(stage.app.state().unsent, unsent);
    let (room, id) = (room("den"), unsent[0].id);
    stage.hear(Event::Stored {
        room: room.clone(),
        id,
        seq: Seq(3),
    });
    stage.enter("/part");
    assert_eq!(stage.commands(), [Command::Leave { room }]);
}

#[test]
fn the_last_room_stays() {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.enter("/part");
    assert_eq!(stage.app.rooms().len(), 1);
    stage.expect_part("only room");
}

#[test]
fn the_rooms_of_the_server_are_listed_when_asked_for() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("/rooms");
    let list = vec![
        Listed {
            topic: Note::new("what we cook"),
            count: 12,
            ..listed("kitchen", None)
        },
        listed("lobby", None),
    ];
    stage.hear(Event::Rooms {
        mine: false,
        list,
        whole: true,
    });
    stage.expect(
        "
        |rooms (Enter: go, Esc: close)
        |#kitchen  12 people  what we cook
        |#lobby  1 person
        |
        |
        |
        |#lobby · 2 people                                  connected
        |>
        ",
    );
    stage.key(Key::Esc);
    stage.expect_no("kitchen");
}

#[test]
fn a_room_of_the_list_is_chosen_and_joined() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("/rooms");
    stage.hear(Event::Rooms {
        mine: false,
        list: vec![listed("attic", None), listed("kitchen", None)],
        whole: true,
    });
    stage.commands();
    stage.key(Key::Down);
    stage.key(Key::Enter);
    assert!(
        matches!(&stage.commands()[..], [Command::Join { room: joined, .. }] if *joined == room("kitchen"))
    );
    assert_eq!(stage.app.room().name(), &room("kitchen"));
}

#[test]
fn a_room_of_another_device_is_joined() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.hear(Event::Rooms {
        mine: true,
        list: vec![listed("+plans-x1", None)],
        whole: true,
    });
    assert_eq!(stage.app.rooms().len(), 2);
    stage.hear(Event::Rooms {
        mine: true,
        list: vec![listed("+plans-x1", None)],
        whole: true,
    });
    assert_eq!(stage.app.rooms().len(), 2);
    assert_eq!(Seq(1).next(), Seq(2));
}

#[test]
fn a_room_that_was_given_to_somebody_says_so() {
    let mut stage = Stage::joined(80, 5, &["lobby"]);
    stage.said_as("lobby", notice(1, "alice", Done::OWN, "alice"));
    stage.expect(
        "
        |
        |── Thursday, 5 November 2026 ───────────────────────────────────────────────────
        |14:01           --  alice owns this room now: the operator of the server gave it
        |#lobby · 2 people                                                      connected
        |>
        ",
    );
}

#[test]
fn what_was_said_in_a_private_room_before_one_was_there_is_unread() {
    for name in ["+plan-dehx", "attic"] {
        let mut stage = Stage::joined(60, 10, &["lobby"]);
        let listed = Listed {
            room: room(name),
            with: None,
            role: Role::NONE,
            count: 2,
            topic: Note::new(""),
        };
        stage.hear(Event::Announced { listed });
        stage.join(name, 2, 2);
        stage.said(name, 1, "alice", "look at this");
        stage.said(name, 2, "alice", "and this");
        let unread = stage.app.rooms()[1].unread;
        assert_eq!(unread, if name == "attic" { 0 } else { 2 }, "{name}");
    }
}
