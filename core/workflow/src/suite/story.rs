//! `scenario story, 1`: steps, and what holds after each of them.

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;
use countersign_rules::Timestamp;

use super::{CaseReport, Difference, Loader, SuiteError, wrong};
use crate::run::{Misuse, Player, START_DEFAULT, summary};
use crate::scenario::Scenario;

pub(super) fn tell(file: &str, story: &Json, load: Loader<'_>) -> Result<CaseReport, SuiteError> {
    let name = story.get("name").and_then(Json::as_text).unwrap_or(file);
    let mut report = CaseReport::new(name);
    let document = match (story.get("scenario"), story.get("file").and_then(Json::as_text)) {
        (Some(scenario), _) => scenario.canonical(),
        (None, Some(path)) => load(path).ok_or_else(|| wrong(name, format!("there is no {path}")))?,
        (None, None) => return Err(wrong(name, "it needs `scenario` or `file`")),
    };
    let scenario = match Scenario::load(&document) {
        Ok((scenario, _)) => scenario,
        Err(findings) => {
            let (refused, errors): (Vec<_>, Vec<_>) =
                findings.into_iter().filter(|finding| finding.is_error()).partition(|finding| finding.code == "E110");
            report.refused = refused;
            // Beside a refused feature, what belongs to it is unknown too.
            if report.refused.is_empty() {
                let found = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                report.differences.push(Difference { at: "check".into(), expected: "no error".into(), found });
            }
            return Ok(report);
        }
    };
    let steps = story.get("steps").and_then(Json::as_list).ok_or_else(|| wrong(name, "it needs `steps`"))?;
    let start = story.get("start").and_then(Json::as_text).unwrap_or(START_DEFAULT);
    let start = Timestamp::parse(start).ok_or_else(|| wrong(name, "`start` is a timestamp"))?;
    let inputs = story.get("inputs").unwrap_or(&Json::Null);
    let misuse = |misuse: Misuse| wrong(name, misuse.to_string());
    let mut player = Player::start(&scenario, &own_data(story), inputs, start).map_err(misuse)?;
    if let Some(expected) = story.get("initially") {
        compare(&mut report, "initially", expected, &player, None);
    }
    for (index, step) in steps.iter().enumerate() {
        let number = index.saturating_add(1);
        let before = player.refused.len();
        match step.get("deviation").and_then(Json::as_text) {
            Some(path) => {
                let document = load(path).ok_or_else(|| wrong(name, format!("there is no {path}")))?;
                player.step_deviation(&document).map_err(misuse)?;
            }
            None => player.step(step).map_err(misuse)?,
        }
        let refused = player.refused.get(before).cloned();
        let expected = step.get("expected").ok_or_else(|| wrong(name, format!("step {number} needs `expected`")))?;
        let rejection = refused.map(|refused| refused.rejection);
        compare(&mut report, &format!("step {number}"), expected, &player, rejection.as_ref());
    }
    if let Some(expected) = story.get("outcome") {
        let found = player.process.outcome().map_or(Json::Null, |outcome| Json::text(outcome.as_str()));
        report.compare("outcome".into(), expected, &found);
    }
    Ok(report)
}

fn own_data(story: &Json) -> BTreeMap<String, BTreeMap<String, Json>> {
    let actors = story.get("actors").and_then(Json::as_map);
    let mut own = BTreeMap::new();
    for (name, data) in actors.into_iter().flatten() {
        own.extend(data.as_map().map(|data| (name.clone(), data.clone())));
        let members = data.as_list().into_iter().flatten().enumerate();
        own.extend(members.filter_map(|(index, data)| Some((format!("{name}.{index}"), data.as_map()?.clone()))));
    }
    own
}

fn compare(
    report: &mut CaseReport,
    at: &str,
    expected: &Json,
    player: &Player,
    rejection: Option<&crate::rejection::Rejection>,
) {
    let rejected = expected.get("rejected");
    let rule = rejected.and_then(|rejected| rejected.get("rule")).unwrap_or(&Json::Null);
    let found = rejection.map_or(Json::Null, |rejection| Json::text(rejection.rule.as_str()));
    report.compare(format!("{at} rejected"), rule, &found);
    if let Some(pointer) = rejected.and_then(|rejected| rejected.get("pointer")) {
        let found = rejection.and_then(|rejection| rejection.pointer.as_deref()).map_or(Json::Null, Json::text);
        report.compare(format!("{at} pointer"), pointer, &found);
    }
    let summary = summary(&player.process);
    for (key, expected) in expected.as_map().into_iter().flatten().filter(|(key, _)| *key != "rejected") {
        let found = in_words_of_stories(key, expected, &summary);
        match key.as_str() {
            "open" => report.compare(format!("{at} open"), &as_sets(expected), &as_sets(&found)),
            _ => report.compare(format!("{at} {key}"), expected, &found),
        }
    }
}

/// A member of what was found, in the form in which stories write it.
fn in_words_of_stories(key: &str, expected: &Json, summary: &Json) -> Json {
    let member = summary.get(key).cloned().unwrap_or(Json::Null);
    match key {
        "states" => {
            let states = member.as_list().unwrap_or_default();
            let one = |state: &Json| Some((state.get("process")?.as_text()?.to_owned(), state.get("state")?.clone()));
            Json::map(states.iter().filter_map(one))
        }
        // Only those with data of their own are written.
        "actors" => {
            let written = expected.as_map();
            let kept = member.as_map().into_iter().flatten();
            let kept = kept.filter(|(name, _)| written.is_some_and(|written| written.contains_key(*name)));
            Json::map(kept.map(|(name, value)| (name.clone(), value.clone())))
        }
        _ => member,
    }
}

/// Lists of open actions as sets.
fn as_sets(open: &Json) -> Json {
    let set = |actions: &Json| {
        let actions: BTreeSet<&Json> = actions.as_list().unwrap_or_default().iter().collect();
        Json::List(actions.into_iter().cloned().collect())
    };
    Json::map(open.as_map().into_iter().flatten().map(|(actor, actions)| (actor.clone(), set(actions))))
}
