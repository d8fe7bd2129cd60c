//! People talk: a server and clients in this process, on whatever executor.

mod coming_back;
mod crowd;
mod executors;
mod names;
mod roles;
mod rooms;
mod stopping;
