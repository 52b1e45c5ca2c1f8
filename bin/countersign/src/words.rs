//! Words for what the API tells.

use std::collections::BTreeMap;

use countersign_api_model::{ContractView, Level, Standing};

/// The parties of a contract by the actors that they play.
pub struct Names {
    own: Option<String>,
    actors: BTreeMap<String, String>,
}

impl Names {
    /// The names in a contract.
    pub fn of(view: &ContractView) -> Self {
        let own = view.members.iter().find(|member| member.own).map(|member| member.party.clone());
        let called = |actors: &[String], party: &str| match actors.is_empty() {
            true => short(party),
            false => actors.join("+"),
        };
        let actors = view.members.iter().map(|member| (member.party.clone(), called(&member.actors, &member.party)));
        Self { own, actors: actors.collect() }
    }

    /// What a party is called.
    pub fn party(&self, party: &str) -> String {
        let name = self.actors.get(party).cloned().unwrap_or_else(|| short(party));
        if self.own.as_deref() == Some(party) { format!("{name} (you)") } else { name }
    }

    /// Several of them.
    pub fn parties(&self, parties: &[String]) -> String {
        match parties.is_empty() {
            true => "nobody".to_owned(),
            false => parties.iter().map(|party| self.party(party)).collect::<Vec<_>>().join(", "),
        }
    }

    /// How certain something is, in a sentence.
    pub fn standing(&self, standing: &Standing) -> String {
        let mut words = format!("{}; held by {}", level(standing.level), self.parties(&standing.received_by));
        if !standing.waiting_for.is_empty() {
            words.push_str(&format!("; waiting for {}", self.parties(&standing.waiting_for)));
        }
        words
    }
}

/// What a level means.
pub const fn level(level: Level) -> &'static str {
    match level {
        Level::Local => "on this node only",
        Level::Delivered => "delivered to some",
        Level::Countersigned => "countersigned by all",
        Level::Final => "final",
    }
}

/// So many of something, in the singular if it is one.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The beginning of an id, enough to tell it from others nearby.
pub fn short(id: &str) -> String {
    match id.split_once('_') {
        Some((kind, rest)) if rest.len() > 10 => format!("{kind}_{}…", rest.chars().take(8).collect::<String>()),
        _ => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_short_id_keeps_its_kind() {
        assert_eq!(super::short("ctr_abcdefghijklmnop"), "ctr_abcdefgh…");
        assert_eq!(super::short("key_abc"), "key_abc");
    }
}
