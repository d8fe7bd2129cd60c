//! What the unbounded queues promise.

use super::{SendError, Sender, channel};
use crate::in_order_from_threads;
use crate::support::block_on;

pub(super) const HANDLES: &str = "Sender { .. } Receiver { .. } WeakSender { .. }";

pub(super) fn send<T>(sender: &Sender<T>, value: T) -> Result<(), SendError<T>> {
    sender.send(value)
}

#[test]
fn threads_send_everything_once_and_in_their_order() {
    let (sender, mut receiver) = channel();
    in_order_from_threads(
        sender,
        |sender, value| sender.send(value).unwrap(),
        || block_on(receiver.recv()),
    );
}

#[cfg(feature = "futures-sink")]
#[test]
fn a_sink_takes_values_and_gives_the_refused_one_back() {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use futures_sink::Sink;

    let (mut sender, mut receiver) = channel();
    let mut sink = Pin::new(&mut sender);
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(sink.as_mut().poll_ready(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(sink.as_mut().start_send(1), Ok(()));
    assert_eq!(sink.as_mut().poll_flush(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(sink.as_mut().poll_close(&mut cx), Poll::Ready(Ok(())));
    assert!(!receiver.is_closed(), "the end comes with the sender's drop");
    drop(receiver);
    assert_eq!(sink.as_mut().start_send(2), Err(SendError::ReceiverDropped(2)));
}
