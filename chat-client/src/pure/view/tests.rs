//! Screens as they are seen.

mod any;
mod helper;
mod leaving;
mod one_room;
mod reading;
mod refused;
mod rooms;
mod safe;
mod scenes;
mod seeking;
mod typing;
