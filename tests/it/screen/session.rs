//! An evening at a terminal.

use std::fs::{self, DirEntry};
use std::time::Instant;
use std::{io, thread};

use chat_tests::server::{address_of_its_own, config};
use chat_tests::{GUARD, Program, Terminal, TestServer};

use super::{enter, expect_given_back, on_screen};
use crate::cli::filter::{ATTACK_SHOWN, attack};

#[test]
fn two_people_talk_and_leave_their_terminals_as_they_were() {
    let server = TestServer::start();
    let mut alice = on_screen(server.address(), "alice");
    let before = Terminal::start("chat-client", &["--plain"]).settings();
    let mut bob = on_screen(server.address(), "bob");
    alice.expect_on_screen("bob joined");
    enter(&mut alice, "hello bob, 漢字 👋");
    bob.expect_on_screen("alice  hello bob, 漢 字");
    enter(&mut bob, "/me waves");
    // Neither has shown a key: anybody could have these names.
    alice.expect_on_screen("*  ~bob waves");
    // A name is completed, and what it may become is seen.
    alice.type_bytes(b"bo\t");
    alice.expect_on_screen("> bob:");
    enter(&mut alice, "bye");
    bob.expect_on_screen("alice  bob: bye");
    enter(&mut bob, "/quit");
    assert_eq!(bob.ended(), Some(0));
    expect_given_back(bob.screen());
    assert_eq!(bob.settings().local_modes, before.local_modes);
    assert_eq!(bob.settings().input_modes, before.input_modes);
    assert_eq!(bob.settings().output_modes, before.output_modes);
    alice.expect_on_screen("bob left");
    // Ctrl-D on an empty line.
    alice.type_bytes(&[4]);
    assert_eq!(alice.ended(), Some(0));
}

#[test]
fn one_reads_back_and_comes_back_to_the_newest() {
    let server = TestServer::start();
    let mut talker = Program::client_in_room(server.address(), "talker");
    for number in 1..=300 {
        talker.write_line(&format!("line number {number}."));
    }
    talker.await_line("<talker>: line number 300.");
    let mut alice = on_screen(server.address(), "alice");
    alice.expect_on_screen("line number 300.");
    // Further back than what was told on entry. What is typed after a key shows that the key was taken.
    let mut typed = String::from("> ");
    while !alice.screen().text().contains("line number 80.") {
        assert!(typed.len() < 40, "{:?}", alice.screen());
        alice.type_bytes(b"\x1b[5~x");
        typed.push('x');
        alice.await_screen("the page", |screen| {
            let text = screen.text();
            text.contains(&typed) && !text.contains("fetching")
        });
    }
    talker.write_line("something new");
    alice.expect_on_screen("1 new below");
    alice.type_bytes(b"\x1b[1;3F");
    alice.expect_on_screen("something new");
    alice.await_screen("the end again", |screen| !screen.text().contains("new below"));
}

#[test]
fn what_is_found_is_read_where_it_was_said() {
    let data = tempfile::TempDir::new().expect("there is a place for files");
    let data_path = data.path().to_str().expect("its path is text");
    let (_server, address) = Program::server_with(&["--listen", "127.0.0.1:0", "--data", data_path]);
    let mut talker = Program::client_in_room(address, "talker");
    for number in 1..=400 {
        let what = if number == 40 { "a zebra" } else { "nothing" };
        talker.write_line(&format!("{what} in line {number}."));
    }
    talker.await_line("<talker>: nothing in line 400.");
    let mut alice = on_screen(address, "alice");
    alice.expect_on_screen("in line 400.");
    // The index follows what is said, and may be a little behind.
    for _ in 0..1000 {
        enter(&mut alice, "/search zebra");
        alice.await_screen("an answer", |screen| {
            let text = screen.text();
            text.contains("found in #lobby") || text.contains("nothing was found")
        });
        if alice.screen().text().contains("found in #lobby") {
            break;
        }
        alice.type_bytes(b"x\x7f");
        alice.await_screen("the answer is gone", |screen| {
            !screen.text().contains("nothing was found")
        });
    }
    alice.type_bytes(b"\r");
    alice.await_screen("the message is chosen, with those around it", |screen| {
        let text = screen.text();
        let chosen = text.lines().find(|row| row.contains('▸'));
        chosen.is_some_and(|row| row.ends_with("a zebra in line 40.")) && text.contains("in line 41.")
    });
    // On from there, until it is the newest message.
    alice.type_bytes(b"\x1b[1;3F");
    alice.expect_on_screen("in line 400.");
}

