//! Scenarios of many connections at their full size, in virtual time.

mod visitor;

use std::collections::{BTreeMap, BTreeSet};

use chat_client::pure::link::Event;
use chat_proto::codec;
use chat_proto::frame::{Decoder, write_client};
use chat_proto::ids::MessageId;
use chat_proto::limits::FRAME_BYTES_MAX;
use chat_proto::list::Extra;
use chat_proto::message::{ClientMessage, Code, From, Join, Resumed, ServerMessage};
use chat_proto::name::{RawName, RoomName};
use chat_server::history::fact::FactLimits;
use chat_server::history::memory::MemoryLimits;
use chat_server::pure::session::SessionLimits;
use chat_tests::client::{lobby, room};
use chat_tests::raw::{hello, say};
use chat_tests::sim::hall::Hall;

use visitor::Visitor;

/// Enough for everything that is said here.
const MEMORY: MemoryLimits = MemoryLimits {
    room_records_max: 200_000,
    room_bytes_max: 256 << 20,
    room_ids_max: 200_000,
    rooms_max: 100_000,
    bytes_max: 1 << 30,
    facts: FactLimits {
        facts_max: 0,
        bytes_max: 0,
    },
};

fn join(room: &RoomName) -> ClientMessage {
    ClientMessage::Join(Join {
        request: 1,
        room: RawName::from(room),
        from: From::Tail(0),
        extra: Extra::new(),
    })
}

fn send(hall: &mut Hall, seat: usize, message: &ClientMessage) {
    let mut bytes = Vec::new();
    write_client(message, &mut bytes);
    hall.send(seat, &bytes);
}

/// Somebody comes, and says so and where in one go. They are inside once the hall has settled.
fn enter(hall: &mut Hall, name: &str, room: &RoomName) -> usize {
    let seat = hall.connect();
    send(hall, seat, &hello(name, None));
    send(hall, seat, &join(room));
    seat
}

fn id(number: usize) -> MessageId {
    MessageId(u128::try_from(number).expect("it is wider").to_be_bytes())
}

/// What somebody was told since it was asked last.
fn told(hall: &mut Hall, seat: usize) -> Vec<ServerMessage> {
    let bytes = hall.take(seat);
    let (mut decoder, mut input) = (Decoder::new(FRAME_BYTES_MAX), &bytes[..]);
    let mut messages = Vec::new();
    while let Some(payload) = decoder.next(&mut input).expect("a whole frame") {
        messages.push(codec::decode_server(payload).expect("a message"));
    }
    messages
}

/// Those of the visitors that have these numbers, which grow.
fn pick<'a>(visitors: &'a mut [Visitor], numbers: &[usize]) -> Vec<&'a mut Visitor> {
    let mut rest = visitors.iter_mut().enumerate();
    let mut next = |wanted| rest.find(|(number, _)| *number == wanted);
    let picked = numbers.iter().map(|wanted| next(*wanted).expect("they grow").1);
    picked.collect()
}

/// Says so many messages, as many at once as may be unanswered.
fn say_many(hall: &mut Hall, seat: usize, numbers: std::ops::Range<usize>) {
    let at_once = usize::try_from(SessionLimits::default().requests_in_flight_max).expect("a small number");
    let numbers: Vec<usize> = numbers.collect();
    for numbers in numbers.chunks(at_once) {
        for number in numbers {
            send(hall, seat, &say(2, &lobby(), id(*number), "one of very many"));
        }
        hall.settle();
        hall.take(seat);
    }
}

#[test]
fn s16_who_returns_to_a_hundred_thousand_messages_is_told_them_page_by_page() {
    const MISSED: usize = 100_000;
    let mut hall = Hall::new(MEMORY);
    let speaker = enter(&mut hall, "speaker", &lobby());
    let mut reader = Visitor::new(0, &lobby());
    reader.connect(&mut hall);
    reader.converse(&mut hall);
    reader.lose(&mut hall);
    say_many(&mut hall, speaker, 0..MISSED);
    reader.connect(&mut hall);
    hall.slow_down(reader.seat());
    let mut said = MISSED;
    loop {
        // One more is said for each page that is read, and the reader comes up with them all the same.
        if said < MISSED + 1000 {
            say_many(&mut hall, speaker, said..said + 1);
            said += 1;
        }
        let has_read = hall.read_once(reader.seat());
        let has_heard = reader.read(&mut hall);
        if !has_read && !has_heard && said == MISSED + 1000 {
            break;
        }
    }
    let mut due = 1;
    for event in reader.events.drain(..) {
        match event {
            Event::Said { record, .. } => {
                assert_eq!(record.seq.0, due);
                due += 1;
            }
            Event::Missed { .. } | Event::Broke { .. } => panic!("everything can be had: {event:?}"),
            _ => {}
        }
    }
    assert_eq!(due - 1, said as u64);
    let account = hall.account(reader.seat());
    assert!(!account.is_over, "the session lives");
    assert!(account.pages >= 100, "{account:?}");
    let waiting_bytes_max = SessionLimits::default().output_bytes_max + FRAME_BYTES_MAX;
    assert!(account.waiting_bytes_max <= waiting_bytes_max, "{account:?}");
}

