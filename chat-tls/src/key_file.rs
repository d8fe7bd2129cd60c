//! Keys on disk, as OpenSSH keeps its private keys: `ssh-keygen` reads ours, and we read an Ed25519 key of its own.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use ssh_key::private::KeypairData;
use ssh_key::{LineEnding, PrivateKey};

use crate::Identity;
use crate::private_file;

/// No key file is longer.
const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

/// Reads the key in this file.
///
/// # Errors
/// Why it can't be used: see [`KeyFileError`].
pub fn read(path: &Path) -> Result<Identity, KeyFileError> {
    let fail = |cause| KeyFileError::NotReadable {
        path: path.to_owned(),
        cause,
    };
    let file = File::open(path).map_err(fail)?;
    if let Some(mode) = private_file::open_to_others(&file.metadata().map_err(fail)?) {
        let path = path.to_owned();
        return Err(KeyFileError::OpenToOthers { path, mode });
    }
    let mut bytes = private_file::read(&file, KEY_FILE_BYTES_MAX).map_err(fail)?;
    let key = parse(&bytes, path);
    bytes.fill(0);
    key
}

fn parse(bytes: &[u8], path: &Path) -> Result<Identity, KeyFileError> {
    let not_a_key = || KeyFileError::NotAKey {
        path: path.to_owned(),
    };
    let other_kind = || KeyFileError::OtherKind {
        path: path.to_owned(),
    };
    let key = PrivateKey::from_openssh(bytes).map_err(|error| {
        let is_other_kind = matches!(
            error,
            ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. }
        );
        if is_other_kind { other_kind() } else { not_a_key() }
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
    let identity = Identity::generate()?;
    if let Some(directory) = path.parent().filter(|path| *path != Path::new("")) {
        private_file::make_directory(directory)?;
    }
    let key = PrivateKey::new(KeypairData::Ed25519(identity.pair()), "chat");
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
    /// It is a private key of another kind than Ed25519.
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
                "the key {path} has a passphrase: use one without, or a copy from which ssh-keygen -p -f has taken it",
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
