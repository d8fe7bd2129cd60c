//! How connections begin, end, and come back.

use chat_proto::message::{Goodbye, Ping, Refused};

use super::*;

#[test]
fn the_first_tick_asks_for_a_connection_and_the_connection_begins_with_a_hello() {
    let mut played = Played::new(options());
    played.input(Input::Tick);
    assert_eq!(played.out.action, Some(Action::Connect));
    let hello = played.connect();
    assert_eq!(
        (hello.name.as_str(), hello.instance, hello.resume),
        ("alice", Instance([9; 16]), None)
    );
}

#[test]
fn coming_back_shows_the_same_instance_and_the_last_secret() {
    let mut played = Played::welcome(options());
    let hello = played.reconnect();
    assert_eq!(hello.instance, Instance([9; 16]));
    assert_eq!(hello.resume, Some(Secret::from_bytes([5; 16])));
}

#[test]
fn each_loss_tells_its_cause_and_when_it_is_tried_again() {
    let mut played = Played::new(options());
    played.input(Input::Tick);
    played.lose();
    assert!(matches!(
        &played.events()[..],
        [Event::Lost {
            cause: Cause::Unreachable,
            ..
        }]
    ));
    played.connect();
    played.input(Input::Lost);
    assert!(matches!(
        &played.events()[..],
        [Event::Lost {
            cause: Cause::Ended,
            ..
        }]
    ));
    played.connect();
    played.server(goodbye(Code::STOPPING, 0));
    let events = played.events();
    let [
        Event::Lost {
            cause: Cause::Sent {
                code: Code::STOPPING, ..
            },
            retry_in_ms,
            ..
        },
    ] = events[..]
    else {
        panic!("not lost: {events:?}");
    };
    let due_ms = played.now_ms + retry_in_ms;
    assert_eq!(played.link.next_deadline(), Some(due_ms));
}

#[test]
fn why_there_is_no_connection_is_told_in_the_words_of_who_knows() {
    let mut played = Played::new(options());
    for (input, expected, expected_why) in [
        (
            Input::Failed("nobody listens"),
            Cause::Unreachable,
            "nobody listens",
        ),
        (Input::Unsigned("nobody signs"), Cause::Unsigned, "nobody signs"),
        (Input::Lost, Cause::Unreachable, ""),
    ] {
        while played.out.action.take() != Some(Action::Connect) {
            played.wait();
        }
        played.input(input);
        let events = played.events();
        let [Event::Lost { cause, why, .. }] = &events[..] else {
            panic!("not lost: {events:?}");
        };
        assert_eq!((cause, why.as_str()), (&expected, expected_why));
    }
    played.connect();
    played.input(Input::Unsigned("it comes too late"));
    assert_eq!(played.events(), []);
    played.input(Input::Failed("reset"));
    let events = played.events();
    assert!(
        matches!(&events[..], [Event::Lost { cause: Cause::Ended, why, .. }] if why == "reset"),
        "{events:?}"
    );
}

#[test]
fn waits_between_failed_tries_grow_and_are_short_again_after_a_steady_connection() {
    let longest_ms = |tries: usize, lived_ms: Option<u64>| {
        let retries = (0..100).map(|seed| {
            let mut played = Played::new(options());
            played.link.random = Random::new(seed);
            for _ in 0..tries {
                played.connect();
                played.input(Input::Lost);
            }
            if let Some(lived_ms) = lived_ms {
                played.connect();
                played.server(welcome(4));
                played.now_ms += lived_ms;
                played.input(Input::Lost);
            }
            match played.events().last() {
                Some(Event::Lost { retry_in_ms, .. }) => *retry_in_ms,
                other => panic!("not lost: {other:?}"),
            }
        });
        retries.max().unwrap()
    };
    assert!(longest_ms(1, None) <= FIRST_DELAY_MS);
    assert!((FIRST_DELAY_MS * 8..=FIRST_DELAY_MS * 16).contains(&longest_ms(5, None)));
    assert!((DELAY_MAX_MS / 2..=DELAY_MAX_MS).contains(&longest_ms(20, None)));
    assert!(longest_ms(20, Some(STEADY_MS)) <= FIRST_DELAY_MS);
    assert!(
        longest_ms(20, Some(STEADY_MS - 1)) >= DELAY_MAX_MS / 2,
        "it did not last"
    );
}

#[test]
fn the_server_is_not_asked_again_before_it_said() {
    for (asked_ms, waited_ms) in [(20_000, 20_000), (u32::MAX, COME_BACK_MAX_MS)] {
        let mut played = Played::welcome(options());
        played.server(goodbye(Code::STOPPING, asked_ms));
        assert!(
            matches!(&played.events()[..], [Event::Lost { retry_in_ms, .. }] if *retry_in_ms == waited_ms)
        );
    }
}

