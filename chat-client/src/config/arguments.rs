//! The command line.

use std::fmt::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use chat_proto::link::{Link, LinkError, SCHEME};
use chat_proto::name::{NameError, RoomName, UserName};
use clap::{Parser, Subcommand};

use super::{GIVE_UP_S_DEFAULT, IdentityFile, LAST_MAX, Options, ROOM_DEFAULT, SERVER_DEFAULT, Secure};
use crate::pure::filter::Exit;

/// The command line, as it was written. [`settle`](Self::settle) says what it means.
#[derive(Clone, Debug, Parser)]
#[command(name = "chat-client", version, about, after_help = after_help())]
#[command(override_usage = "chat-client [OPTIONS] [NAME] [LINK]\n       chat-client key [--identity FILE]")]
pub struct Arguments {
    /// What to do, if not to chat.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Your name, without which the first line of input is the name; and a link, which begins with chat://, or `-`: the
    /// first line of input is the link
    #[arg(value_name = "NAME] [LINK", num_args = 0..=2, value_parser = parse_word)]
    pub words: Vec<Word>,

    /// The server [default: 127.0.0.1:8000]
    #[arg(long, value_name = "HOST:PORT", value_parser = parse_server)]
    pub server: Option<String>,

    /// A room to join; what you say goes to the first one [default: lobby]
    #[arg(long = "room", value_name = "ROOM", value_parser = parse_room)]
    pub rooms: Vec<RoomName>,

    /// Show so many of each room's last messages first
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(LAST_MAX)))]
    pub last: u32,

    /// How long to look for a server that was lost
    #[arg(long, value_name = "SECONDS", default_value_t = GIVE_UP_S_DEFAULT)]
    pub give_up: u64,

    /// Print one JSON object for each event
    #[arg(long)]
    pub json: bool,

    /// Be known by this key, an Ed25519 private key of OpenSSH [default: one made at first use]
    #[arg(long, value_name = "FILE", global = true)]
    pub identity: Option<PathBuf>,

    /// Speak TLS also with a server on this machine; with others it is always spoken
    #[arg(long)]
    pub tls: bool,
}

/// What the program can do besides chatting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Show your public key and its fingerprint, to compare with what others see
    Key,
}

/// What stands on the command line without an option in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A name.
    Name(UserName),
    /// A link. It may have an invitation, which is nobody else's business: pass it as [`LinkInInput`](Self::LinkInInput)
    /// where others see which programs run with which arguments.
    Link(Box<Link>),
    /// The link is the first line of input.
    LinkInInput,
}

/// What the command line means.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Who; without it the first line of input is the name.
    pub name: Option<UserName>,
    /// Where: `HOST:PORT`.
    pub server: String,
    /// The rooms to join; there is one at least.
    pub rooms: Vec<RoomName>,
    arguments: Arguments,
    link: Option<Link>,
}

impl Arguments {
    /// Whether the first line of input is a link.
    #[must_use]
    pub fn wants_link(&self) -> bool {
        self.words.contains(&Word::LinkInInput)
    }

    /// Where the user's key is, and those of the servers that the user has met.
    ///
    /// # Errors
    /// If there is no home to keep them in.
    pub fn secure(&self) -> Result<Secure, UsageError> {
        let mut secure = Secure::of_user().ok_or(UsageError::NoHome)?;
        if let Some(identity) = &self.identity {
            secure.identity = IdentityFile::Given(identity.clone());
        }
        secure.always = self.tls;
        Ok(secure)
    }

    /// What they mean together, with the link that was read if one was wanted.
    ///
    /// # Errors
    /// [`UsageError`] if they contradict each other.
    ///
    /// # Panics
    /// Never.
    pub fn settle(mut self, read: Option<Link>) -> Result<Settled, UsageError> {
        let (mut name, mut link) = (None, read.map(Box::new));
        for word in std::mem::take(&mut self.words) {
            let is_one_too_many = match word {
                Word::Name(word) => name.replace(word).is_some(),
                Word::Link(word) => link.replace(word).is_some(),
                Word::LinkInInput => false,
            };
            if is_one_too_many {
                return Err(UsageError::OneTooMany);
            }
        }
        let link = link.map(|link| *link);
        if link.is_some() && self.server.is_some() {
            return Err(UsageError::TwoServers);
        }
        let server = match &link {
            Some(link) => link.server(),
            None => self.server.take().unwrap_or_else(|| SERVER_DEFAULT.into()),
        };
        let mut rooms: Vec<RoomName> = link.iter().map(|link| link.room.clone()).collect();
        rooms.append(&mut self.rooms);
        if rooms.is_empty() {
            rooms.push(RoomName::parse(ROOM_DEFAULT).expect("the default is a name"));
        }
        Ok(Settled {
            name,
            server,
            rooms,
            arguments: self,
            link,
        })
    }
}

