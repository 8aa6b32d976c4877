//! `random-conv`: a network that knows nothing, for tests that a number does not move.

use burn::tensor::Device;
use kiln_core::{Address, Purpose};
use kiln_models::{Activation, ConvBlock, ConvBlockConfig, Initial, Norm, Pass, initialise};
use kiln_ops::Dual;

use super::chunk::{Chunk, Glance, each_chunk};
use super::{Extractor, Pixels, Provenance, Sight};
use crate::EvalError;

/// Pictures that are looked at together.
const AT_ONCE: usize = 64;
/// Channels of the picture, then of each convolution.
const CHANNELS: [usize; 4] = [3, 16, 32, 64];
/// Slope of the leaky ReLU.
const SLOPE: f64 = 0.2;
/// Of all weights: a number that is never changed.
const SEED: u64 = 0;

/// Three convolutions of 3 x 3 and stride 2 with leaky ReLU, and the mean over all positions.
///
/// Pictures of any size; grey is repeated to three channels.
pub(super) struct RandomConv {
    blocks: Vec<ConvBlock>,
    device: Device,
    provenance: Provenance,
}

impl RandomConv {
    pub(super) fn new(device: &Device) -> Self {
        let block = |pair: &[usize]| {
            let activation = Activation::LeakyRelu { slope: SLOPE };
            let (inputs, outputs, norm) = (pair[0], pair[1], Norm::None);
            ConvBlockConfig { inputs, outputs, kernel: 3, stride: 2, norm, activation, classes: 0 }
                .init(device)
        };
        let blocks: Vec<ConvBlock> = CHANNELS.windows(2).map(block).collect();
        let address = Address::new(SEED, Purpose::Weights).named("random-conv");
        let provenance = Provenance {
            extractor: "random-conv".to_owned(),
            layer: "third convolution, random weights".to_owned(),
            resize: "none".to_owned(),
            weights: None,
        };
        let blocks = initialise(blocks, &Initial::kaiming(SLOPE), address);
        Self { blocks, device: device.clone(), provenance }
    }

    fn look(&self, few: Chunk) -> Glance {
        let x = few.to_tensor(&self.device);
        let x = if few.shape[1] == 1 { x.repeat_dim(1, 3) } else { x };
        let pass = Pass::eval();
        let x = self.blocks.iter().fold(Dual::from(x), |x, block| block.forward(x, &pass));
        Glance { features: x.mean_over_positions().value, logits: None }
    }
}

impl Extractor for RandomConv {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn width(&self) -> usize {
        CHANNELS[CHANNELS.len() - 1]
    }

    fn see(&self, pictures: &Pixels) -> Result<Sight, EvalError> {
        each_chunk(pictures, AT_ONCE, |few| Ok(self.look(few)))
    }
}
