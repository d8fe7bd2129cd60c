//! Files that are their owner's alone, and are always whole: whoever reads one sees what was written at one time.
//!
//! What is written goes into a new file beside the old one, to the disk, and then under its name.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Makes a directory for its owner alone, and those above it, if it is not there.
///
/// # Errors
/// If it can't be made.
pub fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// What others than its owner may do with a file or a directory, as the digits of `chmod`; `None`: nothing.
#[must_use]
pub fn open_to_others(metadata: &fs::Metadata) -> Option<u32> {
    let mode = mode(metadata);
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o777
}

/// Elsewhere a user's directories are the user's by other means.
#[cfg(not(unix))]
fn mode(_metadata: &fs::Metadata) -> u32 {
    0o700
}

/// Reads an open file, of which nobody expects more than so many bytes.
///
/// # Errors
/// If it can't be read, or is longer.
pub fn read(file: &File, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "the file is far too long",
        ));
    }
    Ok(bytes)
}

/// Writes a file that is not there yet.
///
/// # Errors
/// [`AlreadyExists`](io::ErrorKind::AlreadyExists) if it is, and then it is as it was; or if it can't be written.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let whole = Beside::write(path, bytes)?;
    // Unlike renaming, this never takes the place of another file.
    fs::hard_link(&whole.path, path)?;
    sync_directory_of(path)
}

/// Writes a file, in the place of the one that is there.
///
/// # Errors
/// If it can't be written, and then the old one is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let whole = Beside::write(path, bytes)?;
    fs::rename(&whole.path, path)?;
    sync_directory_of(path)
}

/// A file beside another, which is gone when this is dropped.
struct Beside {
    path: PathBuf,
}

impl Beside {
    fn write(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        name.push(format!(".{:016x}.new", u64::from_ne_bytes(random)));
        let beside = Self {
            path: path.with_file_name(name),
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside.path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(beside)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After a rename there is nothing left; otherwise an odd file that nobody reads remains.
        let _ = fs::remove_file(&self.path);
    }
}

/// A name is on the disk only with its directory.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) if cfg!(unix) && directory != Path::new("") => File::open(directory)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_once_and_can_be_replaced_and_nothing_else_remains() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        create(&path, b"one").unwrap();
        let again = create(&path, b"two").unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        replace(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(names(directory.path()), ["file"]);
    }

    #[test]
    fn a_file_that_is_too_long_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        create(&path, b"12345").unwrap();
        assert_eq!(read(&File::open(&path).unwrap(), 5).unwrap(), b"12345");
        let refused = read(&File::open(&path).unwrap(), 4).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::FileTooLarge);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_written_is_its_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("a/b");
        make_directory(&inner).unwrap();
        let path = inner.join("file");
        create(&path, b"").unwrap();
        replace(&path, b"").unwrap();
        for (path, expected) in [(&inner, 0o700), (&path, 0o600)] {
            let metadata = fs::metadata(path).unwrap();
            assert_eq!(open_to_others(&metadata), None);
            assert_eq!(mode(&metadata), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_known() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            file.as_file()
                .set_permissions(fs::Permissions::from_mode(mode))
                .unwrap();
            assert_eq!(open_to_others(&file.as_file().metadata().unwrap()), Some(mode));
        }
    }
}
