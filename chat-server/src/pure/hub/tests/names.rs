//! Whose name it is, and how a client takes over from its own dead connection.

use super::*;

const ALICE_AGAIN: PeerId = PeerId(11);

fn denied(replies: &[(PeerId, Reply)]) -> Option<Code> {
    replies.iter().find_map(|(_, reply)| {
        if let Reply::Denied { code, .. } = reply {
            Some(*code)
        } else {
            None
        }
    })
}

/// Alice comes back on another connection, with the secret of her first.
fn take_over(house: &mut House) {
    house.arrive_as(ALICE_AGAIN, "alice", 0, Some(secret_of(ALICE)));
    assert_eq!(
        house.take_replies(),
        [(ALICE, Reply::TakenOver), arrived(ALICE_AGAIN, "alice")]
    );
}

#[test]
fn a_name_is_one_persons_in_any_letters_until_it_departs() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    for name in ["alice", "Alice", "ALICE", "ａｌｉｃｅ"] {
        house.arrive_as(BOB, name, 1, None);
        assert_eq!(denied(&house.take_replies()), Some(Code::NAME_IN_USE), "{name}");
    }
    house.request(ALICE, Request::Depart);
    house.arrive_as(BOB, "Alice", 1, None);
    assert_eq!(house.take_replies(), [arrived(BOB, "Alice")]);
}

#[test]
fn a_denied_peer_asks_and_departs_in_vain() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.arrive_as(BOB, "alice", 1, None);
    house.take_replies();
    house.join(BOB, "lobby");
    house.request(BOB, Request::Depart);
    house.settle();
    assert!(house.take_replies().is_empty() && house.take_turns().is_empty());
    house.say(ALICE, "lobby", 1);
    house.settle();
    assert_eq!(house.take_replies().len(), 1);
}

#[test]
fn only_the_same_client_with_its_secret_takes_over() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    for (instance, resume) in [(0, None), (0, Some(secret_of(BOB))), (1, Some(secret_of(ALICE)))] {
        house.arrive_as(BOB, "alice", instance, resume);
        assert_eq!(
            denied(&house.take_replies()),
            Some(Code::NAME_IN_USE),
            "{instance} {resume:?}"
        );
    }
    take_over(&mut house);
    house.arrive_as(BOB, "alice", 0, Some(secret_of(ALICE)));
    assert_eq!(
        denied(&house.take_replies()),
        Some(Code::NAME_IN_USE),
        "the old secret is spent"
    );
    house.arrive_as(BOB, "alice", 0, Some(secret_of(ALICE_AGAIN)));
    assert_eq!(
        house.take_replies(),
        [(ALICE_AGAIN, Reply::TakenOver), arrived(BOB, "alice")]
    );
}

#[test]
fn nobody_notices_a_take_over() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    take_over(&mut house);
    house.request(ALICE, Request::Depart);
    house.settle();
    house.join(ALICE_AGAIN, "lobby");
    house.settle();
    house.now_ms = LIMITS.held_ms;
    house.settle();
    assert!(house.take_turns().is_empty());
    let said = house.say(ALICE_AGAIN, "lobby", 1);
    house.take_replies();
    house.settle();
    assert_eq!(house.take_replies(), [stored(ALICE_AGAIN, said, "lobby", 1, 1)]);
}

#[test]
fn who_joins_a_room_that_is_held_is_a_member_already() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    take_over(&mut house);
    let joined = house.joined(ALICE_AGAIN, "lobby", From::Tail(0));
    assert_eq!(
        (joined.count, &*joined.members),
        (2, &[user("alice"), user("bob")][..])
    );
    assert!(house.take_turns().is_empty(), "no presence follows");
}

#[test]
fn a_room_that_is_held_counts_as_joined() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    for name in ["a", "b"] {
        house.joined(ALICE, name, From::Tail(0));
    }
    take_over(&mut house);
    let too_many = house.join(ALICE_AGAIN, "c");
    assert_eq!(
        failures(&house.take_replies()),
        [(too_many, Code::TOO_MANY_ROOMS)].into()
    );
    for name in ["a", "b", "lobby"] {
        house.joined(ALICE_AGAIN, name, From::Tail(0));
    }
}

#[test]
fn the_secret_of_a_connection_that_has_departed_takes_over_nothing() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.request(ALICE, Request::Depart);
    house.settle();
    assert_eq!(&*house.take_presence("lobby")[0].left, &[user("alice")]);
    house.arrive_as(ALICE_AGAIN, "alice", 0, Some(secret_of(ALICE)));
    assert_eq!(house.take_replies(), [arrived(ALICE_AGAIN, "alice")]);
    assert_eq!(house.hub.next_deadline(), None, "no room is held");
}

