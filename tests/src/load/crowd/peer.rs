//! One peer of the generator.

use std::io::{self, ErrorKind};
use std::time::Instant;

use chat_tls::Identity;

use super::link::Link;

/// How far a peer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Connecting,
    /// The handshake of TLS. A plain connection is over it at once.
    Securing,
    Greeting,
    Inside,
}

#[derive(Debug)]
pub(super) struct Peer {
    pub(super) room: usize,
    /// Its key, if the crowd speaks TLS.
    pub(super) identity: Option<Identity>,
    /// Nothing once the connection has ended.
    pub(super) link: Option<Link>,
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
    pub(super) const fn new(room: usize, identity: Option<Identity>, link: Link, began: Instant) -> Self {
        Self {
            room,
            identity,
            link: Some(link),
            progress: Progress::Connecting,
            began,
            out: Vec::new(),
            tail: Vec::new(),
            heard: 0,
            is_timed: true,
        }
    }

    /// The same peer on another connection.
    pub(super) fn begin_again(&mut self, link: Link, began: Instant) {
        let (room, heard) = (self.room, self.heard);
        *self = Self {
            heard,
            ..Self::new(room, self.identity.take(), link, began)
        };
    }

    /// Writes what there is to write; tells whether everything has left.
    pub(super) fn write_out(&mut self) -> io::Result<bool> {
        let Some(link) = &mut self.link else {
            return Ok(true);
        };
        while !self.out.is_empty() {
            match link.write(&self.out) {
                Ok(written) => drop(self.out.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        match link.flush() {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}
