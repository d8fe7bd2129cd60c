//! `channels/tests/README.md` says where each promise is proven: what it names is there, and it names all that it should.

use std::fs;

use super::source::{SourceFile, repository, source_files};

/// Past bugs of channel crates that we know of.
const PAST_BUGS: usize = 62;

/// Tests that mean the same in each flavour.
const SHARED_TESTS: usize = 13;

/// Where suites are: files of their own, and the flavours of the queues and of the broadcasts.
const SUITES: [&str; 3] = [
    "channels/tests",
    "channels/tests/queues",
    "channels/tests/broadcasts",
];

/// The suites of each column of the shared list.
const COLUMNS: [&str; 9] = [
    "oneshot",
    "mpsc_unbounded",
    "mpsc_bounded",
    "mpmc_unbounded",
    "mpmc_bounded",
    "broadcast_lossless",
    "broadcast_bounded",
    "broadcast_overwriting",
    "watch",
];

fn proofs() -> String {
    fs::read_to_string(repository().join("channels/tests/README.md")).expect("it is there")
}

/// What stands between backticks.
pub(super) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The cells of the rows whose first cell is one that `is_row` knows.
pub(super) fn rows(text: &str, is_row: impl Fn(&str) -> bool) -> Vec<Vec<&str>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("| "));
    lines
        .map(|line| line.trim_end_matches('|').split('|').map(str::trim).collect())
        .filter(|cells: &Vec<&str>| is_row(cells[0]))
        .collect()
}

pub(super) fn has_test(file: &SourceFile, name: &str) -> bool {
    file.text.split("#[test]").skip(1).any(|after| {
        let function = after.split("fn ").nth(1).unwrap_or_default();
        function.split('(').next() == Some(name)
    })
}

/// Whether a suite has a test, in its file or in one that it loads from beside it.
fn suite_has_test(files: &[SourceFile], suite: &SourceFile, name: &str) -> bool {
    let (folder, _) = suite.path.rsplit_once('/').expect("a suite is in a folder");
    let has_loaded_test = |line: &str| {
        let module = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        let path = line
            .strip_prefix("#[path = \"")
            .and_then(|rest| rest.strip_suffix(".rs\"]"));
        module.or(path).is_some_and(|loaded| {
            let path = format!("{folder}/{loaded}.rs");
            let mut loaded = files.iter().filter(|file| file.path == path);
            loaded.any(|file| suite_has_test(files, file, name))
        })
    };
    has_test(suite, name) || suite.text.lines().any(has_loaded_test)
}

#[test]
fn every_test_that_is_named_as_a_proof_exists() {
    let text = proofs();
    let files = source_files("");
    // A suite, or else tests beside the code.
    let named = |path: &str| {
        SUITES.iter().chain(&["channels/src"]).find_map(|folder| {
            let path = format!("{folder}/{path}.rs");
            files.iter().find(|file| file.path == path)
        })
    };
    for (path, name) in quoted(&text).filter_map(|word| word.split_once("::")) {
        let file = named(path).unwrap_or_else(|| panic!("there is no suite {path}"));
        assert!(suite_has_test(&files, file, name), "{path} has no test {name}");
    }
    for path in quoted(&text).filter_map(|word| word.strip_suffix(".rs")) {
        let is_there = match path.split_once('*') {
            None => named(path).is_some() || repository().join(format!("{path}.rs")).exists(),
            Some((before, after)) => files.iter().any(|file| {
                file.path
                    .strip_prefix("channels/tests/")
                    .and_then(|name| name.strip_suffix(".rs"))
                    .is_some_and(|name| name.starts_with(before) && name.ends_with(after))
            }),
        };
        assert!(is_there, "there is no suite {path}");
    }
}

#[test]
fn every_past_bug_has_a_proof_or_a_reason() {
    let text = proofs();
    let bugs = rows(&text, |cell| cell.starts_with('B'));
    let numbers: Vec<_> = bugs.iter().map(|cells| cells[0].to_owned()).collect();
    let expected: Vec<_> = (1..=PAST_BUGS).map(|number| format!("B{number}")).collect();
    assert_eq!(numbers, expected);
    for cells in bugs {
        let [number, _crate, scenario, here] = cells[..] else {
            panic!("a row has four cells: {cells:?}");
        };
        let has_proof = quoted(here).any(|word| word.contains("::") || word.ends_with(".rs"));
        assert!(
            !scenario.is_empty() && (has_proof || here.starts_with("Cannot arise: ")),
            "{number}"
        );
    }
}

#[test]
fn every_flavour_has_the_shared_tests_that_it_promises() {
    let text = proofs();
    let tests = source_files("channels/tests");
    let shared = rows(&text, |cell| cell.starts_with('`') && !cell.contains(['.', ' ']));
    assert_eq!(shared.len(), SHARED_TESTS);
    for cells in shared {
        let name = cells[0].trim_matches('`');
        assert_eq!(cells.len(), 1 + COLUMNS.len(), "{name}");
        for (column, cell) in COLUMNS.iter().zip(&cells[1..]) {
            let prefixes = SUITES.map(|folder| format!("{folder}/{column}"));
            let mut suites = tests
                .iter()
                .filter(|file| prefixes.iter().any(|prefix| file.path.starts_with(prefix)));
            let is_there = suites.any(|suite| suite_has_test(&tests, suite, name));
            assert_eq!(is_there, *cell == "✓", "{column}: {name}");
        }
    }
}
