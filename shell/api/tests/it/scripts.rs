//! Readable scripts: requests, and the answers they must get. `COUNTERSIGN_BLESS=1` writes the answers down.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::http::{Reply, send};
use crate::known::{TOKEN, served};

/// Between two exchanges, and between a request and its answer.
const NEXT: &str = "\n====\n";
const ANSWER: &str = "\n----\n";

/// Headers that differ from run to run, or that every answer has (`every_answer_is_hardened` looks at those).
const LEFT_OUT: [&str; 8] = [
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "cross-origin-resource-policy",
    "date",
    "referrer-policy",
    "x-content-type-options",
];

fn rendered(reply: &Reply) -> String {
    let mut text = format!("{}\n", reply.status);
    for (name, value) in reply.headers.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
        writeln!(text, "{name}: {value}").unwrap();
    }
    match serde_json::from_str::<serde_json::Value>(&reply.body) {
        Ok(json) => text + "\n" + &serde_json::to_string_pretty(&json).unwrap(),
        Err(_) if reply.body.is_empty() => text.trim_end().to_owned(),
        Err(_) => text + "\n" + reply.body.trim_end(),
    }
}

async fn run(path: &Path) -> String {
    let (server, _) = served().await;
    let script = std::fs::read_to_string(path).unwrap();
    let mut actual = Vec::new();
    for exchange in script.trim_end().split(NEXT) {
        let request = exchange.split(ANSWER).next().unwrap();
        let sent = request.lines().filter(|line| !line.starts_with("# ")).collect::<Vec<_>>().join("\n");
        let reply = send(server.address(), &sent).await;
        assert!(!format!("{reply:?}").contains(TOKEN), "{}: the token is in an answer", path.display());
        actual.push(format!("{}{ANSWER}{}", request.trim_end(), rendered(&reply)));
    }
    server.stop().await;
    actual.join(NEXT) + "\n"
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn scripts_get_the_answers_written_down_and_nobody_logs_the_token() {
    let log = Log::default();
    let writer = log.clone();
    let logging = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(logging.finish());
    tracing::trace!("the log is written");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/scripts");
    let mut scripts: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.sort();
    assert!(scripts.len() >= 3, "{scripts:?}");
    for path in scripts {
        let actual = run(&path).await;
        if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
            std::fs::write(&path, &actual).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap();
        assert!(actual == expected, "{} differs; actual:\n{actual}", path.display());
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("the log is written"));
    assert!(!log.contains(TOKEN), "the token is in the log");
}
