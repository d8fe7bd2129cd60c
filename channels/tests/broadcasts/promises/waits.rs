//! What every broadcast promises about its waits: whatever is done to one, the channel works on.

use super::{channel, send};
use crate::support::poll_once;
use crate::support::trials::in_every_trial;

#[test]
fn its_receives_stand_every_trial() {
    in_every_trial(|trial| {
        let (sender, mut receiver) = channel();
        let other = sender.clone();
        let reenter = move || assert!(other.len() < 2 && !other.is_closed() && other.subscribe().is_empty());
        let output = trial.wait(receiver.recv(), || send(&sender, 1).unwrap(), reenter);
        assert_eq!(receiver.len(), usize::from(output.is_none()));
        send(&sender, 2).unwrap();
        assert_eq!(receiver.try_recv(), Ok(if output.is_some() { 2 } else { 1 }));
    });
    in_every_trial(|trial| {
        let (sender, mut receiver) = channel();
        let other = sender.clone();
        let mut buffer = Vec::new();
        let wait = receiver.recv_many(&mut buffer, 2);
        let output = trial.wait(
            wait,
            || send(&sender, 1).unwrap(),
            move || drop(other.subscribe()),
        );
        assert_eq!(
            (buffer.len(), receiver.len()),
            if output.is_some() { (1, 0) } else { (0, 1) }
        );
    });
}

#[test]
fn its_waits_for_the_end_stand_every_trial() {
    in_every_trial(|trial| {
        let (sender, receiver) = channel::<u32>();
        let other = sender.clone();
        trial.wait(
            sender.closed(),
            || drop(receiver),
            move || assert_eq!(other.len(), 0),
        );
        assert!(poll_once(&mut sender.closed()).is_ready());
        let mut receiver = sender.subscribe();
        send(&sender, 1).unwrap();
        assert_eq!(receiver.try_recv(), Ok(1));
    });
}
