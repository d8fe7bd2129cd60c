//! Rooms with doors, as one peer sees them.

use chat_proto::message::{
    Act, Announced, Away, Create, Done, Found, Listed, Mark, Marked, Moderate, Open, Opened, Person, Removed,
    Role, RoomPage, Rooms, Search, Whois,
};

use super::*;
use crate::history::NoSearch;
use crate::pure::hub::Deed;

fn passed_on(message: &ClientMessage) -> Request {
    let mut peer = Peer::in_lobby(0);
    peer.send(message);
    let mut requests = peer.take_requests();
    assert_eq!(requests.len(), 1, "{message:?}");
    assert!(peer.out.bytes.is_empty());
    requests.remove(0)
}

#[test]
fn what_is_asked_about_rooms_and_people_is_passed_on() {
    let (request, lobby) = (1, || room("lobby"));
    let bob = || raw("bob");
    let create = ClientMessage::Create(Create {
        request,
        room: raw("garden"),
    });
    let room = raw("garden");
    assert_eq!(passed_on(&create), Request::Create { request, room });
    let open = ClientMessage::Open(Open { request, name: bob() });
    assert_eq!(passed_on(&open), Request::Open { request, name: bob() });
    let mark = ClientMessage::Mark(Mark {
        request,
        room: lobby(),
        seq: Seq(3),
    });
    let (room, seq) = (lobby(), Seq(3));
    assert_eq!(passed_on(&mark), Request::Mark { request, room, seq });
    let (mine, after) = (true, Some(lobby()));
    let rooms = ClientMessage::Rooms(Rooms {
        request,
        mine,
        after: after.clone(),
    });
    assert_eq!(passed_on(&rooms), Request::Rooms { request, mine, after });
    let whois = ClientMessage::Whois(Whois { request, name: bob() });
    assert_eq!(passed_on(&whois), Request::Whois { request, name: bob() });
    let text = Note::new("tea");
    let away = ClientMessage::Away(Away {
        request,
        text: text.clone(),
    });
    assert_eq!(passed_on(&away), Request::Away { request, text });
}

#[test]
fn an_act_is_passed_on_whole() {
    let (request, id, act, for_ms) = (1, id(5), Act::MUTE, 60_000);
    let (name, reason) = (raw("bob"), Note::new("spam"));
    let moderate = Moderate {
        request,
        room: room("lobby"),
        id,
        act,
        name: name.clone(),
        for_ms,
        reason: reason.clone(),
    };
    let deed = Deed {
        id,
        act,
        name,
        for_ms,
        reason,
    };
    let room = room("lobby");
    let asked = Request::Moderate { request, room, deed };
    assert_eq!(passed_on(&ClientMessage::Moderate(moderate)), asked);
}

fn listed() -> Listed {
    Listed {
        room: room("+garden-abcd"),
        with: None,
        role: Role::OWNER,
        count: 1,
        topic: Note::new(""),
    }
}

#[test]
fn each_answer_about_rooms_and_people_is_told() {
    let request = 8;
    let opened = Opened {
        request,
        listed: listed(),
    };
    let page = RoomPage {
        request,
        rooms: List::from_first([listed()]),
        has_more: false,
    };
    let person = Person {
        request,
        name: user("bob"),
        key: None,
        connections: 1,
        away: Note::new(""),
    };
    for (reply, told) in [
        (
            Reply::Opened(Box::new(opened.clone())),
            ServerMessage::Opened(opened),
        ),
        (
            Reply::RoomPage(Box::new(page.clone())),
            ServerMessage::RoomPage(page),
        ),
        (
            Reply::Person(Box::new(person.clone())),
            ServerMessage::Person(person),
        ),
        (
            Reply::Done(Done { request }),
            ServerMessage::Done(Done { request }),
        ),
    ] {
        let mut peer = Peer::welcomed();
        let name = raw("bob");
        peer.send(&ClientMessage::Whois(Whois { request, name }));
        peer.handle(Input::Reply(reply));
        assert_eq!(peer.take_messages(), [told]);
        assert_eq!(peer.session.unanswered, 0);
    }
}

#[test]
fn news_comes_unasked_to_who_reads_and_is_left_out_for_who_does_not() {
    let marked = Marked {
        room: room("lobby"),
        seq: Seq(3),
    };
    let announced = Announced { listed: listed() };
    let news = || {
        [
            Reply::Announced(Box::new(listed())),
            Reply::Marked(Marked {
                room: room("lobby"),
                seq: Seq(3),
            }),
        ]
    };
    let mut peer = Peer::in_lobby(0);
    for reply in news() {
        peer.handle(Input::Reply(reply));
    }
    assert_eq!(
        peer.take_messages(),
        [ServerMessage::Announced(announced), ServerMessage::Marked(marked)]
    );
    for _ in 0..LIMITS.output_bytes_max {
        for reply in news() {
            peer.handle(Input::Reply(reply));
        }
    }
    let most = LIMITS.output_bytes_max + 100;
    assert!(peer.out.bytes.len() < most, "{} bytes wait", peer.out.bytes.len());
}

