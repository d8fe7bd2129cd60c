//! A connection's socket, plain or under TLS: the rest of the house does not notice which.
//!
//! Both futures of a connection use it, in turn and in one task; the lock is never contended.

pub(crate) mod opening;

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use async_io::Async;
use chat_tls::Tls;
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

pub(crate) struct Stream {
    socket: Async<TcpStream>,
    tls: Option<Box<Mutex<Tls>>>,
}

impl Stream {
    /// Under TLS after the handshake, or plain.
    pub(crate) const fn new(socket: Async<TcpStream>, tls: Option<Box<Mutex<Tls>>>) -> Self {
        Self { socket, tls }
    }

    fn tls(&self) -> Option<MutexGuard<'_, Tls>> {
        let tls = self.tls.as_ref()?;
        // A panic in there ends the connection.
        Some(tls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn socket(&self) -> Socket<'_> {
        Socket(self.socket.get_ref())
    }

    /// Whether [`try_read`](Self::try_read) has something whatever the socket says: it is not to be waited for then.
    pub(crate) fn has_input(&self) -> bool {
        self.tls().is_some_and(|tls| tls.has_input())
    }

    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_readable(cx)
    }

    pub(crate) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_writable(cx)
    }

    /// Reads what is there; 0: the peer has closed its side.
    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.tls() {
            None => self.socket().read(buffer),
            Some(mut tls) => tls.read(&mut self.socket(), buffer),
        }
    }

    /// Writes what it takes of both. Under TLS it is on its way only once [`try_flush`](Self::try_flush) says so.
    pub(crate) fn try_write(&self, bytes: &[u8], part: &[u8]) -> io::Result<usize> {
        let slices = [IoSlice::new(bytes), IoSlice::new(part)];
        match self.tls() {
            None => self.socket().write_vectored(&slices),
            Some(mut tls) => tls.write_vectored(&mut self.socket(), &slices),
        }
    }

    /// Passes on what TLS still has for the socket.
    pub(crate) fn try_flush(&self) -> io::Result<()> {
        self.tls().map_or(Ok(()), |mut tls| tls.flush(&mut self.socket()))
    }

    /// Says that nothing follows; to be tried until it succeeds.
    pub(crate) fn try_close_write(&self) -> io::Result<()> {
        if let Some(mut tls) = self.tls() {
            tls.close(&mut self.socket())?;
        }
        self.socket.get_ref().shutdown(Shutdown::Write)
    }
}

/// A socket that is written without a signal if its peer is gone, and without a copy: the standard library's
/// `write_vectored` could raise SIGPIPE.
struct Socket<'a>(&'a TcpStream);

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut socket = self.0;
        socket.read(buffer)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut socket = self.0;
        socket.write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match slices {
            [only] => self.write(only),
            [first, only] if first.is_empty() => self.write(only),
            [only, last] if last.is_empty() => self.write(only),
            slices => Ok(sendmsg(
                self.0,
                slices,
                &mut SendAncillaryBuffer::default(),
                SendFlags::NOSIGNAL,
            )?),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
