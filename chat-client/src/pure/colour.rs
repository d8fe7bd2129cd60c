//! Colours: a person has always the same one, and all of them can be read on a dark and on a light ground.

use chat_proto::name::UserName;
use ratatui::style::{Color, Modifier, Style};

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

/// Of the 256: contrast to black and to white of at least 3.5 each, around the circle of hues.
const MANY: [u8; 24] = [
    160, 131, 166, 130, 94, 100, 64, 28, 29, 30, 31, 32, 67, 26, 62, 63, 99, 98, 97, 134, 129, 164, 162, 132,
];

/// Of the eight, those that themes keep readable.
const EIGHT: [Color; 5] = [Color::Red, Color::Green, Color::Magenta, Color::Cyan, Color::Blue];

impl Colours {
    /// How a person's name is shown.
    #[must_use]
    pub fn person(self, name: &UserName) -> Style {
        let hash = hash(name.as_str());
        let style = Style::new().add_modifier(Modifier::BOLD);
        match self {
            Self::None => style,
            Self::Eight => style.fg(EIGHT[hash % EIGHT.len()]),
            Self::Many => style.fg(Color::Indexed(MANY[hash % MANY.len()])),
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

/// The same in each run and on each machine, and the same however the name is written: FNV-1a.
fn hash(name: &str) -> usize {
    let folded = name.chars().flat_map(char::to_lowercase);
    let mut hash: u32 = 0x811c_9dc5;
    for c in folded {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    // The low bits alone are alike for names that are alike.
    usize::try_from(hash ^ (hash >> 15)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn name(name: &str) -> UserName {
        UserName::parse(name).unwrap()
    }

    /// The relative luminance of one of the 6×6×6 colours, as the accessibility guidelines count it.
    fn luminance(index: u8) -> f64 {
        let steps = [0, 95, 135, 175, 215, 255_u8];
        let cube = usize::from(index - 16);
        let part = |step: usize| {
            let value = f64::from(steps[step]) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(cube / 36) + 0.7152 * part(cube / 6 % 6) + 0.0722 * part(cube % 6)
    }

    #[test]
    fn each_colour_can_be_read_on_black_and_on_white() {
        for index in MANY {
            let (on_black, on_white) = ((luminance(index) + 0.05) / 0.05, 1.05 / (luminance(index) + 0.05));
            assert!(on_black >= 3.5 && on_white >= 3.5, "{index}: {on_black:.1} {on_white:.1}");
        }
    }

    #[test]
    fn a_person_keeps_a_colour_however_the_name_is_written() {
        for colours in [Colours::Eight, Colours::Many] {
            assert_eq!(colours.person(&name("Alice")), colours.person(&name("aLICE")));
        }
        // Pinned: people know each other by their colours.
        assert_eq!(Colours::Many.person(&name("alice")).fg, Some(Color::Indexed(ALICE)));
    }

    const ALICE: u8 = 0;

    #[test]
    fn people_whose_names_are_alike_are_told_apart() {
        let names: Vec<UserName> = (0..24).map(|number| name(&format!("user{number}"))).collect();
        let colours: HashSet<_> = names.iter().map(|name| Colours::Many.person(name).fg).collect();
        assert!(colours.len() >= 12, "{}", colours.len());
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
