//! The lines of the result.

/// How a figure is compared with what the issue asks.
pub enum Goal {
    /// At least so much.
    AtLeast { must: f64, goal: f64 },
    /// At most so much.
    AtMost { must: f64, goal: f64 },
    /// Only shown.
    None,
}

struct Line {
    figure: String,
    limit: String,
    ours: String,
    ratio: String,
    verdict: &'static str,
    wanted: String,
    load: String,
}

/// All figures measured.
#[derive(Default)]
pub struct Table(Vec<Line>);

impl Table {
    /// A figure: its limit and what was reached, as text; the measure that is judged, and how it is shown.
    pub fn add(&mut self, figure: &str, limit: &str, ours: &str, measure: f64, show: fn(f64) -> String, goal: Goal) {
        let (verdict, wanted) = match goal {
            Goal::None => ("", String::new()),
            Goal::AtLeast { must, goal } => {
                let verdict = if measure >= goal {
                    "goal met"
                } else if measure >= must {
                    "must met"
                } else {
                    "MISSED"
                };
                (verdict, format!(">= {} / {}", show(must), show(goal)))
            }
            Goal::AtMost { must, goal } => {
                let verdict = if measure <= goal {
                    "goal met"
                } else if measure <= must {
                    "must met"
                } else {
                    "MISSED"
                };
                (verdict, format!("<= {} / {}", show(must), show(goal)))
            }
        };
        let line = Line {
            figure: figure.to_owned(),
            limit: limit.to_owned(),
            ours: ours.to_owned(),
            ratio: show(measure),
            verdict,
            wanted,
            load: crate::machine::load_average(),
        };
        println!("   {}: {} against {} = {} ({})", line.figure, line.ours, line.limit, line.ratio, line.wanted);
        self.0.push(line);
    }

    /// Prints the whole as Markdown.
    pub fn print(&self) {
        println!(
            "\n| figure | limit | ours | measure | must / goal | verdict | load average |\n|---|---|---|---|---|---|---|"
        );
        for line in &self.0 {
            let Line { figure, limit, ours, ratio, verdict, wanted, load } = line;
            println!("| {figure} | {limit} | {ours} | {ratio} | {wanted} | {verdict} | {load} |");
        }
    }
}

/// `45 %`.
pub fn percent(value: f64) -> String {
    format!("{:.0} %", value * 100.0)
}

/// `2500/s`.
pub fn rate(value: f64) -> String {
    format!("{value:.0}/s")
}

/// `1.15x`.
pub fn times(value: f64) -> String {
    format!("{value:.2}x")
}

/// `20 ms`.
pub fn millis(value: f64) -> String {
    format!("{value:.1} ms")
}

/// `320 B`.
pub fn bytes(value: f64) -> String {
    format!("{value:.0} B")
}

/// `2.0 s`.
pub fn seconds(value: f64) -> String {
    format!("{value:.2} s")
}

/// The value below which `share` of the samples lie.
pub fn quantile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    samples.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
}
