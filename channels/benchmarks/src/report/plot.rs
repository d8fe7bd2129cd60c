//! One picture: each row a workload, each dot a peer, the further to the right the slower.

use super::Figure;
use crate::adapters::OURS;
use crate::workloads::limit;
use std::fmt::Write;

const ROW_HEIGHT: f64 = 16.0;
const TOP: f64 = 56.0;
const LEFT: f64 = 250.0;
const PLOT_WIDTH: f64 = 560.0;
const RIGHT: f64 = 20.0;
/// The ends of the scale, as ratios to the best peer; what lies beyond is drawn at the end.
const LEAST: f64 = 0.25;
const MOST: f64 = 16.0;
const TICKS: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];

/// Messages of 64 bytes and shared texts stay in the tables.
fn shown(workload: &str) -> bool {
    !workload.contains("/64B/") && !workload.contains("/arc/")
}

/// The picture, for those workloads in which ours takes part.
pub(super) fn draw(workloads: &[&str], times: &[Figure<'_>]) -> String {
    let ours = |workload: &&str| {
        times
            .iter()
            .any(|figure| figure.workload == *workload && figure.peer == OURS)
    };
    let rows: Vec<&str> = workloads
        .iter()
        .copied()
        .filter(|workload| shown(workload))
        .filter(ours)
        .collect();
    let height = TOP + ROW_HEIGHT * rows.len() as f64 + 16.0;
    let width = LEFT + PLOT_WIDTH + RIGHT;
    let mut svg = String::new();
    put(
        &mut svg,
        &format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
        ),
    );
    legend(&mut svg);
    scale(&mut svg, height - 12.0);
    for (index, workload) in rows.iter().enumerate() {
        let y = TOP + ROW_HEIGHT * (index as f64 + 0.5);
        put(
            &mut svg,
            &format!(
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{workload}</text>",
                LEFT - 8.0,
                y + 4.0
            ),
        );
        let mut figures: Vec<&Figure<'_>> = times
            .iter()
            .filter(|figure| figure.workload == *workload)
            .collect();
        figures.sort_by_key(|figure| Style::of(figure));
        for figure in figures {
            dot(&mut svg, figure, y);
        }
    }
    put(&mut svg, "</svg>");
    svg
}

/// How a peer is drawn; the later, the more in front.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Style {
    Reference,
    Peer,
    Limit,
    Tokio,
    Ours,
}

impl Style {
    fn of(figure: &Figure<'_>) -> Self {
        match figure.peer {
            OURS => Self::Ours,
            "tokio" => Self::Tokio,
            limit::NAME => Self::Limit,
            _ if figure.counts() => Self::Peer,
            _ => Self::Reference,
        }
    }

    /// Radius, fill and outline.
    fn look(self) -> (f64, &'static str, &'static str) {
        match self {
            Self::Reference => (3.0, "none", "#999999"),
            Self::Peer => (3.0, "#8fa8c8", "none"),
            Self::Limit => (3.0, "#2e8b57", "none"),
            Self::Tokio => (3.5, "#e8a33d", "none"),
            Self::Ours => (5.0, "#c8102e", "none"),
        }
    }
}

fn dot(svg: &mut String, figure: &Figure<'_>, y: f64) {
    let (radius, fill, stroke) = Style::of(figure).look();
    let x = place(figure.to_best);
    put(
        svg,
        &format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{stroke}\">\
         <title>{}: {:.1} ns, {:.2} x</title></circle>",
            figure.peer, figure.value, figure.to_best,
        ),
    );
}

fn legend(svg: &mut String) {
    let entries = [
        (Style::Ours, "this crate"),
        (Style::Tokio, "tokio"),
        (Style::Peer, "other peers"),
        (Style::Reference, "do not count"),
        (Style::Limit, "the work without a channel"),
    ];
    let mut x = LEFT;
    for (style, name) in entries {
        let (radius, fill, stroke) = style.look();
        put(
            svg,
            &format!("<circle cx=\"{x}\" cy=\"14\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{stroke}\"/>"),
        );
        put(svg, &format!("<text x=\"{}\" y=\"18\">{name}</text>", x + 9.0));
        x += 40.0 + 6.5 * name.len() as f64;
    }
    put(
        svg,
        &format!("<text x=\"{LEFT}\" y=\"34\">time divided by the best peer's: to the left is faster</text>"),
    );
}

fn scale(svg: &mut String, bottom: f64) {
    for tick in TICKS {
        let x = place(tick);
        let color = if tick == 1.0 { "#333333" } else { "#dddddd" };
        put(
            svg,
            &format!("<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"{color}\"/>"),
        );
        put(
            svg,
            &format!(
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{tick} x</text>",
                TOP - 6.0
            ),
        );
    }
}

/// Where a ratio stands on the logarithmic scale.
fn place(ratio: f64) -> f64 {
    let part = (ratio.clamp(LEAST, MOST) / LEAST).log2() / (MOST / LEAST).log2();
    LEFT + PLOT_WIDTH * part
}

fn put(svg: &mut String, element: &str) {
    writeln!(svg, "{element}").expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::{LEFT, PLOT_WIDTH, place};

    #[test]
    fn the_scale_is_logarithmic_and_bounded() {
        assert_eq!(place(0.25), LEFT);
        assert_eq!(place(2.0), LEFT + PLOT_WIDTH / 2.0);
        assert_eq!(place(1000.0), LEFT + PLOT_WIDTH);
    }
}
