//! What was typed before, and the way back to it. Not what was said in a room: that is the room's log.

use std::collections::VecDeque;

/// So many inputs are remembered.
pub const HISTORY_ENTRIES_MAX: usize = 1_000;

/// And so many bytes of them, all together.
pub const HISTORY_BYTES_MAX: usize = 256 * 1024;

/// Earlier inputs, the oldest first, and a place among them: at the end, where what is being typed now is, or at one
/// of them, with what was being typed kept.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: VecDeque<String>,
    bytes: usize,
    /// How far back one has gone: 0 is what is being typed now.
    back: usize,
    /// What was being typed when one began to go back.
    draft: String,
}

impl History {
    /// What was remembered elsewhere, the oldest first.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = String>) -> Self {
        let mut history = Self::default();
        for entry in entries {
            history.push(&entry);
        }
        history
    }

    /// Remembers an input, and is at the end again. One that is the same as the last is not remembered twice.
    pub fn push(&mut self, input: &str) {
        self.back = 0;
        self.draft.clear();
        self.add(input);
    }

    /// Remembers as the last input what comes from elsewhere; who has gone back stays there.
    pub fn remember(&mut self, input: &str) {
        let is_back = self.back > 0;
        let is_added = self.add(input);
        if is_back && is_added {
            self.back = (self.back + 1).min(self.entries.len());
        }
    }

    /// Whether it was remembered.
    fn add(&mut self, input: &str) -> bool {
        if input.is_empty() || self.entries.back().is_some_and(|last| last == input) {
            return false;
        }
        self.bytes += input.len();
        self.entries.push_back(input.into());
        while (self.entries.len() > HISTORY_ENTRIES_MAX || self.bytes > HISTORY_BYTES_MAX)
            && let Some(oldest) = self.entries.pop_front()
        {
            self.bytes -= oldest.len();
        }
        true
    }

    /// The input before this one. At the end `current` is kept, to come back to.
    pub fn older(&mut self, current: &str) -> Option<&str> {
        if self.back == self.entries.len() {
            return None;
        }
        if self.back == 0 {
            self.draft = current.into();
        }
        self.back += 1;
        Some(&self.entries[self.entries.len() - self.back])
    }

    /// The input after this one; at last what was being typed.
    pub fn newer(&mut self) -> Option<&str> {
        self.back = self.back.checked_sub(1)?;
        if self.back == 0 {
            return Some(&self.draft);
        }
        Some(&self.entries[self.entries.len() - self.back])
    }

    /// The newest input before number `before` that holds `part`, and its number. Case does not matter unless `part`
    /// has some upper case.
    #[must_use]
    pub fn find_before(&self, before: usize, part: &str) -> Option<(usize, &str)> {
        let is_exact = part.chars().any(char::is_uppercase);
        self.entries
            .iter()
            .enumerate()
            .take(before)
            .rev()
            .find(|(_, entry)| entry.contains(part) || (!is_exact && entry.to_lowercase().contains(part)))
            .map(|(number, entry)| (number, entry.as_str()))
    }

    /// What is remembered, the oldest first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(entries: &[&str]) -> History {
        History::new(entries.iter().map(|entry| String::from(*entry)))
    }

    #[test]
    fn one_goes_back_and_forth_and_what_was_being_typed_is_kept() {
        let mut history = history(&["one", "two"]);
        assert_eq!(history.newer(), None);
        assert_eq!(history.older("dra"), Some("two"));
        assert_eq!(history.older("two"), Some("one"));
        assert_eq!(history.older("one"), None);
        assert_eq!(history.newer(), Some("two"));
        assert_eq!(history.newer(), Some("dra"));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn what_comes_from_elsewhere_is_the_last_and_moves_nobody() {
        let mut history = history(&["one", "two"]);
        history.remember("three");
        assert_eq!(history.older("dra"), Some("three"));
        assert_eq!(history.older("three"), Some("two"));
        history.remember("four");
        assert_eq!(history.older("two"), Some("one"));
        for newer in ["two", "three", "four", "dra"] {
            assert_eq!(history.newer(), Some(newer));
        }
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn the_same_input_twice_in_a_row_is_remembered_once() {
        let history = history(&["one", "one", "", "two", "one"]);
        assert!(history.entries().eq(["one", "two", "one"]));
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many() {
        let many = (0..HISTORY_ENTRIES_MAX + 5).map(|number| number.to_string());
        let history = History::new(many);
        assert_eq!(history.entries().len(), HISTORY_ENTRIES_MAX);
        assert_eq!(history.entries().next(), Some("5"));
        let large = (0_u8..5).map(|number| {
            char::from(b'a' + number)
                .to_string()
                .repeat(HISTORY_BYTES_MAX / 4)
        });
        let history = History::new(large);
        assert_eq!(history.entries().len(), 4);
    }

    #[test]
    fn an_input_is_found_by_a_part_of_it_from_the_newest_on() {
        let history = history(&["Make it", "eat", "make that"]);
        let found = |before, part| history.find_before(before, part).map(|(number, _)| number);
        assert_eq!(found(3, "make"), Some(2));
        assert_eq!(found(2, "make"), Some(0));
        assert_eq!(found(3, "Make"), Some(0));
        assert_eq!(found(0, "make"), None);
        assert_eq!(found(3, "drink"), None);
    }
}
