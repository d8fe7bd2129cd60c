//! Several rooms, and what was said before.

use chat_client::pure::link::{Event, Wanted};
use chat_proto::ids::Seq;
use chat_proto::message::{Code, Span};
use chat_proto::text::Text;
use chat_tests::client::{lobby, options, room};
use chat_tests::{TestClient, TestServer};

#[test]
fn what_is_said_in_one_room_is_heard_in_that_room_only() {
    let server = TestServer::start();
    smol::block_on(async {
        let both = options(server.address(), "alice")
            .room(lobby(), 0)
            .room(room("tea"), 0);
        let mut alice = TestClient::with(both).await;
        let mut bob = TestClient::connect(server.address(), "bob").await;
        // Alice's second room is joined after her first, and what she says waits for it.
        let tea = Text::new("in tea").expect("a short text");
        alice.client.say(&room("tea"), tea).expect("there is room for it");
        alice
            .until("it is said in tea", |event| match event {
                Event::Said {
                    room: said_in,
                    record,
                } => {
                    assert_eq!((said_in, record.seq), (room("tea"), Seq(1)));
                    Some(())
                }
                _ => None,
            })
            .await;
        alice.say("in the lobby");
        let heard = alice.heard().await;
        assert_eq!((heard.text.as_str(), heard.seq), ("in the lobby", Seq(1)));
        bob.expect("alice", "in the lobby").await;
    });
}

#[test]
fn who_leaves_a_room_is_seen_to_leave_and_hears_no_more_of_it() {
    let server = TestServer::start();
    smol::block_on(async {
        let mut alice = TestClient::connect(server.address(), "alice").await;
        let mut bob = TestClient::connect(server.address(), "bob").await;
        alice.expect_arrival("bob").await;
        bob.client
            .join(&room("tea"), 0)
            .expect("the client takes commands");
        bob.client.leave(&lobby()).expect("the client takes commands");
        bob.until("the lobby is left", |event| {
            matches!(event, Event::Left { room } if room == lobby()).then_some(())
        })
        .await;
        alice.expect_departure("bob").await;
        alice.say("bob is away");
        alice.expect("alice", "bob is away").await;
        bob.client.join(&lobby(), 0).expect("the client takes commands");
        bob.expect_joined().await;
        alice.expect_arrival("bob").await;
        alice.say("bob is back");
        alice.expect("alice", "bob is back").await;
        bob.expect("alice", "bob is back").await;
    });
}

#[test]
fn who_asks_for_the_last_lines_is_told_those_and_then_what_is_new() {
    let server = TestServer::start();
    smol::block_on(async {
        let mut alice = TestClient::connect(server.address(), "alice").await;
        for number in 1..=10 {
            alice.say(&format!("line {number}"));
        }
        assert_eq!(alice.texts(10).await.len(), 10);
        let mut bob = TestClient::with(options(server.address(), "bob").room(lobby(), 3)).await;
        let mut carol = TestClient::with(options(server.address(), "carol").room(lobby(), 100)).await;
        let mut dave = TestClient::connect(server.address(), "dave").await;
        alice.say("line 11");
        assert_eq!(alice.texts(1).await, ["line 11"]);
        assert_eq!(bob.texts(4).await, ["line 8", "line 9", "line 10", "line 11"]);
        assert_eq!(carol.texts(11).await.len(), 11);
        assert_eq!(dave.texts(1).await, ["line 11"]);
    });
}

#[test]
fn history_is_told_page_by_page_without_hole_or_double() {
    let server = TestServer::start();
    smol::block_on(async {
        let mut alice = TestClient::connect(server.address(), "alice").await;
        for number in 1..=25 {
            alice.say(&format!("line {number}"));
        }
        alice.texts(25).await;
        let mut before = Seq::MAX;
        let mut numbers = Vec::new();
        while before > Seq(1) {
            alice
                .client
                .history(&lobby(), Span::Before(before), 10)
                .expect("the client takes commands");
            let page = alice
                .until("a page", |event| match event {
                    Event::Page { records, last, .. } => {
                        assert_eq!(last, Seq(25));
                        Some(records)
                    }
                    _ => None,
                })
                .await;
            before = page.first().expect("there is more before").seq;
            numbers.splice(0..0, page.iter().map(|record| record.seq.0));
        }
        assert_eq!(numbers, (1..=25).collect::<Vec<u64>>());
    });
}

#[test]
fn who_is_not_in_a_room_can_not_speak_there() {
    let server = TestServer::start();
    smol::block_on(async {
        let mut alice = TestClient::connect(server.address(), "alice").await;
        let text = Text::new("anybody?").expect("a short text");
        alice
            .client
            .say(&room("tea"), text)
            .expect("there is room for it");
        let code = alice
            .until("the refusal", |event| match event {
                Event::Failed {
                    what: Wanted::Say { .. },
                    code,
                    ..
                } => Some(code),
                _ => None,
            })
            .await;
        assert_eq!(code, Code::NOT_IN_ROOM);
    });
}

#[test]
fn the_members_of_a_room_are_told_to_who_asks() {
    let server = TestServer::start();
    smol::block_on(async {
        let mut alice = TestClient::connect(server.address(), "alice").await;
        let _bob = TestClient::connect(server.address(), "bob").await;
        let _carol = TestClient::connect(server.address(), "carol").await;
        alice.expect_arrival("carol").await;
        alice.client.members(&lobby()).expect("the client takes commands");
        let members = alice
            .until("the members", |event| match event {
                Event::Members { members, .. } => Some(members),
                _ => None,
            })
            .await;
        let names: Vec<&str> = members.iter().map(|name| name.as_str()).collect();
        assert_eq!(names, ["alice", "bob", "carol"]);
    });
}
