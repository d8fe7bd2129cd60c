//! The server from outside: bind, look, run.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_net::TcpListener;
use channels::mpsc;
use chat_proto::ids::PublicKey;
use chat_tls::{Acceptor, Identity, KeyFileError, key_file};
use futures_lite::future::{self, FutureExt};
use smol::Executor;

use crate::config::Config;
use crate::history::fact::Fact;
use crate::history::memory::Memory;
use crate::history::sqlite::{Index, OpenError, Reader, Sqlite};
use crate::io::admission::{Admission, Manners};
use crate::io::bell::only_when_woken;
use crate::io::clock::Clock;
use crate::io::deadlines::Deadlines;
use crate::io::descriptors::{Places, raise_files_max};
use crate::io::directory::{Directory, DirectoryError};
use crate::io::door::Door;
use crate::io::history::disk::{Disk, Tell};
use crate::io::hub::{HubTask, REQUESTS_WAITING_MAX};
use crate::io::listener::Listener;
use crate::io::operator::{OperatorDoor, OperatorError};
use crate::io::stream::opening::Entrance;
use crate::io::{House, history};
use crate::pure::hub::Hub;
use crate::pure::operator::ServerAddress;
use crate::pure::registry::BadFact;
use crate::pure::session::Keeping;

/// Connections that the kernel may hold until they are accepted: many come at once when a server comes back.
const BACKLOG_CONNECTIONS: i32 = 1024;

/// The file of a data directory that has the messages.
pub const LOG_FILE: &str = "chat.db";

/// The file of a data directory that has the index; it can be deleted while no server runs, and is made anew.
const INDEX_FILE: &str = "words.db";

/// The file of a data directory that has the server's key, in the format of OpenSSH.
pub const KEY_FILE: &str = "key";

/// Where history is kept.
#[derive(Debug)]
enum Store {
    Memory(Memory),
    Disk(Box<Disk>),
}

/// A server that listens, and serves while [`run`](Self::run) is awaited.
pub struct Server {
    config: Config,
    socket: TcpListener,
    address: SocketAddr,
    identity: Identity,
    places: Places,
    notices: Vec<String>,
    store: Store,
    hub: Hub,
    operator: Option<OperatorDoor>,
    tell: Tell,
}

