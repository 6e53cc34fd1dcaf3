//! The shell around the library: what it reads, where it writes, and how it ends.

mod arguments;
mod folder;
mod init;
mod input;
mod report;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use skopos::catalog::Catalog;
use skopos::diagnostic::{Diagnostic, Diagnostics, Warned, code};
use skopos::emit;
use skopos::secrets::{self, Entropy, Existing};
use skopos::{Compilation, compile, profile, read_profile, vocabulary};

use arguments::{Arguments, Command, Common, InitArguments, RenderArguments, SecretsArguments};

/// How a run ends: the number that the shell sees. The highest of all that happened counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Done.
    Success = 0,
    /// `render --check` found differences.
    Different = 1,
    /// The profile or the call is wrong.
    Wrong = 2,
    /// A file or stream failed.
    Failed = 3,
}

/// What keeps a command from its result.
enum Stop {
    /// Mistakes of the profile.
    Mistakes(Diagnostics),
    /// A file or stream that failed.
    Environment(Diagnostic),
}

impl From<Diagnostics> for Stop {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Mistakes(diagnostics)
    }
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Environment(diagnostic)
    }
}

/// Runs the command line.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let common = arguments.common;
    let outcome = match execute(&arguments.command, common) {
        Ok(outcome) => outcome,
        Err(Stop::Mistakes(diagnostics)) => told(&diagnostics, common, Outcome::Wrong),
        Err(Stop::Environment(diagnostic)) => told(&diagnostic.into(), common, Outcome::Failed),
    };
    ExitCode::from(outcome as u8)
}

fn told(diagnostics: &Diagnostics, common: Common, outcome: Outcome) -> Outcome {
    match report::print(diagnostics, common.message_format, common.color) {
        Ok(()) => outcome,
        Err(_) => Outcome::Failed,
    }
}

fn execute(command: &Command, common: Common) -> Result<Outcome, Stop> {
    let catalog = Catalog::built_in()?;
    match command {
        Command::Render(arguments) => render(arguments, &catalog, common),
        Command::Validate(arguments) => {
            let source = input::profile(arguments.profile.as_deref())?;
            let warned = compile(&source, &catalog)?;
            Ok(warnings(&warned.warnings, common))
        }
        Command::Secrets(arguments) => make_secrets(arguments, &catalog, common),
        Command::Schema => {
            let schema = profile::schema(&vocabulary(&catalog));
            let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
            print(&format!("{text}\n"))?;
            Ok(Outcome::Success)
        }
        Command::Init(arguments) => start(arguments, &catalog),
    }
}

/// Reports warnings; they are mistakes where the call says so.
fn warnings(diagnostics: &Diagnostics, common: Common) -> Outcome {
    let denied = common.deny.is_some() && !diagnostics.is_empty();
    told(diagnostics, common, if denied { Outcome::Wrong } else { Outcome::Success })
}

fn render(arguments: &RenderArguments, catalog: &Catalog, common: Common) -> Result<Outcome, Stop> {
    let source = input::profile(arguments.profile.as_deref())?;
    let Warned { value: Compilation { manifest, notes, .. }, warnings: found } = compile(&source, catalog)?;
    let said = warnings(&found, common);
    if said >= Outcome::Wrong {
        return Ok(said);
    }
    let definitions = arguments.crds.definitions();
    let Some(folder) = &arguments.out else {
        print(&emit::stream(&manifest, definitions))?;
        return Ok(said);
    };
    let files = emit::folder(&manifest, &notes, definitions);
    if arguments.check {
        let differences = folder::compare(folder, &files)?;
        print(&differences)?;
        return Ok(if differences.is_empty() { said } else { Outcome::Different });
    }
    let written = folder::write(folder, &files)?;
    tell(&written.summary(folder, manifest.objects().len()));
    Ok(said)
}

/// Chance from the operating system.
struct System;

impl Entropy for System {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Diagnostic> {
        getrandom::fill(bytes).map_err(|error| {
            Diagnostic::error(code::NO_RANDOMNESS, format!("the system gives no random bytes: {error}"))
        })
    }
}

fn make_secrets(arguments: &SecretsArguments, catalog: &Catalog, common: Common) -> Result<Outcome, Stop> {
    let source = input::profile(arguments.profile.as_deref())?;
    let existing = match &arguments.existing {
        Some(path) => Existing::parse(&input::whole(path)?)?,
        None => Existing::default(),
    };
    let Warned { value, warnings: found } = compile(&source, catalog)?;
    let said = warnings(&found, common);
    let outcome = secrets::make(&value.secrets, &existing, &mut System, time::OffsetDateTime::now_utc())?;
    let text = outcome.to_yaml()?;
    print(&text)?;
    tell(&outcome.to_string());
    Ok(said)
}

fn start(arguments: &InitArguments, catalog: &Catalog) -> Result<Outcome, Stop> {
    let text = init::profile(&arguments.name, &arguments.milestone);
    let source = skopos::source::Source::new("the new profile", text.clone());
    read_profile(&source, catalog)?;
    match &arguments.out {
        Some(path) => folder::create(path, &text)?,
        None => print(&text)?,
    }
    Ok(Outcome::Success)
}

/// Writes a result. A reader that has had enough is no failure of ours.
fn print(text: &str) -> Result<(), Diagnostic> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Diagnostic::error(code::CANNOT_WRITE, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Tells a person on stderr what was done; a closed stderr keeps no result back.
fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}
