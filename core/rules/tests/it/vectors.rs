//! `docs/spec/vectors/rules/expressions.json`: every case, in every respect it names.

use std::collections::BTreeMap;

use countersign_codec::{Json, JsonLimits};
use countersign_rules::{Calendar, Checked, Environment, Error, Expand, Expr, Place, Schema, Scope, Text, Type, Value};

const VECTORS: &str = include_str!("../../../../docs/spec/vectors/rules/expressions.json");

const SCHEMAS: &str = include_str!("../../../../docs/spec/vectors/rules/schemas.json");

struct Around {
    scope: Scope,
    root: Value,
    locals: Value,
    calendars: BTreeMap<String, Calendar>,
}

impl Environment for Around {
    fn root(&self, path: &[Text]) -> Value {
        self.root.at(path).clone()
    }

    fn local(&self, name: &str, path: &[Text]) -> Value {
        self.locals.get(name).at(path).clone()
    }

    fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.calendars.get(name)
    }
}

pub fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), JsonLimits { bytes_max: 1 << 24, depth_max: 2048 }).unwrap()
}

/// The schema of fields without named types.
pub fn schema(fields: &Json) -> Schema {
    let types = BTreeMap::new();
    let expand = Expand { types: &types, classes: None, language: "en", order: &|_| None };
    Schema::parse(&expand.fields(fields, "").unwrap(), &types, "").unwrap()
}

fn values(json: Option<&Json>) -> Value {
    let members = json.and_then(Json::as_map).into_iter().flatten();
    Value::map(members.map(|(name, value)| (name.as_str(), Value::from_typed(value).unwrap())))
}

fn around(environment: &Json) -> Around {
    let root = schema(environment.get("root").unwrap());
    let mut scope = Scope::new(Place::Process, root.type_of().clone());
    for (name, field) in environment.get("locals").and_then(Json::as_map).into_iter().flatten() {
        let local = schema(&Json::map([("local", field.clone())]));
        scope = scope.with_local(name, local.type_of().member("local").unwrap().clone());
    }
    let mut calendars = BTreeMap::new();
    for (name, calendar) in environment.get("calendars").and_then(Json::as_map).into_iter().flatten() {
        calendars.insert(name.clone(), Calendar::parse(calendar, "").unwrap());
        scope.calendars.insert(name.as_str().into());
    }
    let root = values(environment.get("values"));
    Around { scope, root, locals: values(environment.get("local_values")), calendars }
}

/// What the place of a case asks for.
fn expected(case: &Json) -> Option<Type> {
    let word = case.get("expect")?.clone();
    let place = schema(&Json::map([("place", word)]));
    place.type_of().member("place").cloned()
}

enum Outcome {
    Static(String, Option<u32>),
    Error(Error),
    Value(Value),
}

fn run(expr: &Expr, case: &Json, around: &Around) -> Outcome {
    let Checked { findings, .. } = expr.check(&around.scope, expected(case).as_ref());
    if let Some(finding) = findings.iter().find(|finding| !finding.code.is_warning()) {
        return Outcome::Static(finding.code.to_string(), finding.column());
    }
    match expr.check(&around.scope, expected(case).as_ref()).rule().unwrap().eval(around) {
        Ok(value) => Outcome::Value(value),
        Err(error) => Outcome::Error(error),
    }
}

fn column(json: &Json) -> Option<u32> {
    json.get("column").and_then(Json::as_int).map(|column| u32::try_from(column).unwrap())
}

fn compare(case: &Json, outcome: Outcome, mistakes: &mut Vec<String>) {
    let mut check = |what: &str, expect: String, found: String| {
        if expect != found {
            mistakes.push(format!("{what}: expected {expect}, found {found}"));
        }
    };
    let found = match &outcome {
        Outcome::Static(code, _) => format!("static {code}"),
        Outcome::Error(error) => format!("error {}", error.kind),
        Outcome::Value(value) => format!("result {}", value.to_typed()),
    };
    let place = match outcome {
        Outcome::Static(_, column) => column,
        Outcome::Error(error) => Some(error.column),
        Outcome::Value(_) => None,
    };
    if let Some(result) = case.get("result") {
        check("outcome", format!("result {result}"), found);
    } else if let Some(error) = case.get("error") {
        check("outcome", format!("error {}", error.get("kind").unwrap().as_text().unwrap()), found);
        if column(error).is_some() {
            check("column", format!("{:?}", column(error)), format!("{place:?}"));
        }
    } else {
        let fault = case.get("static").unwrap();
        check("outcome", format!("static {}", fault.get("code").unwrap().as_text().unwrap()), found);
        if column(fault).is_some() {
            check("column", format!("{:?}", column(fault)), format!("{place:?}"));
        }
    }
}

fn check(case: &Json, around: &Around) -> Vec<String> {
    let mut mistakes = Vec::new();
    let tree = case.get("tree");
    let parsed = match (case.get("source"), tree) {
        (Some(source), _) => Expr::parse(source.as_text().unwrap(), Place::Process),
        (None, Some(tree)) => Expr::from_tree(tree, Place::Process),
        // Two cases of a missing part give neither: their source is a hole.
        (None, None) => Expr::from_tree(&json(r#"{"and":[{"hole":"bool"},{"bool":true}]}"#), Place::Process),
    };
    let expr = match parsed {
        Ok(expr) => expr,
        Err(finding) => {
            compare(case, Outcome::Static(finding.code.to_string(), finding.column()), &mut mistakes);
            return mistakes;
        }
    };
    if let Some(tree) = tree {
        if expr.to_tree() != *tree {
            mistakes.push(format!("tree: expected {tree}, found {}", expr.to_tree()));
        }
        match Expr::from_tree(tree, Place::Process) {
            Ok(again) if again == expr => {}
            other => mistakes.push(format!("the tree does not return: {other:?}")),
        }
    }
    if case.get("source").is_some() {
        let text = expr.to_text();
        match Expr::parse(&text, Place::Process) {
            Ok(again) if again == expr && again.to_text() == text => {}
            other => mistakes.push(format!("the normal text `{text}` does not return: {other:?}")),
        }
    }
    compare(case, run(&expr, case, around), &mut mistakes);
    mistakes
}

#[test]
fn every_case_of_the_vectors_holds() {
    let vectors = json(VECTORS);
    let environments: BTreeMap<&str, Around> = vectors
        .get("environments")
        .unwrap()
        .as_map()
        .unwrap()
        .iter()
        .map(|(name, json)| (name.as_str(), around(json)))
        .collect();
    let cases = vectors.get("cases").unwrap().as_list().unwrap();
    let mut failed = Vec::new();
    for case in cases {
        let environment = &environments[case.get("env").unwrap().as_text().unwrap()];
        for mistake in check(case, environment) {
            let source = case.get("source").and_then(Json::as_text).unwrap_or_default();
            failed.push(format!("{} `{source:.80}` {mistake:.400}", case.get("id").unwrap()));
        }
    }
    assert_eq!(cases.len(), 377);
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_case_of_schemas_is_judged_as_written() {
    let vectors = json(SCHEMAS);
    let cases = vectors.get("cases").and_then(Json::as_list).unwrap();
    assert!(cases.len() > 100);
    for case in cases {
        let schema = Schema::parse(case.get("schema").unwrap(), &BTreeMap::new(), "").unwrap();
        let found = schema.validate(case.get("data").unwrap()).err();
        let found = found.map(|invalid| (invalid.pointer, invalid.message));
        let text = |name| case.get(name).and_then(Json::as_text).map(str::to_owned);
        assert_eq!(found, text("pointer").zip(text("message")), "{case}");
    }
}
