//! The thread that writes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use channels::{blocking, mpsc};
use chat_proto::name::RoomName;

use super::Tell;
use super::searcher::News;
use crate::history::Outcome;
use crate::history::sqlite::Sqlite;
use crate::io::clock;
use crate::io::history::{CommitOrder, Order};

/// How often all rooms are looked through for what is to go.
const TRIM_INTERVAL: Duration = Duration::from_secs(60);

/// Between two steps of trimming, so that batches come first.
const TRIM_PAUSE: Duration = Duration::from_millis(5);

/// Texts that were emptied stay in the log of commits for so long at most, if nobody reads an older moment of the file.
const PURGE_INTERVAL: Duration = Duration::from_secs(1);

/// Commits until nobody can ask for it any more.
pub(super) fn run(
    mut store: Sqlite,
    mut orders: mpsc::BoundedReceiver<CommitOrder>,
    news: &News,
    tell: &Tell,
) {
    let mut trim_at = Instant::now();
    let mut purge_at = Instant::now();
    let mut is_in_trouble = false;
    loop {
        let next_at = if store.needs_purge() {
            trim_at.min(purge_at)
        } else {
            trim_at
        };
        match blocking::wait_until(orders.recv(), next_at) {
            Ok(Some(order)) => commit(&mut store, order, news),
            Ok(None) => return,
            Err(_waiting) => {}
        }
        // Also when batches come without a pause.
        if Instant::now() >= trim_at {
            let may_go_on = store.trim(clock::unix_ms()).unwrap_or_else(|cause| {
                tell(&format!("old messages can't be trimmed: {cause}"));
                false
            });
            let pause = if may_go_on { TRIM_PAUSE } else { TRIM_INTERVAL };
            trim_at = Instant::now() + pause;
        }
        if store.needs_purge() && Instant::now() >= purge_at {
            // It is tried again; and what keeps it from that shows as soon as something is to be stored.
            let _ = store.purge();
            purge_at = Instant::now() + PURGE_INTERVAL;
        }
        match store.trouble() {
            Some(cause) if !is_in_trouble => {
                tell(&format!(
                    "nothing can be stored, and messages are refused for now: {cause}"
                ));
                is_in_trouble = true;
            }
            None if is_in_trouble => {
                tell("messages are stored again");
                is_in_trouble = false;
            }
            Some(_) | None => {}
        }
    }
}

fn commit(store: &mut Sqlite, order: CommitOrder, news: &News) {
    let Order {
        question: batch,
        answer,
    } = order;
    let mut outcomes = Vec::with_capacity(batch.len());
    store.commit(clock::unix_ms(), &batch, &mut outcomes);
    let grown: BTreeSet<&RoomName> = batch
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| matches!(outcome, Outcome::Appended { .. }))
        .filter_map(|(op, _)| op.room())
        .collect();
    // First those who wait, then the index.
    let _ = answer.send(outcomes);
    if !grown.is_empty() {
        news.tell(grown.into_iter().cloned());
    }
}
