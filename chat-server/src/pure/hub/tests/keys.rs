//! Names that belong to keys, several devices of one person, and who may come in.

use chat_proto::ids::Invitation;
use chat_proto::message::EXTRA_UNPROVEN;

use super::*;
use crate::pure::registry::{InvitationOrder, write_key};

mod doors;

pub(super) const KEY: PublicKey = PublicKey([0xa; 32]);
pub(super) const OTHER_KEY: PublicKey = PublicKey([0xb; 32]);
pub(super) const LAPTOP: PeerId = PeerId(21);
pub(super) const PHONE: PeerId = PeerId(22);
pub(super) const TABLET: PeerId = PeerId(23);
pub(super) const INVITATION: Invitation = Invitation::from_bytes([7; 16]);

impl House {
    pub(super) fn arrive_with(&mut self, peer: PeerId, name: &str, key: PublicKey) {
        let instance = u8::try_from(peer.0).expect("a test has few peers");
        self.request(peer, arrive(peer, name, instance, None, Some(key)));
    }

    /// Arrives and settles, and gives back the code of the denial, if it is one.
    pub(super) fn denied(&mut self, request: Request) -> Option<Code> {
        let peer = PeerId(99);
        self.request(peer, request);
        self.settle();
        let code = denied(&self.take_replies());
        self.request(peer, Request::Depart);
        self.settle();
        code
    }

    /// Somebody with a key, on a laptop and a phone, and Bob, all in the lobby.
    pub(super) fn with_devices() -> Self {
        let mut house = Self::with_people(&[(BOB, "bob")]);
        for peer in [LAPTOP, PHONE] {
            house.arrive_with(peer, "Alice", KEY);
            house.settle();
            house.join(peer, "lobby");
            house.settle();
        }
        house.take_replies();
        house.take_turns();
        house
    }

    /// Only who is invited comes in.
    fn invited_only(uses: u32) -> Self {
        let mut house = Self::new();
        house.hub.limits.access = Access::Invited;
        house.invite(uses, None);
        house
    }

    /// Makes an invitation, if need be to this room.
    pub(super) fn invite(&mut self, uses: u32, room: Option<RoomName>) {
        let order = InvitationOrder {
            invitation: INVITATION,
            uses,
            for_ms: 1000,
            room,
        };
        let facts = self.hub.registry.doors.invite(&order, UNIX_MS);
        let facts = facts.expect("there is place");
        self.hub.unsettled.put(&mut self.hub.registry, &facts);
        self.hub.unsettled = Unsettled::default();
    }
}

pub(super) fn denied(replies: &[(PeerId, Reply)]) -> Option<Code> {
    replies.iter().find_map(|(_, reply)| {
        if let Reply::Denied { code, .. } = reply {
            Some(*code)
        } else {
            None
        }
    })
}

fn plain(name: &str) -> Request {
    arrive(PeerId(99), name, 9, None, None)
}

fn with_key(name: &str, key: PublicKey) -> Request {
    arrive(PeerId(99), name, 9, None, Some(key))
}

pub(super) fn invited(name: &str, key: Option<PublicKey>, invitation: Invitation) -> Request {
    let mut request = arrive(PeerId(99), name, 9, None, key);
    if let Request::Arrive {
        invitation: brought, ..
    } = &mut request
    {
        *brought = Some(invitation);
    }
    request
}

/// Scenario 30: the server alone folds names, and tells every device the one spelling.
#[test]
fn a_name_is_kept_before_its_owner_is_told() {
    let mut house = House::new();
    house.arrive_with(LAPTOP, "Alice", KEY);
    house.end_turn();
    assert!(house.take_replies().is_empty());
    let [Op::Keep { facts }] = &house.batch[..] else {
        panic!("a fact is kept: {:?}", house.batch);
    };
    assert_eq!(facts[0].subject, "alice");
    house.commit();
    assert_eq!(house.take_replies(), [arrived(LAPTOP, "Alice")]);
    house.arrive_with(PHONE, "alice", KEY);
    assert_eq!(
        house.take_replies(),
        [arrived(PHONE, "Alice")],
        "then it comes in at once, under the name as it wrote it first"
    );
    house.end_turn();
    assert!(house.batch.is_empty());
}

