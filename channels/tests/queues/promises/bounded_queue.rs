//! What the bounded queues promise.

mod permits;
mod rendezvous;
mod room;
mod waits_for_room;

use super::{SendError, TryRecvError, TrySendError, bounded};
