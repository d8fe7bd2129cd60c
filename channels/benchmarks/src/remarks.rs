//! Peers that stand in a table but do not count for the ranking there, each with the reason.

use crate::registry::matches;
use crate::workloads::limit;

struct Remark {
    peer: &'static str,
    workloads: &'static str,
    reason: &'static str,
}

const REMARKS: &[Remark] = &[
    Remark {
        peer: limit::NAME,
        workloads: "*",
        reason: "no channel",
    },
    Remark {
        peer: "channels-mpmc",
        workloads: "*",
        reason: "this crate's own, for many receivers",
    },
    Remark {
        peer: "crossfire",
        workloads: "bounded*",
        reason: SPINS,
    },
    Remark {
        peer: "crossfire",
        workloads: "unbounded*",
        reason: SPINS,
    },
    Remark {
        peer: "crossfire",
        workloads: "ping-pong*",
        reason: SPINS,
    },
    Remark {
        peer: "crossfire-spsc",
        workloads: "*",
        reason: "one sender only; spins and yields inside `poll`",
    },
    Remark {
        peer: "lite-sync",
        workloads: "oneshot*",
        reason: "never frees a channel that carried a message",
    },
    Remark {
        peer: "lite-sync",
        workloads: "*",
        reason: "one sender only",
    },
    Remark {
        peer: "fibre",
        workloads: "broadcast*",
        reason: "one sender only",
    },
    Remark {
        peer: "embassy-sync",
        workloads: "bounded*/4-t*",
        reason: ONE_WAKER,
    },
    Remark {
        peer: "embassy-sync",
        workloads: "bounded*/64-t*",
        reason: ONE_WAKER,
    },
    Remark {
        peer: "futures-channel",
        workloads: "bounded*/4-t*",
        reason: OWN_SLOTS,
    },
    Remark {
        peer: "futures-channel",
        workloads: "bounded*/64-t*",
        reason: OWN_SLOTS,
    },
];

const SPINS: &str = "spins and yields inside `poll`";
const ONE_WAKER: &str = "keeps one waker for all who wait to send, so that they wake each other without end";
const OWN_SLOTS: &str = "gives every sender a slot beyond the capacity";

/// Why this peer does not count in this workload; nothing if it does.
pub(crate) fn reason(peer: &str, workload: &str) -> Option<&'static str> {
    let remark = REMARKS
        .iter()
        .find(|remark| remark.peer == peer && matches(remark.workloads, workload));
    remark.map(|remark| remark.reason)
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn a_remark_holds_where_it_says() {
        assert!(reason("crossfire", "bounded16/8B/one-task").is_some());
        assert!(reason("crossfire", "oneshot/ready").is_none());
        assert!(reason("tokio", "bounded16/8B/one-task").is_none());
        assert_eq!(
            reason("lite-sync", "oneshot/drop"),
            Some("never frees a channel that carried a message")
        );
    }
}
