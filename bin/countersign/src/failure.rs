//! Why a command did not do what was asked, and what to try next.

use std::process::ExitCode;

use countersign_api_model::{PROBLEM_TYPE_BASE, Problem};

use crate::output;

/// How a command that failed ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Somebody read enough of the output and closed it: not worth a word.
    Closed = 0,
    /// A rule, a check or a file says no.
    Refused = 1,
    /// The command was not written as its help says.
    Misuse = 2,
    /// No node could be asked.
    Unreachable = 3,
}

/// A failure, in the form in which the API tells of one.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    problem: Box<Problem>,
    told: Told,
}

/// What of a failure was told already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    /// Its JSON stands in that of the output; people have not read of it.
    Json,
    All,
}

impl Failure {
    fn new(exit: Exit, status: u16, code: &str, detail: impl Into<String>) -> Self {
        let problem = Problem {
            kind: format!("{PROBLEM_TYPE_BASE}{code}"),
            title: code.replace('_', " "),
            status,
            detail: detail.into(),
            code: code.to_owned(),
            by: None,
            suggestion: None,
        };
        Self { exit, problem: Box::new(problem), told: Told::Nothing }
    }

    /// A rule, a check or a file says no.
    pub fn refused(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Exit::Refused, 409, code, detail)
    }

    /// The command was not written as its help says.
    pub fn misuse(detail: impl Into<String>) -> Self {
        Self::new(Exit::Misuse, 400, "misuse", detail)
    }

    /// No node could be asked.
    pub fn unreachable(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, 503, code, detail)
    }

    /// What there was to say stands in the output.
    pub fn told() -> Self {
        Self { told: Told::All, ..Self::refused("refused", "") }
    }

    /// The reader went away.
    pub fn closed() -> Self {
        Self::new(Exit::Closed, 499, "closed", "")
    }

    /// With the next command to try.
    #[must_use]
    pub fn next(mut self, command: impl Into<String>) -> Self {
        self.problem.suggestion = Some(command.into());
        self
    }

    /// With the next command, unless there is one already.
    #[must_use]
    pub fn or_next(mut self, command: impl Into<String>) -> Self {
        self.problem.suggestion.get_or_insert_with(|| command.into());
        self
    }

    /// Its JSON stands in that of the output.
    #[must_use]
    pub fn in_output(mut self) -> Self {
        self.told = Told::Json;
        self
    }

    /// As the API tells of it.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.problem.code
    }

    /// The sentence.
    pub fn detail(&self) -> &str {
        &self.problem.detail
    }

    /// Tells of it and gives the exit code.
    pub fn report(self, json: bool) -> ExitCode {
        if self.exit != Exit::Closed && self.told != Told::All {
            let problem = &self.problem;
            if json && self.told == Told::Nothing {
                // If even this cannot be written, the exit code is all there is.
                let _ = output::line(&serde_json::to_string(problem).unwrap_or_default());
            }
            let by = problem.by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
            output::talk(&format!("error: {}{by} [{}]", problem.detail, problem.code));
            output::talk(&format!("next:  {}", problem.suggestion.as_deref().unwrap_or("the same with --help")));
        }
        ExitCode::from(self.exit as u8)
    }
}

impl From<countersign_client::Error> for Failure {
    fn from(error: countersign_client::Error) -> Self {
        use countersign_client::Error;
        let detail = error.to_string();
        match error {
            Error::Refused(problem) => {
                let unknown = problem.code == "unknown_contract";
                let failure = Self { exit: Exit::Refused, problem, told: Told::Nothing };
                // It may be one that was offered: the list says so.
                if unknown { failure.or_next("countersign contract list") } else { failure }
            }
            Error::NoNode { folder, .. } => {
                Self::unreachable("no_node", detail).next(format!("countersign node start --data {}", folder.display()))
            }
            Error::Timeout(_) => Self::unreachable("timeout", detail).next("countersign node status"),
            Error::Save(_) => Self::refused("io", detail).next("make room on the disk, then the same again"),
            Error::BadAnswer { .. } => Self::unreachable("bad_answer", detail).next("countersign node status"),
            _ => Self::unreachable("unreachable", detail).next("countersign node start"),
        }
    }
}

impl From<countersign_keystore::Error> for Failure {
    fn from(error: countersign_keystore::Error) -> Self {
        use countersign_keystore::Error;
        let next = match &error {
            Error::WrongPassphrase => "countersign key list --keys FILE --passphrase-file FILE".to_owned(),
            Error::OpenToOthers { path, .. } => format!("chmod 600 {}", path.display()),
            Error::Missing(_) => "countersign key new --name NAME".to_owned(),
            Error::Passphrase(_) => "countersign key list --passphrase-file FILE".to_owned(),
            _ => "countersign key list".to_owned(),
        };
        Self::refused(error.code(), error.to_string()).next(next)
    }
}
