//! Random operations on an `mpsc`, one after the other, compared with a model that is plain enough to be seen through.

#![cfg(not(channels_loom))]

#[path = "support/model_sends.rs"]
mod model_sends;
mod support;

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use channels::mpsc::bounded::SendFuture;
use channels::mpsc::{self, BoundedReceiver, BoundedSender, SendError, TryRecvError, TrySendError};
use model_sends::{SendStep, Sends, send_step};
use proptest::prelude::*;
use support::{WakeCount, poll_with};

#[derive(Clone, Debug)]
enum Step {
    Send(SendStep),
    TryRecv,
    PollRecv,
    CancelRecv,
    RecvMany(usize),
    Peek,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        17 => send_step().prop_map(Step::Send),
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
    /// The values of the sends that wait.
    senders: VecDeque<u32>,
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
            self.queue.extend(self.senders.pop_front());
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
}

struct Run<'a> {
    sends: Sends<'a>,
    receiver: BoundedReceiver<u32>,
    receiver_wakes: Arc<WakeCount>,
    model: Model,
}

impl Run<'_> {
    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Send(step) => self.sends.step(step, &mut self.model)?,
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
                let waits = mem::take(&mut self.model.receiver_waits);
                self.model.receiver_wakes += usize::from(waits);
            }
        }
        self.compare()
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
        self.sends.compare(&self.model)?;
        prop_assert_eq!(self.receiver.len(), self.model.queue.len());
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
            sends: Sends::new(&sender),
            receiver,
            receiver_wakes: WakeCount::new(),
            model: Model { capacity, ..Model::default() },
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
                Step::Send(SendStep::Try | SendStep::Start | SendStep::Poll(_)) => {
                    let sent = sender.send(value).map_err(SendError::into_inner);
                    prop_assert_eq!(sent, model.try_send(value).map_err(TrySendError::into_inner));
                }
                Step::Send(SendStep::Cancel(_) | SendStep::Forget(_) | SendStep::TakeBack(_)) | Step::TryRecv => {
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
