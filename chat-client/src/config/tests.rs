use clap::CommandFactory;

use super::*;

fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
    let mut arguments = Arguments::try_parse_from([&["chat-client"], arguments].concat())?;
    let _ = arguments
        .take_words()
        .map_err(|error| clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, error))?;
    Ok(arguments)
}

/// The command line with this file of settings.
fn read(arguments: &[&str], file: &str, is_terminal: bool) -> Arguments {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, file).unwrap();
    let line = [&["chat-client", "--config", path.to_str().unwrap()], arguments].concat();
    Arguments::read(line.into_iter().map(OsString::from), is_terminal).unwrap()
}

const FILE: &str =
    "name = 'bob'\nserver = 'host:1'\nrooms = ['den', 'attic']\nlast = 50\ngive_up = 5\nbell = false";

#[test]
fn the_file_says_what_the_line_leaves_open() {
    let arguments = read(&[], FILE, true);
    assert_eq!(arguments.name, UserName::parse("bob").ok());
    assert_eq!(arguments.server, "host:1");
    assert_eq!(arguments.rooms.len(), 2);
    assert_eq!((arguments.last, arguments.give_up), (50, 5));
    assert!(!arguments.settings.bell);
    let line = [
        "alice",
        "--server",
        "127.0.0.1:8000",
        "--room",
        "lobby",
        "--last",
        "0",
        "--give-up",
        "60",
    ];
    let arguments = read(&line, FILE, true);
    assert_eq!(arguments.name, UserName::parse("alice").ok());
    assert_eq!(arguments.server, SERVER_DEFAULT);
    assert_eq!(arguments.rooms, [RoomName::parse("lobby").unwrap()]);
    assert_eq!((arguments.last, arguments.give_up), (0, 60));
}

#[test]
fn a_script_takes_only_its_server_from_the_file() {
    let arguments = read(&[], FILE, false);
    assert_eq!((arguments.server.as_str(), arguments.give_up), ("host:1", 5));
    assert_eq!((arguments.name, arguments.last), (None, 0));
    assert_eq!(arguments.rooms, [RoomName::parse("lobby").unwrap()]);
}

const LINK: &str = "chat://chat.example.org:8000/den/aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq/aaaqeayeaudaocajbifqydiob4";

#[test]
fn a_link_says_where_and_by_which_key_and_comes_before_or_after_the_name() {
    let link = Link::parse(LINK).unwrap();
    for words in [&["alice", LINK][..], &[LINK, "alice"]] {
        let arguments = read(words, FILE, true);
        assert_eq!(arguments.name, UserName::parse("alice").ok());
        assert_eq!(arguments.server, "chat.example.org:8000");
        assert_eq!(
            arguments.rooms,
            [RoomName::parse("den").unwrap()],
            "not those of the settings"
        );
        let options = arguments.options(UserName::parse("alice").unwrap()).unwrap();
        assert_eq!(options.secure.unwrap().server_key, Some(link.server_key));
        assert_eq!(options.invitation, link.invitation);
    }
    assert_eq!(read(&[LINK], "", true).name, None);
    let rooms = ["den", "attic"].map(|room| RoomName::parse(room).unwrap());
    assert_eq!(read(&[LINK, "--room", "attic"], FILE, true).rooms, rooms);
    let twice = read(&[LINK, "--room", "attic", "--room", "den"], FILE, true);
    assert_eq!(twice.rooms, rooms);
}

#[test]
fn a_link_can_come_from_the_input() {
    for words in [&["alice", "-"][..], &["-", "alice"]] {
        let mut arguments = read(words, "", true);
        assert!(arguments.wants_link());
        arguments.follow(Link::parse(LINK).unwrap()).unwrap();
        assert_eq!(arguments.server, "chat.example.org:8000");
        assert_eq!(arguments.name, UserName::parse("alice").ok());
    }
    assert!(!read(&["alice", LINK], "", true).wants_link());
}

#[test]
fn a_line_that_contradicts_itself_is_refused() {
    for (line, expected) in [
        (&["alice", "bob"][..], UsageError::OneTooMany),
        (&[LINK, LINK], UsageError::OneTooMany),
        (&["-", LINK], UsageError::OneTooMany),
        (&[LINK, "--server", "h:1"], UsageError::TwoServers),
    ] {
        let line = [&["chat-client", "--config", "/dev/null"], line].concat();
        let error = Arguments::read(line.into_iter().map(OsString::from), true).unwrap_err();
        assert!(
            matches!(error, ArgumentsError::Usage(error) if error == expected),
            "{error:?}"
        );
    }
}

