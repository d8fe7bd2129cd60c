//! Clients and servers that are killed: nothing is lost, nothing is said twice.

use chat_tests::server::address_of_its_own;
use chat_tests::{Program, Terminal};
use rustix::process::Signal;
use tempfile::TempDir;

use super::enter;

#[test]
fn what_a_killed_client_had_not_sent_is_sent_once_by_the_next_one() {
    let address = address_of_its_own();
    let home = TempDir::new().expect("there is a place for files");
    let arguments = ["alice", "--server", &address.to_string()];
    let mut alice = Terminal::start_at_home("chat-client", &arguments, home.path());
    alice.expect_on_screen("no server");
    enter(&mut alice, "first");
    enter(&mut alice, "second");
    alice.expect_on_screen("… alice  second");
    alice.signal(Signal::KILL);
    assert_eq!(alice.ended(), None);
    let mut alice = Terminal::start_at_home("chat-client", &arguments, home.path());
    alice.expect_on_screen("… alice  second");
    let (_server, _) = Program::server_at(&address.to_string());
    enter(&mut alice, "/reconnect");
    alice.expect_on_screen("connected");
    alice.await_screen("all is stored", |screen| !screen.text().contains('…'));
    let mut late = Program::client(address, &["late", "--last", "50"]);
    late.expect_line("<alice>: first");
    late.expect_line("<alice>: second");
    late.write_line("ready");
    late.expect_line("<late>: ready");
}

#[test]
fn two_clients_and_a_server_that_is_killed_ten_times_show_the_same_messages_once() {
    const KILLS: usize = 10;
    const LINES_EACH: usize = 40;
    let address = address_of_its_own().to_string();
    let data = TempDir::new().expect("there is a place for files");
    let data_path = data.path().to_str().expect("its path is text");
    let serve = || Program::server_with(&["--listen", &address, "--data", data_path]).0;
    let mut server = serve();
    let mut people: Vec<Terminal> = ["alice", "bob"].map(|name| start(name, &address)).into();
    let mut written = 0;
    for round in 0..=KILLS {
        let until = LINES_EACH * (round + 1) / (KILLS + 1);
        while written < until {
            written += 1;
            for (person, sign) in people.iter_mut().zip(['a', 'b']) {
                enter(person, &format!("{sign}{written}."));
            }
        }
        if round < KILLS {
            // What was just typed is on its way, or not yet.
            server.signal(Signal::KILL);
            drop(server);
            server = serve();
            people.iter_mut().for_each(|person| enter(person, "/reconnect"));
        }
    }
    let screens: Vec<Vec<String>> = people
        .iter_mut()
        .map(|person| messages(person, 2 * LINES_EACH))
        .collect();
    let differing = screens[0]
        .iter()
        .zip(&screens[1])
        .find(|(one, other)| one != other);
    assert_eq!(differing, None, "one order: {screens:?}");
    for sign in ['a', 'b'] {
        let of_one: Vec<&String> = screens[0]
            .iter()
            .filter(|message| message.starts_with(sign))
            .collect();
        let expected: Vec<String> = (1..=LINES_EACH)
            .map(|number| format!("{sign}{number}."))
            .collect();
        assert!(
            of_one.iter().copied().eq(&expected),
            "each once and in order: {of_one:?}"
        );
    }
}

fn start(name: &str, address: &str) -> Terminal {
    let mut person = Terminal::start("chat-client", &[name, "--server", address]);
    person.resize(60, 120);
    person.expect_on_screen("connected");
    person
}

/// All messages on a screen that is high enough for all, once none is on its way.
fn messages(person: &mut Terminal, count: usize) -> Vec<String> {
    let on_screen = |text: &str| -> Vec<String> {
        let rows = text
            .lines()
            .filter(|row| !row.contains('…') && !row.contains('✓'));
        let words = rows.filter_map(|row| row.split_whitespace().last());
        let is_message = |word: &&str| word.starts_with(['a', 'b']) && word.ends_with('.');
        words.filter(is_message).map(String::from).collect()
    };
    person.await_screen("all messages", |screen| {
        let text = screen.text();
        on_screen(&text).len() >= count && !text.contains('…') && !text.contains('✓')
    });
    on_screen(&person.screen().text())
}
