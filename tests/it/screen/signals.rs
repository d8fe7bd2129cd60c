//! Whatever ends or stops the program, the terminal is given back.

use std::os::unix::process::ExitStatusExt;

use chat_tests::TestServer;
use rustix::process::{Signal, WaitOptions, waitpid};

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
        let stopped = waitpid(Some(alice.id()), WaitOptions::UNTRACED).expect("it is our child");
        assert!(stopped.is_some_and(|(_, status)| status.stopped()));
        alice.await_screen("the terminal is given back", |screen| {
            !screen.modes().contains(&"1049")
        });
        expect_given_back(alice.screen());
        alice.signal(Signal::CONT);
        alice.await_screen("the screen is back", |screen| {
            screen.modes().contains(&"1049") && screen.text().contains("alice  before")
        });
    }
    enter(&mut alice, "after");
    alice.expect_on_screen("alice  after");
}
