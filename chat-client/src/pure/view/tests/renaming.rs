//! Taking another name: the server is asked first, and whoever is refused is who one was.

use chat_proto::message::{Code, Storage};
use chat_proto::name::UserName;
use chat_proto::text::Note;

use super::helper::{Stage, person, room};
use super::leaving::{keeping, kept_in};
use crate::pure::app::{Act, Event as Told};
use crate::pure::key::KeyPress;
use crate::pure::link::{Cause, Command, Event, Wanted};

fn welcomed(name: &UserName) -> Told {
    Told::Second(Event::Welcomed {
        name: name.clone(),
        storage: Storage::DISK,
    })
}

fn refused(code: Code, text: &str) -> Event {
    Event::Refused {
        code,
        text: Note::new(text),
        unsent: Vec::new(),
    }
}

fn lost(cause: Cause) -> Event {
    Event::Lost {
        cause,
        why: String::new(),
        retry_in_ms: 3_000,
    }
}

fn join(name: &str) -> Command {
    Command::Join {
        room: room(name),
        tail: 100,
    }
}

fn said(command: &Command) -> Option<String> {
    let Command::Say { text, .. } = command else {
        return None;
    };
    Some(text.as_str().into())
}

/// In the lobby as `me`, with the server asked for `bob`.
fn asking() -> Stage {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.commands();
    stage.acts();
    stage.enter("/name bob");
    assert_eq!(stage.acts(), [Act::Ask(person("bob"))]);
    assert_eq!(stage.commands(), []);
    stage
}

#[test]
fn another_name_is_another_link_and_the_history_stays_whole() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.said("lobby", 1, "alice", "one");
    stage.commands();
    stage.acts();
    stage.enter("/name you");
    let you = person("you");
    assert_eq!(stage.acts(), [Act::Ask(you.clone())]);
    assert_eq!(stage.app.me(), &person("me"), "until the server agrees");
    stage.tell(welcomed(&you));
    assert_eq!(stage.acts(), [Act::Rename(you.clone())]);
    assert_eq!(stage.commands(), [join("lobby")]);
    assert_eq!(stage.app.me(), &you);
    stage.expect_part("you are you now");
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
fn a_name_that_is_taken_leaves_one_who_one_is_where_one_is_and_what_one_writes() {
    let mut stage = asking();
    stage.type_text("half a tho");
    stage.tell(Told::Second(refused(Code::NAME_IN_USE, "choose another one")));
    assert_eq!(stage.acts(), [Act::Stay]);
    stage.type_text("ught");
    stage.expect(
        "
        |
        |
        |
        |
        |── Thursday, 5 November 2026 ───────────────────────────────────────────────────
        |14:00           --  bob is taken; you are still me
        |#lobby · 2 people                                                      connected
        |> half a thought
        ",
    );
    assert_eq!(stage.commands(), []);
    stage.enter("");
    let commands = stage.commands();
    assert!(matches!(&commands[..], [Command::Say { text, .. }] if text.as_str() == "half a thought"));
}

#[test]
fn why_a_name_can_not_be_had_is_told() {
    let owned = "the name bob belongs to another key";
    let untrusted = Event::Untrusted {
        reason: "another key\x1b".into(),
        unsent: Vec::new(),
    };
    for (event, why) in [
        (refused(Code::NAME_OWNED, owned), owned),
        (untrusted, "another key␛"),
        (lost(Cause::Unsigned), "your key has not signed"),
    ] {
        let mut stage = asking();
        stage.tell(Told::Second(event));
        assert_eq!(stage.acts(), [Act::Stay]);
        let words = stage.screen().replace('\n', " ");
        let words: Vec<&str> = words.split_whitespace().collect();
        let told = format!("you can't be bob: {why}; you are still me");
        assert!(words.join(" ").contains(&told), "{:?}", stage.screen());
    }
}

#[test]
fn nothing_is_said_or_done_while_nobody_knows_as_whom_and_nothing_is_lost() {
    for typed in [
        "hello",
        "/me waves",
        "/msg bob hi",
        "/kick bob",
        "/join den",
        "/who",
    ] {
        let mut stage = asking();
        stage.enter(typed);
        assert_eq!(
            (stage.commands(), stage.acts()),
            (Vec::new(), Vec::new()),
            "{typed}"
        );
        stage.expect_part("bob is being asked for: try again, or stay with /name me");
        stage.expect_part(&format!("> {typed}"));
        stage.tell(welcomed(&person("bob")));
        stage.commands();
        stage.enter("");
        assert_ne!(stage.commands(), [], "{typed}");
    }
}

