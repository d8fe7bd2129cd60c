//! What stands on the command line without an option in front.

use std::fmt;

use chat_proto::link::{Link, LinkError, SCHEME};
use chat_proto::name::{NameError, UserName};

/// What stands on the command line without an option in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A name.
    Name(UserName),
    /// A link. It may have an invitation, which is nobody else's business: pass it as [`LinkInInput`](Self::LinkInInput)
    /// where others see which programs run with which arguments.
    Link(Box<Link>),
    /// The link is the first line of input.
    LinkInInput,
}

pub(super) fn parse(word: &str) -> Result<Word, WordError> {
    if word == "-" {
        Ok(Word::LinkInInput)
    } else if word.starts_with(SCHEME) {
        Link::parse(word)
            .map(Box::new)
            .map(Word::Link)
            .map_err(WordError::Link)
    } else {
        UserName::parse(word).map(Word::Name).map_err(WordError::Name)
    }
}

/// Why a word means nothing.
#[derive(Debug)]
pub(super) enum WordError {
    Name(NameError),
    Link(LinkError),
}

impl fmt::Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Link(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WordError {}
