//! What is agreed: every asset with its values, in words.

use countersign_codec::Json;
use countersign_workflow::{duration_words, humane};

use crate::block::{Run, RunKind};

/// Most members of a list or map that are said one by one.
const MEMBERS_MAX: usize = 12;
const BLANK: &str = "____";

/// The fields of a schema in the order in which they were written, each with its value.
pub(crate) fn fields(schema: &Json, value: Option<&Json>) -> Vec<Run> {
    let Some(properties) = schema.get("properties").and_then(Json::as_map) else {
        return vec![said(schema, value)];
    };
    let order = schema.get("ui").and_then(|ui| ui.get("order")).and_then(Json::as_list).unwrap_or_default();
    let ordered = order.iter().filter_map(Json::as_text).filter_map(|name| properties.get_key_value(name));
    let others = properties.iter().filter(|(name, _)| !order.iter().any(|known| known.as_text() == Some(name)));
    let mut runs = Vec::new();
    for (name, field) in ordered.chain(others) {
        if !runs.is_empty() {
            runs.push(Run::new(RunKind::Text, "; "));
        }
        let title = field.get("title").and_then(words).unwrap_or_else(|| humane(name));
        runs.push(Run::new(RunKind::Text, format!("{title}: ")));
        runs.push(said(field, value.and_then(|value| value.get(name))));
    }
    runs
}

/// A title: plain, or the first of its translations.
fn words(title: &Json) -> Option<String> {
    let text = title.as_text().or_else(|| title.as_map()?.values().next()?.as_text());
    text.map(str::to_owned)
}

/// A value in words, with its unit.
fn said(schema: &Json, value: Option<&Json>) -> Run {
    let Some(value) = value.filter(|value| **value != Json::Null) else { return Run::new(RunKind::Blank, BLANK) };
    let unit = schema.get("x-unit").and_then(Json::as_text).map(|unit| format!(" {unit}")).unwrap_or_default();
    let format = schema.get("format").and_then(Json::as_text).unwrap_or_default();
    Run::new(RunKind::Value, format!("{}{unit}", plain(value, format)))
}

fn plain(value: &Json, format: &str) -> String {
    match value {
        Json::Null => BLANK.to_owned(),
        Json::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Json::Int(int) => grouped(&int.to_string()),
        Json::Text(text) => match format {
            "decimal" => grouped(text),
            "date" => date(text).unwrap_or_else(|| text.clone()),
            "date-time" => text.split_once('T').and_then(|(day, _)| date(day)).unwrap_or_else(|| text.clone()),
            "duration" => duration_words(text).unwrap_or_else(|| text.clone()),
            _ => text.clone(),
        },
        Json::List(items) => {
            let mut said: Vec<String> = items.iter().take(MEMBERS_MAX).map(|item| plain(item, "")).collect();
            if items.len() > MEMBERS_MAX {
                said.push("and more".to_owned());
            }
            if said.is_empty() { "none".to_owned() } else { said.join(", ") }
        }
        Json::Map(members) => match (members.get("name").and_then(Json::as_text), members.contains_key("media")) {
            (Some(name), true) => format!("the file {name}"),
            _ => {
                let one = |(name, value): (&String, &Json)| format!("{} {}", humane(name), plain(value, ""));
                members.iter().take(MEMBERS_MAX).map(one).collect::<Vec<_>>().join(", ")
            }
        },
    }
}

/// Digits before the point in groups of three: `1,250.5`.
fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let count = whole.chars().count();
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && count.saturating_sub(index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
        // An amount has two digits after the point at least.
        if fraction.len() == 1 {
            text.push('0');
        }
    }
    text
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

    #[test]
    fn values_are_said() {
        assert_eq!(grouped("1234567.5"), "1,234,567.50");
        assert_eq!(grouped("-975"), "-975");
        assert_eq!(date("2027-01-01").unwrap(), "1 January 2027");
        assert_eq!(plain(&Json::text("P6M"), "duration"), "6 months");
        assert_eq!(plain(&Json::Bool(true), ""), "yes");
        assert_eq!(plain(&Json::List(Vec::new()), ""), "none");
    }
}
