//! What `oneshot` promises, polled by hand.
#![cfg(not(channels_loom))]

mod support;

use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use channels::oneshot::{self, RecvError, SendError, TryRecvError};
use futures_core::FusedFuture;
use support::{CallOnDrop, DropCount, WakeCount, WakerEvent, block_on, hooked_waker, poll_once, poll_with};

const ENDED: Poll<Result<u32, RecvError>> = Poll::Ready(Err(RecvError::SenderDropped));

fn poll_closed<T>(sender: &mut oneshot::Sender<T>, waker: &Waker) -> Poll<()> {
    sender.poll_closed(&mut Context::from_waker(waker))
}

#[test]
fn sends_then_receives() {
    let (sender, mut receiver) = oneshot::channel();
    let wakes = WakeCount::new();
    assert_eq!(poll_with(&mut receiver, &wakes.waker()), Poll::Pending);

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!(wakes.get(), 1, "B44: exactly one wake, and it is the send's");
    assert_eq!(poll_once(&mut receiver), Poll::Ready(Ok(1)));
}

#[test]
fn a_value_sent_before_the_first_poll_is_received() {
    let (sender, mut receiver) = oneshot::channel();
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(poll_once(&mut receiver), Poll::Ready(Ok(1)));
}

/// B31.
#[test]
fn a_dropped_sender_wakes_the_receiver() {
    let (sender, mut receiver) = oneshot::channel::<u32>();
    let wakes = WakeCount::new();
    assert_eq!(poll_with(&mut receiver, &wakes.waker()), Poll::Pending);

    drop(sender);

    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut receiver), ENDED);
}

#[test]
fn a_dropped_receiver_wakes_the_sender() {
    let (mut sender, receiver) = oneshot::channel::<u32>();
    let wakes = WakeCount::new();
    assert_eq!(poll_with(&mut sender.closed(), &wakes.waker()), Poll::Pending);
    assert!(poll_closed(&mut sender, &wakes.waker()).is_pending());

    drop(receiver);

    assert_eq!(wakes.get(), 1);
    assert!(sender.is_closed());
    assert_eq!(poll_once(&mut sender.closed()), Poll::Ready(()));
}

#[test]
fn a_closed_receiver_wakes_the_sender() {
    let (mut sender, mut receiver) = oneshot::channel::<u32>();
    let wakes = WakeCount::new();
    assert!(poll_closed(&mut sender, &wakes.waker()).is_pending());
    assert!(!sender.is_closed());

    receiver.close();
    receiver.close();

    assert_eq!(wakes.get(), 1, "closing again changes nothing");
    assert!(sender.is_closed());
    assert_eq!(poll_once(&mut sender.closed()), Poll::Ready(()));
}

#[test]
fn a_failed_send_returns_the_value() {
    let (sender, receiver) = oneshot::channel();
    drop(receiver);
    assert_eq!(sender.send(7), Err(SendError::ReceiverDropped(7)));

    let (sender, mut receiver) = oneshot::channel();
    receiver.close();
    assert_eq!(sender.send(7), Err(SendError::ReceiverDropped(7)));
}

/// The future that is dropped here is the `&mut Receiver`, as in a `select!` that it lost.
#[test]
fn a_cancelled_receive_loses_nothing() {
    let (sender, mut receiver) = oneshot::channel();
    assert_eq!(poll_once(&mut &mut receiver), Poll::Pending);

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!(poll_once(&mut receiver), Poll::Ready(Ok(1)));
}

#[test]
fn a_cancelled_closed_leaves_the_sender_usable() {
    let (mut sender, mut receiver) = oneshot::channel();
    let wakes = WakeCount::new();
    let mut closed = sender.closed();
    assert_eq!(poll_with(&mut closed, &wakes.waker()), Poll::Pending);
    drop(closed);
    assert_eq!(
        Arc::strong_count(&wakes),
        1,
        "B48: the waker went with the future"
    );

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(wakes.get(), 0);
}

