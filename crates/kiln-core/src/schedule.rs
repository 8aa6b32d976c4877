//! Schedules: pure functions of the samples shown.

use std::f64::consts::PI;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::SamplesSeen;

/// A value that changes with the samples shown, such as a learning rate. In a configuration a
/// number stands for itself, and a table with a `kind` for anything that changes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "kind", deny_unknown_fields)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Schedule {
    /// Always `value`.
    Constant {
        /// The value.
        value: f64,
    },
    /// A straight line from `from` at the start to `to` at `until`, and `to` after it.
    Linear {
        /// Value at the start.
        from: f64,
        /// Value at the end.
        to: f64,
        /// Where the line ends.
        until: SamplesSeen,
    },
    /// `from` until `since`, then a straight line to `to` at `until`, and `to` after it.
    Hold {
        /// Value until the line begins.
        from: f64,
        /// Where the line begins.
        since: SamplesSeen,
        /// Value at the end.
        to: f64,
        /// Where the line ends: after `since`.
        until: SamplesSeen,
    },
    /// Half a cosine from `from` to `to` (Loshchilov and Hutter 2017, equation 5, no restart).
    Cosine {
        /// Value at the start.
        from: f64,
        /// Value at the end.
        to: f64,
        /// Where it ends.
        until: SamplesSeen,
    },
    /// A straight line from zero to `value` at `until`, and `value` after it.
    WarmUp {
        /// The value after the warm-up.
        value: f64,
        /// Where the warm-up ends.
        until: SamplesSeen,
    },
    /// `from` halved every `half_life`, never under `floor`.
    Decay {
        /// Value at the start.
        from: f64,
        /// The least value.
        floor: f64,
        /// Samples in which the value halves.
        half_life: SamplesSeen,
    },
}

/// A schedule that cannot be followed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ScheduleError {
    /// A value is infinite or not a number.
    #[error("a schedule holds {0}, which is not a finite number")]
    NotFinite(f64),
    /// A span of zero samples.
    #[error(
        "a schedule changes over 0 samples: give `until` or `half-life` at least 1, and `until` \
         after `since`"
    )]
    EmptySpan,
}

impl Schedule {
    /// The schedule that never changes.
    pub fn constant(value: f64) -> Self {
        Self::Constant { value }
    }

    /// The value at `now`.
    pub fn at(&self, now: SamplesSeen) -> f64 {
        match *self {
            Self::Constant { value } => value,
            Self::Linear { from, to, until } => from + (to - from) * progress(now, until),
            Self::Hold { from, since, to, until } => {
                let [now, span] =
                    [now, until].map(|time| SamplesSeen(time.0.saturating_sub(since.0)));
                from + (to - from) * progress(now, span)
            }
            Self::Cosine { from, to, until } => {
                to + (from - to) * 0.5 * (1.0 + (PI * progress(now, until)).cos())
            }
            Self::WarmUp { value, until } => value * progress(now, until),
            Self::Decay { from, floor, half_life } => {
                (from * 0.5_f64.powf(now.as_f64() / half_life.as_f64())).max(floor)
            }
        }
    }

    /// The same shape with every value multiplied by `factor`.
    pub fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Constant { value } => Self::Constant { value: value * factor },
            Self::Linear { from, to, until } => {
                Self::Linear { from: from * factor, to: to * factor, until }
            }
            Self::Hold { from, since, to, until } => {
                Self::Hold { from: from * factor, since, to: to * factor, until }
            }
            Self::Cosine { from, to, until } => {
                Self::Cosine { from: from * factor, to: to * factor, until }
            }
            Self::WarmUp { value, until } => Self::WarmUp { value: value * factor, until },
            Self::Decay { from, floor, half_life } => {
                Self::Decay { from: from * factor, floor: floor * factor, half_life }
            }
        }
    }

    /// Checks that the schedule has a value everywhere.
    ///
    /// # Errors
    ///
    /// When a value is not finite or a span is empty.
    pub fn check(&self) -> Result<(), ScheduleError> {
        let (values, span) = match *self {
            Self::Constant { value } => ([value; 2], 1),
            Self::Linear { from, to, until } | Self::Cosine { from, to, until } => {
                ([from, to], until.0)
            }
            Self::Hold { from, since, to, until } => ([from, to], until.0.saturating_sub(since.0)),
            Self::WarmUp { value, until } => ([value; 2], until.0),
            Self::Decay { from, floor, half_life } => ([from, floor], half_life.0),
        };
        if let Some(bad) = values.iter().find(|value| !value.is_finite()) {
            return Err(ScheduleError::NotFinite(*bad));
        }
        if span == 0 { Err(ScheduleError::EmptySpan) } else { Ok(()) }
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant { value } => serializer.serialize_f64(*value),
            // Not this function: the derived one for a table.
            table => Self::serialize(table, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrTable)
    }
}

