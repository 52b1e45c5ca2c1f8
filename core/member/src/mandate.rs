//! Who may act for a company, and within what limits.

use std::collections::BTreeSet;

use countersign_codec::{Encode, Json, Writer};
use countersign_rules::Decimal;
use countersign_types::{IdentityId, Timestamp};
use thiserror::Error;

use crate::KeyId;

/// Most names or limits in a mandate.
const ITEMS_MAX: usize = 100;

/// All names, or those listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Every one.
    All,
    /// These.
    These(BTreeSet<String>),
}

impl Named {
    fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.contains(name),
        }
    }
}

/// The largest value of a field of the data that the mandate covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Name of the member of `data`.
    pub field: String,
    /// The largest value.
    pub max: Decimal,
}

/// Who may act for a party (contract log §13.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// The person or system that may act.
    pub person: IdentityId,
    /// With this key only, or with any of its keys.
    pub key: Option<KeyId>,
    /// As which actors of the scenario.
    pub actors: Named,
    /// With which actions; `invite` and `confirm` are named like actions.
    pub actions: Named,
    /// Bounds on what the data may say.
    pub limits: Vec<Limit>,
    /// From then on.
    pub from: Option<Timestamp>,
    /// Until just before then.
    pub until: Option<Timestamp>,
}

/// What somebody wants to do for a party.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who.
    pub person: &'a IdentityId,
    /// With which key.
    pub key: &'a KeyId,
    /// As which actor; none for acts of membership.
    pub actor: Option<&'a str>,
    /// Which action.
    pub action: &'a str,
    /// The data of the response.
    pub data: Option<&'a Json>,
    /// The time of the step.
    pub time: Timestamp,
}

/// Why a mandate does not cover a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// It is for another person, key, actor, action or time: rejection `not_entitled`.
    NotEntitled,
    /// A field of the data exceeds its limit: rejection `beyond_mandate` by this field.
    Beyond(String),
}

