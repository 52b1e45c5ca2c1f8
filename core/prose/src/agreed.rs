//! What is agreed: every asset with its values, in words.

use std::collections::BTreeMap;

use countersign_codec::Json;
use countersign_rules::Value;
use countersign_workflow::{duration_words, humane};

use crate::block::{Run, RunKind};
use crate::words::{is_plural, the};

/// Most members of a list or map that are said one by one.
const MEMBERS_MAX: usize = 12;
/// Most named types that stand for one another.
const TYPES_DEEP_MAX: usize = 32;
const BLANK: &str = "____";

/// The named types of a scenario.
#[derive(Clone, Copy, Default)]
pub(crate) struct Types<'a>(pub Option<&'a BTreeMap<String, Json>>);

impl<'a> Types<'a> {
    /// A schema itself, where another one only names it.
    pub fn resolve(self, schema: &'a Json) -> &'a Json {
        let mut at = schema;
        for _ in 0..TYPES_DEEP_MAX {
            let name = at.get("$ref").and_then(Json::as_text).and_then(|name| name.strip_prefix("#/types/"));
            match name.and_then(|name| self.0?.get(name)) {
                Some(named) => at = named,
                None => break,
            }
        }
        at
    }

    /// The members of a schema with their names and titles, in the order in which they were written.
    pub fn members(self, schema: &'a Json) -> Vec<(&'a str, String, &'a Json)> {
        let schema = self.resolve(schema);
        let Some(properties) = schema.get("properties").and_then(Json::as_map) else { return Vec::new() };
        let order = schema.get("ui").and_then(|ui| ui.get("order")).and_then(Json::as_list).unwrap_or_default();
        let ordered = order.iter().filter_map(Json::as_text).filter_map(|name| properties.get_key_value(name));
        let others = properties.iter().filter(|(name, _)| !order.iter().any(|known| known.as_text() == Some(name)));
        let titled = |(name, field): (&'a String, &'a Json)| {
            let title = field.get("title").or_else(|| self.resolve(field).get("title")).and_then(words);
            (name.as_str(), title.unwrap_or_else(|| humane(name)), field)
        };
        ordered.chain(others).map(titled).collect()
    }

    /// What an asset holds: its members one by one, or the value that it is.
    pub fn agreed(self, schema: &'a Json, value: Option<&Json>) -> Vec<Run> {
        let members = self.members(schema);
        if members.is_empty() {
            return vec![self.said(schema, value)];
        }
        let mut runs = Vec::new();
        for (name, title, field) in members {
            let joint = if runs.is_empty() { "" } else { "; " };
            let verb = if is_plural(&title) { "are" } else { "is" };
            runs.push(Run::new(RunKind::Text, format!("{joint}{} {verb} ", the(&title))));
            runs.push(self.said(field, value.and_then(|value| value.get(name))));
        }
        runs
    }

    /// A value in words, with its unit.
    fn said(self, schema: &'a Json, value: Option<&Json>) -> Run {
        match value.filter(|value| **value != Json::Null) {
            Some(value) if !self.is_sealed(schema, value) => Run::new(RunKind::Value, self.plain(schema, value)),
            _ => Run::new(RunKind::Blank, BLANK),
        }
    }

    /// Whether a commitment stands in the place of personal data: a blank on paper, opened by who holds them.
    fn is_sealed(self, schema: &'a Json, value: &Json) -> bool {
        let class = schema.get("x-personal").or_else(|| self.resolve(schema).get("x-personal"));
        class.is_some() && value.as_text().is_some()
    }

    fn plain(self, schema: &'a Json, value: &Json) -> String {
        if self.is_sealed(schema, value) {
            return BLANK.to_owned();
        }
        let resolved = self.resolve(schema);
        let note = |key: &str| schema.get(key).or_else(|| resolved.get(key)).and_then(Json::as_text);
        let unit = note("x-unit").unwrap_or_default();
        let words = match value {
            Json::Null => BLANK.to_owned(),
            Json::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            Json::Int(int) => number(&int.to_string()),
            Json::Text(text) => match note("format").unwrap_or_default() {
                "decimal" if is_currency(unit) => amount(text),
                "decimal" => number(text),
                "date" => date(text).unwrap_or_else(|| text.clone()),
                "date-time" => text.split_once('T').and_then(|(day, _)| date(day)).unwrap_or_else(|| text.clone()),
                "duration" => duration_words(text).unwrap_or_else(|| text.clone()),
                "commitment" => return "fixed, and not shown".to_owned(),
                "challenge" => return "asked".to_owned(),
                "proof" => return "proved, and not shown".to_owned(),
                _ => text.clone(),
            },
            Json::List(items) => {
                let item = resolved.get("items").unwrap_or(&Json::Null);
                let mut said: Vec<String> = items.iter().take(MEMBERS_MAX).map(|one| self.plain(item, one)).collect();
                if items.len() > MEMBERS_MAX {
                    said.push("and more".to_owned());
                }
                if said.is_empty() { "none".to_owned() } else { said.join(", ") }
            }
            Json::Map(members) => match (members.get("name").and_then(Json::as_text), members.contains_key("media")) {
                (Some(name), true) => format!("the file {name}"),
                _ => self.map(resolved, members),
            },
        };
        if unit.is_empty() { words } else { format!("{words} {unit}") }
    }

    fn map(self, schema: &'a Json, members: &BTreeMap<String, Json>) -> String {
        let known = self.members(schema);
        let one = |(name, value): (&String, &Json)| {
            let field = known.iter().find(|(known, ..)| known == name);
            let title = field.map_or_else(|| humane(name), |(_, title, _)| title.clone());
            format!("{title} {}", self.plain(field.map_or(&Json::Null, |(.., field)| field), value))
        };
        let said: Vec<String> = members.iter().take(MEMBERS_MAX).map(one).collect();
        if said.is_empty() { "none".to_owned() } else { said.join(", ") }
    }
}

/// A value between the words of a clause.
pub(crate) fn inline(value: &Value) -> Run {
    match value {
        Value::Unassigned => Run::new(RunKind::Blank, BLANK),
        Value::Decimal(decimal) => Run::new(RunKind::Value, number(&decimal.to_string())),
        Value::Int(int) => Run::new(RunKind::Value, number(&int.to_string())),
        Value::Date(day) => Run::new(RunKind::Value, date(&day.to_string()).unwrap_or_else(|| day.to_string())),
        Value::Duration(long) => {
            let long = long.to_string();
            Run::new(RunKind::Value, duration_words(&long).unwrap_or(long))
        }
        Value::Bool(yes) => Run::new(RunKind::Value, if *yes { "yes" } else { "no" }),
        other => Run::new(RunKind::Value, other.print()),
    }
}

/// A title: plain, or the first of its translations.
fn words(title: &Json) -> Option<String> {
    let text = title.as_text().or_else(|| title.as_map()?.values().next()?.as_text());
    text.map(str::to_owned)
}

/// Whether a unit is a code of ISO 4217 by its form.
fn is_currency(unit: &str) -> bool {
    unit.len() == 3 && unit.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// An amount of money: two digits after the point at least.
fn amount(text: &str) -> String {
    if text.contains('.') { number(text) } else { format!("{}.00", number(text)) }
}

/// Digits before the point in groups of three, `12,500.50`; four digits alone stay together, for they may be a year.
fn number(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let count = whole.chars().count();
    let mut said = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        let grouped = count > 4 || fraction.is_some();
        if grouped && index > 0 && count.saturating_sub(index).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    if let Some(fraction) = fraction {
        said.push('.');
        said.push_str(fraction);
        // One digit alone is mostly a tenth of an amount of money.
        if fraction.len() == 1 {
            said.push('0');
        }
    }
    said
}

/// `2027-01-01` is “1 January 2027”.
fn date(text: &str) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(format!("{} {month} {year}", day.trim_start_matches('0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(value: &Json, schema: &[(&str, &str)]) -> String {
        let schema = Json::map(schema.iter().map(|(key, text)| (*key, Json::text(*text))));
        Types::default().plain(&schema, value)
    }

    #[test]
    fn values_are_said() {
        assert_eq!(number("1234567.5"), "1,234,567.50");
        assert_eq!(number("-975"), "-975");
        assert_eq!(number("2027"), "2027");
        assert_eq!(number("20270"), "20,270");
        assert_eq!(date("2027-01-01").unwrap(), "1 January 2027");
        assert_eq!(plain(&Json::text("P6M"), &[("format", "duration")]), "6 months");
        assert_eq!(plain(&Json::text("1250"), &[("format", "decimal"), ("x-unit", "EUR")]), "1250.00 EUR");
        assert_eq!(plain(&Json::text("sha256:00"), &[("x-personal", "means"), ("x-unit", "EUR")]), "____");
        assert_eq!(plain(&Json::text("0.125"), &[("format", "decimal"), ("x-unit", "kg")]), "0.125 kg");
        assert_eq!(plain(&Json::Bool(true), &[]), "yes");
        assert_eq!(plain(&Json::List(Vec::new()), &[]), "none");
    }
}
