//! Writing: commands, choices, pastes, and what is not said by mistake.

use chat_proto::ids::{PublicKey, Seq};
use chat_proto::message::{Act as Done, Kind, Listed, Record, Role};
use chat_proto::text::Note;

use super::helper::{LOG, Stage, person, room};
use crate::pure::app::Event as Told;
use crate::pure::command::COMMANDS;
use crate::pure::key::{Key, KeyPress};
use crate::pure::link::{Command, Event};
use crate::pure::roles::RolesOf;

#[test]
fn a_mistyped_command_is_never_said_and_can_be_put_right() {
    let mut stage = Stage::joined(60, 6, &["lobby"]);
    stage.commands();
    stage.enter("/jion den");
    assert_eq!(stage.commands(), []);
    stage.expect(
        "
        |
        |
        |
        |#lobby · 2 people                                  connected
        |there is no /jion; did you mean /join?
        |> /jion den
        ",
    );
    assert_eq!(stage.app.editor().text(), "/jion den");
}

#[test]
fn no_example_of_the_table_is_said_or_lost() {
    for row in COMMANDS {
        let mut stage = Stage::joined(80, 24, &["lobby", "kitchen"]);
        stage.said("lobby", 1, "me", "something to delete");
        stage.commands();
        stage.acts();
        let before = stage.screen();
        stage.enter(row.example);
        let commands = stage.commands();
        let says_example =
            |command: &Command| matches!(command, Command::Say { text, .. } if text.starts_with('/'));
        assert!(
            !commands.iter().any(says_example),
            "{}: {commands:?}",
            row.example
        );
        let does_something = !commands.is_empty() || !stage.acts().is_empty() || stage.screen() != before;
        assert!(does_something, "{} does nothing", row.example);
    }
}

#[test]
fn acts_of_moderation_reach_the_link() {
    let mut stage = Stage::joined(80, 24, &["lobby"]);
    for (typed, act, for_ms, reason) in [
        (
            "/kick mallory please calm down",
            Done::KICK,
            0,
            "please calm down",
        ),
        (
            "/ban mallory 7d advertising",
            Done::BAN,
            604_800_000,
            "advertising",
        ),
        ("/unban mallory", Done::UNBAN, 0, ""),
        ("/mute mallory 10m", Done::MUTE, 600_000, ""),
        ("/unmute mallory", Done::UNMUTE, 0, ""),
        ("/op mallory", Done::PROMOTE, 0, ""),
        ("/deop mallory", Done::DEMOTE, 0, ""),
        ("/invite mallory", Done::INVITE, 0, ""),
    ] {
        stage.commands();
        stage.enter(typed);
        let commands = stage.commands();
        let [
            Command::Moderate {
                act: done,
                name,
                for_ms: time_ms,
                reason: why,
                ..
            },
        ] = &commands[..]
        else {
            panic!("{typed}: {commands:?}");
        };
        assert_eq!(
            (*done, name, *time_ms, why.as_str()),
            (act, &person("mallory"), for_ms, reason),
            "{typed}"
        );
    }
    stage.expect_part("… me  invited mallory");
}

#[test]
fn the_last_message_of_ones_own_is_the_one_that_is_deleted() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("/delete");
    stage.expect_part("you have said nothing here");
    stage.said("lobby", 1, "me", "oops");
    stage.said("lobby", 2, "alice", "what?");
    stage.commands();
    stage.enter("/delete");
    assert!(matches!(
        stage.commands()[..],
        [Command::Empty { seq: Seq(1), .. }]
    ));
    stage.enter("/delete 2");
    assert!(matches!(
        stage.commands()[..],
        [Command::Empty { seq: Seq(2), .. }]
    ));
}

#[test]
fn who_is_ignored_is_not_heard_until_one_hears_again() {
    let mut stage = Stage::joined(60, 10, &["lobby"]);
    stage.enter("/ignore Mallory");
    stage.said("lobby", 1, "mallory", "me me me");
    stage.expect_no("me me me");
    stage.enter("/ignore");
    stage.expect_part("ignored: Mallory");
    stage.enter("/ignore mallory");
    stage.said("lobby", 2, "mallory", "back again");
    stage.expect_part("back again");
}

#[test]
fn the_topic_of_a_room_is_its_topic_whoever_set_it() {
    let mut stage = Stage::joined(60, 10, &["lobby"]);
    stage.enter("/ignore Mallory");
    stage.said_as(
        "lobby",
        Record {
            kind: Kind::TOPIC,
            ..Stage::record(1, "mallory", "what we cook")
        },
    );
    stage.expect_part("2 people · what we cook");
}

