//! Models of the ring under the bounded `mpsc`: claims that are not filled yet, parking, closing, permits, rendezvous.
//!
//! In models every ring begins one lap before its positions wrap.
//!
//! Mutations that were tried, and the model that fails (`+` marks those in `loom_mpsc_bounded.rs`):
//!
//! | pair | access | weakened to | caught by |
//! |---|---|---|---|
//! | A | `publish`: `fetch_add` Release | Relaxed | `a_claimed_and_unfilled_slot_is_waited_for` |
//! | A | `take`: load Acquire | Relaxed | `a_claimed_and_unfilled_slot_is_waited_for` |
//! | A | `peek`: load Acquire | Relaxed | `a_peek_meets_a_send` |
//! | A | `drop_all`: `fetch_or` Acquire | Relaxed | `two_late_senders_meet_the_drop_of_the_receiver` |
//! | A | `publish_held`: store Release | Relaxed | `a_dropped_permit_meets_a_send_and_a_receive` |
//! | B | `take`: `fetch_add` Release | Relaxed | `a_place_that_becomes_free_meets_a_send` |
//! | B | `is_free`: load Acquire | Relaxed | `a_place_that_becomes_free_meets_a_send` |
//! | B | `is_free_or_owed`: `fetch_or` Acquire | Relaxed | `a_place_that_becomes_free_meets_a_send` |
//! | C | `park`: exchange AcqRel | Acquire | `a_changed_waker_of_the_receiver_meets_a_send` |
//! | C | `claim_exactly`: exchange Acquire | Relaxed | `a_changed_waker_of_the_receiver_meets_a_send` |
//! | C | `remove_sender`: `fetch_and` AcqRel | Release | `the_drop_of_the_last_sender_meets_a_receive` + |
//! | D | `remove_sender`: `fetch_and` AcqRel | Acquire | `the_drop_of_the_last_sender_meets_a_changed_waker` |
//! | D | `park`: exchange AcqRel | Release | `the_drop_of_the_last_sender_meets_a_changed_waker` |
//! | D | `unpark`: `fetch_and` Acquire | Relaxed | `the_drop_of_the_last_sender_meets_a_changed_waker` |
//! | E | `remove_sender`: `fetch_sub` Release | Relaxed | `what_two_senders_sent_before_they_left_is_received_before_the_end` |
//! | E | `is_abandoned`: load Acquire | Relaxed | `what_two_senders_sent_before_they_left_is_received_before_the_end` |
//! | F | `note_served`: store Release | Relaxed | `a_send_that_was_served_by_a_third_is_there_for_its_sender` |
//! | F | `is_served`: load Acquire | Relaxed | `a_send_that_was_served_by_a_third_is_there_for_its_sender` |
//! | – | `take` clears OWED | | `a_newcomer_does_not_overtake_one_who_waits` |
//! | – | `claim_behind` does not ask again whether this is the tail | | `a_send_that_waits_meets_a_receive_and_a_newcomer` |
//! | – | `pull_first` pulls past a claimed slot | | `a_rendezvous_keeps_the_order_though_a_receive_is_polled_again` |
//! | – | a served receiver is remembered across sections | | `two_permits_that_end_meet_a_receive` |

#![cfg(channels_loom)]

mod support;

use channels::mpsc::{self, TryRecvError};
use loom::thread;
use support::models::{block_on, model};
use support::{DropCount, poll_once};

#[test]
fn a_claimed_and_unfilled_slot_is_waited_for() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(2);
        let threads =
            [sender.clone(), sender].map(|sender| thread::spawn(move || sender.try_send(1).unwrap()));
        for _ in 0..2 {
            assert_eq!(block_on(receiver.recv()), Some(1));
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_changed_waker_of_the_receiver_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let send = thread::spawn(move || sender.try_send(1).unwrap());
        let mut recv = receiver.recv();
        if poll_once(&mut recv).is_pending() && poll_once(&mut recv).is_pending() {
            assert_eq!(block_on(&mut recv), Some(1));
        }
        send.join().unwrap();
        drop(recv);
        assert_eq!(block_on(receiver.recv()), None);
    });
}

