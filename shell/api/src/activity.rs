//! What a node did within the last hour, in steps of 10 seconds. In memory, from its start on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use countersign_api_model::{Histogram, Series};

/// The length of a step.
const STEP: Duration = Duration::from_secs(10);
/// So many steps are kept: an hour.
const STEPS: usize = 360;
/// Upper bounds of the times of requests, in milliseconds.
const REQUEST_MS: [u64; 11] = [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000];
/// Upper bounds of the times until entries are final, in milliseconds.
const FINAL_MS: [u64; 11] = [25, 50, 100, 250, 500, 1_000, 5_000, 30_000, 300_000, 3_600_000, 86_400_000];

/// What is counted in one step.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    requests: u64,
    refused: u64,
    submitted: u64,
    entries: u64,
    settled: u64,
    request_times: [u64; REQUEST_MS.len() + 1],
    final_times: [u64; FINAL_MS.len() + 1],
}

/// The steps of the last hour; the last one is under way.
#[derive(Debug, Default)]
struct Hour {
    /// Number of the last step, from 0 at the start.
    last: u64,
    steps: VecDeque<Step>,
}

impl Hour {
    /// Begins the steps up to this one.
    fn reach(&mut self, step: u64) {
        if self.steps.is_empty() {
            self.steps.push_back(Step::default());
            self.last = step;
        }
        let missing = usize::try_from(step.saturating_sub(self.last)).unwrap_or(STEPS).min(STEPS);
        self.steps.extend(std::iter::repeat_n(Step::default(), missing));
        self.last = self.last.max(step);
        while self.steps.len() > STEPS {
            self.steps.pop_front();
        }
    }
}

/// Counts what happens now, and tells what happened within the last hour.
#[derive(Debug)]
pub struct Activity {
    begun: Instant,
    hour: Mutex<Hour>,
}

impl Default for Activity {
    fn default() -> Self {
        Self { begun: Instant::now(), hour: Mutex::default() }
    }
}

/// The last hour in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastHour {
    /// Seconds of a step.
    pub step_seconds: u64,
    /// Numbers by step.
    pub series: Series,
    /// Requests by how long they took.
    pub request_times: Histogram,
    /// Entries by how long it took until they were final.
    pub final_times: Histogram,
}

impl Activity {
    /// A request was answered, or refused.
    pub fn request(&self, refused: bool, took: Duration) {
        self.count(|step| {
            add(&mut step.requests, 1);
            add(&mut step.refused, u64::from(refused));
            time(&mut step.request_times, &REQUEST_MS, took);
        });
    }

    /// Somebody here submitted a statement.
    pub fn submitted(&self) {
        self.count(|step| add(&mut step.submitted, 1));
    }

    /// An entry joined a held branch.
    pub fn entry(&self) {
        self.count(|step| add(&mut step.entries, 1));
    }

    /// An entry is final; how long after it came is known unless the node started since.
    pub fn settled(&self, took: Option<Duration>) {
        self.count(|step| {
            add(&mut step.settled, 1);
            if let Some(took) = took {
                time(&mut step.final_times, &FINAL_MS, took);
            }
        });
    }

    /// The last hour.
    pub fn last_hour(&self) -> LastHour {
        let hour = self.hour(self.begun.elapsed());
        let numbers = |number: fn(&Step) -> u64| hour.steps.iter().map(number).collect::<Vec<_>>();
        LastHour {
            step_seconds: STEP.as_secs(),
            series: Series {
                requests: numbers(|step| step.requests),
                refused: numbers(|step| step.refused),
                submitted: numbers(|step| step.submitted),
                entries: numbers(|step| step.entries),
                settled: numbers(|step| step.settled),
            },
            request_times: histogram(&REQUEST_MS, hour.steps.iter().map(|step| &step.request_times)),
            final_times: histogram(&FINAL_MS, hour.steps.iter().map(|step| &step.final_times)),
        }
    }

    fn hour(&self, elapsed: Duration) -> MutexGuard<'_, Hour> {
        let mut hour = self.hour.lock().unwrap_or_else(PoisonError::into_inner);
        hour.reach(elapsed.as_secs() / STEP.as_secs());
        hour
    }

    fn count(&self, counted: impl FnOnce(&mut Step)) {
        self.count_at(self.begun.elapsed(), counted);
    }

    fn count_at(&self, elapsed: Duration, counted: impl FnOnce(&mut Step)) {
        if let Some(step) = self.hour(elapsed).steps.back_mut() {
            counted(step);
        }
    }
}

fn add(number: &mut u64, more: u64) {
    *number = number.saturating_add(more);
}

fn time(counts: &mut [u64], bounds: &[u64], took: Duration) {
    let bucket = bounds.partition_point(|bound| Duration::from_millis(*bound) < took);
    if let Some(count) = counts.get_mut(bucket) {
        add(count, 1);
    }
}

fn histogram<'a, const N: usize>(bounds: &[u64], steps: impl Iterator<Item = &'a [u64; N]>) -> Histogram {
    let mut counts = [0; N];
    for step in steps {
        counts.iter_mut().zip(step).for_each(|(count, more)| add(count, *more));
    }
    Histogram { bounds_ms: bounds.to_vec(), counts: counts.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(activity: &Activity, seconds: u64) -> Vec<u64> {
        activity.hour(Duration::from_secs(seconds)).steps.iter().map(|step| step.requests).collect()
    }

    #[test]
    fn steps_follow_the_clock_and_the_oldest_go() {
        let activity = Activity::default();
        let request = |seconds| activity.count_at(Duration::from_secs(seconds), |step| step.requests += 1);
        [0, 9, 10, 31].into_iter().for_each(request);
        assert_eq!(requests(&activity, 45), [2, 1, 0, 1, 0]);
        assert_eq!(requests(&activity, 3_609).len(), 360);
        assert_eq!(requests(&activity, 3_609)[..3], [1, 0, 1]);
        assert_eq!(requests(&activity, 1_000_000), [0; 360]);
    }

    #[test]
    fn times_fall_into_the_bucket_of_their_bound() {
        let activity = Activity::default();
        for millis in [0, 1, 2, 3, 30_000, 30_001] {
            activity.request(millis == 3, Duration::from_millis(millis));
        }
        activity.settled(None);
        activity.settled(Some(Duration::from_millis(40)));
        let hour = activity.last_hour();
        assert_eq!(hour.request_times.counts, [2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(hour.final_times.counts.iter().sum::<u64>(), 1);
        assert_eq!((hour.series.requests, hour.series.refused, hour.series.settled), (vec![6], vec![1], vec![2]));
    }
}
