//! Sends over each flavour of `channels`, polled by hand, in a program without the standard library.
//!
//! Exits with 0 if all went well, with the number of the first flavour that failed, or with 101 after a panic.

#![no_std]
#![no_main]

extern crate alloc;

mod bare;

use alloc::string::String;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use channels::{broadcast, mpsc, oneshot, watch};

fn run() -> i32 {
    let flavours: [fn() -> Option<()>; 7] = [
        oneshot,
        mpsc_unbounded,
        mpsc_bounded,
        broadcast_unbounded,
        broadcast_bounded,
        broadcast_overwriting,
        watch,
    ];
    for (number, flavour) in (1..).zip(flavours) {
        if flavour().is_none() {
            return number;
        }
    }
    bare::print("every flavour works without std\n");
    0
}

fn oneshot() -> Option<()> {
    let (sender, mut receiver) = oneshot::channel();
    ensure(poll(&mut receiver).is_pending())?;
    sender.send(1).ok()?;
    ensure(poll(&mut receiver) == Poll::Ready(Ok(1)))?;
    let (sender, mut receiver) = oneshot::channel::<u8>();
    drop(sender);
    ensure(poll(&mut receiver) == Poll::Ready(Err(oneshot::RecvError::SenderDropped)))
}

fn mpsc_unbounded() -> Option<()> {
    let (sender, mut receiver) = mpsc::channel();
    let mut recv = receiver.recv();
    ensure(poll(&mut recv).is_pending())?;
    sender.send(String::from("hello")).ok()?;
    ensure(poll(&mut recv) == Poll::Ready(Some(String::from("hello"))))?;
    drop(recv);
    drop(sender);
    ensure(poll(&mut receiver.recv()) == Poll::Ready(None))
}

fn mpsc_bounded() -> Option<()> {
    let (sender, mut receiver) = mpsc::bounded(1);
    sender.try_send(1).ok()?;
    let mut sends: Vec<_> = (2..10).map(|number| sender.send(number)).collect();
    for send in &mut sends {
        ensure(poll(send).is_pending())?;
    }
    for number in 1..10 {
        ensure(poll(&mut receiver.recv()) == Poll::Ready(Some(number)))?;
    }
    drop(receiver);
    ensure(sends.iter_mut().all(|send| poll(send) == Poll::Ready(Ok(()))))?;
    ensure(sender.try_send(10).is_err())
}

fn broadcast_unbounded() -> Option<()> {
    let (sender, mut first) = broadcast::channel();
    let mut second = sender.subscribe();
    let mut recv = first.recv();
    ensure(poll(&mut recv).is_pending())?;
    sender.send(String::from("hello")).ok()?;
    ensure(poll(&mut recv) == Poll::Ready(Ok(String::from("hello"))))?;
    drop(recv);
    drop(sender);
    ensure(poll(&mut second.recv()) == Poll::Ready(Ok(String::from("hello"))))?;
    ensure(poll(&mut second.recv()) == Poll::Ready(Err(broadcast::Closed)))
}

fn broadcast_bounded() -> Option<()> {
    let (sender, mut receiver) = broadcast::bounded(1);
    sender.try_send(1).ok()?;
    let mut send = sender.send(2);
    ensure(poll(&mut send).is_pending())?;
    ensure(poll(&mut receiver.recv()) == Poll::Ready(Ok(1)))?;
    ensure(poll(&mut send) == Poll::Ready(Ok(())))?;
    ensure(poll(&mut receiver.recv()) == Poll::Ready(Ok(2)))
}

fn broadcast_overwriting() -> Option<()> {
    let (sender, mut receiver) = broadcast::overwriting(2);
    for number in 1..=5 {
        sender.send(number).ok()?;
    }
    ensure(poll(&mut receiver.recv()) == Poll::Ready(Err(broadcast::RecvError::Lagged(3))))?;
    ensure(poll(&mut receiver.recv()) == Poll::Ready(Ok(4)))
}

fn watch() -> Option<()> {
    let (sender, mut receiver) = watch::channel(String::from("red"));
    let red = receiver.borrow();
    let mut changed = receiver.changed();
    ensure(poll(&mut changed).is_pending())?;
    sender.send(String::from("green"));
    ensure(poll(&mut changed) == Poll::Ready(Ok(())))?;
    drop(changed);
    ensure(*red == "red" && *receiver.borrow() == "green")?;
    drop(sender);
    ensure(poll(&mut receiver.changed()) == Poll::Ready(Err(watch::Closed)))
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn ensure(holds: bool) -> Option<()> {
    holds.then_some(())
}
