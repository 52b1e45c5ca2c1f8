//! What pages show, as the API asks for it.

use std::sync::Arc;

use countersign_api::{Answer, Kind, LanguageQuery, LogQuery, Look, PageQuery, PersonalQuery, Refusal};
use countersign_api_model as model;
use countersign_contract::State;
use countersign_types::{IdentityId, Timestamp};

use crate::active::Active;
use crate::driver::failed;
use crate::people::checked_name;
use crate::service::{NodeService, contract_id, limit, malformed, page_of, parsed, stopping};
use crate::show::entry::{self, Part};
use crate::show::names::Names;
use crate::show::paper::Paper;
use crate::show::{change, fork, open, people, personal, waiting};
use crate::{metrics, view};

impl NodeService {
    /// Asks about a contract with the names that this node knows.
    async fn show<T: Send + 'static>(
        &self,
        contract: &str,
        question: impl FnOnce(&Active, &Names) -> Option<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let names = Arc::clone(&self.names);
        self.ask_about(contract, move |active, _| question(active, &names).ok_or_else(Refusal::unknown_contract)).await
    }

    async fn log_inner(&self, contract: &str, query: LogQuery) -> Result<model::Log, Refusal> {
        let limit = limit(&PageQuery { after: None, limit: query.limit })?;
        let part = match (query.order.as_deref(), query.after, query.before) {
            (None | Some("asc"), after, None) => Part::After(after.unwrap_or(0)),
            (None | Some("desc"), None, before) => Part::Before(before),
            _ => return Err(malformed("after goes with asc, before with desc")),
        };
        self.show(contract, move |active, names| Some(entry::log(active, names, part, limit))).await
    }

    async fn entry_inner(&self, contract: &str, wanted: String) -> Result<model::EntryDetail, Refusal> {
        let found = self.show(contract, move |active, names| {
            Some(entry::find(active, &wanted).and_then(|id| entry::detail(active, names, &id)))
        });
        let unknown = || Refusal::new(Kind::NotFound, "unknown_entry", "no such entry in this log");
        let (mut detail, leaves) = found.await?.ok_or_else(unknown)?;
        let index = detail.entry.position;
        let inclusion = tokio::task::spawn_blocking(move || entry::inclusion(&leaves, index));
        detail.inclusion = inclusion.await.map_err(|_| stopping())?;
        Ok(detail)
    }

    /// Asks about a contract as it stands, or as it was offered.
    async fn stands<T: Send + 'static>(
        &self,
        contract: &str,
        question: impl FnOnce(&State, Option<&Active>, Timestamp) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (id, store) = (contract_id(contract)?, Arc::clone(&self.store));
        self.ask(move |contracts| {
            let now = contracts.now();
            if let Some(active) = contracts.get(&id).map_err(|error| failed(&error))? {
                let state = active.replica.state().ok_or_else(Refusal::unknown_contract)?;
                return Ok(question(&state, Some(active), now));
            }
            let founded = view::as_founded(&store, &id).map_err(|error| failed(&error))?;
            let (_, state) = founded.ok_or_else(Refusal::unknown_contract)?;
            Ok(question(&state, None, now))
        })
        .await
    }

    /// Works on a contract away from the thread that all contracts share.
    async fn paper<T: Send + 'static>(
        &self,
        contract: &str,
        work: impl FnOnce(Paper) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (names, own) = (Arc::clone(&self.names), self.member.party());
        let paper =
            self.stands(contract, move |state, active, now| Paper::of(state, active, &names, &own, now)).await?;
        tokio::task::spawn_blocking(move || work(paper)).await.map_err(|_| stopping())?
    }

    async fn waiting_inner(&self, page: PageQuery) -> Result<model::WaitingList, Refusal> {
        let (names, mailboxes) = (Arc::clone(&self.names), self.mailboxes.clone());
        let items = self.ask(move |contracts| {
            contracts.load_all().map_err(|error| failed(&error))?;
            let seen = |key: &[u8; 32]| mailboxes.get(key).and_then(|mailbox| mailbox.seen());
            let now = contracts.now();
            Ok(contracts.iter().flat_map(|active| waiting::waiting(active, &names, now, &seen)).collect())
        });
        let name = |item: &model::WaitingItem| {
            let actor = item.actor.as_deref().unwrap_or_default();
            format!("{} {} {} {actor}", item.contract, item.party, item.kind)
        };
        let (items, next) = page_of(items.await?, &page, name)?;
        Ok(model::WaitingList { items, next })
    }

    async fn people_inner(&self, page: PageQuery) -> Result<model::PersonList, Refusal> {
        let names = Arc::clone(&self.names);
        let people = self.ask(move |contracts| {
            contracts.load_all().map_err(|error| failed(&error))?;
            Ok(people::people(contracts, &names))
        });
        let (people, next) = page_of(people.await?, &page, |person| person.identity.clone())?;
        Ok(model::PersonList { people, next })
    }

    async fn personal_of_inner(&self, contract: &str) -> Result<model::PersonalList, Refusal> {
        let items = self.ask_about(contract, |active, facts| Ok(personal::items(active, facts.now)));
        Ok(model::PersonalList { items: items.await?, next: None })
    }

    async fn personal_inner(&self, query: PersonalQuery) -> Result<model::PersonalList, Refusal> {
        let party: Option<IdentityId> = query.party.as_deref().map(|party| parsed(party, "party")).transpose()?;
        let (party, due) = (party.map(|party| party.to_string()), query.due.unwrap_or(false));
        let items = self.ask(move |contracts| {
            contracts.load_all().map_err(|error| failed(&error))?;
            let now = contracts.now();
            let items = contracts.iter().flat_map(|active| personal::items(active, now));
            let asked =
                |item: &model::PersonalItem| (party.is_none() || item.subject_party == party) && (item.due || !due);
            Ok(items.filter(asked).collect())
        });
        let page = PageQuery { after: query.after, limit: query.limit };
        let name = |item: &model::PersonalItem| {
            format!("{} {:020} {} {}", item.contract, item.position, item.name, item.commitment)
        };
        let (items, next) = page_of(items.await?, &page, name)?;
        Ok(model::PersonalList { items, next })
    }

    async fn give_name_inner(
        &self,
        identity: &str,
        request: model::GiveNameRequest,
    ) -> Result<model::NameView, Refusal> {
        let id: IdentityId = parsed(identity, "identity")?;
        let name = checked_name(Some(request.name))?;
        let given = self.names.give(id, name.clone()).await.map_err(|error| {
            Refusal::new(Kind::Busy, error.code(), "the disk of this node refuses to write")
                .suggest("make room on the disk of the node, then try again")
        })?;
        match given {
            true => Ok(model::NameView { identity: id.to_string(), name, source: "given".to_owned() }),
            false => Err(Refusal::new(Kind::Conflict, "limit", "this node keeps as many names as it can")),
        }
    }
}

