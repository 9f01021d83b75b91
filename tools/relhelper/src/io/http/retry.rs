//! How often to ask again, and when.

use std::time::Duration;

/// Bounds on time, for one file.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Longest time until a connection stands.
    pub connect: Duration,
    /// Longest time from a request to the end of the answer's headers, redirects included, and then without a byte of the body.
    pub stall: Duration,
    /// In each such span of waiting, at least `min_bytes` have to come.
    pub window: Duration,
    /// See `window`.
    pub min_bytes: u64,
    /// How often a failure is followed by another request. Failures do not count any more once `progress_bytes` came after them.
    pub retries: u32,
    /// See `retries`.
    pub progress_bytes: u64,
    /// Pause before the first other request; it doubles each time.
    pub first_delay: Duration,
    /// Longest such pause.
    pub max_delay: Duration,
    /// Longest pause that a server may ask for; one that wants more is not asked again.
    pub max_retry_after: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            window: Duration::from_mins(1),
            min_bytes: 64 * 1024,
            retries: 4,
            progress_bytes: 1024 * 1024,
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(8),
            max_retry_after: Duration::from_mins(1),
        }
    }
}

/// What is left of the failures that a file may have.
#[derive(Debug, Default)]
pub struct Failures {
    count: u32,
    position: u64,
}

impl Failures {
    /// Counts a failure at byte `position`. Gives the pause before the next request; none when there is to be no next one.
    pub fn count(
        &mut self,
        position: u64,
        asked: Option<Duration>,
        timing: &Timing,
    ) -> Option<Duration> {
        if position.saturating_sub(self.position) >= timing.progress_bytes {
            self.count = 0;
        }
        self.position = position;
        if self.count >= timing.retries || asked.is_some_and(|asked| asked > timing.max_retry_after)
        {
            return None;
        }
        let factor = 1_u32.checked_shl(self.count).unwrap_or(u32::MAX);
        self.count += 1;
        let delay = timing.first_delay.saturating_mul(factor).min(timing.max_delay);
        Some(asked.map_or(delay, |asked| asked.max(delay)))
    }
}

/// Whether a server that answers with this status may answer otherwise a little later.
#[must_use]
pub fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

/// The value of `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which is compared with `now`.
#[must_use]
pub fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    let seconds = until.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// How fast a body comes, by the time spent on waiting for it.
#[derive(Debug, Default)]
pub struct Pace {
    waited: Duration,
    bytes: u64,
}

impl Pace {
    /// Adds bytes that came after `waited`. False when they are too few for the time.
    #[must_use]
    pub fn keeps(&mut self, waited: Duration, bytes: u64, timing: &Timing) -> bool {
        self.waited += waited;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.waited < timing.window {
            return true;
        }
        let kept = self.bytes >= timing.min_bytes;
        *self = Self::default();
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_a_bound_and_end() {
        let timing = Timing { retries: 6, ..Timing::default() };
        let mut failures = Failures::default();
        let pauses: Vec<_> = std::iter::from_fn(|| failures.count(0, None, &timing)).collect();
        assert_eq!(
            pauses.iter().map(Duration::as_millis).collect::<Vec<_>>(),
            [500, 1000, 2000, 4000, 8000, 8000]
        );
    }

    #[test]
    fn progress_forgives() {
        let timing = Timing { retries: 1, progress_bytes: 10, ..Timing::default() };
        let mut failures = Failures::default();
        assert!(failures.count(0, None, &timing).is_some());
        assert!(failures.count(10, None, &timing).is_some());
        assert!(failures.count(19, None, &timing).is_none());
        // No number of failures overflows.
        let timing = Timing { retries: u32::MAX, ..timing };
        for _ in 0..100 {
            assert!(failures.count(19, None, &timing).unwrap() <= timing.max_delay);
        }
    }

    #[test]
    fn a_server_may_ask_for_a_pause_but_not_for_a_long_one() {
        let count = |asked| Failures::default().count(0, Some(asked), &Timing::default());
        assert_eq!(count(SECOND * 7), Some(SECOND * 7));
        assert_eq!(count(Duration::ZERO), Some(SECOND / 2));
        assert_eq!(count(SECOND * 61), None);
    }

    #[test]
    fn reads_both_forms_of_retry_after() {
        let now = jiff::Timestamp::from_second(784_111_777).unwrap();
        let read = |value| retry_after(value, now);
        assert_eq!(read("120"), Some(SECOND * 120));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:47 GMT"), Some(SECOND * 10));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:30 GMT"), Some(Duration::ZERO));
        assert_eq!(read("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
        for value in ["", "-1", "soon", "99999999999999999999", "1.5"] {
            assert_eq!(read(value), None, "{value}");
        }
    }

    #[test]
    fn a_trickle_is_too_slow_whatever_the_reader_does_meanwhile() {
        let timing = Timing { window: SECOND * 10, min_bytes: 100, ..Timing::default() };
        let mut pace = Pace::default();
        let kept = (0..20).map(|_| pace.keeps(SECOND, 1, &timing)).take_while(|kept| *kept).count();
        assert_eq!(kept, 9);
        let mut pace = Pace::default();
        assert!((0..1000).all(|_| pace.keeps(SECOND, 10, &timing)));
    }
}
