//! The server is killed again and again, while people talk.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;

use chat_client::pure::json::event_to_json;
use chat_client::pure::link::Event;
use chat_proto::ids::MessageId;
use chat_proto::text::Text;
use chat_tests::client::{lobby, options};
use chat_tests::load::verify::{Lines, verify};
use chat_tests::{Program, TestClient, within};
use futures_lite::future;
use smol::LocalExecutor;

const KILLS: u32 = 50;
const WRITERS: usize = 20;
const READERS: usize = 20;

/// Says of one writer that are not acknowledged yet.
const IN_FLIGHT: usize = 4;

/// The last line of all, after which readers wait for nothing more.
const LAST_LINE: &str = "that was all";

/// What everybody knows of the others.
#[derive(Default)]
struct Shared {
    /// What was acknowledged.
    acknowledged: RefCell<BTreeSet<MessageId>>,
    /// Writers are to say nothing more.
    is_over: Cell<bool>,
}

/// Says something whenever the server acknowledges, until it is over. What was acknowledged, as a journal.
async fn write(server: SocketAddr, name: String, shared: Rc<Shared>) -> String {
    let (client, mut events) = chat_client::Client::connect(options(server, &name).room(lobby(), 0));
    let mut journal = String::new();
    let mut said = 0;
    let mut say = || {
        said += 1;
        let text = Text::new(&format!("{name} {said}")).expect("it is short");
        client.say(&lobby(), text).expect("few are in flight");
    };
    for _ in 0..IN_FLIGHT {
        say();
    }
    while let Some(event) = events.next().await {
        match event {
            Event::Stored { id, .. } => {
                journal += &(event_to_json(&event) + "\n");
                let is_new = shared.acknowledged.borrow_mut().insert(id);
                assert!(is_new, "a message is acknowledged once");
                if shared.is_over.get() {
                    // Again and again, and harmless: nothing more is said.
                    client.finish().expect("the client has not ended");
                } else {
                    say();
                }
            }
            Event::Finished => break,
            _ => {}
        }
    }
    journal
}

/// Hears everything from the first message to the last, and writes all of it into a journal.
async fn read(server: SocketAddr, name: String) -> String {
    let (_client, mut events) = chat_client::Client::connect(options(server, &name).room(lobby(), u32::MAX));
    let mut journal = String::new();
    loop {
        let event = events.next().await.expect("a reader does not end by itself");
        journal += &(event_to_json(&event) + "\n");
        if matches!(&event, Event::Said { record, .. } if record.text.as_str() == LAST_LINE) {
            return journal;
        }
    }
}

/// Kills the server whenever so many more messages were acknowledged, and starts it again.
async fn kill_again_and_again(data: &Path, server: Program, address: SocketAddr, shared: &Shared) -> Program {
    let mut server = server;
    let mut acknowledged = 0;
    for kill in 0..KILLS {
        // Another number each time, so that it happens at all sorts of moments.
        acknowledged += 1 + (kill as usize * 37) % 120;
        while shared.acknowledged.borrow().len() < acknowledged {
            future::yield_now().await;
        }
        server.kill();
        (server, _) = super::server(data, &address.to_string(), &[]);
    }
    server
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_told_twice_in_fifty_crashes() {
    let directory = tempfile::tempdir().expect("a directory for a test");
    let data = directory.path().join("data");
    let (server, address) = super::server(&data, "127.0.0.1:0", &[]);
    let shared = Rc::new(Shared::default());
    let executor = LocalExecutor::new();
    let journals = smol::block_on(executor.run(async {
        let readers: Vec<_> = (0..READERS)
            .map(|n| executor.spawn(read(address, format!("reader{n}"))))
            .collect();
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| executor.spawn(write(address, format!("writer{n}"), Rc::clone(&shared))))
            .collect();
        let server = kill_again_and_again(&data, server, address, &shared).await;
        shared.is_over.set(true);
        let mut journals = Vec::new();
        for writer in writers {
            journals.push(within("a writer has everything acknowledged", writer).await);
        }
        let last = TestClient::connect(address, "last").await;
        last.say(LAST_LINE);
        last.finish().await;
        for reader in readers {
            journals.push(within("a reader has heard everything", reader).await);
        }
        drop(server);
        journals
    }));
    super::assert_whole(&data);
    let log: String = super::exported(&data)
        .iter()
        .map(|record| format!("{record}\n"))
        .collect();
    let acknowledged = shared.acknowledged.borrow().len();
    assert!(
        log.lines().count() > acknowledged,
        "the log has what was acknowledged, and the last line"
    );
    let lines = |name, text| Lines { name, text };
    let journals: Vec<Lines<'_>> = journals.iter().map(|journal| lines("journal", journal)).collect();
    assert_eq!(verify(lines("log", &log), false, &journals), []);
}
