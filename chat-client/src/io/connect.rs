//! How a connection begins: in the clear with a server on this machine, under TLS with all others.
//!
//! | the server | is spoken to |
//! |---|---|
//! | on another machine | under TLS, always |
//! | on this machine, and its key is known, or named by a link, or TLS is asked for | under TLS |
//! | on this machine otherwise | in the clear |
//!
//! Under TLS it has to show the key by which it is known, or is from now on known by the one that it shows. Nothing is sent
//! before that, not even our own key.

use std::fmt;
use std::io;
use std::sync::Arc;

use async_net::TcpStream;
use chat_proto::ids::PublicKey;
use chat_tls::{Identity, KeyFile, Tls, TlsError, fingerprint};

use super::agent;
use super::stream::Stream;
use crate::config::Secure;
use crate::config::known_servers::KnownServers;

/// A connection that stands.
pub(crate) struct Connected {
    pub(crate) stream: Stream,
    /// The server's key, if it is known only from now on.
    pub(crate) pinned: Option<PublicKey>,
}

/// Why none stands.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// It may be tried again.
    Io(io::Error),
    /// It may be tried again: whoever has to sign with our key is not there now. For people.
    Unsigned(String),
    /// It may not: the server is another one, or we have nothing to show. For people.
    Untrusted(String),
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn untrusted(error: impl fmt::Display) -> ConnectError {
    ConnectError::Untrusted(error.to_string())
}

/// A person who is not there now may be there the next time; nothing else about an agent changes by itself.
fn not_signed(cause: &io::Error) -> ConnectError {
    if cause.kind() == io::ErrorKind::TimedOut {
        ConnectError::Unsigned(cause.to_string())
    } else {
        untrusted(cause)
    }
}

/// Connects to `HOST:PORT`.
pub(crate) async fn connect(server: String, secure: Option<Arc<Secure>>) -> Result<Connected, ConnectError> {
    let socket = TcpStream::connect(&server).await?;
    socket.set_nodelay(true)?;
    let is_here = socket.peer_addr()?.ip().to_canonical().is_loopback();
    let Some(secure) = secure else {
        return if is_here {
            Ok(Connected {
                stream: Stream::plain(socket),
                pinned: None,
            })
        } else {
            let told = format!(
                "{server} is another machine, where everybody on the way could read along: TLS needs a key"
            );
            Err(untrusted(told))
        };
    };
    let credentials = {
        let (server, secure) = (server.clone(), Arc::clone(&secure));
        blocking::unblock(move || Credentials::read(&secure, &server, is_here)).await?
    };
    let Some(Credentials { identity, expected }) = credentials else {
        return Ok(Connected {
            stream: Stream::plain(socket),
            pinned: None,
        });
    };
    let (stream, shown) = match Stream::secured(socket, Tls::connect(&identity, expected)).await {
        Ok(secured) => secured,
        Err(TlsError::OtherKey(other)) => {
            return Err(untrusted(other_key(&server, &secure, expected, other.shown)));
        }
        Err(TlsError::NotSigned(cause)) => return Err(not_signed(&cause)),
        Err(error) => return Err(ConnectError::Io(error.into())),
    };
    let pinned = blocking::unblock(move || pin(&secure, &server, shown)).await?;
    Ok(Connected { stream, pinned })
}

/// What TLS needs.
struct Credentials {
    identity: Identity,
    /// The key that the server has to show.
    expected: Option<PublicKey>,
}

impl Credentials {
    /// Nothing if the server is to be spoken to in the clear.
    fn read(secure: &Secure, server: &str, is_here: bool) -> Result<Option<Self>, ConnectError> {
        let known = KnownServers::at(&secure.known_servers)
            .key_of(server)
            .map_err(untrusted)?;
        if let (Some(named), Some(known)) = (secure.server_key, known)
            && named != known
        {
            return Err(untrusted(other_key(server, secure, Some(known), named)));
        }
        let expected = secure.server_key.or(known);
        if is_here && expected.is_none() && !secure.always {
            return Ok(None);
        }
        let identity = match secure.identity.read().map_err(untrusted)? {
            KeyFile::Private(identity) => identity,
            KeyFile::Public(key) => {
                agent::identity(&secure.agent, key).map_err(|error| not_signed(&error.into()))?
            }
        };
        Ok(Some(Self { identity, expected }))
    }
}

/// Keeps the server's key, if it is not known yet; tells whether it was not.
fn pin(secure: &Secure, server: &str, shown: PublicKey) -> Result<Option<PublicKey>, ConnectError> {
    let known_servers = KnownServers::at(&secure.known_servers);
    if known_servers.key_of(server).map_err(untrusted)? == Some(shown) {
        return Ok(None);
    }
    let known = known_servers.add(server, shown).map_err(untrusted)?;
    if known != shown {
        // Somebody else of ours has met another one meanwhile.
        return Err(untrusted(other_key(server, secure, Some(known), shown)));
    }
    Ok(Some(shown))
}

fn other_key(server: &str, secure: &Secure, expected: Option<PublicKey>, shown: PublicKey) -> String {
    let expected = expected.map_or_else(String::new, |expected| {
        format!(", not {}", fingerprint(&expected))
    });
    format!(
        "THE KEY OF {server} IS ANOTHER ONE: {}{expected}. Somebody may be between you and the server, or it was made anew. Nothing was \
         sent. Ask its operator; if the new key is right, {}",
        fingerprint(&shown),
        how_to_forget(server, secure)
    )
}

/// What to do for the server to be taken by another key: a program of its own has a file of its own.
fn how_to_forget(server: &str, secure: &Secure) -> String {
    let of_user = Secure::of_user(None);
    if of_user.is_some_and(|of_user| of_user.known_servers == secure.known_servers) {
        format!("run `chat-client forget {server}`")
    } else {
        let file = secure.known_servers.display();
        format!("remove the line of {server} from {file}")
    }
}
