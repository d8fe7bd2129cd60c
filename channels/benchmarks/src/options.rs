//! What the command line asks for.

use crate::registry::{Case, Registry, matches};

/// Which part of the registry to measure, and how.
pub(crate) struct Options {
    pub(crate) workload: String,
    pub(crate) peer: String,
    pub(crate) rounds: usize,
    pub(crate) seed: u64,
}

impl Options {
    /// Reads `--name value` pairs.
    ///
    /// # Errors
    ///
    /// A sentence about what is not understood.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            workload: "*".to_owned(),
            peer: "*".to_owned(),
            rounds: 25,
            seed: 1,
        };
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--workload" => options.workload = value,
                "--peer" => options.peer = value,
                "--rounds" => options.rounds = positive(&name, &value)?,
                "--seed" => options.seed = value.parse().map_err(|_| format!("{name} takes a number"))?,
                _ => return Err(format!("there is no option {name}")),
            }
        }
        Ok(options)
    }

    /// The workloads that are asked for.
    pub(crate) fn workloads<'a>(&self, registry: &'a Registry) -> Vec<&'a str> {
        let mut names = registry.workloads();
        names.retain(|name| matches(&self.workload, name));
        names
    }

    /// The cases of a workload that are asked for.
    pub(crate) fn cases<'a>(&self, registry: &'a Registry, workload: &str) -> Vec<&'a Case> {
        let asked = |case: &&Case| case.workload == workload && matches(&self.peer, case.peer);
        registry.cases.iter().filter(asked).collect()
    }

    /// Whether no peer is left out, so that the ratios mean something.
    pub(crate) fn all_peers(&self) -> bool {
        self.peer == "*"
    }
}

fn positive(name: &str, value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err(format!("{name} takes a number above zero")),
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_in_any_order() {
        let options = parse("--rounds 5 --workload oneshot/*").expect("it is well formed");
        assert_eq!((options.rounds, options.workload.as_str()), (5, "oneshot/*"));
        assert!(options.all_peers());
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert_eq!(
            parse("--rounds 0").err().as_deref(),
            Some("--rounds takes a number above zero")
        );
        assert_eq!(parse("--rounds").err().as_deref(), Some("--rounds needs a value"));
        assert_eq!(
            parse("--loud yes").err().as_deref(),
            Some("there is no option --loud")
        );
    }
}
