//! Time, and the ways in which it ends.

use super::*;

fn goodbye_after(messages: &[ServerMessage]) -> u32 {
    match messages.last() {
        Some(ServerMessage::Goodbye(goodbye)) => goodbye.come_back_after_ms,
        other => panic!("a goodbye is the last word: {other:?}"),
    }
}

#[test]
fn a_silent_peer_is_pinged_once_and_ended_if_nothing_moves() {
    let mut peer = Peer::welcomed();
    assert_eq!(peer.session.next_deadline(), Some(2000));
    peer.at(1999);
    assert!(peer.take_messages().is_empty());
    peer.at(2000);
    assert!(matches!(peer.take_messages()[..], [ServerMessage::Ping(_)]));
    peer.at(4000);
    assert!(peer.out.bytes.is_empty(), "one ping is enough");
    assert_eq!(
        peer.session.next_deadline(),
        Some(7000),
        "the ping has left at 2000"
    );
    peer.at(7000);
    assert_eq!(goodbye_code(&peer.take_messages()), Some(Code::IDLE));
    assert!(peer.out.end && peer.departures() == 1);
}

#[test]
fn who_is_sent_away_for_good_is_not_asked_to_come_back() {
    let mut idle = Peer::welcomed();
    idle.at(LIMITS.idle_timeout_ms.into());
    assert_eq!(goodbye_after(&idle.take_messages()), 1000, "for now");
    let mut taken_over = Peer::welcomed();
    taken_over.handle(Input::Reply(Reply::TakenOver));
    assert_eq!(goodbye_after(&taken_over.take_messages()), 0);
    let mut malformed = Peer::welcomed();
    malformed.bytes(&[0; 4]);
    assert_eq!(goodbye_after(&malformed.take_messages()), 0);
}

#[test]
fn a_peer_that_answers_pings_stays() {
    let mut peer = Peer::welcomed();
    for round in 1..10 {
        peer.at(2000 * round);
        assert!(matches!(peer.take_messages()[..], [ServerMessage::Ping(_)]));
        peer.send(&ClientMessage::Pong(Ping { request: 0 }));
        assert!(peer.take_messages().is_empty());
    }
    assert!(!peer.out.end);
}

#[test]
fn a_slow_reader_is_not_pinged_nor_ended_while_bytes_leave() {
    let mut peer = Peer::welcomed();
    peer.send(&ping(1));
    for second in 1..20 {
        peer.at(1000 * second);
        peer.handle(Input::Wrote);
        assert!(
            peer.session.next_deadline() > Some(peer.now_ms),
            "nothing is due at once"
        );
    }
    assert_eq!(peer.take_messages(), [pong(1)], "no ping waits behind it");
    assert!(!peer.out.end);
}

#[test]
fn a_stopped_reader_is_ended_when_nothing_moved_for_long() {
    let mut peer = Peer::welcomed();
    peer.send(&ping(1));
    peer.at(4999);
    assert!(!peer.out.end);
    peer.at(5000);
    assert!(peer.out.end && !peer.out.cut);
    assert_eq!(peer.session.next_deadline(), Some(5500));
    peer.at(5499);
    assert!(!peer.out.cut);
    peer.at(5500);
    assert!(peer.out.cut, "its last bytes are not waited for any longer");
}

#[test]
fn after_the_write_side_closed_all_answers_are_waited_for() {
    let mut peer = Peer::in_lobby(0);
    let all: Vec<u8> = (1..=6)
        .flat_map(|request| frame(&say(request, "hello")))
        .collect();
    peer.bytes(&all);
    peer.handle(Input::HalfClosed);
    assert!(!peer.session.wants_bytes());
    for request in 1..=6 {
        assert!(!peer.out.end);
        peer.handle(Input::Reply(Reply::Stored(stored(request))));
    }
    assert_eq!(peer.take_messages().len(), 6);
    assert!(peer.out.end);
    let requests = peer.take_requests();
    assert_eq!(requests.len(), 7, "all that was kept was passed on");
    assert_eq!(requests.last(), Some(&Request::Depart));
}

#[test]
fn after_the_write_side_closed_what_waits_unread_is_answered_too() {
    let mut peer = Peer::welcomed();
    let pings: Vec<u8> = (0..5000).flat_map(|request| frame(&ping(request))).collect();
    peer.bytes(&pings);
    peer.handle(Input::HalfClosed);
    let mut answered = 0;
    while !peer.out.end {
        answered += peer.take_messages().len();
    }
    answered += peer.take_messages().len();
    assert_eq!(answered, 5000);
}

#[test]
fn after_the_write_side_closed_history_is_still_told() {
    let mut peer = Peer::welcomed();
    peer.join("lobby", 1, 1);
    peer.handle(Input::HalfClosed);
    assert!(!peer.out.end && peer.out.fetch.take().is_some());
    let records = vec![crate::history::fixtures::draft("bob", 1, "x").into_record(Seq(1), 5)];
    peer.handle(Input::Page {
        page: Some(PageAnswer {
            log: LOG,
            first_kept: Seq(1),
            last: Seq(1),
            records,
        }),
    });
    assert!(peer.out.end);
    assert!(matches!(
        peer.take_messages()[..],
        [ServerMessage::Joined(_), ServerMessage::Said(_)]
    ));
}

#[test]
fn a_hello_whose_write_side_closed_is_answered_first() {
    let mut peer = Peer::new();
    peer.bytes(&[frame(&hello("alice")), frame(&ping(1))].concat());
    peer.handle(Input::HalfClosed);
    assert!(!peer.out.end);
    peer.handle(Input::Reply(arrived()));
    assert!(matches!(
        peer.take_messages()[..],
        [ServerMessage::Welcome(_), ServerMessage::Pong(_)]
    ));
    assert!(peer.out.end && peer.departures() == 1);
}

