//! Comparing a tree with the shape of a scenario.

use countersign_rules::Duration;

use super::{EFFECT_KINDS, Member, RESERVED_NAMES, Record, Rule, Shape, TRIGGERS, tables};
use crate::finding::{Place, Report, did_you_mean};
use crate::tree::{Key, Kind, Node};

/// What the version of the language is called in E110.
const LANGUAGE_VERSION: &str = "countersign/scenario/v1, first part";
/// Names that expressions use for something else (§3.1): no actor is called so.
const LOCALS: [&str; 6] = ["actor", "data", "attachments", "time", "signal", "response"];
/// Most characters of an expression.
const EXPRESSION_CHARACTERS_MAX: usize = 4_096;
/// Most characters of a text.
const TEXT_CHARACTERS_MAX: usize = 65_536;
/// Most characters of a path.
const PATH_CHARACTERS_MAX: usize = 512;
/// Most translations of a text.
const TRANSLATIONS_MAX: usize = 24;
/// Most characters of a name.
const NAME_CHARACTERS_MAX: usize = 63;
/// Most names in a list of names.
const NAMES_MAX: usize = 100;
/// Most sub-scenarios that stand in each other.
const BODIES_DEEP_MAX: usize = 8;
/// Most actions in one `on`.
const ACTION_NAMES_MAX: usize = 50;

/// Reports whatever in `node` has not the shape of `record`.
pub(crate) fn check(node: &Node, record: &Record, report: &mut Report) {
    Check { report, bodies: 0 }.record(node, record, record.what);
}

/// The sentence of E110.
fn refusal(feature: &str) -> String {
    format!("{feature} is not in this version of the node ({LANGUAGE_VERSION})")
}

struct Check<'a> {
    report: &'a mut Report,
    /// How many sub-scenarios this place stands in.
    bodies: usize,
}

