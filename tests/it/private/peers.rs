//! Peers under TLS that end, stop reading, or say much.

use std::thread;

use chat_proto::ids::MessageId;
use chat_proto::message::ServerMessage;
use chat_tests::client::lobby;
use chat_tests::{RawPeer, TestClient, TestServer};
use chat_tls::Identity;

use super::{options, strict_server};

const LINES: u64 = 300;

fn secured(server: &TestServer, name: &str) -> RawPeer {
    let identity = Identity::generate().expect("the machine has random bytes");
    let mut peer = RawPeer::connect_secured(server.address(), &identity, server.public_key());
    peer.send_hello(name);
    peer.expect_welcome();
    peer
}

fn next_said(peer: &mut RawPeer) -> u64 {
    peer.until("something is said", |message| match message {
        ServerMessage::Said(said) => Some(said.record.seq.0),
        _ => None,
    })
}

#[test]
fn who_ends_after_having_said_much_has_said_all_of_it() {
    let home = tempfile::tempdir().unwrap();
    let server = strict_server();
    smol::block_on(async {
        let mut bob = TestClient::with(options(server.address(), "bob", home.path())).await;
        let alice = TestClient::with(options(server.address(), "alice", home.path())).await;
        for number in 0..100 {
            alice.say(&format!("line {number}"));
        }
        alice.finish().await;
        let expected: Vec<String> = (0..100).map(|number| format!("line {number}")).collect();
        assert_eq!(bob.texts(100).await, expected);
        bob.finish().await;
    });
}

#[test]
fn what_came_before_the_end_is_answered_after_it() {
    let server = strict_server();
    let mut alice = secured(&server, "alice");
    alice.join(&lobby());
    let requests: Vec<u32> = (0..50_u128)
        .map(|number| alice.send_say(&lobby(), MessageId(number.to_be_bytes()), "a line before the end"))
        .collect();
    alice.close_write();
    for request in requests {
        alice.expect_stored(request);
    }
    alice.read_to_end();
}

#[test]
fn a_peer_that_stops_reading_delays_nobody_and_is_told_everything_when_it_reads_on() {
    let server = strict_server();
    let mut deaf = secured(&server, "deaf");
    deaf.shrink_receive_buffer();
    deaf.join(&lobby());
    let mut speaker = secured(&server, "speaker");
    speaker.join(&lobby());
    let text = "long ".repeat(1600);
    for number in 0..LINES {
        let id = MessageId(u128::from(number + 1_000).to_be_bytes());
        let request = speaker.send_say(&lobby(), id, &text);
        speaker.expect_stored(request);
    }
    let heard: Vec<u64> = (0..LINES).map(|_| next_said(&mut deaf)).collect();
    assert_eq!(heard, (1..=LINES).collect::<Vec<_>>());
    deaf.ping();
}

#[test]
fn much_is_carried_both_ways_at_once() {
    let server = strict_server();
    let rooms = ["lobby"; 4].map(|_| lobby());
    let peers: Vec<_> = rooms
        .iter()
        .enumerate()
        .map(|(number, room)| {
            let mut peer = secured(&server, &format!("peer{number}"));
            peer.join(room);
            peer
        })
        .collect();
    let threads = peers.into_iter().enumerate().map(|(number, mut peer)| {
        thread::spawn(move || {
            let text = format!("{number} ").repeat(500);
            for line in 0..50_u128 {
                let id = MessageId((line << 8 | number as u128 | 1 << 64).to_be_bytes());
                let request = peer.send_say(&lobby(), id, &text);
                peer.expect_stored(request);
            }
            peer
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        let mut peer = thread.join().unwrap();
        while peer.last_said(&lobby()) < 200 {
            next_said(&mut peer);
        }
        peer.close_write();
        peer.read_to_end();
    }
}

#[test]
fn a_peer_that_vanishes_without_a_goodbye_is_seen_to_leave() {
    let server = strict_server();
    let mut alice = secured(&server, "alice");
    alice.join(&lobby());
    let mut carol = secured(&server, "carol");
    carol.join(&lobby());
    let _ = carol.socket().shutdown(std::net::Shutdown::Both);
    alice.until("carol leaves", |message| match message {
        ServerMessage::Presence(presence) => presence
            .left
            .iter()
            .any(|name| name.as_str() == "carol")
            .then_some(()),
        _ => None,
    });
}
