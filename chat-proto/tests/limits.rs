//! The longest messages that our own types allow fit their frames.

use chat_proto::codec::{encode_client, encode_server};
use chat_proto::frame::write_server;
use chat_proto::ids::{Instance, LogId, MessageId, Position, Secret, Seq};
use chat_proto::limits::*;
use chat_proto::list::{Extra, List};
use chat_proto::message::*;
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::{Note, Text};

const ID: MessageId = MessageId([0xff; 16]);

fn longest_name() -> String {
    let name = "𝒳".repeat(NAME_BYTES_MAX / 4);
    assert_eq!(name.len(), NAME_BYTES_MAX);
    name
}

fn longest_user() -> UserName {
    UserName::parse(&longest_name()).expect("a name")
}

fn longest_room() -> RoomName {
    RoomName::parse(&longest_name()).expect("a name")
}

fn longest_extra() -> Extra {
    let mut extra = Extra::new();
    for key in 0..EXTRA_ENTRIES_MAX {
        let key = u16::MAX - u16::try_from(key).expect("a few entries");
        // One entry as long as can be, because a length costs more when it is longer.
        let value_bytes = if key == u16::MAX {
            EXTRA_BYTES_MAX - (EXTRA_ENTRIES_MAX - 1)
        } else {
            1
        };
        assert!(extra.insert(key, &vec![0xff; value_bytes]));
    }
    assert!(!extra.insert(0, b""));
    extra
}

fn record(text: &str, extra: Extra) -> Record {
    Record {
        seq: Seq::MAX,
        id: ID,
        author: longest_user(),
        at_unix_ms: u64::MAX,
        kind: Kind(u16::MAX),
        text: Text::new(text).expect("short enough"),
        extra,
    }
}

fn bytes_of(message: &ServerMessage) -> usize {
    let mut payload = Vec::new();
    encode_server(message, &mut payload);
    payload.len()
}

fn page(records: List<Record, PAGE_RECORDS_MAX>) -> ServerMessage {
    ServerMessage::Page(Page {
        request: u32::MAX,
        room: longest_room(),
        log: LogId(u64::MAX),
        first_kept: Seq::MAX,
        last: Seq::MAX,
        records,
    })
}

#[test]
fn the_longest_hello_fits_the_frame_of_a_stranger() {
    let mut payload = Vec::new();
    let hello = Hello {
        version_oldest: u16::MAX,
        version_newest: u16::MAX,
        name: RawName::new(&"x".repeat(RAW_NAME_BYTES_MAX)).unwrap(),
        instance: Instance([0xff; 16]),
        resume: Some(Secret::from_bytes([0xff; 16])),
        extra: longest_extra(),
    };
    encode_client(&ClientMessage::Hello(hello), &mut payload);
    assert!(payload.len() <= HELLO_FRAME_BYTES_MAX, "{}", payload.len());
}

#[test]
fn the_longest_say_fits_a_frame() {
    let mut payload = Vec::new();
    let say = Say {
        request: u32::MAX,
        room: longest_room(),
        id: ID,
        kind: Kind(u16::MAX),
        text: Text::new(&"x".repeat(TEXT_BYTES_MAX)).unwrap(),
        extra: longest_extra(),
    };
    encode_client(&ClientMessage::Say(say), &mut payload);
    assert!(payload.len() <= FRAME_BYTES_MAX, "{}", payload.len());
}

#[test]
fn the_longest_search_fits_a_frame_and_what_it_finds_counts_as_a_page() {
    let mut payload = Vec::new();
    let search = Search {
        request: u32::MAX,
        room: longest_room(),
        words: Note::new("x".repeat(NOTE_BYTES_MAX)),
        author: Some(longest_user()),
        since_unix_ms: Some(u64::MAX),
        until_unix_ms: Some(u64::MAX),
        before: Seq::MAX,
        limit: u32::MAX,
    };
    encode_client(&ClientMessage::Search(search), &mut payload);
    assert!(payload.len() <= HELLO_FRAME_BYTES_MAX, "{}", payload.len());
    let found = ServerMessage::Found(Found {
        request: u32::MAX,
        room: longest_room(),
        log: LogId(u64::MAX),
        searched: Seq::MAX,
        last: Seq::MAX,
        records: List::new(),
    });
    assert!(bytes_of(&found) <= PAGE_HEADER_BYTES_MAX, "{}", bytes_of(&found));
}

#[test]
fn the_longest_lists_of_names_fit_a_frame() {
    let joined = ServerMessage::Joined(Joined {
        request: u32::MAX,
        room: longest_room(),
        position: Position {
            log: LogId(u64::MAX),
            seq: Seq::MAX,
            id: ID,
        },
        next: Seq::MAX,
        resumed: Resumed::Trimmed { first_kept: Seq::MAX },
        presence_version: u64::MAX,
        count: u32::MAX,
        members: List::from_first(std::iter::repeat_with(longest_user)),
        extra: longest_extra(),
    });
    let presence = ServerMessage::Presence(Presence {
        room: longest_room(),
        version: u64::MAX,
        count: u32::MAX,
        arrived: List::from_first(std::iter::repeat_with(longest_user)),
        left: List::from_first(std::iter::repeat_with(longest_user)),
        extra: longest_extra(),
    });
    let members = ServerMessage::MemberPage(MemberPage {
        request: u32::MAX,
        room: longest_room(),
        presence_version: u64::MAX,
        count: u32::MAX,
        page: u32::MAX,
        pages: u32::MAX,
        members: List::from_first(std::iter::repeat_with(longest_user)),
        extra: longest_extra(),
    });
    for message in [joined, presence, members] {
        assert!(bytes_of(&message) <= FRAME_BYTES_MAX, "{}", bytes_of(&message));
    }
}

#[test]
fn the_longest_notes_fit_a_frame() {
    let text = Note::new("x".repeat(NOTE_BYTES_MAX));
    let goodbye = Goodbye {
        code: Code(u16::MAX),
        text,
        come_back_after_ms: u32::MAX,
    };
    assert!(bytes_of(&ServerMessage::Goodbye(goodbye)) <= HELLO_FRAME_BYTES_MAX);
}

#[test]
fn a_record_is_never_longer_than_it_is_counted() {
    let empty = bytes_of(&page(List::new()));
    assert!(empty <= PAGE_HEADER_BYTES_MAX, "{empty}");
    let longest = "x".repeat(TEXT_BYTES_MAX);
    for text in ["", "hello", &longest] {
        for extra in [Extra::new(), longest_extra()] {
            let record = record(text, extra);
            let counted = record.wire_bytes_max();
            let written = bytes_of(&page(List::from_first([record]))) - empty;
            assert!(written <= counted, "{written} > {counted}");
            assert!(
                counted <= written + 2 * EXTRA_ENTRIES_MAX + 16,
                "{written} is far less than {counted}"
            );
            assert!(counted <= RECORD_HEADER_BYTES_MAX + text.len());
        }
    }
}

#[test]
#[should_panic(expected = "a frame at most 65536")]
fn a_page_that_was_not_counted_is_caught_before_it_leaves() {
    let text = "x".repeat(TEXT_BYTES_MAX);
    let records = List::from_first((0..8).map(|_| record(&text, Extra::new())));
    write_server(&page(records), &mut Vec::new());
}
