//! First weights, drawn on the host at an address a parameter.
//!
//! Burn's own initialisers draw lazily from a generator that belongs to the process and differs by
//! backend. Here the values of a parameter depend on the seed and its path alone, so networks start
//! alike on every backend and a new layer changes no other's start.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Shape, Tensor, TensorData};
use kiln_core::{Address, ParameterPath, Stream};
use serde::{Deserialize, Serialize};

use crate::orthonormal::orthonormal;

/// How a network starts. Offsets (`bias`, `shift`), running means, the share of a self-attention (`mix`)
/// and the strength of noise start at zero, running variances at one, the planes of classes (`plane`) and
/// noise (`grain`) as standard normal numbers, the vectors of spectral normalisation (`u`, `v`) as random
/// unit vectors, the learned slopes of activations (`slope`) at 1/4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Initial {
    /// Weights of linear layers and convolutions.
    pub weight: WeightRule,
    /// Standard deviation of the gains of normalisations around one.
    pub gain_std: f64,
    /// Weights below these fields are larger or smaller.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<Factor>,
}

/// What the weights in the fields of one name are multiplied by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// A field anywhere on the path, such as `conv_out`.
    pub field: String,
    /// The factor; zero for a start at zero.
    pub factor: f64,
}

/// How a weight starts.
///
/// The fans of a weight count its inputs and outputs times the area of its kernel. (PyTorch swaps
/// them for transposed convolutions.)
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum WeightRule {
    /// Normal around zero.
    Normal {
        /// Standard deviation.
        std: f64,
    },
    /// Uniform in `[-half_width, half_width)`.
    Uniform {
        /// Greatest absolute value.
        half_width: f64,
    },
    /// Uniform with variance `2 / (fan_in + fan_out)` (Glorot and Bengio 2010, equation 16).
    GlorotUniform,
    /// Uniform with variance `2 / ((1 + slope^2) fan_in)` (He et al. 2015, equation 15). PyTorch's
    /// default has slope `sqrt(5)`.
    KaimingUniform {
        /// Slope of the leaky ReLU that follows.
        slope: f64,
    },
    /// Normal with the same variance.
    KaimingNormal {
        /// Slope of the leaky ReLU that follows.
        slope: f64,
    },
    /// Orthogonal rows of length one, as a matrix with a row an output, or orthogonal columns where
    /// there are more rows (Saxe et al. 2014; BigGAN's). Takes a while of large weights: a row is held
    /// to all rows before.
    Orthogonal,
}

impl Initial {
    /// Weights by one rule, gains of one.
    pub fn by(weight: WeightRule) -> Self {
        Self { weight, gain_std: 0.0, factors: Vec::new() }
    }

    /// The same, with the weights in fields of this name multiplied.
    pub fn with_factor(mut self, field: &str, factor: f64) -> Self {
        self.factors.push(Factor { field: field.to_owned(), factor });
        self
    }

    /// DCGAN's: weights N(0, 0.02), gains N(1, 0.02) (Radford et al. 2016, section 4, and the
    /// authors' code).
    pub fn dcgan() -> Self {
        Self { gain_std: 0.02, ..Self::by(WeightRule::Normal { std: 0.02 }) }
    }

    /// Keras' default: Glorot uniform weights, gains of one.
    pub fn glorot() -> Self {
        Self::by(WeightRule::GlorotUniform)
    }

    /// SNGAN's: Glorot uniform, times `sqrt(2)` in the residual branches (Miyato et al. 2018, the
    /// authors' code).
    pub fn sngan() -> Self {
        let gain = std::f64::consts::SQRT_2;
        Self::glorot().with_factor("conv_in", gain).with_factor("conv_out", gain)
    }

    /// R3GAN's for a network of `n_blocks` residual blocks of three convolutions: N(0, 1 / fan_in),
    /// in the branches times He's gain for leaky ReLU 0.2 and `n_blocks^(-1/4)`, and zero in their
    /// last convolutions (Huang et al. 2024, section 3.4, after Zhang et al. 2019, "Fixup").
    pub fn fix_up(n_blocks: usize) -> Self {
        let gain = (2.0 / (1.0 + 0.2 * 0.2_f64)).sqrt() * (n_blocks as f64).powf(-0.25);
        let start = Self::by(WeightRule::KaimingNormal { slope: 1.0 });
        start
            .with_factor("conv_in", gain)
            .with_factor("conv_mid", gain)
            .with_factor("conv_out", 0.0)
    }