/// B22.
#[test]
fn a_changed_waker_is_the_one_woken() {
    let (sender, mut receiver) = oneshot::channel();
    let (first, second) = (WakeCount::new(), WakeCount::new());
    assert_eq!(poll_with(&mut receiver, &first.waker()), Poll::Pending);
    assert_eq!(poll_with(&mut receiver, &second.waker()), Poll::Pending);
    assert_eq!(Arc::strong_count(&first), 1, "the first task is let go");

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!((first.get(), second.get()), (0, 1));
}

#[test]
fn a_changed_waker_of_closed_is_the_one_woken() {
    let (mut sender, receiver) = oneshot::channel::<u32>();
    let (first, second) = (WakeCount::new(), WakeCount::new());
    assert!(poll_closed(&mut sender, &first.waker()).is_pending());
    assert!(poll_closed(&mut sender, &second.waker()).is_pending());
    assert_eq!(Arc::strong_count(&first), 1, "the first task is let go");

    drop(receiver);

    assert_eq!((first.get(), second.get()), (0, 1));
}

/// B47: polled again and again, a waiting receiver holds one waker.
#[test]
fn a_spurious_poll_changes_nothing() {
    let (sender, mut receiver) = oneshot::channel();
    let wakes = WakeCount::new();
    for _ in 0..10_000 {
        assert_eq!(poll_with(&mut receiver, &wakes.waker()), Poll::Pending);
    }
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (0, 2));

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (1, 1));
    assert_eq!(poll_once(&mut receiver), Poll::Ready(Ok(1)));
}

/// B3, B15: every order in which the steps of both sides can end, with and without wakers.
#[test]
fn each_value_is_dropped_once() {
    type Act = fn(&DropCount, &mut Ends);
    struct Ends(
        Option<oneshot::Sender<support::CountedDrop>>,
        Option<oneshot::Receiver<support::CountedDrop>>,
    );
    const ACTS: [(&str, Act); 7] = [
        ("send", |drops, ends| {
            if let Some(sender) = ends.0.take() {
                drop(sender.send(drops.value()));
            }
        }),
        ("drop sender", |_, ends| ends.0 = None),
        ("wait for close", |_, ends| {
            if let Some(sender) = &mut ends.0 {
                let _ = poll_closed(sender, Waker::noop());
            }
        }),
        ("poll", |_, ends| {
            if let Some(receiver) = &mut ends.1 {
                drop(poll_once(receiver));
            }
        }),
        ("try_recv", |_, ends| {
            if let Some(receiver) = &mut ends.1 {
                drop(receiver.try_recv());
            }
        }),
        ("close", |_, ends| {
            if let Some(receiver) = &mut ends.1 {
                receiver.close();
            }
        }),
        ("drop receiver", |_, ends| ends.1 = None),
    ];
    for order in 0..ACTS.len().pow(4) {
        let drops = DropCount::new();
        let (sender, receiver) = oneshot::channel();
        let mut ends = Ends(Some(sender), Some(receiver));
        let acts = [order % 7, order / 7 % 7, order / 49 % 7, order / 343].map(|act| ACTS[act]);
        for (_, act) in acts {
            act(&drops, &mut ends);
        }
        drop(ends);
        let sends = acts.iter().find_map(|(name, _)| match *name {
            "send" => Some(1),
            "drop sender" => Some(0),
            _ => None,
        });
        assert_eq!(
            drops.get(),
            sends.unwrap_or(0),
            "{:?}",
            acts.map(|(name, _)| name)
        );
    }
}

/// B61: a reply channel inside an unread message must not leave its asker waiting.
#[test]
fn a_dropped_receiver_frees_the_value_at_once() {
    let (sender, receiver) = oneshot::channel();
    let (reply, mut answer) = oneshot::channel::<u32>();
    assert!(sender.send(reply).is_ok());
    assert_eq!(poll_once(&mut answer), Poll::Pending);

    drop(receiver);

    assert_eq!(poll_once(&mut answer), ENDED);
}

