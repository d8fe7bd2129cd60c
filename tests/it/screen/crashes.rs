//! Clients and servers that are killed: nothing is lost, nothing is said twice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use chat_tests::server::address_of_its_own;
use chat_tests::{GUARD, Program, Terminal};
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

/// The server is killed and started again so often while two people write.
const KILLS: usize = 10;

/// Between two kills at least so many messages of each are stored.
const STORED_BETWEEN: usize = 3;

/// Nobody writes more.
const LINES_MAX: usize = 4_000;

#[test]
fn two_clients_and_a_server_that_is_killed_ten_times_show_the_same_messages_once() {
    let address = address_of_its_own().to_string();
    let data = TempDir::new().expect("there is a place for files");
    let data_path = data.path().to_str().expect("its path is text");
    let serve = || Program::server_with(&["--listen", &address, "--data", data_path]).0;
    let mut server = serve();
    let people = ["alice", "bob"].map(|name| start(name, &address));
    let is_over = AtomicBool::new(false);
    let (stored, stored_by) = mpsc::channel();
    let (_server, mut written) = thread::scope(|scope| {
        let (is_over, signs) = (&is_over, ['a', 'b']);
        let writers = people.into_iter().zip(signs).map(|(person, sign)| {
            let stored = stored.clone();
            scope.spawn(move || write_without_pause(person, sign, is_over, &stored))
        });
        let writers: Vec<_> = writers.collect();
        for _ in 0..KILLS {
            await_stored(&stored_by);
            // What was just typed is on its way, or not yet; and they go on.
            server.signal(Signal::KILL);
            drop(server);
            server = serve();
            while stored_by.try_recv().is_ok() {}
        }
        await_stored(&stored_by);
        is_over.store(true, Ordering::Relaxed);
        let written = writers
            .into_iter()
            .map(|writer| writer.join().expect("the writer did not panic"));
        (server, written.collect::<Vec<_>>())
    });
    let count = written.iter().map(|(_, lines)| lines).sum();
    let screens: Vec<Vec<String>> = written
        .iter_mut()
        .map(|(person, _)| messages(person, count))
        .collect();
    assert_eq!(screens[0], screens[1], "one order");
    for ((_, lines), sign) in written.iter().zip(['a', 'b']) {
        let of_one = screens[0].iter().filter(|message| message.starts_with(sign));
        let expected: Vec<String> = (1..=*lines).map(|number| format!("{sign}{number}.")).collect();
        assert!(of_one.eq(&expected), "each once and in order: {screens:?}");
    }
}

fn start(name: &str, address: &str) -> Terminal {
    let mut person = Terminal::start("chat-client", &[name, "--server", address]);
    person.expect_on_screen("connected");
    person
}

/// Waits until some messages of each were stored.
fn await_stored(stored_by: &Receiver<char>) {
    let mut counts = [('a', 0), ('b', 0)];
    while counts.iter().any(|(_, count)| *count < STORED_BETWEEN) {
        let sign = stored_by.recv_timeout(GUARD).expect("messages are stored");
        let count = counts.iter_mut().find(|(known, _)| *known == sign);
        count.expect("it is one of the two").1 += 1;
    }
}

/// Types line after line, each as soon as the one before is on the screen, whether there is a server or not. How many
/// lines those were.
fn write_without_pause(
    mut person: Terminal,
    sign: char,
    is_over: &AtomicBool,
    stored: &Sender<char>,
) -> (Terminal, usize) {
    let mut last_stored = 0;
    for number in 1..=LINES_MAX {
        let line = format!("{sign}{number}.");
        enter(&mut person, &line);
        person.expect_on_screen(&format!("  {line}"));
        let text = person.screen().text();
        let own = words(&text).filter_map(|word| word.strip_prefix(sign)?.strip_suffix('.')?.parse().ok());
        let newest: usize = own.max().unwrap_or_default();
        if newest > last_stored {
            last_stored = newest;
            // Nobody listens any more once it is over.
            let _ = stored.send(sign);
        }
        if text.contains("again in") {
            // Nobody waits for the time that is counted down.
            enter(&mut person, "/reconnect");
        }
        if is_over.load(Ordering::Relaxed) {
            return (person, number);
        }
    }
    panic!("{LINES_MAX} lines were written before the server was killed so often");
}

/// The last words of the rows of messages in their place.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let rows = text.lines().filter(|row| !row.contains(['…', '✓', '>']));
    rows.filter_map(|row| row.split_whitespace().last())
}

/// All messages on a screen that is made high enough for all, once none is on its way.
fn messages(person: &mut Terminal, count: usize) -> Vec<String> {
    let rows = 2 * count + 64;
    person.resize(60, u16::try_from(rows).expect("they fit a screen"));
    let on_screen = |text: &str| -> Vec<String> {
        let is_message = |word: &&str| word.starts_with(['a', 'b']) && word.ends_with('.');
        words(text).filter(is_message).map(String::from).collect()
    };
    person.await_screen("all messages", |screen| {
        let text = screen.text();
        on_screen(&text).len() >= count && !text.contains(['…', '✓'])
    });
    on_screen(&person.screen().text())
}
