//! What `broadcast::channel` promises, polled by hand.
#![cfg(not(channels_loom))]

mod support;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::thread;

use channels::broadcast::{self, Closed, Receiver, SendError, Sender, TryRecvError};
use futures_core::{FusedStream, Stream};
use support::{CountedDrop, DropCount, WakeCount, WakerEvent, block_on, hooked_waker, poll_once, poll_with};

const ENDED: Poll<Result<u32, Closed>> = Poll::Ready(Err(Closed));

fn drain(receiver: &mut Receiver<u32>) -> Vec<u32> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

#[test]
fn sends_then_receives() {
    let (sender, mut receiver) = broadcast::channel();
    let mut second = receiver.clone();
    let (wakes, wakes_second) = (WakeCount::new(), WakeCount::new());
    let mut recv = receiver.recv();
    let mut recv_second = second.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);
    assert_eq!(poll_with(&mut recv_second, &wakes_second.waker()), Poll::Pending);

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!(
        (wakes.get(), wakes_second.get()),
        (1, 1),
        "B44: exactly one wake each"
    );
    assert_eq!(poll_once(&mut recv), Poll::Ready(Ok(1)));
    assert_eq!(poll_once(&mut recv_second), Poll::Ready(Ok(1)));
}

#[test]
fn receives_in_send_order() {
    let (sender, mut receiver) = broadcast::channel();
    let other = sender.clone();
    for number in 0..10 {
        let from = if number % 2 == 0 { &sender } else { &other };
        assert_eq!(from.send(number), Ok(()));
    }
    assert_eq!(drain(&mut receiver), (0..10).collect::<Vec<_>>());
}

/// B33: also for one that has much left to read, which comes first.
#[test]
fn a_dropped_sender_wakes_the_receiver() {
    let (sender, mut receiver) = broadcast::channel::<u32>();
    let mut slow = receiver.clone();
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(1));
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);

    drop(sender.clone());
    assert_eq!(wakes.get(), 0, "one sender is left");
    drop(sender);

    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), ENDED);
    assert_eq!(
        poll_once(&mut slow.recv()),
        Poll::Ready(Ok(1)),
        "B30: the message first"
    );
    assert_eq!(poll_once(&mut slow.recv()), ENDED);
    assert_eq!(poll_once(&mut slow.clone().recv()), ENDED, "the end is final");
}

#[test]
fn a_dropped_receiver_wakes_the_sender() {
    let (mut sender, receiver) = broadcast::channel::<u32>();
    let second = receiver.clone();
    let other = sender.clone();
    let (wakes, wakes_other) = (WakeCount::new(), WakeCount::new());
    assert!(
        sender
            .poll_closed(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    let mut closed = other.closed();
    assert_eq!(poll_with(&mut closed, &wakes_other.waker()), Poll::Pending);

    drop(receiver);
    assert_eq!((wakes.get(), wakes_other.get()), (0, 0), "one still listens");
    drop(second);

    assert_eq!((wakes.get(), wakes_other.get()), (1, 1));
    assert!(sender.is_closed());
    assert_eq!(poll_once(&mut closed), Poll::Ready(()));
    assert_eq!(
        sender.poll_closed(&mut Context::from_waker(Waker::noop())),
        Poll::Ready(())
    );
}

#[test]
fn a_failed_send_returns_the_value() {
    let (sender, receiver) = broadcast::channel();
    drop(receiver);
    assert_eq!(sender.send(1), Err(SendError::ReceiverDropped(1)));
}

#[test]
fn a_subscription_makes_sending_work_again() {
    let (sender, receiver) = broadcast::channel();
    drop(receiver);
    assert_eq!(sender.send(1), Err(SendError::ReceiverDropped(1)));

    let mut receiver = sender.subscribe();

    assert!(!sender.is_closed());
    assert_eq!(sender.send(2), Ok(()));
    assert_eq!(drain(&mut receiver), [2]);
}

/// B45.
#[test]
fn a_cancelled_receive_loses_nothing() {
    let (sender, mut receiver) = broadcast::channel();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);
    assert_eq!(sender.send(1), Ok(()));
    drop(recv);
    let mut buffer = Vec::new();
    let mut recv_many = receiver.recv_many(&mut buffer, 3);
    assert_eq!(poll_with(&mut recv_many, &wakes.waker()), Poll::Ready(1));
    drop(recv_many);
    assert_eq!(buffer, [1]);

    let mut recv_many = receiver.recv_many(&mut buffer, 3);
    assert_eq!(poll_with(&mut recv_many, &wakes.waker()), Poll::Pending);
    drop(recv_many);
    assert_eq!(
        Arc::strong_count(&wakes),
        1,
        "B48: a cancelled wait lets its waker go"
    );
    assert_eq!(sender.send(2), Ok(()));
    assert_eq!(drain(&mut receiver), [2]);
}

/// B22.
#[test]
fn a_changed_waker_is_the_one_woken() {
    let (sender, mut receiver) = broadcast::channel();
    let (first, second) = (WakeCount::new(), WakeCount::new());
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &first.waker()), Poll::Pending);
    assert_eq!(poll_with(&mut recv, &second.waker()), Poll::Pending);
    assert_eq!(Arc::strong_count(&first), 1, "the first task is let go");

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!((first.get(), second.get()), (0, 1));
}

