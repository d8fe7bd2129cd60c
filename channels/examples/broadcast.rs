//! A patient listener gets everything; one that is too slow is told what it missed.

#![expect(clippy::print_stdout, reason = "an example speaks to its reader")]

use channels::broadcast::{self, RecvError};
use futures_lite::future::block_on;

fn main() {
    let (news, mut patient) = broadcast::channel();
    let mut other = news.subscribe();
    for line in ["rain", "sun"] {
        news.send(line).expect("two listen");
    }
    drop(news);
    block_on(async {
        while let Ok(line) = patient.recv().await {
            println!("one hears {line}");
        }
        while let Ok(line) = other.recv().await {
            println!("the other hears {line}");
        }
    });

    let (ticks, mut slow) = broadcast::overwriting(2);
    for tick in 1..=5 {
        ticks.send(tick).expect("one listens");
    }
    drop(ticks);
    block_on(async {
        loop {
            match slow.recv().await {
                Ok(tick) => println!("tick {tick}"),
                Err(RecvError::Lagged(missed)) => println!("{missed} ticks missed"),
                Err(RecvError::Closed) => break,
            }
        }
    });
}
