//! Random operations on an `mpsc`, one after the other, compared with a model that is plain enough to be seen through.

#![cfg(not(channels_loom))]

mod support;

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use channels::mpsc::{self, SendError, TryRecvError, TrySendError};
use proptest::prelude::*;
use support::{WakeCount, poll_with, take_any};

#[derive(Clone, Debug)]
enum Step {
    TrySend,
    StartSend,
    /// Polls a send that is under way, chosen by this number.
    PollSend(usize),
    CancelSend(usize),
    ForgetSend(usize),
    TakeBack(usize),
    TryRecv,
    PollRecv,
    CancelRecv,
    RecvMany(usize),
    Peek,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::TrySend),
        6 => Just(Step::StartSend),
        4 => any::<usize>().prop_map(Step::PollSend),
        1 => any::<usize>().prop_map(Step::CancelSend),
        1 => any::<usize>().prop_map(Step::ForgetSend),
        1 => any::<usize>().prop_map(Step::TakeBack),
        5 => Just(Step::TryRecv),
        3 => Just(Step::PollRecv),
        1 => Just(Step::CancelRecv),
        1 => (0..6_usize).prop_map(Step::RecvMany),
        2 => Just(Step::Peek),
        1 => prop_oneof![9 => Just(Step::Peek), 1 => Just(Step::Close)],
    ];
    prop::collection::vec(step, 0..150)
}

/// What a bounded channel is: two lists and two flags.
#[derive(Default)]
struct Model {
    capacity: usize,
    queue: VecDeque<u32>,
    waiting: VecDeque<u32>,
    is_closed: bool,
    receiver_waits: bool,
    /// How often the waker of the last receive must have been woken.
    receiver_wakes: usize,
}

impl Model {
    fn try_send(&mut self, value: u32) -> Result<(), TrySendError<u32>> {
        if self.is_closed {
            Err(TrySendError::ReceiverDropped(value))
        } else if self.queue.len() == self.capacity {
            Err(TrySendError::Full(value))
        } else {
            self.queue.push_back(value);
            self.receiver_wakes += usize::from(mem::take(&mut self.receiver_waits));
            Ok(())
        }
    }

    fn try_recv(&mut self) -> Result<u32, TryRecvError> {
        let empty = if self.is_closed {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        };
        let value = self.queue.pop_front().ok_or(empty)?;
        if !self.is_closed {
            self.queue.extend(self.waiting.pop_front());
        }
        Ok(value)
    }

    fn poll_recv(&mut self) -> Poll<Option<u32>> {
        match self.try_recv() {
            Ok(value) => Poll::Ready(Some(value)),
            Err(TryRecvError::Closed) => Poll::Ready(None),
            Err(TryRecvError::Empty) => Poll::Pending,
        }
    }

    /// Whether a send that waited was served.
    fn is_served(&self, value: u32) -> bool {
        !self.waiting.contains(&value)
    }
}

/// A send that is under way.
struct Pending<'a> {
    value: u32,
    wakes: Arc<WakeCount>,
    future: mpsc::bounded::SendFuture<'a, u32>,
}

struct Run<'a> {
    sender: &'a mpsc::BoundedSender<u32>,
    receiver: mpsc::BoundedReceiver<u32>,
    receiver_wakes: Arc<WakeCount>,
    sends: Vec<Pending<'a>>,
    model: Model,
    next: u32,
}

