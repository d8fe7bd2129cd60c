//! Who may know of a private room, and of a conversation.

use super::*;

#[test]
fn a_private_room_has_an_ending_that_nobody_can_guess() {
    let mut house = House::with_keys();
    let (first, second) = (house.private(), house.private());
    for room in [&first, &second] {
        assert_eq!(room.privacy(), Privacy::Private);
        let ending = room.as_str().strip_prefix("+garden-").expect("it is called so");
        assert_eq!(ending.len(), 4, "{room}");
    }
    assert_ne!(first, second);
}

#[test]
fn who_makes_a_private_room_owns_it_and_is_told_when_it_is_kept() {
    let mut house = House::with_keys();
    let request = house.number();
    house.request(LAPTOP, create(request, "Garden"));
    house.end_turn();
    assert!(house.take_replies().is_empty());
    house.settle();
    let told = house.take_replies();
    let [(LAPTOP, Reply::Opened(opened))] = &told[..] else {
        panic!("it is made: {told:?}");
    };
    assert_eq!((opened.request, opened.listed.role), (request, Role::OWNER));
    let room = opened.listed.room.clone();
    assert_eq!(
        role(&house.joined(LAPTOP, room.as_str(), From::Tail(0))),
        Role::OWNER
    );
    assert_eq!(
        names(&house.rooms(PHONE, true, None)),
        [room.as_str()],
        "on all devices"
    );
}

#[test]
fn a_private_room_is_made_of_a_name_by_a_key() {
    let mut house = House::with_keys();
    for (peer, name, code) in [
        (BOB, "garden", Code::KEY_NEEDED),
        (LAPTOP, "+garden", Code::ROOM_NAME_INVALID),
        (LAPTOP, "=garden", Code::ROOM_NAME_INVALID),
        (LAPTOP, "a b", Code::ROOM_NAME_INVALID),
        (LAPTOP, "a-name-for-which-there-is-place", Code::ROOM_NAME_INVALID),
    ] {
        let refused = house.refused(peer, |request| create(request, name));
        assert_eq!(refused, Some(code), "{name}");
    }
    for _ in 0..crate::pure::registry::PRIVATE_ROOMS_PER_KEY_MAX {
        assert_eq!(house.refused(LAPTOP, |request| create(request, "garden")), None);
    }
    let refused = house.refused(LAPTOP, |request| create(request, "garden"));
    assert_eq!(refused, Some(Code::TOO_MANY_ROOMS));
}

#[test]
fn a_private_room_that_is_not_kept_is_not_there() {
    let mut house = House::with_keys();
    let request = house.number();
    house.request(LAPTOP, create(request, "garden"));
    house.end_turn();
    house.refuse_all();
    let code = failures(&house.take_replies());
    assert_eq!(code, [(request, Code::STORE_UNAVAILABLE)].into());
    assert!(house.rooms(LAPTOP, true, None).rooms.is_empty());
}

/// All that somebody can ask about a room.
fn asked(request: u32, room: &RoomName) -> Vec<Request> {
    let somewhere = Position {
        log: chat_proto::ids::LogId(1),
        seq: Seq(1),
        id: id(1),
    };
    let room = || room.clone();
    vec![
        join_at(request, &room(), From::Tail(9)),
        join_at(request, &room(), From::After(somewhere)),
        Request::Leave {
            request,
            room: room(),
        },
        Request::Say {
            request,
            room: room(),
            id: id(1),
            kind: Kind::LINE,
            text: text("hello"),
            extra: Extra::new(),
        },
        topic(request, room().as_str(), 1, "tea"),
        Request::Empty {
            request,
            room: room(),
            seq: Seq(1),
            id: id(2),
        },
        Request::Withdraw {
            request,
            room: room(),
            id: id(1),
        },
        Request::Members {
            request,
            room: room(),
            page: 0,
        },
        Request::Mark {
            request,
            room: room(),
            seq: Seq(1),
        },
        moderation::moderate(
            request,
            room().as_str(),
            3,
            chat_proto::message::Act::KICK,
            "Alice",
        ),
    ]
}

/// [23] Neither its answers nor what it asks of the store tell an outsider whether there is a private room.
#[test]
fn to_an_outsider_a_private_room_and_none_are_the_same() {
    let mut house = House::with_keys();
    let private = house.private();
    house.say(LAPTOP, private.as_str(), 1);
    house.ask(EVE, |request| open(request, "Alice"));
    let conversation = house.rooms(EVE, true, None).rooms[0].room.clone();
    house.forget_told();
    let (none, no_conversation) = (room("+garden-0000"), room("=0123456789abcdef01234567"));
    let mut answers = Vec::new();
    for (peer, room) in [
        (EVE, &private),
        (EVE, &none),
        (BOB, &private),
        (BOB, &conversation),
        (BOB, &none),
        (BOB, &no_conversation),
    ] {
        let mut told = Vec::new();
        for request in asked(7, room) {
            house.request(peer, request);
            house.end_turn();
            assert!(house.batch.is_empty(), "the store is not asked");
            for (to, reply) in house.take_replies() {
                assert_eq!(to, peer);
                told.push(reply);
            }
        }
        answers.push(told);
    }
    let [first, others @ ..] = &answers[..] else {
        unreachable!()
    };
    assert_eq!(first.len(), asked(7, &none).len(), "each is answered");
    for told in others {
        assert_eq!(told, first);
    }
    for reply in first {
        assert!(
            matches!(reply, Reply::Failed(failed) if failed.code == Code::NO_SUCH_ROOM),
            "{reply:?}"
        );
    }
    let public = house.rooms(BOB, false, None);
    assert_eq!(names(&public), ["lobby"], "and it is not listed");
    assert!(house.rooms(BOB, true, None).rooms.is_empty());
    assert_eq!(names(&house.rooms(EVE, true, None)), [conversation.as_str()]);
}

