use std::time::Duration;

use chat_client::pure::link::{Cause, Content, Event, Query, Unsent, Wanted};
use chat_client::{Client, ClientError, Events, Options};
use chat_proto::frame::write_server;
use chat_proto::ids::{Secret, Seq};
use chat_proto::message::{Act, ClientMessage, Code, Goodbye, Ping, ServerMessage};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};
use futures_lite::future::{block_on, poll_once};
use futures_lite::{FutureExt, StreamExt};

use crate::played::{Peer, nowhere, serve};

const fn is_send<T: Send>() {}
const _: () = is_send::<Client>();
const _: () = is_send::<Events>();

fn lobby() -> RoomName {
    RoomName::parse("lobby").expect("a name of a test")
}

fn text(text: &str) -> Text {
    Text::new(text).expect("a text of a test")
}

fn alice(server: String) -> Options {
    let name = UserName::parse("alice").expect("a name of a test");
    Options::new(server, name).room(lobby(), 0)
}

/// Events up to and with the first that is wanted.
async fn until(events: &mut Events, is_wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        seen.push(event);
        if seen.last().is_some_and(&is_wanted) {
            return seen;
        }
    }
    panic!("ended before: {seen:?}");
}

#[test]
fn what_a_crashed_program_left_unsent_is_said_by_the_next_one_under_its_id() {
    let (address, port) = nowhere();
    let (client, mut events) = Client::connect(alice(address));
    let id = client.say(&lobby(), text("hello")).unwrap();
    let saved: Vec<Unsent> = block_on(async {
        until(&mut events, |event| matches!(event, Event::Lost { .. })).await;
        events.unsent().collect()
    });
    drop((client, events, port));
    let (server, play) = serve(move |listener| {
        let mut peer = Peer::welcome_and_join(listener);
        let (first, second) = (peer.say(), peer.say());
        assert_eq!(first.id, id);
        assert_eq!(second.text.as_str(), "again");
    });
    let (client, mut events) = Client::connect(alice(server));
    assert_eq!(events.restore(saved), []);
    client.say(&lobby(), text("again")).unwrap();
    block_on(until(&mut events, |event| matches!(event, Event::Lost { .. })));
    play.join().unwrap();
}

#[test]
fn each_command_of_the_library_reaches_the_server() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        let mut asked: Vec<ClientMessage> = std::iter::from_fn(|| peer.next()).take(7).collect();
        asked.sort_by_key(ClientMessage::request);
        let expected = ["Away", "Mark", "Create", "Open", "Whois", "Release", "Moderate"];
        for (asked, expected) in asked.iter().zip(expected) {
            assert!(format!("{asked:?}").starts_with(expected), "{asked:?}");
        }
    });
    let (client, mut events) = Client::connect(alice(server));
    let (den, bob) = (RoomName::parse("den").unwrap(), UserName::parse("bob").unwrap());
    block_on(until(&mut events, |event| matches!(event, Event::Joined { .. })));
    client.away(Note::new("lunch")).unwrap();
    client.mark(&lobby(), Seq(1)).unwrap();
    client.create(&den).unwrap();
    client.open(&bob).unwrap();
    client.whois(&bob).unwrap();
    client.release(&bob).unwrap();
    client
        .moderate(&lobby(), Act::KICK, &bob, 0, Note::new(""))
        .unwrap();
    block_on(until(&mut events, |event| matches!(event, Event::Lost { .. })));
    play.join().unwrap();
}

#[test]
fn what_is_said_is_stored_and_seen_and_finishing_ends_the_connection_politely() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        let say = peer.say();
        peer.store(&say);
        assert_eq!(peer.next(), None, "the write side is closed, nothing is cut off");
    });
    let (client, mut events) = Client::connect(alice(server));
    let id = client.say(&lobby(), text("hello")).unwrap();
    client.finish().unwrap();
    let seen: Vec<Event> = block_on(async { (&mut events).collect().await });
    let [
        Event::Welcomed { .. },
        Event::Joined { .. },
        Event::Stored { id: stored, .. },
        Event::Said { record, .. },
        Event::Finished,
    ] = &seen[..]
    else {
        panic!("{seen:?}");
    };
    assert_eq!((*stored, record.id), (id, id));
    assert_eq!(client.say(&lobby(), text("more")), Err(ClientError::Closed));
    assert!(block_on(events.next()).is_none());
    play.join().unwrap();
}

