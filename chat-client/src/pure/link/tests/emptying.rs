//! What was said is emptied once, in order with what is said, and everybody learns of it in its place.

use chat_proto::message::EXTRA_EMPTIES;

use super::*;

#[test]
fn emptying_keeps_its_place_among_what_is_said() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.empty(2, 17);
    played.say(3);
    assert_eq!(played.put(), [(1, None), (2, Some(17)), (3, None)]);
}

#[test]
fn what_was_not_answered_is_asked_again_in_its_place_and_under_its_id() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.empty(2, 17);
    played.empty(3, 18);
    played.say(4);
    played.stored(2, 20);
    played.put();
    played.reconnect();
    played.answer_join(|join| joined(join, 20));
    assert_eq!(played.put(), [(1, None), (3, Some(18)), (4, None)]);
}

#[test]
fn it_ends_in_stored_and_everybody_hears_of_it_once() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.events();
    played.empty(2, 1);
    played.stored(2, 2);
    played.stored(2, 2);
    for _ in 0..2 {
        played.server(told(notice(2, 1)));
    }
    played.said(3);
    let stored = Event::Stored {
        room: room("lobby"),
        id: message(2),
        seq: Seq(2),
    };
    let said = Event::Said {
        room: room("lobby"),
        record: record(3),
    };
    assert_eq!(played.events(), [stored, emptied(2, 1), said]);
    assert!(played.unsent().is_empty());
}

#[test]
fn whoever_comes_back_learns_in_its_place_what_was_emptied_meanwhile() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.reconnect();
    let join = played.answer_join(|join| Joined {
        next: Seq(2),
        ..joined(join, 3)
    });
    assert_eq!(join.from, chat_proto::message::From::After(position(LOG, 1)));
    played.events();
    played.said(1);
    played.server(told(notice(2, 1)));
    played.said(3);
    assert_eq!(played.events()[0], emptied(2, 1));
    // The notice is where the next return begins.
    played.lose();
    played.connect();
    played.server(welcome(4));
    let join = played.answer_join(|join| joined(join, 3));
    assert_eq!(join.from, chat_proto::message::From::After(position(LOG, 3)));
}

#[test]
fn a_notice_is_the_place_to_come_back_to_like_every_message() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.server(told(notice(2, 1)));
    played.reconnect();
    let join = played.answer_join(|join| joined(join, 2));
    assert_eq!(join.from, chat_proto::message::From::After(position(LOG, 2)));
}

#[test]
fn a_hole_before_a_notice_is_a_hole() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.events();
    played.server(told(notice(3, 1)));
    assert_eq!(played.events(), []);
    assert!(matches!(&played.sent()[..], [ClientMessage::Leave(_)]));
}

#[test]
fn what_names_no_earlier_message_empties_nothing_and_is_told_as_it_is() {
    for (seq, empties) in [(1, 1), (1, 2), (1, 0), (1, u64::MAX)] {
        let mut played = Played::in_lobby();
        let record = notice(seq, empties);
        played.server(told(record.clone()));
        let room = room("lobby");
        assert_eq!(played.events(), [Event::Said { room, record }]);
    }
}

#[test]
fn a_final_refusal_is_told_and_what_is_behind_it_goes_on() {
    for code in [
        Code::NOT_THE_AUTHOR,
        Code::NOTHING_TO_EMPTY,
        Code::UNKNOWN_REQUEST,
    ] {
        let mut played = Played::in_lobby();
        played.empty(1, 17);
        played.say(2);
        let request = played.sent()[0].request();
        played.fail(request, code);
        played.stored(2, 1);
        assert_eq!(played.events()[0], failure(wanted(1, 17), code, None));
        assert_eq!(played.sent(), [], "it blocked nothing, so it is not withdrawn");
        assert!(played.unsent().is_empty());
    }
}

