//! What the bounded queues promise about permits and poll senders.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::FusedFuture;

use super::{SendError, TryRecvError, TrySendError, bounded};
use crate::support::{DropCount, WakeCount, WakerEvent, hooked_waker, poll_once, poll_with};

#[test]
fn a_permit_keeps_room_until_it_sends() {
    let (sender, mut receiver) = bounded(2);
    let permit = sender.try_reserve().unwrap();
    sender.try_send(1).unwrap();
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    assert_eq!(sender.len(), 1, "a permit is no value");
    assert_eq!(permit.send(2), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn a_permit_is_no_place_in_the_queue() {
    let (sender, mut receiver) = bounded(3);
    let permit = sender.try_reserve().unwrap();
    sender.try_send(1).unwrap();
    assert_eq!(
        receiver.try_recv(),
        Ok(1),
        "a held permit delays nobody's message"
    );
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    sender.try_send(2).unwrap();
    permit.send(3).unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Ok(3));
}

#[test]
fn a_reservation_waits_for_room_in_its_turn() {
    let (sender, mut receiver) = bounded(1);
    sender.try_send(1).unwrap();
    let wakes = WakeCount::new();
    let mut reserve = sender.reserve();
    let mut send = sender.send(3);
    assert!(poll_with(&mut reserve, &wakes.waker()).is_pending());
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    assert!(matches!(sender.try_reserve(), Err(TrySendError::Full(()))));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(wakes.get(), 1, "the reservation, and not the send behind it");
    let Poll::Ready(Ok(permit)) = poll_once(&mut reserve) else {
        panic!("it was served");
    };
    assert!(reserve.is_terminated());
    permit.send(2).unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Ok(3), "served by the receive before");
    assert_eq!(wakes.get(), 2);
}

#[test]
fn a_dropped_permit_gives_its_room_to_the_first_that_waits() {
    let (sender, mut receiver) = bounded(1);
    let wakes = WakeCount::new();
    assert!(poll_with(&mut receiver.recv(), Waker::noop()).is_pending());
    let permit = sender.try_reserve().unwrap();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    let mut send = sender.send(1);
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    drop(permit);
    assert_eq!(wakes.get(), 2, "the sender, and the receiver that waited for it");
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
    assert_eq!(poll_once(&mut recv), Poll::Ready(Some(1)));
}

#[test]
fn a_cancelled_reservation_passes_its_room_on() {
    // Cancelled while it waits, and after it was served.
    for is_served in [false, true] {
        let (sender, mut receiver) = bounded(1);
        sender.try_send(1).unwrap();
        let wakes = WakeCount::new();
        let mut reserve = sender.reserve();
        let mut send = sender.send(2);
        assert!(poll_with(&mut reserve, &wakes.waker()).is_pending());
        assert!(poll_once(&mut send).is_pending());
        if is_served {
            assert_eq!(receiver.try_recv(), Ok(1));
        }
        drop(reserve);
        assert_eq!(wakes.get(), usize::from(is_served));
        assert_eq!(Arc::strong_count(&wakes), 1, "no waker is kept");
        if !is_served {
            assert_eq!(receiver.try_recv(), Ok(1));
        }
        assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
        assert_eq!(receiver.try_recv(), Ok(2));
        assert!(sender.try_send(3).is_ok(), "all the room is there again");
    }
}

