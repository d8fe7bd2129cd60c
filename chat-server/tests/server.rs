//! The server from outside: real sockets, raw frames.

#[path = "server/crowd.rs"]
mod crowd;
#[path = "server/house.rs"]
mod house;

use std::io::Read;
use std::net::TcpStream;
use std::thread;

use channels::oneshot;
use chat_proto::message::{ClientMessage, Code, Ping, ServerMessage};
use chat_server::{BindError, Config, Server};
use futures_lite::future;

use house::{House, Peer, WITHIN, config, frame, hello, say};

/// The code with which the server ended the connection.
fn end_code(peer: &mut Peer) -> Option<Code> {
    let last = peer.last_words()?;
    if let ServerMessage::Refused(refused) = last {
        return Some(refused.code);
    }
    if let ServerMessage::Goodbye(goodbye) = last {
        return Some(goodbye.code);
    }
    None
}

/// Waits until the server tells that somebody has left.
fn hear_leaving(peer: &mut Peer, name: &str) {
    peer.receive_first(|message| {
        let ServerMessage::Presence(presence) = message else {
            return None;
        };
        presence
            .left
            .iter()
            .any(|left| left.as_str() == name)
            .then_some(())
    });
}

#[test]
fn two_in_a_room_hear_each_other_in_one_order() {
    let house = House::open(config());
    let mut alice = house.member("alice", "lobby");
    let mut bob = house.member("bob", "lobby");
    alice.say("lobby", "hello");
    let heard = bob.hear();
    assert_eq!(heard.1, "alice: hello");
    assert_eq!(alice.hear(), heard);
    bob.say("lobby", "hello yourself");
    let answered = alice.hear();
    assert_eq!(answered.1, "bob: hello yourself");
    assert_eq!(answered.0, heard.0.next());
    assert_eq!(bob.hear(), answered);
    house.close();
}

