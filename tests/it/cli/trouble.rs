//! What goes wrong is said in one line, and the exit code says the rest.

use std::fs::File;
use std::process::Command;

use chat_tests::server::address_of_its_own;
use chat_tests::{Program, TestClient, TestServer, binary};

#[test]
fn a_port_in_use_is_said_in_one_line() {
    let server = TestServer::start();
    let address = server.address().to_string();
    let second = Program::start("chat-server", &["--listen", &address, "--memory"]).ended();
    assert_eq!(second.code, Some(1), "{second:?}");
    assert_eq!(second.errors.len(), 1, "{second:?}");
    assert!(second.errors[0].contains(&address), "{second:?}");
    assert!(second.errors[0].contains("in use"), "{second:?}");
}

#[test]
fn no_server_is_said_in_one_line() {
    let address = address_of_its_own();
    let alice = Program::client(address, &["alice"]).ended();
    assert_eq!(alice.code, Some(2), "{alice:?}");
    assert_eq!(alice.errors.len(), 1, "{alice:?}");
    assert!(alice.errors[0].contains(&address.to_string()), "{alice:?}");
    assert_eq!(alice.output, [""; 0]);
}

#[test]
fn a_name_in_use_is_said_in_one_line() {
    let server = TestServer::start();
    let _alice = smol::block_on(TestClient::connect(server.address(), "alice"));
    let second = Program::client(server.address(), &["Alice"]).ended();
    assert_eq!(second.code, Some(4), "{second:?}");
    assert_eq!(second.errors.len(), 1, "{second:?}");
}

#[test]
fn a_name_that_nobody_can_have_is_said_in_one_line() {
    let server = TestServer::start();
    let mut nobody = Program::client(server.address(), &[]);
    nobody.write(b"two words\nhello\n");
    let nobody = nobody.ended();
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    assert_eq!(nobody.errors.len(), 1, "{nobody:?}");
}

#[test]
fn arguments_that_can_not_be_meant_are_answered_with_what_can_be_written() {
    for (arguments, told) in [
        (&["name"][..], "were not provided: <SERVER> <NAME>; see --help"),
        (&["completions", "nush"], "[possible values: bash, "),
        (&["--last", "x"], "write a number from 0 to "),
        (&["--give-up", "soon"], "write a number of seconds; see --help"),
    ] {
        let ended = Program::start("chat-client", arguments).ended();
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert_eq!(ended.errors.len(), 1, "{ended:?}");
        assert!(ended.errors[0].contains(told), "{ended:?}");
    }
}

#[test]
fn an_output_that_can_not_be_written_is_told() {
    for what in ["man", "config", "--help", "--version"] {
        let full = File::options().write(true).open("/dev/full");
        let mut client = Command::new(binary("chat-client"));
        client
            .arg(what)
            .stdout(full.expect("the machine has a full device"));
        let ended = client.output().expect("it starts");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{what}: {told}");
        assert!(told.contains("the output can't be written"), "{what}: {told}");
    }
}
