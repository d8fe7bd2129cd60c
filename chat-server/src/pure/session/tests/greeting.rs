//! From the first byte to the welcome.

use chat_proto::limits::{HELLO_FRAME_BYTES_MAX, TEXT_BYTES_MAX};
use proptest::prelude::*;

use super::*;
use crate::pure::session::greet::HINT;

#[test]
fn a_hello_is_passed_on_and_welcomed() {
    let mut peer = Peer::new();
    peer.send(&hello("alice"));
    let arrive = Request::Arrive {
        name: user("alice"),
        instance: Instance([3; 16]),
        resume: None,
        secret: SECRET,
        key: None,
        invitation: None,
        is_trusted_place: false,
    };
    assert_eq!(peer.take_requests(), [arrive]);
    assert!(peer.out.bytes.is_empty());
    peer.handle(Input::Reply(arrived()));
    let welcome = Welcome {
        version: 1,
        name: user("alice"),
        resume: SECRET,
        storage: Storage::MEMORY,
        ping_interval_ms: 2000,
        idle_timeout_ms: 5000,
        text_bytes_max: u32::try_from(TEXT_BYTES_MAX).unwrap(),
        says_in_flight_max: 4,
        rooms_max: 3,
        dedupe_ids: 100,
        dedupe_ms: 0,
        now_unix_ms: 1_700_000_000_000,
        extra: Extra::new(),
    };
    assert_eq!(peer.take_messages(), [ServerMessage::Welcome(welcome)]);
}

#[test]
fn what_follows_a_hello_at_once_waits_for_the_welcome() {
    let mut peer = Peer::new();
    peer.bytes(&[frame(&hello("alice")), frame(&ping(5))].concat());
    assert!(peer.out.bytes.is_empty() && !peer.session.wants_bytes());
    peer.handle(Input::Reply(arrived()));
    let told = peer.take_messages();
    let [ServerMessage::Welcome(_), last] = &told[..] else {
        panic!("welcome, then the rest: {told:?}");
    };
    assert_eq!(*last, pong(5));
    assert!(peer.session.wants_bytes());
}

#[test]
fn a_hello_may_come_byte_by_byte() {
    let mut peer = Peer::new();
    for byte in frame(&hello("alice")) {
        assert!(peer.session.wants_bytes() && peer.out.requests.is_empty());
        peer.bytes(&[byte]);
    }
    assert_eq!(peer.take_requests().len(), 1);
}

#[test]
fn versions_that_do_not_meet_are_refused() {
    for (oldest, newest, is_welcome) in [
        (1, 1, true),
        (0, 9, true),
        (2, 3, false),
        (0, 0, false),
        (9, 0, false),
        (1, 0, false),
    ] {
        let mut peer = Peer::new();
        let ClientMessage::Hello(mut hello) = hello("alice") else {
            unreachable!()
        };
        (hello.version_oldest, hello.version_newest) = (oldest, newest);
        peer.send(&ClientMessage::Hello(hello));
        assert_eq!(!peer.out.end, is_welcome, "{oldest} to {newest}");
        if !is_welcome {
            assert_eq!(refused_code(&peer.take_messages()), Some(Code::VERSION));
        }
    }
}

#[test]
fn a_name_that_is_none_is_refused_with_a_reason() {
    let long = "x".repeat(2000);
    for name in [
        "",
        "a b",
        "a\u{1b}[31m",
        "a\u{200b}b",
        "\u{202e}alice",
        "<alice>",
        &long,
    ] {
        let mut peer = Peer::new();
        peer.send(&hello(name));
        let told = peer.take_messages();
        let [ServerMessage::Refused(refused)] = &told[..] else {
            panic!("{name:?} is refused: {told:?}");
        };
        assert_eq!(
            (refused.code, refused.come_back_after_ms),
            (Code::NAME_INVALID, 0),
            "{name:?}"
        );
        assert!(!refused.text.is_empty() && !refused.text.contains(|c: char| c.is_control()));
        assert!(peer.out.end && peer.take_requests().is_empty(), "{name:?}");
    }
}

#[test]
fn a_hello_that_is_too_long_is_refused_unread() {
    let mut peer = Peer::new();
    let claimed = u32::try_from(HELLO_FRAME_BYTES_MAX + 1).unwrap();
    peer.bytes(&claimed.to_be_bytes());
    assert_eq!(refused_code(&peer.take_messages()), Some(Code::FRAME_TOO_LONG));
    assert!(peer.out.end);
}

#[test]
fn once_welcomed_frames_may_be_longer() {
    let long = say(1, &"x".repeat(TEXT_BYTES_MAX));
    assert!(frame(&long).len() > HELLO_FRAME_BYTES_MAX);
    let mut peer = Peer::new();
    peer.bytes(&[frame(&hello("alice")), frame(&long)].concat());
    assert_eq!(peer.take_requests().len(), 1, "the hello");
    peer.handle(Input::Reply(arrived()));
    assert_eq!(peer.take_requests().len(), 1, "what came behind it");
    peer.send(&long);
    assert_eq!(peer.take_requests().len(), 1, "what comes later");
    assert!(!peer.out.end);
}

#[test]
fn a_name_in_use_is_refused_for_now() {
    let mut peer = Peer::new();
    peer.send(&hello("alice"));
    peer.handle(Input::Reply(Reply::Denied {
        code: Code::NAME_IN_USE,
        text: Note::new("taken"),
    }));
    let told = peer.take_messages();
    let [ServerMessage::Refused(refused)] = &told[..] else {
        panic!("the peer is refused: {told:?}");
    };
    assert_eq!((refused.code, &*refused.text), (Code::NAME_IN_USE, "taken"));
    assert!(refused.come_back_after_ms > 0 && peer.out.end);
}

