//! `scenario eval`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use countersign_codec::Json;
use countersign_rules::{
    At, Calendar, Environment, Expand, Expr, Fault, Finding, Place, Schema, Scope, Text, Type, Value,
};

use crate::failure::Failure;
use crate::files;
use crate::output::{self, Output};

/// What to evaluate.
#[derive(Args, Debug)]
#[command(after_long_help = "ENV.json has the members of an environment of the conformance data: `root` and `locals` \
    are fields, `values` and `local_values` typed JSON, `calendars` calendars. All may be left out.\n\n\
    Example:\n  countersign scenario eval 'round(10.00 / 3, 2, half_up)' --json")]
pub struct Arguments {
    /// The expression
    #[arg(allow_hyphen_values = true)]
    expression: String,
    /// The values around it
    #[arg(long, value_name = "ENV.json")]
    env: Option<PathBuf>,
    /// The type that its place asks for: a field, such as decimal
    #[arg(long, value_name = "TYPE")]
    expect: Option<String>,
    /// EXPRESSION is a tree in JSON
    #[arg(long)]
    tree: bool,
}

/// What to try after an expression that gave no value.
const NEXT: &str = "next:  the same with another expression, or countersign help scenario eval";

/// The values around an expression.
#[derive(Default)]
struct Around {
    root: Option<Type>,
    local_types: BTreeMap<Text, Type>,
    values: Value,
    locals: Value,
    calendars: BTreeMap<String, Calendar>,
}

impl Environment for Around {
    fn root(&self, path: &[Text]) -> Value {
        self.values.at(path).clone()
    }

    fn local(&self, name: &str, path: &[Text]) -> Value {
        self.locals.get(name).at(path).clone()
    }

    fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.calendars.get(name)
    }
}

impl Around {
    fn read(json: &Json) -> Result<Self, Failure> {
        const KNOWN: [&str; 5] = ["root", "values", "locals", "local_values", "calendars"];
        let members = json.as_map().ok_or_else(|| Failure::misuse("the environment is not an object"))?;
        if let Some(stray) = members.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(Failure::misuse(format!("the environment has no member {stray}")));
        }
        let locals = record(json, "locals")?;
        let names = json.get("locals").and_then(Json::as_map).into_iter().flatten().map(|(name, _)| name);
        let local_types = names.filter_map(|name| Some((Text::from(name.as_str()), locals.member(name)?.clone())));
        let mut calendars = BTreeMap::new();
        for (name, written) in json.get("calendars").and_then(Json::as_map).into_iter().flatten() {
            let parsed = Calendar::parse(written, "").map_err(|faults| fault("calendars", &faults))?;
            calendars.insert(name.clone(), parsed);
        }
        Ok(Self {
            root: Some(record(json, "root")?),
            local_types: local_types.collect(),
            values: values(json, "values")?,
            locals: values(json, "local_values")?,
            calendars,
        })
    }

    fn scope(&self) -> Scope {
        let root = self.root.clone().unwrap_or_else(|| Type::record(Vec::<(Text, Type)>::new()));
        let mut scope = Scope::new(Place::Process, root);
        scope.locals = self.local_types.clone();
        scope.calendars = self.calendars.keys().map(|name| Text::from(name.as_str())).collect::<BTreeSet<_>>();
        scope
    }
}

fn fault(what: &str, faults: &[Fault]) -> Failure {
    let first = faults.first().map(|fault| format!("{} {}", fault.pointer, fault.message)).unwrap_or_default();
    Failure::misuse(format!("{what}: {first}"))
}

fn record(json: &Json, key: &str) -> Result<Type, Failure> {
    let none = BTreeMap::new();
    let expand = Expand { types: &none, classes: None, language: "en", order: &|_| None };
    let empty = Json::Map(BTreeMap::new());
    let schema = expand.fields(json.get(key).unwrap_or(&empty), "");
    let schema = schema.and_then(|schema| Schema::parse(&schema, &none, ""));
    schema.map(|schema| schema.type_of().clone()).map_err(|faults| fault(key, &faults))
}

