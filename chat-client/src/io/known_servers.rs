//! The servers that we have met, and by which key each is known: what `known_hosts` is to SSH.
//!
//! ```text
//! # a comment
//! chat.example.org:8000 aebagbafaydqqcikbmga2dqpcaireeyuculbogazdinryhi6d4qa 1764000000
//! ╰─── HOST:PORT ─────╯ ╰────────────── its key, in base32 ────────────────╯ ╰ since ─╯  (seconds since 1970)
//! ```
//! The first line of a server counts. A line that is none of these is an error, not a server less.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use chat_proto::ids::PublicKey;
use chat_tls::private_file;

/// No such file is longer: some thousand servers.
const KNOWN_SERVERS_BYTES_MAX: u64 = 1024 * 1024;

const HEADING: &str =
    "# The servers that chat-client has met: HOST:PORT, the key, since when (seconds since 1970).\n";

/// The file. What is in it is read each time anew.
pub(crate) struct KnownServers {
    path: PathBuf,
}

impl KnownServers {
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// The key of this server; nothing if we have not met it.
    pub(crate) fn key_of(&self, server: &str) -> Result<Option<PublicKey>, KnownServersError> {
        find(&self.read()?, server).map_err(|line| self.error(Problem::Line(line)))
    }

    /// From now on this server is known by this key, unless it is known already; tells by which key it is known now.
    pub(crate) fn add(&self, server: &str, key: PublicKey) -> Result<PublicKey, KnownServersError> {
        let _lock = self
            .lock()
            .map_err(|error| self.error(Problem::NotWritable(error)))?;
        let mut text = self.read()?;
        if let Some(known) = find(&text, server).map_err(|line| self.error(Problem::Line(line)))? {
            return Ok(known);
        }
        if text.is_empty() {
            text.push_str(HEADING);
        } else if !text.ends_with('\n') {
            text.push('\n');
        }
        let since_s = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        text += &format!("{} {key} {since_s}\n", server.to_ascii_lowercase());
        private_file::replace(&self.path, text.as_bytes())
            .map_err(|error| self.error(Problem::NotWritable(error)))?;
        Ok(key)
    }

    fn read(&self) -> Result<String, KnownServersError> {
        let fail = |error| self.error(Problem::NotReadable(error));
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(String::new()),
            Err(error) => return Err(fail(error)),
        };
        let bytes = private_file::read(&file, KNOWN_SERVERS_BYTES_MAX).map_err(fail)?;
        String::from_utf8(bytes).map_err(|error| fail(io::Error::new(ErrorKind::InvalidData, error)))
    }

    /// Programs that add a server at the same time do so one after the other, and none is lost.
    fn lock(&self) -> io::Result<File> {
        if let Some(directory) = self.path.parent().filter(|path| *path != Path::new("")) {
            private_file::make_directory(directory)?;
        }
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let lock = options.open(self.path.with_file_name(name))?;
        lock.lock()?;
        Ok(lock)
    }

    fn error(&self, problem: Problem) -> KnownServersError {
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        KnownServersError { path, problem }
    }
}

/// The number of a line that is wrong, if one before the server's own is.
fn find(text: &str, server: &str) -> Result<Option<PublicKey>, usize> {
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(key)) = (words.next(), words.next().and_then(PublicKey::parse)) else {
            return Err(index + 1);
        };
        if name.eq_ignore_ascii_case(server) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// Why the file can't be used.
#[derive(Debug)]
pub(crate) struct KnownServersError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    NotReadable(io::Error),
    NotWritable(io::Error),
    Line(usize),
}

impl fmt::Display for KnownServersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::NotReadable(error) => write!(f, "cannot read the known servers in {path}: {error}"),
            Problem::NotWritable(error) => write!(f, "cannot keep a server's key in {path}: {error}"),
            Problem::Line(number) => write!(
                f,
                "line {number} of {path} is no server and its key: mend or remove it"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICES: PublicKey = PublicKey([1; 32]);
    const BOBS: PublicKey = PublicKey([2; 32]);

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a directory for the test")
    }

    #[test]
    fn a_server_is_known_by_its_first_key_from_then_on() {
        let directory = directory();
        let known = KnownServers::at(&directory.path().join("a/known_servers"));
        assert_eq!(known.key_of("h:1").unwrap(), None);
        assert_eq!(known.add("h:1", ALICES).unwrap(), ALICES);
        assert_eq!(known.add("h:1", BOBS).unwrap(), ALICES);
        assert_eq!(known.key_of("H:1").unwrap(), Some(ALICES));
        assert_eq!(known.key_of("h:2").unwrap(), None);
    }

    #[test]
    fn comments_and_what_people_wrote_are_kept() {
        let directory = directory();
        let path = directory.path().join("known_servers");
        let mine = format!("# the one at work\n\n  h:1   {ALICES}");
        fs::write(&path, &mine).unwrap();
        let known = KnownServers::at(&path);
        known.add("h:2", BOBS).unwrap();
        assert!(
            fs::read_to_string(&path)
                .unwrap()
                .starts_with(&format!("{mine}\nh:2 {BOBS} "))
        );
        assert_eq!(known.key_of("h:1").unwrap(), Some(ALICES));
        assert_eq!(known.key_of("h:2").unwrap(), Some(BOBS));
    }

    #[test]
    fn a_line_that_can_not_be_read_is_told_and_not_passed_over() {
        let directory = directory();
        let path = directory.path().join("known_servers");
        for line in ["h:1", "h:1 key", "h:1 SHA256:abc 17"] {
            fs::write(&path, format!("# one\n{line}\n")).unwrap();
            let known = KnownServers::at(&path);
            let error = known.key_of("h:1").unwrap_err().to_string();
            assert!(error.starts_with("line 2 of "), "{error}");
            assert!(known.add("h:1", BOBS).is_err());
        }
    }

    #[test]
    fn servers_that_are_added_at_once_are_all_kept() {
        let directory = directory();
        let path = &directory.path().join("known_servers");
        std::thread::scope(|scope| {
            for port in 0..16 {
                scope.spawn(move || KnownServers::at(path).add(&format!("h:{port}"), ALICES).unwrap());
            }
        });
        for port in 0..16 {
            let key = KnownServers::at(path).key_of(&format!("h:{port}")).unwrap();
            assert_eq!(key, Some(ALICES), "{port}");
        }
    }
}
