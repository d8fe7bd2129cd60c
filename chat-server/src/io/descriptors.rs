//! How many connections the machine's limit of open files leaves room for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the process opens besides connections: the listener, the reactor, standard streams, a store, a library's own.
const DESCRIPTORS_RESERVED: u64 = 64;

/// Connections that have been told to go and are not gone yet.
pub(crate) const CONNECTIONS_LEAVING_MAX: usize = 16;

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// Those that have been welcomed.
    pub(crate) inside: usize,
    /// Those that have not been welcomed yet.
    pub(crate) greeting: usize,
}

impl Places {
    /// Sockets open at once; beyond that nobody is accepted.
    pub(crate) fn connections_max(self) -> usize {
        self.inside + self.greeting + CONNECTIONS_LEAVING_MAX
    }

    /// What remains of these places under a limit of open files; with a sentence for the operator if it is less.
    pub(crate) fn lowered_to(self, files_max: Option<u64>) -> (Self, Option<String>) {
        let Some(files_max) = files_max else {
            return (self, None);
        };
        let connections_max =
            usize::try_from(files_max.saturating_sub(DESCRIPTORS_RESERVED)).unwrap_or(usize::MAX);
        if self.connections_max() <= connections_max {
            return (self, None);
        }
        let places = connections_max.saturating_sub(CONNECTIONS_LEAVING_MAX).max(2);
        // Strangers never take more than a quarter of what there is.
        let greeting = self.greeting.min(places / 4).max(1);
        let inside = self.inside.min(places - greeting);
        let lowered = Self { inside, greeting };
        let notice = format!(
            "{inside} connections at most instead of {}: the limit of open files is {files_max}",
            self.inside
        );
        (lowered, (inside < self.inside).then_some(notice))
    }
}

/// Raises the process's limit of open files as far as it may, and tells what it is then; `None` if there is none.
pub(crate) fn raise_files_max() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current;
    }
    match setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    ) {
        Ok(()) => maximum,
        // Some systems refuse what they themselves call the maximum: then what was, stays.
        Err(_) => current,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Places = Places {
        inside: 1000,
        greeting: 200,
    };

    #[test]
    fn enough_open_files_change_nothing() {
        assert_eq!(WANTED.lowered_to(None), (WANTED, None));
        assert_eq!(WANTED.lowered_to(Some(1000 + 200 + 16 + 64)), (WANTED, None));
    }

    #[test]
    fn too_few_open_files_lower_the_places_and_say_so() {
        let (places, notice) = WANTED.lowered_to(Some(1024));
        assert_eq!(
            places,
            Places {
                inside: 744,
                greeting: 200
            }
        );
        assert_eq!(
            notice.as_deref(),
            Some("744 connections at most instead of 1000: the limit of open files is 1024")
        );
    }

    #[test]
    fn the_places_never_need_more_files_than_there_are() {
        for files_max in 100..2000 {
            let (places, _) = WANTED.lowered_to(Some(files_max));
            let needed = u64::try_from(places.connections_max()).unwrap() + DESCRIPTORS_RESERVED;
            assert!(needed <= files_max, "{files_max}: {places:?}");
        }
    }

    #[test]
    fn somebody_can_always_come_in() {
        for files_max in 0..100 {
            let (places, _) = WANTED.lowered_to(Some(files_max));
            assert!(
                places.inside >= 1 && places.greeting >= 1,
                "{files_max}: {places:?}"
            );
        }
    }
}
