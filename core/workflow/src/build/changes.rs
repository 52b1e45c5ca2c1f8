//! Who decides on changes of a running process.

use countersign_ballot::{Need, Share};
use countersign_codec::Json;
use countersign_rules::Duration;

use super::{Builder, Members};
use crate::change::{BallotRule, ChangeKind, ChangeRules};
use crate::tree::Node;

impl Builder<'_> {
    /// The ballots of `changes`; what is not written needs all parties within 14 days.
    pub(super) fn changes(&mut self, canonical: &mut Members) -> ChangeRules {
        let default = BallotRule { who: self.everyone(), need: Need::All, within: ChangeRules::default_within() };
        let mut rules = ChangeRules::all(Some(default));
        let Some(node) = self.doc.get("changes") else { return rules };
        if node.as_text() == Some("none") {
            rules = ChangeRules::all(None);
        }
        let mut members = Members::new();
        for kind in ChangeKind::ALL {
            let Some(node) = node.get(kind.as_str()) else { continue };
            let rule = if node.as_text() == Some("none") { None } else { Some(self.ballot(node, default)) };
            rules.set(kind, rule);
            match rule {
                None => {
                    members.insert(kind.as_str().into(), Json::text("none"));
                }
                Some(rule) if rule != default => {
                    members.insert(kind.as_str().into(), self.ballot_json(&rule));
                }
                Some(_) => {}
            }
        }
        if rules == ChangeRules::all(None) {
            canonical.insert("changes".into(), Json::text("none"));
        } else if !members.is_empty() {
            canonical.insert("changes".into(), Json::Map(members));
        }
        rules
    }

    fn ballot(&mut self, node: &Node, default: BallotRule) -> BallotRule {
        let who = node.get("who").map_or(default.who, |who| self.actors_named(who));
        let need = match node.get("need") {
            None => default.need,
            Some(need) => match (need.as_text(), need.get("share")) {
                (Some("majority"), _) => Need::Majority,
                (None, Some(share)) => match share.as_text().and_then(Share::parse) {
                    Some(share) => Need::Share(share),
                    None => {
                        let message = "a share must be a part of one such as `2/3`";
                        self.report.add("E106", share.place, message);
                        default.need
                    }
                },
                _ => Need::All,
            },
        };
        let within = node.get("within").and_then(Node::as_text).and_then(Duration::parse);
        BallotRule { who, need, within: within.unwrap_or(default.within) }
    }

    fn ballot_json(&self, rule: &BallotRule) -> Json {
        let need = match rule.need {
            Need::All => Json::text("all"),
            Need::Majority => Json::text("majority"),
            Need::Share(share) => Json::map([("share", Json::text(share.to_string()))]),
        };
        Json::map([("who", self.names_of(rule.who)), ("need", need), ("within", Json::text(rule.within.to_string()))])
    }
}
