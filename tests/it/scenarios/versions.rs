//! Old and new talk to each other.

use chat_client::pure::link::Event;
use chat_proto::ids::MessageId;
use chat_proto::limits::{VERSION_NEWEST, VERSION_OLDEST};
use chat_proto::list::Extra;
use chat_proto::message::{ClientMessage, EXTRA_UNPROVEN, Hello, Kind, Say, ServerMessage};
use chat_proto::text::Text;
use chat_tests::client::lobby;
use chat_tests::raw::hello;
use chat_tests::{RawPeer, TestClient, TestServer};

/// A kind of message that this version does not have.
const LATER_KIND: Kind = Kind(200);

/// What a later version adds, under a number that this one does not know.
fn later_extra() -> Extra {
    let mut extra = Extra::new();
    assert!(extra.insert(99, b"of a later version"), "it fits");
    extra
}

#[test]
fn s58_a_client_of_a_later_version_and_one_of_this_talk_through_this_server() {
    let server = TestServer::start();
    smol::block_on(async {
        let mut old = TestClient::connect(server.address(), "old").await;
        let mut new = RawPeer::connect(server.address());
        let ClientMessage::Hello(hello) = hello("new", None) else {
            unreachable!("a hello is a hello");
        };
        new.send_message(&ClientMessage::Hello(Hello {
            version_oldest: VERSION_OLDEST,
            version_newest: VERSION_NEWEST + 7,
            extra: later_extra(),
            ..hello
        }));
        assert_eq!(new.expect_welcome().version, VERSION_NEWEST);
        new.join(&lobby());
        new.send_message(&ClientMessage::Say(Say {
            request: 77,
            room: lobby(),
            id: MessageId([1; 16]),
            kind: LATER_KIND,
            text: Text::new("what an old client shows").expect("a short text"),
            extra: later_extra(),
        }));
        new.expect_stored(77);
        let record = old
            .until("it is said", |event| match event {
                Event::Said { record, .. } => Some(record),
                _ => None,
            })
            .await;
        assert_eq!(record.text.as_str(), "what an old client shows");
        // Besides, the server marks what somebody says who has shown no key.
        let mut extra = later_extra();
        assert!(extra.insert(EXTRA_UNPROVEN, b""), "it fits");
        assert_eq!((record.kind, record.extra), (LATER_KIND, extra));
        old.say("and back");
        old.expect("old", "and back").await;
        let record = new.until("the answer", |message| match message {
            ServerMessage::Said(said) if said.record.kind == Kind::LINE => Some(said.record),
            _ => None,
        });
        assert_eq!(record.text.as_str(), "and back");
    });
}
