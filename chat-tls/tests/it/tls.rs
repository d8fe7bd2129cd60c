//! Both ends of real TLS, with a wire between them that passes on as little at a time as it is told to.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use chat_proto::ids::PublicKey;
use chat_tls::tls::{FIRST_BYTE, HANDSHAKE_BYTES_MAX, TLS_OUTPUT_BYTES_MAX};
use chat_tls::{Acceptor, Identity, Tls, TlsError};
use proptest::prelude::*;

use crate::dishonest::{client_without_a_key, server_with_the_key_of};

/// One direction of a wire.
struct Lane {
    bytes: VecDeque<u8>,
    /// No more than this is on the way.
    bytes_max: usize,
    is_closed: bool,
}

struct Wire {
    lanes: [RefCell<Lane>; 2],
    /// No more than this passes in one call.
    piece_bytes: usize,
}

/// One end of a wire, as a socket that does not block.
struct End<'a> {
    wire: &'a Wire,
    side: usize,
}

impl Wire {
    fn new(piece_bytes: usize, bytes_max: usize) -> Self {
        let lane = || {
            RefCell::new(Lane {
                bytes: VecDeque::new(),
                bytes_max,
                is_closed: false,
            })
        };
        Self {
            lanes: [lane(), lane()],
            piece_bytes,
        }
    }

    fn ends(&self) -> (End<'_>, End<'_>) {
        (End { wire: self, side: 0 }, End { wire: self, side: 1 })
    }
}

impl End<'_> {
    fn shutdown(&self) {
        self.wire.lanes[self.side].borrow_mut().is_closed = true;
    }
}

impl Read for End<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut lane = self.wire.lanes[1 - self.side].borrow_mut();
        let count = buffer.len().min(lane.bytes.len()).min(self.wire.piece_bytes);
        if count == 0 && !lane.is_closed {
            return Err(ErrorKind::WouldBlock.into());
        }
        for byte in &mut buffer[..count] {
            *byte = lane.bytes.pop_front().expect("it was counted");
        }
        Ok(count)
    }
}

impl Write for End<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lane = self.wire.lanes[self.side].borrow_mut();
        let room = lane.bytes_max - lane.bytes.len();
        let count = bytes.len().min(room).min(self.wire.piece_bytes);
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        lane.bytes.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn identity() -> Identity {
    Identity::generate().expect("the machine has random bytes")
}

type Shaken = Result<PublicKey, TlsError>;

/// Lets both shake hands until both are done, or stuck. What the server and the client say.
fn shake(server: &mut Tls, client: &mut Tls, wire: &Wire) -> (Option<Shaken>, Option<Shaken>) {
    let (mut of_server, mut of_client) = wire.ends();
    let (mut served, mut connected) = (None, None);
    for _ in 0..100_000 {
        step(client, &mut of_client, &mut connected);
        step(server, &mut of_server, &mut served);
        if served.is_some() && connected.is_some() {
            break;
        }
    }
    (served, connected)
}

fn step(tls: &mut Tls, end: &mut End<'_>, done: &mut Option<Shaken>) {
    if done.is_none() {
        match tls.handshake(end) {
            Err(error) if error.would_block() => {}
            result => *done = Some(result),
        }
    }
}

/// Two ends that have shaken hands.
fn pair(wire: &Wire) -> (Tls, Tls) {
    let server = identity();
    let mut client = Tls::connect(&identity(), Some(server.public_key()));
    let mut server = Acceptor::new(&server).accept();
    let (served, connected) = shake(&mut server, &mut client, wire);
    served.expect("the server is done").expect("it knows the client");
    connected
        .expect("the client is done")
        .expect("it knows the server");
    (server, client)
}

