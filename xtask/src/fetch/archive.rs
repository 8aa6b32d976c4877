//! An archive from the network: fetched with curl, held to its checksum, unpacked with tar.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

/// A gzipped tar archive.
pub(super) struct Archive {
    pub(super) url: &'static str,
    /// In lower-case hexadecimal.
    pub(super) sha256: &'static str,
}

impl Archive {
    /// Fetches it into `scratch` and unpacks those of its `members` there.
    pub(super) fn unpack(&self, members: &[&str], scratch: &Path) -> Result<()> {
        fs::create_dir_all(scratch)
            .with_context(|| format!("cannot make {}", scratch.display()))?;
        let file = scratch.join("archive.tgz");
        println!("Fetching {}", self.url);
        let curl = ["--fail", "--location", "--silent", "--show-error", "--output"].map(OsStr::new);
        run("curl", curl.into_iter().chain([file.as_os_str(), OsStr::new(self.url)]))?;
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        self.check(&bytes)?;
        let tar = [OsStr::new("-xzf"), file.as_os_str(), OsStr::new("-C"), scratch.as_os_str()];
        run("tar", tar.into_iter().chain(members.iter().map(OsStr::new)))
    }

    fn check(&self, bytes: &[u8]) -> Result<()> {
        let found: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        if found != self.sha256 {
            bail!(
                "{} has SHA-256 {found}, and {} was expected: fetch it again, and do not use it if it \
                 stays so",
                self.url,
                self.sha256
            );
        }
        Ok(())
    }
}

fn run<'a>(program: &str, arguments: impl Iterator<Item = &'a OsStr>) -> Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .status()
        .with_context(|| format!("cannot start {program}: install it"))?;
    if !status.success() {
        bail!("{program} failed, and said why above");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_are_refused() {
        // Of nothing (FIPS 180-4's first example file).
        let sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let archive = Archive { url: "https://example.org/a.tgz", sha256 };
        assert!(archive.check(b"").is_ok());
        let error = archive.check(b"x").unwrap_err().to_string();
        assert!(error.contains("example.org") && error.contains("was expected"), "{error}");
    }
}