#[test]
fn a_cancelled_receive_meets_a_send_and_another_receive() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(2);
        let other = sender.clone();
        let send = thread::spawn(move || other.try_send(1).unwrap());
        if poll_once(&mut receiver.recv()).is_pending() && poll_once(&mut receiver.recv()).is_pending() {
            assert_eq!(block_on(receiver.recv()), Some(1));
        }
        let second = thread::spawn(move || sender.try_send(2).unwrap());
        assert_eq!(block_on(receiver.recv()), Some(2));
        send.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn a_late_sender_meets_the_drop_of_the_receiver() {
    model(|| {
        let drops = DropCount::new();
        let (sender, mut receiver) = mpsc::bounded(1);
        let value = drops.value();
        let send = thread::spawn(move || {
            let is_sent = sender.try_send(value).is_ok();
            (is_sent, sender)
        });
        drop(poll_once(&mut receiver.recv()));
        drop(receiver);
        let (_is_sent, sender) = send.join().unwrap();
        assert_eq!(drops.get(), 1, "given back, or dropped by the receiver");
        drop(sender);
    });
}

#[test]
fn two_late_senders_meet_the_drop_of_the_receiver() {
    model(|| {
        let drops = DropCount::new();
        let (sender, receiver) = mpsc::bounded(2);
        let threads = [sender.clone(), sender].map(|sender| {
            let value = drops.value();
            thread::spawn(move || drop(sender.try_send(value)))
        });
        drop(receiver);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(drops.get(), 2);
    });
}

#[test]
fn a_close_meets_a_claim() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let send = thread::spawn(move || sender.try_send(1).is_ok());
        receiver.close();
        let received = block_on(receiver.recv());
        assert_eq!(received.is_some(), send.join().unwrap());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn the_drop_of_the_last_sender_meets_a_changed_waker() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded::<u8>(1);
        let leaves = thread::spawn(move || drop(sender));
        let mut recv = receiver.recv();
        if poll_once(&mut recv).is_pending() {
            assert_eq!(block_on(&mut recv), None);
        }
        leaves.join().unwrap();
    });
}

#[test]
fn what_two_senders_sent_before_they_left_is_received_before_the_end() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(2);
        let threads = [sender.clone(), sender].map(|sender| {
            thread::spawn(move || {
                sender.try_send(1).unwrap();
            })
        });
        let mut received = 0;
        while block_on(receiver.recv()).is_some() {
            received += 1;
        }
        assert_eq!(received, 2);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn an_upgrade_meets_the_drop_of_the_last_sender() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let weak = sender.downgrade();
        let leaves = thread::spawn(move || drop(sender));
        let sends = thread::spawn(move || weak.upgrade().is_some_and(|sender| sender.try_send(1).is_ok()));
        let received = block_on(receiver.recv());
        leaves.join().unwrap();
        assert_eq!(received.is_some(), sends.join().unwrap());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn a_send_that_waits_meets_a_receive_and_a_newcomer() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        let other = sender.clone();
        let waits = thread::spawn(move || block_on(other.send(2)).unwrap());
        let comes = thread::spawn(move || sender.try_send(3).is_ok());
        assert_eq!(block_on(receiver.recv()), Some(1));
        let second = block_on(receiver.recv());
        waits.join().unwrap();
        let has_come = comes.join().unwrap();
        let both = [second, receiver.try_recv().ok()];
        assert!(both.contains(&Some(2)));
        assert_eq!(both.contains(&Some(3)), has_come);
    });
}

#[test]
fn a_newcomer_does_not_overtake_one_who_waits() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        let mut waits = sender.send(2);
        assert!(poll_once(&mut waits).is_pending());
        let other = sender.clone();
        let comes = thread::spawn(move || other.try_send(3).is_ok());
        assert_eq!(receiver.try_recv(), Ok(1));
        assert_eq!(receiver.try_recv(), Ok(2));
        let has_come = comes.join().unwrap();
        assert_eq!(receiver.try_recv().ok(), has_come.then_some(3));
        drop(waits);
    });
}

#[test]
fn a_newcomer_does_not_overtake_the_second_who_waits() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(2);
        sender.try_send(1).unwrap();
        sender.try_send(2).unwrap();
        let mut waits = [sender.send(3), sender.send(4)];
        assert!(waits.iter_mut().all(|send| poll_once(send).is_pending()));
        let other = sender.clone();
        let comes = thread::spawn(move || other.try_send(5).is_ok());
        for number in 1..=4 {
            assert_eq!(receiver.try_recv(), Ok(number));
        }
        let has_come = comes.join().unwrap();
        assert_eq!(receiver.try_recv().ok(), has_come.then_some(5));
        drop(waits);
    });
}

