//! Whatever an app can be told: keys, pastes, sizes, and every kind of event that a link tells, with names and texts that
//! are as bad as they can be.

use chat_proto::ids::{LogId, MessageId, Position, PublicKey, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{
    Act, Acted, Code, EXTRA_ACT, EXTRA_EMPTIES, EXTRA_UNPROVEN, Kind, Listed, Record, Resumed, Role, Span,
    Storage,
};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};
use proptest::prelude::*;

use super::helper::{LOG, Stage, person, room};
use crate::pure::app::Event as Told;
use crate::pure::key::{Key, KeyPress, Modifiers};
use crate::pure::link::{Cause, Content, Event, Query, Unsent, Wanted};
use crate::pure::roles::RolesOf;
use crate::pure::state::State;

/// So many kinds of event are told by a link.
pub(super) const KINDS: usize = 27;

/// The number of an event's kind: a new kind is to be made here too, and [`KINDS`] counts it.
pub(super) const fn kind(event: &Event) -> usize {
    match event {
        Event::Welcomed { .. } => 0,
        Event::Refused { .. } => 1,
        Event::Pinned { .. } => 2,
        Event::Untrusted { .. } => 3,
        Event::Lost { .. } => 4,
        Event::Joined { .. } => 5,
        Event::Left { .. } => 6,
        Event::Removed { .. } => 7,
        Event::Opened { .. } => 8,
        Event::Announced { .. } => 9,
        Event::Rooms { .. } => 10,
        Event::Marked { .. } => 11,
        Event::Person { .. } => 12,
        Event::Away { .. } => 13,
        Event::Released { .. } => 14,
        Event::Said { .. } => 15,
        Event::Emptied { .. } => 16,
        Event::Stored { .. } => 17,
        Event::Failed { .. } => 18,
        Event::Presence { .. } => 19,
        Event::Missed { .. } => 20,
        Event::Broke { .. } => 21,
        Event::Page { .. } => 22,
        Event::Found { .. } => 23,
        Event::Members { .. } => 24,
        Event::GaveUp { .. } => 25,
        Event::Finished => 26,
    }
}