#[test]
fn a_forgotten_reservation_costs_its_own_room_at_most() {
    let (sender, mut receiver) = bounded(2);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    let mut reserve = sender.reserve();
    assert!(poll_once(&mut reserve).is_pending());
    mem::forget(reserve);
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Ok(2));
    for number in 0..10 {
        assert!(sender.try_send(number).is_ok());
        assert!(sender.try_send(number).is_err());
        assert_eq!(receiver.try_recv(), Ok(number));
    }
    mem::forget(sender.try_reserve());
    assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
    drop(sender);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn many_permits_are_reserved_at_once() {
    let (sender, mut receiver) = bounded(4);
    (0..3).for_each(|number| sender.try_send(number).unwrap());
    let wakes = WakeCount::new();
    let mut many = sender.reserve_many(3);
    let mut send = sender.send(9);
    assert!(poll_with(&mut many, &wakes.waker()).is_pending());
    assert!(poll_with(&mut send, &wakes.waker()).is_pending());
    assert_eq!(sender.try_send(8), Err(TrySendError::Full(8)), "not overtaken");
    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!(wakes.get(), 0, "two places are not enough");
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(wakes.get(), 1);
    let Poll::Ready(Ok(mut permits)) = poll_once(&mut many) else {
        panic!("it was served");
    };
    assert_eq!(permits.len(), 3);
    permits.next().unwrap().send(3).unwrap();
    drop(permits.next());
    assert_eq!(wakes.get(), 2, "the send gets the room of the permit");
    drop(permits);
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
    assert_eq!(sender.try_send(10), Ok(()));
    for number in [2, 3, 9, 10] {
        assert_eq!(receiver.try_recv(), Ok(number));
    }
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn many_permits_given_back_serve_all_that_waited_behind() {
    let (sender, mut receiver) = bounded(100);
    let Poll::Ready(Ok(permits)) = poll_once(&mut sender.reserve_many(100)) else {
        panic!("there is room");
    };
    let wakes = WakeCount::new();
    let mut sends: Vec<_> = (0..120).map(|number| sender.send(number)).collect();
    for send in &mut sends {
        assert!(poll_with(send, &wakes.waker()).is_pending());
    }
    drop(permits);
    assert_eq!((wakes.get(), receiver.len()), (100, 100));
    assert!((0..120).all(|number| receiver.try_recv() == Ok(number)));
    assert_eq!(wakes.get(), 120);
}

#[test]
fn a_cancelled_reservation_of_many_lets_those_behind_pass() {
    let (sender, mut receiver) = bounded(3);
    sender.try_send(1).unwrap();
    let wakes = WakeCount::new();
    let mut many = sender.reserve_many(3);
    let mut sends = [2, 3].map(|number| sender.send(number));
    assert!(poll_once(&mut many).is_pending());
    for send in &mut sends {
        assert!(poll_with(send, &wakes.waker()).is_pending());
    }
    drop(many);
    assert_eq!(wakes.get(), 2);
    assert!((1..4).all(|number| receiver.try_recv() == Ok(number)));
}

#[test]
fn reserving_no_room_at_all_is_ready() {
    let (sender, receiver) = bounded::<u8>(1);
    let _permit = sender.try_reserve().unwrap();
    assert!(matches!(poll_once(&mut sender.reserve_many(0)), Poll::Ready(Ok(permits)) if permits.len() == 0));
    drop(receiver);
    assert!(matches!(
        poll_once(&mut sender.reserve_many(0)),
        Poll::Ready(Err(_))
    ));
}

#[test]
#[should_panic = "more room was to be reserved than the channel has"]
fn reserving_more_than_the_capacity_panics() {
    let (sender, _receiver) = bounded::<u8>(2);
    let _never = sender.reserve_many(3);
}

#[test]
#[should_panic = "polled after it was ready"]
fn a_reservation_that_was_ready_panics_when_polled() {
    let (sender, _receiver) = bounded::<u8>(2);
    let mut reserve = sender.reserve();
    assert!(poll_once(&mut reserve).is_ready());
    let _never = poll_once(&mut reserve);
}

#[test]
fn a_permit_of_a_closed_channel_gives_the_value_back() {
    let drops = DropCount::new();
    let (sender, mut receiver) = bounded(2);
    let permit = sender.try_reserve().unwrap();
    let unused = sender.try_reserve().unwrap();
    let wakes = WakeCount::new();
    let mut reserve = sender.reserve();
    assert!(poll_with(&mut reserve, &wakes.waker()).is_pending());
    receiver.close();
    assert_eq!(wakes.get(), 1);
    assert!(matches!(receiver.try_recv(), Err(TryRecvError::Closed)));
    assert!(permit.send(drops.value()).is_err());
    assert_eq!(drops.get(), 1);
    drop(unused);
    assert!(matches!(
        poll_once(&mut reserve),
        Poll::Ready(Err(SendError::ReceiverDropped(())))
    ));
    assert!(matches!(
        sender.try_reserve(),
        Err(TrySendError::ReceiverDropped(()))
    ));
}

/// B28, B29: after a close nothing can come any more; permits that are out are void, so nobody waits for them.
#[test]
fn permits_delay_no_end() {
    let mut cx = Context::from_waker(Waker::noop());
    let (sender, mut receiver) = bounded(2);
    let (permit, permits) = (
        sender.try_reserve().unwrap(),
        poll_once(&mut sender.reserve_many(1)),
    );
    assert!(receiver.poll_recv(&mut cx).is_pending());
    receiver.close();
    assert_eq!(receiver.poll_recv(&mut cx), Poll::Ready(None));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(permit.send(1).unwrap_err().into_inner(), 1);
    drop(permits);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(
        sender.try_send(2).unwrap_err().into_inner(),
        2,
        "B54: it stays closed"
    );
}

/// B28, B29: a permit that owns the last sender keeps the channel open, and ends it with itself.
#[test]
fn the_last_permit_wakes_the_receiver() {
    let (sender, mut receiver) = bounded::<u8>(1);
    let Poll::Ready(Ok(permit)) = poll_once(&mut sender.reserve_owned()) else {
        panic!("there is room");
    };
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    let wakes = WakeCount::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &wakes.waker()).is_pending());
    drop(permit);
    assert_eq!(wakes.get(), 1);
    assert_eq!(poll_once(&mut recv), Poll::Ready(None));
}

