//! Random operations on a bounded `mpmc`, one after the other, compared with a model that is plain enough to be seen through.

#![cfg(not(channels_loom))]

#[path = "support/model_sends.rs"]
mod model_sends;
mod support;

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::task::Poll;

use channels::mpmc::bounded::{RecvFuture, SendFuture};
use channels::mpmc::{self, BoundedReceiver, BoundedSender, SendError, TryRecvError, TrySendError};
use model_sends::{SendStep, Sends, send_step};
use proptest::prelude::*;
use support::{WakeCount, poll_with, take_any};

#[derive(Clone, Debug)]
enum Step {
    Send(SendStep),
    ForceSend,
    TryRecv(usize),
    /// Starts to receive on a receiver chosen by this number.
    StartRecv(usize),
    PollRecv(usize),
    CancelRecv(usize),
    ForgetRecv(usize),
    RecvMany(usize),
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        18 => send_step().prop_map(Step::Send),
        2 => Just(Step::ForceSend),
        4 => any::<usize>().prop_map(Step::TryRecv),
        8 => any::<usize>().prop_map(Step::StartRecv),
        6 => any::<usize>().prop_map(Step::PollRecv),
        3 => any::<usize>().prop_map(Step::CancelRecv),
        1 => any::<usize>().prop_map(Step::ForgetRecv),
        1 => (0..6_usize).prop_map(Step::RecvMany),
    ];
    // Most runs are never closed.
    let end = prop_oneof![3 => Just(None), 1 => (0..150_usize).prop_map(Some)];
    (prop::collection::vec(step, 0..150), end).prop_map(|(mut steps, end)| {
        if let Some(end) = end {
            steps.insert(end.min(steps.len()), Step::Close);
        }
        steps
    })
}

/// What a channel is: three lists and a flag. Values and receives are numbers.
#[derive(Default)]
struct Model {
    capacity: usize,
    queue: VecDeque<u32>,
    senders: VecDeque<u32>,
    receivers: VecDeque<usize>,
    is_closed: bool,
    /// How often each receive must have been woken.
    wakes: Vec<usize>,
}

impl Model {
    fn has_room(&self) -> bool {
        match self.capacity {
            0 => !self.receivers.is_empty(),
            capacity => self.queue.len() < capacity,
        }
    }

    fn wake_next(&mut self) {
        if !self.queue.is_empty()
            && let Some(receive) = self.receivers.pop_front()
        {
            self.wakes[receive] += 1;
        }
    }

    fn push(&mut self, value: u32) {
        self.queue.push_back(value);
        self.wake_next();
    }

    fn try_send(&mut self, value: u32) -> Result<(), TrySendError<u32>> {
        if self.is_closed {
            Err(TrySendError::ReceiverDropped(value))
        } else if self.has_room() {
            self.push(value);
            Ok(())
        } else {
            Err(TrySendError::Full(value))
        }
    }

    fn force_send(&mut self, value: u32) -> Result<Option<u32>, SendError<u32>> {
        if self.is_closed {
            return Err(SendError::ReceiverDropped(value));
        }
        if self.has_room() {
            self.push(value);
            return Ok(None);
        }
        match self.queue.pop_front() {
            Some(oldest) => {
                self.push(value);
                Ok(Some(oldest))
            }
            None => Ok(Some(value)),
        }
    }

    /// Takes up to `limit` values for the receive that may be among those who wait, then lets senders in.
    fn take(&mut self, receive: Option<usize>, limit: usize) -> Vec<u32> {
        let mut taken = Vec::new();
        while taken.len() < limit {
            let next = match self.queue.pop_front() {
                None if !self.is_closed => self.senders.pop_front(),
                next => next,
            };
            let Some(value) = next else { break };
            taken.push(value);
        }
        if !taken.is_empty() {
            self.receivers.retain(|waiting| Some(*waiting) != receive);
            self.wake_next();
        }
        while !self.is_closed
            && self.has_room()
            && let Some(value) = self.senders.pop_front()
        {
            self.push(value);
        }
        taken
    }

    fn try_recv(&mut self, receive: Option<usize>) -> Result<u32, TryRecvError> {
        self.take(receive, 1).pop().ok_or(if self.is_closed {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        })
    }

    fn poll_recv(&mut self, receive: usize) -> Poll<Option<u32>> {
        match self.try_recv(Some(receive)) {
            Ok(value) => Poll::Ready(Some(value)),
            Err(TryRecvError::Closed) => Poll::Ready(None),
            Err(TryRecvError::Empty) => {
                if !self.receivers.contains(&receive) {
                    self.receivers.push_back(receive);
                }
                Poll::Pending
            }
        }
    }

