//! Private rooms, conversations, names and devices of people with keys, under TLS.

use std::net::SocketAddr;

use chat_client::Options;
use chat_client::pure::link::{Event, Wanted};
use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{Act, Code, From, Joined, Listed, Record, Resumed, Role, ServerMessage};
use chat_proto::name::RoomName;
use chat_proto::text::{Note, Text};
use chat_tests::client::{lobby, options, room, user};
use chat_tests::{Proxy, RawPeer, TestClient, TestServer};
use chat_tls::Identity;
use futures_lite::future;
use tempfile::TempDir;

use crate::private;

/// A server, and the homes of those who come with a key.
struct House {
    server: TestServer,
    homes: TempDir,
}

impl House {
    fn new() -> Self {
        Self {
            server: TestServer::start(),
            homes: tempfile::tempdir().expect("a directory for a test"),
        }
    }

    fn options(&self, address: SocketAddr, name: &str) -> Options {
        private::options(address, name, self.homes.path())
    }

    /// Somebody with a key in the lobby; with the same name again it is another device with the same key.
    async fn client(&self, name: &str) -> TestClient {
        TestClient::with(self.options(self.server.address(), name)).await
    }

    /// Connects under TLS, and says nothing.
    fn raw(&self, identity: &Identity) -> RawPeer {
        RawPeer::connect_secured(self.server.address(), identity, self.server.public_key())
    }

    /// Connects under TLS, and is welcomed.
    fn welcomed(&self, identity: &Identity, name: &str) -> RawPeer {
        let mut peer = self.raw(identity);
        peer.send_hello(name);
        peer.expect_welcome();
        peer
    }
}

fn identity() -> Identity {
    Identity::generate().expect("the machine has random bytes")
}

/// Joins a room, and returns what one is in it.
async fn join(person: &mut TestClient, room: &RoomName, tail: u32) -> Role {
    person.client.join(room, tail).expect("the client takes commands");
    person
        .until("the room is joined", |event| match event {
            Event::Joined {
                room: joined, role, ..
            } if joined == *room => Some(role),
            Event::Failed { code, text, .. } => panic!("refused: {code:?}, {}", text.as_str()),
            _ => None,
        })
        .await
}

/// Tries to join a room, and returns how that is refused.
async fn refused(person: &mut TestClient, room: &RoomName) -> (Code, Note) {
    person.client.join(room, 9).expect("the client takes commands");
    person
        .until("the room is not joined", |event| match event {
            Event::Failed {
                what: Wanted::Join { room: refused },
                code,
                text,
                ..
            } if refused == *room => Some((code, text)),
            Event::Joined { room: joined, .. } if joined == *room => panic!("it is let in"),
            _ => None,
        })
        .await
}

/// The room that one has wanted to make.
async fn opened(person: &mut TestClient) -> Listed {
    person
        .until("the room is there", |event| match event {
            Event::Opened { listed } => Some(listed),
            _ => None,
        })
        .await
}

async fn announced(person: &mut TestClient) -> Listed {
    person
        .until("a room is announced", |event| match event {
            Event::Announced { listed } => Some(listed),
            _ => None,
        })
        .await
}

/// Makes a private room, and joins it.
async fn create(owner: &mut TestClient) -> RoomName {
    owner
        .client
        .create(&room("garden"))
        .expect("the client takes commands");
    let listed = opened(owner).await;
    assert_eq!(listed.role, Role::OWNER);
    assert_eq!(join(owner, &listed.room, 0).await, Role::OWNER);
    listed.room
}

/// Does something to somebody, and returns when it is done.
async fn moderate(operator: &mut TestClient, room: &RoomName, act: Act, name: &str) {
    let client = &operator.client;
    let done = client.moderate(room, act, &user(name), 0, Note::new(""));
    let done = done.expect("the client takes commands");
    stored(operator, done).await;
}

async fn stored(person: &mut TestClient, wanted: MessageId) {
    person
        .until("it is stored", |event| match event {
            Event::Stored { id, .. } if id == wanted => Some(()),
            Event::Failed { code, text, .. } => panic!("refused: {code:?}, {}", text.as_str()),
            _ => None,
        })
        .await;
}