#[test]
fn a_paste_of_many_lines_is_asked_about_and_said_line_by_line() {
    let server = TestServer::start();
    let mut onlooker = Program::client_in_room(server.address(), "onlooker");
    let mut alice = on_screen(server.address(), "alice");
    onlooker.await_line("<alice> joined the chat");
    alice.type_bytes(b"\x1b[200~one\rtwo\rthree\rfour\rfive\rsix\r\x1b[201~");
    alice.expect_on_screen("6 lines pasted");
    alice.type_bytes(b"l");
    for line in ["one", "two", "three", "four", "five", "six"] {
        onlooker.expect_line(&format!("<alice>: {line}"));
    }
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let server = TestServer::start();
    let mut alice = on_screen(server.address(), "alice");
    enter(&mut alice, "a line that is a little longer than a narrow screen");
    alice.expect_on_screen("longer than a narrow screen");
    for (columns, rows) in [(30, 8), (1, 1), (400, 120), (120, 40)] {
        alice.resize(columns, rows);
    }
    alice.expect_on_screen("alice  a line that is a little longer than a narrow screen");
    alice.resize(30, 8);
    alice.expect_on_screen("alice: a line that is a");
}

#[test]
fn the_screen_follows_the_size_in_the_middle_of_what_a_key_sends() {
    let server = TestServer::start();
    let mut alice = on_screen(server.address(), "alice");
    let mut bob = on_screen(server.address(), "bob");
    // The beginning of an arrow key; what was typed before is read once bob's line is there.
    alice.type_bytes(b"\x1b[");
    enter(&mut bob, "a line that is a little longer than a narrow screen");
    alice.expect_on_screen("longer than a narrow screen");
    alice.resize(30, 8);
    alice.expect_on_screen("bob: a line that is a");
}

#[test]
fn what_was_done_apart_leaves_no_thread_that_wakes() {
    let server = TestServer::start();
    let alice = on_screen(server.address(), "alice");
    let tasks = format!("/proc/{}/task", alice.id().as_raw_nonzero());
    let too_late = Instant::now() + GUARD;
    let names = || {
        let tasks = fs::read_dir(&tasks).expect("a process has threads");
        let name = |task: io::Result<DirEntry>| fs::read_to_string(task.ok()?.path().join("comm")).ok();
        tasks.filter_map(name).collect::<Vec<_>>()
    };
    while names().iter().any(|name| name.starts_with("blocking")) {
        assert!(Instant::now() < too_late, "there is still one: {:?}", names());
        thread::yield_now();
    }
}

#[test]
fn what_is_typed_while_the_terminal_changes_its_size_arrives() {
    let server = TestServer::start();
    let mut alice = on_screen(server.address(), "alice");
    for number in 1..=100 {
        alice.resize(60 + number % 2, 24);
        enter(&mut alice, &format!("line {number}."));
        alice.expect_on_screen(&format!("line {number}."));
    }
}

#[test]
fn what_is_typed_faster_than_it_is_read_arrives() {
    let server = TestServer::start();
    let mut alice = on_screen(server.address(), "alice");
    let text = "a".repeat(3000);
    enter(&mut alice, &format!("{text} and its end"));
    alice.expect_on_screen("and its end");
    alice.await_screen("an empty editor", |screen| {
        screen.text().trim_end().ends_with('>')
    });
}

