//! Conversations: what is said to somebody alone is said there, kept till then, or given back.

use chat_proto::message::{Code, Listed, Role};
use chat_proto::text::Note;

use super::helper::{Stage, person, room};
use crate::pure::app::{Act, Event as Told, OPENING_MAX};
use crate::pure::key::{Key, KeyPress};
use crate::pure::link::{Command, Event, Wanted};
use crate::pure::state::State;

#[test]
fn what_is_to_be_said_to_somebody_new_is_kept_until_the_conversation_is_open() {
    let mut stage = Stage::new(80, 7, &["lobby"]);
    stage.acts();
    stage.enter("/msg bob are you there?");
    assert_eq!(stage.acts(), [Act::Save]);
    assert_eq!(stage.app.unsent(), 1);
    stage.press(KeyPress::ctrl('c'));
    stage.expect_part("1 message is not sent yet");
    let kept = stage.app.state();
    let mut stage = Stage::with(80, 7, &["lobby"], State::parse(&kept.to_text()));
    assert_eq!(stage.commands(), [Command::Open { name: person("bob") }]);
    stage.tell(Told::Kept(kept.clone()));
    assert_eq!(stage.commands(), [], "it is one message");
    stage.welcome();
    stage.acts();
    stage.hear(opened("bob"));
    assert!(stage.acts().contains(&Act::Save));
    assert!(is_said(&stage.commands(), "=0011", "are you there?"));
    let state = stage.app.state();
    assert_eq!(state.opening, []);
    assert_eq!(state.unsent[0].id, kept.opening[0].1, "it is the same message");
}

#[test]
fn what_is_to_be_said_to_somebody_new_is_seen_until_the_conversation_is_open() {
    let mut stage = Stage::joined(60, 6, &["lobby"]);
    stage.enter("/msg bob are you there?");
    stage.expect(
        "
        |
        |
        |
        |#lobby · 2 people                                  connected
        |… opening a conversation with bob: are you there?
        |>
        ",
    );
    stage.key(Key::F(2));
    stage.expect_part("bob: are you there?");
    stage.enter("/open carol");
    stage.expect_part("… opening a conversation with bob and 1 other");
    stage.hear(opened("bob"));
    stage.expect_part("… opening a conversation with carol");
    stage.hear(not_opened("carol", Code::NO_SUCH_PERSON));
    stage.expect_no("opening");
}

#[test]
fn what_is_to_be_said_to_somebody_new_has_one_row_however_long_it_is() {
    let mut stage = Stage::joined(40, 6, &["lobby"]);
    stage.enter(&format!("/msg bob {}", "long ".repeat(100)));
    stage.expect(
        "
        |
        |
        |
        |#lobby · 2 people              connected
        |… opening a conversation with bob: long…
        |>
        ",
    );
}

#[test]
fn a_conversation_is_asked_for_again_on_a_new_link() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("/msg bob hi");
    stage.hear(not_opened("bob", Code::IDLE));
    stage.hear(Event::Refused {
        code: Code::NAME_OWNED,
        text: Note::new(""),
        unsent: Vec::new(),
    });
    stage.commands();
    stage.enter("/name you");
    let join = Command::Join {
        room: room("lobby"),
        tail: 100,
    };
    assert_eq!(stage.commands(), [join, Command::Open { name: person("bob") }]);
    assert_eq!(stage.app.state().opening.len(), 1);
}

#[test]
fn what_can_not_be_said_to_somebody_is_given_back() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("/msg bob one");
    stage.enter("/msg bob two");
    stage.acts();
    stage.hear(not_opened("bob", Code::NOT_ALLOWED));
    assert_eq!(stage.app.editor().text(), "/msg bob one");
    stage.expect_part("not said to bob: two");
    stage.expect_part("no conversation with bob");
    assert!(stage.acts().contains(&Act::Save));
    assert_eq!(stage.app.state(), State::default());
}

#[test]
fn what_could_not_be_said_to_somebody_the_last_time_can_be_typed_again() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("/msg bob one");
    stage.enter("/msg bob two");
    let mut stage = Stage::with(60, 8, &["lobby"], stage.app.state());
    stage.type_text("meanwhile");
    stage.hear(not_opened("bob", Code::NO_SUCH_PERSON));
    assert_eq!(stage.app.editor().text(), "meanwhile");
    for text in ["/msg bob two", "/msg bob one"] {
        stage.key(Key::Up);
        assert_eq!(stage.app.editor().text(), text);
    }
}

#[test]
fn who_opens_too_many_conversations_at_once_loses_no_word() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    for number in 0..OPENING_MAX {
        stage.enter(&format!("/msg bob{number} hi"));
    }
    stage.enter("/msg alice hi");
    assert_eq!(stage.app.editor().text(), "/msg alice hi");
    stage.expect_part("wait until");
}

#[test]
fn whoever_writes_meanwhile_is_not_taken_to_the_conversation() {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.enter("/msg alice are you there?");
    stage.type_text("as I was say");
    stage.hear(opened("alice"));
    stage.enter("ing");
    let commands = stage.commands();
    assert!(is_said(&commands, "=0011", "are you there?"), "{commands:?}");
    assert!(is_said(&commands, "lobby", "as I was saying"), "{commands:?}");
    stage.expect_part("@alice is open: Alt-2 goes there");
}

#[test]
fn what_is_being_pasted_stays_where_it_was_pasted() {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.enter("/open alice");
    stage.tell(Told::Paste("1\n2\n3\n4".into()));
    stage.hear(opened("alice"));
    assert_eq!(stage.app.room().name(), &room("lobby"));
    stage.key(Key::Esc);
    stage.press(KeyPress::alt('2'));
    assert_eq!(stage.app.room().name(), &room("=0011"));
}

fn opened(name: &str) -> Event {
    let listed = Listed {
        room: room("=0011"),
        with: Some(person(name)),
        role: Role::MEMBER,
        count: 1,
        topic: Note::new(""),
    };
    Event::Opened { listed }
}

fn not_opened(name: &str, code: Code) -> Event {
    Event::Failed {
        what: Wanted::Open { name: person(name) },
        code,
        text: Note::new("no"),
        retry_in_ms: None,
    }
}

fn is_said(commands: &[Command], name: &str, said: &str) -> bool {
    let mut commands = commands.iter();
    commands.any(|command| {
        matches!(command, Command::Say { room: of, text, .. } if *of == room(name) && text.as_str() == said)
    })
}
