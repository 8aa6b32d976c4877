//! What a WGAN-GP critic turn costs beside a plain one. Not a test of the gate: it needs a quiet
//! machine and release mode.
//!
//!     cargo test --release -p kiln-tests --test penalty_cost -- --ignored --nocapture
//!
//! The critic is DCGAN's on 28 x 28, without batch norm; `golden/penalty_cost.py` times PyTorch's.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Purpose, Stream};
use kiln_objective::penalty::{Phi, input_gradient, interpolate, penalty_along};
use kiln_ops::{ConvOptions, Dual};

const BATCH: usize = 64;
const WIDTH: usize = 32;
const ROUNDS: usize = 20;

fn normals<const D: usize>(lane: u64, shape: [usize; D], scale: f32) -> Tensor<D> {
    let address = Address::new(3, Purpose::Data).lane(lane);
    let values = Stream::new(address).normals(shape.iter().product());
    let values: Vec<f32> = values.into_iter().map(|value| scale * value).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex().autodiff())
}

#[derive(Clone)]
struct Critic {
    convs: [Tensor<4>; 3],
    judge: Tensor<2>,
}

impl Critic {
    fn new() -> Self {
        let w = WIDTH;
        let convs = [[w, 1, 4, 4], [2 * w, w, 4, 4], [4 * w, 2 * w, 3, 3]];
        let judge = normals(3, [4 * w * 16, 1], 0.02).require_grad();
        let mut lane = 0..;
        let convs = convs.map(|shape| normals(lane.next().unwrap(), shape, 0.05).require_grad());
        Self { convs, judge }
    }

    fn frozen(&self) -> Self {
        let convs = self.convs.clone().map(|conv| Tensor::from_inner(conv.without_autodiff()));
        Self { convs, judge: Tensor::from_inner(self.judge.clone().without_autodiff()) }
    }

    fn judge(&self, x: Dual<4>) -> Dual<2> {
        let options = ConvOptions::new([2, 2], [1, 1], [1, 1], 1);
        let x = self
            .convs
            .iter()
            .fold(x, |x, conv| x.conv2d(conv.clone(), None, &options).leaky_relu(0.2));
        x.flatten().linear(self.judge.clone(), None)
    }

    /// The gradients of a Wasserstein loss, with or without the penalty.
    fn turn(&self, real: &Tensor<4>, fake: &Tensor<4>, with_penalty: bool) -> f32 {
        let look = |x: &Tensor<4>| self.judge(x.clone().into()).value;
        let loss = look(fake).mean() - look(real).mean();
        let loss = if with_penalty { loss + self.penalty(real, fake) * 10.0 } else { loss };
        let gradient = self.convs[0].grad(&loss.backward()).unwrap();
        gradient.sum().into_scalar()
    }

    fn penalty(&self, real: &Tensor<4>, fake: &Tensor<4>) -> Tensor<1> {
        let points = interpolate(real.clone(), fake.clone(), normals(9, [BATCH, 1, 1, 1], 0.3));
        let frozen = self.frozen();
        let slope = input_gradient(points.clone(), |x| frozen.judge(x));
        penalty_along(points, slope, Phi::UnitNorm, |x| self.judge(x)).surrogate
    }
}

/// Milliseconds of the median turn.
fn milliseconds(mut turn: impl FnMut() -> f32) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            assert!(turn().is_finite());
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

#[test]
#[ignore = "a measurement: run it by itself, in release mode, on a quiet machine"]
fn a_critic_turn_with_a_gradient_penalty_costs_at_most_three_and_a_half_plain_ones() {
    let [real, fake] = [10, 11].map(|lane| normals(lane, [BATCH, 1, 28, 28], 0.5));
    let critic = Critic::new();
    let [plain, penalised] = [false, true].map(|with_penalty| {
        critic.turn(&real, &fake, with_penalty); // warm
        milliseconds(|| critic.turn(&real, &fake, with_penalty))
    });
    let ratio = penalised / plain;
    println!("plain {plain:.2} ms, with WGAN-GP {penalised:.2} ms: {ratio:.2} times");
    assert!(ratio <= 3.5, "{ratio}");
}
