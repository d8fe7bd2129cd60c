//! Screens as they are seen.

mod any;
mod conversations;
mod helper;
mod leaving;
mod one_room;
mod reading;
mod rooms;
mod safe;
mod scenes;
mod seeking;
mod typing;
