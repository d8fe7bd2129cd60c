//! What the bounded queues promise about their waits for room: whatever is done to one, the channel works on.

use super::bounded;
use crate::support::trials::{in_every_trial, in_every_trial_of_owned, in_every_trial_of_sends};

/// B13.
#[test]
fn its_sends_stand_every_trial() {
    in_every_trial_of_sends(|trial| {
        let (sender, mut receiver) = bounded(1);
        sender.try_send(1).unwrap();
        let other = sender.clone();
        let reenter = move || assert!(other.len() < 2 && !other.is_closed() && other.try_reserve().is_err());
        let output = trial.wait(sender.send(2), || assert_eq!(receiver.try_recv(), Ok(1)), reenter);
        assert!(output.is_none_or(|sent| sent == Ok(())));
        assert_eq!(receiver.len(), usize::from(trial.is_served()));
        assert_eq!(sender.try_send(3).is_ok(), !trial.is_served());
        assert_eq!(receiver.try_recv(), Ok(if trial.is_served() { 2 } else { 3 }));
        assert_eq!(sender.try_send(4), Ok(()));
    });
}

/// A reservation that was forgotten costs the room that it got, and no more.
#[test]
fn its_reservations_stand_every_trial() {
    in_every_trial(|trial| {
        let (sender, mut receiver) = bounded(2);
        sender.try_send(1).unwrap();
        sender.try_send(2).unwrap();
        let other = sender.clone();
        let reenter = move || assert!(!other.is_empty() && other.capacity() == 2);
        let finish = || assert_eq!(receiver.try_recv(), Ok(1));
        drop(trial.wait(sender.reserve(), finish, reenter));
        assert_eq!(sender.try_send(3).is_ok(), !trial.is_forgotten());
        assert_eq!(receiver.try_recv(), Ok(2));
        assert_eq!(sender.try_send(4), Ok(()), "B17: the rest of the room is there");
    });
    in_every_trial(|trial| {
        let (sender, mut receiver) = bounded(2);
        sender.try_send(1).unwrap();
        let other = sender.clone();
        let wait = sender.reserve_many(2);
        let finish = || assert_eq!(receiver.try_recv(), Ok(1));
        drop(trial.wait(wait, finish, move || drop(other.downgrade().upgrade())));
        let room = [3, 4].map(|number| sender.try_send(number).is_ok());
        assert_eq!(room, [!trial.is_forgotten(); 2]);
    });
    in_every_trial_of_owned(|trial| {
        let (sender, mut receiver) = bounded(1);
        sender.try_send(1).unwrap();
        let other = sender.clone();
        let wait = sender.clone().reserve_owned();
        let finish = || assert_eq!(receiver.try_recv(), Ok(1));
        drop(trial.wait(wait, finish, move || assert!(!other.is_closed())));
        assert_eq!(sender.try_send(2), Ok(()));
    });
}

/// The value of a wait that was given up takes its room.
#[test]
fn its_receives_leave_the_room_that_is_not_taken() {
    in_every_trial(|trial| {
        let (sender, mut receiver) = bounded(1);
        let other = sender.clone();
        let reenter = move || assert!(other.len() < 2);
        let output = trial.wait(receiver.recv(), || sender.try_send(1).unwrap(), reenter);
        assert_eq!(receiver.len(), usize::from(output.is_none()));
        assert_eq!(sender.try_send(2).is_ok(), output.is_some());
        assert_eq!(receiver.try_recv(), Ok(if output.is_some() { 2 } else { 1 }));
    });
}
