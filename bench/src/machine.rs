//! What the machine is, and what else it does.

use std::fs;
use std::process::Command;

use crate::Failure;

/// Prints processor, memory, kernel and load.
pub fn describe() {
    let field = |path: &str, name: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
        line.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    println!(
        "machine: {} processors, {}; memory {}; Linux {}; load average {}",
        std::thread::available_parallelism().map_or(1, usize::from),
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        kernel.trim(),
        load_average()
    );
}

/// The load averages of 1, 5 and 15 minutes.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Puts this process, with all its threads, on these processors (`0`, `1`, `0,1`). Without `taskset` it stays free.
pub fn pin_self(processors: &str) {
    let own = std::process::id().to_string();
    let done = Command::new("taskset").args(["-a", "-c", "-p", processors, &own]).output();
    if !done.is_ok_and(|output| output.status.success()) {
        println!("   note: taskset cannot pin; processes share all processors");
    }
}

/// This program again, with a hidden word, on these processors.
pub fn again(processors: Option<&str>, words: &[&str]) -> Result<Command, Failure> {
    let own = std::env::current_exe()?;
    let pinned = processors.filter(|_| Command::new("taskset").arg("-V").output().is_ok());
    let mut command = match pinned {
        None => Command::new(own),
        Some(processors) => {
            let mut command = Command::new("taskset");
            command.args(["-c", processors]).arg(own);
            command
        }
    };
    command.arg("child").args(words);
    Ok(command)
}

/// Resident memory of a process in bytes.
pub fn resident(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() * 1024
}

/// Processor time of the threads of a process in ticks of 10 ms, by thread name.
pub fn thread_ticks(process: u32) -> Vec<(String, u64)> {
    let mut threads: std::collections::BTreeMap<String, u64> = Default::default();
    let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    for task in tasks.flatten() {
        let Ok(stat) = fs::read_to_string(task.path().join("stat")) else { continue };
        // The name stands in brackets and may hold blanks.
        let Some((head, tail)) = stat.rsplit_once(')') else { continue };
        let name = head.split_once('(').map_or("", |(_, name)| name);
        let fields: Vec<&str> = tail.split_whitespace().collect();
        let tick = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        *threads.entry(name.to_owned()).or_default() += tick(11) + tick(12);
    }
    threads.into_iter().collect()
}

/// Bytes of all files below a folder.
pub fn bytes_below(folder: &std::path::Path) -> Result<u64, Failure> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        // What a file takes, not how long it says it is: journals are allocated ahead.
        let taken = std::os::unix::fs::MetadataExt::blocks(&about) * 512;
        sum += if about.is_dir() { bytes_below(&entry.path())? } else { taken };
    }
    Ok(sum)
}

/// Processor time of this thread in seconds.
pub fn own_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok());
    nanos.unwrap_or_default() as f64 / 1e9
}
