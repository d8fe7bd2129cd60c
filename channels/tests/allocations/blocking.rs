//! A thread that waits allocates once, not for each wait.

use std::future::{pending, ready};
use std::time::Instant;

use channels::blocking::{wait, wait_until};

use super::allocations_of;

#[test]
fn only_the_first_wait_of_a_thread_and_nested_ones_allocate() {
    assert_eq!(allocations_of(|| wait(ready(()))), 1);
    assert_eq!(allocations_of(|| wait(ready(()))), 0);
    let misses_its_deadline = || assert!(wait_until(pending::<()>(), Instant::now()).is_err());
    assert_eq!(allocations_of(misses_its_deadline), 0);
    assert_eq!(allocations_of(|| wait(async { wait(ready(())) })), 1);
    assert_eq!(allocations_of(|| wait(ready(()))), 0);
}
