//! Buffers that move during forward passes, such as running statistics.

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
    Param, ParamId,
};
use burn::tensor::{Device, Tensor};

/// A buffer of shape `[channels]`, such as a running mean, that a forward pass may move through
/// `&self`.
///
/// Visitors and mappers see it as a float parameter that needs no gradient, always up to date. Its
/// tensor never takes part in autodiff. Unlike Burn's `RunningState`, a clone owns its value:
/// moving a frozen or an averaged copy leaves the original alone.
#[derive(Debug)]
pub struct Running {
    id: ParamId,
    value: Mutex<Tensor<1>>,
}

impl Running {
    /// Starts at `value`.
    pub fn new(value: Tensor<1>) -> Self {
        Self::with_id(ParamId::new(), value)
    }

    /// The value now, without autodiff.
    pub fn value(&self) -> Tensor<1> {
        self.lock().clone()
    }

    /// Moves to `(1 - momentum) * value + momentum * observed`.
    pub fn observe(&self, observed: Tensor<1>, momentum: f64) {
        let mut value = self.lock();
        *value = value.clone() * (1.0 - momentum) + observed.without_autodiff() * momentum;
    }

    /// Moves to `value`.
    pub fn set(&self, value: Tensor<1>) {
        *self.lock() = value.without_autodiff();
    }

    fn with_id(id: ParamId, value: Tensor<1>) -> Self {
        let value = Mutex::new(value.without_autodiff());
        Self { id, value }
    }

    /// A panic elsewhere cannot leave the value half-written, so a poisoned lock still holds one.
    fn lock(&self) -> MutexGuard<'_, Tensor<1>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for Running {
    fn clone(&self) -> Self {
        Self::with_id(self.id, self.value())
    }
}

impl Module for Running {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        visitor.visit_float(&Param::initialized(self.id, self.value()));
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        let mapped = mapper.map_float(Param::initialized(self.id, self.value()));
        let (id, value, _) = mapped.consume();
        Self::with_id(id, value)
    }

    fn to_device(self, device: &Device) -> Self {
        Self::with_id(self.id, self.value().to_device(device))
    }

    fn fork(self, device: &Device) -> Self {
        self.to_device(device)
    }

    fn collect_devices(&self, mut devices: Devices) -> Devices {
        let device = self.value().device();
        if !devices.contains(&device) {
            devices.push(device);
        }
        devices
    }

    fn materialize(self) -> Self {
        self
    }

    fn valid(&self) -> Self {
        self.clone()
    }

    fn train(self) -> Self {
        self
    }
}

impl ModuleDisplayDefault for Running {
    fn content(&self, content: Content) -> Option<Content> {
        let [channels] = self.value().dims();
        content.set_top_level_type("Running").add("channels", &channels).optional()
    }
}

impl ModuleDisplay for Running {}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(device: &Device) -> Running {
        Running::new(Tensor::from_floats([1.0, 2.0], device))
    }

    fn values(running: &Running) -> Vec<f32> {
        running.value().into_data().iter().collect()
    }

    fn observe(running: &Running) {
        let observed = Tensor::from_floats([3.0, 4.0], &running.value().device());
        running.observe(observed, 0.5);
    }

    #[test]
    fn it_moves_a_share_of_the_way() {
        let running = running(&Device::flex());
        observe(&running);
        assert_eq!(values(&running), [2.0, 3.0]);
    }

    #[test]
    fn it_can_be_set_and_never_takes_part_in_autodiff() {
        let device = Device::flex().autodiff();
        let running = running(&device);
        running.set(Tensor::from_floats([5.0, 6.0], &device).require_grad());
        assert_eq!(values(&running), [5.0, 6.0]);
        assert!(!running.value().is_autodiff());
    }

    #[test]
    fn no_copy_moves_the_original() {
        let original = running(&Device::flex().autodiff());
        for copy in [original.clone(), original.valid(), original.clone().no_grad()] {
            observe(&copy);
            assert_eq!(values(&copy), [2.0, 3.0]);
            assert_eq!(values(&original), [1.0, 2.0]);
        }
    }

    #[test]
    fn a_visitor_sees_the_last_move_and_no_gradient() {
        struct Seen(Vec<(ParamId, Vec<f64>, bool)>);
        impl ModuleVisitor for Seen {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let values = param.val().into_data().iter().collect();
                self.0.push((param.id, values, param.is_require_grad()));
            }
        }
        let running = running(&Device::flex().autodiff());
        observe(&running);
        let mut seen = Seen(vec![]);
        running.visit(&mut seen);
        assert_eq!(seen.0, [(running.id, vec![2.0, 3.0], false)]);
    }

    #[test]
    fn a_mapper_replaces_value_and_id_but_cannot_make_it_trainable() {
        struct Double(ParamId);
        impl ModuleMapper for Double {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                let doubled = Tensor::from_inner(param.val() * 2.0).require_grad();
                Param::initialized(self.0, doubled)
            }
        }
        let id = ParamId::new();
        let mapped = running(&Device::flex().autodiff()).map(&mut Double(id));
        assert_eq!(values(&mapped), [2.0, 4.0]);
        assert_eq!(mapped.id, id);
        assert!(!mapped.value().is_autodiff());
    }
}
