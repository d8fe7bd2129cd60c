//! Signals, and servers that die.

use chat_proto::message::{Code, ServerMessage};
use chat_tests::server::address_of_its_own;
use chat_tests::{Program, RawPeer};
use rustix::process::Signal;

fn stops_in_order(signal: Signal) {
    let (server, address) = Program::server();
    let mut peer = RawPeer::welcomed(address, "peer");
    let mut alice = Program::client_in_room(address, "alice");
    server.signal(signal);
    let code = peer.until("goodbye", |message| match message {
        ServerMessage::Goodbye(goodbye) => Some(goodbye.code),
        _ => None,
    });
    assert_eq!(code, Code::STOPPING);
    assert_eq!(peer.message(), None);
    alice.error_line_with("stop");
    let server = server.ended();
    assert_eq!(server.code, Some(0), "{server:?}");
    assert_eq!(server.errors, [""; 0]);
}

#[test]
fn sigterm_stops_the_server_and_everybody_is_told() {
    stops_in_order(Signal::TERM);
}

#[test]
fn sigint_stops_the_server_and_everybody_is_told() {
    stops_in_order(Signal::INT);
}

#[test]
fn what_is_said_while_the_server_is_dead_arrives_when_it_is_back() {
    let listen = address_of_its_own().to_string();
    let (server, address) = Program::server_at(&listen);
    let mut onlooker = Program::client_in_room(address, "onlooker");
    let mut alice = Program::client_in_room(address, "alice");
    onlooker.expect_line("<alice> joined the chat");
    onlooker.expect_line("<alice>: ready");
    server.kill();
    alice.error_line_with("lost");
    alice.write_line("said to nobody");
    let (_server, _) = Program::server_at(&listen);
    onlooker.await_line("<alice>: said to nobody");
    alice.await_line("<alice>: said to nobody");
    assert_eq!(alice.ended().code, Some(0));
}

#[test]
fn who_gives_up_names_what_was_not_sent() {
    let (server, address) = Program::server();
    let mut alice = Program::client(address, &["alice", "--give-up", "4"]);
    alice.write_line("ready");
    alice.expect_line("<alice>: ready");
    server.kill();
    alice.error_line_with("lost");
    alice.write(b"first words\nlast words\n");
    let alice = alice.ended();
    assert_eq!(alice.code, Some(3), "{alice:?}");
    for words in ["first words", "last words"] {
        let named = alice.errors.iter().filter(|line| line.contains(words));
        assert_eq!(named.count(), 1, "{alice:?}");
    }
}

#[test]
fn who_is_interrupted_or_told_to_end_ends_at_once_and_in_order() {
    let (server, address) = Program::server();
    for signal in [Signal::INT, Signal::TERM] {
        let alice = Program::client_in_room(address, "alice");
        alice.signal(signal);
        assert_eq!(alice.ended().code, Some(130));
    }
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
}
