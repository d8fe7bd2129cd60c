//! What was measured, as it is kept in `results/`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::PathBuf;

/// One peer's times in one workload, in nanoseconds for one operation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Timing {
    pub(crate) workload: String,
    pub(crate) peer: String,
    pub(crate) rounds: usize,
    pub(crate) median_ns: f64,
    pub(crate) min_ns: f64,
    pub(crate) max_ns: f64,
    /// Processor time of all threads.
    pub(crate) processor_ns: f64,
    /// Wakes for one operation, from samples that were not timed.
    pub(crate) wakes: f64,
    /// The median of the ratios, round by round, to the best peer that counts.
    pub(crate) to_best: f64,
    /// The same to the limit, where the workload has one.
    pub(crate) to_limit: Option<f64>,
}

/// One peer's instructions in one workload, for one operation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Instructions {
    pub(crate) workload: String,
    pub(crate) peer: String,
    pub(crate) count: f64,
}

/// One peer's memory for one kind of channel.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Memory {
    pub(crate) kind: String,
    pub(crate) peer: String,
    /// Named figures, in the order of the columns.
    pub(crate) figures: Vec<(String, f64)>,
}

/// A row of a results file.
pub(crate) trait Row: DeserializeOwned + Serialize {
    /// The name of the file in `results/`.
    const FILE: &'static str;

    /// What one measurement replaces as a whole: the rows of one workload belong together.
    fn group(&self) -> &str;
}

impl Row for Timing {
    const FILE: &'static str = "time.json";

    fn group(&self) -> &str {
        &self.workload
    }
}

impl Row for Instructions {
    const FILE: &'static str = "instructions.json";

    fn group(&self) -> &str {
        &self.workload
    }
}

impl Row for Memory {
    const FILE: &'static str = "memory.json";

    fn group(&self) -> &str {
        &self.kind
    }
}

/// The path of a file in `results/`, wherever this program was started.
pub(crate) fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("results")
        .join(file)
}

/// All rows that are kept; none if nothing was measured yet.
///
/// # Errors
///
/// If the file cannot be read, or does not hold such rows.
pub(crate) fn load<R: Row>() -> io::Result<Vec<R>> {
    match fs::read(path(R::FILE)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Keeps new rows in place of the old ones of the same groups; groups stay in the order of `order`.
///
/// # Errors
///
/// If the file cannot be read or written.
pub(crate) fn store<R: Row>(new: Vec<R>, order: &[&str]) -> io::Result<()> {
    let mut rows: Vec<R> = load()?;
    rows.retain(|old| new.iter().all(|row| row.group() != old.group()));
    rows.extend(new);
    rows.retain(|row| order.contains(&row.group()));
    rows.sort_by_key(|row| order.iter().position(|group| *group == row.group()));
    write_rows(&rows)
}

/// One row a line, so that changes can be read.
fn write_rows<R: Row>(rows: &[R]) -> io::Result<()> {
    let lines: Vec<String> = rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let path = path(R::FILE);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, format!("[\n{}\n]\n", lines.join(",\n")))
}
