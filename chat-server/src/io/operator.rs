//! The operator's door: a Unix socket that only the user who runs the server can open.
//!
//! Each connection brings one line, an [`Order`], and takes one away, what it is [`Told`]. One after the other is served; one
//! that dawdles is closed.

use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, Permissions};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_io::Timer;
use async_net::unix::{UnixListener, UnixStream};
use channels::mpsc;
use chat_proto::ids::Secret;
use futures_lite::io::{AsyncReadExt, AsyncWriteExt};
use futures_lite::{FutureExt, StreamExt};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};

use crate::io::connection::Badge;
use crate::io::hub::Letter;
use crate::io::mailbox::Mail;
use crate::pure::hub::{PeerId, Reply, Request};
use crate::pure::operator::{Answer, ORDER_BYTES_MAX, Order, ServerAddress, Told};
use crate::pure::session::SessionLimits;

/// The path of a socket: the kernel's own bound on Linux, less on some others, and its end.
pub(crate) const SOCKET_PATH_BYTES_MAX: usize = 103;

/// So long one connection may take.
const ORDER_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections of operators that wait.
const OPERATORS_WAITING_MAX: i32 = 8;

/// After accepting has failed it rests so long.
const ACCEPT_REST: Duration = Duration::from_secs(1);

/// Numbers of peers from here on are operators'.
const FIRST_OPERATOR: u64 = 1 << 63;

/// A socket that listens, and goes with this.
pub(crate) struct OperatorDoor {
    listener: UnixListener,
    path: PathBuf,
    address: ServerAddress,
    operators: u64,
}

impl OperatorDoor {
    /// Listens at this path. What a server that has died left there goes.
    ///
    /// # Errors
    /// [`OperatorError`], if that can't be.
    pub(crate) fn open(path: &Path, address: ServerAddress) -> Result<Self, OperatorError> {
        let fail = |cause: io::Error| OperatorError::Failed {
            path: path.to_owned(),
            cause,
        };
        if path.as_os_str().as_bytes().len() > SOCKET_PATH_BYTES_MAX {
            return Err(OperatorError::PathTooLong {
                path: path.to_owned(),
            });
        }
        if net::UnixStream::connect(path).is_ok() {
            return Err(OperatorError::InUse {
                path: path.to_owned(),
            });
        }
        match fs::remove_file(path) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(fail(cause)),
            Ok(()) | Err(_) => {}
        }
        let listener = listen(path).map_err(fail)?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            address,
            operators: 0,
        })
    }

    /// Serves, for ever.
    pub(crate) async fn run(mut self, requests: mpsc::BoundedSender<Letter>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let too_late = async {
                        Timer::after(ORDER_TIMEOUT).await;
                        Ok(())
                    };
                    // Who fails or dawdles is let go; it can come again.
                    let _ = self.serve(stream, &requests).or(too_late).await;
                }
                Err(_) => {
                    Timer::after(ACCEPT_REST).await;
                }
            }
        }
    }

    async fn serve(
        &mut self,
        mut stream: UnixStream,
        requests: &mpsc::BoundedSender<Letter>,
    ) -> io::Result<()> {
        let told = match read_order(&mut stream).await? {
            Ok(order) => self.ask(order, requests).await?.told(&self.address),
            Err(sentence) => Answer::Refused(sentence).told(&self.address),
        };
        let mut line = serde_json::to_vec(&told)?;
        line.push(b'\n');
        stream.write_all(&line).await
    }

    async fn ask(&mut self, order: Order, requests: &mpsc::BoundedSender<Letter>) -> io::Result<Answer> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        self.operators += 1;
        let from = PeerId(FIRST_OPERATOR + self.operators);
        let badge = Badge::new(&SessionLimits::default());
        let letter = |request, badge| Letter { from, request, badge };
        let random = Secret::from_bytes(random);
        let gone = |_| io::Error::from(ErrorKind::BrokenPipe);
        let order = letter(Request::Operate { order, random }, Some(Arc::clone(&badge)));
        requests.send(order).await.map_err(gone)?;
        let answer = poll_fn(|cx| {
            let answers = badge.mailbox.take(cx).into_iter().filter_map(|mail| match mail {
                Mail::Reply(Reply::Answered(answer), _) => Some(answer),
                Mail::Reply(..) | Mail::Tick | Mail::Stop { .. } | Mail::MakeRoom => None,
            });
            answers.last().map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        let departure = letter(Request::Depart, None);
        requests.send(departure).await.map_err(gone)?;
        Ok(answer)
    }
}

impl Drop for OperatorDoor {
    fn drop(&mut self) {
        // If somebody has removed it already, that is as well.
        let _ = fs::remove_file(&self.path);
    }
}

/// A socket that nobody can connect to before only its owner can.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    rustix::net::listen(&socket, OPERATORS_WAITING_MAX)?;
    UnixListener::try_from(net::UnixListener::from(socket))
}

