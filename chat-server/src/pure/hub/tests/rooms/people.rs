//! Lists of rooms, and who somebody is.

use chat_proto::limits::ROOMS_PAGE_MAX;
use chat_proto::message::Person;
use chat_proto::text::Note;

use super::*;

impl House {
    fn whois(&mut self, peer: PeerId, name: &str) -> Result<Person, Code> {
        let name = raw(name);
        let told = self.ask(peer, |request| Request::Whois { request, name });
        match &told[..] {
            [(_, Reply::Person(person))] => Ok((**person).clone()),
            _ => Err(failures(&told).into_values().next().expect("it fails")),
        }
    }

    fn away(&mut self, peer: PeerId, text: &str) {
        let text = Note::new(text);
        let told = self.ask(peer, |request| Request::Away { request, text });
        assert!(matches!(told[..], [(_, Reply::Done(_))]), "{told:?}");
    }
}

#[test]
fn public_rooms_that_somebody_is_in_are_listed_by_name() {
    let mut house = House::with_keys();
    for name in ["club", "attic"] {
        house.joined(EVE, name, From::Tail(0));
    }
    house.settle();
    let page = house.rooms(BOB, false, None);
    assert_eq!(names(&page), ["attic", "club", "lobby"]);
    let counts: Vec<u32> = page.rooms.iter().map(|listed| listed.count).collect();
    assert_eq!(counts, [1, 1, 3], "people, not devices");
    assert!(!page.has_more);
    let rest = house.rooms(BOB, false, Some(room("attic")));
    assert_eq!(names(&rest), ["club", "lobby"]);
    house.leave(EVE, "attic");
    house.settle();
    house.forget_told();
    assert_eq!(names(&house.rooms(BOB, false, None)), ["club", "lobby"]);
    let roles: Vec<Role> = house
        .rooms(EVE, false, None)
        .rooms
        .iter()
        .map(|room| room.role)
        .collect();
    assert_eq!(roles, [Role::OWNER, Role::NONE]);
}

#[test]
fn my_rooms_are_told_page_by_page() {
    let mut house = House::with_keys();
    for number in 0..=ROOMS_PAGE_MAX {
        let role = crate::pure::registry::Role {
            standing: crate::pure::access::Standing::Member,
            until_unix_ms: 0,
            since_unix_ms: 0,
            name: user("Eve"),
        };
        let name = room(&format!("+room{number:03}-abcd"));
        let fact = crate::pure::registry::Roles::grant(&name, &OTHER_KEY, &role);
        house.hub.registry.put(&fact).expect("it makes sense");
    }
    let first = house.rooms(EVE, true, None);
    assert_eq!((first.rooms.len(), first.has_more), (ROOMS_PAGE_MAX, true));
    let last = first.rooms.last().map(|listed| listed.room.clone());
    let second = house.rooms(EVE, true, last);
    assert_eq!(names(&second), ["+room064-abcd"]);
    assert!(!second.has_more);
}

#[test]
fn who_somebody_is_depends_on_the_folded_name() {
    let mut house = House::with_keys();
    let alice = house.whois(BOB, "ALICE").expect("she is here");
    assert_eq!(
        (alice.name, alice.key, alice.connections),
        (user("Alice"), Some(KEY), 2)
    );
    let bob = house.whois(EVE, "Bob").expect("he is here");
    assert_eq!((bob.name, bob.key, bob.connections), (user("bob"), None, 1));
    assert_eq!(house.whois(EVE, "nobody"), Err(Code::NO_SUCH_PERSON));
    assert_eq!(house.whois(EVE, "a b"), Err(Code::NAME_INVALID));
    house.request(EVE, Request::Depart);
    house.settle();
    let eve = house.whois(BOB, "eve").expect("the name is a key's");
    assert_eq!((eve.key, eve.connections), (Some(OTHER_KEY), 0));
}

#[test]
fn who_is_away_is_so_on_all_devices_until_it_is_back_or_gone() {
    let mut house = House::with_keys();
    house.away(PHONE, "tea");
    assert_eq!(house.whois(BOB, "alice").unwrap().away.as_str(), "tea");
    house.away(LAPTOP, "");
    assert_eq!(house.whois(BOB, "alice").unwrap().away.as_str(), "");
    house.away(PHONE, "lunch");
    house.request(PHONE, Request::Depart);
    house.settle();
    assert_eq!(house.whois(BOB, "alice").unwrap().away.as_str(), "lunch");
    house.request(LAPTOP, Request::Depart);
    house.settle();
    assert!(house.hub.away.is_empty());
}