    /// StyleGAN2's: N(0, 1), and a hundred times that in the mapping network, which learns a hundredth as
    /// fast (Karras et al. 2019, appendix C, and the authors' code).
    pub fn stylegan2() -> Self {
        Self::by(WeightRule::Normal { std: 1.0 }).with_factor("mapping", 100.0)
    }

    /// Uniform weights in `[-half_width, half_width)`, gains of one (Goodfellow et al. 2014, the
    /// authors' code: 0.05 for the generator, 0.005 for the critic).
    pub fn uniform(half_width: f64) -> Self {
        Self::by(WeightRule::Uniform { half_width })
    }

    /// He's uniform weights for leaky ReLUs of this slope, gains of one.
    pub fn kaiming(slope: f64) -> Self {
        Self::by(WeightRule::KaimingUniform { slope })
    }
}

/// Of the negative side (He et al. 2015, section 2.1).
const PRELU_SLOPE: f32 = 0.25;

/// Gives every parameter of `module` its first value: drawn at `address`, in the lane named by the
/// parameter's path.
pub fn initialise<M: Module>(module: M, initial: &Initial, address: Address) -> M {
    module.map(&mut Initialiser { initial, address, path: ParameterPath::default() })
}

struct Initialiser<'a> {
    initial: &'a Initial,
    address: Address,
    path: ParameterPath,
}

impl ModuleMapper for Initialiser<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let values = self.draw(&param.lazy_shape());
        param.map(|old| {
            let data = TensorData::new(values, old.shape());
            Tensor::from_data(data, &old.device()).set_require_grad(old.is_require_grad())
        })
    }
}

impl Initialiser<'_> {
    fn draw(&self, shape: &Shape) -> Vec<f32> {
        let n = shape.num_elements();
        let mut stream = Stream::new(self.address.named(&self.path.join()));
        match self.path.last() {
            "bias" | "shift" | "mean" | "mix" | "strength" => vec![0.0; n],
            "variance" => vec![1.0; n],
            "u" | "v" => unit(stream.normals(n)),
            "plane" | "grain" => stream.normals(n),
            "slope" => vec![PRELU_SLOPE; n],
            "gain" => normals(&mut stream, n, 1.0, self.initial.gain_std),
            _ => {
                let factor = self.factor() as f32;
                let mut values = self.initial.weight.draw(&mut stream, n, self.layout(shape));
                values.iter_mut().for_each(|value| *value *= factor);
                values
            }
        }
    }

    /// The product of the factors of the fields on the path.
    fn factor(&self) -> f64 {
        let factors = self.initial.factors.iter();
        factors.filter(|rule| self.path.contains(&rule.field)).map(|rule| rule.factor).product()
    }

    fn layout(&self, shape: &Shape) -> Layout {
        let area: usize = shape.iter().skip(2).product();
        let axis = |axis: usize| shape.get(axis).copied().unwrap_or(1);
        let [first, second] = [axis(0), axis(1)];
        // Only convolutions keep their outputs first; each picture of a basis stands alone.
        match self.path.container() {
            "Struct:Conv1d" | "Struct:Conv2d" | "Struct:EqualConv2d" | "Struct:ModulatedConv2d" => {
                let fans = [second * area, first * area];
                Layout { inputs: second, outputs: first, area, outputs_first: true, fans }
            }
            "Struct:Basis" => {
                let inputs = second * area;
                let fans = [inputs; 2];
                Layout { inputs, outputs: first, area: 1, outputs_first: true, fans }
            }
            _ => {
                let fans = [first * area, second * area];
                Layout { inputs: first, outputs: second, area, outputs_first: false, fans }
            }
        }
    }
}

/// How a weight lies: `[outputs, inputs, area]`, or `[inputs, outputs, area]`.
#[derive(Clone, Copy)]
struct Layout {
    inputs: usize,
    outputs: usize,
    area: usize,
    outputs_first: bool,
    /// Inputs that reach an output, and outputs that an input reaches.
    fans: [usize; 2],
}

