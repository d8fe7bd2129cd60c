//! Somebody at a terminal.

use super::*;
use crate::pure::command::COMMANDS;
use crate::pure::keymap;

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
fn at_a_terminal_a_private_room_is_meant_by_the_name_under_which_it_was_made() {
    let mut played = Played::new(FilterOptions {
        is_terminal: true,
        ..options(&["lobby", "+plan-x7k2", "+den-a", "+den-b"])
    });
    played.line("alice");
    played.acts();
    for line in [
        "/join plan",
        "here",
        "/join #plan",
        "there",
        "/join den",
        "still there",
    ] {
        played.line(line);
    }
    let joined = Act::Join(room("plan"));
    let said = [
        say("+plan-x7k2", "here"),
        joined,
        say("plan", "there"),
        say("plan", "still there"),
    ];
    assert_eq!(played.acts(), said);
    assert!(
        played
            .notes()
            .contains("there are #+den-a and #+den-b: type which one")
    );
}

#[test]
fn at_a_terminal_the_help_shows_each_command() {
    let mut played = Played::at_a_terminal();
    played.line("/help");
    let notes = played.notes();
    for row in COMMANDS.iter().filter(|row| row.is_for_lines) {
        assert!(
            notes.contains(&row.usage()) && notes.contains(row.help),
            "{notes}"
        );
    }
    assert!(!notes.contains("/topic"), "{notes}");
    played.line("/help quit");
    assert!(played.notes().contains("for example: /quit"));
    played.line("/help keys");
    assert_eq!(played.notes(), keymap::help_text());
    played.line("/help f1");
    assert_eq!(played.notes(), "F1: show or hide the help\n");
    assert_eq!(played.acts(), []);
}

#[test]
fn at_a_terminal_what_only_the_full_screen_does_is_told_and_never_said() {
    let mut played = Played::at_a_terminal();
    for row in COMMANDS.iter().filter(|row| !row.is_for_lines) {
        played.line(row.example);
        assert!(played.notes().contains("only the full screen"), "{row:?}");
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