#[test]
fn who_does_not_read_is_told_the_last_mark_when_it_does() {
    let marked = |seq| Marked {
        room: room("lobby"),
        seq: Seq(seq),
    };
    let mut peer = Peer::in_lobby(0);
    for _ in 0..LIMITS.output_bytes_max {
        peer.handle(Input::Reply(Reply::Announced(Box::new(listed()))));
    }
    for seq in 3..6 {
        peer.handle(Input::Reply(Reply::Marked(marked(seq))));
    }
    peer.take_messages();
    peer.handle(Input::Wrote);
    assert_eq!(peer.take_messages(), [ServerMessage::Marked(marked(5))]);
    peer.handle(Input::Wrote);
    assert_eq!(peer.take_messages(), [], "once");
}

fn search(request: u32, name: &str) -> Search {
    Search {
        request,
        room: room(name),
        words: Note::new("tea"),
        author: None,
        since_unix_ms: None,
        until_unix_ms: None,
        before: Seq::MAX,
        limit: 10,
    }
}

/// [26] Nothing more comes from a room that one was put out of: neither what was asked for before nor what was on its way.
#[test]
fn who_is_put_out_is_told_nothing_more_of_the_room() {
    let mut peer = Peer::in_lobby(9);
    peer.join("attic", 0, 1);
    peer.take_messages();
    let history = History {
        request: 5,
        room: room("lobby"),
        span: Span::Before(Seq::MAX),
        limit: 10,
    };
    let elsewhere = History {
        request: 7,
        room: room("attic"),
        ..history.clone()
    };
    for message in [
        ClientMessage::History(history.clone()),
        ClientMessage::Search(search(6, "lobby")),
        ClientMessage::History(elsewhere),
    ] {
        peer.send(&message);
    }
    assert!(peer.out.fetch.take().is_some(), "the first is being looked up");
    let removed = Removed {
        room: room("lobby"),
        code: Code::BANNED,
        text: Note::new("spam"),
    };
    peer.handle(Input::Reply(Reply::Removed(Box::new(removed.clone()))));
    assert_eq!(std::mem::take(&mut peer.out.left), [room("lobby")]);
    let told = peer.take_messages();
    let failed = [failed_code(&told[..1]), failed_code(&told[1..2])];
    assert_eq!(
        failed,
        [Some((5, Code::NOT_IN_ROOM)), Some((6, Code::NOT_IN_ROOM))]
    );
    assert_eq!(told.last(), Some(&ServerMessage::Removed(removed)));
    peer.handle(Input::Page { page: None });
    let told = peer.take_messages();
    assert!(
        !told.iter().any(|message| matches!(
            message,
            ServerMessage::Said(_) | ServerMessage::Page(_) | ServerMessage::Found(Found { .. })
        )),
        "{told:?}"
    );
    assert!(peer.out.fetch.is_some(), "the other room's page is looked up now");
    assert_eq!(peer.session.unanswered, 1);
    peer.send(&ClientMessage::History(history));
    assert_eq!(peer.take_messages().len(), 1, "it fails at once");
}

/// [23] A private room that is there and one that is not are the same to whoever has not joined it.
#[test]
fn history_of_a_private_room_is_that_of_none() {
    let ask = |name: &str| {
        let mut peer = Peer::welcomed();
        peer.send(&ClientMessage::History(History {
            request: 5,
            room: room(name),
            span: Span::Before(Seq::MAX),
            limit: 10,
        }));
        peer.send(&ClientMessage::Search(search(5, name)));
        peer.take_messages()
    };
    for name in ["+garden-abcd", "=0123456789abcdef01234567"] {
        let told = ask(name);
        assert_eq!(told, ask("+nothing-wxyz"));
        let [ServerMessage::Failed(first), ServerMessage::Failed(second)] = &told[..] else {
            panic!("both fail: {told:?}");
        };
        assert_eq!(
            (first.code, second.code),
            (Code::NO_SUCH_ROOM, Code::NO_SUCH_ROOM)
        );
    }
}

#[test]
fn a_search_that_finds_nothing_says_why() {
    for (why, code) in [
        (NoSearch::NoIndex, Code::NO_SEARCH),
        (NoSearch::TooMuch, Code::SEARCH_TOO_BROAD),
        (NoSearch::Unavailable, Code::STORE_UNAVAILABLE),
    ] {
        let mut peer = Peer::in_lobby(9);
        peer.send(&ClientMessage::Search(search(5, "lobby")));
        assert!(peer.out.search.take().is_some());
        peer.handle(Input::Found { found: Err(why) });
        assert_eq!(failed_code(&peer.take_messages()), Some((5, code)), "{why:?}");
    }
}
