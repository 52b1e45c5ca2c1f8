//! Where the log forked, and how it was settled.

use countersign_api_model as model;
use countersign_chain::{ForkKey, Statement};
use countersign_contract::{Payload, State};
use countersign_types::EntryId;

use super::names::Names;
use crate::active::Active;
use crate::view::words;

/// The lines of the fork key, in their order.
const QUESTIONS: [&str; 5] = ["abandoned", "refused", "class", "order", "entry"];

pub(crate) fn forks(active: &Active, names: &Names) -> Option<model::ForkList> {
    let state = active.replica.state()?;
    let forks = active.replica.knowledge().forks();
    Some(model::ForkList { forks: forks.iter().filter_map(|parent| fork(active, &state, names, parent)).collect() })
}

fn fork(active: &Active, state: &State, names: &Names, parent: &EntryId) -> Option<model::ForkView> {
    let knowledge = active.replica.knowledge();
    let head = active.replica.head();
    let place = knowledge.place(parent)?;
    let mut keys: Vec<ForkKey> = place.children.iter().filter_map(|child| knowledge.fork_key(parent, child)).collect();
    keys.sort();
    // The way that the held branch goes; what the key says may differ, since receipts come before it.
    let by_key = keys.first()?.entry;
    keys.sort_by_key(|key| !knowledge.descends(&head, &key.entry));
    let questions = questions(&keys);
    let decided = questions.iter().find(|question| question.decides).map(|question| question.question.clone());
    Some(model::ForkView {
        position: place.position.next().get(),
        parent: parent.to_string(),
        branches: keys.iter().filter_map(|key| branch(active, state, names, &key.entry)).collect(),
        rule: match keys.first()?.entry == by_key {
            true => decided.unwrap_or_default(),
            false => "receipts".to_owned(),
        },
        questions,
    })
}

fn questions(keys: &[ForkKey]) -> Vec<model::ForkQuestion> {
    let answer = |key: &ForkKey, question: &str| match question {
        "abandoned" => key.abandoned.to_string(),
        "refused" => key.refused.to_string(),
        "class" => format!("{} {} {}", key.class.class, key.class.action, key.class.actor),
        "order" => key.order.to_string(),
        _ => key.entry.to_string(),
    };
    let mut decided = false;
    let mut one = |question: &&str| {
        let answers: Vec<_> = keys.iter().map(|key| answer(key, question)).collect();
        let differ = answers.windows(2).any(|two| two[0] != two[1]);
        let decides = differ && !decided;
        decided |= differ;
        model::ForkQuestion { question: (*question).to_owned(), answers, decides }
    };
    QUESTIONS.iter().map(&mut one).collect()
}

fn branch(active: &Active, state: &State, names: &Names, id: &EntryId) -> Option<model::ForkBranch> {
    let knowledge = active.replica.knowledge();
    let (entry, statement) = knowledge.place(id)?.content.as_ref()?;
    let scenario = crate::view::running(state);
    let opening = active.replica.opening(&statement.payload);
    let title = match opening.and_then(|opening| Payload::from_bytes(statement.kind, opening.bytes()).ok()) {
        Some(Payload::Response(response)) => {
            Some(words(scenario, scenario.action(&response.action).map(|action| action.title())))
        }
        _ => None,
    };
    let statement_id = Statement::id(statement);
    let now = active.replica.entry_of(&statement_id);
    Some(model::ForkBranch {
        entry: id.to_string(),
        statement: statement_id.to_string(),
        kind: statement.kind.as_str().to_owned(),
        title,
        author: statement.author.identity.to_string(),
        author_name: names.of_person(state, &statement.author.identity),
        time: statement.time.to_string(),
        appended_by: entry.party.to_string(),
        kept: knowledge.descends(&active.replica.head(), id),
        now_at: now.and_then(|now| knowledge.place(&now)).map(|place| place.position.get()),
        now_entry: now.map(|now| now.to_string()),
    })
}
