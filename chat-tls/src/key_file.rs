//! Keys on disk, as OpenSSH keeps them: `ssh-keygen` reads ours, and we read an Ed25519 key of its own.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use chat_proto::ids::PublicKey;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::public::Ed25519PublicKey;
use ssh_key::{LineEnding, PrivateKey};

use crate::Identity;
use crate::identity::generate_private;
use crate::private_file;

/// No key file is longer.
const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

/// Reads the private key in this file.
///
/// # Errors
/// Why it can't be used: see [`KeyFileError`].
pub fn read(path: &Path) -> Result<Identity, KeyFileError> {
    let file = open(path)?;
    check_mode(&file, path)?;
    let mut bytes = read_bytes(&file, path)?;
    let key = parse(&bytes, path);
    bytes.fill(0);
    key
}

/// What a file has of a key.
#[derive(Clone, Debug)]
pub enum KeyFile {
    /// All of it.
    Private(Identity),
    /// The public half, as in a file that `ssh-keygen` calls `.pub`. The private one lies elsewhere.
    Public(PublicKey),
}

impl KeyFile {
    /// By which others know it.
    #[must_use]
    pub const fn public_key(&self) -> PublicKey {
        match self {
            Self::Private(identity) => identity.public_key(),
            Self::Public(key) => *key,
        }
    }
}

/// Reads the key in this file, a private one or the public half of one. Everybody may read the latter.
///
/// # Errors
/// Why it can't be used: see [`KeyFileError`].
pub fn read_half(path: &Path) -> Result<KeyFile, KeyFileError> {
    let file = open(path)?;
    let mut bytes = read_bytes(&file, path)?;
    if let Some(public) = parse_public(&bytes, path) {
        return public.map(KeyFile::Public);
    }
    let key = check_mode(&file, path).and_then(|()| parse(&bytes, path));
    bytes.fill(0);
    key.map(KeyFile::Private)
}

fn open(path: &Path) -> Result<File, KeyFileError> {
    File::open(path).map_err(not_readable(path))
}

fn read_bytes(file: &File, path: &Path) -> Result<Vec<u8>, KeyFileError> {
    private_file::read(file, KEY_FILE_BYTES_MAX).map_err(not_readable(path))
}

/// A private key is its owner's alone.
fn check_mode(file: &File, path: &Path) -> Result<(), KeyFileError> {
    let metadata = file.metadata().map_err(not_readable(path))?;
    match private_file::open_to_others(&metadata) {
        None => Ok(()),
        Some(mode) => Err(KeyFileError::OpenToOthers {
            path: path.to_owned(),
            mode,
        }),
    }
}

fn not_readable(path: &Path) -> impl Fn(io::Error) -> KeyFileError {
    move |cause| KeyFileError::NotReadable {
        path: path.to_owned(),
        cause,
    }
}

/// The public key that these bytes are; `None` if they are none.
fn parse_public(bytes: &[u8], path: &Path) -> Option<Result<PublicKey, KeyFileError>> {
    let text = str::from_utf8(bytes).ok()?;
    let ed25519 = match ssh_key::PublicKey::from_openssh(text) {
        Ok(key) => key.key_data().ed25519().copied(),
        Err(error) if is_other_kind(&error) => None,
        Err(_) => return None,
    };
    Some(match ed25519 {
        Some(key) => Ok(PublicKey(key.0)),
        None => Err(KeyFileError::OtherKind {
            path: path.to_owned(),
        }),
    })
}

/// Whether it is a key, of a kind that we do not know.
fn is_other_kind(error: &ssh_key::Error) -> bool {
    matches!(
        error,
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. }
    )
}

