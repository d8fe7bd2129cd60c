//! Whatever three peers send, in whatever pieces and order, and however slowly they read: no session, no hub and no
//! store panics, each peer gets whole messages, and little waits for anybody.
#![no_main]

mod house;
mod words;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

use house::House;
use words::Words;

/// One thing that happens. A peer's number is taken modulo the number of peers.
#[derive(Arbitrary, Debug)]
enum Step {
    /// A peer says something that has a meaning, in two pieces.
    Say { peer: u8, words: Words, cut: u8 },
    /// A peer sends a whole frame with anything in it.
    Frame { peer: u8, payload: Vec<u8> },
    /// A peer sends anything.
    Bytes { peer: u8, bytes: Vec<u8> },
    /// A peer has nothing more to say.
    HalfClose { peer: u8 },
    /// A peer's connection is lost, and it comes back with another.
    ComeBack { peer: u8 },
    /// A peer reads so many of the bytes that wait for it.
    Read { peer: u8, bytes: u16 },
    /// A peer's session is given one letter.
    TakeMail { peer: u8 },
    /// A peer's session is given one turn of one of its rooms.
    TakeTurn { peer: u8 },
    /// A peer misses a turn.
    MissTurn { peer: u8 },
    /// What a peer's session looks up is found.
    TakeLookup { peer: u8 },
    /// The hub has no more requests for the moment.
    EndTurn,
    /// The store has committed.
    Commit,
    /// Time passes.
    Wait { ms: u16 },
    /// The server stops, for one peer.
    Stop { peer: u8 },
}

fuzz_target!(|input: (bool, Vec<Step>)| {
    let (has_said_hello, steps) = input;
    let mut house = House::new();
    if has_said_hello {
        house.welcome_all();
    }
    for step in steps {
        match step {
            Step::Say { peer, words, cut } => house.send(peer, &words.frame(), cut),
            Step::Frame { peer, payload } => house.send(peer, &words::frame(&payload), 0),
            Step::Bytes { peer, bytes } => house.send(peer, &bytes, 0),
            Step::HalfClose { peer } => house.half_close(peer),
            Step::ComeBack { peer } => house.come_back(peer),
            Step::Read { peer, bytes } => house.read(peer, usize::from(bytes)),
            Step::TakeMail { peer } => house.take_mail(peer),
            Step::TakeTurn { peer } => house.take_turn(peer),
            Step::MissTurn { peer } => house.miss_turn(peer),
            Step::TakeLookup { peer } => house.take_lookup(peer),
            Step::EndTurn => house.end_turn(),
            Step::Commit => house.commit(),
            Step::Wait { ms } => house.wait(u64::from(ms)),
            Step::Stop { peer } => house.stop(peer),
        }
    }
    house.come_to_rest();
});