/// B16.
#[test]
fn a_panicking_drop_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, receiver) = oneshot::channel();
    assert!(sender.send(drops.panicking_value()).is_ok());

    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());

    assert_eq!(drops.get(), 1);
}

/// A waker that runs the function at the first event of this kind.
fn waker_that(event: WakerEvent, act: impl FnOnce() + Send + 'static) -> Waker {
    let act = Mutex::new(Some(act));
    hooked_waker(move |happened| {
        if happened == event
            && let Some(act) = act.lock().expect("no hook panics while it holds the lock").take()
        {
            act();
        }
    })
}

/// B37: a waker may use and drop the other half, from its wake, its clone and its drop.
#[test]
fn a_waker_may_reenter_the_channel() {
    for act in [
        |sender: oneshot::Sender<u32>| assert_eq!(sender.send(1), Ok(())),
        drop,
    ] {
        let (sender, mut receiver) = oneshot::channel();
        let waker = waker_that(WakerEvent::Cloned, move || act(sender));
        assert!(
            poll_with(&mut receiver, &waker).is_ready(),
            "the clone comes before the check that counts"
        );

        let (sender, mut receiver) = oneshot::channel();
        let waker = ManuallyDrop::new(waker_that(WakerEvent::Dropped, move || act(sender)));
        assert!(poll_with(&mut receiver, &waker).is_pending());
        let wakes = WakeCount::new();
        assert!(
            poll_with(&mut receiver, &wakes.waker()).is_pending(),
            "the old waker is dropped after the change"
        );
        assert_eq!(
            wakes.get(),
            1,
            "and then ends the sender, which wakes the new one"
        );
        assert!(poll_once(&mut receiver).is_ready());
        drop(ManuallyDrop::into_inner(waker));
    }

    let (sender, mut receiver) = oneshot::channel();
    let slot = Arc::new(Mutex::new(None::<oneshot::Receiver<u32>>));
    let waker = waker_that(WakerEvent::Woken, {
        let slot = Arc::clone(&slot);
        move || assert_eq!(slot.lock().unwrap().take().unwrap().try_recv(), Ok(1))
    });
    assert!(poll_with(&mut receiver, &waker).is_pending());
    *slot.lock().unwrap() = Some(receiver);
    assert_eq!(sender.send(1), Ok(()));
    assert!(
        slot.lock().unwrap().is_none(),
        "the wake itself has received the value, and dropped the receiver"
    );
}

/// B48.
#[test]
fn a_dropped_waiting_half_lets_its_waker_go() {
    let (sender, mut receiver) = oneshot::channel::<u32>();
    let wakes = WakeCount::new();
    assert_eq!(poll_with(&mut receiver, &wakes.waker()), Poll::Pending);
    drop(receiver);
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (0, 1));
    drop(sender);

    let (mut sender, receiver) = oneshot::channel::<u32>();
    assert!(poll_closed(&mut sender, &wakes.waker()).is_pending());
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (0, 1));
    drop(receiver);
}

#[test]
fn each_side_may_wait_for_the_other_at_once() {
    let (mut sender, mut receiver) = oneshot::channel::<u32>();
    let (of_sender, of_receiver) = (WakeCount::new(), WakeCount::new());
    assert!(poll_closed(&mut sender, &of_sender.waker()).is_pending());
    assert_eq!(poll_with(&mut receiver, &of_receiver.waker()), Poll::Pending);

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!((of_sender.get(), of_receiver.get()), (0, 1));
    assert_eq!(
        (Arc::strong_count(&of_sender), Arc::strong_count(&of_receiver)),
        (1, 1)
    );
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn try_recv_tells_empty_from_closed() {
    let (sender, mut receiver) = oneshot::channel();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));

    let (sender, mut receiver) = oneshot::channel::<u32>();
    drop(sender);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