fn parse(bytes: &[u8], path: &Path) -> Result<Identity, KeyFileError> {
    let not_a_key = || KeyFileError::NotAKey {
        path: path.to_owned(),
    };
    let other_kind = || KeyFileError::OtherKind {
        path: path.to_owned(),
    };
    let key = PrivateKey::from_openssh(bytes).map_err(|error| {
        if is_other_kind(&error) {
            other_kind()
        } else {
            not_a_key()
        }
    })?;
    if key.is_encrypted() {
        return Err(KeyFileError::Encrypted {
            path: path.to_owned(),
        });
    }
    let KeypairData::Ed25519(pair) = key.key_data() else {
        return Err(KeyFileError::OtherKind {
            path: path.to_owned(),
        });
    };
    Identity::from_pair(pair).ok_or_else(not_a_key)
}

/// Reads the key in this file. If there is no such file, makes a key and keeps it there.
///
/// # Errors
/// Why it can't be used, or made: see [`KeyFileError`].
pub fn read_or_make(path: &Path) -> Result<Identity, KeyFileError> {
    match read(path) {
        Err(KeyFileError::NotReadable { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    match make(path) {
        Ok(identity) => Ok(identity),
        // Somebody else was faster; that one holds.
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(cause) => Err(KeyFileError::NotWritable {
            path: path.to_owned(),
            cause,
        }),
    }
}

fn make(path: &Path) -> io::Result<Identity> {
    let private = generate_private()?;
    let identity = Identity::from_private(&private);
    if let Some(directory) = path.parent().filter(|path| *path != Path::new("")) {
        private_file::make_directory(directory)?;
    }
    let pair = Ed25519Keypair {
        public: Ed25519PublicKey(identity.public_key().0),
        private,
    };
    let key = PrivateKey::new(KeypairData::Ed25519(pair), "chat");
    let text = key
        .and_then(|key| key.to_openssh(LineEnding::LF))
        .map_err(io::Error::other)?;
    private_file::create(path, text.as_bytes())?;
    Ok(identity)
}

/// Why a key file can't be used. It is shown as one sentence that says what to do.
#[derive(Debug)]
pub enum KeyFileError {
    /// It is not there, or may not be read.
    NotReadable {
        /// The file.
        path: PathBuf,
        /// The machine's reason.
        cause: io::Error,
    },
    /// There is none, and none can be made.
    NotWritable {
        /// The file.
        path: PathBuf,
        /// The machine's reason.
        cause: io::Error,
    },
    /// Others than its owner may read or change it, so it may be a secret no more.
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// What they may, as the digits of `chmod`.
        mode: u32,
    },
    /// It is locked with a passphrase.
    Encrypted {
        /// The file.
        path: PathBuf,
    },
    /// It is a key of another kind than Ed25519.
    OtherKind {
        /// The file.
        path: PathBuf,
    },
    /// It is no private key of OpenSSH's format, or a damaged one.
    NotAKey {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReadable { path, cause } => write!(f, "cannot read the key {}: {cause}", path.display()),
            Self::NotWritable { path, cause } => {
                write!(f, "cannot keep a key in {}: {cause}", path.display())
            }
            Self::OpenToOthers { path, mode } => write!(
                f,
                "the key {path} is open to others (mode {mode:04o}): if nobody else has it, run chmod 600 {path}",
                path = path.display()
            ),
            Self::Encrypted { path } => write!(
                f,
                "the key {path} has a passphrase: use one without, a copy from which ssh-keygen -p -f has taken it, or, in \
                 chat-client, ssh-add and the public half",
                path = path.display()
            ),
            Self::OtherKind { path } => write!(
                f,
                "the key {} is of another kind than Ed25519: ssh-keygen -t ed25519 makes one",
                path.display()
            ),
            Self::NotAKey { path } => {
                write!(f, "{} is not a private key of OpenSSH's format", path.display())
            }
        }
    }
}

impl Error for KeyFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotReadable { cause, .. } | Self::NotWritable { cause, .. } => Some(cause),
            Self::OpenToOthers { .. }
            | Self::Encrypted { .. }
            | Self::OtherKind { .. }
            | Self::NotAKey { .. } => None,
        }
    }
}
