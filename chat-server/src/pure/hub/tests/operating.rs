//! What the operator can do.

use chat_proto::ids::{Invitation, Secret};
use chat_proto::message::{Act, Acted, EXTRA_ACT};

use super::keys::{KEY, LAPTOP, OTHER_KEY, PHONE, TABLET};
use super::*;
use crate::pure::access::Standing;
use crate::pure::operator::{Answer, Order};
use crate::pure::registry::{Role, Roles};

const OPERATOR: PeerId = PeerId(u64::MAX);
const RANDOM: Secret = Secret::from_bytes([7; 16]);
const INVITATION: Invitation = Invitation::from_bytes([7; 16]);

impl House {
    fn order(&mut self, order: Order) -> Answer {
        self.request(
            OPERATOR,
            Request::Operate {
                order,
                random: RANDOM,
            },
        );
        self.settle();
        let mut replies = self.take_replies();
        let (to, answer) = replies.pop().expect("the operator is answered");
        assert_eq!(to, OPERATOR);
        self.out.replies = replies;
        let Reply::Answered(answer) = answer else {
            panic!("the last reply is the operator's: {answer:?}");
        };
        answer
    }

    /// An order that the store does not carry out.
    fn order_in_vain(&mut self, order: Order) {
        self.request(
            OPERATOR,
            Request::Operate {
                order,
                random: RANDOM,
            },
        );
        self.end_turn();
        self.refuse_all();
        let replies = self.take_replies();
        assert!(
            matches!(&replies[..], [(OPERATOR, Reply::Answered(Answer::Refused(_)))]),
            "{replies:?}"
        );
    }

    fn standing(&self, name: &str, key: &PublicKey) -> Standing {
        self.hub.standing(&room(name), Some(key))
    }

    fn lines(&mut self, order: Order) -> Vec<String> {
        match self.order(order) {
            Answer::Lines(lines) => lines,
            other @ (Answer::Invited { .. } | Answer::Refused(_)) => panic!("lines are told: {other:?}"),
        }
    }
}

fn invite(uses: u32) -> Order {
    Order::Invite {
        uses,
        for_ms: 3_600_000,
        room: Some("Garden".to_owned()),
    }
}

fn own(room: &str, who: &str) -> Order {
    Order::Own {
        room: room.to_owned(),
        who: who.to_owned(),
    }
}

fn dismissed(replies: &[(PeerId, Reply)]) -> Vec<(PeerId, Code)> {
    let dismissed = replies.iter().filter_map(|(peer, reply)| {
        if let Reply::Dismissed { code, .. } = reply {
            Some((*peer, *code))
        } else {
            None
        }
    });
    dismissed.collect()
}