#[test]
fn messages_arrive_in_any_pieces() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        let mut bytes = Vec::new();
        write_server(&ServerMessage::Ping(Ping { request: 42 }), &mut bytes);
        peer.send_bytes(&bytes);
        assert_eq!(peer.next(), Some(ClientMessage::Pong(Ping { request: 42 })));
        peer.tell("done");
        assert_eq!(peer.next(), None);
    });
    let (_client, mut events) = Client::connect(alice(server));
    block_on(until(&mut events, |event| matches!(event, Event::Said { .. })));
    drop(events);
    play.join().unwrap();
}

#[test]
fn after_a_loss_it_comes_back_and_says_again_what_was_not_answered() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        let lost = peer.say();
        drop(peer);
        let (mut peer, hello) = Peer::welcome(listener);
        assert_eq!(hello.resume, Some(Secret::from_bytes([5; 16])));
        peer.join();
        let again = peer.say();
        assert_eq!((lost.id, lost.text), (again.id, again.text.clone()));
        peer.store(&again);
        assert_eq!(peer.next(), None);
    });
    let (client, mut events) = Client::connect(alice(server));
    client.say(&lobby(), text("hello")).unwrap();
    client.finish().unwrap();
    let seen = block_on(until(&mut events, |event| matches!(event, Event::Finished)));
    let stored = seen
        .iter()
        .filter(|event| matches!(event, Event::Stored { .. }))
        .count();
    assert_eq!(stored, 1);
    assert!(seen.iter().any(|event| matches!(
        event,
        Event::Lost {
            cause: Cause::Ended,
            ..
        }
    )));
    play.join().unwrap();
}

#[test]
fn what_is_emptied_is_told_by_its_notice_and_survives_a_loss() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        let lost = peer.empty();
        drop(peer);
        let mut peer = Peer::welcome_and_join(listener);
        let again = peer.empty();
        assert_eq!((lost.id, lost.seq), (again.id, Seq(1)));
        peer.tell("a line");
        peer.store_notice(&again);
        assert_eq!(peer.next(), None);
    });
    let (client, mut events) = Client::connect(alice(server));
    let notice = client.empty(&lobby(), Seq(1)).unwrap();
    client.finish().unwrap();
    let seen = block_on(until(&mut events, |event| matches!(event, Event::Finished)));
    assert!(
        seen.iter()
            .any(|event| matches!(event, Event::Stored { id, seq: Seq(2), .. } if *id == notice))
    );
    assert!(
        seen.iter()
            .any(|event| matches!(event, Event::Emptied { id, seq: Seq(1), .. } if *id == notice))
    );
    play.join().unwrap();
}

#[test]
fn what_was_found_comes_with_its_query_and_a_loss_fails_it() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        peer.find();
        assert!(matches!(peer.next(), Some(ClientMessage::Search(_))));
    });
    let (client, mut events) = Client::connect(alice(server));
    let query = Query::words("hello");
    client.search(&lobby(), query.clone()).unwrap();
    let seen = block_on(until(&mut events, |event| matches!(event, Event::Found { .. })));
    assert!(
        matches!(seen.last(), Some(Event::Found { query: found, records, .. }) if *found == query && records.is_empty())
    );
    client.search(&lobby(), query.clone()).unwrap();
    let seen = block_on(until(&mut events, |event| matches!(event, Event::Failed { .. })));
    assert!(
        matches!(seen.last(), Some(Event::Failed { what: Wanted::Search { query: failed, .. }, .. }) if *failed == query)
    );
    play.join().unwrap();
}

#[test]
fn dropping_the_events_closes_the_connection() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        assert_eq!(peer.next(), None);
    });
    let (client, mut events) = Client::connect(alice(server));
    block_on(until(&mut events, |event| matches!(event, Event::Joined { .. })));
    drop(events);
    play.join().unwrap();
    assert_eq!(client.finish(), Err(ClientError::Closed));
}

#[test]
fn nobody_there_is_a_loss_with_the_systems_words() {
    let (server, _port) = nowhere();
    let (_client, mut events) = Client::connect(alice(server));
    let first = block_on(events.next());
    let Some(Event::Lost {
        cause: Cause::Unreachable,
        why,
        ..
    }) = first
    else {
        panic!("not lost: {first:?}");
    };
    assert!(why.contains("refused"), "{why}");
}

