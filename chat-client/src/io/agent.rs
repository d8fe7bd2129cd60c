//! An ssh-agent, which signs with a key that it does not give away.
//!
//! Each question has a connection of its own, and blocks its thread until the answer is there: a person may have to touch
//! a key first. So it is for threads on which nobody else is kept waiting.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_io::Timer;
use async_net::unix::UnixStream;
use chat_proto::ids::PublicKey;
use chat_tls::agent::{
    ANSWER_BYTES_MAX, AnswerError, LENGTH_BYTES, ask_for_keys, ask_for_signature, has_key, signature,
};
use chat_tls::identity::SIGNATURE_BYTES;
use chat_tls::{Identity, fingerprint};
use futures_lite::future;
use futures_lite::io::{AsyncReadExt, AsyncWriteExt};

use crate::config::Agent;

/// Whoever has this key in the agent.
pub(super) fn identity(agent: &Agent, key: PublicKey) -> Result<Identity, AgentError> {
    if !has_key(&ask(agent, &ask_for_keys())?, &key)? {
        return Err(AgentError::NotThere(key));
    }
    let agent = agent.clone();
    Ok(Identity::elsewhere(key, move |message| {
        Ok(sign(&agent, &key, message)?)
    }))
}

fn sign(agent: &Agent, key: &PublicKey, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], AgentError> {
    Ok(signature(&ask(agent, &ask_for_signature(key, message))?)?)
}

fn ask(agent: &Agent, request: &[u8]) -> Result<Vec<u8>, AgentError> {
    let Agent { socket, timeout } = agent;
    let socket = socket.as_ref().ok_or(AgentError::Nowhere)?;
    let too_late = async {
        Timer::after(*timeout).await;
        Err(AgentError::NoAnswer(*timeout))
    };
    smol::block_on(future::or(exchange(socket, request), too_late))
}

async fn exchange(socket: &Path, request: &[u8]) -> Result<Vec<u8>, AgentError> {
    let connected = UnixStream::connect(socket).await;
    let mut stream = connected.map_err(|cause| AgentError::NotReachable {
        socket: socket.to_owned(),
        cause,
    })?;
    let mut length = [0; LENGTH_BYTES];
    stream.write_all(request).await.map_err(AgentError::BrokeOff)?;
    stream
        .read_exact(&mut length)
        .await
        .map_err(AgentError::BrokeOff)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > ANSWER_BYTES_MAX {
        return Err(AgentError::Malformed);
    }
    let mut answer = vec![0; length];
    stream
        .read_exact(&mut answer)
        .await
        .map_err(AgentError::BrokeOff)?;
    Ok(answer)
}

/// Why there is no signature. It is shown as one sentence that says what to do.
#[derive(Debug)]
pub(super) enum AgentError {
    /// Nobody says where the agent is.
    Nowhere,
    /// There is none.
    NotReachable { socket: PathBuf, cause: io::Error },
    /// It is gone in the middle.
    BrokeOff(io::Error),
    /// It takes longer than anybody waits.
    NoAnswer(Duration),
    /// It says something else.
    Malformed,
    /// It says no.
    Refused,
    /// It has other keys.
    NotThere(PublicKey),
}

impl From<AnswerError> for AgentError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Refused => Self::Refused,
            AnswerError::Malformed => Self::Malformed,
        }
    }
}

/// Only what takes too long is worth another try, and is told from all else by its kind.
impl From<AgentError> for io::Error {
    fn from(error: AgentError) -> Self {
        let kind = match error {
            AgentError::NoAnswer(_) => io::ErrorKind::TimedOut,
            AgentError::Nowhere
            | AgentError::NotReachable { .. }
            | AgentError::BrokeOff(_)
            | AgentError::Malformed
            | AgentError::Refused
            | AgentError::NotThere(_) => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str(
                "only the public half of the key is here, and no ssh-agent that could have the other: SSH_AUTH_SOCK is not set",
            ),
            Self::NotReachable { socket, cause } => {
                write!(f, "cannot reach the ssh-agent at {}: {cause}", socket.display())
            }
            Self::BrokeOff(cause) => write!(f, "the ssh-agent has not answered, and is gone: {cause}"),
            Self::NoAnswer(timeout) => write!(
                f,
                "the ssh-agent has not answered within {timeout:?}: does it wait for you?"
            ),
            Self::Malformed => f.write_str("what the ssh-agent answers is no answer"),
            Self::Refused => f.write_str("the ssh-agent refuses to sign: it may be locked, or somebody said no"),
            Self::NotThere(key) => write!(
                f,
                "the key {} is not in the ssh-agent: run ssh-add with the file of its private half",
                fingerprint(key)
            ),
        }
    }
}

impl Error for AgentError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotReachable { cause, .. } | Self::BrokeOff(cause) => Some(cause),
            Self::Nowhere | Self::NoAnswer(_) | Self::Malformed | Self::Refused | Self::NotThere(_) => None,
        }
    }
}
