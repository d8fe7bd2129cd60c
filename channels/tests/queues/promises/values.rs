//! What every queue promises about the values in it, and about code of others that calls back or panics.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::{channel, send};
use crate::support::{CallOnDrop, DropCount, WakerEvent, hooked_waker, poll_with};

#[test]
fn each_value_is_dropped_once() {
    let drops = DropCount::new();
    let (sender, mut receiver) = channel();
    for _ in 0..5 {
        send(&sender, drops.value()).unwrap();
    }
    drop(receiver.try_recv());
    assert_eq!(drops.get(), 1);
    drop(receiver);
    assert_eq!(drops.get(), 5, "at once, though the sender is there");
    drop(send(&sender, drops.value()));
    assert_eq!(drops.get(), 6);
    drop(sender);
    assert_eq!(drops.get(), 6);
}

#[test]
fn a_panicking_drop_leaves_the_channel_usable() {
    let drops = DropCount::new();
    let (sender, receiver) = channel();
    send(&sender, drops.value()).unwrap();
    send(&sender, drops.panicking_value()).unwrap();
    send(&sender, drops.value()).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(drops.get(), 3, "the others are dropped all the same");
    assert!(sender.is_closed() && sender.is_empty());
    assert!(send(&sender, drops.value()).is_err());
}

#[test]
fn a_dropped_value_may_reenter_the_channel() {
    let (sender, receiver) = channel();
    let inner = sender.clone();
    let value = CallOnDrop::new(move || {
        assert!(inner.is_closed() && inner.is_empty());
        assert!(send(&inner, CallOnDrop::new(|| ())).is_err());
    });
    send(&sender, value).unwrap();
    drop(receiver);
    assert_eq!(sender.sender_count(), 1, "the value that held a sender is gone");
}

#[test]
fn a_waker_may_reenter_the_channel() {
    let (sender, mut receiver) = channel();
    let events = Arc::new(Mutex::new(Vec::new()));
    let waker = hooked_waker({
        let (sender, events) = (sender.clone(), Arc::clone(&events));
        move |event| {
            events.lock().unwrap().push(event);
            let _ = send(&sender, ());
            drop(sender.clone());
            assert_eq!(sender.is_empty(), sender.is_closed());
        }
    });
    assert!(poll_with(&mut sender.closed(), &waker).is_pending());
    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &waker).is_pending());
    assert!(poll_with(&mut closed, &waker).is_pending());
    while receiver.try_recv().is_ok() {}
    // Cloning this one sends: the second check finds the value, and the clone is dropped, which sends again.
    assert_eq!(poll_with(&mut receiver.recv(), &waker), Poll::Ready(Some(())));
    while receiver.try_recv().is_ok() {}
    drop(receiver);
    let seen = mem::take(&mut *events.lock().unwrap());
    for event in [WakerEvent::Cloned, WakerEvent::Woken, WakerEvent::Dropped] {
        assert!(seen.contains(&event), "{event:?}");
    }
}
