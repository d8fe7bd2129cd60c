//! The promises of `until`, polled by hand.

#![cfg(not(channels_loom))]

mod support;

use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use channels::{Until, broadcast, mpmc, mpsc, oneshot, until, watch};
use futures_core::FusedFuture;
use support::{DropCount, WakeCount, poll_once, poll_with};

const _: fn() = || {
    fn is_movable<F: Unpin + Send + Sync>(_: Until<F, F>) {}
    let _ = is_movable::<oneshot::Receiver<u8>>;
};

/// Lets the deadline pass, and returns the future.
fn too_late<F: Future + Unpin>(future: F) -> F {
    match poll_once(&mut until(future, ready(()))) {
        Poll::Ready(Err(future)) => future,
        Poll::Ready(Ok(_)) => panic!("it is ready before it should be"),
        Poll::Pending => panic!("the deadline has passed"),
    }
}

#[test]
fn a_future_that_is_ready_in_time_returns_its_output() {
    let mut until = until(ready(5), pending::<()>());
    assert!(matches!(poll_once(&mut until), Poll::Ready(Ok(5))));
}

#[test]
fn the_output_wins_if_the_deadline_is_ready_too() {
    let (sender, receiver) = oneshot::channel();
    let (end, deadline) = oneshot::channel::<()>();
    let mut until = until(receiver, deadline);
    assert!(poll_once(&mut until).is_pending());

    drop(end);
    sender.send(5).unwrap();
    assert!(matches!(poll_once(&mut until), Poll::Ready(Ok(Ok(5)))));
}

#[test]
fn a_deadline_is_not_polled_once_the_output_is_there() {
    let deadline = poll_fn(|_| -> Poll<()> { panic!("the deadline was polled") });
    assert!(matches!(
        poll_once(&mut until(ready(5), deadline)),
        Poll::Ready(Ok(5))
    ));
}

#[test]
fn the_value_and_the_deadline_both_wake_the_task() {
    let wakes = WakeCount::new();
    let (sender, receiver) = oneshot::channel();
    let (end, deadline) = oneshot::channel::<()>();
    let mut until = until(receiver, deadline);
    assert!(poll_with(&mut until, &wakes.waker()).is_pending());

    drop(end);
    assert_eq!(wakes.get(), 1);
    sender.send(5).unwrap();
    assert_eq!(wakes.get(), 2);
}

#[test]
fn any_future_is_a_deadline() {
    let (sender, mut receiver) = mpsc::channel::<u8>();
    let (stop, mut stopped) = watch::channel(false);
    let mut until = until(receiver.recv(), stopped.wait_for(|is_stopped| *is_stopped));
    assert!(poll_once(&mut until).is_pending());

    stop.send(true);
    assert!(matches!(poll_once(&mut until), Poll::Ready(Err(_))));
    drop((until, sender));
}

/// What was given back has kept its waker, and is as good as new.
fn works_on<F: Future + Unpin>(future: F, finish: impl FnOnce()) -> F::Output {
    let wakes = WakeCount::new();
    let (end, deadline) = oneshot::channel::<()>();
    let mut until = until(future, deadline);
    assert!(poll_with(&mut until, &wakes.waker()).is_pending());
    drop(end);
    assert_eq!(wakes.get(), 1, "the deadline has passed");
    let Poll::Ready(Err(mut future)) = poll_with(&mut until, &wakes.waker()) else {
        panic!("the deadline has passed");
    };

    finish();

    assert_eq!(wakes.get(), 2, "the future has passed its wake on");
    let Poll::Ready(output) = poll_once(&mut future) else {
        panic!("the future is finished");
    };
    output
}

#[test]
fn a_oneshot_that_was_given_back_receives() {
    let (sender, receiver) = oneshot::channel();
    assert_eq!(works_on(receiver, || sender.send(5).unwrap()), Ok(5));
}

#[test]
fn an_mpsc_recv_that_was_given_back_receives() {
    let (sender, mut receiver) = mpsc::channel();
    assert_eq!(works_on(receiver.recv(), || sender.send(5).unwrap()), Some(5));

    for capacity in 0..2 {
        let (sender, mut receiver) = mpsc::bounded(capacity);
        assert_eq!(works_on(receiver.recv(), || sender.try_send(5).unwrap()), Some(5));
    }
}

