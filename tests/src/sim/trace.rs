//! What happened, to be compared with another run or to be read.

use std::fmt::{self, Write};

/// So many of the last lines are shown with a failure.
const LINES_SHOWN: usize = 400;

/// Every event of a run, as a fingerprint; and, if it is to be read, what its clients and its store said, as lines.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    fingerprint: Fingerprint,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// A trace that keeps its lines.
    pub(crate) const fn readable() -> Self {
        Self {
            fingerprint: Fingerprint(0),
            lines: Some(Vec::new()),
        }
    }

    /// Notes something that is of no interest to a reader.
    pub(crate) fn note(&mut self, line: fmt::Arguments<'_>) {
        writeln!(self.fingerprint, "{line}").expect("a fingerprint can always be written to");
    }

    /// Notes something that a reader wants to know.
    pub(crate) fn tell(&mut self, line: fmt::Arguments<'_>) {
        self.note(line);
        if let Some(lines) = &mut self.lines {
            lines.push(line.to_string());
        }
    }

    pub(crate) const fn fingerprint(&self) -> u64 {
        self.fingerprint.0
    }

    /// Its last lines, if they were kept.
    pub(crate) fn end(&self) -> String {
        let lines = self.lines.as_deref().unwrap_or_default();
        lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
    }
}

/// FNV-1a.
#[derive(Debug, Default)]
struct Fingerprint(u64);

impl Write for Fingerprint {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