#[test]
fn s17_ten_thousand_who_join_ten_thousand_are_told_as_counts() {
    const THERE: usize = 10_000;
    let mut hall = Hall::new(MEMORY);
    let mut seats = Vec::new();
    for storm in [false, true] {
        let before: Vec<u64> = seats
            .iter()
            .map(|seat| hall.account(*seat).written_bytes)
            .collect();
        for hundred_ms in 0..10 {
            hall.wait_until(hundred_ms * 100 + u64::from(storm) * 1000);
            let there = seats.len();
            let newcomers = there..there + THERE / 10;
            seats.extend(newcomers.map(|number| enter(&mut hall, &format!("person{number}"), &lobby())));
            hall.settle();
        }
        for (seat, before) in seats.iter().zip(before) {
            // Ten thousand names would be a hundred thousand bytes.
            let told_bytes = hall.account(*seat).written_bytes - before;
            assert!(told_bytes < 2048, "{told_bytes} bytes for one member");
        }
    }
    for seat in seats {
        let account = hall.account(seat);
        assert!(!account.is_over);
        let messages = told(&mut hall, seat);
        let last = messages.iter().rev().find_map(|message| match message {
            ServerMessage::Presence(presence) => Some(presence),
            _ => None,
        });
        let last = last.expect("everybody is told of the last who came");
        assert_eq!(last.count as usize, 2 * THERE);
        assert_eq!((last.arrived.len(), last.left.len()), (0, 0), "a count, no names");
    }
}

#[test]
fn s18_a_hundred_thousand_come_back_spread_and_each_where_it_was() {
    const CLIENTS: usize = 100_000;
    const AWAY_MS: u64 = 2_000;
    const STEP_MS: u64 = 10;
    let mut hall = Hall::new(MEMORY);
    let mut visitors: Vec<Visitor> = (0..CLIENTS)
        .map(|number| Visitor::new(number, &room(&format!("room{}", number / 10))))
        .collect();
    for hundred in visitors.chunks_mut(100) {
        visitor::all_connect(hundred.iter_mut().collect(), &mut hall);
    }
    hall.wait_until(10_000);
    let died_ms = hall.now_ms();
    hall.die();
    for visitor in &mut visitors {
        visitor.server_is_gone(&mut hall);
    }
    let mut due = BTreeMap::<u64, Vec<usize>>::new();
    let step_of = |visitor: &Visitor| visitor.deadline_ms().next_multiple_of(STEP_MS);
    for (number, visitor) in visitors.iter().enumerate() {
        due.entry(step_of(visitor)).or_default().push(number);
    }
    // So many tries there were in each tenth of a second.
    let mut tries = BTreeMap::<u64, usize>::new();
    while let Some((now_ms, mut numbers)) = due.pop_first() {
        numbers.sort_unstable();
        hall.wait_until(now_ms);
        *tries.entry(now_ms / 100).or_default() += numbers.len();
        if now_ms >= died_ms + AWAY_MS {
            visitor::all_connect(pick(&mut visitors, &numbers), &mut hall);
            continue;
        }
        for number in numbers {
            visitors[number].try_in_vain(&mut hall);
            due.entry(step_of(&visitors[number])).or_default().push(number);
        }
    }
    let after = tries.range((died_ms + AWAY_MS) / 100..);
    let most = after.map(|(_, count)| *count).max().unwrap_or(0);
    assert!(most <= CLIENTS / 10, "{most} in a tenth of a second");
    let in_all: usize = tries.values().sum();
    assert!(in_all <= 10 * CLIENTS, "{in_all} tries");
    for visitor in visitors {
        let joined = visitor.events.into_iter().filter_map(|event| match event {
            Event::Joined { again, resumed, .. } => Some((again, resumed)),
            Event::Broke { .. } => panic!("nothing broke"),
            _ => None,
        });
        assert_eq!(
            joined.collect::<Vec<_>>(),
            [(false, Resumed::Exact), (true, Resumed::Exact)]
        );
    }
}

#[test]
fn s56_fifty_thousand_are_told_goodbye_and_nothing_acknowledged_is_lost() {
    const CLIENTS: usize = 50_000;
    let mut hall = Hall::new(MEMORY);
    let rooms: Vec<RoomName> = (0..CLIENTS / 10)
        .map(|number| room(&format!("room{number}")))
        .collect();
    for number in 0..CLIENTS {
        enter(&mut hall, &format!("person{number}"), &rooms[number / 10]);
        if number % 100 == 99 {
            hall.settle();
        }
    }
    for number in 0..CLIENTS {
        hall.take(number);
        // The requests of half of them are with the hub when the stop comes, those of the others have been answered.
        send(
            &mut hall,
            number,
            &say(2, &rooms[number / 10], id(number), "last words"),
        );
        if number == CLIENTS / 2 {
            hall.settle();
        }
    }
    for number in 0..CLIENTS {
        hall.stop(number, 1_000);
    }
    hall.settle();
    let mut stored = 0;
    for number in 0..CLIENTS {
        let messages = told(&mut hall, number);
        let Some(ServerMessage::Goodbye(goodbye)) = messages.last() else {
            panic!("{number} was told no goodbye: {:?}", messages.last());
        };
        assert_eq!(
            (goodbye.code, goodbye.come_back_after_ms),
            (Code::STOPPING, 1_000)
        );
        assert!(hall.account(number).is_over);
        let answers = messages.iter().filter_map(|message| match message {
            ServerMessage::Stored(stored) => Some(stored.seq),
            _ => None,
        });
        let answers: BTreeSet<_> = answers.collect();
        let page = hall
            .last_page(&rooms[number / 10], 10)
            .expect("the room has a log");
        let own = page.records.iter().filter(|record| record.id == id(number));
        assert_eq!(own.map(|record| record.seq).collect::<BTreeSet<_>>(), answers);
        stored += answers.len();
    }
    assert_eq!(stored, CLIENTS, "all had been accepted before the stop");
}
