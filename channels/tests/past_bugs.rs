//! Past bugs of published channel crates, tried on each flavour in which they could arise. Those that concern one flavour
//! alone stand in its own suite; README.md beside this file has the whole list.

#![cfg(not(any(channels_loom, channels_shuttle)))]

mod support;

use std::fmt::Debug;
use std::iter::from_fn;
use std::num::NonZeroU8;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};
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

/// After a close nothing can come any more: permits that are out are void, so nobody waits for them.
#[test]
fn b28_b29_permits_delay_no_end() {
    let mut cx = Context::from_waker(Waker::noop());

    let (sender, mut receiver) = mpsc::bounded(2);
    let (permit, permits) = (
        sender.try_reserve().unwrap(),
        poll_once(&mut sender.reserve_many(1)),
    );
    assert!(receiver.poll_recv(&mut cx).is_pending());
    receiver.close();
    assert_eq!(receiver.poll_recv(&mut cx), Poll::Ready(None));
    assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Closed));
    assert_eq!(permit.send(1).unwrap_err().into_inner(), 1);
    drop(permits);
    assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Closed));
    assert_eq!(
        sender.try_send(2).unwrap_err().into_inner(),
        2,
        "B54: it stays closed"
    );

    let (sender, mut receiver) = mpmc::bounded(2);
    let (permit, permits) = (
        sender.try_reserve().unwrap(),
        poll_once(&mut sender.reserve_many(1)),
    );
    assert!(receiver.poll_recv(&mut cx).is_pending());
    receiver.close();
    assert_eq!(receiver.poll_recv(&mut cx), Poll::Ready(None));
    assert_eq!(permit.send(1).unwrap_err().into_inner(), 1);
    drop(permits);
    assert_eq!(receiver.try_recv(), Err(mpmc::TryRecvError::Closed));
    assert_eq!(
        sender.try_send(2).unwrap_err().into_inner(),
        2,
        "B54: it stays closed"
    );
}

/// A permit that owns the last sender keeps the channel open, and ends it with itself.
#[test]
fn b28_b29_the_last_permit_wakes_the_receiver() {
    let wakes = WakeCount::new();

    let (sender, mut receiver) = mpsc::bounded::<u8>(1);
    let Poll::Ready(Ok(permit)) = poll_once(&mut sender.reserve_owned()) else {
        panic!("there is room");
    };
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(permit);
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(None));

    let (sender, receiver) = mpmc::bounded::<u8>(1);
    let Poll::Ready(Ok(permit)) = poll_once(&mut sender.reserve_owned()) else {
        panic!("there is room");
    };
    assert_eq!(receiver.try_recv(), Err(mpmc::TryRecvError::Empty));
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(permit);
    assert_eq!(wakes.get(), 2);
    assert_eq!(poll_once(&mut recv), Poll::Ready(None));
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

/// A permit that is used or given back while a waker panics is over once: there is exactly as much room as there should be.
#[test]
fn b53_a_panicking_waker_returns_no_permit_twice() {
    let waker = panicking_waker();
    let mut cx = Context::from_waker(&waker);

    let (sender, mut receiver) = mpsc::bounded(2);
    assert!(receiver.poll_recv(&mut cx).is_pending());
    let permit = sender.try_reserve().unwrap();
    assert_panics(|| permit.send(1));
    let permit = sender.try_reserve().unwrap();
    let mut send = sender.send(2);
    assert!(poll_with(&mut send, &waker).is_pending());
    assert_panics(|| drop(permit));
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
    assert!(sender.try_send(3).is_err());
    assert!(from_fn(|| receiver.try_recv().ok()).eq([1, 2]));
    assert_eq!(
        [3, 4, 5].map(|number| sender.try_send(number).is_ok()),
        [true, true, false]
    );

    let (sender, mut receiver) = mpmc::bounded(2);
    assert!(receiver.poll_recv(&mut cx).is_pending());
    let permit = sender.try_reserve().unwrap();
    assert_panics(|| permit.send(1));
    let permit = sender.try_reserve().unwrap();
    let mut send = sender.send(2);
    assert!(poll_with(&mut send, &waker).is_pending());
    assert_panics(|| drop(permit));
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
    assert!(sender.try_send(3).is_err());
    assert!(from_fn(|| receiver.try_recv().ok()).eq([1, 2]));
    assert_eq!(
        [3, 4, 5].map(|number| sender.try_send(number).is_ok()),
        [true, true, false]
    );
}

/// Each clone of a sink is a handle of its own: to close one flushes and ends nothing but itself.
#[cfg(feature = "futures-sink")]
#[test]
fn b59_closing_a_sink_closes_no_other() {
    use futures_sink::Sink;
    use std::pin::Pin;

    fn send_and_close<S: Sink<u8> + Unpin>(mut sink: S, value: u8) {
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(matches!(Pin::new(&mut sink).poll_ready(cx), Poll::Ready(Ok(()))));
        assert!(Pin::new(&mut sink).start_send(value).is_ok());
        assert!(matches!(Pin::new(&mut sink).poll_ready(cx), Poll::Ready(Ok(()))));
        assert!(matches!(Pin::new(&mut sink).poll_close(cx), Poll::Ready(Ok(()))));
    }

    let (sender, mut receiver) = mpsc::channel();
    send_and_close(sender.clone(), 1);
    assert_eq!(
        (receiver.try_recv(), receiver.try_recv()),
        (Ok(1), Err(mpsc::TryRecvError::Empty))
    );
    send_and_close(sender, 2);
    assert_eq!(
        (receiver.try_recv(), receiver.try_recv()),
        (Ok(2), Err(mpsc::TryRecvError::Closed))
    );

    let (sender, mut receiver) = mpsc::bounded(2);
    send_and_close(sender.clone().into_poll_sender(), 1);
    assert_eq!(
        (receiver.try_recv(), receiver.try_recv()),
        (Ok(1), Err(mpsc::TryRecvError::Empty))
    );
    send_and_close(sender.into_poll_sender(), 2);
    assert_eq!(
        (receiver.try_recv(), receiver.try_recv()),
        (Ok(2), Err(mpsc::TryRecvError::Closed))
    );

    let (sender, receiver) = mpmc::channel();
    send_and_close(sender.clone(), 1);
    assert_eq!(
        (receiver.try_recv(), receiver.try_recv()),
        (Ok(1), Err(mpmc::TryRecvError::Empty))
    );
    send_and_close(sender, 2);
    assert_eq!(
        (receiver.try_recv(), receiver.try_recv()),
        (Ok(2), Err(mpmc::TryRecvError::Closed))
    );

    let (sender, receiver) = mpmc::bounded(2);
    send_and_close(sender.clone().into_poll_sender(), 1);
    assert_eq!(
        (receiver.try_recv(), receiver.try_recv()),
        (Ok(1), Err(mpmc::TryRecvError::Empty))
    );
    send_and_close(sender.into_poll_sender(), 2);
    assert_eq!(
        (receiver.try_recv(), receiver.try_recv()),
        (Ok(2), Err(mpmc::TryRecvError::Closed))
    );
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
