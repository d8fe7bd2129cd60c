//! What every broadcast promises about its values, and about code of others that calls back or panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use super::{channel, send};
use crate::support::{CallOnDrop, CountedDrop, DropCount, WakerEvent, hooked_waker, poll_once, poll_with};

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
            let (sender, mut first) = channel();
            let second = first.clone();
            for _ in 0..3 {
                assert!(send(&sender, Counted::new(&drops)).is_ok());
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
    let (sender, mut fast) = channel();
    let slow = fast.clone();
    for _ in 0..5 {
        assert!(send(&sender, Counted::new(&drops)).is_ok());
    }
    drop(fast.try_recv());
    drop(fast.try_recv());
    assert_eq!((drops.get(), sender.len()), (0, 5));

    drop(slow);
    assert_eq!((drops.get(), sender.len(), fast.len()), (2, 3, 3));

    drop(fast);
    assert_eq!((drops.get(), sender.len()), (5, 0), "though the sender lives");
}

#[test]
fn the_last_receiver_takes_the_value_itself() {
    struct Unclonable;
    impl Clone for Unclonable {
        fn clone(&self) -> Self {
            panic!("one reader needs no clone")
        }
    }
    let (sender, mut receiver) = channel();
    assert!(send(&sender, Unclonable).is_ok());
    assert!(receiver.try_recv().is_ok());
    assert_eq!(sender.len(), 0, "and it is freed at once");
}

/// B11.
#[test]
fn values_of_every_shape_arrive() {
    fn arrives<T: Clone + PartialEq + std::fmt::Debug>(value: T) {
        let (sender, mut receiver) = channel();
        let mut second = receiver.clone();
        assert!(send(&sender, value.clone()).is_ok());
        assert_eq!(receiver.try_recv(), Ok(value.clone()));
        assert_eq!(second.try_recv(), Ok(value));
    }
    arrives(());
    arrives("text");
    arrives([3_u8; 16 * 1024]);
    arrives(Box::new(5));
}

/// B16.
#[test]
fn a_panicking_drop_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, receiver) = channel();
    assert!(send(&sender, Arc::new(drops.value())).is_ok());
    assert!(send(&sender, Arc::new(drops.panicking_value())).is_ok());
    assert!(send(&sender, Arc::new(drops.value())).is_ok());

    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());

    assert_eq!(drops.get(), 3, "the others are dropped all the same");
    let mut receiver = sender.subscribe();
    assert!(send(&sender, Arc::new(drops.value())).is_ok());
    assert!(receiver.try_recv().is_ok());
    assert_eq!(sender.receiver_count(), 1);
}

