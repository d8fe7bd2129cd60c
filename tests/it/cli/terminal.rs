//! The client on a terminal, line by line.

use chat_tests::{Program, Terminal, TestServer};

use super::filter::{ATTACK_SHOWN, attack};

/// A client on a terminal, once it is in the lobby.
fn on_terminal(server: &TestServer, name: &str) -> Terminal {
    let address = server.address().to_string();
    let mut terminal = Terminal::start("chat-client", &[name, "--plain", "--server", &address]);
    terminal.expect("in #lobby");
    terminal
}

#[test]
fn two_people_on_terminals_talk_to_each_other() {
    let server = TestServer::start();
    let mut alice = on_terminal(&server, "alice");
    let mut bob = on_terminal(&server, "bob");
    alice.expect("<bob> joined the chat");
    alice.type_line("hello bob");
    bob.expect("<alice>: hello bob");
    bob.type_line("/me waves");
    alice.expect("* bob waves");
    bob.type_line("/quit");
    assert_eq!(bob.ended(), Some(0));
    alice.expect("<bob> left the chat");
    // The end of input, as one types it.
    alice.type_bytes(&[4]);
    assert_eq!(alice.ended(), Some(0));
}

#[test]
fn a_mistyped_command_is_never_said_aloud() {
    let server = TestServer::start();
    let mut onlooker = Program::client_in_room(server.address(), "onlooker");
    let mut alice = on_terminal(&server, "alice");
    alice.type_line("/jion secret-room");
    alice.expect("/jion");
    alice.type_line("said aloud");
    onlooker.expect_line("<alice> joined the chat");
    onlooker.expect_line("<alice>: said aloud");
}

#[test]
fn what_others_write_never_reaches_the_terminal_raw() {
    let server = TestServer::start();
    let mut alice = on_terminal(&server, "alice");
    attack(server.address());
    alice.expect("<mallory> left the chat");
    let shown = String::from_utf8(alice.shown().to_vec()).expect("what is shown is text");
    assert!(shown.contains(ATTACK_SHOWN), "{shown:?}");
    let is_raw = |c: char| c.is_control() && c != '\r' && c != '\n' || c == '\u{202e}';
    assert!(!shown.contains(is_raw), "{shown:?}");
}

#[test]
fn on_a_terminal_the_name_is_asked_for() {
    let server = TestServer::start();
    let address = server.address().to_string();
    let mut alice = Terminal::start("chat-client", &["--plain", "--server", &address]);
    alice.expect("name");
    alice.type_line("two words");
    alice.expect("name");
    alice.type_line("alice");
    alice.expect("in #lobby");
}
