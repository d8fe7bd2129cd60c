//! A colour for each person: the same one everywhere and always, readable on dark and on light.

/// The colours, as numbers of the 256 that terminals have. The sixteen below are left out, because everybody chooses
/// them anew; of the rest these stand out from black as well as from white, and none of them is grey.
pub const COLOURS: [u8; 32] = [
    26, 27, 28, 29, 30, 31, 32, 33, 62, 63, 64, 68, 69, 93, 94, 97, 98, 99, 100, 126, 127, 129, 130, 131,
    133, 135, 136, 160, 162, 164, 166, 168,
];

/// The colour of somebody with this name. Case does not matter.
///
/// # Examples
/// ```
/// use chat_client::pure::palette::{COLOURS, colour};
///
/// assert_eq!(colour("alice"), colour("Alice"));
/// assert!(COLOURS.contains(&colour("alice")));
/// ```
#[must_use]
pub fn colour(name: &str) -> u8 {
    let hash = name
        .chars()
        .flat_map(char::to_lowercase)
        .fold(FNV_BASIS, |hash, c| {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().fold(hash, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
            })
        });
    let [low, ..] = (hash ^ (hash >> 32)).to_le_bytes();
    COLOURS[usize::from(low) % COLOURS.len()]
}

/// FNV-1a: small, and the same on every machine and in every version.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of a colour of the cube, as WCAG 2 defines it.
    fn luminance(number: u8) -> f64 {
        let index = number - 16;
        let linear = |level: u8| {
            let value = if level == 0 {
                0.0
            } else {
                f64::from(55 + 40 * u32::from(level)) / 255.0
            };
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055_f64).powf(2.4)
            }
        };
        0.2126 * linear(index / 36) + 0.7152 * linear(index / 6 % 6) + 0.0722 * linear(index % 6)
    }

    #[test]
    fn each_colour_can_be_read_on_black_and_on_white() {
        for number in COLOURS {
            let l = luminance(number);
            let (on_black, on_white) = ((l + 0.05) / 0.05, 1.05 / (l + 0.05));
            // What WCAG 2 asks for large text and signs; names are short, and what is said has the terminal's colour.
            assert!(
                on_black >= 3.0 && on_white >= 3.0,
                "{number}: {on_black:.1} {on_white:.1}"
            );
        }
        assert!(COLOURS.is_sorted_by(|one, next| one < next), "each once");
    }

    #[test]
    fn a_name_keeps_its_colour_and_names_spread_over_all_of_them() {
        // These may never change: people know each other by them.
        assert_eq!([colour("alice"), colour("bob"), colour("Zoë")], [162, 93, 164]);
        let mut met = [0_u32; 256];
        for number in 0..3_200 {
            met[usize::from(colour(&format!("guest{number}")))] += 1;
        }
        for number in COLOURS {
            assert!(met[usize::from(number)] > 30, "{number}");
        }
    }
}
