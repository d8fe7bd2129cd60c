//! What operators of a room do to others.

use chat_proto::message::{Act, Acted, Removed};
use chat_proto::text::Note;

use super::*;

pub(super) fn moderate(request: u32, name: &str, number: u32, act: Act, whom: &str) -> Request {
    let deed = Deed {
        id: id(number),
        act,
        name: raw(whom),
        for_ms: 0,
        reason: Note::new(""),
    };
    let room = room(name);
    Request::Moderate { request, room, deed }
}

/// The same, with an end.
pub(super) fn for_a_while(
    request: u32,
    name: &str,
    number: u32,
    act: Act,
    whom: &str,
    for_ms: u64,
) -> Request {
    let Request::Moderate { room, deed, .. } = moderate(request, name, number, act, whom) else {
        unreachable!("it is one");
    };
    let deed = Deed { for_ms, ..deed };
    Request::Moderate { request, room, deed }
}

impl House {
    /// Does something to somebody. Each act has an id of its own.
    pub(super) fn act(&mut self, peer: PeerId, name: &str, act: Act, whom: &str) -> Option<Code> {
        let number = 1000 + self.next_request;
        self.refused(peer, |request| moderate(request, name, number, act, whom))
    }

    /// A club of the laptop's, with Eve, Bob and Carol, who has a key too.
    fn club() -> Self {
        let mut house = Self::with_keys();
        house.arrive_with(TABLET, "Carol", CAROL_KEY);
        house.settle();
        house.forget_told();
        for peer in [LAPTOP, EVE, BOB, TABLET] {
            house.joined(peer, "club", From::Tail(0));
        }
        house.settle();
        house.forget_told();
        house
    }

    /// What somebody without a key, or with one, is told when it says something in the club.
    fn speaks(&mut self, peer: PeerId) -> Option<Code> {
        let number = 2000 + self.next_request;
        self.say(peer, "club", number);
        self.settle();
        failures(&self.take_replies()).into_values().next()
    }

    fn rejoins(&mut self, peer: PeerId) -> Option<Code> {
        self.refused(peer, |request| join_at(request, &room("club"), From::Tail(0)))
    }
}

const CAROL_KEY: PublicKey = PublicKey([0xc; 32]);

fn removed(peer: PeerId, code: Code, text: &str) -> (PeerId, Reply) {
    let removed = Removed {
        room: room("club"),
        code,
        text: Note::new(text),
    };
    (peer, Reply::Removed(Box::new(removed)))
}

#[test]
fn an_act_is_in_the_log_with_who_did_it() {
    let mut house = House::club();
    let deed = Deed {
        id: id(9),
        act: Act::BAN,
        name: raw("eve"),
        for_ms: 3_600_000,
        reason: Note::new("spam"),
    };
    let told = house.ask(LAPTOP, |request| Request::Moderate {
        request,
        room: room("club"),
        deed,
    });
    assert_eq!(
        told,
        [
            stored(LAPTOP, house.next_request, "club", 9, 1),
            removed(
                EVE,
                Code::BANNED,
                "Alice keeps you out of this room for 1 hour: spam"
            ),
        ]
    );
    let records = house.take_records("club");
    assert_eq!(records[0].author, user("Alice"));
    assert_eq!(records[0].kind, Kind::MODERATION);
    assert_eq!(records[0].text.as_str(), "banned eve for 1 hour: spam");
    let acted = Acted {
        act: Act::BAN,
        until_unix_ms: UNIX_MS + 3_600_000,
        name: user("eve"),
    };
    assert_eq!(records[0].acted(), Some(acted));
}

#[test]
fn who_is_kicked_is_put_out_and_may_come_back() {
    let mut house = House::club();
    assert_eq!(house.act(LAPTOP, "club", Act::KICK, "Eve"), None);
    assert_eq!(house.take_presence("club")[0].left[..], [user("Eve")]);
    assert_eq!(house.speaks(EVE), Some(Code::NOT_IN_ROOM));
    assert_eq!(house.rejoins(EVE), None);
    assert_eq!(house.speaks(EVE), None);
}

