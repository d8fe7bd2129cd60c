//! Screens as they are seen.

mod any;
mod connecting;
mod conversations;
mod helper;
mod leaving;
mod logs;
mod one_room;
mod other_log;
mod own_rooms;
mod reading;
mod refused;
mod renaming;
mod rooms;
mod safe;
mod scenes;
mod seeking;
mod typing;
