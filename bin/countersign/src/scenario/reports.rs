//! Reports of `scenario test` for other programs and for people: JUnit and HTML.

use std::collections::BTreeMap;

use super::test::{Case, Report};

/// The report as JUnit XML: a suite for each file.
pub fn junit(report: &Report) -> String {
    let mut suites: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in &report.cases {
        suites.entry(&case.file).or_default().push(case);
    }
    let (count, failed) = (report.cases.len(), report.failed);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"countersign scenario test\" tests=\"{count}\" failures=\"{failed}\">\n"
    );
    for (file, cases) in suites {
        let failed = cases.iter().filter(|case| !case.passed).count();
        let (file, count) = (escape(file), cases.len());
        text.push_str(&format!("  <testsuite name=\"{file}\" tests=\"{count}\" failures=\"{failed}\">\n"));
        for case in cases {
            let name = escape(&case.name);
            if case.passed {
                text.push_str(&format!("    <testcase classname=\"{file}\" name=\"{name}\"/>\n"));
                continue;
            }
            let (first, all) = differences(case);
            text.push_str(&format!(
                "    <testcase classname=\"{file}\" name=\"{name}\">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                escape(&first),
                escape(&all)
            ));
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// Where it differs first, and all of it.
fn differences(case: &Case) -> (String, String) {
    let first = case.differences.first().map(|differs| format!("{} differs", differs.at)).unwrap_or_default();
    let lines = case.differences.iter();
    let all = lines.map(|one| format!("{}\n  expected {}\n  found    {}\n", one.at, one.expected, one.found));
    (first, all.collect())
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2430;--dim:#5b6675;--rule:#d9dee6;--sheet:#fff;--good:#1c6b3c;--bad:#a32020}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--dim:#9aa5b4;--rule:#343c48;--sheet:#14181e;--good:#6fca92;--bad:#ff8f8f}}\
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--sheet);max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.4rem}h2{font-size:1.05rem;margin:2rem 0 .5rem;overflow-wrap:anywhere}\
ul{list-style:none;padding:0;margin:0}li{padding:.4rem 0;border-top:1px solid var(--rule)}\
.good{color:var(--good)}.bad{color:var(--bad)}.dim{color:var(--dim)}\
dl{display:grid;grid-template-columns:6rem 1fr;gap:.1rem 1rem;margin:.4rem 0}dd,dt{margin:0}dd{overflow-wrap:anywhere;font-family:ui-monospace,monospace;font-size:.85rem}\
@media print{body{margin:0;max-width:none}li{break-inside:avoid}}";

/// The report as a page that needs nothing else.
pub fn html(report: &Report) -> String {
    let mut files: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in &report.cases {
        files.entry(&case.file).or_default().push(case);
    }
    let verdict = if report.failed == 0 { "good" } else { "bad" };
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Stories of scenarios</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>Stories of scenarios</h1>\n\
         <p class=\"{verdict}\">{} passed, {} failed</p>\n",
        report.passed, report.failed
    );
    for (file, cases) in files {
        text.push_str(&format!("<h2>{}</h2>\n<ul>\n", escape(file)));
        for case in cases {
            let (class, word) = if case.passed { ("good", "passed") } else { ("bad", "differs") };
            text.push_str(&format!("<li><b class=\"{class}\">{word}</b> {}", escape(&case.name)));
            for differs in &case.differences {
                text.push_str(&format!(
                    "\n<p class=\"dim\">{}</p><dl><dt>expected</dt><dd>{}</dd><dt>found</dt><dd>{}</dd></dl>",
                    escape(&differs.at),
                    escape(&differs.expected),
                    escape(&differs.found)
                ));
            }
            text.push_str("</li>\n");
        }
        text.push_str("</ul>\n");
    }
    text.push_str("</main>\n</body>\n</html>\n");
    text
}

/// Text for XML and HTML; what XML cannot hold becomes a mark.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_gets_out_of_its_element() {
        assert_eq!(escape("<a b=\"c\">&\u{1}\u{ffff}\n"), "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}\u{fffd}\n");
    }
}