#[test]
fn a_second_device_waits_until_the_name_is_kept() {
    let mut house = House::new();
    house.arrive_with(LAPTOP, "alice", KEY);
    house.end_turn();
    house.arrive_with(PHONE, "alice", KEY);
    house.end_turn();
    assert!(house.take_replies().is_empty());
    house.settle();
    assert_eq!(
        house.take_replies(),
        [arrived(LAPTOP, "alice"), arrived(PHONE, "alice")]
    );
}

#[test]
fn who_is_refused_a_name_by_a_full_store_leaves_it_free() {
    for (refusal, code) in [
        (Refusal::Full, Code::STORE_UNAVAILABLE),
        (Refusal::RegistryFull, Code::REGISTRY_FULL),
    ] {
        let mut house = House::new();
        house.arrive_with(LAPTOP, "alice", KEY);
        house.end_turn();
        house.arrive_with(PHONE, "alice", KEY);
        house.batch.clear();
        house.handle(Input::Committed(&[Outcome::Refused(refusal)]));
        assert_eq!(denied(&house.take_replies()), Some(code));
        house.settle();
        assert_eq!(
            house.take_replies(),
            [arrived(PHONE, "alice")],
            "who waited for it asks by itself"
        );
        assert_eq!(house.denied(with_key("alice", OTHER_KEY)), Some(Code::NAME_OWNED));
    }
}

#[test]
fn who_departs_before_the_name_is_kept_is_not_present() {
    let mut house = House::new();
    house.arrive_with(LAPTOP, "alice", KEY);
    house.end_turn();
    house.request(LAPTOP, Request::Depart);
    house.settle();
    assert!(house.take_replies().is_empty());
    assert!(house.hub.persons.is_empty() && house.hub.names.is_empty());
    assert!(house.hub.arriving.is_empty() && house.hub.unsettled.is_empty());
    assert_eq!(
        house.denied(plain("alice")),
        Some(Code::NAME_OWNED),
        "the name is its key's all the same"
    );
}

/// Scenario 29: Latin and Cyrillic, capitals, compatibility forms, another key and none.
#[test]
fn nobody_speaks_as_another_nor_as_one_who_looks_so() {
    let mut house = House::with_devices();
    for name in ["alice", "ALICE", "Alice", "ａlice", "aIice", "a1ice"] {
        for request in [plain(name), with_key(name, OTHER_KEY)] {
            assert_eq!(house.denied(request), Some(Code::NAME_OWNED), "{name}");
        }
    }
    house.arrive_with(TABLET, "ace", OTHER_KEY);
    house.settle();
    house.take_replies();
    assert_eq!(
        house.denied(plain("асе")),
        Some(Code::NAME_OWNED),
        "all in Cyrillic"
    );
    for name in ["аlice", "adminа", "αlice"] {
        assert_eq!(house.denied(plain(name)), Some(Code::NAME_INVALID), "{name}");
        assert_eq!(
            house.denied(with_key(name, KEY)),
            Some(Code::NAME_INVALID),
            "{name}"
        );
    }
    house.request(PeerId(98), arrive(PeerId(98), "aIice", 9, None, None));
    let replies = house.take_replies();
    let [(_, Reply::Denied { text, .. })] = &replies[..] else {
        panic!("it is denied: {replies:?}");
    };
    assert!(text.as_str().contains("looks like Alice"), "{}", text.as_str());
}

#[test]
fn a_name_stays_its_keys_when_nobody_is_there_and_after_a_restart() {
    let mut house = House::with_devices();
    for peer in [LAPTOP, PHONE] {
        house.request(peer, Request::Depart);
    }
    house.settle();
    assert_eq!(house.denied(plain("alice")), Some(Code::NAME_OWNED));
    let name = house
        .hub
        .registry
        .names
        .iter()
        .next()
        .expect("there is one")
        .clone();
    let value = format!("{} {} owned Alice", write_key(&KEY), name.since_unix_ms);
    let fact = Fact::of(crate::history::fact::FactKind::Name, "alice", Some(value));
    house.hub = Hub::new(LIMITS, &[fact]).unwrap();
    assert_eq!(house.denied(with_key("alice", OTHER_KEY)), Some(Code::NAME_OWNED));
    assert_eq!(house.denied(with_key("alice", KEY)), None);
}

