//! Writing: commands, choices, pastes, and what is not said by mistake.

use std::collections::HashSet;

use chat_proto::ids::{PublicKey, Seq};
use chat_proto::message::{Act as Done, Code, Kind, Listed, Role};
use chat_proto::name::UserName;
use chat_proto::text::Note;

use super::helper::{LOG, Stage, person, room};
use crate::pure::app::{Act, Event as Told};
use crate::pure::command::COMMANDS;
use crate::pure::key::{Key, KeyPress};
use crate::pure::link::{Cause, Command, Content, Event, Unsent};
use crate::pure::state::State;

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
        |6 lines pasted.  Enter: edit as one message  l: as 6 messages  Esc: not at all
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
fn help_is_open_until_it_is_closed() {
    let mut stage = Stage::joined(40, 6, &["lobby"]);
    stage.key(Key::F(1));
    // What does not fit is put together, and goes on further in.
    stage.expect(
        "
        |help  (Esc closes, 93 more below: PgDn)
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
}

#[test]
fn whoever_leaves_with_something_unsent_is_told() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.hear(Event::Lost {
        cause: Cause::Unreachable,
        retry_in_ms: 3_000,
    });
    stage.enter("later");
    stage.acts();
    stage.press(KeyPress::ctrl('c'));
    assert_eq!(stage.acts(), []);
    stage.expect(
        "
        |
        |
        |
        |14:00         … me  later
        |#lobby · 2 people                                        no server: again in 3 s
        |1 message is not sent yet; Ctrl-C leaves, they are sent next time
        |>
        ",
    );
    stage.press(KeyPress::ctrl('c'));
    assert_eq!(stage.acts(), [Act::Quit]);
    let state = stage.app.state();
    assert_eq!(state.unsent.len(), 1);
}

#[test]
fn whoever_wanted_to_leave_and_says_something_more_is_told_again() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.hear(Event::Lost {
        cause: Cause::Unreachable,
        retry_in_ms: 3_000,
    });
    stage.enter("later");
    stage.press(KeyPress::ctrl('c'));
    stage.enter("and this");
    stage.acts();
    stage.press(KeyPress::ctrl('c'));
    assert_eq!(stage.acts(), []);
    stage.expect_part("2 messages are not sent yet");
}

#[test]
fn connected_one_leaves_when_everything_is_stored() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.enter("last words");
    stage.commands();
    stage.acts();
    stage.enter("/quit");
    assert_eq!(stage.commands(), [Command::Finish]);
    assert_eq!(stage.acts(), []);
    stage.hear(Event::Finished);
    assert_eq!(stage.acts(), [Act::Quit]);
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.acts();
    stage.press(KeyPress::ctrl('d'));
    assert_eq!(stage.acts(), [Act::Quit], "with nothing typed and nothing unsent");
}

#[test]
fn what_was_not_stored_the_last_time_is_said_again_under_its_id() {
    let text = chat_proto::text::Text::new("from before").unwrap();
    let id = chat_proto::ids::MessageId([7; 16]);
    let content = Content::Text {
        kind: Kind::LINE,
        text,
    };
    let unsent = Unsent {
        room: room("den"),
        id,
        content,
    };
    let state = State {
        unsent: vec![unsent.clone()],
        ..State::default()
    };
    let mut stage = Stage::with(80, 7, &["lobby"], state);
    assert!(matches!(&stage.commands()[..], [Command::Say { id: again, .. }] if *again == id));
    assert_eq!(stage.app.rooms()[1].name(), &room("den"));
    assert_eq!(stage.app.state().unsent, [unsent]);
    stage.welcome();
    stage.join("den", 1, 1);
    stage.hear(Event::Stored {
        room: room("den"),
        id,
        seq: Seq(1),
    });
    assert_eq!(stage.app.state().unsent, []);
}

#[test]
fn each_message_is_kept_before_the_link_has_it() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.acts();
    stage.enter("one");
    assert_eq!(stage.acts(), [Act::Save]);
    let kept: HashSet<_> = stage
        .app
        .state()
        .unsent
        .into_iter()
        .map(|unsent| unsent.id)
        .collect();
    let commands = stage.commands();
    let Some(Command::Say { id, .. }) = commands.last() else {
        panic!("it is said: {commands:?}");
    };
    assert!(kept.contains(id));
}

#[test]
fn another_name_is_another_link_and_the_history_stays_whole() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.said("lobby", 1, "alice", "one");
    stage.acts();
    stage.enter("/name you");
    let you = UserName::parse("you").unwrap();
    assert_eq!(stage.acts(), [Act::Rename(you.clone())]);
    stage.hear(Event::Welcomed {
        name: you,
        storage: chat_proto::message::Storage::DISK,
    });
    stage.has_joined.clear();
    stage.join("lobby", 2, 2);
    stage.said("lobby", 1, "alice", "one");
    stage.said("lobby", 2, "alice", "two");
    assert_eq!(stage.screen().matches("one").count(), 1);
    // What lies between is not known: only what follows it is shown, and the rest is fetched when one reads back.
    stage.has_joined.clear();
    stage.join("lobby", 9, 2);
    stage.said("lobby", 9, "alice", "nine");
    stage.expect_no("two");
    stage.expect_part("nine");
    let asked = stage.commands();
    assert!(
        asked
            .iter()
            .any(|command| matches!(command, Command::History { .. })),
        "{asked:?}"
    );
}

#[test]
fn what_was_kept_under_another_name_is_said_under_it_once() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("/name you");
    stage.commands();
    let text = chat_proto::text::Text::new("from before").unwrap();
    let unsent = Unsent {
        room: room("lobby"),
        id: chat_proto::ids::MessageId([7; 16]),
        content: Content::Text {
            kind: Kind::LINE,
            text,
        },
    };
    let kept = State {
        unsent: vec![unsent.clone()],
        ..State::default()
    };
    for _ in 0..2 {
        stage.tell(Told::Kept(kept.clone()));
    }
    let said: Vec<String> = stage.commands().iter().filter_map(said).collect();
    assert_eq!(said, ["from before"]);
    assert_eq!(stage.app.state().unsent, [unsent]);
}

#[test]
fn whoever_is_refused_can_take_another_name_and_loses_nothing() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("hello");
    stage.enter("/name you");
    stage.expect_part("not while something waits");
    stage.press(KeyPress::ctrl('u'));
    let (code, text) = (Code::NAME_OWNED, Note::new(""));
    let unsent = Vec::new();
    stage.hear(Event::Refused { code, text, unsent });
    stage.acts();
    stage.commands();
    stage.enter("/name you");
    assert_eq!(stage.acts(), [Act::Rename(person("you"))]);
    let commands = stage.commands();
    assert!(
        matches!(&commands[..], [Command::Say { text, .. }] if text.as_str() == "hello"),
        "{commands:?}"
    );
    let text = Note::new("");
    stage.hear(Event::Refused {
        code,
        text,
        unsent: Vec::new(),
    });
    stage.enter("/reconnect");
    assert_eq!(stage.acts(), [Act::Rename(person("you"))]);
}
