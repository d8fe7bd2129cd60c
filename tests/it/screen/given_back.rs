//! Who panics, or is ended or stopped by a signal, gives the terminal back as it was, and first of all: so what is told
//! then is seen.

use std::path::Path;

use chat_tests::{Terminal, TestServer};
use rustix::process::{Signal, WaitOptions, waitpid};
use rustix::termios::Termios;

use super::expect_given_back;

/// The client, which panics when it is sent SIGUSR1, once it is connected; and how its terminal was before.
fn on_screen(server: &TestServer, home: &Path, more: &[&str]) -> (Terminal, Termios) {
    let address = server.address().to_string();
    let before = Terminal::start("chat-client", &["--plain"]).settings();
    let arguments = [more, &["alice", "--server", &address]].concat();
    let program = env!("CARGO_BIN_EXE_chat-panic").as_ref();
    let mut alice = Terminal::spawn(program, &arguments, home);
    alice.expect_on_screen("connected");
    assert_ne!(alice.settings().local_modes, before.local_modes, "it is taken");
    (alice, before)
}

fn expect_settings(terminal: &Terminal, before: &Termios) {
    let after = terminal.settings();
    assert_eq!(after.local_modes, before.local_modes);
    assert_eq!(after.input_modes, before.input_modes);
    assert_eq!(after.output_modes, before.output_modes);
}

/// The terminal is as it was, and what the program has told since then is plain text: this, among it.
fn expect_told_after(terminal: &Terminal, before: &Termios, told: &[&str]) {
    expect_given_back(terminal.screen());
    expect_settings(terminal, before);
    let shown = String::from_utf8_lossy(terminal.shown());
    let (_, since) = shown.rsplit_once("\x1b[?1049l").expect("it was given back");
    assert!(!since.contains('\x1b'), "something is painted: {since:?}");
    for told in told {
        assert!(since.contains(told), "{since:?}");
    }
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    let home = tempfile::tempdir().unwrap();
    let server = TestServer::start();
    let (mut alice, before) = on_screen(&server, home.path(), &[]);
    alice.signal(Signal::USR1);
    assert_eq!(alice.ended(), Some(101));
    expect_told_after(&alice, &before, &["as it was told"]);
}

#[test]
fn a_panic_of_another_thread_ends_the_screen_and_nothing_is_painted_over_what_it_tells() {
    let home = tempfile::tempdir().unwrap();
    let server = TestServer::start();
    let (mut alice, before) = on_screen(&server, home.path(), &["elsewhere"]);
    alice.signal(Signal::USR1);
    alice.expect("as it was told");
    // A reason to paint.
    alice.type_bytes(b"x\r");
    assert_eq!(alice.ended(), Some(1));
    let told = ["as it was told", "chat-client: a part of the program has failed"];
    expect_told_after(&alice, &before, &told);
}

#[test]
fn a_signal_that_ends_it_leaves_the_settings_of_the_terminal_as_they_were() {
    let home = tempfile::tempdir().unwrap();
    let server = TestServer::start();
    for signal in [Signal::TERM, Signal::HUP, Signal::QUIT] {
        let (mut alice, before) = on_screen(&server, home.path(), &[]);
        alice.signal(signal);
        assert_eq!(alice.ended(), Some(130), "{signal:?}");
        expect_told_after(&alice, &before, &[]);
    }
}

#[test]
fn whoever_stops_it_has_the_terminal_as_it_was_until_it_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let server = TestServer::start();
    let (mut alice, before) = on_screen(&server, home.path(), &[]);
    let taken = alice.settings().local_modes;
    for _ in 0..2 {
        alice.signal(Signal::TSTP);
        let stopped = waitpid(Some(alice.id()), WaitOptions::UNTRACED).expect("it is our child");
        assert!(stopped.is_some_and(|(_, status)| status.stopped()));
        expect_settings(&alice, &before);
        alice.signal(Signal::CONT);
        alice.expect("\x1b[?1049l");
        alice.expect("\x1b[?1049h");
        assert_eq!(alice.settings().local_modes, taken);
    }
}