impl Server {
    /// Listens where the configuration says. From here on peers can connect; they are served once [`run`](Self::run) is
    /// awaited.
    ///
    /// The process's limit of open files is raised as far as it may be. If it still is too low for the connections that
    /// the configuration allows, fewer are allowed, and one of the [`notices`](Self::notices) says so.
    ///
    /// # Errors
    /// [`BindError`] if the address can't be listened on, or the machine has no random numbers.
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        let wanted = Places {
            inside: config.connections_max,
            greeting: config.greeting_max.max(1),
        };
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(|error| BindError::NoRandomness { cause: error.into() })?;
        let store = Store::open(&config, u64::from_ne_bytes(seed))?;
        let identity = identity(&config)?;
        let hub = Hub::new(config.hub, &store.facts()?).map_err(|cause| BindError::Facts { cause })?;
        let (places, notice) = wanted.lowered_to(raise_files_max());
        let address = config.listen;
        let (socket, address) = listen(address)
            .await
            .map_err(|cause| BindError::of_address(address, cause))?;
        Ok(Self {
            config,
            socket,
            address,
            identity,
            places,
            notices: notice.into_iter().collect(),
            store,
            hub,
            operator: None,
            tell: Arc::new(|_| ()),
        })
    }

    /// Listens to the operator too, on a Unix socket at this path, while [`run`](Self::run) is awaited: see [`operate`].
    /// `address` is what stands in invitations.
    ///
    /// # Errors
    /// [`OperatorError`], if it can't.
    ///
    /// [`operate`]: crate::operate
    pub fn listen_to_operator(&mut self, path: &Path, address: ServerAddress) -> Result<(), OperatorError> {
        self.operator = Some(OperatorDoor::open(path, address)?);
        Ok(())
    }

    /// From now on the operator is told so what goes wrong while the server runs, one line each: a full disk, a damaged
    /// message. It may be called on any thread.
    pub fn on_trouble(&mut self, tell: impl Fn(&str) + Send + Sync + 'static) {
        self.tell = Arc::new(tell);
    }

    /// The address that peers can connect to, with the port that the machine chose if the configuration said 0.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// By which clients know the server: it goes into links.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.identity.public_key()
    }

    /// What the operator should know, one line each.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Serves until `stop` resolves; then nobody is accepted any more, everybody is told goodbye and when to come back,
    /// and what was accepted is answered, for [`Config::stop_timeout_ms`] at most.
    ///
    /// The returned future works under any executor: all tasks of the server run inside it. It is `Send` if `stop` is.
    ///
    /// # Panics
    /// If the bounds of [`Config::memory`] make no sense beside each other (see [`Memory::new`]), or if the part that all
    /// peers share panics, which is a bug. A panic in what belongs to one peer ends that peer's
    /// connection only.
    ///
    /// # Cancel safety
    /// Dropping the future ends everything at once, without a word to anybody: connections are closed, memory is freed,
    /// the address can be listened on again.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let executor = Executor::new();
        // On the heap, so that whoever awaits this carries little of it: futures are moved about until they are pinned.
        executor.run(Box::pin(self.run_on(&executor, stop))).await;
    }

    async fn run_on(self, executor: &Executor<'static>, stop: impl Future<Output = ()>) {
        let Self {
            config,
            socket,
            identity,
            places,
            store,
            hub,
            operator,
            tell,
            ..
        } = self;
        let clock = Clock::start();
        let (committer, lookups, orders) = history::queues();
        let (requests, letters) = mpsc::bounded(REQUESTS_WAITING_MAX);
        // Each connection tells two pieces of news at most, so connections bound it.
        let (news, told) = mpsc::channel();

        let keeping = store.keeping(&config);
        let store = match store {
            Store::Memory(memory) => executor.spawn(history::memory::run(memory, orders)),
            Store::Disk(disk) => executor.spawn(history::disk::run(*disk, orders, tell)),
        };
        let hub = HubTask::new(hub, clock, letters, committer);
        let hub = executor.spawn(hub.run());
        // Rarely woken, and larger than all the rest.
        let operating = match operator {
            Some(operator) => only_when_woken(operator.run(requests.clone())).boxed(),
            None => future::pending().boxed(),
        };
        let manners = Manners::new(config.session, keeping);
        let house = House {
            requests,
            lookups,
            news,
            admission: Admission::new(config.crowd, manners, config.proxies, clock),
            entrance: Entrance {
                acceptor: Acceptor::new(&identity),
                plain: config.plain,
                trusts_loopback: config.trusts_loopback,
            },
            door: Door::new(places.inside),
            deadlines: Deadlines::new(places.connections_max()),
            clock,
        };
        let stop_timeout = Duration::from_millis(config.stop_timeout_ms.into());
        let listener = Listener::new(Arc::new(house), told, places);
        // Each task that is woken wakes this future too, and asking in vain whether somebody has come is a system call.
        let listening = only_when_woken(listener.run(socket.into(), executor, stop, stop_timeout));
        let listening = future::or(listening, operating);
        // All three are polled all the time, so that a panic in a task is the panic of this future.
        future::zip(listening, future::zip(hub, store)).await;
    }
}

/// The server's key, which is made when the server starts for the first time.
fn identity(config: &Config) -> Result<Identity, BindError> {
    let in_data = || config.data.as_ref().map(|data| data.join(KEY_FILE));
    let Some(file) = config.key.clone().or_else(in_data) else {
        return Identity::generate().map_err(|cause| BindError::NoRandomness { cause });
    };
    key_file::read_or_make(&file).map_err(|cause| BindError::Key { cause })
}

