//! What one can do while one writes.

/// What can be done to the text. [`keymap`](crate::pure::keymap) says by which keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edit {
    /// The text is done.
    Submit,
    /// A line break at the cursor.
    NewLine,
    /// Back by a grapheme.
    Back,
    /// On by a grapheme.
    Forward,
    /// Back to where a word begins.
    WordBack,
    /// On to where a word ends.
    WordForward,
    /// To the beginning of the line.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// To the beginning of the text.
    TextStart,
    /// To the end of the text.
    TextEnd,
    /// Up a line; from the first one to the input before this one.
    Up,
    /// Down a line; from the last one to the input after this one.
    Down,
    /// Deletes the grapheme before the cursor.
    DeleteBack,
    /// Deletes the grapheme after the cursor. An empty text has none, and the key may mean something else.
    DeleteForward,
    /// Cuts back to the last blank.
    CutBlankBack,
    /// Cuts back to where a word begins.
    CutWordBack,
    /// Cuts to where a word ends.
    CutWordForward,
    /// Cuts to the beginning of the line; from there the line break before it.
    CutLineStart,
    /// Cuts to the end of the line; from there the line break after it.
    CutLineEnd,
    /// Puts in what was cut last.
    Yank,
    /// Puts in what was cut before that instead; after [`Edit::Yank`] only.
    YankEarlier,
    /// Swaps the graphemes around the cursor.
    Transpose,
    /// Makes a word upper case.
    Upper,
    /// Makes a word lower case.
    Lower,
    /// Makes a word's first letter upper case and the others lower case.
    Capital,
    /// Takes the last edit back.
    Undo,
    /// Looks for an earlier input.
    Search,
}
