//! Whatever ends or stops the program, the terminal is given back.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::thread;
use std::time::Instant;

use chat_tests::program::binary;
use chat_tests::{GUARD, Terminal, TestServer};
use rustix::process::{Signal, WaitOptions, kill_process_group, waitpid};
use tempfile::TempDir;

use super::{enter, expect_given_back, on_screen};

#[test]
fn a_signal_ends_it_and_gives_the_terminal_back() {
    let server = TestServer::start();
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut alice = on_screen(server.address(), "alice");
        alice.signal(signal);
        assert_eq!(alice.ended(), Some(130));
        expect_given_back(alice.screen());
    }
    // Exit statuses of signals would be another thing.
    assert_eq!(std::process::ExitStatus::from_raw(130 << 8).code(), Some(130));
}

#[test]
fn it_is_suspended_and_comes_back_to_the_same_screen() {
    let server = TestServer::start();
    let mut alice = on_screen(server.address(), "alice");
    enter(&mut alice, "before");
    alice.expect_on_screen("alice  before");
    for by_key in [true, false] {
        if by_key {
            alice.type_bytes(&[0x1a]);
        } else {
            alice.signal(Signal::TSTP);
        }
        await_suspended(&mut alice);
        expect_given_back(alice.screen());
        alice.signal(Signal::CONT);
        await_resumed(&mut alice);
        assert!(alice.screen().text().contains("alice  before"));
    }
    enter(&mut alice, "after");
    alice.expect_on_screen("alice  after");
}

#[test]
fn the_script_that_has_started_it_is_suspended_with_it() {
    let server = TestServer::start();
    let home = TempDir::new().expect("there is a place for files");
    let address = server.address().to_string();
    let script = "\"$@\"; exit $?";
    let arguments = ["-c", script, "sh", client(), "alice", "--server", &address];
    let mut alice = Terminal::spawn(Path::new("sh"), &arguments, home.path());
    alice.expect_on_screen("connected");
    alice.type_bytes(&[0x1a]);
    await_suspended(&mut alice);
    kill_process_group(alice.id(), Signal::CONT).expect("the job is there");
    await_resumed(&mut alice);
    enter(&mut alice, "after");
    alice.expect_on_screen("alice  after");
    enter(&mut alice, "/quit");
    assert_eq!(alice.ended(), Some(0));
}

#[test]
fn where_no_shell_could_bring_it_back_it_stays() {
    let server = TestServer::start();
    let home = TempDir::new().expect("there is a place for files");
    let address = server.address().to_string();
    // It leads a session of its own, as in a terminal's window or behind `ssh -t`.
    let arguments = ["--wait", client(), "alice", "--server", &address];
    let mut alice = Terminal::spawn(Path::new("setsid"), &arguments, home.path());
    alice.expect_on_screen("connected");
    alice.type_bytes(&[0x1a]);
    alice.expect_on_screen("no shell");
    enter(&mut alice, "still here");
    alice.expect_on_screen("alice  still here");
    enter(&mut alice, "/quit");
    assert_eq!(alice.ended(), Some(0));
}

fn client() -> &'static str {
    binary("chat-client").to_str().expect("its path is text")
}

/// Waits until what was started on the terminal is stopped, and the terminal is given back.
fn await_suspended(terminal: &mut Terminal) {
    await_stopped(terminal);
    terminal.await_screen("the terminal is given back", |screen| {
        !screen.modes().contains(&"1049")
    });
}

/// Waits until the screen is back: what is typed before that is a line for the terminal itself.
fn await_resumed(terminal: &mut Terminal) {
    terminal.await_screen("the screen is back", |screen| {
        screen.modes().contains(&"1049") && screen.text().contains("connected")
    });
}

fn await_stopped(terminal: &Terminal) {
    let too_late = Instant::now() + GUARD;
    let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
    loop {
        match waitpid(Some(terminal.id()), options).expect("it is our child") {
            Some((_, status)) => return assert!(status.stopped(), "it has ended: {status:?}"),
            None => assert!(Instant::now() < too_late, "it goes on"),
        }
        thread::yield_now();
    }
}
