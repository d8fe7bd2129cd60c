//! SECURITY.md tells operators each limit of the server, with the value that the code has.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chat_server::Config;

const DOCUMENT: &str = include_str!("../../SECURITY.md");

/// Numbers in the code that bound nothing.
const NO_LIMITS: [&str; 8] = [
    "PORT_DEFAULT",
    "DAMAGED",
    "DAY_MS",
    "NS_PER_MS",
    "NS_PER_S",
    "SEQ_BITS",
    "SIGNATURE_BYTES",
    "VERSION",
];

/// The table's limits, with their values in the unit of the name.
fn in_document() -> BTreeMap<String, u64> {
    let (_, section) = DOCUMENT.split_once("\n## Limits\n").expect("the section");
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    let mut limits = BTreeMap::new();
    // Below the names of the columns and the line under them.
    for row in rows.skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let &[name, default, beyond] = &cells[..] else {
            panic!("a row has three cells: {row}");
        };
        let name = name.trim_matches('`');
        assert!(
            beyond.ends_with('.'),
            "{name}: what happens beyond it is a sentence"
        );
        let before = limits.insert(name.to_owned(), value(name, default));
        assert_eq!(before, None, "{name} is told once");
    }
    limits
}

/// `64 KiB` of a limit in bytes is 65536.
fn value(name: &str, default: &str) -> u64 {
    let (number, unit) = default.split_once(' ').expect("a number and its unit");
    let in_bytes = name.to_lowercase().contains("bytes");
    let in_ms = name.to_lowercase().ends_with("_ms");
    let factor = match (unit, in_bytes, in_ms) {
        ("bytes", true, false) | ("ms", false, true) => 1,
        ("KiB", true, false) => 1 << 10,
        ("MiB", true, false) => 1 << 20,
        ("s", false, true) => 1000,
        ("bytes" | "KiB" | "MiB" | "ms" | "s", ..) | (_, true, _) | (_, _, true) => {
            panic!("{name} is not measured in {unit}")
        }
        (_things, false, false) => 1,
    };
    factor * number.parse::<u64>().expect("a number")
}

/// The numbers of the default configuration, under their paths.
fn in_config() -> BTreeMap<String, u64> {
    let mut limits = BTreeMap::new();
    let mut groups: Vec<&str> = Vec::new();
    let text = format!("{:#?}", Config::default());
    for line in text.lines().skip(1) {
        let line = line.trim();
        if let Some((name, _)) = line.split_once(": ").filter(|_| line.ends_with('{')) {
            groups.push(name);
        } else if line == "}," {
            groups.pop();
        } else if let Some((name, value)) = line.trim_end_matches(',').split_once(": ") {
            // What is no number is no limit: the address.
            if let Ok(value) = value.parse() {
                limits.insert([&groups[..], &[name]].concat().join("."), value);
            }
        }
    }
    limits
}

/// The constants of the sources that are plain numbers; what is derived from others needs no place of its own.
fn in_sources(folder: &Path, limits: &mut BTreeMap<String, u64>) {
    for entry in fs::read_dir(folder).expect("the sources are here") {
        let path = entry.expect("a file or folder").path();
        let name = path.file_stem().expect("a name").to_string_lossy();
        // What asks an agent is the client's alone.
        if ["tests", "conformance", "agent"].contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            in_sources(&path, limits);
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source");
        for (name, value) in source.lines().filter_map(constant) {
            if !NO_LIMITS.contains(&name) {
                let before = limits.insert(name.to_owned(), value);
                assert_eq!(before, None, "{name}: two limits of one name");
            }
        }
    }
}

/// `const TWO_KIB_BYTES: usize = 2 * 1024;` is a name and 2048.
fn constant(line: &str) -> Option<(&str, u64)> {
    let item = line
        .trim_start_matches("pub(crate) ")
        .trim_start_matches("pub(super) ")
        .trim_start_matches("pub ")
        .strip_prefix("const ")?;
    let (name, typed) = item.strip_suffix(';')?.split_once(": ")?;
    let (_, value) = typed.split_once(" = ")?;
    let factors = value.split(" * ").map(|factor| factor.replace('_', ""));
    let product: Result<u64, _> = factors.map(|factor| factor.parse::<u64>()).product();
    Some((name, product.ok()?))
}

#[test]
fn every_limit_is_told_with_its_value() {
    let mut in_code = in_config();
    assert!(
        in_code.len() >= 20,
        "a configuration has its numbers: {in_code:?}"
    );
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    in_sources(&server.join("src"), &mut in_code);
    in_sources(&server.join("../chat-tls/src"), &mut in_code);
    assert_eq!(in_document(), in_code);
}