/// A link that failed so many times in a row and waits for the next try; and how long it waits.
fn waiting(seed: u64, tries: usize) -> (Played, u64) {
    let mut played = Played::new(options());
    played.link.random = Random::new(seed);
    for _ in 0..tries {
        played.connect();
        played.input(Input::Lost);
    }
    let Some(Event::Lost { retry_in_ms, .. }) = played.events().pop() else {
        panic!("not lost");
    };
    (played, retry_in_ms)
}

#[test]
fn whoever_has_no_patience_has_it_tried_at_once() {
    let (mut played, waits_ms) = waiting(1, 20);
    assert!(waits_ms > 2 * RETRY_PAUSE_MS, "{waits_ms}");
    played.now_ms += RETRY_PAUSE_MS;
    played.input(Input::Tick);
    assert_eq!(played.out.action, None, "it counts down");
    played.link.retry_now();
    played.input(Input::Tick);
    assert_eq!(played.out.action, Some(Action::Connect));
}

#[test]
fn a_try_of_whoever_has_no_patience_lengthens_the_waits_as_any_other_does() {
    for seed in 0..100 {
        let (mut played, waits_ms) = waiting(seed, 6);
        let (mut patient, _) = waiting(seed, 6);
        for _ in 0..50 {
            played.link.retry_now();
        }
        for played in [&mut played, &mut patient] {
            played.connect();
            played.input(Input::Lost);
        }
        let waits_after = [&mut played, &mut patient].map(|played| played.events());
        assert_eq!(waits_after[0], waits_after[1], "{waits_ms}");
    }
}

#[test]
fn having_no_patience_again_and_again_does_not_hammer_the_server() {
    let (mut played, _) = waiting(1, 20);
    let (mut tries, mut under_way) = (0, None);
    let began_ms = played.now_ms;
    // It answers late, and then says no.
    while played.now_ms < began_ms + 60 * RETRY_PAUSE_MS {
        played.link.retry_now();
        played.input(Input::Tick);
        if played.out.action.take() == Some(Action::Connect) {
            assert_eq!(under_way.replace(played.now_ms), None, "one try at a time");
            tries += 1;
        }
        if under_way
            .take_if(|since_ms| played.now_ms >= *since_ms + 40)
            .is_some()
        {
            played.input(Input::Lost);
        }
        played.now_ms += 10;
    }
    // A wait that was drawn shorter than the pause stays as it is.
    assert!((50..=66).contains(&tries), "{tries}");
}

#[test]
fn having_no_patience_never_makes_a_wait_longer() {
    let (mut played, waits_ms) = waiting(1, 1);
    assert!(waits_ms < RETRY_PAUSE_MS);
    let due_ms = played.link.next_deadline();
    played.link.retry_now();
    assert_eq!(played.link.next_deadline(), due_ms);
}

#[test]
fn a_final_refusal_ends_the_link_and_names_what_is_unsent() {
    let mut played = Played::new(with_lobby());
    played.say(1);
    played.connect();
    played.server(refused(Code::NAME_INVALID));
    assert_eq!(played.out.action, Some(Action::Disconnect));
    let unsent = vec![Unsent {
        room: room("lobby"),
        id: message(1),
        content: Content::Text {
            kind: Kind::LINE,
            text: text("text 1"),
        },
    }];
    let text = Note::new("no");
    assert_eq!(
        played.events(),
        [Event::Refused {
            code: Code::NAME_INVALID,
            text,
            unsent
        }]
    );
    assert!(played.link.is_over());
    assert_eq!(played.link.next_deadline(), None);
}

#[test]
fn a_name_in_use_is_final_at_first_and_tried_again_after_a_loss() {
    let mut played = Played::new(options());
    played.connect();
    played.server(refused(Code::NAME_IN_USE));
    assert!(played.link.is_over());

    let mut played = Played::welcome(options());
    played.input(Input::Lost);
    played.connect();
    played.server(refused(Code::NAME_IN_USE));
    assert!(!played.link.is_over());
    played.connect();
    played.server(welcome(4));
    assert!(matches!(played.events().last(), Some(Event::Welcomed { .. })));
}

#[test]
fn a_name_in_use_is_tried_again_if_the_welcome_may_have_been_lost() {
    let mut played = Played::new(options());
    played.connect();
    played.input(Input::Lost);
    played.connect();
    played.server(refused(Code::NAME_IN_USE));
    assert!(!played.link.is_over());
    played.connect();
    played.server(welcome(4));
    assert!(matches!(played.events().last(), Some(Event::Welcomed { .. })));
}

#[test]
fn a_full_server_is_tried_again() {
    let mut played = Played::new(options());
    played.connect();
    played.server(refused(Code::SERVER_FULL));
    assert!(matches!(
        &played.events()[..],
        [Event::Lost {
            cause: Cause::Sent { .. },
            ..
        }]
    ));
    played.connect();
}

