//! Where a game is played: the backends that this build has, and the devices that this machine
//! has for them.

use std::fmt;
use std::str::FromStr;

use burn::tensor::{Device, DeviceFilter, DeviceType};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A way to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// The CPU, by Burn's Flex.
    #[default]
    Cpu,
    /// The CPU, by `burn-ndarray`; much slower, and kept for comparison.
    Ndarray,
    /// Any GPU, by WebGPU shaders over Vulkan, Metal or DirectX 12.
    Wgpu,
    /// A GPU by Vulkan and SPIR-V.
    Vulkan,
    /// A GPU by Metal.
    Metal,
    /// An NVIDIA GPU by CUDA.
    Cuda,
    /// An AMD GPU by ROCm.
    Rocm,
}

/// A backend or device that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BackendError {
    /// The name is unknown.
    #[error("there is no backend `{0}`; there are cpu, ndarray, wgpu, vulkan, metal, cuda, rocm")]
    Unknown(String),
    /// The program was built without it.
    #[error(
        "this kiln was built without the {0} backend; `cargo xtask train --backend {0}` builds \
         one with it (elsewhere: `cargo install --path crates/kiln --features {0}`)"
    )]
    NotBuilt(Backend),
    /// The machine offers no device for it.
    #[error(
        "no device for the {0} backend was found on this machine; install its driver (`kiln \
         doctor` lists what is found), or use --backend cpu"
    )]
    NoDevice(Backend),
    /// The machine has fewer devices.
    #[error(
        "there is no device {asked} for the {backend} backend: this machine has {found}, counted \
         from 0 (`kiln doctor` lists them)"
    )]
    NoSuchDevice {
        /// For which backend.
        backend: Backend,
        /// The number that was asked for.
        asked: usize,
        /// How many there are.
        found: usize,
    },
}

impl Backend {
    /// Every backend there is.
    pub const ALL: [Self; 7] =
        [Self::Cpu, Self::Ndarray, Self::Wgpu, Self::Vulkan, Self::Metal, Self::Cuda, Self::Rocm];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Cuda => "cuda",
            Self::Rocm => "rocm",
        }
    }

    /// Whether this program was built with it.
    pub fn is_built(self) -> bool {
        self.device_type().is_some()
    }

    /// The devices that this machine has for it; asking opens no GPU of another backend.
    ///
    /// # Errors
    ///
    /// When the program was built without the backend.
    pub fn devices(self) -> Result<Vec<Device>, BackendError> {
        let kind = self.device_type().ok_or(BackendError::NotBuilt(self))?;
        Ok(Device::enumerate(DeviceFilter::from(kind)).into_vec())
    }

    /// The `index`-th device, counted from 0.
    ///
    /// # Errors
    ///
    /// When the program was built without the backend or the machine lacks the device.
    pub fn device(self, index: usize) -> Result<Device, BackendError> {
        let devices = self.devices()?;
        let found = devices.len();
        let missing = if found == 0 {
            BackendError::NoDevice(self)
        } else {
            BackendError::NoSuchDevice { backend: self, asked: index, found }
        };
        devices.into_iter().nth(index).ok_or(missing)
    }

    /// What a device of this backend is, for a person to read. Opens a GPU.
    #[cfg(feature = "cli")]
    pub(crate) fn describe(self, device: &Device) -> String {
        match self {
            Self::Cpu => "the processor (Burn's Flex)".to_owned(),
            Self::Ndarray => "the processor (burn-ndarray)".to_owned(),
            _ => gpu_name(device),
        }
    }

    fn device_type(self) -> Option<DeviceType> {
        match self {
            #[cfg(feature = "cpu")]
            Self::Cpu => Some(DeviceType::Flex),
            #[cfg(feature = "ndarray")]
            Self::Ndarray => Some(DeviceType::NdArray),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Some(DeviceType::Wgpu),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => Some(DeviceType::Vulkan),
            #[cfg(feature = "metal")]
            Self::Metal => Some(DeviceType::Metal),
            #[cfg(feature = "cuda")]
            Self::Cuda => Some(DeviceType::Cuda),
            #[cfg(feature = "rocm")]
            Self::Rocm => Some(DeviceType::Rocm),
            #[cfg(not(all(
                feature = "cpu",
                feature = "ndarray",
                feature = "wgpu",
                feature = "vulkan",
                feature = "metal",
                feature = "cuda",
                feature = "rocm"
            )))]
            _ => None,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Backend {
    type Err = BackendError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let name = if name == "flex" { "cpu" } else { name };
        let found = Self::ALL.into_iter().find(|backend| backend.name() == name);
        found.ok_or_else(|| BackendError::Unknown(name.to_owned()))
    }
}

#[cfg(all(feature = "cli", any(feature = "wgpu", feature = "cuda", feature = "rocm")))]
fn gpu_name(device: &Device) -> String {
    device.identity().map_or_else(|| format!("{device:?}"), |identity| identity.name)
}

#[cfg(all(feature = "cli", not(any(feature = "wgpu", feature = "cuda", feature = "rocm"))))]
fn gpu_name(device: &Device) -> String {
    format!("{device:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_backend() {
        for backend in Backend::ALL {
            assert_eq!(backend.name().parse(), Ok(backend));
        }
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        let error = "gpu".parse::<Backend>().unwrap_err().to_string();
        assert!(error.contains("`gpu`") && error.contains("wgpu"), "{error}");
    }

    #[cfg(feature = "cpu")]
    #[test]
    fn the_cpu_is_one_device() {
        assert_eq!(Backend::Cpu.devices().unwrap().len(), 1);
        let error = Backend::Cpu.device(3).unwrap_err().to_string();
        assert!(error.contains("device 3") && error.contains("has 1"), "{error}");
    }

    #[cfg(not(feature = "rocm"))]
    #[test]
    fn a_backend_that_was_not_built_names_the_command_that_helps() {
        let error = Backend::Rocm.device(0).unwrap_err().to_string();
        assert!(error.contains("cargo xtask train --backend rocm"), "{error}");
    }
}
