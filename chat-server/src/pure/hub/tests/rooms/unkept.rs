//! What was asked for and is not kept yet takes away at once, gives nothing, and is told to nobody.

use chat_proto::message::Act;

use super::moderation::moderate;
use super::*;

impl House {
    /// A club of the laptop's, with Bob, which Eve is about to join.
    fn club_to_be_joined() -> Self {
        let mut house = Self::with_keys();
        for peer in [LAPTOP, BOB] {
            house.joined(peer, "club", From::Tail(0));
        }
        house.forget_told();
        house
    }

    fn club_of_eve_too() -> Self {
        let mut house = Self::club_to_be_joined();
        house.joined(EVE, "club", From::Tail(0));
        house.forget_told();
        house
    }

    /// The laptop does this to somebody, and the store has not answered yet.
    fn is_about_to(&mut self, act: Act, whom: &str) {
        let number = self.number();
        self.request(LAPTOP, moderate(number, "club", 3000 + number, act, whom));
        self.end_turn();
    }

    fn failures_of(&mut self) -> Vec<Code> {
        failures(&self.take_replies()).into_values().collect()
    }
}

#[test]
fn a_topic_and_a_role_that_are_not_kept_are_told_to_nobody() {
    let mut house = House::club_to_be_joined();
    house.join(EVE, "club");
    house.end_turn();
    let number = house.number();
    house.request(LAPTOP, topic(number, "club", 1, "tea"));
    house.request(LAPTOP, moderate(number + 1, "club", 2, Act::PROMOTE, "eve"));
    house.commit();
    let told = house.take_replies();
    let [(EVE, Reply::Joined(joined))] = &told[..] else {
        panic!("Eve is let in: {told:?}");
    };
    assert_eq!((role(joined), joined.extra.get(EXTRA_TOPIC)), (Role::NONE, None));
    let request = house.number();
    let (mine, after) = (true, None);
    house.request(EVE, Request::Rooms { request, mine, after });
    let told = house.take_replies();
    let [(EVE, Reply::RoomPage(page))] = &told[..] else {
        panic!("rooms are listed: {told:?}");
    };
    assert!(page.rooms.is_empty(), "Eve is nothing anywhere yet");
}

#[test]
fn a_mark_is_done_when_it_is_kept_and_not_before() {
    let mut house = House::with_talk(5);
    let first = house.mark(PHONE, 3);
    house.end_turn();
    let second = house.mark(LAPTOP, 2);
    assert_eq!(house.take_replies(), [], "neither is kept");
    house.refuse_all();
    let told = failures(&house.take_replies());
    assert_eq!(told, [(first, Code::STORE_UNAVAILABLE)].into());
    house.commit();
    let done = Reply::Done(Done { request: second });
    assert_eq!(house.take_replies()[0], (LAPTOP, done));
    assert_eq!(house.has_read(LAPTOP), Some(2));
}

#[test]
fn a_mark_below_one_that_was_kept_meanwhile_is_done_with_it() {
    let mut house = House::with_talk(5);
    house.mark(PHONE, 3);
    house.end_turn();
    let second = house.mark(LAPTOP, 2);
    house.commit();
    let done = Reply::Done(Done { request: second });
    assert!(house.take_replies().contains(&(LAPTOP, done)));
    assert!(house.batch.is_empty(), "there is nothing to keep");
}

#[test]
fn a_right_that_is_not_kept_is_no_right() {
    let mut house = House::club_of_eve_too();
    house.is_about_to(Act::PROMOTE, "eve");
    let number = house.number();
    house.request(EVE, moderate(number, "club", 1, Act::KICK, "bob"));
    house.refuse_all();
    house.take_replies();
    house.settle();
    assert_eq!(house.failures_of(), [Code::NOT_ALLOWED]);
}

#[test]
fn who_is_muted_is_so_until_the_end_of_it_is_kept() {
    let mut house = House::club_of_eve_too();
    house.act(LAPTOP, "club", Act::MUTE, "eve");
    house.is_about_to(Act::UNMUTE, "eve");
    house.say(EVE, "club", 1);
    house.refuse_all();
    house.take_replies();
    house.settle();
    assert_eq!(house.failures_of(), [Code::MUTED]);
}

#[test]
fn an_operator_is_one_to_others_until_the_end_of_it_is_kept() {
    let mut house = House::club_of_eve_too();
    house.arrive_with(TABLET, "Carol", PublicKey([0xc; 32]));
    house.settle();
    house.forget_told();
    house.joined(TABLET, "club", From::Tail(0));
    for whom in ["eve", "carol"] {
        assert_eq!(house.act(LAPTOP, "club", Act::PROMOTE, whom), None);
    }
    house.is_about_to(Act::DEMOTE, "carol");
    let number = house.number();
    house.request(EVE, moderate(number, "club", 1, Act::BAN, "carol"));
    house.refuse_all();
    house.take_replies();
    house.settle();
    assert_eq!(house.failures_of(), [Code::NOT_ALLOWED]);
}

#[test]
fn who_is_about_to_be_banned_waits_for_it_to_be_kept() {
    for is_kept in [true, false] {
        let mut house = House::club_to_be_joined();
        house.is_about_to(Act::BAN, "eve");
        house.join(EVE, "club");
        assert_eq!(house.take_replies(), [], "the ban is not kept");
        if is_kept {
            house.commit();
        } else {
            house.refuse_all();
        }
        house.take_replies();
        house.settle();
        let told = house.take_replies();
        let is_let_in = told.iter().any(|(_, reply)| matches!(reply, Reply::Joined(_)));
        assert_eq!(is_let_in, !is_kept, "{told:?}");
    }
}
