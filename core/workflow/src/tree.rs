//! A document as a tree of JSON values, each with its place.

use std::collections::BTreeMap;

use countersign_codec::Json;

use crate::finding::Place;

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub place: Place,
    pub kind: Kind,
}

/// A JSON value with placed parts.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    /// `offset`: columns from the place of the node to its first character; none if it spans lines.
    Text {
        text: String,
        offset: Option<u32>,
    },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub place: Place,
    pub text: String,
}

impl Node {
    /// A tree whose values all stand at `place`: for documents that came without a text.
    pub fn from_json(json: &Json, place: Place) -> Self {
        let kind = match json {
            Json::Null => Kind::Null,
            Json::Bool(value) => Kind::Bool(*value),
            Json::Int(value) => Kind::Int(*value),
            Json::Text(text) => Kind::Text { text: text.clone(), offset: None },
            Json::List(items) => Kind::List(items.iter().map(|item| Self::from_json(item, place)).collect()),
            Json::Map(members) => Kind::Map(
                members
                    .iter()
                    .map(|(key, value)| (Key { place, text: key.clone() }, Self::from_json(value, place)))
                    .collect(),
            ),
        };
        Self { place, kind }
    }

    /// The value without places.
    pub fn to_json(&self) -> Json {
        match &self.kind {
            Kind::Null => Json::Null,
            Kind::Bool(value) => Json::Bool(*value),
            Kind::Int(value) => Json::Int(*value),
            Kind::Text { text, .. } => Json::Text(text.clone()),
            Kind::List(items) => Json::List(items.iter().map(Self::to_json).collect()),
            Kind::Map(members) => {
                let members = members.iter().map(|(key, value)| (key.text.clone(), value.to_json()));
                Json::Map(members.collect::<BTreeMap<_, _>>())
            }
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&[(Key, Node)]> {
        match &self.kind {
            Kind::Map(members) => Some(members),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The member `key` of a map, with its key.
    pub fn member(&self, key: &str) -> Option<&(Key, Node)> {
        self.as_map()?.iter().find(|(found, _)| found.text == key)
    }

    /// The member `key` of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.member(key).map(|(_, value)| value)
    }

    /// The places of the key and the value that a JSON pointer names, as far as it leads.
    pub fn places_at(&self, pointer: &str) -> (Place, Place) {
        let (mut key, mut node) = (self.place, self);
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let next = match &node.kind {
                Kind::Map(members) => {
                    members.iter().find(|(found, _)| found.text == token).map(|(found, value)| (found.place, value))
                }
                Kind::List(items) => {
                    token.parse().ok().and_then(|index: usize| items.get(index)).map(|item| (item.place, item))
                }
                _ => None,
            };
            match next {
                Some((place, value)) => (key, node) = (place, value),
                None => break,
            }
        }
        (key, node.place)
    }

    /// The node that a JSON pointer names.
    pub fn at(&self, pointer: &str) -> Option<&Node> {
        pointer.split('/').skip(1).try_fold(self, |node, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            match &node.kind {
                Kind::Map(_) => node.get(&token),
                Kind::List(items) => token.parse().ok().and_then(|index: usize| items.get(index)),
                _ => None,
            }
        })
    }

    /// What this is, in words for a message.
    pub fn words(&self) -> String {
        match &self.kind {
            Kind::Null => "null".into(),
            Kind::Bool(value) => format!("`{value}`"),
            Kind::Int(value) => format!("`{value}`"),
            Kind::Text { text, .. } if text.chars().count() <= 40 => format!("`{text}`"),
            Kind::Text { .. } => "a text".into(),
            Kind::List(_) => "a list".into(),
            Kind::Map(_) => "a map".into(),
        }
    }
}
