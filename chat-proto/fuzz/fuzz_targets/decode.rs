//! Any payload is an error or a message, and a message survives being written and read again.
#![no_main]

use chat_proto::codec::{decode_client, decode_server, encode_client, encode_server};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let mut again = Vec::new();
    if let Ok(message) = decode_client(payload) {
        encode_client(&message, &mut again);
        assert!(again.len() <= payload.len(), "we write the shortest form");
        assert_eq!(decode_client(&again), Ok(message));
    }
    again.clear();
    if let Ok(message) = decode_server(payload) {
        encode_server(&message, &mut again);
        assert!(again.len() <= payload.len(), "we write the shortest form");
        assert_eq!(decode_server(&again), Ok(message));
    }
});