#[test]
fn a_name_that_somebody_without_a_key_has_now_can_be_taken_later() {
    let mut house = House::with_people(&[(BOB, "bob")]);
    assert_eq!(house.denied(with_key("bob", KEY)), Some(Code::NAME_IN_USE));
    house.request(BOB, Request::Depart);
    house.settle();
    assert_eq!(house.denied(with_key("bob", KEY)), None);
    assert_eq!(house.denied(plain("bob")), Some(Code::NAME_OWNED));
}

#[test]
fn a_person_arrives_with_the_first_device_and_leaves_with_the_last() {
    let mut house = House::with_people(&[(BOB, "bob")]);
    for (peer, is_told) in [(LAPTOP, true), (PHONE, false), (TABLET, false)] {
        house.arrive_with(peer, "alice", KEY);
        house.settle();
        house.join(peer, "lobby");
        house.settle();
        assert_eq!(
            house.take_presence("lobby").len(),
            usize::from(is_told),
            "{peer:?}"
        );
    }
    house.take_replies();
    house.leave(PHONE, "lobby");
    house.request(LAPTOP, Request::Depart);
    house.settle();
    assert!(house.take_turns().is_empty());
    let joined = house.replies_to_join(PHONE);
    assert_eq!((joined.count, joined.members.len()), (2, 2));
    house.request(TABLET, Request::Depart);
    house.settle();
    assert!(house.take_turns().is_empty());
    house.request(PHONE, Request::Depart);
    house.settle();
    assert_eq!(&*house.take_presence("lobby")[0].left, &[user("alice")]);
}

impl House {
    fn replies_to_join(&mut self, peer: PeerId) -> Joined {
        self.take_replies();
        self.joined(peer, "lobby", From::Tail(0))
    }
}

/// Scenario 32: who comes back is the ghost's own client, with the same key.
#[test]
fn each_device_takes_over_from_itself_alone() {
    let mut house = House::with_devices();
    let again = arrive(TABLET, "alice", 22, Some(secret_of(PHONE)), Some(KEY));
    house.request(TABLET, again);
    assert_eq!(
        house.take_replies(),
        [(PHONE, Reply::TakenOver), arrived(TABLET, "Alice")]
    );
    house.say(LAPTOP, "lobby", 1);
    house.settle();
    assert_eq!(house.take_replies().len(), 1, "the laptop is untouched");
    house.now_ms = LIMITS.held_ms;
    house.settle();
    assert!(
        house.take_presence("lobby").is_empty(),
        "and keeps the person in the room"
    );
    let stolen = arrive(PeerId(98), "alice", 22, Some(secret_of(TABLET)), Some(OTHER_KEY));
    assert_eq!(
        house.denied(stolen),
        Some(Code::NAME_OWNED),
        "a secret without the key is nothing"
    );
}

#[test]
fn what_a_device_says_keeps_its_order_when_another_devices_message_was_refused() {
    let mut house = House::with_devices();
    let laptop = house.say(LAPTOP, "lobby", 1);
    let first = house.say(PHONE, "lobby", 2);
    house.end_turn();
    let second = house.say(PHONE, "lobby", 3);
    house.refuse(Refusal::Full);
    let failed = failures(&house.take_replies());
    assert_eq!(
        failed,
        [
            (laptop, Code::STORE_UNAVAILABLE),
            (first, Code::AFTER_REFUSED),
            (second, Code::AFTER_REFUSED)
        ]
        .into()
    );
    for (peer, number) in [(PHONE, 2), (PHONE, 3), (LAPTOP, 1)] {
        house.say(peer, "lobby", number);
    }
    house.settle();
    let ids: Vec<_> = house
        .take_records("lobby")
        .iter()
        .map(|record| record.id)
        .collect();
    assert_eq!(ids, [id(2), id(3), id(1)]);
}

#[test]
fn a_key_has_so_many_connections() {
    let mut house = House::with_devices();
    house.arrive_with(TABLET, "alice2", KEY);
    house.settle();
    house.take_replies();
    assert_eq!(
        house.denied(with_key("alice", KEY)),
        Some(Code::TOO_MANY_CONNECTIONS),
        "under whichever name"
    );
    house.request(TABLET, Request::Depart);
    house.settle();
    assert_eq!(house.denied(with_key("alice", KEY)), None);
}