/// B53: a permit that is used or given back while a waker panics is over once; there is exactly as much room as there should be.
#[test]
fn a_panicking_waker_returns_no_permit_twice() {
    let waker = hooked_waker(|event| assert_ne!(event, WakerEvent::Woken, "a waker that panics"));
    let (sender, mut receiver) = bounded(2);
    assert!(receiver.poll_recv(&mut Context::from_waker(&waker)).is_pending());
    let permit = sender.try_reserve().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| permit.send(1))).is_err());
    let permit = sender.try_reserve().unwrap();
    let mut send = sender.send(2);
    assert!(poll_with(&mut send, &waker).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(permit))).is_err());
    assert_eq!(poll_once(&mut send), Poll::Ready(Ok(())));
    assert!(sender.try_send(3).is_err());
    assert!(std::iter::from_fn(|| receiver.try_recv().ok()).eq([1, 2]));
    assert_eq!(
        [3, 4, 5].map(|number| sender.try_send(number).is_ok()),
        [true, true, false]
    );
}

#[test]
fn an_owned_permit_holds_the_sender() {
    let (sender, mut receiver) = bounded(1);
    let Poll::Ready(Ok(permit)) = poll_once(&mut sender.reserve_owned()) else {
        panic!("there is room");
    };
    assert_eq!(receiver.sender_count(), 1);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty), "a value may come");
    let sender = permit.send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    let Poll::Ready(Ok(permit)) = poll_once(&mut sender.reserve_owned()) else {
        panic!("there is room");
    };
    let sender = permit.release();
    assert!(sender.try_send(2).is_ok());
    let mut waits = sender.clone().reserve_owned();
    assert!(poll_once(&mut waits).is_pending());
    assert!(!waits.is_terminated());
    drop(waits);
    assert_eq!(sender.sender_count(), 1);
    assert_eq!(receiver.try_recv(), Ok(2));
    drop(poll_once(&mut sender.clone().reserve_owned()));
    assert!(
        sender.try_send(3).is_ok(),
        "a permit that was dropped gave its room back"
    );
    drop(receiver);
    let Poll::Ready(Err(SendError::ReceiverDropped(sender))) = poll_once(&mut sender.reserve_owned()) else {
        panic!("the receiver is gone");
    };
    assert!(sender.is_closed());
}

