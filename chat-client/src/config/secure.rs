//! What TLS needs.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chat_proto::ids::PublicKey;
use chat_tls::{KeyFile, KeyFileError, key_file};
use etcetera::BaseStrategy;

/// What TLS needs: our own key, and where the keys of servers are kept that we have met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secure {
    /// Our own key.
    pub identity: IdentityFile,
    /// Who signs, if there is only the public half of it.
    pub agent: Agent,
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
    /// Here; it has to be there. If it is only the public half, an [`Agent`] has the other.
    Given(PathBuf),
}

impl IdentityFile {
    /// Reads the key, and makes it if it is our own and not there.
    ///
    /// # Errors
    /// Why it can't be used.
    pub fn read(&self) -> Result<KeyFile, KeyFileError> {
        match self {
            Self::Own(path) => key_file::read_or_make(path).map(KeyFile::Private),
            Self::Given(path) => key_file::read_half(path),
        }
    }
}

/// So long an agent is waited for, and whoever has to touch a key: not quite so long as servers wait for a connection to say
/// who it is.
pub const AGENT_TIMEOUT: Duration = Duration::from_secs(8);

/// An ssh-agent. It is asked for one signature when a connection is made, and whenever one is made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its Unix socket; `None`: there is no agent.
    pub socket: Option<PathBuf>,
    /// So long it is waited for an answer of it. After that it is asked again, with the next try to connect.
    pub timeout: Duration,
}

impl Agent {
    /// The one that `SSH_AUTH_SOCK` names.
    #[must_use]
    pub fn of_user() -> Self {
        let socket = env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty());
        Self {
            socket: socket.map(PathBuf::from),
            timeout: AGENT_TIMEOUT,
        }
    }
}

impl Secure {
    /// A key of our own and the servers that we have met, both in this directory; and the user's agent.
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
            agent: Agent::of_user(),
            known_servers: directory.join("known_servers"),
            server_key: None,
            always: false,
        }
    }

    /// The same where `chat-client` has it: in the user's data directory, with this key if one is given; nothing if the
    /// user has no home.
    #[must_use]
    pub fn of_user(identity: Option<&Path>) -> Option<Self> {
        let directories = etcetera::choose_base_strategy().ok()?;
        let mut secure = Self::in_directory(&directories.data_dir().join("chat-client"));
        if let Some(identity) = identity {
            secure.identity = IdentityFile::Given(identity.to_owned());
        }
        Some(secure)
    }
}
