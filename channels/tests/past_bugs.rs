//! Past bugs of published channel crates, tried on each flavour in which they could arise. Those that concern one flavour
//! alone stand in its own suite; README.md beside this file has the whole list.

#![cfg(not(any(channels_loom, channels_shuttle)))]

mod support;

use std::fmt::Debug;
use std::iter::from_fn;
use std::num::NonZeroU8;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::task::{Poll, Waker};
use std::thread;

use channels::{broadcast, mpmc, mpsc, oneshot, watch};
use support::{WakeCount, WakerEvent, hooked_waker, poll_once, poll_with};

/// Three values go through every flavour.
fn go_through<T: Clone + PartialEq + Debug>(values: [T; 3]) {
    let all = || values.iter().cloned();
    for value in all() {
        let (sender, mut receiver) = oneshot::channel();
        assert_eq!(sender.send(value.clone()), Ok(()));
        assert_eq!(receiver.try_recv(), Ok(value));
    }

    let (sender, mut receiver) = mpsc::channel();
    assert!(all().all(|value| sender.send(value).is_ok()));
    assert!(from_fn(|| receiver.try_recv().ok()).eq(all()));

    let (sender, mut receiver) = mpsc::bounded(2);
    let mut sends = values.clone().map(|value| sender.send(value));
    assert_eq!(
        sends.each_mut().map(|send| poll_once(send).is_ready()),
        [true, true, false]
    );
    assert!(from_fn(|| receiver.try_recv().ok()).eq(all()));

    let (sender, receiver) = mpmc::channel();
    assert!(all().all(|value| sender.send(value).is_ok()));
    assert!(from_fn(|| receiver.try_recv().ok()).eq(all()));

    let (sender, receiver) = mpmc::bounded(2);
    assert!(all().all(|value| sender.force_send(value).is_ok()));
    assert!(from_fn(|| receiver.try_recv().ok()).eq(all().skip(1)));

    let (sender, mut receiver) = broadcast::channel();
    let mut other = receiver.clone();
    assert!(all().all(|value| sender.send(value).is_ok()));
    assert!(from_fn(|| receiver.try_recv().ok()).eq(all()));
    assert!(from_fn(|| other.try_recv().ok()).eq(all()));

    let (sender, mut receiver) = broadcast::overwriting(2);
    assert!(all().all(|value| sender.send(value).is_ok()));
    assert!(receiver.try_recv().is_err());
    assert!(from_fn(|| receiver.try_recv().ok()).eq(all().skip(1)));

    let (sender, receiver) = watch::channel(values[0].clone());
    let held = values.clone().map(|value| {
        sender.send(value);
        receiver.borrow()
    });
    assert_eq!(held.map(|snapshot| (*snapshot).clone()), values);
}

#[test]
fn b11_values_whose_bytes_or_place_matter_go_through() {
    #[derive(Clone, Debug, PartialEq)]
    #[repr(align(64))]
    struct Aligned(u8);

    go_through(["one", "two", ""]);
    go_through([true, false, true]);
    go_through([(), (), ()]);
    go_through([1, 2, 255].map(|number| NonZeroU8::new(number).unwrap()));
    go_through([None, Some(NonNull::<u8>::dangling()), None]);
    go_through([1, 2, 3].map(|number| {
        let value = Aligned(number);
        assert!(std::ptr::from_ref(&value).is_aligned());
        value
    }));
    go_through([1, 2, 3].map(Box::new));
    go_through([1, 2, 3].map(|number| [number; 5_000]));
}

/// Only values pass over the stack, never the room for many of them.
#[test]
fn b12_room_for_values_never_passes_over_the_stack() {
    const CAPACITY: usize = 64;
    type Large = [u8; 1 << 16];
    let make = || {
        let (sender, _receiver) = mpsc::channel::<Large>();
        sender.send([1; 1 << 16]).unwrap();
        let (sender, _receiver) = mpsc::bounded::<Large>(CAPACITY);
        sender.try_send([1; 1 << 16]).unwrap();
        let (sender, _receiver) = mpmc::bounded::<Large>(CAPACITY);
        sender.try_send([1; 1 << 16]).unwrap();
        let (sender, _receiver) = broadcast::channel::<Large>();
        sender.send([1; 1 << 16]).unwrap();
        let (sender, _receiver) = broadcast::bounded::<Large>(CAPACITY);
        sender.try_send([1; 1 << 16]).unwrap();
        let (sender, _receiver) = broadcast::overwriting::<Large>(CAPACITY);
        sender.send([1; 1 << 16]).unwrap();
    };
    // All of them together have copies of some dozen values in this frame without optimization, not of 64.
    let stack_bytes = 40 * size_of::<Large>();
    let thread = thread::Builder::new().stack_size(stack_bytes).spawn(make);
    thread.unwrap().join().unwrap();
}

