//! What carries: sockets, standard input and output, signals.

pub(crate) mod client;
pub(crate) mod net;
pub(crate) mod pipe;

mod connect;
mod connection;
mod known_servers;
mod stdin;
mod stream;

/// Bytes that nobody can predict.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("an operating system without random bytes can't be used safely");
    bytes
}
