//! The effects `invite` and `remove`: who plays a role from here on (language §2.3, decision 0020).

use countersign_rules::{Kind as TypeKind, Type};

use super::{Builder, Members, Sight, data};
use crate::scenario::{Body, EffectKind};
use crate::tree::Node;

impl Builder<'_> {
    /// None if it is another effect, and none inside if it has an error.
    pub(super) fn effect_on_roles(
        &mut self,
        node: &Node,
        scope: &Sight,
        canonical: &mut Members,
    ) -> Option<Option<EffectKind>> {
        if let Some(remove) = node.get("remove") {
            data::copy(node, &["remove"], canonical);
            return Some(self.actor_named(remove).map(EffectKind::Remove));
        }
        let invite = node.get("invite")?;
        data::copy(node, &["invite"], canonical);
        Some(self.invitation(invite, node.get("as"), scope, canonical))
    }

    fn invitation(
        &mut self,
        invite: &Node,
        party: Option<&Node>,
        scope: &Sight,
        canonical: &mut Members,
    ) -> Option<EffectKind> {
        let actor = self.actor_named(invite)?;
        if let Some(reason) = self.not_invited(actor) {
            let name = self.names.actors.get(actor).copied().unwrap_or_default();
            self.report.add("E405", invite.place, format!("`{name}` cannot be invited: {reason}"));
            return None;
        }
        let Some(party) = party else { return Some(EffectKind::Invite { actor, party: None }) };
        let (rule, tree) = self.expression(party, scope, Some(&Type::of(TypeKind::Party)))?;
        if rule.type_of().personal.is_some() {
            let path = rule.expr().to_text();
            self.report.add("E501", party.place, format!("personal data `{path}` cannot decide or be computed with"));
            return None;
        }
        canonical.insert("as".into(), tree);
        Some(EffectKind::Invite { actor, party: Some(rule) })
    }

    /// Why no effect may invite an actor.
    fn not_invited(&self, actor: usize) -> Option<String> {
        let name = self.names.actors.get(actor)?;
        let node = self.doc.get("actors")?.get(name)?;
        if node.get("joins").and_then(Node::as_text) != Some("invitation") {
            return Some("it has no `joins: invitation`".to_owned());
        }
        if let Some(other) = node.get("acts_for").and_then(Node::as_text).filter(|other| other != name) {
            return Some(format!("it acts for `{other}`"));
        }
        node.get("many").map(|_| "it is a group".to_owned())
    }

    /// E405: a child would invite an actor that cannot be invited here. `roles`: by the position of the child's actor, that
    /// of the actor here.
    pub(super) fn child_invites(&mut self, node: &Node, child: &str, body: &Body, roles: &[usize]) {
        for mine in body.invites.iter().filter_map(|actor| roles.get(actor)) {
            if let Some(reason) = self.not_invited(*mine) {
                let name = self.names.actors.get(*mine).copied().unwrap_or_default();
                let message = format!("`{name}` cannot be invited by child `{child}`: {reason}");
                self.report.add("E405", node.place, message);
            }
        }
    }
}
