//! Rooms of one's own: which is meant by a short name, and what is kept of one that is left.

use chat_proto::ids::Seq;
use chat_proto::message::{Act, Code, Listed, Role};
use chat_proto::name::RoomName;
use chat_proto::text::Note;

use super::helper::{Stage, room};
use crate::pure::key::{Key, KeyPress};
use crate::pure::link::{Command, Event, Wanted};

/// In the lobby, and in private rooms that were made under these names.
fn among(rooms: &[&str]) -> Stage {
    let rooms: Vec<&str> = ["lobby"].iter().chain(rooms).copied().collect();
    let mut stage = Stage::joined(80, 8, &rooms);
    stage.commands();
    stage
}

/// The rooms were listed, and this is the only public one.
fn listed(stage: &mut Stage, name: &str) {
    let listed = Listed {
        room: room(name),
        with: None,
        role: Role::NONE,
        count: 3,
        topic: Note::new(""),
    };
    stage.hear(Event::Rooms {
        mine: false,
        list: vec![listed],
        whole: true,
    });
}

fn invited_to(stage: &mut Stage) -> Option<RoomName> {
    stage.commands().into_iter().find_map(|command| {
        if let Command::Moderate { room, act, .. } = command {
            return (act == Act::INVITE).then_some(room);
        }
        None
    })
}

#[test]
fn a_private_room_is_meant_by_the_name_under_which_it_was_made() {
    let mut stage = among(&["+plan-x7k2"]);
    stage.enter("/invite bob plan");
    assert_eq!(invited_to(&mut stage), Some(room("+plan-x7k2")));
    stage.enter("/join plan");
    assert_eq!(stage.app.room().name(), &room("+plan-x7k2"));
    stage.expect_part("your private room; /join #plan goes to the public one");
    assert_eq!(stage.commands(), []);
    stage.press(KeyPress::alt('1'));
    stage.hear(Event::Stored {
        room: room("+plan-x7k2"),
        id: stage.app.rooms()[1].pending()[0].id,
        seq: Seq(1),
    });
    stage.enter("/part plan");
    let room = room("+plan-x7k2");
    assert_eq!(stage.commands(), [Command::Leave { room }]);
}

#[test]
fn the_sign_always_means_the_public_room() {
    let mut stage = among(&["+plan-x7k2"]);
    stage.enter("/invite bob #plan");
    stage.expect_part("you are not in that room");
    stage.expect_part("> /invite bob #plan");
    stage.press(KeyPress::ctrl('u'));
    stage.enter("/join #plan");
    assert_eq!(stage.app.room().name(), &room("plan"));
    stage.enter("/join lobby");
    stage.enter("/join plan");
    assert_eq!(stage.app.room().name(), &room("plan"), "one is in it");
}

#[test]
fn a_public_room_that_was_listed_is_joined_by_its_name() {
    let mut stage = among(&["+plan-x7k2"]);
    listed(&mut stage, "plan");
    stage.enter("/join plan");
    assert_eq!(stage.app.room().name(), &room("plan"));
    let is_join =
        |command: &Command| matches!(command, Command::Join { room: joined, .. } if *joined == room("plan"));
    assert!(stage.commands().iter().any(is_join));
}

#[test]
fn a_private_room_that_one_was_put_out_of_is_joined_by_its_whole_name_alone() {
    let mut stage = among(&["+plan-x7k2"]);
    stage.hear(Event::Removed {
        room: room("+plan-x7k2"),
        code: Code::KICKED,
        text: Note::new(""),
    });
    for (typed, name) in [("/join plan", "plan"), ("/join +plan-x7k2", "+plan-x7k2")] {
        stage.enter(typed);
        assert_eq!(stage.app.room().name(), &room(name));
        let commands = stage.commands();
        assert!(
            matches!(&commands[..], [Command::Join { room: joined, .. }] if *joined == room(name)),
            "{typed}: {commands:?}"
        );
    }
}

#[test]
fn of_several_private_rooms_the_whole_names_are_told_and_nothing_is_done() {
    for typed in ["/join plan", "/part plan", "/invite bob plan"] {
        let mut stage = among(&["+plan-a2", "+plan-b3"]);
        stage.enter(typed);
        stage.expect_part("there are #+plan-a2 and #+plan-b3: type which one");
        assert_eq!(stage.app.editor().text(), typed);
        assert_eq!((stage.commands(), stage.app.current()), (Vec::new(), 0));
    }
}

/// Says it in the den, where it is refused.
fn refused(stage: &mut Stage, typed: &str) {
    stage.commands();
    stage.enter(typed);
    let Some(Command::Say { room, id, .. }) = stage.commands().pop() else {
        panic!("{typed} is said");
    };
    stage.hear(Event::Failed {
        what: Wanted::Say { room, id },
        code: Code::NOT_ALLOWED,
        text: Note::new("no"),
        retry_in_ms: None,
    });
}

#[test]
fn what_was_not_said_in_a_room_that_is_left_is_brought_back_by_up() {
    let mut stage = among(&["den"]);
    stage.press(KeyPress::alt('2'));
    for typed in ["one", "/me waves", "//etc", "two"] {
        refused(&mut stage, typed);
    }
    stage.type_text("half a thou");
    stage.press(KeyPress::alt('1'));
    stage.enter("/part den");
    assert_eq!(stage.app.rooms().len(), 1);
    stage.expect_part("what was not said there is kept: Up brings it back");
    for text in ["half a thou", "two", "//etc", "/me waves", "one", "/part den"] {
        stage.key(Key::Up);
        assert_eq!(stage.app.editor().text(), text);
    }
}

#[test]
fn what_was_refused_in_the_room_that_is_shown_is_brought_back_elsewhere() {
    let mut stage = among(&["den"]);
    stage.press(KeyPress::alt('2'));
    refused(&mut stage, "one");
    stage.enter("/part");
    assert_eq!(stage.app.room().name(), &room("lobby"));
    stage.key(Key::Up);
    stage.key(Key::Enter);
    let said = stage.commands().pop();
    assert!(
        matches!(&said, Some(Command::Say { room: of, text, .. }) if *of == room("lobby") && text.as_str() == "one"),
        "{said:?}"
    );
}

#[test]
fn a_room_in_which_nothing_waits_is_left_without_a_word() {
    let mut stage = among(&["den"]);
    stage.enter("/part den");
    assert_eq!(stage.app.hint(), None);
    assert_eq!(stage.app.editor().history().entries().last(), Some("/part den"));
}
