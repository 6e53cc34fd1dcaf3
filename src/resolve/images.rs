//! Mirrors and digests of a profile must be of images that the catalog or the profile itself names, and an image of its own of the
//! version that it is configured as.

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::pointer::escape;
use crate::profile::Profile;

use super::Chosen;

/// Reports images of another version, mirrors of registries that no image comes from, and digests of images that nothing runs.
pub(super) fn check(profile: &Profile, catalog: &Catalog, components: &[Chosen<'_>], faults: &mut Diagnostics) {
    for chosen in components {
        faults.extend(another_version(profile, catalog, chosen).map(Diagnostics::from).unwrap_or_default());
    }
    let images = references(profile, catalog);
    let of_backends = |name: &String| profile.is_doubtful(&format!("/backends/{}/image", escape(name)));
    if profile.settings.backends.keys().any(of_backends) {
        return;
    }
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

/// A profile's own image whose tag says that it is of another version than the one that it will be configured as. Tags that say
/// no version, and those of components that count their images otherwise, are nobody's business.
fn another_version(profile: &Profile, catalog: &Catalog, chosen: &Chosen<'_>) -> Option<Diagnostic> {
    let image = chosen.settings.image.as_deref()?;
    let tag = image.rsplit_once('/').map_or(image, |(_, name)| name).split_once(':')?.1;
    let key = chosen.entry.component.workloads.first()?.image.as_deref()?;
    let usual = catalog.image(key)?.versions.get(&chosen.version)?;
    let is_of_version = |tag: &str| {
        let rest = tag.trim_start_matches('v').strip_prefix(&*chosen.version)?;
        Some(rest.is_empty() || rest.starts_with(['.', '-', '+'])).filter(|it| *it)
    };
    is_of_version(usual)?;
    if is_of_version(tag).is_some() || !tag.trim_start_matches('v').starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let known = super::versions(catalog, chosen.entry);
    let near = known.iter().find(|known| tag.trim_start_matches('v').starts_with(known.as_str()));
    let help = match near {
        Some(version) => format!("set `version: \"{version}\"` beside it"),
        None => format!("{} is known in the versions {}", chosen.entry.name, known.join(", ")),
    };
    let message = format!("the image's tag says {tag}, but {} is configured as {}", chosen.entry.name, chosen.version);
    let (source, span) = profile.place(&format!("/backends/{}/image", escape(&chosen.entry.name)));
    Some(Diagnostic::warning(code::BAD_COMBINATION, message).at(source, span, "another version").help(help))
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
