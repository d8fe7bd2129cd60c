//! What a peer can't do to us, whatever it sends.

use chat_proto::codec::{DecodeError, decode_client, decode_server, encode_client, encode_server};
use chat_proto::frame::{Decoder, FrameError};
use chat_proto::ids::{MessageId, Seq};
use chat_proto::limits::*;
use chat_proto::list::Extra;
use chat_proto::message::{ClientMessage, EXTRA_EMPTIES, Kind, Ping, Record};
use chat_proto::name::UserName;
use chat_proto::text::Text;
use proptest::prelude::*;

use counted::counted;

#[path = "common/counted.rs"]
mod counted;
#[path = "common/samples.rs"]
mod samples;

/// A claim alone may cost no more than this, however much is claimed.
const CLAIM_BYTES_MAX: usize = 4 * 1024;

#[test]
fn a_frame_that_claims_too_much_is_refused_for_ever_and_costs_nothing() {
    for (claimed_bytes, other_protocol) in [
        (17_u32, false),
        (0x00ff_ffff, false),
        (0x0100_0000, true),
        (u32::MAX, true),
    ] {
        let error = FrameError::TooLong {
            claimed_bytes,
            bytes_max: 16,
        };
        assert_eq!(error.is_other_protocol(), other_protocol);
        let mut decoder = Decoder::new(16);
        let bytes = claimed_bytes.to_be_bytes();
        let (result, allocated_bytes) = counted(|| decoder.next(&mut &bytes[..]).map(|_| ()));
        assert_eq!((result, allocated_bytes), (Err(error), 0));
        decoder.keep(&[0, 0, 0, 1, 7]);
        assert_eq!(decoder.next(&mut &[0, 0, 0, 1, 7][..]), Err(error));
        assert_eq!(decoder.buffered_bytes(), 0);
    }
}

#[test]
fn a_long_claim_is_refused_also_if_it_arrives_in_pieces() {
    let mut decoder = Decoder::new(16);
    for byte in [0, 0, 0] {
        assert_eq!(decoder.next(&mut &[byte][..]), Ok(None));
    }
    let error = FrameError::TooLong {
        claimed_bytes: 17,
        bytes_max: 16,
    };
    assert_eq!(decoder.next(&mut &[17, 1, 2][..]), Err(error));
    assert_eq!(decoder.next(&mut &[][..]), Err(error));
}

#[test]
fn an_empty_frame_is_refused() {
    let mut decoder = Decoder::new(16);
    assert_eq!(decoder.next(&mut &[0, 0, 0, 0][..]), Err(FrameError::Empty));
    assert!(!FrameError::Empty.is_other_protocol());
}

#[test]
fn other_protocols_are_recognised() {
    for greeting in [&b"GET / HTTP/1.1\r\n"[..], b"SSH-2.0-", b"\x16\x03\x01\x02\x00"] {
        let error = Decoder::new(HELLO_FRAME_BYTES_MAX)
            .next(&mut &greeting[..])
            .unwrap_err();
        assert!(error.is_other_protocol(), "{error}");
    }
}

#[test]
fn an_unfinished_frame_costs_what_arrived_and_a_finished_one_nothing() {
    let mut decoder = Decoder::new(FRAME_BYTES_MAX);
    let mut frame = vec![0, 0, 0x80, 0];
    frame.resize(4 + 0x8000, 7);
    let (_, allocated_bytes) = counted(|| assert_eq!(decoder.next(&mut &frame[..100]), Ok(None)));
    assert!(allocated_bytes <= 200, "{allocated_bytes}");
    for chunk in frame[100..].chunks(100) {
        let _ = decoder.next(&mut &chunk[..]).unwrap();
    }
    assert_eq!(decoder.next(&mut &[][..]), Ok(None));
    // Had it kept its memory, this would fit in without more.
    let (_, allocated_bytes) = counted(|| assert_eq!(decoder.next(&mut &frame[..100]), Ok(None)));
    assert!(allocated_bytes > 0);
}

