//! A proxy says from where somebody comes: what that decides, and what becomes of those who only pretend.

use std::net::IpAddr;

use chat_proto::frame;
use chat_proto::message::{Code, ServerMessage};
use chat_server::Config;
use chat_server::config::Plain;
use chat_server::pure::crowd::CrowdLimits;
use chat_server::pure::rate::Rate;
use chat_server::pure::registry::Access;
use chat_tests::raw::hello;
use chat_tests::{RawPeer, TestServer};
use chat_tls::Identity;

use super::Innocents;

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// A health check of the proxy's own.
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/// The header for somebody who comes from there.
fn header(source: &str) -> Vec<u8> {
    let (family, mut addresses) = match source.parse().expect("an address") {
        IpAddr::V4(source) => (0x11, [source.octets(), [198, 51, 100, 1]].concat()),
        IpAddr::V6(source) => (0x21, [source.octets(), [0xfd; 16]].concat()),
    };
    addresses.extend([0xc3, 0x50, 0x1f, 0x40]);
    let length = u8::try_from(addresses.len()).expect("less than 256 bytes");
    [SIGNATURE, &[0x21, family, 0, length], &addresses].concat()
}

/// Everybody comes by a proxy on this machine.
fn config() -> Config {
    let this_machine = "127.0.0.1/32".parse().expect("a network");
    Config {
        proxies: vec![this_machine],
        ..chat_tests::server::config()
    }
}

/// The same, and plain frames are let in from everywhere.
fn plain_config() -> Config {
    Config {
        plain: Plain::FromAnywhere,
        ..config()
    }
}

/// Somebody whom the proxy brings from there, and who has not said anything.
fn brought(server: &TestServer, source: &str) -> RawPeer {
    let mut peer = RawPeer::connect(server.address());
    peer.send(&header(source));
    peer
}

/// What somebody from there is told who says hello; nothing if the connection ends without a word.
fn greeted(server: &TestServer, source: &str, name: &str) -> (RawPeer, Option<ServerMessage>) {
    let mut peer = brought(server, source);
    let mut bytes = Vec::new();
    frame::write_client(&hello(name, None), &mut bytes);
    peer.try_send(&bytes);
    let answer = peer.message();
    (peer, answer)
}

fn welcomed(server: &TestServer, source: &str, name: &str) -> RawPeer {
    let (peer, answer) = greeted(server, source, name);
    assert!(
        matches!(answer, Some(ServerMessage::Welcome(_))),
        "{source}: {answer:?}"
    );
    peer
}

fn refusal(server: &TestServer, source: &str, name: &str) -> Option<Code> {
    match greeted(server, source, name).1 {
        Some(ServerMessage::Refused(refused)) => Some(refused.code),
        _ => None,
    }
}

/// Two who come from this machine, as the proxy says.
fn innocents(server: &TestServer) -> Innocents {
    Innocents::between(
        welcomed(server, "127.0.0.1", "alice"),
        welcomed(server, "::1", "bob"),
    )
}

#[test]
fn the_address_that_the_proxy_names_decides_whether_tls_is_needed() {
    let server = TestServer::with(config());
    let mut innocents = innocents(&server);
    for outside in ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"] {
        let code = refusal(&server, outside, "carol");
        assert_eq!(code, Some(Code::TLS_NEEDED), "{outside}");
    }
    innocents.talk();
    let mut checking = RawPeer::connect(server.address());
    checking.send(LOCAL);
    checking.send_hello("carol");
    checking.expect_welcome();
    innocents.talk();
}

#[test]
fn tls_begins_after_the_header() {
    let server = TestServer::with(config());
    let mut innocents = innocents(&server);
    let identity = Identity::generate().expect("the machine has random bytes");
    let mut carol = brought(&server, "192.0.2.7");
    carol.secure(&identity, server.public_key());
    carol.send_hello("carol");
    carol.expect_welcome();
    innocents.talk();
}

#[test]
fn only_who_is_invited_comes_in_from_where_the_proxy_says() {
    let mut config = plain_config();
    config.hub.access = Access::Invited;
    let server = TestServer::with(config);
    let mut innocents = innocents(&server);
    assert_eq!(refusal(&server, "192.0.2.7", "carol"), Some(Code::NOT_INVITED));
    innocents.talk();
}

#[test]
fn the_limit_of_an_address_holds_for_the_one_that_the_proxy_names_and_for_no_other() {
    let server = TestServer::with(Config {
        crowd: CrowdLimits {
            connections_max: 1,
            arrivals: Rate::UNLIMITED,
            loopback: true,
        },
        ..plain_config()
    });
    let mut innocents = Innocents::between(
        welcomed(&server, "192.0.2.7", "alice"),
        welcomed(&server, "2001:db8::7", "bob"),
    );
    for source in ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::8"] {
        let code = refusal(&server, source, "mallory");
        assert_eq!(code, Some(Code::TOO_MANY_CONNECTIONS), "{source}");
    }
    let carol = welcomed(&server, "192.0.2.8", "carol");
    innocents.talk();
    drop(carol);
    // Nothing tells when the server has noticed, so whoever is refused tries again.
    let has_come = (0..10_000).any(|_| {
        let (_, answer) = greeted(&server, "192.0.2.8", "dave");
        matches!(answer, Some(ServerMessage::Welcome(_)))
    });
    assert!(has_come);
    innocents.talk();
}

