//! What the server says.

use chat_proto::ids::{Position, PublicKey, Seq};
use chat_proto::list::{Extra, List};
use chat_proto::message::*;
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};

use super::{ID, LOG, SECRET, extra, room, text, user};

fn users<const MAX: usize>(names: &[&str]) -> List<UserName, MAX> {
    List::from_first(names.iter().map(|name| user(name)))
}

/// What the log says once message 17 was emptied.
fn notice(seq: u64) -> Record {
    let mut empties = Extra::new();
    assert!(empties.insert(EXTRA_EMPTIES, &17_u64.to_be_bytes()));
    Record {
        kind: Kind::MODERATION,
        ..record(seq, text("emptied message 17"), empties)
    }
}

/// What the log says once somebody was kept out.
fn acted(seq: u64) -> Record {
    let ban = Acted {
        act: Act::BAN,
        until_unix_ms: 1_800_003_600_000,
        name: user("mallory"),
    };
    let mut extra = Extra::new();
    assert!(extra.insert(EXTRA_ACT, &ban.to_bytes()));
    Record {
        kind: Kind::MODERATION,
        ..record(seq, text("banned mallory: spam"), extra)
    }
}

/// What somebody without a key said.
fn unproven(seq: u64) -> Record {
    let mut extra = Extra::new();
    assert!(extra.insert(EXTRA_UNPROVEN, b""));
    record(seq, text("hello"), extra)
}

/// What those are in the room whose names are told.
fn roles(roles: &[(u16, Role)]) -> Extra {
    let told = ToldRoles {
        at: Seq(300),
        roles: roles.to_vec(),
    };
    let mut extra = Extra::new();
    assert!(told.insert_into(&mut extra));
    extra
}

fn record(seq: u64, text: Text, extra: Extra) -> Record {
    Record {
        seq: Seq(seq),
        id: ID,
        author: user("alice"),
        at_unix_ms: 1_800_000_000_000,
        kind: Kind::LINE,
        text,
        extra,
    }
}

/// Every message of the server.
pub(crate) fn server() -> Vec<(&'static str, ServerMessage)> {
    let mut all = server_doors();
    all.extend(server_rooms());
    all.extend(server_members());
    all.extend(server_records());
    all.extend(server_notices());
    all.extend(server_found());
    all.extend(server_answers());
    all.extend(server_people());
    all.extend(server_lists());
    all
}

fn private() -> Listed {
    Listed {
        room: room("+plans-7kq2"),
        with: None,
        role: Role::OWNER,
        count: 2,
        topic: Note::new("next week"),
    }
}

fn direct() -> Listed {
    Listed {
        room: RoomName::direct(&[0xab; 12]),
        with: Some(user("Zoë")),
        role: Role::MEMBER,
        count: 0,
        topic: Note::new(""),
    }
}

fn server_people() -> Vec<(&'static str, ServerMessage)> {
    let alice = Person {
        request: 14,
        name: user("alice"),
        key: Some(PublicKey([0xd0; 32])),
        connections: 2,
        away: Note::new("at lunch"),
    };
    let nobody_knows = Person {
        key: None,
        connections: 1,
        away: Note::new(""),
        ..alice.clone()
    };
    vec![
        ("person", ServerMessage::Person(alice)),
        ("person_without_key", ServerMessage::Person(nobody_knows)),
    ]
}

fn server_lists() -> Vec<(&'static str, ServerMessage)> {
    let opened = Opened {
        request: 9,
        listed: private(),
    };
    let page = RoomPage {
        request: 13,
        rooms: List::from_first([private(), direct()]),
        has_more: true,
    };
    let removed = Removed {
        room: room("lobby"),
        code: Code::KICKED,
        text: Note::new("zoë put you out of the room: spam"),
    };
    let marked = Marked {
        room: room("lobby"),
        seq: Seq(300),
    };
    let announced = Announced { listed: direct() };
    vec![
        ("done", ServerMessage::Done(Done { request: 12 })),
        ("opened", ServerMessage::Opened(opened)),
        ("room_page", ServerMessage::RoomPage(page)),
        ("announced", ServerMessage::Announced(announced)),
        ("removed", ServerMessage::Removed(removed)),
        ("marked", ServerMessage::Marked(marked)),
    ]
}

fn server_doors() -> Vec<(&'static str, ServerMessage)> {
    let welcome = Welcome {
        version: 1,
        name: user("alice"),
        resume: SECRET,
        storage: Storage::MEMORY,
        ping_interval_ms: 20_000,
        idle_timeout_ms: 70_000,
        text_bytes_max: 8192,
        says_in_flight_max: 64,
        rooms_max: 32,
        dedupe_ids: 10_000,
        dedupe_ms: 0,
        now_unix_ms: 1_800_000_000_000,
        extra: Extra::new(),
    };
    vec![
        ("welcome", ServerMessage::Welcome(welcome.clone())),
        (
            "welcome_disk",
            ServerMessage::Welcome(Welcome {
                version: u16::MAX,
                storage: Storage::DISK,
                ping_interval_ms: u32::MAX,
                dedupe_ids: 0,
                dedupe_ms: 604_800_000,
                now_unix_ms: u64::MAX,
                extra: extra(),
                ..welcome
            }),
        ),
        (
            "refused",
            ServerMessage::Refused(Refused::new(Code::NAME_IN_USE, "choose another name", 0)),
        ),
        (
            "failed",
            ServerMessage::Failed(Failed::new(3, Code::NOT_IN_ROOM, "join the room first")),
        ),
        ("ping", ServerMessage::Ping(Ping { request: 0 })),
        ("pong", ServerMessage::Pong(Ping { request: 1 })),
        (
            "goodbye",
            ServerMessage::Goodbye(Goodbye {
                code: Code::STOPPING,
                text: Note::new("the server stops"),
                come_back_after_ms: 1000,
            }),
        ),
    ]
}

