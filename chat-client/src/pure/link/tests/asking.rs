//! Rooms that are made and found, lists of rooms, and who is who.

use chat_proto::ids::PublicKey;
use chat_proto::limits::ROOMS_PAGE_MAX;
use chat_proto::message::{Announced, Done, Listed, Opened, Person, Role, RoomPage};

use super::*;

#[test]
fn what_is_asked_for_needs_no_room_and_ends_in_its_answer() {
    let mut played = Played::welcome(options());
    let request = played.ask(create());
    played.server(opened(request));
    played.server(opened(request));
    let request = played.ask(open());
    played.server(opened(request));
    let request = played.ask(whois());
    played.server(ServerMessage::Person(person(request)));
    let request = played.ask(release());
    played.server(ServerMessage::Done(Done { request }));
    let expected = [
        Event::Opened {
            listed: listed("den"),
        },
        Event::Opened {
            listed: listed("den"),
        },
        Event::Person {
            name: user("Bob"),
            key: Some(PublicKey([1; 32])),
            connections: 2,
            away: Note::new("lunch"),
        },
        Event::Released { name: user("bob") },
    ];
    assert_eq!(played.events(), expected);
}

#[test]
fn an_answer_to_something_else_is_none() {
    let mut played = Played::welcome(options());
    for command in [create(), open(), whois(), release()] {
        let request = played.ask(command.clone());
        if !matches!(command, Command::Create { .. } | Command::Open { .. }) {
            played.server(opened(request));
        }
        if !matches!(command, Command::Whois { .. }) {
            played.server(ServerMessage::Person(person(request)));
        }
        if !matches!(command, Command::Release { .. }) {
            played.server(ServerMessage::Done(Done { request }));
        }
        played.server(page(request, &["den"], false));
    }
    assert_eq!(played.events(), []);
}

#[test]
fn a_refusal_names_what_was_wanted() {
    let (den, bob) = (|| room("den"), || user("bob"));
    for (command, what) in [
        (create(), Wanted::Create { room: den() }),
        (open(), Wanted::Open { name: bob() }),
        (whois(), Wanted::Whois { name: bob() }),
        (release(), Wanted::Release { name: bob() }),
    ] {
        let mut played = Played::welcome(options());
        let request = played.ask(command);
        played.fail(request, Code::NO_SUCH_PERSON);
        assert_eq!(played.events(), [failure(what, Code::NO_SUCH_PERSON, None)]);
    }
}

#[test]
fn a_loss_asks_again_for_what_does_no_harm_twice() {
    for (command, is_asked_again) in [
        (create(), false),
        (open(), true),
        (whois(), true),
        (release(), false),
    ] {
        let mut played = Played::welcome(options());
        played.ask(command);
        played.reconnect();
        assert_eq!(played.sent().len(), usize::from(is_asked_again));
        let failed = played.events().into_iter().filter(|event| {
            matches!(
                event,
                Event::Failed {
                    code: Code::IDLE,
                    retry_in_ms: None,
                    ..
                }
            )
        });
        assert_eq!(failed.count(), usize::from(!is_asked_again));
    }
}

#[test]
fn not_too_much_is_asked_at_once() {
    let mut played = Played::new(options());
    (0..ASKS_MAX).for_each(|_| played.command(whois()));
    assert_eq!(played.events(), []);
    played.command(create());
    assert!(matches!(
        &played.events()[..],
        [Event::Failed {
            code: Code::TOO_FAST,
            ..
        }]
    ));
}

#[test]
fn our_own_rooms_are_listed_after_each_welcome_page_by_page() {
    let mut played = Played::new(options());
    played.connect();
    for again in 0..2 {
        played.server(welcome(4));
        let first = played.list();
        assert!(first.mine && first.after.is_none());
        played.server(page(first.request, &["attic", "den"], true));
        let second = played.list();
        assert_eq!(second.after, Some(room("den")));
        played.events();
        played.server(page(second.request, &["hall"], false));
        assert_eq!(
            played.events(),
            [rooms(true, &["attic", "den", "hall"], true)],
            "{again}"
        );
        played.lose();
        played.connect();
    }
}

#[test]
fn a_server_that_knows_no_lists_is_not_told_of() {
    let mut played = Played::welcome(options());
    let request = played.list().request;
    played.fail(request, Code::UNKNOWN_REQUEST);
    assert_eq!(played.events(), []);
    played.command(Command::Rooms { mine: true });
    let request = played.list().request;
    played.fail(request, Code::UNKNOWN_REQUEST);
    let what = Wanted::Rooms { mine: true };
    assert_eq!(played.events(), [failure(what, Code::UNKNOWN_REQUEST, None)]);
}

#[test]
fn a_list_that_is_refused_for_now_is_asked_for_again_after_the_wait() {
    let mut played = Played::welcome(options());
    let request = played.list().request;
    played.fail_for(request, Code::TOO_FAST, 7_000);
    played.pass(6_999);
    played.sent();
    assert!(played.lists.is_empty());
    played.pass(1);
    let request = played.list().request;
    played.server(page(request, &["den"], false));
    assert_eq!(played.events(), [rooms(true, &["den"], true)]);
}