impl WeightRule {
    fn draw(self, stream: &mut Stream, n: usize, layout: Layout) -> Vec<f32> {
        let [fan_in, fan_out] = layout.fans.map(|fan| fan as f64);
        let kaiming = |slope: f64| (2.0 / ((1.0 + slope * slope) * fan_in)).sqrt();
        match self {
            Self::Normal { std } => normals(stream, n, 0.0, std),
            Self::Uniform { half_width } => uniforms(stream, n, half_width),
            // The variance of U(-a, a) is a^2 / 3.
            Self::GlorotUniform => uniforms(stream, n, (6.0 / (fan_in + fan_out)).sqrt()),
            Self::KaimingUniform { slope } => uniforms(stream, n, 3f64.sqrt() * kaiming(slope)),
            Self::KaimingNormal { slope } => normals(stream, n, 0.0, kaiming(slope)),
            Self::Orthogonal => layout.orthogonal(stream),
        }
    }
}

impl Layout {
    fn orthogonal(self, stream: &mut Stream) -> Vec<f32> {
        let Self { inputs, outputs, area, outputs_first, .. } = self;
        let matrix = orthonormal(outputs, inputs * area, stream);
        if outputs_first {
            return matrix;
        }
        let cell = |place: usize| {
            let (input, output) = (place / (outputs * area), place / area % outputs);
            matrix[(output * inputs + input) * area + place % area]
        };
        (0..matrix.len()).map(cell).collect()
    }
}

/// The direction of `vector`.
fn unit(vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    vector.into_iter().map(|x| (f64::from(x) / length.max(1e-12)) as f32).collect()
}

fn normals(stream: &mut Stream, n: usize, mean: f64, std: f64) -> Vec<f32> {
    let (mean, std) = (mean as f32, std as f32);
    let mut values = stream.normals(n);
    values.iter_mut().for_each(|value| *value = mean + std * *value);
    values
}

