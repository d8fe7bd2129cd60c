//! Who is there adds up, whatever of it was not told.

use chat_proto::limits::{MEMBERS_PAGE_MAX, PRESENCE_NAMES_MAX};
use chat_proto::message::{MemberPage, Presence};

use super::*;

/// In the lobby, where the others are, at version 1.
fn in_lobby_with(others: &[&str]) -> Played {
    let mut played = Played::welcome(with_lobby());
    played.answer_join(|join| joined_with(join, 1, others));
    played.events();
    played
}

fn joined_with(join: &Join, version: u64, names: &[&str]) -> Joined {
    Joined {
        presence_version: version,
        count: u32::try_from(names.len()).unwrap(),
        members: users(names),
        ..joined(join, 0)
    }
}

fn presence(version: u64, count: u32, arrived: &[&str], left: &[&str]) -> ServerMessage {
    ServerMessage::Presence(Presence {
        room: room("lobby"),
        version,
        count,
        arrived: users(arrived),
        left: users(left),
        extra: Extra::new(),
    })
}

fn told(arrived: &[&str], left: &[&str], count: u32) -> Event {
    Event::Presence {
        room: room("lobby"),
        arrived: arrived.iter().map(|name| user(name)).collect(),
        left: left.iter().map(|name| user(name)).collect(),
        count,
        roles: RolesOf::new(),
    }
}

fn members(names: &[&str]) -> Event {
    Event::Members {
        room: room("lobby"),
        count: u32::try_from(names.len()).unwrap(),
        members: names.iter().map(|name| user(name)).collect(),
        roles: RolesOf::new(),
    }
}

impl Played {
    /// Answers the one question for members.
    fn answer_members(&mut self, version: u64, count: u32, pages: u32, names: &[&str]) -> u32 {
        let sent = self.sent();
        let [ClientMessage::Members(asked)] = &sent[..] else {
            panic!("not asked once: {sent:?}");
        };
        self.server(ServerMessage::MemberPage(MemberPage {
            request: asked.request,
            room: room("lobby"),
            presence_version: version,
            count,
            page: asked.page,
            pages,
            members: users::<MEMBERS_PAGE_MAX>(names),
            extra: Extra::new(),
        }));
        asked.page
    }
}

#[test]
fn who_comes_and_goes_is_told_but_not_ourselves() {
    let mut played = in_lobby_with(&["bob"]);
    played.server(presence(2, 3, &["alice", "carol"], &[]));
    played.server(presence(3, 2, &[], &["bob"]));
    assert_eq!(
        played.events(),
        [told(&["carol"], &[], 3), told(&[], &["bob"], 2)]
    );
    played.server(presence(4, 1, &[], &["alice"]));
    assert_eq!(played.events(), []);
    assert_eq!(played.sent(), []);
}

#[test]
fn what_was_told_before_is_not_told_again() {
    let mut played = in_lobby_with(&["bob"]);
    played.server(presence(1, 1, &["bob"], &[]));
    assert_eq!(played.events(), []);
}

#[test]
fn a_missing_version_asks_for_the_members_and_tells_the_difference() {
    let mut played = in_lobby_with(&["bob", "carol"]);
    played.server(presence(4, 3, &["dave"], &[]));
    assert_eq!(played.events(), [told(&["dave"], &[], 3)]);
    played.answer_members(4, 3, 1, &["alice", "dave", "erin"]);
    assert_eq!(played.events(), [told(&["erin"], &["bob", "carol"], 3)]);
    played.server(presence(5, 2, &[], &["erin"]));
    assert_eq!(played.events(), [told(&[], &["erin"], 2)]);
    assert_eq!(played.sent(), []);
}

#[test]
fn names_that_do_not_add_up_ask_for_all_pages_of_the_members() {
    let mut played = in_lobby_with(&["bob"]);
    played.server(presence(2, 4, &["alice", "carol"], &[]));
    played.events();
    assert_eq!(played.answer_members(2, 4, 2, &["alice", "bob"]), 0);
    assert_eq!(played.events(), []);
    assert_eq!(played.answer_members(2, 4, 2, &["carol", "dave"]), 1);
    assert_eq!(played.events(), [told(&["dave"], &[], 4)]);
}

#[test]
fn pages_of_two_versions_are_not_mixed() {
    let mut played = in_lobby_with(&["bob"]);
    played.server(presence(3, 2, &["alice"], &[]));
    played.answer_members(3, 4, 2, &["alice", "bob"]);
    assert_eq!(played.answer_members(4, 3, 2, &["erin"]), 1);
    assert_eq!(played.answer_members(4, 3, 2, &["alice", "bob"]), 0);
    assert_eq!(played.answer_members(4, 3, 2, &["erin"]), 1);
    assert_eq!(played.events(), [told(&["erin"], &[], 3)]);
}

#[test]
fn members_that_change_all_the_time_are_asked_for_a_named_number_of_times() {
    let mut played = in_lobby_with(&["bob"]);
    played.server(presence(3, 4, &["alice"], &[]));
    let mut asked = 0;
    while let sent = played.sent()
        && let [ClientMessage::Members(question)] = &sent[..]
    {
        asked += 1;
        assert!(asked < 100, "asks for ever");
        let version = 3 + u64::from(asked);
        played.server(ServerMessage::MemberPage(MemberPage {
            request: question.request,
            room: room("lobby"),
            presence_version: version,
            count: 4,
            page: question.page,
            pages: 2,
            members: users(&["alice", "bob"]),
            extra: Extra::new(),
        }));
    }
    assert_eq!(asked, 2 * (GATHER_TRIES_MAX + 1));
}