#[test]
fn a_port_in_use_is_told_in_one_sentence() {
    let house = House::open(config());
    let address = house.address;
    let error = future::block_on(Server::bind(Config {
        listen: address,
        ..config()
    }))
    .unwrap_err();
    assert!(matches!(error, BindError::InUse { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("cannot listen on {address}: the port is in use")
    );
    house.close();
}

#[test]
fn an_address_of_another_machine_is_told_in_one_sentence() {
    // An address for documentation, which no machine has.
    let listen = ([192, 0, 2, 1], 0).into();
    let error = future::block_on(Server::bind(Config { listen, ..config() })).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot listen on 192.0.2.1:0: not an address of this machine"
    );
}

#[test]
fn who_finds_no_place_waits_at_the_door_until_somebody_leaves() {
    let house = House::open(Config {
        connections_max: 1,
        ..config()
    });
    let mut alice = house.guest("alice");
    let mut bob = house.stranger();
    bob.send(&hello("bob"));
    alice.send(&ClientMessage::Ping(Ping { request: 9 }));
    assert_eq!(alice.receive(), ServerMessage::Pong(Ping { request: 9 }));
    assert!(bob.hears_nothing(), "only one may be inside");
    alice.finish();
    assert!(matches!(bob.receive(), ServerMessage::Welcome(_)));
    house.close();
}

#[test]
fn who_waits_too_long_at_the_door_is_told_that_the_server_is_full() {
    let mut config = Config {
        connections_max: 1,
        ..config()
    };
    config.session.hello_timeout_ms = 2_000;
    let house = House::open(config);
    let mut alice = house.guest("alice");
    let mut bob = house.stranger();
    bob.send(&hello("bob"));
    assert_eq!(end_code(&mut bob), Some(Code::SERVER_FULL));
    alice.send(&ClientMessage::Ping(Ping { request: 9 }));
    assert_eq!(alice.receive(), ServerMessage::Pong(Ping { request: 9 }));
    house.close();
}

#[test]
fn who_says_no_hello_in_time_is_told_so() {
    let mut config = config();
    config.session.hello_timeout_ms = 1;
    let house = House::open(config);
    assert_eq!(end_code(&mut house.stranger()), Some(Code::HELLO_TOO_LATE));
    house.close();
}

#[test]
fn the_oldest_who_has_not_said_hello_makes_room() {
    let house = House::open(Config {
        greeting_max: 2,
        ..config()
    });
    // Who is inside takes no place before the door.
    let mut inside = house.guest("alice");
    let mut oldest = house.stranger();
    let mut second = house.stranger();
    let mut third = house.stranger();
    assert_eq!(oldest.next(), None);
    for (peer, name) in [(&mut second, "bob"), (&mut third, "carol")] {
        peer.send(&hello(name));
        assert!(matches!(peer.receive(), ServerMessage::Welcome(_)));
    }
    inside.send(&ClientMessage::Ping(Ping { request: 9 }));
    assert_eq!(inside.receive(), ServerMessage::Pong(Ping { request: 9 }));
    house.close();
}

#[test]
fn a_stop_says_goodbye_to_everybody_and_ends_run() {
    let house = House::open(config());
    let mut alice = house.member("alice", "lobby");
    let mut bob = house.guest("bob");
    let mut stranger = house.stranger();
    // The server has seen the stranger too: she was accepted before this one was welcomed.
    let mut carol = house.guest("carol");
    let address = house.address;
    house.close();
    for peer in [&mut alice, &mut bob, &mut stranger, &mut carol] {
        assert_eq!(end_code(peer), Some(Code::STOPPING));
    }
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn a_stop_answers_what_was_accepted() {
    let house = House::open(config());
    let mut alice = house.member("alice", "lobby");
    let mut bytes = Vec::new();
    for id in 1..=20 {
        bytes.extend(frame(&say("lobby", id, "just in time")));
    }
    alice.send_bytes(&bytes);
    let mut stored = 0;
    let mut said = 0;
    let mut last = None;
    let mut count = |message: ServerMessage| {
        stored += u32::from(matches!(message, ServerMessage::Stored(_)));
        said += u32::from(matches!(message, ServerMessage::Said(_)));
        last = Some(message);
        said
    };
    while count(alice.receive()) == 0 {}
    house.close();
    while let Some(message) = alice.next() {
        count(message);
    }
    assert!(matches!(last, Some(ServerMessage::Goodbye(_))), "{last:?}");
    assert!(stored >= said, "{said} were shown, and {stored} acknowledged");
}

#[test]
fn a_stop_waits_for_nobody_who_does_not_read() {
    let house = House::open(Config {
        stop_timeout_ms: 500,
        ..config()
    });
    let _alice = house.member("alice", "lobby");
    let mut bob = house.member("bob", "lobby");
    say_much(&mut bob);
    house.close();
}

/// More than the buffers between the server and a peer hold.
const MUCH_MESSAGES: u32 = 800;

/// Says more in the lobby than somebody who does not read can be told, and hears all of it.
fn say_much(speaker: &mut Peer) {
    let text = "x".repeat(8 * 1024);
    for _ in 0..MUCH_MESSAGES {
        speaker.say("lobby", &text);
        speaker.hear();
    }
}

#[test]
fn a_stopped_reader_stalls_nobody_and_misses_nothing_once_it_reads_again() {
    let house = House::open(config());
    let mut alice = house.member("alice", "lobby");
    let mut bob = house.member("bob", "lobby");
    // Bob hears everything that he says, although Alice reads nothing of it.
    say_much(&mut bob);
    let mut expected = alice.hear().0;
    for _ in 1..MUCH_MESSAGES {
        expected = expected.next();
        assert_eq!(alice.hear().0, expected);
    }
    house.close();
}

#[test]
fn who_closes_the_connection_leaves() {
    let house = House::open(config());
    let mut alice = house.member("alice", "lobby");
    let bob = house.member("bob", "lobby");
    drop(bob);
    hear_leaving(&mut alice, "bob");
    house.close();
}

#[test]
fn who_vanishes_leaves() {
    let house = House::open(config());
    let mut alice = house.member("alice", "lobby");
    house.member("bob", "lobby").vanish();
    hear_leaving(&mut alice, "bob");
    // The name is free again.
    house.member("bob", "lobby");
    house.close();
}

#[test]
fn who_has_nothing_more_to_say_is_answered_to_the_end() {
    let house = House::open(config());
    let mut alice = house.member("alice", "lobby");
    for _ in 0..50 {
        alice.say("lobby", "bye");
    }
    alice.finish();
    let mut stored = 0;
    while let Some(message) = alice.next() {
        stored += u32::from(matches!(message, ServerMessage::Stored(_)));
    }
    assert_eq!(stored, 50);
    house.close();
}

#[test]
fn a_hello_may_come_one_byte_at_a_time() {
    let house = House::open(config());
    let mut alice = house.stranger();
    for byte in frame(&hello("alice")) {
        alice.send_bytes(&[byte]);
    }
    assert!(matches!(alice.receive(), ServerMessage::Welcome(_)));
    house.close();
}

#[test]
fn who_speaks_another_protocol_is_told_in_plain_text_and_disturbs_nobody() {
    let house = House::open(config());
    let mut alice = house.member("alice", "lobby");
    let mut stranger = house.stranger();
    stranger.send_bytes(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut hint = String::new();
    stranger.stream.read_to_string(&mut hint).unwrap();
    assert!(hint.ends_with('\n') && hint.lines().count() == 1, "{hint:?}");
    alice.say("lobby", "still here");
    assert_eq!(alice.hear().1, "alice: still here");
    house.close();
}

#[test]
fn who_sends_what_is_no_frame_is_told_why_even_in_the_middle_of_a_flood() {
    let house = House::open(config());
    let mut alice = house.guest("alice");
    let mut flood = vec![0, 0xff, 0xff, 0xff];
    flood.extend([7; 200_000]);
    alice.send_bytes(&flood);
    assert_eq!(end_code(&mut alice), Some(Code::FRAME_TOO_LONG));
    house.close();
}

#[test]
fn dropping_run_closes_everything() {
    let server = future::block_on(Server::bind(config())).unwrap();
    let address = server.local_addr();
    let (leave, left) = oneshot::channel::<()>();
    let thread = thread::spawn(move || {
        future::block_on(future::or(server.run(future::pending()), async {
            let _ = left.await;
        }));
    });
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(WITHIN)).unwrap();
    std::io::Write::write_all(&mut stream, &frame(&hello("alice"))).unwrap();
    stream.read_exact(&mut [0; 4]).unwrap();
    leave.send(()).unwrap();
    thread.join().unwrap();
    // The rest of the welcome, then the end: of one sort or the other.
    let _ = stream.read_to_end(&mut Vec::new());
    let again = future::block_on(Server::bind(Config {
        listen: address,
        ..config()
    }));
    assert!(again.is_ok(), "{:?}", again.err());
}

#[test]
fn a_server_runs_on_threads_of_another_executor() {
    let server = future::block_on(Server::bind(config())).unwrap();
    let address = server.local_addr();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = smol::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(WITHIN)).unwrap();
    std::io::Write::write_all(&mut stream, &frame(&hello("alice"))).unwrap();
    stream.read_exact(&mut [0; 4]).unwrap();
    stop.send(()).unwrap();
    future::block_on(running);
}
