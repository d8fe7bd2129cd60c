//! What `broadcast::overwriting` promises, polled by hand.
#![cfg(not(channels_loom))]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use channels::broadcast::overwriting::TryRecvError;
use channels::broadcast::{self, Lagged, OverwritingReceiver, RecvError, SendError};
use futures_core::{FusedStream, Stream};
use support::{CallOnDrop, DropCount, WakeCount, WakerEvent, block_on, hooked_waker, poll_once, poll_with};

fn drain(receiver: &mut OverwritingReceiver<u32>) -> Vec<u32> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

#[test]
fn sends_then_receives() {
    let (sender, mut receiver) = broadcast::overwriting(4);
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Ok(1)));
}

#[test]
fn receives_in_send_order() {
    let (sender, mut receiver) = broadcast::overwriting(10);
    for number in 0..10 {
        assert_eq!(sender.send(number), Ok(()));
    }
    assert_eq!(drain(&mut receiver), (0..10).collect::<Vec<_>>());
}

/// B18: positions wrap around after the third message of each channel, so this counts across the wrap.
#[test]
fn lag_is_counted_per_receiver_and_told_before_any_message() {
    let (sender, mut slow) = broadcast::overwriting(2);
    let mut fast = slow.clone();
    for number in 0..5 {
        assert_eq!(sender.send(number), Ok(()));
        assert_eq!(fast.try_recv(), Ok(number));
    }
    assert_eq!(slow.len(), 2);
    let mut twin = slow.clone();

    assert_eq!(
        poll_once(&mut slow.recv()),
        Poll::Ready(Err(RecvError::Lagged(3)))
    );
    assert_eq!(drain(&mut slow), [3, 4]);
    assert_eq!(
        twin.try_recv(),
        Err(TryRecvError::Lagged(3)),
        "a clone has missed them too"
    );
    assert_eq!(sender.send(5), Ok(()));
    assert_eq!(
        twin.try_recv(),
        Err(TryRecvError::Lagged(1)),
        "and one more before it went on"
    );
    assert_eq!(drain(&mut twin), [4, 5]);
}

/// It knows a slot that was used anew many times since.
#[test]
fn a_receiver_that_stopped_is_told_all_that_it_has_missed() {
    let (sender, mut stopped) = broadcast::overwriting(50);
    let mut fast = stopped.clone();
    for number in 0..1000 {
        assert_eq!(sender.send(number), Ok(()));
        assert_eq!(fast.try_recv(), Ok(number));
        assert!(number >= 10 || stopped.try_recv() == Ok(number));
    }
    let mut twin = stopped.clone();
    for receiver in [&mut stopped, &mut twin] {
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Lagged(940)));
        assert_eq!(drain(receiver), (950..1000).collect::<Vec<_>>());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    }
    assert!(sender.is_empty());
}

/// B33.
#[test]
fn a_dropped_sender_wakes_the_receiver() {
    let (sender, mut receiver) = broadcast::overwriting(1);
    let mut slow = receiver.clone();
    assert!(sender.send(1).is_ok() && sender.send(2).is_ok());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Lagged(1)));
    assert_eq!(receiver.try_recv(), Ok(2));
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);

    drop(sender);

    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Err(RecvError::Closed)));
    assert_eq!(slow.try_recv(), Err(TryRecvError::Lagged(1)), "first the lag");
    assert_eq!(slow.try_recv(), Ok(2), "then what is kept");
    assert_eq!(slow.try_recv(), Err(TryRecvError::Closed), "then the end");
}

#[test]
fn a_dropped_receiver_wakes_the_sender() {
    let (sender, receiver) = broadcast::overwriting::<u32>(1);
    let wakes = WakeCount::new();
    let mut closed = sender.closed();
    assert_eq!(poll_with(&mut closed, &wakes.waker()), Poll::Pending);
    drop(receiver);
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut closed), Poll::Ready(()));
}

