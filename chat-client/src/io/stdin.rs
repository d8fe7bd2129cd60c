//! Standard input, which can only be read by a thread that waits for it.
//!
//! The thread reads once for each piece and stops at the first end, because a terminal's end of input (Ctrl-D) is told
//! once: whoever reads on waits for more. (`blocking::Unblock` does.)

use std::io::{self, ErrorKind, Read};
use std::thread;

use channels::blocking;
use channels::mpsc::{self, BoundedReceiver, BoundedSender};

/// So much is read at once.
const READ_BYTES_MAX: usize = 4 * 1024;

/// So many pieces are read ahead.
const PIECES_MAX: usize = 1;

/// Standard input in pieces as they come; it ends with the input, or with an error.
///
/// # Errors
/// If no thread can be had.
pub(crate) fn pieces() -> io::Result<BoundedReceiver<io::Result<Vec<u8>>>> {
    let (pieces, receiver) = mpsc::bounded(PIECES_MAX);
    thread::Builder::new()
        .name("stdin".into())
        .spawn(move || read(io::stdin().lock(), &pieces))?;
    Ok(receiver)
}

fn read(mut input: impl Read, pieces: &BoundedSender<io::Result<Vec<u8>>>) {
    let mut buffer = [0; READ_BYTES_MAX];
    loop {
        let piece = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = piece.is_err();
        if blocking::wait(pieces.send(piece)).is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal may answer, read by read. Nothing may be read after it.
    struct Reads(Vec<io::Result<&'static [u8]>>);

    impl Read for Reads {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = self.0.remove(0)?;
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    /// All pieces of these reads.
    fn pieces(reads: Vec<io::Result<&'static [u8]>>) -> Vec<Result<Vec<u8>, ErrorKind>> {
        let (sender, mut receiver) = mpsc::bounded(reads.len());
        read(Reads(reads), &sender);
        drop(sender);
        let pieces = std::iter::from_fn(|| receiver.try_recv().ok());
        pieces.map(|piece| piece.map_err(|error| error.kind())).collect()
    }

    #[test]
    fn the_first_end_of_input_is_the_end() {
        let reads = vec![Ok(&b"one\n"[..]), Ok(&b"two\n"[..]), Ok(&b""[..])];
        assert_eq!(pieces(reads), [Ok(b"one\n".to_vec()), Ok(b"two\n".to_vec())]);
    }

    #[test]
    fn an_interrupted_read_is_repeated_and_an_error_is_told_and_is_the_end() {
        let reads = vec![
            Err(ErrorKind::Interrupted.into()),
            Ok(&b"one\n"[..]),
            Err(ErrorKind::PermissionDenied.into()),
        ];
        assert_eq!(
            pieces(reads),
            [Ok(b"one\n".to_vec()), Err(ErrorKind::PermissionDenied)]
        );
    }

    #[test]
    fn nothing_more_is_read_once_nobody_wants_it() {
        let (sender, receiver) = mpsc::bounded(1);
        drop(receiver);
        read(Reads(vec![Ok(&b"one\n"[..])]), &sender);
    }
}
