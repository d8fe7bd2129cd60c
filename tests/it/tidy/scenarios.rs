//! `tests/README.md` says what keeps past failures of other chats from happening here: what it names is there, and it has
//! all of them.

use std::fs;

use super::proofs::{has_test, quoted, rows};
use super::source::{SourceFile, repository, source_files};

/// Past failures of chats that we know of.
const SCENARIOS: usize = 60;

/// How a name of a test begins that was written for a scenario: `s14_`.
fn number_of(test: &str) -> Option<usize> {
    let (number, _) = test.strip_prefix('s')?.split_once('_')?;
    number.parse().ok()
}

fn list() -> String {
    fs::read_to_string(repository().join("tests/README.md")).expect("it is there")
}

fn is_number(cell: &str) -> bool {
    cell.parse::<usize>().is_ok()
}

#[test]
fn every_past_failure_has_a_proof_or_a_reason() {
    let text = list();
    let scenarios = rows(&text, is_number);
    let numbers: Vec<&str> = scenarios.iter().map(|cells| cells[0]).collect();
    let expected: Vec<String> = (1..=SCENARIOS).map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected);
    for cells in scenarios {
        let [number, _origin, scenario, here] = cells[..] else {
            panic!("a row has four cells: {cells:?}");
        };
        let has_proof = quoted(here).any(|word| word.contains("::"));
        let reason = ["Not here: ", "Not yet: "]
            .iter()
            .find_map(|word| here.strip_prefix(word));
        assert!(
            scenario.ends_with('.') && (has_proof || reason.is_some_and(|reason| reason.ends_with('.'))),
            "{number}"
        );
    }
}

#[test]
fn every_test_that_is_named_for_a_past_failure_exists() {
    let (text, files) = (list(), source_files(""));
    for (path, name) in quoted(&text).filter_map(|word| word.split_once("::")) {
        // What stands in a command line is no path.
        if !path.contains('/') {
            continue;
        }
        let file = files.iter().find(|file| file.path == format!("{path}.rs"));
        let file = file.unwrap_or_else(|| panic!("there is no {path}"));
        assert!(
            has_test(file, name) || promises(&files, file, name),
            "{path} has no test {name}"
        );
    }
}

/// Whether it is one of the promises that the file tests each of. One that is not listed for that would be dead code.
fn promises(files: &[SourceFile], file: &SourceFile, name: &str) -> bool {
    let mut all = files
        .iter()
        .filter(|file| file.path.starts_with("chat-server/src/history/conformance"));
    let function = format!("fn {name}(");
    file.text.contains("test_each_promise!(") && all.any(|promises| promises.text.contains(&function))
}

#[test]
fn every_test_with_the_number_of_a_past_failure_is_named_there() {
    let text = list();
    let mut count = 0;
    for file in source_files("tests/it/scenarios/") {
        for line in file.text.lines() {
            let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) else {
                continue;
            };
            let Some(number) = number_of(name) else {
                continue;
            };
            count += 1;
            let word = format!("`{}::{name}`", file.path.trim_end_matches(".rs"));
            let row = format!("| {number} | ");
            let is_named = text
                .lines()
                .any(|line| line.starts_with(&row) && line.contains(&word));
            assert!(is_named, "{word} is not in row {number}");
        }
    }
    assert!(
        count > 0,
        "the scenarios have moved; this rule must move with them"
    );
}
