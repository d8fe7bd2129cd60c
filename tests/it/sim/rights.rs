//! The rules that the simulator knows once more: what a store should not have committed is found out.

use chat_proto::ids::{MessageId, PublicKey};
use chat_proto::list::Extra;
use chat_proto::message::{Act, Acted, EXTRA_ACT, EXTRA_UNPROVEN, Kind, Role};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;
use chat_server::history::Draft;
use chat_server::history::fact::{Fact, FactKind};
use chat_tests::sim::complaint::Complaint;
use chat_tests::sim::rights::Rights;

const ALICE: PublicKey = PublicKey([1; 32]);
const BOB: PublicKey = PublicKey([2; 32]);

fn club() -> RoomName {
    RoomName::parse("club").expect("a name")
}

fn fact(kind: FactKind, subject: &str, object: &str, value: &str) -> Fact {
    Fact {
        object: object.to_owned(),
        ..Fact::of(kind, subject, (!value.is_empty()).then(|| value.to_owned()))
    }
}

fn role(key: PublicKey, value: &str) -> Fact {
    fact(FactKind::Role, "club", &key.to_string(), value)
}

/// Bob has read so far.
fn mark(seq: u64) -> Fact {
    fact(FactKind::Mark, &BOB.to_string(), "club", &format!("{seq} abc 1"))
}

/// Alice owns the club, and Bob has a key too.
fn alices_club() -> Rights {
    let mut rights = Rights::default();
    let name = |name, key: PublicKey| fact(FactKind::Name, name, "", &format!("{key} 0 owned {name}"));
    let facts = [
        name("alice", ALICE),
        name("bob", BOB),
        role(ALICE, "owner 0 0 alice"),
    ];
    assert_eq!(rights.kept(0, &facts), Ok(()));
    rights
}

fn said(author: &str) -> Draft {
    Draft {
        id: MessageId([7; 16]),
        author: UserName::parse(author).expect("a name"),
        kind: Kind::LINE,
        text: Text::new("hello").expect("it is short"),
        extra: Extra::new(),
    }
}

fn notice(author: &str, act: Act, name: &str) -> Draft {
    let acted = Acted {
        act,
        until_unix_ms: 0,
        name: UserName::parse(name).expect("a name"),
    };
    let mut extra = Extra::new();
    assert!(extra.insert(EXTRA_ACT, &acted.to_bytes()));
    Draft {
        kind: Kind::MODERATION,
        extra,
        ..said(author)
    }
}

#[test]
fn what_is_allowed_is_let_pass() {
    let mut rights = alices_club();
    let mute = notice("alice", Act::MUTE, "bob");
    assert_eq!(rights.said(1, &club(), &said("bob")), Ok(()));
    assert_eq!(
        rights.done(2, &club(), &mute, &[role(BOB, "muted 0 2 bob")]),
        Ok(())
    );
    assert_eq!(rights.role(&club(), Some(BOB), 3), Role::MUTED);
    let unmute = notice("alice", Act::UNMUTE, "bob");
    assert_eq!(rights.done(4, &club(), &unmute, &[role(BOB, "")]), Ok(()));
    assert_eq!(rights.said(5, &club(), &said("bob")), Ok(()));
}

#[test]
fn what_somebody_says_who_is_muted_or_banned_is_found_out() {
    for (act, value, role_then) in [
        (Act::MUTE, "muted 0 2 bob", Role::MUTED),
        (Act::BAN, "banned 0 2 bob", Role::BANNED),
    ] {
        let mut rights = alices_club();
        let done = rights.done(1, &club(), &notice("alice", act, "bob"), &[role(BOB, value)]);
        assert_eq!(done, Ok(()));
        let complaint = rights.said(2, &club(), &said("bob"));
        assert!(
            matches!(complaint, Err(Complaint::SpokeAs(role, ..)) if role == role_then),
            "{complaint:?}"
        );
    }
}

#[test]
fn an_act_of_somebody_who_may_not_is_found_out() {
    let mut unproven = notice("alice", Act::KICK, "bob");
    assert!(unproven.extra.insert(EXTRA_UNPROVEN, b""));
    for act in [
        notice("bob", Act::KICK, "alice"),
        notice("bob", Act::KICK, "bob"),
        notice("alice", Act::KICK, "alice"),
        unproven,
    ] {
        let complaint = alices_club().done(1, &club(), &act, &[]);
        assert!(
            matches!(complaint, Err(Complaint::Overstepped(..))),
            "{complaint:?}"
        );
    }
}

#[test]
fn an_act_that_comes_to_something_else_is_found_out() {
    for facts in [
        vec![],
        vec![role(BOB, "muted 0 1 bob")],
        vec![role(BOB, "banned 1700000000009 1 bob")],
        vec![role(BOB, "banned 0 1 bob"), role(ALICE, "")],
    ] {
        let ban = notice("alice", Act::BAN, "bob");
        let complaint = alices_club().done(1, &club(), &ban, &facts);
        assert!(
            matches!(complaint, Err(Complaint::Ineffective(..))),
            "{complaint:?}"
        );
    }
}

#[test]
fn a_role_that_nobody_gave_is_found_out() {
    for value in ["owner 0 1 bob", "operator 0 1 bob", ""] {
        let complaint = alices_club().kept(1, &[role(BOB, value)]);
        assert_eq!(complaint, Err(Complaint::Appointed(club())), "{value}");
    }
}

#[test]
fn a_mark_that_is_kept_below_another_is_found_out() {
    let mut rights = alices_club();
    assert_eq!(rights.kept(1, &[mark(5)]), Ok(()));
    assert!(matches!(
        rights.kept(2, &[mark(4)]),
        Err(Complaint::ReadBackwards(..))
    ));
}
