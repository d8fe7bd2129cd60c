//! Bytes and allocations: of a fresh channel, of messages in it, of those who wait, and what is kept afterwards.

use super::ready_now;
use crate::allocator::Usage;
use crate::executors::idle_waker;
use crate::kinds::{Bounded, Broadcast, Oneshot, Unbounded, Watch};
use crate::message::{Arrival, Text};
use std::pin::pin;
use std::task::Context;

const MESSAGES: u64 = 10_000;
const WAITS: u64 = 1_000;
const BURST: u64 = 100_000;

/// Named figures of one peer, in the order of the table's columns.
type Figures = Vec<(&'static str, f64)>;

pub(crate) fn oneshot<P: Oneshot>() -> Figures {
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let before = Usage::now();
    let (sender, receiver) = P::channel();
    let created = before.since();
    let (waited, future_bytes) = {
        let mut recv = pin!(P::recv(receiver));
        assert!(recv.as_mut().poll(&mut cx).is_pending(), "nothing was sent yet");
        P::send(sender, 1);
        ready_now(recv.as_mut(), &mut cx).message();
        (before.since(), size_of_val(&*recv))
    };
    let kept = before.since();
    vec![
        ("allocations at creation", created.allocations),
        ("bytes at creation", created.live_bytes),
        ("allocations with a wait", waited.allocations),
        ("bytes kept after the end", kept.live_bytes),
        ("sender", size_of::<P::Sender>() as f64),
        ("receiver", size_of::<P::Receiver>() as f64),
        ("recv future", future_bytes as f64),
    ]
}

pub(crate) fn bounded<P: Bounded, const N: usize>() -> Figures {
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let before = Usage::now();
    let (mut sender, mut receiver) = P::channel::<u64, N>();
    let created = before.since();
    ready_now(pin!(P::send(&mut sender, 0)), &mut cx);
    let first = before.since();
    ready_now(pin!(P::recv(&mut receiver)), &mut cx).message();
    let recv_bytes = size_of_val(&P::recv(&mut receiver));
    let send_bytes = size_of_val(&P::send(&mut P::channel::<u64, N>().0, 0));

    let warm = Usage::now();
    for number in 0..MESSAGES {
        ready_now(pin!(P::send(&mut sender, number)), &mut cx);
        ready_now(pin!(P::recv(&mut receiver)), &mut cx).message();
    }
    let messages = warm.since();

    let warm = Usage::now();
    for number in 0..WAITS {
        let mut recv = pin!(P::recv(&mut receiver));
        assert!(recv.as_mut().poll(&mut cx).is_pending(), "nothing was sent yet");
        ready_now(pin!(P::send(&mut sender, number)), &mut cx);
        ready_now(recv, &mut cx).message();
    }
    let receiving = warm.since();
    let sending = waits_to_send::<P, N>(&mut cx);
    vec![
        ("allocations at creation", created.allocations),
        ("bytes at creation", created.live_bytes),
        ("bytes after the first message", first.live_bytes),
        ("allocations in 10 000 messages", messages.allocations),
        ("allocations in 1 000 waits to receive", receiving.allocations),
        ("allocations in 1 000 waits to send", sending.allocations),
        ("sender", size_of::<P::Sender<u64, N>>() as f64),
        ("receiver", size_of::<P::Receiver<u64, N>>() as f64),
        ("send future", send_bytes as f64),
        ("recv future", recv_bytes as f64),
    ]
}

/// What it takes to wait for room, once the channel has been full before.
fn waits_to_send<P: Bounded, const N: usize>(cx: &mut Context<'_>) -> Usage {
    let (mut sender, mut receiver) = P::channel::<u64, N>();
    let mut warm = Usage::now();
    let mut waits = 0;
    while waits <= WAITS {
        let mut send = pin!(P::send(&mut sender, waits));
        if send.as_mut().poll(cx).is_pending() {
            // Some peers free a slot only with a later receive, or hand it on only when polled.
            while send.as_mut().poll(cx).is_pending() {
                ready_now(pin!(P::recv(&mut receiver)), cx).message();
            }
            if waits == 0 {
                warm = Usage::now();
            }
            waits += 1;
        }
    }
    warm.since()
}

pub(crate) fn unbounded<P: Unbounded>() -> Figures {
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let before = Usage::now();
    let (mut sender, mut receiver) = P::channel::<u64>();
    let created = before.since();
    P::send(&mut sender, 0);
    let first = before.since();
    ready_now(pin!(P::recv(&mut receiver)), &mut cx).message();
    let recv_bytes = size_of_val(&P::recv(&mut receiver));

    let warm = Usage::now();
    for number in 0..MESSAGES {
        P::send(&mut sender, number);
        ready_now(pin!(P::recv(&mut receiver)), &mut cx).message();
    }
    let messages = warm.since();

    let warm = Usage::now();
    for number in 0..WAITS {
        let mut recv = pin!(P::recv(&mut receiver));
        assert!(recv.as_mut().poll(&mut cx).is_pending(), "nothing was sent yet");
        P::send(&mut sender, number);
        ready_now(recv, &mut cx).message();
    }
    let waits = warm.since();

    let empty = Usage::now();
    (0..BURST).for_each(|number| P::send(&mut sender, number));
    let full = empty.since();
    for _ in 0..BURST {
        ready_now(pin!(P::recv(&mut receiver)), &mut cx).message();
    }
    let kept = before.since();
    vec![
        ("allocations at creation", created.allocations),
        ("bytes at creation", created.live_bytes),
        ("bytes after the first message", first.live_bytes),
        ("allocations in 10 000 messages", messages.allocations),
        ("allocations in 1 000 waits", waits.allocations),
        ("bytes for each of 100 000 queued", full.live_bytes / BURST as f64),
        ("at the peak", full.peak_bytes / BURST as f64),
        ("bytes kept after they are drained", kept.live_bytes),
        ("sender", size_of::<P::Sender<u64>>() as f64),
        ("receiver", size_of::<P::Receiver<u64>>() as f64),
        ("recv future", recv_bytes as f64),
    ]
}

/// What a channel takes without the two lists that its handles are handed over in.
fn without_lists<S, R>(usage: Usage, senders: &Vec<S>, receivers: &Vec<R>) -> (f64, f64) {
    let lists = senders.capacity() * size_of::<S>() + receivers.capacity() * size_of::<R>();
    (usage.allocations - 2.0, usage.live_bytes - lists as f64)
}

pub(crate) fn broadcast<P: Broadcast>() -> Figures {
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let before = Usage::now();
    let (mut senders, mut receivers) = P::channel(1, 1);
    let (allocations, bytes) = without_lists(before.since(), &senders, &receivers);
    let eight = Usage::now();
    let (mut eight_senders, eight_receivers) = P::channel(1, 8);
    let (_, bytes_for_eight) = without_lists(eight.since(), &eight_senders, &eight_receivers);
    let text = Text::from([1; 64]);
    let send_bytes = size_of_val(&P::send(&mut eight_senders[0], Text::clone(&text)));
    drop((eight_senders, eight_receivers));

    let (sender, receiver) = (&mut senders[0], &mut receivers[0]);
    let recv_bytes = size_of_val(&P::recv(receiver));
    let mut send_and_receive = |messages: u64, waiting: bool| {
        let warm = Usage::now();
        for _ in 0..messages {
            let mut recv = pin!(P::recv(receiver));
            if waiting {
                assert!(recv.as_mut().poll(&mut cx).is_pending(), "nothing was sent yet");
            }
            ready_now(pin!(P::send(sender, Text::clone(&text))), &mut cx);
            ready_now(recv, &mut cx).message();
        }
        warm.since().allocations
    };
    send_and_receive(1, true);
    let messages = send_and_receive(MESSAGES, false);
    let waits = send_and_receive(WAITS, true);
    vec![
        ("allocations at creation", allocations),
        ("bytes at creation", bytes),
        ("bytes with 8 receivers", bytes_for_eight),
        ("allocations in 10 000 messages", messages),
        ("allocations in 1 000 waits", waits),
        ("sender", size_of::<P::Sender>() as f64),
        ("receiver", size_of::<P::Receiver>() as f64),
        ("send future", send_bytes as f64),
        ("recv future", recv_bytes as f64),
    ]
}

pub(crate) fn watch<P: Watch>() -> Figures {
    let waker = idle_waker();
    let mut cx = Context::from_waker(&waker);
    let before = Usage::now();
    let (mut sender, mut receivers) = P::channel(1);
    let lists = receivers.capacity() * size_of::<P::Receiver>();
    let created = before.since();
    let receiver = &mut receivers[0];
    let changed_bytes = size_of_val(&P::changed(receiver));
    let mut send_and_see = |numbers: u64| {
        let warm = Usage::now();
        for number in 1..=numbers {
            let mut changed = pin!(P::changed(receiver));
            assert!(
                changed.as_mut().poll(&mut cx).is_pending(),
                "nothing was sent yet"
            );
            P::send(&mut sender, number);
            ready_now(changed, &mut cx).message();
        }
        warm.since().allocations
    };
    send_and_see(1);
    let waits = send_and_see(WAITS);
    vec![
        ("allocations at creation", created.allocations - 1.0),
        ("bytes at creation", created.live_bytes - lists as f64),
        ("allocations in 1 000 waits", waits),
        ("sender", size_of::<P::Sender>() as f64),
        ("receiver", size_of::<P::Receiver>() as f64),
        ("changed future", changed_bytes as f64),
    ]
}