impl Settled {
    /// Whether output is JSON.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.arguments.json
    }

    /// So many of each room's last messages are shown first.
    #[must_use]
    pub const fn last(&self) -> u32 {
        self.arguments.last
    }

    /// All of it, for somebody of this name.
    ///
    /// # Errors
    /// If TLS is asked for, and there is no home to keep its keys in.
    pub fn options(&self, name: UserName) -> Result<Options, UsageError> {
        let mut options =
            Options::new(self.server.clone(), name).give_up(Duration::from_secs(self.arguments.give_up));
        for room in &self.rooms {
            options = options.room(room.clone(), self.last());
        }
        let asks_for_tls = self.link.is_some() || self.arguments.tls || self.arguments.identity.is_some();
        options.secure = match self.arguments.secure() {
            Err(_) if !asks_for_tls => None,
            secure => Some(secure?),
        };
        if let (Some(link), Some(secure)) = (&self.link, &mut options.secure) {
            secure.server_key = Some(link.server_key);
            options.invitation = link.invitation;
        }
        Ok(options)
    }
}

/// Why a command line has no meaning. It is shown as one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageError {
    /// There are two names, or two links.
    OneTooMany,
    /// Both `--server` and a link are there.
    TwoServers,
    /// There is no home, so there is no place for a key.
    NoHome,
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneTooMany => "one name and one link are enough",
            Self::TwoServers => "a link says where the server is: leave --server out",
            Self::NoHome => "there is no home directory, so there is no place to keep a key: set HOME",
        })
    }
}

impl std::error::Error for UsageError {}

fn after_help() -> String {
    let mut help = String::from(
        "Examples:\n  \
         chat-client alice                                   talk in the lobby\n  \
         chat-client alice chat://chat.example.org:8000/…    where a link leads to\n  \
         chat-client alice --server chat.example.org:8000    somewhere else\n  \
         make 2>&1 | chat-client builder --room builds       say each line of a build\n  \
         chat-client logger --room lobby --last 100 < /dev/null   show what was said\n  \
         chat-client reader --json | jq .text                for programs\n\n\
         With input or output in a pipe each line of input is said, and each message is one line of output.\n\n\
         Exit codes:\n",
    );
    for (exit, meaning) in Exit::ALL {
        writeln!(help, "  {:<4} {meaning}", exit.code()).expect("a string can always be written");
    }
    help
}

fn parse_word(word: &str) -> Result<Word, WordError> {
    if word == "-" {
        Ok(Word::LinkInInput)
    } else if word.starts_with(SCHEME) {
        Link::parse(word)
            .map(Box::new)
            .map(Word::Link)
            .map_err(WordError::Link)
    } else {
        UserName::parse(word).map(Word::Name).map_err(WordError::Name)
    }
}

/// Why a word means nothing.
#[derive(Debug)]
enum WordError {
    Name(NameError),
    Link(LinkError),
}

