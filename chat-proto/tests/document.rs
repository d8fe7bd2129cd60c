//! PROTOCOL.md says what the code does: tables of messages, fields, numbers and limits, and every example's bytes.

use std::collections::BTreeMap;
use std::fmt::Write;

use chat_proto::frame::{write_client, write_server};
use chat_proto::limits::*;

#[path = "common/samples.rs"]
mod samples;

const DOCUMENT: &str = include_str!("../../PROTOCOL.md");
const LIMITS: &str = include_str!("../src/limits.rs");
const CODES: &str = include_str!("../src/message/code.rs");
const STRUCTURES: [&str; 4] = [
    include_str!("../src/ids.rs"),
    include_str!("../src/message.rs"),
    include_str!("../src/message/client.rs"),
    include_str!("../src/message/server.rs"),
];
const ACTS: &str = include_str!("../src/message/act.rs");

/// The rows of the first table after a heading, the code marks taken off.
fn table(heading: &str) -> Vec<Vec<String>> {
    let (_, section) = DOCUMENT
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("{heading} is missing"));
    let section = section.split("\n#").next().expect("a first part");
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    // Below the names of the columns and the line under them.
    rows.skip(2)
        .map(|row| {
            row.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().trim_matches('`').to_string())
                .collect()
        })
        .collect()
}

/// The bodies of all items in `source` that begin with `keyword`, by their names.
fn items(source: &str, keyword: &str) -> Vec<(String, Vec<String>)> {
    let mut items = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let Some(head) = line
            .strip_prefix(keyword)
            .and_then(|rest| rest.strip_suffix(" {"))
        else {
            continue;
        };
        let body = lines.by_ref().take_while(|line| *line != "}");
        items.push((
            head.trim().to_string(),
            body.map(|line| line.to_string()).collect(),
        ));
    }
    items
}

#[test]
fn every_field_of_every_message_is_described_in_its_place() {
    let mut described = 0;
    for (name, body) in STRUCTURES.iter().flat_map(|source| items(source, "pub struct")) {
        let in_code: Vec<_> = body
            .iter()
            .filter_map(|line| line.strip_prefix("    pub ")?.strip_suffix(',')?.split_once(": "))
            .map(|(field, kind)| (field.to_string(), kind.to_string()))
            .collect();
        let in_document: Vec<_> = table(&format!("### {name}"))
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect();
        assert_eq!(in_document, in_code, "{name}");
        described += 1;
    }
    assert_eq!(
        described, 42,
        "another number of structures was found in the sources"
    );
}

#[test]
fn every_alternative_is_described_with_its_tag() {
    let mut described = 0;
    for (name, body) in STRUCTURES.iter().flat_map(|source| items(source, "pub enum")) {
        let variants = body.iter().filter_map(|line| {
            let variant = line.strip_prefix("    ")?;
            variant
                .starts_with(char::is_uppercase)
                .then(|| variant.split(['(', ' ', ',']).next())?
        });
        let in_code: Vec<_> = variants
            .enumerate()
            .map(|(tag, name)| (tag.to_string(), name.to_string()))
            .collect();
        let in_document: Vec<_> = table(&format!("### {name}"))
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect();
        assert_eq!(in_document, in_code, "{name}");
        described += 1;
    }
    assert_eq!(described, 5, "another number of enums was found in the sources");
}

#[test]
fn every_number_with_a_meaning_is_described_in_its_words() {
    for name in ["Kind", "Storage", "Code", "Role", "Act"] {
        let (_, body) = [CODES, ACTS]
            .into_iter()
            .flat_map(|source| items(source, "impl"))
            .find(|(found, _)| found == name)
            .expect("an impl block");
        let mut in_code = Vec::new();
        let mut meaning = String::new();
        for line in body.iter().map(|line| line.trim()) {
            if let Some(comment) = line.strip_prefix("/// ") {
                meaning = comment.to_string();
            }
            let Some((constant, number)) = line
                .strip_prefix("pub const ")
                .and_then(|line| line.split_once(": Self = "))
            else {
                continue;
            };
            let number = number.trim_start_matches("Self(").trim_end_matches(");");
            in_code.push((number.to_string(), constant.to_string(), meaning.clone()));
        }
        assert!(!in_code.is_empty(), "{name}");
        for (row, (number, constant, meaning)) in table(&format!("### {name}")).iter().zip(&in_code) {
            assert_eq!((&row[0], &row[1]), (number, constant), "{name}");
            assert!(
                row[2].starts_with(meaning.trim_end_matches('.')),
                "{constant}: {meaning}"
            );
        }
        assert_eq!(table(&format!("### {name}")).len(), in_code.len(), "{name}");
    }
}