#[test]
fn the_public_rooms_are_listed_when_asked_for_also_through_a_loss() {
    let mut played = Played::welcome(options());
    let request = played.list().request;
    played.server(page(request, &[], false));
    played.command(Command::Rooms { mine: false });
    played.command(Command::Rooms { mine: false });
    let first = played.list();
    assert!(!first.mine);
    played.server(page(first.request, &["attic"], true));
    played.reconnect();
    played.sent();
    let again = played.lists.iter().rfind(|list| !list.mine).unwrap().clone();
    assert_eq!(again.after, None, "from the beginning");
    played.events();
    played.server(page(again.request, &["attic"], false));
    assert_eq!(played.events(), [rooms(false, &["attic"], true)]);
}

#[test]
fn finishing_waits_for_a_list_that_was_asked_for() {
    let mut played = Played::welcome(options());
    let mine = played.list().request;
    played.command(Command::Rooms { mine: false });
    played.command(Command::Finish);
    assert_eq!(played.out.action, None);
    let request = played.list().request;
    played.server(page(mine, &[], true));
    played.server(page(request, &[], false));
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
}

#[test]
fn the_end_tells_of_a_list_that_did_not_come() {
    let mut played = Played::welcome(options());
    played.command(Command::Rooms { mine: false });
    played.server(ServerMessage::Goodbye(chat_proto::message::Goodbye::new(
        Code::TAKEN_OVER,
        "no",
        0,
    )));
    let what = Wanted::Rooms { mine: false };
    assert!(matches!(
        &played.events()[..],
        [Event::Failed { what: told, code: Code::IDLE, .. }, Event::Refused { .. }] if *told == what
    ));
}

#[test]
fn a_list_without_end_is_cut_off() {
    let mut played = Played::welcome(options());
    let mut listed = 0;
    for _ in 0..=ROOMS_LISTED_MAX / ROOMS_PAGE_MAX {
        let Some(list) = played.next_list() else { break };
        let names: Vec<String> = (0..ROOMS_PAGE_MAX)
            .map(|n| format!("r{:06}", listed + n))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        listed += names.len();
        played.server(page(list.request, &names, true));
    }
    let events = played.events();
    let [
        Event::Rooms {
            list, whole: false, ..
        },
    ] = &events[..]
    else {
        panic!("not cut off");
    };
    assert_eq!(list.len(), ROOMS_LISTED_MAX);
    assert!(played.next_list().is_none());
}

#[test]
fn a_list_that_goes_round_or_nowhere_ends() {
    for second in [&["attic"][..], &["den"], &["hall", "den"], &[]] {
        let mut played = Played::welcome(options());
        let request = played.list().request;
        played.server(page(request, &["attic", "den"], true));
        let request = played.list().request;
        played.server(page(request, second, true));
        let events = played.events();
        assert!(
            matches!(&events[..], [Event::Rooms { whole: false, .. }]),
            "{events:?}"
        );
        assert!(played.next_list().is_none());
    }
}

#[test]
fn what_others_begin_with_us_is_told() {
    let mut played = Played::welcome(options());
    let listed = listed("den");
    played.server(ServerMessage::Announced(Announced {
        listed: listed.clone(),
    }));
    assert_eq!(played.events(), [Event::Announced { listed }]);
    assert_eq!(played.sent(), [], "it is not joined by itself");
}

impl Played {
    /// Wants this, which is asked for at once.
    fn ask(&mut self, command: Command) -> u32 {
        self.command(command);
        let sent = self.sent();
        let [asked] = &sent[..] else {
            panic!("not asked once: {sent:?}");
        };
        asked.request()
    }

    fn next_list(&mut self) -> Option<Rooms> {
        self.sent();
        (!self.lists.is_empty()).then(|| self.lists.remove(0))
    }

    fn list(&mut self) -> Rooms {
        self.next_list().expect("a list is asked for")
    }
}

fn create() -> Command {
    Command::Create { room: room("den") }
}

fn open() -> Command {
    Command::Open { name: user("bob") }
}

fn whois() -> Command {
    Command::Whois { name: user("bob") }
}

fn release() -> Command {
    Command::Release { name: user("bob") }
}

pub(super) fn listed(name: &str) -> Listed {
    Listed {
        room: room(name),
        with: None,
        role: Role::MEMBER,
        count: 1,
        topic: Note::new("tea"),
    }
}

fn opened(request: u32) -> ServerMessage {
    let listed = listed("den");
    ServerMessage::Opened(Opened { request, listed })
}

pub(super) fn person(request: u32) -> Person {
    Person {
        request,
        name: user("Bob"),
        key: Some(PublicKey([1; 32])),
        connections: 2,
        away: Note::new("lunch"),
    }
}

fn page(request: u32, names: &[&str], has_more: bool) -> ServerMessage {
    ServerMessage::RoomPage(RoomPage {
        request,
        rooms: List::from_first(names.iter().map(|name| listed(name))),
        has_more,
    })
}

fn rooms(mine: bool, names: &[&str], whole: bool) -> Event {
    Event::Rooms {
        mine,
        list: names.iter().map(|name| listed(name)).collect(),
        whole,
    }
}
