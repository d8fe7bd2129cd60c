//! Names that nobody can have, and hellos that never end.

use std::sync::Arc;

use chat_proto::ids::Secret;
use chat_proto::limits::RAW_NAME_BYTES_MAX;
use chat_proto::message::Code;
use chat_server::pure::session::{Input, Keeping, Origin, Outputs, Rules, Session, SessionLimits};
use chat_tests::raw::hello;
use chat_tests::server::config;
use chat_tests::{RawPeer, TestServer};

use super::Innocents;

#[test]
fn names_that_nobody_can_have_are_refused_with_a_reason() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let too_long = "n".repeat(RAW_NAME_BYTES_MAX);
    let names = [
        "",
        " ",
        "two words",
        " alice",
        "a\u{7}b",
        "a\nb",
        "\u{1b}[31mred",
        "zero\u{200b}width",
        "joined\u{200d}",
        "\u{202e}ecila",
        "\u{3164}",
        "\u{feff}bom",
        "a\u{301}\u{301}\u{301}\u{301}",
        "<alice>",
        "#lobby",
        "/quit",
        &too_long,
    ];
    for name in names {
        let mut mallory = RawPeer::connect(server.address());
        mallory.send_hello(name);
        let refused = mallory.expect_refused();
        assert_eq!(refused.code, Code::NAME_INVALID, "{name:?}");
        assert!(!refused.text.is_empty(), "{name:?}");
        assert!(!refused.text.chars().any(char::is_control), "{name:?}");
    }
    innocents.talk();
}

#[test]
fn a_name_of_ten_kilobytes_is_refused_before_it_has_come() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut mallory = RawPeer::connect(server.address());
    // The hello's tag and versions, the length of the name, and the beginning of it: the rest is never waited for.
    let mut bytes = 10_050_u32.to_be_bytes().to_vec();
    bytes.extend([0, 1, 1, 251, 0x10, 0x27]);
    bytes.extend([b'n'; 100]);
    mallory.try_send(&bytes);
    assert_eq!(mallory.expect_refused().code, Code::FRAME_TOO_LONG);
    innocents.talk();
}

#[test]
fn a_name_that_is_too_long_for_the_wire_is_refused() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut payload = vec![0, 1, 1, 251, 0xb8, 0x0b];
    payload.extend([b'n'; 3000]);
    payload.extend([0; 18]);
    let length = u32::try_from(payload.len()).expect("a short frame");
    let mut mallory = RawPeer::connect(server.address());
    mallory.send(&[&length.to_be_bytes()[..], &payload].concat());
    assert_eq!(mallory.expect_refused().code, Code::MALFORMED);
    innocents.talk();
}

#[test]
fn a_name_that_looks_like_one_in_use_is_in_use() {
    let server = TestServer::start();
    let mut innocents = Innocents::named(server.address(), "Zoë", "strasse");
    for name in ["ZOË", "zoe\u{308}", "Ｚoë", "STRASSE"] {
        let mut mallory = RawPeer::connect(server.address());
        mallory.send_hello(name);
        let refused = mallory.expect_refused();
        assert_eq!(refused.code, Code::NAME_IN_USE, "{name}");
    }
    innocents.talk();
}

#[test]
fn a_hello_that_comes_byte_by_byte_is_understood() {
    let server = TestServer::start();
    let mut innocents = Innocents::at(server.address());
    let mut bytes = Vec::new();
    chat_proto::frame::write_client(&hello("carol", None), &mut bytes);
    let mut carol = RawPeer::connect(server.address());
    for (sent, byte) in bytes.iter().enumerate() {
        carol.send(&[*byte]);
        if sent % 20 == 0 {
            innocents.talk();
        }
    }
    assert_eq!(carol.expect_welcome().name.as_str(), "carol");
}

#[test]
fn a_hello_that_never_ends_is_sent_away_when_its_time_is_over() {
    let mut config = config();
    config.session.hello_timeout_ms = 50;
    let server = TestServer::with(config);
    let mut silent = RawPeer::connect(server.address());
    let mut halfway = RawPeer::connect(server.address());
    halfway.send(&[0, 0, 0, 40, 0, 1]);
    assert_eq!(silent.expect_refused().code, Code::HELLO_TOO_LATE);
    assert_eq!(halfway.expect_refused().code, Code::HELLO_TOO_LATE);
    Innocents::at(server.address()).talk();
}

#[test]
fn a_byte_each_second_does_not_buy_more_time() {
    let limits = SessionLimits {
        hello_timeout_ms: 10_000,
        ..SessionLimits::default()
    };
    let keeping = Keeping::in_memory(100);
    let rules = Arc::new(Rules { limits, keeping });
    let mut session = Session::new(0, rules, Origin::default(), Secret::from_bytes([0; 16]));
    let mut out = Outputs::default();
    let mut bytes = Vec::new();
    chat_proto::frame::write_client(&hello("mallory", None), &mut bytes);
    let mut now_ms = 0;
    for byte in bytes {
        now_ms += 1_000;
        session.handle(now_ms, 0, Input::Bytes(&[byte]), &mut out);
        session.handle(now_ms, 0, Input::Tick, &mut out);
        if out.end {
            break;
        }
    }
    assert!(out.end);
    assert_eq!(now_ms, 10_000, "one deadline, from the first second on");
    assert!(out.requests.is_empty(), "the rooms never heard of it");
}
