//! What a welcomed peer asks for, and how much of it at once.

use chat_proto::limits::NOTE_BYTES_MAX;
use chat_proto::message::EXTRA_ACT;

use super::*;

fn assert_passed_on(message: &ClientMessage, request: Request) {
    let mut peer = Peer::welcomed();
    peer.send(message);
    assert_eq!(peer.take_requests(), [request]);
    assert!(peer.out.bytes.is_empty());
}

#[test]
fn what_concerns_rooms_is_passed_on() {
    let (request, from, lobby) = (1, From::Tail(5), || room("lobby"));
    let join = Join {
        request,
        room: raw("Lobby"),
        from,
        extra: Extra::new(),
    };
    assert_passed_on(
        &ClientMessage::Join(join),
        Request::Join {
            request,
            room: lobby(),
            from,
        },
    );
    let leave = Leave {
        request,
        room: lobby(),
    };
    assert_passed_on(
        &ClientMessage::Leave(leave),
        Request::Leave {
            request,
            room: lobby(),
        },
    );
    let members = Members {
        request,
        room: lobby(),
        page: 7,
    };
    assert_passed_on(
        &ClientMessage::Members(members),
        Request::Members {
            request,
            room: lobby(),
            page: 7,
        },
    );
}

#[test]
fn what_is_said_and_withdrawn_is_passed_on() {
    let (request, id, kind, lobby) = (1, id(1), Kind::ACTION, || room("lobby"));
    let mut extra = Extra::new();
    assert!(extra.insert(7, b"more"));
    let (text, more) = (text("waves"), extra.clone());
    let waves = Say {
        request,
        room: lobby(),
        id,
        kind,
        text: text.clone(),
        extra,
    };
    let say = Request::Say {
        request,
        room: lobby(),
        id,
        kind,
        text,
        extra: more,
    };
    assert_passed_on(&ClientMessage::Say(waves), say);
    let withdraw = Withdraw {
        request,
        room: lobby(),
        id,
    };
    assert_passed_on(
        &ClientMessage::Withdraw(withdraw),
        Request::Withdraw {
            request,
            room: lobby(),
            id,
        },
    );
}

#[test]
fn each_reply_is_told() {
    let (request, lobby) = (1, room("lobby"));
    let withdrawn = Withdrawn {
        request,
        room: lobby.clone(),
        id: id(1),
    };
    let left = Left { request, room: lobby };
    for (reply, told) in [
        (Reply::Stored(stored(1)), ServerMessage::Stored(stored(1))),
        (
            Reply::Withdrawn(withdrawn.clone()),
            ServerMessage::Withdrawn(withdrawn),
        ),
        (Reply::Left(left.clone()), ServerMessage::Left(left)),
    ] {
        let mut peer = Peer::welcomed();
        peer.send(&say(1, "hello"));
        peer.handle(Input::Reply(reply));
        assert_eq!(peer.take_messages(), [told]);
    }
}

#[test]
fn what_can_not_be_said_fails_at_once() {
    let with_kind = |kind| {
        let ClientMessage::Say(mut say) = say(8, "hello") else {
            unreachable!()
        };
        say.kind = kind;
        ClientMessage::Say(say)
    };
    let ClientMessage::Say(mut by_the_server) = say(8, "hello") else {
        unreachable!()
    };
    assert!(by_the_server.extra.insert(EXTRA_ACT, b"anything"));
    let ClientMessage::Say(mut long_topic) = say(8, &"x".repeat(NOTE_BYTES_MAX + 1)) else {
        unreachable!()
    };
    long_topic.kind = Kind::TOPIC;
    for (message, code) in [
        (say(8, ""), Code::TEXT_INVALID),
        (ClientMessage::Say(long_topic), Code::TEXT_INVALID),
        (ClientMessage::Say(by_the_server), Code::KIND_NOT_ALLOWED),
        (with_kind(Kind::MODERATION), Code::KIND_NOT_ALLOWED),
        (with_kind(Kind::EMPTIED), Code::KIND_NOT_ALLOWED),
    ] {
        let mut peer = Peer::in_lobby(0);
        peer.send(&message);
        assert_eq!(failed_code(&peer.take_messages()), Some((8, code)), "{message:?}");
        assert!(peer.take_requests().is_empty());
    }
}

#[test]
fn a_topic_may_be_empty() {
    for topic in ["", "tea"] {
        let mut peer = Peer::in_lobby(0);
        let ClientMessage::Say(mut say) = say(8, topic) else {
            unreachable!()
        };
        say.kind = Kind::TOPIC;
        peer.send(&ClientMessage::Say(say));
        assert_eq!(peer.take_requests().len(), 1, "{topic:?}");
    }
}

#[test]
fn a_kind_of_a_later_version_is_carried() {
    let mut peer = Peer::in_lobby(0);
    let ClientMessage::Say(mut say) = say(8, "hello") else {
        unreachable!()
    };
    say.kind = Kind(999);
    peer.send(&ClientMessage::Say(say));
    assert_eq!(peer.take_requests().len(), 1);
}

#[test]
fn a_room_name_that_is_none_fails() {
    let mut peer = Peer::welcomed();
    let join = Join {
        request: 8,
        room: raw("#lobby"),
        from: From::Tail(0),
        extra: Extra::new(),
    };
    peer.send(&ClientMessage::Join(join));
    assert_eq!(
        failed_code(&peer.take_messages()),
        Some((8, Code::ROOM_NAME_INVALID))
    );
    assert!(peer.take_requests().is_empty());
}

