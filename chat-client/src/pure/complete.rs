//! Completion: what the word before the cursor may become.
//!
//! ```text
//!   "/jo|"          commands           "/join "        a command's argument: what its row in the table wants
//!   "al|"           people             "alice: "       at the beginning of a line one is spoken to
//!   "hello al|"     people             "hello alice "
//!   "see #ki|"      rooms              "see #kitchen "
//!   "ask @al|"      people             "ask @alice "
//! ```
//! First what the word begins, then what has it as a part; among them the order in which the candidates came. Case
//! does not matter.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::command::{ArgumentKind, CHAPTERS, COMMANDS, CommandRow};

/// So many choices are offered.
pub const CHOICES_MAX: usize = 64;

/// What may be meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Candidates<'a> {
    /// The rooms, in the order of the list.
    pub rooms: &'a [&'a str],
    /// The people of the room, those who spoke last first.
    pub people: &'a [&'a str],
}

/// What the word may become, and which of it is chosen.
///
/// # Examples
/// ```
/// use chat_client::pure::complete::{Candidates, complete};
///
/// let candidates = Candidates { people: &["alice", "albert"], ..Candidates::default() };
/// let mut choices = complete("hi al", 5, &candidates).expect("two begin so");
/// assert_eq!((choices.range(), choices.text().as_str()), (3..5, "alice "));
/// choices.forth();
/// assert_eq!((choices.range(), choices.text().as_str()), (3..9, "albert "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// The choices, at least one, as they are shown.
    pub items: Vec<String>,
    /// Which of them is chosen.
    pub selected: usize,
    /// What stands where the word was: the word itself, or the choice before.
    range: Range<usize>,
    /// What follows a choice.
    suffix: &'static str,
}

impl Choices {
    /// Which bytes of the text [`text`](Self::text) takes the place of, once: it stands there then.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.range.start..self.range.end
    }

    /// The choice with what follows it.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{}", self.items[self.selected], self.suffix)
    }

    /// Chooses the next one; after the last the first.
    pub fn forth(&mut self) {
        self.choose((self.selected + 1) % self.items.len());
    }

    /// Chooses the one before; before the first the last.
    pub fn back(&mut self) {
        self.choose((self.selected + self.items.len() - 1) % self.items.len());
    }

    fn choose(&mut self, index: usize) {
        self.range.end = self.range.start + self.text().len();
        self.selected = index;
    }
}

/// What a place in a text wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Command,
    Help,
    Room,
    Person,
}

/// What the word before the cursor may become, the first choice chosen. `None`: nothing fits, or nothing is there to
/// go by: with an empty word only where a command wants a name, or where the line begins.
///
/// # Panics
/// If `cursor` is not between characters of `text`.
#[must_use]
pub fn complete(text: &str, cursor: usize, candidates: &Candidates<'_>) -> Option<Choices> {
    let before = &text[..cursor];
    let start = before
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
    let word = &before[start..];
    let (wanted, mark) = wanted(&before[..start], word)?;
    let part = word.strip_prefix(mark).unwrap_or(word);
    let names: Vec<&str> = match wanted {
        Wanted::Command => COMMANDS.iter().map(|row| row.name).collect(),
        Wanted::Help => {
            let chapters = CHAPTERS.iter().map(|chapter| chapter.name);
            chapters.chain(COMMANDS.iter().map(|row| row.name)).collect()
        }
        Wanted::Room => candidates.rooms.to_vec(),
        Wanted::Person => candidates.people.to_vec(),
    };
    let items: Vec<String> = fitting(part, &names)
        .map(|name| format!("{mark}{name}"))
        .collect();
    if items.is_empty() {
        return None;
    }
    let after = &text[cursor..];
    let suffix = match wanted {
        Wanted::Person if start == 0 && mark.is_empty() => ": ",
        Wanted::Command | Wanted::Help | Wanted::Room | Wanted::Person => " ",
    };
    Some(Choices {
        items,
        selected: 0,
        range: start..cursor + repeated(after, suffix),
        suffix,
    })
}

/// What is wanted after `before`, and the mark that the word has or gets.
fn wanted(before: &str, word: &str) -> Option<(Wanted, &'static str)> {
    let is_first = before.trim_start().is_empty();
    if is_first && word.starts_with('/') {
        return (!word.starts_with("//")).then_some((Wanted::Command, "/"));
    }
    if let Some(kind) = argument(before) {
        return match kind {
            ArgumentKind::Room => Some((Wanted::Room, if word.starts_with('#') { "#" } else { "" })),
            ArgumentKind::Person => Some((Wanted::Person, if word.starts_with('@') { "@" } else { "" })),
            ArgumentKind::Help if word.starts_with('/') => Some((Wanted::Command, "/")),
            ArgumentKind::Help => Some((Wanted::Help, "")),
            ArgumentKind::Text => in_text(word),
            ArgumentKind::Word | ArgumentKind::Duration | ArgumentKind::Message => None,
        };
    }
    if is_first && word.is_empty() {
        return before.is_empty().then_some((Wanted::Person, ""));
    }
    in_text(word)
}

fn in_text(word: &str) -> Option<(Wanted, &'static str)> {
    match word.chars().next()? {
        '#' => Some((Wanted::Room, "#")),
        '@' => Some((Wanted::Person, "@")),
        _ => Some((Wanted::Person, "")),
    }
}

/// What the command before the word wants as its next argument; `None` if there is no command, or it wants no more.
/// An optional length of time may be left out: the text behind it may begin already.
fn argument(before: &str) -> Option<ArgumentKind> {
    let typed = before.trim_start().strip_prefix('/')?;
    let mut words = typed.split_whitespace();
    let row = CommandRow::find(words.next()?)?;
    let given = words.count();
    let kinds = row.arguments.iter().map(|argument| argument.kind);
    let last = kinds.clone().next_back()?;
    let next = kinds.clone().nth(given);
    next.or((last == ArgumentKind::Text).then_some(last))
}

/// The names that the part begins, then those that have it within, each once.
fn fitting<'a>(part: &str, names: &[&'a str]) -> impl Iterator<Item = &'a str> {
    let part = part.to_lowercase();
    let (mut begun, mut within) = (Vec::new(), Vec::new());
    for name in names {
        match name.to_lowercase().find(&part) {
            Some(_) if begun.contains(name) || within.contains(name) => {}
            Some(0) => begun.push(*name),
            Some(_) => within.push(*name),
            None => {}
        }
    }
    begun.into_iter().chain(within).take(CHOICES_MAX)
}

/// How much of the suffix is there already, so that it does not come twice.
fn repeated(after: &str, suffix: &str) -> usize {
    if after.starts_with(suffix) {
        suffix.len()
    } else {
        usize::from(after.starts_with(' '))
    }
}
