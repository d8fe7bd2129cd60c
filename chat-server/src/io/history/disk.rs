//! The store on disk: its directory, and its threads.
//!
//! ```text
//!   commits ──▶ writer ──▶ chat.db ──▶ reader ──▶ pages
//!                 │           │
//!                 └─ rooms ─▶ searcher ──▶ words.db ──▶ what was found
//! ```
//! The writer alone writes `chat.db`; between batches it lets old records go. The searcher reads from there what it has not
//! indexed yet, so `words.db` may be behind, and may be deleted at any time: it is made anew.

mod searcher;
mod writer;

use std::panic;
use std::sync::Arc;
use std::thread;

use channels::{blocking, mpsc, oneshot};

use self::searcher::{News, Searcher};
use super::{Order, Orders, PageOrder};
use crate::history::sqlite::{Index, Reader, Sqlite};
use crate::io::directory::Directory;

/// Unreadable messages that the operator is told of, so that a damaged disk does not fill another one.
const UNREADABLE_TOLD_MAX: u32 = 100;

/// Tells the operator something, in a line.
pub(crate) type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// A store on disk that is open, and not yet used.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) writer: Sqlite,
    pub(crate) reader: Reader,
    pub(crate) index: Index,
    /// Held until the last thread has ended, so that no second server uses the files.
    pub(crate) directory: Directory,
}

/// Serves until nobody can ask anything any more. A thread's panic is the panic of this future.
pub(crate) async fn run(disk: Disk, orders: Orders, tell: Tell) {
    let Disk {
        writer,
        reader,
        index,
        directory,
    } = disk;
    let Orders {
        commits,
        pages,
        searches,
    } = orders;
    let news = News::new();
    let writing = {
        let (news, tell) = (news.clone(), Arc::clone(&tell));
        Thread::start("chat-writer", move || writer::run(writer, commits, &news, &tell))
    };
    let reading = {
        let (path, tell) = (directory.path().display().to_string(), Arc::clone(&tell));
        Thread::start("chat-reader", move || read(reader, pages, &path, &tell))
    };
    let searching = Thread::start("chat-searcher", move || {
        Searcher::new(index, searches, news, tell).run();
    });
    for thread in [writing, reading, searching] {
        thread.ended().await;
    }
    drop(directory);
}

fn read(mut reader: Reader, mut orders: mpsc::BoundedReceiver<PageOrder>, path: &str, tell: &Tell) {
    let mut told = 0;
    while let Some(Order { question, answer }) = blocking::wait(orders.recv()) {
        let page = reader.page(&question).unwrap_or_else(|cause| {
            tell(&format!("a page of {} can't be read: {cause}", question.room));
            None
        });
        let _ = answer.send(page);
        if let Some(unreadable) = reader.take_unreadable()
            && told < UNREADABLE_TOLD_MAX
        {
            told += 1;
            tell(&format!(
                "message {} of room {} is damaged, and is not shown: `chat-server check {path}` tells more",
                unreadable.seq, unreadable.room
            ));
        }
    }
}

/// A thread that a future can wait for.
struct Thread {
    thread: thread::JoinHandle<()>,
    ended: oneshot::Receiver<()>,
}

impl Thread {
    fn start(name: &str, run: impl FnOnce() + Send + 'static) -> Self {
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // Dropped at the end, also by a panic.
                let _end = end;
                run();
            })
            .expect("the machine has another thread");
        Self { thread, ended }
    }

    async fn ended(self) {
        // Whether it ended or was dropped says nothing: the thread does.
        let _ = self.ended.await;
        if let Err(panicked) = self.thread.join() {
            panic::resume_unwind(panicked);
        }
    }
}
