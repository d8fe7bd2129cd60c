//! Where a reader is: between history and what is new, on another connection, in another log.

use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{From, Resumed, ServerMessage, Storage};
use chat_tests::client::{lobby, options};
use chat_tests::server::{address_of_its_own, config};
use chat_tests::{Program, RawPeer, TestClient, TestServer};
use futures_lite::future;

const ID: MessageId = MessageId([9; 16]);

#[test]
fn s37_who_joins_while_others_talk_hears_each_message_once() {
    const LINES: usize = 300;
    const JOINERS: usize = 30;
    let server = TestServer::start();
    smol::block_on(async {
        let mut alice = TestClient::connect(server.address(), "alice").await;
        let talking = async {
            for line in 0..LINES {
                alice.say(&format!("line {line}"));
                alice.heard().await;
            }
        };
        let joining = async {
            let mut joiners = Vec::new();
            for number in 0..JOINERS {
                // Each asks for all that was said so far; meanwhile more is said.
                let options = options(server.address(), &format!("joiner{number}"));
                joiners.push(TestClient::with(options.room(lobby(), u32::MAX)).await);
            }
            joiners
        };
        let ((), joiners) = future::zip(talking, joining).await;
        let said: Vec<String> = (0..LINES).map(|line| format!("line {line}")).collect();
        for mut joiner in joiners {
            assert_eq!(joiner.texts(LINES).await, said);
        }
    });
}

#[test]
fn s39_also_an_empty_room_has_a_log_that_the_next_one_is_told_from() {
    let mut config = config();
    config.listen = address_of_its_own();
    let server = TestServer::with(config.clone());
    let mut alice = RawPeer::welcomed(config.listen, "alice");
    let before = alice.join_from(&lobby(), From::Tail(0)).position;
    assert_eq!(before.seq, Seq::ZERO, "the room is empty");
    drop(alice);
    server.stop();
    // Another server, whose log of this room has as many messages: none.
    let _server = TestServer::with(config.clone());
    let mut alice = RawPeer::welcomed(config.listen, "alice");
    let joined = alice.join_from(&lobby(), From::After(before));
    assert_ne!(joined.position.log, before.log);
    assert_eq!(joined.resumed, Resumed::Diverged);
}

#[test]
fn s40_what_is_said_again_on_another_connection_is_there_once_and_gets_the_same_answer() {
    let server = TestServer::start();
    let mut onlooker = RawPeer::welcomed(server.address(), "onlooker");
    onlooker.join(&lobby());
    let mut first = RawPeer::connect(server.address());
    first.send_hello("alice");
    let resume = first.expect_welcome().resume;
    first.join(&lobby());
    first.send_say(&lobby(), ID, "said twice");
    let seq = onlooker.until("it is said", said_seq);
    // The answer is lost with the connection.
    first.reset();
    let mut second = RawPeer::connect(server.address());
    second.send_hello_again("alice", resume);
    second.expect_welcome();
    second.join(&lobby());
    let request = second.send_say(&lobby(), ID, "said twice");
    assert_eq!(second.expect_stored(request).seq, seq);
    let request = second.send_say(&lobby(), MessageId([1; 16]), "something else");
    assert_eq!(second.expect_stored(request).seq, seq.next());
    assert_eq!(onlooker.until("the next is said", said_seq), seq.next());
}

fn said_seq(message: ServerMessage) -> Option<Seq> {
    match message {
        ServerMessage::Said(said) => Some(said.record.seq),
        _ => None,
    }
}

#[test]
fn s41_what_stored_means_is_told_and_true() {
    let server = TestServer::start();
    let mut alice = RawPeer::connect(server.address());
    alice.send_hello("alice");
    assert_eq!(alice.expect_welcome().storage, Storage::MEMORY);
    let directory = tempfile::tempdir().expect("a directory for a test");
    let data = directory.path().to_str().expect("a path of a test");
    let start = || Program::server_with(&["--listen", "127.0.0.1:0", "--data", data]);
    let (server, address) = start();
    let mut alice = RawPeer::connect(address);
    alice.send_hello("alice");
    assert_eq!(alice.expect_welcome().storage, Storage::DISK);
    alice.join(&lobby());
    let request = alice.send_say(&lobby(), ID, "kept");
    let stored = alice.expect_stored(request);
    // Right after the answer.
    server.kill();
    let (_server, address) = start();
    let mut bob = RawPeer::welcomed(address, "bob");
    bob.join_from(&lobby(), From::Tail(1));
    let record = bob.until("it is told", |message| match message {
        ServerMessage::Said(said) => Some(said.record),
        _ => None,
    });
    assert_eq!(
        (record.seq, record.id, record.text.as_str()),
        (stored.seq, ID, "kept")
    );
}