    fn cancel_recv(&mut self, receive: usize) {
        match self.receivers.iter().position(|waiting| *waiting == receive) {
            Some(place) => drop(self.receivers.remove(place)),
            None => self.wake_next(),
        }
    }

    fn close(&mut self) {
        self.is_closed = true;
        for receive in mem::take(&mut self.receivers) {
            self.wakes[receive] += 1;
        }
    }
}

struct Run<'a> {
    sender: &'a BoundedSender<u32>,
    sends: Sends<'a>,
    receivers: &'a [BoundedReceiver<u32>],
    /// The receives that are under way, by their numbers in `wakes`.
    recvs: Vec<(usize, RecvFuture<'a, u32>)>,
    /// Of each receive that there was.
    wakes: Vec<Arc<WakeCount>>,
    model: Model,
}

impl<'a> Run<'a> {
    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Send(step) => self.sends.step(step, &mut self.model)?,
            Step::ForceSend => {
                let value = self.sends.fresh();
                prop_assert_eq!(self.sender.force_send(value), self.model.force_send(value));
            }
            Step::TryRecv(choice) => {
                let receiver = &self.receivers[choice % self.receivers.len()];
                prop_assert_eq!(receiver.try_recv(), self.model.try_recv(None));
            }
            Step::StartRecv(choice) => {
                let future = self.receivers[choice % self.receivers.len()].recv();
                self.wakes.push(WakeCount::new());
                self.model.wakes.push(0);
                self.poll_recv(self.wakes.len() - 1, future)?;
            }
            Step::PollRecv(choice) => {
                if let Some((number, future)) = take_any(&mut self.recvs, choice) {
                    self.poll_recv(number, future)?;
                }
            }
            Step::CancelRecv(choice) => {
                if let Some((number, future)) = take_any(&mut self.recvs, choice) {
                    drop(future);
                    self.model.cancel_recv(number);
                }
            }
            // It keeps its place.
            Step::ForgetRecv(choice) => mem::forget(take_any(&mut self.recvs, choice)),
            Step::RecvMany(limit) => self.recv_many(limit)?,
            Step::Close => {
                self.receivers[0].close();
                self.model.close();
            }
        }
        self.compare()
    }

    fn poll_recv(&mut self, number: usize, mut future: RecvFuture<'a, u32>) -> Result<(), TestCaseError> {
        let expected = self.model.poll_recv(number);
        prop_assert_eq!(poll_with(&mut future, &self.wakes[number].waker()), expected);
        if expected.is_pending() {
            self.recvs.push((number, future));
        }
        Ok(())
    }

    fn recv_many(&mut self, limit: usize) -> Result<(), TestCaseError> {
        let mut buffer = Vec::new();
        let wakes = WakeCount::new();
        let mut future = self.receivers[0].recv_many(&mut buffer, limit);
        let polled = poll_with(&mut future, &wakes.waker());
        drop(future);
        let expected = self.model.take(None, limit);
        let is_ready = !expected.is_empty() || limit == 0 || self.model.is_closed;
        prop_assert_eq!(
            polled,
            if is_ready {
                Poll::Ready(expected.len())
            } else {
                Poll::Pending
            }
        );
        prop_assert_eq!(buffer, expected);
        prop_assert_eq!(wakes.get(), 0);
        Ok(())
    }

    /// What can be seen without an operation, and who was woken.
    fn compare(&mut self) -> Result<(), TestCaseError> {
        self.sends.compare(&self.model)?;
        let woken: Vec<_> = self.wakes.iter().map(|wakes| wakes.get()).collect();
        prop_assert_eq!(&woken, &self.model.wakes, "each receive");
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_channel_is_its_model(
        capacity in prop_oneof![1 => Just(usize::MAX), 5 => 0..4_usize],
        steps in steps(),
    ) {
        let (sender, receiver) = mpmc::bounded(capacity);
        let receivers = [receiver.clone(), receiver.clone(), receiver];
        let mut run = Run {
            sender: &sender,
            sends: Sends::new(&sender),
            receivers: &receivers,
            recvs: Vec::new(),
            wakes: Vec::new(),
            model: Model { capacity, ..Model::default() },
        };
        for step in steps {
            run.step(step)?;
        }
    }
}
