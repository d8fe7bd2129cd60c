//! Many connections from one address.

use std::io::Write;

use chat_proto::message::{ClientMessage, Code, Ping, Refused, ServerMessage};
use chat_server::Config;
use chat_server::pure::crowd::CrowdLimits;
use chat_server::pure::rate::Rate;

use crate::house::{House, config, frame, hello};

/// A house with these bounds for each address, loopback included.
fn house(connections_max: u32, arrivals: Rate) -> House {
    House::open(Config {
        crowd: CrowdLimits {
            connections_max,
            arrivals,
            loopback: true,
        },
        ..config()
    })
}

/// What carol is told who says hello; nothing if the connection is closed before.
fn greeted(house: &House) -> Option<ServerMessage> {
    let mut carol = house.stranger();
    // A connection that is closed already says so when it is read.
    let _ = carol.stream.write_all(&frame(&hello("carol")));
    carol.next()
}

#[test]
fn who_is_one_too_many_from_an_address_is_told_so_until_another_leaves() {
    let house = house(2, Rate::UNLIMITED);
    let mut alice = house.guest("alice");
    let mut bob = house.guest("bob");
    let mut carol = house.stranger();
    let refused = carol.receive();
    let ServerMessage::Refused(Refused {
        code,
        come_back_after_ms,
        ..
    }) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(code, Code::TOO_MANY_CONNECTIONS);
    assert!(come_back_after_ms > 0);
    assert_eq!(carol.next(), None);
    bob.finish();
    assert_eq!(bob.last_words(), None);
    drop(bob);
    // Nothing tells when the server has noticed, so whoever is refused tries again.
    let has_come = (0..10_000).any(|_| matches!(greeted(&house), Some(ServerMessage::Welcome(_))));
    assert!(has_come);
    alice.send(&ClientMessage::Ping(Ping { request: 9 }));
    assert_eq!(alice.receive(), ServerMessage::Pong(Ping { request: 9 }));
    house.close();
}

#[test]
fn an_address_that_comes_too_often_is_let_go_without_a_word() {
    let arrivals = Rate {
        per_second: 1,
        at_once: 2,
    };
    let house = house(100, arrivals);
    let mut alice = house.guest("alice");
    let _bob = house.guest("bob");
    // One more than a slow test may have earned meanwhile is enough.
    assert!((0..200).any(|_| greeted(&house).is_none()));
    alice.send(&ClientMessage::Ping(Ping { request: 9 }));
    assert_eq!(alice.receive(), ServerMessage::Pong(Ping { request: 9 }));
    house.close();
}

#[test]
fn loopback_is_spared_unless_the_operator_says_otherwise() {
    let limits = CrowdLimits {
        connections_max: 1,
        arrivals: Rate {
            per_second: 1,
            at_once: 1,
        },
        loopback: false,
    };
    let house = House::open(Config {
        crowd: limits,
        ..config()
    });
    let guests = ["alice", "bob", "carol"].map(|name| house.guest(name));
    drop(guests);
    house.close();
}