impl Run<'_> {
    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::TrySend => {
                let value = self.fresh();
                prop_assert_eq!(self.sender.try_send(value), self.model.try_send(value));
            }
            Step::StartSend => self.start_send()?,
            Step::PollSend(choice) => self.poll_send(choice)?,
            Step::CancelSend(choice) => {
                if let Some(send) = take_any(&mut self.sends, choice) {
                    drop(send.future);
                    self.model.waiting.retain(|value| *value != send.value);
                }
            }
            // Its value stays in its place.
            Step::ForgetSend(choice) => {
                if let Some(send) = take_any(&mut self.sends, choice) {
                    mem::forget(send.future);
                }
            }
            Step::TakeBack(choice) => {
                if let Some(send) = take_any(&mut self.sends, choice) {
                    let expected = (!self.model.is_served(send.value)).then_some(send.value);
                    prop_assert_eq!(send.future.into_value(), expected);
                    self.model.waiting.retain(|value| *value != send.value);
                }
            }
            Step::TryRecv => prop_assert_eq!(self.receiver.try_recv(), self.model.try_recv()),
            Step::PollRecv => self.poll_recv()?,
            Step::CancelRecv => {
                let polled = poll_with(&mut self.receiver.recv(), &self.receiver_wakes.waker());
                prop_assert_eq!(polled, self.model.poll_recv());
                self.model.receiver_waits = false;
            }
            Step::RecvMany(limit) => self.recv_many(limit)?,
            Step::Peek => prop_assert_eq!(self.receiver.peek(), self.model.queue.front()),
            Step::Close => {
                self.receiver.close();
                self.model.is_closed = true;
            }
        }
        self.compare()
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn start_send(&mut self) -> Result<(), TestCaseError> {
        let value = self.fresh();
        let wakes = WakeCount::new();
        let mut future = self.sender.send(value);
        let expected = match self.model.try_send(value) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(TrySendError::ReceiverDropped(value)) => Poll::Ready(Err(SendError::ReceiverDropped(value))),
            Err(TrySendError::Full(value)) => {
                self.model.waiting.push_back(value);
                Poll::Pending
            }
        };
        prop_assert_eq!(poll_with(&mut future, &wakes.waker()), expected);
        if expected.is_pending() {
            self.sends.push(Pending { value, wakes, future });
        }
        Ok(())
    }

    fn poll_send(&mut self, choice: usize) -> Result<(), TestCaseError> {
        let Some(mut send) = take_any(&mut self.sends, choice) else {
            return Ok(());
        };
        let expected = if self.model.is_served(send.value) {
            Poll::Ready(Ok(()))
        } else if self.model.is_closed {
            self.model.waiting.retain(|value| *value != send.value);
            Poll::Ready(Err(SendError::ReceiverDropped(send.value)))
        } else {
            Poll::Pending
        };
        prop_assert_eq!(poll_with(&mut send.future, &send.wakes.waker()), expected);
        if expected.is_pending() {
            self.sends.push(send);
        }
        Ok(())
    }

    fn poll_recv(&mut self) -> Result<(), TestCaseError> {
        let expected = self.model.poll_recv();
        self.receiver_wakes = WakeCount::new();
        self.model.receiver_wakes = 0;
        self.model.receiver_waits = expected.is_pending();
        let waker = self.receiver_wakes.waker();
        prop_assert_eq!(
            self.receiver.poll_recv(&mut Context::from_waker(&waker)),
            expected
        );
        Ok(())
    }

    fn recv_many(&mut self, limit: usize) -> Result<(), TestCaseError> {
        let expected: Vec<_> = (0..limit).map_while(|_| self.model.try_recv().ok()).collect();
        let there = expected.len();
        let mut buffer = Vec::new();
        let polled = poll_with(
            &mut self.receiver.recv_many(&mut buffer, limit),
            &self.receiver_wakes.waker(),
        );
        let is_ready = there > 0 || limit == 0 || self.model.is_closed;
        prop_assert_eq!(
            polled,
            if is_ready {
                Poll::Ready(there)
            } else {
                Poll::Pending
            }
        );
        prop_assert_eq!(buffer, expected);
        if limit > 0 {
            self.model.receiver_waits &= there > 0;
        }
        Ok(())
    }

    /// What can be seen without an operation, and who was woken.
    fn compare(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.sender.len(), self.model.queue.len());
        prop_assert_eq!(self.receiver.len(), self.model.queue.len());
        prop_assert_eq!(self.sender.is_closed(), self.model.is_closed);
        for send in &self.sends {
            let woken = self.model.is_served(send.value) || self.model.is_closed;
            prop_assert_eq!(
                send.wakes.get(),
                usize::from(woken),
                "woken once, and only when it is done"
            );
        }
        prop_assert_eq!(self.receiver_wakes.get(), self.model.receiver_wakes);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_bounded_channel_is_its_model(capacity in 1..5_usize, steps in steps()) {
        let (sender, receiver) = mpsc::bounded(capacity);
        let mut run = Run {
            sender: &sender,
            receiver,
            receiver_wakes: WakeCount::new(),
            sends: Vec::new(),
            model: Model { capacity, ..Model::default() },
            next: 0,
        };
        for step in steps {
            run.step(step)?;
        }
    }

    #[test]
    fn the_unbounded_channel_is_a_queue(steps in steps()) {
        let (sender, mut receiver) = mpsc::channel();
        let mut model = Model { capacity: usize::MAX, ..Model::default() };
        let wakes = WakeCount::new();
        for (value, step) in (0..).zip(steps) {
            match step {
                Step::TrySend | Step::StartSend | Step::PollSend(_) => {
                    let sent = sender.send(value).map_err(SendError::into_inner);
                    prop_assert_eq!(sent, model.try_send(value).map_err(TrySendError::into_inner));
                }
                Step::TryRecv | Step::CancelSend(_) | Step::ForgetSend(_) | Step::TakeBack(_) => {
                    prop_assert_eq!(receiver.try_recv(), model.try_recv());
                }
                Step::PollRecv | Step::CancelRecv => {
                    let polled = poll_with(&mut receiver.recv(), &wakes.waker());
                    prop_assert_eq!(polled, model.poll_recv());
                }
                Step::RecvMany(limit) => {
                    let mut buffer = Vec::new();
                    let polled = poll_with(&mut receiver.recv_many(&mut buffer, limit), &wakes.waker());
                    let there = model.queue.len().min(limit);
                    prop_assert_eq!(polled.is_ready(), there > 0 || limit == 0 || model.is_closed);
                    prop_assert!(buffer.into_iter().eq(model.queue.drain(..there)));
                }
                Step::Peek => prop_assert_eq!(receiver.peek(), model.queue.front()),
                Step::Close => {
                    receiver.close();
                    model.is_closed = true;
                }
            }
            prop_assert_eq!((sender.len(), receiver.len()), (model.queue.len(), model.queue.len()));
            prop_assert_eq!(sender.is_closed(), model.is_closed);
        }
    }
}