/// Every sample's payload, the client's and the server's.
fn payloads() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let client = samples::client().into_iter().map(|(_, message)| {
        let mut payload = Vec::new();
        encode_client(&message, &mut payload);
        payload
    });
    let server = samples::server().into_iter().map(|(_, message)| {
        let mut payload = Vec::new();
        encode_server(&message, &mut payload);
        payload
    });
    (client.collect(), server.collect())
}

#[test]
fn no_beginning_of_a_message_is_a_message() {
    let (client, server) = payloads();
    for payload in client {
        for cut in 0..payload.len() {
            assert_eq!(
                decode_client(&payload[..cut]),
                Err(DecodeError::Malformed),
                "{payload:?} up to {cut}"
            );
        }
    }
    for payload in server {
        for cut in 0..payload.len() {
            assert_eq!(
                decode_server(&payload[..cut]),
                Err(DecodeError::Malformed),
                "{payload:?} up to {cut}"
            );
        }
    }
}

#[test]
fn nothing_may_follow_a_message_in_its_frame() {
    let (client, server) = payloads();
    for mut payload in client {
        payload.push(0);
        assert_eq!(
            decode_client(&payload),
            Err(DecodeError::Malformed),
            "{payload:?}"
        );
    }
    for mut payload in server {
        payload.push(0);
        assert_eq!(
            decode_server(&payload),
            Err(DecodeError::Malformed),
            "{payload:?}"
        );
    }
}

#[test]
fn a_number_may_be_written_longer_than_needed() {
    let ping = Ok(ClientMessage::Ping(Ping { request: 5 }));
    assert_eq!(decode_client(&[7, 5]), ping);
    assert_eq!(decode_client(&[7, 251, 5, 0]), ping);
    assert_eq!(decode_client(&[251, 7, 0, 252, 5, 0, 0, 0]), ping);
    // But not wider than its type, even if its value would fit.
    assert_eq!(
        decode_client(&[7, 253, 5, 0, 0, 0, 0, 0, 0, 0]),
        Err(DecodeError::Malformed)
    );
    assert_eq!(decode_client(&[7, 254]), Err(DecodeError::Malformed));
    assert_eq!(decode_client(&[7, 255]), Err(DecodeError::Malformed));
}

