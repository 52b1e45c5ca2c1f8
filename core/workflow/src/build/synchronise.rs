//! Explicit synchronisation: `acknowledge` of a state, `announce` of an action, and the actions that come with them
//! (decision 0021).

use countersign_codec::Json;
use countersign_rules::Duration;

use super::{Builder, Members};
use crate::scenario::{Action, Actors, Announce, Own};
use crate::tree::{Kind, Node};

/// Most characters of the reason of an objection.
const REASON_CHARACTERS_MAX: i64 = 1_000;

/// The actions that a body has without declaring them.
pub(super) fn own_actions(doc: &Node) -> Vec<Own> {
    let has = |section: &str, key: &str| {
        let members = doc.get(section).and_then(Node::as_map).unwrap_or_default();
        members.iter().any(|(_, node)| node.get(key).is_some())
    };
    let uses = |own: &Own| match own {
        Own::Acknowledge => has("states", "acknowledge"),
        Own::Object => has("actions", "announce"),
    };
    Own::ALL.into_iter().filter(uses).collect()
}

impl Builder<'_> {
    /// E202 for declared actions that are called like those that come by themselves.
    pub(super) fn own_names_are_free(&mut self) {
        let doc = self.doc;
        for own in own_actions(doc) {
            if let Some((key, _)) = doc.get("actions").and_then(|actions| actions.member(own.as_str())) {
                let message = format!("`{own}` is taken: it is what actors do where `{}` stands", own.key());
                self.report.add("E202", key.place, message);
            }
        }
    }

    /// The action that comes by itself.
    pub(super) fn own_action(&mut self, own: Own) -> Option<Action> {
        let data = match own {
            Own::Acknowledge => Json::Map(Members::new()),
            Own::Object => Json::map([
                ("announced", Json::text("text")),
                (
                    "reason",
                    Json::map([
                        ("type", Json::text("text")),
                        ("optional", Json::Bool(true)),
                        ("max", Json::Int(REASON_CHARACTERS_MAX)),
                    ]),
                ),
            ]),
        };
        let written = Json::map([
            ("title", Json::text(own.title())),
            ("kind", Json::text("informative")),
            ("by", Json::List(Vec::new())),
            ("data", data),
        ]);
        let node = Node::from_json(&written, self.doc.place);
        let by = self.asked(own);
        let mut action = self.action(own.as_str(), self.doc.place, &node, &mut Members::new())?;
        action.by = by;
        action.own = Some(own);
        if own == Own::Acknowledge {
            // Which entry of which state is acknowledged is part of what its author saw.
            action.seen = ["state", "entered"].map(|name| ["_", "process", name].map(Into::into).to_vec()).to_vec();
        }
        Some(action)
    }

    /// All actors that some state or some action asks.
    fn asked(&self, own: Own) -> Actors {
        let (section, path): (_, &[&str]) = match own {
            Own::Acknowledge => ("states", &["acknowledge"]),
            Own::Object => ("actions", &["announce", "objectors"]),
        };
        let mut asked = Actors::default();
        for (_, node) in self.doc.get(section).and_then(Node::as_map).unwrap_or_default() {
            let named = path.iter().try_fold(node, |node, key| node.get(key));
            let Some(named) = named else { continue };
            if named.as_text() == Some("everyone") {
                return self.everyone();
            }
            let one = std::slice::from_ref(named);
            let names = if let Kind::List(items) = &named.kind { items } else { one };
            // What is unknown is reported where it stands.
            let known = names.iter().filter_map(|name| self.names.actors.binary_search(&name.as_text()?).ok());
            known.for_each(|actor| asked.add(actor));
        }
        asked
    }

    /// `acknowledge` of a state.
    pub(super) fn acknowledge(&mut self, node: &Node, canonical: &mut Members) -> Actors {
        let Some(named) = node.get("acknowledge") else { return Actors::default() };
        let actors = self.actors_named(named);
        canonical.insert("acknowledge".into(), self.names_of(actors));
        actors
    }

    /// `announce` of an action.
    pub(super) fn announce(&mut self, node: &Node, canonical: &mut Members) -> Option<Announce> {
        let (key, written) = node.member("announce")?;
        if node.get("run").is_some() {
            self.report.add("E106", key.place, "an action with `run` cannot have `announce`: nobody waits for it");
        }
        let objectors = written.get("objectors").map(|named| self.actors_named(named)).unwrap_or_default();
        let wait = written.get("wait").and_then(Node::as_text).and_then(Duration::parse)?;
        let members = [("wait", Json::text(wait.to_string())), ("objectors", self.names_of(objectors))];
        canonical.insert("announce".into(), Json::map(members));
        Some(Announce { wait, objectors })
    }
}
