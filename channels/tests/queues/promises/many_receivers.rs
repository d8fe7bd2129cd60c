//! What the queues of many receivers promise of each receive. What receivers do among themselves is in `mpmc_receivers.rs`.

use super::{channel, send};
use crate::support::poll_once;
use crate::support::trials::in_every_trial;

#[test]
#[should_panic = "polled after it was ready"]
fn a_receive_that_was_ready_panics_when_polled() {
    let (sender, receiver) = channel();
    send(&sender, 1).unwrap();
    send(&sender, 2).unwrap();
    let mut recv = receiver.recv();
    assert!(poll_once(&mut recv).is_ready());
    let _never = poll_once(&mut recv);
}

#[test]
fn the_receives_of_one_of_two_receivers_stand_every_trial() {
    in_every_trial(|trial| {
        let (sender, receiver) = channel();
        let other = receiver.clone();
        let reenter =
            move || assert!(other.len() < 2 && other.clone().receiver_count() > 2 && !other.is_closed());
        let output = trial.wait(receiver.recv(), || send(&sender, 1).unwrap(), reenter);
        assert_eq!(receiver.len(), usize::from(output.is_none()));
    });
    in_every_trial(|trial| {
        let (sender, receiver) = channel();
        let other = receiver.clone();
        let mut buffer = Vec::new();
        let wait = receiver.recv_many(&mut buffer, 2);
        let output = trial.wait(wait, || send(&sender, 1).unwrap(), move || drop(other.clone()));
        assert_eq!(
            (buffer.len(), receiver.len()),
            if output.is_some() { (1, 0) } else { (0, 1) }
        );
    });
}
