//! What both ends of the chat need to be private: keys, the files that they lie in, and TLS 1.3 between raw public keys.
//!
//! There are no certificates and nobody who signs them. Each end has an Ed25519 key and shows it in the handshake
//! (RFC 7250), so when the handshake is over each end knows whose key the other has. What follows from that is not
//! decided here.
//!
//! There is no socket and no runtime here either. A [`Tls`] is handed the socket in each call, blocking or not, and
//! says [`WouldBlock`](std::io::ErrorKind::WouldBlock) where the socket did.
//!
//! # Modules, in reading order
//! - [`identity`]: a key, and what people compare by eye.
//! - [`private_file`]: files that are their owner's alone.
//! - [`key_file`]: keys in them, in the format of OpenSSH.
//! - [`agent`]: what is said to an agent that has the key instead.
//! - [`tls`]: one end of a connection.
//!
//! # Examples
//! ```
//! use std::io::{self, Read, Write};
//! use std::net::{TcpListener, TcpStream};
//! use std::thread;
//!
//! use chat_tls::{Acceptor, Identity, Tls};
//!
//! # fn main() -> io::Result<()> {
//! let (server, client) = (Identity::generate()?, Identity::generate()?);
//! let (server_key, client_key) = (server.public_key(), client.public_key());
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let address = listener.local_addr()?;
//! let greeting = thread::spawn(move || -> io::Result<()> {
//!     let (mut socket, _) = listener.accept()?;
//!     let mut tls = Acceptor::new(&server).accept();
//!     assert_eq!(tls.handshake(&mut socket)?, client_key);
//!     tls.write(&mut socket, b"welcome")?;
//!     tls.close(&mut socket)
//! });
//! let mut socket = TcpStream::connect(address)?;
//! let mut tls = Tls::connect(&client, Some(server_key));
//! assert_eq!(tls.handshake(&mut socket)?, server_key);
//! let mut buffer = [0; 64];
//! let bytes = tls.read(&mut socket, &mut buffer)?;
//! assert_eq!(&buffer[..bytes], b"welcome");
//! # greeting.join().expect("it does not panic")
//! # }
//! ```

#![forbid(unsafe_code)]

pub mod agent;
pub mod identity;
pub mod key_file;
pub mod private_file;
pub mod tls;

mod elsewhere;
mod verify;

pub use identity::{Identity, fingerprint};
pub use key_file::{KeyFile, KeyFileError};
pub use tls::{Acceptor, OtherKey, Tls, TlsError};