impl Store {
    fn open(config: &Config, seed: u64) -> Result<Self, BindError> {
        let Some(path) = &config.data else {
            return Ok(Self::Memory(Memory::new(config.memory, seed)));
        };
        let directory = Directory::open(path).map_err(|cause| BindError::Directory { cause })?;
        let open = |file: &Path| -> Result<(Sqlite, Reader), OpenError> {
            Ok((Sqlite::open(file, config.disk, seed)?, Reader::open(file)?))
        };
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |cause| BindError::Store { path, cause }
        };
        let log = path.join(LOG_FILE);
        let (writer, reader) = open(&log).map_err(failed(&log))?;
        let words = path.join(INDEX_FILE);
        let index = Index::open(&log, &words).map_err(failed(&words))?;
        Ok(Self::Disk(Box::new(Disk {
            writer,
            reader,
            index,
            directory,
        })))
    }

    /// What is kept beside the logs. A store in memory is empty at the start.
    fn facts(&self) -> Result<Vec<Fact>, BindError> {
        match self {
            Self::Memory(_) => Ok(Vec::new()),
            Self::Disk(disk) => disk.writer.facts().map_err(|cause| BindError::Store {
                path: disk.directory.path().join(LOG_FILE),
                cause,
            }),
        }
    }

    fn keeping(&self, config: &Config) -> Keeping {
        match self {
            Self::Memory(_) => Keeping::in_memory(config.memory.room_ids_max),
            Self::Disk(_) => Keeping::on_disk(config.disk.ids_kept_ms),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpListener::bind(address).await?;
    let address = socket.local_addr()?;
    // Once more, with a longer queue than the standard library asks for.
    rustix::net::listen(&socket, BACKLOG_CONNECTIONS)?;
    Ok((socket, address))
}

/// Why a server can't start.
#[derive(Debug)]
pub enum BindError {
    /// Somebody else listens there already.
    InUse {
        /// Where.
        address: SocketAddr,
    },
    /// The process may not listen there.
    NotAllowed {
        /// Where.
        address: SocketAddr,
    },
    /// The address is not one of this machine's.
    NotOurs {
        /// Where.
        address: SocketAddr,
    },
    /// The machine has another reason.
    Failed {
        /// Where.
        address: SocketAddr,
        /// Its reason.
        cause: io::Error,
    },
    /// The data directory can't be used.
    Directory {
        /// Why.
        cause: DirectoryError,
    },
    /// A file in the data directory can't be used.
    Store {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: OpenError,
    },
    /// The server's key can't be used.
    Key {
        /// Why.
        cause: KeyFileError,
    },
    /// What is kept of names, keys or invitations makes no sense.
    Facts {
        /// What.
        cause: BadFact,
    },
    /// The machine has no random numbers, so nobody could be given a secret.
    NoRandomness {
        /// Its reason.
        cause: io::Error,
    },
}

impl BindError {
    fn of_address(address: SocketAddr, cause: io::Error) -> Self {
        let kind = cause.kind();
        if kind == io::ErrorKind::AddrInUse {
            Self::InUse { address }
        } else if kind == io::ErrorKind::PermissionDenied {
            Self::NotAllowed { address }
        } else if kind == io::ErrorKind::AddrNotAvailable {
            Self::NotOurs { address }
        } else {
            Self::Failed { address, cause }
        }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { address } => write!(f, "cannot listen on {address}: the port is in use"),
            Self::NotAllowed { address } => write!(f, "cannot listen on {address}: not allowed to"),
            Self::NotOurs { address } => {
                write!(f, "cannot listen on {address}: not an address of this machine")
            }
            Self::Failed { address, cause } => write!(f, "cannot listen on {address}: {cause}"),
            Self::Directory { cause } => write!(f, "{cause}"),
            Self::Store { path, cause } => write!(f, "cannot use {}: {cause}", path.display()),
            Self::Key { cause } => write!(f, "{cause}"),
            Self::Facts { cause } => write!(f, "cannot use {LOG_FILE}: {cause}"),
            Self::NoRandomness { cause } => write!(f, "cannot make secrets: {cause}"),
        }
    }
}

impl Error for BindError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::InUse { .. } | Self::NotAllowed { .. } | Self::NotOurs { .. } => None,
            Self::Directory { cause } => Some(cause),
            Self::Store { cause, .. } => Some(cause),
            Self::Key { cause } => Some(cause),
            Self::Facts { cause } => Some(cause),
            Self::Failed { cause, .. } | Self::NoRandomness { cause } => Some(cause),
        }
    }
}

const _: fn(Server) = |server| {
    fn is_send(_: impl Send) {}
    is_send(server.run(future::ready(())));
};
