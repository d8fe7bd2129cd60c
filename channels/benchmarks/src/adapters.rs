//! The crates, each behind the traits of the kinds that it has.

mod async_broadcast;
mod async_channel;
mod async_oneshot;
mod asyncband;
mod crossfire;
mod embassy_sync;
mod fibre;
mod flume;
mod futures_channel;
mod kanal;
mod lite_sync;
mod loole;
mod oneshot;
mod ours;
mod postage;
mod tachyonix;
mod thingbuf;
mod tokio;

use crate::registry::Registry;
use crate::workloads::limit;

/// The name under which this repository's crate takes part.
pub(crate) const OURS: &str = "channels";

/// The name under which its mpmc channel takes part in rows that its mpsc is for.
pub(crate) const OURS_MPMC: &str = "channels-mpmc";

/// Every case there is.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::default();
    ours::add(&mut registry);
    limit::add(&mut registry);
    tokio::add(&mut registry);
    async_channel::add(&mut registry);
    async_broadcast::add(&mut registry);
    futures_channel::add(&mut registry);
    flume::add(&mut registry);
    kanal::add(&mut registry);
    crossfire::add(&mut registry);
    tachyonix::add(&mut registry);
    oneshot::add(&mut registry);
    async_oneshot::add(&mut registry);
    asyncband::add(&mut registry);
    lite_sync::add(&mut registry);
    fibre::add(&mut registry);
    embassy_sync::add(&mut registry);
    thingbuf::add(&mut registry);
    postage::add(&mut registry);
    loole::add(&mut registry);
    registry
}
