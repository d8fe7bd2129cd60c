//! What every broadcast promises about receiving.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::{TryRecvError, channel, drain, send};
use crate::support::{WakeCount, WakerEvent, hooked_waker, poll_once, poll_with};

#[test]
fn sends_then_receives() {
    let (sender, mut receiver) = channel();
    let mut second = receiver.clone();
    let (wakes, wakes_second) = (WakeCount::new(), WakeCount::new());
    let mut recv = receiver.recv();
    let mut recv_second = second.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);
    assert_eq!(poll_with(&mut recv_second, &wakes_second.waker()), Poll::Pending);

    assert_eq!(send(&sender, 1), Ok(()));

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
    let (sender, mut receiver) = channel();
    let other = sender.clone();
    for number in 0..10 {
        let from = if number % 2 == 0 { &sender } else { &other };
        assert_eq!(send(from, number), Ok(()));
    }
    assert_eq!(drain(&mut receiver), (0..10).collect::<Vec<_>>());
}

#[test]
fn try_recv_tells_empty_from_closed() {
    let (sender, mut receiver) = channel();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(send(&sender, 1), Ok(()));
    drop(sender);
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

/// B45.
#[test]
fn a_cancelled_receive_loses_nothing() {
    let (sender, mut receiver) = channel();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);
    assert_eq!(send(&sender, 1), Ok(()));
    drop(recv);
    let mut buffer = Vec::new();
    let mut recv_many = receiver.recv_many(&mut buffer, 3);
    assert!(poll_with(&mut recv_many, &wakes.waker()).is_ready());
    drop(recv_many);
    assert_eq!(buffer, [1]);

    let mut recv_many = receiver.recv_many(&mut buffer, 3);
    assert!(poll_with(&mut recv_many, &wakes.waker()).is_pending());
    drop(recv_many);
    assert_eq!(
        Arc::strong_count(&wakes),
        1,
        "B48: a cancelled wait lets its waker go"
    );
    assert_eq!(send(&sender, 2), Ok(()));
    assert_eq!(drain(&mut receiver), [2]);
}

/// B22.
#[test]
fn a_changed_waker_is_the_one_woken() {
    let (sender, mut receiver) = channel();
    let (first, second) = (WakeCount::new(), WakeCount::new());
    let mut recv = receiver.recv();
    assert_eq!(poll_with(&mut recv, &first.waker()), Poll::Pending);
    assert_eq!(poll_with(&mut recv, &second.waker()), Poll::Pending);
    assert_eq!(Arc::strong_count(&first), 1, "the first task is let go");

    assert_eq!(send(&sender, 1), Ok(()));

    assert_eq!((first.get(), second.get()), (0, 1));
}

/// B47: polled again and again, a waiting receiver holds one waker.
#[test]
fn a_spurious_poll_changes_nothing() {
    let (sender, mut receiver) = channel();
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    for _ in 0..1000 {
        assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);
    }
    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (0, 2));

    assert_eq!(send(&sender, 1), Ok(()));

    assert_eq!((wakes.get(), Arc::strong_count(&wakes)), (1, 1));
    assert_eq!(poll_once(&mut recv), Poll::Ready(Ok(1)));
}

/// B48.
#[test]
fn a_dropped_waiting_handle_lets_its_waker_go() {
    let (mut sender, mut receiver) = channel::<u32>();
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
    let (sender, mut receiver) = channel();
    let mut second = receiver.clone();
    let mut recv = receiver.recv();
    assert_eq!(poll_once(&mut recv), Poll::Pending);
    mem::forget(recv);
    let wakes = WakeCount::new();
    let mut recv = second.recv();
    assert_eq!(poll_with(&mut recv, &wakes.waker()), Poll::Pending);

    assert_eq!(send(&sender, 1), Ok(()));

    assert_eq!(wakes.get(), 1);
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn a_subscription_begins_now_or_at_the_oldest() {
    let (sender, mut receiver) = channel();
    for number in 1..=3 {
        assert_eq!(send(&sender, number), Ok(()));
    }
    assert_eq!(receiver.try_recv(), Ok(1));
    let (mut now, mut oldest) = (sender.subscribe(), sender.subscribe_oldest());
    assert_eq!(send(&sender, 4), Ok(()));
    assert_eq!(drain(&mut now), [4]);
    assert_eq!(drain(&mut oldest), [2, 3, 4]);
    assert_eq!(drain(&mut receiver), [2, 3, 4]);
}

/// B43.
#[test]
fn a_clone_reads_on_from_the_same_place() {
    let (sender, mut receiver) = channel();
    for number in 1..=3 {
        assert_eq!(send(&sender, number), Ok(()));
    }
    assert_eq!(receiver.try_recv(), Ok(1));
    let mut clone = receiver.clone();
    assert_eq!(drain(&mut receiver), [2, 3]);
    assert_eq!(drain(&mut clone), [2, 3]);
}

/// B36: more receivers than are woken at once, and one that waits again as soon as it is woken.
#[test]
fn each_waiting_receiver_is_woken_once() {
    let (sender, receiver) = channel::<u32>();
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

    assert_eq!(send(&sender, 1), Ok(()));

    assert_eq!((wakes.get(), waits.load(SeqCst)), (100, 1));
    assert!(receivers.iter_mut().all(|receiver| receiver.try_recv() == Ok(1)));
}