impl fmt::Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Link(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WordError {}

fn parse_room(name: &str) -> Result<RoomName, NameError> {
    RoomName::parse(name.strip_prefix('#').unwrap_or(name))
}

/// A host and a port. Whether they exist is found out by connecting.
fn parse_server(server: &str) -> Result<String, String> {
    let has_port = server
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0));
    if !has_port {
        return Err("write it as HOST:PORT".into());
    }
    // It is also what the server is known under, one word on a line.
    if server.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#') {
        return Err("no machine is called that".into());
    }
    Ok(server.into())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    const LINK: &str = "chat://chat.example.org:8000/den/aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq/aaaqeayeaudaocajbifqydiob4";

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from([&["chat-client"], arguments].concat())
    }

    fn settle(arguments: &[&str]) -> Result<Settled, UsageError> {
        parse(arguments).unwrap().settle(None)
    }

    fn user(name: &str) -> UserName {
        UserName::parse(name).unwrap()
    }

    fn room(name: &str) -> RoomName {
        RoomName::parse(name).unwrap()
    }

    #[test]
    fn the_command_line_has_the_promised_defaults() {
        let settled = settle(&["alice"]).unwrap();
        assert_eq!(settled.name, Some(user("alice")));
        assert_eq!(settled.server, "127.0.0.1:8000");
        assert_eq!(settled.rooms, [room("lobby")]);
        assert_eq!((settled.last(), settled.is_json()), (0, false));
        let options = settled.options(user("alice")).unwrap();
        assert_eq!(options.give_up, Some(Duration::from_secs(60)));
        assert_eq!(options.secure.map(|secure| secure.always), Some(false));
        assert_eq!(settle(&[]).unwrap().name, None);
    }

    #[test]
    fn rooms_given_replace_the_default_and_keep_their_order() {
        let settled = settle(&["--room", "#Den", "--room", "attic", "--last", "5"]).unwrap();
        assert_eq!(settled.rooms, ["den", "attic"].map(room));
        assert_eq!(settled.last(), 5);
    }

    #[test]
    fn a_link_says_where_and_by_which_key_and_comes_before_or_after_the_name() {
        for words in [&["alice", LINK][..], &[LINK, "alice"]] {
            let settled = settle(words).unwrap();
            assert_eq!(settled.name, Some(user("alice")));
            assert_eq!(settled.server, "chat.example.org:8000");
            assert_eq!(settled.rooms, [room("den")]);
            let options = settled.options(user("alice")).unwrap();
            let link = Link::parse(LINK).unwrap();
            assert_eq!(options.secure.unwrap().server_key, Some(link.server_key));
            assert_eq!(options.invitation, link.invitation);
        }
        assert_eq!(settle(&[LINK]).unwrap().name, None);
        let settled = settle(&[LINK, "--room", "attic"]).unwrap();
        assert_eq!(settled.rooms, ["den", "attic"].map(room));
    }

    #[test]
    fn a_link_can_come_from_the_input() {
        for words in [&["alice", "-"][..], &["-", "alice"]] {
            let arguments = parse(words).unwrap();
            assert!(arguments.wants_link());
            let settled = arguments.settle(Some(Link::parse(LINK).unwrap())).unwrap();
            assert_eq!(settled.server, "chat.example.org:8000");
            assert_eq!(settled.name, Some(user("alice")));
        }
        assert!(!parse(&["alice", LINK]).unwrap().wants_link());
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let link = || Some(Link::parse(LINK).unwrap());
        assert_eq!(settle(&["alice", "bob"]).unwrap_err(), UsageError::OneTooMany);
        assert_eq!(settle(&[LINK, LINK]).unwrap_err(), UsageError::OneTooMany);
        let both = parse(&["-", LINK]).unwrap().settle(link());
        assert_eq!(both.unwrap_err(), UsageError::OneTooMany);
        assert_eq!(
            settle(&[LINK, "--server", "h:1"]).unwrap_err(),
            UsageError::TwoServers
        );
    }

    #[test]
    fn the_key_can_be_shown_and_chosen() {
        let arguments = parse(&["key", "--identity", "here"]).unwrap();
        assert_eq!(arguments.command, Some(Command::Key));
        let secure = arguments.secure().unwrap();
        assert_eq!(secure.identity, IdentityFile::Given("here".into()));
        let arguments = parse(&["alice", "--identity", "here", "--tls"]).unwrap();
        assert!(arguments.secure().unwrap().always);
        assert_eq!(arguments.command, None);
    }

    #[test]
    fn what_can_not_be_right_is_refused_before_anything_is_done() {
        for wrong in [
            &["a b"][..],
            &[""],
            &["chat://"],
            &["alice", &LINK[..90]],
            &["--server", "host"],
            &["--server", ":8000"],
            &["--server", "host:0"],
            &["--server", "host:70000"],
            &["--server", "ho st:8000"],
            &["--room", "-x"],
            &["--last", "-1"],
            &["--give-up", "soon"],
            &["alice", "bob", "carol"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn nothing_that_is_printed_for_looking_has_the_invitation() {
        let arguments = parse(&["alice", LINK]).unwrap();
        let shown = format!("{arguments:?} {:?}", arguments.clone().settle(None).unwrap());
        assert!(!shown.contains("aaaqeayeaudaocajbifqydiob4"), "{shown}");
    }

    #[test]
    fn the_help_lists_each_exit_code_and_some_examples() {
        Arguments::command().debug_assert();
        let help = Arguments::command().render_long_help().to_string();
        for (exit, meaning) in Exit::ALL {
            assert!(
                help.contains(&format!("  {:<4} {meaning}", exit.code())),
                "{help}"
            );
        }
        assert!(help.contains("chat-client alice --server"), "{help}");
    }
}
