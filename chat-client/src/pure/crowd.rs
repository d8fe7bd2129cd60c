//! People who come and go, told in one line: "alice, bob and 12 others joined".

use std::fmt::Write;

use chat_proto::name::UserName;
use chat_proto::visible::visible;

use super::wrap::isolated;

/// So many names are remembered of those who came, and as many of those who left.
const NAMES_MAX: usize = 32;

/// So many of them are shown.
const NAMES_SHOWN: usize = 2;

/// Who came and who left since something was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crowd {
    arrived: Names,
    left: Names,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names {
    names: Vec<UserName>,
    /// How many more there were.
    others: usize,
}

impl Crowd {
    /// Whether all who came have left, and the other way round.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arrived.is_empty() && self.left.is_empty()
    }

    /// Somebody came. Who had left is back, and that is not worth a word.
    pub fn arrive(&mut self, name: &UserName) {
        if !self.left.remove(name) {
            self.arrived.add(name);
        }
    }

    /// Somebody left.
    pub fn leave(&mut self, name: &UserName) {
        if !self.arrived.remove(name) {
            self.left.add(name);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + (self.arrived.names.capacity() + self.left.names.capacity()) * size_of::<UserName>()
    }

    /// It as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let arrived = self.arrived.list().map(|names| format!("{names} joined"));
        let left = self.left.list().map(|names| format!("{names} left"));
        let parts: Vec<String> = arrived.into_iter().chain(left).collect();
        parts.join("; ")
    }
}

impl Names {
    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.others == 0
    }

    fn add(&mut self, name: &UserName) {
        if self.names.len() < NAMES_MAX {
            self.names.push(name.clone());
        } else {
            self.others += 1;
        }
    }

    fn remove(&mut self, name: &UserName) -> bool {
        let found = self.names.iter().position(|known| known == name);
        found.map(|at| self.names.remove(at)).is_some()
    }

    fn list(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let count = self.names.len() + self.others;
        // One more name is not longer than "and 1 other".
        let shown = if count <= NAMES_SHOWN + 1 {
            count
        } else {
            NAMES_SHOWN
        };
        let shown = shown.min(self.names.len());
        let mut list = String::new();
        for (index, name) in self.names[..shown].iter().enumerate() {
            let before = match index {
                0 => "",
                _ if index + 1 == count => " and ",
                _ => ", ",
            };
            let name = visible(name.as_str()).to_string();
            write!(list, "{before}{}", isolated(&name)).expect("a string can always be written");
        }
        if shown < count {
            write!(list, " and {} others", count - shown).expect("a string can always be written");
        }
        Some(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> UserName {
        UserName::parse(name).unwrap()
    }

    fn arrived(names: &[&str]) -> Crowd {
        let mut crowd = Crowd::default();
        for each in names {
            crowd.arrive(&name(each));
        }
        crowd
    }

    #[test]
    fn many_are_told_in_one_calm_sentence() {
        for (names, sentence) in [
            (&["alice"][..], "alice joined"),
            (&["alice", "bob"], "alice and bob joined"),
            (&["alice", "bob", "carol"], "alice, bob and carol joined"),
            (
                &["alice", "bob", "carol", "dan"],
                "alice, bob and 2 others joined",
            ),
        ] {
            assert_eq!(arrived(names).sentence(), sentence);
        }
        let mut crowd = arrived(&["alice"]);
        crowd.leave(&name("bob"));
        assert_eq!(crowd.sentence(), "alice joined; bob left");
    }

    #[test]
    fn who_comes_and_goes_is_not_worth_a_word() {
        let mut crowd = arrived(&["alice"]);
        crowd.leave(&name("alice"));
        assert!(crowd.is_empty());
        crowd.leave(&name("bob"));
        crowd.arrive(&name("bob"));
        assert_eq!(crowd, Crowd::default());
    }

    #[test]
    fn a_large_crowd_is_counted_and_not_kept() {
        let mut crowd = Crowd::default();
        for number in 0..1000 {
            crowd.arrive(&name(&format!("n{number}")));
        }
        assert_eq!(crowd.sentence(), "n0, n1 and 998 others joined");
        assert!(crowd.bytes() < 4096);
    }
}
