//! Measure the program against the limits of its machine.
//!
//! `countersign-bench [--full|--trial] [FIGURE…]` measures all figures, or those named; `countersign-bench soak [SECONDS]`
//! runs the node at twice its maximum load while it is killed at random. Nodes, limits and the audit are processes of their
//! own: this program again, with a hidden word.

mod accept;
mod audit;
mod child;
mod company;
mod contract;
mod diagram;
mod fill;
mod guard;
mod hello;
mod http;
mod idle;
mod limits;
mod machine;
mod pair;
mod parties;
mod soak;
mod stages;
mod step;
mod table;

use std::process::ExitCode;
use std::time::Instant;

use crate::table::Table;

/// Whatever went wrong: a benchmark stops at the first fault.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const FIGURES: [&str; 8] = ["accept", "audit", "step", "guard", "pair", "parties", "idle", "diagram"];
const SCALES: [&str; 2] = ["--full", "--trial"];
const HELP: &str = "\
countersign-bench [--full|--trial] [accept|audit|step|guard|pair|parties|idle|diagram …]   all figures unless some are named
countersign-bench soak [SECONDS]                                                     twice the maximum load, with kill -9 at random
--full: 1,000,000 idle contracts; --trial: few of everything, to see that it runs";

/// How much of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// Few: the figures say nothing.
    Trial,
    /// What ten minutes have room for.
    Usual,
    /// The largest that the goals name.
    Full,
}

/// An action over HTTP allocates some hundred times: with the allocator of glibc a tenth of its time went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["child", what, rest @ ..] => child::run(what, rest),
        ["soak"] => soak::run(300),
        ["soak", seconds] => seconds.parse().map_err(Failure::from).and_then(soak::run),
        words if words.iter().all(|word| SCALES.contains(word) || FIGURES.contains(word)) => measure(words),
        _ => Err(HELP.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(words: &[&str]) -> Result<(), Failure> {
    let began = Instant::now();
    let scale = match (words.contains(&"--full"), words.contains(&"--trial")) {
        (true, _) => Scale::Full,
        (_, true) => Scale::Trial,
        _ => Scale::Usual,
    };
    let named = |figure: &&str| words.contains(figure) || words.iter().all(|word| SCALES.contains(word));
    machine::describe();
    let mut table = Table::default();
    for figure in FIGURES.iter().filter(|figure| named(figure)) {
        let from = Instant::now();
        println!("\n== {figure} (load average {})", machine::load_average());
        match *figure {
            "accept" => accept::run(&mut table)?,
            "pair" => pair::run(&mut table)?,
            "parties" => parties::run(&mut table)?,
            "step" => step::run(&mut table)?,
            "guard" => guard::run(&mut table, scale)?,
            "audit" => audit::run(&mut table, scale)?,
            "diagram" => diagram::run(&mut table, scale)?,
            _ => idle::run(&mut table, scale)?,
        }
        println!("   {} s", from.elapsed().as_secs());
    }
    table.print();
    println!("\n{} s in all; load average at the end {}", began.elapsed().as_secs(), machine::load_average());
    Ok(())
}