#[test]
fn a_room_that_is_held_is_not_joined_yet_but_can_be_left() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    take_over(&mut house);
    let said = house.say(ALICE_AGAIN, "lobby", 1);
    assert_eq!(
        failures(&house.take_replies()),
        [(said, Code::NOT_IN_ROOM)].into()
    );
    let leave = house.leave(ALICE_AGAIN, "lobby");
    house.end_turn();
    assert_eq!(house.take_replies(), [left(ALICE_AGAIN, leave, "lobby")]);
    assert_eq!(&*house.take_presence("lobby")[0].left, &[user("alice")]);
}

#[test]
fn who_departs_leaves_the_rooms_that_are_held() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    take_over(&mut house);
    house.request(ALICE_AGAIN, Request::Depart);
    house.end_turn();
    assert_eq!(&*house.take_presence("lobby")[0].left, &[user("alice")]);
}

#[test]
fn a_room_is_held_for_so_long() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    assert_eq!(house.hub.next_deadline(), None);
    take_over(&mut house);
    assert_eq!(house.hub.next_deadline(), Some(LIMITS.held_ms));
    house.now_ms = LIMITS.held_ms - 1;
    house.end_turn();
    assert!(house.take_turns().is_empty());
    house.now_ms = LIMITS.held_ms;
    house.end_turn();
    assert_eq!(&*house.take_presence("lobby")[0].left, &[user("alice")]);
    assert_eq!(house.hub.next_deadline(), None);
}

#[test]
fn a_room_is_held_anew_at_each_take_over() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    take_over(&mut house);
    house.now_ms = LIMITS.held_ms / 2;
    house.arrive_as(PeerId(12), "alice", 0, Some(secret_of(ALICE_AGAIN)));
    house.now_ms = LIMITS.held_ms;
    house.end_turn();
    assert!(house.take_turns().is_empty());
    assert_eq!(
        house.hub.next_deadline(),
        Some(LIMITS.held_ms + LIMITS.held_ms / 2)
    );
}

#[test]
fn a_held_room_that_can_not_be_joined_again_is_left() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    take_over(&mut house);
    let join = house.join(ALICE_AGAIN, "lobby");
    house.end_turn();
    house.refuse_all();
    assert_eq!(
        failures(&house.take_replies()),
        [(join, Code::STORE_UNAVAILABLE)].into()
    );
    assert_eq!(&*house.take_presence("lobby")[0].left, &[user("alice")]);
}

#[test]
fn a_room_that_was_being_joined_in_vain_at_a_take_over_is_not_held() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.join(ALICE, "attic");
    house.end_turn();
    take_over(&mut house);
    house.refuse_all();
    let leave = house.leave(ALICE_AGAIN, "attic");
    assert_eq!(
        failures(&house.take_replies()),
        [(leave, Code::NOT_IN_ROOM)].into()
    );
}

#[test]
fn what_was_in_flight_at_a_take_over_is_stored_and_not_answered() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    take_over(&mut house);
    house.join(ALICE_AGAIN, "lobby");
    house.settle();
    let replies = house.take_replies();
    let [(ALICE_AGAIN, Reply::Joined(joined))] = &replies[..] else {
        panic!("only the new peer is answered: {replies:?}");
    };
    assert_eq!(joined.position.seq, Seq(1));
    assert_eq!(house.take_records("lobby").len(), 1);
}

#[test]
fn a_room_that_was_being_joined_at_a_take_over_is_held() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.join(ALICE, "attic");
    house.join(BOB, "attic");
    house.end_turn();
    take_over(&mut house);
    house.commit();
    house.settle();
    assert_eq!(
        &*house.take_presence("attic")[0].arrived,
        &[user("alice"), user("bob")]
    );
    house.request(ALICE_AGAIN, Request::Depart);
    house.end_turn();
    assert_eq!(&*house.take_presence("attic")[0].left, &[user("alice")]);
}

#[test]
fn a_departing_person_can_be_taken_over_while_its_last_words_are_in_flight() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.say(ALICE, "lobby", 1);
    house.request(ALICE, Request::Depart);
    house.end_turn();
    house.arrive_as(ALICE_AGAIN, "alice", 0, Some(secret_of(ALICE)));
    house.settle();
    assert_eq!(house.take_replies(), [arrived(ALICE_AGAIN, "alice")]);
    assert!(house.take_presence("lobby").is_empty(), "alice never left");
}

#[test]
fn a_take_over_in_other_letters_is_seen_as_such() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.arrive_as(ALICE_AGAIN, "Alice", 0, Some(secret_of(ALICE)));
    house.end_turn();
    let told = house.take_presence("lobby");
    assert_eq!(
        (&*told[0].arrived, &*told[0].left),
        (&[user("Alice")][..], &[user("alice")][..])
    );
    assert_eq!(told[0].count, 2);
}