/// Says something without waiting for anything.
fn begin_to_say(person: &TestClient, room: &RoomName, text: &str) -> MessageId {
    let text = Text::new(text).expect("a short text");
    person.client.say(room, text).expect("there is room for it")
}

/// Says something, and returns when it is stored.
async fn say(person: &mut TestClient, room: &RoomName, text: &str) -> MessageId {
    let said = begin_to_say(person, room, text);
    stored(person, said).await;
    said
}

/// Keeps somebody alive while something else is waited for.
async fn attend<T>(person: &mut TestClient) -> T {
    loop {
        person.event().await;
    }
}

/// The next that is said in a room.
async fn next_said(person: &mut TestClient, wanted: &RoomName) -> Record {
    person
        .until("something is said in the room", |event| match event {
            Event::Said { room, record } if room == *wanted => Some(record),
            _ => None,
        })
        .await
}

#[test]
fn to_an_outsider_a_private_room_is_like_one_that_is_not_there() {
    let house = House::new();
    smol::block_on(async {
        let mut alice = house.client("alice").await;
        let mut mallory = house.client("mallory").await;
        let mut plain = TestClient::connect(house.server.address(), "eve").await;
        let private = create(&mut alice).await;
        let none = room("+garden-0000");
        assert_ne!(private, none);
        let (code, text) = refused(&mut mallory, &none).await;
        assert_eq!(code, Code::NO_SUCH_ROOM);
        assert_eq!(refused(&mut mallory, &private).await, (code, text.clone()));
        assert_eq!(refused(&mut plain, &private).await, (code, text));
    });
}

#[test]
fn who_is_invited_is_told_joins_and_reads_what_was_said_before() {
    let house = House::new();
    smol::block_on(async {
        let mut alice = house.client("alice").await;
        let mut bob = house.client("bob").await;
        let private = create(&mut alice).await;
        say(&mut alice, &private, "before bob").await;
        moderate(&mut alice, &private, Act::INVITE, "bob").await;
        let listed = announced(&mut bob).await;
        assert_eq!((&listed.room, listed.role), (&private, Role::MEMBER));
        assert_eq!(join(&mut bob, &private, 9).await, Role::MEMBER);
        let first = next_said(&mut bob, &private).await;
        assert_eq!((first.seq, first.text.as_str()), (Seq(1), "before bob"));
        let notice = next_said(&mut bob, &private).await;
        let acted = notice.acted().expect("it says what was done");
        assert_eq!((acted.act, acted.name), (Act::INVITE, user("bob")));
        say(&mut bob, &private, "thank you").await;
        let heard = loop {
            let record = next_said(&mut alice, &private).await;
            if record.author == user("bob") {
                break record;
            }
        };
        assert_eq!(heard.text.as_str(), "thank you");
    });
}

/// How joining from a place on is refused.
fn refused_from(peer: &mut RawPeer, room: &RoomName, from: From) -> Code {
    let request = peer.send_join(room, from);
    peer.until("the room is not joined", |message| match message {
        ServerMessage::Failed(failed) if failed.request == request => Some(failed.code),
        ServerMessage::Joined(joined) => panic!("it is let in: {joined:?}"),
        _ => None,
    })
}

/// Somebody joins a room and is banned from it. Where it was.
async fn banned(alice: &mut TestClient, bob: &mut RawPeer, room: &RoomName, code: Code) -> Joined {
    let joined = bob.join_from(room, From::Tail(0));
    moderate(alice, room, Act::BAN, "bob").await;
    let why = bob.until("bob is put out", |message| match message {
        ServerMessage::Removed(removed) if removed.room == *room => Some(removed.code),
        _ => None,
    });
    assert_eq!(why, Code::BANNED);
    assert_eq!(refused_from(bob, room, From::After(joined.position)), code);
    joined
}