fn server_rooms() -> Vec<(&'static str, ServerMessage)> {
    let joined = Joined {
        request: 1,
        room: room("lobby"),
        position: Position {
            log: LOG,
            seq: Seq(300),
            id: ID,
        },
        next: Seq(251),
        resumed: Resumed::Exact,
        presence_version: 7,
        count: 2,
        members: users(&["alice", "Zoë"]),
        extra: Extra::new(),
    };
    vec![
        ("joined_exact", ServerMessage::Joined(joined.clone())),
        (
            "joined_trimmed",
            ServerMessage::Joined(Joined {
                position: Position {
                    seq: Seq(1000),
                    ..joined.position
                },
                next: Seq(301),
                resumed: Resumed::Trimmed { first_kept: Seq(501) },
                members: List::new(),
                extra: extra(),
                ..joined.clone()
            }),
        ),
        (
            "joined_diverged",
            ServerMessage::Joined(Joined {
                position: Position::start(LOG),
                next: Seq(1),
                resumed: Resumed::Diverged,
                ..joined.clone()
            }),
        ),
        (
            "joined_roles",
            ServerMessage::Joined(Joined {
                extra: roles(&[(0, Role::OWNER)]),
                ..joined
            }),
        ),
        (
            "left",
            ServerMessage::Left(Left {
                request: 2,
                room: room("lobby"),
            }),
        ),
    ]
}

fn server_members() -> Vec<(&'static str, ServerMessage)> {
    let presence = Presence {
        room: room("lobby"),
        version: 8,
        count: 2,
        arrived: users(&["bob"]),
        left: users(&["Zoë", "carol"]),
        extra: Extra::new(),
    };
    let page = MemberPage {
        request: 6,
        room: room("lobby"),
        presence_version: 8,
        count: 2,
        page: 0,
        pages: 1,
        members: users(&["alice", "bob"]),
        extra: Extra::new(),
    };
    vec![
        ("presence", ServerMessage::Presence(presence.clone())),
        (
            "presence_count_only",
            ServerMessage::Presence(Presence {
                version: u64::MAX,
                count: 100_000,
                arrived: List::new(),
                left: List::new(),
                ..presence.clone()
            }),
        ),
        (
            "presence_roles",
            ServerMessage::Presence(Presence {
                extra: roles(&[(0, Role::OPERATOR)]),
                ..presence
            }),
        ),
        ("member_page", ServerMessage::MemberPage(page.clone())),
        (
            "member_page_roles",
            ServerMessage::MemberPage(MemberPage {
                extra: roles(&[(1, Role::OWNER), (0, Role::MUTED)]),
                ..page
            }),
        ),
    ]
}

fn server_records() -> Vec<(&'static str, ServerMessage)> {
    let lobby = room("lobby");
    let hello = record(1, text("hello"), Extra::new());
    let emptied = Record {
        kind: Kind::EMPTIED,
        ..record(17, text(""), Extra::new())
    };
    let empty_page = Page {
        request: 5,
        room: lobby.clone(),
        log: LOG,
        first_kept: Seq(1),
        last: Seq(0),
        records: List::new(),
    };
    let largest = record(u64::MAX, text(""), extra());
    let records = List::from_first([hello.clone(), emptied.clone(), largest]);
    let page = Page {
        last: Seq(u64::MAX),
        records,
        ..empty_page.clone()
    };
    vec![
        (
            "said",
            ServerMessage::Said(Said {
                room: lobby.clone(),
                record: hello,
            }),
        ),
        (
            "said_emptied",
            ServerMessage::Said(Said {
                room: lobby.clone(),
                record: emptied,
            }),
        ),
        (
            "said_notice",
            ServerMessage::Said(Said {
                room: lobby.clone(),
                record: notice(18),
            }),
        ),
        (
            "missed",
            ServerMessage::Missed(Missed {
                room: lobby,
                from: Seq(1),
                to: Seq(250),
            }),
        ),
        ("page_empty", ServerMessage::Page(empty_page)),
        ("page", ServerMessage::Page(page)),
    ]
}

fn server_notices() -> Vec<(&'static str, ServerMessage)> {
    let said = |record| {
        ServerMessage::Said(Said {
            room: room("lobby"),
            record,
        })
    };
    vec![
        ("said_acted", said(acted(19))),
        ("said_unproven", said(unproven(20))),
    ]
}

fn server_found() -> Vec<(&'static str, ServerMessage)> {
    let found = Found {
        request: 8,
        room: room("lobby"),
        log: LOG,
        searched: Seq(18),
        last: Seq(20),
        records: List::from_first([notice(18), record(1, text("hello"), Extra::new())]),
    };
    let found_nothing = Found {
        searched: Seq::MAX,
        last: Seq::MAX,
        records: List::new(),
        ..found.clone()
    };
    vec![
        ("found", ServerMessage::Found(found)),
        ("found_nothing", ServerMessage::Found(found_nothing)),
    ]
}

fn server_answers() -> Vec<(&'static str, ServerMessage)> {
    let lobby = room("lobby");
    vec![
        (
            "stored",
            ServerMessage::Stored(Stored {
                request: 3,
                room: lobby.clone(),
                id: ID,
                seq: Seq(1),
            }),
        ),
        (
            "withdrawn",
            ServerMessage::Withdrawn(Withdrawn {
                request: 4,
                room: lobby,
                id: ID,
            }),
        ),
    ]
}
