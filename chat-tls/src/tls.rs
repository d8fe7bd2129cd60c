//! One end of a TLS connection, without its socket.
//!
//! ```text
//!            ┌─────────────── Tls ───────────────┐
//!  socket ──▶│ a record ──▶ what it says         │──▶ read
//!  socket ◀──│ records  ◀── what is to be said   │◀── write, close
//!            └───────────────────────────────────┘
//!               ╰ at most TLS_OUTPUT_BYTES_MAX wait for the socket; flush moves them
//! ```
//! Each method does what it can with the socket that it is handed, and returns [`WouldBlock`](io::ErrorKind::WouldBlock)
//! where the socket did. Two things are easily forgotten by whoever waits for a socket's readiness:
//!
//! - One record read from the socket may say more than one `read` took: ask [`Tls::has_input`] before waiting for the socket.
//! - What was written is on its way only when [`Tls::flush`] says so. Reading may leave something to flush, too.
//!
//! An idle connection keeps no state of the handshake, and one buffer of 4 KiB for the next record.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, IoSlice, Read, Write};
use std::sync::Arc;

use chat_proto::ids::PublicKey;
use rustls::client::{AlwaysResolvesClientRawPublicKeys, ClientConnection};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage, ServerConnection};
use rustls::version::TLS13;
use rustls::{AlertDescription, CertificateError, ClientConfig, Connection, OtherError, ServerConfig};

use crate::Identity;
use crate::elsewhere::NotSigned;
use crate::identity::from_spki;
use crate::verify::{AnyKey, ExpectedKey};

/// The first byte of every connection that is TLS. A plain frame's is 0.
pub const FIRST_BYTE: u8 = 0x16;

/// Records that wait for the socket to take them, about.
pub const TLS_OUTPUT_BYTES_MAX: usize = 32 * 1024;

/// No handshake is longer: raw keys are short.
pub const HANDSHAKE_BYTES_MAX: usize = 16 * 1024;

/// Lets others connect to an identity.
#[derive(Clone)]
pub struct Acceptor(Arc<ServerConfig>);

impl Acceptor {
    /// Who connects is shown this identity's key, and has to show one, too: any.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .expect("ring speaks TLS 1.3")
            .with_client_cert_verifier(Arc::new(AnyKey::new(&provider)))
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(
                identity.certified(),
            )));
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Self(Arc::new(config))
    }

    /// This end of a connection that was accepted.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn accept(&self) -> Tls {
        let connection = ServerConnection::new(Arc::clone(&self.0));
        Tls::new(connection.expect("the configuration has all it needs").into())
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}

/// One end of a connection. See the [module](self).
pub struct Tls {
    connection: Connection,
    /// How many bytes of the handshake came; at most [`HANDSHAKE_BYTES_MAX`].
    handshake_bytes: usize,
    has_input: bool,
}

