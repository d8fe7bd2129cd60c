//! How a connection begins: its first byte says what it is, and a handshake who it is. Before that a listed proxy says
//! from where it comes, in a [header](crate::pure::proxy) that counts from then on as if there were no proxy.
//!
//! ```text
//!  from a proxy ──▶ header ──┐              ┌─ 0x16 ──────────────▶ handshake ──▶ the peer's key, and a stream under TLS
//!                            ├─ first byte ─┼─ 0x00, from afar ───▶ told that TLS is needed
//!  from elsewhere ───────────┘              └─ everything else ───▶ plain frames, or a hint for whoever sends none
//! ```
//! Whatever mail comes meanwhile ends it: the time for the hello is over, another peer needs the place, or the server
//! stops. A peer that has not said anything is told so in the clear, if it may speak so.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Shutdown, TcpStream};
use std::sync::Mutex;
use std::task::Poll;

use async_io::Async;
use chat_proto::ids::PublicKey;
use chat_tls::tls::FIRST_BYTE;
use chat_tls::{Acceptor, Tls};
use futures_lite::{AsyncReadExt, future};

use super::Socket;
use crate::config::Plain;
use crate::io::House;
use crate::io::connection::Guest;
use crate::io::mailbox::{Mail, Mailbox};
use crate::pure::crowd::is_loopback;
use crate::pure::proxy::{self, Known};
use crate::pure::session::Origin;

/// Which connections are let in how.
pub(crate) struct Entrance {
    pub(crate) acceptor: Acceptor,
    pub(crate) plain: Plain,
    /// Whether everybody who comes from this machine is welcome, invited or not.
    pub(crate) trusts_loopback: bool,
}

/// What somebody who was accepted turned out to be.
pub(crate) struct Opened {
    /// After the handshake. Boxed: a plain connection should not carry the room for it.
    pub(crate) tls: Option<Box<Mutex<Tls>>>,
    /// Who it is, as far as that is known before it says anything.
    pub(crate) origin: Origin,
    /// It begins in the clear, and may not.
    pub(crate) needs_tls: bool,
}

enum FirstByte {
    Tls,
    /// A frame's, or one of another protocol's.
    Other(u8),
    /// The peer closed its side without a word, or has not said one in its time.
    None,
}

/// Finds out who has come. Nothing if that is nobody.
pub(crate) async fn open(house: &House, guest: &mut Guest) -> Option<Opened> {
    if guest.admitted.is_by_proxy {
        let Guest { stream, badge, .. } = guest;
        let header = header(stream, guest.admitted.address);
        let address = future::or(header, gone(&badge.mailbox)).await?;
        guest.admitted = house.admission.admit(address)?;
    }
    let Guest { stream, badge, .. } = guest;
    let (entrance, address) = (&house.entrance, guest.admitted.address);
    let is_trusted_place = entrance.trusts_loopback && is_loopback(address);
    let first = future::or(first_byte(stream), passed_time(&badge.mailbox))
        .await
        .ok()?;
    if let FirstByte::Tls = first {
        let tls = entrance.acceptor.accept();
        let (tls, peer_key) = future::or(handshake(stream, tls), gone(&badge.mailbox)).await?;
        return Some(Opened {
            tls: Some(Box::new(Mutex::new(tls))),
            origin: Origin {
                key: Some(peer_key),
                is_trusted_place,
            },
            needs_tls: false,
        });
    }
    let may_be_plain = entrance.plain.allows(address);
    let needs_tls = match first {
        FirstByte::None if !may_be_plain => return None,
        FirstByte::Other(0) => !may_be_plain,
        FirstByte::Tls | FirstByte::Other(_) | FirstByte::None => false,
    };
    Some(Opened {
        tls: None,
        origin: Origin {
            key: None,
            is_trusted_place,
        },
        needs_tls,
    })
}

