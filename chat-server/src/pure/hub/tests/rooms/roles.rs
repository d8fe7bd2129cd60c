//! What those are in a room whose names are told.

use chat_proto::limits::MEMBERS_PAGE_MAX;
use chat_proto::message::{Act, EXTRA_ROLES, MemberPage, ToldRoles};

use super::moderation::{for_a_while, moderate};
use super::*;

impl House {
    /// A club of the laptop's, with Bob, who has no key, and Eve and Carol, who have one.
    fn club_of_four() -> Self {
        let mut house = Self::with_keys();
        house.arrive_with(TABLET, "Carol", PublicKey([0xc; 32]));
        house.settle();
        house.forget_told();
        for peer in [LAPTOP, BOB, EVE, TABLET] {
            house.joined(peer, "club", From::Tail(0));
        }
        house.settle();
        house.forget_told();
        house
    }

    fn member_page(&mut self, peer: PeerId, name: &str, page: u32) -> MemberPage {
        let room = room(name);
        let told = self.ask(peer, |request| Request::Members { request, room, page });
        let [(_, Reply::MemberPage(shown))] = &told[..] else {
            panic!("a page is shown: {told:?}");
        };
        (**shown).clone()
    }

    /// What a page of the club's members says of their roles, and that it says so as of the last message.
    fn roles_in_club(&mut self, last: u64) -> Vec<(String, Role)> {
        let page = self.member_page(BOB, "club", 0);
        roles_of(&page.members, &page.extra, last)
    }
}

fn roles_of(names: &[UserName], extra: &Extra, last: u64) -> Vec<(String, Role)> {
    let told = extra.get(EXTRA_ROLES).expect("roles are told");
    let told = ToldRoles::from_bytes(told).expect("they can be read");
    assert_eq!(told.at, Seq(last));
    let roles = told.roles.into_iter();
    roles
        .map(|(index, role)| (names[usize::from(index)].to_string(), role))
        .collect()
}

fn spelled(names: &[UserName]) -> Vec<&str> {
    names.iter().map(UserName::as_str).collect()
}

fn are(roles: &[(&str, Role)]) -> Vec<(String, Role)> {
    roles
        .iter()
        .map(|(name, role)| ((*name).to_owned(), *role))
        .collect()
}

#[test]
fn who_keeps_order_and_who_may_not_speak_is_told_to_who_joins_and_to_who_asks() {
    let mut house = House::club_of_four();
    assert_eq!(house.roles_in_club(0), are(&[("Alice", Role::OWNER)]));
    assert_eq!(house.act(LAPTOP, "club", Act::PROMOTE, "Eve"), None);
    assert_eq!(house.act(EVE, "club", Act::MUTE, "carol"), None);
    house.forget_told();
    let all = are(&[
        ("Alice", Role::OWNER),
        ("Eve", Role::OPERATOR),
        ("Carol", Role::MUTED),
    ]);
    let joined = house.joined(PHONE, "club", From::Tail(0));
    assert_eq!(spelled(&joined.members), ["Alice", "bob", "Carol", "Eve"]);
    assert_eq!(roles_of(&joined.members, &joined.extra, 2), all);
    assert_eq!(house.roles_in_club(2), all);
    assert_eq!(house.act(LAPTOP, "club", Act::DEMOTE, "Eve"), None);
    assert_eq!(house.act(LAPTOP, "club", Act::UNMUTE, "Carol"), None);
    assert_eq!(house.roles_in_club(4), are(&[("Alice", Role::OWNER)]));
}

#[test]
fn what_who_comes_is_in_the_room_is_told_with_its_name() {
    let mut house = House::club_of_four();
    house.act(LAPTOP, "club", Act::PROMOTE, "eve");
    for peer in [EVE, BOB] {
        house.leave(peer, "club");
    }
    house.settle();
    house.forget_told();
    for peer in [EVE, BOB] {
        house.join(peer, "club");
    }
    house.settle();
    let told = house.take_presence("club");
    assert_eq!(spelled(&told[0].arrived), ["bob", "Eve"]);
    assert_eq!(
        roles_of(&told[0].arrived, &told[0].extra, 1),
        are(&[("Eve", Role::OPERATOR)])
    );
}

#[test]
fn a_mute_that_has_ended_is_not_told() {
    let mut house = House::club_of_four();
    house.ask(LAPTOP, |request| {
        for_a_while(request, "club", 1, Act::MUTE, "eve", 1_000)
    });
    house.now_ms += 999;
    assert_eq!(
        house.roles_in_club(1),
        are(&[("Alice", Role::OWNER), ("Eve", Role::MUTED)])
    );
    house.now_ms += 1;
    assert_eq!(house.roles_in_club(1), are(&[("Alice", Role::OWNER)]));
}

