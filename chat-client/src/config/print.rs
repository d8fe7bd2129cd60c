//! What the program prints instead of chatting: its settings, completions for shells, its manual page.

use std::io;
use std::path::PathBuf;

use chat_tls::fingerprint;
use clap::{CommandFactory, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::pure::command::COMMANDS;
use crate::pure::filter::Exit;
use crate::pure::keymap::{KEYS, Topic};
use crate::pure::sign::SIGNS;

use super::{Arguments, EXAMPLES, IN_A_PIPE, Secure, Settings, TaskError, UsageError, settings_path};

/// What can be printed.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Print {
    /// Print a file of settings that says what can be chosen, with the defaults
    Config,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Print your public key and its fingerprint, to compare with what others see
    Key {
        /// Of this key [default: the one made at first use]
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
    },
}

impl Print {
    /// Writes it.
    pub(super) fn write(self, out: &mut dyn io::Write) -> Result<(), TaskError> {
        match self {
            Self::Config => {
                if let Some(path) = settings_path() {
                    writeln!(out, "# Read by chat-client from {}\n", path.display())?;
                }
                out.write_all(Settings::commented().as_bytes())?;
            }
            Self::Completions { shell } => {
                let mut completions = Vec::new();
                clap_complete::generate(shell, &mut Arguments::command(), "chat-client", &mut completions);
                out.write_all(&completions)?;
            }
            Self::Man => write_manual(out)?,
            Self::Key { identity } => {
                let secure = Secure::of_user(identity.as_deref());
                let secure = secure.ok_or(TaskError::Usage(UsageError::NoHome))?;
                let key = secure.identity.read().map_err(TaskError::Key)?.public_key();
                writeln!(out, "key          {key}\nfingerprint  {}", fingerprint(&key))?;
            }
        }
        Ok(())
    }
}

/// Where it keeps what.
const FILES: [(&str, &str); 3] = [
    (
        "$XDG_CONFIG_HOME/chat-client/config.toml",
        "settings; without that variable in ~/.config. `chat-client config` prints one with the defaults",
    ),
    (
        "$XDG_DATA_HOME/chat-client/known_servers",
        "the servers that you have met, and their keys; without that variable in ~/.local/share",
    ),
    (
        "$XDG_DATA_HOME/chat-client/key",
        "your own key, made when it is needed for the first time",
    ),
];

/// What the variable is for that names the agent.
const OF_AGENT: &str = "the socket of the ssh-agent that signs if --identity is a public key";

fn write_manual(out: &mut dyn io::Write) -> io::Result<()> {
    let command = Arguments::command();
    let mut tables = Roff::new();
    tables.control("SH", ["DESCRIPTION"]);
    tables.text([roman(
        "At a terminal one talks to others; in a script it is a filter.",
    )]);
    tables.text([roman(IN_A_PIPE)]);
    tables.control("SH", ["SUBCOMMANDS"]);
    for subcommand in command.get_subcommands() {
        let mut usage = subcommand.get_name().to_owned();
        for argument in subcommand.get_positionals() {
            usage = format!("{usage} {}", argument.get_id().as_str().to_uppercase());
        }
        let about = subcommand.get_about().map(ToString::to_string);
        entry(&mut tables, &usage, &about.unwrap_or_default());
    }
    tables.control("SH", ["COMMANDS"]);
    for row in COMMANDS {
        entry(&mut tables, &row.usage(), row.help);
    }
    tables.control("SH", ["KEYS"]);
    for topic in Topic::ALL {
        tables.control("SS", [topic.heading()]);
        for binding in KEYS.iter().filter(|binding| binding.topic == topic) {
            entry(&mut tables, &binding.keys_shown(), binding.help);
        }
    }
    tables.control("SH", ["SIGNS"]);
    for (sign, meaning) in SIGNS {
        entry(&mut tables, sign, meaning);
    }
    tables.control("SH", ["FILES"]);
    for (file, meaning) in FILES {
        entry(&mut tables, file, meaning);
    }
    tables.control("SH", ["ENVIRONMENT"]);
    entry(&mut tables, "SSH_AUTH_SOCK", OF_AGENT);
    tables.control("SH", ["EXIT STATUS"]);
    for (exit, meaning) in Exit::ALL {
        entry(&mut tables, &exit.code().to_string(), meaning);
    }
    tables.control("SH", ["EXAMPLES"]);
    for (example, meaning) in EXAMPLES {
        entry(&mut tables, example, meaning);
    }
    let man = Man::new(command);
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_options_section(out)?;
    tables.to_writer(out)?;
    man.render_version_section(out)
}

fn entry(tables: &mut Roff, name: &str, meaning: &str) {
    tables.control("TP", []);
    tables.text([bold(name)]);
    tables.text([roman(meaning)]);
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    fn printed(print: Print) -> String {
        let mut out = Vec::new();
        print.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_settings_that_are_printed_can_be_read() {
        assert_eq!(Settings::parse(&printed(Print::Config)), Ok(Settings::default()));
    }

    #[test]
    fn each_shell_has_completions_that_know_the_options() {
        for shell in Shell::value_variants() {
            let completions = printed(Print::Completions { shell: *shell });
            for word in ["give-up", "servers", "forget"] {
                assert!(completions.contains(word), "{shell}: {word}");
            }
        }
    }

    #[test]
    fn the_manual_page_has_each_command_and_each_key() {
        // As roff writes them.
        let plain = printed(Print::Man).replace("\\-", "-").replace("\\*(Aq", "'");
        for row in COMMANDS {
            assert!(
                plain.contains(&row.usage()) && plain.contains(row.help),
                "{row:?}"
            );
        }
        for binding in KEYS {
            assert!(plain.contains(binding.help), "{binding:?}");
        }
        for (example, _) in EXAMPLES {
            assert!(plain.contains(example), "{plain}");
        }
        for (_, meaning) in SIGNS {
            assert!(plain.contains(meaning), "{plain}");
        }
        for (_, meaning) in Exit::ALL {
            assert!(plain.contains(meaning), "{plain}");
        }
        for word in [
            "--give-up",
            "completions SHELL",
            "name SERVER NAME",
            "known_servers",
            "SSH_AUTH_SOCK",
        ] {
            assert!(plain.contains(word), "{word}: {plain}");
        }
    }
}
