//! One attempt after another, within what is allowed.

use std::sync::Arc;
use std::time::Duration;

use countersign_codec::Json;
use countersign_executor::{Attempt, Heard};
use countersign_outgoing::{AnswerBody, Client, Method, OutgoingError, Request, Url};
use countersign_workflow::Call;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::answer::{ANSWER_BYTES_MAX, Says, failed, heard, not_allowed};
use crate::{Settings, program};

/// Attempts under way at one time in a node; others wait, and their time does not run.
const ATTEMPTS_MAX: usize = 16;
/// Most bytes of a secret.
const SECRET_BYTES_MAX: u64 = 4_096;

/// Makes attempts.
pub struct Worker {
    client: Arc<Client>,
    settings: Settings,
    places: Semaphore,
}

impl Worker {
    /// A worker with the client of the node.
    pub fn new(client: Arc<Client>, settings: Settings) -> Self {
        Self { client, settings, places: Semaphore::new(ATTEMPTS_MAX) }
    }

    /// Whether the operator allowed it: hosts, programs and secrets by name.
    ///
    /// # Errors
    /// What is not allowed.
    pub fn check(&self, call: &Call) -> Result<(), String> {
        match call {
            Call::Http { url, secret, .. } => {
                let url = self.url(url)?;
                secret.as_ref().map_or(Ok(()), |secret| self.secret_for(secret, &url).map(|_| ()))
            }
            Call::Webhook { url, .. } => self.url(url).map(|_| ()),
            Call::Contract(_) => Err("another contract is asked by the node itself".to_owned()),
            Call::Program { name, .. } if self.settings.programs.contains_key(name) => Ok(()),
            Call::Program { name, .. } => Err(format!("the program {name} is not in [actions.programs] of node.toml")),
        }
    }

    fn url(&self, text: &str) -> Result<Url, String> {
        let url: Url = text.parse().map_err(|_| "the address is none that requests go to".to_owned())?;
        self.client.check(&url).map_err(|error| error.to_string())?;
        Ok(url)
    }

    fn secret_for(&self, name: &str, url: &Url) -> Result<&crate::Secret, String> {
        let secret = self.settings.secrets.get(name);
        let secret = secret.ok_or_else(|| format!("the secret {name} is not in [actions.secrets] of node.toml"))?;
        if !secret.hosts.iter().any(|host| host == url.host()) {
            return Err(format!("the secret {name} does not go to the host {}", url.host()));
        }
        Ok(secret)
    }

    /// Makes an attempt. Whoever drops it before its end ends it.
    pub async fn attempt(&self, attempt: &Attempt) -> Heard {
        let Ok(_place) = self.places.acquire().await else { return failed("stopped", "the node stops") };
        if let Err(what) = self.check(&attempt.call) {
            return not_allowed(what);
        }
        match &attempt.call {
            Call::Http { method, url, headers, body, secret } => {
                let mut all: Vec<_> =
                    headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
                if let Some(name) = secret {
                    match self.authorization(name, url) {
                        Ok(value) => all.push(("authorization".to_owned(), value)),
                        Err(what) => return not_allowed(what),
                    }
                }
                self.send(attempt, method_of(method), url, all, body.as_ref()).await
            }
            Call::Contract(question) => not_allowed(question.contract.clone()),
            Call::Webhook { url, body } => self.send(attempt, Method::Post, url, Vec::new(), Some(body)).await,
            Call::Program { name, input } => {
                let Some(program) = self.settings.programs.get(name) else { return not_allowed(name.clone()) };
                let mut line = input.canonical();
                line.push(b'\n');
                program::run(program, line, attempt).await
            }
        }
    }

    /// The value of the header; of the file nothing else is ever told.
    fn authorization(&self, name: &str, url: &str) -> Result<String, String> {
        let secret = self.secret_for(name, &self.url(url)?)?;
        let unread = || format!("the secret {name} cannot be read");
        let size = std::fs::metadata(&secret.file).map_err(|_| unread())?.len();
        if size > SECRET_BYTES_MAX {
            return Err(unread());
        }
        let text = Zeroizing::new(std::fs::read_to_string(&secret.file).map_err(|_| unread())?);
        Ok(format!("Bearer {}", text.trim_end_matches(['\r', '\n'])))
    }

    async fn send(
        &self,
        attempt: &Attempt,
        method: Method,
        url: &str,
        headers: Vec<(String, String)>,
        body: Option<&Json>,
    ) -> Heard {
        let Ok(url) = url.parse() else { return failed("bad_request", "the address is none that requests go to") };
        let request = Request {
            method,
            url,
            headers,
            body: body.map(|body| ("application/json".to_owned(), body.canonical())),
            idempotency_key: attempt.run.to_string(),
            timeout: Duration::from_millis(attempt.timeout.millis()),
            answer: AnswerBody::Read { bytes_max: ANSWER_BYTES_MAX },
        };
        match self.client.send(request).await {
            Ok(answer) => {
                let says = match answer.status {
                    202 if attempt.polls => Says::NotReady,
                    200..=299 => Says::Ok,
                    408 | 425 | 429 => Says::Failed("http_status"),
                    400..=499 => Says::Rejected,
                    _ => Says::Failed("http_status"),
                };
                heard(&says, "HTTP status", answer.status.into(), &answer.body)
            }
            Err(
                error @ (OutgoingError::HostNotAllowed { .. }
                | OutgoingError::PlainNotAllowed { .. }
                | OutgoingError::AddressNotAllowed { .. }),
            ) => not_allowed(error.to_string()),
            Err(error) => failed(error.code().as_str(), error.to_string()),
        }
    }
}

fn method_of(word: &str) -> Method {
    match word {
        "GET" => Method::Get,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => Method::Post,
    }
}