pub(super) fn any_text() -> impl Strategy<Value = String> {
    let hard = prop::sample::select(
        [
            "\u{1b}[2J",
            "\u{1b}]0;x\u{7}",
            "\u{9b}31m",
            "\u{202e}",
            "\u{2066}",
            "\r",
            "\n",
            "\t",
            "https://a.b/\u{1b}",
            "漢字",
            "👩‍👩‍👧‍👦",
            "e\u{301}\u{301}\u{301}",
            "\u{200d}",
            "\u{feff}",
            "דנה",
            "me",
            "\u{300}",
            "\u{e0041}",
            "a b c",
        ]
        .map(String::from)
        .to_vec(),
    );
    let piece = prop_oneof![hard, any::<char>().prop_map(String::from), "[a-z ]{0,12}"];
    prop_oneof![
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
        prop::collection::vec(any::<u8>(), 0..64)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

fn any_note() -> impl Strategy<Value = Note> {
    any_text().prop_map(Note::new)
}

fn any_key() -> impl Strategy<Value = Told> {
    let keys = vec![
        Key::Enter,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Delete,
        Key::Left,
        Key::Right,
        Key::Up,
        Key::Down,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
        Key::Esc,
        Key::F(1),
        Key::F(2),
        Key::F(3),
    ];
    let key = prop_oneof![
        prop::sample::select(keys),
        any::<char>().prop_map(Key::Char),
        "[a-z0-9/]".prop_map(|text| { Key::Char(text.chars().next().unwrap_or('a')) })
    ];
    (key, any::<(bool, bool, bool)>()).prop_map(|(key, (ctrl, alt, shift))| {
        Told::Key(KeyPress::new(
            key,
            Modifiers {
                ctrl: ctrl && !alt,
                alt,
                shift,
            },
        ))
    })
}

/// From 1×1 to 400×120; small ones oftener, and nothing at all.
pub(super) fn any_size() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![
        6 => (1_u16..130, 1_u16..50),
        2 => (1_u16..=400, 1_u16..=120),
        1 => (0_u16..4, 0_u16..4),
        1 => Just((400, 120)),
    ]
}

pub(super) fn any_event() -> impl Strategy<Value = Told> {
    prop_oneof![
        8 => any_key(),
        10 => (any_of_link().boxed(), 0..10).prop_map(|(event, die)| {
            if die == 0 { Told::Second(event) } else { Told::Link(event) }
        }),
        1 => any_line(),
        1 => any_text().prop_map(Told::Paste),
        1 => any_size().prop_map(|(columns, rows)| Told::Resize { columns, rows }),
        1 => any::<bool>().prop_map(Told::Focus),
        1 => (any_room(), any_text()).prop_map(|(room, text)| Told::Kept(state(&room, &text))),
        1 => any_text().prop_map(|text| Told::Trouble(chat_proto::visible::visible(&text).to_string())),
        1 => Just(Told::Tick),
    ]
}

/// A command, pasted; a key may carry it out.
fn any_line() -> impl Strategy<Value = Told> {
    let rows = crate::pure::command::COMMANDS.iter();
    let examples: Vec<String> = rows.map(|row| row.example.into()).collect();
    prop::sample::select(examples).prop_map(Told::Paste)
}

fn state(room: &RoomName, text: &str) -> State {
    let unsent = Unsent {
        room: room.clone(),
        id: MessageId([0xee; 16]),
        content: Content::Text {
            kind: Kind::LINE,
            text: any_text_of(text),
        },
    };
    State {
        marks: vec![(room.clone(), LOG, Seq(9))],
        unsent: vec![unsent],
        opening: vec![(person("bob"), MessageId([0xed; 16]), any_text_of(text))],
    }
}

fn any_text_of(text: &str) -> Text {
    Text::new(text).unwrap_or_else(|_| Text::new("long").unwrap())
}

fn any_name() -> impl Strategy<Value = UserName> {
    let known = prop::sample::select(vec!["alice", "bob", "דנה", "me"]).prop_map(person);
    let strange = "\\PC{1,24}".prop_map(|name| UserName::parse(&name).unwrap_or_else(|_| person("zoe")));
    prop_oneof![4 => known, 1 => strange]
}

fn any_room() -> impl Strategy<Value = RoomName> {
    prop::sample::select(vec!["lobby", "den", "elsewhere", "=0011", "+plans-x1"]).prop_map(room)
}

fn any_seq() -> impl Strategy<Value = Seq> {
    prop_oneof![8 => 1_u64..60, 2 => 1_u64..2_000, 1 => any::<u64>(), 1 => Just(u64::MAX)].prop_map(Seq)
}

fn any_log() -> impl Strategy<Value = LogId> {
    prop_oneof![6 => Just(LOG), 1 => any::<u64>().prop_map(LogId)]
}

fn any_roles() -> impl Strategy<Value = RolesOf> {
    prop::collection::btree_map(any_name(), any_role(), 0..6)
}

fn any_role() -> impl Strategy<Value = Role> {
    (0_u16..8).prop_map(Role)
}

fn any_code() -> impl Strategy<Value = Code> {
    prop_oneof![
        Just(Code::MUTED),
        Just(Code::NAME_OWNED),
        any::<u16>().prop_map(Code)
    ]
}

fn any_listed() -> impl Strategy<Value = Listed> {
    (
        any_room(),
        prop::option::of(any_name()),
        any_role(),
        any::<u32>(),
        any_note(),
    )
        .prop_map(|(room, with, role, count, topic)| Listed {
            room,
            with,
            role,
            count,
            topic,
        })
}

fn any_unsent() -> impl Strategy<Value = Vec<Unsent>> {
    (any_room(), any_text()).prop_map(|(room, text)| state(&room, &text).unsent)
}

/// A message: a line, an action, a topic, something done to somebody, a notice that something was emptied, anything.
fn any_record() -> impl Strategy<Value = Record> {
    let said = (any_seq(), any_name(), any_text(), 0_u16..7, any::<u64>());
    let extra = (any_name(), 0_u16..10, any::<u64>(), 0..5);
    (said, extra).prop_map(
        |((seq, author, text, kind, at_unix_ms), (name, act, until_unix_ms, which))| {
            let mut extra = Extra::new();
            let acted = Acted {
                act: Act(act),
                until_unix_ms,
                name,
            };
            let is_put = match which {
                0 => extra.insert(EXTRA_ACT, &acted.to_bytes()),
                1 => extra.insert(EXTRA_UNPROVEN, &[]),
                2 => extra.insert(EXTRA_EMPTIES, &1_u64.to_be_bytes()),
                _ => true,
            };
            assert!(is_put);
            let kind = if which == 0 { Kind::MODERATION } else { Kind(kind) };
            Record {
                author,
                at_unix_ms: if which == 4 {
                    at_unix_ms
                } else {
                    Stage::record(seq.0.min(9_999), "bob", "").at_unix_ms
                },
                kind,
                text: any_text_of(&text),
                extra,
                seq,
                ..Stage::record(1, "bob", "")
            }
        },
    )
}

pub(super) fn any_of_link() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => any_of_connection(),
        3 => any_joined(),
        3 => any_of_room(),
        4 => (any_room(), any_record()).prop_map(|(room, record)| Event::Said { room, record }),
        3 => any_page(),
        2 => any_found(),
        2 => any_failed(),
        3 => any_of_people(),
    ]
}

