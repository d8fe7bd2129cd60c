//! Facts: what a server keeps beside the logs.
//!
//! A log says what happened, a fact what is so: whose a name is, who was let in, who is kept out. A fact is a short text
//! under a kind, a subject and an object. Stores know nothing of what it means; whoever decides builds its memory of
//! them at the start (see `pure/registry`), and has each change kept before anybody is told of it.

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    /// A name (subject, folded) belongs to a key.
    Name,
    /// A name (subject, folded) may be taken though it looks like another one.
    Allowed,
    /// A key (subject) was let in.
    Member,
    /// An invitation (subject, its digest) can be used.
    Invitation,
    /// A key (subject) is kept out of the server.
    Ban,
    /// What a key (object) is in a room (subject).
    Role,
    /// What a room (subject) is about.
    Topic,
    /// How far a key (subject) has read in a room (object).
    Mark,
}

impl FactKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Allowed,
        Self::Member,
        Self::Invitation,
        Self::Ban,
        Self::Role,
        Self::Topic,
        Self::Mark,
    ];

    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Allowed => "allowed",
            Self::Member => "member",
            Self::Invitation => "invitation",
            Self::Ban => "ban",
            Self::Role => "role",
            Self::Topic => "topic",
            Self::Mark => "mark",
        }
    }

    /// The kind that is stored so.
    #[must_use]
    pub fn parse(stored: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == stored)
    }
}

/// Something that is kept under (`kind`, `subject`, `object`) until it is replaced or taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub kind: FactKind,
    /// Whom or what it concerns.
    pub subject: String,
    /// In which respect; empty for facts that need no more than a subject.
    pub object: String,
    /// What is so, as a short text that an operator can read; nothing if it is taken back.
    pub value: Option<String>,
}

impl Fact {
    /// A fact about a subject alone.
    #[must_use]
    pub fn of(kind: FactKind, subject: impl Into<String>, value: Option<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            object: String::new(),
            value,
        }
    }

    /// What it takes, if it is not taken back.
    pub(super) fn bytes(&self) -> Option<u64> {
        let value = self.value.as_ref()?;
        Some((FACT_BYTES + self.subject.len() + self.object.len() + value.len()) as u64)
    }
}

/// What a fact takes besides its texts: its place in a table and in memory.
pub(super) const FACT_BYTES: usize = 64;

/// The bounds of all facts. One that does not fit is refused; taking one back is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactLimits {
    /// Facts.
    pub facts_max: u64,
    /// Bytes of all facts, each counted as its texts and 64 bytes.
    pub bytes_max: u64,
}

impl Default for FactLimits {
    fn default() -> Self {
        Self {
            facts_max: 200_000,
            bytes_max: 32 * 1024 * 1024,
        }
    }
}

/// How many facts there are, and what they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FactTotal {
    pub(super) facts: u64,
    pub(super) bytes: u64,
}

impl FactTotal {
    /// The total once these are kept; nothing if they do not fit. `bytes_of` says what stands in a fact's place now.
    pub(super) fn with<E>(
        self,
        facts: &[Fact],
        limits: &FactLimits,
        mut bytes_of: impl FnMut(&Fact) -> Result<Option<u64>, E>,
    ) -> Result<Option<Self>, E> {
        let mut total = self;
        for fact in facts {
            if let Some(bytes) = bytes_of(fact)? {
                total.facts -= 1;
                total.bytes -= bytes;
            }
            if let Some(bytes) = fact.bytes() {
                total.facts += 1;
                total.bytes += bytes;
            }
        }
        let fits = |now: u64, before: u64, max: u64| now <= max || now <= before;
        let fit = fits(total.facts, self.facts, limits.facts_max)
            && fits(total.bytes, self.bytes, limits.bytes_max);
        Ok(fit.then_some(total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_as_it_is_stored() {
        for kind in FactKind::ALL {
            assert_eq!(FactKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(FactKind::parse("rumour"), None);
    }
}