#[test]
fn who_somebody_is_is_told_with_the_key() {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.enter("/whois alice");
    stage.hear(Event::Person {
        name: person("alice"),
        key: Some(PublicKey([0xab; 32])),
        connections: 1,
        away: Note::new("lunch"),
    });
    stage.expect(
        "
        |
        |
        |── Thursday, 5 November 2026 ───────────────────────────────────────────────────
        |14:00           --  alice is here, away: lunch; the name belongs to the key
        |                    vov2xk5lvov2xk5lvov2xk5lvov2xk5lvov2xk5lvov2xk5lvovq,
        |                    SHA256:171
        |#lobby · 2 people                                                      connected
        |>
        ",
    );
}

#[test]
fn what_was_found_lies_over_the_room() {
    let mut stage = Stage::joined(60, 6, &["lobby"]);
    stage.enter("/search dinner");
    let Some(Command::Search { query, .. }) = stage.commands().pop() else {
        panic!("it is searched");
    };
    stage.hear(Event::Found {
        room: room("lobby"),
        query,
        log: LOG,
        searched: Seq(9),
        last: Seq(9),
        records: vec![
            Stage::record(7, "bob", "dinner?"),
            Stage::record(3, "alice", "dinner at eight"),
        ],
    });
    stage.expect(
        "
        |found in #lobby (Enter: go, Esc: close)
        |2026-11-05 14:07  bob: dinner?
        |2026-11-05 14:03  alice: dinner at eight
        |
        |#lobby · 2 people                                  connected
        |>
        ",
    );
}

#[test]
fn a_name_is_completed_with_a_choice_that_is_seen() {
    let mut stage = Stage::joined(60, 6, &["lobby"]);
    stage.said("lobby", 1, "alice", "hello");
    stage.said("lobby", 2, "albert", "hello");
    stage.type_text("al");
    stage.key(Key::Tab);
    stage.expect(
        "
        |── Thursday, 5 November 2026 ───────────────────────────────
        |14:01        alice  hello
        |14:02       albert  hello
        |#lobby · 2 people                                  connected
        |albert alice
        |> albert:
        ",
    );
    stage.key(Key::Tab);
    assert_eq!(stage.app.editor().text(), "alice: ");
    stage.key(Key::BackTab);
    assert_eq!(stage.app.editor().text(), "albert: ");
    stage.type_text("x");
    assert!(stage.app.choices().is_none());
}

#[test]
fn rooms_that_were_listed_and_people_of_other_rooms_are_completed_too() {
    let mut stage = Stage::joined(60, 6, &["lobby", "den"]);
    stage.enter("/rooms");
    let listed = Listed {
        room: room("kitchen"),
        with: None,
        role: Role::NONE,
        count: 1,
        topic: Note::new(""),
    };
    stage.hear(Event::Rooms {
        mine: false,
        list: vec![listed],
        whole: true,
    });
    stage.key(Key::Esc);
    stage.type_text("/join ki");
    stage.key(Key::Tab);
    assert_eq!(stage.app.editor().text(), "/join kitchen ");
    stage.press(KeyPress::ctrl('u'));
    stage.hear(Event::Presence {
        room: room("den"),
        arrived: vec![person("zoe")],
        left: Vec::new(),
        count: 3,
        roles: RolesOf::new(),
    });
    stage.type_text("/msg z");
    stage.key(Key::Tab);
    assert_eq!(stage.app.editor().text(), "/msg zoe ");
}

#[test]
fn many_choices_keep_the_chosen_one_in_sight() {
    let mut stage = Stage::joined(40, 6, &["lobby"]);
    for seq in 1..=30 {
        stage.said("lobby", seq, &format!("person{seq}"), "hello");
    }
    stage.type_text("per");
    stage.key(Key::Tab);
    for _ in 0..40 {
        let choices = stage.app.choices().unwrap();
        let chosen = choices.items[choices.selected].clone();
        let row = stage.screen().lines().rev().nth(1).unwrap().to_owned();
        assert!(row.contains(&chosen), "{chosen} in {row}");
        stage.key(Key::Tab);
    }
}

