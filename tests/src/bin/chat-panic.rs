//! The client, which panics when it is sent SIGUSR1: so a test sees what a panic does to the terminal. With `elsewhere`
//! in front of the client's arguments it is another thread that panics.

#![forbid(unsafe_code)]

use std::env::args_os;
use std::process::ExitCode;
use std::thread;

use async_signal::{Signal, Signals};
use chat_client::config::Arguments;
use futures_lite::StreamExt;
use futures_lite::future::or;

fn main() -> ExitCode {
    let is_elsewhere = args_os().nth(1).is_some_and(|word| word == "elsewhere");
    let line = args_os().skip(usize::from(is_elsewhere));
    let arguments = Arguments::read(line, true).expect("a test knows what can be asked for");
    let mut told = Signals::new([Signal::Usr1]).expect("the signal can be heard");
    let panic = async {
        told.next().await;
        if is_elsewhere {
            // Who only waits for it goes on.
            let _ = thread::spawn(|| panic!("as it was told")).join();
            return std::future::pending().await;
        }
        panic!("as it was told")
    };
    let exit = smol::block_on(or(chat_client::run(arguments), panic));
    ExitCode::from(exit.code())
}
