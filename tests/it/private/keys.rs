//! Keys, links and what the binaries say of them.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chat_client::pure::link::Event;
use chat_proto::ids::Invitation;
use chat_proto::link::{Host, Link};
use chat_tests::client::room;
use chat_tests::{Program, TestClient};
use chat_tls::{Identity, fingerprint, key_file};

/// A server with its key in this directory, which takes no plain frames, and the key.
fn server(data: &Path) -> (Program, u16, Identity) {
    let data_name = data.to_str().expect("a path of a test is UTF-8");
    let (program, address) =
        Program::server_with(&["--listen", "127.0.0.1:0", "--data", data_name, "--no-plain"]);
    let identity = key_file::read(&data.join("key")).expect("the server has made its key");
    (program, address.port(), identity)
}

fn link(port: u16, server: &Identity) -> Link {
    Link {
        host: Host::parse("127.0.0.1").expect("a host"),
        port,
        room: room("den"),
        server_key: server.public_key(),
        invitation: Some(Invitation::from_bytes([7; 16])),
    }
}

#[test]
fn a_link_leads_into_its_room_from_the_command_line_and_from_the_input() {
    let home = tempfile::tempdir().unwrap();
    let (_server, port, identity) = server(&home.path().join("server"));
    let link = link(port, &identity).expose();
    let mut alice = Program::start_at_home("chat-client", &["alice", &link], &home.path().join("alice"));
    alice.write_line("hello");
    alice.expect_line("<alice>: hello");
    let told = alice.error_line_with("known by its key");
    assert!(told.contains(&fingerprint(&identity.public_key())), "{told}");
    let mut bob = Program::start_at_home("chat-client", &["-"], &home.path().join("bob"));
    bob.write_line(&link);
    bob.write_line("bob");
    bob.write_line("hello alice");
    bob.expect_line("<bob>: hello alice");
    alice.expect_line("<bob> joined the chat");
    alice.expect_line("<bob>: hello alice");
    // Met once, it is known: no link is needed, nothing is told, and it is spoken to with TLS.
    let at = format!("127.0.0.1:{port}");
    let arguments = ["bert", "--server", &at, "--room", "den"];
    let mut again = Program::start_at_home("chat-client", &arguments, &home.path().join("bob"));
    again.write_line("once more");
    let ended = again.ended();
    assert_eq!((ended.code, ended.errors), (Some(0), vec![]));
    assert!(
        ended.output.contains(&"<bert>: once more".to_owned()),
        "{:?}",
        ended.output
    );
}

#[test]
fn a_link_into_a_private_room_makes_whoever_follows_it_a_member() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("server");
    let (_server, port, _) = server(&data);
    let private = smol::block_on(async {
        let alice = super::options((Ipv4Addr::LOCALHOST, port).into(), "alice", home.path());
        let mut alice = TestClient::with(alice).await;
        alice
            .client
            .create(&room("plans"))
            .expect("the client takes commands");
        alice
            .until("the room is there", |event| match event {
                Event::Opened { listed } => Some(listed.room),
                _ => None,
            })
            .await
    });
    let data = data.to_str().expect("a path of a test is UTF-8");
    let arguments = ["invite", "--room", private.as_str(), "--data", data];
    let invited = Program::start("chat-server", &arguments).ended();
    let [link] = &invited.output[..] else {
        panic!("a link, and nothing else: {invited:?}");
    };
    let mut bob = Program::start_at_home("chat-client", &["bob", link], &home.path().join("bob"));
    bob.write_line("hello");
    bob.expect_line("<bob>: hello");
    // It was for one.
    let carol = Program::start_at_home("chat-client", &["carol", link], &home.path().join("carol"));
    let ended = carol.ended();
    assert!(
        ended
            .errors
            .iter()
            .any(|line| line.contains("there is no such room")),
        "{ended:?}"
    );
}

#[test]
fn a_line_of_input_that_is_no_link_is_told_and_not_repeated() {
    let home = tempfile::tempdir().unwrap();
    for input in ["", "hello\n", "chat://secret\n"] {
        let mut program = Program::start_at_home("chat-client", &["-"], home.path());
        program.write(input.as_bytes());
        let ended = program.ended();
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert_eq!(ended.errors.len(), 1, "{ended:?}");
        assert!(!ended.errors[0].contains("secret"), "{ended:?}");
    }
}

#[test]
fn a_server_keeps_its_key_over_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("server");
    let (program, _, before) = server(&data);
    drop(program);
    let (_program, _, after) = server(&data);
    assert_eq!(before.public_key(), after.public_key());
    let mode = fs::metadata(data.join("key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_key_that_others_can_read_stops_server_and_client_with_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join("key");
    key_file::read_or_make(&key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let key = key.to_str().unwrap();
    let server = ["--memory", "--listen", "127.0.0.1:0", "--key", key];
    let client = ["key", "--identity", key];
    for (name, arguments, code) in [("chat-server", &server[..], 1), ("chat-client", &client, 5)] {
        let ended = Program::start_at_home(name, arguments, home.path()).ended();
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert_eq!(
            ended.errors,
            [format!(
                "{name}: the key {key} is open to others (mode 0640): if nobody else has it, run chmod 600 {key}"
            )]
        );
    }
}

#[test]
fn the_client_shows_its_key_which_is_made_once_or_the_one_that_it_is_given() {
    let home = tempfile::tempdir().unwrap();
    let shown = |arguments: &[&str]| {
        let ended = Program::start_at_home("chat-client", arguments, home.path()).ended();
        assert_eq!((ended.code, ended.errors), (Some(0), vec![]));
        ended.output
    };
    let first = shown(&["key"]);
    assert_eq!(shown(&["key"]), first);
    let own = key_file::read(&home.path().join("data/chat-client/key")).unwrap();
    assert_eq!(first, lines(&own));
    let other = home.path().join("other");
    let identity = key_file::read_or_make(&other).unwrap();
    assert_eq!(
        shown(&["key", "--identity", other.to_str().unwrap()]),
        lines(&identity)
    );
}

fn lines(identity: &Identity) -> Vec<String> {
    let key = identity.public_key();
    vec![
        format!("key          {key}"),
        format!("fingerprint  {}", fingerprint(&key)),
    ]
}
