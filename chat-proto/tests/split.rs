//! Frames survive whatever the network does to their pieces.

use chat_proto::codec::{decode_client, decode_server};
use chat_proto::frame::{Decoder, write_client, write_server};
use chat_proto::limits::FRAME_BYTES_MAX;
use proptest::prelude::*;
use proptest::sample::Index;

#[path = "common/samples.rs"]
mod samples;

/// Every sample as a frame of its own.
fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for (_, message) in samples::client() {
        let mut frame = Vec::new();
        write_client(&message, &mut frame);
        assert_eq!(decode_client(&frame[4..]), Ok(message));
        frames.push(frame);
    }
    for (_, message) in samples::server() {
        let mut frame = Vec::new();
        write_server(&message, &mut frame);
        assert_eq!(decode_server(&frame[4..]), Ok(message));
        frames.push(frame);
    }
    frames
}

/// All payloads that the decoder finds in what arrived, after which nothing of the input is left.
fn take_all(decoder: &mut Decoder, mut input: &[u8], payloads: &mut Vec<Vec<u8>>) {
    while let Some(payload) = decoder.next(&mut input).expect("good frames") {
        payloads.push(payload.to_vec());
    }
    assert!(input.is_empty());
}

fn payloads_of(frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    frames.iter().map(|frame| frame[4..].to_vec()).collect()
}

#[test]
fn every_message_arrives_wherever_it_is_cut() {
    for frame in frames() {
        for cut in 0..=frame.len() {
            let mut decoder = Decoder::new(FRAME_BYTES_MAX);
            let mut payloads = Vec::new();
            take_all(&mut decoder, &frame[..cut], &mut payloads);
            assert_eq!(payloads.len(), usize::from(cut == frame.len()));
            assert_eq!(decoder.buffered_bytes(), cut % frame.len());
            take_all(&mut decoder, &frame[cut..], &mut payloads);
            assert_eq!(payloads, [&frame[4..]]);
            assert_eq!(decoder.buffered_bytes(), 0);
        }
    }
}

#[test]
fn a_stream_arrives_byte_by_byte() {
    let frames = frames();
    let mut decoder = Decoder::new(FRAME_BYTES_MAX);
    let mut payloads = Vec::new();
    for byte in frames.concat() {
        take_all(&mut decoder, &[byte], &mut payloads);
    }
    assert_eq!(payloads, payloads_of(&frames));
}

#[test]
fn a_whole_frame_is_handed_out_where_it_arrived() {
    let stream = frames().concat();
    let mut decoder = Decoder::new(FRAME_BYTES_MAX);
    let mut input = &stream[..];
    while let Some(payload) = decoder.next(&mut input).unwrap() {
        assert!(stream.as_ptr_range().contains(&payload.as_ptr()));
        assert_eq!(decoder.buffered_bytes(), 0);
    }
}

#[test]
fn what_is_put_aside_comes_out_before_what_arrives_later() {
    let frames = frames();
    let stream = frames.concat();
    for cut in [0, 1, 5, stream.len() / 2, stream.len()] {
        let mut decoder = Decoder::new(FRAME_BYTES_MAX);
        decoder.keep(&stream[..cut / 2]);
        decoder.keep(&stream[cut / 2..cut]);
        assert_eq!(decoder.buffered_bytes(), cut);
        let mut payloads = Vec::new();
        take_all(&mut decoder, &[], &mut payloads);
        take_all(&mut decoder, &stream[cut..], &mut payloads);
        assert_eq!(payloads, payloads_of(&frames));
    }
}

#[test]
fn a_raised_limit_holds_from_the_next_frame_on() {
    let mut decoder = Decoder::new(2);
    let mut input = &[0, 0, 0, 1, 7, 0, 0, 0, 3, 1, 2, 3][..];
    assert_eq!(decoder.next(&mut input), Ok(Some(&[7][..])));
    decoder.raise_limit(3);
    assert_eq!(decoder.next(&mut input), Ok(Some(&[1, 2, 3][..])));
}

proptest! {
    #[test]
    fn a_stream_arrives_in_any_pieces_whatever_is_put_aside(
        order in prop::collection::vec(any::<Index>(), 1..20),
        steps in prop::collection::vec((any::<Index>(), 0_usize..4), 1..40),
    ) {
        let all = frames();
        let frames: Vec<_> = order.iter().map(|index| index.get(&all).clone()).collect();
        let stream = frames.concat();
        let mut decoder = Decoder::new(FRAME_BYTES_MAX);
        let mut payloads = Vec::new();
        let mut rest = &stream[..];
        for (piece, frames_wanted) in steps {
            let (mut input, later) = rest.split_at(piece.index(rest.len() + 1));
            rest = later;
            for _ in 0..frames_wanted {
                if let Some(payload) = decoder.next(&mut input).unwrap() {
                    payloads.push(payload.to_vec());
                }
            }
            decoder.keep(input);
        }
        take_all(&mut decoder, rest, &mut payloads);
        prop_assert_eq!(payloads, payloads_of(&frames));
        prop_assert_eq!(decoder.buffered_bytes(), 0);
    }
}
