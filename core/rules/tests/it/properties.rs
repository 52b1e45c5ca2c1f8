//! Properties over arbitrary trees and arbitrary text.

use countersign_codec::{Decode, Encode, Json};
use countersign_rules::{Code, Environment, Expr, Place, Scope, Template, Text, Type, Value};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::vectors::json;

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]", "vars", "total", "Net", "time", "data"].prop_map(String::from)
}

fn list(items: Vec<Json>) -> Json {
    Json::List(items)
}

fn op(key: &str, parts: Vec<Json>) -> Json {
    Json::map([(key, list(parts))])
}

fn literal() -> impl Strategy<Value = Json> {
    prop_oneof![
        (-9_007_199_254_740_991..=9_007_199_254_740_991_i64).prop_map(|value| Json::map([("int", Json::Int(value))])),
        (-3..=3_i64).prop_map(|value| Json::map([("int", Json::Int(value))])),
        "(-?[1-9][0-9]{0,3}(\\.[0-9]{0,3}[1-9])?|0)".prop_map(|text| Json::map([("decimal", Json::Text(text))])),
        "[\\PC\n\"\\\\]{0,8}".prop_map(|text| Json::map([("text", Json::Text(text))])),
        any::<bool>().prop_map(|value| Json::map([("bool", Json::Bool(value))])),
        Just(Json::map([("unassigned", Json::Null)])),
        Just(Json::map([("date", Json::text("2026-05-01"))])),
        Just(Json::map([("timestamp", Json::text("2026-05-01T00:00:00.500Z"))])),
        Just(Json::map([("duration", Json::text("-P1M2DT3.5S"))])),
        Just(Json::map([("party", Json::text("idn_ab12"))])),
    ]
}

fn path() -> impl Strategy<Value = Json> {
    let first = prop_oneof![Just("_".to_owned()), Just("data".to_owned()), Just("time".to_owned())];
    let step = prop_oneof![name(), Just("if".to_owned()), Just("Sum insured".to_owned()), Just(String::new())];
    (first, prop::collection::vec(step, 0..4)).prop_map(|(first, rest)| {
        Json::map([("path", list(std::iter::once(first).chain(rest).map(Json::Text).collect()))])
    })
}

/// Whether a text in brackets after it would become one more path element.
fn is_path(tree: &Json) -> bool {
    tree.get("path").is_some()
}

fn flat(key: &'static str, parts: Vec<Json>) -> Json {
    let parts = parts.into_iter().flat_map(|part| match part.get(key) {
        Some(Json::List(inner)) => inner.clone(),
        _ => vec![part],
    });
    Json::map([(key, list(parts.collect()))])
}

/// Trees in normal form: flat `and` and `or`, no text literal looked up in a path.
fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![literal(), path()];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let pair = || (inner.clone(), inner.clone());
        let sign = prop::sample::select(vec!["+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "otherwise"]);
        let single = prop::sample::select(vec!["-", "not", "is_assigned", "is_unassigned", "floor", "text", "hash_of", "years"]);
        let fold = prop::sample::select(vec!["all", "any", "count", "sum", "min", "max"]);
        prop_oneof![
            3 => (sign, pair()).prop_map(|(sign, (left, right))| op(sign, vec![left, right])),
            2 => (single, inner.clone()).prop_map(|(key, inner)| op(key, vec![inner])),
            1 => prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| flat("and", parts)),
            1 => prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| flat("or", parts)),
            1 => (pair(), inner.clone()).prop_map(|((c, a), b)| op("if", vec![c, a, b])),
            1 => pair().prop_filter("one more path element", |(base, key)| !(is_path(base) && key.get("text").is_some()))
                .prop_map(|(base, key)| op("get", vec![base, key])),
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(|items| Json::map([("list", list(items))])),
            1 => prop::collection::btree_map(name(), inner.clone(), 0..3)
                .prop_map(|members| Json::map([("map", Json::Map(members))])),
            1 => (fold, name(), pair()).prop_map(|(fold, name, (over, body))| op(fold, vec![Json::Text(name), over, body])),
            1 => pair().prop_map(|(value, places)| op("round", vec![value, places, Json::text("half_up")])),
            1 => name().prop_map(|actor| op("did", vec![Json::Text(actor), Json::text("sign.ok")])),
        ]
    })
}

struct Nowhere;

impl Environment for Nowhere {
    fn root(&self, path: &[Text]) -> Value {
        let root = Value::map([
            ("n", Value::Int(7)),
            ("l", Value::list(vec![Value::Int(1), Value::Unassigned])),
            ("t", Value::text("x")),
        ]);
        root.at(path).clone()
    }
}

fn scope() -> Scope {
    let root = [("n", Type::int()), ("l", Type::list(Type::int(), 10)), ("t", Type::text(10)), ("b", Type::bool())];
    Scope::new(Place::Process, Type::record(root)).with_local("time", Type::of(countersign_rules::Kind::Timestamp))
}

