//! Whose name is whose.

use chat_client::Client;
use chat_client::pure::link::Event;
use chat_proto::message::{Code, ServerMessage};
use chat_tests::client::{lobby, options};
use chat_tests::{Proxy, RawPeer, TestClient, TestServer, within};

#[test]
fn a_name_in_use_is_refused_whatever_its_case() {
    let server = TestServer::start();
    smol::block_on(async {
        let mut alice = TestClient::connect(server.address(), "alice").await;
        let (_client, mut events) = Client::connect(options(server.address(), "ALICE").room(lobby(), 0));
        let refused = within("the second alice is refused", async {
            loop {
                match events.next().await {
                    Some(Event::Refused { code, .. }) => return code,
                    Some(_) => {}
                    None => panic!("the client ended without saying why"),
                }
            }
        })
        .await;
        assert_eq!(refused, Code::NAME_IN_USE);
        assert_eq!(events.next().await, None);
        alice.say("still here");
        alice.expect("alice", "still here").await;
    });
}

#[test]
fn a_name_is_free_again_once_its_owner_has_left() {
    let server = TestServer::start();
    smol::block_on(async {
        let mut bob = TestClient::connect(server.address(), "bob").await;
        for _ in 0..3 {
            let alice = TestClient::connect(server.address(), "alice").await;
            bob.expect_arrival("alice").await;
            alice.finish().await;
            bob.expect_departure("alice").await;
        }
    });
}

#[test]
fn who_comes_back_takes_over_their_dead_connection_unseen_by_others() {
    let server = TestServer::start();
    let wire = Proxy::start(server.address());
    smol::block_on(async {
        let mut bob = TestClient::connect(server.address(), "bob").await;
        let mut alice = TestClient::connect(wire.address(), "alice").await;
        bob.expect_arrival("alice").await;
        // The client sees the loss, the server does not: only a take-over lets Alice in again.
        wire.cut_silently();
        alice.expect_joined().await;
        alice.say("back again");
        alice.expect("alice", "back again").await;
        match bob.event().await {
            Event::Said { record, .. } => assert_eq!(record.text.as_str(), "back again"),
            other => panic!("bob was told of the loss: {other:?}"),
        }
    });
}

#[test]
fn the_connection_that_was_taken_over_is_told_why_it_ends() {
    let server = TestServer::start();
    let mut first = RawPeer::connect(server.address());
    first.send_hello("alice");
    let welcome = first.expect_welcome();
    let mut second = RawPeer::connect(server.address());
    second.send_hello_again("alice", welcome.resume);
    second.expect_welcome();
    match first.message() {
        Some(ServerMessage::Goodbye(goodbye)) => assert_eq!(goodbye.code, Code::TAKEN_OVER),
        other => panic!("a goodbye was due, and there came {other:?}"),
    }
    assert_eq!(first.message(), None);
    second.ping();
}

#[test]
fn nobody_takes_over_without_the_secret() {
    let server = TestServer::start();
    let mut alice = RawPeer::welcomed(server.address(), "alice");
    // The same instance, but no secret, and then one that is wrong.
    let mut thief = RawPeer::connect(server.address());
    thief.send_hello("alice");
    assert_eq!(thief.expect_refused().code, Code::NAME_IN_USE);
    let mut thief = RawPeer::connect(server.address());
    thief.send_hello_again("alice", chat_proto::ids::Secret::from_bytes([0; 16]));
    assert_eq!(thief.expect_refused().code, Code::NAME_IN_USE);
    alice.ping();
}
