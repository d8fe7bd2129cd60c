//! What people are in a room, as it is told with their names and by what is done to them.

use chat_proto::message::{
    Act, Acted, EXTRA_ACT, EXTRA_ROLE, EXTRA_ROLES, MemberPage, Presence, Role, ToldRoles,
};

use super::*;

/// As of a message.
fn told(at: u64, roles: &[(u16, Role)]) -> Extra {
    let roles = roles.to_vec();
    extra(&ToldRoles { at: Seq(at), roles }.to_bytes())
}

fn extra(value: &[u8]) -> Extra {
    let mut extra = Extra::new();
    assert!(extra.insert(EXTRA_ROLES, value));
    extra
}

fn roles(roles: &[(&str, Role)]) -> RolesOf {
    roles.iter().map(|(name, role)| (user(name), *role)).collect()
}

/// In the lobby, whose last message is 3, with some people.
fn in_lobby_with(names: &[&str], extra: Extra) -> (Played, RolesOf) {
    let mut played = Played::welcome(with_lobby());
    played.answer_join(|join| Joined {
        presence_version: 1,
        count: u32::try_from(names.len()).unwrap(),
        members: users(names),
        extra,
        ..joined(join, 3)
    });
    let events = played.events();
    let [Event::Joined { roles, .. }] = &events[..] else {
        panic!("not joined: {events:?}");
    };
    (played, roles.clone())
}

fn done(seq: u64, act: Act, whom: &str) -> ServerMessage {
    let acted = Acted {
        act,
        until_unix_ms: 0,
        name: user(whom),
    };
    let mut extra = Extra::new();
    assert!(extra.insert(EXTRA_ACT, &acted.to_bytes()));
    let record = Record {
        kind: Kind::MODERATION,
        extra,
        ..record(seq)
    };
    ServerMessage::Said(Said {
        room: room("lobby"),
        record,
    })
}

impl Played {
    fn roles(&mut self) -> RolesOf {
        self.events();
        self.command(Command::Members { room: room("lobby") });
        let events = self.events();
        let [Event::Members { roles, .. }] = &events[..] else {
            panic!("members are not told: {events:?}");
        };
        roles.clone()
    }
}

const PEOPLE: [&str; 3] = ["bob", "carol", "dave"];

#[test]
fn who_keeps_order_and_who_is_muted_is_told_with_the_room() {
    let extra = told(3, &[(1, Role::OWNER), (0, Role::OPERATOR), (2, Role::MUTED)]);
    let (mut played, at_first) = in_lobby_with(&PEOPLE, extra);
    let all = roles(&[
        ("carol", Role::OWNER),
        ("bob", Role::OPERATOR),
        ("dave", Role::MUTED),
    ]);
    assert_eq!((at_first, played.roles()), (all.clone(), all));
}

#[test]
fn what_is_done_later_changes_what_members_are() {
    let (mut played, _) = in_lobby_with(&PEOPLE, told(3, &[(1, Role::OWNER), (2, Role::MUTED)]));
    played.server(done(4, Act::PROMOTE, "bob"));
    played.server(done(5, Act::UNMUTE, "dave"));
    assert_eq!(
        played.roles(),
        roles(&[("carol", Role::OWNER), ("bob", Role::OPERATOR)])
    );
    played.server(done(6, Act::DEMOTE, "bob"));
    assert_eq!(played.roles(), roles(&[("carol", Role::OWNER)]));
}

#[test]
fn who_comes_is_told_with_its_role_unless_what_was_done_since_is_known() {
    let (mut played, _) = in_lobby_with(&["bob"], Extra::new());
    let presence = |version, name: &str, at| {
        ServerMessage::Presence(Presence {
            room: room("lobby"),
            version,
            count: u32::try_from(version).unwrap(),
            arrived: users(&[name]),
            left: List::new(),
            extra: told(at, &[(0, Role::OPERATOR)]),
        })
    };
    played.server(presence(2, "carol", 3));
    let events = played.events();
    let [Event::Presence { roles: told, .. }] = &events[..] else {
        panic!("nobody came: {events:?}");
    };
    assert_eq!(*told, roles(&[("carol", Role::OPERATOR)]));
    // A presence can reach us after the messages that follow it.
    played.server(done(4, Act::DEMOTE, "dave"));
    played.server(presence(3, "dave", 3));
    assert_eq!(played.roles(), roles(&[("carol", Role::OPERATOR)]));
}