#[test]
fn a_send_that_was_served_by_a_third_is_there_for_its_sender() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let permit = block_on(sender.clone().reserve_owned()).unwrap_or_else(|_| panic!("there is room"));
        let mut send = sender.send(Box::new(1));
        assert!(poll_once(&mut send).is_pending());
        let drops = thread::spawn(move || drop(permit));
        if poll_once(&mut send).is_ready() {
            assert_eq!(receiver.try_recv(), Ok(Box::new(1)));
        }
        drops.join().unwrap();
    });
}

#[test]
fn a_place_that_becomes_free_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        let send = thread::spawn(move || {
            let value = match sender.try_send(2) {
                Ok(()) => return,
                Err(full) => full.into_inner(),
            };
            block_on(sender.send(value)).unwrap();
        });
        assert_eq!(receiver.peek(), Some(&1));
        assert_eq!(receiver.try_recv(), Ok(1));
        assert_eq!(block_on(receiver.recv()), Some(2));
        send.join().unwrap();
    });
}

#[test]
fn a_peek_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let send = thread::spawn(move || sender.try_send(Box::new(1)).unwrap());
        // Its cancellation is where the schedules part: a load alone is not.
        if poll_once(&mut receiver.recv()).is_pending() {
            if let Some(value) = receiver.peek() {
                assert_eq!(**value, 1);
            }
            assert_eq!(block_on(receiver.recv()), Some(Box::new(1)));
        }
        send.join().unwrap();
    });
}

#[test]
fn a_dropped_permit_meets_a_send_and_a_receive() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let other = sender.clone();
        let permit = sender.try_reserve().unwrap();
        let send = thread::spawn(move || block_on(other.send(1)).unwrap());
        let receive = thread::spawn(move || block_on(receiver.recv()));
        drop(permit);
        assert_eq!(receive.join().unwrap(), Some(1));
        send.join().unwrap();
    });
}

#[test]
fn two_permits_that_end_meet_a_receive() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(2);
        let [dropped, used] = [sender.clone(), sender.clone()]
            .map(|sender| block_on(sender.reserve_owned()).unwrap_or_else(|_| panic!("there is room")));
        let mut send = sender.send(1);
        assert!(poll_once(&mut send).is_pending());
        let drops = thread::spawn(move || drop(dropped));
        let uses = thread::spawn(move || drop(used.send(1)));
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(1));
        drops.join().unwrap();
        uses.join().unwrap();
    });
}

#[test]
fn a_permit_that_sends_meets_a_reservation() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        let other = sender.clone();
        let permit = sender.try_reserve().unwrap();
        let reserve = thread::spawn(move || {
            let permit = block_on(other.reserve()).unwrap();
            permit.send(2).unwrap();
        });
        permit.send(1).unwrap();
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(2));
        reserve.join().unwrap();
    });
}

#[test]
fn a_cancelled_reservation_meets_the_receive_that_serves_it() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        let mut reserve = sender.reserve();
        assert!(poll_once(&mut reserve).is_pending());
        let receive = thread::spawn(move || {
            assert_eq!(block_on(receiver.recv()), Some(1));
            receiver
        });
        drop(reserve);
        let _receiver = receive.join().unwrap();
        assert!(sender.try_send(2).is_ok(), "the room is there");
    });
}

#[test]
fn a_rendezvous_meets() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(0);
        let send = thread::spawn(move || {
            block_on(sender.send(1)).unwrap();
            block_on(sender.send(2)).unwrap();
        });
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), Some(2));
        assert_eq!(block_on(receiver.recv()), None);
        send.join().unwrap();
    });
}

#[test]
fn a_rendezvous_keeps_the_order_though_a_receive_is_polled_again() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(0);
        let mut recv = receiver.recv();
        assert!(poll_once(&mut recv).is_pending());
        let send = thread::spawn(move || {
            block_on(sender.send(1)).unwrap();
            block_on(sender.send(2)).unwrap();
        });
        assert_eq!(block_on(&mut recv), Some(1));
        drop(recv);
        assert_eq!(block_on(receiver.recv()), Some(2));
        send.join().unwrap();
    });
}

#[test]
fn a_cancelled_receive_of_a_rendezvous_meets_a_send() {
    model(|| {
        let (sender, mut receiver) = mpsc::bounded(0);
        let send = thread::spawn(move || block_on(sender.send(1)).unwrap());
        if poll_once(&mut receiver.recv()).is_pending() {
            assert_eq!(block_on(receiver.recv()), Some(1));
        }
        send.join().unwrap();
        assert_eq!(block_on(receiver.recv()), None);
    });
}
