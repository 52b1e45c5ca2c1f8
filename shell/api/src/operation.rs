//! What one method of one path is: its name, who may use it, what it takes and answers.

use countersign_api_model::Role;

use crate::Kind;

/// What an operation answers.
pub(crate) enum Answered {
    /// JSON of a schema, with this status.
    Json(u16, &'static str),
    /// `{"status": …}`.
    Status,
    /// This media type, described by this sentence.
    Media(&'static str, &'static str),
    /// No body: 204.
    Nothing,
}

/// What an operation does beside answering.
#[derive(PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing that stays.
    None,
    /// Something: an `Idempotency-Key` counts.
    Stays,
}

/// One method of one path.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    /// Who may use it; none for everybody, without a token.
    pub(crate) role: Option<Role>,
    pub(crate) query: &'static [&'static str],
    pub(crate) request: Option<&'static str>,
    pub(crate) answered: Answered,
    pub(crate) effect: Effect,
    pub(crate) refusals: &'static [(Kind, &'static str)],
}

pub(crate) const fn get(
    path: &'static str,
    name: &'static str,
    summary: &'static str,
    answered: Answered,
) -> Operation {
    let role = Some(Role::Member);
    let (query, request, refusals, effect) = (&[], None, &[], Effect::None);
    Operation { method: "get", path, name, summary, role, query, request, answered, effect, refusals }
}

pub(crate) const fn delete(path: &'static str, name: &'static str, summary: &'static str) -> Operation {
    Operation { method: "delete", ..get(path, name, summary, Answered::Nothing) }
}

pub(crate) const fn post(
    path: &'static str,
    name: &'static str,
    summary: &'static str,
    request: &'static str,
    answered: Answered,
) -> Operation {
    Operation { method: "post", request: Some(request), ..get(path, name, summary, answered) }
}

/// Takes bytes as they are.
pub(crate) const fn upload(
    path: &'static str,
    name: &'static str,
    summary: &'static str,
    answered: Answered,
) -> Operation {
    Operation { method: "put", ..get(path, name, summary, answered) }
}

impl Operation {
    pub(crate) const fn asks(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    pub(crate) const fn stays(mut self) -> Self {
        self.effect = Effect::Stays;
        self
    }

    pub(crate) const fn refuses(mut self, refusals: &'static [(Kind, &'static str)]) -> Self {
        self.refusals = refusals;
        self
    }

    /// Whether it takes bytes as they are.
    pub(crate) fn is_upload(&self) -> bool {
        self.method == "put" && self.request.is_none()
    }

    /// Everybody may ask, without a token.
    pub(crate) const fn open(mut self) -> Self {
        self.role = None;
        self
    }

    /// Only operators may ask.
    pub(crate) const fn operator(mut self) -> Self {
        self.role = Some(Role::Operator);
        self
    }

    /// It takes no body although others of its method do.
    pub(crate) const fn bare(mut self) -> Self {
        self.request = None;
        self
    }
}
