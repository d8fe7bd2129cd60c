//! What can be chosen: by programs, and on the command line.

mod arguments;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chat_proto::ids::{Invitation, PublicKey};
use chat_proto::name::{RoomName, UserName};
use chat_tls::{Identity, KeyFileError, key_file};
use etcetera::BaseStrategy;

pub use arguments::{Arguments, Command, Settled, UsageError, Word};

/// Where a server is looked for.
pub const SERVER_DEFAULT: &str = "127.0.0.1:8000";

/// Where lines are said.
pub const ROOM_DEFAULT: &str = "lobby";

/// How long a lost server is looked for, in seconds.
pub const GIVE_UP_S_DEFAULT: u64 = 60;

/// So many messages of a room can be asked for at its beginning.
pub const LAST_MAX: u32 = 1_000_000;

/// Which server, who, and where. See [`Client::connect`](crate::Client::connect).
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// use chat_client::Options;
/// use chat_proto::name::{NameError, RoomName, UserName};
///
/// let options = Options::new("127.0.0.1:8000", UserName::parse("echo")?)
///     .room(RoomName::parse("lobby")?, 10)
///     .give_up(Duration::from_secs(60));
/// assert_eq!(options.rooms.len(), 1);
/// # Ok::<(), NameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// `HOST:PORT`.
    pub server: String,
    /// The name to be known under.
    pub name: UserName,
    /// The rooms to join from the start, each with so many of its last messages.
    pub rooms: Vec<(RoomName, u32)>,
    /// How long after a loss, or after the start, it still tries to connect; `None`: for ever.
    pub give_up: Option<Duration>,
    /// What TLS needs; without it only a server on this machine is spoken to, and in the clear.
    pub secure: Option<Secure>,
    /// Shown to a server that lets in who is invited. Only under TLS: in the clear a key can't be let in.
    pub invitation: Option<Invitation>,
}

/// What TLS needs: our own key, and where the keys of servers are kept that we have met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secure {
    /// Our own key.
    pub identity: IdentityFile,
    /// The file with the servers that we have met.
    pub known_servers: PathBuf,
    /// The key that the server has to show. Without it: the one that it is known by, or any if we have not met it.
    pub server_key: Option<PublicKey>,
    /// TLS also with a server on this machine that we have not met.
    pub always: bool,
}

/// Where our own key is, in the format of OpenSSH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityFile {
    /// Here; it is made if it is not there.
    Own(PathBuf),
    /// Here; it has to be there.
    Given(PathBuf),
}

impl IdentityFile {
    /// Reads the key, and makes it if it is our own and not there.
    ///
    /// # Errors
    /// Why it can't be used.
    pub fn read(&self) -> Result<Identity, KeyFileError> {
        match self {
            Self::Own(path) => key_file::read_or_make(path),
            Self::Given(path) => key_file::read(path),
        }
    }
}

impl Secure {
    /// A key of our own and the servers that we have met, both in this directory.
    ///
    /// # Examples
    /// ```
    /// use chat_client::Options;
    /// use chat_client::config::Secure;
    /// use chat_proto::name::{NameError, UserName};
    ///
    /// let mut options = Options::new("chat.example.org:8000", UserName::parse("echo")?);
    /// options.secure = Some(Secure::in_directory("/var/lib/echo".as_ref()));
    /// # Ok::<(), NameError>(())
    /// ```
    #[must_use]
    pub fn in_directory(directory: &Path) -> Self {
        Self {
            identity: IdentityFile::Own(directory.join("key")),
            known_servers: directory.join("known_servers"),
            server_key: None,
            always: false,
        }
    }

    /// The same where `chat-client` has it: in the user's data directory; nothing if the user has no home.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let directories = etcetera::choose_base_strategy().ok()?;
        Some(Self::in_directory(&directories.data_dir().join("chat-client")))
    }
}

impl Options {
    /// Somebody at a server, in no room yet, who never gives up.
    #[must_use]
    pub fn new(server: impl Into<String>, name: UserName) -> Self {
        Self {
            server: server.into(),
            name,
            rooms: Vec::new(),
            give_up: None,
            secure: None,
            invitation: None,
        }
    }

    /// Joins this room from the start, and is told so many of its last messages.
    #[must_use]
    pub fn room(mut self, room: RoomName, tail: u32) -> Self {
        self.rooms.push((room, tail));
        self
    }

    /// Gives up so long after a loss, or after the start.
    #[must_use]
    pub const fn give_up(mut self, after: Duration) -> Self {
        self.give_up = Some(after);
        self
    }
}
