//! Bytes that are no frames, frames that hold no messages, messages that are none of ours.

use chat_proto::ids::MessageId;
use chat_proto::message::{ClientMessage, Code, Ping, ServerMessage};
use chat_tests::client::lobby;
use chat_tests::raw::{hello, say};
use chat_tests::sim::random::Random;
use chat_tests::{RawPeer, TestServer};

use super::Innocents;

/// A payload with its length in front.
fn framed(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload");
    [&length.to_be_bytes(), payload].concat()
}

fn expect_goodbye(peer: &mut RawPeer) -> Code {
    let code = peer.until("goodbye", |message| match message {
        ServerMessage::Goodbye(goodbye) => Some(goodbye.code),
        _ => None,
    });
    assert_eq!(peer.message(), None, "nothing comes after a goodbye");
    code
}

#[test]
fn a_length_of_four_gibibytes_ends_the_connection_at_once() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut greeting = RawPeer::connect(server.address());
    let mut present = RawPeer::welcomed(server.address(), "mallory");
    for peer in [&mut greeting, &mut present] {
        peer.send(&[0xff; 4]);
    }
    innocents.talk();
    // No frame begins so, so whoever has not said hello is taken for a stranger.
    let hint = greeting.read_to_end();
    assert!(String::from_utf8_lossy(&hint).contains("chat server"));
    assert_eq!(expect_goodbye(&mut present), Code::FRAME_TOO_LONG);
    innocents.talk();
}

#[test]
fn a_frame_that_is_announced_too_long_ends_the_connection_before_it_comes() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut greeting = RawPeer::connect(server.address());
    greeting.send(&[0, 0xff, 0xff, 0xff]);
    let mut present = RawPeer::welcomed(server.address(), "mallory");
    present.send(&[0, 0xff, 0xff, 0xff]);
    innocents.talk();
    assert_eq!(greeting.expect_refused().code, Code::FRAME_TOO_LONG);
    assert_eq!(expect_goodbye(&mut present), Code::FRAME_TOO_LONG);
    innocents.talk();
}

#[test]
fn a_length_of_nothing_ends_the_connection() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut greeting = RawPeer::connect(server.address());
    greeting.send(&[0; 4]);
    let mut present = RawPeer::welcomed(server.address(), "mallory");
    present.send(&[0; 4]);
    innocents.talk();
    assert_eq!(greeting.expect_refused().code, Code::MALFORMED);
    assert_eq!(expect_goodbye(&mut present), Code::MALFORMED);
    innocents.talk();
}

#[test]
fn random_bytes_disturb_nobody() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut random = Random::new(1);
    for number in 0..100 {
        let mut noise: Vec<u8> = (0..random.size(40)).flat_map(|_| random.bytes()).collect();
        let mut mallory = if number % 2 == 0 {
            RawPeer::connect(server.address())
        } else {
            // What is inside the frame is random.
            noise = framed(&noise);
            RawPeer::welcomed(server.address(), "mallory")
        };
        mallory.try_send(&noise);
        mallory.close_write();
        mallory.read_to_end();
        if number % 10 == 0 {
            innocents.talk();
        }
    }
}

#[test]
fn a_browser_is_given_a_hint() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    for request in [
        "GET / HTTP/1.1\r\nHost: chat\r\n\r\n",
        "POST / HTTP/1.0\r\n\r\n",
        "hello?\n",
    ] {
        let mut browser = RawPeer::connect(server.address());
        browser.send(request.as_bytes());
        innocents.talk();
        let answer = String::from_utf8(browser.read_to_end()).expect("a hint is text");
        assert!(answer.contains("chat server"), "{answer}");
        assert_eq!(answer.lines().count(), 1, "{answer}");
        assert!(answer.ends_with('\n'), "{answer}");
    }
}

#[test]
fn a_message_before_hello_is_refused() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let too_soon = [
        ClientMessage::Ping(Ping { request: 1 }),
        say(1, &lobby(), MessageId([1; 16]), "may I?"),
    ];
    for message in too_soon {
        let mut mallory = RawPeer::connect(server.address());
        mallory.send_message(&message);
        innocents.talk();
        assert_eq!(mallory.expect_refused().code, Code::OUT_OF_PLACE);
    }
    // Also one that nobody knows yet.
    let mut mallory = RawPeer::connect(server.address());
    mallory.send(&framed(&[200, 1]));
    assert_eq!(mallory.expect_refused().code, Code::OUT_OF_PLACE);
    innocents.talk();
}

#[test]
fn a_second_hello_ends_the_connection() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut mallory = RawPeer::welcomed(server.address(), "mallory");
    mallory.send_hello("alice");
    innocents.talk();
    assert_eq!(expect_goodbye(&mut mallory), Code::OUT_OF_PLACE);
    innocents.talk();
}

#[test]
fn a_request_of_a_later_version_fails_and_the_connection_lives() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut carol = RawPeer::welcomed(server.address(), "carol");
    carol.send(&framed(&[200, 77, 1, 2, 3]));
    let failed = carol.until("the refusal", |message| match message {
        ServerMessage::Failed(failed) => Some(failed),
        _ => None,
    });
    assert_eq!((failed.request, failed.code), (77, Code::UNKNOWN_REQUEST));
    carol.ping();
    innocents.talk();
}

#[test]
fn a_count_that_is_claimed_and_not_sent_is_refused() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    // What stands at the end of a hello is the count of its extras.
    let mut claims = Vec::new();
    chat_proto::codec::encode_client(&hello("mallory", None), &mut claims);
    assert_eq!(claims.pop(), Some(0));
    for count in [
        &[9][..],
        &[251, 0xff, 0xff],
        &[253, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ] {
        let mut mallory = RawPeer::connect(server.address());
        mallory.send(&framed(&[&claims, count].concat()));
        innocents.talk();
        assert_eq!(mallory.expect_refused().code, Code::MALFORMED, "{count:?}");
    }
}

#[test]
fn bytes_that_follow_a_message_in_its_frame_are_refused() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut payload = Vec::new();
    chat_proto::codec::encode_client(&hello("mallory", None), &mut payload);
    payload.push(0);
    let mut mallory = RawPeer::connect(server.address());
    mallory.send(&framed(&payload));
    assert_eq!(mallory.expect_refused().code, Code::MALFORMED);
    innocents.talk();
}
