//! What the bounded queues promise.

mod permits;
mod rendezvous;
mod room;
mod waits_for_room;

use super::{BoundedReceiver, BoundedSender, SendError, TryRecvError, TrySendError, bounded};

pub(super) const HANDLES: &str = "BoundedSender { .. } BoundedReceiver { .. } WeakBoundedSender { .. }";

pub(super) fn channel<T>() -> (BoundedSender<T>, BoundedReceiver<T>) {
    bounded(100)
}

pub(super) fn send<T>(sender: &BoundedSender<T>, value: T) -> Result<(), SendError<T>> {
    sender.try_send(value).map_err(|error| match error {
        TrySendError::Full(_) => panic!("there is room"),
        TrySendError::ReceiverDropped(value) => SendError::ReceiverDropped(value),
    })
}
