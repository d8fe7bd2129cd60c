//! The server is killed again and again, while people talk.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;

use chat_client::pure::link::Event;
use chat_proto::ids::{MessageId, Seq};
use chat_proto::text::Text;
use chat_tests::client::{lobby, options};
use chat_tests::{Program, within};
use futures_lite::future;
use smol::LocalExecutor;

const KILLS: u32 = 50;
const WRITERS: usize = 20;
const READERS: usize = 20;

/// Says of one writer that are not acknowledged yet.
const IN_FLIGHT: usize = 4;

/// What everybody knows of the others.
#[derive(Default)]
struct Shared {
    /// What was acknowledged, and under which number.
    acknowledged: RefCell<BTreeMap<MessageId, Seq>>,
    /// Writers are to say nothing more.
    is_over: Cell<bool>,
    /// The last number that readers wait for, once it is over.
    last: Cell<Option<Seq>>,
}

/// Says something whenever the server acknowledges, until it is over.
async fn write(server: SocketAddr, name: String, shared: Rc<Shared>) {
    let (client, mut events) = chat_client::Client::connect(options(server, &name).room(lobby(), 0));
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
            Event::Stored { id, seq, .. } => {
                let before = shared.acknowledged.borrow_mut().insert(id, seq);
                assert_eq!(before, None, "a message is acknowledged once");
                if shared.is_over.get() {
                    // Again and again, and harmless: nothing more is said.
                    client.finish().expect("the client has not ended");
                } else {
                    say();
                }
            }
            Event::Finished => return,
            _ => {}
        }
    }
}

/// Hears everything from the first message on.
async fn read(server: SocketAddr, name: String, shared: Rc<Shared>) -> Vec<(Seq, MessageId)> {
    let (_client, mut events) = chat_client::Client::connect(options(server, &name).room(lobby(), u32::MAX));
    let mut journal: Vec<(Seq, MessageId)> = Vec::new();
    loop {
        let is_done = || {
            shared
                .last
                .get()
                .is_some_and(|last| journal.last().is_some_and(|(seq, _)| *seq >= last))
        };
        if is_done() {
            return journal;
        }
        match events.next().await.expect("a reader does not end by itself") {
            Event::Said { record, .. } => journal.push((record.seq, record.id)),
            Event::Missed { .. } => panic!("{name} missed something after {:?}", journal.last()),
            _ => {}
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
            .map(|n| executor.spawn(read(address, format!("reader{n}"), Rc::clone(&shared))))
            .collect();
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| executor.spawn(write(address, format!("writer{n}"), Rc::clone(&shared))))
            .collect();
        let server = kill_again_and_again(&data, server, address, &shared).await;
        shared.is_over.set(true);
        for writer in writers {
            within("a writer has everything acknowledged", writer).await;
        }
        shared
            .last
            .set(shared.acknowledged.borrow().values().max().copied());
        // One more line, so that readers that have everything notice.
        let mut journals = Vec::new();
        let last = chat_tests::TestClient::connect(address, "last").await;
        last.say("that was all");
        last.finish().await;
        for reader in readers {
            journals.push(within("a reader has heard everything", reader).await);
        }
        drop(server);
        journals
    }));
    compare(&data, &shared.acknowledged.borrow(), &journals);
}

/// The log has everything that was acknowledged, once, and each journal is the log.
fn compare(data: &Path, acknowledged: &BTreeMap<MessageId, Seq>, journals: &[Vec<(Seq, MessageId)>]) {
    super::assert_whole(data);
    let log: Vec<(Seq, String)> = super::exported(data)
        .iter()
        .map(|line| {
            let seq = Seq(line["seq"].as_u64().expect("a number"));
            (seq, line["id"].as_str().expect("an id").to_owned())
        })
        .collect();
    for (index, (seq, _)) in log.iter().enumerate() {
        assert_eq!(seq.0, index as u64 + 1, "numbers have no gap");
    }
    let mut ids: Vec<&String> = log.iter().map(|(_, id)| id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), log.len(), "each message is in the log once");
    for (id, seq) in acknowledged {
        let index = usize::try_from(seq.0).expect("a small number") - 1;
        assert_eq!(
            log.get(index),
            Some(&(*seq, id.to_string())),
            "what was acknowledged is in the log"
        );
    }
    for journal in journals {
        let heard: Vec<(Seq, String)> = journal.iter().map(|(seq, id)| (*seq, id.to_string())).collect();
        assert_eq!(
            heard,
            log[..heard.len()],
            "a journal is the log, without hole or double"
        );
    }
}
