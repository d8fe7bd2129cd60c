//! Leaving and coming back: nothing is lost, and nothing is said twice.

use std::collections::HashSet;

use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{Code, Kind};
use chat_proto::text::{Note, Text};

use super::helper::{Stage, room};
use crate::pure::app::{Act, Event as Told};
use crate::pure::key::KeyPress;
use crate::pure::link::{Cause, Command, Content, Event, Unsent, Wanted};
use crate::pure::state::State;

#[test]
fn whoever_leaves_with_something_unsent_is_told() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.hear(Event::Lost {
        cause: Cause::Unreachable,
        why: String::new(),
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
        why: String::new(),
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
    assert_eq!(stage.acts(), []);
    stage.expect_part("1 message is being sent; Ctrl-C leaves now, any other key stays");
    stage.hear(stored(&stage));
    assert_eq!(stage.acts(), [Act::Save, Act::Quit]);
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.acts();
    stage.press(KeyPress::ctrl('d'));
    assert_eq!(stage.acts(), [Act::Quit], "with nothing typed and nothing unsent");
}

#[test]
fn whoever_wanted_to_leave_and_goes_on_writing_stays() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.enter("last words");
    stage.commands();
    stage.press(KeyPress::ctrl('c'));
    assert_eq!(stage.commands(), [], "the link goes on");
    stage.hear(Event::Lost {
        why: String::new(),
        cause: Cause::Ended,
        retry_in_ms: 3_000,
    });
    stage.enter("not quite");
    stage.type_text("and so");
    stage.acts();
    stage.hear(stored(&stage));
    stage.hear(stored(&stage));
    assert_eq!(stage.app.unsent(), 0);
    assert_eq!(stage.acts(), [Act::Save, Act::Save]);
    stage.press(KeyPress::ctrl('c'));
    stage.press(KeyPress::ctrl('c'));
    assert_eq!(stage.acts(), [Act::Quit]);
}

#[test]
fn whoever_pastes_something_stays() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.enter("last words");
    stage.press(KeyPress::ctrl('c'));
    stage.tell(Told::Paste("not quite".into()));
    stage.acts();
    stage.hear(stored(&stage));
    assert_eq!(stage.acts(), [Act::Save]);
}

#[test]
fn what_was_refused_is_not_dropped_without_a_word() {
    let mut stage = Stage::joined(80, 7, &["lobby"]);
    stage.enter("one");
    stage.press(KeyPress::ctrl('c'));
    stage.acts();
    let Unsent { room, id, .. } = stage.app.state().unsent.remove(0);
    stage.hear(Event::Failed {
        what: Wanted::Say { room, id },
        code: Code::NOT_ALLOWED,
        text: Note::new("no"),
        retry_in_ms: None,
    });
    assert_eq!(stage.acts(), [Act::Save]);
    stage.expect_part("1 message was refused and is lost then; Ctrl-C leaves, any other key stays");
    stage.press(KeyPress::ctrl('c'));
    assert_eq!(stage.acts(), [Act::Quit]);
}

/// The first message that is not stored yet is stored.
fn stored(stage: &Stage) -> Event {
    let Unsent { room, id, .. } = stage.app.state().unsent.remove(0);
    let seq = Seq(1);
    Event::Stored { room, id, seq }
}

/// Something that was said in this room, as it was kept.
pub(super) fn kept_in(name: &str) -> Unsent {
    Unsent {
        room: room(name),
        id: MessageId([7; 16]),
        content: Content::Text {
            kind: Kind::LINE,
            text: Text::new("from before").unwrap(),
        },
    }
}

pub(super) fn keeping(unsent: Unsent) -> State {
    State {
        unsent: vec![unsent],
        ..State::default()
    }
}

#[test]
fn what_was_not_stored_the_last_time_is_said_again_under_its_id() {
    let unsent = kept_in("den");
    let id = unsent.id;
    let mut stage = Stage::with(80, 7, &["lobby"], keeping(unsent.clone()));
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
fn what_was_not_stored_the_last_time_is_shown_at_the_time_of_the_start() {
    let stage = Stage::with(80, 7, &["lobby"], keeping(kept_in("lobby")));
    stage.expect_part("14:00         … me  from before");
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
fn what_is_being_written_is_dropped_before_one_leaves_and_can_be_had_back() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.type_text("a long thought");
    stage.press(KeyPress::ctrl('c'));
    stage.expect_no("a long thought");
    stage.expect_part("Ctrl-_ brings it back, Ctrl-C leaves");
    assert_eq!(stage.acts(), []);
    stage.press(KeyPress::ctrl('_'));
    stage.expect_part("> a long thought");
    stage.press(KeyPress::ctrl('c'));
    stage.press(KeyPress::ctrl('c'));
    assert_eq!(stage.acts(), [Act::Quit]);
}
