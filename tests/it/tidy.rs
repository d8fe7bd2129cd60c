//! The house keeps its shape: arrows point one way, files stay small, what belongs in one room stays in it.
//!
//! These tests read the sources as text. They know no Rust beyond what a careful reader sees at a glance, so
//! each rule is one that can be seen at a glance.

mod proofs;
mod scenarios;
mod source;

use source::{SourceFile, repository, source_files};

/// The longest file that one reads in one go.
const FILE_LINES_MAX: usize = 500;

/// What `pure/` may name: the protocol, and crates that only compute.
const PURE_CRATES: &[&str] = &[
    "crate",
    "super",
    "self",
    "std",
    "core",
    "alloc",
    "chat_proto",
    "serde",
    "serde_json",
    "sha2",
    "unicode_normalization",
    "unicode_script",
    "unicode_security",
    "unicode_segmentation",
    "unicode_width",
];

/// What a machine that only decides has no business with.
const IMPURE_WORDS: &[&str] = &[
    "async fn",
    "async move",
    ".await",
    "std::net",
    "std::fs",
    "std::thread",
    "std::env",
    "std::process",
    "std::io",
    "Instant::now",
    "SystemTime",
    "std::sync::mpsc",
    "Mutex",
    "println!",
    "eprintln!",
    "print!(",
    "getrandom",
    "smol::",
    "async_io",
    "async_net",
    "channels::",
];

/// Where a database and its file are met, and nobody else does.
const DATABASE_ROOM: &str = "chat-server/src/history/sqlite";

/// What may be named there besides: the database, its file, and what computes checksums.
const DATABASE_WORDS: &[&str] = &["std::fs"];
const DATABASE_CRATES: &[&str] = &["rusqlite", "sha2", "tempfile"];

