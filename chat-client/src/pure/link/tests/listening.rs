//! What others say is told once and in order, and what is missing is told too.

use chat_proto::message::{From, Left, Missed, Page, Span};

use super::*;

#[test]
fn each_number_is_told_once_and_in_order() {
    let mut played = Played::in_lobby();
    for seq in [1, 2, 2, 1, 3] {
        played.said(seq);
    }
    assert_eq!(played.told(), [1, 2, 3]);
}

#[test]
fn a_first_join_asks_for_the_wanted_tail() {
    let rooms = vec![(room("lobby"), 7)];
    let mut played = Played::welcome(LinkOptions { rooms, ..options() });
    let join = played.answer_join(|join| Joined {
        next: Seq(94),
        ..joined(join, 100)
    });
    assert_eq!(join.from, From::Tail(7));
    for seq in 93..=101 {
        played.said(seq);
    }
    assert_eq!(played.told(), (94..=101).collect::<Vec<_>>());
}

#[test]
fn coming_back_continues_after_the_last_message_that_was_told() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.said(2);
    played.events();
    played.reconnect();
    let join = played.answer_join(|join| Joined {
        next: Seq(3),
        ..joined(join, 4)
    });
    assert_eq!(join.from, From::After(position(LOG, 2)));
    for seq in [1, 2, 3, 4] {
        played.said(seq);
    }
    assert_eq!(played.told(), [3, 4]);
}

#[test]
fn nothing_is_lost_if_the_connection_is_lost_before_the_first_message_was_told() {
    let mut options = with_lobby();
    options.rooms[0].1 = 2;
    let mut played = Played::welcome(options);
    played.answer_join(|join| Joined {
        next: Seq(9),
        ..joined(join, 10)
    });
    played.reconnect();
    // Three more were said meanwhile: the last two would not be enough.
    let join = played.answer_join(|join| Joined {
        next: Seq(1),
        ..joined(join, 13)
    });
    assert_eq!(join.from, From::After(Position::start(LOG)));
    for seq in 1..=13 {
        played.said(seq);
    }
    assert_eq!(played.told(), [9, 10, 11, 12, 13]);
}

#[test]
fn coming_back_to_an_empty_room_continues_at_its_beginning() {
    let mut played = Played::welcome(with_lobby());
    played.answer_join(|join| Joined {
        position: Position::start(LOG),
        ..joined(join, 0)
    });
    played.reconnect();
    let join = played.answer_join(|join| joined(join, 0));
    assert_eq!(join.from, From::After(Position::start(LOG)));
}

#[test]
fn a_hole_without_a_word_is_never_shown_and_the_room_is_joined_again() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.said(3);
    assert_eq!(played.told(), [1]);
    let sent = played.sent();
    let [ClientMessage::Leave(leave)] = &sent[..] else {
        panic!("not left: {sent:?}");
    };
    played.said(4);
    played.server(ServerMessage::Left(Left {
        request: leave.request,
        room: room("lobby"),
    }));
    let join = played.answer_join(|join| Joined {
        next: Seq(2),
        ..joined(join, 4)
    });
    assert_eq!(join.from, From::After(position(LOG, 1)));
    for seq in [2, 3, 4] {
        played.said(seq);
    }
    assert_eq!(played.told(), [2, 3, 4]);
}

#[test]
fn a_hole_that_comes_again_ends_the_connection() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.said(3);
    let sent = played.sent();
    let [ClientMessage::Leave(leave)] = &sent[..] else {
        panic!("not left: {sent:?}");
    };
    played.server(ServerMessage::Left(Left {
        request: leave.request,
        room: room("lobby"),
    }));
    played.answer_join(|join| Joined {
        next: Seq(2),
        ..joined(join, 3)
    });
    played.out.action = None;
    played.events();
    played.said(3);
    assert_eq!(played.out.action, Some(Action::Disconnect));
    assert!(matches!(
        &played.events()[..],
        [Event::Lost {
            cause: Cause::Nonsense,
            ..
        }]
    ));
}

#[test]
fn what_can_not_be_had_is_told_and_what_follows_joins_it() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.reconnect();
    played.answer_join(|join| Joined {
        resumed: Resumed::Trimmed { first_kept: Seq(5) },
        next: Seq(5),
        ..joined(join, 5)
    });
    played.events();
    played.server(missed(2, 4));
    played.said(5);
    let events = played.events();
    let expected = Event::Missed {
        room: room("lobby"),
        from: Seq(2),
        to: Seq(4),
    };
    assert_eq!(events[0], expected);
    assert!(matches!(&events[1..], [Event::Said { .. }]));
}

#[test]
fn what_was_missed_is_told_once_however_often_the_connection_is_lost() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.events();
    let mut told = Vec::new();
    for to in [4, 4, 6] {
        played.reconnect();
        played.answer_join(|join| Joined {
            resumed: Resumed::Trimmed {
                first_kept: Seq(to + 1),
            },
            next: Seq(to + 1),
            ..joined(join, 9)
        });
        played.server(missed(2, to));
        told.extend(played.events().into_iter().filter_map(|event| match event {
            Event::Missed { from, to, .. } => Some((from.0, to.0)),
            _ => None,
        }));
    }
    assert_eq!(told, [(2, 4), (5, 6)]);
}

