//! What a peer is told of its rooms, and how it comes up to date.

use chat_proto::limits::PAGE_RECORDS_MAX;
use chat_proto::message::{Presence, Said};

use super::*;
use crate::history::fixtures::draft;
use crate::pure::turn::TurnWriter;

/// A log of so many messages, of which those from `first_kept` on are kept.
struct Log {
    first_kept: u64,
    last: u64,
}

impl Log {
    fn page(&self, request: &PageRequest) -> PageAnswer {
        let Span::After(after) = request.span else {
            panic!("who catches up goes forward");
        };
        let first = self.first_kept.max(after.0 + 1);
        let end = (first + request.records_max as u64).min(self.last + 1);
        PageAnswer {
            log: LOG,
            first_kept: Seq(self.first_kept),
            last: Seq(self.last),
            records: (first..end).map(record).collect(),
        }
    }

    /// Answers whatever is looked up, and gives back what the peer was told meanwhile.
    fn serve(&self, peer: &mut Peer) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(request) = peer.out.fetch.take() {
            peer.handle(Input::Page {
                page: Some(self.page(&request)),
            });
            told.extend(take_told(peer));
        }
        told
    }
}

fn record(seq: u64) -> chat_proto::message::Record {
    draft("bob", 1, "x").into_record(Seq(seq), 5)
}

fn turn(seqs: Range<u64>, version: Option<u64>) -> Arc<Turn> {
    let mut writer = TurnWriter::default();
    turn_by(&mut writer, seqs, version)
}

fn turn_by(writer: &mut TurnWriter, seqs: Range<u64>, version: Option<u64>) -> Arc<Turn> {
    writer.advance(Seq(seqs.start));
    for seq in seqs {
        let (room, record) = (room("lobby"), record(seq));
        writer.say(Said { room, record });
    }
    let presence = version.map(|version| Presence {
        room: room("lobby"),
        version,
        count: 1,
        arrived: List::new(),
        left: List::new(),
        extra: Extra::new(),
    });
    Arc::new(writer.finish(presence).expect("something is told"))
}

/// What the peer reads now, in short.
fn take_told(peer: &mut Peer) -> Vec<String> {
    let mut told = peer.take_messages();
    told.extend(peer.take_part());
    told.iter().map(in_short).collect()
}

fn in_short(message: &ServerMessage) -> String {
    match message {
        ServerMessage::Joined(_) => "joined".to_owned(),
        ServerMessage::Said(said) => said.record.seq.to_string(),
        ServerMessage::Missed(missed) => format!("missed {}-{}", missed.from, missed.to),
        ServerMessage::Presence(presence) => format!("presence {}", presence.version),
        other @ (ServerMessage::Welcome(_)
        | ServerMessage::Refused(_)
        | ServerMessage::Left(_)
        | ServerMessage::Stored(_)
        | ServerMessage::Withdrawn(_)
        | ServerMessage::MemberPage(_)
        | ServerMessage::Page(_)
        | ServerMessage::Failed(_)
        | ServerMessage::Ping(_)
        | ServerMessage::Pong(_)
        | ServerMessage::Goodbye(_)
        | ServerMessage::Found(_)
        | ServerMessage::Done(_)
        | ServerMessage::Opened(_)
        | ServerMessage::RoomPage(_)
        | ServerMessage::Person(_)
        | ServerMessage::Announced(_)
        | ServerMessage::Removed(_)
        | ServerMessage::Marked(_)) => panic!("not told of a room: {other:?}"),
    }
}

fn give_turn(peer: &mut Peer, turn: &Arc<Turn>) -> Vec<String> {
    assert!(peer.session.wants_turns());
    peer.handle(Input::Turn {
        room: &room("lobby"),
        turn,
    });
    take_told(peer)
}

fn numbers(seqs: Range<u64>) -> Vec<String> {
    seqs.map(|seq| seq.to_string()).collect()
}

#[test]
fn turns_are_told_as_they_come() {
    let mut peer = Peer::in_lobby(4);
    let first = turn(5..8, None);
    assert_eq!(give_turn(&mut peer, &first), ["5", "6", "7"]);
    assert_eq!(give_turn(&mut peer, &turn(8..9, Some(1))), ["8", "presence 1"]);
    assert!(give_turn(&mut peer, &first).is_empty(), "once");
    assert!(peer.out.fetch.is_none());
}

