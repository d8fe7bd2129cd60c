//! The socket of one connection, plain or under TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, Shutdown};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_io::Async;
use async_net::TcpStream;
use chat_proto::ids::PublicKey;
use chat_tls::{Tls, TlsError};
use futures_lite::io::{AsyncRead, AsyncWrite};

pub(crate) struct Stream {
    socket: TcpStream,
    tls: Option<Box<Tls>>,
}

impl Stream {
    pub(crate) fn plain(socket: TcpStream) -> Self {
        Self { socket, tls: None }
    }

    /// Makes the handshake, and tells the key of the other end. Its steps are made on a thread apart, since one of them may
    /// wait for a signature, and that for a person.
    pub(crate) async fn secured(socket: TcpStream, tls: Tls) -> Result<(Self, PublicKey), TlsError> {
        let readiness: Arc<Async<net::TcpStream>> = socket.clone().into();
        let mut tls = Box::new(tls);
        loop {
            let socket_apart = Arc::clone(&readiness);
            let shaken;
            (tls, shaken) = blocking::unblock(move || {
                let shaken = tls.handshake(&mut socket_apart.get_ref());
                (tls, shaken)
            })
            .await;
            match shaken {
                Ok(shown) => {
                    return Ok((
                        Self {
                            socket,
                            tls: Some(tls),
                        },
                        shown,
                    ));
                }
                Err(error) if error.would_block() => {}
                Err(error) => return Err(error),
            }
            if tls.wants_write() {
                readiness.writable().await?;
            } else {
                readiness.readable().await?;
            }
        }
    }

    /// Reads what is there; 0: the server has closed its side.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let (mut socket, tls) = self.parts(cx);
        pending_if_it_blocks(match tls {
            None => socket.read(buffer),
            Some(tls) => tls.read(&mut socket, buffer),
        })
    }

    /// Writes some of it. Under TLS it is on its way only once [`poll_flush`](Self::poll_flush) says so.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let (mut socket, tls) = self.parts(cx);
        pending_if_it_blocks(match tls {
            None => socket.write(bytes),
            Some(tls) => tls.write(&mut socket, bytes),
        })
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (mut socket, tls) = self.parts(cx);
        pending_if_it_blocks(tls.map_or(Ok(()), |tls| tls.flush(&mut socket)))
    }

    /// Says that nothing follows.
    pub(crate) fn poll_close_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (mut socket, tls) = self.parts(cx);
        let closed = tls.map_or(Ok(()), |tls| tls.close(&mut socket));
        pending_if_it_blocks(closed.and_then(|()| self.socket.shutdown(Shutdown::Write)))
    }

    fn parts<'a, 'b, 'c>(&'a mut self, cx: &'b mut Context<'c>) -> (Polled<'a, 'b, 'c>, Option<&'a mut Tls>) {
        let socket = &mut self.socket;
        (Polled { socket, cx }, self.tls.as_deref_mut())
    }
}

fn pending_if_it_blocks<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}

/// A socket that would block where polling it is pending; the task is woken then when it is not any more.
struct Polled<'a, 'b, 'c> {
    socket: &'a mut TcpStream,
    cx: &'b mut Context<'c>,
}

fn block_if_it_is_pending<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(ErrorKind::WouldBlock.into()),
    }
}

impl Read for Polled<'_, '_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        block_if_it_is_pending(Pin::new(&mut *self.socket).poll_read(self.cx, buffer))
    }
}

impl Write for Polled<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        block_if_it_is_pending(Pin::new(&mut *self.socket).poll_write(self.cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
