//! What carries: sockets, standard input and output, signals.

pub(crate) mod net;
pub(crate) mod pipe;

mod connection;
mod stdin;
