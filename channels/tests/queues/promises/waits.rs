//! What every queue promises about its waits: whatever is done to one, the channel works on.

use super::{channel, send};
use crate::support::poll_once;
use crate::support::trials::in_every_trial;

#[test]
fn its_receives_stand_every_trial() {
    in_every_trial(|trial| {
        let (sender, mut receiver) = channel();
        let other = sender.clone();
        let reenter = move || {
            assert!(!other.is_closed() && other.len() < 2 && other.clone().sender_count() > 2);
            assert!(poll_once(&mut other.closed()).is_pending());
        };
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
        let reenter = move || drop((other.clone(), other.downgrade()));
        let output = trial.wait(wait, || send(&sender, 1).unwrap(), reenter);
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
        let reenter = move || {
            assert!(other.is_empty() && poll_once(&mut other.closed()).is_ready() == other.is_closed());
        };
        trial.wait(sender.closed(), || drop(receiver), reenter);
        assert!(sender.is_closed() && poll_once(&mut sender.closed()).is_ready());
    });
    in_every_trial(|trial| {
        let (sender, mut receiver) = channel::<u32>();
        let other = sender.clone();
        trial.wait(
            sender.closed(),
            || receiver.close(),
            move || assert_eq!(other.len(), 0),
        );
        assert!(poll_once(&mut sender.closed()).is_ready());
        assert_eq!(send(&sender, 1).unwrap_err().into_inner(), 1);
    });
}
