//! Scenarios of many connections, with two thousand real ones. `full.rs` has them at their full size.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use chat_client::pure::link::{Cause, Event};
use chat_proto::ids::MessageId;
use chat_proto::message::{Code, From, Resumed, ServerMessage};
use chat_proto::name::RoomName;
use chat_server::Config;
use chat_tests::client::{lobby, options, room};
use chat_tests::server::{address_of_its_own, config};
use chat_tests::{RawPeer, TestClient, TestServer, within};
use rustix::process::Signal;
use smol::LocalExecutor;

use crate::disk;

const CONNECTIONS: usize = 2_000;

/// Rooms are of ten, unless everybody is to be in one.
const ROOM: usize = 10;

/// A server that does not mind if all connect before the first has said hello.
fn patient() -> Config {
    Config {
        greeting_max: CONNECTIONS,
        ..config()
    }
}

fn name(number: usize) -> String {
    format!("person{number}")
}

fn room_of(number: usize) -> RoomName {
    room(&format!("room{}", number / ROOM))
}

fn id(number: usize) -> MessageId {
    MessageId(u128::try_from(number).expect("it is wider").to_be_bytes())
}

/// Somebody comes, and says so and where in one go.
fn enter(server: SocketAddr, number: usize, from: From) -> RawPeer {
    let mut peer = RawPeer::connect(server);
    peer.send_hello(&name(number));
    peer.send_join(&lobby(), from);
    peer
}

/// Reads until the room has so many members; tells how many presences there were on the way, and checks them.
fn read_until_count(peer: &mut RawPeer, count: usize) -> usize {
    let mut presences = 0;
    peer.until("everybody is there", |message| {
        let there = match message {
            ServerMessage::Joined(joined) => joined.count,
            ServerMessage::Presence(presence) => {
                presences += 1;
                let is_large = presence.count > 512;
                assert!(!is_large || presence.arrived.is_empty() && presence.left.is_empty());
                presence.count
            }
            _ => return None,
        };
        (there as usize == count).then_some(())
    });
    presences
}

#[test]
fn s16_two_thousand_return_at_once_to_what_they_missed() {
    // More than one page for each.
    const MISSED: u64 = 150;
    let server = TestServer::with(patient());
    let mut speaker = RawPeer::welcomed(server.address(), "speaker");
    let left_at = speaker.join_from(&room("plaza"), From::Tail(0)).position;
    let text = "missed ".repeat(100);
    for number in 1..=MISSED {
        let request = speaker.send_say(
            &room("plaza"),
            MessageId([u8::try_from(number).expect("few"); 16]),
            &text,
        );
        speaker.expect_stored(request);
    }
    let mut returning: Vec<RawPeer> = (0..CONNECTIONS)
        .map(|number| {
            let mut peer = RawPeer::connect(server.address());
            peer.send_hello(&name(number));
            peer.send_join(&room("plaza"), From::After(left_at));
            peer
        })
        .collect();
    for peer in &mut returning {
        let mut due = 1;
        while due <= MISSED {
            peer.until("the next is told", |message| match message {
                ServerMessage::Said(said) => {
                    assert_eq!(said.record.seq.0, due);
                    Some(())
                }
                ServerMessage::Joined(joined) => {
                    assert_eq!(joined.resumed, Resumed::Exact);
                    None
                }
                _ => None,
            });
            due += 1;
        }
    }
    // Everybody is still there.
    for peer in &mut returning {
        peer.ping();
    }
}

#[test]
fn s17_a_thousand_who_join_a_thousand_are_told_as_counts() {
    let server = TestServer::with(patient());
    let enter_all = |numbers: std::ops::Range<usize>| -> Vec<RawPeer> {
        numbers
            .map(|number| enter(server.address(), number, From::Tail(0)))
            .collect()
    };
    let mut members = enter_all(0..CONNECTIONS / 2);
    for member in &mut members {
        read_until_count(member, CONNECTIONS / 2);
    }
    members.extend(enter_all(CONNECTIONS / 2..CONNECTIONS));
    for member in &mut members {
        let presences = read_until_count(member, CONNECTIONS);
        assert!(presences <= CONNECTIONS / 2, "{presences}");
    }
}