#[test]
fn a_poll_sender_sends_into_room_that_it_reserved() {
    let (sender, mut receiver) = bounded(1);
    let mut sender = sender.into_poll_sender();
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let mut cx = Context::from_waker(&waker);
    for _ in 0..2 {
        assert_eq!(sender.poll_reserve(&mut cx), Poll::Ready(Ok(())));
    }
    let mut other = sender.clone();
    assert_eq!(other.poll_reserve(&mut cx), Poll::Pending);
    sender.send_item(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(wakes.get(), 1);
    assert_eq!(other.poll_reserve(&mut cx), Poll::Ready(Ok(())));
    other.abort_reserve();
    assert_eq!(sender.poll_reserve(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(other.poll_reserve(&mut cx), Poll::Pending);
    drop(sender);
    assert_eq!(
        wakes.get(),
        2,
        "what a dropped one had reserved is there for the next"
    );
    assert_eq!(other.poll_reserve(&mut cx), Poll::Ready(Ok(())));
    receiver.close();
    assert_eq!(other.send_item(2), Err(SendError::ReceiverDropped(2)));
    assert_eq!(
        other.poll_reserve(&mut cx),
        Poll::Ready(Err(SendError::ReceiverDropped(())))
    );
    assert!(other.get_ref().is_closed());
}

#[test]
#[should_panic = "no room was reserved"]
fn a_poll_sender_without_room_panics() {
    let (sender, _receiver) = bounded(1);
    let _never = sender.into_poll_sender().send_item(1);
}

#[cfg(feature = "futures-sink")]
#[test]
fn a_poll_sender_is_a_sink() {
    use futures_sink::Sink;
    use std::pin::Pin;

    let (sender, mut receiver) = bounded(1);
    let mut sender = sender.into_poll_sender();
    let mut sink = Pin::new(&mut sender);
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(sink.as_mut().poll_ready(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(sink.as_mut().start_send(1), Ok(()));
    assert_eq!(sink.as_mut().poll_ready(&mut cx), Poll::Pending);
    assert_eq!(sink.as_mut().poll_flush(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(sink.as_mut().poll_close(&mut cx), Poll::Ready(Ok(())));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(sink.as_mut().poll_ready(&mut cx), Poll::Ready(Ok(())));
    drop(receiver);
    assert_eq!(
        sink.as_mut().start_send(2),
        Err(SendError::ReceiverDropped(Some(2)))
    );
    assert_eq!(
        sink.as_mut().poll_ready(&mut cx),
        Poll::Ready(Err(SendError::ReceiverDropped(None)))
    );
}

#[test]
fn permits_and_poll_senders_print_without_their_value() {
    let (sender, _receiver) = bounded::<u8>(4);
    let permit = sender.try_reserve().unwrap();
    let Poll::Ready(Ok(permits)) = poll_once(&mut sender.reserve_many(2)) else {
        panic!("there is room");
    };
    assert_eq!(
        format!("{permit:?} {permits:?}"),
        "Permit { .. } Permits { left: 2 }"
    );
    assert_eq!(
        format!("{:?} {:?}", sender.reserve(), sender.reserve_many(1)),
        "ReserveFuture { .. } ReserveManyFuture { .. }"
    );
    let owned = sender.clone().reserve_owned();
    assert_eq!(
        format!("{owned:?} {:?}", sender.clone().into_poll_sender()),
        "ReserveOwnedFuture { .. } PollSender { .. }"
    );
    let Poll::Ready(Ok(owned)) = poll_once(&mut sender.clone().reserve_owned()) else {
        panic!("there is room");
    };
    assert_eq!(format!("{owned:?}"), "OwnedPermit { .. }");
}
