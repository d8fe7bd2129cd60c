//! Writing.

use super::*;
use crate::pure::app::Event as Told;

#[test]
fn a_message_of_several_lines_is_written() {
    scene("several_lines", |stage| {
        talk(stage);
        stage.type_text("I do not");
        stage.press(KeyPress::ctrl('j'));
        stage.type_text("and nobody has logged in there since March, as far as the log goes back");
        stage.press(KeyPress::new(Key::Left, Modifiers::CTRL));
    });
}

#[test]
fn a_name_is_completed() {
    scene("complete", |stage| {
        talk(stage);
        stage.said("lobby", 4, "albert", "hello");
        stage.type_text("al");
        stage.key(Key::Tab);
        stage.key(Key::Tab);
    });
}

#[test]
fn a_command_is_completed() {
    scene("complete_command", |stage| {
        talk(stage);
        stage.type_text("/un");
        stage.key(Key::Tab);
    });
}

#[test]
fn a_paste_is_asked_about() {
    scene("paste", |stage| {
        talk(stage);
        stage.tell(Told::Paste("one\ntwo\nthree\nfour\nfive".into()));
    });
}

#[test]
fn what_was_typed_before_is_found() {
    scene("typed_before", |stage| {
        stage.enter("the old machine can go");
        stage.enter("something else");
        stage.press(KeyPress::ctrl('r'));
        stage.type_text("old");
    });
}

#[test]
fn a_mistyped_command_is_not_said() {
    scene("mistyped", |stage| {
        talk(stage);
        stage.enter("/jion den");
    });
}

#[test]
fn the_help_is_read() {
    scene("help", |stage| stage.key(Key::F(1)));
}

#[test]
fn the_help_has_the_keys_and_signs_at_its_end() {
    scene("help_end", |stage| {
        stage.key(Key::F(1));
        for _ in 0..20 {
            stage.key(Key::PageDown);
        }
    });
}

#[test]
fn one_command_is_explained() {
    scene("help_of_one", |stage| stage.enter("/help ban"));
}
