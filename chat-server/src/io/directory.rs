//! The directory that everything is kept in, for one server at a time.
//!
//! Whoever uses it holds a lock on the file `lock`, in which its process id stands. The kernel lets go of it when the
//! process ends, however it ends.

use std::error::Error;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use chat_tls::private_file::open_to_others;

/// A directory that is ours until this is dropped.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Makes the directory if there is none, readable for its owner alone, and locks it. An empty one is made so, too; one
    /// with something in it has to be so already.
    pub(crate) fn open(path: &Path) -> Result<Self, DirectoryError> {
        let fail = |cause| DirectoryError::NotUsable {
            path: path.to_owned(),
            cause,
        };
        make(path).map_err(fail)?;
        if let Some(mode) = open_to_others(&fs::metadata(path).map_err(fail)?) {
            let path = path.to_owned();
            return Err(DirectoryError::OpenToOthers { path, mode });
        }
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .map_err(fail)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DirectoryError::InUse {
                    path: path.to_owned(),
                    holder: read_holder(&mut lock),
                });
            }
            Err(TryLockError::Error(cause)) => return Err(fail(cause)),
        }
        write_holder(&mut lock).map_err(fail)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return make_private_if_empty(path);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Whoever has just made the directory for us need not know how.
#[cfg(unix)]
fn make_private_if_empty(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::read_dir(path)?.next().is_none() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private_if_empty(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn write_holder(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())
}

fn read_holder(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.rewind().ok()?;
    lock.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Why a directory can't be used.
#[derive(Debug)]
pub enum DirectoryError {
    /// Another server uses it.
    InUse {
        /// The directory.
        path: PathBuf,
        /// The server's process, if that could be found out.
        holder: Option<u32>,
    },
    /// Others than its owner can read it, and with it what people say to each other.
    OpenToOthers {
        /// The directory.
        path: PathBuf,
        /// What they may, as the digits of `chmod`.
        mode: u32,
    },
    /// It can't be made or written.
    NotUsable {
        /// The directory.
        path: PathBuf,
        /// The machine's reason.
        cause: io::Error,
    },
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse {
                path,
                holder: Some(process),
            } => write!(
                f,
                "another server uses {} (process {process}): stop it, or choose another directory with --data",
                path.display()
            ),
            Self::InUse { path, holder: None } => write!(
                f,
                "another server uses {}: stop it, or choose another directory with --data",
                path.display()
            ),
            Self::OpenToOthers { path, mode } => write!(
                f,
                "{path} is open to others (mode {mode:04o}): run chmod 700 {path}, or choose another directory with --data",
                path = path.display()
            ),
            Self::NotUsable { path, cause } => write!(
                f,
                "{} can't be written ({cause}): choose another directory with --data, or keep history in memory with --memory",
                path.display()
            ),
        }
    }
}

impl Error for DirectoryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::InUse { .. } | Self::OpenToOthers { .. } => None,
            Self::NotUsable { cause, .. } => Some(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_one_servers_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let ours = Directory::open(&path).unwrap();
        let refused = Directory::open(&path).unwrap_err();
        assert!(
            matches!(refused, DirectoryError::InUse { holder: Some(process), .. } if process == std::process::id())
        );
        assert!(refused.to_string().contains(&std::process::id().to_string()));
        drop(ours);
        Directory::open(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("chat");
        let _ours = Directory::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_in_use_that_others_can_read_is_refused_and_an_empty_one_is_made_private() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("chat");
        let open = || fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(&path).unwrap();
        open();
        drop(Directory::open(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        open();
        let refused = Directory::open(&path).unwrap_err().to_string();
        assert!(refused.contains("chmod 700"), "{refused}");
    }

    #[test]
    fn what_is_no_directory_is_refused_with_a_hint() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("file");
        fs::write(&path, "x").unwrap();
        let refused = Directory::open(&path).unwrap_err();
        assert!(refused.to_string().contains("--memory"), "{refused}");
    }
}
