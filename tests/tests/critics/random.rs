//! Critics of random blocks in float64, and the slope of their penalty along each weight.

use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{DType, Device, Tensor, TensorData};
use kiln_core::{Address, Purpose, Stream};
use kiln_objective::penalty::{Phi, gradient_penalty};
use kiln_ops::Dual;

use crate::weights::Weights;

/// A layer or a few, of pictures, `[batch, channels, height, width]`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Block {
    Convolution,
    Groups,
    Halving,
    Doubling,
    Activation(Activation),
    BatchNorm,
    InstanceNorm,
    LayerNorm,
    Average,
    Maximum,
    Nearest,
    Bilinear,
    Attention,
    Spread,
    Both(Activation),
    Residual(Activation),
    Gate,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Activation {
    Relu,
    LeakyRelu,
    Elu,
    Tanh,
    Sigmoid,
    Softplus,
    Silu,
    Gelu,
}

impl Activation {
    pub(crate) const ALL: [Self; 8] = [
        Self::Relu,
        Self::LeakyRelu,
        Self::Elu,
        Self::Tanh,
        Self::Sigmoid,
        Self::Softplus,
        Self::Silu,
        Self::Gelu,
    ];

    fn apply(self, x: Dual<4>) -> Dual<4> {
        match self {
            Self::Relu => x.relu(),
            Self::LeakyRelu => x.leaky_relu(0.2),
            Self::Elu => x.elu(1.0),
            Self::Tanh => x.tanh(),
            Self::Sigmoid => x.sigmoid(),
            Self::Softplus => x.softplus(),
            Self::Silu => x.silu(),
            Self::Gelu => x.gelu(),
        }
    }
}

impl Block {
    pub(crate) const PLAIN: [Self; 14] = [
        Self::Convolution,
        Self::Groups,
        Self::Halving,
        Self::Doubling,
        Self::BatchNorm,
        Self::InstanceNorm,
        Self::LayerNorm,
        Self::Average,
        Self::Maximum,
        Self::Nearest,
        Self::Bilinear,
        Self::Attention,
        Self::Spread,
        Self::Gate,
    ];

    /// Whether pictures of this size can take it and stay small.
    fn fits(self, [_, channels, height, _]: [usize; 4]) -> bool {
        match self {
            Self::Doubling | Self::Nearest | Self::Bilinear => height <= 4,
            Self::Halving | Self::Average | Self::Maximum => height >= 2,
            Self::Both(_) | Self::Spread => channels <= 4,
            Self::Groups => channels.is_multiple_of(2),
            // A constant channel would have no variance, and its rate no bound.
            Self::InstanceNorm => height >= 2,
            _ => true,
        }
    }

    /// The parts with weights, and their shapes.
    fn weights(self, c: usize) -> Vec<(&'static str, Vec<usize>)> {
        match self {
            Self::Convolution | Self::Residual(_) | Self::Gate => {
                vec![(".weight", vec![c, c, 3, 3]), (".bias", vec![c])]
            }
            Self::Groups => vec![(".weight", vec![c, c / 2, 3, 3]), (".bias", vec![c])],
            Self::Halving | Self::Doubling => {
                vec![(".weight", vec![c, c, 4, 4]), (".bias", vec![c])]
            }
            Self::BatchNorm | Self::InstanceNorm | Self::LayerNorm => {
                vec![(".gain", vec![c]), (".shift", vec![c])]
            }
            Self::Attention => {
                let parts = [".query.weight", ".key.weight", ".value.weight"];
                parts.map(|part| (part, vec![c, c, 1, 1])).to_vec()
            }
            _ => vec![],
        }
    }

    fn apply(self, w: &Weights, name: &str, x: Dual<4>) -> Dual<4> {
        let [batch, channels, height, width] = x.dims();
        match self {
            Self::Convolution => w.conv(name, x, 1, 1),
            Self::Groups => w.conv_in_groups(name, x, 2),
            Self::Halving => w.conv(name, x, 2, 1),
            Self::Doubling => w.up(name, x),
            Self::Activation(activation) => activation.apply(x),
            Self::BatchNorm => w.batch_norm(name, x),
            Self::InstanceNorm => w.group_norm(name, x, channels),
            Self::LayerNorm => w.group_norm(name, x, 1),
            Self::Average => x.avg_pool2d(&AvgPoolOptions::new([2, 2])),
            Self::Maximum => x.max_pool2d(&MaxPoolOptions::new([2, 2])),
            Self::Nearest => x.upsample_nearest(2),
            Self::Bilinear => x.upsample_bilinear(2),
            Self::Attention => {
                let [query, key, value] = ["query", "key", "value"].map(|part| {
                    let part = w.conv(&format!("{name}.{part}"), x.clone(), 1, 0);
                    part.reshape([batch, channels, height * width])
                });
                let shares = query.swap_dims(1, 2).matmul(key).softmax(2);
                let seen = value.matmul(shares.swap_dims(1, 2));
                x + seen.reshape([batch, channels, height, width])
            }
            Self::Spread => x.minibatch_deviation(2),
            Self::Both(activation) => Dual::concat(vec![x.clone(), activation.apply(x)], 1),
            Self::Residual(activation) => x.clone() + w.conv(name, activation.apply(x), 1, 1),
            Self::Gate => x.clone() * w.conv(name, x, 1, 1).sigmoid(),
        }
    }
}

