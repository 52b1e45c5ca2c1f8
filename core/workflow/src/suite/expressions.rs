//! `core/rules expressions, 1`: what an expression parses to, gives or is refused for.

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::Json;
use countersign_rules::{At, Calendar, Environment, Expand, Expr, Finding, Place, Schema, Scope, Text, Type, Value};

use super::{CaseReport, SuiteError, wrong};

/// The values that a case is evaluated with.
struct Around {
    root: Type,
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

pub(super) fn evaluate_all(json: &Json) -> Result<Vec<CaseReport>, SuiteError> {
    let mut environments = BTreeMap::new();
    for (name, environment) in json.get("environments").and_then(Json::as_map).into_iter().flatten() {
        environments.insert(name.as_str(), around(name, environment)?);
    }
    let cases = json.get("cases").and_then(Json::as_list).unwrap_or_default();
    cases
        .iter()
        .map(|case| {
            let id = case.get("id").and_then(Json::as_text).unwrap_or("?");
            let name = case.get("env").and_then(Json::as_text).unwrap_or("base");
            let around = environments.get(name).ok_or_else(|| wrong(id, format!("no environment is called {name}")))?;
            evaluate(id, case, around)
        })
        .collect()
}

fn around(name: &str, json: &Json) -> Result<Around, SuiteError> {
    let fields = |key: &str| -> Result<Type, SuiteError> {
        let none = BTreeMap::new();
        let expand = Expand { types: &none, classes: None, language: "en", order: &|_| None };
        let empty = Json::Map(BTreeMap::new());
        let schema = expand.fields(json.get(key).unwrap_or(&empty), key);
        let schema = schema.and_then(|schema| Schema::parse(&schema, &none, key));
        schema.map(|schema| schema.type_of().clone()).map_err(|_| wrong(name, format!("`{key}` must be fields")))
    };
    let values = |key: &str| {
        let members = json.get(key).and_then(Json::as_map).into_iter().flatten();
        let typed = members.map(|(member, value)| Some((member.as_str(), Value::from_typed(value)?)));
        let typed: Option<Vec<_>> = typed.collect();
        typed.map(Value::map).ok_or_else(|| wrong(name, format!("`{key}` must be typed values")))
    };
    let mut calendars = BTreeMap::new();
    for (calendar, written) in json.get("calendars").and_then(Json::as_map).into_iter().flatten() {
        let parsed = Calendar::parse(written, "").map_err(|_| wrong(name, format!("{calendar} is no calendar")))?;
        calendars.insert(calendar.clone(), parsed);
    }
    let locals = fields("locals")?;
    let names = json.get("locals").and_then(Json::as_map).into_iter().flatten().map(|(name, _)| name);
    let local_types =
        names.filter_map(|name| Some((Text::from(name.as_str()), locals.member(name)?.clone()))).collect();
    Ok(Around {
        root: fields("root")?,
        local_types,
        values: values("values")?,
        locals: values("local_values")?,
        calendars,
    })
}

fn evaluate(id: &str, case: &Json, around: &Around) -> Result<CaseReport, SuiteError> {
    let mut report = CaseReport::new(id);
    // A case with neither is about the missing part itself.
    let hole = Json::map([("hole", Json::text("bool"))]);
    let source = case.get("source").or_else(|| case.get("tree")).unwrap_or(&hole);
    let expression = match Expr::from_json(source, Place::Process) {
        Ok(expression) => expression,
        Err(finding) => {
            refused(&mut report, case, &[finding]);
            return Ok(report);
        }
    };
    if let Some(tree) = case.get("tree") {
        report.compare("tree".into(), tree, &expression.to_tree());
    }
    let mut scope = Scope::new(Place::Process, around.root.clone());
    scope.locals = around.local_types.clone();
    scope.calendars = around.calendars.keys().map(|name| Text::from(name.as_str())).collect::<BTreeSet<_>>();
    let expected = case.get("expect").and_then(Json::as_text).map(|word| word_type(id, word)).transpose()?;
    let checked = expression.check(&scope, expected.as_ref());
    let rule = match checked.rule() {
        Ok(rule) => rule,
        Err(findings) => {
            refused(&mut report, case, &findings);
            return Ok(report);
        }
    };
    let found = match rule.eval(around) {
        Ok(value) => Json::map([("result", value.to_typed())]),
        Err(error) => {
            let column = case.get("error").and_then(|error| error.get("column"));
            let mut members = vec![("kind", Json::text(error.kind.as_str()))];
            members.extend(column.map(|_| ("column", Json::Int(i64::from(error.column)))));
            Json::map([("error", Json::map(members))])
        }
    };
    let keys = ["result", "error", "static"].into_iter();
    let wanted = Json::map(keys.filter_map(|key| Some((key, case.get(key)?.clone()))));
    report.compare("outcome".into(), &wanted, &found);
    Ok(report)
}

/// Compares the errors of the check with `static`, or with the lack of it.
fn refused(report: &mut CaseReport, case: &Json, findings: &[Finding]) {
    let errors: Vec<&Finding> = findings.iter().filter(|finding| !finding.code.is_warning()).collect();
    let one = |finding: &&Finding| {
        let column = match finding.at {
            At::Column(column) => Json::Int(i64::from(column)),
            At::Pointer(_) => Json::Null,
        };
        Json::map([("code", Json::text(finding.code.as_str())), ("column", column)])
    };
    let found: Vec<Json> = errors.iter().map(one).collect();
    let fits = case.get("static").is_some_and(|wanted| {
        found.iter().any(|found| {
            found.get("code") == wanted.get("code")
                && wanted.get("column").is_none_or(|column| found.get("column") == Some(column))
        })
    });
    if !fits {
        let wanted = ["static", "result", "error"].into_iter().find_map(|key| case.get(key));
        report.compare("check".into(), wanted.unwrap_or(&Json::Null), &Json::List(found));
    }
}

fn word_type(id: &str, word: &str) -> Result<Type, SuiteError> {
    let none = BTreeMap::new();
    let expand = Expand { types: &none, classes: None, language: "en", order: &|_| None };
    let schema = expand.field(&Json::text(word), "").and_then(|schema| Schema::parse(&schema, &none, ""));
    schema.map(|schema| schema.type_of().clone()).map_err(|_| wrong(id, format!("`{word}` is no type")))
}