#[test]
fn who_comes_too_often_from_where_the_proxy_says_is_let_go_without_a_word() {
    let server = TestServer::with(Config {
        crowd: CrowdLimits {
            connections_max: 1_000,
            arrivals: Rate {
                per_second: 1,
                at_once: 3,
            },
            loopback: false,
        },
        ..plain_config()
    });
    let mut innocents = innocents(&server);
    // One more than a slow test may have earned meanwhile is enough.
    assert!((0..200).any(|_| greeted(&server, "192.0.2.7", "mallory").1.is_none()));
    welcomed(&server, "192.0.2.8", "carol");
    innocents.talk();
}

#[test]
fn a_header_may_come_byte_by_byte_with_whatever_it_says_besides() {
    let server = TestServer::with(plain_config());
    let mut innocents = innocents(&server);
    let mut bytes = header("192.0.2.7");
    // More than is kept: 100 bytes of padding.
    bytes.extend([0x04, 0, 97]);
    bytes.extend([0; 97]);
    bytes[15] += 100;
    frame::write_client(&hello("carol", None), &mut bytes);
    let mut carol = RawPeer::connect(server.address());
    for byte in bytes {
        carol.send(&[byte]);
    }
    carol.expect_welcome();
    innocents.talk();
}

#[test]
fn a_listed_proxy_that_begins_with_no_header_gets_no_answer() {
    let server = TestServer::with(plain_config());
    let mut innocents = innocents(&server);
    let mut plain = Vec::new();
    frame::write_client(&hello("mallory", None), &mut plain);
    let too_long = [SIGNATURE, &[0x21, 0x11, 0xff, 0xff]].concat();
    let of_another_version = [SIGNATURE, &[0x31, 0x11, 0, 12], &[0; 12]].concat();
    let cut_short = &header("192.0.2.7")[..20];
    for beginning in [
        &b"PROXY TCP4 192.0.2.7 198.51.100.1 50000 8000\r\n"[..],
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"",
        &plain,
        &too_long,
        &of_another_version,
        cut_short,
    ] {
        let mut mallory = RawPeer::connect(server.address());
        mallory.try_send(beginning);
        mallory.close_write();
        assert_eq!(mallory.read_to_end(), b"", "{beginning:?}");
        innocents.talk();
    }
    // Whoever sends what can't become a header is not waited for.
    let mut mallory = RawPeer::connect(server.address());
    mallory.send(b"P");
    assert_eq!(mallory.read_to_end(), b"");
}

#[test]
fn a_header_that_does_not_come_in_time_ends_the_connection() {
    let mut config = config();
    config.session.hello_timeout_ms = 50;
    let server = TestServer::with(config);
    let late = [&b""[..], SIGNATURE, &header("192.0.2.7")[..27]].map(|bytes| {
        let mut mallory = RawPeer::connect(server.address());
        mallory.try_send(bytes);
        mallory
    });
    for mut mallory in late {
        assert_eq!(mallory.read_to_end(), b"");
    }
    // The time goes on where the header ends.
    let mut config = self::config();
    config.session.hello_timeout_ms = 2_000;
    let server = TestServer::with(config);
    let mut mallory = brought(&server, "127.0.0.1");
    assert_eq!(mallory.expect_refused().code, Code::HELLO_TOO_LATE);
}

#[test]
fn proxies_that_say_nothing_make_room_for_others() {
    let mut config = config();
    config.greeting_max = 4;
    let server = TestServer::with(config);
    let mut silent: Vec<RawPeer> = (0..12).map(|_| RawPeer::connect(server.address())).collect();
    let mut innocents = innocents(&server);
    // The oldest have gone.
    for peer in &mut silent[..8] {
        assert_eq!(peer.read_to_end(), b"");
    }
    innocents.talk();
}

#[test]
fn a_header_from_somebody_who_is_no_listed_proxy_is_no_header() {
    let server = TestServer::with(Config {
        proxies: vec!["192.0.2.0/24".parse().unwrap()],
        ..chat_tests::server::config()
    });
    let mut innocents = Innocents::at(server.address());
    let mut mallory = RawPeer::connect(server.address());
    mallory.send(&header("192.0.2.7"));
    let hint = String::from_utf8(mallory.read_to_end()).expect("a hint is text");
    assert!(hint.contains("chat server"), "{hint}");
    innocents.talk();
}