/// It tells how it is now: somebody who came in time keeps the sender going.
#[test]
fn closed_waits_on_if_somebody_subscribes_again() {
    let (sender, receiver) = broadcast::overwriting::<u32>(1);
    let mut closed = sender.closed();
    assert_eq!(poll_once(&mut closed), Poll::Pending);
    drop(receiver);
    let receiver = sender.subscribe();
    assert_eq!(poll_once(&mut closed), Poll::Pending);
    drop(receiver);
    assert_eq!(poll_once(&mut closed), Poll::Ready(()));
}

#[test]
fn a_failed_send_returns_the_value() {
    let (sender, receiver) = broadcast::overwriting(1);
    drop(receiver);
    assert_eq!(sender.send(1), Err(SendError::ReceiverDropped(1)));
    let mut receiver = sender.subscribe();
    assert_eq!(sender.send(2), Ok(()), "B33: it is not final");
    assert_eq!(drain(&mut receiver), [2]);
}

#[test]
fn a_cancelled_receive_loses_nothing() {
    let (sender, mut receiver) = broadcast::overwriting(1);
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);
    assert!(sender.send(1).is_ok() && sender.send(2).is_ok());
    drop(recv);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Lagged(1)), "nor the lag");
    assert_eq!(receiver.try_recv(), Ok(2));
    let mut buffer = Vec::new();
    let mut recv = receiver.recv_many(&mut buffer, 1);
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(recv);
    assert_eq!(Arc::strong_count(&wakes), 1, "B48");
}

/// B22.
#[test]
fn a_changed_waker_is_the_one_woken() {
    let (sender, mut receiver) = broadcast::overwriting(1);
    let (first, second) = (WakeCount::new(), WakeCount::new());
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &first.waker()), Poll::Pending);
    assert_eq!(poll_with(&mut recv, &second.waker()), Poll::Pending);
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!((first.get(), second.get()), (0, 1));
}

#[test]
fn a_spurious_poll_changes_nothing() {
    let (sender, mut receiver) = broadcast::overwriting(1);
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    for _ in 0..1000 {
        assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);
    }
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (1, 1));
}

#[test]
fn each_value_is_dropped_once() {
    let drops = DropCount::new();
    let (sender, mut receiver) = broadcast::overwriting(2);
    let second = receiver.clone();
    for sent in 1..=5_usize {
        assert!(sender.send(Arc::new(drops.value())).is_ok());
        assert_eq!(
            drops.get(),
            sent.saturating_sub(2),
            "what is replaced is dropped at once"
        );
    }
    drop(second);
    assert_eq!(drops.get(), 3);
    drop(receiver.try_recv());
    drop(receiver.try_recv());
    assert_eq!(
        (drops.get(), sender.len()),
        (4, 1),
        "what all have read is dropped at once"
    );
    drop(receiver);
    assert_eq!((drops.get(), sender.len()), (5, 0));
}

/// B34: a receiver that lags may leave at any time.
#[test]
fn a_lagging_receiver_leaves_nothing_behind() {
    for sent in 0..8_usize {
        let drops = DropCount::new();
        let (sender, receiver) = broadcast::overwriting(3);
        let mut fast = receiver.clone();
        for _ in 0..sent {
            assert!(sender.send(Arc::new(drops.value())).is_ok());
            assert!(fast.try_recv().is_ok());
        }
        assert_eq!(sender.len(), sent.min(3));
        drop(receiver);
        assert_eq!((drops.get(), sender.len()), (sent, 0));
        assert!(sender.send(Arc::new(drops.value())).is_ok());
        assert!(fast.try_recv().is_ok());
    }
}

#[test]
fn a_panicking_drop_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, mut receiver) = broadcast::overwriting(1);
    assert!(sender.send(Arc::new(drops.panicking_value())).is_ok());

    assert!(catch_unwind(AssertUnwindSafe(|| sender.send(Arc::new(drops.value())))).is_err());

    assert_eq!(drops.get(), 1);
    assert!(matches!(receiver.try_recv(), Err(TryRecvError::Lagged(1))));
    assert!(
        receiver.try_recv().is_ok(),
        "the new value was sent before the old one was dropped"
    );
}