/// Comes, loses the server and comes back: how long it was asked to stay away, and how it went on.
async fn come_back(mut person: TestClient) -> (u64, Resumed) {
    let retry_in_ms = person
        .until("the goodbye", |event| match event {
            Event::Lost {
                cause, retry_in_ms, ..
            } => {
                let code = match cause {
                    Cause::Sent { code, .. } => Some(code),
                    _ => None,
                };
                assert_eq!(code, Some(Code::STOPPING));
                Some(retry_in_ms)
            }
            _ => None,
        })
        .await;
    (retry_in_ms, person.expect_joined().await)
}

#[test]
fn s18_two_thousand_come_back_spread_over_the_servers_window() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let config = Config {
        listen: address_of_its_own(),
        data: Some(directory.path().join("data")),
        ..config()
    };
    let server = TestServer::with(config.clone());
    let executor = LocalExecutor::new();
    let returned = smol::block_on(executor.run(async {
        let mut people = Vec::new();
        for number in 0..CONNECTIONS {
            let options = options(config.listen, &name(number)).room(room_of(number), 0);
            let mut person = TestClient::with(options).await;
            if number % ROOM == 0 {
                // A log in which nothing was ever said is forgotten.
                let text = name(number);
                person.say(&text);
                person.expect(&text, &text).await;
            }
            people.push(person);
        }
        let people: Vec<_> = people
            .into_iter()
            .map(|person| executor.spawn(come_back(person)))
            .collect();
        smol::unblock(|| server.stop()).await;
        let _server = TestServer::with(config.clone());
        let mut returned = Vec::new();
        for person in people {
            returned.push(within("somebody comes back", person).await);
        }
        returned
    }));
    let mut in_second = BTreeMap::<u64, usize>::new();
    for (retry_in_ms, resumed) in returned {
        assert_eq!(resumed, Resumed::Exact);
        *in_second.entry(retry_in_ms / 1000).or_default() += 1;
    }
    assert!(in_second.len() >= 9, "{in_second:?}");
    assert!(
        in_second.values().all(|count| *count <= CONNECTIONS / 4),
        "{in_second:?}"
    );
}

#[test]
fn s56_two_thousand_are_told_goodbye_and_nothing_acknowledged_is_lost() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (server, address) = disk::server(directory.path(), "127.0.0.1:0", &[]);
    let mut peers: Vec<RawPeer> = (0..CONNECTIONS)
        .map(|number| {
            let mut peer = RawPeer::welcomed(address, &name(number));
            peer.join(&room_of(number));
            peer
        })
        .collect();
    for (number, peer) in peers.iter_mut().enumerate() {
        peer.send_say(&room_of(number), id(number), "last words");
    }
    server.signal(Signal::TERM);
    let mut acknowledged = Vec::new();
    for (number, peer) in peers.iter_mut().enumerate() {
        let mut last = None;
        while let Some(message) = peer.message() {
            if let ServerMessage::Stored(stored) = &message {
                acknowledged.push((room_of(number).to_string(), stored.seq.0, id(number).to_string()));
            }
            last = Some(message);
        }
        assert!(
            matches!(last, Some(ServerMessage::Goodbye(_))),
            "{number}: {last:?}"
        );
    }
    assert_eq!(server.ended().code, Some(0));
    let text = |line: &serde_json::Value, key: &str| line[key].as_str().map(str::to_owned);
    let kept: BTreeSet<_> = disk::exported(directory.path())
        .iter()
        .filter_map(|line| Some((text(line, "room")?, line["seq"].as_u64()?, text(line, "id")?)))
        .collect();
    for line in &acknowledged {
        assert!(kept.contains(line), "{line:?} was acknowledged");
    }
    assert!(!acknowledged.is_empty(), "the server had read some of it");
}
