//! Which of our crates may use which, and who may name a backend.
//!
//! The table is DESIGN's: what one crate needs of another is decided there, not in a manifest.

use anyhow::Result;
use cargo_metadata::{Dependency, DependencyKind, Metadata, Package};

use super::finding::Finding;
use crate::cargo::our_crates;

/// Who may use whom. A crate that is not listed may use none of ours.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("kiln-ops", &["kiln-core"]),
    ("kiln-data", &["kiln-core"]),
    ("kiln-models", &["kiln-core", "kiln-ops"]),
    ("kiln-objective", &["kiln-core", "kiln-ops"]),
    ("kiln-train", &["kiln-core", "kiln-ops"]),
    ("kiln-eval", &["kiln-core", "kiln-ops", "kiln-models"]),
    ("kiln", &["*"]),
    ("kiln-tests", &["*"]),
    ("xtask", &[]),
];

/// The only crates in which a backend has a name; tests may ask for any.
const NAME_BACKENDS: [&str; 3] = ["kiln-ops", "kiln", "kiln-tests"];

/// What Burn calls its backends: crates `burn-X`, features `burn/X`.
const BACKENDS: [&str; 14] = [
    "candle", "cpu", "cubecl", "cuda", "flex", "hip", "metal", "ndarray", "remote", "rocm", "tch",
    "vulkan", "webgpu", "wgpu",
];

/// Reads the manifests.
///
/// # Errors
///
/// When cargo cannot.
pub(super) fn check() -> Result<Vec<Finding>> {
    let ours = our_crates()?;
    Ok(ours.packages.iter().flat_map(|p| package(p, &ours)).collect())
}

fn package(package: &Package, ours: &Metadata) -> Vec<Finding> {
    let manifest = relative(package, ours);
    let dependencies = package.dependencies.iter();
    let mut findings: Vec<_> = dependencies
        .filter_map(|dependency| {
            let target = Target::of(dependency, ours);
            let what = forbidden(&package.name, &target)?;
            Some(Finding::failure(&manifest, what.0, what.1))
        })
        .collect();
    for (feature, needs) in &package.features {
        if !NAME_BACKENDS.contains(&package.name.as_str()) && needs.iter().any(|n| is_backend(n)) {
            let what = format!("the feature `{feature}` names a backend");
            findings.push(Finding::failure(&manifest, what, BACKEND_ADVICE));
        }
    }
    findings
}

const BACKEND_ADVICE: &str =
    "take a `&Device` instead; only kiln-ops and kiln have backend features";

fn relative(package: &Package, ours: &Metadata) -> String {
    let path = package.manifest_path.strip_prefix(&ours.workspace_root);
    path.unwrap_or(&package.manifest_path).as_str().replace('\\', "/")
}

/// A dependency, as far as the rules look at it.
#[derive(Debug)]
struct Target<'a> {
    name: &'a str,
    is_ours: bool,
    is_for_tests: bool,
    /// A path that leads out of the repository.
    leads_out: bool,
    features: &'a [String],
}

impl<'a> Target<'a> {
    fn of(dependency: &'a Dependency, ours: &Metadata) -> Self {
        let mut packages = ours.packages.iter();
        let path = dependency.path.as_ref();
        Self {
            name: &dependency.name,
            is_ours: packages.any(|package| package.name == dependency.name),
            is_for_tests: dependency.kind == DependencyKind::Development,
            leads_out: path.is_some_and(|path| !path.starts_with(&ours.workspace_root)),
            features: &dependency.features,
        }
    }
}

/// What is wrong with a dependency of `from`, and what to do about it.
fn forbidden(from: &str, target: &Target) -> Option<(String, String)> {
    let to = target.name;
    if target.leads_out {
        let what = format!("`{to}` lies outside the repository");
        return Some((what, "depend on a published version".into()));
    }
    let names_backend = is_backend_crate(to)
        || ((to == "burn" || to == "kiln-ops") && target.features.iter().any(|f| is_backend(f)));
    if names_backend && !target.is_for_tests && !NAME_BACKENDS.contains(&from) {
        let what = format!("the dependency `{to}` names a backend");
        return Some((what, BACKEND_ADVICE.into()));
    }
    // Tests may look sideways, at a crate that does not stand on this one.
    let excused = target.is_for_tests && (to == from || !may_use(to, from));
    if target.is_ours && !excused && !may_use(from, to) {
        let what = format!("{from} may not use {to}");
        return Some((what, advice(from)));
    }
    None
}