#[test]
fn being_taken_over_is_final() {
    let mut played = Played::welcome(options());
    played.server(goodbye(Code::TAKEN_OVER, 0));
    assert!(matches!(
        &played.events()[..],
        [Event::Refused {
            code: Code::TAKEN_OVER,
            ..
        }]
    ));
}

#[test]
fn giving_up_names_what_is_unsent_in_order() {
    let mut played = Played::welcome(LinkOptions {
        give_up_ms: Some(60_000),
        ..with_lobby()
    });
    played.say(1);
    played.say(2);
    played.input(Input::Lost);
    let lost_at_ms = played.now_ms;
    while !played.link.is_over() {
        if played.out.action.take() == Some(Action::Connect) {
            played.input(Input::Lost);
        }
        played.wait();
    }
    assert_eq!(played.now_ms, lost_at_ms + 60_000);
    let events = played.events();
    let Some(Event::GaveUp { unsent }) = events.last() else {
        panic!("not given up: {events:?}");
    };
    assert_eq!(
        unsent.iter().map(|unsent| unsent.id).collect::<Vec<_>>(),
        [message(1), message(2)]
    );
}

#[test]
fn a_welcome_ends_the_time_to_give_up() {
    let mut played = Played::welcome(LinkOptions {
        give_up_ms: Some(60_000),
        ..options()
    });
    for _ in 0..10 {
        played.now_ms += 50_000;
        played.reconnect();
    }
    assert!(!played.link.is_over());
}

#[test]
fn the_servers_ping_is_answered() {
    let mut played = Played::welcome(options());
    played.server(ServerMessage::Ping(Ping { request: 42 }));
    assert_eq!(played.sent(), [ClientMessage::Pong(Ping { request: 42 })]);
}

#[test]
fn a_silent_server_is_pinged_and_then_given_up() {
    let mut played = Played::welcome(options());
    let began_ms = played.now_ms;
    played.wait();
    assert_eq!(played.now_ms, began_ms + 20_000);
    assert!(matches!(&played.sent()[..], [ClientMessage::Ping(_)]));
    played.wait();
    assert_eq!(played.now_ms, began_ms + 60_000);
    assert!(matches!(
        &played.events()[..],
        [Event::Lost {
            cause: Cause::Silent,
            ..
        }]
    ));
    assert_eq!(played.out.action, Some(Action::Disconnect));
}

#[test]
fn a_server_that_answers_pings_is_kept() {
    let mut played = Played::welcome(options());
    for _ in 0..20 {
        played.wait();
        let sent = played.sent();
        let [ClientMessage::Ping(ping)] = sent[..] else {
            panic!("not pinged: {sent:?}");
        };
        played.server(ServerMessage::Pong(ping));
    }
    assert!(played.events().is_empty());
}

#[test]
fn a_connection_or_welcome_that_does_not_come_is_given_up() {
    let mut played = Played::new(options());
    played.input(Input::Tick);
    played.out.action = None;
    played.wait();
    assert_eq!(played.out.action, Some(Action::Disconnect));
    assert!(matches!(
        &played.events()[..],
        [Event::Lost {
            cause: Cause::Unreachable,
            ..
        }]
    ));
    played.connect();
    played.wait();
    assert!(matches!(
        &played.events()[..],
        [Event::Lost {
            cause: Cause::Silent,
            ..
        }]
    ));
}

#[test]
fn what_comes_late_from_a_dropped_connection_does_nothing() {
    let mut played = Played::welcome(options());
    played.server(goodbye(Code::IDLE, 1000));
    played.events();
    played.server(welcome(4));
    played.input(Input::Lost);
    played.input(Input::Connected);
    assert!(played.events().is_empty());
    assert!(played.sent().is_empty());
}

#[test]
fn a_server_that_chose_a_version_we_do_not_speak_is_left() {
    let mut played = Played::new(options());
    played.connect();
    let ServerMessage::Welcome(welcome) = welcome(4) else {
        panic!("a welcome");
    };
    played.server(ServerMessage::Welcome(Welcome {
        version: 9,
        ..welcome
    }));
    assert!(matches!(
        &played.events()[..],
        [Event::Lost {
            cause: Cause::Nonsense,
            ..
        }]
    ));
}

fn refused(code: Code) -> ServerMessage {
    ServerMessage::Refused(Refused {
        code,
        text: Note::new("no"),
        come_back_after_ms: 0,
    })
}

fn goodbye(code: Code, come_back_after_ms: u32) -> ServerMessage {
    ServerMessage::Goodbye(Goodbye {
        code,
        text: Note::new("no"),
        come_back_after_ms,
    })
}