/// Scenario 51: Who said something, and whether that is proven, is the server's word alone.
#[test]
fn what_somebody_without_a_key_says_is_marked() {
    let mut house = House::with_devices();
    house.say(BOB, "lobby", 1);
    house.say(LAPTOP, "lobby", 2);
    let request = house.number();
    let emptied = Request::Empty {
        request,
        room: room("lobby"),
        seq: Seq(1),
        id: id(3),
    };
    house.request(BOB, emptied);
    house.settle();
    let records = house.take_records("lobby");
    let marked: Vec<bool> = records.iter().map(Record::is_unproven).collect();
    assert_eq!(marked, [true, false, true]);
    assert_eq!(records[0].extra.get(EXTRA_UNPROVEN), Some(&[][..]));
}

/// Scenario 22: The right of an author asks for the author's proof.
#[test]
fn the_owner_of_a_name_does_not_empty_what_was_said_under_it_before() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.say(ALICE, "lobby", 1);
    house.settle();
    house.request(ALICE, Request::Depart);
    house.settle();
    house.arrive_with(LAPTOP, "alice", KEY);
    house.settle();
    house.joined_after_arrival(LAPTOP);
    let request = house.number();
    let emptied = Request::Empty {
        request,
        room: room("lobby"),
        seq: Seq(1),
        id: id(2),
    };
    house.request(LAPTOP, emptied);
    house.settle();
    assert_eq!(
        failures(&house.take_replies()),
        [(request, Code::NOT_THE_AUTHOR)].into()
    );
}

impl House {
    fn joined_after_arrival(&mut self, peer: PeerId) {
        self.take_replies();
        self.joined(peer, "lobby", From::Tail(0));
    }

    fn release(&mut self, peer: PeerId, name: &str) -> Result<(), Code> {
        let request = self.number();
        let name = RawName::new(name).expect("it is short");
        self.request(peer, Request::Release { request, name });
        self.settle();
        let replies = self.take_replies();
        match failures(&replies).get(&request) {
            Some(code) => Err(*code),
            None => {
                assert_eq!(replies, [(peer, Reply::Done(Done { request }))]);
                Ok(())
            }
        }
    }
}

#[test]
fn a_name_is_released_by_its_owner_and_stays_reserved() {
    let mut house = House::with_devices();
    assert_eq!(house.release(BOB, "Alice"), Err(Code::KEY_NEEDED));
    assert_eq!(house.release(LAPTOP, "a b"), Err(Code::NAME_INVALID));
    assert_eq!(house.release(LAPTOP, "bob"), Err(Code::NOT_ALLOWED));
    assert_eq!(house.release(LAPTOP, "ALICE"), Ok(()));
    assert_eq!(house.release(LAPTOP, "alice"), Err(Code::NOT_ALLOWED));
    assert_eq!(house.denied(plain("alice")), Some(Code::NAME_OWNED));
    assert_eq!(house.denied(with_key("alice", OTHER_KEY)), Some(Code::NAME_OWNED));
    assert_eq!(house.denied(with_key("alice", KEY)), None);
}

#[test]
fn a_name_whose_release_is_refused_is_still_owned() {
    let mut house = House::with_devices();
    let request = house.number();
    let name = RawName::new("alice").unwrap();
    house.request(LAPTOP, Request::Release { request, name });
    house.end_turn();
    house.refuse_all();
    assert_eq!(
        failures(&house.take_replies()),
        [(request, Code::STORE_UNAVAILABLE)].into()
    );
    assert_eq!(house.release(LAPTOP, "alice"), Ok(()));
}

#[test]
fn a_fourth_name_is_refused() {
    let mut house = House::new();
    for name in ["one", "two", "three"] {
        assert_eq!(house.denied(with_key(name, KEY)), None);
    }
    assert_eq!(house.denied(with_key("four", KEY)), Some(Code::TOO_MANY_NAMES));
    assert_eq!(house.denied(with_key("four", OTHER_KEY)), None);
}