#[test]
fn a_message_before_hello_is_out_of_place() {
    for message in [ping(1), say(1, "hello")] {
        let mut peer = Peer::new();
        peer.send(&message);
        assert_eq!(
            refused_code(&peer.take_messages()),
            Some(Code::OUT_OF_PLACE),
            "{message:?}"
        );
        assert!(peer.out.end && peer.take_requests().is_empty());
    }
    let mut peer = Peer::new();
    peer.bytes(&[0, 0, 0, 2, 99, 1]);
    assert_eq!(
        refused_code(&peer.take_messages()),
        Some(Code::OUT_OF_PLACE),
        "of a later version"
    );
}

#[test]
fn a_second_hello_is_out_of_place() {
    let mut peer = Peer::welcomed();
    peer.send(&hello("alice"));
    assert_eq!(goodbye_code(&peer.take_messages()), Some(Code::OUT_OF_PLACE));
    assert!(peer.out.end);
}

#[test]
fn who_speaks_something_else_gets_a_line_to_read() {
    for bytes in [
        &b"GET / HTTP/1.1\r\nHost: chat\r\n\r\n"[..],
        b"hello\n",
        &[0xff; 4],
        &[0x16, 3, 1, 2, 0],
    ] {
        let mut peer = Peer::new();
        peer.bytes(bytes);
        assert_eq!(peer.out.bytes, HINT.as_bytes(), "{bytes:?}");
        assert!(peer.out.end && peer.out.requests.is_empty());
    }
}

#[test]
fn who_has_to_speak_tls_is_told_so_and_nothing_that_it_said_counts() {
    let mut peer = Peer::new();
    peer.handle(Input::TlsNeeded);
    peer.send(&hello("alice"));
    let messages = peer.take_messages();
    let [ServerMessage::Refused(refused)] = &messages[..] else {
        panic!("{messages:?}");
    };
    assert_eq!(refused.code, Code::TLS_NEEDED);
    assert!(refused.text.contains("--tls"), "{:?}", refused.text);
    assert!(peer.out.end && peer.out.requests.is_empty());
}

#[test]
fn broken_frames_end_the_connection_with_a_reason() {
    for (bytes, code) in [
        (&[0xff; 4][..], Code::FRAME_TOO_LONG),
        (&[0, 1, 0, 1], Code::FRAME_TOO_LONG),
        (&[0; 4], Code::MALFORMED),
        (&[0, 0, 0, 1, 0], Code::MALFORMED),
        (&[0, 0, 0, 3, 7, 1, 0], Code::MALFORMED),
    ] {
        let mut peer = Peer::welcomed();
        peer.bytes(bytes);
        assert_eq!(goodbye_code(&peer.take_messages()), Some(code), "{bytes:?}");
        assert!(peer.out.end && peer.departures() == 1);
    }
    for bytes in [&[0; 4][..], &[0, 0, 0, 1, 0]] {
        let mut peer = Peer::new();
        peer.bytes(bytes);
        assert_eq!(
            refused_code(&peer.take_messages()),
            Some(Code::MALFORMED),
            "{bytes:?} as the first"
        );
    }
}

#[test]
fn a_hello_has_its_time() {
    let mut peer = Peer::new();
    assert_eq!(peer.session.next_deadline(), Some(1000));
    peer.bytes(&[0]);
    assert_eq!(
        peer.session.next_deadline(),
        Some(1000),
        "one byte a second buys nothing"
    );
    peer.at(999);
    assert!(!peer.out.end);
    peer.at(1000);
    assert_eq!(refused_code(&peer.take_messages()), Some(Code::HELLO_TOO_LATE));
    assert!(peer.out.end && peer.out.requests.is_empty());
}

#[test]
fn who_waits_too_long_for_its_welcome_is_told_that_it_is_not_to_blame() {
    let mut peer = Peer::new();
    peer.send(&hello("alice"));
    peer.at(1000);
    assert_eq!(refused_code(&peer.take_messages()), Some(Code::SERVER_FULL));
    assert!(peer.out.end && peer.departures() == 1);
    peer.handle(Input::Reply(arrived()));
    assert!(peer.out.bytes.is_empty(), "the welcome came too late");
}

/// Pieces that look like frames more often than chance would have it.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let framed = prop::collection::vec(any::<u8>(), 1..40).prop_map(|payload| {
        let length = u32::try_from(payload.len()).expect("short");
        [&length.to_be_bytes()[..], &payload].concat()
    });
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        framed,
        Just(frame(&hello("alice"))),
        Just(frame(&ping(1))),
        Just(frame(&say(1, "hello"))),
    ]
}

proptest! {
    #[test]
    fn whatever_bytes_come_the_session_answers_waits_or_ends(
        is_welcomed in any::<bool>(),
        pieces in prop::collection::vec(pieces(), 0..20),
    ) {
        let mut peer = if is_welcomed { Peer::welcomed() } else { Peer::new() };
        for piece in &pieces {
            peer.bytes(piece);
            if peer.out.requests.iter().any(|request| matches!(request, Request::Arrive { .. })) {
                peer.out.requests.clear();
                peer.handle(Input::Reply(arrived()));
            }
        }
        prop_assert!(peer.departures() <= 1);
        let bytes = std::mem::take(&mut peer.out.bytes);
        if bytes != HINT.as_bytes() {
            messages(&bytes);
        }
        peer.handle(Input::Lost);
        prop_assert!(peer.out.end && peer.out.cut);
    }
}
