//! The servers that we have met, and by which key each is known: what `known_hosts` is to SSH.
//!
//! ```text
//! # a comment
//! chat.example.org:8000 aebagbafaydqqcikbmga2dqpcaireeyuculbogazdinryhi6d4qa 1764000000 chat
//! ╰─── HOST:PORT ─────╯ ╰────────────── its key, in base32 ────────────────╯ ╰ since ─╯ ╰ short name
//! ```
//! Since when is in seconds since 1970, or `-`; it and the short name may be left out. The first line of a server counts,
//! and the first one that has a short name. A line that is none of these is an error, not a server less.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use chat_proto::ids::PublicKey;
use chat_tls::private_file;

use super::server::{self, PORT_DEFAULT};
use crate::pure::command::nearest;

#[cfg(test)]
mod tests;

/// No such file is longer: some thousand servers.
const KNOWN_SERVERS_BYTES_MAX: u64 = 1024 * 1024;

/// A short name has at most so many characters, as a label of a host has.
const SERVER_NAME_CHARS_MAX: usize = 63;

const HEADING: &str = "# The servers that chat-client has met: HOST:PORT, the key, since when (seconds since 1970), a short name.";

/// By what a server is called instead of `HOST:PORT`: letters and digits of ASCII, `-` and `_`, in lower case. It has no
/// `:`, so it is never taken for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerName(String);

impl ServerName {
    /// The name, if it is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.len() <= SERVER_NAME_CHARS_MAX
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        is_name.then(|| Self(name.to_ascii_lowercase()))
    }

    /// What a server is called if nobody says otherwise: the first label of its host, if that is a name and not a number.
    fn of_address(address: &str) -> Option<Self> {
        let (host, _port) = address.rsplit_once(':')?;
        if host.parse::<IpAddr>().is_ok() {
            return None;
        }
        Self::parse(host.split('.').next()?)
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A server that we have met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownServer {
    /// `HOST:PORT`.
    pub(crate) address: String,
    pub(crate) key: PublicKey,
    pub(crate) since_unix_s: Option<u64>,
    pub(crate) name: Option<ServerName>,
}

impl KnownServer {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (address, key) = (words.next()?.to_owned(), PublicKey::parse(words.next()?)?);
        let since_unix_s = match words.next() {
            None | Some("-") => None,
            Some(word) => Some(word.parse().ok()?),
        };
        let name = match words.next() {
            None => None,
            Some(word) => Some(ServerName::parse(word)?),
        };
        let server = Self {
            address,
            key,
            since_unix_s,
            name,
        };
        words.next().is_none().then_some(server)
    }

    fn is_at(&self, address: &str) -> bool {
        self.address.eq_ignore_ascii_case(address)
    }

    /// Whether somebody means this one: by its address, or by its short name.
    fn is_called(&self, word: &str) -> bool {
        let name = ServerName::parse(word);
        self.is_at(word) || (name.is_some() && self.name == name)
    }
}

impl fmt::Display for KnownServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.address, self.key)?;
        match self.since_unix_s {
            Some(since) => write!(f, " {since}")?,
            None => f.write_str(" -")?,
        }
        match &self.name {
            Some(name) => write!(f, " {name}"),
            None => Ok(()),
        }
    }
}

/// A line of the file, as it stands there, and the server that it is about.
struct Line {
    text: String,
    server: Option<KnownServer>,
}

impl From<KnownServer> for Line {
    fn from(server: KnownServer) -> Self {
        Self {
            text: server.to_string(),
            server: Some(server),
        }
    }
}

/// The number of the first line that is wrong, if one is.
fn parse(text: &str) -> Result<Vec<Line>, usize> {
    let lines = text.lines().enumerate().map(|(index, line)| {
        let trimmed = line.trim();
        let is_comment = trimmed.is_empty() || trimmed.starts_with('#');
        let server = KnownServer::parse(trimmed);
        if !is_comment && server.is_none() {
            return Err(index + 1);
        }
        Ok(Line {
            text: line.to_owned(),
            server: server.filter(|_| !is_comment),
        })
    });
    lines.collect()
}

fn servers(lines: &[Line]) -> impl Iterator<Item = &KnownServer> {
    lines.iter().filter_map(|line| line.server.as_ref())
}

/// The server that somebody means.
fn find(lines: &[Line], word: &str) -> Result<KnownServer, Problem> {
    let found = servers(lines).find(|server| server.is_called(word));
    found.cloned().ok_or_else(|| {
        let names = servers(lines).filter_map(|server| server.name.as_ref());
        let names = names.map(|name| name.0.as_str());
        let addresses = servers(lines).map(|server| server.address.as_str());
        Problem::Unknown {
            word: word.into(),
            nearest: nearest(word, names.chain(addresses)).map(String::from),
        }
    })
}

/// The file. What is in it is read each time anew.
#[derive(Debug)]
pub(crate) struct KnownServers {
    path: PathBuf,
}

impl KnownServers {
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// All of them, in the order in which we have met them.
    pub(crate) fn list(&self) -> Result<Vec<KnownServer>, KnownServersError> {
        let mut list: Vec<KnownServer> = Vec::new();
        for server in self.lines()?.into_iter().filter_map(|line| line.server) {
            if !list.iter().any(|known| known.is_at(&server.address)) {
                list.push(server);
            }
        }
        Ok(list)
    }