fn may_use(from: &str, to: &str) -> bool {
    allowed(from).iter().any(|name| *name == "*" || *name == to)
}

fn allowed(from: &str) -> &'static [&'static str] {
    let row = ALLOWED.iter().find(|(name, _)| *name == from);
    row.map_or(&[], |(_, names)| names)
}

fn advice(from: &str) -> String {
    match allowed(from) {
        [] => format!("{from} uses no other crate of ours: turn the edge round, or move the code"),
        names => {
            format!("of ours it may use {}: move the code, or meet in `kiln`", names.join(", "))
        }
    }
}

fn is_backend_crate(name: &str) -> bool {
    name.strip_prefix("burn-").is_some_and(|rest| BACKENDS.contains(&rest))
}

/// Whether a feature, or what a feature needs, is a backend: `wgpu`, `burn/wgpu`, `dep:burn-wgpu`.
fn is_backend(feature: &str) -> bool {
    let feature = feature.strip_prefix("dep:").unwrap_or(feature);
    let last = feature.rsplit('/').next().unwrap_or(feature);
    BACKENDS.contains(&last) || is_backend_crate(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str) -> Target<'_> {
        Target {
            name,
            is_ours: name.starts_with("kiln"),
            is_for_tests: false,
            leads_out: false,
            features: &[],
        }
    }

    fn check_edge(from: &str, to: &str, allowed: bool) {
        assert_eq!(forbidden(from, &target(to)).is_none(), allowed, "{from} -> {to}");
    }

    #[test]
    fn the_edges_are_those_of_the_design() {
        check_edge("kiln-train", "kiln-ops", true);
        check_edge("kiln-train", "kiln-data", false);
        check_edge("kiln-data", "kiln-ops", false);
        check_edge("kiln-eval", "kiln-models", true);
        check_edge("kiln-models", "kiln-objective", false);
        check_edge("kiln-core", "kiln-ops", false);
        check_edge("kiln", "kiln-eval", true);
        check_edge("xtask", "kiln-core", false);
        check_edge("kiln-new", "kiln-core", false);
    }

    #[test]
    fn tests_of_a_crate_may_use_itself_and_what_does_not_stand_on_it() {
        let for_tests = |name| Target { is_for_tests: true, ..target(name) };
        assert!(forbidden("kiln-data", &for_tests("kiln-ops")).is_none());
        assert!(forbidden("kiln-core", &for_tests("kiln-core")).is_none());
        assert!(forbidden("kiln-eval", &for_tests("kiln-data")).is_none());
        assert!(forbidden("kiln-core", &for_tests("kiln-train")).is_some());
    }

    #[test]
    fn only_the_operations_and_the_product_name_a_backend() {
        check_edge("kiln-models", "burn-flex", false);
        check_edge("kiln-data", "burn-dataset", true);
        check_edge("kiln-ops", "burn-wgpu", true);
        let features = ["wgpu".to_owned()];
        let burn = Target { features: &features, ..target("burn") };
        assert!(forbidden("kiln-train", &burn).is_some());
        assert!(forbidden("kiln", &burn).is_none());
        let for_tests = Target { is_for_tests: true, ..burn };
        assert!(forbidden("kiln-train", &for_tests).is_none());
    }

    #[test]
    fn a_backend_is_known_in_every_spelling() {
        for feature in ["wgpu", "burn/vulkan", "dep:burn-ndarray", "kiln-ops/flex"] {
            assert!(is_backend(feature), "{feature}");
        }
        for feature in ["std", "burn/autodiff", "dep:clap"] {
            assert!(!is_backend(feature), "{feature}");
        }
    }

    #[test]
    fn a_path_out_of_the_repository_is_refused() {
        let outside = Target { leads_out: true, ..target("serde") };
        assert!(forbidden("kiln", &outside).is_some());
    }

    #[test]
    fn the_manifests_are_read() {
        let ours = our_crates().unwrap();
        let engine = ours.packages.iter().find(|p| p.name == "kiln-train").unwrap();
        assert_eq!(relative(engine, &ours), "crates/kiln-train/Cargo.toml");
        let targets = engine.dependencies.iter().map(|d| Target::of(d, &ours));
        let (own, others): (Vec<_>, Vec<_>) = targets.partition(|target| target.is_ours);
        assert!(own.iter().any(|t| t.name == "kiln-core" && !t.is_for_tests));
        assert!(others.iter().any(|t| t.name == "tempfile" && t.is_for_tests));
        assert!(own.iter().chain(&others).all(|target| !target.leads_out));
    }
}