/// Scenario 26: neither a position nor the secret of an earlier connection opens a door.
#[test]
fn who_is_banned_is_put_out_and_does_not_resume_where_it_was() {
    let house = House::new();
    let key = identity();
    smol::block_on(async {
        let mut alice = house.client("alice").await;
        let mut bob = house.raw(&key);
        bob.send_hello("bob");
        let welcome = bob.expect_welcome();
        let (private, public) = (create(&mut alice).await, room("tea"));
        assert_eq!(join(&mut alice, &public, 0).await, Role::OWNER);
        moderate(&mut alice, &private, Act::INVITE, "bob").await;
        let mut rooms = Vec::new();
        for (room, code) in [(private, Code::NO_SUCH_ROOM), (public, Code::BANNED)] {
            let joined = banned(&mut alice, &mut bob, &room, code).await;
            say(&mut alice, &room, "now that bob is out").await;
            rooms.push((room, joined.position, code));
        }
        bob.ping();
        let mut again = house.raw(&key);
        again.send_hello_again("bob", welcome.resume);
        again.expect_welcome();
        let mut anew = house.welcomed(&key, "robert");
        for peer in [&mut again, &mut anew] {
            for (room, position, code) in &rooms {
                for from in [From::After(*position), From::Tail(9)] {
                    assert_eq!(refused_from(peer, room, from), *code, "{room} {from:?}");
                }
                assert_eq!(peer.last_said(room), 0, "nothing of {room} is told");
            }
        }
    });
}

#[test]
fn who_is_muted_listens_and_speaks_again_when_it_may() {
    let house = House::new();
    smol::block_on(async {
        let tea = room("tea");
        let mut alice = house.client("alice").await;
        let mut bob = house.client("bob").await;
        assert_eq!(join(&mut alice, &tea, 0).await, Role::OWNER);
        assert_eq!(join(&mut bob, &tea, 0).await, Role::NONE);
        moderate(&mut alice, &tea, Act::MUTE, "bob").await;
        let silenced = begin_to_say(&bob, &tea, "can you hear me?");
        let code = bob
            .until("it is refused", |event| match event {
                Event::Failed {
                    what: Wanted::Say { id, .. },
                    code,
                    ..
                } if id == silenced => Some(code),
                _ => None,
            })
            .await;
        assert_eq!(code, Code::MUTED);
        say(&mut alice, &tea, "listen").await;
        assert_eq!(next_said(&mut bob, &tea).await.text.as_str(), "listen");
        moderate(&mut alice, &tea, Act::UNMUTE, "bob").await;
        let heard = say(&mut bob, &tea, "and now?").await;
        let said = loop {
            let record = next_said(&mut alice, &tea).await;
            if record.author == user("bob") {
                break record;
            }
        };
        assert_eq!(said.id, heard, "what was refused was never told");
    });
}

#[test]
fn a_conversation_is_announced_to_the_other_and_resumed_with_exactly_what_was_missed() {
    let house = House::new();
    let wire = Proxy::start(house.server.address());
    smol::block_on(async {
        let mut alice = house.client("alice").await;
        let mut bob = TestClient::with(house.options(wire.address(), "bob")).await;
        alice
            .client
            .open(&user("bob"))
            .expect("the client takes commands");
        let mine = opened(&mut alice).await;
        let other = announced(&mut bob).await;
        assert_eq!((mine.with, other.with), (Some(user("bob")), Some(user("alice"))));
        let conversation = mine.room;
        assert_eq!(other.room, conversation);
        for person in [&mut alice, &mut bob] {
            assert_eq!(join(person, &conversation, 0).await, Role::MEMBER);
        }
        say(&mut alice, &conversation, "before").await;
        assert_eq!(next_said(&mut bob, &conversation).await.text.as_str(), "before");
        wire.cut();
        alice.expect_departure("bob").await;
        let missed = ["one", "two", "three"];
        for text in missed {
            say(&mut alice, &conversation, text).await;
        }
        let resumed = bob
            .until("the conversation is joined again", |event| match event {
                Event::Joined {
                    room, again, resumed, ..
                } if room == conversation => {
                    assert!(again);
                    Some(resumed)
                }
                _ => None,
            })
            .await;
        assert_eq!(resumed, Resumed::Exact);
        begin_to_say(&bob, &conversation, "back");
        for text in missed.into_iter().chain(["back"]) {
            let record = next_said(&mut bob, &conversation).await;
            assert_eq!(record.text.as_str(), text);
            assert!(!record.is_unproven());
        }
    });
}

