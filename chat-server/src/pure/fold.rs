//! Which names are the same, which look the same, and which are names at all here.
//!
//! The server alone folds names; clients compare what it tells them. Three rules, each stricter than the one before:
//!
//! - Two names with one [key](name_key) are one name: they differ in capitals or in compatibility forms only.
//! - Two names with a [skeleton](looks) in common look like one: "modern" and "modem", "аlice" with a Cyrillic а.
//!   Skeletons are those of UTS #39, of the name as it is written and of its key, because "I" and "l" look alike only as
//!   they are written, "l" and "1" also in small letters. Skeletons are compared in small letters: "aIice" is to nobody
//!   what "Alice" is not.
//! - A name is written in [one script](one_script), so that people of any script can have their name, and nobody one that is
//!   put together of several. Digits, hyphens and the like belong to every script. Scripts that are written together
//!   count as one: Japanese is Han, Hiragana and Katakana, Korean is Han and Hangul, Chinese is Han and Bopomofo;
//!   and Latin letters may stand among those, as they do in daily life ("highly restrictive" in UTS #39).

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use chat_proto::name::UserName;
use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};
use unicode_security::mixed_script::AugmentedScriptSet;
use unicode_security::skeleton;

/// What a name is compared by: two that look alike or differ in upper and lower case only are one. Not to be shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NameKey(Arc<str>);

impl NameKey {
    /// Its characters, to be stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for NameKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The key of a name: compatibility forms become plain ones, capitals small ones.
pub(crate) fn name_key(name: &UserName) -> NameKey {
    // Normalized first, because some forms have a case only then (𝐀), and afterwards, because the change of case can leave
    // marks apart from their letters. Through upper case, because several small letters share one capital (σ and ς), and
    // before that through lower case, because one capital is none of its small letter's (ẞ, where ß has SS).
    let folded: String = name
        .as_str()
        .nfkc()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    NameKey(folded.into())
}

/// What a name looks like: as it is written, and in small letters. To be compared each with its like, not to be shown.
pub(crate) fn looks(name: &UserName) -> [String; 2] {
    let written: String = name.as_str().nfkc().collect();
    let looks = |form: &str| skeleton(form).flat_map(char::to_lowercase).collect();
    [looks(&written), looks(name_key(name).as_str())]
}

/// Whether a name is written in one script.
///
/// # Errors
/// [`MixedScripts`] with two scripts that it mixes.
pub(crate) fn one_script(name: &UserName) -> Result<(), MixedScripts> {
    let (mut all, mut without_latin) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    for c in name.as_str().chars() {
        let scripts = AugmentedScriptSet::for_char(c);
        all.intersect_with(scripts);
        if !scripts.base.contains_script(Script::Latin) {
            without_latin.intersect_with(scripts);
        }
    }
    let is_written_with_latin = without_latin.jpan || without_latin.kore || without_latin.hanb;
    if !all.is_empty() || is_written_with_latin {
        return Ok(());
    }
    let mut scripts = name.as_str().chars().map(|c| c.script());
    let mut next = |first: Option<Script>| {
        scripts.find(|script| ![Script::Common, Script::Inherited].contains(script) && Some(*script) != first)
    };
    let first = next(None);
    let second = next(first);
    Err(MixedScripts {
        first: first.map_or("one script", |script| script.full_name()),
        second: second.map_or("another", |script| script.full_name()),
    })
}

/// A name is put together of letters of several scripts. It is shown as one sentence that says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MixedScripts {
    first: &'static str,
    second: &'static str,
}

impl fmt::Display for MixedScripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, second } = self;
        write!(
            f,
            "write the name in letters of one script: this one mixes {first} and {second}"
        )
    }
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
        assert_eq!(key("Straße"), key("STRAẞE"));
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

    fn look_alike(one: &str, other: &str) -> bool {
        let [one, other] = [one, other].map(|name| looks(&UserName::parse(name).unwrap()));
        one.iter().zip(&other).any(|(one, other)| one == other)
    }

    #[test]
    fn names_that_look_alike_share_a_skeleton() {
        for (one, other) in [
            ("modern", "modem"),
            ("alice", "aIice"),
            ("Alice", "aIice"),
            ("bob", "b0b"),
            ("al1ce", "alIce"),
            ("bOb", "b0b"),
            ("ace", "асе"),
            ("scope", "ѕсоре"),
            ("ΑΒΕ", "ABE"),
            ("admin", "αdmin"),
            ("ｒｎarie", "marie"),
        ] {
            assert_ne!(key(one), key(other), "they are two names");
            assert!(look_alike(one, other) && look_alike(other, one), "{one} {other}");
        }
    }

    #[test]
    fn names_that_look_different_share_none() {
        for (one, other) in [
            ("alice", "alise"),
            ("bob", "rob"),
            ("anna", "hanna"),
            ("Zoë", "Zoe"),
            ("иван", "иванна"),
            ("guest1", "guest2"),
            ("王芳", "王方"),
            ("ゆき", "ゆみ"),
        ] {
            assert!(!look_alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn people_of_any_script_can_have_their_name() {
        for name in [
            "alice",
            "Zoë",
            "Łukasz",
            "Søren",
            "Δημήτρης",
            "иван_2",
            "Ђорђе",
            "שרה",
            "محمد",
            "राजेश",
            "ราตรี",
            "王芳",
            "山田ゆき",
            "ユキ",
            "김민준",
            "金민준",
            "ㄅㄆ王",
            "አበበ",
            "გიორგი",
            "Հայկ",
            "yuki山田",
            "MC김",
            "DJユキ",
            "A王B",
            "ⴰⵎⵏ",
            "user.99",
            "x-1",
            "٣علي",
        ] {
            assert_eq!(one_script(&UserName::parse(name).unwrap()), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_of_several_scripts_are_refused_with_their_scripts() {
        for (name, first, second) in [
            ("аlice", "Cyrillic", "Latin"),
            ("paypаl", "Latin", "Cyrillic"),
            ("αdmin", "Greek", "Latin"),
            ("иванα", "Cyrillic", "Greek"),
            ("김ゆき", "Hangul", "Hiragana"),
            ("aיב", "Latin", "Hebrew"),
            ("山и", "Han", "Cyrillic"),
        ] {
            let refused = one_script(&UserName::parse(name).unwrap());
            assert_eq!(refused, Err(MixedScripts { first, second }), "{name}");
        }
        let sentence = one_script(&UserName::parse("аlice").unwrap())
            .unwrap_err()
            .to_string();
        assert_eq!(
            sentence,
            "write the name in letters of one script: this one mixes Cyrillic and Latin"
        );
    }
}
