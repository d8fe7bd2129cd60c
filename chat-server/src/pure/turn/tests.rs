use chat_proto::list::{Extra, List};

use super::*;
use crate::history::fixtures::{draft, room};

fn said(seq: u64) -> Said {
    Said {
        room: room("lobby"),
        record: draft("alice", 1, "hello").into_record(Seq(seq), 0),
    }
}

fn presence() -> Presence {
    Presence {
        room: room("lobby"),
        version: 1,
        count: 0,
        arrived: List::new(),
        left: List::new(),
        extra: Extra::new(),
    }
}

fn frame(message: ServerMessage) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_server(&message, &mut bytes);
    bytes
}

/// A turn of these numbers, and its frames.
fn turn(seqs: Range<u64>, with_presence: bool) -> (Turn, Vec<Vec<u8>>) {
    let mut writer = TurnWriter::default();
    writer.advance(Seq(seqs.start));
    let mut frames = Vec::new();
    for seq in seqs {
        writer.say(said(seq));
        frames.push(frame(ServerMessage::Said(said(seq))));
    }
    if with_presence {
        frames.push(frame(ServerMessage::Presence(presence())));
    }
    let turn = writer.finish(with_presence.then(presence)).unwrap();
    (turn, frames)
}

fn bytes_for(turn: &Turn, next: u64) -> Vec<u8> {
    match turn.part_for(Seq(next)) {
        Part::Bytes(range) => turn.bytes()[range].to_vec(),
        Part::Skip => Vec::new(),
        Part::Gap { .. } => panic!("there is no gap before {next}"),
    }
}

#[test]
fn a_reader_gets_the_frames_that_it_lacks() {
    let (turn, frames) = turn(5..8, false);
    for next in 5..8 {
        let known = usize::try_from(next - 5).unwrap();
        assert_eq!(bytes_for(&turn, next), frames[known..].concat(), "next {next}");
    }
}

#[test]
fn a_turn_that_the_reader_has_is_skipped() {
    let (turn, _) = turn(5..8, false);
    for next in [8, 9, u64::MAX] {
        assert_eq!(turn.part_for(Seq(next)), Part::Skip, "next {next}");
    }
}

#[test]
fn a_turn_beyond_the_reader_leaves_a_gap() {
    let (turn, _) = turn(5..8, true);
    for next in [0, 4] {
        let gap = Part::Gap {
            from: Seq(next),
            until: Seq(5),
        };
        assert_eq!(turn.part_for(Seq(next)), gap, "next {next}");
    }
}

#[test]
fn presence_reaches_also_those_who_have_all_messages() {
    let (turn, frames) = turn(5..8, true);
    assert_eq!(bytes_for(&turn, 7), frames[2..].concat());
    for next in [8, 100] {
        assert_eq!(bytes_for(&turn, next), frames[3], "next {next}");
    }
}

#[test]
fn a_turn_of_presence_alone_has_no_numbers() {
    let (turn, frames) = turn(5..5, true);
    assert_eq!((turn.first_seq(), turn.next_seq()), (Seq(5), Seq(5)));
    for next in [5, 6] {
        assert_eq!(bytes_for(&turn, next), frames[0], "next {next}");
    }
    assert_eq!(
        turn.part_for(Seq(4)),
        Part::Gap {
            from: Seq(4),
            until: Seq(5)
        }
    );
}

#[test]
fn turns_follow_each_other() {
    let mut writer = TurnWriter::default();
    writer.advance(Seq(3));
    writer.say(said(3));
    let first = writer.finish(None).unwrap();
    assert_eq!(writer.finish(None), None, "there is nothing to tell");
    writer.say(said(4));
    let second = writer.finish(None).unwrap();
    assert_eq!((first.first_seq(), first.next_seq()), (Seq(3), Seq(4)));
    assert_eq!((second.first_seq(), second.next_seq()), (Seq(4), Seq(5)));
}

#[test]
fn numbers_that_others_gave_meanwhile_end_a_turn() {
    let mut writer = TurnWriter::default();
    writer.advance(Seq(3));
    writer.say(said(3));
    assert!(writer.takes(Seq(4)) && !writer.takes(Seq(6)));
    writer.finish(None);
    assert!(writer.takes(Seq(6)));
    writer.say(said(6));
    assert_eq!(writer.finish(None).unwrap().first_seq(), Seq(6));
}

#[test]
fn who_lost_a_presence_finds_it_in_a_later_turn() {
    let mut writer = TurnWriter::default();
    writer.say(said(5));
    let before = writer.finish(None).unwrap();
    assert_eq!((before.presence_version(), before.lost_presence(0)), (0, None));
    let with = writer.finish(Some(presence())).unwrap();
    assert_eq!(
        (with.presence_version(), with.lost_presence(0)),
        (1, None),
        "it is in its bytes"
    );
    writer.say(said(6));
    let after = writer.finish(None).unwrap();
    let frame = frame(ServerMessage::Presence(presence()));
    assert_eq!(after.lost_presence(0), Some(&*frame));
    assert_eq!(after.lost_presence(1), None, "nothing is lost");
}
