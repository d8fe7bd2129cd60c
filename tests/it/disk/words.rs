//! Words that are looked for, and words that are taken back.

use chat_client::pure::link::{Event, Query};
use chat_proto::ids::Seq;
use chat_proto::message::{Kind, Record};
use chat_tests::TestClient;
use chat_tests::client::{lobby, options};
use futures_lite::future;
use rustix::process::Signal;

/// What the server finds in the lobby, once everything that was said is in its index.
async fn found(person: &mut TestClient, query: &Query) -> Vec<Record> {
    loop {
        person
            .client
            .search(&lobby(), query.clone())
            .expect("the client has not ended");
        let (searched, last, records) = person
            .until("the server answers", |event| match event {
                Event::Found {
                    searched,
                    last,
                    records,
                    ..
                } => Some((searched, last, records)),
                _ => None,
            })
            .await;
        if searched == last {
            return records;
        }
        future::yield_now().await;
    }
}

fn numbers(records: &[Record]) -> Vec<u64> {
    records.iter().map(|record| record.seq.0).collect()
}

#[test]
fn what_was_said_is_found_also_after_a_restart_and_without_the_index() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (server, address) = super::server(directory.path(), "127.0.0.1:0", &[]);
    smol::block_on(async {
        let mut alice = TestClient::connect(address, "alice").await;
        for line in ["a fox", "a wolf", "another Fox"] {
            alice.say(line);
        }
        alice.texts(3).await;
        assert_eq!(numbers(&found(&mut alice, &Query::words("fox")).await), [3, 1]);
    });
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
    std::fs::remove_file(directory.path().join("words.db")).expect("the index is a file");
    let (_server, address) = super::server(directory.path(), "127.0.0.1:0", &[]);
    smol::block_on(async {
        let mut bob = TestClient::connect(address, "bob").await;
        bob.say("no more foxes");
        bob.texts(1).await;
        assert_eq!(numbers(&found(&mut bob, &Query::words("fox")).await), [4, 3, 1]);
        let by_alice = Query {
            author: Some(chat_tests::client::user("ALICE")),
            ..Query::words("fox")
        };
        assert_eq!(numbers(&found(&mut bob, &by_alice).await), [3, 1]);
    });
}

#[test]
fn what_is_taken_back_is_gone_for_everybody_and_from_the_disk() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (server, address) = super::server(directory.path(), "127.0.0.1:0", &[]);
    smol::block_on(async {
        let mut alice = TestClient::connect(address, "alice").await;
        let mut bob = TestClient::connect(address, "bob").await;
        alice.say("the password is xylophone");
        for person in [&mut alice, &mut bob] {
            assert_eq!(person.heard().await.text, "the password is xylophone");
        }
        alice
            .client
            .empty(&lobby(), Seq(1))
            .expect("the client has not ended");
        for person in [&mut alice, &mut bob] {
            let (seq, by) = person
                .until("the message is emptied", |event| match event {
                    Event::Emptied { seq, by, .. } => Some((seq, by)),
                    _ => None,
                })
                .await;
            assert_eq!((seq, by.as_str()), (Seq(1), "alice"));
        }
        assert_eq!(found(&mut bob, &Query::words("xylophone")).await, []);
        let mut carol = TestClient::with(options(address, "carol").room(lobby(), 10)).await;
        let first = carol
            .until("the first message is told", |event| match event {
                Event::Said { record, .. } => Some(record),
                _ => None,
            })
            .await;
        assert_eq!(
            (first.seq, first.author.as_str(), first.kind, &*first.text),
            (Seq(1), "alice", Kind::EMPTIED, "")
        );
    });
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
    super::assert_whole(directory.path());
    let log = std::fs::read(directory.path().join("chat.db")).expect("the log is a file");
    assert!(!log.windows(9).any(|part| part == b"xylophone"));
}