#[test]
fn a_request_of_a_later_version_fails_under_its_number() {
    let mut peer = Peer::welcomed();
    peer.bytes(&[0, 0, 0, 4, 99, 8, 1, 2]);
    assert_eq!(
        failed_code(&peer.take_messages()),
        Some((8, Code::UNKNOWN_REQUEST))
    );
    peer.send(&ping(1));
    assert_eq!(peer.take_messages(), [pong(1)]);
}

#[test]
fn only_so_many_requests_are_unanswered_and_the_rest_waits() {
    let mut peer = Peer::in_lobby(0);
    let all: Vec<u8> = (1..=6)
        .flat_map(|request| frame(&say(request, "hello")))
        .chain(frame(&ping(7)))
        .collect();
    peer.bytes(&all);
    assert_eq!(peer.out.requests.len(), 4);
    assert!(!peer.session.wants_bytes());
    peer.handle(Input::Reply(Reply::Stored(stored(1))));
    assert_eq!(peer.out.requests.len(), 5);
    assert_eq!(peer.take_messages().len(), 1, "the ping is still to come");
    for request in 2..=3 {
        peer.handle(Input::Reply(Reply::Stored(stored(request))));
    }
    assert_eq!(peer.out.requests.len(), 6);
    assert_eq!(peer.take_messages().last(), Some(&pong(7)));
    assert!(peer.session.wants_bytes());
}

#[test]
fn who_does_not_read_its_answers_is_not_read() {
    let mut peer = Peer::welcomed();
    let pings: Vec<u8> = (0..5000).flat_map(|request| frame(&ping(request))).collect();
    peer.bytes(&pings);
    assert!(!peer.session.wants_bytes());
    assert!(peer.out.bytes.len() < LIMITS.output_bytes_max + 16);
    let mut answered = 0;
    while !peer.session.wants_bytes() {
        answered += peer.take_messages().len();
    }
    answered += peer.take_messages().len();
    assert_eq!(answered, 5000, "nothing was lost");
}

#[test]
fn history_is_shown_by_pages_one_after_another() {
    let mut peer = Peer::in_lobby(10);
    let history = |request, span| {
        ClientMessage::History(History {
            request,
            room: room("lobby"),
            span,
            limit: 2,
        })
    };
    peer.send(&history(1, Span::Before(Seq::MAX)));
    peer.send(&history(2, Span::After(Seq(3))));
    let page = |records: Vec<_>| PageAnswer {
        log: LOG,
        first_kept: Seq(1),
        last: Seq(10),
        records,
    };
    for (request, span) in [(1, Span::Before(Seq::MAX)), (2, Span::After(Seq(3)))] {
        let fetch = peer.out.fetch.take().expect("a page is looked up");
        assert_eq!(
            (&fetch.room, fetch.span, fetch.records_max),
            (&room("lobby"), span, 2)
        );
        assert!(peer.out.fetch.is_none() && peer.session.wants_turns());
        let records = vec![crate::history::fixtures::draft("bob", 1, "x").into_record(Seq(4), 5)];
        peer.handle(Input::Page {
            page: Some(page(records.clone())),
        });
        let told = peer.take_messages();
        let [ServerMessage::Page(shown)] = &told[..] else {
            panic!("a page is shown: {told:?}");
        };
        assert_eq!(
            (shown.request, shown.log, shown.first_kept, shown.last),
            (request, LOG, Seq(1), Seq(10))
        );
        assert_eq!(*shown.records, records);
    }
    assert!(peer.out.fetch.is_none());
}

#[test]
fn history_of_a_room_that_is_not_joined_yet_fails() {
    let mut peer = Peer::in_lobby(10);
    let join = Join {
        request: 7,
        room: raw("attic"),
        from: From::Tail(0),
        extra: Extra::new(),
    };
    peer.send(&ClientMessage::Join(join));
    let history = History {
        request: 8,
        room: room("attic"),
        span: Span::Before(Seq::MAX),
        limit: 2,
    };
    peer.send(&ClientMessage::History(history));
    assert_eq!(failed_code(&peer.take_messages()), Some((8, Code::NOT_IN_ROOM)));
    assert!(peer.out.fetch.is_none());
}

#[test]
fn history_that_was_asked_for_before_leaving_is_still_shown() {
    let mut peer = Peer::in_lobby(10);
    let history = History {
        request: 1,
        room: room("lobby"),
        span: Span::Before(Seq::MAX),
        limit: 2,
    };
    peer.send(&ClientMessage::History(history));
    let left = Left {
        request: 2,
        room: room("lobby"),
    };
    peer.send(&ClientMessage::Leave(Leave {
        request: 2,
        room: room("lobby"),
    }));
    peer.handle(Input::Reply(Reply::Left(left.clone())));
    assert_eq!(peer.take_messages(), [ServerMessage::Left(left)]);
    peer.handle(Input::Page {
        page: Some(PageAnswer {
            log: LOG,
            first_kept: Seq(11),
            last: Seq(10),
            records: Vec::new(),
        }),
    });
    assert!(matches!(peer.take_messages()[..], [ServerMessage::Page(_)]));
}

#[test]
fn requests_for_history_count_as_unanswered() {
    let mut peer = Peer::in_lobby(10);
    for request in 1..=6 {
        let history = History {
            request,
            room: room("lobby"),
            span: Span::Before(Seq::MAX),
            limit: 2,
        };
        peer.send(&ClientMessage::History(history));
    }
    assert!(!peer.session.wants_bytes());
    for request in 1..=6 {
        assert!(peer.out.fetch.take().is_some());
        peer.handle(Input::Page { page: None });
        assert_eq!(
            failed_code(&peer.take_messages()),
            Some((request, Code::STORE_UNAVAILABLE))
        );
    }
    assert!(peer.session.wants_bytes());
}
