//! Random operations on each of the broadcasts, one after the other, compared with a model that is plain enough to be seen
//! through. After each operation the two must agree on who may read what, on who was woken, and on which values are alive.

#![cfg(not(channels_loom))]
mod support;

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use channels::broadcast::overwriting::TryRecvError;
use channels::broadcast::{
    self, BoundedSender, Lagged, OverwritingReceiver, OverwritingSender, Receiver, Sender,
};
use channels::broadcast::{SendError, TrySendError, lossless};
use proptest::prelude::*;
use support::{WakeCount, poll_with};

#[derive(Clone, Copy, Debug)]
enum Step {
    Send,
    StartSend,
    /// Polls a send that is under way, chosen by this number; so for the others.
    PollSend(usize),
    TakeBack(usize),
    Subscribe,
    SubscribeOldest,
    Receiver(usize, Act),
}

#[derive(Clone, Copy, Debug)]
enum Act {
    TryRecv,
    PollRecv,
    RecvMany(usize),
    Clone,
    Drop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let act = prop_oneof![
        10 => Just(Act::TryRecv),
        8 => Just(Act::PollRecv),
        3 => (0..4_usize).prop_map(Act::RecvMany),
        1 => Just(Act::Clone),
        2 => Just(Act::Drop),
    ];
    let step = prop_oneof![
        8 => Just(Step::Send),
        6 => Just(Step::StartSend),
        3 => any::<usize>().prop_map(Step::PollSend),
        2 => any::<usize>().prop_map(Step::TakeBack),
        1 => Just(Step::Subscribe),
        1 => Just(Step::SubscribeOldest),
        24 => (any::<usize>(), act).prop_map(|(receiver, act)| Step::Receiver(receiver, act)),
    ];
    prop::collection::vec(step, 0..100)
}

/// The values that exist. Each number is one value; clones are not kept by the channel, so they are not counted.
type Alive = Rc<RefCell<BTreeSet<u32>>>;

struct Value {
    number: u32,
    /// `None` in a clone.
    alive: Option<Alive>,
}

impl Clone for Value {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            alive: None,
        }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        if let Some(alive) = &self.alive {
            assert!(alive.borrow_mut().remove(&self.number), "dropped twice");
        }
    }
}

/// One of the three channels, behind one interface.
enum Tx {
    Unbounded(Sender<Value>),
    Bounded(BoundedSender<Value>),
    Overwriting(OverwritingSender<Value>),
}

#[derive(Clone)]
enum Rx {
    Lossless(Receiver<Value>),
    Overwriting(OverwritingReceiver<Value>),
}

impl Tx {
    fn send(&self, value: Value) -> Result<(), TrySendError<Value>> {
        let refused = |SendError::ReceiverDropped(value)| TrySendError::ReceiverDropped(value);
        match self {
            Self::Unbounded(sender) => sender.send(value).map_err(refused),
            Self::Bounded(sender) => sender.try_send(value),
            Self::Overwriting(sender) => sender.send(value).map_err(refused),
        }
    }

    fn subscribe(&self, oldest: bool) -> Rx {
        match (self, oldest) {
            (Self::Unbounded(sender), false) => Rx::Lossless(sender.subscribe()),
            (Self::Unbounded(sender), true) => Rx::Lossless(sender.subscribe_oldest()),
            (Self::Bounded(sender), false) => Rx::Lossless(sender.subscribe()),
            (Self::Bounded(sender), true) => Rx::Lossless(sender.subscribe_oldest()),
            (Self::Overwriting(sender), false) => Rx::Overwriting(sender.subscribe()),
            (Self::Overwriting(sender), true) => Rx::Overwriting(sender.subscribe_oldest()),
        }
    }

    fn len_and_receivers(&self) -> (usize, usize) {
        match self {
            Self::Unbounded(sender) => (sender.len(), sender.receiver_count()),
            Self::Bounded(sender) => (sender.len(), sender.receiver_count()),
            Self::Overwriting(sender) => (sender.len(), sender.receiver_count()),
        }
    }
}