fn violations(files: &[SourceFile], breaks: impl Fn(&SourceFile, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in file.code_lines() {
            if breaks(file, line) {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    found
}

/// The first path segment of a `use` line: which crate it reaches into.
fn used_crate(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line
        .strip_prefix("pub use ")
        .or_else(|| line.strip_prefix("use "))?;
    rest.split([':', ';', ' ', '{'])
        .next()
        .filter(|name| !name.is_empty())
}

fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn a_file_fits_a_reader() {
    let long: Vec<String> = source_files("")
        .iter()
        .filter(|file| file.text.lines().count() > FILE_LINES_MAX)
        .map(|file| format!("{}: {} lines", file.path, file.text.lines().count()))
        .collect();
    assert_none("files longer than a reader's patience", &long);
}

#[test]
fn what_decides_is_pure() {
    for root in [
        "chat-server/src/pure",
        "chat-client/src/pure",
        "chat-server/src/history",
    ] {
        let files = source_files(root);
        assert!(!files.is_empty(), "{root} has moved; this rule must move with it");
        let impure = violations(&files, |file, line| {
            IMPURE_WORDS.iter().any(|word| {
                line.contains(word)
                    && !(file.path.starts_with(DATABASE_ROOM) && DATABASE_WORDS.contains(word))
            })
        });
        assert_none("a pure machine touches the world", &impure);
        let strangers = violations(&files, |file, line| {
            used_crate(line).is_some_and(|name| {
                let is_at_home = PURE_CRATES.contains(&name)
                    || file.declares_module(name)
                    || name.starts_with(char::is_uppercase)
                    || name == "proptest"
                    || (file.path.starts_with(DATABASE_ROOM) && DATABASE_CRATES.contains(&name));
                !is_at_home
            })
        });
        assert_none("a pure machine imports a stranger", &strangers);
    }
}

#[test]
fn what_decides_does_not_know_what_carries() {
    let mut files = source_files("chat-server/src/pure");
    files.extend(source_files("chat-client/src/pure"));
    files.extend(source_files("chat-server/src/history"));
    let wrong = violations(&files, |_, line| {
        line.contains("crate::io") || line.contains("crate::config")
    });
    assert_none("an arrow points outwards", &wrong);
}

#[test]
fn stores_know_records_and_nothing_of_frames_or_sessions() {
    let wrong = violations(&source_files("chat-server/src/history"), |_, line| {
        [
            "chat_proto::frame",
            "chat_proto::codec",
            "crate::pure",
            "ServerMessage",
            "ClientMessage",
        ]
        .iter()
        .any(|word| line.contains(word))
    });
    assert_none("a store knows too much", &wrong);
}

#[test]
fn server_and_client_are_strangers() {
    let server = violations(&source_files("chat-server"), |_, line| {
        line.contains("chat_client::")
    });
    let client = violations(&source_files("chat-client"), |_, line| {
        line.contains("chat_server::")
    });
    assert_none("the server knows the client", &server);
    assert_none("the client knows the server", &client);
}

#[test]
fn the_foundations_know_nobody() {
    for root in ["channels/src", "chat-proto/src", "chat-tls/src"] {
        let wrong = violations(&source_files(root), |_, line| {
            ["chat_server", "chat_client", "smol", "async_io", "tokio"]
                .iter()
                .any(|word| line.contains(word))
        });
        assert_none("a foundation leans on the house", &wrong);
    }
    let proto = violations(&source_files("chat-proto/src"), |_, line| {
        ["channels::", "std::net", "std::fs", "std::time", "std::thread"]
            .iter()
            .any(|word| line.contains(word))
    });
    assert_none("the protocol touches the world", &proto);
}

#[test]
fn no_channel_flavour_knows_another() {
    const FLAVOURS: [&str; 5] = ["oneshot", "mpsc", "broadcast", "watch", "mpmc"];
    for flavour in FLAVOURS {
        let mut files = source_files(&format!("channels/src/{flavour}"));
        files.extend(source_files(&format!("channels/src/{flavour}.rs")));
        let wrong = violations(&files, |_, line| {
            FLAVOURS
                .iter()
                .filter(|other| **other != flavour)
                .any(|other| line.contains(&format!("crate::{other}")))
        });
        assert_none("a flavour leans on another", &wrong);
    }
}

#[test]
fn only_the_sync_module_knows_the_model_checker() {
    let wrong = violations(&source_files("channels/src"), |file, line| {
        !file.path.starts_with("channels/src/sync") && (line.contains("loom") || line.contains("shuttle"))
    });
    assert_none("the model checker is named outside sync", &wrong);
}

#[test]
fn unsafe_code_lives_in_channels_only() {
    for root in [
        "chat-proto/src/lib.rs",
        "chat-tls/src/lib.rs",
        "chat-server/src/lib.rs",
        "chat-server/src/main.rs",
        "chat-client/src/lib.rs",
        "chat-client/src/main.rs",
        "tests/src/lib.rs",
    ] {
        let files = source_files(root);
        let file = files
            .first()
            .unwrap_or_else(|| panic!("{root} has moved; this rule must move with it"));
        assert!(
            file.text.contains("#![forbid(unsafe_code)]"),
            "{root} must forbid unsafe code"
        );
    }
}

#[test]
fn only_the_codec_names_bincode() {
    let wrong = violations(&source_files("chat-proto/src"), |file, line| {
        line.contains("bincode") && file.path != "chat-proto/src/codec.rs"
    });
    assert_none("bincode is named outside the codec", &wrong);
}

#[test]
fn only_the_crate_of_tls_names_its_library() {
    for root in ["chat-proto/src", "chat-server/src", "chat-client/src"] {
        let wrong = violations(&source_files(root), |_, line| {
            line.contains("rustls") || line.contains("ssh_key")
        });
        assert_none("TLS is named where it is only used", &wrong);
    }
}

#[test]
fn every_structure_has_a_picture_and_a_model() {
    for (structure, model) in [
        ("oneshot", "loom_oneshot"),
        ("mpsc/unbounded", "loom_mpsc_unbounded"),
        ("mpsc/bounded", "loom_mpsc_bounded"),
        ("broadcast", "loom_broadcast"),
        ("watch", "loom_watch"),
        ("mpmc", "loom_mpmc"),
    ] {
        let files = source_files(&format!("channels/src/{structure}.rs"));
        let file = files
            .first()
            .unwrap_or_else(|| panic!("structure {structure} has moved"));
        let heading: Vec<&str> = file
            .text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        let heading = heading.join("\n");
        assert!(
            heading.contains(['▶', '▼']),
            "{structure}: the module doc draws its states"
        );
        assert!(
            heading.contains("| "),
            "{structure}: the module doc says who owns what"
        );
        assert_eq!(
            source_files(&format!("channels/tests/{model}.rs")).len(),
            1,
            "{structure}: no {model}"
        );
    }
}

#[test]
fn modules_are_named_after_what_they_hold() {
    let wrong: Vec<String> = source_files("")
        .iter()
        .map(|file| file.path.clone())
        .filter(|path| {
            let test_support = path.ends_with("tests/support/mod.rs");
            (path.ends_with("/mod.rs") && !test_support)
                || path.ends_with("/utils.rs")
                || path.ends_with("/common.rs")
        })
        .collect();
    assert_none("a file whose name says nothing", &wrong);
}

#[test]
fn no_test_is_switched_off() {
    let marker = concat!("#[ign", "ore");
    let wrong = violations(&source_files(""), |_, line| line.contains(marker));
    assert_none("a test that never runs", &wrong);
}

#[test]
fn every_command_of_the_gate_stands_in_contributing() {
    let gate = std::fs::read_to_string(repository().join(".ci/run")).expect("the gate is there");
    let contributing = std::fs::read_to_string(repository().join("CONTRIBUTING.md")).expect("it is there");
    // A step is quoted once more for the shell that runs it.
    let without_quotes = |text: &str| text.replace(['\'', '"'], "");
    let contributing = without_quotes(&contributing);
    let steps: Vec<&str> = gate
        .lines()
        .filter_map(|line| line.strip_prefix("step "))
        .collect();
    assert!(
        steps.len() > 5,
        "the gate's steps are lines that begin with `step `"
    );
    for step in steps {
        let command = without_quotes(step);
        assert!(
            contributing.contains(&command),
            "CONTRIBUTING.md does not print: {command}"
        );
    }
}
