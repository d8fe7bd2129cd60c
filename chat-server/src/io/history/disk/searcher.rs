//! The thread that keeps the index and searches it: searches first, then what is new.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use channels::{blocking, mpsc, until, watch};
use chat_proto::name::RoomName;

use super::Tell;
use crate::history::NoSearch;
use crate::history::sqlite::Index;
use crate::io::history::{Order, SearchOrder};

/// So long what is new gathers before it is indexed: to index many messages of a room at once costs a fraction of indexing one
/// by one, and when much is said that is time which the writer needs.
const INDEX_PAUSE: Duration = Duration::from_millis(250);

/// After so long what could not be indexed is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Which rooms have grown: the writer tells, the searcher takes.
#[derive(Clone)]
pub(super) struct News {
    rooms: Arc<Mutex<BTreeSet<RoomName>>>,
    bell: watch::Sender<()>,
}

impl News {
    pub(super) fn new() -> Self {
        let (bell, _) = watch::channel(());
        Self {
            rooms: Arc::default(),
            bell,
        }
    }

    pub(super) fn tell(&self, rooms: impl Iterator<Item = RoomName>) {
        self.lock().extend(rooms);
        self.bell.send(());
    }

    fn take(&self) -> BTreeSet<RoomName> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<RoomName>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Searcher {
    index: Index,
    orders: mpsc::BoundedReceiver<SearchOrder>,
    news: News,
    bell: watch::Receiver<()>,
    tell: Tell,
    is_in_trouble: bool,
}

impl Searcher {
    pub(super) fn new(
        index: Index,
        orders: mpsc::BoundedReceiver<SearchOrder>,
        news: News,
        tell: Tell,
    ) -> Self {
        let bell = news.bell.subscribe();
        Self {
            index,
            orders,
            news,
            bell,
            tell,
            is_in_trouble: false,
        }
    }

    /// Searches until nobody can ask for it any more.
    pub(super) fn run(mut self) {
        // What the last run of the server has left, if anything.
        let mut has_news = true;
        let mut index_at = Instant::now();
        loop {
            let order = if has_news {
                blocking::wait_until(self.orders.recv(), index_at).ok()
            } else {
                blocking::wait(until(self.orders.recv(), self.bell.changed())).ok()
            };
            match order {
                Some(Some(order)) => self.search(order),
                Some(None) => return,
                None if has_news => {
                    let pause;
                    (has_news, pause) = self.index_some();
                    index_at = Instant::now() + pause;
                }
                // Too late for an order means that there is news.
                None => has_news = true,
            }
        }
    }

    /// Whether there may be more to index, and how long that may wait.
    fn index_some(&mut self) -> (bool, Duration) {
        self.index.add_rooms(self.news.take());
        match self.index.go_on() {
            Ok(true) => (true, Duration::ZERO),
            Ok(false) => {
                self.is_in_trouble = false;
                (false, INDEX_PAUSE)
            }
            Err(cause) => {
                if !self.is_in_trouble {
                    self.is_in_trouble = true;
                    (self.tell)(&format!("what is new can't be searched for now: {cause}"));
                }
                (true, RETRY_PAUSE)
            }
        }
    }

    fn search(&mut self, order: SearchOrder) {
        let Order { question, answer } = order;
        let found = self.index.search(&question).unwrap_or_else(|cause| {
            (self.tell)(&format!("{} can't be searched: {cause}", question.room));
            Err(NoSearch::Unavailable)
        });
        let _ = answer.send(found);
    }
}
