//! Who holds personal data, and whose they are (language §2.5, decision 0018).

use std::collections::BTreeSet;

use countersign_types::{IdentityId, PayloadCommitment};
use countersign_workflow::{DataClassView, ROOT_PROCESS};

use crate::{Response, State};

impl Response {
    /// Whether it is given in `main`, where the roles are those that mandates name.
    pub fn is_of_main(&self) -> bool {
        self.process == ROOT_PROCESS
    }

    /// The class of an attachment by its name: a file that a class is said of, or the envelope of a value in the data,
    /// which is called by its pointer.
    pub fn class_of<'a>(
        &self,
        scenario: &'a countersign_workflow::Scenario,
        attachment: &str,
    ) -> Option<DataClassView<'a>> {
        // Sub-scenarios have no personal data, whatever their actions and files are called.
        if !self.is_of_main() {
            return None;
        }
        let response = self.response.as_deref();
        if !attachment.starts_with('/') {
            return scenario.data_class(scenario.attachment_class(&self.action, response, attachment)?);
        }
        let places = scenario.sealed(&self.action, response, &self.data);
        let place = places.into_iter().find(|place| place.pointer == attachment)?;
        scenario.data_class(&place.class)
    }
}

impl State {
    /// The scenario as it runs, with the changes that were adopted.
    pub fn scenario(&self) -> &countersign_workflow::Scenario {
        self.process.as_ref().map_or(&self.charter.scenario, countersign_workflow::Process::scenario)
    }

    /// The party that plays an actor; none if nobody does, or several do.
    pub fn party_of(&self, actor: &str) -> Option<IdentityId> {
        let parties = self.parties_of(actor);
        parties.first().copied().filter(|_| parties.len() == 1)
    }

    /// The parties that play an actor, ascending: one, or of a group as many as its members belong to.
    pub fn parties_of(&self, actor: &str) -> BTreeSet<IdentityId> {
        let parties: Vec<&str> = match &self.process {
            Some(process) => process.parties(actor),
            None => {
                let bound = self.bindings.iter().filter(|(name, _)| self.charter.scenario.role(name) == Some(actor));
                bound.filter_map(|(_, binding)| binding.party.as_deref()).collect()
            }
        };
        parties.into_iter().filter_map(|party| party.parse().ok()).collect()
    }

    /// The parties of the holders, and that of the author, who brought it; none if all members hold it.
    pub(crate) fn holders_of(
        &self,
        response: &Response,
        author: &IdentityId,
        attachment: &PayloadCommitment,
    ) -> Option<BTreeSet<IdentityId>> {
        let scenario = self.scenario();
        let named =
            response.attachments.iter().filter(|(_, files)| files.iter().any(|one| one.commitment == *attachment));
        let mut classes = named.filter_map(|(name, _)| response.class_of(scenario, name));
        let class = classes.find(|class| !class.is_held_by_all())?;
        let brought_by = self.rings.get(author).map(countersign_member::KeyRing::party);
        Some(class.holders().flat_map(|actor| self.parties_of(actor)).chain(brought_by).collect())
    }
}
