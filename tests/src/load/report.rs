//! What a run found: as a small table, or as one JSON object.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::wire::Kind;

/// What one run of one scenario found about one server.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which scenario.
    pub scenario: &'static str,
    /// Which server.
    pub kind: Kind,
    /// How large it was.
    pub settings: Vec<(&'static str, Value)>,
    /// What was measured. Each name ends in its unit.
    pub figures: Vec<(&'static str, f64)>,
    /// System calls of the server by name, if they were counted.
    pub system_calls: Vec<(String, u64)>,
}

/// The names of figures that must be 0.
const FAULTS: [&str; 4] = ["lost", "doubled", "strange", "unacknowledged"];

impl Report {
    /// A report without figures yet.
    #[must_use]
    pub const fn new(scenario: &'static str, kind: Kind, settings: Vec<(&'static str, Value)>) -> Self {
        Self {
            scenario,
            kind,
            settings,
            figures: Vec::new(),
            system_calls: Vec::new(),
        }
    }

    /// Adds a figure.
    pub fn add(&mut self, name: &'static str, value: f64) {
        self.figures.push((name, value));
    }

    /// Adds a figure, if it is known.
    pub fn add_if_known(&mut self, name: &'static str, value: Option<f64>) {
        self.figures.extend(value.map(|value| (name, value)));
    }

    /// A figure by its name.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures
            .iter()
            .find_map(|(other, value)| (*other == name).then_some(*value))
    }

    /// Whether nothing was lost, doubled or made up.
    #[must_use]
    pub fn is_faultless(&self) -> bool {
        FAULTS
            .iter()
            .all(|fault| self.figure(fault).unwrap_or(0.0) == 0.0)
    }

    /// One JSON object on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut object = Map::new();
        object.insert("scenario".to_owned(), json!(self.scenario));
        object.insert("server".to_owned(), json!(self.kind.name()));
        for (name, value) in &self.settings {
            object.insert((*name).to_owned(), value.clone());
        }
        for (name, value) in &self.figures {
            object.insert((*name).to_owned(), json!(value));
        }
        if !self.system_calls.is_empty() {
            let calls = self.system_calls.iter();
            let calls: Map<String, Value> = calls.map(|(name, count)| (name.clone(), json!(count))).collect();
            object.insert("system_calls".to_owned(), Value::Object(calls));
        }
        Value::Object(object).to_string()
    }

    /// A line that says what was run, then one for each figure.
    #[must_use]
    pub fn to_table(&self) -> String {
        let mut table = format!(
            "{}, {}{}\n",
            self.scenario,
            self.kind.name(),
            said(&self.settings)
        );
        for (name, value) in &self.figures {
            line(&mut table, &format!("  {name:<34} {:>14}", number(*value)));
        }
        for (name, count) in &self.system_calls {
            line(&mut table, &format!("  system call {name:<22} {count:>14}"));
        }
        table
    }
}

/// The medians of several runs of all kinds.
#[derive(Clone, Debug)]
pub struct Comparison {
    reports: Vec<Report>,
}

impl Comparison {
    /// The comparison of these runs of one scenario.
    #[must_use]
    pub const fn of(reports: Vec<Report>) -> Self {
        Self { reports }
    }

    /// The runs that are compared, in the order in which they were made.
    #[must_use]
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// Whether nothing was lost, doubled or made up by our server. (The others may do as they like.)
    #[must_use]
    pub fn is_faultless(&self) -> bool {
        let mut ours = self.reports.iter().filter(|report| report.kind == Kind::Chat);
        ours.all(Report::is_faultless)
    }

    /// For each figure the median of each kind, and the median of each kind's ratios to the epoll loop of the same round.
    #[must_use]
    pub fn to_table(&self) -> String {
        let settings = self.reports.first().map(|report| said(&report.settings));
        let scenario = self.reports.first().map_or("", |report| report.scenario);
        let mut table = format!("{scenario}{}; medians\n", settings.unwrap_or_default());
        let titles = ["chat", "tokio", "epoll", "chat/epoll", "tokio/epoll"];
        let titles = titles.map(|title| format!("{title:>13}")).concat();
        line(&mut table, &format!("  {:<30}{titles}", ""));
        for name in self.names() {
            let medians = Kind::ALL.map(|kind| self.median(name, kind));
            let ratios = [Kind::Chat, Kind::Tokio].map(|kind| self.median_ratio(name, kind));
            let cells = medians.into_iter().chain(ratios);
            let cells: Vec<String> = cells
                .map(|cell| format!("{:>13}", cell.map_or_else(|| "-".to_owned(), number)))
                .collect();
            line(&mut table, &format!("  {name:<30}{}", cells.concat()));
        }
        table
    }