#[test]
fn nothing_pasted_and_nothing_refused_is_said_while_nobody_knows_as_whom() {
    let mut stage = Stage::joined(80, 12, &["lobby"]);
    stage.enter("refused");
    let id = stage.app.state().unsent[0].id;
    stage.hear(Event::Failed {
        what: Wanted::Say {
            room: room("lobby"),
            id,
        },
        code: Code::MUTED,
        text: Note::new(""),
        retry_in_ms: None,
    });
    stage.enter("/name bob");
    stage.commands();
    stage.tell(Told::Paste("1\n2\n3\n4\n5".into()));
    for _ in 0..2 {
        stage.press(KeyPress::char('l'));
        stage.expect_part("5 lines pasted");
    }
    stage.press(KeyPress::ctrl('g'));
    stage.press(KeyPress::alt('r'));
    stage.expect_part("bob is being asked for");
    assert_eq!(stage.commands(), []);
    stage.tell(welcomed(&person("bob")));
    stage.commands();
    stage.press(KeyPress::alt('r'));
    let again: Vec<String> = stage.commands().iter().filter_map(said).collect();
    assert_eq!(again, ["refused"]);
}

#[test]
fn without_a_connection_it_goes_on_asking() {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.hear(lost(Cause::Ended));
    stage.acts();
    stage.enter("/name bob");
    assert_eq!(stage.acts(), [Act::Ask(person("bob"))]);
    stage.tell(Told::Second(lost(Cause::Unreachable)));
    assert_eq!(stage.acts(), []);
    stage.tell(welcomed(&person("bob")));
    assert_eq!(stage.acts(), [Act::Rename(person("bob"))]);
}

#[test]
fn whoever_thinks_better_of_it_stays() {
    let mut stage = asking();
    stage.enter("/name carol");
    assert_eq!(stage.acts(), [Act::Ask(person("carol"))]);
    stage.enter("/name me");
    assert_eq!(stage.acts(), [Act::Stay]);
    stage.expect_part("you are me");
    stage.enter("hello");
    assert_eq!(stage.commands().iter().filter_map(said).count(), 1);
    stage.acts();
    stage.enter("/name me");
    assert_eq!(stage.acts(), [], "it is so already");
}

#[test]
fn the_same_name_in_other_letters_is_not_asked_for_while_we_have_it() {
    let mut stage = Stage::joined(80, 8, &["lobby"]);
    stage.commands();
    stage.acts();
    stage.enter("/name Me");
    assert_eq!(stage.acts(), [Act::Ask(person("Me")), Act::Rename(person("Me"))]);
    assert_eq!(stage.commands(), [join("lobby")]);
}

#[test]
fn what_was_kept_under_another_name_is_said_under_it_once_and_where_it_was_said() {
    let mut stage = asking();
    stage.tell(welcomed(&person("bob")));
    stage.commands();
    let unsent = kept_in("den");
    let kept = keeping(unsent.clone());
    for _ in 0..2 {
        stage.tell(Told::Kept(kept.clone()));
    }
    let commands = stage.commands();
    assert_eq!(commands[0], join("den"));
    let said: Vec<String> = commands.iter().filter_map(said).collect();
    assert_eq!(said, ["from before"]);
    assert_eq!(stage.app.state().unsent, [unsent]);
}

#[test]
fn what_waits_to_be_stored_is_not_said_under_another_name() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("hello");
    stage.acts();
    stage.enter("/name you");
    stage.expect_part("not while something waits");
    assert_eq!(stage.acts(), []);
    let mut stage = asking();
    // What was kept could not be read before.
    stage.tell(Told::Kept(keeping(kept_in("lobby"))));
    stage.tell(welcomed(&person("bob")));
    assert_eq!(stage.acts(), [Act::Stay]);
    stage.expect_part("something waits to be stored; you are still me");
}

#[test]
fn whoever_is_refused_can_take_another_name_and_loses_nothing() {
    let mut stage = Stage::joined(60, 8, &["lobby"]);
    stage.enter("hello");
    stage.hear(refused(Code::NAME_OWNED, ""));
    stage.acts();
    stage.commands();
    stage.enter("/name you");
    let at_once = [Act::Ask(person("you")), Act::Rename(person("you"))];
    assert_eq!(stage.acts(), at_once);
    let commands = stage.commands();
    assert_eq!(commands[0], join("lobby"));
    let said: Vec<String> = commands.iter().filter_map(said).collect();
    assert_eq!(said, ["hello"]);
    stage.hear(refused(Code::NAME_OWNED, ""));
    stage.enter("/reconnect");
    assert_eq!(stage.acts(), at_once);
}
