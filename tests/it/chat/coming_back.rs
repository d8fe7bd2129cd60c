//! Connections break, people come back, and nothing is lost or told twice.

use chat_client::pure::link::Event;
use chat_proto::message::Resumed;
use chat_tests::server::address_of_its_own;
use chat_tests::{Proxy, TestClient, TestServer};
use futures_lite::future;

/// So often the wire is cut.
const CUTS: usize = 5;

/// Says each of the two between two cuts.
const LINES: usize = 5;

/// Says lines, and hears all that is said, with the wire cut again and again.
async fn talk(mut person: TestClient, name: &str, mut before_each: impl FnMut(usize)) -> Vec<String> {
    let mut heard = Vec::new();
    for round in 0..CUTS {
        before_each(round);
        for line in 0..LINES {
            person.say(&format!("{name} {round} {line}"));
        }
        // Both go on to the next round together: each hears what the other says in this one.
        while heard.len() < 2 * LINES * (round + 1) {
            heard.push(person.heard().await.text);
        }
    }
    heard
}

#[test]
fn what_is_said_while_the_wire_is_cut_again_and_again_is_heard_once_and_in_order() {
    let server = TestServer::start();
    let wire = Proxy::start(server.address());
    let (alice, bob) = smol::block_on(async {
        let alice = TestClient::connect(wire.address(), "alice").await;
        let bob = TestClient::connect(server.address(), "bob").await;
        // Each time somewhere else: in a length, in a text, between two frames, before anything.
        let cut = |round: usize| wire.cut_after(round * 97 % 700 + 1);
        future::zip(talk(alice, "alice", cut), talk(bob, "bob", |_| {})).await
    });
    assert_eq!(alice, bob, "both hear the same in the same order");
    for name in ["alice", "bob"] {
        let heard: Vec<&String> = alice.iter().filter(|text| text.starts_with(name)).collect();
        let said = (0..CUTS).flat_map(|round| (0..LINES).map(move |line| format!("{name} {round} {line}")));
        assert_eq!(heard, said.collect::<Vec<_>>().iter().collect::<Vec<_>>());
    }
}

#[test]
fn what_was_said_while_somebody_was_away_is_told_when_they_come_back() {
    let server = TestServer::start();
    let wire = Proxy::start(server.address());
    smol::block_on(async {
        let mut alice = TestClient::connect(wire.address(), "alice").await;
        let mut bob = TestClient::connect(server.address(), "bob").await;
        bob.say("before");
        bob.expect("bob", "before").await;
        alice.expect("bob", "before").await;
        wire.cut();
        bob.expect_departure("alice").await;
        for number in 0..300 {
            bob.say(&format!("meanwhile {number}"));
            bob.heard().await;
        }
        assert_eq!(alice.expect_joined().await, Resumed::Exact);
        let expected: Vec<String> = (0..300).map(|number| format!("meanwhile {number}")).collect();
        assert_eq!(alice.texts(300).await, expected);
        bob.expect_arrival("alice").await;
    });
}

#[test]
fn who_was_away_for_too_long_is_told_what_can_not_be_had_any_more() {
    let mut config = chat_tests::server::config();
    config.memory.room_records_max = 10;
    let server = TestServer::with(config);
    let wire = Proxy::start(server.address());
    smol::block_on(async {
        let mut alice = TestClient::connect(wire.address(), "alice").await;
        let mut bob = TestClient::connect(server.address(), "bob").await;
        bob.say("line 1");
        bob.expect("bob", "line 1").await;
        alice.expect("bob", "line 1").await;
        wire.cut();
        bob.expect_departure("alice").await;
        for number in 2..=50 {
            bob.say(&format!("line {number}"));
        }
        bob.texts(49).await;
        let missed = alice
            .until("what is missed", |event| match event {
                Event::Missed { from, to, .. } => Some((from.0, to.0)),
                Event::Said { record, .. } => panic!("{} before what is missed", record.text.as_str()),
                _ => None,
            })
            .await;
        assert_eq!(missed, (2, 40));
        assert_eq!(
            alice.texts(10).await,
            (41..=50)
                .map(|number| format!("line {number}"))
                .collect::<Vec<_>>()
        );
    });
}

#[test]
fn who_comes_back_to_a_server_that_forgot_everything_is_told_of_the_break() {
    let mut config = chat_tests::server::config();
    config.listen = address_of_its_own();
    let address = config.listen;
    let server = TestServer::with(config.clone());
    smol::block_on(async {
        let mut alice = TestClient::connect(address, "alice").await;
        alice.say("of the old server");
        alice.expect("alice", "of the old server").await;
        server.stop();
        let _server = TestServer::with(config);
        alice
            .until("the break is told", |event| {
                matches!(event, Event::Broke { .. }).then_some(())
            })
            .await;
        alice.say("of the new server");
        alice.expect("alice", "of the new server").await;
    });
}
