//! Times as people read them, where they are.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A place's time.
#[derive(Clone, Debug)]
pub struct Clock(TimeZone);

impl Clock {
    /// The time of this zone.
    #[must_use]
    pub const fn new(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// The hour and the minute: `14:02`. What no calendar knows is `--:--`.
    #[must_use]
    pub fn time(&self, at_unix_ms: u64) -> String {
        match self.civil(at_unix_ms) {
            Some(at) => format!("{:02}:{:02}", at.hour(), at.minute()),
            None => "--:--".into(),
        }
    }

    /// The day: `Thursday, 5 November 2026`.
    #[must_use]
    pub fn day(&self, at_unix_ms: u64) -> Option<Day> {
        self.civil(at_unix_ms).map(|at| Day(at.date()))
    }

    fn civil(&self, at_unix_ms: u64) -> Option<jiff::civil::DateTime> {
        let at = Timestamp::from_millisecond(i64::try_from(at_unix_ms).ok()?).ok()?;
        Some(self.0.to_datetime(at))
    }
}

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(Date);

impl Day {
    /// Short enough for a list: `2026-11-05`.
    #[must_use]
    pub fn short(self) -> String {
        format!("{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const DAYS: [&str; 7] = [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ];
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let index = |one_based: i8| usize::try_from(one_based - 1).unwrap_or_default();
        let weekday = DAYS[index(self.0.weekday().to_monday_one_offset()) % 7];
        let month = MONTHS[index(self.0.month()) % 12];
        write!(f, "{weekday}, {} {month} {}", self.0.day(), self.0.year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_those_of_the_place() {
        let at = 1_793_923_199_000;
        let utc = Clock::new(TimeZone::UTC);
        assert_eq!(utc.time(at), "23:59");
        assert_eq!(utc.day(at).unwrap().to_string(), "Thursday, 5 November 2026");
        let east = Clock::new(TimeZone::fixed(jiff::tz::offset(9)));
        assert_eq!(east.time(at), "08:59");
        assert_eq!(east.day(at).unwrap().short(), "2026-11-06");
    }

    #[test]
    fn a_time_beyond_all_calendars_is_none() {
        let utc = Clock::new(TimeZone::UTC);
        assert_eq!(utc.time(u64::MAX), "--:--");
        assert_eq!(utc.day(u64::MAX), None);
    }
}
