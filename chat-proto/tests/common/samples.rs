//! Every message, in each of its shapes, under a name; used by several test files.

use chat_proto::ids::{Instance, LogId, MessageId, Position, Secret, Seq};
use chat_proto::list::Extra;
use chat_proto::message::*;
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::{Note, Text};

#[path = "samples/server.rs"]
mod server;

pub(crate) use server::server;

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

fn extra() -> Extra {
    let mut extra = Extra::new();
    assert!(extra.insert(1, b"one"));
    assert!(extra.insert(0xffff, b""));
    extra
}

/// Every message of a client.
pub(crate) fn client() -> Vec<(&'static str, ClientMessage)> {
    let mut all = client_rooms();
    all.extend(client_says());
    all.extend(client_looks());
    all.extend(client_people());
    all.extend(client_orders());
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

fn client_people() -> Vec<(&'static str, ClientMessage)> {
    let open = Open {
        request: 10,
        name: raw("Zoë"),
    };
    let whois = Whois {
        request: 14,
        name: raw("alice"),
    };
    let away = Away {
        request: 15,
        text: Note::new("at lunch"),
    };
    let release = Release {
        request: 16,
        name: raw("alice2"),
    };
    vec![
        ("open", ClientMessage::Open(open)),
        ("whois", ClientMessage::Whois(whois)),
        ("away", ClientMessage::Away(away)),
        ("release", ClientMessage::Release(release)),
    ]
}

fn client_orders() -> Vec<(&'static str, ClientMessage)> {
    let create = Create {
        request: 9,
        room: raw("Plans"),
    };
    let ban = Moderate {
        request: 11,
        room: room("+plans-7kq2"),
        id: ID,
        act: Act::BAN,
        name: raw("Mallory"),
        for_ms: 3_600_000,
        reason: Note::new("spam"),
    };
    let mark = Mark {
        request: 12,
        room: room("lobby"),
        seq: Seq(300),
    };
    let mine = Rooms {
        request: 13,
        mine: true,
        after: None,
    };
    let public = Rooms {
        mine: false,
        after: Some(room("lobby")),
        ..mine
    };
    vec![
        ("create", ClientMessage::Create(create)),
        ("moderate", ClientMessage::Moderate(ban)),
        ("mark", ClientMessage::Mark(mark)),
        ("rooms_mine", ClientMessage::Rooms(mine)),
        ("rooms_after", ClientMessage::Rooms(public)),
    ]
}