/// B37.
#[test]
fn a_waker_may_reenter_the_channel() {
    for event in [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped] {
        let (sender, mut receiver) = broadcast::overwriting(1);
        let called = Arc::new(AtomicBool::new(false));
        let waker = hooked_waker({
            let (sender, called) = (sender.clone(), Arc::clone(&called));
            move |happened| {
                if happened == event && !called.swap(true, SeqCst) {
                    assert_eq!(sender.send(7), Ok(()));
                    drop(sender.subscribe_oldest());
                }
            }
        });
        let mut recv = receiver.recv();
        let _ = poll_with(&mut recv, &waker);
        drop(waker);
        assert!(sender.send(8).is_ok());
        assert!(called.load(SeqCst), "{event:?}");
    }
}

#[test]
fn a_drop_may_reenter_the_channel() {
    let (sender, mut receiver) = broadcast::overwriting(1);
    let value = CallOnDrop::new({
        let sender = sender.clone();
        move || assert!(sender.send(Arc::new(Mutex::new(CallOnDrop::new(|| ())))).is_ok())
    });
    assert!(sender.send(Arc::new(Mutex::new(value))).is_ok());

    assert!(
        sender.send(Arc::new(Mutex::new(CallOnDrop::new(|| ())))).is_ok(),
        "drops the first, which sends a third"
    );

    assert!(matches!(receiver.try_recv(), Err(TryRecvError::Lagged(2))));
    assert!(receiver.try_recv().is_ok());
}

/// A value whose clone waits until it is told to go on.
struct SlowClone {
    began: mpsc::Sender<()>,
    go_on: Arc<Mutex<mpsc::Receiver<()>>>,
    drops: Arc<support::CountedDrop>,
}

impl Clone for SlowClone {
    fn clone(&self) -> Self {
        self.began.send(()).expect("the test waits for it");
        self.go_on
            .lock()
            .expect("one clone at a time")
            .recv()
            .expect("the test says so");
        Self {
            began: self.began.clone(),
            go_on: Arc::clone(&self.go_on),
            drops: Arc::clone(&self.drops),
        }
    }
}

/// B5 in the other direction: a clone holds no lock, and the value that it reads outlives its place in the channel.
#[test]
fn a_sender_never_waits_for_a_clone() {
    let drops = DropCount::new();
    let (sender, mut receiver) = broadcast::overwriting(1);
    let _second = receiver.clone();
    let ((began, has_began), (go, go_on)) = (mpsc::channel(), mpsc::channel());
    let go_on = Arc::new(Mutex::new(go_on));
    let value = || SlowClone {
        began: began.clone(),
        go_on: Arc::clone(&go_on),
        drops: Arc::new(drops.value()),
    };
    assert!(sender.send(value()).is_ok());
    let thread = thread::spawn(move || receiver.try_recv().is_ok());
    has_began.recv().unwrap();

    assert!(sender.send(value()).is_ok(), "in the middle of the clone");

    assert_eq!(drops.get(), 0);
    go.send(()).unwrap();
    assert!(thread.join().unwrap());
    assert_eq!(
        drops.get(),
        1,
        "the reader has dropped what was replaced, and its clone"
    );
}

/// B62.
#[test]
fn a_panicking_clone_fails_only_that_receive() {
    struct Panics;
    impl Clone for Panics {
        fn clone(&self) -> Self {
            panic!("a clone that panics")
        }
    }
    let (sender, mut receiver) = broadcast::overwriting(2);
    let mut second = receiver.clone();
    assert!(sender.send(Panics).is_ok());
    assert!(catch_unwind(AssertUnwindSafe(|| receiver.try_recv().is_ok())).is_err());
    assert!(second.try_recv().is_ok(), "the last one needs no clone");
    assert_eq!(sender.len(), 0);
    assert!(matches!(receiver.try_recv(), Err(TryRecvError::Empty)));
}

#[test]
fn a_subscription_begins_now_or_at_the_oldest() {
    let (sender, mut receiver) = broadcast::overwriting(2);
    for number in 1..=3 {
        assert_eq!(sender.send(number), Ok(()));
    }
    let (mut now, mut oldest) = (sender.subscribe(), sender.subscribe_oldest());
    assert_eq!(drain(&mut now), []);
    assert_eq!(
        drain(&mut oldest),
        [2, 3],
        "it has missed nothing: it was not there"
    );
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Lagged(1)));
    assert_eq!((sender.len(), sender.capacity()), (2, 2));
}