#[test]
fn an_invitation_is_kept_listed_and_revoked() {
    let mut house = House::new();
    let request = Request::Operate {
        order: invite(2),
        random: RANDOM,
    };
    house.request(OPERATOR, request);
    assert!(house.take_replies().is_empty(), "first it is kept");
    house.end_turn();
    let [Op::Keep { facts }] = &house.batch[..] else {
        panic!("a fact is kept: {:?}", house.batch);
    };
    let stored = format!("{facts:?}");
    assert!(
        !stored.contains("0707") && !stored.contains("7, 7"),
        "the secret is not: {stored}"
    );
    house.settle();
    let invited = Answer::Invited {
        invitation: INVITATION,
        room: Some(room("garden")),
    };
    assert_eq!(house.take_replies(), [(OPERATOR, Reply::Answered(invited))]);
    let listed = house.lines(Order::Invites).concat();
    assert!(listed.ends_with("2 uses, 60 min left, for garden"), "{listed}");
    let id = listed[..8].to_owned();
    house.lines(Order::Revoke { id: id.clone() });
    assert!(matches!(house.order(Order::Revoke { id }), Answer::Refused(_)));
    assert_eq!(house.lines(Order::Invites), ["nobody is invited"]);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_sentence() {
    let mut house = House::with_people(&[(BOB, "bob")]);
    let names = ["bob", "nobody", "a b", &"0".repeat(63)].map(str::to_owned);
    let mut orders = vec![
        invite(0),
        invite(u32::MAX),
        Order::Invite {
            uses: 1,
            for_ms: 1,
            room: Some("a b".to_owned()),
        },
        Order::Kick {
            name: "nobody".to_owned(),
        },
    ];
    for name in names {
        orders.extend([
            own("lobby", &name),
            Order::Ban {
                who: name.clone(),
                for_ms: 0,
            },
            Order::Unban { who: name.clone() },
            Order::FreeName { name },
        ]);
    }
    for order in orders {
        let shown = format!("{order:?}");
        let answer = house.order(order);
        assert!(matches!(answer, Answer::Refused(_)), "{shown}: {answer:?}");
    }
}

#[test]
fn what_the_store_refuses_is_not_done() {
    let mut house = House::with_devices();
    let ban = Order::Ban {
        who: "alice".to_owned(),
        for_ms: 0,
    };
    house.order_in_vain(ban);
    assert!(!house.lines(Order::Members).concat().contains("kept out"));
}

/// Scenario 21: Who is kept out goes at once, with all devices, and does not come back however it tries.
#[test]
fn who_is_banned_goes_with_all_devices_and_stays_out() {
    let mut house = House::with_devices();
    house.say(PHONE, "lobby", 1);
    house.lines(Order::Ban {
        who: "ALICE".to_owned(),
        for_ms: 1000,
    });
    let replies = house.take_replies();
    assert_eq!(
        dismissed(&replies),
        [(LAPTOP, Code::BANNED), (PHONE, Code::BANNED)]
    );
    assert_eq!(
        &*house.take_presence("lobby").last().unwrap().left,
        &[user("Alice")]
    );
    let again = arrive(PeerId(99), "alice", 21, Some(secret_of(LAPTOP)), Some(KEY));
    assert_eq!(house.denied(again.clone()), Some(Code::BANNED));
    house.now_ms = 1000;
    assert_eq!(house.denied(again.clone()), None);
    house.lines(Order::Ban {
        who: KEY.to_string(),
        for_ms: 0,
    });
    assert_eq!(
        house.denied(again.clone()),
        Some(Code::BANNED),
        "by the key itself"
    );
    house.lines(Order::Unban {
        who: "alice".to_owned(),
    });
    assert_eq!(house.denied(again), None);
}

#[test]
fn who_is_kicked_goes_and_may_come_back() {
    let mut house = House::with_devices();
    let told = house.lines(Order::Kick {
        name: "alice".to_owned(),
    });
    assert_eq!(told, ["alice is sent away (2 connections)"]);
    assert_eq!(
        dismissed(&house.take_replies()),
        [(LAPTOP, Code::KICKED), (PHONE, Code::KICKED)]
    );
    house.request(LAPTOP, Request::Depart);
    house.lines(Order::Kick {
        name: "bob".to_owned(),
    });
    assert_eq!(dismissed(&house.take_replies()), [(BOB, Code::KICKED)]);
    assert!(house.hub.persons.is_empty() && house.hub.rooms.is_empty());
    let again = arrive(PeerId(99), "alice", 21, None, Some(KEY));
    assert_eq!(house.denied(again), None);
}

#[test]
fn names_are_listed_allowed_and_freed() {
    let mut house = House::with_devices();
    assert_eq!(house.lines(Order::Names), [format!("Alice  {KEY}  for 0 s")]);
    let look_alike = arrive(PeerId(99), "AIice", 9, None, None);
    assert_eq!(house.denied(look_alike.clone()), Some(Code::NAME_OWNED));
    house.lines(Order::AllowName {
        name: "AIice".to_owned(),
    });
    assert_eq!(house.denied(look_alike), None);
    house.lines(Order::FreeName {
        name: "alice".to_owned(),
    });
    assert_eq!(house.lines(Order::Names), ["no name belongs to a key"]);
    let other = arrive(PeerId(99), "alice", 9, None, Some(PublicKey([1; 32])));
    assert_eq!(
        house.denied(other.clone()),
        Some(Code::NAME_IN_USE),
        "not while its owner is here"
    );
    for peer in [LAPTOP, PHONE] {
        house.request(peer, Request::Depart);
    }
    assert_eq!(house.denied(other), None);
}

#[test]
fn members_are_listed_with_their_names_and_how_they_were_let_in() {
    let mut house = House::with_devices();
    house.order(invite(1));
    let mut request = arrive(PeerId(99), "carol", 9, None, Some(PublicKey([1; 32])));
    if let Request::Arrive { invitation, .. } = &mut request {
        *invitation = Some(INVITATION);
    }
    assert_eq!(house.denied(request), None);
    house.lines(Order::Ban {
        who: "alice".to_owned(),
        for_ms: 0,
    });
    let lines = house.lines(Order::Members);
    let [carol, alice] = &lines[..] else {
        panic!("two keys are known: {lines:?}");
    };
    assert!(carol.contains("carol (let in 0 s ago by "), "{carol}");
    assert!(alice.ends_with("Alice (kept out)"), "{alice}");
}

#[test]
fn the_operator_invites_to_a_private_room_that_is_there_and_to_no_conversation() {
    let mut house = House::new();
    let invite_to = |name: &str| Order::Invite {
        uses: 1,
        for_ms: 3_600_000,
        room: Some(name.to_owned()),
    };
    let garden = room("+garden-0000");
    for name in [garden.as_str(), "=0123456789abcdef01234567"] {
        let answer = house.order(invite_to(name));
        assert!(
            matches!(&answer, Answer::Refused(sentence) if sentence.contains("no private room")),
            "{name}: {answer:?}"
        );
    }
    assert_eq!(house.lines(Order::Invites), ["nobody is invited"]);
    let owner = Role {
        standing: Standing::Owner,
        until_unix_ms: 0,
        since_unix_ms: UNIX_MS,
        name: user("alice"),
    };
    let made = Roles::grant(&garden, &KEY, &owner);
    house.hub.registry.put(&made).expect("it makes sense");
    let answer = house.order(invite_to(garden.as_str()));
    assert!(
        matches!(&answer, Answer::Invited { room: Some(room), .. } if *room == garden),
        "{answer:?}"
    );
}

#[test]
fn the_operator_gives_the_lobby_to_somebody_and_it_is_said_there() {
    let mut house = House::with_devices();
    assert_eq!(house.standing("lobby", &KEY), Standing::Stranger);
    assert_eq!(house.lines(own("lobby", "ALICE")), ["Alice owns lobby"]);
    assert_eq!(house.standing("lobby", &KEY), Standing::Owner);
    let records = house.take_records("lobby");
    let record = records.last().expect("it is said in the room");
    let acted = record.extra.get(EXTRA_ACT).and_then(Acted::from_bytes);
    let expected = Acted {
        act: Act::OWN,
        until_unix_ms: 0,
        name: user("Alice"),
    };
    assert_eq!((record.kind, acted), (Kind::MODERATION, Some(expected)));
    let again = house.order(own("lobby", &KEY.to_string()));
    assert!(matches!(again, Answer::Refused(_)), "{again:?}");
}

#[test]
fn whoever_owned_a_room_that_is_given_away_keeps_order_there() {
    let mut house = House::with_devices();
    house.joined(LAPTOP, "club", From::Tail(0));
    house.arrive_with(TABLET, "Eve", OTHER_KEY);
    house.settle();
    assert_eq!(house.standing("club", &KEY), Standing::Owner);
    house.lines(own("club", "eve"));
    assert_eq!(house.standing("club", &OTHER_KEY), Standing::Owner);
    assert_eq!(house.standing("club", &KEY), Standing::Operator);
}

#[test]
fn a_room_that_the_store_does_not_give_stays_whose_it_is() {
    let mut house = House::with_devices();
    house.order_in_vain(own("lobby", "alice"));
    assert_eq!(house.standing("lobby", &KEY), Standing::Stranger);
}

#[test]
fn no_conversation_and_no_room_that_is_not_there_is_given() {
    let mut house = House::with_devices();
    for name in ["=0123456789abcdef01234567", "+garden-0000", "a b"] {
        let answer = house.order(own(name, "alice"));
        assert!(matches!(answer, Answer::Refused(_)), "{name}: {answer:?}");
    }
}