#[test]
fn a_refusal_for_now_is_asked_again_before_what_is_behind_it() {
    let mut played = Played::in_lobby();
    played.empty(1, 17);
    played.say(2);
    let requests: Vec<u32> = played.sent().iter().map(ClientMessage::request).collect();
    played.fail(requests[0], Code::STORE_UNAVAILABLE);
    played.fail(requests[1], Code::AFTER_REFUSED);
    let events = played.events();
    let [
        Event::Failed {
            what,
            retry_in_ms: Some(_),
            ..
        },
    ] = &events[..]
    else {
        panic!("told once, for the first: {events:?}");
    };
    assert_eq!(*what, wanted(1, 17));
    played.pass(FIRST_DELAY_MS);
    assert_eq!(played.put(), [(1, Some(17)), (2, None)]);
}

#[test]
fn nothing_is_emptied_in_a_room_that_is_not_wanted_or_after_finishing() {
    let mut played = Played::in_lobby();
    played.command(Command::Empty {
        room: room("den"),
        id: message(1),
        seq: Seq(17),
    });
    played.command(Command::Finish);
    played.empty(2, 17);
    let codes: Vec<Code> = played
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::Failed { code, .. } => Some(*code),
            _ => None,
        })
        .collect();
    assert_eq!(codes, [Code::NOT_IN_ROOM, Code::OUT_OF_PLACE]);
    assert!(played.unsent().is_empty());
}

#[test]
fn what_waits_to_be_emptied_is_named_as_unsent_and_leaving_waits_for_it() {
    let mut played = Played::in_lobby();
    played.empty(1, 17);
    let unsent = Unsent {
        room: room("lobby"),
        id: message(1),
        content: Content::Emptying { seq: Seq(17) },
    };
    assert_eq!(played.link.unsent().collect::<Vec<_>>(), [unsent]);
    played.command(Command::Leave { room: room("lobby") });
    assert_eq!(played.put(), [(1, Some(17))]);
    played.stored(1, 18);
    assert!(matches!(&played.sent()[..], [ClientMessage::Leave(_)]));
}

#[test]
fn finishing_waits_until_it_is_emptied_and_told() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.empty(1, 1);
    played.command(Command::Finish);
    played.stored(1, 2);
    assert_eq!(played.out.action, None, "the notice is told first");
    played.server(told(notice(2, 1)));
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
}

#[test]
fn a_join_refused_for_good_takes_with_it_what_was_to_be_emptied_there() {
    let mut played = Played::welcome(with_lobby());
    played.empty(1, 17);
    let request = played.sent()[0].request();
    played.fail(request, Code::TOO_MANY_ROOMS);
    let expected = failure(wanted(1, 17), Code::TOO_MANY_ROOMS, None);
    assert_eq!(played.events().last(), Some(&expected));
    assert!(played.unsent().is_empty());
}

impl Played {
    fn empty(&mut self, id: u8, seq: u64) {
        self.command(Command::Empty {
            room: room("lobby"),
            id: message(id),
            seq: Seq(seq),
        });
    }

    /// What was sent for the log, as ids, and the messages that are to be emptied.
    fn put(&mut self) -> Vec<(u8, Option<u64>)> {
        let put = self.sent().into_iter().map(|message| match message {
            ClientMessage::Say(say) => (say.id.0[0], None),
            ClientMessage::Empty(empty) => (empty.id.0[0], Some(empty.seq.0)),
            other => panic!("not for the log: {other:?}"),
        });
        put.collect()
    }
}

fn wanted(id: u8, seq: u64) -> Wanted {
    Wanted::Empty {
        room: room("lobby"),
        id: message(id),
        seq: Seq(seq),
    }
}

/// The notice of this number that this message was emptied.
pub(super) fn notice(seq: u64, empties: u64) -> Record {
    let mut extra = Extra::new();
    assert!(extra.insert(EXTRA_EMPTIES, &empties.to_be_bytes()));
    Record {
        kind: Kind::MODERATION,
        text: text(&format!("emptied message {empties}")),
        extra,
        ..record(seq)
    }
}

fn told(record: Record) -> ServerMessage {
    let room = room("lobby");
    ServerMessage::Said(Said { room, record })
}

fn emptied(notice: u64, seq: u64) -> Event {
    Event::Emptied {
        room: room("lobby"),
        seq: Seq(seq),
        by: user("bob"),
        notice: Seq(notice),
        id: id_of(notice),
        at_unix_ms: 0,
    }
}