/// [26] A position that one has from before opens no door.
#[test]
fn who_was_put_out_of_a_private_room_does_not_resume_there() {
    let mut house = House::with_keys();
    let private = house.private();
    house.act(LAPTOP, private.as_str(), chat_proto::message::Act::INVITE, "Eve");
    let joined = house.joined(EVE, private.as_str(), From::Tail(9));
    house.act(LAPTOP, private.as_str(), chat_proto::message::Act::BAN, "Eve");
    house.forget_told();
    let code = house.refused(EVE, |request| {
        join_at(request, &private, From::After(joined.position))
    });
    assert_eq!(code, Some(Code::NO_SUCH_ROOM));
}

/// [21] [26] What is asked of the store takes a while, and the answer is that of the end of it.
#[test]
fn who_is_put_out_while_it_comes_in_stays_out() {
    let mut house = House::with_keys();
    let private = house.private();
    house.act(LAPTOP, private.as_str(), chat_proto::message::Act::INVITE, "Eve");
    house.forget_told();
    let joining = house.join(EVE, private.as_str());
    let request = house.number();
    let ban = moderation::moderate(
        request,
        private.as_str(),
        50,
        chat_proto::message::Act::BAN,
        "Eve",
    );
    house.request(LAPTOP, ban);
    house.settle();
    let told = house.take_replies();
    assert_eq!(
        failures(&told),
        [(joining, Code::NO_SUCH_ROOM)].into(),
        "{told:?}"
    );
    let joined = house.joined(PHONE, private.as_str(), From::Tail(0));
    assert_eq!(joined.count, 1, "the laptop alone is there");
}

#[test]
fn a_conversation_is_the_same_whoever_begins_it() {
    let mut house = House::with_keys();
    let told = house.ask(LAPTOP, |request| open(request, "EVE"));
    let [
        (LAPTOP, Reply::Opened(opened)),
        (EVE, Reply::Announced(announced)),
    ] = &told[..]
    else {
        panic!("both are told: {told:?}");
    };
    assert_eq!(opened.listed.room.privacy(), Privacy::Direct);
    assert_eq!(opened.listed.room, announced.room);
    assert_eq!(opened.listed.with, Some(user("Eve")));
    assert_eq!(announced.with, Some(user("Alice")));
    assert_eq!((opened.listed.role, announced.role), (Role::MEMBER, Role::MEMBER));
    let again = house.ask(EVE, |request| open(request, "alice"));
    let [(EVE, Reply::Opened(found))] = &again[..] else {
        panic!("it is found, and nobody is told: {again:?}");
    };
    assert_eq!(found.listed, **announced);
    for peer in [LAPTOP, EVE, PHONE] {
        house.joined(peer, announced.room.as_str(), From::Tail(0));
    }
    house.say(EVE, announced.room.as_str(), 1);
    house.settle();
    assert_eq!(house.take_records(announced.room.as_str()).len(), 1);
}

#[test]
fn a_conversation_is_announced_to_all_devices() {
    let mut house = House::with_keys();
    let told = house.ask(EVE, |request| open(request, "alice"));
    let announced: Vec<PeerId> = told
        .iter()
        .filter(|(_, reply)| matches!(reply, Reply::Announced(_)))
        .map(|(peer, _)| *peer)
        .collect();
    assert_eq!(announced, [LAPTOP, PHONE]);
}

#[test]
fn a_conversation_is_between_two_keys() {
    let mut house = House::with_keys();
    for (peer, name, code) in [
        (BOB, "Alice", Code::KEY_NEEDED),
        (LAPTOP, "bob", Code::NO_SUCH_PERSON),
        (LAPTOP, "nobody", Code::NO_SUCH_PERSON),
        (LAPTOP, "a b", Code::NAME_INVALID),
        (LAPTOP, "ALICE", Code::NOT_ALLOWED),
    ] {
        let refused = house.refused(peer, |request| open(request, name));
        assert_eq!(refused, Some(code), "{name}");
    }
}

#[test]
fn a_conversation_is_shown_under_a_name_that_the_other_owns() {
    let mut house = House::with_keys();
    house.ask(EVE, |request| open(request, "alice"));
    assert_eq!(house.rooms(EVE, true, None).rooms[0].with, Some(user("Alice")));
    let freed = Fact::of(crate::history::fact::FactKind::Name, "alice", None);
    house.hub.registry.put(&freed).expect("it makes sense");
    assert_eq!(house.rooms(EVE, true, None).rooms[0].with, None);
}

#[test]
fn doors_and_roles_outlive_a_restart() {
    let mut house = House::with_keys();
    house.private();
    house.ask(EVE, |request| open(request, "alice"));
    let listed: Vec<Listed> = house.rooms(LAPTOP, true, None).rooms.to_vec();
    assert_eq!(listed.len(), 2);
    let mut again = House::new();
    again.hub = Hub::new(LIMITS, &house.kept).expect("what was kept makes sense");
    again.arrive_with(TABLET, "alice", KEY);
    again.settle();
    again.forget_told();
    let now: Vec<Listed> = again.rooms(TABLET, true, None).rooms.to_vec();
    let without_count = |listed: &[Listed]| -> Vec<_> {
        let fields = listed.iter();
        fields
            .map(|listed| (listed.room.clone(), listed.with.clone(), listed.role))
            .collect()
    };
    assert_eq!(without_count(&now), without_count(&listed));
}
