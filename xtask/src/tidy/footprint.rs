//! What the default build pulls in: nothing that talks to a network, nothing to install first.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;

use super::finding::Finding;
use crate::cargo::{cargo_here, root};

/// Crates that open connections.
const NETWORKING: [&str; 24] = [
    "async-std",
    "attohttpc",
    "curl",
    "curl-sys",
    "git2",
    "h2",
    "hickory-resolver",
    "hyper",
    "iroh",
    "isahc",
    "minreq",
    "native-tls",
    "openssl",
    "openssl-sys",
    "quinn",
    "reqwest",
    "rustls",
    "socket2",
    "ssh2",
    "tokio",
    "tonic",
    "tungstenite",
    "ureq",
    "websocket",
];

/// Crates that declare a native library, or sound as if, and bring all they need along.
const SELF_CONTAINED: [&str; 5] = [
    "dirs-sys",        // calls the C library, which is always there
    "libmimalloc-sys", // compiles mimalloc from its own copy
    "linux-raw-sys",   // definitions only
    "rayon-core",      // `links` keeps a second version out
    "windows-sys",     // definitions only
];

/// Reads the tree of the default features of `kiln`, as it is built on this machine.
///
/// # Errors
///
/// When cargo cannot resolve it.
pub(super) fn check() -> Result<Vec<Finding>> {
    let links = native_libraries()?;
    let names = default_tree()?;
    let finding = |name: &String| forbidden(name, links.get(name).map(String::as_str));
    Ok(names.iter().filter_map(finding).collect())
}

fn forbidden(name: &str, links: Option<&str>) -> Option<Finding> {
    let manifest = "crates/kiln/Cargo.toml";
    let who = format!("`cargo tree --package kiln --invert {name}` says who asks for it");
    if NETWORKING.contains(&name) {
        let what = format!("the default build contains `{name}`, which opens connections");
        return Some(Finding::failure(
            manifest,
            what,
            format!("{who}: drop it, or put it behind a feature"),
        ));
    }
    let native = links.is_some() || name.ends_with("-sys");
    (native && !SELF_CONTAINED.contains(&name)).then(|| {
        let what = match links {
            Some(library) => {
                format!("`{name}` of the default build links the native library `{library}`")
            }
            None => format!("`{name}` of the default build sounds like a native library"),
        };
        let remedy =
            format!("{who}: drop it, or, if it compiles its own copy, list it in {}", file!());
        Finding::failure(manifest, what, remedy)
    })
}

/// The names of the crates in the default build, ours included.
fn default_tree() -> Result<Vec<String>> {
    let mut cargo = cargo_here("tree");
    cargo.args(["--package", "kiln", "--edges", "normal"]);
    cargo.args(["--prefix", "none", "--format", "{p}", "--locked"]);
    let output = cargo.output().context("cannot start cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("cargo tree failed (is Cargo.lock up to date?): {}", said.trim());
    }
    Ok(names(&String::from_utf8_lossy(&output.stdout)))
}

/// The first word of each line, once.
fn names(tree: &str) -> Vec<String> {
    let words = tree.lines().filter_map(|line| line.split(' ').next());
    let mut names: Vec<_> = words.filter(|w| !w.is_empty()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// The `links` key of every crate that has one.
fn native_libraries() -> Result<BTreeMap<String, String>> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml"));
    command.other_options(["--locked".to_owned(), "--filter-platform".into(), host()?]);
    let metadata =
        command.exec().context("cargo cannot resolve the workspace (is Cargo.lock up to date?)")?;
    let packages = metadata.packages.into_iter();
    Ok(packages.filter_map(|package| Some((package.name.to_string(), package.links?))).collect())
}

/// The platform that cargo builds for here.
fn host() -> Result<String> {
    let output = crate::cargo::cargo().arg("-vV").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("`cargo -vV` names no host")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_opens_connections_is_found() {
        assert!(forbidden("tokio", None).is_some());
        assert!(forbidden("rayon", None).is_none());
    }

    #[test]
    fn a_native_library_is_found_unless_it_brings_itself_along() {
        assert!(forbidden("libz-sys", Some("z")).is_some());
        assert!(forbidden("audio", Some("asound")).is_some());
        assert!(forbidden("alsa-sys", None).is_some());
        assert!(forbidden("libmimalloc-sys", Some("mimalloc")).is_none());
    }

    #[test]
    fn the_tree_is_read_by_first_words() {
        let tree = "kiln v0.1.0 (/x)\nserde v1.0.1\n\nserde v1.0.1 (*)\n";
        assert_eq!(names(tree), ["kiln", "serde"]);
    }
}
