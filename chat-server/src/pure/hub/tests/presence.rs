//! Who is here, and what others are told of it.

use chat_proto::limits::{MEMBERS_PAGE_MAX, PRESENCE_NAMES_MAX};

use super::*;

fn names(list: &[UserName]) -> Vec<&str> {
    list.iter().map(UserName::as_str).collect()
}

#[test]
fn arrivals_of_one_turn_are_told_together() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    for (peer, name) in [(BOB, "bob"), (PeerId(3), "carol")] {
        house.arrive(peer, name);
        house.join(peer, "lobby");
    }
    house.settle();
    let told = house.take_presence("lobby");
    let [presence] = &told[..] else {
        panic!("one presence: {told:?}");
    };
    assert_eq!((presence.version, presence.count), (2, 3));
    assert_eq!(
        (names(&presence.arrived), names(&presence.left)),
        (vec!["bob", "carol"], vec![])
    );
}

#[test]
fn who_arrives_and_leaves_in_one_turn_is_not_told() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.arrive(BOB, "bob");
    house.join(BOB, "lobby");
    house.request(BOB, Request::Depart);
    house.settle();
    assert!(house.take_turns().is_empty());
}

#[test]
fn who_leaves_and_comes_back_in_one_turn_is_not_told() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    house.join(BOB, "attic");
    house.leave(BOB, "lobby");
    house.join(BOB, "lobby");
    house.settle();
    assert!(house.take_presence("lobby").is_empty());
}

#[test]
fn presence_does_not_wait_for_a_batch_in_flight() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    house.leave(BOB, "lobby");
    house.end_turn();
    let turns = house.take_turns();
    assert_eq!(turns.len(), 1);
    let (_, turn) = &turns[0];
    assert_eq!(
        (turn.first_seq(), turn.next_seq()),
        (Seq(1), Seq(1)),
        "it has no numbers"
    );
    house.commit();
    assert_eq!(house.take_turns()[0].1.first_seq(), Seq(1));
}

#[test]
fn versions_of_presence_follow_each_other() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    let mut versions = Vec::new();
    for number in 10..13 {
        house.arrive(PeerId(number), &format!("guest{number}"));
        house.join(PeerId(number), "lobby");
        house.settle();
        versions.extend(
            house
                .take_presence("lobby")
                .iter()
                .map(|presence| presence.version),
        );
    }
    assert_eq!(versions, [2, 3, 4]);
}

#[test]
fn versions_begin_anew_when_nobody_was_in_the_room() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    for peer in [ALICE, BOB] {
        house.leave(peer, "lobby");
    }
    house.settle();
    house.take_replies();
    house.take_turns();
    let joined = house.joined(ALICE, "lobby", From::Tail(0));
    assert_eq!((joined.presence_version, joined.count), (0, 0));
    assert_eq!(house.take_presence("lobby")[0].version, 1);
}

#[test]
fn a_joiner_is_shown_what_was_told_last_and_comes_with_the_next() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.arrive(BOB, "bob");
    house.join(BOB, "lobby");
    house.settle();
    let replies = house.take_replies();
    let Some((_, Reply::Joined(joined))) = replies.last() else {
        panic!("bob has joined: {replies:?}");
    };
    assert_eq!(
        (joined.presence_version, joined.count, names(&joined.members)),
        (1, 1, vec!["alice"])
    );
    let told = house.take_presence("lobby");
    assert_eq!(
        (told[0].version, told[0].count, names(&told[0].arrived)),
        (2, 2, vec!["bob"])
    );
}

#[test]
fn presence_names_a_few_and_counts_all() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    for number in 0..19 {
        house.arrive(PeerId(100 + number), &format!("guest{number}"));
        house.join(PeerId(100 + number), "lobby");
    }
    house.settle();
    let told = house.take_presence("lobby");
    assert_eq!((told[0].count, told[0].arrived.len()), (20, PRESENCE_NAMES_MAX));
}

#[test]
fn large_rooms_are_told_as_a_count() {
    let people = LIMITS.named_members_max as u64 + 1;
    let mut house = House::with_people(&[]);
    for number in 0..people {
        house.arrive(PeerId(100 + number), &format!("guest{number}"));
        house.join(PeerId(100 + number), "lobby");
    }
    house.settle();
    house.take_replies();
    let told = house.take_presence("lobby");
    assert_eq!((u64::from(told[0].count), told[0].arrived.len()), (people, 0));
    house.arrive(ALICE, "alice");
    house.join(ALICE, "lobby");
    house.settle();
    let replies = house.take_replies();
    let Some((_, Reply::Joined(joined))) = replies.last() else {
        panic!("alice has joined: {replies:?}");
    };
    assert_eq!((u64::from(joined.count), joined.members.len()), (people, 0));
}

#[test]
fn members_are_shown_in_pages_of_one_order() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    let guests = 2 * MEMBERS_PAGE_MAX;
    for number in 0..guests {
        let peer = PeerId(1000 + number as u64);
        house.arrive(peer, &format!("Guest{number:04}"));
        house.join(peer, "lobby");
    }
    house.settle();
    house.take_replies();
    let mut members = Vec::new();
    for page in 0..4 {
        let request = house.number();
        house.request(
            ALICE,
            Request::Members {
                request,
                room: room("lobby"),
                page,
            },
        );
        let replies = house.take_replies();
        let [(ALICE, Reply::MemberPage(shown))] = &replies[..] else {
            panic!("a page is shown: {replies:?}");
        };
        assert_eq!((shown.request, shown.page, shown.pages), (request, page, 3));
        assert_eq!((shown.presence_version, shown.count as usize), (2, guests + 1));
        members.extend(shown.members.iter().map(|name| name.as_str().to_owned()));
    }
    let guests = (0..guests).map(|number| format!("Guest{number:04}"));
    let expected: Vec<String> = std::iter::once("alice".to_owned()).chain(guests).collect();
    assert_eq!(members, expected);
}

#[test]
fn a_page_of_members_shows_what_was_told_last() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.leave(BOB, "lobby");
    let request = house.number();
    house.request(
        ALICE,
        Request::Members {
            request,
            room: room("lobby"),
            page: 0,
        },
    );
    let replies = house.take_replies();
    let Some((_, Reply::MemberPage(shown))) = replies.last() else {
        panic!("a page is shown: {replies:?}");
    };
    assert_eq!(
        (shown.presence_version, names(&shown.members)),
        (2, vec!["alice", "bob"])
    );
}
