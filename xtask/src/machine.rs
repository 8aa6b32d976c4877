//! The machine that a number was measured on.

use std::fs;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// What a reader needs in order to judge a time.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: Option<f64>,
    pub(crate) os: String,
    pub(crate) rustc: String,
}

impl Machine {
    /// Asks the system; what it does not tell is "unknown".
    pub(crate) fn here() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let os = value(&release, "PRETTY_NAME", '=').unwrap_or(std::env::consts::OS);
        Self {
            cpu: value(&cpuinfo, "model name", ':').unwrap_or(std::env::consts::ARCH).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: value(&meminfo, "MemTotal", ':').and_then(gib),
            os: format!("{os}, kernel {}", kernel.trim()),
            rustc: rustc(),
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} cores", self.cpu, self.cores)?;
        if let Some(memory) = self.memory_gib {
            write!(f, ", {memory} GiB")?;
        }
        write!(f, "; {}; {}", self.os, self.rustc)
    }
}

/// The first value of `key` in lines of `key SEPARATOR value`.
fn value<'a>(text: &'a str, key: &str, separator: char) -> Option<&'a str> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(separator));
    let (_, value) = pairs.find(|(name, _)| name.trim() == key)?;
    Some(value.trim().trim_matches('"'))
}

/// Gibibytes with one decimal, from "24664744 kB".
fn gib(kibibytes: &str) -> Option<f64> {
    let number: f64 = kibibytes.split(' ').next()?.parse().ok()?;
    Some((number / f64::from(1 << 20) * 10.0).round() / 10.0)
}

fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    version.unwrap_or_else(|_| "rustc unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_from_the_systems_files() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Big CPU: 9\nmodel name\t: Other\n";
        assert_eq!(value(cpuinfo, "model name", ':'), Some("Big CPU: 9"));
        assert_eq!(value("PRETTY_NAME=\"X 12\"\n", "PRETTY_NAME", '='), Some("X 12"));
        assert_eq!(value("", "MemTotal", ':'), None);
    }

    #[test]
    fn memory_is_rounded_to_a_tenth() {
        assert_eq!(gib("24664744 kB"), Some(23.5));
        assert_eq!(gib("much"), None);
    }
}
