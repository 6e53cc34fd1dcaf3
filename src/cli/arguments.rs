//! The words of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use skopos::emit::Definitions;

use super::report::{Color, MessageFormat};

/// Compiles a short monitoring profile into hardened Kubernetes manifests.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, after_help = EXAMPLES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command understands.
    #[command(flatten)]
    pub common: Common,
}

const EXAMPLES: &str = "Examples:
  skopos init --out skopos.yaml              begin with a commented profile
  skopos render --out monitoring             write the manifests of skopos.yaml, one object a file
  skopos render m4 | kubectl diff -f -       see what a built-in profile would change
  skopos secrets > secrets.yaml              make the Secrets that the manifests name
  skopos render --out monitoring --check     compare, for CI

Exit codes: 0 done, 1 differences found, 2 the profile or the call is wrong, 3 a file or stream failed.";

/// What every command understands.
#[derive(Debug, Clone, Copy, Args)]
pub struct Common {
    /// How mistakes and warnings are written to stderr.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub message_format: MessageFormat,
    /// When mistakes and warnings are in colour.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Take warnings for mistakes.
    #[arg(long, global = true, value_enum, value_name = "WHAT")]
    pub deny: Option<Deny>,
}

/// What `--deny` takes for a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Every warning.
    Warnings,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the manifests of a profile.
    Render(RenderArguments),
    /// Report every mistake of a profile, and write nothing.
    Validate(ProfileArgument),
    /// Make the Secrets that the manifests name, as manifests on stdout.
    Secrets(SecretsArguments),
    /// Print the JSON Schema of profiles.
    Schema,
    /// Write a commented profile to begin with.
    Init(InitArguments),
}

/// The profile to read.
#[derive(Debug, Args)]
pub struct ProfileArgument {
    /// A path, `-` for stdin, or the name of a built-in profile [default: skopos.yaml].
    pub profile: Option<String>,
}

/// The words of `render`.
#[derive(Debug, Args)]
pub struct RenderArguments {
    /// A path, `-` for stdin, or the name of a built-in profile [default: skopos.yaml].
    pub profile: Option<String>,
    /// Write a folder, one object a file, in waves; remove what an earlier run wrote and nothing else.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Compare with the folder instead of writing it; exit with 1 where they differ.
    #[arg(long, requires = "out")]
    pub check: bool,
    /// Which custom resource definitions to write.
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    pub crds: Crds,
}

/// Which custom resource definitions to write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Crds {
    /// With everything else.
    #[default]
    Include,
    /// None of them.
    Exclude,
    /// Nothing but them.
    Only,
}

impl Crds {
    /// The same in the library's words.
    pub fn definitions(self) -> Definitions {
        match self {
            Self::Include => Definitions::Include,
            Self::Exclude => Definitions::Exclude,
            Self::Only => Definitions::Only,
        }
    }
}

/// The words of `secrets`.
#[derive(Debug, Args)]
pub struct SecretsArguments {
    /// A path, `-` for stdin, or the name of a built-in profile [default: skopos.yaml].
    pub profile: Option<String>,
    /// Keep what this file holds, an earlier output or what `kubectl get secrets -o yaml` prints; make what is missing.
    #[arg(long, value_name = "FILE")]
    pub existing: Option<PathBuf>,
}

/// The words of `init`.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// The profile's name.
    #[arg(long, default_value = "example")]
    pub name: String,
    /// The milestone to begin with.
    #[arg(long, default_value = "M4")]
    pub milestone: String,
    /// Write this file, which must not exist yet, instead of stdout.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
