use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use chat_proto::ids::{Position, Seq};
use chat_proto::message::{From, Resumed, Span};
use tempfile::TempDir;

use super::*;
use crate::history::conformance::{self, Engine, ROOM_RECORDS, ROOMS};
use crate::history::fixtures::{append, draft, locate, room};
use crate::history::{PageAnswer, PageRequest};

mod damage;
mod facts;
mod faults;
mod full;
mod searching;
mod trimming;

fn limits() -> SqliteLimits {
    SqliteLimits {
        rooms_max: ROOMS as u64,
        ids_kept_ms: 1_000_000,
        retention: Retention {
            records_max: Some(ROOM_RECORDS.into()),
            ..Retention::default()
        },
        facts: FactLimits {
            facts_max: conformance::facts::FACTS,
            bytes_max: conformance::facts::FACT_BYTES,
        },
    }
}

/// A store in a directory of its own.
struct House {
    directory: TempDir,
    store: Sqlite,
    reader: Reader,
}

impl House {
    fn new() -> Self {
        Self::with(SqliteLimits::default())
    }

    fn with(limits: SqliteLimits) -> Self {
        let directory = tempfile::tempdir().expect("a directory for a test");
        let path = directory.path().join("chat.db");
        Self {
            store: Sqlite::open(&path, limits, 7).expect("a new store"),
            reader: Reader::open(&path).expect("a store that is there"),
            directory,
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("chat.db")
    }

    fn commit(&mut self, unix_ms: u64, batch: &[Op]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        self.store.commit(unix_ms, batch, &mut outcomes);
        assert_eq!(outcomes.len(), batch.len(), "one outcome for each op");
        outcomes
    }

    /// Says messages with these ids in `lobby`, at the times of their ids.
    fn fill(&mut self, ids: std::ops::RangeInclusive<u32>) {
        for number in ids {
            let said = append("lobby", draft("alice", number, &format!("text {number}")));
            let outcomes = self.commit(number.into(), &[said]);
            assert!(matches!(outcomes[0], Outcome::Appended { .. }), "{outcomes:?}");
        }
    }

    fn page(&mut self, span: Span) -> PageAnswer {
        let request = PageRequest {
            room: room("lobby"),
            span,
            records_max: 1000,
            bytes_max: usize::MAX,
        };
        let page = self.reader.page(&request).expect("the file can be read");
        page.expect("the room has a log")
    }

    fn texts(&mut self) -> Vec<String> {
        let page = self.page(Span::After(Seq::ZERO));
        page.records
            .iter()
            .map(|record| record.text.as_str().to_owned())
            .collect()
    }

    fn report(&self) -> Report {
        check(&self.path(), |_| ()).expect("the file can be opened")
    }

    /// Everything is closed and opened again, as after a crash or a stop.
    fn reopen(self, limits: SqliteLimits) -> Self {
        let Self {
            directory,
            store,
            reader,
        } = self;
        drop((store, reader));
        let path = directory.path().join("chat.db");
        Self {
            store: Sqlite::open(&path, limits, 8).expect("a store that is there"),
            reader: Reader::open(&path).expect("a store that is there"),
            directory,
        }
    }
}

fn conforms(promise: fn(Engine<'_>)) {
    let house = RefCell::new(House::with(limits()));
    promise(Engine {
        commit: Box::new(|unix_ms, batch| {
            let mut house = house.borrow_mut();
            let outcomes = house.commit(unix_ms, batch);
            while house.store.trim(unix_ms).expect("the file can be written") {}
            outcomes
        }),
        page: Box::new(|request| {
            let mut house = house.borrow_mut();
            house.reader.page(request).expect("the file can be read")
        }),
    });
    let report = house.borrow().report();
    assert_eq!(report.damages, [], "what a promise leaves behind is whole");
}

conformance::test_each_promise!(conforms);

#[test]
fn everything_is_there_after_the_store_was_closed() {
    let mut house = House::new();
    house.fill(1..=10);
    let before = house.page(Span::After(Seq::ZERO));
    let mut house = house.reopen(SqliteLimits::default());
    assert_eq!(house.page(Span::After(Seq::ZERO)), before);
    let again = house.commit(99, &[append("lobby", draft("alice", 3, "text 3"))]);
    assert_eq!(again, [Outcome::Known { seq: Seq(3) }]);
    house.fill(11..=11);
    assert_eq!(house.page(Span::After(Seq::ZERO)).last, Seq(11));
    assert_eq!(house.report().damages, []);
}

#[test]
fn what_a_dead_process_had_committed_is_there() {
    let mut house = House::new();
    house.fill(1..=10);
    // As a killed process leaves it: the log of the last commits is not folded into the file.
    let copy = tempfile::tempdir().unwrap();
    for file in ["chat.db", "chat.db-wal"] {
        fs::copy(house.directory.path().join(file), copy.path().join(file)).unwrap();
    }
    let path = copy.path().join("chat.db");
    let store = Sqlite::open(&path, SqliteLimits::default(), 9).unwrap();
    let mut found = House {
        store,
        reader: Reader::open(&path).unwrap(),
        directory: copy,
    };
    assert_eq!(found.texts().len(), 10);
    found.fill(11..=11);
    assert_eq!(found.report().damages, []);
}

#[test]
fn a_position_that_the_file_has_lost_has_diverged() {
    let mut house = House::new();
    house.fill(1..=5);
    let Outcome::Located { top, .. } = house.commit(1, &[locate("lobby", From::Tail(0))])[0] else {
        panic!("a known room is located");
    };
    let later = Position { seq: Seq(6), ..top };
    let outcome = house.commit(1, &[locate("lobby", From::After(later))])[0];
    assert!(matches!(
        outcome,
        Outcome::Located {
            resumed: Resumed::Diverged,
            ..
        }
    ));
}

#[test]
fn export_gives_every_record_in_order() {
    let mut house = House::new();
    house.fill(1..=3000);
    house.commit(1, &[append("attic", draft("bob", 1, "up here"))]);
    let mut exported = Vec::new();
    export(&house.path(), &[], |room, record| -> Result<(), ()> {
        exported.push((room.as_str().to_owned(), record.seq.0));
        Ok(())
    })
    .unwrap();
    let expected: Vec<(String, u64)> = (1..=3000)
        .map(|seq| ("lobby".to_owned(), seq))
        .chain([("attic".to_owned(), 1)])
        .collect();
    assert_eq!(exported, expected);
    let mut attic = 0;
    export(&house.path(), &[room("attic")], |_, _| -> Result<(), ()> {
        attic += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(attic, 1);
}

#[test]
fn a_copy_that_sqlite_makes_while_the_store_is_used_is_a_store() {
    let mut house = House::new();
    house.fill(1..=10);
    let copy = house.directory.path().join("copy.db");
    // What `sqlite3 chat.db "VACUUM INTO 'copy.db'"` does.
    Connection::open(house.path())
        .unwrap()
        .execute("VACUUM INTO ?", [copy.to_str().unwrap()])
        .unwrap();
    house.fill(11..=20);
    let report = check(&copy, |_| ()).unwrap();
    assert_eq!((report.messages, report.damage_count), (10, 0));
}

#[test]
fn a_file_of_something_else_or_of_a_later_version_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("chat.db");
    let open = || Sqlite::open(&path, SqliteLimits::default(), 1);
    fs::write(&path, "x".repeat(5000)).unwrap();
    assert!(matches!(open(), Err(OpenError::Damaged { .. })));
    assert_eq!(fs::read(&path).unwrap(), "x".repeat(5000).as_bytes());
    fs::remove_file(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE other (x)").unwrap();
    drop(other);
    assert!(matches!(open(), Err(OpenError::NotOurs)));
    fs::remove_file(&path).unwrap();
    drop(open().unwrap());
    let later = Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 99).unwrap();
    drop(later);
    assert!(matches!(
        open(),
        Err(OpenError::OtherVersion { found: 99, known: 2 })
    ));
}
