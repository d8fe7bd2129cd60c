//! The servers that one has met: listed, forgotten, and reached by short names.

use std::path::Path;

use chat_proto::link::{Host, Link};
use chat_tests::client::room;
use chat_tests::program::Ended;
use chat_tests::server::address_of_its_own;
use chat_tests::{Program, Terminal};
use chat_tls::{Identity, fingerprint, key_file};
use serde_json::Value;

/// A server at this address with its key in this directory, which takes no plain frames, and the key.
fn server(at: &str, data: &Path) -> (Program, Identity) {
    let data_name = data.to_str().expect("a path of a test is UTF-8");
    let (program, _) = Program::server_with(&["--listen", at, "--data", data_name, "--no-plain"]);
    let identity = key_file::read(&data.join("key")).expect("the server has made its key");
    (program, identity)
}

/// Alice runs the client with these arguments, and nothing on its input.
fn alice(home: &Path, arguments: &[&str]) -> Ended {
    Program::start_at_home("chat-client", arguments, home).ended()
}

/// The same, and it ends well and has nothing to say besides its output.
fn output(home: &Path, arguments: &[&str]) -> Vec<String> {
    let ended = alice(home, arguments);
    assert_eq!((ended.code, &ended.errors[..]), (Some(0), &[][..]), "{ended:?}");
    ended.output
}

#[test]
fn a_server_that_one_has_met_is_listed_and_reached_by_its_short_name() {
    let home = tempfile::tempdir().unwrap();
    let at = address_of_its_own().to_string();
    let (_server, identity) = server(&at, &home.path().join("server"));
    let none = alice(home.path(), &["servers"]);
    assert_eq!((none.code, none.output.len()), (Some(0), 0), "{none:?}");
    assert!(
        none.errors[0].starts_with("you have met no server yet"),
        "{none:?}"
    );
    let met = alice(home.path(), &["alice", "--tls", "--server", &at]);
    assert_eq!(met.code, Some(0), "{met:?}");
    let [line] = &output(home.path(), &["servers"])[..] else {
        panic!("one server was met");
    };
    let fingerprint = fingerprint(&identity.public_key());
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[..3], [&at, "-", &fingerprint]);
    assert_eq!(words[3].len(), "2026-11-05".len(), "a day: {line}");
    assert_eq!(
        output(home.path(), &["name", &at, "work"]),
        [format!("{at} is work from now on: chat-client --server work")]
    );
    let [line] = &output(home.path(), &["servers", "--json"])[..] else {
        panic!("one server was met");
    };
    let listed: Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&listed["server"], &listed["name"], &listed["fingerprint"]),
        (&at.into(), &"work".into(), &fingerprint.into())
    );
    let mut alice = Program::start_at_home("chat-client", &["alice", "--server", "work"], home.path());
    alice.write_line("hello");
    alice.expect_line("<alice>: hello");
}

#[test]
fn a_server_that_is_forgotten_is_met_anew_with_whichever_key_it_shows() {
    let home = tempfile::tempdir().unwrap();
    let at = address_of_its_own().to_string();
    let meet = || alice(home.path(), &["alice", "--tls", "--server", &at]);
    let (first, before) = server(&at, &home.path().join("one"));
    assert_eq!(meet().code, Some(0));
    drop(first);
    let (_second, after) = server(&at, &home.path().join("other"));
    let refused = meet();
    assert_eq!(refused.code, Some(5), "{refused:?}");
    let what_to_do = format!("run `chat-client forget {at}`");
    assert!(refused.errors[0].ends_with(&what_to_do), "{refused:?}");
    let [told] = &output(home.path(), &["forget", &at])[..] else {
        panic!("one line tells it");
    };
    assert!(told.contains(&fingerprint(&before.public_key())), "{told}");
    let met = meet();
    assert_eq!(met.code, Some(0), "{met:?}");
    assert!(
        met.errors[0].contains(&fingerprint(&after.public_key())),
        "{met:?}"
    );
}

#[test]
fn who_names_a_server_that_was_never_met_is_told_so_in_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["forget", "work"][..],
        &["name", "work", "other"],
        &["--server", "work"],
    ] {
        let ended = alice(home.path(), arguments);
        assert_eq!((ended.code, ended.output.len()), (Some(1), 0), "{ended:?}");
        assert_eq!(
            ended.errors,
            [
                "chat-client: you have met no server called work; `chat-client servers` lists those that you have met; one that you have not met is written as work:8000"
            ]
        );
    }
}

#[test]
fn who_follows_a_link_sees_on_the_screen_by_which_key_the_server_is_known_from_now_on() {
    let home = tempfile::tempdir().unwrap();
    let at = address_of_its_own();
    let (_server, identity) = server(&at.to_string(), &home.path().join("server"));
    let link = Link {
        host: Host::parse("127.0.0.1").unwrap(),
        port: at.port(),
        room: room("den"),
        server_key: identity.public_key(),
        invitation: None,
    };
    let start = || {
        let mut alice = Terminal::start_at_home("chat-client", &["alice", &link.expose()], home.path());
        alice.expect_on_screen("connected");
        alice
    };
    let mut alice = start();
    alice.expect_on_screen("known by its key:");
    alice.expect_on_screen(&fingerprint(&identity.public_key()));
    drop(alice);
    let mut again = start();
    again.type_bytes(b"hello\r");
    again.expect_on_screen("alice  hello");
    let shown = again.screen().text();
    assert!(!shown.contains("known by its key"), "told once: {shown}");
}