/// A wake that panics, one at most.
fn panicking_waker() -> Waker {
    hooked_waker(|event| assert_ne!(event, WakerEvent::Woken, "a waker that panics"))
}

fn assert_panics<R>(act: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(act)).is_err());
}

/// All of these wait, the first one with a waker that panics when it is woken; `finish` wakes all of them nevertheless.
fn wakes_all<F: Future + Unpin>(mut waits: Vec<F>, finish: impl FnOnce()) {
    let wakes = WakeCount::new();
    for (index, wait) in waits.iter_mut().enumerate() {
        let waker = if index == 0 {
            panicking_waker()
        } else {
            wakes.waker()
        };
        assert!(poll_with(wait, &waker).is_pending());
    }
    assert_panics(finish);
    assert_eq!(wakes.get(), waits.len() - 1);
    assert!(waits.iter_mut().all(|wait| poll_once(wait).is_ready()));
}

#[test]
fn b38_a_waker_that_panics_keeps_no_other_from_being_woken() {
    // More than are woken at once.
    const WAITERS: usize = 40;

    let (sender, receiver) = mpsc::bounded(1);
    sender.try_send(0).unwrap();
    wakes_all((0..WAITERS).map(|number| sender.send(number)).collect(), || {
        drop(receiver)
    });

    let (sender, receiver) = mpmc::bounded(1);
    sender.try_send(0).unwrap();
    wakes_all((0..WAITERS).map(|number| sender.send(number)).collect(), || {
        receiver.close()
    });

    let (sender, receiver) = broadcast::channel();
    let mut receivers = vec![receiver; WAITERS];
    wakes_all(
        receivers.iter_mut().map(|receiver| receiver.recv()).collect(),
        || sender.send(0).unwrap(),
    );

    let (sender, receiver) = broadcast::overwriting(1);
    let mut receivers = vec![receiver; WAITERS];
    wakes_all(
        receivers.iter_mut().map(|receiver| receiver.recv()).collect(),
        || sender.send(0).unwrap(),
    );

    let (sender, receiver) = watch::channel(0);
    let mut receivers = vec![receiver; WAITERS];
    wakes_all(
        receivers.iter_mut().map(|receiver| receiver.changed()).collect(),
        || sender.send(1),
    );
}

/// What is received is appended, and at the end nothing is.
#[test]
fn b52_recv_many_leaves_what_is_in_the_buffer() {
    let mut buffer = vec![1];

    let (sender, mut receiver) = mpsc::channel();
    sender.send(2).unwrap();
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 9)), Poll::Ready(1));
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 9)), Poll::Ready(0));

    let (sender, mut receiver) = mpsc::bounded(1);
    sender.try_send(3).unwrap();
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 9)), Poll::Ready(1));
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 9)), Poll::Ready(0));

    let (sender, receiver) = mpmc::channel();
    sender.send(4).unwrap();
    sender.close();
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 9)), Poll::Ready(1));
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 9)), Poll::Ready(0));

    let (sender, mut receiver) = broadcast::channel();
    sender.send(5).unwrap();
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 9)), Poll::Ready(1));
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 9)), Poll::Ready(0));

    let (sender, mut receiver) = broadcast::overwriting(1);
    sender.send(6).unwrap();
    drop(sender);
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 9)),
        Poll::Ready(Ok(1))
    );
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 9)),
        Poll::Ready(Ok(0))
    );

    assert_eq!(buffer, [1, 2, 3, 4, 5, 6]);
}

/// Each clone of a sink is a handle of its own: to close one flushes and ends nothing but itself.
#[cfg(feature = "futures-sink")]
#[test]
fn b59_closing_a_sink_closes_no_other() {
    use std::pin::Pin;
    use std::task::Context;

    use channels::mpsc::TryRecvError;
    use futures_sink::Sink;

    fn send_and_close<S: Sink<u8> + Unpin>(mut sink: S, value: u8) {
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(matches!(Pin::new(&mut sink).poll_ready(cx), Poll::Ready(Ok(()))));
        assert!(Pin::new(&mut sink).start_send(value).is_ok());
        assert!(matches!(Pin::new(&mut sink).poll_ready(cx), Poll::Ready(Ok(()))));
        assert!(matches!(Pin::new(&mut sink).poll_close(cx), Poll::Ready(Ok(()))));
    }

    fn ends_alone<S: Sink<u8> + Clone + Unpin>(
        sink: S,
        mut receive: impl FnMut() -> Result<u8, TryRecvError>,
    ) {
        send_and_close(sink.clone(), 1);
        assert_eq!([receive(), receive()], [Ok(1), Err(TryRecvError::Empty)]);
        send_and_close(sink, 2);
        assert_eq!([receive(), receive()], [Ok(2), Err(TryRecvError::Closed)]);
    }

    let (sender, mut receiver) = mpsc::channel();
    ends_alone(sender, || receiver.try_recv());
    let (sender, mut receiver) = mpsc::bounded(2);
    ends_alone(sender.into_poll_sender(), || receiver.try_recv());
    let (sender, receiver) = mpmc::channel();
    ends_alone(sender, || receiver.try_recv());
    let (sender, receiver) = mpmc::bounded(2);
    ends_alone(sender.into_poll_sender(), || receiver.try_recv());
}

