//! The client in a pipe.

use chat_proto::ids::MessageId;
use chat_tests::client::lobby;
use chat_tests::{Program, RawPeer, TestServer};
use serde_json::Value;

/// What somebody writes who would like to own the terminals of others, and what others see of it.
pub(super) const ATTACK: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}live\r\nnext\u{7f}";
pub(super) const ATTACK_SHOWN: &str = "␛[2J␛]0;owned␇<U+009B>31m<U+202E>live␍␊next␡";

pub(super) fn attack(server: std::net::SocketAddr) {
    let mut mallory = RawPeer::welcomed(server, "mallory");
    mallory.join(&lobby());
    let request = mallory.send_say(&lobby(), MessageId([6; 16]), ATTACK);
    mallory.expect_stored(request);
    mallory.close_write();
    mallory.read_to_end();
}

#[test]
fn what_is_piped_in_is_said_and_the_program_ends_once_it_is_accepted() {
    let (_server, address) = Program::server();
    let mut onlooker = Program::client_in_room(address, "onlooker");
    let mut alice = Program::client(address, &[]);
    alice.write(b"alice\nhello\n");
    let alice = alice.ended();
    assert_eq!(alice.code, Some(0), "{alice:?}");
    assert_eq!(alice.errors, [""; 0]);
    onlooker.expect_line("<alice> joined the chat");
    onlooker.expect_line("<alice>: hello");
    onlooker.expect_line("<alice> left the chat");
    let onlooker = onlooker.ended();
    assert_eq!(
        (onlooker.code, onlooker.output.len()),
        (Some(0), 0),
        "{onlooker:?}"
    );
}

#[test]
fn a_thousand_lines_are_said_in_their_order() {
    let (_server, address) = Program::server();
    let mut onlooker = Program::client_in_room(address, "onlooker");
    let mut alice = Program::client(address, &["alice"]);
    let lines: String = (0..1000).map(|number| format!("line {number}\n")).collect();
    alice.write(lines.as_bytes());
    let alice = alice.ended();
    assert_eq!(alice.code, Some(0), "{:?}", alice.errors);
    onlooker.expect_line("<alice> joined the chat");
    for number in 0..1000 {
        onlooker.expect_line(&format!("<alice>: line {number}"));
    }
    onlooker.expect_line("<alice> left the chat");
}

#[test]
fn lines_that_can_not_be_said_are_named_and_the_rest_goes_on() {
    let server = TestServer::start();
    let mut alice = Program::client(server.address(), &["alice"]);
    alice.write(b"one\n\n");
    alice.write(&[b'x'; 20_000]);
    alice.write(b"\n\xff\xfe\ntwo\n");
    let alice = alice.ended();
    assert_eq!(alice.code, Some(0), "{alice:?}");
    assert_eq!(alice.output, ["<alice>: one", "<alice>: two"]);
    assert_eq!(alice.errors.len(), 2, "{alice:?}");
    assert!(alice.errors[0].contains("line 3 "), "{alice:?}");
    assert!(alice.errors[1].contains("line 4 "), "{alice:?}");
}

#[test]
fn with_several_rooms_each_line_names_its_room() {
    let server = TestServer::start();
    let mut onlooker = Program::client(
        server.address(),
        &["onlooker", "--room", "lobby", "--room", "tea"],
    );
    onlooker.write_line("ready");
    onlooker.expect_line("#lobby <onlooker>: ready");
    // Whoever is told that somebody came into the room is in it.
    let mut alice = Program::client(server.address(), &["alice", "--room", "tea"]);
    alice.write(b"milk?\n");
    assert_eq!(alice.ended().code, Some(0));
    onlooker.expect_line("#tea <alice> joined the chat");
    onlooker.expect_line("#tea <alice>: milk?");
    onlooker.expect_line("#tea <alice> left the chat");
}

#[test]
fn who_asks_for_the_last_lines_is_shown_them() {
    let server = TestServer::start();
    let mut alice = Program::client(server.address(), &["alice"]);
    alice.write(b"one\ntwo\nthree\n");
    assert_eq!(alice.ended().code, Some(0));
    let reader = Program::client(server.address(), &["reader", "--last", "2"]).ended();
    assert_eq!(reader.code, Some(0), "{reader:?}");
    assert_eq!(reader.output, ["<alice>: two", "<alice>: three"]);
    let reader = Program::client(server.address(), &["reader"]).ended();
    assert_eq!((reader.code, reader.output.len()), (Some(0), 0), "{reader:?}");
}

#[test]
fn a_line_that_is_no_command_in_json_is_told_with_its_number_and_the_rest_goes_on() {
    let server = TestServer::start();
    let mut alice = Program::client(server.address(), &["alice", "--json"]);
    let id = "0123456789abcdef0123456789abcdef";
    let say = format!("{{\"do\":\"say\",\"room\":\"lobby\",\"text\":\"hello\",\"id\":\"{id}\"}}\n");
    alice.write(b"hello\n");
    alice.write(say.as_bytes());
    alice.write(say.as_bytes());
    let alice = alice.ended();
    assert_eq!(alice.code, Some(1), "{alice:?}");
    let [error] = &alice.errors[..] else {
        panic!("one line was wrong: {alice:?}");
    };
    let error: Value = serde_json::from_str(error).unwrap_or_else(|wrong| panic!("{wrong}: {error}"));
    assert_eq!((&error["v"], &error["line"]), (&1.into(), &1.into()));
    let said = alice.output.iter().filter(|line| line.contains("\"said\""));
    let said: Vec<&String> = said.collect();
    assert_eq!(
        said.len(),
        1,
        "said twice under one id it is stored once: {said:?}"
    );
    assert!(said[0].contains(id), "{said:?}");
    server.stop();
}

#[test]
fn each_line_of_json_is_an_object_with_its_version() {
    let server = TestServer::start();
    attack(server.address());
    let mut alice = Program::client(server.address(), &["alice", "--json", "--last", "9"]);
    alice.write(b"{\"do\":\"say\",\"room\":\"lobby\",\"text\":\"hello\"}\n");
    let alice = alice.ended();
    assert_eq!(alice.code, Some(0), "{alice:?}");
    let events: Vec<Value> = alice
        .output
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(events.iter().all(|event| event["v"] == 1));
    let names: Vec<&str> = events
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    assert_eq!(names.len(), events.len());
    assert_eq!(
        (names.first(), names.last()),
        (Some(&"welcomed"), Some(&"finished"))
    );
    let said: Vec<(&Value, &Value, &Value)> = events
        .iter()
        .filter(|event| event["event"] == "said")
        .map(|event| (&event["from"], &event["text"], &event["seq"]))
        .collect();
    assert_eq!(said.len(), 2);
    assert!(
        said[0] == (&"mallory".into(), &ATTACK.into(), &1.into()),
        "{said:?}"
    );
    assert!(
        said[1] == (&"alice".into(), &"hello".into(), &2.into()),
        "{said:?}"
    );
    let raw = alice.output.concat();
    assert!(!raw.chars().any(char::is_control), "{raw:?}");
}

#[test]
fn what_could_command_a_terminal_is_shown_as_marks() {
    let server = TestServer::start();
    let mut onlooker = Program::client_in_room(server.address(), "onlooker");
    attack(server.address());
    onlooker.expect_line("<mallory> joined the chat");
    onlooker.expect_line(&format!("<mallory>: {ATTACK_SHOWN}"));
    onlooker.expect_line("<mallory> left the chat");
}