/// B47: polled again and again, a waiting receiver holds one waker.
#[test]
fn a_spurious_poll_changes_nothing() {
    let (sender, mut receiver) = broadcast::channel();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    for _ in 0..1000 {
        assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);
    }
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (0, 2));

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (1, 1));
    assert_eq!(poll_once(&mut recv), Poll::Ready(Ok(1)));
}

/// A value whose drop is counted, and its clones too.
#[derive(Clone)]
struct Counted(#[expect(dead_code, reason = "it is there to be dropped")] Arc<CountedDrop>);

impl Counted {
    fn new(drops: &DropCount) -> Self {
        Self(Arc::new(drops.value()))
    }
}

/// B15: whatever the order in which the handles leave.
#[test]
fn each_value_is_dropped_once() {
    for read in 0..=3 {
        for order in 0..6_usize {
            let drops = DropCount::new();
            let (sender, mut first) = broadcast::channel();
            let second = first.clone();
            for _ in 0..3 {
                assert!(sender.send(Counted::new(&drops)).is_ok());
            }
            for _ in 0..read {
                drop(first.try_recv());
            }
            let mut handles: Vec<Box<dyn Send>> = vec![Box::new(sender), Box::new(first), Box::new(second)];
            drop(handles.remove(order % 3));
            drop(handles.remove(order / 3));
            drop(handles);
            assert_eq!(drops.get(), 3, "{read} read, order {order}");
        }
    }
}

/// B61, and of the values only those that nobody else needs.
#[test]
fn a_dropped_receiver_frees_what_only_it_had_to_read() {
    let drops = DropCount::new();
    let (sender, mut fast) = broadcast::channel();
    let slow = fast.clone();
    for _ in 0..5 {
        assert!(sender.send(Counted::new(&drops)).is_ok());
    }
    drop(fast.try_recv());
    drop(fast.try_recv());
    assert_eq!((drops.get(), sender.len()), (0, 5));

    drop(slow);
    assert_eq!((drops.get(), sender.len(), fast.len()), (2, 3, 3));

    drop(fast);
    assert_eq!((drops.get(), sender.len()), (5, 0), "though the sender lives");
}

/// B16.
#[test]
fn a_panicking_drop_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, receiver) = broadcast::channel();
    assert!(sender.send(Arc::new(drops.value())).is_ok());
    assert!(sender.send(Arc::new(drops.panicking_value())).is_ok());
    assert!(sender.send(Arc::new(drops.value())).is_ok());

    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());

    assert_eq!(drops.get(), 3, "the others are dropped all the same");
    let mut receiver = sender.subscribe();
    assert!(sender.send(Arc::new(drops.value())).is_ok());
    assert!(receiver.try_recv().is_ok());
    assert_eq!(sender.receiver_count(), 1);
}

/// B37: wakers may use the channel when they are woken, cloned and dropped.
#[test]
fn a_waker_may_reenter_the_channel() {
    for event in [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped] {
        let (sender, mut receiver) = broadcast::channel();
        let called = Arc::new(AtomicUsize::new(0));
        let waker = hooked_waker({
            let (sender, called) = (sender.clone(), Arc::clone(&called));
            move |happened| {
                if happened == event && called.fetch_add(1, SeqCst) == 0 {
                    assert_eq!(sender.send(7), Ok(()));
                    drop(sender.subscribe_oldest());
                }
            }
        });
        let mut recv = receiver.recv();
        let first = poll_with(&mut recv, &waker);
        drop(waker);
        assert!(sender.send(8).is_ok());
        let received = if first.is_ready() {
            first
        } else {
            poll_once(&mut recv)
        };
        assert!(matches!(received, Poll::Ready(Ok(7 | 8))), "{event:?}");
        assert!(called.load(SeqCst) > 0, "{event:?}");
    }
}

#[test]
fn a_subscription_begins_now_or_at_the_oldest() {
    let (sender, mut receiver) = broadcast::channel();
    for number in 1..=3 {
        assert_eq!(sender.send(number), Ok(()));
    }
    assert_eq!(receiver.try_recv(), Ok(1));
    let (mut now, mut oldest) = (sender.subscribe(), sender.subscribe_oldest());
    assert_eq!(sender.send(4), Ok(()));
    assert_eq!(drain(&mut now), [4]);
    assert_eq!(drain(&mut oldest), [2, 3, 4]);
    assert_eq!(drain(&mut receiver), [2, 3, 4]);
}