struct NumberOrTable;

impl<'de> Visitor<'de> for NumberOrTable {
    type Value = Schedule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a table with a `kind` such as \"linear\"")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Schedule, E> {
        Ok(Schedule::constant(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Schedule, E> {
        Ok(Schedule::constant(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Schedule, E> {
        Ok(Schedule::constant(value as f64))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Schedule, A::Error> {
        Schedule::deserialize(MapAccessDeserializer::new(map))
    }
}

/// How much of `span` has passed, in `[0, 1]`.
fn progress(now: SamplesSeen, span: SamplesSeen) -> f64 {
    (now.as_f64() / span.as_f64()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: SamplesSeen = SamplesSeen(100);

    fn check(schedule: Schedule, at: [(u64, f64); 3]) {
        for (now, expected) in at {
            let value = schedule.at(SamplesSeen(now));
            assert!((value - expected).abs() < 1e-12, "{schedule:?} at {now}: {value}");
        }
    }

    #[test]
    fn a_line_ends_where_it_says_and_stays() {
        check(
            Schedule::Linear { from: 2.0, to: 1.0, until: END },
            [(0, 2.0), (50, 1.5), (500, 1.0)],
        );
    }

    #[test]
    fn a_hold_waits_before_its_line() {
        let hold =
            |since| Schedule::Hold { from: 2.0, since: SamplesSeen(since), to: 1.0, until: END };
        check(hold(50), [(50, 2.0), (75, 1.5), (500, 1.0)]);
        assert_eq!(hold(50).scaled(0.5).at(SamplesSeen(75)), 0.75);
        assert_eq!(hold(100).check(), Err(ScheduleError::EmptySpan));
    }

    #[test]
    fn a_cosine_is_half_way_in_the_middle() {
        check(
            Schedule::Cosine { from: 2.0, to: 1.0, until: END },
            [(0, 2.0), (50, 1.5), (500, 1.0)],
        );
    }

    #[test]
    fn a_warm_up_starts_at_zero() {
        check(Schedule::WarmUp { value: 4.0, until: END }, [(0, 0.0), (25, 1.0), (500, 4.0)]);
    }

    #[test]
    fn a_decay_halves_and_stops_at_its_floor() {
        check(
            Schedule::Decay { from: 8.0, floor: 1.0, half_life: END },
            [(0, 8.0), (100, 4.0), (1000, 1.0)],
        );
    }

    #[test]
    fn scaling_scales_every_value() {
        let line = Schedule::Linear { from: 2.0, to: 1.0, until: END };
        assert_eq!(line.scaled(0.5).at(SamplesSeen(50)), 0.75);
    }

    #[test]
    fn a_number_is_written_for_itself_and_the_rest_as_tables() {
        let read = |text: &str| serde_json::from_str::<Schedule>(text);
        for (text, schedule) in [
            ("0.5", Schedule::constant(0.5)),
            (
                r#"{"kind":"decay","from":2.0,"floor":1.0,"half-life":100}"#,
                Schedule::Decay { from: 2.0, floor: 1.0, half_life: END },
            ),
            (
                r#"{"kind":"linear","from":2.0,"to":1.0,"until":100}"#,
                Schedule::Linear { from: 2.0, to: 1.0, until: END },
            ),
        ] {
            assert_eq!(read(text).unwrap(), schedule);
            assert_eq!(serde_json::to_string(&schedule).unwrap(), text);
        }
        assert_eq!(read("2").unwrap(), Schedule::constant(2.0));
        let table = r#"{"kind":"constant","value":0.5}"#;
        assert_eq!(read(table).unwrap(), Schedule::constant(0.5));
        assert!(read("\"x\"").unwrap_err().to_string().contains("a number, or a table"));
        let extra = r#"{"kind":"linear","from":2,"to":1,"until":9,"x":1}"#;
        assert!(read(extra).unwrap_err().to_string().contains("`x`"));
    }

    #[test]
    fn a_schedule_without_an_end_is_refused() {
        let line = Schedule::Linear { from: 1.0, to: 0.0, until: SamplesSeen(0) };
        assert_eq!(line.check(), Err(ScheduleError::EmptySpan));
        assert!(Schedule::constant(f64::NAN).check().is_err());
    }
}