/// Reads a line, and what it means, or a sentence that says why it means nothing.
async fn read_order(stream: &mut UnixStream) -> io::Result<Result<Order, String>> {
    let mut line = Vec::new();
    let mut bytes = stream.bytes();
    while let Some(byte) = bytes.next().await {
        match byte? {
            b'\n' => return Ok(serde_json::from_slice(&line).map_err(|error| error.to_string())),
            _ if line.len() == ORDER_BYTES_MAX => return Ok(Err("this order is too long".to_owned())),
            byte => line.push(byte),
        }
    }
    Ok(Err("this order has no end".to_owned()))
}

/// Has a running server do something, and returns what it tells.
///
/// # Errors
/// The machine's reason, if no server listens there, or it does not answer.
pub fn operate(socket: &Path, order: &Order) -> io::Result<Told> {
    use std::io::{BufRead, BufReader, Write};
    if socket.as_os_str().as_bytes().len() > SOCKET_PATH_BYTES_MAX {
        let too_long = OperatorError::PathTooLong {
            path: socket.to_owned(),
        };
        return Err(io::Error::new(ErrorKind::InvalidInput, too_long));
    }
    let mut stream = net::UnixStream::connect(socket)?;
    let mut line = serde_json::to_vec(order)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut told = String::new();
    BufReader::new(stream).read_line(&mut told)?;
    Ok(serde_json::from_str(&told)?)
}

/// Where the socket of a server is that keeps its history in this directory.
#[must_use]
pub fn socket_in(directory: &Path) -> PathBuf {
    directory.join("operator")
}

/// Where the socket of a server is that keeps its history in memory and listens on this port, if the machine has a place
/// for such things.
#[must_use]
pub fn socket_of_port(runtime_directory: Option<&OsStr>, port: u16) -> Option<PathBuf> {
    let directory = runtime_directory.filter(|directory| !directory.is_empty())?;
    Some(Path::new(directory).join(format!("chat-server-{port}")))
}

/// Why the operator can't reach the server.
#[derive(Debug)]
pub enum OperatorError {
    /// The kernel takes no path as long as this.
    PathTooLong {
        /// The path.
        path: PathBuf,
    },
    /// Another server listens there.
    InUse {
        /// Where.
        path: PathBuf,
    },
    /// The machine has another reason.
    Failed {
        /// Where.
        path: PathBuf,
        /// Its reason.
        cause: io::Error,
    },
}

impl fmt::Display for OperatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PathTooLong { path } => write!(
                f,
                "{} is too long for the operator's socket, which has at most {SOCKET_PATH_BYTES_MAX} bytes: choose a shorter directory",
                path.display()
            ),
            Self::InUse { path } => write!(f, "another server listens to its operator at {}", path.display()),
            Self::Failed { path, cause } => {
                write!(f, "cannot listen to the operator at {}: {cause}", path.display())
            }
        }
    }
}

impl Error for OperatorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::PathTooLong { .. } | Self::InUse { .. } => None,
            Self::Failed { cause, .. } => Some(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use chat_proto::ids::PublicKey;
    use chat_proto::link::Host;
    use chat_proto::name::RoomName;
    use futures_lite::future::block_on;

    use super::*;

    fn address() -> ServerAddress {
        ServerAddress {
            host: Host::parse("localhost").unwrap(),
            port: 8000,
            key: PublicKey([0; 32]),
            room: RoomName::parse("lobby").unwrap(),
        }
    }

    #[test]
    fn the_socket_is_its_owners_alone_and_goes_with_the_server() {
        let directory = tempfile::tempdir().unwrap();
        let path = socket_in(directory.path());
        let door = OperatorDoor::open(&path, address()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(
            OperatorDoor::open(&path, address()),
            Err(OperatorError::InUse { .. })
        ));
        drop(door);
        assert!(!path.exists());
    }

    #[test]
    fn what_a_dead_server_left_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = socket_in(directory.path());
        drop(net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "it is there, and nobody listens");
        OperatorDoor::open(&path, address()).unwrap();
    }

    #[test]
    fn a_path_that_is_too_long_is_refused_in_a_sentence() {
        let path = Path::new("/tmp").join("x".repeat(SOCKET_PATH_BYTES_MAX));
        let refused = OperatorDoor::open(&path, address()).err().unwrap();
        assert!(refused.to_string().contains("shorter directory"), "{refused}");
        let refused = operate(&path, &Order::Invites).unwrap_err();
        assert!(refused.to_string().contains("shorter directory"), "{refused}");
    }

    #[test]
    fn an_order_is_one_line_of_bounded_length() {
        block_on(async {
            for (sent, refused) in [
                (b"{\"do\":\"invites\"}\n".to_vec(), None),
                (b"{\"do\":\"invites\"}".to_vec(), Some("no end")),
                (vec![b'x'; ORDER_BYTES_MAX + 1], Some("too long")),
                (b"nonsense\n".to_vec(), Some("expected")),
            ] {
                let (mut ours, mut theirs) = UnixStream::pair().unwrap();
                theirs.write_all(&sent).await.unwrap();
                drop(theirs);
                match (read_order(&mut ours).await.unwrap(), refused) {
                    (Ok(order), None) => assert_eq!(order, Order::Invites),
                    (Err(sentence), Some(words)) => assert!(sentence.contains(words), "{sentence}"),
                    (read, _) => panic!("{read:?}"),
                }
            }
        });
    }
}
