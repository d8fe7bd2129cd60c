//! The file of settings, and where it is.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::settings::{Settings, SettingsError};

/// A file of settings has at most so many bytes.
pub const SETTINGS_BYTES_MAX: u64 = 64 * 1024;

/// Where settings are looked for if nobody says another place: `chat-client/config.toml` in the user's directory of
/// settings. `None`: the user has no home.
#[must_use]
pub fn settings_path() -> Option<PathBuf> {
    let directories = etcetera::choose_base_strategy().ok()?;
    Some(directories.config_dir().join("chat-client").join("config.toml"))
}

/// Why settings can't be read.
#[derive(Debug)]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: FileErrorKind,
}

/// What is wrong with a file of settings.
#[derive(Debug)]
pub enum FileErrorKind {
    /// It can't be read.
    Unreadable(io::Error),
    /// It has more than [`SETTINGS_BYTES_MAX`].
    TooLong,
    /// It can't be understood.
    Wrong(SettingsError),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.kind {
            FileErrorKind::Unreadable(error) => write!(f, "{path}: {error}"),
            FileErrorKind::TooLong => write!(f, "{path}: settings have at most {SETTINGS_BYTES_MAX} bytes"),
            FileErrorKind::Wrong(error) => write!(f, "{path}: {error}"),
        }
    }
}

impl std::error::Error for FileError {}

/// Reads this file; or, if none is named, the user's, which need not be there.
///
/// # Errors
/// [`FileError`].
pub fn read_settings(named: Option<&Path>) -> Result<Settings, FileError> {
    let Some(path) = named.map(PathBuf::from).or_else(settings_path) else {
        return Ok(Settings::default());
    };
    match read(&path) {
        Err(FileErrorKind::Unreadable(error))
            if named.is_none() && error.kind() == io::ErrorKind::NotFound =>
        {
            Ok(Settings::default())
        }
        read => read.map_err(|kind| FileError { path, kind }),
    }
}

fn read(path: &Path) -> Result<Settings, FileErrorKind> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(SETTINGS_BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(FileErrorKind::Unreadable)?;
    if u64::try_from(text.len()).is_ok_and(|bytes| bytes > SETTINGS_BYTES_MAX) {
        return Err(FileErrorKind::TooLong);
    }
    Settings::parse(&text).map_err(FileErrorKind::Wrong)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_named_file_is_read_and_one_that_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        assert!(read_settings(Some(&path)).is_err(), "a named file must be there");
        fs::write(&path, "last = 7").unwrap();
        assert_eq!(read_settings(Some(&path)).unwrap().last, 7);
        for (text, told) in [
            ("last = x".to_owned(), "mine.toml: line 1: "),
            ("#".repeat(70_000), "mine.toml: settings have at most 65536 bytes"),
        ] {
            fs::write(&path, text).unwrap();
            let error = read_settings(Some(&path)).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn settings_are_looked_for_in_a_directory_of_their_own() {
        let path = settings_path().expect("who runs tests has a home");
        assert!(path.ends_with("chat-client/config.toml"), "{}", path.display());
    }
}
