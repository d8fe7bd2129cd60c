//! The index beside the log.

use chat_proto::name::UserName;
use chat_proto::text::Note;

use super::*;
use crate::history::fixtures::{notice, user};
use crate::history::{EmptiedBy, NoSearch, SearchAnswer, SearchRequest};

struct Library {
    house: House,
    index: Index,
}

impl Library {
    fn new() -> Self {
        let house = House::new();
        let index = open(&house);
        Self { house, index }
    }

    fn say(&mut self, at: u64, author: &str, number: u32, text: &str) {
        self.house
            .commit(at, &[append("lobby", draft(author, number, text))]);
        self.catch_up();
    }

    fn catch_up(&mut self) {
        self.index.add_rooms([room("lobby")].into());
        while self.index.go_on().unwrap() {}
    }

    fn find(&mut self, change: impl FnOnce(&mut SearchRequest)) -> Vec<u64> {
        self.answer(change)
            .records
            .iter()
            .map(|record| record.seq.0)
            .collect()
    }

    fn answer(&mut self, change: impl FnOnce(&mut SearchRequest)) -> SearchAnswer {
        let mut request = SearchRequest {
            room: room("lobby"),
            words: Note::new(""),
            author: None,
            since_unix_ms: None,
            until_unix_ms: None,
            before: Seq::MAX,
            records_max: 100,
            bytes_max: usize::MAX,
        };
        change(&mut request);
        self.index.search(&request).unwrap().expect("there is an index")
    }

    fn words(&mut self, words: &str) -> Vec<u64> {
        self.find(|request| request.words = Note::new(words))
    }
}

fn open(house: &House) -> Index {
    Index::open(&house.path(), &house.directory.path().join("words.db")).unwrap()
}

fn talk() -> Library {
    let mut library = Library::new();
    library.say(100, "alice", 1, "the quick brown fox");
    library.say(200, "bob", 2, "Fox? I see no fox");
    library.say(300, "Alice", 3, "Übung macht den Meister");
    library.say(400, "bob", 4, "it's 5 o'clock \"somewhere\"");
    library
}

#[test]
fn words_are_found_newest_first() {
    let mut library = talk();
    assert_eq!(library.words("fox"), [2, 1]);
    assert_eq!(library.words("FOX brown"), [1]);
    assert_eq!(library.words("ubung"), [3]);
    assert_eq!(library.words("Meis"), [3], "the last word may be a beginning");
    assert_eq!(library.words("o'clock"), [4]);
    assert_eq!(library.words("wolf"), [0; 0]);
}

#[test]
fn nothing_in_the_words_is_an_order() {
    let mut library = talk();
    for words in [
        "\"",
        "fox OR wolf",
        "text:fox",
        "NEAR(fox)",
        "*",
        "fox*)",
        "-fox",
        "a\0b",
    ] {
        library.words(words);
    }
    assert_eq!(library.words("\"somewhere\""), [4]);
    assert_eq!(
        library.words("?!"),
        [4, 3, 2, 1],
        "no word at all leaves everything"
    );
}

#[test]
fn authors_and_times_narrow_the_search() {
    let mut library = talk();
    let by = |author: UserName| move |request: &mut SearchRequest| request.author = Some(author);
    assert_eq!(library.find(by(user("ALICE"))), [3, 1]);
    assert_eq!(library.find(by(user("al"))), [0; 0]);
    let found = library.find(|request| {
        request.words = Note::new("fox");
        request.author = Some(user("bob"));
    });
    assert_eq!(found, [2]);
    let found = library.find(|request| {
        request.since_unix_ms = Some(200);
        request.until_unix_ms = Some(400);
    });
    assert_eq!(found, [3, 2]);
}

#[test]
fn the_next_page_begins_before_the_last_one() {
    let mut library = talk();
    let page = |before: u64| {
        move |request: &mut SearchRequest| {
            request.words = Note::new("fox");
            request.before = Seq(before);
            request.records_max = 1;
        }
    };
    assert_eq!(library.find(page(u64::MAX)), [2]);
    assert_eq!(library.find(page(2)), [1]);
    assert_eq!(library.find(page(1)), [0; 0]);
}

#[test]
fn an_answer_says_how_far_the_index_is() {
    let mut library = talk();
    library
        .house
        .commit(500, &[append("lobby", draft("bob", 5, "a new fox"))]);
    let answer = library.answer(|request| request.words = Note::new("fox"));
    assert_eq!((answer.searched, answer.last), (Seq(4), Seq(5)));
    library.catch_up();
    let answer = library.answer(|request| request.words = Note::new("fox"));
    assert_eq!((answer.searched, answer.last), (Seq(5), Seq(5)));
    assert_eq!(answer.records[0].seq, Seq(5));
}

