//! Personal data: out of the data into envelopes of their own, and where they lie (language §2.5).

use std::collections::BTreeMap;

use countersign_codec::Json;

use super::{Invalid, Schema, Shape};
use crate::finding::child;
use crate::value::{Hash, Text};

/// A place of personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// JSON pointer (RFC 6901) into the data.
    pub pointer: String,
    /// The class.
    pub class: Text,
    /// The commitment that stands there.
    pub hash: Hash,
}

impl Schema {
    /// Whether what stands here is the commitment to personal data.
    pub fn is_sealed(&self) -> bool {
        self.type_of().is_sealed()
    }

    /// Whether a part of it is sealed for itself.
    pub(super) fn holds_sealed_parts(&self) -> bool {
        let sealed = |part: &Schema| part.is_sealed() || part.holds_sealed_parts();
        match &self.0.shape {
            Shape::List { of, .. } | Shape::Map { of, .. } => sealed(of),
            Shape::Record { members } => members.values().any(|member| sealed(&member.schema)),
            _ => false,
        }
    }

    /// The data with a commitment in the place of everything personal. `commit` gets the pointer, the class and the
    /// value in plain JSON, which fits its schema, and gives the commitment.
    ///
    /// Only what is personal is checked; the rest is what [`Schema::validate`] is for.
    ///
    /// # Errors
    /// [`Invalid`] for personal data that do not fit.
    pub fn seal(&self, data: &Json, commit: &mut dyn FnMut(&str, &str, &Json) -> Hash) -> Result<Json, Invalid> {
        self.seal_at(data, "", commit)
    }

    fn seal_at(
        &self,
        data: &Json,
        pointer: &str,
        commit: &mut dyn FnMut(&str, &str, &Json) -> Hash,
    ) -> Result<Json, Invalid> {
        if *data == Json::Null {
            return Ok(Json::Null);
        }
        if let Some(class) = self.type_of().personal.as_deref().filter(|_| self.is_sealed()) {
            let value = self.validate_open(data).map_err(|invalid| Invalid {
                pointer: format!("{pointer}{}", invalid.pointer),
                message: invalid.message,
            })?;
            return Ok(Json::Text(commit(pointer, class, &value.to_plain()).to_string()));
        }
        match (data, &self.0.shape) {
            (Json::List(items), Shape::List { of, .. }) => {
                let sealed = |(index, item)| of.seal_at(item, &child(pointer, &usize::to_string(&index)), commit);
                items.iter().enumerate().map(sealed).collect::<Result<_, _>>().map(Json::List)
            }
            (Json::Map(members), _) => {
                let mut sealed = BTreeMap::new();
                for (name, value) in members {
                    let value = match self.member(name) {
                        Some(member) => member.seal_at(value, &child(pointer, name), commit)?,
                        None => value.clone(),
                    };
                    sealed.insert(name.clone(), value);
                }
                Ok(Json::Map(sealed))
            }
            _ => Ok(data.clone()),
        }
    }

    /// The places of personal data in data whose envelopes are apart, in the order of the names.
    pub fn sealed(&self, data: &Json) -> Vec<Sealed> {
        let mut found = Vec::new();
        self.sealed_at(data, "", &mut found);
        found
    }

    fn sealed_at(&self, data: &Json, pointer: &str, found: &mut Vec<Sealed>) {
        if let Some(class) = self.type_of().personal.as_ref().filter(|_| self.is_sealed()) {
            if let Some(hash) = data.as_text().and_then(Hash::parse) {
                found.push(Sealed { pointer: pointer.to_owned(), class: Text::clone(class), hash });
            }
            return;
        }
        match (data, &self.0.shape) {
            (Json::List(items), Shape::List { of, .. }) => {
                let items = items.iter().enumerate();
                items.for_each(|(index, item)| of.sealed_at(item, &child(pointer, &index.to_string()), found));
            }
            (Json::Map(members), _) => {
                for (name, value) in members {
                    if let Some(member) = self.member(name) {
                        member.sealed_at(value, &child(pointer, name), found);
                    }
                }
            }
            _ => {}
        }
    }
}
