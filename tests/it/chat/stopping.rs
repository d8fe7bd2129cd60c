//! The server stops, and everybody is told.

use chat_client::pure::link::{Cause, Event};
use chat_proto::message::{Code, ServerMessage};
use chat_tests::client::lobby;
use chat_tests::{RawPeer, TestClient, TestServer};

#[test]
fn a_server_that_stops_says_goodbye_to_everybody() {
    let server = TestServer::start();
    let mut silent = RawPeer::connect(server.address());
    let mut present = RawPeer::welcomed(server.address(), "present");
    present.join(&lobby());
    let mut alice = smol::block_on(TestClient::connect(server.address(), "alice"));
    server.stop();
    let code = present.until("goodbye", |message| match message {
        ServerMessage::Goodbye(goodbye) => Some(goodbye.code),
        _ => None,
    });
    assert_eq!(code, Code::STOPPING);
    assert_eq!(present.message(), None, "nothing comes after a goodbye");
    // Who has not been welcomed is refused.
    assert_eq!(silent.expect_refused().code, Code::STOPPING);
    let cause = smol::block_on(alice.until("the loss", |event| match event {
        Event::Lost { cause, .. } => Some(cause),
        _ => None,
    }));
    assert!(
        matches!(
            cause,
            Cause::Sent {
                code: Code::STOPPING,
                ..
            }
        ),
        "{cause:?}"
    );
}

#[test]
fn a_server_stops_though_somebody_does_not_read() {
    let mut config = chat_tests::server::config();
    config.stop_timeout_ms = 200;
    config.session.ending_timeout_ms = 100;
    let server = TestServer::with(config);
    let mut deaf = RawPeer::welcomed(server.address(), "deaf");
    deaf.shrink_receive_buffer();
    deaf.join(&lobby());
    smol::block_on(async {
        let mut alice = TestClient::connect(server.address(), "alice").await;
        let long = "long ".repeat(1000);
        for _ in 0..100 {
            alice.say(&long);
        }
        alice.texts(100).await;
    });
    server.stop();
}