fn any_of_connection() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => any_name().prop_map(|name| Event::Welcomed { name, storage: Storage::DISK }),
        1 => (any_code(), any_note(), any_unsent())
            .prop_map(|(code, text, unsent)| Event::Refused { code, text, unsent }),
        1 => any_text().prop_map(|fingerprint| Event::Pinned {
            server_key: PublicKey([1; 32]),
            fingerprint,
        }),
        1 => (any_text(), any_unsent()).prop_map(|(reason, unsent)| Event::Untrusted { reason, unsent }),
        2 => (any_code(), any_note(), any_text(), any::<u64>(), 0..6).prop_map(|(code, text, why, retry_in_ms, which)| {
            let cause = match which {
                0 => Cause::Unreachable,
                1 => Cause::Ended,
                2 => Cause::Silent,
                3 => Cause::Nonsense,
                4 => Cause::Unsigned,
                _ => Cause::Sent { code, text },
            };
            Event::Lost { cause, why, retry_in_ms }
        }),
        1 => any_unsent().prop_map(|unsent| Event::GaveUp { unsent }),
        1 => Just(Event::Finished),
    ]
}

fn any_joined() -> impl Strategy<Value = Event> {
    let place = (any_room(), any_log(), any_seq(), 0..3, any::<bool>());
    let names = prop::collection::vec(any_name(), 0..6);
    let people = (any::<u32>(), names, any_roles(), any_role());
    let read = prop::option::of(any_seq());
    (place, people, any_note(), read).prop_map(
        |((room, log, seq, resumed, again), (count, members, roles, role), topic, read)| Event::Joined {
            room,
            again,
            resumed: match resumed {
                0 => Resumed::Exact,
                1 => Resumed::Trimmed { first_kept: Seq(7) },
                _ => Resumed::Diverged,
            },
            position: Position {
                log,
                seq,
                id: MessageId::ZERO,
            },
            count,
            members,
            roles,
            topic,
            role,
            read,
        },
    )
}

/// What happens to a room.
fn any_of_room() -> impl Strategy<Value = Event> {
    let about = (any_room(), any_name(), any_seq(), any_note(), any_code());
    (about, 0_u64..9, 0..8).prop_map(|((room, by, seq, text, code), id, which)| {
        let id = MessageId(u128::from(id).to_be_bytes());
        match which {
            0 => Event::Emptied {
                room,
                seq,
                by,
                notice: Seq(seq.0.saturating_add(1)),
                id,
                at_unix_ms: u64::MAX,
            },
            1 => Event::Missed {
                room,
                from: Seq(1),
                to: Seq(seq.0.min(2_000)),
            },
            2 => Event::Broke { room },
            3 => Event::Left { room },
            4 => Event::Marked { room, seq },
            5 => Event::Stored { room, id, seq },
            _ => Event::Removed { room, code, text },
        }
    })
}

