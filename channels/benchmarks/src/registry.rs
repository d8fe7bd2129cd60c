//! All pairs of a workload and a peer.

use crate::measure::Sample;

/// How a case is measured.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Threads {
    /// On one pinned thread: instructions can be counted.
    One,
    /// On several.
    Several,
}

/// One peer in one workload.
#[derive(Clone)]
pub(crate) struct Case {
    /// For instance `bounded128/8B/one-task`.
    pub(crate) workload: String,
    pub(crate) peer: &'static str,
    pub(crate) threads: Threads,
    /// The number of operations in a sample, where it is part of the workload.
    pub(crate) fixed_operations: Option<u64>,
    /// Runs that many operations, and a few more to set up.
    pub(crate) run: fn(u64) -> Sample,
}

/// What one peer's memory looks like.
pub(crate) struct Footprint {
    pub(crate) kind: &'static str,
    pub(crate) peer: &'static str,
    pub(crate) measure: fn() -> Vec<(&'static str, f64)>,
}

/// Everything that can be measured, in the order of the tables.
#[derive(Default)]
pub(crate) struct Registry {
    pub(crate) cases: Vec<Case>,
    pub(crate) footprints: Vec<Footprint>,
}

impl Registry {
    /// Adds a case on one thread.
    pub(crate) fn single(&mut self, workload: impl Into<String>, peer: &'static str, run: fn(u64) -> Sample) {
        self.add(workload.into(), peer, Threads::One, run);
    }

    /// Adds a case on several threads.
    pub(crate) fn threaded(
        &mut self,
        workload: impl Into<String>,
        peer: &'static str,
        run: fn(u64) -> Sample,
    ) {
        self.add(workload.into(), peer, Threads::Several, run);
    }

    /// Makes the number of operations part of the case that was added last.
    pub(crate) fn fix_operations(&mut self, operations: u64) {
        let case = self.cases.last_mut().expect("a case was added before");
        case.fixed_operations = Some(operations);
    }

    pub(crate) fn footprint(
        &mut self,
        kind: &'static str,
        peer: &'static str,
        measure: fn() -> Vec<(&'static str, f64)>,
    ) {
        self.footprints.push(Footprint { kind, peer, measure });
    }

    /// The names of all workloads, each once, in the order in which they were first added.
    pub(crate) fn workloads(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for case in &self.cases {
            if !names.contains(&case.workload.as_str()) {
                names.push(&case.workload);
            }
        }
        names
    }

    fn add(&mut self, workload: String, peer: &'static str, threads: Threads, run: fn(u64) -> Sample) {
        self.cases.push(Case {
            workload,
            peer,
            threads,
            fixed_operations: None,
            run,
        });
    }
}

/// Whether `name` matches `pattern`, where a star stands for anything, also for nothing.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest) = name.strip_prefix(before) else {
        return false;
    };
    (0..=rest.len())
        .filter(|&start| rest.is_char_boundary(start))
        .any(|start| matches(after, &rest[start..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("*", "oneshot/ready"));
        assert!(matches("bounded*/8B/*", "bounded128/8B/one-task"));
        assert!(matches("oneshot/ready", "oneshot/ready"));
        assert!(!matches("bounded*/8B", "bounded128/8B/one-task"));
        assert!(!matches("oneshot", "oneshot/ready"));
    }
}
