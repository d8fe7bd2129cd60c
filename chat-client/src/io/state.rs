//! The file in which what is not stored yet survives, and how far each room was read.
//!
//! For each server and name there are a few files, numbered from 1. Each process locks one and keeps it; what an earlier
//! process left in any that nobody has locked is taken over into it. So two clients of one person do not say each
//! other's messages, and what a crash left is said by the next one that starts.
//!
//! What is kept is written twice, and both times into a new file beside the old one, which then takes its place at once:
//!
//! | file | is written | survives |
//! |---|---|---|
//! | `alice.1.latest` | before anything of it is sent, and not waited for until it is on the disk | the end of the program, however it ends |
//! | `alice.1` | by a thread, through to the disk, which may take its time | a power cut |
//!
//! Whoever starts takes over both. One is whole in any case, and what is said again is stored once, by its id. Both are for
//! their owner alone.
//!
//! It is written at most once for each picture on the screen, and only if something changed: when something is said, when
//! it is stored or refused, and at the end. Typing and reading write nothing.

use std::fs::{self, File, OpenOptions};
use std::future::pending;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use channels::{blocking, watch};
use chat_proto::name::UserName;
use chat_tls::private_file;
use etcetera::{BaseStrategy, choose_base_strategy};

use crate::pure::state::State;

/// So many clients of one person have a file of their own; what others have not sent is lost with them.
const FILES_MAX: u32 = 16;

/// A part of a path has at most 255 bytes, of which the longest ending takes 10: `.16.latest`.
const PART_BYTES_MAX: usize = 245;

/// A file is not read beyond this: an outbox is smaller.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// A file that is ours.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    written: String,
    /// Why what was to be kept last is not even there.
    refused: Option<io::Error>,
    /// Ends before the lock does.
    disk: Disk,
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
        let place = directory.join(file_name(name.as_str()));
        private_file::make_directory(place.parent().unwrap_or(directory))?;
        let mut ours: Option<(PathBuf, File)> = None;
        let mut left = Vec::new();
        let mut state = State::default();
        for number in 1..=FILES_MAX {
            let path = beside(&place, &number.to_string());
            if ours.is_some() && !path.exists() && !latest(&path).exists() {
                continue;
            }
            let lock = private(OpenOptions::new().write(true).create(true)).open(beside(&path, "lock"))?;
            if lock.try_lock().is_err() {
                continue;
            }
            // The older one first: what was said first is said first.
            state.take_over(State::parse(&read(&path)?));
            state.take_over(State::parse(&read(&latest(&path))?));
            match ours {
                None => ours = Some((path, lock)),
                Some(_) => left.push((path, lock)),
            }
        }
        let (path, lock) = ours.ok_or_else(|| io::Error::other("too many clients of one name"))?;
        if !left.is_empty() {
            // What others left may go once it is on the disk under our name.
            write_through(&path, &state.to_text())?;
        }
        for (path, _lock) in left {
            remove(&path)?;
            remove(&latest(&path))?;
        }
        let mut file = Self {
            disk: Disk::of(path.clone())?,
            path,
            written: String::new(),
            refused: None,
            _lock: lock,
        };
        file.write(&state)?;
        Ok((file, state))
    }

    /// Keeps this. Nothing is written if it is kept already.
    ///
    /// # Errors
    /// As [`outcome`](Self::outcome); the next time it is tried again.
    pub(crate) fn write(&mut self, state: &State) -> io::Result<()> {
        self.refused = self.take(state.to_text()).err();
        self.outcome()
    }

    /// Whether what was written last is kept, as far as that is known: the disk may not have taken it yet.
    ///
    /// # Errors
    /// If it can't be written, or the disk has refused what it was brought last.
    pub(crate) fn outcome(&self) -> io::Result<()> {
        match &self.refused {
            Some(error) => Err(again(error)),
            None => self.disk.outcome(),
        }
    }

    /// Waits until the disk refuses what it is brought, or takes something again.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(crate) async fn changed(&mut self) {
        if self.disk.outcome.changed().await.is_err() {
            // The thread has ended, and tells nothing more.
            pending().await
        }
    }

    fn take(&mut self, text: String) -> io::Result<()> {
        if text == self.written && self.disk.outcome().is_ok() {
            return Ok(());
        }
        let new = beside(&self.path, "new");
        write(&new, &text)?;
        fs::rename(&new, latest(&self.path))?;
        self.disk.bring(text.clone());
        self.written = text;
        Ok(())
    }

    /// Waits until all of it is on the disk.
    ///
    /// # Errors
    /// If it can't be written.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.disk.finish()
    }
}

