//! One direction of a connection.

use std::collections::VecDeque;

use super::random::Random;

/// So many bytes are under way at most; then whoever writes has to wait. Small, so that it happens.
const WIRE_BYTES_MAX: usize = 4 * 1024;

/// Bytes under way. They arrive in order, in pieces that have nothing to do with those in which they were written.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    bytes: VecDeque<u8>,
    closed: bool,
    /// A delivery is in the calendar.
    pub(crate) scheduled: bool,
}

/// What comes out of a wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Nothing is under way.
    Nothing,
    /// Some bytes.
    Bytes(Vec<u8>),
    /// The writer has closed its side, and everything it wrote has arrived.
    End,
}

impl Wire {
    /// Takes as many bytes as there is room for, off the front of `output`. How many that were.
    pub(crate) fn write(&mut self, output: &mut VecDeque<u8>) -> usize {
        let room = WIRE_BYTES_MAX.saturating_sub(self.bytes.len());
        let taken = room.min(output.len());
        self.bytes.extend(output.drain(..taken));
        taken
    }

    /// Nothing more will be written.
    pub(crate) const fn close(&mut self) {
        self.closed = true;
    }

    /// Whether anything is there to be delivered: bytes, or the end.
    pub(crate) fn has_news(&self) -> bool {
        self.closed || !self.bytes.is_empty()
    }

    /// The next piece: mostly of any size, sometimes everything.
    pub(crate) fn deliver(&mut self, random: &mut Random) -> Delivery {
        if self.bytes.is_empty() {
            return if self.closed {
                Delivery::End
            } else {
                Delivery::Nothing
            };
        }
        let all = self.bytes.len();
        let piece = match random.within(0..=3) {
            0 => all,
            1 => random.size(all.min(7)),
            _ => random.size(all),
        };
        Delivery::Bytes(self.bytes.drain(..piece).collect())
    }
}
