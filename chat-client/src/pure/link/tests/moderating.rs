//! What is done to somebody is done once, in order with what is said; and who is put out stays out.

use chat_proto::message::{Act, Moderate, Removed};

use super::*;

#[test]
fn it_keeps_its_place_among_what_is_said() {
    let mut played = Played::in_lobby();
    played.say(1);
    played.ban(2);
    played.say(3);
    let sent = played.sent();
    let [
        ClientMessage::Say(_),
        ClientMessage::Moderate(moderate),
        ClientMessage::Say(_),
    ] = &sent[..]
    else {
        panic!("not in order: {sent:?}");
    };
    let expected = Moderate {
        request: moderate.request,
        room: room("lobby"),
        id: message(2),
        act: Act::BAN,
        name: RawName::from(&user("bob")),
        for_ms: 5_000,
        reason: Note::new("spam"),
    };
    assert_eq!(*moderate, expected);
}

#[test]
fn what_was_not_answered_is_asked_again_under_its_id_until_it_is_stored() {
    let mut played = Played::in_lobby();
    played.ban(1);
    let request = played.sent()[0].request();
    played.fail(request, Code::TOO_FAST);
    assert!(
        matches!(&played.events()[..], [Event::Failed { what, retry_in_ms: Some(_), .. }] if *what == wanted(1))
    );
    played.pass(FIRST_DELAY_MS);
    assert_eq!(played.acts(), [1]);
    played.reconnect();
    played.answer_join(|join| joined(join, 0));
    assert_eq!(played.acts(), [1]);
    assert_eq!(played.unsent(), [1]);
    played.stored(1, 1);
    assert!(played.unsent().is_empty());
    assert!(matches!(played.events().last(), Some(Event::Stored { .. })));
}

#[test]
fn a_final_refusal_names_what_was_to_be_done() {
    let mut played = Played::in_lobby();
    played.ban(1);
    let request = played.sent()[0].request();
    played.fail(request, Code::NOT_ALLOWED);
    assert_eq!(played.events(), [failure(wanted(1), Code::NOT_ALLOWED, None)]);
    assert!(played.unsent().is_empty());
}

#[test]
fn nothing_is_done_where_we_are_not() {
    let mut played = Played::welcome(options());
    played.ban(1);
    assert!(
        matches!(&played.events()[..], [Event::Failed { what, code: Code::NOT_IN_ROOM, .. }] if *what == wanted(1))
    );
}

#[test]
fn whoever_is_put_out_does_not_come_back_by_itself() {
    let mut played = Played::in_lobby();
    played.removed("lobby");
    assert_eq!(played.events(), [told("lobby")]);
    played.said(1);
    played.pass(120_000);
    played.reconnect();
    assert!(
        played
            .sent()
            .iter()
            .all(|message| !matches!(message, ClientMessage::Join(_)))
    );
    played.command(Command::Join {
        room: room("lobby"),
        tail: 0,
    });
    assert_eq!(played.sent().len(), 1, "asked to come back, it does");
}

#[test]
fn what_was_wanted_in_the_room_ends_with_it() {
    let mut played = Played::in_lobby();
    played.lose();
    played.say(1);
    played.command(Command::Search {
        room: room("lobby"),
        query: Query::words("tea"),
    });
    played.connect();
    played.events();
    played.server(welcome(4));
    played.sent();
    played.removed("lobby");
    let what = Wanted::Say {
        room: room("lobby"),
        id: message(1),
    };
    let search = Wanted::Search {
        room: room("lobby"),
        query: Query::words("tea"),
    };
    let events = played.events();
    assert_eq!(
        events[1..],
        [
            told("lobby"),
            failure(what, Code::KICKED, None),
            failure(search, Code::KICKED, None)
        ]
    );
    assert!(played.unsent().is_empty());
}

