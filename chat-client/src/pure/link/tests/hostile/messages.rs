//! Messages that are well formed and make sense at most by chance.

use chat_proto::limits::{MEMBERS_PAGE_MAX, PRESENCE_NAMES_MAX};
use chat_proto::message::{
    Announced, Done, EXTRA_MARK, EXTRA_ROLE, EXTRA_ROLES, EXTRA_TOPIC, Found, Goodbye, Left, Listed, Marked,
    MemberPage, Missed, Opened, Page, Person, Ping, Presence, Refused, Removed, Role, RoomPage, ToldRoles,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::emptying::notice;
use super::super::*;

fn any_seq() -> impl Strategy<Value = Seq> {
    prop_oneof![
        5 => (0_u64..6).prop_map(Seq),
        1 => any::<u64>().prop_map(Seq),
        1 => (u64::MAX - 1..=u64::MAX).prop_map(Seq),
    ]
}

fn any_position() -> impl Strategy<Value = Position> {
    (0_u64..3, any_seq()).prop_map(|(log, seq)| Position {
        log: LogId(log),
        seq,
        id: id_of(seq.0),
    })
}

fn any_request() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0_u32..12, 1 => any::<u32>()]
}

fn any_count() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0_u32..6, 1 => any::<u32>()]
}

fn any_room() -> impl Strategy<Value = RoomName> {
    prop_oneof![4 => Just(room("lobby")), 1 => Just(room("den"))]
}

fn any_users<const MAX: usize>() -> impl Strategy<Value = List<UserName, MAX>> {
    vec(prop::sample::select(vec!["alice", "bob", "carol", "dave"]), 0..4).prop_map(|names| users(&names))
}

fn any_code() -> impl Strategy<Value = Code> {
    prop_oneof![
        Just(Code::TOO_FAST),
        Just(Code::AFTER_REFUSED),
        Just(Code::TEXT_INVALID),
        any::<u16>().prop_map(Code)
    ]
}

fn any_resumed() -> impl Strategy<Value = Resumed> {
    let trimmed = any_seq().prop_map(|first_kept| Resumed::Trimmed { first_kept });
    prop_oneof![Just(Resumed::Exact), trimmed, Just(Resumed::Diverged)]
}

pub(super) fn any_message() -> impl Strategy<Value = ServerMessage> {
    let joined = (
        any_request(),
        any_position(),
        any_seq(),
        any_resumed(),
        any_seq(),
        (any_count(), any_users(), any_extra()),
    );
    let joined = joined.prop_map(|(request, position, next, resumed, version, rest)| {
        let (count, members, extra) = rest;
        ServerMessage::Joined(Joined {
            request,
            room: room("lobby"),
            position,
            next,
            resumed,
            presence_version: version.0,
            count,
            members,
            extra,
        })
    });
    let records = (any_seq(), any_seq(), any::<bool>());
    let records = records.prop_map(|(seq, empties, is_notice)| {
        if is_notice {
            notice(seq.0, empties.0)
        } else {
            record(seq.0)
        }
    });
    let said = (any_room(), records).prop_map(|(room, record)| ServerMessage::Said(Said { room, record }));
    let stored = (any_request(), any_room(), 0_u8..8, any_seq()).prop_map(|(request, room, id, seq)| {
        ServerMessage::Stored(Stored {
            request,
            room,
            id: message(id),
            seq,
        })
    });
    let failed = (any_request(), any_code(), any_count()).prop_map(|(request, code, wait_ms)| {
        ServerMessage::Failed(Failed {
            wait_ms,
            ..Failed::new(request, code, "no")
        })
    });
    prop_oneof![
        8 => joined,
        8 => said,
        4 => stored,
        4 => failed,
        8 => any_short(),
        4 => any_presence(),
        4 => any_page(),
        8 => any_belonging(),
        4 => any_count().prop_map(welcome),
    ]
}

/// What comes with a room that was joined or with names, or is shaped like it.
fn any_extra() -> impl Strategy<Value = Extra> {
    let any_value = (
        prop::sample::select(vec![EXTRA_TOPIC, EXTRA_ROLE, EXTRA_MARK, EXTRA_ROLES, 99]),
        vec(any::<u8>(), 0..10),
    );
    let roles = (any_seq(), vec((0_u16..4, 0_u16..7), 0..4)).prop_map(|(at, roles)| {
        let roles = roles.into_iter().map(|(index, role)| (index, Role(role)));
        let roles = roles.collect();
        (EXTRA_ROLES, ToldRoles { at, roles }.to_bytes())
    });
    let entry = prop_oneof![any_value, roles];
    vec(entry, 0..4).prop_map(|entries| {
        let mut extra = Extra::new();
        for (key, value) in entries {
            // A number comes once.
            let _ = extra.insert(key, &value);
        }
        extra
    })
}