#[test]
fn an_mpsc_send_that_was_given_back_keeps_its_place() {
    let (sender, mut receiver) = mpsc::bounded(1);
    sender.try_send(1).unwrap();
    let sent = works_on(sender.send(2), || {
        assert!(poll_once(&mut sender.send(3)).is_pending());
        assert_eq!(receiver.try_recv(), Ok(1));
    });
    assert_eq!(sent, Ok(()));
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn a_reserve_that_was_given_back_gets_its_room() {
    let (sender, mut receiver) = mpsc::bounded(1);
    sender.try_send(1).unwrap();
    let permit = works_on(sender.reserve(), || assert_eq!(receiver.try_recv(), Ok(1)));
    permit.unwrap().send(2).unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn an_mpmc_recv_that_was_given_back_receives() {
    let (sender, receiver) = mpmc::channel();
    assert_eq!(works_on(receiver.recv(), || sender.send(5).unwrap()), Some(5));

    for capacity in 0..2 {
        let (sender, receiver) = mpmc::bounded(capacity);
        let mut buffer = Vec::new();
        let received = works_on(receiver.recv_many(&mut buffer, 2), || {
            sender.try_send(5).unwrap();
        });
        assert_eq!((received, buffer), (1, vec![5]));
    }
}

#[test]
fn an_mpmc_send_or_reserve_that_was_given_back_keeps_its_place() {
    let (sender, receiver) = mpmc::bounded(1);
    sender.try_send(1).unwrap();
    let sent = works_on(sender.send(2), || {
        assert!(poll_once(&mut sender.send(3)).is_pending());
        assert_eq!(receiver.try_recv(), Ok(1));
    });
    assert_eq!(sent, Ok(()));
    let permit = works_on(sender.reserve(), || assert_eq!(receiver.try_recv(), Ok(2)));
    permit.unwrap().send(4).unwrap();
    assert_eq!(receiver.try_recv(), Ok(4));
}

#[test]
fn a_broadcast_recv_that_was_given_back_receives() {
    let (sender, mut receiver) = broadcast::channel();
    assert_eq!(works_on(receiver.recv(), || sender.send(5).unwrap()), Ok(5));

    let (sender, mut receiver) = broadcast::bounded(1);
    assert_eq!(works_on(receiver.recv(), || sender.try_send(5).unwrap()), Ok(5));

    let (sender, mut receiver) = broadcast::overwriting(1);
    assert_eq!(works_on(receiver.recv(), || sender.send(5).unwrap()), Ok(5));
}

#[test]
fn a_broadcast_send_that_was_given_back_is_sent() {
    let (sender, mut receiver) = broadcast::bounded(1);
    sender.try_send(1).unwrap();
    assert_eq!(
        works_on(sender.send(2), || assert_eq!(receiver.try_recv(), Ok(1))),
        Ok(())
    );
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn a_wait_for_a_change_that_was_given_back_is_told_of_it() {
    let (sender, mut receiver) = watch::channel(1);
    assert_eq!(works_on(receiver.changed(), || sender.send(2)), Ok(()));
    assert_eq!(*receiver.borrow(), 2);
}

#[test]
fn a_value_that_is_too_late_can_be_taken_back() {
    let (sender, mut receiver) = mpsc::bounded(1);
    sender.try_send("first").unwrap();
    assert_eq!(too_late(sender.send("second")).into_value(), Some("second"));
    assert_eq!(receiver.try_recv(), Ok("first"));
    assert!(receiver.is_empty());

    let (sender, _receiver) = mpmc::bounded(1);
    sender.try_send("first").unwrap();
    assert_eq!(too_late(sender.send("second")).into_value(), Some("second"));

    let (sender, _receiver) = broadcast::bounded(1);
    sender.try_send("first").unwrap();
    assert_eq!(too_late(sender.send("second")).into_value(), Some("second"));
}

#[test]
fn a_value_that_was_delivered_after_the_deadline_cannot_be_taken_back() {
    let (sender, mut receiver) = mpsc::bounded(1);
    sender.try_send("first").unwrap();
    let send = too_late(sender.send("second"));
    assert_eq!(receiver.try_recv(), Ok("first"));
    assert_eq!(send.into_value(), None);
    assert_eq!(receiver.try_recv(), Ok("second"));
}

#[test]
fn dropping_it_cancels_the_future() {
    let drops = DropCount::new();
    let (sender, mut receiver) = mpsc::bounded(1);
    sender.try_send(drops.value()).ok().unwrap();
    let mut send = until(sender.send(drops.value()), pending::<()>());
    assert!(poll_once(&mut send).is_pending());

    drop(send);
    assert_eq!(drops.get(), 1);
    drop(receiver.try_recv());
    assert!(receiver.is_empty());
}

#[test]
fn a_future_that_is_lent_stays_with_its_owner() {
    let (sender, mut receiver) = oneshot::channel();
    let mut until = until(&mut receiver, pending::<()>());
    assert!(poll_once(&mut until).is_pending());
    drop(until);
    sender.send(5).unwrap();
    assert_eq!(poll_once(&mut receiver), Poll::Ready(Ok(5)));
}

#[test]
fn a_future_is_dropped_in_the_poll_that_returns_its_output() {
    let drops = DropCount::new();
    let value = drops.value();
    let future = poll_fn(move |_| {
        let _held = &value;
        Poll::Ready(())
    });
    let mut until = until(future, pending::<()>());
    assert!(matches!(poll_once(&mut until), Poll::Ready(Ok(()))));
    assert_eq!(drops.get(), 1);
}

#[test]
fn it_is_terminated_once_it_was_ready() {
    let (sender, receiver) = oneshot::channel();
    let mut in_time = until(receiver, pending::<()>());
    assert!(!in_time.is_terminated());
    assert!(poll_once(&mut in_time).is_pending());
    assert!(!in_time.is_terminated());
    sender.send(5).unwrap();
    assert!(matches!(poll_once(&mut in_time), Poll::Ready(Ok(Ok(5)))));
    assert!(in_time.is_terminated());

    let mut late = until(pending::<()>(), ready(()));
    assert!(matches!(poll_once(&mut late), Poll::Ready(Err(_))));
    assert!(late.is_terminated());
}

#[test]
#[should_panic = "an Until was polled after it was ready"]
fn a_poll_after_the_end_panics() {
    let mut until = until(ready(()), pending::<()>());
    assert!(poll_once(&mut until).is_ready());
    let _ = poll_once(&mut until);
}

#[test]
fn a_panic_of_the_deadline_leaves_the_future_there() {
    let (sender, receiver) = oneshot::channel();
    let mut panics = true;
    let deadline = poll_fn(|_| {
        assert!(!std::mem::take(&mut panics), "a deadline that panics");
        Poll::<()>::Pending
    });
    let mut until = until(receiver, deadline);
    catch_unwind(AssertUnwindSafe(|| poll_once(&mut until))).unwrap_err();
    sender.send(5).unwrap();
    assert!(matches!(poll_once(&mut until), Poll::Ready(Ok(Ok(5)))));
}