#[test]
fn whoever_says_too_much_hears_of_it_and_nothing_is_lost() {
    let (server, _port) = nowhere();
    let (client, mut events) = Client::connect(alice(server).give_up(Duration::ZERO));
    let mut said = Vec::new();
    loop {
        assert_eq!(events.can_say(), said.len() < 256);
        match client.say(&lobby(), text("hello")) {
            Ok(id) => said.push(id),
            Err(error) => {
                assert_eq!(error, ClientError::Full);
                break;
            }
        }
    }
    let seen = block_on(until(&mut events, |event| matches!(event, Event::GaveUp { .. })));
    let Some(Event::GaveUp { unsent }) = seen.last() else {
        panic!("{seen:?}");
    };
    assert_eq!(unsent.iter().map(|unsent| unsent.id).collect::<Vec<_>>(), said);
    assert_eq!(client.say(&lobby(), text("more")), Err(ClientError::Closed));
}

#[test]
fn stopping_names_what_is_unsent() {
    let (server, _port) = nowhere();
    let (client, events) = Client::connect(alice(server));
    let said = client.say(&lobby(), text("hello")).unwrap();
    let notice = client.empty(&lobby(), Seq(17)).unwrap();
    let unsent = events.stop();
    assert_eq!(
        unsent.iter().map(|unsent| unsent.id).collect::<Vec<_>>(),
        [said, notice]
    );
    assert_eq!(unsent[1].content, Content::Emptying { seq: Seq(17) });
    assert_eq!(client.finish(), Err(ClientError::Closed));
}

#[test]
fn a_cancelled_next_loses_nothing() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        for seq in 1..=100 {
            peer.tell(&seq.to_string());
        }
        assert_eq!(peer.next(), None);
    });
    let (_client, mut events) = Client::connect(alice(server));
    let mut told = Vec::new();
    block_on(async {
        while told.len() < 100 {
            // Every second future is dropped after one poll.
            let event = match poll_once(events.next()).await {
                Some(event) => event,
                None => events.next().await,
            };
            if let Some(Event::Said { record, .. }) = event {
                told.push(record.seq.0);
            }
        }
    });
    assert_eq!(told, (1..=100).collect::<Vec<_>>());
    drop(events);
    play.join().unwrap();
}

#[test]
fn events_that_came_together_can_be_taken_without_waiting() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        assert_eq!(peer.next(), None);
    });
    let (client, mut events) = Client::connect(alice(server));
    assert_eq!(events.try_next(), None);
    block_on(until(&mut events, |event| matches!(event, Event::Joined { .. })));
    client.members(&lobby()).unwrap();
    client.members(&lobby()).unwrap();
    assert_eq!(events.try_next(), None, "nothing is done while it is not polled");
    let first = block_on(events.next());
    assert!(
        matches!(first, Some(Event::Members { count: 0, .. })),
        "{first:?}"
    );
    drop(events);
    play.join().unwrap();
}

#[test]
fn the_reason_of_a_goodbye_is_heard_and_final_ones_end_it() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        peer.send(&ServerMessage::Goodbye(Goodbye {
            code: Code::TAKEN_OVER,
            text: Note::new("you are elsewhere"),
            come_back_after_ms: 0,
        }));
    });
    let (_client, mut events) = Client::connect(alice(server));
    let seen: Vec<Event> = block_on(async { (&mut events).collect().await });
    assert!(
        matches!(seen.last(), Some(Event::Refused { code: Code::TAKEN_OVER, text, .. }) if text.as_str() == "you are elsewhere"),
        "{seen:?}"
    );
    play.join().unwrap();
}

#[test]
fn a_client_can_speak_from_another_task_than_the_one_that_listens() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        let say = peer.say();
        peer.store(&say);
        assert_eq!(peer.next(), None);
    });
    let (client, mut events) = Client::connect(alice(server));
    let speaker = client.clone();
    let listening = async {
        until(&mut events, |event| matches!(event, Event::Joined { .. })).await;
        let spoken = std::thread::spawn(move || speaker.say(&lobby(), text("hello")));
        until(&mut events, |event| matches!(event, Event::Stored { .. })).await;
        spoken.join().unwrap().unwrap();
    };
    block_on(listening.boxed_local());
    drop(events);
    play.join().unwrap();
}
