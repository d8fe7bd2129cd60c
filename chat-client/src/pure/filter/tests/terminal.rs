//! Somebody at a terminal.

use super::*;

#[test]
fn at_a_terminal_commands_are_done_and_mistyped_ones_never_said() {
    let mut played = Played::at_a_terminal();
    played.line("/me waves");
    played.line("/who");
    played.line("/join den");
    played.line("hello");
    played.line("/join lobby");
    played.line("/quitt");
    played.line("//slash");
    played.line("/quit");
    let expected = [
        Act::Say(room("lobby"), Kind::ACTION, text("waves")),
        Act::Members(room("lobby")),
        Act::Join(room("den")),
        say("den", "hello"),
        say("lobby", "/slash"),
        Act::Finish,
    ];
    assert_eq!(played.acts(), expected);
    assert!(played.notes().contains("there is no /quitt"));
    assert!(!played.filter.wants_lines());
}

#[test]
fn at_a_terminal_the_help_shows_each_command() {
    let mut played = Played::at_a_terminal();
    played.line("/help");
    let notes = played.notes();
    for (typed, meaning) in COMMANDS {
        assert!(notes.contains(typed) && notes.contains(meaning), "{notes}");
    }
    assert_eq!(played.acts(), []);
}

#[test]
fn at_a_terminal_one_is_told_where_one_is_and_with_whom() {
    let mut played = Played::new(FilterOptions {
        is_terminal: true,
        ..options(&["lobby"])
    });
    assert!(played.notes().contains("your name"));
    played.line("a b");
    assert_eq!(
        played.out.exit, None,
        "somebody is there and can type another name"
    );
    played.line("alice");
    assert_eq!(played.acts(), [Act::Connect(user("alice"))]);
    played.notes();
    played.event(welcomed());
    played.event(joined(&["bob", "carol"]));
    let notes = played.notes();
    assert!(notes.contains("connected to 127.0.0.1:8000 as alice"), "{notes}");
    assert!(notes.contains("in #lobby, with bob, carol"), "{notes}");
    assert_eq!(played.written(), "");
}
