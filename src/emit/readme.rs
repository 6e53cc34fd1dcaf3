//! The text that goes with an output folder: how to apply it.

use std::fmt::Write as _;

/// The folder's README: the commands that apply its waves, and what others must be told.
pub(super) fn readme(folders: &[String], notes: &[(String, String)], named_secrets: &[String]) -> String {
    let mut text = String::from(
        "# Monitoring, rendered by skopos\n\n\
         One object a file, in waves that are applied in order. Secrets are not here: `skopos secrets PROFILE` makes them.\n\n\
         ```sh\n",
    );
    for folder in folders {
        let _ = writeln!(text, "kubectl apply --server-side --field-manager skopos -k {folder}");
        if folder.starts_with("00-") {
            text.push_str("skopos secrets PROFILE | kubectl apply --server-side --field-manager skopos -f -\n");
        }
        if folder.starts_with("10-") {
            text.push_str("kubectl wait --for condition=Established --timeout 60s crd --all\n");
        }
    }
    text.push_str("```\n");
    text.push_str(
        "\nApplying removes nothing that an earlier render had: delete the objects of the files that this folder no longer has, but never \
         by label or with `--prune`: both end the running programs that operators made of these objects.\n",
    );
    if !named_secrets.is_empty() {
        text.push_str("\nSecrets that the profile names are yours to make, before what reads them can start:\n\n");
        for name in named_secrets {
            let _ = writeln!(text, "- `{name}`");
        }
    }
    if !notes.is_empty() {
        text.push_str("\nWhat belongs to other programs' owners stands in `notes/`:\n\n");
        for (name, _) in notes {
            let _ = writeln!(text, "- [{name}](notes/{name})");
        }
    }
    text
}
