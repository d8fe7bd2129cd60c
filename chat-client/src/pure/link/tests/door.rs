//! What a server says at its door, and how long it asks to wait.

use chat_proto::message::{EXTRA_INVITATION, Refused};

use chat_proto::ids::Invitation;

use super::*;

#[test]
fn an_invitation_is_shown_until_it_has_let_us_in() {
    let mut played = Played::new(LinkOptions {
        invitation: Some(Invitation::from_bytes([8; 16])),
        ..options()
    });
    for _ in 0..2 {
        let hello = played.connect();
        assert_eq!(hello.extra.get(EXTRA_INVITATION), Some(&[8; 16][..]));
        played.lose();
    }
    played.connect();
    played.server(welcome(4));
    let hello = played.reconnect();
    assert_eq!(hello.extra, Extra::new());
}

#[test]
fn an_invitation_is_never_printed() {
    let options = LinkOptions {
        invitation: Some(Invitation::from_bytes([8; 16])),
        ..options()
    };
    let shown = format!("{options:?} {:?}", Link::new(options.clone(), 1));
    assert!(!shown.contains("8, 8"), "{shown}");
}

#[test]
fn a_door_that_stays_closed_is_told_with_its_reason_and_left() {
    for code in [
        Code::NAME_OWNED,
        Code::NOT_INVITED,
        Code::INVITATION_INVALID,
        Code::TLS_NEEDED,
        Code::BANNED,
    ] {
        let mut played = Played::new(with_lobby());
        played.connect();
        played.server(ServerMessage::Refused(Refused::new(code, "no", 0)));
        let text = Note::new("no");
        let unsent = Vec::new();
        assert_eq!(played.events(), [Event::Refused { code, text, unsent }]);
        assert!(played.link.is_over());
    }
}

#[test]
fn a_door_that_is_closed_for_now_is_tried_again() {
    let code = Code::TOO_MANY_CONNECTIONS;
    let mut played = Played::new(with_lobby());
    played.connect();
    played.server(ServerMessage::Refused(Refused::new(code, "no", 9_000)));
    let text = Note::new("no");
    let [
        Event::Lost {
            cause, retry_in_ms, ..
        },
    ] = &played.events()[..]
    else {
        panic!("it is tried again");
    };
    assert_eq!(*cause, Cause::Sent { code, text });
    assert_eq!(*retry_in_ms, 9_000);
}

#[test]
fn what_is_said_again_waits_as_long_as_the_server_asks() {
    let mut played = Played::in_lobby();
    played.say(1);
    let request = played.says()[0].1;
    played.fail_for(request, Code::TOO_FAST, 9_000);
    played.pass(8_999);
    assert_eq!(played.says(), []);
    played.pass(1);
    assert_eq!(played.says().len(), 1);
    assert!(matches!(
        &played.events()[..],
        [Event::Failed {
            retry_in_ms: Some(9_000),
            ..
        }]
    ));
}

#[test]
fn of_several_waits_in_a_room_the_longest_counts() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.say(2);
    let says = played.says();
    played.fail_for(says[0].1, Code::TOO_FAST, 3_000);
    played.fail_for(says[1].1, Code::TOO_FAST, 9_000);
    played.pass(8_999);
    assert_eq!(played.says(), []);
    played.pass(1);
    assert_eq!(played.says().len(), 2);
}

#[test]
fn a_join_waits_as_long_as_the_server_asks() {
    let mut played = Played::welcome(with_lobby());
    let request = played.sent()[0].request();
    played.fail_for(request, Code::ROOMS_FULL, 9_000);
    played.pass(8_999);
    assert_eq!(played.sent(), []);
    played.pass(1);
    assert!(matches!(&played.sent()[..], [ClientMessage::Join(_)]));
}

#[test]
fn nobody_waits_longer_than_the_longest_wait() {
    let mut played = Played::in_lobby();
    played.say(1);
    let request = played.says()[0].1;
    played.fail_for(request, Code::TOO_FAST, u32::MAX);
    let events = played.events();
    assert!(
        matches!(
            &events[..],
            [Event::Failed {
                retry_in_ms: Some(COME_BACK_MAX_MS),
                ..
            }]
        ),
        "{events:?}"
    );
}
