//! The networks of generators, and what joins them to conditions.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_models::{
    DcganGenerator, Decoder, Pass, Perceptron, PlainResnetGenerator, ResnetGenerator,
    Stylegan2Generator, VolumeGenerator, WaveGenerator,
};
use kiln_ops::Dual;

use super::GeneratorNetwork;
use crate::recipe::RecipeError;
use crate::recipe::gan::condition::ToldGenerator;

/// From latents to samples, of what the pass asks for.
#[derive(Module, Debug)]
pub enum Generator {
    /// Knows of latents alone, or has batch norms that follow what is asked.
    Plain(GeneratorBody),
    /// Has what is asked joined to its latents.
    Joined(JoinedGenerator),
}

/// A generator that takes conditions for more latents.
#[derive(Module, Debug)]
pub struct JoinedGenerator {
    /// From both together.
    pub body: GeneratorBody,
    /// Width of a condition.
    pub conditions: usize,
}

impl Generator {
    /// The network for samples of the shape `[channels, height, width]`, told of conditions of a
    /// width, without weights.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn init(
        network: &GeneratorNetwork,
        latents: usize,
        sample: [usize; 3],
        told: Option<(ToldGenerator, usize)>,
        device: &Device,
    ) -> Result<Self, RecipeError> {
        if told.is_some() && matches!(network, GeneratorNetwork::Stylegan2 { .. }) {
            return Err(RecipeError::Condition(
                "`stylegan2` knows of no classes: leave `condition` out",
            ));
        }
        let in_slices =
            matches!(network, GeneratorNetwork::Resnet { hierarchical: true, shared: 0, .. });
        if in_slices && matches!(told, Some((ToldGenerator::Concat, _))) {
            return Err(RecipeError::Condition(
                "a hierarchical generator cuts its latents, and what is joined to them with them: give \
                 `condition.generator = \"batch-norm\"`",
            ));
        }
        Ok(match told {
            None => Self::Plain(network.init(latents, sample, 0, device)?),
            Some((ToldGenerator::BatchNorm, conditions)) => {
                Self::Plain(network.init(latents, sample, conditions, device)?)
            }
            Some((ToldGenerator::Concat, conditions)) => {
                let body = network.init(latents + conditions, sample, 0, device)?;
                Self::Joined(JoinedGenerator { body, conditions })
            }
        })
    }

    /// Shape: `[batch, latents]` to `[batch, channels, height, width]`.
    pub fn forward(&self, latents: Tensor<2>, pass: &Pass) -> Tensor<4> {
        self.moving(latents.into(), pass).value
    }

    /// The same for latents that may carry a tangent; what is asked stands still.
    pub fn moving(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        match self {
            Self::Plain(body) => body.moving(latents, pass),
            Self::Joined(JoinedGenerator { body, conditions }) => {
                let [batch, _] = latents.dims();
                let asked = pass.condition([batch, *conditions], &latents.value.device());
                body.moving(Dual::concat(vec![latents, asked], 1), pass)
            }
        }
    }
}

impl Generator {
    /// The network that paints by styles, if it is one.
    pub fn stylist(&self) -> Option<&Stylegan2Generator> {
        match self {
            Self::Plain(GeneratorBody::Stylegan2(network)) => Some(network),
            _ => None,
        }
    }
}

/// From latents to samples.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a game has one generator")]
pub enum GeneratorBody {
    /// Convolutional.
    Dcgan(DcganGenerator),
    /// Residual, with batch norm.
    Resnet(ResnetGenerator),
    /// Residual, without normalisation.
    PlainResnet(PlainResnetGenerator),
    /// A decoder.
    Decoder(Decoder),
    /// Of volumes.
    Volume(VolumeGenerator),
    /// By styles.
    Stylegan2(Stylegan2Generator),
    /// Of sounds.
    Wave(WaveGenerator),
    /// Linear.
    Perceptron(Painting),
}

impl GeneratorBody {
    /// Shape: `[batch, latents]` to `[batch, channels, height, width]`.
    pub fn moving(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        match self {
            Self::Dcgan(network) => network.forward(latents, pass),
            Self::Resnet(network) => network.forward(latents, pass),
            Self::PlainResnet(network) => network.forward(latents, pass),
            Self::Decoder(network) => network.forward(latents, pass),
            Self::Wave(network) => network.forward(latents, pass),
            Self::Volume(network) => network.forward(latents, pass),
            Self::Stylegan2(network) => network.forward(latents, pass),
            Self::Perceptron(painting) => painting.network.paint(latents, painting.sample, pass),
        }
    }
}

/// A perceptron whose output has the shape of a sample.
#[derive(Module, Debug)]
pub struct Painting {
    /// The perceptron.
    pub network: Perceptron,
    /// `[channels, height, width]`
    #[module(skip)]
    pub sample: [usize; 3],
}
