//! What the receivers of an `mpmc` owe each other, polled by hand: who is woken, how often, and who gets what.

#![cfg(not(channels_loom))]

mod support;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use channels::mpmc::unbounded::RecvFuture;
use channels::mpmc::{self, SendError, TryRecvError};
use support::{DropCount, WakeCount, WakerEvent, block_on, hooked_waker, poll_once, poll_with};

/// Receives that wait, each with its account of wakes.
fn waiting<T, const N: usize>(receiver: &mpmc::Receiver<T>) -> [(RecvFuture<'_, T>, Arc<WakeCount>); N] {
    std::array::from_fn(|_| {
        let wakes = WakeCount::new();
        let mut recv = receiver.recv();
        assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
        (recv, wakes)
    })
}

fn wakes<T, const N: usize>(recvs: &[(RecvFuture<'_, T>, Arc<WakeCount>); N]) -> [usize; N] {
    recvs.each_ref().map(|(_, wakes)| wakes.get())
}

#[test]
fn each_value_goes_to_one_receiver() {
    let (sender, receiver) = mpmc::channel();
    let other = receiver.clone();
    (1..=3).for_each(|number| sender.send(number).unwrap());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(other.try_recv(), Ok(2));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(Some(3)));
    assert_eq!(other.try_recv(), Err(TryRecvError::Empty));
    drop(sender);
    assert_eq!(other.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(poll_once(&mut receiver.recv()), Poll::Ready(None));
}

#[test]
fn receivers_that_wait_are_woken_in_order_one_for_each_value() {
    let (sender, receiver) = mpmc::channel();
    let mut recvs = waiting::<_, 3>(&receiver);
    sender.send(1).unwrap();
    assert_eq!(wakes(&recvs), [1, 0, 0]);
    sender.send(2).unwrap();
    assert_eq!(wakes(&recvs), [1, 1, 0]);
    assert_eq!(poll_once(&mut recvs[1].0), Poll::Ready(Some(1)));
    assert_eq!(poll_once(&mut recvs[0].0), Poll::Ready(Some(2)));
    assert!(poll_once(&mut recvs[2].0).is_pending());
}

#[test]
fn b23_b45_a_woken_receive_that_is_dropped_passes_its_wake_on() {
    let (sender, receiver) = mpmc::channel();
    let recvs = waiting::<_, 4>(&receiver);
    sender.send(1).unwrap();
    let [first, second, third, fourth] = recvs;
    drop(third.0);
    drop(first.0);
    assert_eq!(second.1.get(), 1);
    drop(second.0);
    assert_eq!(
        [third.1.get(), fourth.1.get()],
        [0, 1],
        "not one that was cancelled before"
    );
    let (mut recv, _) = fourth;
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
}

#[test]
fn a_woken_receive_that_is_dropped_wakes_nobody_if_the_value_is_gone() {
    let (sender, receiver) = mpmc::channel();
    let [first, second] = waiting(&receiver);
    sender.send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    drop(first.0);
    assert_eq!(second.1.get(), 0);
}

#[test]
fn b26_a_woken_receiver_that_is_dropped_passes_its_wake_on() {
    let (sender, mut receiver) = mpmc::channel();
    let other = receiver.clone();
    let polled = WakeCount::new();
    assert!(
        receiver
            .poll_recv(&mut Context::from_waker(&polled.waker()))
            .is_pending()
    );
    let [mut recv] = waiting(&other);
    sender.send(1).unwrap();
    assert_eq!([polled.get(), recv.1.get()], [1, 0]);
    drop(receiver);
    assert_eq!(recv.1.get(), 1);
    assert_eq!(poll_once(&mut recv.0), Poll::Ready(Some(1)));
}

#[test]
fn b25_a_forgotten_receive_absorbs_one_wake() {
    let (sender, receiver) = mpmc::channel();
    let [forgotten, mut recv] = waiting(&receiver);
    mem::forget(forgotten.0);
    sender.send(1).unwrap();
    assert_eq!([forgotten.1.get(), recv.1.get()], [1, 0]);
    sender.send(2).unwrap();
    assert_eq!(
        [forgotten.1.get(), recv.1.get()],
        [1, 1],
        "the next value wakes the next"
    );
    assert_eq!(poll_once(&mut recv.0), Poll::Ready(Some(1)));
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn b25_a_receiver_that_leaves_values_behind_wakes_another() {
    let (sender, receiver) = mpmc::channel();
    let [first, second, mut third, fourth] = waiting(&receiver);
    mem::forget((first.0, second.0));
    (1..=3).for_each(|number| sender.send(number).unwrap());
    assert_eq!([third.1.get(), fourth.1.get()], [1, 0]);
    assert_eq!(poll_once(&mut third.0), Poll::Ready(Some(1)));
    assert_eq!(
        fourth.1.get(),
        1,
        "two values are there, and nobody else comes for them"
    );
    let (mut fourth, _) = fourth;
    assert_eq!(poll_once(&mut fourth), Poll::Ready(Some(2)));
}

#[test]
fn recv_many_wakes_another_only_if_it_leaves_values_behind() {
    for limit in [2, 3] {
        let (sender, receiver) = mpmc::channel();
        let mut buffer = Vec::new();
        let mut many = receiver.recv_many(&mut buffer, limit);
        let many_wakes = WakeCount::new();
        assert!(poll_with(&mut many, &many_wakes.waker()).is_pending());
        let [forgotten, absorbs, waits] = waiting(&receiver);
        mem::forget((forgotten.0, absorbs.0));
        (1..=3).for_each(|number| sender.send(number).unwrap());
        assert_eq!([many_wakes.get(), waits.1.get()], [1, 0]);
        assert_eq!(poll_once(&mut many), Poll::Ready(limit));
        assert_eq!(waits.1.get(), 3 - limit);
        drop(many);
        assert_eq!(buffer, [1, 2, 3][..limit]);
    }
}

#[test]
fn a_value_that_others_took_lets_the_woken_receive_wait_again() {
    let (sender, receiver) = mpmc::channel();
    let mut recvs = waiting::<_, 2>(&receiver);
    sender.send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    let again = Arc::clone(&recvs[0].1);
    assert!(poll_with(&mut recvs[0].0, &again.waker()).is_pending());
    sender.send(2).unwrap();
    assert_eq!(wakes(&recvs), [1, 1], "at the end of the line");
    sender.send(3).unwrap();
    assert_eq!(wakes(&recvs), [2, 1]);
}

#[test]
fn a_receive_that_is_ready_leaves_no_registration_that_swallows_a_wake() {
    let (sender, receiver) = mpmc::channel();
    let [absorbs, mut ready, waits] = waiting(&receiver);
    sender.send(1).unwrap();
    assert_eq!(
        poll_once(&mut ready.0),
        Poll::Ready(Some(1)),
        "polled before it was woken"
    );
    sender.send(2).unwrap();
    assert_eq!([absorbs.1.get(), ready.1.get(), waits.1.get()], [1, 0, 1]);
    assert_eq!(Arc::strong_count(&ready.1), 1, "its waker is not kept");
}

#[test]
fn b20_many_receives_wait_on_one_receiver_and_leave_in_any_order() {
    let (sender, receiver) = mpmc::channel::<u32>();
    let mut recvs: Vec<_> = waiting::<_, 250>(&receiver).into_iter().collect();
    for index in 0..125 {
        let left = recvs.len();
        drop(recvs.swap_remove((index * 37) % left).0);
    }
    (0..125).for_each(|number| sender.send(number).unwrap());
    assert!(recvs.iter().all(|(_, wakes)| wakes.get() == 1));
    let received = recvs.iter_mut().map(|(recv, _)| poll_once(recv));
    assert!(received.eq((0..125).map(|number| Poll::Ready(Some(number)))));
}

#[test]
fn b20_receivers_come_and_go_in_any_order() {
    let (sender, receiver) = mpmc::channel::<u8>();
    let mut receivers = vec![receiver];
    for index in 0..100 {
        receivers.push(receivers[(index * 7) % receivers.len()].clone());
        assert_eq!(sender.receiver_count(), index + 2);
    }
    while let Some(receiver) = receivers.pop() {
        assert_eq!(receiver.receiver_count(), receivers.len() + 1);
        assert!(!sender.is_closed());
        let third = receivers.len() / 3;
        receivers.rotate_left(third);
    }
    assert_eq!(sender.receiver_count(), 0);
    assert!(sender.is_closed());
}

#[test]
fn only_the_last_receiver_frees_what_is_unread() {
    let drops = DropCount::new();
    let (sender, receiver) = mpmc::channel();
    let other = receiver.clone();
    (0..3).for_each(|_| assert!(sender.send(drops.value()).is_ok()));
    drop(receiver);
    assert_eq!(drops.get(), 0);
    assert!(!sender.is_closed());
    drop(other.try_recv());
    drop(other);
    assert_eq!(drops.get(), 3, "at once, though the sender is there");
    assert!(sender.send(drops.value()).is_err());
}

#[test]
fn the_last_sender_wakes_every_receiver() {
    let (sender, receiver) = mpmc::channel::<u8>();
    let mut recvs = waiting::<_, 100>(&receiver);
    drop(sender.clone());
    assert_eq!(wakes(&recvs), [0; 100]);
    drop(sender);
    assert_eq!(wakes(&recvs), [1; 100]);
    assert!(
        recvs
            .iter_mut()
            .all(|(recv, _)| poll_once(recv) == Poll::Ready(None))
    );
}

#[test]
fn either_end_closes_the_channel_for_all() {
    for by_sender in [true, false] {
        let (sender, receiver) = mpmc::channel();
        let (sending, receiving) = (sender.clone(), receiver.clone());
        sender.send(1).unwrap();
        assert_eq!(receiver.try_recv(), Ok(1));
        let mut recvs = waiting::<_, 2>(&receiver);
        let closed_wakes = WakeCount::new();
        let mut closed = sender.closed();
        assert!(poll_with(&mut closed, &closed_wakes.waker()).is_pending());
        sender.send(2).unwrap();
        if by_sender {
            sending.close();
        } else {
            receiving.close();
        }
        assert!(sender.is_closed() && receiver.is_closed());
        assert_eq!((wakes(&recvs), closed_wakes.get()), ([1, 1], 1));
        assert!(poll_once(&mut closed).is_ready());
        assert_eq!(sending.send(3), Err(SendError::ReceiverDropped(3)));
        assert_eq!(poll_once(&mut recvs[1].0), Poll::Ready(Some(2)));
        assert_eq!(poll_once(&mut recvs[0].0), Poll::Ready(None));
        assert_eq!(receiving.try_recv(), Err(TryRecvError::Closed));
    }
}

#[test]
fn a_waker_that_panics_keeps_no_other_from_being_woken() {
    let (sender, receiver) = mpmc::channel::<u8>();
    let panics = hooked_waker(|event| assert_ne!(event, WakerEvent::Woken, "a waker that panics"));
    let mut first = receiver.recv();
    assert!(poll_with(&mut first, &panics).is_pending());
    let recvs = waiting::<_, 40>(&receiver);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(sender))).is_err());
    assert_eq!(wakes(&recvs), [1; 40]);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_woken_receiver_may_drop_the_others() {
    let (sender, receiver) = mpmc::channel();
    let other = Mutex::new(Some(receiver.clone()));
    let waker = hooked_waker(move |event| {
        if event == WakerEvent::Woken {
            drop(other.lock().unwrap().take());
        }
    });
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &waker).is_pending());
    sender.send(1).unwrap();
    assert_eq!(sender.receiver_count(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
}

#[test]
fn a_receive_that_has_learnt_of_the_end_is_not_woken_for_it() {
    let (sender, receiver) = mpmc::channel::<u8>();
    let last = Arc::new(Mutex::new(receiver.clone()));
    let poll_last = move |waker: &Waker| last.lock().unwrap().poll_recv(&mut Context::from_waker(waker));
    let ask_last = {
        let poll_last = poll_last.clone();
        hooked_waker(move |event| {
            if event == WakerEvent::Woken {
                assert_eq!(poll_last(Waker::noop()), Poll::Ready(None));
            }
        })
    };
    let mut first = receiver.recv();
    assert!(poll_with(&mut first, &ask_last).is_pending());
    // So many that they are not all taken out in the section that wakes the first.
    let _others = waiting::<_, 100>(&receiver);
    let wakes = WakeCount::new();
    assert!(poll_last(&wakes.waker()).is_pending());
    drop(sender);
    assert_eq!(wakes.get(), 0);
    assert_eq!(Arc::strong_count(&wakes), 1, "its waker was dropped");
}

#[test]
fn threads_share_the_work_and_receive_everything_once() {
    const VALUES: u32 = 900;
    let (sender, receiver) = mpmc::bounded(3);
    let mut received = thread::scope(|scope| {
        for first in 0..3 {
            let sender = sender.clone();
            scope.spawn(move || {
                (first..VALUES)
                    .step_by(3)
                    .for_each(|number| block_on(sender.send(number)).unwrap());
            });
        }
        drop(sender);
        let threads = [0; 3].map(|_| {
            let receiver = receiver.clone();
            scope.spawn(move || {
                let mut received = Vec::new();
                while let Some(number) = block_on(receiver.recv()) {
                    received.push(number);
                    block_on(receiver.recv_many(&mut received, 2));
                }
                received
            })
        });
        threads.map(|thread| thread.join().unwrap()).concat()
    });
    received.sort_unstable();
    assert!(received.into_iter().eq(0..VALUES));
}
