//! What the program does instead of chatting.

use std::io;

use chat_tls::KeyFileError;
use clap::Subcommand;

use super::{KnownServersError, Print, ServersTask, UsageError};

/// What the program does instead of chatting.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Task {
    /// It prints something.
    #[command(flatten)]
    Print(Print),
    /// It keeps the servers that one has met.
    #[command(flatten)]
    Servers(ServersTask),
}

/// Why it can't be done.
#[derive(Debug)]
pub enum TaskError {
    /// It can't be written.
    Io(io::Error),
    /// The key can't be used.
    Key(KeyFileError),
    /// The servers that one has met can't.
    Servers(KnownServersError),
    /// It has no meaning.
    Usage(UsageError),
}

impl From<io::Error> for TaskError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<KnownServersError> for TaskError {
    fn from(error: KnownServersError) -> Self {
        Self::Servers(error)
    }
}

impl Task {
    /// Does it, and writes what comes of it; in `notes` what is said to people only.
    ///
    /// # Errors
    /// [`TaskError`].
    pub fn run(self, out: &mut dyn io::Write, notes: &mut dyn io::Write) -> Result<(), TaskError> {
        match self {
            Self::Print(print) => print.write(out),
            Self::Servers(task) => task.run(out, notes),
        }
    }
}
