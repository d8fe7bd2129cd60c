//! Every message, in each of its shapes, under a name; used by several test files.

use chat_proto::ids::{Instance, LogId, MessageId, Position, Secret, Seq};
use chat_proto::list::{Extra, List};
use chat_proto::message::*;
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::{Note, Text};

const ID: MessageId = MessageId([0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xaf]);
const INSTANCE: Instance = Instance([0xb0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xbf]);
const SECRET: Secret = Secret::from_bytes([0xc0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xcf]);
const LOG: LogId = LogId(0x0123_4567_89ab_cdef);

fn raw(name: &str) -> RawName {
    RawName::new(name).expect("short enough")
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).expect("a name")
}

fn user(name: &str) -> UserName {
    UserName::parse(name).expect("a name")
}

fn text(text: &str) -> Text {
    Text::new(text).expect("short enough")
}

fn users<const MAX: usize>(names: &[&str]) -> List<UserName, MAX> {
    List::from_first(names.iter().map(|name| user(name)))
}

fn extra() -> Extra {
    let mut extra = Extra::new();
    assert!(extra.insert(1, b"one"));
    assert!(extra.insert(0xffff, b""));
    extra
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

/// Every message of a client.
pub(crate) fn client() -> Vec<(&'static str, ClientMessage)> {
    let mut all = client_rooms();
    all.extend(client_says());
    all.extend(client_looks());
    all.extend([
        (
            "hello_new",
            ClientMessage::Hello(Hello {
                version_oldest: 1,
                version_newest: 1,
                name: raw("alice"),
                instance: INSTANCE,
                resume: None,
                extra: Extra::new(),
            }),
        ),
        (
            "hello_again",
            ClientMessage::Hello(Hello {
                version_oldest: 0,
                version_newest: u16::MAX,
                name: raw("Zoë \u{1b}[2J"),
                instance: INSTANCE,
                resume: Some(SECRET),
                extra: extra(),
            }),
        ),
        ("ping", ClientMessage::Ping(Ping { request: 250 })),
        (
            "ping_varint_u16_first",
            ClientMessage::Ping(Ping { request: 251 }),
        ),
        (
            "ping_varint_u16_last",
            ClientMessage::Ping(Ping { request: 0xffff }),
        ),
        (
            "ping_varint_u32_first",
            ClientMessage::Ping(Ping { request: 0x1_0000 }),
        ),
        ("pong", ClientMessage::Pong(Ping { request: u32::MAX })),
    ]);
    all
}

fn client_rooms() -> Vec<(&'static str, ClientMessage)> {
    let lobby = room("lobby");
    let join = Join {
        request: 1,
        room: raw("Lobby"),
        from: From::Tail(50),
        extra: Extra::new(),
    };
    let position = Position {
        log: LOG,
        seq: Seq(300),
        id: ID,
    };
    let history = History {
        request: 5,
        room: lobby.clone(),
        span: Span::Before(Seq::MAX),
        limit: 256,
    };
    vec![
        ("join_tail", ClientMessage::Join(join.clone())),
        (
            "join_start",
            ClientMessage::Join(Join {
                from: From::After(Position::start(LOG)),
                ..join.clone()
            }),
        ),
        (
            "join_after",
            ClientMessage::Join(Join {
                from: From::After(position),
                extra: extra(),
                ..join
            }),
        ),
        (
            "leave",
            ClientMessage::Leave(Leave {
                request: 2,
                room: lobby.clone(),
            }),
        ),
        ("history_before", ClientMessage::History(history.clone())),
        (
            "history_after",
            ClientMessage::History(History {
                span: Span::After(Seq::ZERO),
                ..history
            }),
        ),
        (
            "members",
            ClientMessage::Members(Members {
                request: 6,
                room: lobby,
                page: 0,
            }),
        ),
    ]
}

fn client_says() -> Vec<(&'static str, ClientMessage)> {
    let say = Say {
        request: 3,
        room: room("lobby"),
        id: ID,
        kind: Kind::LINE,
        text: text("hello"),
        extra: Extra::new(),
    };
    let action = Say {
        kind: Kind::ACTION,
        text: text("winkt 👋\nzweimal"),
        extra: extra(),
        ..say.clone()
    };
    vec![
        ("say_line", ClientMessage::Say(say)),
        ("say_action", ClientMessage::Say(action)),
        (
            "withdraw",
            ClientMessage::Withdraw(Withdraw {
                request: 4,
                room: room("lobby"),
                id: ID,
            }),
        ),
        (
            "empty",
            ClientMessage::Empty(Empty {
                request: 7,
                room: room("lobby"),
                seq: Seq(17),
                id: ID,
            }),
        ),
    ]
}

fn client_looks() -> Vec<(&'static str, ClientMessage)> {
    let search = Search {
        request: 8,
        room: room("lobby"),
        words: Note::new("grüße hel"),
        author: Some(user("alice")),
        since_unix_ms: Some(1_800_000_000_000),
        until_unix_ms: Some(1_800_086_400_000),
        before: Seq(300),
        limit: 20,
    };
    vec![
        ("search", ClientMessage::Search(search.clone())),
        (
            "search_everything",
            ClientMessage::Search(Search {
                words: Note::new(""),
                author: None,
                since_unix_ms: None,
                until_unix_ms: None,
                before: Seq::MAX,
                limit: 256,
                ..search
            }),
        ),
    ]
}

/// Every message of the server.
pub(crate) fn server() -> Vec<(&'static str, ServerMessage)> {
    let mut all = server_doors();
    all.extend(server_rooms());
    all.extend(server_members());
    all.extend(server_records());
    all.extend(server_found());
    all.extend(server_answers());
    all
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
                ..presence
            }),
        ),
        (
            "member_page",
            ServerMessage::MemberPage(MemberPage {
                request: 6,
                room: room("lobby"),
                presence_version: 8,
                count: 2,
                page: 0,
                pages: 1,
                members: users(&["alice", "bob"]),
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
