//! Some step fails, whichever it is: of the writer, of the reader, of the index.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chat_proto::ids::MessageId;
use chat_proto::text::Note;

use super::*;
use crate::history::fixtures::notice;
use crate::history::{EmptiedBy, SearchRequest};

/// So many of the last records are kept of each room.
const KEPT: u64 = 3;

/// Instructions of SQLite's machine in one step. A statement takes more than that, so each fails at several places.
const STEP: i32 = 4;

/// Far more steps than the scene has.
const STEPS_MAX: i64 = 100_000;

/// One step of SQLite's that fails, on whichever connection it comes.
struct Fault(Arc<AtomicI64>);

impl Fault {
    fn at(step: i64) -> Self {
        Self(Arc::new(AtomicI64::new(step)))
    }

    fn threaten(&self, connection: &mut Connection) {
        let left = Arc::clone(&self.0);
        let fails = move || left.fetch_sub(1, Ordering::Relaxed) == 1;
        connection.progress_handler(STEP, Some(fails)).unwrap();
    }

    /// Whether the step has come. From now on all is well.
    fn end(&self) -> bool {
        self.0.swap(i64::MAX, Ordering::Relaxed) <= 0
    }
}

/// A store and all who use it.
struct Scene {
    house: House,
    index: Index,
    /// Under which number each message was acknowledged.
    acknowledged: BTreeMap<MessageId, Seq>,
}

impl Scene {
    /// With files that were made before, so that each scene begins the same.
    fn on_copy_of(made: &House) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chat.db");
        fs::copy(made.path(), &path).unwrap();
        let limits = SqliteLimits {
            retention: Retention {
                records_max: Some(KEPT),
                ..Retention::default()
            },
            ..SqliteLimits::default()
        };
        let words = directory.path().join("words.db");
        fs::copy(made.directory.path().join("words.db"), &words).unwrap();
        let store = Sqlite::open(&path, limits, 7).unwrap();
        let index = Index::open(&path, &words).unwrap();
        let house = House {
            store,
            reader: Reader::open(&path).unwrap(),
            directory,
        };
        Self {
            house,
            index,
            acknowledged: BTreeMap::new(),
        }
    }

    fn threaten(&mut self, fault: &Fault) {
        let Self { house, index, .. } = self;
        for connection in [
            &mut house.store.connection,
            &mut house.reader.connection,
            &mut index.log,
            &mut index.words,
        ] {
            // What fails here are steps, not disks: nothing has to be waited for.
            connection.pragma_update(None, "synchronous", "OFF").unwrap();
            fault.threaten(connection);
        }
    }

    /// Has this stored; what is refused for now is said again.
    fn store(&mut self, batch: &[Op]) {
        let refused = self.commit(batch);
        let refused = self.commit(&refused);
        assert_eq!(refused, [], "nothing fails twice");
    }

    /// What was refused.
    fn commit(&mut self, batch: &[Op]) -> Vec<Op> {
        let outcomes = self.house.commit(5, batch);
        let mut refused = Vec::new();
        for (op, outcome) in batch.iter().zip(outcomes) {
            match outcome {
                Outcome::Appended { seq, .. } | Outcome::Known { seq } => {
                    let id = op.draft().unwrap().id;
                    let before = *self.acknowledged.entry(id).or_insert(seq);
                    assert_eq!(before, seq, "a message has one number");
                }
                Outcome::Refused(Refusal::Full) => {
                    assert!(self.house.store.trouble().is_some(), "the trouble is told");
                    refused.push(op.clone());
                }
                Outcome::Refused(_)
                | Outcome::Unknown
                | Outcome::Located { .. }
                | Outcome::Forgotten
                | Outcome::Kept => {
                    panic!("{op:?}: {outcome:?}")
                }
            }
        }
        refused
    }

    fn look_up(&mut self) {
        let request = PageRequest {
            room: room("lobby"),
            span: Span::After(Seq::ZERO),
            records_max: 100,
            bytes_max: usize::MAX,
        };
        let page = twice(|| self.house.reader.page(&request)).expect("the room has a log");
        let numbers: Vec<u64> = page.records.iter().map(|record| record.seq.0).collect();
        let kept: Vec<u64> = (page.first_kept.0..=page.last.0).collect();
        assert_eq!(numbers, kept, "a page is whole or fails");
    }

    fn index(&mut self) {
        self.index.add_rooms([room("lobby"), room("attic")].into());
        while twice(|| self.index.go_on()) {}
    }

    fn find(&mut self, name: &str) -> Vec<u64> {
        let request = SearchRequest {
            room: room(name),
            words: Note::new("text"),
            author: None,
            since_unix_ms: None,
            until_unix_ms: None,
            before: Seq::MAX,
            records_max: 100,
            bytes_max: usize::MAX,
        };
        let found = twice(|| self.index.search(&request)).expect("the room is there");
        found.records.iter().map(|record| record.seq.0).collect()
    }
}

/// What fails once does not fail again.
fn twice<T>(mut attempt: impl FnMut() -> rusqlite::Result<T>) -> T {
    attempt().or_else(|_| attempt()).unwrap()
}

fn everything_said() -> Vec<Op> {
    let said = |number: u32| {
        let (name, author) = [("lobby", "alice"), ("attic", "bob")][number as usize % 2];
        append(name, draft(author, number, &format!("text {number}")))
    };
    (1..=8).map(said).collect()
}

fn emptying() -> Op {
    Op::Empty {
        room: room("lobby"),
        seq: Seq(4),
        by: EmptiedBy::Operator,
        notice: notice("carol", 9, 4),
    }
}

/// Everything that is done with a store. Whether the step with this number came.
fn play(made: &House, step: i64) -> bool {
    let mut scene = Scene::on_copy_of(made);
    let fault = Fault::at(step);
    scene.threaten(&fault);
    let said = everything_said();
    scene.store(&said[..3]);
    scene.look_up();
    scene.index();
    scene.store(&said[3..]);
    scene.store(&[emptying()]);
    scene.index();
    scene.find("attic");
    while twice(|| scene.house.store.trim(5)) {}
    twice(|| scene.house.store.purge());
    scene.look_up();
    let has_come = fault.end();

    // Said again, everything is known under the numbers that were told.
    let before = scene.acknowledged.clone();
    scene.store(&said);
    scene.store(&[emptying()]);
    assert_eq!(scene.acknowledged, before);
    assert_eq!(scene.house.store.trouble(), None);
    assert_eq!(scene.house.texts(), ["text 6", "", "emptied message 4"]);
    scene.index();
    assert_eq!(scene.find("attic"), [4, 3, 2]);
    assert_eq!(scene.find("lobby"), [3]);
    let report = scene.house.report();
    assert_eq!((report.messages, report.damages), (9, Vec::new()));
    has_come
}

#[test]
fn whichever_step_fails_nothing_is_lost_and_everything_goes_on() {
    let made = House::new();
    let index = Index::open(&made.path(), &made.directory.path().join("words.db")).unwrap();
    // What a copy needs is all in the two files.
    schema::cut_wal(&made.store.connection).unwrap();
    schema::cut_wal(&index.words).unwrap();
    let steps = (1..STEPS_MAX).find(|step| !play(&made, *step));
    let steps = steps.expect("the scene ends");
    assert!(steps > 100, "{steps} steps: did any of them fail?");
}
