//! Links survive the way through a shell, and nothing else is taken for one.

use chat_proto::ids::{Invitation, PublicKey};
use chat_proto::limits::LINK_BYTES_MAX;
use chat_proto::link::{Host, Link, LinkError};
use chat_proto::name::{NameError, RoomName};
use proptest::prelude::*;

const KEY: &str = "aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq";
const INVITATION: &str = "pf4xs6lzpf4xs6lzpf4xs6lzpe";

fn link(host: &str, room: &str) -> Link {
    Link {
        host: Host::parse(host).expect("a host of a test"),
        port: 8000,
        room: RoomName::parse(room).expect("a room of a test"),
        server_key: PublicKey([1; 32]),
        invitation: Some(Invitation::from_bytes([0x79; 16])),
    }
}

#[test]
fn a_link_is_written_as_promised() {
    let mut link = link("chat.example.org", "lobby");
    let text = format!("chat://chat.example.org:8000/lobby/{KEY}/{INVITATION}");
    assert_eq!(link.expose(), text);
    assert_eq!(Link::parse(&text), Ok(link.clone()));
    link.invitation = None;
    let text = format!("chat://chat.example.org:8000/lobby/{KEY}");
    assert_eq!(link.expose(), text);
    assert_eq!(Link::parse(&text), Ok(link.clone()));
    assert_eq!(link.server(), "chat.example.org:8000");
}

#[test]
fn rooms_of_every_script_survive() {
    for (room, part) in [
        ("tea-room_1.2", "tea-room_1.2"),
        ("café", "_mnqwnq5j"),
        ("чай", "_2gd5bmgqxe"),
    ] {
        let link = link("127.0.0.1", room);
        let text = link.expose();
        assert_eq!(text.split('/').nth(3), Some(part), "{room}");
        assert!(text.is_ascii());
        assert_eq!(Link::parse(&text), Ok(link));
    }
}

#[test]
fn addresses_are_hosts_too() {
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[2001:db8::7]",
        "Chat.Example",
        "xn--caf-dma.example",
    ] {
        let link = link(host, "lobby");
        assert_eq!(Link::parse(&link.expose()), Ok(link), "{host}");
    }
}

#[test]
fn the_longest_link_is_a_link() {
    let label = "h".repeat(63);
    let host = [&label[..], &label, &label, &label[..61]].join(".");
    let mut link = link(&host, &"\u{10428}".repeat(24));
    link.port = u16::MAX;
    let text = link.expose();
    assert!(text.len() <= LINK_BYTES_MAX, "{}", text.len());
    assert_eq!(Link::parse(&text), Ok(link));
}

