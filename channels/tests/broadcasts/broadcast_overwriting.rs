//! What `broadcast::overwriting` promises: beyond a broadcast, that a send never waits, and that who is too slow is told.

#[path = "promises/broadcast.rs"]
mod broadcast;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use broadcast::drain;
use channels::broadcast::overwriting::TryRecvError;
use channels::broadcast::{
    Lagged, OverwritingReceiver as Receiver, OverwritingSender, RecvError, SendError, overwriting,
};
use futures_core::{FusedStream, Stream};

use crate::support::trials::in_every_trial;
use crate::support::{
    CallOnDrop, CountedDrop, DropCount, WakeCount, WakerEvent, block_on, hooked_waker, poll_once, poll_with,
};

const END: RecvError = RecvError::Closed;

fn channel<T>() -> (OverwritingSender<T>, Receiver<T>) {
    overwriting(100)
}

fn send<T>(sender: &OverwritingSender<T>, value: T) -> Result<(), SendError<T>> {
    sender.send(value)
}

/// B18: positions wrap around after the third message of each channel, so this counts across the wrap.
#[test]
fn lag_is_counted_per_receiver_and_told_before_any_message() {
    let (sender, mut slow) = overwriting(2);
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
    let (sender, mut stopped) = overwriting(50);
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
fn the_end_comes_after_the_lag_and_what_is_kept() {
    let (sender, mut receiver) = overwriting(1);
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
fn a_cancelled_receive_does_not_lose_the_lag() {
    let (sender, mut receiver) = overwriting(1);
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

#[test]
fn its_receives_are_told_of_lag_after_every_trial() {
    in_every_trial(|trial| {
        let (sender, mut receiver) = overwriting(1);
        let other = sender.clone();
        let reenter = move || assert!(other.len() < 2 && other.subscribe().is_empty());
        let output = trial.wait(receiver.recv(), || sender.send(1).unwrap(), reenter);
        sender.send(2).unwrap();
        if output.is_none() {
            assert_eq!(
                poll_once(&mut receiver.recv()),
                Poll::Ready(Err(RecvError::Lagged(1)))
            );
        }
        assert_eq!(receiver.try_recv(), Ok(2));
    });
}

#[test]
fn what_is_replaced_or_read_by_all_is_dropped_at_once() {
    let drops = DropCount::new();
    let (sender, mut receiver) = overwriting(2);
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
        let (sender, receiver) = overwriting(3);
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
fn a_panicking_drop_of_a_replaced_value_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, mut receiver) = overwriting(1);
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
fn a_waker_may_reenter_a_full_channel() {
    for event in [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped] {
        let (sender, mut receiver) = overwriting(1);
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
fn a_replaced_value_may_send_as_it_is_dropped() {
    let (sender, mut receiver) = overwriting(1);
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
    drops: Arc<CountedDrop>,
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
    let (sender, mut receiver) = overwriting(1);
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

#[test]
fn a_subscription_at_the_oldest_has_missed_nothing() {
    let (sender, mut receiver) = overwriting(2);
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
    let (sender, mut receiver) = overwriting(3);
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
    struct Sends(Number, Option<OverwritingSender<Self>>);
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
    let (sender, mut receiver) = overwriting(2);
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
    let (sender, mut receiver) = overwriting(1);
    let next =
        |receiver: &mut Receiver<u32>| Pin::new(receiver).poll_next(&mut Context::from_waker(Waker::noop()));
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
    drop(overwriting::<()>(0));
}

#[test]
fn every_message_is_received_or_counted_as_missed() {
    const VALUES: u64 = 2000;
    let (sender, receiver) = overwriting(8);
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
