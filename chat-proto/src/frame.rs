//! Where one message ends and the next begins: a length in front of each.

use std::fmt;

use crate::codec;
use crate::limits::{FRAME_BYTES_MAX, LENGTH_BYTES};
use crate::message::{ClientMessage, ServerMessage};

/// Appends a client's message as a frame.
///
/// # Panics
/// If the message is longer than [`FRAME_BYTES_MAX`], which none that our own types allow is.
pub fn write_client(message: &ClientMessage, bytes: &mut Vec<u8>) {
    write(bytes, |payload| codec::encode_client(message, payload));
}

/// Appends a server's message as a frame.
///
/// # Panics
/// If the message is longer than [`FRAME_BYTES_MAX`]. Only a `Page` can be: whoever fills it adds up
/// [`Record::wire_bytes_max`](crate::message::Record::wire_bytes_max).
pub fn write_server(message: &ServerMessage, bytes: &mut Vec<u8>) {
    write(bytes, |payload| codec::encode_server(message, payload));
}

fn write(bytes: &mut Vec<u8>, encode: impl FnOnce(&mut Vec<u8>)) {
    let frame = bytes.len();
    bytes.extend_from_slice(&[0; LENGTH_BYTES]);
    encode(bytes);
    let payload_bytes = bytes.len() - frame - LENGTH_BYTES;
    assert!(
        (1..=FRAME_BYTES_MAX).contains(&payload_bytes),
        "our own message has {payload_bytes} bytes, and a frame at most {FRAME_BYTES_MAX}"
    );
    let length = u32::try_from(payload_bytes).expect("a frame's length is below 2^24");
    bytes[frame..frame + LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
}

/// Why the bytes of a peer are not frames. The connection can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The peer announced a longer frame than it may send; nothing was allocated for it.
    TooLong {
        /// What it announced.
        claimed_bytes: u32,
        /// What it may send.
        bytes_max: usize,
    },
    /// The peer announced a frame without anything in it.
    Empty,
}

impl FrameError {
    /// Whether the peer speaks some other protocol: no frame begins with anything but a 0.
    #[must_use]
    pub const fn is_other_protocol(self) -> bool {
        match self {
            Self::TooLong { claimed_bytes, .. } => claimed_bytes >> 24 != 0,
            Self::Empty => false,
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong {
                claimed_bytes,
                bytes_max,
            } => {
                write!(
                    f,
                    "frame of {claimed_bytes} bytes announced where at most {bytes_max} are allowed"
                )
            }
            Self::Empty => f.write_str("empty frame"),
        }
    }
}

impl std::error::Error for FrameError {}

/// Finds the frames in bytes that arrive in any pieces.
///
/// A frame that has arrived whole is handed out where it lies. Only the beginning of an unfinished one is copied,
/// into memory that grows with the bytes that arrive and is given back when the frame is done.
///
/// # Examples
/// ```
/// use chat_proto::frame::{Decoder, FrameError};
/// use chat_proto::limits::FRAME_BYTES_MAX;
///
/// let mut decoder = Decoder::new(FRAME_BYTES_MAX);
/// let mut payloads = Vec::new();
/// for arrived in [&[0, 0, 0, 2, 7][..], &[8, 0, 0, 0, 1, 9]] {
///     let mut input = arrived;
///     while let Some(payload) = decoder.next(&mut input)? {
///         payloads.push(payload.to_vec());
///     }
/// }
/// assert_eq!(payloads, [vec![7, 8], vec![9]]);
/// assert_eq!(decoder.buffered_bytes(), 0);
/// # Ok::<(), FrameError>(())
/// ```
///
/// Whoever can't take more frames for now puts the rest aside, and later begins with an empty input:
/// ```
/// # use chat_proto::frame::{Decoder, FrameError};
/// # let mut decoder = Decoder::new(16);
/// let mut input = &[0, 0, 0, 1, 7, 0, 0, 0, 1, 8][..];
/// assert_eq!(decoder.next(&mut input)?, Some(&[7][..]));
/// decoder.keep(input);
/// // … later …
/// let mut input = &[][..];
/// assert_eq!(decoder.next(&mut input)?, Some(&[8][..]));
/// assert_eq!(decoder.next(&mut input)?, None);
/// # Ok::<(), FrameError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    frame_bytes_max: usize,
    /// What is put aside: first `taken` bytes of frames that were handed out, then what is still to come.
    tail: Vec<u8>,
    taken: usize,
    failed: Option<FrameError>,
}

