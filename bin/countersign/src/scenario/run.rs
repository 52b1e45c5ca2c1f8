//! `scenario run` (language §6).

use std::path::PathBuf;

use clap::Args;
use countersign_codec::Json;
use countersign_rules::Timestamp;
use countersign_workflow::{Play, START_DEFAULT};

use crate::failure::Failure;
use crate::output::{self, Output, table};
use crate::words::count;
use crate::{files, scenario};

/// What to play.
#[derive(Args, Debug)]
#[command(
    after_long_help = "A step is {actor, action, response, data, attachments, time}, or {wait} alone. A rejection \
    is part of the result.\n\nExample:\n  countersign scenario run lease.yaml --steps steps.json --timers --json"
)]
pub struct Arguments {
    /// The scenario; - for standard input
    file: PathBuf,
    /// The inputs of the process: JSON, or @FILE
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// The steps: a list in JSON
    #[arg(long, value_name = "FILE")]
    steps: Option<PathBuf>,
    /// When it starts
    #[arg(long, value_name = "TIME", default_value = START_DEFAULT)]
    start: String,
    /// Afterwards let the clock jump to each timer that is due
    #[arg(long)]
    timers: bool,
    /// Exit with 1 if a step was rejected
    #[arg(long)]
    strict: bool,
}

impl Arguments {
    /// Plays.
    pub fn run(&self, output: Output) -> Result<(), Failure> {
        let start = Timestamp::parse(&self.start);
        let start = start.ok_or_else(|| Failure::misuse("--start is no timestamp such as 2026-01-01T00:00:00Z"))?;
        let inputs = self.input.as_deref().map(|text| files::json(text, "--input")).transpose()?;
        let steps = match self.steps.as_deref().map(files::json_file).transpose()? {
            None => Vec::new(),
            Some(Json::List(steps)) => steps,
            Some(_) => return Err(Failure::misuse("the steps are not a list")),
        };
        let scenario = scenario::load(&self.file)?;
        let play = Play { inputs: inputs.unwrap_or(Json::Map(Default::default())), steps, start, timers: self.timers };
        let id = scenario::id(&scenario).to_string();
        let played = countersign_workflow::run(&scenario, &id, &play);
        let (result, refused) = played.map_err(|misuse| {
            Failure::misuse(misuse.to_string()).next(format!("countersign scenario draw {}", self.file.display()))
        })?;
        if output.json {
            output::line(&result.to_string())?;
        } else {
            output::text(&words(&result))?;
        }
        if self.strict && !refused.is_empty() {
            output::talk(&format!("{} rejected", count(refused.len(), "step")));
            output::talk(&format!("next:  countersign scenario draw {}", self.file.display()));
            return Err(Failure::told());
        }
        Ok(())
    }
}

/// The result for a person to read.
fn words(result: &Json) -> String {
    let text = |json: &Json, key: &str| json.get(key).and_then(Json::as_text).unwrap_or("-").to_owned();
    let state = result.get("states").and_then(Json::as_list).and_then(<[Json]>::first).cloned();
    let state = state.unwrap_or(Json::Null);
    let mut rows = vec![
        vec!["state".to_owned(), format!("{}: {}", text(&state, "state"), text(&state, "title"))],
        vec!["since".to_owned(), text(&state, "entered")],
        vec!["outcome".to_owned(), text(result, "outcome")],
    ];
    let list = |key: &str| {
        let items = result.get(key).and_then(Json::as_list).unwrap_or_default();
        items.iter().filter_map(Json::as_text).collect::<Vec<_>>().join(", ")
    };
    rows.push(vec!["previous".to_owned(), list("previous")]);
    rows.push(vec!["next".to_owned(), list("next")]);
    for (actor, open) in result.get("open").and_then(Json::as_map).into_iter().flatten() {
        let actions = open.as_list().unwrap_or_default().iter().map(|action| text(action, "action"));
        rows.push(vec!["open".to_owned(), format!("{actor}: {}", actions.collect::<Vec<_>>().join(", "))]);
    }
    for key in ["assets", "vars", "result"] {
        let value = result.get(key).filter(|value| value.as_map().is_none_or(|members| !members.is_empty()));
        rows.extend(value.map(|value| vec![key.to_owned(), value.to_string()]));
    }
    for rejection in result.get("rejections").and_then(Json::as_list).unwrap_or_default() {
        let step = rejection.get("step").and_then(Json::as_int).unwrap_or_default();
        let (rule, message) = (text(rejection, "rule"), text(rejection, "message"));
        rows.push(vec!["rejected".to_owned(), format!("step {step} by {rule}: {message}")]);
    }
    table(&rows)
}
