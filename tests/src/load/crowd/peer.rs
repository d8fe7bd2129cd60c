//! One peer of the generator.

use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::time::Instant;

/// How far a peer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Connecting,
    Greeting,
    Inside,
}

#[derive(Debug)]
pub(super) struct Peer {
    pub(super) room: usize,
    /// Nothing once the connection has ended.
    pub(super) stream: Option<TcpStream>,
    pub(super) progress: Progress,
    pub(super) began: Instant,
    /// Bytes to be written.
    pub(super) out: Vec<u8>,
    /// The beginning of an unfinished frame.
    pub(super) tail: Vec<u8>,
    /// So many of its room's messages it has heard.
    pub(super) heard: usize,
    /// Whether what it hears is timed.
    pub(super) is_timed: bool,
}

impl Peer {
    pub(super) const fn new(room: usize, stream: TcpStream, began: Instant) -> Self {
        Self {
            room,
            stream: Some(stream),
            progress: Progress::Connecting,
            began,
            out: Vec::new(),
            tail: Vec::new(),
            heard: 0,
            is_timed: true,
        }
    }

    /// The same peer on another connection.
    pub(super) fn begin_again(&mut self, stream: TcpStream, began: Instant) {
        let (room, heard) = (self.room, self.heard);
        *self = Self {
            heard,
            ..Self::new(room, stream, began)
        };
    }

    /// Writes what there is to write; tells whether everything has left.
    pub(super) fn write_out(&mut self) -> io::Result<bool> {
        let Some(mut stream) = self.stream.as_ref() else {
            return Ok(true);
        };
        while !self.out.is_empty() {
            match stream.write(&self.out) {
                Ok(written) => drop(self.out.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