/// The longest numbers that can stand where a length is expected.
const CLAIMS: [&[u8]; 4] = [
    &[251, 0xff, 0xff],
    &[252, 0xff, 0xff, 0xff, 0xff],
    &[253, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
    &[253, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];

#[test]
fn a_huge_claim_anywhere_in_a_message_costs_next_to_nothing() {
    let (client, server) = payloads();
    let check = |bytes: &[u8]| {
        let (_, allocated_bytes) = counted(|| (decode_client(bytes).is_ok(), decode_server(bytes).is_ok()));
        assert!(
            allocated_bytes < CLAIM_BYTES_MAX,
            "{allocated_bytes} bytes for {bytes:?}"
        );
    };
    for payload in client.iter().chain(&server) {
        for at in 0..payload.len() {
            for claim in CLAIMS {
                // In place of the byte, with the rest after it or cut off.
                let mut bytes = payload[..at].to_vec();
                bytes.extend_from_slice(claim);
                check(&bytes);
                bytes.extend_from_slice(&payload[at + 1..]);
                check(&bytes);
            }
        }
    }
}

#[test]
fn only_a_notice_of_an_earlier_message_says_that_it_was_emptied() {
    let notice = |kind, seq: u64, number: &[u8]| {
        let mut extra = Extra::new();
        assert!(extra.insert(EXTRA_EMPTIES, number));
        let record = Record {
            seq: Seq(seq),
            id: MessageId::ZERO,
            author: UserName::parse("alice").unwrap(),
            at_unix_ms: 0,
            kind,
            text: Text::default(),
            extra,
        };
        record.empties()
    };
    let number = 17_u64.to_be_bytes();
    assert_eq!(notice(Kind::MODERATION, 18, &number), Some(Seq(17)));
    assert_eq!(notice(Kind::MODERATION, u64::MAX, &number), Some(Seq(17)));
    for kind in [Kind::LINE, Kind::EMPTIED, Kind(u16::MAX)] {
        assert_eq!(notice(kind, 18, &number), None);
    }
    // Itself, one to come, none, and what is no number.
    assert_eq!(notice(Kind::MODERATION, 17, &number), None);
    assert_eq!(notice(Kind::MODERATION, 1, &number), None);
    assert_eq!(notice(Kind::MODERATION, 1, &[0; 8]), None);
    for broken in [&[][..], &[0; 7], &[0; 9], &[0xff; 8]] {
        assert_eq!(notice(Kind::MODERATION, 18, broken), None, "{broken:?}");
    }
}

/// A `Joined` up to where its members follow.
const JOINED: &[u8] = b"\x02\x01\x05lobby\x05\x01AAAAAAAAAAAAAAAA\x01\x00\x07\x02";

#[test]
fn a_list_is_refused_by_its_claim_before_its_values() {
    let names = |count: u8| [JOINED, &[count], &b"\x01a".repeat(usize::from(count)), &[0]].concat();
    assert!(decode_server(&names(128)).is_ok());
    assert_eq!(decode_server(&names(129)), Err(DecodeError::Malformed));
    let (_, allocated_bytes) = counted(|| decode_server(&names(129)).is_ok());
    let (_, allocated_by_test) = counted(|| names(129));
    assert!(
        allocated_bytes - allocated_by_test < 256,
        "{allocated_bytes} with {allocated_by_test}"
    );
}

#[test]
fn extras_are_bounded_in_entries_and_bytes_and_each_number_is_there_once() {
    let extra = |entries: &[(u8, usize)]| {
        let mut bytes = [JOINED, &[0]].concat();
        bytes.push(u8::try_from(entries.len()).unwrap());
        for (key, value_bytes) in entries {
            bytes.extend_from_slice(&[*key, 251]);
            bytes.extend_from_slice(&u16::try_from(*value_bytes).unwrap().to_le_bytes());
            bytes.resize(bytes.len() + value_bytes, 7);
        }
        decode_server(&bytes).map(drop)
    };
    assert_eq!(extra(&[(1, 1000), (2, 24)]), Ok(()));
    assert_eq!(extra(&[(1, 1000), (2, 25)]), Err(DecodeError::Malformed));
    assert_eq!(extra(&[(1, 0), (1, 0)]), Err(DecodeError::Malformed));
    let keys: Vec<_> = (0..9).map(|key| (key, 1)).collect();
    assert_eq!(extra(&keys[..8]), Ok(()));
    assert_eq!(extra(&keys), Err(DecodeError::Malformed));
}

#[test]
fn strings_over_their_limit_are_malformed() {
    let say = |text_bytes: usize| {
        let mut bytes = b"\x03\x01\x05lobbyAAAAAAAAAAAAAAAA\x00\xfb".to_vec();
        bytes.extend_from_slice(&u16::try_from(text_bytes).unwrap().to_le_bytes());
        bytes.resize(bytes.len() + text_bytes, b'x');
        bytes.push(0);
        decode_client(&bytes).map(drop)
    };
    assert_eq!(say(TEXT_BYTES_MAX), Ok(()));
    assert_eq!(say(TEXT_BYTES_MAX + 1), Err(DecodeError::Malformed));

    let note = |note_bytes: usize| {
        let mut bytes = b"\x0b\x01\x02\xfb".to_vec();
        bytes.extend_from_slice(&u16::try_from(note_bytes).unwrap().to_le_bytes());
        bytes.resize(bytes.len() + note_bytes, b'x');
        bytes.push(0);
        decode_server(&bytes).map(drop)
    };
    assert_eq!(note(NOTE_BYTES_MAX), Ok(()));
    assert_eq!(note(NOTE_BYTES_MAX + 1), Err(DecodeError::Malformed));

    let words = |words_bytes: usize| {
        let mut bytes = b"\x0a\x01\x05lobby\xfb".to_vec();
        bytes.extend_from_slice(&u16::try_from(words_bytes).unwrap().to_le_bytes());
        bytes.resize(bytes.len() + words_bytes, b'x');
        bytes.extend_from_slice(&[0, 0, 0, 1, 1]);
        decode_client(&bytes).map(drop)
    };
    assert_eq!(words(NOTE_BYTES_MAX), Ok(()));
    assert_eq!(words(NOTE_BYTES_MAX + 1), Err(DecodeError::Malformed));

    let join = |name_bytes: usize| {
        let mut bytes = b"\x01\x01\xfb".to_vec();
        bytes.extend_from_slice(&u16::try_from(name_bytes).unwrap().to_le_bytes());
        bytes.resize(bytes.len() + name_bytes, 0x1b);
        bytes.extend_from_slice(&[0, 0, 0]);
        decode_client(&bytes).map(drop)
    };
    assert_eq!(join(RAW_NAME_BYTES_MAX), Ok(()));
    assert_eq!(join(RAW_NAME_BYTES_MAX + 1), Err(DecodeError::Malformed));
}

#[test]
fn the_wire_carries_no_room_in_upper_case_and_no_name_that_is_none() {
    let leave = |name: &[u8]| {
        let length = u8::try_from(name.len()).unwrap();
        decode_client(&[&[2, 1, length], name].concat()).map(drop)
    };
    assert_eq!(leave("größe.2".as_bytes()), Ok(()));
    for name in ["Lobby", "GRÖSSE", "", "a b", "-a", "a\u{200b}", "a\u{1b}"] {
        assert_eq!(leave(name.as_bytes()), Err(DecodeError::Malformed), "{name:?}");
    }
    assert_eq!(leave(b"a\xff"), Err(DecodeError::Malformed));
}

#[test]
fn an_alternative_that_does_not_exist_is_malformed() {
    assert!(decode_client(b"\x05\x01\x05lobby\x01\x00\x00").is_ok());
    assert_eq!(
        decode_client(b"\x05\x01\x05lobby\x02\x00\x00"),
        Err(DecodeError::Malformed)
    );
    // A search for everything, up to the last of its three options.
    let search = |until: u8| [b"\x0a\x01\x05lobby\x00\x00\x00", &[until, 1, 1][..]].concat();
    assert!(decode_client(&search(0)).is_ok());
    assert_eq!(decode_client(&search(2)), Err(DecodeError::Malformed));
    // An option is absent or there, nothing else.
    let hello = |resume: u8| [b"\x00\x01\x01\x01aAAAAAAAAAAAAAAAA", &[resume, 0][..]].concat();
    assert!(decode_client(&hello(0)).is_ok());
    assert_eq!(decode_client(&hello(2)), Err(DecodeError::Malformed));
}

proptest! {
    #[test]
    fn random_bytes_are_an_error_or_a_message_and_never_a_panic(bytes: Vec<u8>) {
        let mut decoder = Decoder::new(64);
        let mut input = &bytes[..];
        while let Ok(Some(_)) = decoder.next(&mut input) {}
        let _ = decode_client(&bytes);
        let _ = decode_server(&bytes);
    }

    #[test]
    fn a_damaged_message_is_an_error_or_another_message(
        index: prop::sample::Index,
        at: prop::sample::Index,
        byte: u8,
    ) {
        let (client, server) = payloads();
        let mut payload = index.get(&client).clone();
        *at.get_mut(&mut payload) = byte;
        if let Ok(message) = decode_client(&payload) {
            let mut again = Vec::new();
            encode_client(&message, &mut again);
            prop_assert_eq!(decode_client(&again), Ok(message));
        }
        let mut payload = index.get(&server).clone();
        *at.get_mut(&mut payload) = byte;
        if let Ok(message) = decode_server(&payload) {
            let mut again = Vec::new();
            encode_server(&message, &mut again);
            prop_assert_eq!(decode_server(&again), Ok(message));
        }
    }
}
