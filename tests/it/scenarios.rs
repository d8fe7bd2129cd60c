//! What has happened to other chats must not happen here. `tests/README.md` has the whole list, and says which test proves
//! what; names of tests begin with the number of their scenario.

mod clock;
mod crowds;
mod full;
mod numbers;
mod positions;
mod queues;
mod versions;
