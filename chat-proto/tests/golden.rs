//! The bytes of every message, as the released versions sent them: `golden/client.txt` and `golden/server.txt`, a
//! name and the payload in hex on each line. A message that is added gets a sample and a line; a line that is there
//! never changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Write};

use chat_proto::codec::{DecodeError, decode_client, decode_server, encode_client, encode_server};
use chat_proto::message::{Announced, ClientMessage, From, Opened, Resumed, ServerMessage, Span};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[path = "common/samples.rs"]
mod samples;

const CLIENT: &str = include_str!("golden/client.txt");
const SERVER: &str = include_str!("golden/server.txt");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string can be written");
        hex
    })
}

fn unhex(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Each golden line by its name.
fn golden(text: &str) -> BTreeMap<&str, &str> {
    let mut lines = BTreeMap::new();
    for line in text.lines() {
        let (name, hex) = line.split_once(' ').expect("a name and hex");
        assert_eq!(lines.insert(name, hex), None, "{name} is there twice");
    }
    lines
}

fn check<M: PartialEq + Debug + Serialize + DeserializeOwned>(
    samples: Vec<(&str, M)>,
    golden_text: &str,
    encode: fn(&M, &mut Vec<u8>),
    decode: fn(&[u8]) -> Result<M, DecodeError>,
) {
    let lines = golden(golden_text);
    let mut now = String::new();
    for (name, message) in &samples {
        let mut payload = b"before".to_vec();
        encode(message, &mut payload);
        assert_eq!(payload.drain(..6).as_slice(), b"before", "a payload is appended");
        writeln!(now, "{name} {}", hex(&payload)).expect("a string can be written");
    }
    assert!(golden(&now) == lines, "the bytes of now:\n{now}");
    for (name, message) in samples {
        let payload = unhex(lines[name]);
        assert_eq!(decode(&payload).as_ref(), Ok(&message), "{name}");
        check_with_other_implementation(name, &message, &payload);
    }
}

fn check_with_other_implementation<M>(name: &str, message: &M, payload: &[u8])
where
    M: PartialEq + Debug + Serialize + DeserializeOwned,
{
    let config = bincode_next::config::standard();
    let (decoded, used): (M, usize) =
        bincode_next::serde::decode_from_slice(payload, config).expect("the same layout");
    assert_eq!((&decoded, used), (message, payload.len()), "{name}");
    let encoded = bincode_next::serde::encode_to_vec(message, config).expect("the same layout");
    assert_eq!(encoded, payload, "{name}");
}

#[test]
fn every_message_of_a_client_has_its_bytes_for_ever() {
    check(samples::client(), CLIENT, encode_client, decode_client);
}

#[test]
fn every_message_of_the_server_has_its_bytes_for_ever() {
    check(samples::server(), SERVER, encode_server, decode_server);
}

/// The number of each message of a client. A new message stops the compiler here, and asks for its sample.
fn client_tag(message: &ClientMessage) -> u8 {
    match message {
        ClientMessage::Hello(_) => 0,
        ClientMessage::Join(_) => 1,
        ClientMessage::Leave(_) => 2,
        ClientMessage::Say(_) => 3,
        ClientMessage::Withdraw(_) => 4,
        ClientMessage::History(_) => 5,
        ClientMessage::Members(_) => 6,
        ClientMessage::Ping(_) => 7,
        ClientMessage::Pong(_) => 8,
        ClientMessage::Empty(_) => 9,
        ClientMessage::Search(_) => 10,
        ClientMessage::Create(_) => 11,
        ClientMessage::Open(_) => 12,
        ClientMessage::Moderate(_) => 13,
        ClientMessage::Mark(_) => 14,
        ClientMessage::Rooms(_) => 15,
        ClientMessage::Whois(_) => 16,
        ClientMessage::Away(_) => 17,
        ClientMessage::Release(_) => 18,
    }
}

/// The number of each message of the server. A new message stops the compiler here, and asks for its sample.
fn server_tag(message: &ServerMessage) -> u8 {
    match message {
        ServerMessage::Welcome(_) => 0,
        ServerMessage::Refused(_) => 1,
        ServerMessage::Joined(_) => 2,
        ServerMessage::Left(_) => 3,
        ServerMessage::Said(_) => 4,
        ServerMessage::Stored(_) => 5,
        ServerMessage::Withdrawn(_) => 6,
        ServerMessage::Presence(_) => 7,
        ServerMessage::MemberPage(_) => 8,
        ServerMessage::Page(_) => 9,
        ServerMessage::Missed(_) => 10,
        ServerMessage::Failed(_) => 11,
        ServerMessage::Ping(_) => 12,
        ServerMessage::Pong(_) => 13,
        ServerMessage::Goodbye(_) => 14,
        ServerMessage::Found(_) => 15,
        ServerMessage::Done(_) => 16,
        ServerMessage::Opened(_) => 17,
        ServerMessage::RoomPage(_) => 18,
        ServerMessage::Person(_) => 19,
        ServerMessage::Announced(_) => 20,
        ServerMessage::Removed(_) => 21,
        ServerMessage::Marked(_) => 22,
    }
}

/// The first byte of each payload is the number of its message, and there is one of each up to `count`.
fn check_tags<M>(samples: &[(&str, M)], golden_text: &str, tag: fn(&M) -> u8, count: u32) {
    let lines = golden(golden_text);
    let mut seen = BTreeSet::new();
    for (name, message) in samples {
        assert_eq!(unhex(lines[name])[0], tag(message), "{name}");
        seen.insert(u32::from(tag(message)));
    }
    assert_eq!(seen, (0..count).collect());
}

#[test]
fn no_message_is_without_golden_bytes() {
    check_tags(&samples::client(), CLIENT, client_tag, ClientMessage::COUNT);
    check_tags(&samples::server(), SERVER, server_tag, ServerMessage::COUNT);
}

#[test]
fn every_alternative_inside_a_message_has_golden_bytes() {
    let mut seen = BTreeSet::new();
    for (_, message) in samples::client() {
        match message {
            ClientMessage::Hello(hello) if hello.resume.is_some() => seen.insert("resume"),
            ClientMessage::Hello(_) => seen.insert("no resume"),
            ClientMessage::Join(join) => match join.from {
                From::Tail(_) => seen.insert("from tail"),
                From::After(_) => seen.insert("from after"),
            },
            ClientMessage::History(history) => match history.span {
                Span::Before(_) => seen.insert("span before"),
                Span::After(_) => seen.insert("span after"),
            },
            ClientMessage::Search(search) if search.author.is_some() => seen.insert("all asked"),
            ClientMessage::Search(_) => seen.insert("nothing asked"),
            ClientMessage::Rooms(rooms) if rooms.after.is_some() => seen.insert("rooms after"),
            ClientMessage::Rooms(_) => seen.insert("rooms from the first"),
            ClientMessage::Leave(_)
            | ClientMessage::Say(_)
            | ClientMessage::Withdraw(_)
            | ClientMessage::Members(_)
            | ClientMessage::Empty(_)
            | ClientMessage::Create(_)
            | ClientMessage::Open(_)
            | ClientMessage::Moderate(_)
            | ClientMessage::Mark(_)
            | ClientMessage::Whois(_)
            | ClientMessage::Away(_)
            | ClientMessage::Release(_)
            | ClientMessage::Ping(_)
            | ClientMessage::Pong(_) => false,
        };
    }
    for (_, message) in samples::server() {
        if let ServerMessage::Joined(joined) = &message {
            match joined.resumed {
                Resumed::Exact => seen.insert("exact"),
                Resumed::Trimmed { .. } => seen.insert("trimmed"),
                Resumed::Diverged => seen.insert("diverged"),
            };
        }
        if let ServerMessage::Person(person) = &message {
            seen.insert(if person.key.is_some() { "key" } else { "no key" });
        }
        if let ServerMessage::Opened(Opened { listed, .. }) | ServerMessage::Announced(Announced { listed }) =
            &message
        {
            seen.insert(if listed.with.is_some() {
                "direct"
            } else {
                "private"
            });
        }
    }
    assert_eq!(seen.len(), 17, "{seen:?}");
}

#[test]
fn a_message_of_a_later_version_is_told_from_a_broken_one() {
    let unknown = |tag, request| Err(DecodeError::Unknown { tag, request });
    assert_eq!(decode_client(&[19, 5, 1, 2, 3]).map(drop), unknown(19, 5));
    assert_eq!(decode_client(&[250]).map(drop), unknown(250, 0));
    assert_eq!(
        decode_client(&[251, 0, 1, 251, 0x2c, 1]).map(drop),
        unknown(256, 300)
    );
    assert_eq!(
        decode_client(&[19, 253, 0, 0, 0, 0, 1, 0, 0, 0]).map(drop),
        unknown(19, 0)
    );
    assert_eq!(decode_server(&[23, 5]).map(drop), unknown(23, 5));
    assert_eq!(decode_client(&[8, 5]).map(drop), Ok(()));
    assert_eq!(decode_server(&[13, 5]).map(drop), Ok(()));
    for broken in [
        &[][..],
        &[251],
        &[253, 0, 0, 0, 0, 1, 0, 0, 0],
        &[254],
        &[255],
        &[7],
        &[9],
        &[10],
    ] {
        assert_eq!(
            decode_client(broken).map(drop),
            Err(DecodeError::Malformed),
            "{broken:?}"
        );
        assert_eq!(
            decode_server(broken).map(drop),
            Err(DecodeError::Malformed),
            "{broken:?}"
        );
    }
}

#[test]
fn the_number_of_a_request_is_read_even_from_a_message_that_nobody_knows() {
    let with_unknown_tag = |payload: Vec<u8>| [&[200], &payload[1..]].concat();
    for (name, message) in samples::client() {
        let mut payload = Vec::new();
        encode_client(&message, &mut payload);
        let request = message.request();
        // A hello has none, and is never unknown.
        if client_tag(&message) > 0 {
            let unknown = Err(DecodeError::Unknown { tag: 200, request });
            assert_eq!(decode_client(&with_unknown_tag(payload)), unknown, "{name}");
        } else {
            assert_eq!(request, 0, "{name}");
        }
    }
    for (name, message) in samples::server() {
        let mut payload = Vec::new();
        encode_server(&message, &mut payload);
        if let Some(request) = message.answers() {
            let unknown = Err(DecodeError::Unknown { tag: 200, request });
            assert_eq!(decode_server(&with_unknown_tag(payload)), unknown, "{name}");
        }
    }
}
