//! What is said, in which order, and what happens when it is refused.

use super::*;

#[test]
fn a_batch_gathers_while_another_is_in_flight() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    assert_eq!(house.batch.len(), 1);
    house.say(BOB, "lobby", 2);
    house.end_turn();
    house.say(ALICE, "lobby", 3);
    house.end_turn();
    assert_eq!(house.batch.len(), 1, "the first is still in flight");
    house.commit();
    assert_eq!(
        house.batch.len(),
        2,
        "the next goes out as soon as it is answered"
    );
}

#[test]
fn everybody_is_told_in_the_order_of_the_store() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    let requests = [
        (ALICE, house.say(ALICE, "lobby", 1), 1),
        (BOB, house.say(BOB, "lobby", 2), 2),
        (ALICE, house.say(ALICE, "lobby", 3), 3),
    ];
    house.settle();
    let expected =
        requests.map(|(peer, request, number)| stored(peer, request, "lobby", number, u64::from(number)));
    assert_eq!(house.take_replies(), expected);
    let records = house.take_records("lobby");
    let told: Vec<_> = records
        .iter()
        .map(|record| (record.seq.0, record.id, record.author.as_str()))
        .collect();
    assert_eq!(
        told,
        [(1, id(1), "alice"), (2, id(2), "bob"), (3, id(3), "alice")]
    );
    assert!(records.iter().all(|record| record.at_unix_ms == 5000));
}

#[test]
fn one_turn_tells_a_whole_batch() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    for number in 1..=3 {
        house.say(ALICE, "lobby", number);
    }
    house.settle();
    let turns = house.take_turns();
    let spans: Vec<_> = turns
        .iter()
        .map(|(_, turn)| (turn.first_seq(), turn.next_seq()))
        .collect();
    assert_eq!(spans, [(Seq(1), Seq(4))]);
}

#[test]
fn a_turn_over_its_bytes_is_told_as_several() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    for number in 1..=100 {
        house.say(ALICE, "lobby", number);
    }
    house.settle();
    let turns = house.take_turns();
    assert!(turns.len() > 1);
    let mut next = Seq(1);
    for (_, turn) in &turns {
        assert_eq!(turn.first_seq(), next);
        assert!(turn.bytes().len() < LIMITS.turn_bytes_max + 100);
        next = turn.next_seq();
    }
    assert_eq!(next, Seq(101));
}

#[test]
fn what_is_said_again_is_told_once() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.say(ALICE, "lobby", 1);
    house.settle();
    house.take_replies();
    assert_eq!(house.take_records("lobby").len(), 1);
    let again = house.say(ALICE, "lobby", 1);
    house.settle();
    assert_eq!(house.take_replies(), [stored(ALICE, again, "lobby", 1, 1)]);
    assert!(house.take_turns().is_empty());
}

#[test]
fn a_joiner_knows_where_the_turn_of_the_same_batch_begins() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.arrive(BOB, "bob");
    house.say(ALICE, "lobby", 1);
    house.join(BOB, "lobby");
    house.say(ALICE, "lobby", 2);
    house.settle();
    let replies = house.take_replies();
    let joined = replies.iter().find_map(|(_, reply)| {
        if let Reply::Joined(joined) = reply {
            Some(joined)
        } else {
            None
        }
    });
    let joined = joined.expect("bob has joined");
    assert_eq!((joined.position.seq, joined.next), (Seq(1), Seq(2)));
    let turns = house.take_turns();
    assert_eq!(turns.len(), 1);
    let (_, turn) = &turns[0];
    assert_eq!((turn.first_seq(), turn.next_seq()), (Seq(1), Seq(3)));
}

#[test]
fn who_comes_back_to_a_trimmed_log_is_told_from_where_it_was() {
    let mut house = House::new();
    let limits = MemoryLimits {
        room_records_max: 5,
        ..MemoryLimits::default()
    };
    house.memory = Memory::new(limits, 7);
    house.arrive(ALICE, "alice");
    house.take_replies();
    house.joined(ALICE, "lobby", From::Tail(0));
    for number in 1..=20 {
        house.say(ALICE, "lobby", number);
    }
    house.settle();
    house.leave(ALICE, "lobby");
    house.take_replies();
    let log = house.joined(ALICE, "lobby", From::Tail(0)).position.log;
    house.leave(ALICE, "lobby");
    house.take_replies();
    let position = Position {
        log,
        seq: Seq(3),
        id: id(3),
    };
    let joined = house.joined(ALICE, "lobby", From::After(position));
    let first_kept = Seq(16);
    assert_eq!(
        (joined.position.seq, joined.next, joined.resumed),
        (Seq(20), Seq(4), Resumed::Trimmed { first_kept }),
        "the session tells what is missing between"
    );
}

