//! What a peer brings beside its name, and what only the server says of a message.

use chat_proto::limits::EXTRA_ENTRIES_MAX;
use chat_proto::message::{Done, EXTRA_ACT, EXTRA_EMPTIES, EXTRA_INVITATION, EXTRA_UNPROVEN, Release};

use super::*;

fn hello_with(invitation: &[u8]) -> ClientMessage {
    let ClientMessage::Hello(mut hello) = hello("alice") else {
        unreachable!("it is one");
    };
    assert!(hello.extra.insert(EXTRA_INVITATION, invitation));
    ClientMessage::Hello(hello)
}

fn say_with(entries: impl IntoIterator<Item = u16>) -> ClientMessage {
    let ClientMessage::Say(mut say) = say(8, "hello") else {
        unreachable!("it is one");
    };
    for key in entries {
        assert!(say.extra.insert(key, b""));
    }
    ClientMessage::Say(say)
}

#[test]
fn what_a_connection_has_proven_and_what_it_brings_is_passed_on() {
    let key = PublicKey([5; 32]);
    let origin = Origin {
        key: Some(key),
        is_trusted_place: true,
    };
    let mut peer = Peer::new();
    peer.session = Session::new(0, Arc::new(RULES), origin, SECRET);
    peer.send(&hello_with(&[7; 16]));
    let arrive = Request::Arrive {
        name: user("alice"),
        instance: Instance([3; 16]),
        resume: None,
        secret: SECRET,
        key: Some(key),
        invitation: Some(chat_proto::ids::Invitation::from_bytes([7; 16])),
        is_trusted_place: true,
    };
    let requests = peer.take_requests();
    assert_eq!(requests, [arrive]);
    assert!(
        !format!("{requests:?}").contains("7, 7"),
        "an invitation is never printed"
    );
}

#[test]
fn a_name_is_the_one_that_the_hub_gives() {
    let mut peer = Peer::new();
    peer.send(&hello("alice"));
    peer.handle(Input::Reply(Reply::Arrived { name: user("Alice") }));
    let told = peer.take_messages();
    assert!(matches!(&told[..], [ServerMessage::Welcome(welcome)] if welcome.name == user("Alice")));
}

#[test]
fn an_invitation_of_another_length_is_refused() {
    for length in [0, 15, 17, 32] {
        let mut peer = Peer::new();
        peer.send(&hello_with(&vec![7; length]));
        let told = peer.take_messages();
        assert_eq!(
            refused_code(&told),
            Some(Code::INVITATION_INVALID),
            "{length} bytes"
        );
        assert!(peer.out.end && peer.take_requests().is_empty());
    }
}

/// Scenario 51: what others are told of the author of a message is the server's word alone.
#[test]
fn what_only_the_server_says_of_a_message_is_refused() {
    for key in [EXTRA_EMPTIES, EXTRA_ACT, EXTRA_UNPROVEN] {
        let mut peer = Peer::in_lobby(0);
        peer.send(&say_with([900, key]));
        let told = peer.take_messages();
        assert_eq!(
            failed_code(&told),
            Some((8, Code::KIND_NOT_ALLOWED)),
            "entry {key}"
        );
        assert!(peer.take_requests().is_empty());
    }
}

#[test]
fn an_extra_leaves_room_for_the_servers_entry() {
    let entries = u16::try_from(EXTRA_ENTRIES_MAX).unwrap();
    let mut peer = Peer::in_lobby(0);
    peer.send(&say_with(900..900 + entries));
    assert_eq!(failed_code(&peer.take_messages()), Some((8, Code::TEXT_INVALID)));
    assert!(peer.take_requests().is_empty());
    peer.send(&say_with(900..900 + entries - 1));
    assert_eq!(peer.take_requests().len(), 1);
}

#[test]
fn a_release_is_passed_on_and_answered() {
    let mut peer = Peer::welcomed();
    let (request, name) = (8, raw("alice"));
    peer.send(&ClientMessage::Release(Release {
        request,
        name: name.clone(),
    }));
    assert_eq!(peer.take_requests(), [Request::Release { request, name }]);
    peer.handle(Input::Reply(Reply::Done(Done { request })));
    assert_eq!(peer.take_messages(), [ServerMessage::Done(Done { request })]);
}

#[test]
fn who_is_dismissed_is_told_why_and_is_gone() {
    let mut peer = Peer::in_lobby(0);
    peer.handle(Input::Reply(Reply::Dismissed {
        code: Code::BANNED,
        text: Note::new("go"),
    }));
    assert_eq!(goodbye_code(&peer.take_messages()), Some(Code::BANNED));
    assert!(peer.out.end);
}
