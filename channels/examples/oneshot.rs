//! A question that carries the way back for its answer.

#![expect(clippy::print_stdout, reason = "an example speaks to its reader")]

use channels::{mpsc, oneshot};
use futures_lite::future::{block_on, zip};

struct Question {
    number: u64,
    answer: oneshot::Sender<u64>,
}

fn main() {
    let (questions, mut inbox) = mpsc::channel::<Question>();
    let squares = async move {
        while let Some(Question { number, answer }) = inbox.recv().await {
            // Who asked may have gone meanwhile; then nobody misses the answer.
            let _unread = answer.send(number * number);
        }
    };
    let ask = async move {
        for number in 1..=3 {
            let (answer, square) = oneshot::channel();
            questions
                .send(Question { number, answer })
                .expect("the other side is there");
            println!(
                "{number} times {number} is {}",
                square.await.expect("every question is answered")
            );
        }
    };
    block_on(zip(squares, ask));
}