#[test]
fn a_paste_of_many_lines_asks_before_it_floods() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.commands();
    stage.tell(Told::Paste("one\rtwo\rthree\r".into()));
    assert_eq!(
        stage.app.editor().text(),
        "one\ntwo\nthree",
        "a few lines are one message to be edited"
    );
    stage.press(KeyPress::ctrl('c'));
    stage.acts();
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.commands();
    stage.tell(Told::Paste("one\r\ntwo\nthree\rfour\n\nsix\n".into()));
    stage.expect(
        "
        |
        |
        |
        |
        |#lobby · 2 people                                                      connected
        |6 lines pasted.  Enter: edit as one message  l: as 5 messages  Esc: not at all
        |>
        ",
    );
    stage.type_text("xy");
    assert!(stage.app.pasting().is_some(), "only an answer is one");
    stage.type_text("l");
    let said: Vec<String> = stage.commands().iter().filter_map(said).collect();
    assert_eq!(said, ["one", "two", "three", "four", "six"]);
}

fn said(command: &Command) -> Option<String> {
    let Command::Say { text, .. } = command else {
        return None;
    };
    Some(text.as_str().into())
}

#[test]
fn a_pasted_line_that_is_too_long_is_said_as_several_messages_cut_between_words() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.commands();
    let line = "words of a letter ".repeat(600);
    stage.tell(Told::Paste(line.clone()));
    let question = stage.app.pasting().unwrap().question();
    stage.type_text("l");
    let messages: Vec<String> = stage.commands().iter().filter_map(said).collect();
    assert!(messages.len() > 1);
    assert_eq!(
        question,
        format!(
            "1 line pasted, too long for one message.  l: as {} messages  Esc: not at all",
            messages.len()
        )
    );
    assert_eq!(messages.join(" ").trim_end(), line.trim_end());
    stage.tell(Told::Paste("漢".repeat(6_000)));
    stage.type_text("l");
    let messages: Vec<String> = stage.commands().iter().filter_map(said).collect();
    assert_eq!(messages.concat(), "漢".repeat(6_000));
}

#[test]
fn a_paste_can_be_edited_as_one_message_or_given_up() {
    let mut stage = Stage::joined(80, 12, &["lobby"]);
    stage.commands();
    stage.tell(Told::Paste("a\nb\nc\nd".into()));
    stage.key(Key::Esc);
    assert_eq!(stage.app.editor().text(), "");
    stage.tell(Told::Paste("a\nb\nc\nd".into()));
    stage.key(Key::Enter);
    assert_eq!(stage.app.editor().text(), "a\nb\nc\nd");
    stage.expect(
        "
        |
        |
        |
        |
        |
        |
        |
        |#lobby · 2 people                                                      connected
        |> a
        |  b
        |  c
        |  d
        ",
    );
    stage.tell(Told::Paste("x\n".repeat(9_000)));
    stage.key(Key::Enter);
    stage.type_text("l");
    assert!(
        stage.app.pasting().is_some(),
        "it is neither one message nor a few"
    );
    assert_eq!(stage.commands().iter().filter_map(said).count(), 0);
}

#[test]
fn what_is_said_closes_what_lies_over_the_room() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    for typed in ["hello", "/kick bob"] {
        stage.key(Key::F(1));
        stage.enter(typed);
        assert!(
            stage.app.open().is_none(),
            "{typed} is done in a room that is seen"
        );
    }
    stage.expect_part("hello");
    stage.enter("/help ban");
    stage.enter("/help kick");
    stage.expect_part("/kick PERSON");
}

#[test]
fn help_is_open_until_it_is_closed() {
    let mut stage = Stage::joined(40, 6, &["lobby"]);
    stage.key(Key::F(1));
    // What does not fit is put together, and goes on further in.
    stage.expect(
        "
        |help  (Esc closes, 95 more below: PgDn)
        |Commands:
        |  /me TEXT  say what you do
        |  /msg PERSON TEXT  say something to
        |#lobby · 2 people              connected
        |>
        ",
    );
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.key(Key::F(1));
    stage.expect_part("/me TEXT");
    stage.key(Key::PageDown);
    stage.expect_no("/me TEXT");
    stage.key(Key::F(1));
    stage.expect_no("help");
    stage.enter("/help ban");
    stage.expect_part("/ban PERSON");
    stage.type_text("x");
    stage.expect_part("/ban PERSON");
    stage.key(Key::Esc);
    stage.expect_no("/ban PERSON");
    stage.key(Key::Backspace);
    stage.enter("/help keys");
    stage.expect_part("keys  (Esc closes");
    stage.expect_part("Rooms and reading:");
    stage.enter("/help F1");
    stage.expect_part("F1: show or hide the help");
}