fn any_listed() -> impl Strategy<Value = Listed> {
    let names = prop::sample::select(vec!["lobby", "den", "+den-x7k2", "=0102"]);
    (names, any::<u16>(), any_count()).prop_map(|(name, role, count)| Listed {
        room: room(name),
        with: (role % 2 == 0).then(|| user("bob")),
        role: Role(role),
        count,
        topic: Note::new("tea"),
    })
}

/// What is told of rooms, people and us.
fn any_belonging() -> impl Strategy<Value = ServerMessage> {
    let done = any_request().prop_map(|request| ServerMessage::Done(Done { request }));
    let opened = (any_request(), any_listed())
        .prop_map(|(request, listed)| ServerMessage::Opened(Opened { request, listed }));
    let announced = any_listed().prop_map(|listed| ServerMessage::Announced(Announced { listed }));
    let pages = (any_request(), vec(any_listed(), 0..4), any::<bool>());
    let pages = pages.prop_map(|(request, rooms, has_more)| {
        ServerMessage::RoomPage(RoomPage {
            request,
            rooms: List::from_first(rooms),
            has_more,
        })
    });
    let person = (any_request(), any_count()).prop_map(|(request, connections)| {
        ServerMessage::Person(Person {
            request,
            name: user("bob"),
            key: None,
            connections,
            away: Note::new(""),
        })
    });
    let removed = (any_room(), any_code()).prop_map(|(room, code)| {
        let text = Note::new("no");
        ServerMessage::Removed(Removed { room, code, text })
    });
    let marked = (any_room(), any_seq());
    let marked = marked.prop_map(|(room, seq)| ServerMessage::Marked(Marked { room, seq }));
    prop_oneof![
        4 => done,
        2 => opened,
        1 => announced,
        4 => pages,
        2 => person,
        1 => removed,
        2 => marked
    ]
}

/// Messages of few fields.
fn any_short() -> impl Strategy<Value = ServerMessage> {
    let missed = (any_room(), any_seq(), any_seq());
    let missed = missed.prop_map(|(room, from, to)| ServerMessage::Missed(Missed { room, from, to }));
    let left = (any_request(), any_room());
    let left = left.prop_map(|(request, room)| ServerMessage::Left(Left { request, room }));
    let pings = any_request().prop_map(|request| ServerMessage::Ping(Ping { request }));
    let ends = (any_code(), any::<u32>(), any::<bool>()).prop_map(|(code, come_back_after_ms, refuses)| {
        let text = Note::new("no");
        if refuses {
            ServerMessage::Refused(Refused {
                code,
                text,
                come_back_after_ms,
            })
        } else {
            ServerMessage::Goodbye(Goodbye {
                code,
                text,
                come_back_after_ms,
            })
        }
    });
    prop_oneof![4 => missed, 4 => left, 1 => pings, 1 => ends]
}

fn any_presence() -> impl Strategy<Value = ServerMessage> {
    let parts = (
        any_room(),
        any_seq(),
        any_count(),
        any_users::<PRESENCE_NAMES_MAX>(),
        any_users(),
        any_extra(),
    );
    parts.prop_map(|(room, version, count, arrived, left, extra)| {
        ServerMessage::Presence(Presence {
            room,
            version: version.0,
            count,
            arrived,
            left,
            extra,
        })
    })
}

fn any_page() -> impl Strategy<Value = ServerMessage> {
    let parts = (
        any_request(),
        any_seq(),
        any_count(),
        any_count(),
        any_users::<MEMBERS_PAGE_MAX>(),
        any_extra(),
    );
    let members = parts.prop_map(|(request, version, count, pages, members, extra)| {
        ServerMessage::MemberPage(MemberPage {
            request,
            room: room("lobby"),
            presence_version: version.0,
            count,
            page: pages / 2,
            pages,
            members,
            extra,
        })
    });
    let records = (any_request(), any_seq(), vec(any_seq(), 0..4)).prop_map(|(request, last, seqs)| {
        ServerMessage::Page(Page {
            request,
            room: room("lobby"),
            log: LOG,
            first_kept: last,
            last,
            records: List::from_first(seqs.into_iter().map(|seq| record(seq.0))),
        })
    });
    let found = (any_request(), any_seq(), vec(any_seq(), 0..4)).prop_map(|(request, last, seqs)| {
        ServerMessage::Found(Found {
            request,
            room: room("lobby"),
            log: LOG,
            searched: last,
            last,
            records: List::from_first(seqs.into_iter().map(|seq| record(seq.0))),
        })
    });
    prop_oneof![members, records, found]
}
