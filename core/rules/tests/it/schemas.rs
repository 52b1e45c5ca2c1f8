//! Fields, schemas, data, and texts with placeholders.

use std::collections::{BTreeMap, BTreeSet};

use countersign_codec::{Decode, Encode, Json};
use countersign_rules::{
    Code, Environment, Expand, Expr, Fault, Kind, Place, Schema, Scope, Template, Text, Type, Value,
};
use proptest::prelude::*;

use crate::vectors::{json, schema};

fn expand(types: &str, fields: &str) -> Result<Json, Vec<Fault>> {
    let types = json(types);
    let classes = BTreeSet::from(["payment".to_owned()]);
    let expand = Expand { types: types.as_map().unwrap(), classes: Some(&classes), language: "en", order: &|_| None };
    expand.fields(&json(fields), "/vars")
}

fn fields(text: &str) -> Schema {
    schema(&json(text))
}

/// Codes and pointers of what is wrong with fields.
fn faults(text: &str) -> Vec<(Code, String)> {
    let found = expand(r#"{"terms":{"fields":{"years":"int"}}}"#, text).err().unwrap_or_default();
    found.into_iter().map(|fault| (fault.code, fault.pointer)).collect()
}

#[test]
fn short_and_long_fields_expand_to_json_schema() {
    let check = |field: &str, expect: &str| {
        let schema = expand(r#"{"terms":{"fields":{"years":"int"}}}"#, &format!(r#"{{"x":{field}}}"#)).unwrap();
        assert_eq!(schema.get("properties").unwrap().get("x").unwrap(), &json(expect), "{field}");
    };
    check(r#""bool""#, r#"{"type":"boolean"}"#);
    check(r#""decimal""#, r#"{"type":"string","format":"decimal"}"#);
    check(r#""optional list of text""#, r#"{"type":"array","items":{"type":"string"}}"#);
    check(r#""timestamp""#, r#"{"type":"string","format":"date-time"}"#);
    check(r#""list of terms""#, r##"{"type":"array","items":{"$ref":"#/types/terms"}}"##);
    check(
        r#"{"type":"decimal","min":"0.10","max":5}"#,
        r#"{"type":"string","format":"decimal","x-min":"0.1","x-max":"5"}"#,
    );
    check(
        r#"{"type":"int","min":1,"initial":2,"unit":"day"}"#,
        r#"{"type":"integer","minimum":1,"default":2,"x-unit":"day"}"#,
    );
    check(r#"{"type":"text","max":20,"choices":["a","b"]}"#, r#"{"type":"string","maxLength":20,"enum":["a","b"]}"#);
    check(
        r#"{"type":"map","of":"int","max":3}"#,
        r#"{"type":"object","additionalProperties":{"type":"integer"},"maxProperties":3}"#,
    );
    check(
        r#"{"type":"text","personal":"payment","title":"Account"}"#,
        r#"{"type":"string","x-personal":"payment","title":{"en":"Account"}}"#,
    );
    check(
        r#"{"fields":{"b":"int","a":"optional int"}}"#,
        r#"{"type":"object","additionalProperties":false,"properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["b"]}"#,
    );
}

#[test]
fn expanded_fields_are_canonical_schemas() {
    let all = r#"{"a":"attachment","b":{"type":"list","of":{"fields":{"n":{"type":"int","min":0,"max":9}}},"min":1,"max":5},
        "c":{"type":"date","min":"2026-01-01"},"d":{"type":"decimal","choices":["1","2.5"],"initial":"2.5"},"e":"optional hash"}"#;
    let expanded = expand("{}", all).unwrap();
    let compiled = Schema::parse(&expanded, &BTreeMap::new(), "").unwrap();
    assert_eq!(compiled.to_json(), &expanded);
    assert_eq!(compiled.initial().to_plain(), json(r#"{"d":"2.5"}"#));
}

#[test]
fn the_written_order_is_kept_where_it_is_not_the_order_of_the_keys() {
    let types = BTreeMap::new();
    let order = |pointer: &str| (pointer == "/data").then(|| vec!["rent".to_owned(), "day".to_owned()]);
    let expand = Expand { types: &types, classes: None, language: "en", order: &order };
    let schema = expand.fields(&json(r#"{"rent":"decimal","day":"date"}"#), "/data").unwrap();
    assert_eq!(schema.get("ui"), Some(&json(r#"{"order":["rent","day"]}"#)));
}

#[test]
fn faults_of_fields_have_their_code_and_place() {
    assert_eq!(faults(r#"{"x":"integer"}"#), [(Code::E201, "/vars/x".to_owned())]);
    assert_eq!(faults(r#"{"x":{"type":"tems"}}"#), [(Code::E201, "/vars/x/type".to_owned())]);
    assert_eq!(faults(r#"{"x":{"type":"int","maximum":3}}"#), [(Code::E104, "/vars/x/maximum".to_owned())]);
    assert_eq!(faults(r#"{"x":{"title":"X"}}"#), [(Code::E105, "/vars/x".to_owned())]);
    assert_eq!(faults(r#"{"x":{"type":"int","min":"a"}}"#), [(Code::E106, "/vars/x/min".to_owned())]);
    assert_eq!(faults(r#"{"x":{"type":"bool","min":1}}"#), [(Code::E104, "/vars/x/min".to_owned())]);
    assert_eq!(faults(r#"{"x":{"type":"list"}}"#), [(Code::E105, "/vars/x".to_owned())]);
    assert_eq!(faults(r#"{"x":{"type":"text","personal":"payments"}}"#), [(Code::E201, "/vars/x/personal".to_owned())]);
    assert_eq!(faults(r#"{"x":5}"#), [(Code::E106, "/vars/x".to_owned())]);
    assert_eq!(faults("[]"), [(Code::E106, "/vars".to_owned())]);
}

#[test]
fn types_are_free_of_cycles() {
    let check = |types: &str| {
        let types = json(types);
        let expand = Expand { types: types.as_map().unwrap(), classes: None, language: "en", order: &|_| None };
        expand.types("/types").map(|_| ()).map_err(|faults| faults[0].code)
    };
    assert_eq!(check(r#"{"a":{"fields":{"b":"b"}},"b":"list of int"}"#), Ok(()));
    assert_eq!(check(r#"{"a":{"fields":{"b":"b"}},"b":"list of a"}"#), Err(Code::E203));
    assert_eq!(check(r#"{"text":"int"}"#), Err(Code::E202));
    // Each type holds the one before twice: 2^30 nodes in 30 lines.
    let doubled: Vec<String> =
        (1..30).map(|n| format!(r#""t{n}":{{"fields":{{"a":"t{m}","b":"t{m}"}}}}"#, m = n - 1)).collect();
    assert_eq!(check(&format!(r#"{{"t0":"int",{}}}"#, doubled.join(","))), Err(Code::E107));
}

#[test]
fn the_dialect_is_closed() {
    let check = |schema: &str, expect: (Code, &str)| {
        let faults = Schema::parse(&json(schema), &BTreeMap::new(), "/schema").unwrap_err();
        assert!(faults.iter().any(|fault| (fault.code, fault.pointer.as_str()) == expect), "{schema} {faults:?}");
    };
    check(r#"{"type":"string","pattern":"^2"}"#, (Code::E109, "/schema/pattern"));
    check(
        r#"{"type":"object","required":["back"],"properties":{"back":{"type":"string","format":"date","pattern":"^2"}}}"#,
        (Code::E109, "/schema/properties/back/pattern"),
    );
    check(r#"{"type":"number"}"#, (Code::E109, "/schema/type"));
    check(r#"{"oneOf":[]}"#, (Code::E109, "/schema/oneOf"));
    check(r#"{"type":"string","format":"email"}"#, (Code::E109, "/schema/format"));
    check(r##"{"$ref":"#/definitions/x"}"##, (Code::E109, "/schema/$ref"));
    check(r##"{"$ref":"#/types/x"}"##, (Code::E201, "/schema/$ref"));
    check(
        r#"{"type":"object","properties":{},"additionalProperties":true}"#,
        (Code::E109, "/schema/additionalProperties"),
    );
    check(r#"{"type":"integer","enum":[1,"2"]}"#, (Code::E106, "/schema/enum/1"));
    let deep = format!("{}{}{}", r#"{"type":"array","items":"#.repeat(40), r#"{"type":"integer"}"#, "}".repeat(40));
    let faults = Schema::parse(&json(&deep), &BTreeMap::new(), "").unwrap_err();
    assert_eq!(faults[0].code, Code::E107);
}

#[test]
fn data_become_typed_values_or_name_what_is_wrong() {
    let place = fields(
        r#"{"rent":{"type":"decimal","min":"0.01"},"n":{"type":"int","min":1,"max":10},"note":"optional text",
        "tags":{"type":"list","of":{"type":"text","max":3},"max":2},"rates":{"type":"map","of":"decimal"},"at":"optional timestamp"}"#,
    );
    let good = r#"{"rent":"950.50","n":3,"note":null,"tags":["a"],"rates":{"AMS":"1.10","MAD":null}}"#;
    let value = place.validate(&json(good)).unwrap();
    assert_eq!(value.to_plain(), json(r#"{"rent":"950.5","n":3,"tags":["a"],"rates":{"AMS":"1.1"}}"#));
    assert_eq!(place.check(&value), Ok(value));
    let wrong = |data: &str| place.validate(&json(data)).unwrap_err().pointer;
    assert_eq!(wrong(r#"{"rent":"0","n":3,"tags":[],"rates":{}}"#), "/rent");
    assert_eq!(wrong(r#"{"rent":950,"n":3,"tags":[],"rates":{}}"#), "/rent");
    assert_eq!(wrong(r#"{"rent":"1","n":11,"tags":[],"rates":{}}"#), "/n");
    assert_eq!(wrong(r#"{"rent":"1","n":"3","tags":[],"rates":{}}"#), "/n");
    assert_eq!(wrong(r#"{"rent":"1","n":3,"tags":["a","long"],"rates":{}}"#), "/tags/1");
    assert_eq!(wrong(r#"{"rent":"1","n":3,"tags":["a","b","c"],"rates":{}}"#), "/tags");
    assert_eq!(wrong(r#"{"rent":"1","n":3,"tags":[],"rates":{"a/b":"x"}}"#), "/rates/a~1b");
    assert_eq!(wrong(r#"{"rent":"1","n":3,"tags":[],"rates":{},"more":1}"#), "/more");
    assert_eq!(wrong(r#"{"rent":"1","tags":[],"rates":{}}"#), "/n");
    assert_eq!(wrong(r#"{"rent":"1","n":3,"tags":[],"rates":{},"at":"2026-01-01"}"#), "/at");
}

#[test]
fn results_are_checked_and_widened() {
    let place = fields(r#"{"total":{"type":"decimal","max":"10"},"lines":{"type":"list","of":"decimal"}}"#);
    let value = Value::map([("total", Value::Int(3)), ("lines", Value::list(vec![Value::Int(1), Value::Unassigned]))]);
    let fitted = place.check(&value).unwrap();
    assert_eq!(
        fitted.to_typed(),
        json(r#"{"map":{"lines":{"list":[{"decimal":"1"},{"unassigned":null}]},"total":{"decimal":"3"}}}"#)
    );
    assert_eq!(place.check(&Value::map([("total", Value::Int(11))])).unwrap_err().pointer, "/lines");
    assert_eq!(place.check_partial(&Value::map([("total", Value::Int(11))])).unwrap_err().pointer, "/total");
    assert!(place.check_partial(&Value::map([("total", Value::Int(10))])).is_ok());
    assert_eq!(place.check_partial(&Value::map([("total", Value::text("3"))])).unwrap_err().pointer, "/total");
}

#[test]
fn state_is_changed_by_path() {
    let path = |text: &str| text.split('.').map(Text::from).collect::<Vec<_>>();
    let mut state = Value::Unassigned;
    assert!(state.set(&path("assets.lease.rent"), Value::Int(3)));
    let before = state.clone();
    assert!(state.append(&path("vars.log"), Value::text("a")));
    assert!(state.append(&path("vars.log"), Value::text("b")));
    assert!(!state.append(&path("assets.lease"), Value::Int(1)));
    assert!(!state.set(&path("assets.lease.rent.cents"), Value::Int(1)));
    assert!(state.set(&path("vars.log.1"), Value::text("c")));
    assert!(!state.set(&path("vars.log.2"), Value::text("c")));
    state.merge(&Value::map([("assets", Value::map([("lease", Value::map([("day", Value::Bool(true))]))]))]));
    assert_eq!(state.to_plain(), json(r#"{"assets":{"lease":{"rent":3,"day":true}},"vars":{"log":["a","c"]}}"#));
    assert!(state.set(&path("assets.lease"), Value::Unassigned));
    assert_eq!(state.at(&path("assets.lease.day")), &Value::Unassigned);
    assert_eq!(before.to_plain(), json(r#"{"assets":{"lease":{"rent":3}}}"#));
    assert_eq!(Value::from_bytes(&state.to_bytes()), Ok(state));
}

struct Lease;

impl Environment for Lease {
    fn root(&self, path: &[Text]) -> Value {
        let root = Value::map([("rent", Value::Int(950)), ("names", Value::map([("a", Value::text("b"))]))]);
        root.at(path).clone()
    }
    fn did(&self, who: &str, action: &str, response: Option<&str>) -> bool {
        (who, action, response) == ("tenant", "review", Some("approve"))
    }
    fn how_many_did(&self, action: &str, _: Option<&str>) -> i64 {
        i64::from(action == "sign") * 2
    }
}

fn lease() -> Scope {
    let names = Type::record([("a", Type::text(9))]);
    let mut scope = Scope::new(
        Place::Process,
        Type::record([
            ("rent", Type::int()),
            ("day", Type::of(Kind::Date)),
            ("names", names),
            ("x", Type::text(9).optional()),
        ]),
    );
    scope.actors = ["tenant", "landlord"].into_iter().map(Text::from).collect();
    scope.actions = [("sign", vec!["ok"]), ("review", vec!["approve", "reject"])]
        .into_iter()
        .map(|(action, responses)| (action.into(), responses.into_iter().map(Text::from).collect()))
        .collect();
    scope
}

#[test]
fn placeholders_print_values_and_blanks() {
    let print = |text: &str| {
        let (printer, _) = Template::parse(text, Place::Process).unwrap().check(&lease()).unwrap();
        printer.print(&Lease).unwrap()
    };
    assert_eq!(print("Rent {{ rent * 2 }} from {{day}}."), "Rent 1900 from ____.");
    assert_eq!(print("{{ {a: \"}}\"}.a }}{{ names.a }}"), "}}b");
    assert_eq!(print("no { braces } here"), "no { braces } here");
    let column = |text: &str| Template::parse(text, Place::Process).unwrap_err().column();
    assert_eq!(column("é {{ rent + }}"), Some(13));
    assert_eq!(column("a {{ rent"), Some(3));
    let findings = Template::parse("{{ rent }} {{ rant }}", Place::Process).unwrap().check(&lease()).unwrap_err();
    assert_eq!((findings[0].code, findings[0].column()), (Code::E402, Some(15)));
    assert!(findings[0].message.contains("did you mean `rent`?"), "{}", findings[0].message);
    let findings = Template::parse("{{ names }}", Place::Process).unwrap().check(&lease()).unwrap_err();
    assert_eq!(findings[0].code, Code::E404);
}

#[test]
fn facts_of_the_process_are_asked_by_name() {
    let eval = |source: &str| {
        Expr::parse(source, Place::Process).unwrap().check(&lease(), None).rule().map(|rule| rule.eval(&Lease).unwrap())
    };
    assert_eq!(eval("did(tenant, review.approve)"), Ok(Value::Bool(true)));
    assert_eq!(eval("did(landlord, sign)"), Ok(Value::Bool(false)));
    assert_eq!(eval("how_many_did(sign) >= 2 and all_finished()"), Ok(Value::Bool(true)));
    let code = |source: &str| eval(source).unwrap_err()[0].code;
    assert_eq!(code("did(tenent, sign)"), Code::E402);
    assert_eq!(code("everyone_did(review.maybe)"), Code::E402);
    assert_eq!(code("did(actor, sign)"), Code::E402);
    assert_eq!(code("did(tenant)"), Code::E403);
    let tree = Expr::parse("did(tenant, review.approve)", Place::Process).unwrap().to_tree();
    assert_eq!(tree, json(r#"{"did":["tenant","review.approve"]}"#));
}

#[test]
fn advice_is_given_where_it_helps() {
    let codes = |source: &str| {
        let checked = Expr::parse(source, Place::Process).unwrap().check_guard(&lease());
        assert!(checked.as_rule().is_some(), "{source} {:?}", checked.findings);
        checked.findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("x != \"y\""), [Code::W606]);
    assert_eq!(codes("x is unassigned or x != \"y\""), []);
    assert_eq!(codes("10 / rent > 1"), [Code::W609]);
    assert_eq!(codes("rent > 0 and 10 / rent > 1"), []);
    assert_eq!(codes("10 / 2 > 1"), []);
    assert_eq!(codes("all(i in [], i)"), [Code::W610]);
    assert_eq!(codes("all(i in [true], i)"), []);
}

#[test]
fn ints_become_decimals_wherever_decimals_are_asked() {
    let typed = |source: &str, expected: Option<Type>| {
        let rule = Expr::parse(source, Place::Process).unwrap().check(&lease(), expected.as_ref()).rule().unwrap();
        rule.eval(&Lease).unwrap().to_typed().to_string()
    };
    assert_eq!(typed("if false then 1 / 0 else 0", None), r#"{"decimal":"0"}"#);
    assert_eq!(typed("rent", Some(Type::decimal())), r#"{"decimal":"950"}"#);
    assert_eq!(typed("[1, 2.5]", None), r#"{"list":[{"decimal":"1"},{"decimal":"2.5"}]}"#);
    assert_eq!(typed("sum(i in [0.5], i) - 0.5", None), r#"{"decimal":"0"}"#);
    assert_eq!(typed("least(rent, 2.5)", None), r#"{"decimal":"2.5"}"#);
    assert_eq!(typed("{a: 1}", Some(Type::record([("a", Type::decimal())]))), r#"{"map":{"a":{"decimal":"1"}}}"#);
}

#[test]
fn personal_data_are_carried_and_not_read() {
    let class: Text = "payment".into();
    let person = Type::record([("iban", Type::text(34).personal(Text::clone(&class))), ("age", Type::int())]);
    let scope = Scope::new(Place::Process, Type::record([("one", person.clone()), ("all_of", Type::list(person, 9))]));
    let codes = |source: &str, expected: Option<Type>| {
        let checked = Expr::parse(source, Place::Process).unwrap().check(&scope, expected.as_ref());
        checked.findings.into_iter().map(|finding| finding.code).filter(|code| !code.is_warning()).collect::<Vec<_>>()
    };
    assert_eq!(codes("one.iban", Some(Type::text(34).personal(class))), []);
    assert_eq!(codes("one.iban", Some(Type::text(34))), [Code::E501]);
    assert_eq!(codes("if one.age > 17 then one.iban else unassigned", None), []);
    assert_eq!(codes("count(all_of) > 1 and all(p in all_of, p.age > 17)", None), []);
    assert_eq!(codes("any(p in all_of, p.iban == \"x\")", None), [Code::E501]);
    assert_eq!(codes("hash_of(one) is assigned", None), [Code::E501]);
    assert_eq!(codes("text(one.iban)", None), [Code::E501]);
    assert_eq!(codes("all_of[0].iban is assigned", None), []);
}

#[test]
fn nothing_but_personal_data_fits_in_their_place() {
    let account = Type::record([("bank", Type::text(9))]).personal("payment".into());
    let iban = Type::text(34).personal("payment".into());
    let scope = Scope::new(Place::Process, Type::record([("account", account), ("iban", iban.clone())]));
    let codes = |source: &str| {
        let checked = Expr::parse(source, Place::Process).unwrap().check(&scope, Some(&iban));
        checked.findings.into_iter().map(|finding| finding.code).filter(|code| !code.is_warning()).collect::<Vec<_>>()
    };
    assert_eq!(codes("iban"), []);
    assert_eq!(codes("unassigned"), []);
    assert_eq!(codes("\"NL00\""), [Code::E404], "it lies in no envelope");
    assert_eq!(codes("iban otherwise \"none\""), [Code::E403]);
    assert_eq!(codes("account.bank"), [Code::E501], "what is in an envelope is not known");
    assert_eq!(codes("account[\"bank\"]"), [Code::E501]);
}

#[test]
fn personal_data_are_taken_out_of_the_data() {
    let schema = fields(
        r#"{"who":{"fields":{"iban":{"type":"text","max":4,"personal":"payment"},"n":"int"}},
            "born":{"type":"list","of":{"type":"date","personal":"identity"}},
            "account":{"fields":{"bank":"text"},"optional":true,"personal":"payment"}}"#,
    );
    let data = |text: &str| Json::parse(text.as_bytes(), Default::default()).unwrap();
    let given = data(r#"{"who":{"iban":"NL00","n":1},"born":["2001-02-03",null],"account":{"bank":"B"}}"#);
    let mut taken = Vec::new();
    let mut commit = |pointer: &str, class: &str, value: &Json| {
        taken.push(format!("{pointer} {class} {value}"));
        countersign_rules::Hash::new([u8::try_from(taken.len()).unwrap(); 32])
    };
    let sealed = schema.seal(&given, &mut commit).unwrap();
    assert_eq!(
        taken,
        [r#"/account payment {"bank":"B"}"#, r#"/born/0 identity "2001-02-03""#, r#"/who/iban payment "NL00""#,]
    );
    assert!(!sealed.to_string().contains("NL00") && sealed.to_string().contains(r#""n":1"#), "{sealed}");
    assert!(schema.validate(&given).is_err(), "data that are not sealed are refused");
    let value = schema.validate(&sealed).unwrap();
    assert_eq!(value.to_plain(), sealed);
    schema.check(&value).unwrap();
    let places = schema.sealed(&sealed);
    let places: Vec<_> = places.iter().map(|place| (place.pointer.as_str(), &*place.class)).collect();
    assert_eq!(places, [("/account", "payment"), ("/born/0", "identity"), ("/who/iban", "payment")]);
    let long = data(r#"{"who":{"iban":"NL001","n":1},"born":[]}"#);
    let invalid = schema.seal(&long, &mut |_, _, _| countersign_rules::Hash::new([0; 32])).unwrap_err();
    assert_eq!(invalid.pointer, "/who/iban", "bounds are for whoever seals");
}

proptest! {
    #[test]
    fn any_json_is_safe_as_field_and_schema_and_data(text in "[\\[\\]{}\":,a-z0-9_$#/-]{0,60}") {
        if let Ok(found) = Json::parse(text.as_bytes(), Default::default()) {
            let _ = expand("{}", &text);
            let _ = Schema::parse(&found, &BTreeMap::new(), "");
            let _ = fields(r#"{"a":"int"}"#).validate(&found);
        }
    }
}

/// The table of `docs/spec/rules.md`.
#[test]
fn values_have_the_documented_encoding() {
    let check = |typed: &str, expect: &[u8]| {
        let value = Value::from_typed(&json(typed)).unwrap();
        assert_eq!(value.to_bytes(), expect, "{typed}");
        assert_eq!(Value::from_bytes(expect), Ok(value), "{typed}");
    };
    check(r#"{"unassigned":null}"#, &[0]);
    check(r#"{"bool":true}"#, &[1, 1]);
    check(r#"{"int":-5}"#, &[2, 9]);
    check(r#"{"decimal":"1200"}"#, &[3, 24, 4]);
    check(r#"{"decimal":"9.75"}"#, &[3, 0x9E, 0x0F, 3]);
    check(r#"{"decimal":"0"}"#, &[3, 0, 0]);
    check(r#"{"text":"x"}"#, &[4, 1, b'x']);
    check(r#"{"date":"1970-01-03"}"#, &[5, 4]);
    check(r#"{"timestamp":"1970-01-01T00:00:00.003Z"}"#, &[6, 6]);
    check(r#"{"duration":"-P1M2DT0.003S"}"#, &[7, 1, 3, 5]);
    check(r#"{"party":"idn_a"}"#, &[9, 5, b'i', b'd', b'n', b'_', b'a']);
    check(r#"{"list":[{"int":1},{"unassigned":null}]}"#, &[10, 2, 2, 2, 0]);
    check(r#"{"map":{"b":{"bool":false},"a":{"int":0}}}"#, &[11, 2, 1, b'a', 2, 0, 1, b'b', 1, 0]);
    // Out of order, an unassigned member, a coefficient with a trailing zero.
    assert!(Value::from_bytes(&[11, 2, 1, b'b', 1, 0, 1, b'a', 2, 0]).is_err());
    assert!(Value::from_bytes(&[11, 1, 1, b'a', 0]).is_err());
    assert!(Value::from_bytes(&[3, 20, 0]).is_err());
}
