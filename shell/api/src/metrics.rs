//! Numbers in the text format of Prometheus. Labels never hold ids or names of parties.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the buckets of request times, in milliseconds.
const BUCKETS_MS: [u64; 11] = [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000];
/// Most different label values of one family; what comes later is counted as `other`.
const SERIES_MAX: usize = 512;

/// What kind of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyKind {
    /// Only grows, from 0 at the start of the node.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// A number, or one for each value of a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// `countersign_…`; counters end with `_total`.
    pub name: &'static str,
    /// A sentence.
    pub help: &'static str,
    /// What kind.
    pub kind: FamilyKind,
    /// Label with its value, and the number.
    pub samples: Vec<(Option<(&'static str, String)>, f64)>,
}

impl Family {
    /// One number that only grows.
    pub fn counter(name: &'static str, help: &'static str, value: u64) -> Self {
        Self { name, help, kind: FamilyKind::Counter, samples: vec![(None, value as f64)] }
    }

    /// One number that goes up and down.
    pub fn gauge(name: &'static str, help: &'static str, value: u64) -> Self {
        Self { name, help, kind: FamilyKind::Gauge, samples: vec![(None, value as f64)] }
    }

    /// A number for each value of a label.
    pub fn labelled(
        name: &'static str,
        help: &'static str,
        kind: FamilyKind,
        label: &'static str,
        values: impl IntoIterator<Item = (String, u64)>,
    ) -> Self {
        let samples = values.into_iter().map(|(word, value)| (Some((label, word)), value as f64));
        Self { name, help, kind, samples: samples.collect() }
    }

    fn render(&self, out: &mut String) {
        let kind = match self.kind {
            FamilyKind::Counter => "counter",
            FamilyKind::Gauge => "gauge",
        };
        head(out, self.name, self.help, kind);
        for (label, value) in &self.samples {
            let labels = label.as_ref().map(|(label, word)| format!("{{{label}=\"{}\"}}", escaped(word)));
            line(out, self.name, &labels.unwrap_or_default(), value);
        }
    }
}

fn head(out: &mut String, name: &str, help: &str, kind: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "{name}{labels} {value}");
}

fn escaped(word: &str) -> String {
    word.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Numbers by a word, with a bound on different words.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<String, u64>>);

impl Counts {
    /// One more.
    pub fn add(&self, word: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = counts.len() < SERIES_MAX || counts.contains_key(word);
        let count = counts.entry(if room { word } else { "other" }.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// All so far.
    pub fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How often, how long and how often in which bucket.
#[derive(Clone, Debug, Default)]
struct Times {
    count: u64,
    micros: u64,
    buckets: [u64; BUCKETS_MS.len()],
}

/// What the API itself counts.
#[derive(Debug, Default)]
pub(crate) struct HttpMetrics {
    /// By `method`, `route` and `status`, as written in the labels.
    requests: Counts,
    refusals: Counts,
    times: Mutex<BTreeMap<String, Times>>,
}

impl HttpMetrics {
    /// A request was answered. The route is a pattern, never a path.
    pub(crate) fn observe(&self, method: &str, route: &str, status: u16, code: Option<&str>, took: Duration) {
        self.requests.add(&format!("method=\"{method}\",route=\"{route}\",status=\"{status}\""));
        if let Some(code) = code {
            self.refusals.add(code);
        }
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let times = times.entry(route.to_owned()).or_default();
        times.count = times.count.saturating_add(1);
        times.micros = times.micros.saturating_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        for (bucket, bound) in times.buckets.iter_mut().zip(BUCKETS_MS) {
            if took <= Duration::from_millis(bound) {
                *bucket = bucket.saturating_add(1);
            }
        }
    }

    /// The whole page, with what the node counts.
    pub(crate) fn render(&self, families: &[Family]) -> String {
        let mut out = String::new();
        let name = "countersign_http_requests_total";
        head(&mut out, name, "Requests to the API.", "counter");
        for (labels, count) in self.requests.all() {
            let labels = if labels == "other" { "route=\"other\"".to_owned() } else { labels };
            line(&mut out, name, &format!("{{{labels}}}"), count);
        }
        let refusals = self.refusals.all();
        let help = "Requests that the API refused, by code.";
        Family::labelled("countersign_http_refusals_total", help, FamilyKind::Counter, "code", refusals)
            .render(&mut out);
        self.render_times(&mut out);
        for family in families {
            family.render(&mut out);
        }
        out
    }

    fn render_times(&self, out: &mut String) {
        let name = "countersign_http_request_seconds";
        head(out, name, "Time from the head of a request to the head of its answer.", "histogram");
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (route, times) in times {
            for (count, bound) in times.buckets.iter().zip(BUCKETS_MS) {
                let labels = format!("{{route=\"{route}\",le=\"{}\"}}", bound as f64 / 1_000.0);
                line(out, &format!("{name}_bucket"), &labels, count);
            }
            line(out, &format!("{name}_bucket"), &format!("{{route=\"{route}\",le=\"+Inf\"}}"), times.count);
            line(out, &format!("{name}_sum"), &format!("{{route=\"{route}\"}}"), times.micros as f64 / 1_000_000.0);
            line(out, &format!("{name}_count"), &format!("{{route=\"{route}\"}}"), times.count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_of_its_form() {
        let metrics = HttpMetrics::default();
        metrics.observe("GET", "/v1/node", 200, None, Duration::from_millis(3));
        metrics.observe("GET", "/v1/node", 401, Some("unauthenticated"), Duration::from_micros(500));
        let page = metrics.render(&[
            Family::gauge("countersign_contracts", "Contracts.", 2),
            Family::labelled("countersign_x_total", "X.", FamilyKind::Counter, "code", [("a\"b".to_owned(), 1)]),
        ]);
        for expected in [
            "countersign_http_requests_total{method=\"GET\",route=\"/v1/node\",status=\"200\"} 1\n",
            "countersign_http_refusals_total{code=\"unauthenticated\"} 1\n",
            "countersign_http_request_seconds_bucket{route=\"/v1/node\",le=\"0.001\"} 1\n",
            "countersign_http_request_seconds_bucket{route=\"/v1/node\",le=\"0.005\"} 2\n",
            "countersign_http_request_seconds_sum{route=\"/v1/node\"} 0.0035\n",
            "# TYPE countersign_contracts gauge\ncountersign_contracts 2\n",
            "countersign_x_total{code=\"a\\\"b\"} 1\n",
        ] {
            assert!(page.contains(expected), "{expected} is not in\n{page}");
        }
    }

    #[test]
    fn many_words_become_one() {
        let counts = Counts::default();
        (0..2_000).for_each(|word| counts.add(&word.to_string()));
        let all = counts.all();
        assert_eq!((all.len(), all["other"], all.values().sum()), (SERIES_MAX + 1, 2_000 - SERIES_MAX as u64, 2_000));
    }
}
