//! Many peers, and places that are few.

use chat_proto::message::ServerMessage;
use chat_tests::server::config;
use chat_tests::{RawPeer, TestServer};

use super::Innocents;

#[test]
fn peers_that_never_say_hello_make_room_for_those_who_do() {
    let mut config = config();
    config.greeting_max = 4;
    let server = TestServer::with(config);
    let mut silent: Vec<RawPeer> = (0..12).map(|_| RawPeer::connect(server.address())).collect();
    let mut innocents = Innocents::at(server.address());
    innocents.talk();
    // The oldest have gone.
    for peer in &mut silent[..8] {
        peer.read_to_end();
    }
    innocents.talk();
}

#[test]
fn who_finds_no_place_waits_at_the_door_until_somebody_leaves() {
    let mut config = config();
    config.connections_max = 2;
    let server = TestServer::with(config);
    let mut innocents = Innocents::at(server.address());
    let mut carol = RawPeer::connect(server.address());
    carol.send_hello("carol");
    innocents.talk();
    innocents.bob.close_write();
    assert_eq!(carol.expect_welcome().name.as_str(), "carol");
    let left = innocents.alice.until("bob has left", |message| match message {
        ServerMessage::Presence(presence) => presence.left.first().cloned(),
        _ => None,
    });
    assert_eq!(left.as_str(), "bob");
}

#[test]
fn peers_that_reset_their_connections_leave_nothing_behind() {
    let mut config = config();
    // Places that were not given back would run out.
    config.connections_max = 8;
    config.greeting_max = 8;
    let server = TestServer::with(config);
    let mut innocents = Innocents::at(server.address());
    for number in 0..100 {
        let mut mallory = RawPeer::connect(server.address());
        match number % 3 {
            0 => {}
            1 => mallory.send(&[0, 0, 0]),
            _ => {
                mallory.send_hello("mallory");
                mallory.expect_welcome();
            }
        }
        mallory.reset();
        if number % 20 == 0 {
            innocents.talk();
        }
        if number % 3 == 2 {
            // The name is free again once the server has seen the reset; waiting for a place shows that it is seen.
            await_departure(&server);
        }
    }
    innocents.talk();
}

/// Tries the name until it is free. Each refusal is an answer of the server, so this ends when the server has noticed.
fn await_departure(server: &TestServer) {
    loop {
        let mut again = RawPeer::connect(server.address());
        again.send_hello("mallory");
        match again.message() {
            Some(ServerMessage::Welcome(_)) => {
                again.close_write();
                again.read_to_end();
                return;
            }
            Some(ServerMessage::Refused(_)) => {}
            other => panic!("neither welcome nor refused: {other:?}"),
        }
    }
}
