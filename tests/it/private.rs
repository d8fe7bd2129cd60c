//! What is promised to those who speak TLS, with real ends and somebody in the middle.

mod agents;
mod doors;
mod keys;
mod peers;
mod relays;
mod servers;

use std::path::Path;

use chat_client::Options;
use chat_client::config::Secure;
use chat_client::pure::link::Event;
use chat_proto::ids::PublicKey;
use chat_server::Config;
use chat_server::config::Plain;
use chat_tests::client::lobby;
use chat_tests::{TestClient, TestServer};

/// A server that takes no plain frame from anybody.
fn strict_server() -> TestServer {
    TestServer::with(strict_config())
}

fn strict_config() -> Config {
    Config {
        plain: Plain::FromNowhere,
        ..chat_tests::server::config()
    }
}

/// Somebody whose home this is, and who speaks TLS.
pub(crate) fn options(server: std::net::SocketAddr, name: &str, home: &Path) -> Options {
    let mut options = chat_tests::client::options(server, name).room(lobby(), 0);
    options.secure = Some(Secure {
        always: true,
        ..Secure::in_directory(&home.join(name))
    });
    options
}

/// The same, who expects this key of the server.
fn options_with_key(server: std::net::SocketAddr, name: &str, home: &Path, server_key: PublicKey) -> Options {
    let mut options = options(server, name, home);
    if let Some(secure) = &mut options.secure {
        secure.server_key = Some(server_key);
    }
    options
}

/// Connects with somebody who is to be refused, and returns why.
fn expect_untrusted(options: Options) -> String {
    let (_client, mut events) = chat_client::Client::connect(options);
    smol::block_on(chat_tests::within("a refusal", async {
        match events.next().await {
            Some(Event::Untrusted { reason, .. }) => reason,
            other => panic!("a refusal was due, and there came {other:?}"),
        }
    }))
}

/// Alice and Bob talk, and both hear both.
async fn talk(alice: Options, bob: Options) {
    let mut alice = TestClient::with(alice).await;
    let mut bob = TestClient::with(bob).await;
    alice.expect_arrival("bob").await;
    alice.say("the secret of the house");
    alice.expect("alice", "the secret of the house").await;
    bob.expect("alice", "the secret of the house").await;
    bob.finish().await;
    alice.finish().await;
}