/// Reads what there is now, up to the end; whether it was there.
fn read_all(tls: &mut Tls, end: &mut End<'_>, into: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 1000];
    loop {
        match tls.read(end, &mut buffer) {
            Ok(0) => return true,
            Ok(count) => into.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn each_end_learns_the_others_key() {
    for piece_bytes in [1, 7, 1 << 20] {
        let wire = Wire::new(piece_bytes, 1 << 20);
        let (alice, house) = (identity(), identity());
        let mut server = Acceptor::new(&house).accept();
        let mut client = Tls::connect(&alice, None);
        let (served, connected) = shake(&mut server, &mut client, &wire);
        assert_eq!(served.unwrap().unwrap(), alice.public_key());
        assert_eq!(connected.unwrap().unwrap(), house.public_key());
        assert_eq!(client.peer_key(), Some(house.public_key()));
    }
}

#[test]
fn a_key_that_lies_elsewhere_is_as_good_as_one_that_is_here() {
    let wire = Wire::new(7, 1 << 20);
    let (alice, house) = (identity(), identity());
    let key = alice.public_key();
    let alice = Identity::elsewhere(key, move |message| alice.sign(message));
    let mut server = Acceptor::new(&house).accept();
    let mut client = Tls::connect(&alice, Some(house.public_key()));
    let (served, connected) = shake(&mut server, &mut client, &wire);
    assert_eq!(served.unwrap().unwrap(), key);
    assert_eq!(connected.unwrap().unwrap(), house.public_key());
    // A server's, too.
    let wire = Wire::new(1 << 20, 1 << 20);
    let mut server = Acceptor::new(&alice).accept();
    let mut client = Tls::connect(&house, Some(key));
    let (served, connected) = shake(&mut server, &mut client, &wire);
    assert_eq!(served.unwrap().unwrap(), house.public_key());
    assert_eq!(connected.unwrap().unwrap(), key);
}

#[test]
fn without_a_signature_the_handshake_ends_with_the_reason_and_the_server_is_told_nothing() {
    let wire = Wire::new(1 << 20, 1 << 20);
    let (alice, house) = (identity(), identity());
    let asleep = Identity::elsewhere(alice.public_key(), |_| Err(ErrorKind::TimedOut.into()));
    assert!(asleep.sign(b"a message").is_err());
    let mut server = Acceptor::new(&house).accept();
    let mut client = Tls::connect(&asleep, None);
    let (mut of_server, mut of_client) = wire.ends();
    assert!(client.handshake(&mut of_client).unwrap_err().would_block());
    assert!(server.handshake(&mut of_server).unwrap_err().would_block());
    let Err(TlsError::NotSigned(cause)) = client.handshake(&mut of_client) else {
        panic!("there is no signature");
    };
    assert_eq!(cause.kind(), ErrorKind::TimedOut);
    // The server has taken all that was sent before.
    let told = wire.lanes[1].borrow().bytes.len();
    assert!(told <= 6, "at most that ciphers change, not a key: {told} bytes");
    assert_eq!(server.peer_key(), None);
}

#[test]
fn a_signature_of_another_key_is_refused() {
    let wire = Wire::new(1 << 20, 1 << 20);
    let (alice, mallory, house) = (identity(), identity(), identity());
    let pretender = Identity::elsewhere(alice.public_key(), move |message| mallory.sign(message));
    let mut server = Acceptor::new(&house).accept();
    let mut client = Tls::connect(&pretender, None);
    let (served, _) = shake(&mut server, &mut client, &wire);
    assert!(matches!(served, Some(Err(TlsError::Broken(_)))), "{served:?}");
}

#[test]
fn a_connection_begins_with_the_byte_that_tells_it_from_a_plain_frame_and_without_a_name() {
    let wire = Wire::new(1 << 20, 1 << 20);
    let (_, mut end) = wire.ends();
    let hello = Tls::connect(&identity(), None).handshake(&mut end).unwrap_err();
    assert!(hello.would_block());
    let lane = wire.lanes[1].borrow();
    assert_eq!(lane.bytes[0], FIRST_BYTE);
    let sent: Vec<u8> = lane.bytes.iter().copied().collect();
    assert!(
        !sent.windows(4).any(|bytes| bytes == b"chat"),
        "no server name is sent"
    );
}

#[test]
fn another_key_than_the_expected_is_refused_before_the_client_has_said_who_it_is() {
    let wire = Wire::new(1 << 20, 1 << 20);
    let (house, relay, alice) = (identity(), identity(), identity());
    let mut server = Acceptor::new(&relay).accept();
    let mut client = Tls::connect(&alice, Some(house.public_key()));
    let (served, connected) = shake(&mut server, &mut client, &wire);
    let Some(Err(TlsError::OtherKey(other))) = connected else {
        panic!("{connected:?}");
    };
    assert_eq!(other.shown, relay.public_key());
    assert!(matches!(served, Some(Err(TlsError::Refused(_)))), "{served:?}");
    assert_eq!(server.peer_key(), None);
}

#[test]
fn a_server_that_has_not_the_key_that_it_shows_is_refused() {
    let house = identity();
    let mut server = server_with_the_key_of(house.public_key());
    let wire = Wire::new(1 << 20, 1 << 20);
    let (mut of_server, mut of_client) = wire.ends();
    let mut client = Tls::connect(&identity(), Some(house.public_key()));
    let refused = loop {
        match client.handshake(&mut of_client) {
            Err(error) if error.would_block() => {}
            result => break result,
        }
        server.read_tls(&mut of_server).unwrap();
        server.process_new_packets().unwrap();
        while server.wants_write() {
            server.write_tls(&mut of_server).unwrap();
        }
    };
    assert!(matches!(refused, Err(TlsError::Broken(_))), "{refused:?}");
}

#[test]
fn a_client_without_a_key_does_not_get_in() {
    let house = identity();
    let mut server = Acceptor::new(&house).accept();
    let wire = Wire::new(1 << 20, 1 << 20);
    let (mut of_server, mut of_client) = wire.ends();
    let mut client = client_without_a_key();
    let served = loop {
        while client.wants_write() {
            client.write_tls(&mut of_client).unwrap();
        }
        match server.handshake(&mut of_server) {
            Err(error) if error.would_block() => {}
            result => break result,
        }
        client.read_tls(&mut of_client).unwrap();
        client.process_new_packets().unwrap();
    };
    assert!(matches!(served, Err(TlsError::Broken(_))), "{served:?}");
    assert_eq!(server.peer_key(), None);
}

#[test]
fn an_end_is_told_and_the_other_direction_lives_on() {
    let wire = Wire::new(1 << 20, 1 << 20);
    let (mut server, mut client) = pair(&wire);
    let (mut of_server, mut of_client) = wire.ends();
    client.write(&mut of_client, b"a question").unwrap();
    client.close(&mut of_client).unwrap();
    of_client.shutdown();
    let mut heard = Vec::new();
    assert!(read_all(&mut server, &mut of_server, &mut heard));
    assert_eq!(heard, b"a question");
    server.write(&mut of_server, b"an answer").unwrap();
    server.close(&mut of_server).unwrap();
    server.close(&mut of_server).unwrap();
    let mut heard = Vec::new();
    assert!(read_all(&mut client, &mut of_client, &mut heard));
    assert_eq!(heard, b"an answer");
}

#[test]
fn a_connection_that_was_cut_does_not_look_like_an_end() {
    let wire = Wire::new(1 << 20, 1 << 20);
    let (mut server, mut client) = pair(&wire);
    let (mut of_server, mut of_client) = wire.ends();
    client.write(&mut of_client, b"half of").unwrap();
    of_client.shutdown();
    let mut buffer = [0; 100];
    assert_eq!(server.read(&mut of_server, &mut buffer).unwrap(), 7);
    let cut = server.read(&mut of_server, &mut buffer).unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn one_record_can_be_read_in_parts_without_asking_the_socket_again() {
    let wire = Wire::new(1 << 20, 1 << 20);
    let (mut server, mut client) = pair(&wire);
    let (mut of_server, mut of_client) = wire.ends();
    client.write(&mut of_client, b"abc").unwrap();
    client.close(&mut of_client).unwrap();
    assert!(!server.has_input(), "nothing was read from the socket yet");
    let mut one = [0; 1];
    for expected in b"abc" {
        assert_eq!(server.read(&mut of_server, &mut one).unwrap(), 1);
        assert_eq!(one[0], *expected);
        assert!(server.has_input(), "the rest, or the end, is there");
    }
    assert_eq!(server.read(&mut of_server, &mut one).unwrap(), 0);
}

#[test]
fn what_waits_for_a_peer_that_does_not_read_is_bounded() {
    let wire = Wire::new(1 << 20, 4096);
    let (mut server, mut client) = pair(&wire);
    let (mut of_server, mut of_client) = wire.ends();
    let much = vec![7; 1 << 20];
    let mut written = 0;
    let stopped = loop {
        match server.write(&mut of_server, &much[written..]) {
            Ok(count) => written += count,
            Err(error) => break error,
        }
    };
    assert_eq!(stopped.kind(), ErrorKind::WouldBlock);
    assert!(server.wants_write());
    assert!(written <= TLS_OUTPUT_BYTES_MAX + 4096, "{written}");
    let mut heard = Vec::new();
    while heard.len() < much.len() {
        read_all(&mut client, &mut of_client, &mut heard);
        match server.write(&mut of_server, &much[written..]) {
            Ok(count) => written += count,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        let _ = server.flush(&mut of_server);
    }
    assert_eq!(heard, much);
    assert!(!server.wants_write());
}

#[test]
fn a_handshake_that_does_not_end_is_ended() {
    let mut server = Acceptor::new(&identity()).accept();
    let wire = Wire::new(1 << 20, 1 << 20);
    let (mut of_server, mut of_client) = wire.ends();
    // A hello of 64 KiB is announced, in records of 1 KiB.
    let mut first = true;
    let mut sent = 0;
    let refused = loop {
        let mut record = vec![FIRST_BYTE, 3, 1, 4, 0];
        let body = if first {
            [&[1, 0, 0xff, 0xf0][..], &[0; 1020]].concat()
        } else {
            vec![0; 1024]
        };
        first = false;
        record.extend(body);
        sent += record.len();
        of_client.write_all(&record).unwrap();
        match server.handshake(&mut of_server) {
            Err(error) if error.would_block() => assert!(sent <= 2 * HANDSHAKE_BYTES_MAX, "it goes on"),
            result => break result,
        }
    };
    assert!(matches!(refused, Err(TlsError::HandshakeTooLong)), "{refused:?}");
}

#[test]
fn what_is_no_tls_is_refused() {
    for bytes in [
        &b"\x16GET / HTTP/1.1\r\n\r\n"[..],
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x05hello",
    ] {
        let mut server = Acceptor::new(&identity()).accept();
        let wire = Wire::new(1 << 20, 1 << 20);
        let (mut of_server, mut of_client) = wire.ends();
        of_client.write_all(bytes).unwrap();
        of_client.shutdown();
        let refused = server.handshake(&mut of_server);
        assert!(refused.is_err_and(|error| !error.would_block()), "{bytes:?}");
    }
}

#[test]
fn a_byte_that_was_changed_on_the_way_ends_the_connection() {
    let wire = Wire::new(1 << 20, 1 << 20);
    let (mut server, mut client) = pair(&wire);
    let (mut of_server, mut of_client) = wire.ends();
    client.write(&mut of_client, b"pay bob 10").unwrap();
    *wire.lanes[1].borrow_mut().bytes.back_mut().unwrap() ^= 1;
    let refused = server.read(&mut of_server, &mut [0; 100]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidData, "{refused}");
}

#[test]
fn nothing_secret_is_printed() {
    let wire = Wire::new(1 << 20, 1 << 20);
    let (server, _) = pair(&wire);
    let shown = format!("{server:?} {:?}", Acceptor::new(&identity()));
    assert!(shown.starts_with("Tls { peer_key: Some(PublicKey("), "{shown}");
    assert!(shown.len() < 200, "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_written_is_read_in_its_order(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 0..12),
        piece_bytes in 1_usize..3000,
    ) {
        let wire = Wire::new(piece_bytes, 9000);
        let (mut server, mut client) = pair(&wire);
        let (mut of_server, mut of_client) = wire.ends();
        let all = pieces.concat();
        let (mut written, mut heard, mut ended) = (0, Vec::new(), false);
        let mut closed = false;
        for _ in 0..200_000 {
            if written < all.len() {
                match client.write(&mut of_client, &all[written..]) {
                    Ok(count) => written += count,
                    Err(error) => prop_assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
            } else if !closed {
                closed = client.close(&mut of_client).is_ok();
            }
            ended = read_all(&mut server, &mut of_server, &mut heard);
            if ended { break }
        }
        prop_assert!(ended);
        prop_assert_eq!(heard, all);
    }
}