fn uniforms(stream: &mut Stream, n: usize, half_width: f64) -> Vec<f32> {
    stream.uniforms(n, -half_width as f32, half_width as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::{BatchNormConfig, Conv2dConfig, ConvTranspose2dConfig, LinearConfig};
    use burn::tensor::Device;
    use kiln_core::Purpose;

    const HOME: fn() -> Address = || Address::new(1, Purpose::Weights);

    fn greatest(values: &[f32]) -> f32 {
        values.iter().fold(0.0, |most, value| most.max(value.abs()))
    }

    #[test]
    fn weights_follow_the_seed_and_the_path_alone() {
        let draw = |bias: bool, seed: u64| {
            let linear = LinearConfig::new(4, 3).with_bias(bias).init(&Device::flex());
            let address = Address::new(seed, Purpose::Weights);
            values(&initialise(linear, &Initial::dcgan(), address).weight.val())
        };
        assert_eq!(draw(true, 1), draw(false, 1));
        assert_ne!(draw(true, 1), draw(true, 2));
    }

    #[test]
    fn parameters_start_by_their_names() {
        let device = Device::flex().autodiff();
        let norm = BatchNormConfig::new(1000).init(&device);
        norm.mean.observe(Tensor::ones([1000], &device), 1.0);
        norm.variance.observe(Tensor::zeros([1000], &device), 1.0);
        let norm = initialise(norm, &Initial::dcgan(), HOME());
        let gains = values(&norm.gain.val());
        let mean = gains.iter().sum::<f32>() / 1000.0;
        let variance = gains.iter().map(|g| (g - mean).powi(2)).sum::<f32>() / 1000.0;
        // Five standard errors of 1000 draws of N(1, 0.02).
        assert!((mean - 1.0).abs() < 0.0032, "{mean}");
        assert!((variance.sqrt() - 0.02).abs() < 0.0023, "{variance}");
        assert_eq!(values(&norm.shift.val()), [0.0; 1000]);
        assert_eq!(values(&norm.mean.value()), [0.0; 1000]);
        assert_eq!(values(&norm.variance.value()), [1.0; 1000]);
    }

    #[test]
    fn trainable_parameters_stay_trainable_and_frozen_ones_frozen() {
        let linear = LinearConfig::new(2, 2).init(&Device::flex().autodiff());
        let frozen = initialise(linear.clone().no_grad(), &Initial::dcgan(), HOME());
        assert!(!frozen.weight.val().is_require_grad());
        let asleep = initialise(linear.valid(), &Initial::dcgan(), HOME());
        assert!(!asleep.weight.val().is_autodiff());
        assert!(asleep.train().weight.val().is_require_grad());
        let live = initialise(linear, &Initial::dcgan(), HOME());
        assert!(live.weight.val().is_require_grad());
    }

    #[test]
    fn a_factor_scales_the_weights_of_its_field_alone() {
        #[derive(Module, Debug)]
        struct Pair {
            conv_out: crate::Linear,
            judge: crate::Linear,
        }
        let linear = || LinearConfig::new(40, 50).init(&Device::flex());
        let pair = || Pair { conv_out: linear(), judge: linear() };
        let draw = |initial: Initial| {
            let pair = initialise(pair(), &initial, HOME());
            [values(&pair.conv_out.weight.val()), values(&pair.judge.weight.val())]
        };
        let [plain_out, plain_judge] = draw(Initial::glorot());
        let [out, judge] = draw(Initial::glorot().with_factor("conv_out", -0.5));
        assert_eq!(judge, plain_judge);
        assert_eq!(out, plain_out.into_iter().map(|w| -0.5 * w).collect::<Vec<_>>());
        // Of 16 blocks: a half of sqrt(2 / 1.04) / sqrt(40); three standard errors of 2000 draws.
        let [out, judge] = draw(Initial::fix_up(16).with_factor("judge", 0.5));
        assert_eq!(out, vec![0.0; 2000]);
        let deviation = |w: &[f32]| (w.iter().map(|w| w * w).sum::<f32>() / 2000.0).sqrt();
        assert!((deviation(&judge) * 40f32.sqrt() - 0.5).abs() < 0.024, "{}", deviation(&judge));
    }

    #[test]
    fn orthogonal_weights_have_orthogonal_rows_of_each_layout() {
        let device = Device::flex();
        let initial = Initial::by(WeightRule::Orthogonal);
        let check = |matrix: Tensor<2>| {
            let [rows, columns] = matrix.dims();
            let matrix = if rows > columns { matrix.transpose() } else { matrix };
            let products = matrix.clone().matmul(matrix.transpose());
            let error = products - Tensor::<2>::eye(rows.min(columns), &device);
            assert!(greatest(&values(&error)) < 1e-6, "{rows} x {columns}");
        };
        let conv = initialise(Conv2dConfig::new(3, 12, 3).init(&device), &initial, HOME());
        check(conv.weight.val().reshape([12, 27]));
        let up = ConvTranspose2dConfig::new(3, 12, 3).init(&device);
        let up = initialise(up, &initial, HOME());
        check(up.weight.val().swap_dims(0, 1).reshape([12, 27]));
        for (inputs, outputs) in [(5, 30), (30, 5), (8, 8)] {
            let linear = LinearConfig::new(inputs, outputs).init(&device);
            check(initialise(linear, &initial, HOME()).weight.val());
        }
    }

    #[test]
    fn fans_know_the_layout_of_each_layer() {
        let device = Device::flex();
        // Slope 1 makes the variance 1 / fan_in, so the half width is sqrt(3 / fan_in).
        let initial = Initial::kaiming(1.0);
        let check = |weight: Vec<f32>, fan_in: f32| {
            let bound = (3.0 / fan_in).sqrt();
            let most = greatest(&weight);
            assert!(most <= bound && most > 0.97 * bound, "{most} {bound}");
        };
        let conv = Conv2dConfig::new(3, 50, 4).init(&device);
        check(values(&initialise(conv, &initial, HOME()).weight.val()), 48.0);
        let up = ConvTranspose2dConfig::new(3, 50, 4).init(&device);
        check(values(&initialise(up, &initial, HOME()).weight.val()), 48.0);
        let linear = LinearConfig::new(30, 80).init(&device);
        check(values(&initialise(linear.clone(), &initial, HOME()).weight.val()), 30.0);
        // Glorot: sqrt(6 / (30 + 80)) = sqrt(3 / 55).
        let linear = initialise(linear, &Initial::glorot(), HOME());
        check(values(&linear.weight.val()), 55.0);
    }
}