#[test]
fn what_is_on_its_way_when_we_are_put_out_ends_as_the_server_says() {
    let mut played = Played::in_lobby();
    (1..=3).for_each(|id| played.say(id));
    let says = played.says();
    played.removed("lobby");
    assert_eq!(played.events(), [told("lobby")]);
    played.stored(1, 1);
    played.fail(says[1].1, Code::TOO_FAST);
    let what = |id| Wanted::Say {
        room: room("lobby"),
        id: message(id),
    };
    let [Event::Stored { .. }, refused] = &played.events()[..] else {
        panic!("one is stored, one can't be said again");
    };
    assert_eq!(*refused, failure(what(2), Code::TOO_FAST, None));
    played.lose();
    let events = played.events();
    assert!(
        matches!(&events[1], Event::Failed { what: told, code: Code::NOT_IN_ROOM, .. } if *told == what(3))
    );
    assert!(played.unsent().is_empty());
}

#[test]
fn put_out_on_the_way_in_we_turn_round() {
    let mut played = Played::welcome(with_lobby());
    let sent = played.sent();
    let [ClientMessage::Join(join)] = &sent[..] else {
        panic!("not joined: {sent:?}");
    };
    played.removed("lobby");
    played.server(ServerMessage::Joined(joined(join, 0)));
    let sent = played.sent();
    let [ClientMessage::Leave(leave)] = &sent[..] else {
        panic!("not left: {sent:?}");
    };
    let (request, room) = (leave.request, room("lobby"));
    played.server(ServerMessage::Left(chat_proto::message::Left { request, room }));
    let events = played.events();
    assert!(matches!(
        &events[..],
        [Event::Removed { .. }, Event::Joined { .. }, Event::Left { .. }]
    ));
}

#[test]
fn a_room_that_we_are_not_in_can_be_closed_to_us_too() {
    let mut played = Played::in_lobby();
    played.removed("+den-x7k2");
    assert_eq!(played.events(), [told("+den-x7k2")]);
    played.said(1);
    assert_eq!(played.told(), [1]);
}

#[test]
fn a_room_that_is_closed_to_us_ends_in_a_failure() {
    for code in [Code::BANNED, Code::NO_SUCH_ROOM] {
        let mut played = Played::welcome(with_lobby());
        let request = played.sent()[0].request();
        played.fail(request, code);
        let room = room("lobby");
        assert_eq!(played.events(), [failure(Wanted::Join { room }, code, None)]);
        played.pass(120_000);
        assert_eq!(played.joins(), 0);
    }
}

#[test]
fn a_topic_may_be_empty_and_nothing_else_may() {
    let mut played = Played::in_lobby();
    for (id, kind) in [(1, Kind::TOPIC), (2, Kind::LINE), (3, Kind::ACTION)] {
        played.command(Command::Say {
            room: room("lobby"),
            id: message(id),
            kind,
            text: text(""),
        });
    }
    let said: Vec<u8> = played.says().into_iter().map(|(id, _)| id).collect();
    assert_eq!(said, [1]);
    let events = played.events();
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| matches!(
        event,
        Event::Failed {
            code: Code::TEXT_INVALID,
            ..
        }
    )));
}

impl Played {
    fn ban(&mut self, id: u8) {
        self.command(Command::Moderate {
            room: room("lobby"),
            id: message(id),
            act: Act::BAN,
            name: user("bob"),
            for_ms: 5_000,
            reason: Note::new("spam"),
        });
    }

    /// The ids of what was to be done.
    fn acts(&mut self) -> Vec<u8> {
        let acts = self.sent().into_iter().filter_map(|message| match message {
            ClientMessage::Moderate(moderate) => Some(moderate.id.0[0]),
            _ => None,
        });
        acts.collect()
    }

    fn joins(&mut self) -> usize {
        let sent = self.sent();
        sent.iter()
            .filter(|message| matches!(message, ClientMessage::Join(_)))
            .count()
    }

    fn removed(&mut self, name: &str) {
        self.server(ServerMessage::Removed(Removed {
            room: room(name),
            code: Code::KICKED,
            text: Note::new("no"),
        }));
    }
}

fn wanted(id: u8) -> Wanted {
    Wanted::Moderate {
        room: room("lobby"),
        id: message(id),
        act: Act::BAN,
        name: user("bob"),
    }
}

fn told(name: &str) -> Event {
    Event::Removed {
        room: room(name),
        code: Code::KICKED,
        text: Note::new("no"),
    }
}