impl Look for NodeService {
    fn log(&self, contract: String, query: LogQuery) -> Answer<'_, model::Log> {
        Box::pin(async move { self.log_inner(&contract, query).await })
    }

    fn entry(&self, contract: String, entry: String) -> Answer<'_, model::EntryDetail> {
        Box::pin(async move { self.entry_inner(&contract, entry).await })
    }

    fn charter(&self, contract: String) -> Answer<'_, model::CharterView> {
        Box::pin(async move { self.stands(&contract, |state, _, _| open::charter(state)).await })
    }

    fn diagram(&self, contract: String, query: LanguageQuery) -> Answer<'_, model::Diagram> {
        Box::pin(async move { self.paper(&contract, move |paper| paper.drawn(query.language.as_deref())).await })
    }

    fn prose(&self, contract: String, query: LanguageQuery) -> Answer<'_, model::Prose> {
        Box::pin(async move { self.paper(&contract, move |paper| paper.written(query.language.as_deref())).await })
    }

    fn documents(&self, contract: String) -> Answer<'_, model::DocumentList> {
        Box::pin(async move { self.show(&contract, open::documents).await })
    }

    fn personal_of(&self, contract: String) -> Answer<'_, model::PersonalList> {
        Box::pin(async move { self.personal_of_inner(&contract).await })
    }

    fn personal(&self, query: PersonalQuery) -> Answer<'_, model::PersonalList> {
        Box::pin(self.personal_inner(query))
    }

    fn forks(&self, contract: String) -> Answer<'_, model::ForkList> {
        Box::pin(async move { self.show(&contract, fork::forks).await })
    }

    fn changes(&self, contract: String) -> Answer<'_, model::ChangeList> {
        Box::pin(async move {
            let names = Arc::clone(&self.names);
            self.stands(&contract, move |state, _, now| change::changes(state, &names, now)).await?
        })
    }

    fn dry_run(&self, contract: String, request: model::DryRunRequest) -> Answer<'_, model::DryRun> {
        Box::pin(
            async move { self.stands(&contract, move |state, _, now| change::dry_run(state, &request, now)).await? },
        )
    }

    fn waiting(&self, page: PageQuery) -> Answer<'_, model::WaitingList> {
        Box::pin(self.waiting_inner(page))
    }

    fn people(&self, page: PageQuery) -> Answer<'_, model::PersonList> {
        Box::pin(self.people_inner(page))
    }

    fn stats(&self) -> Answer<'_, model::NodeStats> {
        Box::pin(metrics::stats(self))
    }

    fn names(&self) -> Answer<'_, model::NameList> {
        Box::pin(async { Ok(model::NameList { names: self.names.all() }) })
    }

    fn give_name(&self, identity: String, request: model::GiveNameRequest) -> Answer<'_, model::NameView> {
        Box::pin(async move { self.give_name_inner(&identity, request).await })
    }
}