fn any_page() -> impl Strategy<Value = Event> {
    let numbers = (any_seq(), 0_u64..150, any::<bool>());
    (
        any_room(),
        numbers,
        any_log(),
        any_seq(),
        prop::option::of(any_record()),
    )
        .prop_map(|(room, (Seq(from), count, is_after), log, first_kept, strange)| {
            let from = from.min(u64::MAX - 200);
            let numbers = from..from + count;
            let record = |seq| Record {
                seq: Seq(seq),
                ..Stage::record(1, "bob", "old")
            };
            let mut records: Vec<Record> = numbers.map(record).collect();
            records.extend(strange);
            let span = if is_after {
                Span::After(Seq(from.saturating_sub(1)))
            } else {
                Span::Before(Seq(from + count))
            };
            let last = Seq(99);
            Event::Page {
                room,
                span,
                log,
                first_kept,
                last,
                records,
            }
        })
}

fn any_found() -> impl Strategy<Value = Event> {
    let records = prop::collection::vec(any_record(), 0..6);
    (any_room(), any_text(), any_log(), records).prop_map(|(room, words, log, records)| Event::Found {
        room,
        query: Query::words(&words),
        log,
        searched: Seq(9),
        last: Seq(9),
        records,
    })
}

fn any_failed() -> impl Strategy<Value = Event> {
    let about = (any_room(), any_name(), any_seq(), 0_u64..9);
    let why = (any_code(), any_note(), any::<bool>());
    (about, why, 0..14).prop_map(|((room, name, seq, id), (code, text, again), which)| {
        let id = MessageId(u128::from(id).to_be_bytes());
        let act = Act::BAN;
        let what = match which {
            0 => Wanted::Empty { room, id, seq },
            1 => Wanted::Join { room },
            2 => Wanted::Leave { room },
            3 => Wanted::History { room },
            4 => Wanted::Search {
                room,
                query: Query::words(""),
            },
            5 => Wanted::Members { room },
            6 => Wanted::Moderate { room, id, act, name },
            7 => Wanted::Mark { room, seq },
            8 => Wanted::Create { room },
            9 => Wanted::Open { name },
            10 => Wanted::Rooms { mine: again },
            11 => Wanted::Whois { name },
            12 => Wanted::Release { name },
            _ => Wanted::Say { room, id },
        };
        Event::Failed {
            what,
            code,
            text,
            retry_in_ms: again.then_some(5),
        }
    })
}

fn any_of_people() -> impl Strategy<Value = Event> {
    let listed = || prop::collection::vec(any_listed(), 0..4);
    let many = prop::collection::vec(any_name(), 0..60);
    prop_oneof![
        (any_room(), any_name(), any_name(), any::<u32>(), any_roles()).prop_map(
            |(room, came, went, count, roles)| Event::Presence {
                room,
                arrived: vec![came],
                left: vec![went],
                count,
                roles,
            }
        ),
        (any_room(), any::<u32>(), many, any_roles()).prop_map(|(room, count, members, roles)| {
            Event::Members {
                room,
                count,
                members,
                roles,
            }
        }),
        any_listed().prop_map(|listed| Event::Opened { listed }),
        any_listed().prop_map(|listed| Event::Announced { listed }),
        (any::<bool>(), listed(), any::<bool>()).prop_map(|(mine, list, whole)| Event::Rooms {
            mine,
            list,
            whole
        }),
        (any_name(), any::<bool>(), any::<u32>(), any_note()).prop_map(
            |(name, has_key, connections, away)| {
                Event::Person {
                    name,
                    key: has_key.then_some(PublicKey([9; 32])),
                    connections,
                    away,
                }
            }
        ),
        any_note().prop_map(|text| Event::Away { text }),
        any_name().prop_map(|name| Event::Released { name }),
    ]
}
