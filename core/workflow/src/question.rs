//! Questions to another contract: what is asked there, and whether a proof answers it (decision 0022).

use countersign_codec::Json;
use countersign_rules::{Kind, Rule as Expression, Timestamp, Value};

use crate::answer::Answer;
use crate::branch::Branch;
use crate::finding::Place;
use crate::rejection::{Rejection, RejectionRule as Rule};
use crate::scenario::{Member, Response};
use crate::system::{Expressions, RunError, object};
use crate::view::{Locals, View};

/// Most characters of a proof in the data of a response, so that it fits a text.
pub const PROOF_CHARACTERS_MAX: usize = 65_536;
/// The member of the data of `ok` that is the proof.
pub(crate) const PROOF: &str = "proof";
/// What the data of `ok` can say, `proof` besides.
pub(crate) const FACTS: [&str; 7] = ["contract", "action", "response", "party", "statement", "at", "answer"];

/// `contract` of `run`, compiled.
#[derive(Debug)]
pub(crate) struct Asking {
    pub of: Expression,
    pub ask: Option<Ask>,
    pub answers: Vec<Word>,
}

/// `ask`, compiled.
#[derive(Debug)]
pub(crate) struct Ask {
    pub actor: String,
    pub action: String,
    pub response: String,
    pub data: Expressions,
}

/// An action, perhaps with one of its responses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// The action.
    pub action: String,
    /// The response; none: any.
    pub response: Option<String>,
}

impl Word {
    /// From `action` or `action.response`.
    pub fn new(written: &str) -> Self {
        let (action, response) = written.split_once('.').map_or((written, None), |(one, two)| (one, Some(two)));
        Self { action: action.to_owned(), response: response.map(str::to_owned) }
    }

    /// As it is written.
    pub fn written(&self) -> String {
        self.response.as_ref().map_or_else(|| self.action.clone(), |response| format!("{}.{response}", self.action))
    }

    fn names(&self, said: &Said) -> bool {
        self.action == said.action && (self.response.is_none() || self.response == said.response)
    }
}

/// What a contract is asked now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its id as the scenario has it, `ctr_…`.
    pub contract: String,
    /// What is said there first; none: nothing.
    pub request: Option<Request>,
    /// What counts as the answer; none: that the request was applied.
    pub answers: Vec<Word>,
}

/// What is said in the other contract, in its process `main`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// As whom, there.
    pub actor: String,
    /// The action.
    pub action: String,
    /// The response.
    pub response: String,
    /// Its data.
    pub data: Json,
}

/// What a bundle shows of another contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its id, which its genesis gives.
    pub contract: String,
    /// Responses that are applied and final, in the order of its log.
    pub said: Vec<Said>,
}

/// A response in another contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The statement, `stm_…`.
    pub statement: String,
    /// The party of its author, if that is known.
    pub party: Option<String>,
    /// The process.
    pub process: String,
    /// As whom.
    pub actor: String,
    /// The action.
    pub action: String,
    /// The response; none for the expected one.
    pub response: Option<String>,
    /// Its data: an object.
    pub data: Json,
    /// The time that it declares.
    pub at: Timestamp,
}

/// Reads what a text in base32 proves of another contract, or why it proves nothing. Pure.
pub type ProofReader = fn(&str) -> Result<Shown, String>;

impl Request {
    fn is(&self, said: &Said, party: &str) -> bool {
        said.process == crate::process::ROOT_PROCESS
            && said.party.as_deref() == Some(party)
            && (said.actor.as_str(), said.action.as_str()) == (&*self.actor, &*self.action)
            && said.response.as_deref() == Some(self.response.as_str())
            && said.data == self.data
    }
}

impl Question {
    /// Whether something said in the other contract is what the scenario calls an answer.
    pub fn is_answer(&self, said: &Said) -> bool {
        self.answers.iter().any(|word| word.names(said))
    }

