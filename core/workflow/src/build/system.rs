//! `run`: what a node does by itself.

use countersign_codec::Json;
use countersign_rules::{Duration, Kind, TEXT_MAX_DEFAULT, Text, Type};

use super::{Builder, Members, Sight, data, put_map};
use crate::question::{Ask, Asking, Word, proves};
use crate::scenario::{Actors, Attachment, Response};
use crate::system::{Expressions, Poll, Retry, Run, What, failures_fit};
use crate::tree::Node;

/// Most milliseconds of one attempt, and between two: 30 days.
const WAIT_MS_MAX: u64 = 30 * 86_400_000;
/// Headers that the node sets itself.
const OWN_HEADERS: [&str; 14] = [
    "authorization",
    "connection",
    "content-digest",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "idempotency-key",
    "signature",
    "signature-input",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl Builder<'_> {
    /// Compiles `run`, by what its expressions see, and those of a question; none within if there is none, none if it
    /// has an error.
    pub(super) fn run_of(
        &mut self,
        action: &Node,
        by: Actors,
        (scope, asker): (&Sight, &Sight),
        canonical: &mut Members,
    ) -> Option<Option<Run>> {
        let Some(node) = action.get("run") else { return Some(None) };
        if by.iter().any(|actor| self.actors.get(actor).is_some_and(|actor| actor.many.is_some())) {
            let place = action.get("by").map_or(action.place, |by| by.place);
            self.report.add("E106", place, "`by` of a system action must be one actor, not a group");
        }
        let mut own = Members::new();
        let what = self.what(node, scope, asker, &mut own);
        let timeout = self.time_of(node, "timeout", &mut own);
        let retry = self.retry(node, &mut own);
        let poll = self.poll(node, &mut own);
        canonical.insert("run".into(), Json::Map(own));
        Some(Some(Run { what: what?, timeout: timeout?, retry: retry?, poll: poll? }))
    }

    /// E106, if a node could not give a response: a failure by `error`, or either without a person at hand.
    pub(super) fn responses_of_a_node(&mut self, name: &str, run: &Node, responses: &[Response]) {
        for response in responses.iter().filter(|response| matches!(&*response.name, "ok" | "error")) {
            let place = format!("actions `{name}`.responses.{}", response.name);
            let needs_file = response.attachments.iter().any(Attachment::is_required);
            if needs_file || needs_envelope(response.data.type_of()) {
                let what = if needs_file { "a file" } else { "personal data" };
                let message = format!("{place} requires {what}, which no node gives by itself: make that optional");
                self.report.add("E106", run.place, message);
            }
        }
        let ok = responses.iter().find(|response| &*response.name == "ok");
        if let (Some(_), Some(Err(why))) = (run.get("contract"), ok.map(proves)) {
            let message = format!("actions `{name}`.responses.ok is what another contract said, with its proof: {why}");
            self.report.add("E106", run.place, message);
        }
        let error = responses.iter().find(|response| &*response.name == "error");
        if let Some(Err(why)) = error.map(failures_fit) {
            let may = "may require only `reason`, `detail`, `attempts` and `witness`";
            let message =
                format!("actions `{name}`.responses.error {may}, since a node must be able to give it: {why}");
            self.report.add("E106", run.place, message);
        }
    }

    /// `contract`: what is asked there, and what counts as the answer. The time is not seen: whoever acts declares it.
    fn asking(&mut self, node: &Node, asker: &Sight, canonical: &mut Members) -> Option<Asking> {
        let id = Type::text(TEXT_MAX_DEFAULT).optional();
        let of = node.get("of").and_then(|written| self.expression(written, asker, Some(&id)));
        if let Some((_, tree)) = &of {
            canonical.insert("of".into(), tree.clone());
        }
        let ask = match node.get("ask") {
            None => Some(None),
            Some(written) => self.ask(written, asker, canonical).map(Some),
        };
        let written = node.get("answer");
        let one = written.and_then(Node::as_text).map(Word::new);
        let list = written.and_then(Node::as_list).unwrap_or_default();
        let mut answers: Vec<_> = list.iter().filter_map(Node::as_text).map(Word::new).chain(one).collect();
        answers.sort();
        answers.dedup();
        if !answers.is_empty() {
            let words = answers.iter().map(|word| Json::text(word.written()));
            canonical.insert("answer".into(), Json::List(words.collect()));
        }
        if written.is_none() && node.get("ask").is_none() {
            let message = "`contract` of `run` needs `ask` or `answer`: what is said there, or what is looked for";
            self.report.add("E105", node.place, message);
            return None;
        }
        Some(Asking { of: of?.0, ask: ask?, answers })
    }

    fn ask(&mut self, node: &Node, asker: &Sight, canonical: &mut Members) -> Option<Ask> {
        let mut own = Members::new();
        data::copy(node, &["actor", "action"], &mut own);
        let text = |key: &str| node.get(key).and_then(Node::as_text).map(str::to_owned);
        let response = text("response").unwrap_or_else(|| "ok".to_owned());
        if response != "ok" {
            own.insert("response".into(), Json::text(&response));
        }
        let data = self.expressions_in(node, "data", asker, &mut own);
        canonical.insert("ask".into(), Json::Map(own));
        Some(Ask { actor: text("actor")?, action: text("action")?, response, data: data? })
    }

    fn what(&mut self, node: &Node, scope: &Sight, asker: &Sight, canonical: &mut Members) -> Option<What> {
        let mut own = Members::new();
        let (key, what) = if let Some(http) = node.get("http") {
            data::copy(http, &["method", "url", "secret"], &mut own);
            let headers = self.expressions_in(http, "headers", scope, &mut own);
            let body = self.expressions_in(http, "body", scope, &mut own);
            self.header_names(http);
            let url = self.address(http);
            let text = |key: &str| http.get(key).and_then(Node::as_text).map(str::to_owned);
            let (method, secret) = (text("method"), text("secret"));
            ("http", What::Http { method: method?, url: url?, headers: headers?, body: body?, secret })
        } else if let Some(webhook) = node.get("webhook") {
            data::copy(webhook, &["url"], &mut own);
            let body = self.expressions_in(webhook, "body", scope, &mut own);
            let url = self.address(webhook);
            ("webhook", What::Webhook { url: url?, body: body? })
        } else if let Some(contract) = node.get("contract") {
            ("contract", What::Contract(self.asking(contract, asker, &mut own)?))
        } else {
            let program = node.get("program")?;
            data::copy(program, &["name"], &mut own);
            let input = self.expressions_in(program, "input", scope, &mut own);
            let name = program.get("name").and_then(Node::as_text)?.to_owned();
            ("program", What::Program { name, input: input? })
        };
        canonical.insert(key.to_owned(), Json::Map(own));
        Some(what)
    }

    /// A map of expressions, ascending by name; those of headers are texts.
    fn expressions_in(
        &mut self,
        node: &Node,
        key: &str,
        scope: &Sight,
        canonical: &mut Members,
    ) -> Option<Expressions> {
        let text = Type::text(TEXT_MAX_DEFAULT).optional();
        let expected = (key == "headers").then_some(&text);
        let mut trees = Members::new();
        let mut found = Vec::new();
        let mut complete = true;
        for (name, node) in node.get(key).and_then(Node::as_map).unwrap_or_default() {
            match self.expression(node, scope, expected) {
                Some((rule, _)) if rule.type_of().holds_personal() => {
                    let path = rule.expr().to_text();
                    let message = format!("personal data `{path}` cannot be sent: a commitment stands in their place");
                    self.report.add("E501", node.place, message);
                    complete = false;
                }
                Some((rule, tree)) => {
                    trees.insert(name.text.clone(), tree);
                    found.push((Text::from(name.text.as_str()), rule));
                }
                None => complete = false,
            }
        }
        put_map(canonical, key, trees);
        found.sort_by(|(left, _), (right, _)| left.cmp(right));
        complete.then_some(found)
    }

    fn header_names(&mut self, node: &Node) {
        for (key, _) in node.get("headers").and_then(Node::as_map).unwrap_or_default() {
            let name = key.text.to_ascii_lowercase();
            let letters = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !letters || name.len() > 128 || OWN_HEADERS.contains(&name.as_str()) {
                let message = format!("`{}` is no header that a scenario can set", key.text);
                self.report.add("E106", key.place, message);
            }
        }
    }

    /// `url`: absolute, without user, fragment or blank.
    fn address(&mut self, node: &Node) -> Option<String> {
        let written = node.get("url")?;
        let url = written.as_text()?;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let host = rest.map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
        let good = host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
            && url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !good {
            self.report.add("E106", written.place, "`url` must be an address such as `https://bank.example/payments`");
            return None;
        }
        Some(url.to_owned())
    }

    /// A duration without months, at most 30 days, in milliseconds.
    fn time_of(&mut self, node: &Node, key: &str, canonical: &mut Members) -> Option<u64> {
        let written = node.get(key)?;
        let duration = written.as_text().and_then(Duration::parse)?;
        canonical.insert(key.to_owned(), Json::text(duration.to_string()));
        let days = u64::try_from(duration.days()).ok()?.saturating_mul(86_400_000);
        let ms = days.saturating_add(u64::try_from(duration.ms()).ok()?);
        if duration.months() != 0 || ms > WAIT_MS_MAX {
            self.report.add("E106", written.place, format!("`{key}` must be at most `P30D`, without months"));
            return None;
        }
        Some(ms)
    }

    fn retry(&mut self, node: &Node, canonical: &mut Members) -> Option<Option<Retry>> {
        let Some(node) = node.get("retry") else { return Some(None) };
        let mut own = Members::new();
        data::copy(node, &["times", "factor"], &mut own);
        let count = |key: &str| node.get(key).and_then(|node| u32::try_from(node.to_json().as_int()?).ok());
        let (times, factor) = (count("times"), count("factor"));
        let first = self.time_of(node, "first", &mut own);
        let longest = self.time_of(node, "longest", &mut own);
        canonical.insert("retry".into(), Json::Map(own));
        Some(Some(Retry { times: times?, first: first?, factor: factor?, longest: longest? }))
    }

    fn poll(&mut self, node: &Node, canonical: &mut Members) -> Option<Option<Poll>> {
        let Some(node) = node.get("poll") else { return Some(None) };
        let mut own = Members::new();
        data::copy(node, &["times"], &mut own);
        let times = node.get("times").and_then(|node| u32::try_from(node.to_json().as_int()?).ok());
        let every = self.time_of(node, "every", &mut own);
        canonical.insert("poll".into(), Json::Map(own));
        Some(Some(Poll { every: every?, times: times? }))
    }
}

/// Whether there is no value without personal data in an envelope of their own: only a person seals one.
fn needs_envelope(found: &Type) -> bool {
    let within = || match &found.kind {
        Kind::Record(members) => members.values().any(needs_envelope),
        Kind::List { of, min, .. } => *min > 0 && needs_envelope(of),
        _ => false,
    };
    !found.optional && (found.is_sealed() || within())
}