#[test]
fn what_is_no_link_is_refused_with_its_reason() {
    let key = KEY;
    let long = "h".repeat(LINK_BYTES_MAX);
    for (text, error) in [
        (String::new(), LinkError::Scheme),
        ("http://h:1/lobby".into(), LinkError::Scheme),
        (format!("CHAT://h:1/lobby/{key}"), LinkError::Scheme),
        (format!(" chat://h:1/lobby/{key}"), LinkError::Scheme),
        (format!("chat://{long}:1/lobby/{key}"), LinkError::TooLong),
        ("chat://h:1".into(), LinkError::Parts),
        ("chat://h:1/lobby".into(), LinkError::Parts),
        (format!("chat://h:1/lobby/{key}/{INVITATION}/"), LinkError::Parts),
        (format!("chat://h/lobby/{key}"), LinkError::Port),
        (format!("chat://h:/lobby/{key}"), LinkError::Port),
        (format!("chat://h:0/lobby/{key}"), LinkError::Port),
        (format!("chat://h:+1/lobby/{key}"), LinkError::Port),
        (format!("chat://h:01/lobby/{key}"), LinkError::Port),
        (format!("chat://h:65536/lobby/{key}"), LinkError::Port),
        (format!("chat://:1/lobby/{key}"), LinkError::Host),
        (format!("chat://user@h:1/lobby/{key}"), LinkError::Host),
        (format!("chat://$(id):1/lobby/{key}"), LinkError::Host),
        (format!("chat://-oProxy:1/lobby/{key}"), LinkError::Host),
        (format!("chat://a..b:1/lobby/{key}"), LinkError::Host),
        (format!("chat://h\u{e9}:1/lobby/{key}"), LinkError::Host),
        (format!("chat://::1:1/lobby/{key}"), LinkError::Host),
        (format!("chat://[::1:1/lobby/{key}"), LinkError::Host),
        (format!("chat://[0:0::1]:1/lobby/{key}"), LinkError::Host),
        (format!("chat://[fe80::1%eth0]:1/lobby/{key}"), LinkError::Host),
        (format!("chat://h:1//{key}"), LinkError::Room(NameError::Empty)),
        (
            format!("chat://h:1/a%20b/{key}"),
            LinkError::Room(NameError::Character('%')),
        ),
        (format!("chat://h:1/Lobby/{key}"), LinkError::RoomSpelling),
        (format!("chat://h:1/caf\u{e9}/{key}"), LinkError::RoomSpelling),
        // `lobby` needs no other spelling; bytes that are no UTF-8 spell nothing.
        (format!("chat://h:1/_nrxwe4dz/{key}"), LinkError::RoomSpelling),
        (format!("chat://h:1/_74/{key}"), LinkError::RoomSpelling),
        (format!("chat://h:1/_!/{key}"), LinkError::RoomSpelling),
        (format!("chat://h:1/lobby/{}", &key[1..]), LinkError::Key),
        (format!("chat://h:1/lobby/{}", key.to_uppercase()), LinkError::Key),
        (format!("chat://h:1/lobby/{key}\n"), LinkError::Key),
        (format!("chat://h:1/lobby/{key}/"), LinkError::Invitation),
        (
            format!("chat://h:1/lobby/{key}/{}", &INVITATION[1..]),
            LinkError::Invitation,
        ),
    ] {
        assert_eq!(Link::parse(&text), Err(error), "{text}");
        let told = error.to_string();
        assert!(
            !told.contains('\n') && !told.ends_with('.'),
            "one sentence: {told}"
        );
    }
}

#[test]
fn what_is_printed_for_looking_has_no_invitation() {
    let shown = format!("{:?}", link("h", "lobby"));
    assert!(shown.contains("Invitation(…)"), "{shown}");
    assert!(!shown.contains(INVITATION), "{shown}");
}

proptest! {
    #[test]
    fn every_link_comes_back(
        host in "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\\.[a-z0-9]{1,10}){0,3}",
        port in 1_u16..,
        room in "\\p{L}[\\p{L}0-9._-]{0,20}",
        key: [u8; 32],
        invitation: Option<[u8; 16]>,
    ) {
        let Ok(room) = RoomName::parse(&room) else { return Ok(()) };
        let link = Link {
            host: Host::parse(&host).expect("a name of a machine"),
            port,
            room,
            server_key: PublicKey(key),
            invitation: invitation.map(Invitation::from_bytes),
        };
        let text = link.expose();
        let for_a_shell = |c: char| c.is_ascii_alphanumeric() || ":/.-_+".contains(c);
        prop_assert!(text.chars().all(for_a_shell), "{}", text);
        prop_assert_eq!(Link::parse(&text), Ok(link));
    }

    #[test]
    fn ipv6_addresses_come_back(address: u128) {
        let host = format!("[{}]", std::net::Ipv6Addr::from_bits(address));
        let link = link(&host, "lobby");
        prop_assert_eq!(Link::parse(&link.expose()), Ok(link));
    }

    #[test]
    fn whatever_is_taken_for_a_link_has_no_other_spelling(
        text in "chat://[a-z0-9:.\\[\\]-]{1,12}:[0-9]{1,5}/[a-z_2-7é]{1,8}/[a-z2-7]{52}(/[a-z2-7]{26})?"
    ) {
        if let Ok(link) = Link::parse(&text) {
            prop_assert_eq!(link.expose(), text);
        }
    }

    #[test]
    fn nothing_panics(text in "(chat://)?\\PC{0,80}") {
        let _ = Link::parse(&text);
    }
}
