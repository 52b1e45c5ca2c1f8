//! Expressions, in text and as a tree, between the values of the vectors.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use countersign_codec::{Json, JsonLimits};
use countersign_rules::{Calendar, Environment, Expand, Expr, Place, Schema, Scope, Text, Type, Value};

use crate::seeds;

/// Functions, operators, and numbers at their edges.
pub const WORDS: &[&str] = &[
    "and",
    "or",
    "not ",
    "in",
    "all x in l: ",
    "any x in l: ",
    "sum x in l: ",
    "if ",
    "then",
    "else",
    "==",
    "!=",
    "<=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "(",
    ")",
    "[0]",
    ".",
    "??",
    "n",
    "ud",
    "day",
    "prices",
    "lines",
    "order",
    "round(",
    "decimal(\"0.1\")",
    "days(",
    "date(\"2024-02-29\")",
    "length(",
    "min(",
    "max(",
    "add(",
    "half_up",
    "9007199254740991",
    "\"\\u0000\"",
    "P1M",
    "true",
    "none",
    "is set",
];

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

/// A text is an expression in text, or the JSON of its tree.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(expr) = Expr::parse(text, Place::Process) {
        let normal = expr.to_text();
        let again = Expr::parse(&normal, Place::Process);
        assert_eq!(again.as_ref(), Ok(&expr), "the normal text `{normal}` does not return");
        check(&expr);
    }
    if let Ok(tree) = Json::parse(bytes, JsonLimits { depth_max: 600, ..JsonLimits::default() })
        && let Ok(expr) = Expr::from_tree(&tree, Place::Process)
    {
        // A literal may stand there in another spelling: it is put in its one form.
        check(&expr);
    }
}

/// What is accepted has a value of its type, or an error of a kind; both twice the same.
fn check(expr: &Expr) {
    assert_eq!(Expr::from_tree(&expr.to_tree(), Place::Process).as_ref(), Ok(expr), "its tree does not return");
    for around in environments() {
        let checked = expr.check(&around.scope, None);
        let refused = checked.findings.iter().any(|finding| !finding.code.is_warning());
        match checked.rule() {
            Ok(rule) => {
                let value = rule.eval(around);
                assert_eq!(rule.eval(around), value, "evaluated twice, it differs");
                let _ = value.map(|value| (value.print(), value.to_typed().canonical()));
            }
            Err(findings) => assert!(refused && !findings.is_empty(), "refused without a finding"),
        }
    }
}

fn environments() -> &'static [Around] {
    static ENVIRONMENTS: OnceLock<Vec<Around>> = OnceLock::new();
    ENVIRONMENTS.get_or_init(|| {
        let vectors = seeds::json("rules/expressions.json");
        let written = vectors["environments"].as_object().into_iter().flatten();
        written.filter_map(|(_, environment)| around(&read(environment)?)).collect()
    })
}

fn read(value: &serde_json::Value) -> Option<Json> {
    Json::parse(value.to_string().as_bytes(), JsonLimits { bytes_max: 1 << 24, depth_max: 600 }).ok()
}

fn schema(fields: &Json) -> Option<Type> {
    let types = BTreeMap::new();
    let expand = Expand { types: &types, classes: None, language: "en", order: &|_| None };
    let schema = Schema::parse(&expand.fields(fields, "").ok()?, &types, "").ok()?;
    Some(schema.type_of().clone())
}

fn values(json: Option<&Json>) -> Value {
    let members = json.and_then(Json::as_map).into_iter().flatten();
    Value::map(members.filter_map(|(name, value)| Some((name.as_str(), Value::from_typed(value)?))))
}

fn around(environment: &Json) -> Option<Around> {
    let mut scope = Scope::new(Place::Process, schema(environment.get("root")?)?);
    for (name, field) in environment.get("locals").and_then(Json::as_map).into_iter().flatten() {
        scope = scope.with_local(name, schema(&Json::map([("local", field.clone())]))?.member("local")?.clone());
    }
    let mut calendars = BTreeMap::new();
    for (name, calendar) in environment.get("calendars").and_then(Json::as_map).into_iter().flatten() {
        calendars.insert(name.clone(), Calendar::parse(calendar, "").ok()?);
        scope.calendars.insert(name.as_str().into());
    }
    let root = values(environment.get("values"));
    Some(Around { scope, root, locals: values(environment.get("local_values")), calendars })
}

/// Every source and every tree of the vectors.
pub fn seeds() -> Vec<Vec<u8>> {
    let vectors = seeds::json("rules/expressions.json");
    let cases = vectors["cases"].as_array().into_iter().flatten();
    let forms = cases.flat_map(|case| {
        let source = case["source"].as_str().map(str::to_owned);
        let tree = case.get("tree").map(serde_json::Value::to_string);
        [source, tree]
    });
    // Those at the limits of length would take the time of all others.
    forms.flatten().filter(|form| form.len() <= 4_096).map(String::into_bytes).collect()
}
