//! The picture that the README shows.

#[path = "../../examples/screenshot.rs"]
#[expect(dead_code, reason = "its main function prints what is compared here")]
mod example;

#[test]
fn the_picture_in_the_readme_is_the_screen_as_it_is() {
    let drawn = example::picture().unwrap();
    let kept = include_str!("../../../docs/screen.svg");
    assert!(
        drawn == kept,
        "draw it again: cargo run -p chat-client --example screenshot > docs/screen.svg"
    );
}
