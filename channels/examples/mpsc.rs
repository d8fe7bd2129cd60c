//! Three threads count words for one collector, on an executor that is 20 lines long.

#![expect(clippy::print_stdout, reason = "an example speaks to its reader")]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use channels::mpsc;

const LINES: [&str; 3] = [
    "to be or not to be",
    "that is the question",
    "whether 'tis nobler in the mind",
];

fn main() {
    // A slow collector slows its counters: at most two counts wait for it.
    let (sender, mut receiver) = mpsc::bounded(2);
    for line in LINES {
        let sender = sender.clone();
        thread::spawn(move || {
            let count = line.split_whitespace().count();
            block_on(sender.send((line, count))).expect("the collector reads to the end");
        });
    }
    // The end comes once all senders are gone, this one too.
    drop(sender);
    let words = block_on(async {
        let mut words = 0;
        while let Some((line, count)) = receiver.recv().await {
            println!("{count} words in {line:?}");
            words += count;
        }
        words
    });
    println!("{words} words in all");
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs one future on this thread, which sleeps while the future waits.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