#[test]
fn every_number_of_an_extra_is_described() {
    let in_code: Vec<_> = CODES
        .lines()
        .filter_map(|line| line.strip_prefix("pub const EXTRA_")?.split_once(": u16 = "))
        .map(|(name, number)| (number.trim_end_matches(';').to_string(), name.to_string()))
        .collect();
    let in_document: Vec<_> = table("### Extra")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(in_document, in_code);
    assert!(!in_code.is_empty());
}

#[test]
fn every_limit_is_described_with_its_value() {
    let values = BTreeMap::from([
        ("VERSION_NEWEST", usize::from(VERSION_NEWEST)),
        ("VERSION_OLDEST", usize::from(VERSION_OLDEST)),
        ("FRAME_BYTES_MAX", FRAME_BYTES_MAX),
        ("HELLO_FRAME_BYTES_MAX", HELLO_FRAME_BYTES_MAX),
        ("LENGTH_BYTES", LENGTH_BYTES),
        ("TEXT_BYTES_MAX", TEXT_BYTES_MAX),
        ("NOTE_BYTES_MAX", NOTE_BYTES_MAX),
        ("NAME_BYTES_MAX", NAME_BYTES_MAX),
        ("NAME_CHARS_MAX", NAME_CHARS_MAX),
        ("NAME_MARKS_IN_A_ROW_MAX", NAME_MARKS_IN_A_ROW_MAX),
        ("RAW_NAME_BYTES_MAX", RAW_NAME_BYTES_MAX),
        ("EXTRA_ENTRIES_MAX", EXTRA_ENTRIES_MAX),
        ("EXTRA_BYTES_MAX", EXTRA_BYTES_MAX),
        ("PAGE_RECORDS_MAX", PAGE_RECORDS_MAX),
        ("MEMBERS_PAGE_MAX", MEMBERS_PAGE_MAX),
        ("PRESENCE_NAMES_MAX", PRESENCE_NAMES_MAX),
        ("LINK_BYTES_MAX", LINK_BYTES_MAX),
        ("HOST_BYTES_MAX", HOST_BYTES_MAX),
        ("HOST_LABEL_BYTES_MAX", HOST_LABEL_BYTES_MAX),
        ("ROOMS_PAGE_MAX", ROOMS_PAGE_MAX),
        ("RECORD_HEADER_BYTES_MAX", RECORD_HEADER_BYTES_MAX),
        ("PAGE_HEADER_BYTES_MAX", PAGE_HEADER_BYTES_MAX),
    ]);
    let in_code: Vec<_> = LIMITS
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next())
        .map(|name| (name.to_string(), values[name].to_string()))
        .collect();
    let in_document: Vec<_> = table("## Limits")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(in_document, in_code);
}

#[test]
fn every_example_is_a_frame_of_ours() {
    let mut frames = BTreeMap::new();
    for (name, message) in samples::client() {
        let mut frame = Vec::new();
        write_client(&message, &mut frame);
        frames.insert(name, frame);
    }
    for (name, message) in samples::server() {
        let mut frame = Vec::new();
        write_server(&message, &mut frame);
        frames.insert(name, frame);
    }
    let (_, examples) = DOCUMENT
        .split_once("## Examples, byte by byte\n")
        .expect("the examples");
    let mut checked = 0;
    for block in examples.split("```text\n").skip(1) {
        let (block, _) = block.split_once("```").expect("the end of an example");
        let (name, lines) = block.split_once('\n').expect("the name of an example");
        let mut bytes = String::new();
        for line in lines.lines() {
            let (hex, meaning) = line.split_once("  ").expect("bytes and their meaning");
            if let Some((_, length)) = meaning.split_once("length: ") {
                assert_eq!(length.parse(), Ok(frames[name].len() - LENGTH_BYTES), "{name}");
            }
            write!(bytes, "{}", hex.replace(' ', "")).expect("a string can be written");
        }
        let ours = frames[name]
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert_eq!(bytes, ours, "{name}");
        checked += 1;
    }
    assert_eq!(checked, 10, "another number of examples was found in the text");
}

#[test]
fn the_numbers_of_the_varint_table_are_written_as_it_says() {
    for row in DOCUMENT
        .lines()
        .skip_while(|line| *line != "| number | bytes |")
        .skip(2)
    {
        let Some((number, bytes)) = row.trim_matches('|').split_once('|') else {
            break;
        };
        let number: u64 = number.trim().parse().expect("a number");
        let config = bincode_next::config::standard();
        let ours = bincode_next::serde::encode_to_vec(number, config).expect("a number can be written");
        let ours: Vec<_> = ours.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(bytes.trim().trim_matches('`'), ours.join(" "), "{number}");
    }
}