#[test]
fn a_turn_is_shared_and_not_copied() {
    let mut peer = Peer::in_lobby(4);
    let turn = turn(5..8, None);
    peer.handle(Input::Turn {
        room: &room("lobby"),
        turn: &turn,
    });
    let part = peer.out.part.take().expect("there is something to tell");
    assert!(Arc::ptr_eq(&part.turn, &turn) && peer.out.bytes.is_empty());
}

#[test]
fn who_joins_half_way_is_told_what_is_stored_first() {
    let mut peer = Peer::welcomed();
    peer.join("lobby", 10, 7);
    assert!(!peer.session.wants_turns());
    assert_eq!(take_told(&mut peer), ["joined"]);
    let log = Log {
        first_kept: 1,
        last: 10,
    };
    assert_eq!(log.serve(&mut peer), numbers(7..11));
    assert_eq!(give_turn(&mut peer, &turn(11..12, None)), ["11"]);
}

#[test]
fn a_long_way_is_told_page_by_page() {
    let mut peer = Peer::welcomed();
    let last = 2 * PAGE_RECORDS_MAX as u64 + 10;
    peer.join("lobby", last, 1);
    take_told(&mut peer);
    let log = Log { first_kept: 1, last };
    let mut pages = 0;
    let mut told = Vec::new();
    while let Some(request) = peer.out.fetch.take() {
        pages += 1;
        peer.handle(Input::Page {
            page: Some(log.page(&request)),
        });
        assert!(peer.out.fetch.is_none(), "not before the page is written");
        told.extend(take_told(&mut peer));
    }
    assert_eq!((pages, told), (3, numbers(1..last + 1)));
}

#[test]
fn a_turn_that_straddles_is_sliced() {
    let mut peer = Peer::in_lobby(6);
    assert_eq!(
        give_turn(&mut peer, &turn(5..9, Some(1))),
        ["7", "8", "presence 1"]
    );
    assert!(give_turn(&mut peer, &turn(5..9, None)).is_empty());
}

#[test]
fn a_gap_is_filled_before_the_turn_is_told() {
    let mut peer = Peer::in_lobby(4);
    let beyond = turn(10..12, Some(3));
    assert!(give_turn(&mut peer, &beyond).is_empty());
    assert!(!peer.session.wants_turns());
    let log = Log {
        first_kept: 1,
        last: 11,
    };
    let expected: Vec<_> = numbers(5..12)
        .into_iter()
        .chain(["presence 3".to_owned()])
        .collect();
    assert_eq!(log.serve(&mut peer), expected);
    assert!(peer.session.wants_turns());
    assert_eq!(give_turn(&mut peer, &turn(12..13, None)), ["12"]);
}

#[test]
fn presence_alone_shows_a_gap_too() {
    let mut peer = Peer::in_lobby(4);
    assert!(give_turn(&mut peer, &turn(7..7, Some(3))).is_empty());
    let log = Log {
        first_kept: 1,
        last: 6,
    };
    assert_eq!(log.serve(&mut peer), ["5", "6", "presence 3"]);
}

#[test]
fn presence_that_was_lost_is_told_with_the_next_turn() {
    let mut peer = Peer::in_lobby(4);
    let mut writer = TurnWriter::default();
    let _lost = turn_by(&mut writer, 5..5, Some(1));
    let _lost = turn_by(&mut writer, 5..5, Some(2));
    let after = turn_by(&mut writer, 5..6, None);
    assert_eq!(give_turn(&mut peer, &after), ["presence 2", "5"]);
    let later = turn_by(&mut writer, 6..7, None);
    assert_eq!(give_turn(&mut peer, &later), ["6"], "once");
    let _lost = turn_by(&mut writer, 7..7, Some(3));
    let with_its_own = turn_by(&mut writer, 7..8, Some(4));
    assert_eq!(
        give_turn(&mut peer, &with_its_own),
        ["7", "presence 4"],
        "its version says it"
    );
}

#[test]
fn what_is_kept_no_more_is_told_as_missed() {
    let mut peer = Peer::welcomed();
    peer.join("lobby", 10, 3);
    take_told(&mut peer);
    let log = Log {
        first_kept: 8,
        last: 10,
    };
    assert_eq!(log.serve(&mut peer), ["missed 3-7", "8", "9", "10"]);
}

#[test]
fn a_gap_of_which_nothing_is_kept_is_missed() {
    let mut peer = Peer::in_lobby(4);
    give_turn(&mut peer, &turn(10..12, None));
    let log = Log {
        first_kept: 12,
        last: 11,
    };
    assert_eq!(log.serve(&mut peer), ["missed 5-9", "10", "11"]);
}

