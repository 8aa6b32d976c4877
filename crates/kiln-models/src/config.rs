//! What can be wrong with the configuration of a network.

use thiserror::Error;

/// A configuration that describes no network.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A size that must be at least one is zero.
    #[error("`{field}` is 0: give at least 1")]
    Zero {
        /// The field.
        field: &'static str,
    },
    /// A picture size that halving does not bring to 4 or 7.
    #[error("`size` is {size}: give 4 or 7 times a power of two, such as 28, 32 or 64")]
    Size {
        /// The size.
        size: usize,
    },
    /// A probability outside its range.
    #[error("`{field}` is {value}: give a number {range}")]
    Range {
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed, in words.
        range: &'static str,
    },
    /// A picture size that does not halve often enough.
    #[error("`size` is {size}: give a multiple of {factor} from {least} on")]
    Multiple {
        /// The size.
        size: usize,
        /// What it must be a multiple of.
        factor: usize,
        /// The smallest size that there is.
        least: usize,
    },
    /// A factor that doublings do not make.
    #[error("`times` is {times}: give 2 or 4")]
    Times {
        /// The factor.
        times: usize,
    },
    /// A kernel without a middle.
    #[error("`kernel` is {kernel}: give an odd number")]
    Kernel {
        /// Its side.
        kernel: usize,
    },
    /// A norm of each sample's channels where a channel has one pixel left, which would be nothing.
    #[error(
        "`norm = \"instance\"` leaves nothing of the last layer, whose side is 1 of pictures of {size}: \
         give another, or larger pictures"
    )]
    InstanceOfOne {
        /// Side of a picture.
        size: usize,
    },
    /// Blocks that VGG does not have.
    #[error("`blocks` is {blocks}: VGG has 1 to 5")]
    Blocks {
        /// How many.
        blocks: usize,
    },
    /// The side of a volume that halving does not bring to 4.
    #[error("`size` is {size}: volumes have a power of two from 8 on, such as 32 or 64")]
    VolumeSize {
        /// The size.
        size: usize,
    },
    /// The length of a sound that dividing by 4 does not bring to 16.
    #[error(
        "`length` is {length}: sounds have 16 times a power of 4 samples, such as 4096 or 16384"
    )]
    WaveLength {
        /// The length.
        length: usize,
    },
    /// A critic of sounds that cannot be.
    #[error(
        "a critic of sounds has a `norm` of batch, instance, layer or none, and a `shuffle` under 16"
    )]
    Wave,
    /// A norm that would see one slice of a volume.
    #[error(
        "`norm` is within a sample, of which a layer of volumes sees a slice: give batch, spectral or \
         none"
    )]
    NormOfSlices,
    /// A field of view that no patch critic has.
    #[error("`field` is {field}: a patch critic sees 16, 34 or 70 pixels")]
    Field {
        /// The field.
        field: usize,
    },
    /// Pictures that are too small for what a patch critic sees.
    #[error(
        "a patch critic whose field is {field} needs pictures of at least {least} pixels, and these \
         have {size}: give a smaller `field` (16, 34 or 70)"
    )]
    Patch {
        /// The field.
        field: usize,
        /// The smallest size that there is.
        least: usize,
        /// The size.
        size: usize,
    },
    /// A self-attention over maps that no block makes.
    #[error(
        "`attention` is {side}: give the side of a block's maps, {}, or 0 for none",
        listed(.sides)
    )]
    Attention {
        /// The side.
        side: usize,
        /// Those that there are.
        sides: Vec<usize>,
    },
    /// A latent that cannot be cut.
    #[error(
        "`latents` is {latents}: a hierarchical generator of this size cuts them into {slices} slices, \
         so give a multiple of {slices}"
    )]
    Slices {
        /// Width of a latent.
        latents: usize,
        /// The smallest picture's and the blocks'.
        slices: usize,
    },
    /// A shared embedding of nothing.
    #[error(
        "`shared` embeds the classes, and the generator is not told any: give `condition.generator = \
         \"batch-norm\"`, or 0"
    )]
    NothingShared,
    /// Classes beside slices without an embedding.
    #[error("`shared` is 0: a hierarchical generator needs a shared embedding of its classes")]
    NotShared,
    /// A perceptron without a layer.
    #[error("`sizes` names {given} sizes: give at least 2, the inputs and the outputs")]
    TooFewSizes {
        /// How many there are.
        given: usize,
    },
}

/// Numbers with commas.
fn listed(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

/// What a critic makes of a picture unless it is an encoder: a logit.
pub(crate) fn one() -> usize {
    1
}

/// Refuses zero.
pub(crate) fn at_least_one(field: &'static str, value: usize) -> Result<(), ConfigError> {
    if value == 0 { Err(ConfigError::Zero { field }) } else { Ok(()) }
}

/// Refuses what is not a probability to keep something: more than zero, at most one.
pub(crate) fn keep_probability(field: &'static str, value: f64) -> Result<(), ConfigError> {
    if value > 0.0 && value <= 1.0 {
        Ok(())
    } else {
        Err(ConfigError::Range { field, value, range: "above 0 and at most 1" })
    }
}

/// Refuses what is not in `[0, 1)`.
pub(crate) fn drop_probability(field: &'static str, value: f64) -> Result<(), ConfigError> {
    if (0.0..1.0).contains(&value) {
        Ok(())
    } else {
        Err(ConfigError::Range { field, value, range: "from 0 to less than 1" })
    }
}
