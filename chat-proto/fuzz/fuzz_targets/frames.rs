//! A stream in any pieces, parts of it put aside, holds the same frames as the whole stream at once.
#![no_main]

use chat_proto::frame::{Decoder, FrameError};
use libfuzzer_sys::fuzz_target;

/// Small, so that a fuzzer meets the limit often.
const FRAME_BYTES_MAX: usize = 300;

type Payloads = Vec<Vec<u8>>;

fn take_all(decoder: &mut Decoder, mut input: &[u8], payloads: &mut Payloads) -> Result<(), FrameError> {
    while let Some(payload) = decoder.next(&mut input)? {
        payloads.push(payload.to_vec());
    }
    assert!(input.is_empty());
    Ok(())
}

fn at_once(stream: &[u8]) -> (Payloads, Result<(), FrameError>) {
    let mut payloads = Vec::new();
    let result = take_all(&mut Decoder::new(FRAME_BYTES_MAX), stream, &mut payloads);
    (payloads, result)
}

/// Each cut is a length, and in its highest bit whether the piece is only put aside.
fn in_pieces(mut stream: &[u8], cuts: &[u8]) -> (Payloads, Result<(), FrameError>) {
    let mut decoder = Decoder::new(FRAME_BYTES_MAX);
    let mut payloads = Vec::new();
    for cut in cuts {
        let (piece, rest) = stream.split_at(usize::from(cut & 0x7f).min(stream.len()));
        stream = rest;
        if cut & 0x80 != 0 {
            decoder.keep(piece);
        } else if let Err(error) = take_all(&mut decoder, piece, &mut payloads) {
            return (payloads, Err(error));
        }
    }
    let result = take_all(&mut decoder, stream, &mut payloads);
    (payloads, result)
}

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (stream, cuts) = input;
    assert_eq!(in_pieces(&stream, &cuts), at_once(&stream));
});
