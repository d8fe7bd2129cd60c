//! The unbounded `mpsc`. Its blocks are the matter of `mpsc_unbounded_values.rs` and `allocations/mpsc_unbounded.rs`.

#[path = "promises/one_receiver.rs"]
mod one_receiver;
#[path = "promises/queue.rs"]
mod queue;
#[path = "promises/unbounded_queue.rs"]
mod unbounded_queue;

use channels::mpsc::{SendError, Sender, TryRecvError, channel};
use unbounded_queue::{HANDLES, send};
