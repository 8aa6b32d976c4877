//! What the turns of a round share: the time, random numbers with an address, and the readings
//! that they leave.

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Clock, Purpose, Side, Stream};
use kiln_ops::keep_awake;

/// One round while it is played.
#[derive(Debug)]
pub struct Round<'a> {
    /// The time at the start of the round; updates are counted as they are made.
    pub clock: Clock,
    device: &'a Device,
    seed: u64,
    attempt: u32,
    rate_factor: f64,
    readings: Vec<(&'static str, Tensor<1>)>,
}

impl<'a> Round<'a> {
    /// The round at `clock` of the run with this seed, through which the pool's threads [stay
    /// awake](keep_awake).
    pub fn new(clock: Clock, seed: u64, device: &'a Device) -> Self {
        keep_awake();
        Self { clock, device, seed, attempt: 0, rate_factor: 1.0, readings: Vec::new() }
    }

    /// The same round after `attempt` roll-backs, with every rate multiplied by `factor`.
    pub fn after_rollbacks(self, attempt: u32, factor: f64) -> Self {
        Self { attempt, rate_factor: factor, ..self }
    }

    /// The device that the game is played on, with autodiff.
    pub fn device(&self) -> &Device {
        self.device
    }

    /// What learning rates are multiplied by since the last roll-back.
    pub fn rate_factor(&self) -> f64 {
        self.rate_factor
    }

    /// The address of this round's random numbers for `purpose`.
    pub fn address(&self, purpose: Purpose) -> Address {
        Address::new(self.seed, purpose).at(self.clock.samples).attempt(self.attempt)
    }

    /// Standard normal numbers; each `lane` of a purpose has its own.
    pub fn normals<const D: usize>(
        &self,
        purpose: Purpose,
        lane: u64,
        shape: [usize; D],
    ) -> Tensor<D> {
        let mut stream = Stream::new(self.address(purpose).lane(lane));
        let values = stream.normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }

    /// Numbers uniform in `[low, high)`; each `lane` of a purpose has its own.
    pub fn uniforms<const D: usize>(
        &self,
        purpose: Purpose,
        lane: u64,
        shape: [usize; D],
        (low, high): (f32, f32),
    ) -> Tensor<D> {
        let mut stream = Stream::new(self.address(purpose).lane(lane));
        let values = stream.uniforms(shape.iter().product(), low, high);
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }

    /// Leaves a reading, `[1]`, for the meters; it stays on the device. A name that is recorded
    /// several times in a round counts several times in the mean.
    pub fn record(&mut self, name: &'static str, reading: Tensor<1>) {
        self.readings.push((name, reading.without_autodiff()));
    }

    /// Counts one optimiser step.
    pub fn count_update(&mut self, side: Side) {
        self.clock.count_update(side);
    }

    /// The readings, in the order in which they were made.
    pub fn into_readings(self) -> Vec<(&'static str, Tensor<1>)> {
        self.readings
    }
}
