//! The task that owns the store: it commits batches and reads pages, one after the other.

use channels::{mpsc, oneshot};

use crate::history::memory::Memory;
use crate::history::{Op, Outcome, PageAnswer, PageRequest};
use crate::io::clock;

/// Orders that wait for the store; beyond that whoever orders waits too.
pub(crate) const ORDERS_WAITING_MAX: usize = 256;

/// What is asked of the store.
pub(crate) enum Order {
    /// Commit these as one; the outcomes come back in their order.
    Commit(Vec<Op>, oneshot::Sender<Vec<Outcome>>),
    /// Read a page.
    Page(PageRequest, oneshot::Sender<Option<PageAnswer>>),
}

/// Serves until nobody can order anything any more.
pub(crate) async fn run(mut store: Memory, mut orders: mpsc::BoundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        // Whoever has left meanwhile does not need his answer.
        match order {
            Order::Commit(ops, answer) => {
                let mut outcomes = Vec::with_capacity(ops.len());
                store.commit(clock::unix_ms(), &ops, &mut outcomes);
                let _ = answer.send(outcomes);
            }
            Order::Page(request, answer) => {
                let _ = answer.send(store.page(&request));
            }
        }
        // The channel does not yield by itself, and a page may be long.
        futures_lite::future::yield_now().await;
    }
}

/// Has a batch committed.
///
/// # Errors
/// [`StoreIsGone`] if the task of the store has ended.
pub(crate) async fn commit(
    orders: mpsc::BoundedSender<Order>,
    ops: Vec<Op>,
) -> Result<Vec<Outcome>, StoreIsGone> {
    let (answer, outcomes) = oneshot::channel();
    orders
        .send(Order::Commit(ops, answer))
        .await
        .map_err(|_| StoreIsGone)?;
    outcomes.await.map_err(|_| StoreIsGone)
}

/// Has a page read; `None` if the store does not know the room.
///
/// # Errors
/// [`StoreIsGone`] if the task of the store has ended.
pub(crate) async fn page(
    orders: mpsc::BoundedSender<Order>,
    request: PageRequest,
) -> Result<Option<PageAnswer>, StoreIsGone> {
    let (answer, page) = oneshot::channel();
    orders
        .send(Order::Page(request, answer))
        .await
        .map_err(|_| StoreIsGone)?;
    page.await.map_err(|_| StoreIsGone)
}

/// The store's task has ended before it answered: it panicked, and the server ends with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoreIsGone;
