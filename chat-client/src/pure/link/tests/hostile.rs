//! Whatever a server sends, nothing panics, nothing is mixed up, and nothing grows without a bound.

mod messages;

use chat_proto::message::{Act, Done, Found, Left, Missed, Opened, RoomPage, Span, Withdrawn};
use proptest::collection::vec;
use proptest::prelude::*;

use super::asking::{listed, person};
use super::*;
use messages::any_message;

/// Far more than any script of these tests can make the link answer.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

#[test]
fn messages_of_a_later_version_are_counted_and_ignored() {
    let mut played = Played::in_lobby();
    let unknown = u8::try_from(ServerMessage::COUNT).unwrap();
    played.input(Input::Bytes(&[0, 0, 0, 3, unknown, 1, 2]));
    played.input(Input::Bytes(&[0, 0, 0, 1, unknown + 1]));
    assert_eq!(played.link.unknown_messages(), 2);
    assert_eq!(played.out.action, None);
    played.said(1);
    assert_eq!(played.told(), [1]);
}

#[test]
fn broken_frames_and_messages_lose_the_connection() {
    let http = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    for bytes in [
        &[0, 0, 0, 0][..],
        &[0xff; 4],
        &[0, 0, 0, 1, 0],
        &[0, 0, 0, 3, 13, 1, 9],
        http,
    ] {
        let mut played = Played::in_lobby();
        played.input(Input::Bytes(bytes));
        assert_eq!(played.out.action, Some(Action::Disconnect), "{bytes:?}");
        assert!(matches!(
            &played.events()[..],
            [Event::Lost {
                cause: Cause::Nonsense,
                ..
            }]
        ));
    }
}

#[test]
fn answers_that_nobody_asked_for_do_nothing() {
    let mut played = Played::in_lobby();
    let den = room("den");
    for request in [0, 1, 2, 3, u32::MAX] {
        played.fail(request, Code::TOO_FAST);
        played.fail(request, Code::NOT_IN_ROOM);
        played.server(ServerMessage::Left(Left {
            request,
            room: den.clone(),
        }));
        played.server(ServerMessage::Withdrawn(Withdrawn {
            request,
            room: den.clone(),
            id: message(1),
        }));
        let stored = Stored {
            request,
            room: den.clone(),
            id: message(1),
            seq: Seq(1),
        };
        played.server(ServerMessage::Stored(stored));
        played.server(ServerMessage::Done(Done { request }));
        played.server(ServerMessage::Opened(Opened {
            request,
            listed: listed("den"),
        }));
        played.server(ServerMessage::RoomPage(RoomPage {
            request,
            rooms: List::from_first([listed("den")]),
            has_more: true,
        }));
        played.server(ServerMessage::Person(person(request)));
        played.server(ServerMessage::Found(Found {
            request,
            room: room("lobby"),
            log: LOG,
            searched: Seq(1),
            last: Seq(1),
            records: List::from_first([record(1)]),
        }));
    }
    assert_eq!(played.events(), []);
    assert_eq!(played.sent(), []);
    played.server(welcome(4));
    assert_eq!(played.events(), [], "one is welcomed once");
}

#[test]
fn the_largest_numbers_are_survived() {
    let max = u64::MAX;
    for first in [0, 1, max - 1, max] {
        for top in [0, max - 1, max] {
            let mut played = Played::welcome(with_lobby());
            played.answer_join(|join| Joined {
                position: position(LOG, top),
                next: Seq(first),
                presence_version: max,
                count: u32::MAX,
                ..joined(join, 0)
            });
            for seq in [0, first, max - 1, max, max, 0] {
                played.said(seq);
                let room = room("lobby");
                played.server(ServerMessage::Missed(Missed {
                    room,
                    from: Seq(seq),
                    to: Seq(max),
                }));
            }
            let told = played.told();
            assert!(told.is_sorted_by(|a, b| a < b), "{told:?}");
        }
    }
}

/// What the hand does next.
#[derive(Debug, Clone)]
enum Step {
    Server(ServerMessage),
    Say(u8),
    Command(u8),
    Lose,
    Wait,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => any_message().prop_map(Step::Server),
        2 => (0_u8..8).prop_map(Step::Say),
        2 => (0_u8..16).prop_map(Step::Command),
        1 => Just(Step::Lose),
        2 => Just(Step::Wait),
    ]
}

