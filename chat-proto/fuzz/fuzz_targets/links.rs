//! Any text is a link of one spelling, or an error that says why in one line.
#![no_main]

use chat_proto::limits::LINK_BYTES_MAX;
use chat_proto::link::{Link, SCHEME};
use libfuzzer_sys::fuzz_target;

/// The text as it is, and, so that a fuzzer is spared the beginning, behind the scheme.
fuzz_target!(|text: &str| {
    for text in [text, &format!("{SCHEME}{text}")] {
        match Link::parse(text) {
            Ok(link) => {
                assert!(text.len() <= LINK_BYTES_MAX && link.port != 0);
                assert_eq!(link.expose(), text, "a link has one spelling");
                let is_harmless = |c: char| c.is_ascii_alphanumeric() || ":/.-_+[]".contains(c);
                assert!(text.chars().all(is_harmless), "{text:?}");
                if let Some(invitation) = &link.invitation {
                    assert!(
                        !format!("{link:?}").contains(&invitation.expose()),
                        "it is a secret"
                    );
                }
            }
            Err(error) => {
                let sentence = error.to_string();
                assert!(!sentence.is_empty() && !sentence.contains(char::is_control));
            }
        }
    }
});
