//! `kiln operations`: times single operations when it is told to, for `cargo xtask bench`.
//!
//! To each line of JSON such as `{"kind": "linear", "inputs": 9, "outputs": 9, "batch": 64, "times":
//! 10}` it answers with the seconds that one takes: `{"forward": .., "both": ..}`, where both means
//! forward and the gradients of input and weights.

use std::io::{BufRead, stdin};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::{Device, Distribution, Tensor};
use kiln_ops::{
    AdamStep, ConvOptions, ConvTransposeOptions, Dual, Normalization, adam, channel_moments,
    conv_transpose2d, conv2d, normalize,
};
use serde::Deserialize;
use serde_json::json;

use super::args::DeviceArgs;
use super::say;

/// What is done how often.
#[derive(Debug, Deserialize)]
struct Order {
    #[serde(flatten)]
    operation: Operation,
    batch: usize,
    times: usize,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Operation {
    /// Without offsets.
    Conv2d(Window),
    /// The same.
    ConvTranspose2d(Window),
    /// By the batch, with leaky ReLU 0.2.
    BatchNorm { inputs: usize, side: usize },
    /// With offsets.
    Linear { inputs: usize, outputs: usize },
    /// A step of as many numbers.
    Adam { inputs: usize },
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Window {
    inputs: usize,
    outputs: usize,
    side: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
}

pub(super) fn operations(args: &DeviceArgs) -> Result<ExitCode> {
    let device = args.backend.device(args.device)?;
    for line in stdin().lock().lines() {
        let line = line?;
        let order: Order = serde_json::from_str(&line)
            .with_context(|| format!("`{line}` is no order that `kiln operations` knows"))?;
        let (forward, both) = order.time(&device)?;
        say::line(json!({ "forward": forward, "both": both }))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Order {
    fn time(&self, device: &Device) -> Result<(f64, f64)> {
        let (batch, live) = (self.batch, device.clone().autodiff());
        match self.operation {
            Operation::Conv2d(window) => {
                let Window { inputs, outputs, side, kernel, stride, padding } = window;
                let shapes = ([batch, inputs, side, side], [outputs, inputs, kernel, kernel]);
                self.pair(shapes, device, &live, |x, weight| {
                    let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
                    conv2d(x, weight, None, options)
                })
            }
            Operation::ConvTranspose2d(window) => {
                let Window { inputs, outputs, side, kernel, stride, padding } = window;
                let shapes = ([batch, inputs, side, side], [inputs, outputs, kernel, kernel]);
                self.pair(shapes, device, &live, |x, weight| {
                    let options =
                        ConvTransposeOptions::new([stride; 2], [padding; 2], [0, 0], [1, 1], 1);
                    conv_transpose2d(x, weight, None, options)
                })
            }
            Operation::BatchNorm { inputs, side } => {
                let shapes = ([batch, inputs, side, side], [2, inputs]);
                self.pair(shapes, device, &live, |x, rows: Tensor<2>| {
                    let row = |n| rows.clone().narrow(0, n, 1).reshape([inputs]);
                    let (gain, shift) = (row(0), row(1));
                    let how = Normalization { gain, shift, epsilon: 1e-5, slope: 0.2 };
                    normalize(x.clone(), channel_moments(x), how)
                })
            }
            Operation::Linear { inputs, outputs } => {
                let shapes = ([batch, inputs], [inputs, outputs]);
                self.pair(shapes, device, &live, |x, weight: Tensor<2>| {
                    let bias = Tensor::zeros([outputs], &x.device());
                    Dual::from(x).linear(weight, Some(bias)).value
                })
            }
            Operation::Adam { inputs } => self.adam(inputs, device),
        }
    }

    /// Times a function of an input and a weight.
    fn pair<const D: usize, const W: usize>(
        &self,
        (x, weight): ([usize; D], [usize; W]),
        device: &Device,
        live: &Device,
        function: impl Fn(Tensor<D>, Tensor<W>) -> Tensor<D>,
    ) -> Result<(f64, f64)> {
        let x = Tensor::<D>::random(x, NORMAL, device);
        let weight = Tensor::<W>::random(weight, NORMAL, device);
        let forward = self.seconds(device, || drop(function(x.clone(), weight.clone())))?;
        let on = |tensor: &Tensor<D>| Tensor::<D>::from_data(tensor.to_data(), live);
        let x = on(&x).require_grad();
        let weight = Tensor::<W>::from_data(weight.to_data(), live).require_grad();
        let both = self.seconds(device, || {
            let gradients = function(x.clone(), weight.clone()).backward();
            drop((x.grad(&gradients), weight.grad(&gradients)));
        })?;
        Ok((forward, both))
    }

    fn adam(&self, n: usize, device: &Device) -> Result<(f64, f64)> {
        let new = || Tensor::<1>::random([n], NORMAL, device);
        let (gradient, mut held) = (new(), [new(), new(), Tensor::ones([n], device)]);
        let (beta1, beta2, epsilon) = (0.5, 0.999, 1e-8);
        let step = AdamStep { beta1, beta2, epsilon, unbias2: 0.1, rate: 1e-4, keep: 1.0 };
        let seconds = self.seconds(device, || {
            let [weights, first, second] =
                std::mem::replace(&mut held, [0; 3].map(|_| empty(device)));
            held = adam(weights, gradient.clone(), first, second, step);
        })?;
        Ok((seconds, seconds))
    }

    /// The mean of a call, after one that is not counted.
    fn seconds(&self, device: &Device, mut call: impl FnMut()) -> Result<f64> {
        let settle = || device.sync().map_err(|e| anyhow::anyhow!("the device failed: {e}"));
        call();
        settle()?;
        let began = Instant::now();
        (0..self.times).for_each(|_| call());
        settle()?;
        Ok(began.elapsed().as_secs_f64() / self.times.max(1) as f64)
    }
}

const NORMAL: Distribution = Distribution::Normal(0.0, 1.0);

fn empty(device: &Device) -> Tensor<1> {
    Tensor::zeros([1], device)
}