/// A critic of those blocks that fit, and a linear judge at the end.
pub(crate) struct Critic {
    blocks: Vec<(String, Block)>,
    points: Tensor<4>,
    weights: Weights,
}

impl Critic {
    /// Everything in it is a function of `seed`.
    pub(crate) fn new(blocks: Vec<Block>, seed: u64) -> Self {
        let points = normals(seed, "points", 4 * 2 * 4 * 4).reshape([4, 2, 4, 4]);
        let mut critic = Self { blocks: Vec::new(), points, weights: Weights::new(1e-2) };
        let mut x = Dual::from(critic.points.clone());
        for (idx, block) in blocks.into_iter().enumerate() {
            if block.fits(x.dims()) {
                let name = format!("{idx} {block:?}");
                for (part, shape) in block.weights(x.dims()[1]) {
                    critic.draw(seed, format!("{name}{part}"), shape);
                }
                x = block.apply(&critic.weights, &name, x);
                critic.blocks.push((name, block));
            }
        }
        critic.draw(seed, "judge.weight".to_owned(), vec![x.dims()[1..].iter().product(), 1]);
        critic
    }

    /// Normals with a variance of one over the inputs of an output.
    fn draw(&mut self, seed: u64, name: String, shape: Vec<usize>) {
        let (numbers, outputs) = (shape.iter().product(), shape[0].max(1));
        let inputs = if shape[1..] == [1] { shape[0] } else { numbers / outputs };
        let values = normals(seed, &name, numbers) / (inputs as f64).sqrt();
        self.weights.insert(&name, shape, values);
    }

    fn judge(&self, weights: &Weights, x: Dual<4>) -> Dual<2> {
        let x = self.blocks.iter().fold(x, |x, (name, block)| block.apply(weights, name, x));
        weights.linear("judge", x.flatten())
    }

    fn penalty(&self, weights: &Weights, phi: Phi) -> f64 {
        let critic = |x: Dual<4>| self.judge(weights, x);
        gradient_penalty(self.points.clone(), phi, critic).value.into_scalar()
    }

    /// For each weight the slope of the penalty along a direction: that of its gradient, and by
    /// differences over `step`.
    pub(crate) fn slopes(&self, phi: Phi, step: f64) -> Vec<Slope> {
        let critic = |x: Dual<4>| self.judge(&self.weights, x);
        let penalty = gradient_penalty(self.points.clone(), phi, critic);
        assert_eq!(penalty.surrogate.dtype(), DType::F64);
        let gradients = self.weights.gradients::<f64>(&penalty.surrogate.backward());
        gradients
            .into_iter()
            .map(|(name, gradient)| self.slope(name, &gradient, phi, step))
            .collect()
    }

    fn slope(&self, name: &str, gradient: &[f64], phi: Phi, step: f64) -> Slope {
        let direction = normals(1, name, gradient.len());
        let numbers: Vec<f64> = direction.clone().into_data().iter().collect();
        let exact = gradient.iter().zip(numbers).map(|(g, d)| g * d).sum();
        let beside =
            |step: f64| self.penalty(&self.weights.moved(name, direction.clone() * step), phi);
        let numeric = |step: f64| (beside(step) - beside(-step)) / (2.0 * step);
        let [numeric, again] = [step, step / 2.0].map(numeric);
        Slope { name: name.to_owned(), exact, numeric, again }
    }
}

/// The slope of a penalty along a direction of a weight.
#[derive(Debug)]
pub(crate) struct Slope {
    pub(crate) name: String,
    pub(crate) exact: f64,
    /// By differences over a step.
    pub(crate) numeric: f64,
    /// By differences over half the step.
    pub(crate) again: f64,
}

fn normals(seed: u64, name: &str, n: usize) -> Tensor<1> {
    let numbers = Stream::new(Address::new(seed, Purpose::Data).named(name)).normals(n);
    let numbers: Vec<f64> = numbers.into_iter().map(f64::from).collect();
    let like = (&Device::flex().autodiff(), DType::F64);
    Tensor::from_data(TensorData::new(numbers, [n]), like)
}