/// B43.
#[test]
fn a_clone_reads_on_from_the_same_place() {
    let (sender, mut receiver) = broadcast::channel();
    for number in 1..=3 {
        assert_eq!(sender.send(number), Ok(()));
    }
    assert_eq!(receiver.try_recv(), Ok(1));
    let mut clone = receiver.clone();
    assert_eq!(drain(&mut receiver), [2, 3]);
    assert_eq!(drain(&mut clone), [2, 3]);
}

#[test]
fn counts_are_told() {
    let (sender, receiver) = broadcast::channel::<u32>();
    let (other, _) = broadcast::channel::<u32>();
    let (clone, second) = (sender.clone(), receiver.clone());
    assert_eq!((sender.sender_count(), sender.receiver_count()), (2, 2));
    assert!(sender.same_channel(&clone) && !sender.same_channel(&other));
    assert!(sender.is_empty() && receiver.is_empty());
    drop((clone, second));
    assert_eq!((sender.sender_count(), sender.receiver_count()), (1, 1));
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(
        (sender.len(), receiver.len(), sender.subscribe().len()),
        (1, 1, 0)
    );
}

#[test]
fn try_recv_tells_empty_from_closed() {
    let (sender, mut receiver) = broadcast::channel();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(sender.send(1), Ok(()));
    drop(sender);
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

/// B52.
#[test]
fn recv_many_takes_what_is_there_up_to_the_limit() {
    let (sender, mut receiver) = broadcast::channel();
    let mut buffer = vec![0];
    for number in 1..=4 {
        assert_eq!(sender.send(number), Ok(()));
    }
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 0)), Poll::Ready(0));
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 3)), Poll::Ready(3));
    drop(sender);
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 3)), Poll::Ready(1));
    assert!(!receiver.is_terminated(), "the end was not told yet");
    assert_eq!(poll_once(&mut receiver.recv_many(&mut buffer, 3)), Poll::Ready(0));
    assert_eq!(buffer, [0, 1, 2, 3, 4]);
}

#[test]
fn a_receiver_is_a_fused_stream() {
    let (sender, mut receiver) = broadcast::channel();
    let next =
        |receiver: &mut Receiver<u32>| Pin::new(receiver).poll_next(&mut Context::from_waker(Waker::noop()));
    assert_eq!(next(&mut receiver), Poll::Pending);
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(receiver.size_hint(), (1, None));
    drop(sender);
    assert_eq!(next(&mut receiver), Poll::Ready(Some(1)));
    assert!(!receiver.is_terminated());
    assert_eq!(next(&mut receiver), Poll::Ready(None));
    assert!(receiver.is_terminated());
}

/// B48.
#[test]
fn a_dropped_waiting_handle_lets_its_waker_go() {
    let (mut sender, mut receiver) = broadcast::channel::<u32>();
    let wakes = WakeCount::new();
    assert!(
        receiver
            .poll_recv(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    assert!(
        sender
            .poll_closed(&mut Context::from_waker(&wakes.waker()))
            .is_pending()
    );
    assert_eq!(Arc::strong_count(&wakes), 3);
    let _kept = (sender.clone(), receiver.clone());
    drop((sender, receiver));
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (0, 1));
}

/// B13, B25.
#[test]
fn a_forgotten_receive_harms_nobody() {
    let (sender, mut receiver) = broadcast::channel();
    let mut second = receiver.clone();
    let mut recv = receiver.recv();
    assert_eq!(poll_once(&mut recv), Poll::Pending);
    mem::forget(recv);
    let wakes = WakeCount::new();
    let mut recv = second.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!(wakes.get(), 1);
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn every_thread_sees_the_same_order() {
    const SENDERS: u32 = 3;
    const VALUES: u32 = 300;
    fn send(sender: &Sender<u32>, from: u32) {
        (0..VALUES).for_each(|number| assert_eq!(sender.send(from * VALUES + number), Ok(())));
    }
    fn receive(mut receiver: Receiver<u32>) -> Vec<u32> {
        std::iter::from_fn(|| block_on(receiver.recv()).ok()).collect()
    }
    let (sender, receiver) = broadcast::channel();
    let readers: Vec<_> = (0..3)
        .map(|_| receiver.clone())
        .map(|receiver| thread::spawn(move || receive(receiver)))
        .collect();
    let senders: Vec<_> = (0..SENDERS)
        .map(|from| (from, sender.clone()))
        .map(|(from, sender)| thread::spawn(move || send(&sender, from)))
        .collect();
    drop(sender);
    let order = receive(receiver);
    senders.into_iter().for_each(|thread| thread.join().unwrap());
    for reader in readers {
        assert_eq!(reader.join().unwrap(), order);
    }
    for from in 0..SENDERS {
        let sent: Vec<_> = order
            .iter()
            .copied()
            .filter(|value| value / VALUES == from)
            .collect();
        assert_eq!(
            sent,
            (from * VALUES..(from + 1) * VALUES).collect::<Vec<_>>(),
            "B57: in order from each sender"
        );
    }
}