    /// The answer to a question of a party, of what is shown.
    pub fn answered<'a>(&self, shown: &'a Shown, party: &str) -> Option<&'a Said> {
        if shown.contract != self.contract {
            return None;
        }
        let Some(request) = &self.request else { return shown.said.iter().rfind(|said| self.is_answer(said)) };
        let at = shown.said.iter().rposition(|said| request.is(said, party))?;
        if self.answers.is_empty() {
            return shown.said.get(at);
        }
        shown.said.iter().skip(at.saturating_add(1)).find(|said| self.is_answer(said))
    }

    /// The data of `ok`: of what is known of the answer, what its schema has room for.
    pub fn data(&self, schema: &Json, said: &Said, proof: &str) -> Json {
        let properties = schema.get("properties").and_then(Json::as_map);
        let text = |text: &Option<String>| text.as_deref().map(Json::text);
        let known = [
            ("contract", Some(Json::text(&self.contract))),
            ("action", Some(Json::text(&said.action))),
            ("response", text(&said.response)),
            ("party", text(&said.party)),
            ("statement", Some(Json::text(&said.statement))),
            ("at", Some(Value::Timestamp(said.at).to_plain())),
            ("answer", Some(said.data.clone())),
            (PROOF, Some(Json::text(proof))),
        ];
        let wanted = |name: &str| properties.is_some_and(|properties| properties.contains_key(name));
        Json::map(known.into_iter().filter(|(name, _)| wanted(name)).filter_map(|(name, value)| Some((name, value?))))
    }
}

impl Asking {
    /// What is asked in the state of a process. The expressions do not see the time, which whoever acts declares.
    pub fn question(&self, branch: &Branch, actor: Option<Member>) -> Result<Question, RunError> {
        let mut locals = Locals::at(branch.entered);
        locals.actor = actor;
        let view = View::new(branch, &locals);
        let of = self.of.eval(&view).map_err(|error| RunError::Expression("of".into(), error.kind.as_str()))?;
        let contract = of.as_text().ok_or_else(|| RunError::Expression("of".into(), "unassigned"))?.to_owned();
        let request = self.ask.as_ref().map(|ask| -> Result<Request, RunError> {
            Ok(Request {
                actor: ask.actor.clone(),
                action: ask.action.clone(),
                response: ask.response.clone(),
                data: object(&ask.data, &view)?,
            })
        });
        Ok(Question { contract, request: request.transpose()?, answers: self.answers.clone() })
    }

    /// Whether the data of an answer are proven. In a play there is no other contract to prove anything.
    pub fn check(
        &self,
        branch: &Branch,
        actor: Member,
        answer: &Answer<'_>,
        response: &Response,
        place: Place,
    ) -> Result<(), Rejection> {
        if answer.contract.is_none() {
            return Ok(());
        }
        let invalid = |message: String| Rejection::new(Rule::InvalidProof, message).at(place).pointing("/proof");
        let question = self.question(branch, Some(actor)).map_err(|error| invalid(error.to_string()))?;
        let text = answer.data.get(PROOF).and_then(Json::as_text);
        let (text, read) = text.zip(answer.proofs).ok_or_else(|| invalid("there is no proof".to_owned()))?;
        let shown = read(text).map_err(invalid)?;
        let said = question.answered(&shown, answer.party.unwrap_or_default());
        let said = said.ok_or_else(|| invalid("it does not show the answer to what is asked".to_owned()))?;
        if *answer.data != question.data(response.data.to_json(), said, text) {
            return Err(invalid("it shows other data".to_owned()));
        }
        Ok(())
    }
}

/// E106, if the data of `ok` could not be those of a proven answer.
pub(crate) fn proves(response: &Response) -> Result<(), String> {
    let properties = response.data.to_json().get("properties").and_then(Json::as_map);
    let unknown = properties.into_iter().flatten().map(|(name, _)| name.as_str());
    if let Some(name) = unknown.into_iter().find(|name| *name != PROOF && !FACTS.contains(name)) {
        return Err(format!("`{name}` is none of {} and {PROOF}", FACTS.join(", ")));
    }
    let proof = response.data.type_of().member(PROOF);
    let fits = proof.is_some_and(|proof| {
        let long = matches!(proof.kind, Kind::Text { max } if usize::try_from(max).is_ok_and(|max| max >= PROOF_CHARACTERS_MAX));
        long && !proof.optional && proof.personal.is_none()
    });
    if fits { Ok(()) } else { Err(format!("it needs `proof: {{type: text, max: {PROOF_CHARACTERS_MAX}}}`")) }
}
