//! The thread that keeps the index and searches it: searches first, then what is new.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use channels::{blocking, mpsc, until, watch};
use chat_proto::name::RoomName;

use super::Tell;
use crate::history::NoSearch;
use crate::history::sqlite::Index;
use crate::io::history::{Order, SearchOrder};

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
        loop {
            while let Ok(order) = self.orders.try_recv() {
                self.search(order);
            }
            self.index.add_rooms(self.news.take());
            match self.index.go_on() {
                Ok(true) => continue,
                Ok(false) => self.is_in_trouble = false,
                Err(cause) if !self.is_in_trouble => {
                    self.is_in_trouble = true;
                    (self.tell)(&format!("what is new can't be searched for now: {cause}"));
                }
                Err(_told) => {}
            }
            // Too late for an order means that there is news.
            let order = blocking::wait(until(self.orders.recv(), self.bell.changed())).ok();
            match order {
                Some(Some(order)) => self.search(order),
                Some(None) => return,
                None => {}
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
