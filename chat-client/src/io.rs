//! What carries: sockets, standard input and output, signals.

pub(crate) mod net;
pub(crate) mod pipe;

mod connect;
mod connection;
mod known_servers;
mod stdin;
mod stream;