/// A thread that brings the newest text to the disk.
#[derive(Debug)]
struct Disk {
    /// `None` once nothing newer comes.
    newest: Option<watch::Sender<String>>,
    /// What came of the last one; a change of it is news.
    outcome: watch::Receiver<io::Result<()>>,
    /// Ends with the sender.
    thread: Option<JoinHandle<()>>,
}

impl Disk {
    fn of(path: PathBuf) -> io::Result<Self> {
        let (newest, mut texts) = watch::channel(String::new());
        let (tell, outcome) = watch::channel(Ok(()));
        let bring = move || {
            while blocking::wait(texts.changed()).is_ok() {
                let brought = write_through(&path, &texts.borrow_and_update());
                if brought.is_err() || tell.borrow().is_err() {
                    tell.send(brought);
                }
            }
        };
        let thread = thread::Builder::new().name("state".into()).spawn(bring)?;
        Ok(Self {
            newest: Some(newest),
            outcome,
            thread: Some(thread),
        })
    }

    /// Brings this there next. Texts that follow each other more quickly than the disk is are one.
    fn bring(&self, text: String) {
        if let Some(newest) = &self.newest {
            newest.send(text);
        }
    }

    fn outcome(&self) -> io::Result<()> {
        self.outcome.borrow().as_ref().map_err(again).copied()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.newest = None;
        match self.thread.take().map(JoinHandle::join) {
            None | Some(Ok(())) => self.outcome(),
            Some(Err(_)) => Err(io::Error::other("the thread that writes it has panicked")),
        }
    }
}

/// The same error: it is told more than once.
fn again(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever wants to know has asked before.
        let _ = self.finish();
    }
}

fn latest(path: &Path) -> PathBuf {
    beside(path, "latest")
}