#[test]
fn a_first_page_of_many_members_asks_for_the_rest() {
    let mut played = Played::welcome(with_lobby());
    played.answer_join(|join| Joined {
        count: 3,
        ..joined_with(join, 1, &["bob", "carol"])
    });
    assert_eq!(played.answer_members(1, 3, 2, &["dave"]), 1);
    played.events();
    played.server(presence(2, 4, &["alice"], &[]));
    played.server(presence(3, 3, &[], &["dave"]));
    assert_eq!(played.events(), [told(&[], &["dave"], 3)]);
    assert_eq!(played.sent(), []);
}

#[test]
fn coming_back_tells_who_came_and_went_meanwhile() {
    let mut played = in_lobby_with(&["bob", "carol"]);
    played.reconnect();
    played.answer_join(|join| joined_with(join, 9, &["alice", "carol", "dave"]));
    assert_eq!(played.events().last(), Some(&told(&["dave"], &["bob"], 3)));
}

#[test]
fn in_a_room_where_names_are_not_told_only_the_count_is_and_nobody_asks() {
    let mut played = Played::welcome(with_lobby());
    played.answer_join(|join| Joined {
        count: 1000,
        ..joined(join, 0)
    });
    played.events();
    played.server(presence(2, 1003, &[], &[]));
    played.server(presence(7, 999, &[], &[]));
    assert_eq!(played.events(), [told(&[], &[], 1003), told(&[], &[], 999)]);
    assert_eq!(played.sent(), []);
}

#[test]
fn a_room_that_grows_beyond_named_members_is_followed_by_its_count() {
    let mut played = in_lobby_with(&["bob"]);
    played.server(presence(2, 300, &[], &[]));
    assert_eq!(played.events(), [told(&[], &[], 300)]);
    assert_eq!(played.sent(), []);
}

#[test]
fn members_that_are_known_are_told_at_once() {
    let mut played = in_lobby_with(&["bob"]);
    played.server(presence(2, 2, &["alice"], &[]));
    played.command(Command::Members { room: room("lobby") });
    assert_eq!(played.events(), [members(&["alice", "bob"])]);
    assert_eq!(played.sent(), []);
}

#[test]
fn members_that_are_not_known_are_asked_for_and_told_once() {
    let mut played = Played::welcome(with_lobby());
    played.answer_join(|join| Joined {
        count: 3,
        ..joined(join, 0)
    });
    played.events();
    played.command(Command::Members { room: room("lobby") });
    assert_eq!(played.events(), []);
    played.answer_members(1, 3, 2, &["alice", "bob"]);
    played.answer_members(1, 3, 2, &["carol"]);
    assert_eq!(played.events(), [members(&["alice", "bob", "carol"])]);
}

#[test]
fn members_wanted_before_the_room_is_joined_are_told_then() {
    let mut played = Played::welcome(with_lobby());
    played.command(Command::Members { room: room("lobby") });
    assert_eq!(played.events(), []);
    played.answer_join(|join| joined_with(join, 1, &["bob"]));
    assert_eq!(played.events().last(), Some(&members(&["bob"])));
}

#[test]
fn members_that_can_not_be_had_are_told_as_a_failure() {
    let mut played = Played::welcome(with_lobby());
    played.answer_join(|join| Joined {
        count: 3,
        ..joined(join, 0)
    });
    played.events();
    played.command(Command::Members { room: room("lobby") });
    let sent = played.sent();
    let [ClientMessage::Members(asked)] = &sent[..] else {
        panic!("not asked: {sent:?}");
    };
    played.fail(asked.request, Code::TOO_FAST);
    let what = Wanted::Members { room: room("lobby") };
    assert_eq!(played.events(), [failure(what, Code::TOO_FAST, None)]);
    played.command(Command::Members { room: room("den") });
    assert!(matches!(
        &played.events()[..],
        [Event::Failed {
            code: Code::NOT_IN_ROOM,
            ..
        }]
    ));
}

#[test]
fn a_room_of_too_many_is_told_by_its_count_alone() {
    let mut played = Played::welcome(with_lobby());
    let count = u32::try_from(MEMBERS_KEPT_MAX + 1).unwrap();
    played.answer_join(|join| Joined {
        count,
        ..joined(join, 0)
    });
    played.events();
    played.command(Command::Members { room: room("lobby") });
    assert_eq!(played.sent(), []);
    let expected = Event::Members {
        room: room("lobby"),
        count,
        members: Vec::new(),
        roles: RolesOf::new(),
    };
    assert_eq!(played.events(), [expected]);
}

#[test]
fn names_beyond_those_that_are_kept_are_forgotten() {
    let mut played = in_lobby_with(&[]);
    let names: Vec<String> = (0..=MEMBERS_KEPT_MAX).map(|n| format!("n{n}")).collect();
    let mut count = 0;
    for (version, names) in (2..).zip(names.chunks(PRESENCE_NAMES_MAX)) {
        count += u32::try_from(names.len()).unwrap();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        played.server(presence(version, count, &names, &[]));
    }
    played.events();
    played.command(Command::Members { room: room("lobby") });
    let expected = Event::Members {
        room: room("lobby"),
        count,
        members: Vec::new(),
        roles: RolesOf::new(),
    };
    assert_eq!(played.events(), [expected]);
}