/// B37: wakers may use the channel when they are woken, cloned and dropped.
#[test]
fn a_waker_may_reenter_the_channel() {
    for event in [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped] {
        let (sender, mut receiver) = channel();
        let called = Arc::new(AtomicUsize::new(0));
        let waker = hooked_waker({
            let (sender, called) = (sender.clone(), Arc::clone(&called));
            move |happened| {
                if happened == event && called.fetch_add(1, SeqCst) == 0 {
                    assert_eq!(send(&sender, 7), Ok(()));
                    drop(sender.subscribe_oldest());
                }
            }
        });
        let mut recv = receiver.recv();
        let first = poll_with(&mut recv, &waker);
        drop(waker);
        assert!(send(&sender, 8).is_ok());
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
fn a_drop_may_reenter_the_channel() {
    let (sender, receiver) = channel();
    let called = Arc::new(AtomicBool::new(false));
    let value = CallOnDrop::new({
        let (sender, called) = (sender.clone(), Arc::clone(&called));
        move || {
            drop(sender.subscribe());
            assert!(send(&sender, Mutex::new(CallOnDrop::new(|| ()))).is_err());
            called.store(sender.is_closed(), SeqCst);
        }
    });
    assert!(send(&sender, Mutex::new(value)).is_ok());

    drop(receiver);

    assert!(
        called.load(SeqCst),
        "the drop ran, and the receiver was gone already"
    );
}

/// A value that calls back when it is cloned.
struct CallOnClone(Arc<dyn Fn() + Send + Sync>);

impl Clone for CallOnClone {
    fn clone(&self) -> Self {
        (self.0)();
        Self(Arc::clone(&self.0))
    }
}

/// B37.
#[test]
fn a_clone_may_reenter_the_channel() {
    let (sender, mut receiver) = channel();
    let mut second = receiver.clone();
    let calls = Arc::new(AtomicUsize::new(0));
    let call = {
        let (sender, calls) = (sender.clone(), Arc::clone(&calls));
        move || {
            calls.fetch_add(1, SeqCst);
            assert!(send(&sender, CallOnClone(Arc::new(|| ()))).is_ok());
            drop(sender.subscribe_oldest());
        }
    };
    assert!(send(&sender, CallOnClone(Arc::new(call))).is_ok());

    assert!(receiver.try_recv().is_ok());
    assert_eq!(calls.load(SeqCst), 1);
    assert!(second.try_recv().is_ok());
    assert_eq!(calls.load(SeqCst), 1, "the last one takes the value itself");
    assert!(
        receiver.try_recv().is_ok(),
        "and what was sent meanwhile comes next"
    );
}

/// B62.
#[test]
fn a_panicking_clone_fails_only_that_receive() {
    let (sender, mut receiver) = channel();
    let mut second = receiver.clone();
    let panics = Arc::new(AtomicBool::new(true));
    let call: Arc<dyn Fn() + Send + Sync> = {
        let panics = Arc::clone(&panics);
        Arc::new(move || assert!(!panics.load(SeqCst), "a clone that panics"))
    };
    for _ in 0..2 {
        assert!(send(&sender, CallOnClone(Arc::clone(&call))).is_ok());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| receiver.try_recv().map(drop))).is_err());
    panics.store(false, SeqCst);

    assert_eq!((receiver.len(), second.len()), (1, 2));
    assert!(receiver.try_recv().is_ok());
    assert!(second.try_recv().is_ok());
    assert!(second.try_recv().is_ok());
    assert_eq!(sender.len(), 0);
    drop((sender, receiver, second));
    assert_eq!(Arc::strong_count(&call), 1, "nothing is leaked");
}

/// Its last handle panics when it is dropped without a wake.
struct PanicsOnDrop;

impl Wake for PanicsOnDrop {
    fn wake(self: Arc<Self>) {
        std::mem::forget(self);
    }
}

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("a waker's drop that panics");
    }
}

/// A receiver that is woken late, since so many wait, receives before; then its waker is dropped, and that panics.
#[test]
fn a_panicking_waker_drop_keeps_no_message() {
    let (sender, receiver) = channel();
    let mut receivers = vec![receiver; 40];
    let late = Arc::new(Mutex::new(sender.subscribe()));
    let panics = Arc::new(AtomicUsize::new(0));
    // The first message of a block is found in another way than the second.
    for number in 1..=2 {
        let receives = hooked_waker({
            let (late, panics) = (Arc::clone(&late), Arc::clone(&panics));
            move |event| {
                if event == WakerEvent::Woken {
                    let receive = || {
                        late.lock()
                            .unwrap_or_else(|poisoned| poisoned.into_inner())
                            .try_recv()
                    };
                    panics.fetch_add(
                        usize::from(catch_unwind(AssertUnwindSafe(receive)).is_err()),
                        SeqCst,
                    );
                }
            }
        });
        let mut waker = &receives;
        for receiver in &mut receivers {
            assert!(receiver.poll_recv(&mut Context::from_waker(waker)).is_pending());
            waker = Waker::noop();
        }
        let panicking = Waker::from(Arc::new(PanicsOnDrop));
        let mut receiver = late.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        while receiver.try_recv().is_ok() {}
        assert!(
            receiver
                .poll_recv(&mut Context::from_waker(&panicking))
                .is_pending()
        );
        drop((receiver, panicking));

        assert_eq!(send(&sender, number), Ok(()));

        assert_eq!(panics.load(SeqCst), number);
        for receiver in &mut receivers {
            assert_eq!(receiver.try_recv(), Ok(number));
        }
        let mut receiver = late.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        while receiver.try_recv().is_ok() {}
        assert_eq!(sender.len(), 0, "nobody is counted on it any more");
    }
}