/// The file that has this behind its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Writes a file that is ours alone. The names beside ours are too: what a crash leaves under them is written over.
fn write(path: &Path, text: &str) -> io::Result<File> {
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// Writes it to the disk, and only then under its name, which is on the disk with its directory.
fn write_through(path: &Path, text: &str) -> io::Result<()> {
    let synced = beside(path, "synced");
    write(&synced, text)?.sync_all()?;
    fs::rename(&synced, path)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// A name that every file system takes, another one for each text: what is no letter or digit of ASCII is written as
/// its bytes in hexadecimal. What is too long for one name lies in directories, whose names end with `%`.
fn file_name(text: &str) -> PathBuf {
    let mut path = PathBuf::new();
    let mut part = String::new();
    for byte in text.bytes() {
        let written = if byte.is_ascii_alphanumeric() || (byte == b'.' && !part.is_empty()) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02x}")
        };
        if part.len() + written.len() > PART_BYTES_MAX {
            part.push('%');
            path.push(std::mem::take(&mut part));
        }
        part.push_str(&written);
    }
    path.push(part);
    path
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
            ..State::default()
        }
    }

    #[test]
    fn what_is_kept_is_there_for_the_next_process_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let (mut file, state) = StateFile::open_in(directory.path(), &alice()).unwrap();
        assert_eq!(state, State::default());
        file.write(&with_unsent(1)).unwrap();
        file.finish().unwrap();
        let files = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap());
        let mut files: Vec<(String, u32)> = files
            .map(|file| {
                let mode = file.metadata().unwrap().permissions().mode();
                (file.file_name().into_string().unwrap(), mode & 0o777)
            })
            .collect();
        files.sort();
        let names = ["alice.1", "alice.1.latest", "alice.1.lock"];
        assert_eq!(files, names.map(|name| (name.to_owned(), 0o600)));
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
    fn a_power_cut_that_leaves_one_of_the_two_files_empty_loses_nothing_that_the_other_one_has() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("alice.1");
        let texts = [with_unsent(1).to_text(), with_unsent(2).to_text()];
        for (on_disk, in_latest, expected) in [
            (&*texts[0], "", vec![1]),
            ("", &*texts[0], vec![1]),
            // The disk was slower than the end of the program.
            (&*texts[0], &*texts[1], vec![1, 2]),
            (&*texts[1], &texts[1][..texts[1].len() - 20], vec![2]),
        ] {
            fs::write(&path, on_disk).unwrap();
            fs::write(latest(&path), in_latest).unwrap();
            let (file, state) = StateFile::open_in(directory.path(), &alice()).unwrap();
            let ids: Vec<u8> = state.unsent.iter().map(|unsent| unsent.id.0[0]).collect();
            assert_eq!(ids, expected);
            file.finish().unwrap();
            for path in [path.clone(), latest(&path)] {
                assert_eq!(State::parse(&read(&path).unwrap()), state, "both are whole again");
            }
        }
    }

    /// A file whose disk refuses what it is brought, but nothing else, until the directory of its name is gone.
    fn with_disk_that_fails(directory: &Path) -> StateFile {
        let (mut file, _) = StateFile::open_in(directory, &alice()).unwrap();
        file.disk.finish().unwrap();
        fs::remove_file(&file.path).unwrap();
        fs::create_dir(&file.path).unwrap();
        file.disk = Disk::of(file.path.clone()).unwrap();
        file
    }

    #[test]
    fn a_disk_that_fails_and_one_that_works_again_are_told_when_it_happens() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = with_disk_that_fails(directory.path());
        file.write(&with_unsent(1)).unwrap();
        blocking::wait(file.changed());
        assert!(file.outcome().is_err());
        fs::remove_dir(&file.path).unwrap();
        assert!(
            file.write(&with_unsent(2)).is_err(),
            "it is not known to work yet"
        );
        blocking::wait(file.changed());
        file.outcome().unwrap();
        assert_eq!(State::parse(&read(&file.path).unwrap()), with_unsent(2));
    }

    #[test]
    fn what_the_disk_has_refused_is_brought_again_though_nothing_has_changed() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = with_disk_that_fails(directory.path());
        file.write(&with_unsent(1)).unwrap();
        blocking::wait(file.changed());
        fs::remove_dir(&file.path).unwrap();
        let _ = file.write(&with_unsent(1));
        let path = file.path.clone();
        file.finish().unwrap();
        assert_eq!(State::parse(&read(&path).unwrap()), with_unsent(1));
    }

    #[test]
    fn what_can_not_be_written_is_told_until_something_is() {
        let directory = tempfile::tempdir().unwrap();
        let (mut file, _) = StateFile::open_in(directory.path(), &alice()).unwrap();
        let new = beside(&file.path, "new");
        fs::create_dir(&new).unwrap();
        assert!(file.write(&with_unsent(1)).is_err());
        assert!(
            file.outcome().is_err(),
            "whatever the disk says of what was before"
        );
        fs::remove_dir(&new).unwrap();
        file.write(&with_unsent(1)).unwrap();
        file.outcome().unwrap();
    }

    #[test]
    fn whoever_ends_is_told_of_a_disk_that_fails() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = with_disk_that_fails(directory.path());
        file.write(&with_unsent(1)).unwrap();
        assert!(file.finish().is_err());
    }

    #[test]
    fn servers_and_names_never_leave_their_directory() {
        for (text, name) in [
            ("127.0.0.1:8000", "127.0.0.1%3a8000"),
            ("../../etc", "%2e.%2f..%2fetc"),
            ("Zoë", "Zo%c3%ab"),
        ] {
            assert_eq!(file_name(text), Path::new(name));
        }
    }

    #[test]
    fn the_longest_names_are_kept_too_and_apart() {
        let directory = tempfile::tempdir().unwrap();
        let names = ["名".repeat(31) + "漢", "名".repeat(32), "名".repeat(27)];
        for (number, name) in (1..).zip(&names) {
            let name = UserName::parse(name).unwrap();
            let (mut file, state) = StateFile::open_in(directory.path(), &name).unwrap();
            assert_eq!(state, State::default());
            file.write(&with_unsent(number)).unwrap();
            file.finish().unwrap();
            let (_file, state) = StateFile::open_in(directory.path(), &name).unwrap();
            assert_eq!(state, with_unsent(number));
        }
        let server = format!("{}:65535", "-".repeat(253));
        for part in file_name(&server).iter() {
            assert!(part.len() <= 255, "{part:?}");
        }
        let known = directory.path().join("%e5%90%8d".repeat(27) + ".1");
        assert!(known.exists(), "what fits has no directory");
    }
}
