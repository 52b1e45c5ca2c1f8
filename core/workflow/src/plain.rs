//! Conditions and delays in plain words: what a person reads in a diagram or in a contract.

use countersign_codec::Json;

use crate::outline::{Outline, Written};

/// Deepest expression that is put into words; one that is deeper is shown as it is written.
const DEPTH_MAX: usize = 32;

/// An expression in plain English. What has no words is shown as it is written.
pub fn plain_words(outline: &Outline, written: &Written, language: &str) -> String {
    let said = written.tree.as_ref().and_then(|tree| Speaker { outline, language }.say(tree, DEPTH_MAX));
    said.unwrap_or_else(|| written.text.clone())
}

struct Speaker<'a> {
    outline: &'a Outline,
    language: &'a str,
}

impl Speaker<'_> {
    /// Words for a tree of one member; none if there are none.
    fn say(&self, tree: &Json, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let (operator, value) = tree.as_map()?.first_key_value()?;
        let list = value.as_list().unwrap_or_default();
        let two = |between: &str| self.joined(list, between, depth).filter(|_| list.len() == 2);
        match operator.as_str() {
            "int" => value.as_int().map(|int| int.to_string()),
            "date" if list.len() == 1 => {
                let of = self.say(list.first()?, depth)?;
                Some(format!("the day of {}", of.strip_prefix("the time of ").unwrap_or(&of)))
            }
            "decimal" | "date" | "timestamp" => value.as_text().map(str::to_owned),
            "text" => Some(format!("“{}”", value.as_text()?)),
            "bool" => Some(if value.as_bool()? { "always" } else { "never" }.to_owned()),
            "duration" => duration_words(value.as_text()?),
            "path" => self.path(list),
            "==" => self.compared(list, "is", depth),
            "!=" => self.compared(list, "is not", depth),
            "<" => self.compared(list, "is less than", depth),
            "<=" => self.compared(list, "is at most", depth),
            ">" => self.compared(list, "is more than", depth),
            ">=" => self.compared(list, "is at least", depth),
            "+" => self.moved(list, "after", depth).or_else(|| two("plus")),
            "-" => self.moved(list, "before", depth).or_else(|| two("minus")),
            "*" => two("times"),
            "/" => two("divided by"),
            "in" => two("is one of"),
            "and" => self.all(list, depth),
            "or" => self.joined(list, "or", depth),
            "otherwise" => self.otherwise(list, depth),
            "not" => self.not(list.first()?, depth),
            "is_assigned" => Some(format!("{} is known", self.say(list.first()?, depth)?)),
            "is_unassigned" => Some(format!("{} is not known yet", self.say(list.first()?, depth)?)),
            "did" => {
                let (who, action) = (list.first()?.as_text()?, list.get(1)?.as_text()?);
                Some(format!("{} has done “{}”", self.who(who), self.action(action)))
            }
            "everyone_did" => self.everyone(list.first()?.as_text()?),
            "how_many_did" => {
                Some(format!("the number of those who have done “{}”", self.action(list.first()?.as_text()?)))
            }
            unit @ ("years" | "months" | "days" | "hours") => self.span(unit, list.first()?, depth),
            "all_finished" => Some("all has ended".to_owned()),
            "count" if list.len() == 1 => Some(format!("the number of {}", self.say(list.first()?, depth)?)),
            "abs" => self.distance(list.first()?, depth),
            "least" => Some(format!("the least of {}", self.joined(list, "and", depth)?)),
            "greatest" => Some(format!("the greatest of {}", self.joined(list, "and", depth)?)),
            "length" => Some(format!("the length of {}", self.say(list.first()?, depth)?)),
            _ => None,
        }
    }

    fn joined(&self, list: &[Json], between: &str, depth: usize) -> Option<String> {
        let words: Option<Vec<String>> = list.iter().map(|item| self.say(item, depth)).collect();
        words.map(|words| words.join(&format!(" {between} ")))
    }

    /// A time and how far another one lies from it: “30 days after the day of delivery”.
    fn moved(&self, list: &[Json], word: &str, depth: usize) -> Option<String> {
        let [from, span] = list else { return None };
        if !is_span(span) || is_span(from) {
            return None;
        }
        Some(format!("{} {word} {}", self.say(span, depth)?, self.say(from, depth)?))
    }

    /// How far two values lie apart, or a value without its sign.
    fn distance(&self, value: &Json, depth: usize) -> Option<String> {
        match value.get("-").and_then(Json::as_list) {
            Some(two @ [_, _]) => Some(format!("the difference between {}", self.joined(two, "and", depth)?)),
            _ => Some(format!("{} without its sign", self.say(value, depth)?)),
        }
    }

    /// All of these; one that has a choice in it begins with “either”.
    fn all(&self, list: &[Json], depth: usize) -> Option<String> {
        let one = |item: &Json| {
            let either = if item.get("or").is_some() { "either " } else { "" };
            Some(format!("{either}{}", self.say(item, depth)?))
        };
        list.iter().map(one).collect::<Option<Vec<String>>>().map(|words| words.join(" and "))
    }

    /// Two values and how they stand to each other. What has a plural name and is compared with a number is counted.
    fn compared(&self, list: &[Json], between: &str, depth: usize) -> Option<String> {
        let [left, right] = list else { return None };
        let said = self.say(left, depth)?;
        let last = left.get("path").and_then(Json::as_list).and_then(|path| path.last()?.as_text());
        let counted = last.is_some_and(|name| name.ends_with('s') && !name.ends_with("ss"));
        let said = match said.strip_prefix("the ").filter(|_| counted && right.get("int").is_some()) {
            Some(things) => format!("the number of {things}"),
            None => said,
        };
        Some(format!("{said} {between} {}", self.say(right, depth)?))
    }

    /// A span of time whose length is a value.
    fn span(&self, unit: &str, length: &Json, depth: usize) -> Option<String> {
        if let Some(length) = length.get("int").and_then(Json::as_int) {
            let unit = if length == 1 { unit.trim_end_matches('s') } else { unit };
            return Some(format!("{length} {unit}"));
        }
        let said = self.say(length, depth)?;
        let named = said.strip_prefix("the ").and_then(|said| said.strip_prefix(unit));
        match named.and_then(|rest| rest.strip_prefix(" of ")) {
            Some(owner) => {
                Some(format!("as many {unit} as {owner} {}", if owner.ends_with('s') { "say" } else { "says" }))
            }
            None if named == Some("") => Some(format!("the {unit} agreed")),
            None => Some(format!("as many {unit} as {said}")),
        }
    }

    fn otherwise(&self, list: &[Json], depth: usize) -> Option<String> {
        let [value, instead] = list else { return None };
        Some(format!("{}, or {} if that is not known,", self.say(value, depth)?, self.say(instead, depth)?))
    }

    fn not(&self, inner: &Json, depth: usize) -> Option<String> {
        if let Some([who, action, ..]) = inner.get("did").and_then(Json::as_list) {
            let who = self.who(who.as_text()?);
            return Some(format!("{who} has not yet done “{}”", self.action(action.as_text()?)));
        }
        Some(format!("it is not so that {}", self.say(inner, depth)?))
    }

    /// The place of a value: `_`, `assets`, and so on stand for nothing that is said.
    fn path(&self, parts: &[Json]) -> Option<String> {
        let parts: Option<Vec<&str>> = parts.iter().map(Json::as_text).collect();
        let parts = parts?;
        let below: Vec<&str> = match parts.as_slice() {
            ["_", "assets", asset, rest @ ..] => {
                let title = self.outline.assets.iter().find(|(name, _)| name == asset);
                let title = title.and_then(|(_, words)| self.outline.say(words, self.language)).unwrap_or(asset);
                let title = lower_first(title);
                let owner = if title.starts_with("the ") { title } else { format!("the {title}") };
                let last = rest.iter().rev().map(|part| humane(part)).collect::<Vec<_>>().join(" of the ");
                return Some(if last.is_empty() { owner } else { format!("the {last} of {owner}") });
            }
            // The key of a party stands for it: a contract on paper names the party.
            ["_", "actors", actor, "key" | "identity"] => return Some(self.who(actor)),
            ["_", "actors", actor, rest @ ..] => {
                let last = rest.iter().rev().map(|part| humane(part)).collect::<Vec<_>>().join(" of the ");
                return Some(if last.is_empty() {
                    self.who(actor)
                } else {
                    format!("the {last} of {}", self.who(actor))
                });
            }
            ["actor"] | ["actor", "key" | "identity"] => return Some("that party".to_owned()),
            ["time"] => return Some("the time of the step".to_owned()),
            ["response"] => return Some("the answer".to_owned()),
            ["_", _, rest @ ..] => rest.to_vec(),
            ["data" | "attachments", rest @ ..] if !rest.is_empty() => {
                return Some(format!(
                    "the {} given",
                    rest.iter().map(|part| humane(part)).collect::<Vec<_>>().join(" ")
                ));
            }
            _ => parts,
        };
        let words = below.iter().rev().map(|part| humane(part)).collect::<Vec<_>>().join(" of the ");
        if words.is_empty() { None } else { Some(format!("the {words}")) }
    }

    fn who(&self, name: &str) -> String {
        match name {
            "actor" => "that party".to_owned(),
            name => format!("the {}", lower_first(self.outline.actor_title(name, self.language))),
        }
    }

    /// The title of an action, or of one of its responses.
    fn action(&self, name: &str) -> String {
        let (action, response) =
            name.split_once('.').map_or((name, None), |(action, response)| (action, Some(response)));
        let Some(found) = self.outline.action(action) else { return name.to_owned() };
        let title = self.outline.say(&found.title, self.language).unwrap_or(action);
        let response =
            found.responses.iter().find(|(name, _)| Some(name.as_str()) == response && found.responses.len() > 1);
        response.and_then(|(_, words)| self.outline.say(words, self.language)).unwrap_or(title).to_owned()
    }

    /// `landlord and tenant have both done “…”`.
    fn everyone(&self, action: &str) -> Option<String> {
        let found = self.outline.action(action.split('.').next()?)?;
        let who: Vec<String> = found.by.iter().map(|actor| self.who(actor)).collect();
        let title = self.action(action);
        Some(match who.as_slice() {
            [one] => format!("{one} has done “{title}”"),
            [one, other] => format!("{one} and {other} have both done “{title}”"),
            [first @ .., last] => format!("{} and {last} have all done “{title}”", first.join(", ")),
            [] => return None,
        })
    }
}

