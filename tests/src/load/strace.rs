//! Counting a server's system calls with `strace`, where it is installed. A traced server is several times slower: of such
//! a run only the counts mean anything.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::Trouble;

/// `strace` while it counts.
#[derive(Debug)]
pub(super) struct Strace {
    child: Child,
    output: BufReader<std::process::ChildStderr>,
}

impl Strace {
    /// Begins to count the system calls of all threads of a process.
    pub(super) fn attach(process: u32) -> Result<Self, Trouble> {
        let mut child = Command::new("strace")
            .args(["-c", "-f", "-p"])
            .arg(process.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run strace: {error}"))?;
        let mut output = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut line = String::new();
        // "strace: Process 1 attached", with more threads "attached with 3 threads".
        output.read_line(&mut line)?;
        if !line.contains("attached") {
            return Err(line.trim_end().to_owned().into());
        }
        Ok(Self { child, output })
    }

    /// Ends the count. The calls by name, most frequent first.
    pub(super) fn detach(mut self) -> Result<Vec<(String, u64)>, Trouble> {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(process.ok_or("a child has a process number")?, Signal::INT)?;
        let mut table = String::new();
        self.output.read_to_string(&mut table)?;
        self.child.wait()?;
        Ok(counts(&table))
    }
}

/// The rows of strace's summary: share, seconds, microseconds, calls, perhaps errors, name.
fn counts(table: &str) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = table
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            fields.next()?.parse::<f64>().ok()?;
            let calls = fields.nth(2)?.parse().ok()?;
            let name = fields.last()?;
            (name != "total").then(|| (name.to_owned(), calls))
        })
        .collect();
    counts.sort_by_key(|(_, calls)| std::cmp::Reverse(*calls));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_understood_with_and_without_errors() {
        let table = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 99.42    0.056742           9      6300        12 recvfrom
  0.58    0.000330           2       165           sendto
------ ----------- ----------- --------- --------- ----------------
100.00    0.057072           8      6465        12 total
";
        let expected = [("recvfrom".to_owned(), 6300), ("sendto".to_owned(), 165)];
        assert_eq!(counts(table), expected);
    }
}