impl Decoder {
    /// A decoder for payloads of at most so many bytes. It owns no memory yet.
    #[must_use]
    pub const fn new(frame_bytes_max: usize) -> Self {
        Self {
            frame_bytes_max,
            tail: Vec::new(),
            taken: 0,
            failed: None,
        }
    }

    /// Lets the next frames be longer, because the peer is known now.
    ///
    /// # Panics
    /// If the limit is lower than before.
    pub fn raise_limit(&mut self, frame_bytes_max: usize) {
        assert!(
            frame_bytes_max >= self.frame_bytes_max,
            "what was allowed is not taken back"
        );
        self.frame_bytes_max = frame_bytes_max;
    }

    /// How many bytes are put aside for later.
    #[must_use]
    pub const fn buffered_bytes(&self) -> usize {
        self.tail.len() - self.taken
    }

    /// Takes the next whole payload: first from what was put aside, then from the beginning of `input`. `None` if
    /// more has to arrive; the beginning of an unfinished frame is put aside then, and `input` is empty.
    ///
    /// # Errors
    /// [`FrameError`], and the same for ever after, if the peer announced what it may not send.
    pub fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<&'a [u8]>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.buffered_bytes() > 0 {
            return self.next_in_tail(input);
        }
        self.forget_tail();
        let frame_bytes = self.frame_bytes(input.first_chunk().copied())?;
        let Some((frame, rest)) = frame_bytes.and_then(|frame_bytes| input.split_at_checked(frame_bytes))
        else {
            self.keep(input);
            *input = &[];
            return Ok(None);
        };
        *input = rest;
        Ok(Some(&frame[LENGTH_BYTES..]))
    }

    /// Puts bytes aside, after those that are put aside already: all that arrived while no more frames can be taken.
    /// Their number is the caller's to bound.
    pub fn keep(&mut self, rest: &[u8]) {
        if rest.is_empty() || self.failed.is_some() {
            return;
        }
        self.tail.drain(..self.taken);
        self.taken = 0;
        self.tail.extend_from_slice(rest);
    }

    fn next_in_tail(&mut self, input: &mut &[u8]) -> Result<Option<&[u8]>, FrameError> {
        self.fill_tail(LENGTH_BYTES, input);
        let Some(frame_bytes) = self.frame_bytes(self.tail[self.taken..].first_chunk().copied())? else {
            return Ok(None);
        };
        self.fill_tail(frame_bytes, input);
        if self.buffered_bytes() < frame_bytes {
            return Ok(None);
        }
        let frame = self.taken..self.taken + frame_bytes;
        self.taken = frame.end;
        Ok(Some(&self.tail[frame][LENGTH_BYTES..]))
    }

    /// Moves bytes from `input` until so many are put aside, or `input` is empty.
    fn fill_tail(&mut self, wanted_bytes: usize, input: &mut &[u8]) {
        let missing_bytes = wanted_bytes.saturating_sub(self.buffered_bytes());
        let (missing, rest) = input.split_at(missing_bytes.min(input.len()));
        self.keep(missing);
        *input = rest;
    }

    /// How long the frame with this length in front is, the length included. `None` if the length is not there yet.
    fn frame_bytes(&mut self, length: Option<[u8; LENGTH_BYTES]>) -> Result<Option<usize>, FrameError> {
        let Some(claimed_bytes) = length.map(u32::from_be_bytes) else {
            return Ok(None);
        };
        let bytes_max = self.frame_bytes_max;
        let error = match usize::try_from(claimed_bytes) {
            Ok(0) => FrameError::Empty,
            Ok(payload_bytes) if payload_bytes <= bytes_max => return Ok(Some(LENGTH_BYTES + payload_bytes)),
            Ok(_) | Err(_) => FrameError::TooLong {
                claimed_bytes,
                bytes_max,
            },
        };
        self.failed = Some(error);
        self.forget_tail();
        Err(error)
    }

    fn forget_tail(&mut self) {
        self.tail = Vec::new();
        self.taken = 0;
    }
}