/// How somebody who comes under a name is refused.
fn refused_name(mut peer: RawPeer, name: &str) -> Code {
    peer.send_hello(name);
    peer.expect_refused().code
}

#[test]
fn a_name_is_its_keys_and_nobody_elses_with_a_key_or_without() {
    let house = House::new();
    let key = identity();
    let mut alice = house.welcomed(&key, "Alice");
    for is_present in [true, false] {
        if !is_present {
            alice.close_write();
            alice.read_to_end();
        }
        for name in ["Alice", "alice", "ALICE", "aIice", "a1ice", "\u{ff41}lice"] {
            let other = house.raw(&identity());
            assert_eq!(refused_name(other, name), Code::NAME_OWNED, "{name}");
            let plain = RawPeer::connect(house.server.address());
            assert_eq!(refused_name(plain, name), Code::NAME_OWNED, "{name} in the clear");
        }
    }
    let mut again = house.raw(&key);
    again.send_hello("alice");
    assert_eq!(
        again.expect_welcome().name,
        user("Alice"),
        "as she wrote it first"
    );
}

#[test]
fn what_is_said_without_a_key_is_marked_for_everybody() {
    let house = House::new();
    smol::block_on(async {
        let mut alice = house.client("alice").await;
        let mut bob = TestClient::connect(house.server.address(), "bob").await;
        say(&mut alice, &lobby(), "with my key").await;
        assert!(!next_said(&mut bob, &lobby()).await.is_unproven());
        begin_to_say(&bob, &lobby(), "without one");
        for person in [&mut bob, &mut alice] {
            let record = loop {
                let record = next_said(person, &lobby()).await;
                if record.author == user("bob") {
                    break record;
                }
            };
            assert!(record.is_unproven());
        }
        let later = options(house.server.address(), "carol").room(lobby(), 9);
        let mut carol = TestClient::with(later).await;
        let marked = [
            next_said(&mut carol, &lobby()).await.is_unproven(),
            next_said(&mut carol, &lobby()).await.is_unproven(),
        ];
        assert_eq!(marked, [false, true], "it is in the log, too");
    });
}

#[test]
fn two_devices_of_one_key_are_one_person_who_comes_once_and_goes_once() {
    let house = House::new();
    smol::block_on(async {
        let mut bob = house.client("bob").await;
        let mut laptop = house.client("alice").await;
        let mut phone = house.client("alice").await;
        say(&mut laptop, &lobby(), "from the laptop").await;
        phone.expect("alice", "from the laptop").await;
        laptop
            .client
            .mark(&lobby(), Seq(1))
            .expect("the client takes commands");
        let told = phone.until("the phone is told of the mark", |event| match event {
            Event::Marked { room, seq } if room == lobby() => Some(seq),
            _ => None,
        });
        let read = future::or(told, attend(&mut laptop)).await;
        assert_eq!(read, Seq(1));
        laptop.finish().await;
        say(&mut phone, &lobby(), "from the phone").await;
        phone.finish().await;
        let (mut came, mut said) = (0, Vec::new());
        let went = bob
            .until("alice is gone", |event| match event {
                Event::Presence { arrived, left, .. } => {
                    came += arrived.len();
                    (!left.is_empty()).then_some(left)
                }
                Event::Said { record, .. } => {
                    said.push(record.text.as_str().to_owned());
                    None
                }
                _ => None,
            })
            .await;
        assert_eq!((came, went), (1, vec![user("alice")]));
        assert_eq!(
            said,
            ["from the laptop", "from the phone"],
            "she goes with the last"
        );
    });
}
