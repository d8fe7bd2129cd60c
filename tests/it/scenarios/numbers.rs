//! Numbers beyond all sense.

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::message::{
    ClientMessage, Empty, From, History, Members, Resumed, Search, ServerMessage, Span,
};
use chat_proto::text::Note;
use chat_tests::client::lobby;
use chat_tests::{RawPeer, TestServer};

/// The numbers at the borders, and beyond what the room has.
const SEQS: [Seq; 5] = [Seq::ZERO, Seq(1), Seq(1 << 63), Seq(u64::MAX - 1), Seq::MAX];

/// Asks, and waits for the answer, whatever it is.
fn ask(peer: &mut RawPeer, question: &ClientMessage) {
    peer.send_message(question);
    peer.until("an answer", |answer| {
        (answer.answers() == Some(question.request())).then_some(())
    });
}

/// Every question that has numbers in it.
fn questions(seq: Seq, limit: u32) -> Vec<ClientMessage> {
    let (request, room, id) = (limit, lobby(), MessageId([2; 16]));
    let history = |span| {
        ClientMessage::History(History {
            request,
            room: lobby(),
            span,
            limit,
        })
    };
    let search = Search {
        request,
        room: lobby(),
        words: Note::new("only"),
        author: None,
        since_unix_ms: Some(u64::MAX),
        until_unix_ms: Some(0),
        before: seq,
        limit,
    };
    let members = Members {
        request,
        room: lobby(),
        page: limit,
    };
    vec![
        history(Span::Before(seq)),
        history(Span::After(seq)),
        ClientMessage::Search(search),
        ClientMessage::Members(members),
        // There is no such message, or it is somebody else's.
        ClientMessage::Empty(Empty {
            request,
            room,
            seq,
            id,
        }),
    ]
}

#[test]
fn s27_the_largest_and_smallest_numbers_are_answered() {
    let server = TestServer::start();
    let mut author = RawPeer::welcomed(server.address(), "author");
    author.join(&lobby());
    let request = author.send_say(&lobby(), MessageId([1; 16]), "the only one");
    author.expect_stored(request);
    let mut mallory = RawPeer::welcomed(server.address(), "mallory");
    mallory.join(&lobby());
    for seq in SEQS {
        for limit in [0, 1, u32::MAX] {
            for question in questions(seq, limit) {
                ask(&mut mallory, &question);
            }
        }
        let mut reader = RawPeer::welcomed(server.address(), &format!("reader{}", seq.0));
        let (log, id) = (LogId(u64::MAX), MessageId([1; 16]));
        let joined = reader.join_from(&lobby(), From::After(Position { log, seq, id }));
        assert_eq!(joined.resumed, Resumed::Diverged);
        let heard = reader.until("the only message", |message| match message {
            ServerMessage::Said(said) => Some(said.record.seq),
            _ => None,
        });
        assert_eq!(heard, Seq(1));
    }
    author.ping();
}
