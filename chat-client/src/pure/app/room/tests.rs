//! The numbers of a room's lines, whatever is told: what is here is found.

use std::collections::BTreeSet;

use chat_proto::ids::{LogId, MessageId, Position, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Kind, Record, Resumed, Span};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;
use proptest::prelude::*;

use super::*;
use crate::pure::app::window::Page;

/// Something that is told, or done to a room.
#[derive(Clone, Copy, Debug)]
enum Step {
    Note,
    Came,
    Said,
    /// Said by somebody who is not heard.
    Unheard,
    Emptied,
    Missed(u64),
    /// A new link, on which so many messages are left out.
    Joined(u64),
    OtherLog(u64),
    Page(usize),
    /// Only so many lines are kept.
    Trim(usize),
    Clear,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Note),
        2 => Just(Step::Came),
        6 => Just(Step::Said),
        2 => Just(Step::Unheard),
        1 => Just(Step::Emptied),
        1 => (1_u64..4).prop_map(Step::Missed),
        1 => (0_u64..9).prop_map(Step::Joined),
        1 => (0_u64..30).prop_map(Step::OtherLog),
        4 => (0_usize..12).prop_map(Step::Page),
        2 => (0_usize..12).prop_map(Step::Trim),
        1 => Just(Step::Clear),
    ]
}

/// A room, and the log that the server has.
struct World {
    room: Room,
    log: LogId,
    /// The last number.
    top: u64,
    /// What is before this number can't be had.
    kept_from: u64,
    /// What has no line.
    silent: BTreeSet<u64>,
    came: bool,
}

impl World {
    fn new(top: u64) -> Self {
        let mut world = Self {
            room: Room::new(RoomName::parse("lobby").unwrap(), None, None),
            log: LogId(0),
            top: 0,
            kept_from: 1,
            silent: BTreeSet::new(),
            came: false,
        };
        world.other_log(top);
        world
    }

    fn other_log(&mut self, top: u64) {
        self.log = LogId(self.log.0 + 1);
        (self.top, self.kept_from) = (top, 1);
        // Somebody was not heard before either.
        self.silent = (1..=top).filter(|seq| seq % 5 == 0).collect();
        self.join();
    }

    fn join(&mut self) {
        let position = Position {
            log: self.log,
            seq: Seq(self.top),
            id: MessageId::ZERO,
        };
        self.room.joined(position, Resumed::Exact, false, None, 0);
    }

    fn record(seq: u64) -> Record {
        Record {
            seq: Seq(seq),
            id: MessageId([1; 16]),
            author: person(),
            at_unix_ms: 0,
            kind: Kind::LINE,
            text: Text::new("hello").unwrap(),
            extra: Extra::new(),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Note => self.room.tell(Body::Note("a note".into()), 0),
            Step::Came => {
                let (here, nobody) = ([person()], []);
                let (arrived, left) = if self.came {
                    (&nobody[..], &here[..])
                } else {
                    (&here[..], &nobody[..])
                };
                self.room.presence(arrived, left, 0);
                self.came = !self.came;
            }
            Step::Said => self.said(false),
            Step::Unheard => self.said(true),
            Step::Emptied => {
                self.top += 1;
                self.silent.insert(self.top);
                self.room
                    .emptied(Seq(self.top / 2), &person(), Seq(self.top), MessageId::ZERO);
            }
            Step::Missed(count) => {
                let from = Seq(self.top + 1);
                self.top += count;
                self.kept_from = self.top + 1;
                self.room.missed(from, Seq(self.top), 0);
            }
            Step::Joined(count) => {
                self.top += count;
                self.join();
            }
            Step::OtherLog(top) => self.other_log(top),
            Step::Page(count) => self.page(count),
            Step::Trim(lines_max) => {
                if self.room.live.lines.trim(lines_max) {
                    self.room.live.forgot();
                }
            }
            Step::Clear => self.room.clear(),
        }
    }

    fn said(&mut self, is_ignored: bool) {
        self.top += 1;
        if is_ignored {
            self.silent.insert(self.top);
        }
        let reader = Reader {
            me: &person(),
            highlights: &[],
            is_shown: true,
            is_attentive: true,
            is_ignored,
        };
        self.room.said(&Self::record(self.top), reader);
    }

    /// The page that is fetched when one reads back, of so many messages.
    fn page(&mut self, count: usize) {
        let live = &self.room.live;
        let Some(first) = live.first.filter(|_| !live.has_all) else {
            return;
        };
        let numbers = (self.kept_from..first.0).rev().take(count);
        let mut records: Vec<Record> = numbers.map(Self::record).collect();
        records.reverse();
        let page = Page {
            span: Span::Before(first),
            log: self.log,
            first_kept: Seq(self.kept_from),
            records: &records,
        };
        let reader = Reader {
            me: &person(),
            highlights: &[],
            is_shown: true,
            is_attentive: true,
            is_ignored: false,
        };
        let silent = &self.silent;
        let line = |record: &Record| {
            reader
                .line(record, false)
                .filter(|_| !silent.contains(&record.seq.0))
        };
        self.room.take_page(&page, line);
    }

    fn check(&self) {
        let (live, lines) = (&self.room.live, self.room.lines());
        let of_log: Vec<_> = lines.iter().filter(|(no, _)| lines.is_of_log(*no)).collect();
        let numbers: Vec<u64> = of_log.iter().map(|(_, line)| line.seq.0).collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
        for seq in (0..=self.top + 1).map(Seq) {
            let is_it = |(_, line): &&(_, &Line)| line.is_message() && line.seq == seq;
            let known = of_log.iter().find(is_it).map(|(no, _)| *no);
            assert_eq!(lines.find(seq), known, "{seq} among {numbers:?}");
            let is_told = seq.0 >= self.kept_from && live.spans(seq) && !self.silent.contains(&seq.0);
            assert!(!is_told || known.is_some(), "{seq} is not among {numbers:?}");
        }
    }
}

fn person() -> UserName {
    UserName::parse("alice").unwrap()
}

proptest! {
    #[test]
    fn what_is_here_is_found_whatever_was_told_before(
        top in 0_u64..30,
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let mut world = World::new(top);
        for step in steps {
            world.step(step);
            world.check();
        }
    }
}
