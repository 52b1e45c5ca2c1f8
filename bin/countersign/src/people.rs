//! Who is known in a contract and who may act for whom, as its log says.

use std::collections::{BTreeMap, BTreeSet};

use countersign_api_model::{Entry, Outcome};
use countersign_chain::StatementKind;
use countersign_client::Client;
use countersign_codec::{Json, JsonLimits};
use countersign_contract::Payload;
use countersign_member::{KeyId, Mandate, SignedInception};
use countersign_types::{ContractId, IdentityId, StatementId};

use crate::failure::Failure;

/// A mandate in force.
pub struct Granted {
    /// Its statement.
    pub statement: StatementId,
    /// Where it stands.
    pub position: u64,
    /// Who gave it: the party, as the log names it.
    pub party: String,
    /// What it says.
    pub mandate: Mandate,
}

/// What the log says of people.
#[derive(Default)]
pub struct People {
    known: BTreeMap<IdentityId, SignedInception>,
    added: BTreeMap<IdentityId, BTreeSet<KeyId>>,
    retired: BTreeSet<(IdentityId, KeyId)>,
    /// Mandates in force, in the order of the log.
    pub mandates: Vec<Granted>,
}

impl People {
    /// Reads the log of a contract.
    pub async fn of(client: &Client, contract: ContractId) -> Result<Self, Failure> {
        let mut people = Self::default();
        for entry in client.whole_log(&contract.to_string(), None).await? {
            people.read(&entry);
        }
        Ok(people)
    }

    fn read(&mut self, entry: &Entry) {
        let kind = StatementKind::from_word(&entry.kind);
        let (Outcome::Applied, Some(kind), Some(payload)) = (&entry.outcome, kind, &entry.payload) else { return };
        let json = Json::parse(payload.to_string().as_bytes(), JsonLimits::default());
        let payload = json.ok().and_then(|json| Payload::from_bytes(kind, &json.canonical()).ok());
        match payload {
            Some(Payload::Identity(inception)) => {
                self.known.insert(inception.id(), inception);
            }
            Some(Payload::Mandate(mandate)) => {
                let Ok(statement) = entry.statement.parse() else { return };
                let party = entry.party.clone().unwrap_or_else(|| entry.author.clone());
                self.mandates.push(Granted { statement, position: entry.position, party, mandate });
            }
            Some(Payload::MandateRevoke(taken)) => self.mandates.retain(|granted| granted.statement != taken),
            Some(Payload::KeyRotate(rotate)) => {
                let keys = self.added.entry(rotate.identity).or_default();
                keys.extend(rotate.add.iter().map(|new| new.key.id()));
                self.retired.extend(rotate.retire.iter().map(|key| (rotate.identity, *key)));
            }
            _ => {}
        }
    }

    /// Whether the log introduced this person or system.
    pub fn knows(&self, identity: &IdentityId) -> bool {
        self.known.contains_key(identity)
    }

    /// Whether an identity that begins with this record may sign with this key now.
    pub fn may_sign(&self, inception: &SignedInception, key: &KeyId) -> bool {
        let identity = inception.id();
        let first = inception.inception().keys.iter().any(|own| own.id() == *key);
        let added = self.added.get(&identity).is_some_and(|keys| keys.contains(key));
        (first || added) && !self.retired.contains(&(identity, *key))
    }
}