impl Tls {
    /// The end of somebody who connects with this identity, to whoever has this key, or to anybody.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn connect(identity: &Identity, expected: Option<PublicKey>) -> Self {
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let verifier = ExpectedKey::new(&provider, expected);
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .expect("ring speaks TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(
                identity.certified(),
            )));
        config.enable_sni = false;
        config.resumption = rustls::client::Resumption::disabled();
        // No name is sent, and none is looked at: the key is what counts.
        let nobody = ServerName::try_from("chat.invalid").expect("it is a name");
        let connection = ClientConnection::new(Arc::new(config), nobody);
        Self::new(connection.expect("the configuration has all it needs").into())
    }

    fn new(mut connection: Connection) -> Self {
        connection.set_buffer_limit(Some(TLS_OUTPUT_BYTES_MAX));
        Self {
            connection,
            handshake_bytes: 0,
            has_input: false,
        }
    }

    /// Goes on with the handshake to its end, and tells the other end's key: it is proven to be there.
    ///
    /// # Errors
    /// [`TlsError`]. After anything but a socket that would block, the connection is of no use.
    pub fn handshake(&mut self, socket: &mut (impl Read + Write)) -> Result<PublicKey, TlsError> {
        loop {
            self.flush(socket)?;
            if !self.connection.is_handshaking() {
                return self
                    .peer_key()
                    .ok_or(TlsError::Broken(rustls::Error::NoCertificatesPresented));
            }
            if self.handshake_bytes > HANDSHAKE_BYTES_MAX {
                return Err(TlsError::HandshakeTooLong);
            }
            let bytes = self.connection.read_tls(socket)?;
            if bytes == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            self.handshake_bytes += bytes;
            self.process(socket)?;
        }
    }

    /// Looks into what came. What was not right about it is told to the other end, as far as the socket takes it.
    fn process(&mut self, socket: &mut impl Write) -> Result<(), TlsError> {
        match self.connection.process_new_packets() {
            Ok(state) => {
                self.has_input = state.plaintext_bytes_to_read() > 0 || state.peer_has_closed();
                Ok(())
            }
            Err(error) => {
                // The reason to end is the error; nobody waits for a peer that does not take it.
                let _ = self.flush(socket);
                Err(TlsError::from_rustls(error))
            }
        }
    }

    /// The other end's key, once the handshake is over.
    #[must_use]
    pub fn peer_key(&self) -> Option<PublicKey> {
        match self.connection.peer_certificates() {
            Some([key, ..]) if !self.connection.is_handshaking() => from_spki(key),
            Some(_) | None => None,
        }
    }

    /// Whether [`read`](Self::read) has something without asking the socket: do not wait for the socket then.
    #[must_use]
    pub const fn has_input(&self) -> bool {
        self.has_input
    }

    /// Reads some of what the other end has said; 0: it has said that nothing follows.
    ///
    /// # Errors
    /// Those of the socket. [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the other end is gone without having said that nothing
    /// follows: somebody may have cut something off. [`TlsError`] in an `io::Error` if what came was not sent by the other end.
    pub fn read(&mut self, socket: &mut (impl Read + Write), buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.connection.reader().read(buffer) {
                Ok(bytes) => {
                    self.note_input();
                    return Ok(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            self.has_input = false;
            self.connection.read_tls(socket)?;
            self.process(socket)?;
        }
    }

    fn note_input(&mut self) {
        // An end of input without a goodbye is told by the next read; so is one with it.
        self.has_input = match self.connection.reader().fill_buf() {
            Ok(_) => true,
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        };
    }

    /// Takes some of these bytes, and passes on to the socket what it takes.
    ///
    /// # Errors
    /// Those of the socket; it would block if nothing could be taken because too much waits already.
    pub fn write(&mut self, socket: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(socket, &[IoSlice::new(bytes)])
    }

    /// As [`write`](Self::write), from several places.
    ///
    /// # Errors
    /// As `write`.
    pub fn write_vectored(&mut self, socket: &mut impl Write, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut taken = self.connection.writer().write_vectored(bytes)?;
        match self.flush(socket) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Ok(()) if taken == 0 => {
                taken = self.connection.writer().write_vectored(bytes)?;
                would_block_is_fine(self.flush(socket))?;
            }
            Ok(()) | Err(_) => {}
        }
        if taken == 0 && bytes.iter().any(|bytes| !bytes.is_empty()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(taken)
    }

    /// Whether something waits for the socket to take it.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        self.connection.wants_write()
    }

    /// Passes on to the socket what waits for it.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn flush(&mut self, socket: &mut impl Write) -> io::Result<()> {
        while self.connection.wants_write() {
            match self.connection.write_tls(socket) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Says that nothing follows. The other end may still say something. It may be called again until it succeeds.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn close(&mut self, socket: &mut impl Write) -> io::Result<()> {
        self.connection.send_close_notify();
        self.flush(socket)
    }
}

fn would_block_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        result => result,
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("peer_key", &self.peer_key())
            .finish_non_exhaustive()
    }
}

/// The other end has another key than the one that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherKey {
    /// What it showed.
    pub shown: PublicKey,
}

impl fmt::Display for OtherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the other end has another key: {}",
            crate::fingerprint(&self.shown)
        )
    }
}

impl Error for OtherKey {}

/// Why two ends do not come together.
#[derive(Debug)]
pub enum TlsError {
    /// The socket's reason; if it would block, the same may be tried again.
    Socket(io::Error),
    /// It is not who was expected. Nothing was told to it, not even who we are.
    OtherKey(OtherKey),
    /// The other end refuses ours.
    Refused(AlertDescription),
    /// Our own key lies [elsewhere](Identity::elsewhere), and there is no signature of it: why. The other end has not been told who
    /// we are.
    NotSigned(Arc<io::Error>),
    /// It does not speak TLS, or not ours, or has no key.
    Broken(rustls::Error),
    /// It sent more than [`HANDSHAKE_BYTES_MAX`], and was not done.
    HandshakeTooLong,
}

impl TlsError {
    fn from_rustls(error: rustls::Error) -> Self {
        if let rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(other))) = &error
            && let Some(other) = other.downcast_ref()
        {
            return Self::OtherKey(*other);
        }
        if let rustls::Error::Other(OtherError(other)) = &error
            && let Some(NotSigned(cause)) = other.downcast_ref()
        {
            return Self::NotSigned(Arc::clone(cause));
        }
        if let rustls::Error::AlertReceived(alert) = error {
            return Self::Refused(alert);
        }
        Self::Broken(error)
    }

    /// Whether the socket is not ready, and nothing is wrong.
    #[must_use]
    pub fn would_block(&self) -> bool {
        matches!(self, Self::Socket(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl From<io::Error> for TlsError {
    fn from(error: io::Error) -> Self {
        Self::Socket(error)
    }
}

impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> Self {
        if let TlsError::Socket(error) = error {
            return error;
        }
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(error) => error.fmt(f),
            Self::OtherKey(other) => other.fmt(f),
            Self::Refused(alert) => write!(f, "the other end refuses our TLS: {alert:?}"),
            Self::NotSigned(cause) => cause.fmt(f),
            Self::Broken(error) => write!(f, "the other end speaks no TLS that is ours: {error}"),
            Self::HandshakeTooLong => f.write_str("the other end does not come to an end with its handshake"),
        }
    }
}

impl Error for TlsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Socket(error) => Some(error),
            Self::OtherKey(other) => Some(other),
            Self::NotSigned(cause) => Some(cause),
            Self::Broken(error) => Some(error),
            Self::Refused(_) | Self::HandshakeTooLong => None,
        }
    }
}