#[test]
fn all_devices_of_a_key_are_put_out_at_once() {
    let mut house = House::club();
    for peer in [LAPTOP, PHONE] {
        house.joined(EVE, "eves", From::Tail(0));
        house.joined(peer, "eves", From::Tail(0));
        house.leave(EVE, "eves");
        house.settle();
        house.forget_told();
    }
    house.joined(EVE, "eves", From::Tail(0));
    house.forget_told();
    let told = house.ask(EVE, |request| moderate(request, "eves", 1, Act::BAN, "alice"));
    let out: Vec<PeerId> = told
        .iter()
        .filter(|(_, reply)| matches!(reply, Reply::Removed(_)))
        .map(|(peer, _)| *peer)
        .collect();
    assert_eq!(out, [LAPTOP, PHONE]);
    let code = house.refused(PHONE, |request| join_at(request, &room("eves"), From::Tail(0)));
    assert_eq!(code, Some(Code::BANNED));
}

/// [21] [26] Also with a position from before, also on another connection and under another name of the same key.
#[test]
fn who_is_banned_stays_out_by_whatever_way() {
    let mut house = House::club();
    house.leave(EVE, "club");
    house.settle();
    house.forget_told();
    let position = house.joined(EVE, "club", From::Tail(0)).position;
    house.settle();
    assert_eq!(house.act(LAPTOP, "club", Act::BAN, "Eve"), None);
    house.forget_told();
    assert_eq!(house.rejoins(EVE), Some(Code::BANNED));
    let at_position = |request| join_at(request, &room("club"), From::After(position));
    assert_eq!(house.refused(EVE, at_position), Some(Code::BANNED));
    house.arrive_with(PeerId(77), "Mallory", OTHER_KEY);
    house.settle();
    house.forget_told();
    assert_eq!(house.rejoins(PeerId(77)), Some(Code::BANNED));
    assert_eq!(house.act(LAPTOP, "club", Act::UNBAN, "eve"), None);
    assert_eq!(house.rejoins(EVE), None);
}

/// [21] A room that is held for who comes back is no way in.
#[test]
fn who_is_banned_while_it_is_away_finds_its_room_closed() {
    let mut house = House::club();
    let again = arrive(PeerId(78), "Eve", 24, Some(secret_of(EVE)), Some(OTHER_KEY));
    house.request(PeerId(78), again);
    house.settle();
    house.forget_told();
    assert_eq!(house.act(LAPTOP, "club", Act::BAN, "Eve"), None);
    assert_eq!(house.take_presence("club")[0].left[..], [user("Eve")]);
    assert_eq!(house.rejoins(PeerId(78)), Some(Code::BANNED));
}

#[test]
fn a_ban_and_a_mute_end_by_themselves() {
    let mut house = House::club();
    house.ask(LAPTOP, |request| {
        for_a_while(request, "club", 1, Act::BAN, "Eve", 1000)
    });
    house.ask(LAPTOP, |request| {
        for_a_while(request, "club", 2, Act::MUTE, "Carol", 1000)
    });
    house.forget_told();
    assert_eq!(house.rejoins(EVE), Some(Code::BANNED));
    assert_eq!(house.speaks(TABLET), Some(Code::MUTED));
    house.now_ms = 1000;
    assert_eq!(house.rejoins(EVE), None);
    assert_eq!(house.speaks(TABLET), None);
}

#[test]
fn who_is_muted_listens_and_does_not_speak() {
    let mut house = House::club();
    assert_eq!(house.act(LAPTOP, "club", Act::MUTE, "Eve"), None);
    house.forget_told();
    assert_eq!(house.speaks(EVE), Some(Code::MUTED));
    assert!(house.take_records("club").is_empty());
    let code = house.refused(EVE, |request| topic(request, "club", 5, "tea"));
    assert_eq!(code, Some(Code::MUTED));
    assert_eq!(house.speaks(TABLET), None);
    assert_eq!(house.act(LAPTOP, "club", Act::UNMUTE, "Eve"), None);
    assert_eq!(house.speaks(EVE), None);
}