impl Rx {
    fn try_recv(&mut self) -> Result<u32, TryRecvError> {
        match self {
            Self::Lossless(receiver) => {
                receiver
                    .try_recv()
                    .map(|value| value.number)
                    .map_err(|error| match error {
                        broadcast::TryRecvError::Empty => TryRecvError::Empty,
                        broadcast::TryRecvError::Closed => TryRecvError::Closed,
                    })
            }
            Self::Overwriting(receiver) => receiver.try_recv().map(|value| value.number),
        }
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Result<u32, TryRecvError> {
        let polled = match self {
            Self::Lossless(receiver) => receiver
                .poll_recv(cx)
                .map_err(|broadcast::Closed| broadcast::RecvError::Closed),
            Self::Overwriting(receiver) => receiver.poll_recv(cx),
        };
        match polled {
            Poll::Pending => Err(TryRecvError::Empty),
            Poll::Ready(Ok(value)) => Ok(value.number),
            Poll::Ready(Err(broadcast::RecvError::Lagged(missed))) => Err(TryRecvError::Lagged(missed)),
            Poll::Ready(Err(broadcast::RecvError::Closed)) => Err(TryRecvError::Closed),
        }
    }

    fn recv_many(&mut self, limit: usize) -> Poll<Result<Vec<u32>, Lagged>> {
        let mut buffer = Vec::new();
        let polled = match self {
            Self::Lossless(receiver) => {
                support::poll_once(&mut receiver.recv_many(&mut buffer, limit)).map(Ok)
            }
            Self::Overwriting(receiver) => support::poll_once(&mut receiver.recv_many(&mut buffer, limit)),
        };
        polled.map(|received| {
            received.inspect(|count| assert_eq!(*count, buffer.len()))?;
            Ok(buffer.into_iter().map(|value| value.number).collect())
        })
    }

    fn len(&self) -> usize {
        match self {
            Self::Lossless(receiver) => receiver.len(),
            Self::Overwriting(receiver) => receiver.len(),
        }
    }
}

/// What a broadcast is: all that was ever sent, and how far each receiver has read.
#[derive(Default)]
struct Model {
    capacity: usize,
    overwrites: bool,
    sent: Vec<u32>,
    /// How many of those are not kept any more.
    gone: usize,
    receivers: Vec<Reader>,
    waiting: VecDeque<u32>,
    /// Values of senders that were refused while they waited.
    refused: BTreeSet<u32>,
}

#[derive(Clone, Default)]
struct Reader {
    position: usize,
    is_waiting: bool,
    wakes: usize,
}

impl Model {
    fn send(&mut self, number: u32) -> Result<(), TrySendError<u32>> {
        if self.receivers.is_empty() {
            return Err(TrySendError::ReceiverDropped(number));
        }
        if self.sent.len() - self.gone == self.capacity {
            if !self.overwrites {
                return Err(TrySendError::Full(number));
            }
            self.gone += 1;
        }
        self.publish(number);
        Ok(())
    }

    fn publish(&mut self, number: u32) {
        self.sent.push(number);
        for reader in &mut self.receivers {
            reader.wakes += usize::from(std::mem::take(&mut reader.is_waiting));
        }
    }

    fn recv(&mut self, reader: usize) -> Result<u32, TryRecvError> {
        let gone = self.gone;
        let reader = &mut self.receivers[reader];
        if reader.position < gone {
            let missed = gone - reader.position;
            reader.position = gone;
            reader.is_waiting = false;
            return Err(TryRecvError::Lagged(missed as u64));
        }
        let number = *self.sent.get(reader.position).ok_or(TryRecvError::Empty)?;
        reader.position += 1;
        reader.is_waiting = false;
        self.settle();
        Ok(number)
    }

