//! What is not sent yet is kept, and whoever writes it knows whether it is.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use chat_tests::server::address_of_its_own;
use chat_tests::{GUARD, Terminal};
use rustix::process::Signal;
use tempfile::TempDir;

use super::enter;

fn file_of_alice(home: &TempDir, address: SocketAddr) -> PathBuf {
    let server = address.to_string().replace(':', "%3a");
    home.path().join("chat-client").join(server).join("alice.1")
}

fn await_on_disk(file: &Path) {
    let too_late = Instant::now() + GUARD;
    while fs::read(file).ok() != fs::read(file.with_extension("1.latest")).ok() {
        assert!(Instant::now() < too_late, "it is never on the disk");
        thread::yield_now();
    }
}

#[test]
fn what_could_not_be_kept_for_a_while_is_kept_again() {
    let address = address_of_its_own();
    let home = TempDir::new().expect("there is a place for files");
    let arguments = ["alice", "--server", &address.to_string()];
    let mut alice = Terminal::start_at_home("chat-client", &arguments, home.path());
    alice.expect_on_screen("no server");
    enter(&mut alice, "first");
    alice.expect_on_screen("… alice  first");
    let (place, elsewhere) = (home.path().join("chat-client"), home.path().join("elsewhere"));
    await_on_disk(&file_of_alice(&home, address));
    fs::rename(&place, &elsewhere).expect("the place is there");
    enter(&mut alice, "second");
    alice.expect_on_screen("when this ends is lost");
    fs::rename(&elsewhere, &place).expect("the place is free");
    enter(&mut alice, "third");
    alice.expect_on_screen("is kept again");
    alice.signal(Signal::KILL);
    assert_eq!(alice.ended(), None);
    let mut alice = Terminal::start_at_home("chat-client", &arguments, home.path());
    for text in ["first", "second", "third"] {
        alice.expect_on_screen(&format!("… alice  {text}"));
    }
}

#[test]
fn a_disk_that_refuses_what_was_said_is_told_of_before_anything_else_is_said() {
    let address = address_of_its_own();
    let home = TempDir::new().expect("there is a place for files");
    let arguments = ["alice", "--server", &address.to_string()];
    let mut alice = Terminal::start_at_home("chat-client", &arguments, home.path());
    alice.expect_on_screen("no server");
    let file = file_of_alice(&home, address);
    await_on_disk(&file);
    // What is written for the disk has this name first, and no file can have it now.
    let synced = file.with_extension("1.synced");
    fs::create_dir(&synced).expect("nothing is being written");
    enter(&mut alice, "first");
    alice.expect_on_screen("when this ends is lost");
    fs::remove_dir(&synced).expect("it is empty");
    enter(&mut alice, "second");
    alice.expect_on_screen("is kept again");
}

#[test]
fn whoever_leaves_is_told_that_what_waits_is_not_kept() {
    let address = address_of_its_own();
    let home = TempDir::new().expect("there is a place for files");
    let arguments = ["alice", "--server", &address.to_string()];
    let mut alice = Terminal::start_at_home("chat-client", &arguments, home.path());
    alice.expect_on_screen("no server");
    await_on_disk(&file_of_alice(&home, address));
    fs::remove_dir_all(home.path().join("chat-client")).expect("the place is there");
    enter(&mut alice, "never sent");
    alice.expect_on_screen("… alice  never sent");
    alice.expect_on_screen("when this ends is lost");
    alice.signal(Signal::TERM);
    assert_eq!(alice.ended(), Some(130));
    assert!(
        alice
            .screen()
            .text()
            .contains("1 message is not sent and not kept")
    );
}