#[test]
fn what_was_stored_before_is_known_though_it_may_not_be_said_any_more() {
    let mut house = House::club();
    house.say(EVE, "club", 1);
    house.settle();
    house.act(LAPTOP, "club", Act::MUTE, "Eve");
    house.forget_told();
    let again = house.say(EVE, "club", 1);
    house.settle();
    assert_eq!(house.take_replies(), [stored(EVE, again, "club", 1, 1)]);
}

#[test]
fn an_act_that_is_asked_again_is_done_once() {
    let mut house = House::club();
    for (number, act, seq) in [(1, Act::KICK, 1), (2, Act::BAN, 2), (3, Act::UNBAN, 3)] {
        for _ in 0..2 {
            let told = house.ask(LAPTOP, |request| moderate(request, "club", number, act, "Eve"));
            assert_eq!(told[0], stored(LAPTOP, house.next_request, "club", number, seq));
        }
    }
    assert_eq!(house.take_records("club").len(), 3);
    let told = house.ask(LAPTOP, |request| moderate(request, "club", 2, Act::BAN, "Eve"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        house.rejoins(EVE),
        None,
        "the ban is over, whoever asks again for it"
    );
    let code = house.refused(LAPTOP, |request| moderate(request, "club", 2, Act::MUTE, "Eve"));
    assert_eq!(code, Some(Code::ID_REUSED));
}

#[test]
fn who_has_no_key_is_kicked_and_nothing_else() {
    let mut house = House::club();
    for act in [Act::BAN, Act::MUTE, Act::PROMOTE] {
        assert_eq!(house.act(LAPTOP, "club", act, "bob"), Some(Code::KEY_NEEDED));
    }
    let told = house.ask(LAPTOP, |request| moderate(request, "club", 1, Act::KICK, "Bob"));
    assert_eq!(
        told[1],
        removed(BOB, Code::KICKED, "Alice put you out of this room")
    );
    assert_eq!(
        house.act(LAPTOP, "club", Act::KICK, "bob"),
        Some(Code::NO_SUCH_PERSON)
    );
    assert_eq!(
        house.act(LAPTOP, "club", Act::BAN, "nobody"),
        Some(Code::NO_SUCH_PERSON)
    );
    assert_eq!(
        house.act(LAPTOP, "club", Act::BAN, "a b"),
        Some(Code::NAME_INVALID)
    );
}

#[test]
fn operators_are_named_by_the_owner_and_obey_it_alone() {
    let mut house = House::club();
    assert_eq!(
        house.act(EVE, "club", Act::KICK, "Carol"),
        Some(Code::NOT_ALLOWED)
    );
    for whom in ["Eve", "Carol"] {
        assert_eq!(house.act(LAPTOP, "club", Act::PROMOTE, whom), None);
    }
    for (act, whom) in [
        (Act::KICK, "Carol"),
        (Act::BAN, "Alice"),
        (Act::PROMOTE, "bob"),
        (Act::DEMOTE, "Carol"),
    ] {
        assert_eq!(
            house.act(EVE, "club", act, whom),
            Some(Code::NOT_ALLOWED),
            "{whom}"
        );
    }
    assert_eq!(house.act(EVE, "club", Act::KICK, "bob"), None);
    assert_eq!(house.act(LAPTOP, "club", Act::DEMOTE, "Eve"), None);
    assert_eq!(
        house.act(EVE, "club", Act::KICK, "Carol"),
        Some(Code::NOT_ALLOWED)
    );
    assert_eq!(
        house.act(LAPTOP, "club", Act::KICK, "alice"),
        Some(Code::NOT_ALLOWED)
    );
}

#[test]
fn who_is_invited_is_told_and_comes_in() {
    let mut house = House::with_keys();
    let private = house.private();
    house.topic(LAPTOP, &private, "roses");
    let told = house.ask(LAPTOP, |request| {
        moderate(request, private.as_str(), 60, Act::INVITE, "Eve")
    });
    let [_, (EVE, Reply::Announced(listed))] = &told[..] else {
        panic!("eve is told: {told:?}");
    };
    assert_eq!(
        (&listed.room, listed.role, listed.count),
        (&private, Role::MEMBER, 1)
    );
    assert_eq!(listed.topic.as_str(), "roses");
    assert_eq!(
        role(&house.joined(EVE, private.as_str(), From::Tail(0))),
        Role::MEMBER
    );
    let code = house.act(EVE, private.as_str(), Act::INVITE, "bob");
    assert_eq!(code, Some(Code::NOT_ALLOWED), "members let nobody in");
    let code = house.act(LAPTOP, private.as_str(), Act::INVITE, "bob");
    assert_eq!(code, Some(Code::NO_SUCH_PERSON), "nor is anybody without a key");
}

impl House {
    fn topic(&mut self, peer: PeerId, name: &RoomName, said: &str) {
        let code = self.refused(peer, |request| topic(request, name.as_str(), 99, said));
        assert_eq!(code, None);
    }
}

/// [22] The right to empty what others said is the operators' of that very room.
#[test]
fn operators_empty_what_others_said_in_their_room() {
    let mut house = House::club();
    house.say(EVE, "club", 1);
    house.say(BOB, "lobby", 2);
    house.settle();
    house.forget_told();
    let empty = |name: &str, number| {
        let room = room(name);
        move |request| Request::Empty {
            request,
            room,
            seq: Seq(1),
            id: id(number),
        }
    };
    assert_eq!(
        house.refused(TABLET, empty("club", 3)),
        Some(Code::NOT_THE_AUTHOR)
    );
    assert_eq!(
        house.refused(LAPTOP, empty("lobby", 4)),
        Some(Code::NOT_THE_AUTHOR)
    );
    assert_eq!(house.refused(LAPTOP, empty("club", 5)), None);
    assert_eq!(house.take_records("club")[0].empties(), Some(Seq(1)));
}

#[test]
fn what_was_asked_for_and_not_sent_yet_is_taken_back_with_who_is_put_out() {
    let mut house = House::club();
    let request = house.number();
    house.request(LAPTOP, moderate(request, "club", 1, Act::KICK, "Eve"));
    house.end_turn();
    let late = house.say(EVE, "club", 2);
    house.settle();
    let told = house.take_replies();
    assert_eq!(failures(&told), [(late, Code::NOT_IN_ROOM)].into());
    assert_eq!(house.take_records("club").len(), 1, "only the notice");
    house.request(EVE, Request::Depart);
    house.settle();
    assert!(house.hub.devices_of_key(&OTHER_KEY).next().is_none());
}

#[test]
fn an_act_that_is_refused_changes_nothing() {
    for refusal in [Refusal::Full, Refusal::RegistryFull] {
        let mut house = House::club();
        let request = house.number();
        house.request(LAPTOP, moderate(request, "club", 1, Act::BAN, "Eve"));
        house.end_turn();
        house.refuse(refusal);
        let told = house.take_replies();
        assert_eq!(told.len(), 1, "eve is told nothing: {told:?}");
        assert_eq!(house.speaks(EVE), None);
        assert!(house.hub.unsettled.is_empty());
    }
}

#[test]
fn a_room_has_so_many_roles() {
    let mut house = House::club();
    for number in 1..crate::pure::registry::ROLES_PER_ROOM_MAX {
        let mut key = [1; 32];
        key[..8].copy_from_slice(&number.to_be_bytes());
        let banned = crate::pure::registry::Role {
            standing: crate::pure::access::Standing::Banned,
            until_unix_ms: 0,
            since_unix_ms: 0,
            name: user("somebody"),
        };
        let fact = crate::pure::registry::Roles::grant(&room("club"), &PublicKey(key), &banned);
        house.hub.registry.put(&fact).expect("it makes sense");
    }
    assert_eq!(
        house.act(LAPTOP, "club", Act::BAN, "Eve"),
        Some(Code::REGISTRY_FULL)
    );
    assert_eq!(
        house.act(LAPTOP, "club", Act::KICK, "Eve"),
        None,
        "a kick keeps nothing"
    );
}
