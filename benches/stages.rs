//! What each stage of a compilation costs, for the built-in profile m4, and what writing its bytes costs alone: the floor.

#![allow(clippy::expect_used, reason = "a benchmark may stop at what it did not expect")]

use divan::{Bencher, black_box};
use skopos::catalog::Catalog;
use skopos::emit::{Definitions, stream};
use skopos::source::Source;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// m4 without the backends that can be off: what the objects of these cost is the margin.
const FEWER: &str = "apiVersion: skopos.dev/v1alpha1
kind: MonitoringProfile
name: fewer
milestone: M4
backends: { elasticsearch: { enabled: false }, fluentd: { enabled: false }, kibana: { enabled: false }, zipkin: { enabled: false } }
";

fn main() {
    divan::main();
}

fn source() -> Source {
    Source::new("m4.yaml", include_str!("../profiles/m4.yaml"))
}

fn catalog() -> Catalog {
    Catalog::built_in().expect("the built-in catalog loads")
}

/// The whole: catalog, compilation, output.
#[divan::bench]
fn whole() -> String {
    let compilation = skopos::compile(&source(), &catalog()).expect("m4 compiles");
    stream(&compilation.value.manifest, Definitions::Include)
}

/// The whole with fewer objects.
#[divan::bench]
fn whole_of_fewer() -> String {
    let source = Source::new("fewer.yaml", FEWER);
    let compilation = skopos::compile(&source, &catalog()).expect("fewer compiles");
    stream(&compilation.value.manifest, Definitions::Include)
}

/// The floor: writing the same objects, and nothing else.
#[divan::bench]
fn floor(bencher: Bencher<'_, '_>) {
    let compilation = skopos::compile(&source(), &catalog()).expect("m4 compiles").value;
    bencher.bench_local(|| stream(black_box(&compilation.manifest), Definitions::Include));
}

#[divan::bench]
fn load_catalog() -> Catalog {
    catalog()
}

#[divan::bench]
fn read_profile(bencher: Bencher<'_, '_>) {
    let catalog = catalog();
    bencher.bench_local(|| skopos::read_profile(&source(), &catalog).is_ok());
}

/// From the profile to the plan.
#[divan::bench]
fn resolve_and_plan(bencher: Bencher<'_, '_>) {
    let catalog = catalog();
    let profile = skopos::read_profile(&source(), &catalog).expect("m4 is right").value;
    bencher.bench_local(|| {
        let resolved = skopos::resolve::resolve(&profile, &catalog).0;
        skopos::plan::plan(&resolved).expect("m4 has a plan").edges.len()
    });
}

#[divan::bench]
fn render(bencher: Bencher<'_, '_>) {
    let catalog = catalog();
    let profile = skopos::read_profile(&source(), &catalog).expect("m4 is right").value;
    let resolved = skopos::resolve::resolve(&profile, &catalog).0;
    let plan = skopos::plan::plan(&resolved).expect("m4 has a plan");
    bencher.bench_local(|| skopos::render::render(&plan, &catalog).expect("m4 renders").objects.len());
}

#[divan::bench]
fn derive_and_harden(bencher: Bencher<'_, '_>) {
    let catalog = catalog();
    let profile = skopos::read_profile(&source(), &catalog).expect("m4 is right").value;
    let resolved = skopos::resolve::resolve(&profile, &catalog).0;
    let plan = skopos::plan::plan(&resolved).expect("m4 has a plan");
    let rendered = || skopos::render::render(&plan, &catalog).expect("m4 renders");
    bencher.with_inputs(rendered).bench_local_values(|rendered| {
        let derived = skopos::derive::derive(rendered, &plan, &catalog).expect("m4 derives").value;
        skopos::harden::harden(derived, &plan).objects().len()
    });
}

/// All claims about all objects.
#[divan::bench]
fn check(bencher: Bencher<'_, '_>) {
    let catalog = catalog();
    let profile = skopos::read_profile(&source(), &catalog).expect("m4 is right").value;
    let resolved = skopos::resolve::resolve(&profile, &catalog).0;
    let plan = skopos::plan::plan(&resolved).expect("m4 has a plan");
    let hardened = || {
        let rendered = skopos::render::render(&plan, &catalog).expect("m4 renders");
        let derived = skopos::derive::derive(rendered, &plan, &catalog).expect("m4 derives").value;
        skopos::harden::harden(derived, &plan)
    };
    bencher.with_inputs(hardened).bench_local_values(|hardened| {
        skopos::check::check(hardened, &skopos::terms::terms(&plan)).expect("m4 holds").objects().len()
    });
}
