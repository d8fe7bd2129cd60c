//! Clients and servers that are killed: nothing is lost, nothing is said twice.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
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

/// Lines that each of them writes between two kills, at most; the kill comes as soon as something of each is stored.
const LINES_BETWEEN: usize = 40;

/// A screen on which a writer's last line stays in sight, whatever the other one writes below it: what is not stored yet
/// is at most of the time before the last kill and of the time after it.
const ROWS: u16 = 120;
const _: () = assert!(2 * LINES_BETWEEN + 24 < ROWS as usize);

#[test]
fn two_clients_and_a_server_that_is_killed_ten_times_show_the_same_messages_once() {
    let address = address_of_its_own().to_string();
    let data = TempDir::new().expect("there is a place for files");
    let data_path = data.path().to_str().expect("its path is text");
    let serve = || Program::server_with(&["--listen", &address, "--data", data_path]).0;
    let mut server = serve();
    let people = ["alice", "bob"].map(|name| start(name, &address));
    let (stored, stored_by) = mpsc::channel();
    let (_server, mut written) = thread::scope(|scope| {
        let (mut tell, mut writers) = (Vec::new(), Vec::new());
        for (person, sign) in people.into_iter().zip(['a', 'b']) {
            let (kills, told) = mpsc::channel();
            let stored = stored.clone();
            writers.push(scope.spawn(move || write_without_pause(person, sign, &told, &stored)));
            tell.push(kills);
        }
        for _ in 0..KILLS {
            await_stored(&stored_by);
            // What was just typed is on its way, or not yet; and they go on.
            server.signal(Signal::KILL);
            drop(server);
            server = serve();
            while stored_by.try_recv().is_ok() {}
            for kills in &tell {
                kills.send(()).expect("the writer goes on");
            }
        }
        await_stored(&stored_by);
        drop(tell);
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
    person.resize(60, ROWS);
    person
}

/// Waits until something of each was stored.
fn await_stored(stored_by: &Receiver<char>) {
    let mut missing = vec!['a', 'b'];
    while !missing.is_empty() {
        let sign = stored_by.recv_timeout(GUARD).expect("messages are stored");
        missing.retain(|missing| *missing != sign);
    }
}

/// Types line after line, each as soon as the one before is on the screen, whether there is a server or not, until nobody
/// tells of kills any more. How many lines those were.
fn write_without_pause(
    mut person: Terminal,
    sign: char,
    kills: &Receiver<()>,
    stored: &Sender<char>,
) -> (Terminal, usize) {
    let (mut number, mut last_stored, mut since_kill) = (0, 0, 0);
    loop {
        number += 1;
        since_kill += 1;
        let line = format!("{sign}{number}.");
        enter(&mut person, &line);
        person.expect_on_screen(&format!("  {line}"));
        if since_kill == LINES_BETWEEN {
            await_connected(&mut person, "all that was written", |text| {
                newest_stored(text, sign) == number
            });
        }
        let text = person.screen().text();
        let newest = newest_stored(&text, sign);
        if newest > last_stored {
            last_stored = newest;
            // Nobody listens any more once it is over.
            let _ = stored.send(sign);
        }
        if is_counting_down(&text) {
            // Nobody waits for the time that is counted down.
            enter(&mut person, "/reconnect");
        }
        let told = match kills.try_recv() {
            Err(TryRecvError::Empty) if since_kill < LINES_BETWEEN => continue,
            Err(TryRecvError::Empty) => kills.recv_timeout(GUARD).map_err(|error| match error {
                RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                RecvTimeoutError::Timeout => panic!("the server is not killed any more"),
            }),
            told => told,
        };
        if told.is_err() {
            return (person, number);
        }
        since_kill = 0;
    }
}

/// Waits until the screen is as wanted, and for no time that is counted down.
fn await_connected(person: &mut Terminal, wanted: &str, is_so: impl Fn(&str) -> bool) {
    loop {
        person.await_screen(wanted, |screen| {
            let text = screen.text();
            is_so(&text) || is_counting_down(&text)
        });
        if !is_counting_down(&person.screen().text()) {
            return;
        }
        enter(person, "/reconnect");
        person.await_screen("another try", |screen| !is_counting_down(&screen.text()));
    }
}

/// The number of the last line of a writer that is in its place.
fn newest_stored(text: &str, sign: char) -> usize {
    let own = words(text).filter_map(|word| word.strip_prefix(sign)?.strip_suffix('.')?.parse().ok());
    own.max().unwrap_or_default()
}

fn is_counting_down(text: &str) -> bool {
    text.contains("again in")
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
    await_connected(person, "all messages", |text| {
        on_screen(text).len() >= count && !text.contains(['…', '✓'])
    });
    on_screen(&person.screen().text())
}
