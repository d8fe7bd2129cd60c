//! Somebody in the middle.

use std::net::TcpListener;
use std::thread;

use chat_tests::server::{address_of_its_own, config};
use chat_tests::{Proxy, TestClient, TestServer};
use chat_tls::{Acceptor, Identity, TlsError, fingerprint};

use super::{expect_untrusted, options, options_with_key, strict_config, strict_server, talk};

const SAID: [&[u8]; 3] = [b"alice", b"the secret of the house", b"lobby"];

#[test]
fn a_relay_that_records_sees_neither_a_name_nor_a_text() {
    let home = tempfile::tempdir().unwrap();
    let server = strict_server();
    let relay = Proxy::recording(server.address());
    let alice = options(relay.address(), "alice", home.path());
    let bob = options_with_key(relay.address(), "bob", home.path(), server.public_key());
    smol::block_on(talk(alice, bob));
    assert!(relay.recorded_bytes() > 1000, "it has seen all of it");
    for said in SAID {
        assert!(!relay.has_seen(said), "{}", String::from_utf8_lossy(said));
    }
}

#[test]
fn without_tls_the_same_relay_sees_everything() {
    let server = TestServer::start();
    let relay = Proxy::recording(server.address());
    let plain =
        |name| chat_tests::client::options(relay.address(), name).room(chat_tests::client::lobby(), 0);
    smol::block_on(talk(plain("alice"), plain("bob")));
    for said in SAID {
        assert!(relay.has_seen(said), "{}", String::from_utf8_lossy(said));
    }
}

#[test]
fn a_relay_with_a_key_of_its_own_is_refused_by_who_has_met_the_server_and_learns_nothing() {
    let home = tempfile::tempdir().unwrap();
    let address = address_of_its_own();
    let server = TestServer::with(chat_server::Config {
        listen: address,
        ..strict_config()
    });
    let house = server.public_key();
    smol::block_on(async {
        TestClient::with(options(address, "alice", home.path()))
            .await
            .finish()
            .await;
    });
    server.stop();
    // Now somebody else sits there.
    let relay = Identity::generate().unwrap();
    let listener = TcpListener::bind(address).unwrap();
    let relay_key = relay.public_key();
    let met = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        Acceptor::new(&relay).accept().handshake(&mut socket)
    });
    let reason = expect_untrusted(options(address, "alice", home.path()));
    for told in [
        &fingerprint(&house),
        &fingerprint(&relay_key),
        "known_servers",
        "Nothing was sent",
    ] {
        assert!(reason.contains(told), "{reason}");
    }
    // Not even who alice is: her key comes after the server's.
    let met = met.join().unwrap();
    assert!(matches!(met, Err(TlsError::Refused(_))), "{met:?}");
}

#[test]
fn a_server_with_another_key_than_the_links_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let server = strict_server();
    let another = Identity::generate().unwrap().public_key();
    let reason = expect_untrusted(options_with_key(server.address(), "alice", home.path(), another));
    assert!(reason.contains(&fingerprint(&another)), "{reason}");
    assert!(reason.contains(&fingerprint(&server.public_key())), "{reason}");
    assert!(
        !home.path().join("alice/known_servers").exists(),
        "nothing is remembered of it"
    );
}

#[test]
fn a_link_with_another_key_than_the_known_one_is_refused_before_a_byte_is_sent() {
    let home = tempfile::tempdir().unwrap();
    let server = strict_server();
    let relay = Proxy::recording(server.address());
    smol::block_on(async {
        let options = options(relay.address(), "alice", home.path());
        TestClient::with(options).await.finish().await;
    });
    let before = relay.recorded_bytes();
    let another = Identity::generate().unwrap().public_key();
    expect_untrusted(options_with_key(relay.address(), "alice", home.path(), another));
    assert_eq!(relay.recorded_bytes(), before);
}

#[test]
fn a_server_that_was_met_under_tls_is_never_again_spoken_to_in_the_clear() {
    let home = tempfile::tempdir().unwrap();
    let address = address_of_its_own();
    let listen = |config| {
        TestServer::with(chat_server::Config {
            listen: address,
            ..config
        })
    };
    let server = listen(strict_config());
    smol::block_on(async {
        TestClient::with(options(address, "alice", home.path()))
            .await
            .finish()
            .await;
    });
    server.stop();
    // A server in its place that would take plain frames gets none: it has another key.
    let _server = listen(config());
    let mut options = options(address, "alice", home.path());
    if let Some(secure) = &mut options.secure {
        secure.always = false;
    }
    assert!(expect_untrusted(options).contains("IS ANOTHER ONE"));
}
