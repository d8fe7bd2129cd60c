use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;

use chat_proto::message::{Code, Refused, ServerMessage};
use chat_proto::text::Note;

use crate::played::{Peer, nowhere, serve};

fn chat_client(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_chat-client"))
        .args(arguments)
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
        // Whoever runs the tests may have settings; they are not for them.
        .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs")
}

/// Runs it with this input to its end.
fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = chat_client(arguments);
    // A program that ends early does not read everything.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("output is UTF-8")
}

#[test]
fn lines_are_said_and_shown_and_the_end_of_input_ends_well() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        for expected in ["hello", "two words"] {
            let say = peer.say();
            assert_eq!(say.text.as_str(), expected);
            peer.store(&say);
        }
        assert_eq!(peer.next(), None);
    });
    let output = run(&["--server", &server], b"alice\nhello\n\n\xff\ntwo words");
    assert_eq!(text(&output.stdout), "<alice>: hello\n<alice>: two words\n");
    assert_eq!(
        text(&output.stderr),
        "chat-client: line 4 is not UTF-8 and was not said\n"
    );
    assert_eq!(output.status.code(), Some(0));
    play.join().unwrap();
}

#[test]
fn no_server_is_one_line_and_exit_code_2() {
    let (server, _port) = nowhere();
    let output = run(&["alice", "--server", &server], b"hello\n");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    let told = text(&output.stderr);
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(
        told.starts_with(&format!("chat-client: no server at {server}")),
        "{told}"
    );
}

#[test]
fn something_that_is_no_chat_server_is_one_line_and_exit_code_2() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::accept(listener);
        peer.send_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        while peer.next().is_some() {}
    });
    let output = run(&["alice", "--server", &server], b"");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr).lines().count(), 1);
    play.join().unwrap();
}

#[test]
fn a_server_that_is_lost_for_good_is_exit_code_3_and_what_is_unsent_is_named() {
    let (done, wait) = mpsc::channel::<()>();
    let (server, play) = serve(move |listener| {
        // Who comes back is never welcomed again.
        let mut peer = Peer::welcome_and_join(listener);
        peer.say();
        drop(peer);
        wait.recv()
            .expect_err("nothing is sent, only the end is waited for");
    });
    let output = run(&["alice", "--server", &server, "--give-up", "1"], b"hello\n");
    drop(done);
    assert_eq!(output.status.code(), Some(3));
    let told = text(&output.stderr);
    assert!(told.contains("unsent in #lobby: hello"), "{told}");
    play.join().unwrap();
}

#[test]
fn a_refused_name_is_one_line_and_exit_code_4() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::accept(listener);
        peer.next();
        peer.send(&ServerMessage::Refused(Refused {
            code: Code::NAME_IN_USE,
            text: Note::new("\x1b[31mtaken"),
            come_back_after_ms: 0,
        }));
        while peer.next().is_some() {}
    });
    let output = run(&["alice", "--server", &server], b"");
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(
        text(&output.stderr),
        format!("chat-client: refused by {server}: ␛[31mtaken\n")
    );
    play.join().unwrap();
}

#[test]
fn wrong_arguments_are_one_line_and_exit_code_1() {
    for wrong in [&["a b"][..], &["--wrong"], &["--server", "nowhere"], &["\x1b[2J"]] {
        let output = run(wrong, b"");
        assert_eq!(output.status.code(), Some(1), "{wrong:?}");
        let told = text(&output.stderr);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(
            told.starts_with("chat-client: ") && !told.contains('\x1b'),
            "{told}"
        );
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    for (argument, expected) in [("--help", "Exit codes:"), ("--version", "chat-client ")] {
        let output = run(&[argument], b"");
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains(expected));
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        peer.say();
        for seq in 0..1000 {
            peer.tell(&seq.to_string());
        }
        while peer.next().is_some() {}
    });
    let mut child = chat_client(&["alice", "--server", &server]);
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"begin\n").unwrap();
    // Its input stays open: it is the closed output that ends it.
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
    drop(input);
    play.join().unwrap();
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_exit_code_130_and_what_is_unsent_is_named() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        peer.say();
        peer.tell("it has arrived");
        while peer.next().is_some() {}
    });
    let mut child = chat_client(&["alice", "--server", &server]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"hello\n").unwrap();
    let mut shown = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut shown)
        .unwrap();
    assert_eq!(shown, "<bob>: it has arrived\n");
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(text(&output.stderr), "chat-client: unsent in #lobby: hello\n");
    drop(input);
    play.join().unwrap();
}

/// A command as a line of JSON.
const SAY: &[u8] = b"{\"do\":\"say\",\"room\":\"lobby\",\"text\":\"hello\"}\n";

#[test]
fn json_is_one_object_for_each_event() {
    let (server, play) = serve(|listener| {
        let mut peer = Peer::welcome_and_join(listener);
        let say = peer.say();
        peer.store(&say);
        assert_eq!(peer.next(), None);
    });
    let output = run(&["alice", "--server", &server, "--json"], SAY);
    assert_eq!(output.status.code(), Some(0));
    let shown = text(&output.stdout);
    let events: Vec<&str> = shown.lines().filter_map(|line| line.split('"').nth(5)).collect();
    assert_eq!(
        events,
        ["welcomed", "joined", "stored", "said", "finished"],
        "{shown}"
    );
    play.join().unwrap();
}

#[test]
fn settings_and_manual_are_printed_and_wrong_settings_are_one_line_and_exit_code_1() {
    let output = run(&["config"], b"");
    assert_eq!(output.status.code(), Some(0));
    let settings = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("printed.toml");
    std::fs::write(&settings, &output.stdout).expect("the folder is there for that");
    let settings = settings.to_str().expect("its name is text");
    let (server, _port) = nowhere();
    let output = run(&["alice", "--server", &server, "--config", settings], b"");
    assert_eq!(output.status.code(), Some(2), "what is printed can be used");

    std::fs::write(settings, "\nsever = 'here'\n").expect("the folder is there for that");
    let output = run(&["alice", "--config", settings], b"");
    assert_eq!(
        text(&output.stderr),
        format!("chat-client: {settings}: line 2: there is no setting `sever`; did you mean `server`?\n")
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&run(&["man"], b"").stdout).contains("SH COMMANDS"));
}