#[test]
fn each_page_tells_the_roles_of_its_names() {
    let mut played = Played::welcome(with_lobby());
    played.answer_join(|join| Joined {
        count: 3,
        ..joined(join, 3)
    });
    played.events();
    played.command(Command::Members { room: room("lobby") });
    for (page, names) in [&["bob", "carol"][..], &["dave"]].into_iter().enumerate() {
        let sent = played.sent();
        let [ClientMessage::Members(asked)] = &sent[..] else {
            panic!("not asked once: {sent:?}");
        };
        played.server(ServerMessage::MemberPage(MemberPage {
            request: asked.request,
            room: room("lobby"),
            presence_version: 1,
            count: 3,
            page: u32::try_from(page).unwrap(),
            pages: 2,
            members: users(names),
            extra: told(3, &[(0, Role::OPERATOR)]),
        }));
    }
    let events = played.events();
    let [Event::Members { roles: told, .. }] = &events[..] else {
        panic!("members are not told: {events:?}");
    };
    assert_eq!(*told, roles(&[("bob", Role::OPERATOR), ("dave", Role::OPERATOR)]));
}

#[test]
fn what_we_are_is_told_among_the_members() {
    let mut extra = told(3, &[(0, Role::OWNER)]);
    assert!(extra.insert(EXTRA_ROLE, &Role::OPERATOR.0.to_be_bytes()));
    let (mut played, _) = in_lobby_with(&["bob"], extra);
    played.server(ServerMessage::Presence(Presence {
        room: room("lobby"),
        version: 2,
        count: 2,
        arrived: users(&["alice"]),
        left: List::new(),
        extra: told(3, &[(0, Role::OPERATOR)]),
    }));
    assert_eq!(
        played.roles(),
        roles(&[("alice", Role::OPERATOR), ("bob", Role::OWNER)])
    );
}

#[test]
fn who_joins_again_knows_only_what_is_told_then() {
    let (mut played, _) = in_lobby_with(&PEOPLE, told(3, &[(0, Role::OPERATOR), (1, Role::OWNER)]));
    played.reconnect();
    played.answer_join(|join| Joined {
        presence_version: 1,
        count: 3,
        members: users(&PEOPLE),
        extra: told(3, &[(1, Role::OWNER)]),
        ..joined(join, 3)
    });
    assert_eq!(played.roles(), roles(&[("carol", Role::OWNER)]));
}

#[test]
fn roles_that_make_no_sense_count_as_not_told() {
    let unknown = [
        (3, Role::OWNER),
        (u16::MAX, Role::OWNER),
        (0, Role(77)),
        (1, Role::BANNED),
    ];
    let (mut played, at_first) =
        in_lobby_with(&PEOPLE, told(3, &[&unknown[..], &[(2, Role::MUTED)]].concat()));
    let muted = roles(&[("dave", Role::MUTED)]);
    assert_eq!((at_first, played.roles()), (muted.clone(), muted));
    let whole = ToldRoles {
        at: Seq(3),
        roles: vec![(0, Role::OWNER)],
    };
    let whole = whole.to_bytes();
    for broken in [&whole[..11], &whole[..7], &[&whole[..], &[0]].concat(), b""] {
        let (mut played, at_first) = in_lobby_with(&PEOPLE, extra(broken));
        assert_eq!(
            (at_first, played.roles()),
            (RolesOf::new(), RolesOf::new()),
            "{broken:?}"
        );
    }
}
