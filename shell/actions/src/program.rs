//! A program of the operator: one line in, JSON out, killed with all that it started.

use std::process::Stdio;
use std::time::Duration;

use countersign_executor::{Attempt, Heard};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::Program;
use crate::answer::{ANSWER_BYTES_MAX, Says, failed, heard};

/// Exit status by which a program says that its answer is not ready (`EX_TEMPFAIL`).
const NOT_READY: i32 = 75;
/// Exit status by which a program says no (`EX_DATAERR`).
const REJECTED: i32 = 65;
/// Where programs look for others.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The process group of a program: nothing of it outlives the attempt.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Runs a program to its end, or to the end of its time.
pub(crate) async fn run(program: &Program, input: Vec<u8>, attempt: &Attempt) -> Heard {
    let mut command = Command::new(&program.path);
    command.args(&program.arguments).env_clear().current_dir("/");
    command.env("PATH", PATH).env("COUNTERSIGN_RUN", attempt.run.to_string());
    command.env("COUNTERSIGN_ATTEMPT", attempt.number.to_string());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.process_group(0).kill_on_drop(true);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return failed("no_program", format!("it cannot be started: {}", error.kind())),
    };
    let group = Group(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
    let time = Duration::from_millis(attempt.timeout.millis());
    let spoken = tokio::time::timeout(time, speak(&mut child, input)).await;
    // What it left behind must not go on, whatever it answered.
    drop(group);
    match spoken {
        Err(_) => failed("timeout", "the program did not end in time"),
        Ok(Spoken::Flood) => failed("flood", format!("the program said more than {ANSWER_BYTES_MAX} bytes")),
        Ok(Spoken::Lost) => failed("killed", "the program was killed"),
        Ok(Spoken::Ended(status, bytes)) => {
            let says = match status {
                0 => Says::Ok,
                NOT_READY if attempt.polls => Says::NotReady,
                REJECTED => Says::Rejected,
                _ => Says::Failed("exit_status"),
            };
            heard(&says, "exit status", status.into(), &bytes)
        }
    }
}

/// How a program ended.
enum Spoken {
    Ended(i32, Vec<u8>),
    /// By a signal, or nobody knows how.
    Lost,
    Flood,
}

async fn speak(child: &mut Child, input: Vec<u8>) -> Spoken {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else { return Spoken::Lost };
    let tell = async move {
        // A program need not listen.
        let _ = stdin.write_all(&input).await;
    };
    let hear = async {
        let mut bytes = Vec::new();
        let most = u64::try_from(ANSWER_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        stdout.take(most).read_to_end(&mut bytes).await.map(|_| bytes)
    };
    let ((), bytes) = tokio::join!(tell, hear);
    let Ok(bytes) = bytes else { return Spoken::Lost };
    if bytes.len() > ANSWER_BYTES_MAX {
        return Spoken::Flood;
    }
    match child.wait().await.ok().and_then(|status| status.code()) {
        Some(status) => Spoken::Ended(status, bytes),
        None => Spoken::Lost,
    }
}