#[test]
fn recv_many_tells_the_lag_first_and_alone() {
    let (sender, mut receiver) = broadcast::overwriting(3);
    let mut buffer = Vec::new();
    for number in 1..=4 {
        assert_eq!(sender.send(number), Ok(()));
    }
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 9)),
        Poll::Ready(Err(Lagged(1)))
    );
    assert_eq!(buffer, []);
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 2)),
        Poll::Ready(Ok(2))
    );
    drop(sender);
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 2)),
        Poll::Ready(Ok(1))
    );
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 2)),
        Poll::Ready(Ok(0))
    );
    assert_eq!(buffer, [2, 3, 4]);
}

/// A clone that sends evicts messages between two that one `recv_many` takes.
#[test]
fn recv_many_stops_where_messages_are_missing() {
    #[derive(Clone)]
    struct Number(u32);
    struct Sends(Number, Option<broadcast::OverwritingSender<Self>>);
    impl Clone for Sends {
        fn clone(&self) -> Self {
            if let Some(sender) = &self.1 {
                for number in 3..=5 {
                    assert!(sender.send(Self(Number(number), None)).is_ok());
                }
            }
            Self(self.0.clone(), None)
        }
    }
    let (sender, mut receiver) = broadcast::overwriting(2);
    let _second = receiver.clone();
    assert!(sender.send(Sends(Number(1), Some(sender.clone()))).is_ok());
    assert!(sender.send(Sends(Number(2), None)).is_ok());
    let mut buffer = Vec::new();
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 9)),
        Poll::Ready(Ok(1))
    );
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 9)),
        Poll::Ready(Err(Lagged(2)))
    );
    assert_eq!(
        poll_once(&mut receiver.recv_many(&mut buffer, 9)),
        Poll::Ready(Ok(2))
    );
    assert_eq!(
        buffer.iter().map(|sends| sends.0.0).collect::<Vec<_>>(),
        [1, 4, 5]
    );
}

/// B60.
#[test]
fn the_stream_tells_of_lag() {
    let (sender, mut receiver) = broadcast::overwriting(1);
    let next = |receiver: &mut OverwritingReceiver<u32>| {
        Pin::new(receiver).poll_next(&mut Context::from_waker(Waker::noop()))
    };
    assert_eq!(next(&mut receiver), Poll::Pending);
    assert!(sender.send(1).is_ok() && sender.send(2).is_ok());
    drop(sender);
    assert_eq!(next(&mut receiver), Poll::Ready(Some(Err(Lagged(1)))));
    assert_eq!(next(&mut receiver), Poll::Ready(Some(Ok(2))));
    assert!(!receiver.is_terminated());
    assert_eq!(next(&mut receiver), Poll::Ready(None));
    assert!(receiver.is_terminated());
}

#[test]
#[should_panic(expected = "the capacity of an overwriting channel must be at least 1")]
fn a_capacity_of_0_is_refused() {
    drop(broadcast::overwriting::<()>(0));
}

#[test]
fn every_message_is_received_or_counted_as_missed() {
    const VALUES: u64 = 2000;
    let (sender, receiver) = broadcast::overwriting(8);
    let readers: Vec<_> = (0..2)
        .map(|_| receiver.clone())
        .map(|mut receiver| {
            thread::spawn(move || {
                let mut next = 0;
                loop {
                    match block_on(receiver.recv()) {
                        Ok(value) => {
                            assert_eq!(value, next);
                            next += 1;
                        }
                        Err(RecvError::Lagged(missed)) => next += missed,
                        Err(RecvError::Closed) => return next,
                    }
                }
            })
        })
        .collect();
    drop(receiver);
    (0..VALUES).for_each(|value| assert_eq!(sender.send(value), Ok(())));
    drop(sender);
    for reader in readers {
        assert_eq!(reader.join().unwrap(), VALUES);
    }
}
