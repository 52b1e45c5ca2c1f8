//! Actions and their responses.

use countersign_codec::Json;
use countersign_rules::{Kind as TypeKind, Text, Type};

use super::{Builder, Members, Sight, actors, data, put_map};
use crate::finding::Place;
use crate::scenario::{Action, ActionKind, Actors, Attachment, Needs, Own, Response, Words};
use crate::tree::Node;

/// Most bytes of an attachment unless said otherwise: 10 MiB.
const ATTACHMENT_BYTES_MAX: i64 = 10 << 20;

impl Builder<'_> {
    /// Compiles the actions; false if one of them has an error.
    pub(super) fn all_actions(&mut self, canonical: &mut Members) -> bool {
        let doc = self.doc;
        let mut members = Members::new();
        let mut complete = true;
        self.own_names_are_free();
        for (name, _) in self.names.actions.clone() {
            let Some((key, node)) = doc.get("actions").and_then(|actions| actions.member(name)) else {
                match Own::ALL.into_iter().find(|own| own.as_str() == name).and_then(|own| self.own_action(own)) {
                    Some(action) => self.actions.push(action),
                    None => complete = false,
                }
                continue;
            };
            let mut own = Members::new();
            match self.action(name, key.place, node, &mut own) {
                Some(action) => self.actions.push(action),
                None => complete = false,
            }
            members.insert(name.to_owned(), Json::Map(own));
        }
        put_map(canonical, "actions", members);
        complete
    }

    pub(super) fn action(&mut self, name: &str, place: Place, node: &Node, canonical: &mut Members) -> Option<Action> {
        let title = self.title(node, canonical);
        self.description(node, canonical);
        data::copy(node, &["kind", "clause", "ui"], canonical);
        let kind = match node.get("kind").and_then(Node::as_text) {
            Some("performative") => ActionKind::Performative,
            _ => ActionKind::Informative,
        };
        let needs = match node.get("needs").and_then(Node::as_text) {
            Some("countersigned") => Some(Needs::Countersigned),
            Some("final") => Some(Needs::Final),
            // What a machine does is not taken back, so it waits unless the scenario says otherwise.
            _ => node.get("run").map(|_| Needs::Final),
        };
        if node.get("run").is_none() || needs != Some(Needs::Final) {
            data::copy(node, &["needs"], canonical);
        }
        let by = node.get("by").map_or(Actors::default(), |by| self.actors_named(by));
        canonical.insert("by".into(), self.names_of(by));
        let scope = self.scope([("actor", self.acting(by)), ("time", Type::of(TypeKind::Timestamp))]);
        let condition = self.guard_of(node, &scope);
        if let Some(Some((_, tree))) = &condition {
            canonical.insert("if".into(), tree.clone());
        }
        let paths = node.get("seen").and_then(Node::as_list).unwrap_or_default();
        let seen: Vec<_> = paths.iter().map(|path| self.seen_path(path)).collect();
        if !paths.is_empty() {
            let paths = paths.iter().filter_map(Node::as_text).map(|path| path.strip_prefix("_.").unwrap_or(path));
            canonical.insert("seen".into(), Json::List(paths.map(Json::text).collect()));
        }
        let asker = self.scope([("actor", self.acting(by))]);
        let run = self.run_of(node, by, (&scope, &asker), canonical);
        let responses = self.responses(name, node, title.as_ref(), by, canonical);
        if let (Some(run), Some(responses)) = (node.get("run"), &responses) {
            self.responses_of_a_node(name, run, responses);
        }
        let expect = self.expect(name, node, canonical);
        let announce = self.announce(node, canonical);
        let clause = self.clause(node);
        let priority = actors::priority(node, canonical);
        Some(Action {
            name: name.into(),
            place,
            title: title?,
            clause,
            kind,
            by,
            condition: condition?.map(|(rule, _)| rule),
            seen: seen.into_iter().collect::<Option<_>>()?,
            responses: responses?,
            expect: expect?,
            needs,
            priority,
            run: run?,
            announce,
            own: None,
        })
    }

    /// The responses of an action: as written, or `ok` from its short form.
    fn responses(
        &mut self,
        name: &str,
        node: &Node,
        title: Option<&Words>,
        by: Actors,
        canonical: &mut Members,
    ) -> Option<Vec<Response>> {
        let mut members = Members::new();
        let mut responses = Vec::new();
        let mut complete = true;
        match node.get("responses") {
            None => {
                let mut own = Members::new();
                if let Some(words) = node.get("title").and(title) {
                    let words = words.iter().map(|(language, text)| (language.clone(), Json::text(text.as_str())));
                    own.insert("title".into(), Json::map(words));
                }
                let pointer = format!("/actions/{name}");
                responses.push(self.response("ok", node, title.cloned(), &pointer, by, &mut own));
                members.insert("ok".into(), Json::Map(own));
            }
            Some(written) => {
                let names =
                    self.names.action(name).and_then(|at| self.names.actions.get(at)).map(|(_, names)| names.clone());
                for response in names.unwrap_or_default() {
                    let Some(node) = written.get(response) else { continue };
                    let mut own = Members::new();
                    let title = self.title(node, &mut own);
                    self.description(node, &mut own);
                    data::copy(node, &["ui"], &mut own);
                    let pointer = format!("/actions/{name}/responses/{response}");
                    responses.push(self.response(response, node, title, &pointer, by, &mut own));
                    members.insert(response.to_owned(), Json::Map(own));
                }
            }
        }
        complete &= responses.iter().all(Option::is_some);
        put_map(canonical, "responses", members);
        if complete { responses.into_iter().collect() } else { None }
    }

    fn response(
        &mut self,
        name: &str,
        node: &Node,
        title: Option<Words>,
        pointer: &str,
        by: Actors,
        canonical: &mut Members,
    ) -> Option<Response> {
        let data = self.data_of(node, pointer, canonical);
        let attachments = self.attachments(node, canonical);
        let attached = Type::record(attachments.iter().map(|file| (file.name.clone(), file.type_of())));
        let unknown = || Type::of(TypeKind::Any);
        let scope = self.scope([
            ("actor", self.acting(by)),
            ("data", data.as_ref().map_or_else(unknown, |schema| schema.type_of().clone())),
            ("attachments", attached),
            ("time", Type::of(TypeKind::Timestamp)),
            ("response", Type::text(countersign_rules::TEXT_MAX_DEFAULT)),
        ]);
        let effects = self.effects(node, &scope, canonical);
        let proving = self.proof(node, data.as_ref(), canonical);
        Some(Response {
            name: name.into(),
            title: title?,
            data: data?,
            attachments,
            effects: effects?,
            proving: proving?,
        })
    }

    fn attachments(&mut self, node: &Node, canonical: &mut Members) -> Vec<Attachment> {
        let mut members = Members::new();
        let mut attachments = Vec::new();
        for (key, node) in node.get("attachments").and_then(Node::as_map).unwrap_or_default() {
            let mut own = Members::new();
            self.title(node, &mut own);
            self.description(node, &mut own);
            data::copy(node, &["media"], &mut own);
            let media = node.get("media").and_then(Node::as_list);
            let optional = node.get("optional").and_then(|node| node.to_json().as_bool()).unwrap_or(false);
            let bytes_max = node.get("max_bytes").and_then(|node| node.to_json().as_int());
            let bytes_max = bytes_max.unwrap_or(ATTACHMENT_BYTES_MAX);
            if optional {
                own.insert("optional".into(), Json::Bool(true));
            }
            if bytes_max != ATTACHMENT_BYTES_MAX {
                own.insert("max_bytes".into(), Json::Int(bytes_max));
            }
            let many = self.many(node, &mut own);
            let personal = node.get("personal").and_then(|class| self.class_named(class));
            if let Some(class) = &personal {
                own.insert("personal".into(), Json::text(&**class));
            }
            members.insert(key.text.clone(), Json::Map(own));
            attachments.push(Attachment {
                name: Text::from(key.text.as_str()),
                media: media.map(|items| items.iter().filter_map(Node::as_text).map(str::to_owned).collect()),
                optional,
                many,
                bytes_max,
                personal,
            });
        }
        put_map(canonical, "attachments", members);
        attachments.sort_by(|left, right| left.name.cmp(&right.name));
        attachments
    }

    /// The position of the response on the golden flow.
    fn expect(&mut self, name: &str, node: &Node, canonical: &mut Members) -> Option<usize> {
        let responses = self.names.action(name).and_then(|at| self.names.actions.get(at))?.1.clone();
        let default = match responses.as_slice() {
            [_] => Some(0),
            _ => responses.iter().position(|response| *response == "ok"),
        };
        let Some(written) = node.get("expect") else {
            if default.is_none() {
                self.report.add("E105", node.place, format!("actions `{name}` needs `expect`"));
            }
            return default;
        };
        let word = written.as_text()?;
        let found = responses.iter().position(|response| *response == word);
        match found {
            None => self.nothing_called(written, "response", word, responses),
            Some(_) if found == default => {}
            Some(_) => {
                canonical.insert("expect".into(), Json::text(word));
            }
        }
        found
    }

    /// What a transition that one of these responses takes can see.
    pub(super) fn scope_of(&self, responses: &[(usize, usize)], by: Actors) -> Sight {
        let mut data: Option<Type> = None;
        let mut attachments: Option<Type> = None;
        for (action, response) in responses {
            let name = self.names.actions.get(*action).map(|(name, _)| *name).unwrap_or_default();
            let Some(action) = self.actions.iter().find(|action| *action.name == *name) else { continue };
            let Some(found) = action.responses.get(*response) else { continue };
            let attached = found.attachments.iter().map(|file| (file.name.clone(), file.type_of()));
            data = Some(shared(data, found.data.type_of().clone()));
            attachments = Some(shared(attachments, Type::record(attached)));
        }
        let any = || Type::of(TypeKind::Any);
        self.scope([
            ("actor", self.acting(by)),
            ("data", data.unwrap_or_else(any)),
            ("attachments", attachments.unwrap_or_else(any)),
            ("time", Type::of(TypeKind::Timestamp)),
            ("response", Type::text(countersign_rules::TEXT_MAX_DEFAULT)),
        ])
    }
}

/// The members that two records share.
fn shared(known: Option<Type>, other: Type) -> Type {
    let Some(known) = known else { return other };
    match (&known.kind, &other.kind) {
        (TypeKind::Record(left), TypeKind::Record(right)) => Type::record(
            left.iter().filter(|(name, kind)| right.get(*name) == Some(kind)).map(|(n, k)| (n.clone(), k.clone())),
        ),
        _ if known == other => known,
        _ => Type::record([] as [(Text, Type); 0]),
    }
}