#[test]
fn what_was_emptied_is_not_found() {
    let mut library = talk();
    let empty = Op::Empty {
        room: room("lobby"),
        seq: Seq(2),
        by: EmptiedBy::Operator,
        notice: notice("alice", 9, 2),
    };
    library.house.commit(500, &[empty]);
    assert_eq!(library.words("fox"), [1], "also before the index knows");
    library.catch_up();
    assert_eq!(library.words("fox"), [1]);
    let left: u64 = library
        .index
        .words
        .query_row("SELECT count(*) FROM words WHERE words MATCH 'fox'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(left, 1, "the index forgets it, too");
}

#[test]
fn the_words_of_an_emptied_message_leave_the_files() {
    let mut library = talk();
    library.say(500, "alice", 5, "a xylophone that nobody may hear of");
    for number in 6..300 {
        library.say(600, "bob", number, &format!("something else {number}"));
    }
    let empty = Op::Empty {
        room: room("lobby"),
        seq: Seq(5),
        by: EmptiedBy::Author,
        notice: notice("alice", 1000, 5),
    };
    library.house.commit(700, &[empty]);
    library.catch_up();
    assert_eq!(library.words("xylophone"), [0; 0]);
    let Library { house, index } = library;
    let House {
        directory,
        store,
        reader,
    } = house;
    // The last one to close a file folds the log of its commits into it.
    drop((index, reader, store));
    for file in ["chat.db", "words.db"] {
        let bytes = fs::read(directory.path().join(file)).unwrap();
        let is_there = bytes.windows(8).any(|part| part == b"ylophone");
        assert!(!is_there, "{file} still has it");
    }
}

#[test]
fn an_emptied_text_is_in_no_file_once_the_commits_are_folded() {
    let mut library = talk();
    library.say(500, "alice", 5, "a xylophone that nobody may hear of");
    let has_word = |library: &Library| {
        ["chat.db", "chat.db-wal", "words.db", "words.db-wal"].map(|file| {
            let bytes = fs::read(library.house.directory.path().join(file)).unwrap();
            bytes.windows(8).any(|part| part == b"ylophone")
        })
    };
    library.house.store.purge().unwrap();
    assert_eq!(has_word(&library), [true, false, false, true]);
    assert!(!library.house.store.needs_purge(), "nothing was erased");
    let empty = Op::Empty {
        room: room("lobby"),
        seq: Seq(5),
        by: EmptiedBy::Author,
        notice: notice("alice", 1000, 5),
    };
    library.house.commit(700, &[empty]);
    library.catch_up();
    assert!(library.house.store.needs_purge());
    let elsewhere = Connection::open(library.house.path()).unwrap();
    let older = elsewhere.unchecked_transaction().unwrap();
    older
        .query_row("SELECT count(*) FROM message", [], |_| Ok(()))
        .unwrap();
    library.say(800, "bob", 6, "something newer");
    library.house.store.purge().unwrap();
    assert!(library.house.store.needs_purge(), "nobody is waited for");
    drop(older);
    library.house.store.purge().unwrap();
    assert!(!library.house.store.needs_purge());
    assert_eq!(has_word(&library), [false; 4]);
}

#[test]
fn a_search_that_finds_nothing_has_seen_everything_or_fails() {
    let mut library = Library::new();
    let author = |number: u32| if number == 3 { "al" } else { "al-ice" };
    for first in (1..=21_000).step_by(1000) {
        let said = |number| append("lobby", draft(author(number), number, "x"));
        let batch: Vec<Op> = (first..first + 1000).map(said).collect();
        library.house.commit(1, &batch);
    }
    library.catch_up();
    let request = |before: u64| SearchRequest {
        room: room("lobby"),
        words: Note::new(""),
        // The index knows words, and this one is a part of the other name, too.
        author: Some(user("al")),
        since_unix_ms: None,
        until_unix_ms: None,
        before: Seq(before),
        records_max: 100,
        bytes_max: usize::MAX,
    };
    let all = library.index.search(&request(u64::MAX)).unwrap();
    assert_eq!(all, Err(NoSearch::TooMuch));
    let older = library.index.search(&request(15_000)).unwrap().unwrap();
    assert_eq!(older.records.len(), 1);
    let oldest = library.index.search(&request(3)).unwrap().unwrap();
    assert_eq!(oldest.records, []);
}

#[test]
fn a_room_that_cannot_be_looked_up_is_indexed_later() {
    let mut library = talk();
    library
        .house
        .commit(500, &[append("lobby", draft("bob", 5, "a new fox"))]);
    library.index.add_rooms([room("lobby")].into());
    let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    let log = &library.house.store.connection;
    log.execute_batch(&rename("room", "elsewhere")).unwrap();
    assert!(library.index.go_on().is_err());
    log.execute_batch(&rename("elsewhere", "room")).unwrap();
    while library.index.go_on().unwrap() {}
    assert_eq!(library.words("fox"), [5, 2, 1]);
}

#[test]
fn an_index_that_is_lost_damaged_or_of_another_log_is_made_anew() {
    let mut library = talk();
    let words = library.house.directory.path().join("words.db");
    let Library { house, index } = library;
    drop(index);
    for (what, spoil) in [
        ("lost", None),
        ("no database", Some(vec![b'x'; 5000])),
        ("empty", Some(Vec::new())),
    ] {
        match spoil {
            None => fs::remove_file(&words).unwrap(),
            Some(bytes) => fs::write(&words, bytes).unwrap(),
        }
        let mut index = open(&house);
        while index.go_on().unwrap() {}
        let request = SearchRequest {
            room: room("lobby"),
            words: Note::new("fox"),
            author: None,
            since_unix_ms: None,
            until_unix_ms: None,
            before: Seq::MAX,
            records_max: 100,
            bytes_max: usize::MAX,
        };
        let found = index.search(&request).unwrap().unwrap();
        assert_eq!(found.records.len(), 2, "{what}");
    }
    library = Library::new();
    library.say(1, "carol", 1, "another fox");
    fs::copy(&words, library.house.directory.path().join("words.db")).unwrap();
    let Library { house, index } = library;
    drop(index);
    let index = open(&house);
    let mut library = Library { house, index };
    while library.index.go_on().unwrap() {}
    assert_eq!(library.words("fox"), [1]);
    assert_eq!(library.words("quick"), [0; 0], "that was said in the other log");
}