/// B4.
#[test]
fn a_value_sent_before_the_close_is_still_received() {
    let (sender, mut receiver) = oneshot::channel();
    assert_eq!(sender.send(1), Ok(()));
    receiver.close();
    assert_eq!(poll_once(&mut receiver), Poll::Ready(Ok(1)));

    let (sender, mut receiver) = oneshot::channel::<u32>();
    receiver.close();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(poll_once(&mut receiver), ENDED);
    drop(sender);
}

#[test]
fn a_receiver_is_fused() {
    let (sender, mut receiver) = oneshot::channel();
    assert!(!receiver.is_terminated());
    assert_eq!(sender.send(1), Ok(()));
    assert!(!receiver.is_terminated());
    assert_eq!(poll_once(&mut receiver), Poll::Ready(Ok(1)));
    assert!(receiver.is_terminated());
    assert_eq!(poll_once(&mut receiver), ENDED);
}

/// A panic in a waker reaches who caused the wake, and leaves nothing undone.
#[test]
fn a_panicking_waker_loses_no_value() {
    let drops = DropCount::new();
    let (sender, mut receiver) = oneshot::channel();
    let waker = waker_that(WakerEvent::Woken, || panic!("a wake that panics"));
    assert!(poll_with(&mut receiver, &waker).is_pending());

    assert!(catch_unwind(AssertUnwindSafe(|| sender.send(drops.value()))).is_err());

    assert_eq!(drops.get(), 0);
    assert!(receiver.try_recv().is_ok());
    assert_eq!(drops.get(), 1);
}

/// The waker that a panicking clone fails to replace stays the one that is woken.
#[test]
fn a_panicking_waker_clone_changes_nothing() {
    let (sender, mut receiver) = oneshot::channel();
    let wakes = WakeCount::new();
    assert_eq!(poll_with(&mut receiver, &wakes.waker()), Poll::Pending);
    let waker = waker_that(WakerEvent::Cloned, || panic!("a clone that panics"));
    assert!(catch_unwind(AssertUnwindSafe(|| poll_with(&mut receiver, &waker))).is_err());

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!(wakes.get(), 1);
    assert_eq!(receiver.try_recv(), Ok(1));
}

/// A value's drop may use other channels, or what its own channel woke.
#[test]
fn a_drop_may_call_back() {
    let (sender, receiver) = oneshot::channel();
    let (inner_sender, mut inner_receiver) = oneshot::channel();
    assert!(
        sender
            .send(CallOnDrop::new(move || assert_eq!(inner_sender.send(1), Ok(()))))
            .is_ok()
    );
    drop(receiver);
    assert_eq!(inner_receiver.try_recv(), Ok(1));
}

/// B11.
#[test]
fn values_of_every_shape_arrive() {
    #[derive(Debug, PartialEq)]
    #[repr(align(64))]
    struct Aligned(u8);

    fn arrives<T: PartialEq + std::fmt::Debug>(value: T, same: T) {
        let (sender, mut receiver) = oneshot::channel();
        assert!(sender.send(value).is_ok());
        assert_eq!(receiver.try_recv(), Ok(same));
    }
    arrives((), ());
    arrives("text", "text");
    arrives(true, true);
    arrives(Aligned(3), Aligned(3));
    arrives([9_u8; 64 * 1024], [9; 64 * 1024]);
    arrives(Box::new(5), Box::new(5));
}

#[test]
fn values_cross_threads() {
    for round in 0..500 {
        let (sender, receiver) = oneshot::channel();
        let (mut asker, asked) = oneshot::channel::<u32>();
        let thread = thread::spawn(move || {
            assert_eq!(sender.send(Box::new(round)), Ok(()));
            drop(asked);
        });
        assert_eq!(block_on(receiver), Ok(Box::new(round)));
        block_on(asker.closed());
        thread.join().unwrap();
    }
}