    fn recv_many(&mut self, reader: usize, limit: usize) -> Poll<Result<Vec<u32>, Lagged>> {
        let mut received = Vec::new();
        while received.len() < limit {
            match self.recv(reader) {
                Ok(number) => received.push(number),
                Err(TryRecvError::Lagged(missed)) => return Poll::Ready(Err(Lagged(missed))),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        // A future that is dropped has stopped waiting, whatever `poll_recv` has registered before.
        self.receivers[reader].is_waiting = false;
        if received.is_empty() && limit > 0 {
            Poll::Pending
        } else {
            Poll::Ready(Ok(received))
        }
    }

    fn settle(&mut self) {
        let slowest = self.receivers.iter().map(|reader| reader.position).min();
        self.gone = self.gone.max(slowest.unwrap_or(self.sent.len()));
        if self.receivers.is_empty() {
            self.refused.extend(self.waiting.drain(..));
        }
        while self.sent.len() - self.gone < self.capacity
            && let Some(number) = self.waiting.pop_front()
        {
            self.publish(number);
        }
    }

    fn alive(&self) -> BTreeSet<u32> {
        let kept = self.sent[self.gone..].iter();
        kept.chain(&self.waiting).chain(&self.refused).copied().collect()
    }
}

/// A send that was polled and has to be polled again.
struct Sending<'a> {
    future: lossless::SendFuture<'a, Value>,
    number: u32,
    wakes: Arc<WakeCount>,
}

/// The channel and the model side by side.
struct Run<'a> {
    sender: &'a Tx,
    receivers: Vec<(Rx, Arc<WakeCount>)>,
    sends: Vec<Sending<'a>>,
    model: Model,
    alive: Alive,
    next: u32,
}

impl<'a> Run<'a> {
    fn new(sender: &'a Tx, receiver: Rx, capacity: usize) -> Self {
        let overwrites = matches!(sender, Tx::Overwriting(_));
        let model = Model {
            capacity,
            overwrites,
            receivers: vec![Reader::default()],
            ..Model::default()
        };
        let receivers = vec![(receiver, WakeCount::new())];
        Self {
            sender,
            receivers,
            sends: Vec::new(),
            model,
            alive: Alive::default(),
            next: 0,
        }
    }

    fn value(&mut self) -> Value {
        self.next += 1;
        self.alive.borrow_mut().insert(self.next);
        Value {
            number: self.next,
            alive: Some(Rc::clone(&self.alive)),
        }
    }

    fn add_receiver(&mut self, receiver: Rx, position: usize) {
        self.receivers.push((receiver, WakeCount::new()));
        self.model.receivers.push(Reader {
            position,
            ..Reader::default()
        });
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Send => {
                let value = self.value();
                let expected = self.model.send(value.number);
                let sent = self.sender.send(value).map_err(|error| match error {
                    TrySendError::Full(value) => TrySendError::Full(value.number),
                    TrySendError::ReceiverDropped(value) => TrySendError::ReceiverDropped(value.number),
                });
                assert_eq!(sent, expected);
            }
            Step::StartSend => self.start_send(),
            Step::PollSend(chosen) if !self.sends.is_empty() => self.poll_send(chosen % self.sends.len()),
            Step::TakeBack(chosen) if !self.sends.is_empty() => {
                let send = self.sends.swap_remove(chosen % self.sends.len());
                let was_refused = self.model.refused.remove(&send.number);
                let was_waiting = self.model.waiting.contains(&send.number);
                self.model.waiting.retain(|number| *number != send.number);
                assert_eq!(send.future.into_value().is_some(), was_refused || was_waiting);
            }
            Step::Subscribe => self.add_receiver(self.sender.subscribe(false), self.model.sent.len()),
            Step::SubscribeOldest => self.add_receiver(self.sender.subscribe(true), self.model.gone),
            Step::Receiver(chosen, act) if !self.receivers.is_empty() => {
                self.use_receiver(chosen % self.receivers.len(), act);
            }
            Step::PollSend(_) | Step::TakeBack(_) | Step::Receiver(..) => {}
        }
    }

    fn use_receiver(&mut self, chosen: usize, act: Act) {
        let (receiver, wakes) = &mut self.receivers[chosen];
        match act {
            Act::TryRecv => assert_eq!(receiver.try_recv(), self.model.recv(chosen)),
            Act::PollRecv => {
                let expected = self.model.recv(chosen);
                self.model.receivers[chosen].is_waiting = expected == Err(TryRecvError::Empty);
                assert_eq!(
                    receiver.poll_recv(&mut Context::from_waker(&wakes.waker())),
                    expected
                );
            }
            Act::RecvMany(limit) => {
                assert_eq!(receiver.recv_many(limit), self.model.recv_many(chosen, limit));
            }
            Act::Clone => {
                let clone = receiver.clone();
                self.add_receiver(clone, self.model.receivers[chosen].position);
            }
            Act::Drop => {
                drop(self.receivers.swap_remove(chosen));
                self.model.receivers.swap_remove(chosen);
                self.model.settle();
            }
        }
    }

