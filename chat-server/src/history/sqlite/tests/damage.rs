//! Files that were cut or changed behind SQLite's back.

use super::*;

/// A store whose file has everything, and what it should show.
fn closed(messages: u32) -> (TempDir, Vec<String>) {
    let mut house = House::new();
    house.fill(1..=messages);
    let texts = house.texts();
    let House {
        directory,
        store,
        reader,
    } = house;
    drop((store, reader));
    (directory, texts)
}

/// What a store in this directory shows of `lobby`, if it opens at all.
fn shown(directory: &TempDir) -> Option<Vec<String>> {
    let path = directory.path().join("chat.db");
    let _store = Sqlite::open(&path, SqliteLimits::default(), 3).ok()?;
    let mut reader = Reader::open(&path).ok()?;
    let request = PageRequest {
        room: room("lobby"),
        span: Span::After(Seq::ZERO),
        records_max: 1000,
        bytes_max: usize::MAX,
    };
    let page = reader.page(&request).ok()??;
    Some(
        page.records
            .iter()
            .map(|record| record.text.as_str().to_owned())
            .collect(),
    )
}

#[test]
fn a_changed_text_is_not_shown_and_is_found() {
    let mut house = House::new();
    house.fill(1..=5);
    house
        .store
        .connection
        .execute("UPDATE message SET text = 'text X' WHERE seq = 3", [])
        .unwrap();
    assert_eq!(house.texts(), ["text 1", "text 2"], "a page ends before it");
    let unreadable = Unreadable {
        room: room("lobby"),
        seq: Seq(3),
    };
    assert_eq!(house.reader.take_unreadable(), Some(unreadable));
    let after = house.page(Span::After(Seq(2)));
    assert_eq!(after.records[0].seq, Seq(4), "or begins behind it");
    let before = house.page(Span::Before(Seq::MAX));
    assert_eq!(before.records[0].seq, Seq(4));
    let damage = Damage::Message {
        room: "lobby".to_owned(),
        seq: Seq(3),
    };
    assert_eq!(house.report().damages, [damage]);
}

#[test]
fn every_field_of_a_message_is_covered() {
    for change in [
        "id = x'00000000000000000000000000000099'",
        "author = 'bob'",
        "at_unix_ms = at_unix_ms + 1",
        "kind = 1",
        "extra = x'0001000101'",
        "text_hash = randomblob(32)",
        "extra_hash = randomblob(32)",
        "chain = randomblob(32)",
        "emptied_by = 5",
    ] {
        let mut house = House::new();
        house.fill(1..=5);
        house
            .store
            .connection
            .execute(&format!("UPDATE message SET {change} WHERE seq = 3"), [])
            .unwrap();
        assert!(house.report().damage_count > 0, "{change}");
        let shown = house.texts();
        assert_eq!(shown, ["text 1", "text 2"], "{change}");
    }
}

#[test]
fn every_field_of_a_room_is_covered() {
    for change in [
        "name = 'attic'",
        "log = log + 1",
        "last_seq = 4",
        "last_seq = 6",
        "last_id = x'00000000000000000000000000000099'",
        "chain = randomblob(32)",
        "first_kept = 2",
        "first_kept = 9",
        "kept_bytes = 1",
        "base_seq = 1",
        "base_chain = randomblob(32)",
    ] {
        let mut house = House::new();
        house.fill(1..=5);
        house
            .store
            .connection
            .execute(&format!("UPDATE room SET {change}"), [])
            .unwrap();
        assert!(house.report().damage_count > 0, "{change}");
    }
}

#[test]
fn a_message_that_was_taken_out_is_missed() {
    let mut house = House::new();
    house.fill(1..=5);
    house
        .store
        .connection
        .execute("DELETE FROM message WHERE seq = 3", [])
        .unwrap();
    assert!(house.report().damage_count > 0);
    assert_eq!(house.texts(), ["text 1", "text 2"]);
}

#[test]
fn a_flipped_bit_is_found_or_changes_nothing() {
    let (directory, texts) = closed(40);
    let path = directory.path().join("chat.db");
    let good = fs::read(&path).unwrap();
    for at in (0..good.len()).step_by(97) {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(&path, &bad).unwrap();
        let Some(shown) = shown(&directory) else {
            continue;
        };
        // What does not verify ends a page, or is left out before one.
        let is_part = shown.is_empty() || texts.windows(shown.len()).any(|part| part == shown);
        assert!(is_part, "byte {at}: {shown:?}");
        if shown.len() < texts.len() {
            let report = check(&path, |_| ()).expect("it was opened before");
            assert!(report.damage_count > 0, "byte {at}");
        }
        fs::write(&path, &good).unwrap();
        for end in ["chat.db-wal", "chat.db-shm"] {
            let _ = fs::remove_file(directory.path().join(end));
        }
    }
}

#[test]
fn a_file_that_was_cut_shows_a_prefix_or_is_refused() {
    let (directory, texts) = closed(200);
    let path = directory.path().join("chat.db");
    let good = fs::read(&path).unwrap();
    for length in (0..good.len()).step_by(1013) {
        fs::write(&path, &good[..length]).unwrap();
        if let Some(shown) = shown(&directory) {
            assert!(texts.starts_with(&shown), "{length} bytes: {shown:?}");
        }
        for end in ["chat.db-wal", "chat.db-shm"] {
            let _ = fs::remove_file(directory.path().join(end));
        }
    }
}

#[test]
fn a_log_of_commits_that_was_cut_or_changed_shows_a_prefix() {
    let mut house = House::new();
    house.fill(1..=60);
    let texts = house.texts();
    let (file, wal) = (
        fs::read(house.path()).unwrap(),
        fs::read(house.directory.path().join("chat.db-wal")).unwrap(),
    );
    let copy = tempfile::tempdir().unwrap();
    let try_with = |wal: &[u8], what: &str| {
        fs::write(copy.path().join("chat.db"), &file).unwrap();
        fs::write(copy.path().join("chat.db-wal"), wal).unwrap();
        let _ = fs::remove_file(copy.path().join("chat.db-shm"));
        let shown = shown(&copy).unwrap_or_default();
        assert!(texts.starts_with(&shown), "{what}: {shown:?}");
    };
    for at in (0..wal.len()).step_by(wal.len() / 150) {
        try_with(&wal[..at], &format!("cut at {at}"));
        let mut bad = wal.clone();
        bad[at] ^= 0x10;
        try_with(&bad, &format!("changed at {at}"));
    }
}
