//! One connection: bytes that wait to be written, and a buffer to read into.

use std::io;
use std::task::{Context, Poll};

use chat_proto::limits::{FRAME_BYTES_MAX, TEXT_BYTES_MAX};

use super::stream::Stream;
use crate::pure::link::{ENTRY_BYTES, SAYS_IN_FLIGHT_MAX};

/// So much is read at once.
const READ_BYTES_MAX: usize = 16 * 1024;

/// What waits to be written never grows beyond this but when a server makes us answer and does not read the answers.
const OUTPUT_BYTES_MAX: usize = 4 * 1024 * 1024;

const _: () = assert!(
    SAYS_IN_FLIGHT_MAX * (TEXT_BYTES_MAX + ENTRY_BYTES) + FRAME_BYTES_MAX <= OUTPUT_BYTES_MAX,
    "all that may be in flight must fit"
);

pub(crate) struct Connection {
    stream: Stream,
    output: Vec<u8>,
    written: usize,
    write_side: WriteSide,
    buffer: Vec<u8>,
}

#[derive(PartialEq, Eq)]
enum WriteSide {
    Open,
    /// To be closed once everything is written.
    Closing,
    /// Closed by us, or broken: what the server still said can be read all the same.
    Closed,
}

impl Connection {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            output: Vec::new(),
            written: 0,
            write_side: WriteSide::Open,
            buffer: vec![0; READ_BYTES_MAX],
        }
    }

    /// Adds bytes to those that wait to be written.
    pub(crate) fn queue(&mut self, bytes: &mut Vec<u8>) {
        if self.write_side != WriteSide::Closed {
            self.output.append(bytes);
        }
    }

    /// Once everything is written, tells the server that nothing follows.
    pub(crate) fn close_write_side(&mut self) {
        if self.write_side == WriteSide::Open {
            self.write_side = WriteSide::Closing;
        }
    }

    /// Writes what waits, as far as it goes. Whether anything moved.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while self.written < self.output.len() {
            let waiting = &self.output[self.written..];
            match self.stream.poll_write(cx, waiting) {
                Poll::Pending => {
                    self.forget_written();
                    return moved;
                }
                Poll::Ready(Ok(count)) if count > 0 => self.written += count,
                Poll::Ready(Ok(_) | Err(_)) => {
                    self.write_side = WriteSide::Closed;
                    self.written = self.output.len();
                }
            }
            moved = true;
        }
        self.forget_written();
        // An error means that the connection is gone, and reading tells.
        if self.write_side == WriteSide::Open {
            let _ = self.stream.poll_flush(cx);
        } else if self.write_side == WriteSide::Closing && self.stream.poll_close_write(cx).is_ready() {
            self.write_side = WriteSide::Closed;
            moved = true;
        }
        moved
    }

    /// Reads into the buffer. So many bytes came; 0: the server has closed its side.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.output.len() - self.written > OUTPUT_BYTES_MAX {
            let error = "the server asks for answers and does not read them";
            return Poll::Ready(Err(io::Error::other(error)));
        }
        self.stream.poll_read(cx, &mut self.buffer)
    }

    /// The buffer that was read into, to be given back.
    pub(crate) fn take_buffer(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    pub(crate) fn give_buffer(&mut self, buffer: Vec<u8>) {
        self.buffer = buffer;
    }

    /// Keeps the output from growing at its end while its beginning is long written.
    fn forget_written(&mut self) {
        if self.written == self.output.len() {
            self.output.clear();
            self.written = 0;
        } else if self.written > self.output.len() / 2 {
            self.output.drain(..self.written);
            self.written = 0;
        }
    }
}
