//! Pictures found among the styles of a generator (Karras et al. 2020, StyleGAN2, section 5 and appendix
//! D): the style whose picture is nearest, by descent.
//!
//! Departs from the paper, whose distance is that of a VGG network's features, which are not in the box:
//! nearness is the mean squared difference of pixels, added up over three resolutions. That has more
//! dead ends, so descent starts at the nearest of some drawn samples, not at the mean style; noise is the
//! generator's own and stays.

use burn::module::{Module, Param};
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Clock, Purpose, SamplesSeen, Schedule, Side, Stream};
use kiln_models::{Pass, Stylegan2Generator};
use kiln_ops::Dual;
use kiln_train::{LearnerConfig, OptimizerConfig, Round};

use crate::recipe::conditions::rows;
use crate::recipe::painter::{Encoder, Painter};

/// Steps of descent.
const STEPS: u64 = 300;
/// Adam's rate at the first step; half a cosine takes it to zero. The paper's is 0.1.
const RATE: f64 = 0.1;
/// Samples among which descent finds its start.
const STARTS: usize = 256;

/// A style for each picture, `[pictures, width]`.
#[derive(Module, Debug)]
struct Found {
    styles: Param<Tensor<2>>,
}

impl Encoder for Stylegan2Generator {
    /// The style of each picture, `[batch, width]`.
    fn encode(&self, pictures: Tensor<4>) -> Tensor<2> {
        let ([n, ..], start) = (pictures.dims(), nearest(self, &pictures));
        let network = self.clone().train().no_grad();
        let (targets, device) = (pyramid(pictures.autodiff().into()), start.device().autodiff());
        let found = Found { styles: Param::from_tensor(start.autodiff().require_grad()) };
        let mut learner = descent().init(Side::Encoder, found);
        let mut clock = Clock::default();
        for _ in 0..STEPS {
            let styles = Dual::from(learner.network().styles.val());
            let made = network.paint(network.everywhere(styles), &Pass::eval());
            let apart = pyramid(made).into_iter().zip(&targets);
            let apart = apart.map(|(made, target)| (made - target.clone()).square().mean());
            // Of each picture by itself: the others change nothing but the mean's divisor.
            let loss = Tensor::stack::<2>(apart.collect(), 0).sum() * n as f64;
            let mut round = Round::new(clock, 0, &device);
            learner = learner.learn(&loss, &mut round);
            clock.count_round(1);
        }
        learner.network().styles.val().without_autodiff()
    }

    fn again(&self, _painter: &dyn Painter, pictures: Tensor<4>) -> Tensor<4> {
        painted(self, self.encode(pictures))
    }

    fn is_quick(&self) -> bool {
        false
    }
}

fn descent() -> LearnerConfig {
    let rate = Schedule::Cosine { from: RATE, to: 0.0, until: SamplesSeen(STEPS) };
    LearnerConfig { optimizer: OptimizerConfig::adam(0.9, 0.999), rate, clip_norm: None }
}

/// The pictures of one style for all layers each.
fn painted(network: &Stylegan2Generator, styles: Tensor<2>) -> Tensor<4> {
    network.paint(network.everywhere(styles.into()), &Pass::eval()).value
}

/// The styles whose pictures are nearest to these, among some that are drawn.
fn nearest(network: &Stylegan2Generator, pictures: &Tensor<4>) -> Tensor<2> {
    let device: Device = pictures.device();
    let latents =
        Stream::new(Address::new(0, Purpose::Synthesis)).normals(STARTS * network.latents);
    let latents = rows(latents, network.latents, &device);
    let styles = network.mapping.forward(latents.into(), &Pass::eval()).value;
    let made: Tensor<2> = painted(network, styles.clone()).flatten(1, 3);
    let pictures: Tensor<2> = pictures.clone().flatten(1, 3);
    let products = pictures.matmul(made.clone().transpose()); // [pictures, STARTS]
    // |a - b|^2 less what is the same for all samples.
    let apart = made.square().sum_dim(1).transpose() - products * 2.0;
    let [n, _] = apart.dims();
    styles.select(0, apart.argmin(1).reshape([n]))
}

/// The pictures, and the means of every 2 x 2 and 4 x 4 pixels.
fn pyramid(pictures: Dual<4>) -> Vec<Tensor<4>> {
    let halved = |x: Dual<4>| x.avg_pool2d(&AvgPoolOptions::new([2, 2]));
    let half = halved(pictures.clone());
    let quarter = halved(half.clone());
    [pictures, half, quarter].map(|x| x.value).into()
}