fn evaluate(source: &str) {
    if let Ok(expr) = Expr::parse(source, Place::Process) {
        let text = expr.to_text();
        let again = Expr::parse(&text, Place::Process);
        // Least parentheses may only make a text shorter, but spaces and escapes may make it longer than a source.
        if text.chars().count() <= countersign_rules::SOURCE_CHARACTERS_MAX {
            assert_eq!(again.as_ref().map(Expr::to_text), Ok(text.clone()), "{source}");
            assert_eq!(again.as_ref(), Ok(&expr), "{source} {text}");
        }
        if let Ok(rule) = expr.check(&scope(), None).rule() {
            let _ = rule.eval(&Nowhere);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_tree_returns_from_its_text(tree in tree()) {
        if let Ok(expr) = Expr::from_tree(&tree, Place::Process) {
            prop_assert_eq!(expr.to_tree(), tree);
            let text = expr.to_text();
            let again = Expr::parse(&text, Place::Process).unwrap();
            prop_assert_eq!(again.to_text(), text);
            prop_assert_eq!(&again, &expr);
            if let Ok(rule) = expr.check(&scope(), None).rule() {
                let _ = rule.eval(&Nowhere);
            }
        }
    }

    #[test]
    fn any_text_is_safe(source in "\\PC{0,60}") {
        evaluate(&source);
        let _ = Template::parse(&source, Place::Process);
    }

    #[test]
    fn any_words_of_the_language_are_safe(
        words in prop::collection::vec(prop::sample::select(vec![
            "if", "then", "else", "or", "and", "not", "in", "is", "assigned", "unassigned", "otherwise", "true", "_", "n", "l",
            "t", "b", "x", "time", "data", "1", "0", "2.5", "9007199254740991", "\"a\"", "+", "-", "*", "/", "==", "<", "(", ")",
            "[", "]", "{", "}", ",", ".", ":", "all", "sum", "count", "round", "half_up", "days", "date", "mod", "fixed", "{{", "}}",
        ]), 0..24),
    ) {
        let source = words.join(" ");
        evaluate(&source);
        let _ = Template::parse(&source, Place::Process);
    }

    #[test]
    fn any_json_is_safe_as_a_tree(text in "[\\[\\]{}\":,a-z0-9_+]{0,40}") {
        if let Ok(tree) = Json::parse(text.as_bytes(), Default::default()) {
            let _ = Expr::from_json(&tree, Place::Record);
        }
    }

    #[test]
    fn a_literal_value_returns_from_codec_and_typed_json(tree in literal()) {
        let value = Value::from_typed(&tree).unwrap();
        prop_assert_eq!(value.to_typed(), tree);
        prop_assert_eq!(Value::from_bytes(&value.to_bytes()), Ok(value));
    }

    #[test]
    fn whatever_decodes_has_no_second_encoding(bytes: Vec<u8>) {
        if let Ok(value) = Value::from_bytes(&bytes) {
            prop_assert_eq!(value.to_bytes(), bytes);
        }
    }
}

/// Guards the first property against passing because everything is refused.
#[test]
fn most_trees_are_accepted() {
    let mut runner = TestRunner::deterministic();
    let trees = (0..1000).map(|_| tree().new_tree(&mut runner).unwrap().current());
    let accepted = trees.filter(|tree| Expr::from_tree(tree, Place::Process).is_ok()).count();
    assert!(accepted > 700, "{accepted} of 1000");
}

#[test]
fn depth_is_refused_before_the_stack_ends() {
    let code = |source: &str| Expr::parse(source, Place::Process).map(|_| ()).map_err(|finding| finding.code);
    assert_eq!(code(&format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000))), Err(Code::E406));
    assert_eq!(code(&"(".repeat(4_000)), Err(Code::E406));
    assert_eq!(code(&format!("{}n", "-".repeat(4_000))), Err(Code::E406));
    assert_eq!(code(&"not ".repeat(1_000)), Err(Code::E406));
    assert_eq!(code(&"if ".repeat(1_000)), Err(Code::E406));
    assert_eq!(code(&"n otherwise ".repeat(300)), Err(Code::E406));
    assert_eq!(code(&"[{a:".repeat(900)), Err(Code::E406));
    let mut tree = json(r#"{"int":1}"#);
    for _ in 0..100_000 {
        tree = Json::map([("not", Json::List(vec![tree]))]);
    }
    assert_eq!(Expr::from_tree(&tree, Place::Process).map_err(|finding| finding.code), Err(Code::E406));
    // Taken apart by hand: to drop it is recursive.
    while let Json::Map(mut members) = tree {
        let Some(Json::List(mut items)) = members.remove("not") else { break };
        tree = items.pop().unwrap();
    }
}

#[test]
fn long_chains_stay_flat() {
    let expr = Expr::parse(&vec!["1"; 500].join(" - "), Place::Process).unwrap();
    let tree = expr.to_tree();
    assert_eq!(Expr::from_tree(&tree, Place::Process).unwrap(), expr);
    let rule = expr.check(&scope(), None).rule().unwrap();
    assert_eq!(rule.eval(&Nowhere), Ok(Value::Int(-498)));
    let expr = Expr::parse(&format!("l{}", "[0]".repeat(499)), Place::Process).unwrap();
    assert_eq!(Expr::from_tree(&expr.to_tree(), Place::Process).unwrap(), expr);
    assert_eq!(Expr::parse(&vec!["1"; 501].join("+"), Place::Process).map_err(|finding| finding.code), Err(Code::E406));
}

#[test]
fn nesting_ends_at_32() {
    let parens = |count: usize| format!("{}n{}", "(".repeat(count), ")".repeat(count));
    assert!(Expr::parse(&parens(32), Place::Process).is_ok());
    assert_eq!(Expr::parse(&parens(33), Place::Process).unwrap_err().code, Code::E406);
}