#[test]
fn another_log_is_told_as_a_break_and_its_last_messages_follow() {
    let mut played = Played::in_lobby();
    (1..=5).for_each(|seq| played.said(seq));
    played.reconnect();
    played.events();
    let other = position(LogId(78), 3);
    played.answer_join(|join| Joined {
        resumed: Resumed::Diverged,
        position: other,
        next: Seq(2),
        ..joined(join, 0)
    });
    (2..=4).for_each(|seq| played.said(seq));
    let events = played.events();
    let Event::Joined {
        again: true,
        resumed: Resumed::Diverged,
        ..
    } = &events[0]
    else {
        panic!("not joined: {events:?}");
    };
    assert_eq!(events[1], Event::Broke { room: room("lobby") });
    assert_eq!(events.len(), 2 + 3);
    played.reconnect();
    let join = played.answer_join(|join| joined(join, 4));
    assert_eq!(join.from, From::After(position(LogId(78), 4)));
}

#[test]
fn another_log_is_a_break_even_if_the_server_calls_it_exact() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.reconnect();
    played.events();
    played.answer_join(|join| Joined {
        position: position(LogId(78), 1),
        ..joined(join, 1)
    });
    assert_eq!(played.events()[1], Event::Broke { room: room("lobby") });
}

#[test]
fn a_break_is_told_once_even_if_the_connection_is_lost_before_anything_follows() {
    let mut played = Played::in_lobby();
    played.said(1);
    played.reconnect();
    played.answer_join(|join| Joined {
        resumed: Resumed::Diverged,
        position: position(LogId(78), 50),
        next: Seq(41),
        ..joined(join, 0)
    });
    played.reconnect();
    played.answer_join(|join| Joined {
        position: position(LogId(78), 52),
        next: Seq(1),
        ..joined(join, 0)
    });
    played.said(41);
    let breaks = played
        .events()
        .iter()
        .filter(|event| matches!(event, Event::Broke { .. }))
        .count();
    assert_eq!(breaks, 1);
}

#[test]
fn a_page_is_told_with_what_was_asked_for_and_asked_again_after_a_loss() {
    let mut played = Played::in_lobby();
    let span = Span::Before(Seq::MAX);
    played.command(Command::History {
        room: room("lobby"),
        span,
        limit: 10,
    });
    assert!(matches!(&played.sent()[..], [ClientMessage::History(_)]));
    played.reconnect();
    played.answer_join(|join| joined(join, 0));
    let sent = played.sent();
    let [ClientMessage::History(history)] = &sent[..] else {
        panic!("not asked again: {sent:?}");
    };
    assert_eq!((history.span, history.limit), (span, 10));
    played.events();
    let page = ServerMessage::Page(Page {
        request: history.request,
        room: room("lobby"),
        log: LOG,
        first_kept: Seq(1),
        last: Seq(1),
        records: List::from_first([record(1)]),
    });
    played.server(page.clone());
    played.server(page);
    let expected = Event::Page {
        room: room("lobby"),
        span,
        log: LOG,
        first_kept: Seq(1),
        last: Seq(1),
        records: vec![record(1)],
    };
    assert_eq!(played.events(), [expected]);
}

#[test]
fn a_refused_page_is_told() {
    let mut played = Played::in_lobby();
    played.command(Command::History {
        room: room("lobby"),
        span: Span::After(Seq::ZERO),
        limit: 1,
    });
    let sent = played.sent();
    let [ClientMessage::History(history)] = &sent[..] else {
        panic!("not asked: {sent:?}");
    };
    played.fail(history.request, Code::STORE_UNAVAILABLE);
    let what = Wanted::History { room: room("lobby") };
    assert_eq!(played.events(), [failure(what, Code::STORE_UNAVAILABLE, None)]);
}

#[test]
fn a_join_refused_for_now_is_tried_again_and_then_said_in() {
    let mut played = Played::welcome(with_lobby());
    played.say(1);
    let sent = played.sent();
    let [ClientMessage::Join(join)] = &sent[..] else {
        panic!("not joined: {sent:?}");
    };
    played.fail(join.request, Code::ROOMS_FULL);
    assert!(matches!(
        &played.events()[..],
        [Event::Failed {
            retry_in_ms: Some(_),
            ..
        }]
    ));
    played.pass(FIRST_DELAY_MS);
    played.answer_join(|join| joined(join, 0));
    assert_eq!(played.says().len(), 1);
}

#[test]
fn a_join_refused_for_good_takes_with_it_what_was_to_be_said_there() {
    let mut played = Played::welcome(with_lobby());
    played.say(1);
    let sent = played.sent();
    let [ClientMessage::Join(join)] = &sent[..] else {
        panic!("not joined: {sent:?}");
    };
    played.fail(join.request, Code::TOO_MANY_ROOMS);
    let lobby = room("lobby");
    let expected = [
        failure(Wanted::Join { room: lobby.clone() }, Code::TOO_MANY_ROOMS, None),
        failure(
            Wanted::Say {
                room: lobby,
                id: message(1),
            },
            Code::TOO_MANY_ROOMS,
            None,
        ),
    ];
    assert_eq!(played.events(), expected);
    assert!(played.unsent().is_empty());
}

fn missed(from: u64, to: u64) -> ServerMessage {
    ServerMessage::Missed(Missed {
        room: room("lobby"),
        from: Seq(from),
        to: Seq(to),
    })
}
