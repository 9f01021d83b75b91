//! The one time a release knows: that of the commit it was built from.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt;

use serde::Serialize;

/// Seconds since 1970-01-01T00:00:00Z, between that day and the end of the year 9999.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct SourceDate(u64);

impl SourceDate {
    /// 9999-12-31T23:59:59Z: RFC 3339 has no form for later times.
    pub const MAX_SECONDS: u64 = 253_402_300_799;

    /// Checks the range.
    ///
    /// # Errors
    ///
    /// When `seconds` is negative or after the year 9999.
    pub fn from_seconds(seconds: i64) -> Result<Self, SourceDateError> {
        match u64::try_from(seconds) {
            Ok(seconds) if seconds <= Self::MAX_SECONDS => Ok(Self(seconds)),
            _ => Err(SourceDateError { seconds }),
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// The date and time in UTC.
    #[must_use]
    pub fn utc(self) -> Utc {
        let (days, second_of_day) = (self.0 / 86_400, self.0 % 86_400);
        // Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days; the
        // terms for days before 1970 are dropped because SourceDate has none.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Utc {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            hour: second_of_day / 3_600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
        }
    }
}

/// RFC 3339, in UTC, to the second.
impl fmt::Display for SourceDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Utc { year, month, day, hour, minute, second } = self.utc();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// A point in time by the Gregorian calendar, in UTC. Months and days count from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Utc {
    pub year: u64,
    pub month: u64,
    pub day: u64,
    pub hour: u64,
    pub minute: u64,
    pub second: u64,
}

/// A number of seconds outside the range of [`SourceDate`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the source date is {seconds}, expected seconds since 1970 between 0 and {}",
    SourceDate::MAX_SECONDS
)]
pub struct SourceDateError {
    /// The number that was given.
    pub seconds: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(seconds: i64, expected: &str) {
        assert_eq!(SourceDate::from_seconds(seconds).unwrap().to_string(), expected);
    }

    // The right-hand sides are the output of `date -u -d @N +%FT%TZ` (GNU coreutils 9.1).
    #[test]
    fn agrees_with_coreutils() {
        check(0, "1970-01-01T00:00:00Z");
        check(68_169_600, "1972-02-29T00:00:00Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(1_709_164_799, "2024-02-28T23:59:59Z");
        check(4_107_542_399, "2100-02-28T23:59:59Z");
        check(4_107_542_400, "2100-03-01T00:00:00Z");
        check(253_402_300_799, "9999-12-31T23:59:59Z");
    }

    #[test]
    fn refuses_times_that_have_no_form() {
        for seconds in [-1, 253_402_300_800] {
            assert_eq!(SourceDate::from_seconds(seconds), Err(SourceDateError { seconds }));
        }
    }

    proptest! {
        #[test]
        fn text_order_is_time_order(a in 0..=253_402_300_799_i64, b in 0..=253_402_300_799_i64) {
            let (a, b) = (SourceDate::from_seconds(a).unwrap(), SourceDate::from_seconds(b).unwrap());
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}