#[test]
fn records_after_the_gap_are_told_once() {
    let mut peer = Peer::in_lobby(4);
    give_turn(&mut peer, &turn(10..12, Some(3)));
    let log = Log {
        first_kept: 10,
        last: 20,
    };
    let expected: Vec<_> = ["missed 5-9".to_owned()]
        .into_iter()
        .chain(numbers(10..15))
        .chain(["presence 3".to_owned()])
        .collect();
    assert_eq!(log.serve(&mut peer), expected);
    assert_eq!(give_turn(&mut peer, &turn(12..16, None)), ["15"]);
}

#[test]
fn a_log_that_was_replaced_is_never_mixed_in() {
    for page in [
        None,
        Some(PageAnswer {
            log: LogId(1),
            first_kept: Seq(1),
            last: Seq(9),
            records: (5..10).map(record).collect(),
        }),
    ] {
        let mut peer = Peer::in_lobby(4);
        give_turn(&mut peer, &turn(10..11, None));
        assert!(peer.out.fetch.take().is_some());
        peer.handle(Input::Page { page });
        assert_eq!(take_told(&mut peer), ["missed 5-9", "10"]);
    }
}

#[test]
fn a_room_that_was_left_is_told_no_more() {
    let mut peer = Peer::in_lobby(4);
    give_turn(&mut peer, &turn(10..11, None));
    peer.send(&ClientMessage::Leave(Leave {
        request: 1,
        room: room("lobby"),
    }));
    peer.handle(Input::Reply(Reply::Left(Left {
        request: 1,
        room: room("lobby"),
    })));
    assert_eq!(peer.out.left, [room("lobby")]);
    assert!(matches!(peer.take_messages()[..], [ServerMessage::Left(_)]));
    assert!(peer.out.fetch.take().is_some(), "a page is still in flight");
    peer.handle(Input::Page {
        page: Some(PageAnswer {
            log: LOG,
            first_kept: Seq(1),
            last: Seq(10),
            records: vec![record(5)],
        }),
    });
    assert!(take_told(&mut peer).is_empty());
    assert!(give_turn(&mut peer, &turn(5..6, None)).is_empty());
}

#[test]
fn a_room_that_was_joined_again_begins_anew() {
    let mut peer = Peer::in_lobby(4);
    give_turn(&mut peer, &turn(10..11, None));
    peer.send(&ClientMessage::Leave(Leave {
        request: 1,
        room: room("lobby"),
    }));
    peer.handle(Input::Reply(Reply::Left(Left {
        request: 1,
        room: room("lobby"),
    })));
    peer.out.requests.clear();
    peer.join("lobby", 20, 19);
    peer.take_messages();
    let log = Log {
        first_kept: 1,
        last: 20,
    };
    assert_eq!(
        log.serve(&mut peer),
        ["19", "20"],
        "the page that was in flight is not told"
    );
}

#[test]
fn a_turn_that_was_held_for_a_room_goes_with_it() {
    let mut peer = Peer::in_lobby(4);
    give_turn(&mut peer, &turn(10..11, None));
    peer.join("attic", 1, 1);
    peer.send(&ClientMessage::Leave(Leave {
        request: 1,
        room: room("lobby"),
    }));
    peer.handle(Input::Reply(Reply::Left(Left {
        request: 1,
        room: room("lobby"),
    })));
    peer.out.requests.clear();
    peer.join("lobby", 9, 10);
    peer.take_messages();
    let log = Log {
        first_kept: 1,
        last: 1,
    };
    assert_eq!(log.serve(&mut peer), ["1"], "of the attic");
    assert_eq!(give_turn(&mut peer, &turn(10..11, None)), ["10"]);
}

#[test]
fn who_does_not_read_is_sent_no_further_page() {
    let mut peer = Peer::welcomed();
    peer.join("lobby", 1000, 1);
    peer.take_messages();
    let log = Log {
        first_kept: 1,
        last: 1000,
    };
    let request = peer.out.fetch.take().expect("a page is looked up");
    peer.handle(Input::Page {
        page: Some(log.page(&request)),
    });
    assert!(peer.out.bytes.len() > LIMITS.output_bytes_max && peer.out.fetch.is_none());
    peer.handle(Input::Tick);
    assert!(peer.out.fetch.is_none());
    peer.take_messages();
    assert!(peer.out.fetch.is_some());
}
