//! What a response proves without showing it: `proof`.

use countersign_codec::Json;
use countersign_rules::{Kind as TypeKind, Proving as Word, Schema, Text, Type};

use super::{Builder, Members};
use crate::proof::{PROOF_MEMBER, Proving};
use crate::tree::Node;

impl Builder<'_> {
    /// The `proof` of a response, or of an action that is its own response.
    pub(super) fn proof(
        &mut self,
        part: &Node,
        data: Option<&Schema>,
        canonical: &mut Members,
    ) -> Option<Option<Proving>> {
        let Some(node) = part.get("proof") else { return Some(None) };
        let of = self.proving_path(node, "of", "commitment");
        let challenge = self.proving_path(node, "challenge", "challenge");
        let scope = self.scope([]);
        let mut own = Members::new();
        let mut bounds = [None, None];
        let mut complete = true;
        for (bound, key) in bounds.iter_mut().zip(["min", "max"]) {
            let Some(written) = node.get(key) else { continue };
            match self.expression(written, &scope, Some(&Type::decimal())) {
                Some((rule, tree)) => {
                    own.insert(key.to_owned(), tree);
                    *bound = Some(rule);
                }
                None => complete = false,
            }
        }
        complete &= self.knows(node, &mut own);
        if let Some(schema) = data {
            let word = schema.type_of().member(PROOF_MEMBER).filter(|member| !member.optional);
            if !word.is_some_and(|member| member.kind == TypeKind::Proving(Word::Proof)) {
                let message = "`proof` needs a member `proof` of type `proof` in `data`";
                self.report.add("E105", node.place, message.to_owned());
                complete = false;
            }
        }
        for (key, path) in [("of", &of), ("challenge", &challenge)] {
            let path = path.as_ref().map(|(path, _)| path.get(1..).unwrap_or_default().join("."));
            own.extend(path.map(|path| (key.to_owned(), Json::Text(path))));
        }
        canonical.insert("proof".into(), Json::Map(own));
        let ((of, word), (challenge, _)) = (of?, challenge?);
        let digits = if let Word::Commitment { digits } = word { digits } else { 0 };
        let [min, max] = bounds;
        complete.then_some(Some(Proving { place: node.place, of, challenge, digits, min, max }))
    }

    /// `knows: true` stands in place of bounds, and is written: a forgotten bound must not weaken a proof.
    fn knows(&mut self, node: &Node, canonical: &mut Members) -> bool {
        let has_bound = node.get("min").is_some() || node.get("max").is_some();
        match (node.get("knows"), has_bound) {
            (None, true) => true,
            (Some(knows), false) if knows.to_json() == Json::Bool(true) => {
                canonical.insert("knows".into(), Json::Bool(true));
                true
            }
            (None, false) => {
                self.report.add("E105", node.place, "`proof` needs `min`, `max` or `knows`".to_owned());
                false
            }
            (Some(knows), _) => {
                let message = "`proof.knows` must be true, and stands without `min` and `max`";
                self.report.add("E106", knows.place, message.to_owned());
                false
            }
        }
    }

    /// A path to a value of this word, not personal.
    fn proving_path(&mut self, node: &Node, key: &str, word: &str) -> Option<(Vec<Text>, Word)> {
        let written = node.get(key)?;
        let path = self.seen_path(written)?;
        let found = self.root.at(path.get(1..).unwrap_or_default())?.clone();
        let shown = written.as_text().unwrap_or_default();
        if found.personal.is_some() {
            let message = format!("personal data `{shown}` cannot decide or be computed with");
            self.report.add("E501", written.place, message);
            return None;
        }
        match found.kind {
            TypeKind::Proving(kind) if kind.word() == word => Some((path, kind)),
            _ => {
                self.report.add("E404", written.place, format!("expected {word}, this is {found}"));
                None
            }
        }
    }
}
