//! The table as people read it.

use std::fmt::Write;

use super::{COMMANDS, CommandRow};

/// What says a text that begins with a slash; no command, so it has no row.
const SLASH: (&str, &str) = ("//TEXT", "say a text that begins with a slash");

/// The table as a text, a line for each row: all of it, or what the line client knows.
#[must_use]
pub fn help_text(is_for_lines: bool) -> String {
    let rows: Vec<(String, &str)> = COMMANDS
        .iter()
        .filter(|row| row.is_for_lines || !is_for_lines)
        .map(|row| (row.usage(), row.help))
        .chain([(String::from(SLASH.0), SLASH.1)])
        .collect();
    let width = rows
        .iter()
        .map(|(usage, _)| usage.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for (usage, help) in rows {
        writeln!(text, "  {usage:<width$}  {help}").expect("a string can always be written");
    }
    text
}

/// The table as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from("| command | what it does | for example |\n|---|---|---|\n");
    for row in COMMANDS {
        let (usage, help, example) = (row.usage(), row.help, row.example);
        let aliases = match row.aliases {
            [] => String::new(),
            aliases => format!(" (also `/{}`)", aliases.join("`, `/")),
        };
        writeln!(text, "| `{usage}`{aliases} | {help} | `{example}` |")
            .expect("a string can always be written");
    }
    writeln!(text, "| `{}` | {} | `//etc/hosts` |", SLASH.0, SLASH.1)
        .expect("a string can always be written");
    text
}

impl CommandRow {
    /// All that is to be known of a command, in a few lines.
    #[must_use]
    pub fn help_lines(&self) -> String {
        let mut text = format!("{}: {}\nfor example: {}\n", self.usage(), self.help, self.example);
        if !self.aliases.is_empty() {
            writeln!(text, "also: /{}", self.aliases.join(", /")).expect("a string can always be written");
        }
        text
    }
}