impl Check<'_> {
    /// E106.
    fn wrong(&mut self, node: &Node, place: &str, what: &str) {
        let found = node.words();
        self.report.add("E106", node.place, format!("{place} must be {what}, is {found}"));
    }

    /// E107.
    fn count(&mut self, node: &Node, things: &str, count: usize, max: usize) {
        if count > max {
            self.report.add("E107", node.place, format!("too many {things}: {count}, at most {max}"));
        }
    }

    fn value(&mut self, node: &Node, shape: Shape, place: &str) {
        match shape {
            Shape::Any => {}
            Shape::AnyMap(max) => match node.as_map() {
                Some(members) => self.count(node, "members", members.len(), max),
                None => self.wrong(node, place, "a map"),
            },
            Shape::Text => self.text(node, place),
            Shape::Name => self.name_value(node, place),
            Shape::Label => {
                if !node.as_text().is_some_and(is_label) {
                    self.wrong(node, place, "a word of letters, digits and `_`");
                }
            }
            Shape::Line(max) => match node.as_text() {
                Some(text) => self.count(node, "characters", text.chars().count(), max),
                None => self.wrong(node, place, "a text"),
            },
            Shape::Tag => {
                if !node.as_text().is_some_and(is_tag) {
                    self.wrong(node, place, "a language tag such as `en`");
                }
            }
            Shape::Constant(word) => {
                if node.as_text() != Some(word) {
                    self.wrong(node, place, &format!("`{word}`"));
                }
            }
            Shape::Expression => self.expression(node, place),
            Shape::ExpressionOr(record) => match node.as_map() {
                // A tree has one member, named like no key of a record.
                Some(members) if members.len() != 1 || is_key(record, members) => {
                    self.record(node, record, record.what)
                }
                _ => self.expression(node, place),
            },
            Shape::Duration => {
                let duration = node.as_text().and_then(Duration::parse);
                if !duration.is_some_and(|duration| duration != Duration::ZERO && !duration.is_negative()) {
                    self.wrong(node, place, "a duration above zero such as `P2D`");
                }
            }
            Shape::Path => match node.as_text() {
                Some(text) if is_path(text) => self.count(node, "characters", text.len(), PATH_CHARACTERS_MAX),
                _ => self.wrong(node, place, "a path such as `vars.total`"),
            },
            Shape::Integer(min, max) => {
                if !matches!(node.kind, Kind::Int(value) if (min..=max).contains(&value)) {
                    self.wrong(node, place, &format!("an integer from {min} to {max}"));
                }
            }
            Shape::Bool => {
                if !matches!(node.kind, Kind::Bool(_)) {
                    self.wrong(node, place, "`true` or `false`");
                }
            }
            Shape::Word(words) => {
                if !node.as_text().is_some_and(|text| words.contains(&text)) {
                    let near = did_you_mean(node.as_text().unwrap_or_default(), words.iter().copied());
                    let words = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
                    let found = node.words();
                    self.report.add("E106", node.place, format!("{place} must be {words}, is {found}{near}"));
                }
            }
            Shape::Names => self.names(node, place),
            Shape::ActionNames => self.action_names(node, place),
            Shape::List(item, min, max, things) => self.list(node, *item, (min, max), things, place),
            Shape::NamesOf(member, min, max, things) => {
                let Some(members) = node.as_map() else { return self.wrong(node, place, "a map") };
                self.count(node, things, members.len(), max);
                if members.len() < min {
                    self.report.add("E105", node.place, format!("{place} needs one of its {things} at least"));
                }
                for (key, value) in members {
                    self.name(key, things);
                    self.value(value, *member, &format!("{things} `{}`", key.text));
                }
            }
            Shape::Keys(member, max, things) => {
                let Some(members) = node.as_map() else { return self.wrong(node, place, "a map") };
                self.count(node, things, members.len(), max);
                for (key, value) in members {
                    self.value(value, *member, &format!("{things} `{}`", key.text));
                }
            }
            Shape::Record(record) => self.record(node, record, place),
            Shape::WordOr(words, record) => match node.as_text() {
                Some(_) => self.value(node, Shape::Word(words), place),
                None => self.record(node, record, place),
            },
            Shape::Body => self.body(node, place),
            Shape::Effect => self.effect(node),
            Shape::Transition => self.transition(node),
        }
    }

    fn record(&mut self, node: &Node, record: &Record, place: &str) {
        let Some(members) = node.as_map() else { return self.wrong(node, place, "a map") };
        for (key, value) in members {
            match record.members.iter().find(|member| member.key == key.text) {
                None => self.unknown(key, record, place),
                Some(Member { rule: Rule::Refused(feature), .. }) => {
                    self.report.add("E110", key.place, refusal(feature));
                }
                Some(member) => self.value(value, member.shape, &format!("{place}.{}", key.text)),
            }
        }
        for member in record.members.iter().filter(|member| member.rule == Rule::Required) {
            if node.get(member.key).is_none() {
                self.needs(node.place, place, member.key);
            }
        }
        self.together(node, record, place);
    }

    /// Keys of which only one may stand, or one must stand.
    fn together(&mut self, node: &Node, record: &Record, place: &str) {
        let has = |key: &str| node.get(key).is_some();
        let mut both = |first: &str, second: &str| {
            if let (true, Some((key, _))) = (has(first), node.member(second)) {
                let message = format!("{place} has `{first}` already, so it cannot have `{second}`");
                self.report.add("E106", key.place, message);
            }
        };
        both("data", "schema");
        match record.what {
            "an action" => {
                ["data", "schema", "attachments", "do"].into_iter().for_each(|key| both("responses", key));
                self.system_action(node, place);
            }
            "a system action" => {
                both("http", "webhook");
                both("http", "program");
                both("webhook", "program");
                ["http", "webhook", "program"].into_iter().for_each(|key| both(key, "contract"));
                if !["http", "webhook", "program", "contract"].into_iter().any(has) {
                    self.needs(node.place, place, "http");
                }
            }
            "an asset" => {
                both("data", "type");
                both("schema", "type");
                if !has("data") && !has("schema") && !has("type") {
                    self.needs(node.place, place, "data");
                }
            }
            "a state" => {
                both("final", "transitions");
                both("final", "start");
                both("final", "acknowledge");
                if !has("final") && !has("transitions") {
                    self.needs(node.place, place, "transitions");
                }
            }
            _ => {}
        }
    }

    /// What `run` asks of its action: one actor, and both ways on.
    fn system_action(&mut self, node: &Node, place: &str) {
        if node.get("run").is_none() {
            return;
        }
        if let Some(by) = node.get("by") {
            let is_one = match by.as_list() {
                Some(items) => items.len() == 1,
                None => by.as_text() != Some("everyone"),
            };
            if !is_one {
                self.report.add("E106", by.place, format!("{place}.by must be one actor: one node runs it"));
            }
        }
        let responses = node.get("responses");
        for name in ["ok", "error"] {
            if responses.is_none_or(|responses| responses.get(name).is_none()) {
                let at = responses.map_or(node.place, |responses| responses.place);
                self.needs(at, &format!("{place}.responses"), name);
            }
        }
    }

    /// E104.
    fn unknown(&mut self, key: &Key, record: &Record, place: &str) {
        let near = did_you_mean(&key.text, record.members.iter().map(|member| member.key));
        self.report.add("E104", key.place, format!("`{}` is no key of {place}{near}", key.text));
    }

    /// E105.
    fn needs(&mut self, at: Place, place: &str, key: &str) {
        self.report.add("E105", at, format!("{place} needs `{key}`"));
    }

    fn text(&mut self, node: &Node, place: &str) {
        let title = place.ends_with(".title");
        let mut one = |node: &Node| match node.as_text() {
            Some("") | None => self.wrong(node, place, "words"),
            Some(text) if title && text.contains("{{") => {
                self.wrong(node, place, "words without placeholders");
            }
            Some(text) => self.count(node, "characters", text.chars().count(), TEXT_CHARACTERS_MAX),
        };
        let Some(members) = node.as_map() else { return one(node) };
        members.iter().for_each(|(_, value)| one(value));
        self.count(node, "translations", members.len(), TRANSLATIONS_MAX);
        if members.is_empty() {
            self.wrong(node, place, "words");
        }
        for (key, _) in members.iter().filter(|(key, _)| !is_tag(&key.text)) {
            let message = format!("{place} must have language tags as keys, `{}` is none", key.text);
            self.report.add("E106", key.place, message);
        }
    }

    fn name(&mut self, key: &Key, things: &str) {
        if RESERVED_NAMES.contains(&key.text.as_str()) || (things == "actors" && LOCALS.contains(&key.text.as_str())) {
            self.report.add("E202", key.place, format!("`{}` is reserved or taken", key.text));
        } else if !is_name(&key.text) {
            let message = format!(
                "{things} must be called by a name of lower-case letters, digits and `_`, `{}` is none",
                key.text
            );
            self.report.add("E106", key.place, message);
        }
    }

    fn name_value(&mut self, node: &Node, place: &str) {
        if !node.as_text().is_some_and(is_name) {
            self.wrong(node, place, "a name of lower-case letters, digits and `_`");
        }
    }

    fn expression(&mut self, node: &Node, place: &str) {
        match &node.kind {
            Kind::Bool(_) | Kind::Int(_) => {}
            Kind::Text { text, .. } if !text.is_empty() => {
                let count = text.chars().count();
                if count > EXPRESSION_CHARACTERS_MAX {
                    let message =
                        format!("expression too long: {count} characters, at most {EXPRESSION_CHARACTERS_MAX}");
                    self.report.add("E406", node.place, message);
                }
            }
            Kind::Map(members) if members.len() == 1 => {}
            _ => self.wrong(node, place, "an expression"),
        }
    }

    fn names(&mut self, node: &Node, place: &str) {
        match &node.kind {
            Kind::Text { text, .. } if text == "everyone" => {}
            Kind::List(items) => {
                self.count(node, "names", items.len(), NAMES_MAX);
                if items.is_empty() {
                    self.wrong(node, place, "a name or a list of names");
                }
                items.iter().for_each(|item| self.name_value(item, place));
            }
            Kind::Text { .. } => self.name_value(node, place),
            _ => self.wrong(node, place, "a name or a list of names"),
        }
    }

    fn action_names(&mut self, node: &Node, place: &str) {
        let mut one = |node: &Node| {
            let good = node.as_text().is_some_and(|text| {
                let (action, response) = text.split_once('.').map_or((text, None), |(a, r)| (a, Some(r)));
                is_name(action) && response.is_none_or(is_name)
            });
            if !good {
                self.wrong(node, place, "`action` or `action.response`");
            }
        };
        let Some(items) = node.as_list() else { return one(node) };
        items.iter().for_each(one);
        self.count(node, "actions", items.len(), ACTION_NAMES_MAX);
        if items.is_empty() {
            self.wrong(node, place, "`action` or `action.response`");
        }
    }

    fn list(&mut self, node: &Node, item: Shape, (min, max): (usize, usize), things: &str, place: &str) {
        let Some(items) = node.as_list() else { return self.wrong(node, place, "a list") };
        self.count(node, things, items.len(), max);
        if items.len() < min {
            self.report.add("E105", node.place, format!("{place} needs one of its {things} at least"));
        }
        items.iter().for_each(|value| self.value(value, item, things));
    }

    fn effect(&mut self, node: &Node) {
        let Some(members) = node.as_map() else { return self.wrong(node, "an effect", "a map") };
        let kind = EFFECT_KINDS.iter().find_map(|(key, record)| Some((node.member(key)?, record)));
        match kind {
            Some(((key, _), Record { members: [Member { rule: Rule::Refused(feature), .. }], .. })) => {
                self.report.add("E110", key.place, refusal(feature));
            }
            Some((_, record)) => self.record(node, record, "an effect"),
            None => {
                let keys = EFFECT_KINDS.iter().map(|(key, _)| *key);
                match members.first() {
                    Some((key, _)) => {
                        let near = did_you_mean(&key.text, keys);
                        self.report.add("E104", key.place, format!("`{}` is no key of an effect{near}", key.text));
                    }
                    None => self.needs(node.place, "an effect", "set"),
                }
            }
        }
    }

    fn body(&mut self, node: &Node, place: &str) {
        if self.bodies >= BODIES_DEEP_MAX {
            let message = format!("too many sub-scenarios in each other: more than {BODIES_DEEP_MAX}");
            self.report.add("E107", node.place, message);
            return;
        }
        self.bodies = self.bodies.saturating_add(1);
        self.record(node, &tables::SUB_SCENARIO, place);
        self.bodies = self.bodies.saturating_sub(1);
    }

    fn transition(&mut self, node: &Node) {
        self.record(node, &tables::TRANSITION, "a transition");
        let mut triggers = TRIGGERS.iter().filter_map(|key| node.member(key));
        match (triggers.next(), triggers.next()) {
            (None, _) if node.as_map().is_some() => self.needs(node.place, "a transition", "on"),
            (Some((first, _)), Some((second, _))) => {
                let message = format!("a transition has one trigger, this has `{}` and `{}`", first.text, second.text);
                self.report.add("E106", second.place, message);
            }
            _ => {}
        }
        if let (Some((key, _)), None) = (node.member("times"), node.get("every")) {
            self.report.add("E106", key.place, "`times` stands only beside `every`");
        }
        if let (Some((key, _)), None) = (node.member("by"), node.get("on")) {
            self.report.add("E106", key.place, "`by` stands only beside `on`");
        }
        if node.get("every").is_some() && node.get("times").is_none() {
            self.needs(node.place, "`every`", "times");
        }
    }
}

/// `[a-z][a-z0-9_]{0,62}`, no reserved word.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= NAME_CHARACTERS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && (!RESERVED_NAMES.contains(&text) || text == "stay")
}

/// Whether one of these is a key of a record.
fn is_key(record: &Record, members: &[(Key, Node)]) -> bool {
    members.iter().any(|(key, _)| record.members.iter().any(|member| member.key == key.text))
}

fn is_label(text: &str) -> bool {
    text.len() <= NAME_CHARACTERS_MAX
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_path(text: &str) -> bool {
    let text = text.strip_prefix("_.").unwrap_or(text);
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('.').all(part)
}
