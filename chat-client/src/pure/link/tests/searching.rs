//! Each search ends in what was found or in a failure.

use chat_proto::message::{Found, Page, Search, Span};

use super::*;

#[test]
fn what_was_found_is_told_once_and_with_what_was_looked_for() {
    let mut played = Played::in_lobby();
    let query = Query {
        author: Some(user("bob")),
        since_unix_ms: Some(5),
        until_unix_ms: Some(9),
        before: Seq(40),
        limit: 3,
        ..Query::words("hello")
    };
    played.search(query.clone());
    let search = played.searches().remove(0);
    let expected = Search {
        request: search.request,
        room: room("lobby"),
        words: query.words.clone(),
        author: query.author.clone(),
        since_unix_ms: Some(5),
        until_unix_ms: Some(9),
        before: Seq(40),
        limit: 3,
    };
    assert_eq!(search, expected);
    played.found(search.request);
    played.found(search.request);
    let expected = Event::Found {
        room: room("lobby"),
        query,
        log: LOG,
        searched: Seq(38),
        last: Seq(40),
        records: vec![record(39), record(2)],
    };
    assert_eq!(played.events(), [expected]);
}

#[test]
fn words_alone_look_for_the_newest_messages_of_everybody() {
    let mut played = Played::in_lobby();
    played.search(Query::words("hello"));
    let search = played.searches().remove(0);
    assert_eq!((search.author, search.before), (None, Seq::MAX));
    assert_eq!((search.since_unix_ms, search.until_unix_ms), (None, None));
    assert_eq!(search.limit, 256);
}

#[test]
fn a_search_that_was_not_answered_fails_with_the_connection_and_is_not_asked_again() {
    let mut played = Played::in_lobby();
    played.search(Query::words("one"));
    played.search(Query::words("two"));
    let searches = played.searches();
    played.found(searches[0].request);
    played.events();
    played.lose();
    let events = played.events();
    let [Event::Lost { .. }, failed] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(*failed, not_answered("two"));
    played.connect();
    played.server(welcome(4));
    played.answer_join(|join| joined(join, 0));
    assert_eq!(played.sent(), []);
    played.events();
    played.found(searches[1].request);
    assert_eq!(played.events(), []);
}

#[test]
fn a_search_without_a_connection_waits_for_one() {
    let mut played = Played::in_lobby();
    played.lose();
    played.search(Query::words("one"));
    played.connect();
    played.server(welcome(4));
    assert!(!played.events().contains(&not_answered("one")));
    played.answer_join(|join| joined(join, 0));
    assert_eq!(played.searches().len(), 1);
}

#[test]
fn a_refused_search_is_told() {
    let mut played = Played::in_lobby();
    played.search(Query::words("one"));
    let request = played.searches()[0].request;
    played.fail(request, Code::NO_SEARCH);
    assert_eq!(
        played.events(),
        [failure(wanted("lobby", "one"), Code::NO_SEARCH, None)]
    );
}

#[test]
fn a_page_is_no_answer_to_a_search_and_what_was_found_none_to_a_page() {
    let mut played = Played::in_lobby();
    let span = Span::Before(Seq::MAX);
    played.command(Command::History {
        room: room("lobby"),
        span,
        limit: 10,
    });
    played.search(Query::words("one"));
    let requests: Vec<u32> = played.sent().iter().map(ClientMessage::request).collect();
    played.found(requests[0]);
    played.page(requests[1]);
    assert_eq!(played.events(), []);
    played.page(requests[0]);
    played.found(requests[1]);
    assert!(matches!(
        &played.events()[..],
        [Event::Page { .. }, Event::Found { .. }]
    ));
}

#[test]
fn nothing_is_looked_for_where_we_are_not_or_too_often_at_once() {
    let mut played = Played::in_lobby();
    played.command(Command::Search {
        room: room("den"),
        query: Query::words("one"),
    });
    let failed = played.events().remove(0);
    assert!(
        matches!(failed, Event::Failed { what, code: Code::NOT_IN_ROOM, .. } if what == wanted("den", "one"))
    );
    (0..ASKS_MAX).for_each(|_| played.search(Query::words("one")));
    assert_eq!(played.events(), []);
    played.search(Query::words("two"));
    let failed = played.events().remove(0);
    assert!(
        matches!(failed, Event::Failed { what, code: Code::TOO_FAST, .. } if what == wanted("lobby", "two"))
    );
}

#[test]
fn a_room_that_is_left_tells_what_was_not_found_there() {
    let mut played = Played::in_lobby();
    played.search(Query::words("one"));
    played.command(Command::Leave { room: room("lobby") });
    let sent = played.sent();
    let [ClientMessage::Search(_), ClientMessage::Leave(leave)] = &sent[..] else {
        panic!("not left: {sent:?}");
    };
    played.server(ServerMessage::Left(chat_proto::message::Left {
        request: leave.request,
        room: room("lobby"),
    }));
    let events = played.events();
    let [Event::Failed { what, code, .. }, Event::Left { .. }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((what, *code), (&wanted("lobby", "one"), Code::NOT_IN_ROOM));
}

#[test]
fn the_end_tells_what_was_not_found() {
    let mut played = Played::in_lobby();
    played.search(Query::words("one"));
    let code = Code::TAKEN_OVER;
    let text = Note::new("no");
    played.server(ServerMessage::Goodbye(chat_proto::message::Goodbye {
        code,
        text,
        come_back_after_ms: 0,
    }));
    let events = played.events();
    let [failed, Event::Refused { .. }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(*failed, not_answered("one"));
}

#[test]
fn finishing_waits_for_what_is_looked_for() {
    let mut played = Played::in_lobby();
    played.search(Query::words("one"));
    played.command(Command::Finish);
    assert_eq!(played.out.action, None);
    let request = played.searches()[0].request;
    played.found(request);
    assert_eq!(played.out.action.take(), Some(Action::CloseWriteSide));
}

impl Played {
    fn search(&mut self, query: Query) {
        let room = room("lobby");
        self.command(Command::Search { room, query });
    }

    fn searches(&mut self) -> Vec<Search> {
        let searches = self.sent().into_iter().map(|message| match message {
            ClientMessage::Search(search) => search,
            other => panic!("not looked for: {other:?}"),
        });
        searches.collect()
    }

    fn found(&mut self, request: u32) {
        self.server(ServerMessage::Found(Found {
            request,
            room: room("lobby"),
            log: LOG,
            searched: Seq(38),
            last: Seq(40),
            records: List::from_first([record(39), record(2)]),
        }));
    }

    fn page(&mut self, request: u32) {
        self.server(ServerMessage::Page(Page {
            request,
            room: room("lobby"),
            log: LOG,
            first_kept: Seq(1),
            last: Seq(0),
            records: List::new(),
        }));
    }
}

fn wanted(name: &str, words: &str) -> Wanted {
    Wanted::Search {
        room: room(name),
        query: Query::words(words),
    }
}

fn not_answered(words: &str) -> Event {
    Event::Failed {
        what: wanted("lobby", words),
        code: Code::IDLE,
        text: Note::new(""),
        retry_in_ms: None,
    }
}