impl Played {
    fn step(&mut self, step: Step) {
        match step {
            Step::Server(message) => self.server(message),
            Step::Say(id) => self.say(id),
            Step::Command(0) => self.command(Command::Join {
                room: room("den"),
                tail: 3,
            }),
            Step::Command(1) => self.command(Command::Leave { room: room("den") }),
            Step::Command(2) => self.command(Command::Members { room: room("lobby") }),
            Step::Command(3) => {
                let span = Span::After(Seq::ZERO);
                self.command(Command::History {
                    room: room("lobby"),
                    span,
                    limit: 3,
                });
            }
            Step::Command(4) => self.command(Command::Search {
                room: room("lobby"),
                query: Query::words("hello"),
            }),
            Step::Command(5) => self.command(Command::Empty {
                room: room("lobby"),
                id: message(7),
                seq: Seq(1),
            }),
            Step::Command(6) => self.command(Command::Leave { room: room("lobby") }),
            Step::Command(7) => self.command(Command::Join {
                room: room("lobby"),
                tail: 0,
            }),
            Step::Command(number) => self.command(belonging(number)),
            Step::Lose => self.input(Input::Lost),
            Step::Wait if self.link.next_deadline().is_some() => self.wait(),
            Step::Wait => {}
        }
        if self.out.action.take() == Some(Action::Connect) {
            self.decoder = Decoder::new(FRAME_BYTES_MAX);
            self.out.bytes.clear();
            self.input(Input::Connected);
        }
    }
}

/// What is wanted of rooms, people and for us.
fn belonging(number: u8) -> Command {
    let (den, bob) = (room("den"), user("bob"));
    match number {
        8 => Command::Create { room: den },
        9 => Command::Open { name: bob },
        10 => Command::Whois { name: bob },
        11 => Command::Release { name: bob },
        12 => Command::Rooms { mine: false },
        13 => Command::Away {
            text: Note::new("lunch"),
        },
        14 => Command::Mark {
            room: room("lobby"),
            seq: Seq(2),
        },
        _ => Command::Moderate {
            room: room("lobby"),
            id: message(6),
            act: Act::KICK,
            name: bob,
            for_ms: 0,
            reason: Note::new(""),
        },
    }
}

/// Whether no number of the lobby was told twice or out of order between two breaks.
fn is_in_order(events: &[Event]) -> bool {
    let mut last = None;
    events.iter().all(|event| match event {
        Event::Said { record, room: name } if *name == room("lobby") => {
            let follows = last.is_none_or(|last| last < record.seq);
            last = Some(record.seq);
            follows
        }
        Event::Emptied {
            seq,
            notice,
            room: name,
            ..
        } if *name == room("lobby") => {
            let follows = last.is_none_or(|last| last < *notice) && seq < notice;
            last = Some(*notice);
            follows
        }
        // After a break, or in a room that was left and joined anew, numbers begin anew.
        Event::Broke { .. } | Event::Left { .. } | Event::Removed { .. } => {
            last = None;
            true
        }
        Event::Failed {
            what: Wanted::Join { .. },
            retry_in_ms: None,
            ..
        } => {
            last = None;
            true
        }
        _ => true,
    })
}

proptest! {
    #[test]
    fn random_bytes_never_panic_and_end_as_lost_or_are_waited_for(bytes in vec(any::<u8>(), 0..200), piece in 1_usize..50) {
        let mut played = Played::in_lobby();
        for bytes in bytes.chunks(piece) {
            played.input(Input::Bytes(bytes));
        }
        played.pass(120_000);
        let is_lost = played.events().iter().any(|event| matches!(event, Event::Lost { .. } | Event::Refused { .. }));
        prop_assert!(is_lost);
    }

    #[test]
    fn random_payloads_in_good_frames_never_panic(payload in vec(any::<u8>(), 1..100), tag in 0..=u8::try_from(ServerMessage::COUNT).unwrap()) {
        let mut played = Played::in_lobby();
        let length = u32::try_from(payload.len() + 1).unwrap();
        let frame = [&length.to_be_bytes()[..], &[tag], &payload].concat();
        played.input(Input::Bytes(&frame));
    }

    #[test]
    fn whatever_a_server_says_nothing_is_told_twice_or_out_of_order(steps in vec(any_step(), 1..60)) {
        let mut played = Played::new(with_lobby());
        played.connect();
        let mut answered_bytes = 0;
        for step in steps {
            let now_ms = played.now_ms;
            played.step(step);
            answered_bytes += played.out.bytes.len();
            played.out.bytes.clear();
            // A deadline that has passed is dealt with in the same call.
            if let Some(deadline_ms) = played.link.next_deadline() {
                prop_assert!(deadline_ms >= now_ms);
            }
        }
        prop_assert!(answered_bytes < ANSWER_BYTES_MAX);
        let events = played.events();
        prop_assert!(is_in_order(&events), "{:?}", events);
    }
}
