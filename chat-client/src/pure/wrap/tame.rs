//! Texts of several lines, made safe to show.

use std::fmt::Write;

use chat_proto::visible::visible;

/// A text of several lines in which nothing could command a terminal: each kind of line end becomes `\n`, tabs stay,
/// and all else is as [`visible`] shows it.
///
/// # Examples
/// ```
/// use chat_client::pure::wrap::tame;
///
/// assert_eq!(tame("one\r\n\ttwo\x1b[2J\rthree"), "one\n\ttwo␛[2J\nthree");
/// ```
#[must_use]
pub fn tame(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut tamed = String::with_capacity(text.len());
    for piece in text.split_inclusive(['\n', '\t']) {
        let untamed = piece.strip_suffix(['\n', '\t']).unwrap_or(piece);
        write!(tamed, "{}", visible(untamed)).expect("a string can always be written");
        tamed.push_str(&piece[untamed.len()..]);
    }
    tamed
}
