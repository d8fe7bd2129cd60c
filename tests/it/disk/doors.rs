//! What an operator has a running server do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chat_tests::Program;
use chat_tests::program::Ended;
use rustix::process::Signal;

/// Runs a command for the server of this directory.
fn operate(directory: &Path, arguments: &[&str]) -> Ended {
    let data = directory.to_str().expect("a path of a test");
    let mut all = arguments.to_vec();
    all.extend(["--data", data]);
    Program::start("chat-server", &all).ended()
}

#[test]
fn an_operator_invites_and_revokes_while_the_server_runs() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (server, _) = super::server(directory.path(), "127.0.0.1:0", &[]);
    let socket = directory.path().join("operator");
    let mode = fs::metadata(&socket).expect("the socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let invited = operate(directory.path(), &["invite", "--uses", "2", "--for", "30m"]);
    assert_eq!(invited.code, Some(0), "{invited:?}");
    let [link] = &invited.output[..] else {
        panic!("a link, and nothing else: {invited:?}");
    };
    let code = link.rsplit('/').next().expect("its last part");
    assert_eq!(code.len(), 26, "128 bits in base32: {link}");

    let listed = operate(directory.path(), &["invites"]).output.concat();
    assert!(
        listed.ends_with("2 uses, 29 min left") || listed.ends_with("2 uses, 30 min left"),
        "{listed}"
    );
    assert!(!listed.contains(code), "the code is shown once");
    for file in ["chat.db", "chat.db-wal"] {
        let bytes = fs::read(directory.path().join(file)).unwrap_or_default();
        assert!(
            !bytes.windows(code.len()).any(|part| part == code.as_bytes()),
            "and kept nowhere: {file}"
        );
    }
    let id = &listed[..8];
    assert_eq!(operate(directory.path(), &["revoke", id]).code, Some(0));
    let again = operate(directory.path(), &["revoke", id]);
    assert_eq!(again.code, Some(1));
    assert!(again.errors[0].contains("no such invitation"), "{again:?}");

    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
    assert!(!socket.exists(), "it goes with the server");
    let nobody = operate(directory.path(), &["invites"]);
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.errors[0].contains("no server runs"), "{nobody:?}");
    super::assert_whole(directory.path());
}

#[test]
fn an_invitation_is_there_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (server, _) = super::server(directory.path(), "127.0.0.1:0", &[]);
    let invited = operate(directory.path(), &["invite", "--room", "garden"]);
    assert_eq!(invited.code, Some(0));
    server.signal(Signal::KILL);
    assert_eq!(server.ended().code, None);
    let (_server, _) = super::server(directory.path(), "127.0.0.1:0", &[]);
    let listed = operate(directory.path(), &["invites"]).output.concat();
    assert!(
        listed.contains("1 uses") && listed.contains("for garden"),
        "{listed}"
    );
}

#[test]
fn an_operator_sends_somebody_away() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let (_server, address) = super::server(directory.path(), "127.0.0.1:0", &[]);
    let mut alice = Program::client_in_room(address, "alice");
    let mut mallory = Program::client_in_room(address, "mallory");
    alice.await_line("<mallory> joined the chat");
    let kicked = operate(directory.path(), &["kick", "Mallory"]);
    assert_eq!(kicked.code, Some(0), "{kicked:?}");
    alice.await_line("<mallory> left the chat");
    mallory.error_line_with("sent you away");
    let nobody = operate(directory.path(), &["kick", "mallory"]);
    assert_eq!(nobody.code, Some(1));
    let no_key = operate(directory.path(), &["ban", "alice"]);
    assert!(no_key.errors[0].contains("belongs to no key"), "{no_key:?}");
    let no_owner = operate(directory.path(), &["own", "lobby", "alice"]);
    assert!(no_owner.errors[0].contains("belongs to no key"), "{no_owner:?}");
}

#[test]
fn a_directory_whose_path_is_too_long_for_a_socket_is_refused_in_one_sentence() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let long = directory.path().join("x".repeat(120));
    let data = long.to_str().expect("a path of a test");
    let refused = Program::start("chat-server", &["--listen", "127.0.0.1:0", "--data", data]).ended();
    assert_eq!(refused.code, Some(1));
    let [line] = &refused.errors[..] else {
        panic!("one sentence: {refused:?}");
    };
    assert!(line.contains("choose a shorter directory"), "{line}");
}
