//! The unbounded `mpmc`. What its receivers do among themselves is in `mpmc_receivers.rs`.

#[path = "promises/many_receivers.rs"]
mod many_receivers;
#[path = "promises/queue.rs"]
mod queue;
#[path = "promises/unbounded_queue.rs"]
mod unbounded_queue;

use channels::mpmc::{SendError, Sender, TryRecvError, channel};
use unbounded_queue::{HANDLES, send};