#[test]
fn what_is_said_without_a_server_is_said_once_when_it_is_back() {
    let address = address_of_its_own();
    let with_address = || chat_server::Config {
        listen: address,
        ..config()
    };
    let server = TestServer::with(with_address());
    let mut alice = on_screen(address, "alice");
    server.stop();
    alice.expect_on_screen("again in");
    enter(&mut alice, "said meanwhile");
    alice.expect_on_screen("… alice  said meanwhile");
    let server = TestServer::with(with_address());
    enter(&mut alice, "/reconnect");
    alice.await_screen("it is in the log", |screen| {
        let text = screen.text();
        text.contains("alice  said meanwhile") && !text.contains('…')
    });
    let mut late = Program::client(server.address(), &["late", "--last", "50"]);
    late.await_line("<alice>: said meanwhile");
    late.write_line("ready");
    late.expect_line("<late>: ready");
}

#[test]
fn what_others_write_never_reaches_the_terminal_raw() {
    let server = TestServer::start();
    let mut alice = on_screen(server.address(), "alice");
    attack(server.address());
    // A line break breaks the line; all else has its mark.
    let (first, rest) = ATTACK_SHOWN
        .split_once("␍␊")
        .expect("there is a line break in it");
    alice.expect_on_screen(first);
    alice.expect_on_screen(rest);
    let shown = String::from_utf8_lossy(alice.shown()).into_owned();
    assert!(
        !shown.contains('\u{202e}') && !shown.contains("\x1b]0;"),
        "{shown:?}"
    );
}

#[test]
fn whoever_gives_no_name_is_asked_for_one() {
    let server = TestServer::start();
    let address = server.address().to_string();
    let mut alice = Terminal::start("chat-client", &["--server", &address]);
    alice.expect("your name [login]: ");
    alice.type_line("two words");
    alice.expect("your name [login]: ");
    alice.type_line("alice");
    alice.expect_on_screen("connected");
    let mut user = Terminal::start("chat-client", &["--server", &address]);
    user.expect("your name [login]: ");
    user.type_line("");
    user.expect_on_screen("connected");
    user.type_bytes(b"hello\r");
    alice.expect_on_screen("~login  hello");
}

#[test]
fn who_is_spoken_to_hears_the_bell_and_sees_a_notice_where_it_is_wanted() {
    let server = TestServer::start();
    let settings = tempfile::NamedTempFile::new().expect("there is a place for files");
    fs::write(settings.path(), "notify = true\n").expect("it can be written");
    let config = settings.path().to_str().expect("its path is text");
    let address = server.address().to_string();
    let mut alice = Terminal::start(
        "chat-client",
        &["alice", "--server", &address, "--config", config],
    );
    alice.expect_on_screen("connected");
    let mut bob = Program::client_in_room(server.address(), "bob");
    bob.write_line("nothing for anybody");
    bob.write_line("alice: come; quick");
    alice.expect("\x1b]9;bob in #lobby: alice: come quick\x1b\\");
    alice.expect("\x1b]777;notify;bob in #lobby;alice: come quick\x1b\\\x07");
    let rung = alice.shown().iter().filter(|byte| **byte == 7).count();
    assert_eq!(rung, 1, "once, and not for what speaks to nobody");
}

#[test]
fn what_one_said_under_another_name_is_kept_under_that_name() {
    let address = address_of_its_own();
    let home = tempfile::TempDir::new().expect("there is a place for files");
    let start = |name: &str| {
        Terminal::start_at_home(
            "chat-client",
            &[name, "--server", &address.to_string()],
            home.path(),
        )
    };
    let server = TestServer::with(chat_server::Config {
        listen: address,
        ..config()
    });
    let mut alice = start("alice");
    alice.expect_on_screen("connected");
    enter(&mut alice, "/name mask");
    alice.expect_on_screen("you are mask now");
    enter(&mut alice, "who am I?");
    alice.expect_on_screen("mask  who am I?");
    server.stop();
    alice.expect_on_screen("again in");
    enter(&mut alice, "nobody knows");
    alice.expect_on_screen("… mask  nobody knows");
    alice.signal(rustix::process::Signal::KILL);
    assert_eq!(alice.ended(), None);
    // Who starts as somebody else does not say it.
    let mut alice = start("alice");
    alice.expect_on_screen("no server");
    assert!(!alice.screen().text().contains("nobody knows"));
    let mut mask = start("mask");
    mask.expect_on_screen("… mask  nobody knows");
}
