use super::*;

fn room(name: &str) -> RoomName {
    RoomName::parse(name).expect("it is a name")
}

fn typed_room(word: &str) -> TypedRoom {
    TypedRoom::parse(word).expect("it is a name")
}

fn person(name: &str) -> UserName {
    UserName::parse(name).expect("it is a name")
}

#[test]
fn commands_do_what_the_table_says() {
    let rows = [
        ("/me  waves ", Command::Me("waves".into())),
        ("/join #Lobby", Command::Join(typed_room("#lobby"))),
        ("/part", Command::Part(None)),
        ("/leave den", Command::Part(Some(typed_room("den")))),
        ("/create #Den", Command::Create(room("den"))),
        ("/who", Command::Who),
        ("/quit ", Command::Quit),
        ("/QUIT", Command::Quit),
        ("/Leave", Command::Part(None)),
        (" /quit", Command::Quit),
        ("/topic", Command::Topic(None)),
        ("/topic a  b", Command::Topic(Some("a  b".into()))),
        ("/help", Command::Help(None)),
        (
            "/help /ban",
            Command::Help(CommandRow::find("ban").map(HelpOn::Command)),
        ),
        ("/help keys", Command::Help(Some(HelpOn::Chapter(&CHAPTERS[0])))),
        ("/Help Keys", Command::Help(Some(HelpOn::Chapter(&CHAPTERS[0])))),
        ("/delete", Command::Delete(None)),
        ("/delete #12", Command::Delete(Some(12))),
        ("/whois @Zoë", Command::Whois(person("Zoë"))),
        (
            "/msg bob hi\nthere",
            Command::Msg {
                person: person("bob"),
                text: "hi\nthere".into(),
            },
        ),
        (
            "/kick bob",
            Command::Kick {
                person: person("bob"),
                reason: None,
            },
        ),
        (
            "/ban bob 2h too loud",
            Command::Ban {
                person: person("bob"),
                time: Some(Duration::from_secs(7_200)),
                reason: Some("too loud".into()),
            },
        ),
        (
            "/mute bob too loud",
            Command::Mute {
                person: person("bob"),
                time: None,
                reason: Some("too loud".into()),
            },
        ),
    ];
    for (line, command) in rows {
        assert_eq!(parse(line), Ok(command), "{line}");
    }
}

#[test]
fn what_is_no_command_is_said_as_it_is() {
    for (line, said) in [
        (" a / b ", " a / b "),
        ("//etc/hosts", "/etc/hosts"),
        ("  //x ", "/x "),
        ("", ""),
    ] {
        assert_eq!(parse(line), Ok(Command::Say(said.into())), "{line}");
    }
}

#[test]
fn a_mistyped_command_is_never_said_and_the_nearest_is_named() {
    for (line, nearest) in [
        ("/jion den", Some("join")),
        ("/Em waves", Some("me")),
        ("/sear x", Some("search")),
        ("/etc/hosts", None),
        ("/ me waves", None),
        ("/", None),
        ("/who\u{1b}", Some("who")),
    ] {
        let error = parse(line).unwrap_err();
        assert!(
            matches!(&error, CommandError::Unknown { nearest: named, .. } if *named == nearest),
            "{line}: {error:?}"
        );
        let shown = error.to_string();
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
}

#[test]
fn what_can_not_be_done_says_how_it_is_typed() {
    for (line, told) in [
        ("/me", "type it so: /me TEXT"),
        ("/join", "type it so: /join ROOM"),
        ("/msg bob ", "type it so: /msg PERSON TEXT"),
        ("/join a b", "that is too much, type it so: /join ROOM"),
        ("/quit now", "that is too much, type it so: /quit"),
        (
            "/ban bob 10x",
            "10x is no length of time: 30s, 10m, 2h, 7d and 2w are",
        ),
        (
            "/ban bob 99999999999999999999w",
            "99999999999999999999w is no length of time: 30s, 10m, 2h, 7d and 2w are",
        ),
        (
            "/mute bob 0s",
            "0s is no length of time: 30s, 10m, 2h, 7d and 2w are",
        ),
        (
            "/mute bob 7",
            "7 is no length of time: 30s, 10m, 2h, 7d and 2w are",
        ),
        ("/delete that", "that is no message's number"),
        ("/help jion", "there is no /jion; did you mean /join?"),
        (
            "/foo/bar",
            "there is no /foo/bar; /help shows the commands, //foo/bar says it",
        ),
    ] {
        assert_eq!(parse(line).unwrap_err().to_string(), told, "{line}");
    }
    assert!(matches!(parse("/join -x"), Err(CommandError::Name(_))));
}

#[test]
fn each_row_can_be_typed_as_its_example_shows() {
    for row in COMMANDS {
        assert!(row.example.starts_with(&format!("/{}", row.name)), "{row:?}");
        assert!(parse(row.example).is_ok(), "{row:?}");
        let needed = row.arguments.iter().filter(|argument| !argument.is_optional);
        let alone = parse(&format!("/{}", row.name));
        if needed.count() == 0 {
            assert!(alone.is_ok(), "{row:?}");
        } else {
            assert_eq!(alone, Err(CommandError::Incomplete(row)));
        }
        // Only a text takes all that is left.
        let takes_text = row
            .arguments
            .iter()
            .any(|argument| argument.kind == ArgumentKind::Text);
        let more = parse(&format!("{} and more", row.example));
        assert_eq!(more.is_ok(), takes_text, "{row:?}: {more:?}");
    }
}

#[test]
fn each_name_and_alias_stands_for_one_row() {
    let names: Vec<&str> = COMMANDS
        .iter()
        .flat_map(|row| [row.name].into_iter().chain(row.aliases.iter().copied()))
        .collect();
    let chapters = CHAPTERS.iter().flat_map(|chapter| [chapter.name, chapter.alias]);
    let names: Vec<&str> = names.into_iter().chain(chapters).collect();
    for name in &names {
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
    }
}

#[test]
fn what_can_be_left_out_comes_last_and_a_text_at_the_very_end() {
    for row in COMMANDS {
        let optional = row.arguments.iter().map(|argument| argument.is_optional);
        assert!(optional.is_sorted(), "{row:?}");
        let before_last = row.arguments.iter().rev().skip(1);
        assert!(
            before_last
                .clone()
                .all(|argument| argument.kind != ArgumentKind::Text),
            "{row:?}"
        );
    }
}

#[test]
fn the_help_and_the_markdown_have_a_line_for_each_row() {
    let (help, markdown) = (help_text(false), markdown());
    assert_eq!(help.lines().count(), COMMANDS.len() + 1);
    assert_eq!(markdown.lines().count(), COMMANDS.len() + 3);
    for row in COMMANDS {
        let usage = row.usage();
        let has_line = |line: &str| line.trim_start().starts_with(&usage) && line.ends_with(row.help);
        assert!(help.lines().any(has_line), "{help}");
        assert_eq!(help_text(true).lines().any(has_line), row.is_for_lines, "{usage}");
        assert!(markdown.contains(&format!("| `{usage}`")), "{markdown}");
        assert!(row.help_lines().contains(row.example));
    }
    assert!(help.contains("//TEXT"));
    assert_eq!(
        CommandRow::find("exit").unwrap().help_lines(),
        "/quit: leave, once everything is said; so does Ctrl-D\nfor example: /quit\nalso: /q, /exit\n"
    );
}
