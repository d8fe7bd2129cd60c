//! The tables, in Markdown.

use super::{Figure, geometric_mean};
use crate::adapters::{OURS, OURS_MPMC};
use crate::remarks;
use crate::results::{Memory, Timing};
use crate::workloads::limit;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How far ours is ahead of each peer, over the workloads that both take part in.
pub(super) fn summary(text: &mut String, times: &[Figure<'_>], counts: &[Figure<'_>]) {
    line(text, "\n## Against each peer\n");
    line(
        text,
        "The geometric mean of the peer's figure divided by ours, over the workloads that both take part in: above",
    );
    line(
        text,
        "1, ours is ahead. Times are rough where threads meet; instructions are exact.\n",
    );
    line(text, "| peer | time | workloads | instructions | workloads |");
    line(text, "|---|---:|---:|---:|---:|");
    for peer in peers(times.iter().chain(counts)) {
        if peer == OURS || peer == OURS_MPMC || peer == limit::NAME {
            continue;
        }
        let columns = [times, counts].map(|figures| match geometric_mean(ahead(figures, peer)) {
            Some((mean, workloads)) => format!("{mean:.2} | {workloads}"),
            None => " | ".to_owned(),
        });
        line(text, &format!("| {peer} | {} |", columns.join(" | ")));
    }
}

/// For each workload that both are in: the peer's figure in units of ours.
fn ahead<'a>(figures: &'a [Figure<'_>], peer: &'a str) -> impl Iterator<Item = f64> + 'a {
    figures
        .iter()
        .filter(move |figure| figure.peer == peer)
        .filter_map(|theirs| {
            let ours = figures
                .iter()
                .find(|figure| figure.peer == OURS && figure.workload == theirs.workload)?;
            Some(theirs.value / ours.value)
        })
}

/// One row for each workload: the best, ours, and the others in order.
pub(super) fn times(text: &mut String, workloads: &[&str], timings: &[Timing]) {
    line(text, "\n## Times\n");
    line(
        text,
        "Nanoseconds for one operation: medians of interleaved rounds, from the least to the greatest sample in",
    );
    line(
        text,
        "brackets; x is the median of the ratios, round by round, to the best peer that counts. Peers in italics do",
    );
    line(
        text,
        "not count. Processor time and wakes are ours, the best peer's beside them.\n",
    );
    line(
        text,
        "| workload | best | ours | x | of limit | processor ns | wakes | others |",
    );
    line(text, "|---|---|---:|---:|---:|---:|---:|---|");
    for workload in workloads {
        let mut rows: Vec<&Timing> = timings
            .iter()
            .filter(|timing| timing.workload == *workload)
            .collect();
        rows.sort_by(|a, b| a.median_ns.total_cmp(&b.median_ns));
        let Some(best) = rows.iter().copied().find(|row| row.peer != OURS && counts(row)) else {
            continue;
        };
        let ours = rows.iter().copied().find(|row| row.peer == OURS);
        let column = |show: fn(&Timing) -> String| ours.map_or(String::new(), show);
        let both = |show: fn(&Timing) -> String| match ours {
            Some(ours) => format!("{} / {}", show(ours), show(best)),
            None => format!("– / {}", show(best)),
        };
        let others = rows
            .iter()
            .filter(|row| row.peer != OURS && row.peer != best.peer)
            .map(|row| {
                let name = if counts(row) {
                    row.peer.clone()
                } else {
                    format!("*{}*", row.peer)
                };
                format!("{name} {}", short(row.median_ns))
            });
        let row = [
            (*workload).to_owned(),
            format!("{} {}", best.peer, with_span(best)),
            column(with_span),
            column(|row| format!("{:.2}", row.to_best)),
            column(|row| row.to_limit.map_or(String::new(), |ratio| format!("{ratio:.2}"))),
            both(|row| short(row.processor_ns)),
            both(|row| format!("{:.3}", row.wakes)),
            others.collect::<Vec<_>>().join(", "),
        ];
        line(text, &format!("| {} |", row.join(" | ")));
    }
}

fn counts(timing: &Timing) -> bool {
    remarks::reason(&timing.peer, &timing.workload).is_none()
}

fn with_span(timing: &Timing) -> String {
    format!(
        "{} ({}–{})",
        short(timing.median_ns),
        short(timing.min_ns),
        short(timing.max_ns)
    )
}

