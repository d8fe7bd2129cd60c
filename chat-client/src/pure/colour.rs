//! How things are set off from each other, on terminals with many colours, with few and with none.

use chat_proto::name::UserName;
use ratatui::style::{Color, Modifier, Style};

use super::palette::colour;

/// What colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// None, or none are wanted.
    None,
    /// The eight of each terminal.
    Eight,
    /// The 256 of most terminals.
    Many,
}

/// Of the eight, those that themes keep readable.
const EIGHT: [Color; 5] = [Color::Red, Color::Green, Color::Magenta, Color::Cyan, Color::Blue];

impl Colours {
    /// How a person's name is shown.
    #[must_use]
    pub fn person(self, name: &UserName) -> Style {
        let number = colour(name.as_str());
        let style = Style::new().add_modifier(Modifier::BOLD);
        match self {
            Self::None => style,
            Self::Eight => style.fg(EIGHT[usize::from(number) % EIGHT.len()]),
            Self::Many => style.fg(Color::Indexed(number)),
        }
    }

    /// What is there to be seen when looked for: times, notes, who came and went.
    #[must_use]
    pub const fn calm(self) -> Style {
        match self {
            Self::Many => Style::new().fg(Color::Indexed(244)),
            Self::None | Self::Eight => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// What speaks to us.
    #[must_use]
    pub const fn mention(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What went wrong.
    #[must_use]
    pub const fn trouble(self) -> Style {
        match self {
            Self::None => Style::new().add_modifier(Modifier::BOLD),
            Self::Eight => Style::new().fg(Color::Red),
            Self::Many => Style::new().fg(Color::Indexed(160)),
        }
    }

    /// The bar between what is read and what is written.
    #[must_use]
    pub const fn bar(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What can be opened.
    #[must_use]
    pub const fn link(self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> UserName {
        UserName::parse(name).unwrap()
    }

    #[test]
    fn a_person_keeps_a_colour_however_the_name_is_written() {
        for colours in [Colours::Eight, Colours::Many] {
            assert_eq!(colours.person(&name("Alice")), colours.person(&name("aLICE")));
        }
    }

    #[test]
    fn without_colours_nothing_is_coloured() {
        let all = [
            Colours::None.person(&name("alice")),
            Colours::None.calm(),
            Colours::None.mention(),
            Colours::None.trouble(),
            Colours::None.bar(),
            Colours::None.link(),
        ];
        assert!(all.iter().all(|style| style.fg.is_none() && style.bg.is_none()));
    }
}
