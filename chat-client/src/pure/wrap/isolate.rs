//! Names that are read from the right, kept from turning around what stands beside them.

use std::borrow::Cow;

/// What follows is read by itself, in the direction of its first letter (FSI).
pub(super) const ISOLATE_BEGIN: char = '\u{2068}';

/// And until here (PDI).
pub(super) const ISOLATE_END: char = '\u{2069}';

/// The text between isolates if it holds a letter that is read from the right; as it is if not. It is for names and
/// other pieces of a line that come from strangers, after [`visible`](chat_proto::visible::visible).
///
/// # Examples
/// ```
/// use chat_client::pure::wrap::isolated;
///
/// assert_eq!(isolated("alice"), "alice");
/// assert_eq!(isolated("דנה"), "\u{2068}דנה\u{2069}");
/// ```
#[must_use]
pub fn isolated(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_right_to_left) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{ISOLATE_BEGIN}{text}{ISOLATE_END}"))
}

/// Whether it lies in a block of a script that is written from the right, or is a mark that says so.
const fn is_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{0590}'..='\u{08ff}'       // Hebrew, Arabic, Syriac, Thaana, N'Ko, Samaritan, Mandaic
        | '\u{200f}'                  // right-to-left mark
        | '\u{fb1d}'..='\u{fdff}'     // presentation forms
        | '\u{fe70}'..='\u{fefe}'
        | '\u{10800}'..='\u{10fff}'   // ancient and later scripts
        | '\u{1e800}'..='\u{1efff}'   // Mende Kikakui, Adlam, Arabic numbers
    )
}
