//! Attempts under way: each a task of its own, that the driver begins and ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_actions::Worker;
use countersign_executor::Attempt;
use countersign_types::{ContractId, RunId};
use countersign_workflow::Call;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::questions;
use crate::driver::Command;

/// The attempts of a node. When it is dropped they end, and what they ran is killed.
pub(crate) struct Attempts {
    worker: Arc<Worker>,
    commands: mpsc::Sender<Command>,
    runtime: Handle,
    running: BTreeMap<(ContractId, RunId), AbortHandle>,
}

impl Attempts {
    /// Attempts of tasks in this runtime, told of to this queue.
    pub(crate) fn new(worker: Arc<Worker>, commands: mpsc::Sender<Command>, runtime: Handle) -> Self {
        Self { worker, commands, runtime, running: BTreeMap::new() }
    }

    /// Begins an attempt. One of the same run that is under way ends: it is of an earlier term.
    pub(crate) fn begin(&mut self, contract: ContractId, attempt: Attempt) {
        let run = attempt.run;
        tracing::info!(%contract, %run, number = attempt.number, "a system action is attempted");
        let (worker, commands) = (Arc::clone(&self.worker), self.commands.clone());
        let task = self.runtime.spawn(async move {
            let heard = match &attempt.call {
                Call::Contract(question) => {
                    questions::ask(commands.clone(), contract, &attempt, question.clone()).await
                }
                Call::Http { .. } | Call::Webhook { .. } | Call::Program { .. } => worker.attempt(&attempt).await,
            };
            let (run, term, number) = (attempt.run, attempt.term, attempt.number);
            // The driver may be gone: then the attempt counts as interrupted.
            let _ = commands.send(Command::Heard { contract, run, term, number, heard }).await;
        });
        if let Some(before) = self.running.insert((contract, run), task.abort_handle()) {
            before.abort();
        }
        self.running.retain(|_, task| !task.is_finished());
    }

    /// Ends an attempt.
    pub(crate) fn abort(&mut self, contract: ContractId, run: RunId) {
        if let Some(task) = self.running.remove(&(contract, run)) {
            task.abort();
        }
    }
}

impl Drop for Attempts {
    fn drop(&mut self) {
        self.running.values().for_each(AbortHandle::abort);
    }
}
