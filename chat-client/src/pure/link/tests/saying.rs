//! What is said is stored once, and in order.

use chat_proto::limits::TEXT_BYTES_MAX;

use super::*;

#[test]
fn what_is_said_before_the_room_is_joined_is_sent_once_it_is() {
    let mut played = Played::new(with_lobby());
    played.say(1);
    played.connect();
    played.server(welcome(4));
    played.say(2);
    played.answer_join(|join| joined(join, 0));
    let said: Vec<u8> = played.says().into_iter().map(|(id, _)| id).collect();
    assert_eq!(said, [1, 2]);
}

#[test]
fn no_more_is_in_flight_than_the_server_allows() {
    let mut played = Played::in_lobby();
    (1..=6).for_each(|id| played.say(id));
    assert_eq!(played.says().len(), 4);
    played.stored(1, 1);
    played.stored(2, 2);
    let said: Vec<u8> = played.says().into_iter().map(|(id, _)| id).collect();
    assert_eq!(said, [5, 6]);
}

#[test]
fn a_server_that_allows_nothing_in_flight_is_sent_one_at_a_time() {
    let mut played = Played::new(with_lobby());
    played.connect();
    played.server(welcome(0));
    played.answer_join(|join| joined(join, 0));
    played.say(1);
    played.say(2);
    assert_eq!(played.says().len(), 1);
    played.stored(1, 1);
    assert_eq!(played.says().len(), 1);
}

#[test]
fn a_stored_text_leaves_the_outbox_and_is_told_once() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.stored(1, 1);
    played.stored(1, 1);
    let stored = Event::Stored {
        room: room("lobby"),
        id: message(1),
        seq: Seq(1),
    };
    assert_eq!(played.events(), [stored]);
    assert!(played.unsent().is_empty());
}

#[test]
fn after_a_loss_everything_unanswered_is_said_again_in_order_under_the_same_ids() {
    let mut played = Played::in_lobby();
    (1..=5).for_each(|id| played.say(id));
    played.stored(2, 1);
    let first = played.says();
    assert_eq!(
        first.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    played.reconnect();
    let join = played.answer_join(|join| joined(join, 1));
    assert_eq!(join.room.as_str(), "lobby");
    let again: Vec<u8> = played.says().into_iter().map(|(id, _)| id).collect();
    assert_eq!(again, [1, 3, 4, 5], "2 was stored: it is not said a second time");
}

#[test]
fn a_refusal_for_now_is_said_again_first_and_those_behind_it_after_it() {
    let mut played = Played::in_lobby();
    (1..=3).for_each(|id| played.say(id));
    let says = played.says();
    played.fail(says[0].1, Code::TOO_FAST);
    // Said while the answers to 2 and 3 are still to come: it must not overtake them.
    played.say(4);
    played.pass(DELAY_MAX_MS);
    assert_eq!(played.says(), []);
    played.fail(says[1].1, Code::AFTER_REFUSED);
    played.fail(says[2].1, Code::AFTER_REFUSED);
    played.pass(DELAY_MAX_MS / 2);
    let again: Vec<u8> = played.says().into_iter().map(|(id, _)| id).collect();
    assert_eq!(again, [1, 2, 3, 4]);
    let events = played.events();
    let what = Wanted::Say {
        room: room("lobby"),
        id: message(1),
    };
    let [
        Event::Failed {
            what: told,
            code,
            retry_in_ms: Some(_),
            ..
        },
    ] = &events[..]
    else {
        panic!("told once, for the first: {events:?}");
    };
    assert_eq!((told, *code), (&what, Code::TOO_FAST));
}

#[test]
fn waits_between_refusals_for_now_grow() {
    let mut waited_ms = Vec::new();
    for seed in 0..50 {
        let mut played = Played::in_lobby();
        played.link.random = Random::new(seed);
        played.say(1);
        for _ in 0..8 {
            let [(1, request)] = played.says()[..] else {
                panic!("said again")
            };
            played.fail(request, Code::STORE_UNAVAILABLE);
            played.pass(DELAY_MAX_MS);
        }
        waited_ms.push(played.retries_ms());
    }
    let longest = |at: usize| waited_ms.iter().map(|waits| waits[at]).max().unwrap();
    assert!(longest(0) <= FIRST_DELAY_MS);
    assert!(longest(7) > 20 * FIRST_DELAY_MS);
    assert!(longest(7) <= DELAY_MAX_MS);
}

#[test]
fn a_final_refusal_is_told_and_the_rest_goes_on() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.say(2);
    let says = played.says();
    played.fail(says[0].1, Code::TEXT_INVALID);
    played.stored(2, 1);
    let what = Wanted::Say {
        room: room("lobby"),
        id: message(1),
    };
    assert_eq!(played.events()[0], failure(what, Code::TEXT_INVALID, None));
    assert_eq!(played.sent(), [], "it blocked nothing, so it is not withdrawn");
    assert!(played.unsent().is_empty());
}