#[test]
fn what_is_refused_for_now_holds_back_what_comes_after() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    let refused = house.say(ALICE, "lobby", 1);
    let in_flight = house.say(ALICE, "lobby", 2);
    house.end_turn();
    let gathering = house.say(ALICE, "lobby", 3);
    let of_bob = house.say(BOB, "lobby", 4);
    house.end_turn();
    house.refuse(Refusal::Full);
    let later = house.say(ALICE, "lobby", 5);
    house.settle();
    let replies = house.take_replies();
    let expected = [
        (refused, Code::STORE_UNAVAILABLE),
        (in_flight, Code::AFTER_REFUSED),
        (gathering, Code::AFTER_REFUSED),
        (later, Code::AFTER_REFUSED),
    ];
    assert_eq!(failures(&replies), expected.into());
    assert!(
        replies.contains(&stored(BOB, of_bob, "lobby", 4, 1)),
        "others are not held back"
    );
}

#[test]
fn what_was_refused_for_now_goes_on_when_said_again() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    house.refuse(Refusal::Full);
    house.take_replies();
    let requests = [house.say(ALICE, "lobby", 1), house.say(ALICE, "lobby", 2)];
    house.settle();
    let expected = [
        stored(ALICE, requests[0], "lobby", 1, 1),
        stored(ALICE, requests[1], "lobby", 2, 2),
    ];
    assert_eq!(house.take_replies(), expected);
}

#[test]
fn what_was_refused_for_now_and_already_said_again_goes_on() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    let between = house.say(ALICE, "lobby", 2);
    house.say(ALICE, "lobby", 1);
    house.say(ALICE, "lobby", 3);
    house.refuse(Refusal::Full);
    house.settle();
    let replies = house.take_replies();
    assert_eq!(failures(&replies).get(&between), Some(&Code::AFTER_REFUSED));
    let ids: Vec<_> = house
        .take_records("lobby")
        .iter()
        .map(|record| record.id)
        .collect();
    assert_eq!(ids, [id(1), id(3)]);
}

#[test]
fn what_was_refused_for_now_can_be_withdrawn() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    house.refuse(Refusal::Full);
    house.take_replies();
    let withdrawn = house.withdraw(ALICE, "lobby", 9);
    assert_eq!(house.take_replies(), [withdrawn], "it was never said");
    let held_back = house.say(ALICE, "lobby", 2);
    assert_eq!(
        failures(&house.take_replies()),
        [(held_back, Code::AFTER_REFUSED)].into()
    );
    let withdrawn = house.withdraw(ALICE, "lobby", 1);
    assert_eq!(house.take_replies(), [withdrawn]);
    let goes_on = house.say(ALICE, "lobby", 3);
    house.settle();
    assert_eq!(house.take_replies(), [stored(ALICE, goes_on, "lobby", 3, 1)]);
}

#[test]
fn what_is_withdrawn_on_its_way_is_stored_all_the_same() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    let said = house.say(ALICE, "lobby", 1);
    house.end_turn();
    let withdrawn = house.withdraw(ALICE, "lobby", 1);
    house.settle();
    assert_eq!(
        house.take_replies(),
        [withdrawn, stored(ALICE, said, "lobby", 1, 1)]
    );
    let withdrawn = house.withdraw(ALICE, "lobby", 1);
    assert_eq!(house.take_replies(), [withdrawn], "it is stored already");
    assert_eq!(house.take_records("lobby").len(), 1);
}

#[test]
fn what_is_refused_for_now_holds_back_nothing_in_another_room() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.joined(ALICE, "attic", From::Tail(0));
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    house.refuse(Refusal::Full);
    house.take_replies();
    let elsewhere = house.say(ALICE, "attic", 2);
    house.settle();
    assert_eq!(house.take_replies(), [stored(ALICE, elsewhere, "attic", 2, 1)]);
}

#[test]
fn a_room_that_is_joined_again_holds_back_nothing() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    house.refuse(Refusal::Full);
    house.leave(ALICE, "lobby");
    house.take_replies();
    house.joined(ALICE, "lobby", From::Tail(0));
    let later = house.say(ALICE, "lobby", 2);
    house.settle();
    assert_eq!(house.take_replies(), [stored(ALICE, later, "lobby", 2, 1)]);
}