    fn start_send(&mut self) {
        let Tx::Bounded(sender) = self.sender else { return };
        let value = self.value();
        let number = value.number;
        let mut send = Sending {
            future: sender.send(value),
            number,
            wakes: WakeCount::new(),
        };
        let polled = poll_with(&mut send.future, &send.wakes.waker());
        match self.model.send(number) {
            Ok(()) => assert!(matches!(polled, Poll::Ready(Ok(())))),
            Err(TrySendError::ReceiverDropped(_)) => assert!(matches!(polled, Poll::Ready(Err(_)))),
            Err(TrySendError::Full(_)) => {
                assert!(polled.is_pending());
                self.model.waiting.push_back(number);
                self.sends.push(send);
            }
        }
    }

    fn poll_send(&mut self, chosen: usize) {
        let send = &mut self.sends[chosen];
        let polled = poll_with(&mut send.future, &send.wakes.waker());
        if self.model.waiting.contains(&send.number) {
            assert!(polled.is_pending());
        } else if self.model.refused.remove(&send.number) {
            assert!(
                matches!(&polled, Poll::Ready(Err(SendError::ReceiverDropped(value))) if value.number == send.number)
            );
        } else {
            assert!(matches!(polled, Poll::Ready(Ok(()))));
        }
        if polled.is_ready() {
            self.sends.swap_remove(chosen);
        }
    }

    fn check(&self) {
        let model = &self.model;
        assert_eq!(
            self.sender.len_and_receivers(),
            (model.sent.len() - model.gone, model.receivers.len())
        );
        assert_eq!(
            *self.alive.borrow(),
            model.alive(),
            "a value lives exactly as long as somebody has to read it"
        );
        for ((receiver, wakes), reader) in self.receivers.iter().zip(&model.receivers) {
            assert_eq!(receiver.len(), model.sent.len() - reader.position.max(model.gone));
            assert_eq!(wakes.get(), reader.wakes, "as many wakes as there were reasons");
            assert_eq!(
                Arc::strong_count(wakes),
                1 + usize::from(reader.is_waiting),
                "a waker is held while it is needed"
            );
        }
        for send in &self.sends {
            let is_waiting = model.waiting.contains(&send.number);
            assert_eq!(
                send.wakes.get(),
                usize::from(!is_waiting),
                "woken once, when it was served or refused"
            );
        }
    }
}

fn compare(sender: Tx, receiver: Rx, capacity: usize, steps: &[Step]) {
    let (mut receivers, mut model, alive) = {
        let mut run = Run::new(&sender, receiver, capacity);
        for step in steps {
            run.take(*step);
            run.check();
        }
        (run.receivers, run.model, run.alive)
    };
    model.waiting.clear();
    drop(sender);
    for (chosen, (receiver, _)) in receivers.iter_mut().enumerate() {
        while let expected = model.recv(chosen)
            && expected != Err(TryRecvError::Empty)
        {
            assert_eq!(receiver.try_recv(), expected);
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    }
    assert!(alive.borrow().is_empty(), "nothing is leaked");
}

proptest! {
    #[test]
    fn an_unbounded_broadcast_does_what_the_model_does(steps in steps()) {
        let (sender, receiver) = broadcast::channel();
        compare(Tx::Unbounded(sender), Rx::Lossless(receiver), usize::MAX, &steps);
    }

    #[test]
    fn a_bounded_broadcast_does_what_the_model_does(capacity in 1..5_usize, steps in steps()) {
        let (sender, receiver) = broadcast::bounded(capacity);
        compare(Tx::Bounded(sender), Rx::Lossless(receiver), capacity, &steps);
    }

    #[test]
    fn an_overwriting_broadcast_does_what_the_model_does(capacity in 1..5_usize, steps in steps()) {
        let (sender, receiver) = broadcast::overwriting(capacity);
        compare(Tx::Overwriting(sender), Rx::Overwriting(receiver), capacity, &steps);
    }
}