#[test]
fn the_key_can_be_shown_and_chosen() {
    let identity = Some("here".into());
    let arguments = parse(&["key", "--identity", "here"]).unwrap();
    assert_eq!(arguments.task, Some(Task::Print(Print::Key { identity })));
    let arguments = read(&["alice", "--identity", "here", "--tls"], "", false);
    let secure = arguments
        .options(UserName::parse("alice").unwrap())
        .unwrap()
        .secure
        .unwrap();
    assert_eq!(secure.identity, IdentityFile::Given("here".into()));
    assert!(secure.always);
}

#[test]
fn nothing_that_is_printed_for_looking_has_the_invitation() {
    let arguments = read(&["alice", LINK], "", true);
    let options = arguments.options(UserName::parse("alice").unwrap()).unwrap();
    let shown = format!("{arguments:?} {options:?}");
    assert!(!shown.contains("aaaqeayeaudaocajbifqydiob4"), "{shown}");
}

#[test]
fn servers_are_listed_forgotten_and_named_by_a_word() {
    let task = |line: &[&str]| match parse(line).unwrap().task {
        Some(Task::Servers(task)) => task,
        other => panic!("{other:?}"),
    };
    assert_eq!(task(&["servers"]), ServersTask::Servers { json: false });
    assert_eq!(task(&["servers", "--json"]), ServersTask::Servers { json: true });
    let server = "chat.example.org:8000".to_owned();
    assert_eq!(task(&["name", &server, "Work"]), {
        let name = ServerName::parse("work").unwrap();
        ServersTask::Name {
            server: server.clone(),
            name,
        }
    });
    assert_eq!(task(&["forget", &server]), ServersTask::Forget { server });
}

#[test]
fn a_short_name_can_stand_where_an_address_can() {
    assert_eq!(parse(&["alice", "--server", "work"]).unwrap().server, "work");
    assert_eq!(Settings::parse("server = 'work'").unwrap().server, "work");
    // A link leads elsewhere, whatever the settings name.
    let arguments = read(&["alice", LINK], "server = 'work'", true);
    assert_eq!(arguments.server, "chat.example.org:8000");
    assert_eq!(read(&["alice", "-"], "server = 'work'", true).link, None);
}

#[test]
fn the_defaults_of_the_line_are_those_of_the_file() {
    let (line, file) = (parse(&[]).unwrap(), Settings::default());
    assert_eq!(line.name, file.name);
    assert_eq!(line.server, file.server);
    assert_eq!(line.rooms, file.rooms);
    assert_eq!((line.last, line.give_up), (file.last, file.give_up));
}

#[test]
fn what_can_be_printed_is_asked_for_by_a_word() {
    let task = |line: &[&str]| parse(line).unwrap().task;
    assert_eq!(task(&["config"]), Some(Task::Print(Print::Config)));
    assert!(task(&["completions", "zsh"]).is_some());
    assert_eq!(task(&["man"]), Some(Task::Print(Print::Man)));
    assert!(parse(&["completions"]).is_err());
    assert!(parse(&["alice", "man"]).is_err());
    // Who is called so says it after the options.
    let arguments = parse(&["--", "man"]).unwrap();
    assert_eq!(
        (arguments.task, arguments.name),
        (None, UserName::parse("man").ok())
    );
}

#[test]
fn the_command_line_has_the_promised_defaults() {
    let arguments = parse(&["alice"]).unwrap();
    assert_eq!(arguments.name, Some(UserName::parse("alice").unwrap()));
    assert_eq!(arguments.server, "127.0.0.1:8000");
    assert_eq!(arguments.rooms, [RoomName::parse("lobby").unwrap()]);
    assert_eq!(
        (arguments.last, arguments.give_up, arguments.json),
        (0, 60, false)
    );
    assert_eq!(parse(&[]).unwrap().name, None);
}

#[test]
fn rooms_given_replace_the_default_and_keep_their_order() {
    let arguments = parse(&["--room", "#Den", "--room", "attic", "--last", "5"]).unwrap();
    assert_eq!(
        arguments.rooms,
        ["den", "attic"].map(|room| RoomName::parse(room).unwrap())
    );
    assert_eq!(arguments.last, 5);
}

#[test]
fn what_can_not_be_right_is_refused_before_anything_is_done() {
    for wrong in [
        &["a b"][..],
        &[""],
        &["--server", "host.org:"],
        &["forget", "::1"],
        &["name", "host:1", "a:b"],
        &["name", "host:1"],
        &["--room", "-x"],
        &["--last", "-1"],
        &["--give-up", "soon"],
        &["alice", "bob"],
    ] {
        assert!(parse(wrong).is_err(), "{wrong:?}");
    }
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
    for (example, meaning) in EXAMPLES {
        assert!(
            help.contains(&format!("  {example}")) && help.contains(meaning),
            "{help}"
        );
    }
}