/// One row for each workload, one column for each peer.
pub(super) fn instructions(text: &mut String, workloads: &[&str], figures: &[Figure<'_>]) {
    line(text, "\n## Instructions\n");
    line(
        text,
        "For one operation, counted by callgrind; x is ours divided by the best peer that counts.\n",
    );
    let mut columns: Vec<&str> = vec![OURS, limit::NAME];
    columns.extend(
        peers(figures.iter())
            .into_iter()
            .filter(|peer| *peer != OURS && *peer != limit::NAME),
    );
    line(
        text,
        &format!("| workload | x | of limit | {} |", columns.join(" | ")),
    );
    line(text, &format!("|---|---:|---:|{}", "---:|".repeat(columns.len())));
    for workload in workloads {
        let row: Vec<&Figure<'_>> = figures
            .iter()
            .filter(|figure| figure.workload == *workload)
            .collect();
        if row.is_empty() {
            continue;
        }
        let ours = row.iter().find(|figure| figure.peer == OURS);
        let to_best = ours.map_or(String::new(), |ours| format!("{:.2}", ours.to_best));
        let to_limit = ours
            .and_then(|ours| ours.to_limit)
            .map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let cells = columns.iter().map(|peer| {
            let figure = row.iter().find(|figure| figure.peer == *peer);
            figure.map_or(String::new(), |figure| cell(figure))
        });
        line(
            text,
            &format!(
                "| {workload} | {to_best} | {to_limit} | {} |",
                cells.collect::<Vec<_>>().join(" | ")
            ),
        );
    }
}

/// The best is bold, what does not count is in italics.
fn cell(figure: &Figure<'_>) -> String {
    let number = format!("{:.0}", figure.value);
    if !figure.counts() {
        format!("*{number}*")
    } else if figure.to_best <= 1.0 {
        format!("**{number}**")
    } else {
        number
    }
}

/// One table for each kind of channel.
pub(super) fn memory(text: &mut String, rows: &[Memory]) {
    line(text, "\n## Memory\n");
    line(
        text,
        "Bytes, and numbers of allocations. Handles and futures are their own sizes.",
    );
    let mut kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    kinds.dedup();
    for kind in kinds {
        let rows: Vec<&Memory> = rows.iter().filter(|row| row.kind == kind).collect();
        let names: Vec<&str> = rows[0].figures.iter().map(|(name, _)| name.as_str()).collect();
        line(text, &format!("\n### {kind}\n\n| | {} |", names.join(" | ")));
        line(text, &format!("|---|{}", "---:|".repeat(names.len())));
        for row in rows {
            let figures = row
                .figures
                .iter()
                .map(|(_, figure)| plain(*figure))
                .collect::<Vec<_>>();
            line(text, &format!("| {} | {} |", row.peer, figures.join(" | ")));
        }
    }
}

/// Why peers do not count.
pub(super) fn remarks(text: &mut String, figures: &[Figure<'_>]) {
    line(text, "\n## Who does not count, and why\n");
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| figure.peer != limit::NAME) {
        if let Some(reason) = remarks::reason(figure.peer, figure.workload) {
            let kind = figure
                .workload
                .split('/')
                .next()
                .expect("a split gives one part at least");
            let kinds = reasons.entry((figure.peer, reason)).or_default();
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    for ((peer, reason), kinds) in reasons {
        line(text, &format!("- *{peer}*: {reason} ({}).", kinds.join(", ")));
    }
}

/// The names of all peers, each once, in the order of their first figures.
fn peers<'a>(figures: impl Iterator<Item = &'a Figure<'a>>) -> Vec<&'a str> {
    let mut names = Vec::new();
    for figure in figures {
        if !names.contains(&figure.peer) {
            names.push(figure.peer);
        }
    }
    names
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing to a string cannot fail");
}

/// Three or four digits.
fn short(number: f64) -> String {
    match number {
        ..100.0 => format!("{number:.1}"),
        100.0..10_000.0 => format!("{number:.0}"),
        _ => format!("{:.1}k", number / 1000.0),
    }
}

/// A number with a fraction only where there is one.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        format!("{number:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::{plain, short};

    #[test]
    fn numbers_are_short() {
        assert_eq!(short(12.34), "12.3");
        assert_eq!(short(1234.5), "1234");
        assert_eq!(short(45_600.0), "45.6k");
        assert_eq!(plain(48.0), "48");
        assert_eq!(plain(8.39), "8.39");
    }
}