/// Whether a tree says how long, not when.
fn is_span(tree: &Json) -> bool {
    let operator = tree.as_map().and_then(|members| members.keys().next());
    operator.is_some_and(|operator| matches!(operator.as_str(), "duration" | "years" | "months" | "days" | "hours"))
}

/// A name as words: `unit_price` is “unit price”.
pub fn humane(name: &str) -> String {
    name.replace('_', " ")
}

/// Words whose first letter is small, unless the first word is an abbreviation or a name of letters and digits.
pub fn lower_first(words: &str) -> String {
    let mut characters = words.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(words.chars().skip(1)).collect()
        }
        _ => words.to_owned(),
    }
}

/// `P1M10D` is “1 month and 10 days”; none if it is no duration.
pub fn duration_words(text: &str) -> Option<String> {
    let duration = countersign_rules::Duration::parse(text)?.to_string();
    let negative = duration.starts_with('-');
    let body = duration.trim_start_matches('-').strip_prefix('P')?;
    let (days, seconds) = body.split_once('T').unwrap_or((body, ""));
    let mut words = Vec::new();
    let mut number = String::new();
    for character in days.chars().chain(seconds.chars()) {
        match character {
            '0'..='9' | '.' => number.push(character),
            unit => spell(&std::mem::take(&mut number), unit, &mut words),
        }
    }
    let words = match words.as_slice() {
        [] => "no time".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    Some(if negative { format!("minus {words}") } else { words })
}

/// One part of a duration: whole years, hours and minutes are said as such.
fn spell(number: &str, unit: char, words: &mut Vec<String>) {
    let mut say = |count: i64, word: &str| {
        if count != 0 {
            words.push(format!("{count} {word}{}", if count == 1 { "" } else { "s" }));
        }
    };
    let count: Option<i64> = number.parse().ok();
    let (Some(count), 'M' | 'D' | 'S') = (count, unit) else {
        words.push(format!("{number} seconds"));
        return;
    };
    let parts: &[(i64, &str)] = match unit {
        'M' => &[(12, "year"), (1, "month")],
        'D' => &[(1, "day")],
        _ => &[(3_600, "hour"), (60, "minute"), (1, "second")],
    };
    let mut left = count;
    for (size, word) in parts {
        say(left.checked_div(*size).unwrap_or(0), word);
        left = left.checked_rem(*size).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outline::WayTrigger;

    #[test]
    fn durations_are_said() {
        let said = |text| duration_words(text).unwrap();
        assert_eq!(said("P30D"), "30 days");
        assert_eq!(said("P1Y2M1D"), "1 year, 2 months and 1 day");
        assert_eq!(said("PT90M"), "1 hour and 30 minutes");
        assert_eq!(said("PT0S"), "no time");
        assert_eq!(duration_words("soon"), None);
    }

    #[test]
    fn conditions_are_said() {
        let document = br#"
            actors: {landlord: {title: Landlord}, tenant: {title: Tenant}}
            assets: {lease: {title: The lease, data: {rent: decimal}}}
            actions: {sign: {title: Sign the lease, by: [landlord, tenant]}}
            states: {a: {transitions: [
              {when: everyone_did(sign), goto: a},
              {when: "assets.lease.rent > 10 and not did(tenant, sign)", goto: a},
              {when: "vars.net_total is assigned", goto: a},
              {when: "abs(vars.received - vars.collected) <= greatest(1, vars.total)", goto: a},
              {when: "abs(vars.total) > 1", goto: a},
              {when: "date(time) <= date(\"2026-03-01\")", goto: a},
              {when: "round(1.5, 0, half_up) == 2", goto: a}]}}"#;
        let outline = Outline::read(document).unwrap();
        let said: Vec<String> = outline.states[0]
            .ways
            .iter()
            .map(|way| match &way.trigger {
                WayTrigger::When(written) => plain_words(&outline, written, "en"),
                _ => panic!(),
            })
            .collect();
        assert_eq!(
            said,
            [
                "the landlord and the tenant have both done “Sign the lease”",
                "the rent of the lease is more than 10 and the tenant has not yet done “Sign the lease”",
                "the net total is known",
                "the difference between the received and the collected is at most the greatest of 1 and the total",
                "the total without its sign is more than 1",
                "the day of the step is at most 2026-03-01",
                "round(1.5, 0, half_up) == 2",
            ]
        );
    }
}
