//! The shell around the library: what it reads, where it writes, and how it ends.

mod call;
mod compare;
mod ending;
mod folder;
mod init;
mod input;
mod output;
mod render;
mod report;
mod schema;
mod secrets;
mod shell;
mod validate;

use std::process::ExitCode;

use clap::Parser;

use call::{Call, Command};
use ending::Ending;
use shell::Shell;

/// Reads the call, does what it asks, and tells how it ended.
pub fn run() -> ExitCode {
    let call = match Call::try_parse() {
        Ok(call) => call,
        Err(answer) => {
            // Help and version go to stdout, a wrong call to stderr. A closed pipe is no reason to complain.
            let _ = answer.print();
            return if answer.use_stderr() { Ending::Wrong } else { Ending::Success }.into();
        }
    };
    let mut shell = Shell::new(call.messages);
    let result = match &call.command {
        Command::Render(args) => render::run(args, &mut shell),
        Command::Validate(args) => validate::run(args, &mut shell),
        Command::Secrets(args) => secrets::run(args, &mut shell),
        Command::Schema => schema::run(),
        Command::Init(args) => init::run(args, &mut shell),
    };
    shell.end(result).into()
}