#[test]
fn who_closes_without_a_hello_is_let_go() {
    for bytes in [&[][..], &[0, 0, 0, 9, 0]] {
        let mut peer = Peer::new();
        peer.bytes(bytes);
        peer.handle(Input::HalfClosed);
        assert!(peer.out.end && peer.out.bytes.is_empty() && peer.out.requests.is_empty());
    }
}

#[test]
fn half_a_frame_before_the_end_is_dropped() {
    let mut peer = Peer::welcomed();
    peer.bytes(&frame(&ping(1))[..5]);
    peer.handle(Input::HalfClosed);
    assert!(peer.out.end && peer.out.bytes.is_empty());
}

#[test]
fn a_lost_connection_departs() {
    let mut peer = Peer::in_lobby(0);
    peer.send(&say(1, "hello"));
    peer.handle(Input::Lost);
    assert!(peer.out.end && peer.out.cut);
    assert_eq!(peer.departures(), 1);
}

#[test]
fn whatever_follows_the_end_it_departs_once() {
    let mut peer = Peer::in_lobby(0);
    peer.send(&say(1, "hello"));
    peer.handle(Input::Reply(Reply::TakenOver));
    assert_eq!(goodbye_code(&peer.take_messages()), Some(Code::TAKEN_OVER));
    for input in [
        Input::Bytes(&[0xff; 4]),
        Input::HalfClosed,
        Input::Reply(Reply::Stored(stored(1))),
        Input::Page { page: None },
        Input::Stop {
            come_back_after_ms: 1,
        },
        Input::Wrote,
        Input::Tick,
        Input::Lost,
    ] {
        peer.handle(input);
    }
    assert_eq!(peer.departures(), 1);
    assert!(peer.out.bytes.is_empty());
}

#[test]
fn who_never_arrived_never_departs() {
    let mut peer = Peer::new();
    peer.handle(Input::Lost);
    assert!(peer.out.end && peer.out.requests.is_empty());
}

#[test]
fn a_stopping_server_says_goodbye() {
    let mut peer = Peer::in_lobby(0);
    peer.handle(Input::Stop {
        come_back_after_ms: 321,
    });
    let told = peer.take_messages();
    assert_eq!(
        (goodbye_code(&told), goodbye_after(&told)),
        (Some(Code::STOPPING), 321)
    );
    assert!(peer.out.end && peer.departures() == 1);
}

#[test]
fn a_stopping_server_answers_what_it_has_passed_on_and_takes_nothing_more() {
    let mut peer = Peer::in_lobby(0);
    let all: Vec<u8> = (1..=6)
        .flat_map(|request| frame(&say(request, "hello")))
        .collect();
    peer.bytes(&all);
    peer.handle(Input::Stop {
        come_back_after_ms: 321,
    });
    assert!(!peer.session.wants_bytes());
    for request in 1..=4 {
        assert!(!peer.out.end);
        peer.handle(Input::Reply(Reply::Stored(stored(request))));
    }
    let told = peer.take_messages();
    assert_eq!((told.len(), goodbye_code(&told)), (5, Some(Code::STOPPING)));
    assert_eq!(peer.take_requests().len(), 5, "four, and the departure");
}

#[test]
fn a_stopping_server_looks_nothing_up() {
    let mut peer = Peer::in_lobby(10);
    for request in 1..=2 {
        let history = History {
            request,
            room: room("lobby"),
            span: Span::Before(Seq::MAX),
            limit: 2,
        };
        peer.send(&ClientMessage::History(history));
    }
    peer.handle(Input::Stop {
        come_back_after_ms: 321,
    });
    assert_eq!(goodbye_code(&peer.take_messages()), Some(Code::STOPPING));
    peer.handle(Input::Page { page: None });
    assert!(peer.out.bytes.is_empty());
}

#[test]
fn a_page_that_comes_after_the_stop_is_nobodys() {
    let mut peer = Peer::in_lobby(10);
    let history = History {
        request: 1,
        room: room("lobby"),
        span: Span::Before(Seq::MAX),
        limit: 2,
    };
    peer.send(&ClientMessage::History(history));
    let join = Join {
        request: 2,
        room: raw("attic"),
        from: From::Tail(0),
        extra: Extra::new(),
    };
    peer.send(&ClientMessage::Join(join));
    peer.send(&say(3, "hello"));
    peer.handle(Input::Stop {
        come_back_after_ms: 321,
    });
    peer.handle(Input::Reply(Reply::Joined(Box::new(joined(2, "attic", 1, 1)))));
    peer.take_messages();
    let records = vec![crate::history::fixtures::draft("bob", 1, "x").into_record(Seq(1), 5)];
    let (first_kept, last) = (Seq(1), Seq(1));
    peer.handle(Input::Page {
        page: Some(PageAnswer {
            log: LOG,
            first_kept,
            last,
            records,
        }),
    });
    assert!(peer.take_messages().is_empty(), "it is not of the attic");
}

#[test]
fn a_stopping_server_refuses_who_is_not_welcome_yet() {
    let mut peer = Peer::new();
    peer.handle(Input::Stop {
        come_back_after_ms: 321,
    });
    let told = peer.take_messages();
    let [ServerMessage::Refused(refused)] = &told[..] else {
        panic!("the peer is refused: {told:?}");
    };
    assert_eq!((refused.code, refused.come_back_after_ms), (Code::STOPPING, 321));
    assert!(peer.out.end);
}