    /// The key of the server at this address; nothing if we have not met it.
    pub(crate) fn key_of(&self, address: &str) -> Result<Option<PublicKey>, KnownServersError> {
        let lines = self.lines()?;
        let found = servers(&lines).find(|server| server.is_at(address));
        Ok(found.map(|server| server.key))
    }

    /// The server that is meant by its short name, or by its address.
    pub(crate) fn find(&self, word: &str) -> Result<KnownServer, KnownServersError> {
        find(&self.lines()?, word).map_err(|problem| self.error(problem))
    }

    /// From now on the server at this address is known by this key, unless it is known already; tells by which key it is
    /// known now. Its short name is the first label of its host, unless another one has that.
    pub(crate) fn add(&self, address: &str, key: PublicKey) -> Result<PublicKey, KnownServersError> {
        self.edit(|lines| {
            if let Some(known) = servers(lines).find(|server| server.is_at(address)) {
                return Ok(known.key);
            }
            if lines.is_empty() {
                lines.push(Line {
                    text: HEADING.into(),
                    server: None,
                });
            }
            let name = ServerName::of_address(address);
            let is_taken = servers(lines).any(|server| server.name == name);
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let server = KnownServer {
                address: address.to_ascii_lowercase(),
                key,
                since_unix_s: since.ok().map(|since| since.as_secs()),
                name: name.filter(|_| !is_taken),
            };
            lines.push(server.into());
            Ok(key)
        })
    }

    /// Removes a server; returns what was known of it.
    pub(crate) fn forget(&self, word: &str) -> Result<KnownServer, KnownServersError> {
        self.edit(|lines| {
            let forgotten = find(lines, word)?;
            lines.retain(|line| {
                let server = line.server.as_ref();
                !server.is_some_and(|server| server.is_at(&forgotten.address))
            });
            Ok(forgotten)
        })
    }

    /// From now on a server has this short name; returns the server.
    pub(crate) fn name(&self, word: &str, name: &ServerName) -> Result<KnownServer, KnownServersError> {
        self.edit(|lines| {
            let mut named = find(lines, word)?;
            if let Some(other) = servers(lines).find(|server| server.name.as_ref() == Some(name))
                && !other.is_at(&named.address)
            {
                return Err(Problem::NameTaken {
                    name: name.clone(),
                    by: other.address.clone(),
                });
            }
            named.name = Some(name.clone());
            let is_its_line = |line: &&mut Line| {
                let server = line.server.as_ref();
                server.is_some_and(|server| server.is_at(&named.address))
            };
            if let Some(line) = lines.iter_mut().find(is_its_line) {
                *line = named.clone().into();
            }
            Ok(named)
        })
    }

    /// Changes the file, while no other program does; what is changed at the same time is not lost.
    fn edit<T>(
        &self,
        change: impl FnOnce(&mut Vec<Line>) -> Result<T, Problem>,
    ) -> Result<T, KnownServersError> {
        let not_writable = |error| self.error(Problem::NotWritable(error));
        let _lock = self.lock().map_err(not_writable)?;
        let before = self.read()?;
        let mut lines = self.parse(&before)?;
        let changed = change(&mut lines).map_err(|problem| self.error(problem))?;
        let after: String = lines.iter().flat_map(|line| [&line.text, "\n"]).collect();
        if after != before {
            private_file::replace(&self.path, after.as_bytes()).map_err(not_writable)?;
        }
        Ok(changed)
    }

    fn lines(&self) -> Result<Vec<Line>, KnownServersError> {
        self.parse(&self.read()?)
    }

    fn parse(&self, text: &str) -> Result<Vec<Line>, KnownServersError> {
        parse(text).map_err(|number| self.error(Problem::Line(number)))
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

    fn lock(&self) -> io::Result<File> {
        if let Some(directory) = self.path.parent().filter(|path| *path != Path::new("")) {
            private_file::make_directory(directory)?;
        }
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(self.path.with_file_name(name))?;
        lock.lock()?;
        Ok(lock)
    }

    fn error(&self, problem: Problem) -> KnownServersError {
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        KnownServersError { path, problem }
    }
}

/// Why the servers that we have met can't be read or changed, or none of them is meant. It is shown as one sentence.
#[derive(Debug)]
pub struct KnownServersError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    NotReadable(io::Error),
    NotWritable(io::Error),
    Line(usize),
    Unknown { word: String, nearest: Option<String> },
    NameTaken { name: ServerName, by: String },
}

impl fmt::Display for KnownServersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::NotReadable(error) => write!(f, "cannot read the known servers in {path}: {error}"),
            Problem::NotWritable(error) => write!(f, "cannot keep the known servers in {path}: {error}"),
            Problem::Line(number) => write!(
                f,
                "line {number} of {path} is no server and its key: mend or remove it"
            ),
            Problem::Unknown { word, nearest } => {
                write!(f, "you have met no server called {word}; ")?;
                match nearest {
                    Some(nearest) => write!(f, "did you mean {nearest}?")?,
                    None => f.write_str("`chat-client servers` lists those that you have met")?,
                }
                if nearest.is_none() && !server::is_address(word) {
                    write!(
                        f,
                        "; one that you have not met is written as {word}:{PORT_DEFAULT}"
                    )?;
                }
                Ok(())
            }
            Problem::NameTaken { name, by } => {
                write!(
                    f,
                    "{name} is {by} already: give that one another name, or forget it"
                )
            }
        }
    }
}

impl std::error::Error for KnownServersError {}