/// A payload is no mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("member `{0}` of the mandate is missing or not of its form")]
pub struct MandateError(pub &'static str);

impl Mandate {
    /// Whether this mandate covers the request.
    pub fn covers(&self, request: &Request<'_>) -> Result<(), Denied> {
        let entitled = self.person == *request.person
            && self.key.is_none_or(|key| key == *request.key)
            && request.actor.is_none_or(|actor| self.actors.contains(actor))
            && self.actions.contains(request.action)
            && self.from.is_none_or(|from| from <= request.time)
            && self.until.is_none_or(|until| request.time < until);
        if !entitled {
            return Err(Denied::NotEntitled);
        }
        match self.limits.iter().find(|limit| limit.is_exceeded(request.data)) {
            Some(limit) => Err(Denied::Beyond(limit.field.clone())),
            None => Ok(()),
        }
    }

    /// Reads the payload of a `mandate` statement. Unknown members are refused.
    pub fn from_json(json: &Json) -> Result<Self, MandateError> {
        let members = json.as_map().ok_or(MandateError("mandate"))?;
        const KNOWN: [&str; 7] = ["person", "key", "actors", "actions", "limits", "from", "until"];
        if members.keys().any(|name| !KNOWN.contains(&name.as_str())) {
            return Err(MandateError("mandate"));
        }
        let text = |name| members.get(name).and_then(Json::as_text);
        let person = text("person").and_then(|text| text.parse().ok()).ok_or(MandateError("person"))?;
        let key = optional(members.get("key"), "key", |json| KeyId::from_text(json.as_text()?))?;
        let time = |json: &Json| {
            let time = countersign_rules::Timestamp::parse(json.as_text()?)?;
            Timestamp::from_millis(time.ms())
        };
        Ok(Self {
            person,
            key,
            actors: named(members.get("actors")).ok_or(MandateError("actors"))?,
            actions: named(members.get("actions")).ok_or(MandateError("actions"))?,
            limits: optional(members.get("limits"), "limits", limits)?.unwrap_or_default(),
            from: optional(members.get("from"), "from", time)?,
            until: optional(members.get("until"), "until", time)?,
        })
    }

    /// The payload of a `mandate` statement.
    pub fn to_json(&self) -> Json {
        let mut members = vec![
            ("person", Json::text(self.person.to_string())),
            ("actors", named_json(&self.actors)),
            ("actions", named_json(&self.actions)),
        ];
        if let Some(key) = &self.key {
            members.push(("key", Json::text(key.to_string())));
        }
        if !self.limits.is_empty() {
            let limit = |limit: &Limit| {
                Json::map([("field", Json::text(&limit.field)), ("max", Json::text(limit.max.to_string()))])
            };
            members.push(("limits", Json::List(self.limits.iter().map(limit).collect())));
        }
        for (name, time) in [("from", self.from), ("until", self.until)] {
            if let Some(time) = time {
                members.push((name, Json::text(time.to_string())));
            }
        }
        Json::map(members)
    }
}

impl Limit {
    /// A value that is no number exceeds every limit: it cannot be shown to keep it.
    fn is_exceeded(&self, data: Option<&Json>) -> bool {
        let value = match data.and_then(|data| data.get(&self.field)) {
            None | Some(Json::Null) => return false,
            Some(Json::Int(value)) => Some(Decimal::from_int(*value)),
            Some(Json::Text(text)) => Decimal::parse(text),
            Some(_) => None,
        };
        value.is_none_or(|value| value > self.max)
    }
}

impl Encode for Mandate {
    /// The canonical JSON of its payload, as a byte string.
    fn encode(&self, out: &mut Writer) {
        out.bytes(&self.to_json().canonical());
    }
}

fn optional<T>(
    json: Option<&Json>,
    name: &'static str,
    read: impl Fn(&Json) -> Option<T>,
) -> Result<Option<T>, MandateError> {
    json.map(|json| read(json).ok_or(MandateError(name))).transpose()
}

fn named(json: Option<&Json>) -> Option<Named> {
    match json? {
        Json::Text(word) if word == "all" => Some(Named::All),
        Json::List(names) if names.len() <= ITEMS_MAX => {
            names.iter().map(|name| name.as_text().map(str::to_owned)).collect::<Option<_>>().map(Named::These)
        }
        _ => None,
    }
}

fn named_json(named: &Named) -> Json {
    match named {
        Named::All => Json::text("all"),
        Named::These(names) => Json::List(names.iter().map(Json::text).collect()),
    }
}

fn limits(json: &Json) -> Option<Vec<Limit>> {
    let items = json.as_list().filter(|items| items.len() <= ITEMS_MAX)?;
    let limit = |item: &Json| {
        let members = item.as_map().filter(|members| members.len() == 2)?;
        let field = members.get("field")?.as_text()?.to_owned();
        Some(Limit { field, max: Decimal::parse(members.get("max")?.as_text()?)? })
    };
    items.iter().map(limit).collect()
}

#[cfg(test)]
mod tests {
    use countersign_crypto::Digest;

    use super::*;

    fn person() -> IdentityId {
        IdentityId::new(Digest::of(b"employee"))
    }

    fn mandate(text: &str) -> Mandate {
        let text = text.replace("PERSON", &person().to_string());
        Mandate::from_json(&Json::parse(text.as_bytes(), Default::default()).unwrap()).unwrap()
    }

    fn covers(mandate: &Mandate, action: &str, data: &str, millis: i64) -> Result<(), Denied> {
        let data = Json::parse(data.as_bytes(), Default::default()).unwrap();
        mandate.covers(&Request {
            person: &person(),
            key: &KeyId::from_text("key_aaaaaaaaaaaaa").unwrap(),
            actor: Some("employee"),
            action,
            data: Some(&data),
            time: Timestamp::from_millis(millis).unwrap(),
        })
    }

    #[test]
    fn a_mandate_covers_its_actors_actions_amounts_and_time() {
        let mandate = mandate(
            r#"{"person":"PERSON","actors":["employee"],"actions":["draft"],"until":"1970-01-01T00:00:01Z",
                "limits":[{"field":"rent","max":"1000"}]}"#,
        );
        assert_eq!(covers(&mandate, "draft", r#"{"rent":"1000.00"}"#, 999), Ok(()));
        assert_eq!(covers(&mandate, "draft", r#"{"rent":"1000.01"}"#, 999), Err(Denied::Beyond("rent".into())));
        assert_eq!(covers(&mandate, "draft", r#"{"rent":[]}"#, 999), Err(Denied::Beyond("rent".into())));
        assert_eq!(covers(&mandate, "draft", "{}", 1000), Err(Denied::NotEntitled));
        assert_eq!(covers(&mandate, "sign", "{}", 0), Err(Denied::NotEntitled));
        assert_eq!(Mandate::from_json(&mandate.to_json()), Ok(mandate));
    }

    #[test]
    fn what_is_unknown_in_a_mandate_is_refused() {
        let json = Json::map([("person", Json::text(person().to_string())), ("any", Json::Null)]);
        assert_eq!(Mandate::from_json(&json), Err(MandateError("mandate")));
    }
}
