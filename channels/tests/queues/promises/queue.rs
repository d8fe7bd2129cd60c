//! What every queue promises.

mod closing;
mod handles;
mod receiving;
mod values;
mod waits;

use super::{HANDLES, SendError, TryRecvError, channel, send};
