//! `kiln recipes` and `kiln doctor`.

use std::process::ExitCode;

use anyhow::Result;

use super::say;
use crate::backend::Backend;
use crate::config::PRESETS;

pub(super) fn recipes() -> Result<ExitCode> {
    for preset in PRESETS {
        say::line(format!("{:<16} {}", preset.name, preset.summary))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn doctor() -> Result<ExitCode> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    say::line(format!("kiln {} with {cores} processor cores\n", env!("CARGO_PKG_VERSION")))?;
    for backend in Backend::ALL {
        let name = backend.name();
        match backend.devices() {
            Err(_) => say::line(format!(
                "{name:<8} not in this build; `cargo xtask train --backend {name}` builds it"
            ))?,
            Ok(devices) if devices.is_empty() => {
                say::line(format!("{name:<8} in this build, but no device was found"))?;
            }
            Ok(devices) => {
                for (idx, device) in devices.iter().enumerate() {
                    let what = backend.describe(device);
                    say::line(format!("{name:<8} --device {idx}: {what}"))?;
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