/// Reads a proxy's header, and not a byte of what follows: from where the connection comes. Nothing if there is no whole
/// header; no proxy would know what to do with an answer.
async fn header(mut socket: &Async<TcpStream>, proxy: IpAddr) -> Option<IpAddr> {
    let mut bytes = [0; proxy::TELLING_BYTES_MAX];
    let mut taken_bytes = 0;
    let (source, header_bytes) = loop {
        match proxy::read(&bytes[..taken_bytes]) {
            Known::Needs(count) => {
                taken_bytes += some(socket.read(&mut bytes[taken_bytes..][..count]).await)?;
            }
            Known::Header { source, header_bytes } => break (source, header_bytes),
            Known::NoHeader => return None,
        }
    };
    while taken_bytes < header_bytes {
        let count = bytes.len().min(header_bytes - taken_bytes);
        taken_bytes += some(socket.read(&mut bytes[..count]).await)?;
    }
    Some(proxy::origin(proxy, source))
}

/// So many bytes have come, unless it was the end.
fn some(read: io::Result<usize>) -> Option<usize> {
    read.ok().filter(|&count| count > 0)
}

/// Looks at the first byte, and leaves it where it is.
async fn first_byte(socket: &Async<TcpStream>) -> io::Result<FirstByte> {
    let mut byte = [0];
    loop {
        socket.readable().await?;
        match socket.get_ref().peek(&mut byte) {
            Ok(0) => return Ok(FirstByte::None),
            Ok(_) if byte[0] == FIRST_BYTE => return Ok(FirstByte::Tls),
            Ok(_) => return Ok(FirstByte::Other(byte[0])),
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Waits for mail, and leaves it to be taken by whoever can answer it.
async fn passed_time(mailbox: &Mailbox) -> io::Result<FirstByte> {
    let letters = mail(mailbox).await;
    if letters.iter().any(|mail| matches!(mail, Mail::MakeRoom)) {
        return Err(ErrorKind::NotConnected.into());
    }
    letters.into_iter().for_each(|mail| mailbox.post(mail));
    Ok(FirstByte::None)
}

/// The same for somebody to whom nothing can be said.
async fn gone<T>(mailbox: &Mailbox) -> Option<T> {
    mail(mailbox).await;
    None
}

async fn mail(mailbox: &Mailbox) -> Vec<Mail> {
    poll_fn(|cx| {
        let letters = mailbox.take(cx);
        if letters.is_empty() {
            return Poll::Pending;
        }
        Poll::Ready(letters)
    })
    .await
}

async fn handshake(socket: &Async<TcpStream>, mut tls: Tls) -> Option<(Tls, PublicKey)> {
    loop {
        match tls.handshake(&mut Socket(socket.get_ref())) {
            Ok(peer_key) => return Some((tls, peer_key)),
            Err(error) if error.would_block() => {}
            Err(_) => {
                // What is wrong was said by TLS; it may arrive, or not.
                let _ = socket.get_ref().shutdown(Shutdown::Write);
                return None;
            }
        }
        let ready = if tls.wants_write() {
            socket.writable().await
        } else {
            socket.readable().await
        };
        ready.ok()?;
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

impl Plain {
    /// Whether somebody at this address may speak without TLS.
    fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::FromThisMachine => is_loopback(address),
            Self::FromAnywhere => true,
            Self::FromNowhere => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_loopback_is_this_machine() {
        for text in ["127.0.0.1", "127.255.3.9", "::1", "::ffff:127.0.0.1"] {
            assert!(is_loopback(address(text)), "{text}");
        }
        for text in [
            "0.0.0.0",
            "10.0.0.1",
            "128.0.0.1",
            "192.168.1.1",
            "::",
            "::2",
            "::ffff:10.0.0.1",
            "fe80::1",
            "2001:db8::7f00:1",
        ] {
            assert!(!is_loopback(address(text)), "{text}");
        }
    }

    #[test]
    fn plain_frames_come_from_where_the_operator_says() {
        let (here, there) = (address("127.0.0.1"), address("192.0.2.1"));
        for (plain, expected) in [
            (Plain::FromThisMachine, (true, false)),
            (Plain::FromAnywhere, (true, true)),
            (Plain::FromNowhere, (false, false)),
        ] {
            assert_eq!((plain.allows(here), plain.allows(there)), expected, "{plain:?}");
        }
    }
}
