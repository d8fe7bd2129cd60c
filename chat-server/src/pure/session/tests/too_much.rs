//! How much a peer may ask for, and send, in a time.

use chat_proto::message::Failed;

use super::*;
use crate::pure::hub::HoldBack;

/// Of what fails because it is too much: the request, and how long to wait.
fn wait_ms(message: &ServerMessage) -> Option<(u32, u32)> {
    let ServerMessage::Failed(failed) = message else {
        return None;
    };
    (failed.code == Code::TOO_FAST).then_some((failed.request, failed.wait_ms))
}

fn members(request: u32) -> ClientMessage {
    ClientMessage::Members(Members {
        request,
        room: room("lobby"),
        page: 0,
    })
}

/// A peer that was welcomed a while ago, and has asked for all that may be asked for at once.
fn exhausted() -> Peer {
    let mut peer = Peer::welcomed();
    peer.now_ms = 1_000;
    for request in 0..LIMITS.requests.at_once {
        peer.send(&members(request));
        peer.answer(request);
    }
    peer.take_messages();
    peer.take_requests();
    peer
}

impl Peer {
    fn answer(&mut self, request: u32) {
        let failed = Failed::new(request, Code::NOT_IN_ROOM, "");
        self.handle(Input::Reply(Reply::Failed(failed)));
    }
}

#[test]
fn who_asks_too_fast_is_told_how_long_to_wait() {
    let mut peer = exhausted();
    peer.send(&members(50));
    assert!(peer.take_requests().is_empty());
    let messages = peer.take_messages();
    assert_eq!(
        messages.iter().map(wait_ms).collect::<Vec<_>>(),
        [Some((50, 100))]
    );
    peer.at(1_100).send(&members(51));
    assert_eq!(peer.take_requests().len(), 1);
    assert!(peer.take_messages().is_empty());
}

#[test]
fn what_is_said_too_fast_is_the_hubs_to_hold_back() {
    let mut peer = exhausted();
    peer.send(&say(7, "hello"));
    let hold_back = Request::HoldBack(HoldBack {
        request: 7,
        room: room("lobby"),
        id: id(7),
        wait_ms: 100,
    });
    assert_eq!(peer.take_requests(), [hold_back]);
    assert!(peer.take_messages().is_empty());
}

#[test]
fn who_asks_too_fast_may_still_give_something_up_and_ask_whether_we_live() {
    let mut peer = exhausted();
    let leave = Leave {
        request: 1,
        room: room("lobby"),
    };
    let withdraw = Withdraw {
        request: 2,
        room: room("lobby"),
        id: id(2),
    };
    peer.send(&ClientMessage::Leave(leave));
    peer.send(&ClientMessage::Withdraw(withdraw));
    peer.send(&ping(3));
    assert_eq!(peer.take_requests().len(), 2);
    assert_eq!(peer.take_messages(), [pong(3)]);
}

#[test]
fn who_sends_too_much_is_not_read_until_a_tick_says_that_the_time_is_over() {
    let mut peer = Peer::welcomed();
    peer.now_ms = 1_000;
    // Much of a frame, so that nothing but its bytes is counted.
    let mut frame = FRAME_BYTES_MAX.to_be_bytes()[4..].to_vec();
    frame.resize(60_000, 0);
    let quiet_ms = peer.session.next_deadline();
    for _ in 0..3 {
        peer.session.decoder = Decoder::new(FRAME_BYTES_MAX);
        peer.bytes(&frame);
        assert!(peer.session.wants_bytes());
    }
    assert!(peer.session.next_deadline() >= quiet_ms);
    peer.session.decoder = Decoder::new(FRAME_BYTES_MAX);
    peer.bytes(&frame[..21_000]);
    assert!(!peer.session.wants_bytes());
    assert_eq!(peer.session.next_deadline(), Some(2_000));
    peer.at(1_999);
    assert!(!peer.session.wants_bytes());
    peer.at(2_000);
    assert!(peer.session.wants_bytes() && !peer.out.end);
}

#[test]
fn who_is_one_too_many_is_told_so_and_may_come_back() {
    let mut peer = Peer::new();
    peer.handle(Input::OneTooMany);
    peer.send(&hello("alice"));
    let messages = peer.take_messages();
    let [ServerMessage::Refused(refused)] = &messages[..] else {
        panic!("{messages:?}");
    };
    assert_eq!(refused.code, Code::TOO_MANY_CONNECTIONS);
    assert!(refused.come_back_after_ms > 0);
    assert!(peer.out.end && peer.out.requests.is_empty());
}