#[test]
fn a_refusal_for_good_holds_back_nothing() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.say(BOB, "lobby", 1);
    let reused = house.say(ALICE, "lobby", 1);
    let next = house.say(ALICE, "lobby", 2);
    house.settle();
    let replies = house.take_replies();
    assert_eq!(failures(&replies), [(reused, Code::ID_REUSED)].into());
    assert!(replies.contains(&stored(ALICE, next, "lobby", 2, 2)));
}

#[test]
fn who_leaves_after_speaking_leaves_after_being_heard() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    let said = house.say(ALICE, "lobby", 1);
    let leave = house.leave(ALICE, "lobby");
    let too_late = house.say(ALICE, "lobby", 2);
    house.end_turn();
    assert_eq!(
        failures(&house.take_replies()),
        [(too_late, Code::NOT_IN_ROOM)].into()
    );
    house.commit();
    assert_eq!(
        house.take_replies(),
        [stored(ALICE, said, "lobby", 1, 1), left(ALICE, leave, "lobby")]
    );
    let told = house.take_told("lobby");
    let [ServerMessage::Said(_), ServerMessage::Presence(presence)] = &told[..] else {
        panic!("first the message, then who left: {told:?}");
    };
    assert_eq!((presence.count, &*presence.left), (1, &[user("alice")][..]));
}

#[test]
fn who_departs_after_speaking_is_stored_and_heard_first() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    house.say(ALICE, "lobby", 2);
    house.request(ALICE, Request::Depart);
    house.settle();
    assert!(house.take_replies().is_empty(), "nobody is there to be told");
    let told = house.take_told("lobby");
    let [
        ServerMessage::Said(_),
        ServerMessage::Said(_),
        ServerMessage::Presence(presence),
    ] = &told[..]
    else {
        panic!("first the messages, then who left: {told:?}");
    };
    assert_eq!(&*presence.left, &[user("alice")]);
}

#[test]
fn a_room_that_is_left_can_be_joined_at_once() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.say(ALICE, "lobby", 1);
    house.leave(ALICE, "lobby");
    house.join(ALICE, "lobby");
    house.settle();
    let replies = house.take_replies();
    let [
        (_, Reply::Stored(_)),
        (_, Reply::Left(_)),
        (_, Reply::Joined(joined)),
    ] = &replies[..]
    else {
        panic!("answers come in the order of the requests: {replies:?}");
    };
    assert_eq!((joined.position.seq, joined.next), (Seq(1), Seq(2)));
    assert!(
        house.take_presence("lobby").is_empty(),
        "nobody came or went, seen from outside"
    );
}

#[test]
fn what_comes_too_soon_holds_back_what_follows_until_it_is_said_again() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.settle();
    house.take_replies();
    let request = house.number();
    let hold_back = Request::HoldBack(HoldBack {
        request,
        room: room("lobby"),
        id: id(1),
        wait_ms: 70,
    });
    house.request(ALICE, hold_back);
    let replies = house.take_replies();
    let [(ALICE, Reply::Failed(failed))] = &replies[..] else {
        panic!("it fails: {replies:?}");
    };
    assert_eq!(
        (failed.request, failed.code, failed.wait_ms),
        (request, Code::TOO_FAST, 70)
    );
    let later = house.say(ALICE, "lobby", 2);
    let expected = [(later, Code::AFTER_REFUSED)].into();
    assert_eq!(failures(&house.take_replies()), expected);
    house.say(ALICE, "lobby", 1);
    house.say(ALICE, "lobby", 2);
    house.settle();
    let replies = house.take_replies();
    assert!(failures(&replies).is_empty(), "{replies:?}");
}

#[test]
fn what_comes_too_soon_after_something_held_back_is_held_back_with_it() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.settle();
    let hold_back = |house: &mut House, number| {
        house.take_replies();
        let request = house.number();
        let (room, id, wait_ms) = (room("lobby"), id(number), 70);
        let hold_back = Request::HoldBack(HoldBack {
            request,
            room,
            id,
            wait_ms,
        });
        house.request(ALICE, hold_back);
        let failed = failures(&house.take_replies());
        failed.get(&request).copied()
    };
    assert_eq!(hold_back(&mut house, 1), Some(Code::TOO_FAST));
    assert_eq!(hold_back(&mut house, 2), Some(Code::AFTER_REFUSED));
    assert_eq!(hold_back(&mut house, 1), Some(Code::TOO_FAST));
    house.leave(ALICE, "lobby");
    assert_eq!(hold_back(&mut house, 1), Some(Code::NOT_IN_ROOM));
}
