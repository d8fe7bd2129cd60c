//! What is not sent yet is kept, and whoever writes it knows whether it is.

use std::fs;
use std::thread;
use std::time::Instant;

use chat_tests::server::address_of_its_own;
use chat_tests::{GUARD, Terminal};
use rustix::process::Signal;
use tempfile::TempDir;

use super::enter;

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
    let file = place
        .join(address.to_string().replace(":", "%3a"))
        .join("alice.1");
    let too_late = Instant::now() + GUARD;
    while fs::read(&file).ok() != fs::read(file.with_extension("1.latest")).ok() {
        assert!(Instant::now() < too_late, "it is never on the disk");
        thread::yield_now();
    }
    fs::rename(&place, &elsewhere).expect("the place is there");
    enter(&mut alice, "second");
    alice.expect_on_screen("when this ends is lost");
    fs::rename(&elsewhere, &place).expect("the place is free");
    // Each change tries again; what the disk has refused before is told of one of them.
    let mut tries = 0;
    while !alice.screen().text().contains("is kept again") {
        assert!(Instant::now() < too_late, "it is never kept again");
        tries += 1;
        enter(&mut alice, &format!("try {tries}."));
        alice.expect_on_screen(&format!("… alice  try {tries}."));
    }
    alice.signal(Signal::KILL);
    assert_eq!(alice.ended(), None);
    let mut alice = Terminal::start_at_home("chat-client", &arguments, home.path());
    for text in ["first", "second", &format!("try {tries}.")] {
        alice.expect_on_screen(&format!("… alice  {text}"));
    }
}

#[test]
fn whoever_leaves_is_told_that_what_waits_is_not_kept() {
    let address = address_of_its_own();
    let home = TempDir::new().expect("there is a place for files");
    let arguments = ["alice", "--server", &address.to_string()];
    let mut alice = Terminal::start_at_home("chat-client", &arguments, home.path());
    alice.expect_on_screen("no server");
    fs::remove_dir_all(home.path().join("chat-client")).expect("the place is there");
    enter(&mut alice, "never sent");
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
