//! What a person can type.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use skopos::emit::Definitions;
use skopos::profile::format::ProfileName;
use skopos::profile::{BUILT, Milestone};

use super::report::{Color, MessageFormat};

const EXAMPLES: &str = "\
Examples:
  skopos init --out skopos.yaml           begin with a profile that explains itself
  skopos validate                         is skopos.yaml right?
  skopos render --out rendered            write one object a file, in waves, with a README
  skopos render --out rendered --check    in CI: is the folder what the profile says?
  skopos secrets --out secrets.yaml       make passwords and certificates, once
  skopos render m4 | less                 look at what a built-in profile gives

Exit codes:
  0    done; warnings alone are no failure, unless `--deny warnings`
  1    `render --check` found differences
  2    the profile or the call is wrong; nothing was written
  3    a file could not be read or written
  101  a fault of skopos itself
The highest wins. Results go to stdout, messages to stderr.";

const RENDER_EXAMPLES: &str = "\
Examples:
  skopos render m3                                   the whole stack, as a stream
  skopos render prod.yaml --out rendered/prod        a folder to commit, review and apply
  skopos render prod.yaml --out rendered/prod --check
  skopos render m3 --crds only | kubectl apply --server-side -f -

The folder is replaced in one step: who reads it meanwhile, or after an interruption, sees the old or the new one. \
Files that skopos did not write stay; files of an earlier run that are not needed any more go; an unchanged folder is not \
touched. On a mount point, some network file systems and the working folder itself, files are replaced one by one instead.";

const SECRETS_EXAMPLES: &str = "\
Examples:
  skopos secrets prod.yaml --out secrets.yaml        the first time; keep the file where secrets are kept
  skopos secrets prod.yaml --existing secrets.yaml --out secrets.yaml
                                                     after a change: keep what is there, add what is missing
  skopos secrets prod.yaml | kubectl apply --server-side -f -
  kubectl get secrets -A -l app.kubernetes.io/part-of=skopos -o yaml \\
    | skopos secrets prod.yaml --existing - | kubectl apply --server-side -f -

Nothing else of skopos ever prints a secret. The summary on stderr names Secrets and keys, never values.";

/// Compiles a short monitoring profile into hardened Kubernetes manifests
#[derive(Debug, Parser)]
#[command(name = "skopos", version, after_help = EXAMPLES, max_term_width = 120)]
pub struct Call {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to report.
    #[command(flatten)]
    pub messages: Messages,
}

/// How to report.
#[derive(Debug, Clone, Copy, Args)]
pub struct Messages {
    /// How mistakes and warnings are reported on stderr
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t)]
    pub message_format: MessageFormat,
    /// When reports are in color
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
    /// Treat every warning as an error
    #[arg(long, global = true, value_enum, value_name = "WHAT")]
    pub deny: Option<Denied>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the manifests of a profile
    Render(Render),
    /// Check a profile without writing anything
    Validate(Profile),
    /// Make the Secrets that the manifests name: certificates, passwords, keys
    Secrets(Secrets),
    /// Print the JSON Schema of profiles, for editors
    Schema,
    /// Begin a profile, with every setting explained
    Init(Init),
}

/// Which profile.
#[derive(Debug, Args)]
pub struct Profile {
    /// A file, `-` for stdin, or the name of a built-in profile; `skopos.yaml` in this folder where it is left out
    #[arg(value_name = "PROFILE")]
    pub name: Option<OsString>,
}

/// What `--deny` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Denied {
    /// Every warning.
    Warnings,
}

/// `skopos render`.
#[derive(Debug, Args)]
#[command(after_help = RENDER_EXAMPLES)]
pub struct Render {
    #[command(flatten)]
    pub profile: Profile,
    /// Write a folder, one object a file, instead of a stream to stdout
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write nothing, print how the folder would change, and exit with 1 if it would
    #[arg(long, requires = "out")]
    pub check: bool,
    /// What to do with the custom resource definitions
    #[arg(long, value_enum, value_name = "WHAT", default_value = "include")]
    pub crds: Crds,
}

/// What `--crds` takes.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Crds {
    /// Write them with everything else, unless the profile says `crds: external`
    Include,
    /// Leave them out
    Exclude,
    /// Write nothing else
    Only,
}

impl From<Crds> for Definitions {
    fn from(crds: Crds) -> Self {
        match crds {
            Crds::Include => Self::Include,
            Crds::Exclude => Self::Exclude,
            Crds::Only => Self::Only,
        }
    }
}

/// `skopos secrets`.
#[derive(Debug, Args)]
#[command(after_help = SECRETS_EXAMPLES)]
pub struct Secrets {
    #[command(flatten)]
    pub profile: Profile,
    /// Keep what an earlier run made: its output, or what `kubectl get secrets -o yaml` gives; `-` for stdin
    #[arg(long, value_name = "FILE")]
    pub existing: Option<PathBuf>,
    /// Write a file that only you can read, instead of to stdout; replaces a file only where `--existing` names it, too
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print secrets even on a terminal
    #[arg(long, conflicts_with = "out")]
    pub force: bool,
}

/// `skopos init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The set of capabilities to install
    #[arg(long, default_value = "M4", value_parser = PossibleValuesParser::new(BUILT.iter().copied().map(Milestone::name)))]
    pub milestone: String,
    /// The profile's name
    #[arg(long, default_value = "example", value_parser = |name: &str| ProfileName::try_from(name.to_owned()))]
    pub name: ProfileName,
    /// Write a new file instead of to stdout; a file that is there stays
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
