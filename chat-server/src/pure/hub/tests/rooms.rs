//! Private rooms, conversations, roles, topics, marks, and the lists of rooms and people. Numbers in brackets are those of
//! the scenarios in which others have failed.

use chat_proto::message::{EXTRA_MARK, EXTRA_ROLE, EXTRA_TOPIC, Listed, Marked, Role, RoomPage};
use chat_proto::name::Privacy;

use super::keys::{KEY, LAPTOP, OTHER_KEY, PHONE, TABLET};
use super::*;

mod invitations;
mod marks;
mod moderation;
mod people;
mod private;
mod roles;
mod unkept;

/// Somebody with another key.
const EVE: PeerId = PeerId(24);

impl House {
    /// Alice is here with her key, through a laptop and a phone; Eve is here with another one, and Bob without. All of them are
    /// in the lobby.
    fn with_keys() -> Self {
        let mut house = Self::with_devices();
        house.arrive_with(EVE, "Eve", OTHER_KEY);
        house.settle();
        house.join(EVE, "lobby");
        house.settle();
        house.forget_told();
        house
    }

    fn forget_told(&mut self) {
        self.take_replies();
        self.take_turns();
    }

    /// Asks for something and settles, and gives back all that is told.
    fn ask(&mut self, peer: PeerId, request: impl FnOnce(u32) -> Request) -> Vec<(PeerId, Reply)> {
        let number = self.number();
        self.request(peer, request(number));
        self.settle();
        self.take_replies()
    }

    /// Asks for something that is refused, and gives back with what code.
    fn refused(&mut self, peer: PeerId, request: impl FnOnce(u32) -> Request) -> Option<Code> {
        let told = self.ask(peer, request);
        failures(&told).into_values().next()
    }

    /// Makes a private room of the laptop's, which joins it.
    fn private(&mut self) -> RoomName {
        let told = self.ask(LAPTOP, |request| create(request, "garden"));
        let [(LAPTOP, Reply::Opened(opened))] = &told[..] else {
            panic!("a room is made: {told:?}");
        };
        let room = opened.listed.room.clone();
        self.joined(LAPTOP, room.as_str(), From::Tail(0));
        self.forget_told();
        room
    }

    fn rooms(&mut self, peer: PeerId, mine: bool, after: Option<RoomName>) -> RoomPage {
        let told = self.ask(peer, |request| Request::Rooms { request, mine, after });
        let [(_, Reply::RoomPage(page))] = &told[..] else {
            panic!("a page of rooms is told: {told:?}");
        };
        (**page).clone()
    }
}

fn create(request: u32, name: &str) -> Request {
    let room = raw(name);
    Request::Create { request, room }
}

fn open(request: u32, name: &str) -> Request {
    let name = raw(name);
    Request::Open { request, name }
}

fn join_at(request: u32, room: &RoomName, from: From) -> Request {
    let room = room.clone();
    Request::Join { request, room, from }
}

fn raw(name: &str) -> RawName {
    RawName::new(name).expect("a test's names are short")
}

fn names(page: &RoomPage) -> Vec<&str> {
    page.rooms.iter().map(|listed| listed.room.as_str()).collect()
}

/// The role that somebody is told on joining.
fn role(joined: &Joined) -> Role {
    joined.extra.get(EXTRA_ROLE).map_or(Role::NONE, |bytes| {
        Role(u16::from_be_bytes(
            bytes.try_into().expect("a role has two bytes"),
        ))
    })
}

#[test]
fn who_makes_a_public_room_with_a_key_owns_it() {
    let mut house = House::with_keys();
    assert_eq!(role(&house.joined(LAPTOP, "club", From::Tail(0))), Role::OWNER);
    assert_eq!(role(&house.joined(EVE, "club", From::Tail(0))), Role::NONE);
    assert_eq!(role(&house.joined(PHONE, "club", From::Tail(0))), Role::OWNER);
    for peer in [LAPTOP, EVE, PHONE] {
        house.leave(peer, "club");
    }
    house.settle();
    house.forget_told();
    assert_eq!(
        role(&house.joined(EVE, "club", From::Tail(0))),
        Role::NONE,
        "it stays hers"
    );
}

#[test]
fn the_lobby_is_nobodys_and_neither_is_a_room_in_which_somebody_was_first() {
    let mut house = House::new();
    house.arrive_with(LAPTOP, "Alice", KEY);
    house.arrive(BOB, "bob");
    house.settle();
    house.forget_told();
    assert_eq!(role(&house.joined(LAPTOP, "lobby", From::Tail(0))), Role::NONE);
    house.joined(BOB, "cafe", From::Tail(0));
    assert_eq!(role(&house.joined(LAPTOP, "cafe", From::Tail(0))), Role::NONE);
    house.joined(BOB, "attic", From::Tail(0));
    house.say(BOB, "attic", 1);
    house.leave(BOB, "attic");
    house.settle();
    house.forget_told();
    assert_eq!(role(&house.joined(LAPTOP, "attic", From::Tail(0))), Role::NONE);
}

