//! Peers that break every rule. Each test also proves that others are not disturbed: two [`Innocents`] talk meanwhile.

mod bytes;
mod greetings;
mod places;
mod proxies;
mod slow;

use std::net::SocketAddr;

use chat_proto::ids::MessageId;
use chat_proto::message::{Record, ServerMessage};
use chat_proto::name::RoomName;
use chat_tests::RawPeer;
use chat_tests::client::room;

/// Two people who talk in a room of their own, whatever others do.
struct Innocents {
    alice: RawPeer,
    bob: RawPeer,
    room: RoomName,
    said: u64,
}

impl Innocents {
    fn at(server: SocketAddr) -> Self {
        Self::named(server, "alice", "bob")
    }

    fn named(server: SocketAddr, alice: &str, bob: &str) -> Self {
        Self::between(RawPeer::welcomed(server, alice), RawPeer::welcomed(server, bob))
    }

    /// The same, who have been welcomed already.
    fn between(mut alice: RawPeer, mut bob: RawPeer) -> Self {
        let room = room("garden");
        alice.join(&room);
        bob.join(&room);
        Self {
            alice,
            bob,
            room,
            said: 0,
        }
    }

    /// Each says something, and both hear it, with the next number.
    fn talk(&mut self) {
        for from_alice in [true, false] {
            self.said += 1;
            let (speaker, text) = if from_alice {
                (&mut self.alice, "how are you?")
            } else {
                (&mut self.bob, "undisturbed")
            };
            let request = speaker.send_say(&self.room, MessageId(u128::from(self.said).to_be_bytes()), text);
            let stored = speaker.expect_stored(request);
            assert_eq!(stored.seq.0, self.said);
            for listener in [&mut self.alice, &mut self.bob] {
                // What the speaker heard before the answer was passed over: it may come in either order.
                if listener.last_said(&self.room) < self.said {
                    let record = next_said(listener);
                    assert_eq!((record.seq.0, record.text.as_str()), (self.said, text));
                }
            }
        }
    }
}

/// The next that a peer is told to have been said.
fn next_said(peer: &mut RawPeer) -> Record {
    peer.until("something is said", |message| match message {
        ServerMessage::Said(said) => Some(said.record),
        _ => None,
    })
}
