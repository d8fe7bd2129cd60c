//! The way to the store and back: batches to be committed, pages to be read, words to be looked for.
//!
//! | store | where it is used |
//! |---|---|
//! | in memory ([`memory`]) | in one task of the server's, for it never takes long |
//! | on disk ([`disk`]) | on three threads: one writes, one reads pages, one keeps the index and searches it |
//!
//! Whoever asks waits in a bounded queue, and gets the answer through a `oneshot`. The queues end with the last handle, and with them
//! the tasks and threads.

pub(crate) mod disk;
pub(crate) mod memory;

use channels::{mpsc, oneshot};

use crate::history::{NoSearch, Op, Outcome, PageAnswer, PageRequest, SearchAnswer, SearchRequest};

/// Pages, and searches, that wait for the store; beyond that whoever asks waits too.
const LOOKUPS_WAITING_MAX: usize = 64;

/// A question and where its answer goes. Whoever has left meanwhile does not need it.
pub(crate) struct Order<Q, A> {
    pub(crate) question: Q,
    pub(crate) answer: oneshot::Sender<A>,
}

pub(crate) type CommitOrder = Order<Vec<Op>, Vec<Outcome>>;
pub(crate) type PageOrder = Order<PageRequest, Option<PageAnswer>>;
pub(crate) type SearchOrder = Order<SearchRequest, Result<SearchAnswer, NoSearch>>;

/// For the one who has batches committed.
#[derive(Clone)]
pub(crate) struct Committer(mpsc::BoundedSender<CommitOrder>);

/// For all who look something up.
#[derive(Clone)]
pub(crate) struct Lookups {
    pages: mpsc::BoundedSender<PageOrder>,
    searches: mpsc::BoundedSender<SearchOrder>,
}

/// The store's ends of the queues.
pub(crate) struct Orders {
    commits: mpsc::BoundedReceiver<CommitOrder>,
    pages: mpsc::BoundedReceiver<PageOrder>,
    searches: mpsc::BoundedReceiver<SearchOrder>,
}

/// The queues between those who ask and a store.
pub(crate) fn queues() -> (Committer, Lookups, Orders) {
    // One batch is in flight.
    let (committer, commits) = mpsc::bounded(1);
    let (pages, pages_asked) = mpsc::bounded(LOOKUPS_WAITING_MAX);
    let (searches, searches_asked) = mpsc::bounded(LOOKUPS_WAITING_MAX);
    let orders = Orders {
        commits,
        pages: pages_asked,
        searches: searches_asked,
    };
    (Committer(committer), Lookups { pages, searches }, orders)
}

impl Committer {
    /// Has a batch committed; the outcomes come in its order.
    ///
    /// # Errors
    /// [`StoreIsGone`] if the store has ended.
    pub(crate) async fn commit(self, batch: Vec<Op>) -> Result<Vec<Outcome>, StoreIsGone> {
        ask(&self.0, batch).await
    }
}

impl Lookups {
    /// Has a page read; `None` if the store does not know the room, or can't read.
    ///
    /// # Errors
    /// [`StoreIsGone`] if the store has ended.
    pub(crate) async fn page(self, request: PageRequest) -> Result<Option<PageAnswer>, StoreIsGone> {
        ask(&self.pages, request).await
    }

    /// Has something looked for.
    ///
    /// # Errors
    /// [`StoreIsGone`] if the store has ended.
    pub(crate) async fn search(
        self,
        request: SearchRequest,
    ) -> Result<Result<SearchAnswer, NoSearch>, StoreIsGone> {
        ask(&self.searches, request).await
    }
}

async fn ask<Q, A>(orders: &mpsc::BoundedSender<Order<Q, A>>, question: Q) -> Result<A, StoreIsGone> {
    let (answer, answered) = oneshot::channel();
    let order = Order { question, answer };
    orders.send(order).await.map_err(|_| StoreIsGone)?;
    answered.await.map_err(|_| StoreIsGone)
}

/// The store has ended before it answered: it panicked, and the server ends with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoreIsGone;