fn values(json: &Json, key: &str) -> Result<Value, Failure> {
    let members = json.get(key).and_then(Json::as_map).into_iter().flatten();
    let typed = members.map(|(name, value)| Some((name.as_str(), Value::from_typed(value)?)));
    let typed: Option<Vec<_>> = typed.collect();
    typed.map(Value::map).ok_or_else(|| Failure::misuse(format!("{key}: not typed JSON such as {{\"int\":5}}")))
}

fn type_of(word: &str) -> Result<Type, Failure> {
    let none = BTreeMap::new();
    let expand = Expand { types: &none, classes: None, language: "en", order: &|_| None };
    let schema = expand.field(&Json::text(word), "").and_then(|schema| Schema::parse(&schema, &none, ""));
    schema.map(|schema| schema.type_of().clone()).map_err(|faults| fault("--expect", &faults))
}

impl Arguments {
    /// Evaluates.
    pub fn run(&self, output: Output) -> Result<(), Failure> {
        let around = match &self.env {
            Some(path) => Around::read(&files::json_file(path)?)?,
            None => Around::default(),
        };
        let expected = self.expect.as_deref().map(type_of).transpose()?;
        let expression = if self.tree {
            Expr::from_tree(&files::json(&self.expression, "EXPRESSION")?, Place::Process)
        } else {
            Expr::parse(&self.expression, Place::Process)
        };
        let expression = match expression {
            Ok(expression) => expression,
            Err(finding) => return refuse(output, Vec::new(), &[finding]),
        };
        let mut members = vec![("tree", expression.to_tree())];
        let checked = expression.check(&around.scope(), expected.as_ref());
        let (warnings, errors): (Vec<_>, Vec<_>) =
            checked.findings.iter().cloned().partition(|finding| finding.code.is_warning());
        if !warnings.is_empty() {
            members.push(("warnings", Json::List(warnings.iter().map(finding_json).collect())));
            warnings.iter().for_each(|warning| output::talk(&finding_words(warning)));
        }
        let rule = match checked.rule() {
            Ok(rule) if errors.is_empty() => rule,
            _ => return refuse(output, members, &errors),
        };
        members.push(("type", Json::text(rule.type_of().to_string())));
        match rule.eval(&around) {
            Ok(value) => {
                members.push(("result", value.to_typed()));
                let words = format!("{}\n", value.print());
                if output.json { output::line(&Json::map(members).to_string()) } else { output::text(&words) }
            }
            Err(error) => {
                let column = Json::Int(i64::from(error.column));
                members.push(("error", Json::map([("column", column), ("kind", Json::text(error.kind.as_str()))])));
                if output.json {
                    output::line(&Json::map(members).to_string())?;
                }
                output::talk(&format!("column {}: {}", error.column, error.kind.as_str()));
                output::talk(NEXT);
                Err(Failure::told())
            }
        }
    }
}

/// Tells why the expression is not accepted at all.
fn refuse(output: Output, mut members: Vec<(&'static str, Json)>, errors: &[Finding]) -> Result<(), Failure> {
    if output.json {
        let first = errors.first().map_or(Json::Null, finding_json);
        members.push(("static", first));
        members.push(("findings", Json::List(errors.iter().map(finding_json).collect())));
        output::line(&Json::map(members).to_string())?;
    }
    errors.iter().for_each(|error| output::talk(&finding_words(error)));
    output::talk(NEXT);
    Err(Failure::told())
}

fn finding_json(finding: &Finding) -> Json {
    let mut members =
        vec![("code", Json::text(finding.code.as_str())), ("message", Json::text(finding.message.as_str()))];
    match &finding.at {
        At::Column(column) => members.push(("column", Json::Int(i64::from(*column)))),
        At::Pointer(pointer) => members.push(("pointer", Json::text(pointer.as_str()))),
    }
    Json::map(members)
}

fn finding_words(finding: &Finding) -> String {
    match &finding.at {
        At::Column(column) => format!("column {column}: {} {}", finding.code, finding.message),
        At::Pointer(pointer) => format!("at {pointer}: {} {}", finding.code, finding.message),
    }
}
