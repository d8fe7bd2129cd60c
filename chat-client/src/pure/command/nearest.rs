//! What somebody may have meant who mistyped a word.

/// Words that are longer than this are not compared.
const WORD_CHARS_MAX: usize = 40;

/// So many slips of a finger are forgiven.
const SLIPS_MAX: usize = 2;

/// The candidate that is nearest to a word: one that the word begins, or one that a slip or two of a finger make of
/// it. A slip is a letter too many, one missing, a wrong one, or two that changed places. Case does not matter.
///
/// # Examples
/// ```
/// use chat_client::pure::command::nearest;
///
/// assert_eq!(nearest("jion", ["me", "join"]), Some("join"));
/// assert_eq!(nearest("xyz", ["me", "join"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().take(WORD_CHARS_MAX + 1).collect();
    if word.is_empty() || word.len() > WORD_CHARS_MAX {
        return None;
    }
    // A short word turns into any other with two slips.
    let slips_max = SLIPS_MAX.min(word.len().div_ceil(3));
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let chars: Vec<char> = candidate.to_lowercase().chars().collect();
            let is_begun = word.len() > 1 && chars.starts_with(&word);
            let slips = if is_begun { 0 } else { slips(&word, &chars) };
            (slips <= slips_max).then_some((slips, candidate))
        })
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// How many slips make one word of another: the distance of Damerau and Levenshtein, where letters that changed places
/// are not changed again.
fn slips(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted_as_fingers_make_them() {
        for (from, to, expected) in [
            ("join", "join", 0),
            ("jion", "join", 1),
            ("jon", "join", 1),
            ("joiin", "join", 1),
            ("jain", "join", 1),
            ("", "join", 4),
            ("join", "", 4),
            ("nioj", "join", 3),
        ] {
            let [from, to]: [Vec<char>; 2] = [from, to].map(|word| word.chars().collect());
            assert_eq!(slips(&from, &to), expected, "{from:?} {to:?}");
        }
    }

    #[test]
    fn the_nearest_word_is_told_if_it_is_near() {
        let words = ["me", "join", "search", "quit", "who", "whois"];
        for (typed, expected) in [
            ("sea", Some("search")),
            ("quitt", Some("quit")),
            ("JOIN", Some("join")),
            ("wh", Some("who")),
            ("m", Some("me")),
            ("dance", None),
            ("", None),
            ("xx", None),
        ] {
            assert_eq!(nearest(typed, words), expected, "{typed}");
        }
        assert_eq!(nearest(&"j".repeat(1_000_000), words), None);
    }
}
