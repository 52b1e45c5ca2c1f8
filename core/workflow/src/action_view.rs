//! One action as others see it.

use countersign_codec::Json;

use crate::scenario::{Action, ActionKind, Attachment, Body, Many, Needs, Words};

/// What a screen or a gate of the node asks about an action.
#[derive(Clone, Copy, Debug)]
pub struct ActionView<'a> {
    action: &'a Action,
    body: &'a Body,
}

impl<'a> ActionView<'a> {
    pub(crate) const fn new(action: &'a Action, body: &'a Body) -> Self {
        Self { action, body }
    }

    /// Its name.
    pub fn name(&self) -> &'a str {
        &self.action.name
    }

    /// Its title by language.
    pub fn title(&self) -> &'a Words {
        &self.action.title
    }

    /// The clause it cites.
    pub fn clause(&self) -> Option<&'a str> {
        self.action.clause.as_deref()
    }

    /// Whether it binds or tells.
    pub fn kind(&self) -> ActionKind {
        self.action.kind
    }

    /// The roles that may take it.
    pub fn by(&self) -> impl Iterator<Item = &'a str> {
        let body = self.body;
        self.action.by.iter().filter_map(|actor| body.actors.get(actor)).map(|actor| &*actor.name)
    }

    /// Whether a response to it must carry the digest of what its author saw.
    pub fn is_strict(&self) -> bool {
        !self.action.seen.is_empty()
    }

    /// The paths of `seen`, in their order.
    pub fn seen(&self) -> Vec<String> {
        self.action.seen.iter().map(|path| path.get(1..).unwrap_or_default().join(".")).collect()
    }

    /// The standing the state's entry needs before it is offered.
    pub fn needs(&self) -> Option<Needs> {
        self.action.needs
    }

    /// Whether the node of its actor does it (`run`).
    pub fn is_system(&self) -> bool {
        self.action.run.is_some()
    }

    /// Its priority in a fork.
    pub fn priority(&self) -> i8 {
        self.action.priority
    }

    /// The response of the golden flow.
    pub fn expect(&self) -> &'a str {
        self.action.responses.get(self.action.expect).map_or("ok", |response| &*response.name)
    }

    /// The names of its responses, ascending.
    pub fn responses(&self) -> impl Iterator<Item = &'a str> {
        self.action.responses.iter().map(|response| &*response.name)
    }

    /// The title of a response by language.
    pub fn response_title(&self, response: &str) -> Option<&'a Words> {
        self.action.response(response).map(|(_, response)| &response.title)
    }

    /// The named types that its schemas may refer to, as in the canonical form; none if there are none.
    pub fn types(&self) -> Option<&'a Json> {
        self.body.types.as_ref()
    }

    /// The JSON Schema of the data of a response.
    pub fn response_schema(&self, response: &str) -> Option<Json> {
        self.action.response(response).map(|(_, response)| response.data.to_json().clone())
    }

    /// The attachments of a response, ascending by name.
    pub fn attachments(&self, response: &str) -> Vec<FileAsked<'a>> {
        let attachments = self.action.response(response).map(|(_, response)| response.attachments.as_slice());
        let one = |file: &'a Attachment| FileAsked {
            name: &file.name,
            optional: file.optional,
            many: file.many,
            media: file.media.as_deref(),
            bytes_max: file.bytes_max,
        };
        attachments.unwrap_or_default().iter().map(one).collect()
    }
}

/// A file, or a list of files, that a response asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileAsked<'a> {
    /// What it is for.
    pub name: &'a str,
    /// Whether it may be left out.
    pub optional: bool,
    /// Of a list: how many.
    pub many: Option<Many>,
    /// The media types that it may have; any if none are said.
    pub media: Option<&'a [String]>,
    /// Most bytes of a file.
    pub bytes_max: i64,
}
