//! The sends of a bounded queue in its model. The suite that loads this has the flavour's types and the model.

use std::mem;
use std::sync::Arc;
use std::task::Poll;

use proptest::prelude::*;

use super::support::{WakeCount, poll_with, take_any};
use super::{BoundedSender, Model, SendError, SendFuture, TrySendError};

#[derive(Clone, Debug)]
pub(super) enum SendStep {
    Try,
    Start,
    /// Polls a send that is under way, chosen by this number.
    Poll(usize),
    Cancel(usize),
    Forget(usize),
    TakeBack(usize),
}

pub(super) fn send_step() -> impl Strategy<Value = SendStep> {
    prop_oneof![
        4 => Just(SendStep::Try),
        6 => Just(SendStep::Start),
        4 => any::<usize>().prop_map(SendStep::Poll),
        1 => any::<usize>().prop_map(SendStep::Cancel),
        1 => any::<usize>().prop_map(SendStep::Forget),
        1 => any::<usize>().prop_map(SendStep::TakeBack),
    ]
}

/// A send that is under way.
struct Sending<'a> {
    value: u32,
    wakes: Arc<WakeCount>,
    future: SendFuture<'a, u32>,
}

pub(super) struct Sends<'a> {
    sender: &'a BoundedSender<u32>,
    under_way: Vec<Sending<'a>>,
    next: u32,
}

impl<'a> Sends<'a> {
    pub(super) fn new(sender: &'a BoundedSender<u32>) -> Self {
        Self {
            sender,
            under_way: Vec::new(),
            next: 0,
        }
    }

    /// A value that no other send has.
    pub(super) fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    pub(super) fn step(&mut self, step: SendStep, model: &mut Model) -> Result<(), TestCaseError> {
        match step {
            SendStep::Try => {
                let value = self.fresh();
                prop_assert_eq!(self.sender.try_send(value), model.try_send(value));
            }
            SendStep::Start => self.start(model)?,
            SendStep::Poll(choice) => {
                if let Some(send) = take_any(&mut self.under_way, choice) {
                    self.poll(send, model)?;
                }
            }
            SendStep::Cancel(choice) => {
                if let Some(send) = take_any(&mut self.under_way, choice) {
                    drop(send.future);
                    model.senders.retain(|value| *value != send.value);
                }
            }
            // Its value stays in its place.
            SendStep::Forget(choice) => {
                if let Some(send) = take_any(&mut self.under_way, choice) {
                    mem::forget(send.future);
                }
            }
            SendStep::TakeBack(choice) => {
                if let Some(send) = take_any(&mut self.under_way, choice) {
                    let expected = model.senders.contains(&send.value).then_some(send.value);
                    prop_assert_eq!(send.future.into_value(), expected);
                    model.senders.retain(|value| *value != send.value);
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, model: &mut Model) -> Result<(), TestCaseError> {
        let value = self.fresh();
        let wakes = WakeCount::new();
        let mut future = self.sender.send(value);
        let expected = match model.try_send(value) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(TrySendError::ReceiverDropped(value)) => Poll::Ready(Err(SendError::ReceiverDropped(value))),
            Err(TrySendError::Full(value)) => {
                model.senders.push_back(value);
                Poll::Pending
            }
        };
        prop_assert_eq!(poll_with(&mut future, &wakes.waker()), expected);
        if expected.is_pending() {
            self.under_way.push(Sending { value, wakes, future });
        }
        Ok(())
    }

    fn poll(&mut self, mut send: Sending<'a>, model: &mut Model) -> Result<(), TestCaseError> {
        let expected = if !model.senders.contains(&send.value) {
            Poll::Ready(Ok(()))
        } else if model.is_closed {
            model.senders.retain(|value| *value != send.value);
            Poll::Ready(Err(SendError::ReceiverDropped(send.value)))
        } else {
            Poll::Pending
        };
        prop_assert_eq!(poll_with(&mut send.future, &send.wakes.waker()), expected);
        if expected.is_pending() {
            self.under_way.push(send);
        }
        Ok(())
    }

    /// What can be seen of the channel without an operation, and which senders were woken.
    pub(super) fn compare(&self, model: &Model) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.sender.len(), model.queue.len());
        prop_assert_eq!(self.sender.is_closed(), model.is_closed);
        for send in &self.under_way {
            let is_done = !model.senders.contains(&send.value) || model.is_closed;
            prop_assert_eq!(
                send.wakes.get(),
                usize::from(is_done),
                "woken once, and only when it is done"
            );
        }
        Ok(())
    }
}
