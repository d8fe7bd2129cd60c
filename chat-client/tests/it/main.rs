//! The library and the binary over real sockets, with a server that a test plays by hand.

mod binary;
mod library;
mod played;
mod readme;
mod screenshot;
