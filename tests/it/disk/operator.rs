//! What an operator does.

use std::fs;

use chat_tests::{Program, TestClient};
use rustix::process::Signal;

#[test]
fn a_message_is_there_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (server, address) = super::server(directory.path(), "127.0.0.1:0", &[]);
    let mut alice = Program::client_in_room(address, "alice");
    alice.write_line("remember this");
    alice.expect_line("<alice>: remember this");
    assert_eq!(alice.ended().code, Some(0));
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
    let (_server, address) = super::server(directory.path(), "127.0.0.1:0", &[]);
    let mut bob = Program::client(address, &["bob", "--last", "2"]);
    bob.expect_line("<alice>: ready");
    bob.expect_line("<alice>: remember this");
}

#[test]
fn a_directory_in_use_is_refused_with_its_holders_number() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (server, _) = super::server(directory.path(), "127.0.0.1:0", &[]);
    let data = directory.path().to_str().expect("a path of a test");
    let second = Program::start("chat-server", &["--listen", "127.0.0.1:0", "--data", data]).ended();
    assert_eq!(second.code, Some(1));
    let [line] = &second.errors[..] else {
        panic!("one sentence, not {:?}", second.errors);
    };
    assert!(line.contains(&format!("process {}", server.id())), "{line}");
}

#[test]
fn a_directory_that_cannot_be_written_is_refused_with_a_hint() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let file = directory.path().join("file");
    fs::write(&file, "x").expect("a file for a test");
    let file = file.to_str().expect("a path of a test");
    let refused = Program::start("chat-server", &["--data", file]).ended();
    assert_eq!(refused.code, Some(1));
    assert!(refused.errors[0].contains("--memory"), "{:?}", refused.errors);
}

#[test]
fn check_names_what_is_damaged_and_the_server_tells_of_it() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (server, address) = super::server(directory.path(), "127.0.0.1:0", &[]);
    let mut alice = Program::client(address, &["alice"]);
    for line in ["one", "a text to be found", "three"] {
        alice.write_line(line);
        alice.await_line(&format!("<alice>: {line}"));
    }
    assert_eq!(alice.ended().code, Some(0));
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
    super::assert_whole(directory.path());

    let log = directory.path().join("chat.db");
    let mut bytes = fs::read(&log).expect("the log");
    let text = b"a text to be found";
    let at = bytes
        .windows(text.len())
        .position(|part| part == text)
        .expect("the file is plain");
    bytes[at] = b'A';
    fs::write(&log, bytes).expect("the log can be spoilt");
    let data = directory.path().to_str().expect("a path of a test");
    let check = Program::start("chat-server", &["check", data]).ended();
    assert_eq!(check.code, Some(3));
    assert_eq!(check.output[0], "room lobby, message 2: not what was stored");

    let (mut server, address) = super::server(directory.path(), "127.0.0.1:0", &[]);
    let mut bob = Program::client(address, &["bob", "--last", "3"]);
    bob.await_line("<alice>: one");
    bob.await_line("<alice>: three");
    let told = server.error_line_with("damaged");
    assert!(told.contains("message 2 of room lobby"), "{told}");
}

#[test]
fn a_copy_made_by_sqlite_of_a_live_server_is_a_backup() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (_server, address) = super::server(&directory.path().join("live"), "127.0.0.1:0", &[]);
    smol::block_on(async {
        let alice = TestClient::connect(address, "alice").await;
        for line in 0..20 {
            alice.say(&format!("line {line}"));
        }
        alice.finish().await;
    });
    let backup = directory.path().join("backup");
    chat_tls::private_file::make_directory(&backup).expect("a directory for a test");
    // What `sqlite3 live/chat.db "VACUUM INTO 'backup/chat.db'"` does.
    let copy = backup.join("chat.db");
    rusqlite::Connection::open(directory.path().join("live/chat.db"))
        .and_then(|live| live.execute("VACUUM INTO ?", [copy.to_str()]))
        .expect("a live log can be copied");
    super::assert_whole(&backup);
    assert_eq!(super::exported(&backup).len(), 20);
    let (_server, address) = super::server(&backup, "127.0.0.1:0", &[]);
    let mut bob = Program::client(address, &["bob", "--last", "1"]);
    bob.expect_line("<alice>: line 19");
}

#[test]
fn what_a_room_keeps_can_be_chosen() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let choose = ["--keep-messages", "5"];
    let (server, address) = super::server(directory.path(), "127.0.0.1:0", &[]);
    smol::block_on(async {
        let alice = TestClient::connect(address, "alice").await;
        for line in 0..20 {
            alice.say(&format!("line {line}"));
        }
        alice.finish().await;
    });
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
    // The first sweep is at the start.
    let (server, address) = super::server(directory.path(), "127.0.0.1:0", &choose);
    smol::block_on(async {
        let mut bob = TestClient::with(
            chat_tests::client::options(address, "bob").room(chat_tests::client::lobby(), 100),
        )
        .await;
        bob.say("here");
        assert_eq!(bob.texts(1).await.len(), 1);
        bob.finish().await;
    });
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
    assert_eq!(super::exported(directory.path()).len(), 6);
    super::assert_whole(directory.path());
}
