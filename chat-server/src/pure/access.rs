//! Which names are the same.

use std::sync::Arc;

use chat_proto::name::UserName;
use unicode_normalization::UnicodeNormalization;

/// What a name is compared by: two that look alike or differ in upper and lower case only are one. Not to be shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NameKey(Arc<str>);

/// The key of a name: compatibility forms become plain ones, capitals small ones.
pub(crate) fn name_key(name: &UserName) -> NameKey {
    // Normalized first, because some forms have a case only then (𝐀), and afterwards, because the change of case can leave
    // marks apart from their letters. Through upper case, because several small letters share one capital (σ and ς).
    let folded: String = name
        .as_str()
        .nfkc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    NameKey(folded.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> NameKey {
        name_key(&UserName::parse(name).unwrap())
    }

    #[test]
    fn names_that_differ_in_case_only_are_the_same() {
        assert_eq!(key("alice"), key("ALICE"));
        assert_eq!(key("ΣΊΣΥΦΟΣ"), key("σίσυφος"));
        assert_eq!(key("Straße"), key("STRASSE"));
    }

    #[test]
    fn names_that_look_alike_by_compatibility_are_the_same() {
        assert_eq!(key("ａｌｉｃｅ"), key("alice"));
        assert_eq!(key("e\u{301}tienne"), key("Étienne"));
        assert_eq!(key("ﬁn"), key("fin"));
    }

    #[test]
    fn names_of_different_letters_are_different() {
        assert_ne!(key("alice"), key("alise"));
        assert_ne!(key("etienne"), key("étienne"));
    }
}
