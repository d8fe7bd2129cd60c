//! The load tool as a program: see `tests/LOAD.md`.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program tells its results on stdout and its progress on stderr; the library never prints"
)]

use std::process::ExitCode;

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("chat-load: it needs Linux: epoll, and /proc to see what a server uses");
    ExitCode::FAILURE
}

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use chat_tests::load::arguments::Arguments;
    use clap::Parser;

    match linux::run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("chat-load: {trouble}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::path::{Path, PathBuf};

    use chat_tests::load::arguments::{Arguments, Choices, Command};
    use chat_tests::load::verify::{Lines, verify};
    use chat_tests::load::{Run, Scenario, Trouble, compare, serve};

    /// Does what is asked for; tells whether everything was well.
    pub(crate) fn run(arguments: Arguments) -> Result<bool, Trouble> {
        let Arguments { command, choices } = arguments;
        match command {
            Command::Run(scenario) => alone(&choices, &scenario),
            Command::Compare { rounds, scenario } => in_turn(&choices, &scenario, rounds),
            Command::Verify {
                log,
                trimmed,
                journals,
            } => check(&log, trimmed, &journals),
            Command::Serve(choices) => serve::serve(&choices).map(|()| true),
        }
    }

    fn alone(choices: &Choices, scenario: &Scenario) -> Result<bool, Trouble> {
        let host = choices.host()?;
        let run = Run {
            host: &host,
            kind: choices.kind,
            measuring: &choices.measuring,
            progress: &tell,
        };
        let report = scenario.run(&run)?;
        if choices.json {
            println!("{}", report.to_json());
        } else {
            print!("{}", report.to_table());
        }
        Ok(report.is_faultless())
    }

    fn in_turn(choices: &Choices, scenario: &Scenario, rounds: usize) -> Result<bool, Trouble> {
        let host = choices.host()?;
        if host.running.is_some() {
            return Err("a comparison starts its servers itself".into());
        }
        let run = Run {
            host: &host,
            kind: choices.kind,
            measuring: &choices.measuring,
            progress: &tell,
        };
        let comparison = compare(&run, scenario, rounds)?;
        if choices.json {
            for report in comparison.reports() {
                println!("{}", report.to_json());
            }
            println!("{}", comparison.to_json());
        } else {
            print!("{}", comparison.to_table());
        }
        Ok(comparison.is_faultless())
    }

    fn check(log: &Path, is_trimmed: bool, journals: &[PathBuf]) -> Result<bool, Trouble> {
        let log = File::read(log)?;
        let journals = journals
            .iter()
            .map(|path| File::read(path))
            .collect::<Result<Vec<_>, _>>()?;
        let journals: Vec<Lines<'_>> = journals.iter().map(File::lines).collect();
        let findings = verify(log.lines(), is_trimmed, &journals);
        for finding in &findings {
            println!("{finding}");
        }
        Ok(findings.is_empty())
    }

    struct File {
        name: String,
        text: String,
    }

    impl File {
        fn read(path: &Path) -> Result<Self, Trouble> {
            let name = path.display().to_string();
            let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
            Ok(Self { name, text })
        }

        fn lines(&self) -> Lines<'_> {
            Lines {
                name: &self.name,
                text: &self.text,
            }
        }
    }

    fn tell(words: &str) {
        eprintln!("chat-load: {words}");
    }
}
