//! `docs/spec/openapi.json` against the API.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use countersign_api::openapi;
use serde_json::Value;

use crate::http::send;
use crate::known::served;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn operations() -> BTreeSet<(String, String)> {
    let description = openapi();
    let paths = description["paths"].as_object().unwrap();
    let methods = |(path, methods): (&String, &Value)| {
        let methods: Vec<_> =
            methods.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())).collect();
        methods
    };
    paths.iter().flat_map(methods).collect()
}

#[test]
fn the_committed_description_is_current() {
    let path = repository().join("docs/spec/openapi.json");
    let current = serde_json::to_string_pretty(&openapi()).unwrap() + "\n";
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "docs/spec/openapi.json differs; look at COUNTERSIGN_BLESS=1 and git diff");
}

/// Every `.route("…", …)` in the sources of this crate.
fn routes() -> BTreeSet<(String, String)> {
    let mut routes = BTreeSet::new();
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for route in source.split(".route(").skip(1) {
            let (path, rest) = route.split_once('"').unwrap().1.split_once('"').unwrap();
            let handlers = rest.split(".route(").next().unwrap().split("\n        .").next().unwrap();
            // The web app is no operation.
            if path == "/" || path.starts_with("/ui") {
                continue;
            }
            for method in ["get", "post", "put", "patch", "delete"] {
                if handlers.contains(&format!("{method}(")) {
                    routes.insert((method.to_owned(), path.to_owned()));
                }
            }
        }
    }
    routes
}

#[test]
fn every_route_is_described_and_every_description_has_a_route() {
    assert!(routes().len() > 20, "the sources are read wrongly: {:?}", routes());
    assert_eq!(routes(), operations());
}

#[tokio::test]
async fn every_described_operation_is_served() {
    let (server, _) = served().await;
    for (method, path) in operations() {
        let path = path.replace(['{', '}'], "");
        let method = method.to_uppercase();
        if path.ends_with("v1/events") {
            continue;
        }
        let request = format!("{method} {path} HTTP/1.1\nHost: localhost\nAuthorization: Bearer $TOKEN");
        let reply = send(server.address(), &request).await;
        assert!(reply.status != 405 && !reply.body.contains("unknown_path"), "{method} {path}: {reply:?}");
    }
    server.stop().await;
}

fn strings<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, member)| {
            if key == name {
                found.extend(member.as_str());
                found.extend(member.as_array().into_iter().flatten().filter_map(Value::as_str));
            }
            strings(member, name, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| strings(item, name, found)),
        _ => {}
    }
}

#[test]
fn references_lead_somewhere_and_names_are_unique() {
    let description = openapi();
    let mut references = Vec::new();
    strings(&description, "$ref", &mut references);
    assert!(references.len() > 50, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut names = Vec::new();
    strings(&description["paths"], "operationId", &mut names);
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "{names:?}");
}

#[test]
fn every_code_has_a_page() {
    let description = openapi();
    let mut codes = Vec::new();
    strings(&description, "x-codes", &mut codes);
    assert!(codes.len() > 50, "{codes:?}");
    let pages = repository().join("docs/errors");
    let missing: BTreeSet<_> = codes.iter().filter(|code| !pages.join(format!("{code}.md")).exists()).collect();
    assert!(missing.is_empty(), "no page in docs/errors for {missing:?}");
}

#[test]
fn ids_have_patterns() {
    let description = openapi();
    let schemas = &description["components"]["schemas"];
    for (schema, member, kind) in [
        ("ContractView", "contract", "ContractId"),
        ("NodeInfo", "party", "IdentityId"),
        ("NodeInfo", "card", "Base32"),
        ("Submitted", "statement", "StatementId"),
        ("PrepareRequest", "key", "KeyId"),
        ("Entry", "entry", "EntryId"),
    ] {
        let text = schemas[schema].to_string();
        let reference = format!("#/components/schemas/{kind}");
        assert!(text.contains(&reference), "{schema}.{member} is no {kind}: {text}");
        assert!(schemas[kind]["pattern"].is_string(), "{kind} has no pattern: {}", schemas[kind]);
    }
    assert_eq!(schemas["FoundRequest"]["additionalProperties"], false, "{}", schemas["FoundRequest"]);
}
