//! How a connection begins: what is let in how, and how long that may take.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use chat_proto::message::Code;
use chat_tests::{GUARD, RawPeer, TestClient, TestServer};
use chat_tls::Identity;
use chat_tls::tls::FIRST_BYTE;

use super::{expect_untrusted, options, strict_config, strict_server};

fn raw(server: &TestServer) -> TcpStream {
    let socket = TcpStream::connect(server.address()).expect("the server listens");
    socket
        .set_read_timeout(Some(GUARD))
        .expect("a socket takes the option");
    socket
}

/// Everything that the server still says.
fn rest(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match socket.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
    bytes
}

#[test]
fn a_plain_frame_where_tls_is_needed_is_refused_with_what_to_do() {
    let server = strict_server();
    let mut mallory = RawPeer::connect(server.address());
    mallory.send_hello("mallory");
    let refused = mallory.expect_refused();
    assert_eq!(refused.code, Code::TLS_NEEDED);
    assert!(refused.text.contains("--tls"), "{:?}", refused.text);
    assert_eq!(refused.come_back_after_ms, 0);
}

#[test]
fn a_request_of_a_browser_gets_one_line_of_hint_with_tls_as_without() {
    for server in [TestServer::start(), strict_server()] {
        let mut browser = raw(&server);
        browser
            .write_all(b"GET / HTTP/1.1\r\nHost: chat\r\n\r\n")
            .unwrap();
        let hint = String::from_utf8(rest(&mut browser)).unwrap();
        assert!(hint.contains("chat server"), "{hint}");
        assert_eq!(hint.lines().count(), 1, "{hint}");
    }
}

#[test]
fn tls_and_plain_frames_go_through_the_same_door() {
    let home = tempfile::tempdir().unwrap();
    let server = TestServer::start();
    smol::block_on(async {
        let mut alice = TestClient::with(options(server.address(), "alice", home.path())).await;
        let mut bob = TestClient::connect(server.address(), "bob").await;
        bob.say("hello");
        bob.expect("bob", "hello").await;
        alice.expect("bob", "hello").await;
        bob.finish().await;
        alice.finish().await;
    });
}

#[test]
fn the_time_for_the_hello_begins_before_the_handshake() {
    let mut config = strict_config();
    config.session.hello_timeout_ms = 50;
    let server = TestServer::with(config);
    // One says nothing, one begins a handshake, one has shaken hands and says nothing.
    let mut silent = raw(&server);
    let mut halfway = raw(&server);
    halfway.write_all(&[FIRST_BYTE, 3, 1]).unwrap();
    assert_eq!(rest(&mut silent), b"");
    assert_eq!(rest(&mut halfway), b"");
    let mut config = strict_config();
    config.session.hello_timeout_ms = 2_000;
    let server = TestServer::with(config);
    let identity = Identity::generate().unwrap();
    let mut shaken = RawPeer::connect_secured(server.address(), &identity, server.public_key());
    assert_eq!(shaken.expect_refused().code, Code::HELLO_TOO_LATE);
}

#[test]
fn peers_in_a_handshake_make_room_for_others() {
    let mut config = strict_config();
    config.greeting_max = 2;
    let server = TestServer::with(config);
    let mut halfway: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut socket = raw(&server);
            socket.write_all(&[FIRST_BYTE, 3, 1]).unwrap();
            socket
        })
        .collect();
    let identity = Identity::generate().unwrap();
    let mut alice = RawPeer::connect_secured(server.address(), &identity, server.public_key());
    alice.send_hello("alice");
    alice.expect_welcome();
    for socket in &mut halfway[..6] {
        assert_eq!(rest(socket), b"");
    }
}

#[test]
fn a_server_that_stops_lets_those_in_a_handshake_go() {
    let server = strict_server();
    let mut halfway = raw(&server);
    halfway.write_all(&[FIRST_BYTE, 3, 1]).unwrap();
    let identity = Identity::generate().unwrap();
    // Whoever came later is served, so the first has been accepted.
    let mut alice = RawPeer::connect_secured(server.address(), &identity, server.public_key());
    alice.send_hello("alice");
    alice.expect_welcome();
    server.stop();
    assert_eq!(rest(&mut halfway), b"");
}

#[test]
fn nonsense_instead_of_a_handshake_ends_one_connection_and_no_other() {
    let server = strict_server();
    let identity = Identity::generate().unwrap();
    let mut alice = RawPeer::connect_secured(server.address(), &identity, server.public_key());
    alice.send_hello("alice");
    alice.expect_welcome();
    for bytes in [
        &[FIRST_BYTE; 100][..],
        b"\x16\x03\x01\x00\x05hello",
        &[FIRST_BYTE, 3, 1, 0xff, 0xff],
    ] {
        let mut mallory = raw(&server);
        mallory.write_all(bytes).unwrap();
        mallory.shutdown(std::net::Shutdown::Write).unwrap();
        let told = rest(&mut mallory);
        assert!(told.len() <= 7, "an alert, at most: {told:?}");
        alice.ping();
    }
}

#[test]
fn without_its_key_a_client_does_not_fall_back_to_plain_frames() {
    let home = tempfile::tempdir().unwrap();
    let server = TestServer::start();
    let mut options = options(server.address(), "alice", home.path());
    if let Some(secure) = &mut options.secure {
        secure.identity = chat_client::config::IdentityFile::Given(home.path().join("no key"));
    }
    let reason = expect_untrusted(options);
    assert!(reason.starts_with("cannot read the key "), "{reason}");
}