#[test]
fn who_makes_a_room_is_told_so_when_it_is_kept_and_let_in_if_it_is_not() {
    let mut house = House::with_keys();
    house.join(LAPTOP, "club");
    house.end_turn();
    house.commit();
    assert!(house.take_replies().is_empty(), "it is not kept yet");
    assert!(matches!(&house.batch[..], [Op::Keep { .. }]), "{:?}", house.batch);
    house.refuse_all();
    let told = house.take_replies();
    let [(LAPTOP, Reply::Joined(joined))] = &told[..] else {
        panic!("it is let in: {told:?}");
    };
    assert_eq!(role(joined), Role::NONE);
    assert!(!house.hub.registry.roles.knows(&room("club")));
}

#[test]
fn who_departs_while_it_makes_a_room_leaves_nobody_there() {
    let mut house = House::with_keys();
    house.join(LAPTOP, "club");
    house.request(LAPTOP, Request::Depart);
    house.settle();
    house.join(PHONE, "club");
    house.end_turn();
    house.request(PHONE, Request::Depart);
    house.settle();
    assert!(house.take_replies().is_empty());
    assert!(!house.hub.rooms.contains_key(&room("club")));
    assert!(house.hub.devices_of_key(&KEY).next().is_none());
}

#[test]
fn a_key_owns_so_many_public_rooms() {
    let mut house = House::with_keys();
    for number in 0..crate::pure::registry::PUBLIC_ROOMS_PER_KEY_MAX {
        let name = format!("club{number}");
        assert_eq!(role(&house.joined(EVE, &name, From::Tail(0))), Role::OWNER);
        house.leave(EVE, &name);
        house.settle();
        house.forget_told();
    }
    assert_eq!(role(&house.joined(EVE, "one-more", From::Tail(0))), Role::NONE);
}

fn topic(request: u32, name: &str, number: u32, topic: &str) -> Request {
    Request::Say {
        request,
        room: room(name),
        id: id(number),
        kind: Kind::TOPIC,
        text: text(topic),
        extra: Extra::new(),
    }
}

#[test]
fn a_topic_is_said_kept_and_told_to_who_joins() {
    let mut house = House::with_keys();
    let told = house.ask(BOB, |request| topic(request, "lobby", 1, "tea"));
    assert_eq!(told, [stored(BOB, house.next_request, "lobby", 1, 1)]);
    let records = house.take_records("lobby");
    assert_eq!((records[0].kind, records[0].text.as_str()), (Kind::TOPIC, "tea"));
    assert_eq!(house.rooms(BOB, false, None).rooms[0].topic.as_str(), "tea");
    let told_to = |house: &mut House| {
        house.leave(EVE, "lobby");
        house.settle();
        house.forget_told();
        let joined = house.joined(EVE, "lobby", From::Tail(0));
        joined.extra.get(EXTRA_TOPIC).map(<[u8]>::to_vec)
    };
    assert_eq!(told_to(&mut house).as_deref(), Some(&b"tea"[..]));
    house.ask(EVE, |request| topic(request, "lobby", 2, ""));
    assert_eq!(told_to(&mut house), None, "an empty one clears it");
}

#[test]
fn the_topic_of_an_owned_room_is_its_operators() {
    let mut house = House::with_keys();
    house.joined(LAPTOP, "club", From::Tail(0));
    house.joined(EVE, "club", From::Tail(0));
    let code = house.refused(EVE, |request| topic(request, "club", 1, "tea"));
    assert_eq!(code, Some(Code::NOT_ALLOWED));
    let code = house.refused(LAPTOP, |request| topic(request, "club", 2, "cake"));
    assert_eq!(code, None);
    assert_eq!(house.rooms(EVE, false, None).rooms[0].topic.as_str(), "cake");
}

#[test]
fn a_topic_that_is_refused_for_now_is_not_the_topic() {
    let mut house = House::with_keys();
    let number = house.number();
    house.request(BOB, topic(number, "lobby", 1, "tea"));
    house.end_turn();
    house.refuse(Refusal::Full);
    let code = failures(&house.take_replies());
    assert_eq!(code, [(number, Code::STORE_UNAVAILABLE)].into());
    assert_eq!(house.rooms(BOB, false, None).rooms[0].topic.as_str(), "");
    assert!(house.hub.unsettled.is_empty());
}
