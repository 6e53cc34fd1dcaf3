//! Mirrors and digests of a profile must be of images that the catalog or the profile itself names.

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::pointer::escape;
use crate::profile::Profile;

/// Reports mirrors of registries that no image comes from, and digests of images that nothing runs.
pub(super) fn check(profile: &Profile, catalog: &Catalog, faults: &mut Diagnostics) {
    let images = references(profile, catalog);
    let registries: Vec<String> =
        images.iter().filter_map(|image| image.split('/').next().map(str::to_owned)).collect();
    for registry in profile.settings.images.mirrors.keys().map(ToString::to_string) {
        if registry != "*" && !registries.contains(&registry) {
            let place = format!("/images/mirrors/{}", escape(&registry));
            let message = format!("no image comes from the registry {registry}");
            faults.push(dangling(profile, &place, message, &registry, &registries));
        }
    }
    for image in profile.settings.images.digests.keys().map(ToString::to_string) {
        if !images.contains(&image) {
            let place = format!("/images/digests/{}", escape(&image));
            faults.push(dangling(profile, &place, format!("nothing runs the image {image}"), &image, &images));
        }
    }
}

/// Every image that a plan may run, with its tag.
fn references(profile: &Profile, catalog: &Catalog) -> Vec<String> {
    let own = profile.settings.backends.values().filter_map(|backend| backend.image.as_ref()).map(ToString::to_string);
    let all = catalog.images().values();
    own.chain(all.flat_map(|image| image.versions.values().map(|tag| format!("{}:{tag}", image.repository)))).collect()
}

fn dangling(profile: &Profile, place: &str, message: String, name: &str, known: &[String]) -> Diagnostic {
    let (source, span) = profile.place(place);
    let nearest =
        known.iter().max_by(|one, other| strsim::jaro_winkler(name, one).total_cmp(&strsim::jaro_winkler(name, other)));
    let help = nearest.map(|nearest| format!("Did you mean `{nearest}`?")).unwrap_or_default();
    Diagnostic::error(code::DANGLING_REFERENCE, message).at(source, span, "").help(help)
}
