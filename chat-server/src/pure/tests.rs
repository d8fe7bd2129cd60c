//! Sessions, the hub and a store together, with whatever happens in whatever order: what every member can rely on.

mod member;
mod ring;
mod world;

use chat_proto::message::Act;
use proptest::prelude::*;

use world::{PEERS, ROOMS, World};

/// Something that happens next.
#[derive(Clone, Debug)]
enum Event {
    /// A client asks to be in a room: with the last so many messages, or from where it was.
    Join {
        peer: usize,
        room: usize,
        tail: Option<u32>,
    },
    Leave {
        peer: usize,
        room: usize,
    },
    /// A client says so many things in a room, in one piece.
    Say {
        peer: usize,
        room: usize,
        messages: usize,
    },
    /// A client does something to another one, if it may.
    Act {
        peer: usize,
        room: usize,
        act: Act,
        whom: usize,
    },
    /// A client has read everything.
    Mark {
        peer: usize,
        room: usize,
    },
    /// A client's connection is lost, and it comes back and takes over.
    ComeBack {
        peer: usize,
    },
    /// A client reads what was written for it.
    Read {
        peer: usize,
    },
    TakeMail {
        peer: usize,
    },
    TakeTurn {
        peer: usize,
    },
    TakePage {
        peer: usize,
    },
    EndTurn,
    Commit,
    /// So much time passes.
    Wait {
        ms: u64,
    },
}

fn acts() -> impl Strategy<Value = Act> {
    prop::sample::select(vec![
        Act::KICK,
        Act::BAN,
        Act::UNBAN,
        Act::MUTE,
        Act::UNMUTE,
        Act::PROMOTE,
        Act::DEMOTE,
    ])
}

fn events() -> impl Strategy<Value = Event> {
    let peer = || 0..PEERS;
    let room = || 0..ROOMS.len();
    prop_oneof![
        2 => (peer(), room(), prop::option::of(0..30_u32)).prop_map(|(peer, room, tail)| Event::Join { peer, room, tail }),
        1 => (peer(), room()).prop_map(|(peer, room)| Event::Leave { peer, room }),
        4 => (peer(), room(), 1..12_usize).prop_map(|(peer, room, messages)| Event::Say { peer, room, messages }),
        1 => (peer(), room(), acts(), peer()).prop_map(|(peer, room, act, whom)| Event::Act { peer, room, act, whom }),
        1 => (peer(), room()).prop_map(|(peer, room)| Event::Mark { peer, room }),
        1 => peer().prop_map(|peer| Event::ComeBack { peer }),
        3 => peer().prop_map(|peer| Event::Read { peer }),
        4 => peer().prop_map(|peer| Event::TakeMail { peer }),
        4 => peer().prop_map(|peer| Event::TakeTurn { peer }),
        3 => peer().prop_map(|peer| Event::TakePage { peer }),
        3 => Just(Event::EndTurn),
        3 => Just(Event::Commit),
        1 => (1..3000_u64).prop_map(|ms| Event::Wait { ms }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_member_is_told_each_number_once_in_one_order(events in prop::collection::vec(events(), 0..300)) {
        let mut world = World::new();
        for event in events {
            world.happen(&event);
        }
        world.come_to_rest();
        world.check_that_all_is_told();
    }
}