/// A message that nobody will read is dropped as soon as that is certain, so whoever waits for a reply to it is told.
#[test]
fn b61_an_unread_request_is_refused_when_the_receiver_leaves() {
    /// Whether the request's reply channel is closed.
    fn is_refused(mut reply: oneshot::Receiver<u8>) -> bool {
        reply.try_recv() == Err(oneshot::TryRecvError::Closed)
    }

    let (request, reply) = oneshot::channel();
    let (sender, receiver) = mpsc::channel();
    sender.send(request).unwrap();
    drop(receiver);
    assert!(is_refused(reply));

    let (request, reply) = oneshot::channel();
    let (waiting_request, waiting_reply) = oneshot::channel();
    let (sender, receiver) = mpsc::bounded(1);
    sender.try_send(request).unwrap();
    let mut send = sender.send(waiting_request);
    assert!(poll_once(&mut send).is_pending());
    drop(receiver);
    assert!(is_refused(reply));
    drop(poll_once(&mut send));
    assert!(is_refused(waiting_reply));

    let (request, reply) = oneshot::channel();
    let (sender, receiver) = mpmc::channel();
    sender.send(request).unwrap();
    drop(receiver);
    assert!(is_refused(reply));

    let (request, reply) = oneshot::channel();
    let (sender, receiver) = mpmc::bounded(1);
    sender.try_send(request).unwrap();
    drop((receiver.clone(), receiver));
    assert!(is_refused(reply));

    let (request, reply) = oneshot::channel();
    let (sender, receiver) = broadcast::channel();
    sender.send(request).unwrap();
    drop((receiver.clone(), receiver));
    assert!(is_refused(reply));

    let (request, reply) = oneshot::channel();
    let (sender, receiver) = broadcast::bounded(1);
    sender.try_send(request).unwrap();
    drop(receiver);
    assert!(is_refused(reply));

    let (request, reply) = oneshot::channel();
    let (sender, receiver) = broadcast::overwriting(1);
    sender.send(request).unwrap();
    drop(receiver);
    assert!(is_refused(reply));

    // A watch keeps the newest value for whoever comes; what it replaces is dropped.
    let (request, reply) = oneshot::channel();
    let (sender, _receiver) = watch::channel(Some(request));
    sender.send(None);
    assert!(is_refused(reply));

    let (request, reply) = oneshot::channel();
    let (sender, receiver) = oneshot::channel();
    sender.send(request).unwrap();
    drop(receiver);
    assert!(is_refused(reply));
}

/// Its clones call back into the channel, and panic.
struct Troublesome(broadcast::BoundedSender<Self>);

impl Clone for Troublesome {
    fn clone(&self) -> Self {
        assert!(self.0.len() == 1 && !self.0.subscribe_oldest().is_empty());
        assert!(self.0.try_send(Self(self.0.clone())).is_err());
        panic!("a clone that panics")
    }
}

/// Who has no clone has received nothing, but the message has left the channel, and whoever waits for its room is served.
#[test]
fn b62_a_clone_that_panics_makes_room() {
    let (sender, mut receiver) = broadcast::bounded(1);
    let mut other = receiver.clone();
    assert!(sender.try_send(Troublesome(sender.clone())).is_ok());
    let mut send = sender.send(Troublesome(sender.clone()));
    let wakes = WakeCount::new();
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    assert_panics(|| receiver.try_recv().is_ok());
    assert_eq!((receiver.len(), other.len(), wakes.get()), (0, 1, 0));
    assert!(other.try_recv().is_ok(), "the last one needs no clone");
    assert_eq!((receiver.len(), other.len(), wakes.get()), (1, 1, 1));
    assert!(matches!(poll_once(&mut send), Poll::Ready(Ok(()))));
}
