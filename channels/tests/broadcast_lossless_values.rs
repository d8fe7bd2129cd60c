//! What `broadcast::channel` promises about cloning, moving and dropping values, and about many receivers at once.
#![cfg(not(channels_loom))]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use channels::broadcast;
use support::{CallOnDrop, WakeCount, WakerEvent, hooked_waker};

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
    let (sender, mut receiver) = broadcast::channel();
    let mut second = receiver.clone();
    let calls = Arc::new(AtomicUsize::new(0));
    let call = {
        let (sender, calls) = (sender.clone(), Arc::clone(&calls));
        move || {
            calls.fetch_add(1, SeqCst);
            assert!(sender.send(CallOnClone(Arc::new(|| ()))).is_ok());
            drop(sender.subscribe_oldest());
        }
    };
    assert!(sender.send(CallOnClone(Arc::new(call))).is_ok());

    assert!(receiver.try_recv().is_ok());
    assert_eq!(calls.load(SeqCst), 1);
    assert!(second.try_recv().is_ok());
    assert_eq!(calls.load(SeqCst), 1, "the last one takes the value itself");
    assert!(
        receiver.try_recv().is_ok(),
        "and what was sent meanwhile comes next"
    );
}

#[test]
fn a_drop_may_reenter_the_channel() {
    let (sender, receiver) = broadcast::channel();
    let called = Arc::new(AtomicBool::new(false));
    let value = CallOnDrop::new({
        let (sender, called) = (sender.clone(), Arc::clone(&called));
        move || {
            drop(sender.subscribe());
            called.store(sender.is_closed(), SeqCst);
        }
    });
    assert!(sender.send(Mutex::new(value)).is_ok());

    drop(receiver);

    assert!(
        called.load(SeqCst),
        "the drop ran, and the receiver was gone already"
    );
}

/// B62.
#[test]
fn a_panicking_clone_fails_only_that_receive() {
    let (sender, mut receiver) = broadcast::channel();
    let mut second = receiver.clone();
    let panics = Arc::new(AtomicBool::new(true));
    let call: Arc<dyn Fn() + Send + Sync> = {
        let panics = Arc::clone(&panics);
        Arc::new(move || assert!(!panics.load(SeqCst), "a clone that panics"))
    };
    for _ in 0..2 {
        assert!(sender.send(CallOnClone(Arc::clone(&call))).is_ok());
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

#[test]
fn the_last_receiver_takes_the_value_itself() {
    struct Unclonable;
    impl Clone for Unclonable {
        fn clone(&self) -> Self {
            panic!("one reader needs no clone")
        }
    }
    let (sender, mut receiver) = broadcast::channel();
    assert!(sender.send(Unclonable).is_ok());
    assert!(receiver.try_recv().is_ok());
    assert_eq!(sender.len(), 0, "and it is freed at once");
}

/// B11.
#[test]
fn values_of_every_shape_arrive() {
    fn arrives<T: Clone + PartialEq + std::fmt::Debug>(value: T) {
        let (sender, mut receiver) = broadcast::channel();
        let mut second = receiver.clone();
        assert!(sender.send(value.clone()).is_ok());
        assert_eq!(receiver.try_recv(), Ok(value.clone()));
        assert_eq!(second.try_recv(), Ok(value));
    }
    arrives(());
    arrives("text");
    arrives([3_u8; 64 * 1024]);
    arrives(Box::new(5));
}

/// B36: more receivers than are woken at once, and one that waits again as soon as it is woken.
#[test]
fn each_waiting_receiver_is_woken_once() {
    let (sender, receiver) = broadcast::channel::<u32>();
    let mut receivers = vec![receiver; 100];
    let wakes = WakeCount::new();
    for receiver in &mut receivers {
        assert!(
            receiver
                .poll_recv(&mut Context::from_waker(&wakes.waker()))
                .is_pending()
        );
    }
    let again = Arc::new(Mutex::new(sender.subscribe()));
    let waits = Arc::new(AtomicUsize::new(0));
    let waker = hooked_waker({
        let (again, waits) = (Arc::clone(&again), Arc::clone(&waits));
        move |event| {
            if event == WakerEvent::Woken {
                waits.fetch_add(1, SeqCst);
                let mut receiver = again.lock().unwrap();
                while receiver.try_recv().is_ok() {}
                assert!(
                    receiver
                        .poll_recv(&mut Context::from_waker(Waker::noop()))
                        .is_pending()
                );
            }
        }
    });
    assert!(
        again
            .lock()
            .unwrap()
            .poll_recv(&mut Context::from_waker(&waker))
            .is_pending()
    );

    assert_eq!(sender.send(1), Ok(()));

    assert_eq!((wakes.get(), waits.load(SeqCst)), (100, 1));
    assert!(receivers.iter_mut().all(|receiver| receiver.try_recv() == Ok(1)));
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
    let (sender, receiver) = broadcast::channel();
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

        assert_eq!(sender.send(number), Ok(()));

        assert_eq!(panics.load(SeqCst), number);
        for receiver in &mut receivers {
            assert_eq!(receiver.try_recv(), Ok(number));
        }
        let mut receiver = late.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        while receiver.try_recv().is_ok() {}
        assert_eq!(sender.len(), 0, "nobody is counted on it any more");
    }
}
