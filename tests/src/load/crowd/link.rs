//! The connection of one peer, plain or under TLS.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};

use chat_proto::ids::PublicKey;
use chat_tls::{Tls, TlsError};

#[derive(Debug)]
pub(super) struct Link {
    socket: TcpStream,
    /// Boxed: most crowds are plain.
    tls: Option<Box<Tls>>,
}

impl Link {
    /// Under TLS the handshake is still to be made.
    pub(super) fn new(socket: TcpStream, tls: Option<Tls>) -> Self {
        let tls = tls.map(Box::new);
        Self { socket, tls }
    }

    /// Goes on with the handshake, to its end, and tells the server's key. A plain connection has neither.
    pub(super) fn handshake(&mut self) -> Result<Option<PublicKey>, TlsError> {
        let tls = self.tls.as_mut();
        tls.map(|tls| tls.handshake(&mut self.socket)).transpose()
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.read(buffer),
            Some(tls) => tls.read(&mut self.socket, buffer),
        }
    }

    /// Whether there is something to read of which the socket knows nothing any more.
    pub(super) fn has_input(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.has_input())
    }

    /// Takes some of it. Under TLS it is on its way only once [`flush`](Self::flush) says so.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.write(bytes),
            Some(tls) => tls.write(&mut self.socket, bytes),
        }
    }

    /// Whether there is something to [`flush`](Self::flush).
    pub(super) fn wants_write(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Passes on to the socket what TLS still has for it.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let tls = self.tls.as_mut();
        tls.map_or(Ok(()), |tls| tls.flush(&mut self.socket))
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
