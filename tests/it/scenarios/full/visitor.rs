//! The real client's machine at a seat of the hall.

use chat_client::pure::link::{Action, Event, Input, Link, LinkOptions, Outputs};
use chat_proto::ids::Instance;
use chat_proto::name::RoomName;
use chat_tests::client::user;
use chat_tests::sim::hall::Hall;

/// A client in one room.
pub(super) struct Visitor {
    link: Link,
    out: Outputs,
    seat: Option<usize>,
    /// What it told its application.
    pub(super) events: Vec<Event>,
}

impl Visitor {
    /// A client that has not begun.
    pub(super) fn new(number: usize, room: &RoomName) -> Self {
        let number = u64::try_from(number).expect("a number has at most 64 bits");
        let options = LinkOptions {
            rooms: vec![(room.clone(), 0)],
            ..LinkOptions::new(
                user(&format!("visitor{number}")),
                Instance(u128::from(number).to_be_bytes()),
            )
        };
        Self {
            link: Link::new(options, number),
            out: Outputs::default(),
            seat: None,
            events: Vec::new(),
        }
    }

    /// Where it sits.
    pub(super) fn seat(&self) -> usize {
        self.seat.expect("it is connected")
    }

    /// When it tries to connect.
    pub(super) fn deadline_ms(&self) -> u64 {
        self.link.next_deadline().expect("it never gives up")
    }

    /// It tries to connect as soon as it may, and can.
    pub(super) fn connect(&mut self, hall: &mut Hall) {
        hall.wait_until(self.deadline_ms());
        let action = self.handle(hall, Input::Tick);
        assert_eq!(action, Some(Action::Connect));
        self.seat = Some(hall.connect());
        self.handle(hall, Input::Connected);
    }

    /// It tries to connect, and nobody is there.
    pub(super) fn try_in_vain(&mut self, hall: &mut Hall) {
        let action = self.handle(hall, Input::Tick);
        assert_eq!(action, Some(Action::Connect));
        self.server_is_gone(hall);
    }

    /// Its connection is lost, and the server notices.
    pub(super) fn lose(&mut self, hall: &mut Hall) {
        hall.lose(self.seat());
        hall.settle();
        self.server_is_gone(hall);
    }

    /// Its connection, or its attempt to connect, fails.
    pub(super) fn server_is_gone(&mut self, hall: &mut Hall) {
        self.seat = None;
        // Its wait may be none at all.
        while self.handle(hall, Input::Lost) == Some(Action::Connect) {}
    }

    /// Takes what it was sent; tells whether there was anything.
    pub(super) fn read(&mut self, hall: &mut Hall) -> bool {
        let bytes = hall.take(self.seat());
        if !bytes.is_empty() {
            let action = self.handle(hall, Input::Bytes(&bytes));
            assert_eq!(action, None, "it stays connected");
        }
        !bytes.is_empty()
    }

    /// Both talk until neither has anything to say.
    pub(super) fn converse(&mut self, hall: &mut Hall) {
        all_converse(&mut [self], hall);
    }

    fn handle(&mut self, hall: &mut Hall, input: Input<'_>) -> Option<Action> {
        self.link.handle(hall.now_ms(), input, &mut self.out);
        self.events.append(&mut self.out.events);
        if let Some(seat) = self.seat {
            hall.send(seat, &self.out.bytes);
        }
        self.out.bytes.clear();
        self.out.action.take()
    }
}

/// All connect, and talk with the server until they are in their rooms.
pub(super) fn all_connect(mut visitors: Vec<&mut Visitor>, hall: &mut Hall) {
    for visitor in &mut visitors {
        visitor.connect(hall);
    }
    all_converse(&mut visitors, hall);
}

fn all_converse(visitors: &mut [&mut Visitor], hall: &mut Hall) {
    let mut has_news = true;
    while has_news {
        hall.settle();
        has_news = false;
        for visitor in &mut *visitors {
            has_news |= visitor.read(hall);
        }
    }
}
