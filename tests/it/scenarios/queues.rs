//! Readers who do not read, and messages that are larger than what waits for them.

use chat_proto::ids::MessageId;
use chat_proto::limits::TEXT_BYTES_MAX;
use chat_proto::message::{From, Record, ServerMessage};
use chat_tests::client::lobby;
use chat_tests::server::config;
use chat_tests::{RawPeer, TestServer};

/// Readers who stop.
const STUCK: usize = 10;

/// Lines of eight kilobytes: much more than the kernel and the server keep for somebody who does not read.
const LINES: u64 = 200;

fn id(number: u64) -> MessageId {
    MessageId(u128::from(number).to_be_bytes())
}

/// The next that a peer is told to have been said.
fn heard(peer: &mut RawPeer) -> Record {
    peer.until("something is said", |message| match message {
        ServerMessage::Said(said) => Some(said.record),
        _ => None,
    })
}

#[test]
fn s14_ten_who_do_not_read_hold_up_nobody_and_are_told_everything_later() {
    let server = TestServer::start();
    let mut stuck: Vec<RawPeer> = (0..STUCK)
        .map(|number| {
            let mut peer = RawPeer::connect(server.address());
            peer.shrink_receive_buffer();
            peer.send_hello(&format!("stuck{number}"));
            peer.expect_welcome();
            peer.join(&lobby());
            peer
        })
        .collect();
    let mut speakers = ["alice", "bob"].map(|name| {
        let mut peer = RawPeer::welcomed(server.address(), name);
        peer.join(&lobby());
        peer
    });
    let text = "x".repeat(TEXT_BYTES_MAX);
    for number in 1..=LINES {
        let speaker = usize::from(number % 2 == 0);
        speakers[speaker].send_say(&lobby(), id(number), &text);
        // Nobody says the next line before both have heard this one, and none of the ten reads a byte meanwhile.
        for speaker in &mut speakers {
            assert_eq!(heard(speaker).seq.0, number);
        }
    }
    for peer in &mut stuck {
        for number in 1..=LINES {
            assert_eq!(heard(peer).seq.0, number);
        }
        peer.ping();
    }
}

#[test]
fn s15_a_message_larger_than_every_queue_passes_live_and_from_history() {
    let mut config = config();
    // Each of these is less than a message; only the whole frame is more.
    config.session.output_bytes_max = 1;
    config.hub.turn_bytes_max = 1;
    let server = TestServer::with(config);
    let mut alice = RawPeer::welcomed(server.address(), "alice");
    alice.join(&lobby());
    let text = "x".repeat(TEXT_BYTES_MAX);
    for number in 1..=20 {
        let request = alice.send_say(&lobby(), id(number), &text);
        alice.expect_stored(request);
        if alice.last_said(&lobby()) < number {
            assert_eq!(heard(&mut alice).text.as_str(), text);
        }
    }
    let mut bob = RawPeer::welcomed(server.address(), "bob");
    bob.join_from(&lobby(), From::Tail(20));
    for number in 1..=20 {
        let record = heard(&mut bob);
        assert_eq!((record.seq.0, record.text.as_str()), (number, &*text));
    }
    bob.ping();
    alice.ping();
}
