//! Another name, and one that is taken.

use chat_tests::server::{address_of_its_own, config};
use chat_tests::{Terminal, TestServer};
use tempfile::TempDir;

use super::{enter, on_screen};

#[test]
fn whoever_asks_for_a_name_that_is_taken_stays_who_one_is_and_nobody_else_notices() {
    let server = TestServer::start();
    let mut alice = on_screen(server.address(), "alice");
    enter(&mut alice, "/join den");
    enter(&mut alice, "first");
    alice.await_screen("it is in the log of the den", |screen| {
        let text = screen.text();
        text.contains("alice  first") && !text.contains(['…', '✓'])
    });
    let mut bob = on_screen(server.address(), "bob");
    enter(&mut bob, "/join den");
    bob.expect_on_screen("alice  first");
    alice.expect_on_screen("bob joined");
    enter(&mut alice, "/name bob");
    alice.type_bytes(b"half a th");
    alice.expect_on_screen("bob is taken; you are still alice");
    alice.type_bytes(b"ought\r");
    bob.expect_on_screen("alice  half a thought");
    assert!(!bob.screen().text().contains("left"), "{:?}", bob.screen());
    // One that is free is had on the same way.
    enter(&mut alice, "/name carol");
    alice.expect_on_screen("you are carol now");
    enter(&mut alice, "in the den still");
    bob.expect_on_screen("carol  in the den still");
    alice.await_screen("it is in the log", |screen| !screen.text().contains(['…', '✓']));
    assert_eq!(alice.screen().text().matches("first").count(), 1);
}

#[test]
fn what_waits_under_a_name_that_is_taken_waits_for_whoever_has_it() {
    let address = address_of_its_own();
    let home = TempDir::new().expect("there is a place for files");
    let start = |name: &str| {
        let arguments = [name, "--server", &address.to_string()];
        Terminal::start_at_home("chat-client", &arguments, home.path())
    };
    // Said as bob, and never sent.
    let mut bob = start("bob");
    bob.expect_on_screen("no server");
    enter(&mut bob, "only as bob");
    bob.expect_on_screen("… bob  only as bob");
    bob.signal(rustix::process::Signal::KILL);
    assert_eq!(bob.ended(), None);
    let _server = TestServer::with(chat_server::Config {
        listen: address,
        ..config()
    });
    let mut elsewhere = on_screen(address, "bob");
    let mut alice = start("alice");
    alice.expect_on_screen("connected");
    enter(&mut alice, "/name bob");
    alice.expect_on_screen("bob is taken; you are still alice");
    assert!(!alice.screen().text().contains("only as bob"));
    enter(&mut elsewhere, "/quit");
    alice.expect_on_screen("bob left");
    enter(&mut alice, "/name bob");
    alice.expect_on_screen("you are bob now");
    alice.await_screen("it is said, as bob", |screen| {
        let text = screen.text();
        text.contains("bob  only as bob") && !text.contains(['…', '✓'])
    });
}
