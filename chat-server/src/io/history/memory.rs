//! The store in memory, as a part of the server's own future.

use std::sync::{Mutex, MutexGuard, PoisonError};

use channels::mpsc;
use futures_lite::future;

use super::{Order, Orders};
use crate::history::NoSearch;
use crate::history::memory::Memory;
use crate::io::clock;

/// Serves until nobody can ask anything any more.
pub(crate) async fn run(store: Memory, orders: Orders) {
    let store = Mutex::new(store);
    let Orders {
        commits,
        pages,
        searches,
    } = orders;
    let committing = serve(commits, |batch| {
        let mut outcomes = Vec::with_capacity(batch.len());
        lock(&store).commit(clock::unix_ms(), &batch, &mut outcomes);
        outcomes
    });
    let reading = serve(pages, |request| lock(&store).page(&request));
    let searching = serve(searches, |_request| Err(NoSearch::NoIndex));
    future::zip(committing, future::zip(reading, searching)).await;
}

async fn serve<Q, A>(mut orders: mpsc::BoundedReceiver<Order<Q, A>>, mut answer: impl FnMut(Q) -> A) {
    while let Some(order) = orders.recv().await {
        let _ = order.answer.send(answer(order.question));
        // The channel does not yield by itself, and a page may be long.
        future::yield_now().await;
    }
}

/// All users are parts of one future, so it is never contended.
fn lock(store: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}