#[test]
fn a_role_that_is_not_kept_yet_is_told_to_nobody() {
    let mut house = House::club_of_four();
    let (number, request) = (house.number(), house.number());
    house.request(LAPTOP, moderate(number, "club", 1, Act::PROMOTE, "eve"));
    house.end_turn();
    let (room, page) = (room("club"), 0);
    house.request(BOB, Request::Members { request, room, page });
    let told = house.take_replies();
    let [(BOB, Reply::MemberPage(page))] = &told[..] else {
        panic!("a page is shown: {told:?}");
    };
    assert_eq!(
        roles_of(&page.members, &page.extra, 0),
        are(&[("Alice", Role::OWNER)])
    );
}

#[test]
fn a_room_in_which_nobody_is_anything_tells_no_roles() {
    let mut house = House::with_keys();
    assert!(house.member_page(BOB, "lobby", 0).extra.iter().next().is_none());
    house.leave(EVE, "lobby");
    house.settle();
    house.forget_told();
    let joined = house.joined(EVE, "lobby", From::Tail(0));
    assert_eq!(joined.extra.get(EXTRA_ROLES), None);
}

#[test]
fn each_page_tells_the_roles_of_its_own_names() {
    let mut house = House::club_of_four();
    house.act(LAPTOP, "club", Act::PROMOTE, "eve");
    for number in 0..MEMBERS_PAGE_MAX {
        let peer = PeerId(1000 + number as u64);
        house.arrive(peer, &format!("dan{number:03}"));
        house.join(peer, "club");
    }
    house.settle();
    house.forget_told();
    let first = house.member_page(BOB, "club", 0);
    assert_eq!(
        roles_of(&first.members, &first.extra, 1),
        are(&[("Alice", Role::OWNER)])
    );
    let second = house.member_page(BOB, "club", 1);
    assert_eq!(spelled(&second.members).last(), Some(&"Eve"));
    assert_eq!(
        roles_of(&second.members, &second.extra, 1),
        are(&[("Eve", Role::OPERATOR)])
    );
    let beyond = house.member_page(BOB, "club", 2);
    assert_eq!((beyond.members.len(), beyond.extra.get(EXTRA_ROLES)), (0, None));
}

#[test]
fn a_room_that_tells_no_names_tells_no_roles_either() {
    let mut house = House::club_of_four();
    house.hub.limits.named_members_max = 3;
    let joined = house.joined(PHONE, "club", From::Tail(0));
    assert_eq!((joined.members.len(), joined.extra.get(EXTRA_ROLES)), (0, None));
    house.forget_told();
    house.arrive(PeerId(99), "zoe");
    house.join(PeerId(99), "club");
    house.settle();
    let told = house.take_presence("club");
    assert_eq!((told[0].count, told[0].arrived.len()), (5, 0));
    assert_eq!(told[0].extra.get(EXTRA_ROLES), None);
    house.forget_told();
    assert_eq!(
        house.roles_in_club(0),
        are(&[("Alice", Role::OWNER)]),
        "who asks is told"
    );
}

#[test]
fn a_stranger_to_a_private_room_learns_nothing_of_who_is_what() {
    let mut house = House::with_keys();
    let garden = house.private();
    let mut told = |room: &RoomName| {
        let room = room.clone();
        let page = 0;
        let told = house.ask(EVE, |request| Request::Members { request, room, page });
        let [(EVE, Reply::Failed(failed))] = &told[..] else {
            panic!("nothing is told: {told:?}");
        };
        (failed.code, failed.text.clone())
    };
    let nowhere = room("+nowhere-aaaa");
    assert_eq!(told(&garden), told(&nowhere));
    assert_eq!(told(&garden).0, Code::NO_SUCH_ROOM);
    assert_eq!(
        house.refused(EVE, |request| join_at(request, &garden, From::Tail(0))),
        Some(Code::NO_SUCH_ROOM)
    );
    house.act(LAPTOP, garden.as_str(), Act::INVITE, "Eve");
    house.forget_told();
    let joined = house.joined(EVE, garden.as_str(), From::Tail(0));
    assert_eq!(
        roles_of(&joined.members, &joined.extra, 1),
        are(&[("Alice", Role::OWNER)]),
        "who is let in is told"
    );
}