#[test]
fn what_blocked_the_room_is_withdrawn_when_it_is_refused_for_good() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.say(2);
    let says = played.says();
    played.fail(says[0].1, Code::TOO_FAST);
    played.fail(says[1].1, Code::AFTER_REFUSED);
    played.pass(FIRST_DELAY_MS);
    let says = played.says();
    played.fail(says[0].1, Code::TEXT_INVALID);
    let sent = played.sent();
    let [ClientMessage::Withdraw(withdraw)] = &sent[..] else {
        panic!("withdrawn: {sent:?}");
    };
    assert_eq!(withdraw.id, message(1));
    played.fail(says[1].1, Code::AFTER_REFUSED);
    played.pass(2 * FIRST_DELAY_MS);
    assert_eq!(played.says().len(), 1, "the one behind it goes on");
}

#[test]
fn rooms_do_not_wait_for_each_other() {
    let mut played = Played::in_lobby();
    played.command(Command::Join {
        room: room("den"),
        tail: 0,
    });
    played.say_in("den", 1);
    played.say(2);
    let sent = played.sent();
    let [ClientMessage::Join(_), ClientMessage::Say(say)] = &sent[..] else {
        panic!("the den waits, the lobby does not: {sent:?}");
    };
    assert_eq!(say.id, message(2));
}

#[test]
fn a_full_outbox_takes_nothing_more_and_says_so() {
    let mut played = Played::new(with_lobby());
    let longest = text(&"x".repeat(TEXT_BYTES_MAX));
    let say = |id| Command::Say {
        room: room("lobby"),
        id,
        kind: Kind::LINE,
        text: longest.clone(),
    };
    let mut taken = 0_usize;
    while played.link.can_say() {
        played.command(say(message(1)));
        taken += 1;
    }
    assert_eq!(taken, OUTBOX_BYTES_MAX / (TEXT_BYTES_MAX + ENTRY_BYTES));
    assert!(played.events().is_empty());
    played.command(say(message(2)));
    let what = Wanted::Say {
        room: room("lobby"),
        id: message(2),
    };
    assert!(
        matches!(&played.events()[..], [Event::Failed { what: told, code: Code::TOO_FAST, .. }] if *told == what)
    );
    assert_eq!(played.link.unsent().count(), taken);
}

#[test]
fn nothing_is_said_in_a_room_that_is_not_wanted() {
    let mut played = Played::in_lobby();
    played.say_in("den", 1);
    let what = Wanted::Say {
        room: room("den"),
        id: message(1),
    };
    assert!(
        matches!(&played.events()[..], [Event::Failed { what: told, code: Code::NOT_IN_ROOM, .. }] if *told == what)
    );
}

#[test]
fn a_room_is_left_after_everything_said_in_it_is_stored() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.command(Command::Leave { room: room("lobby") });
    assert_eq!(played.says().len(), 1);
    played.stored(1, 1);
    let sent = played.sent();
    let [ClientMessage::Leave(leave)] = &sent[..] else {
        panic!("not left: {sent:?}");
    };
    let left = chat_proto::message::Left {
        request: leave.request,
        room: room("lobby"),
    };
    played.server(ServerMessage::Left(left));
    assert_eq!(played.events().last(), Some(&Event::Left { room: room("lobby") }));
    played.say(2);
    assert!(played.unsent().is_empty());
}

#[test]
fn finishing_waits_until_everything_is_stored_and_told() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.command(Command::Finish);
    assert_eq!(played.out.action, None);
    played.stored(1, 1);
    assert_eq!(played.out.action, None, "one's own text is told first");
    played.said(1);
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
    played.input(Input::Lost);
    assert_eq!(played.events().last(), Some(&Event::Finished));
    assert!(played.link.is_over());
}

#[test]
fn finishing_does_not_wait_for_ever_for_what_is_told_or_for_the_end() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.command(Command::Finish);
    played.stored(1, 1);
    played.wait();
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
    played.wait();
    assert_eq!(played.out.action.take(), Some(Action::Disconnect));
    assert_eq!(played.events().last(), Some(&Event::Finished));
    assert_eq!(played.now_ms, 1_000 + 2 * FINISH_WAIT_MS);
}

#[test]
fn finishing_says_again_what_a_loss_left_unanswered() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.command(Command::Finish);
    played.reconnect();
    assert!(!played.events().contains(&Event::Finished));
    played.answer_join(|join| joined(join, 1));
    assert_eq!(played.says().len(), 1);
    played.said(1);
    played.stored(1, 1);
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
}

#[test]
fn finishing_before_the_first_welcome_still_joins_the_rooms() {
    let mut played = Played::new(with_lobby());
    played.command(Command::Finish);
    played.connect();
    played.server(welcome(4));
    played.answer_join(|join| joined(join, 0));
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
}

#[test]
fn a_loss_after_everything_is_stored_finishes() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.command(Command::Finish);
    played.stored(1, 1);
    played.input(Input::Lost);
    assert_eq!(played.events().last(), Some(&Event::Finished));
}

impl Played {
    /// How long each refused text was to wait.
    fn retries_ms(&mut self) -> Vec<u64> {
        let waits = self.events().into_iter().filter_map(|event| match event {
            Event::Failed { retry_in_ms, .. } => retry_in_ms,
            _ => None,
        });
        waits.collect()
    }
}