    /// One JSON object on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let scenario = self.reports.first().map_or("", |report| report.scenario);
        let figures: Map<String, Value> = self
            .names()
            .map(|name| (name.to_owned(), self.summary(name)))
            .collect();
        json!({ "compare": scenario, "figures": figures }).to_string()
    }

    fn summary(&self, name: &str) -> Value {
        let mut object = Map::new();
        for kind in Kind::ALL {
            object.insert(kind.name().to_owned(), json!(self.median(name, kind)));
            if kind != Kind::Epoll {
                let ratio = format!("{}_to_epoll", kind.name());
                object.insert(ratio, json!(self.median_ratio(name, kind)));
            }
        }
        Value::Object(object)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        // In the order of our own reports.
        let ours = self.reports.iter().find(|report| report.kind == Kind::Chat);
        ours.into_iter()
            .flat_map(|report| report.figures.iter().map(|(name, _)| *name))
    }

    fn values(&self, name: &str, kind: Kind) -> Vec<f64> {
        let of_kind = self.reports.iter().filter(|report| report.kind == kind);
        of_kind.filter_map(|report| report.figure(name)).collect()
    }

    fn median(&self, name: &str, kind: Kind) -> Option<f64> {
        median(self.values(name, kind))
    }

    fn median_ratio(&self, name: &str, kind: Kind) -> Option<f64> {
        let pairs = self
            .values(name, kind)
            .into_iter()
            .zip(self.values(name, Kind::Epoll));
        median(
            pairs
                .filter(|(_, limit)| *limit > 0.0)
                .map(|(value, limit)| value / limit)
                .collect(),
        )
    }
}

/// The middle one, or the mean of the middle two.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], upper)
    } else {
        upper
    })
}

fn said(settings: &[(&'static str, Value)]) -> String {
    settings
        .iter()
        .map(|(name, value)| format!(", {name} {value}"))
        .collect()
}

/// A number with as many digits as mean something.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        0.0 => 0,
        size if size >= 1000.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

fn line(table: &mut String, line: &str) {
    writeln!(table, "{line}").expect("a string takes every line");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(kind: Kind, cost: f64) -> Report {
        let mut report = Report::new("fanout", kind, vec![("members", json!(10))]);
        report.add("cpu_s_per_million", cost);
        report.add("lost", 0.0);
        report
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn kinds_are_compared_with_the_limit_of_the_same_round() {
        let rounds = [(2.0, 1.0), (9.0, 3.0), (4.0, 1.0)];
        let reports = rounds
            .iter()
            .flat_map(|(chat, epoll)| [report(Kind::Chat, *chat), report(Kind::Epoll, *epoll)]);
        let comparison = Comparison::of(reports.collect());
        assert_eq!(
            comparison.median_ratio("cpu_s_per_million", Kind::Chat),
            Some(3.0)
        );
        assert_eq!(
            comparison.median_ratio("lost", Kind::Chat),
            None,
            "nothing can be divided by 0"
        );
        let figures: Value = serde_json::from_str(&comparison.to_json()).unwrap();
        assert_eq!(figures["figures"]["cpu_s_per_million"]["chat_to_epoll"], 3.0);
        assert!(comparison.is_faultless());
    }

    #[test]
    fn a_report_is_one_object_and_knows_its_faults() {
        let mut found = report(Kind::Tokio, 1.5);
        let object: Value = serde_json::from_str(&found.to_json()).unwrap();
        assert_eq!(object["scenario"], "fanout");
        assert_eq!(object["server"], "tokio");
        assert_eq!(object["members"], 10);
        assert_eq!(object["cpu_s_per_million"], 1.5);
        assert!(found.is_faultless());
        found.add("doubled", 1.0);
        assert!(!found.is_faultless());
    }
}
