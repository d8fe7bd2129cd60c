//! Peers that do not read, do not stop writing, or vanish.

use std::io::Write;
use std::net::Shutdown;
use std::thread;

use chat_proto::ids::MessageId;
use chat_proto::message::{ClientMessage, Ping, ServerMessage};
use chat_proto::name::RoomName;
use chat_tests::client::lobby;
use chat_tests::server::config;
use chat_tests::{Proxy, RawPeer, TestServer};

use super::{Innocents, next_said};

/// Lines of eight kilobytes: some megabytes in all, far more than a server keeps for a reader.
const LONG_LINES: u64 = 400;

/// Says long lines, and waits for each to be stored.
fn say_long_lines(speaker: &mut RawPeer, room: &RoomName) {
    let text = "long ".repeat(1600);
    for number in 0..LONG_LINES {
        let id = MessageId((1_000_000 + u128::from(number)).to_be_bytes());
        let request = speaker.send_say(room, id, &text);
        speaker.expect_stored(request);
    }
}

#[test]
fn a_client_that_stops_reading_delays_nobody_and_is_told_everything_when_it_reads_on() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut deaf = RawPeer::connect(server.address());
    deaf.shrink_receive_buffer();
    deaf.send_hello("deaf");
    deaf.expect_welcome();
    deaf.join(&lobby());
    let mut speaker = RawPeer::welcomed(server.address(), "speaker");
    speaker.join(&lobby());
    say_long_lines(&mut speaker, &lobby());
    innocents.talk();
    let heard: Vec<u64> = (0..LONG_LINES).map(|_| next_said(&mut deaf).seq.0).collect();
    assert_eq!(heard, (1..=LONG_LINES).collect::<Vec<_>>());
    deaf.ping();
    innocents.talk();
}

#[test]
fn who_reads_on_too_late_is_told_what_can_not_be_had() {
    let mut config = config();
    config.memory.room_records_max = 20;
    let server = TestServer::with(config);
    let mut deaf = RawPeer::connect(server.address());
    deaf.shrink_receive_buffer();
    deaf.send_hello("deaf");
    deaf.expect_welcome();
    deaf.join(&lobby());
    let mut speaker = RawPeer::welcomed(server.address(), "speaker");
    speaker.join(&lobby());
    say_long_lines(&mut speaker, &lobby());
    let mut next = 1;
    let mut has_missed = false;
    while next <= LONG_LINES {
        next = deaf.until("what comes next", |message| match message {
            ServerMessage::Said(said) => {
                assert_eq!(said.record.seq.0, next);
                Some(next + 1)
            }
            ServerMessage::Missed(missed) => {
                assert_eq!(missed.from.0, next);
                has_missed = true;
                Some(missed.to.0 + 1)
            }
            _ => None,
        });
    }
    assert_eq!(next, LONG_LINES + 1);
    assert!(has_missed, "the server can't have kept all of it");
}

#[test]
fn a_client_that_only_writes_is_not_read_any_more_and_delays_nobody() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mallory = RawPeer::welcomed(server.address(), "mallory");
    mallory.shrink_receive_buffer();
    let mut pings = Vec::new();
    for request in 0..1_000_000 {
        chat_proto::frame::write_client(&ClientMessage::Ping(Ping { request }), &mut pings);
    }
    let mut socket = mallory.socket();
    // Several megabytes of questions, and nobody reads the answers: this ends only when the connection does.
    let flood = thread::spawn(move || socket.write_all(&pings));
    for _ in 0..50 {
        innocents.talk();
    }
    // Whether it is still there does not matter: it goes now.
    let _ = mallory.socket().shutdown(Shutdown::Both);
    let written = flood.join().expect("writing does not panic");
    assert!(written.is_err(), "the server has read more than it can answer");
    innocents.talk();
}

#[test]
fn a_client_that_vanishes_with_a_reset_is_seen_to_leave() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut carol = RawPeer::welcomed(server.address(), "carol");
    carol.join(&innocents.room);
    carol.reset();
    expect_departure(&mut innocents.alice, "carol");
    innocents.talk();
}

#[test]
fn a_client_that_vanishes_without_a_word_is_seen_to_leave_when_it_was_silent_for_too_long() {
    let mut config = config();
    config.session.ping_interval_ms = 200;
    config.session.idle_timeout_ms = 3_000;
    let server = TestServer::with(config);
    let wire = Proxy::start(server.address());
    let mut carol = RawPeer::welcomed(wire.address(), "carol");
    carol.join(&lobby());
    let mut alice = RawPeer::welcomed(server.address(), "alice");
    alice.join(&lobby());
    wire.cut_silently();
    // Alice answers the server's questions, so she stays.
    alice.until_with_pongs("carol has left", |message| match message {
        ServerMessage::Presence(presence) => presence
            .left
            .iter()
            .any(|name| name.as_str() == "carol")
            .then_some(()),
        _ => None,
    });
    alice.ping();
}

fn expect_departure(peer: &mut RawPeer, name: &str) {
    peer.until("somebody leaves", |message| match message {
        ServerMessage::Presence(presence) => presence
            .left
            .iter()
            .any(|left| left.as_str() == name)
            .then_some(()),
        _ => None,
    });
}
