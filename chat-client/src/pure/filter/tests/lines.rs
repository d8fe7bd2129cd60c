//! What is read is said, what is said is written.

use super::*;

#[test]
fn each_line_is_said_in_the_first_room_as_it_is() {
    let mut played = Played::welcome(options(&["lobby", "den"]));
    played.line("hello");
    played.line("/join elsewhere");
    played.line(" ");
    assert_eq!(
        played.acts(),
        [
            say("lobby", "hello"),
            say("lobby", "/join elsewhere"),
            say("lobby", " ")
        ]
    );
}

#[test]
fn empty_lines_are_skipped() {
    let mut played = Played::alice();
    played.line("");
    assert_eq!(played.acts(), []);
    assert_eq!(played.notes(), "");
}

#[test]
fn messages_and_presence_are_written_as_promised() {
    let mut played = Played::alice();
    played.event(presence(&["bob"], &[]));
    played.event(said("lobby", "alice", Kind::LINE, "hello"));
    played.event(said("lobby", "bob", Kind::ACTION, "waves"));
    played.event(said("lobby", "bob", Kind(999), "of a later version"));
    played.event(presence(&[], &["bob"]));
    let expected = "<bob> joined the chat\n<alice>: hello\n* bob waves\n<bob>: of a later version\n\
                    <bob> left the chat\n";
    assert_eq!(played.written(), expected);
    assert_eq!(played.notes(), "");
}

#[test]
fn that_something_was_emptied_is_written_as_plainly_as_who_comes_and_goes() {
    let mut played = Played::alice();
    played.event(emptied(17));
    assert_eq!(played.written(), "<alice> emptied message 17\n");
    let mut played = Played::welcome(options(&["lobby", "den"]));
    played.event(emptied(17));
    assert_eq!(played.written(), "#lobby <alice> emptied message 17\n");
    assert_eq!(played.notes(), "");
}

#[test]
fn with_several_rooms_each_line_names_its_room() {
    let mut played = Played::welcome(options(&["lobby", "den"]));
    played.event(said("den", "bob", Kind::LINE, "hello"));
    played.event(presence(&["carol"], &[]));
    assert_eq!(
        played.written(),
        "#den <bob>: hello\n#lobby <carol> joined the chat\n"
    );
}

#[test]
fn without_name_the_first_line_that_is_not_empty_is_the_name() {
    let mut played = Played::new(options(&["lobby"]));
    assert_eq!(played.acts(), []);
    played.line("");
    played.line("alice");
    played.line("hello");
    assert_eq!(
        played.acts(),
        [Act::Connect(user("alice")), say("lobby", "hello")]
    );
}

#[test]
fn a_name_that_nobody_can_have_ends_with_one_line() {
    for name in ["a b", "\x1b]52;c;x\x07", "-", "\u{202e}bob"] {
        let mut played = Played::new(options(&["lobby"]));
        played.line(name);
        assert_eq!(played.out.exit, Some(Exit::Usage), "{name:?}");
        let notes = played.notes();
        assert_eq!(notes.lines().count(), 1, "{notes}");
        assert!(is_safe(&notes), "{notes:?}");
    }
}

#[test]
fn a_first_line_that_can_not_be_read_is_no_name_and_neither_is_the_one_behind_it() {
    for line in [Line::TooLong, Line::NotUtf8] {
        for is_json in [false, true] {
            let mut played = Played::new(FilterOptions {
                is_json,
                ..options(&["lobby"])
            });
            played.filter.line(1, line.clone(), FRESH, &mut played.out);
            assert_eq!(played.out.exit, Some(Exit::Usage), "{line:?}");
            assert_eq!(played.notes(), "chat-client: the first line has to be a name\n");
            assert_eq!(played.acts(), []);
        }
    }
}

#[test]
fn an_end_of_input_without_name_ends_with_one_line() {
    let mut played = Played::new(options(&["lobby"]));
    played.filter.end_of_input(&mut played.out);
    assert_eq!(played.out.exit, Some(Exit::Usage));
    assert_eq!(played.notes().lines().count(), 1);
}

#[test]
fn a_line_that_can_not_be_said_is_told_with_its_number_and_the_rest_goes_on() {
    let mut played = Played::alice();
    played.filter.line(3, Line::TooLong, FRESH, &mut played.out);
    played.filter.line(4, Line::NotUtf8, FRESH, &mut played.out);
    played.line("next");
    let notes = played.notes();
    let notes: Vec<&str> = notes.lines().collect();
    assert!(notes[0].contains("line 3 is longer than 8192 bytes"), "{notes:?}");
    assert!(notes[1].contains("line 4 is not UTF-8"), "{notes:?}");
    assert_eq!(played.acts(), [say("lobby", "next")]);
    assert_eq!(played.out.exit, None);
}

#[test]
fn the_end_of_input_waits_until_everything_is_stored_and_ends_well() {
    let mut played = Played::alice();
    played.line("hello");
    played.filter.end_of_input(&mut played.out);
    played.filter.end_of_input(&mut played.out);
    assert_eq!(played.acts(), [say("lobby", "hello"), Act::Finish]);
    assert!(!played.filter.wants_lines());
    assert_eq!(played.out.exit, None);
    played.event(Event::Finished);
    assert_eq!(played.out.exit, Some(Exit::Done));
}
