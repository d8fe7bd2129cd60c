//! What carries: sockets, standard input and output, the terminal, signals, files.

pub(crate) mod client;
pub(crate) mod net;

mod agent;
mod connect;
mod connection;
mod keyboard;
mod pipe;
mod screen;
mod state;
mod stdin;
mod stream;
mod terminal;
mod wall_clock;

use std::io::{self, IsTerminal};

use crate::config::Arguments;
use crate::pure::filter::Exit;

/// Chats as the arguments say until all is done, and says how it ended: on the full screen if there is a terminal, else
/// as lines. Everything that had to be written is written then; a thread may still wait for input.
pub async fn run(arguments: Arguments) -> Exit {
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if is_terminal && !arguments.plain && !arguments.json && terminal::can_be_painted() {
        screen::run(arguments).await
    } else {
        pipe::run(arguments).await
    }
}

/// Bytes that nobody can predict.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("an operating system without random bytes can't be used safely");
    bytes
}
