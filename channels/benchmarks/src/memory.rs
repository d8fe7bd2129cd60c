//! Bytes and allocations of every kind of channel, in the program that counts them.

use crate::options::Options;
use crate::registry::{Registry, matches};
use crate::results::{self, Memory};
use std::io;

/// Measures what the options name, prints it, and keeps it unless some peers were left out.
///
/// # Errors
///
/// If the results cannot be stored.
pub(crate) fn run(registry: &Registry, options: &Options) -> io::Result<()> {
    let mut kinds: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    for footprint in &registry.footprints {
        if !kinds.contains(&footprint.kind) {
            kinds.push(footprint.kind);
        }
        if !matches(&options.workload, footprint.kind) || !matches(&options.peer, footprint.peer) {
            continue;
        }
        // What a crate allocates once in a process is not the channel's.
        (footprint.measure)();
        let figures = (footprint.measure)();
        let text: Vec<String> = figures
            .iter()
            .map(|(name, figure)| format!("{name} {figure:.1}"))
            .collect();
        println!("{} {}: {}", footprint.kind, footprint.peer, text.join(", "));
        rows.push(Memory {
            kind: footprint.kind.to_owned(),
            peer: footprint.peer.to_owned(),
            figures: figures
                .into_iter()
                .map(|(name, figure)| (name.to_owned(), figure))
                .collect(),
        });
    }
    if options.all_peers() {
        results::store(rows, &kinds)
    } else {
        Ok(())
    }
}
