//! How the program ends, and what the shell sees of it.

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was said is stored, or nobody reads the output any more.
    Done,
    /// The arguments, the settings, the name or a line of JSON can't be right, or the system does not let us work.
    Usage,
    /// There was no server at the first try.
    NoServer,
    /// The server was lost, and did not come back in time.
    Lost,
    /// The server refused us, a room, or something that was said.
    Refused,
    /// The server shows another key than before, or ours can't be used.
    Untrusted,
    /// The user interrupted it.
    Interrupted,
}

impl Exit {
    /// All of them, with what they mean, for the help.
    pub const ALL: [(Self, &str); 7] = [
        (Self::Done, "everything that was said is stored"),
        (
            Self::Usage,
            "the arguments, settings, name or a line of JSON can't be right, or output can't be written",
        ),
        (Self::NoServer, "there was no server at the first try"),
        (
            Self::Lost,
            "the server was lost and did not come back in time; what is unsent was named",
        ),
        (
            Self::Refused,
            "the server refused the name, a room, or something that was said",
        ),
        (
            Self::Untrusted,
            "the server shows another key than before, or your own key can't be used",
        ),
        (Self::Interrupted, "interrupted; what is unsent was named"),
    ];

    /// What the shell sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 1,
            Self::NoServer => 2,
            Self::Lost => 3,
            Self::Refused => 4,
            Self::Untrusted => 5,
            Self::Interrupted => 130,
        }
    }
}
