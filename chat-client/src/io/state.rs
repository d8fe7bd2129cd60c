//! The file in which what is not stored yet survives, and how far each room was read.
//!
//! For each server and name there are a few files, numbered from 1. Each process locks one and keeps it; what an earlier
//! process left in any that nobody has locked is taken over into it. So two clients of one person do not say each
//! other's messages, and what a crash left is said by the next one that starts.
//!
//! A file is written anew beside the old one and takes its place at once. It is for its owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chat_proto::name::UserName;
use etcetera::{BaseStrategy, choose_base_strategy};

use crate::pure::state::State;

/// So many clients of one person have a file of their own; what others have not sent is lost with them.
const FILES_MAX: u32 = 16;

/// A file is not read beyond this: an outbox is smaller.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// A file that is ours.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    written: String,
    /// Held for as long as we live.
    _lock: File,
}

impl StateFile {
    /// The file of this process, and what was left by those before it.
    ///
    /// # Errors
    /// If there is no place for it, or it can't be written.
    pub(crate) fn open(server: &str, name: &UserName) -> io::Result<(Self, State)> {
        let strategy = choose_base_strategy().map_err(io::Error::other)?;
        let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
        Self::open_in(&state.join("chat-client").join(file_name(server)), name)
    }

    fn open_in(directory: &Path, name: &UserName) -> io::Result<(Self, State)> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let mut ours: Option<(PathBuf, File)> = None;
        let mut left = Vec::new();
        let mut state = State::default();
        for number in 1..=FILES_MAX {
            let path = directory.join(format!("{}.{number}", file_name(name.as_str())));
            if ours.is_some() && !path.exists() {
                continue;
            }
            let lock = private(OpenOptions::new().write(true).create(true)).open(beside(&path, "lock"))?;
            if lock.try_lock().is_err() {
                continue;
            }
            state.take_over(State::parse(&read(&path)?));
            match ours {
                None => ours = Some((path, lock)),
                Some(_) => left.push((path, lock)),
            }
        }
        let (path, lock) = ours.ok_or_else(|| io::Error::other("too many clients of one name"))?;
        let mut file = Self {
            path,
            written: String::new(),
            _lock: lock,
        };
        file.write(&state)?;
        for (path, _lock) in left {
            fs::remove_file(path)?;
        }
        Ok((file, state))
    }

    /// Keeps this. Nothing is written if it is kept already.
    pub(crate) fn write(&mut self, state: &State) -> io::Result<()> {
        let text = state.to_text();
        if text == self.written {
            return Ok(());
        }
        let beside = beside(&self.path, "new");
        let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&beside)?;
        file.write_all(text.as_bytes())?;
        fs::rename(&beside, &self.path)?;
        self.written = text;
        Ok(())
    }
}

/// The file that has this behind its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A name that every file system takes, another one for each text: what is no letter or digit of ASCII is written as
/// its bytes in hexadecimal.
fn file_name(text: &str) -> String {
    let mut name = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || (byte == b'.' && !name.is_empty()) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use chat_proto::ids::{LogId, MessageId, Seq};
    use chat_proto::name::RoomName;
    use chat_proto::text::Text;

    use super::*;
    use crate::pure::link::{Content, Unsent};
    use chat_proto::message::Kind;

    fn alice() -> UserName {
        UserName::parse("alice").unwrap()
    }

    fn with_unsent(number: u8) -> State {
        let content = Content::Text {
            kind: Kind::LINE,
            text: Text::new("kept").unwrap(),
        };
        let unsent = Unsent {
            room: RoomName::parse("lobby").unwrap(),
            id: MessageId([number; 16]),
            content,
        };
        State {
            marks: vec![(
                RoomName::parse("lobby").unwrap(),
                LogId(1),
                Seq(u64::from(number)),
            )],
            unsent: vec![unsent],
        }
    }

    #[test]
    fn what_is_kept_is_there_for_the_next_process_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let (mut file, state) = StateFile::open_in(directory.path(), &alice()).unwrap();
        assert_eq!(state, State::default());
        file.write(&with_unsent(1)).unwrap();
        let mode = fs::metadata(&file.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(file);
        let (_file, state) = StateFile::open_in(directory.path(), &alice()).unwrap();
        assert_eq!(state, with_unsent(1));
    }

    #[test]
    fn two_clients_at_once_keep_theirs_apart_and_a_later_one_takes_over_what_both_left() {
        let directory = tempfile::tempdir().unwrap();
        let (mut one, _) = StateFile::open_in(directory.path(), &alice()).unwrap();
        one.write(&with_unsent(1)).unwrap();
        let (mut other, state) = StateFile::open_in(directory.path(), &alice()).unwrap();
        assert_eq!(state.unsent, [], "what lives says its own");
        other.write(&with_unsent(2)).unwrap();
        drop((one, other));
        let (third, state) = StateFile::open_in(directory.path(), &alice()).unwrap();
        let ids: Vec<MessageId> = state.unsent.iter().map(|unsent| unsent.id).collect();
        assert_eq!(ids, [MessageId([1; 16]), MessageId([2; 16])]);
        assert_eq!(state.marks[0].2, Seq(2), "the one that was read further");
        drop(third);
        let (_file, state) = StateFile::open_in(directory.path(), &alice()).unwrap();
        assert_eq!(state.unsent.len(), 2, "taken over once");
    }

    #[test]
    fn servers_and_names_never_leave_their_directory() {
        for (text, name) in [
            ("127.0.0.1:8000", "127.0.0.1%3a8000"),
            ("../../etc", "%2e.%2f..%2fetc"),
            ("Zoë", "Zo%c3%ab"),
        ] {
            assert_eq!(file_name(text), name);
        }
    }
}
