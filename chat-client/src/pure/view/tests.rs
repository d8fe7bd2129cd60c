//! Screens as they are seen.

mod helper;
mod one_room;
mod reading;
mod rooms;
mod safe;
mod seeking;
mod typing;
