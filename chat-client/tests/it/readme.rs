//! The README tells the same commands and keys as the program.

use chat_client::pure::{command, keymap, sign};

const README: &str = include_str!("../../README.md");

#[test]
fn the_readme_has_the_table_of_commands() {
    let table = command::markdown();
    assert!(README.contains(table.trim()), "it should be:\n{table}");
}

#[test]
fn the_readme_has_the_table_of_keys() {
    let table = keymap::markdown();
    assert!(README.contains(table.trim()), "it should be:\n{table}");
}

#[test]
fn the_readme_has_the_table_of_signs() {
    let table = sign::markdown();
    assert!(README.contains(table.trim()), "it should be:\n{table}");
}
