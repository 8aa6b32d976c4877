//! Penalties on critics of every kind of layer against PyTorch's double backward.
//!
//! `golden/critics.py` wrote the numbers, and has each critic once more under the same name. And in
//! float64, of critics of random blocks, against differences of the penalty itself.

mod golden;
mod random;
mod weights;

use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Device, Int, Tensor};
use kiln_objective::penalty::Phi;
use kiln_ops::Dual;
use proptest::prelude::*;

use golden::check;
use random::{Activation, Block, Critic, Slope};
use weights::Weights;

fn labels<const N: usize>(labels: [i32; N]) -> Tensor<1, Int> {
    Tensor::from_ints(labels, &Device::flex().autodiff())
}

fn leaky<const D: usize>(x: Dual<D>) -> Dual<D> {
    x.leaky_relu(0.2)
}

fn halved(x: Dual<4>) -> Dual<4> {
    x.avg_pool2d(&AvgPoolOptions::new([2, 2]))
}

fn most(x: Dual<4>) -> Dual<4> {
    x.max_pool2d(&MaxPoolOptions::new([2, 2]))
}

#[test]
fn dcgan() {
    check("dcgan", |w, x: Dual<4>| {
        let x = leaky(w.conv("one", x, 2, 1));
        let x = leaky(w.batch_norm("norm", w.conv("two", x, 2, 1)));
        w.conv("judge", x, 1, 0).flatten()
    });
}

#[test]
fn residual() {
    check("residual", |w, x| {
        let inner = w.conv("two", w.conv("one", x.clone(), 1, 1).relu(), 1, 1);
        let x = halved(inner) + w.conv("short", halved(x), 1, 0);
        let inner = w.conv("three", x.clone().relu(), 1, 1).relu();
        let x = x + w.conv("four", inner, 1, 1);
        w.linear("judge", x.relu().sum_over_positions())
    });
}

#[test]
fn labelled() {
    check("labelled", |w, x| {
        let x = most(w.conv("one", x, 1, 1).tanh());
        let x = leaky(w.conv("two", x, 1, 1)).sum_over_positions();
        w.linear("judge", x.clone())
            + x.project(w.get::<2>("embedding").select(0, labels([2, 0, 1, 2])))
    });
}

#[test]
fn attention() {
    check("attention", |w, x| {
        let x = leaky(w.conv("one", x, 1, 1));
        let key = most(w.conv("attention.key", x.clone(), 1, 0)).reshape([2, 2, 4]);
        let value = most(w.conv("attention.value", x.clone(), 1, 0)).reshape([2, 3, 4]);
        let query = w.conv("attention.query", x.clone(), 1, 0).reshape([2, 2, 16]);
        let shares = query.swap_dims(1, 2).matmul(key).softmax(2); // [2, 16, 4]
        let seen = value.matmul(shares.swap_dims(1, 2)).reshape([2, 3, 4, 4]);
        let x = x + w.conv("attention.out", seen, 1, 0);
        w.linear("judge", leaky(w.conv("two", x, 2, 1)).mean_over_positions())
    });
}

#[test]
fn transformer() {
    let norm = |w: &Weights, name, x: Dual<3>| {
        w.group_norm(name, x.reshape([12, 4]), 1).reshape([3, 4, 4])
    };
    check("transformer", |w, x: Dual<4>| {
        // Patches of 2 x 2: [3, 4 tokens, 8].
        let x = x.reshape([3, 2, 2, 2, 2, 2]);
        let x = x.linear_map(|x| x.permute([0, 2, 4, 1, 3, 5])).reshape([3, 4, 8]);
        let x = w.linear("embed", x) + w.get::<2>("place").reshape([1, 4, 4]).into();
        let y = norm(w, "norm1", x.clone());
        let [query, key, value] = ["query", "key", "value"].map(|name| w.linear(name, y.clone()));
        let shares = query.matmul(key.swap_dims(1, 2)).scale(0.5).softmax(2);
        let x = x + w.linear("mix", shares.matmul(value));
        let y = norm(w, "norm2", x.clone());
        let x = x + w.linear("narrow", w.linear("wide", y).gelu());
        w.linear("judge", x.swap_dims(1, 2).mean_over_positions())
    });
}

#[test]
fn progressive() {
    check("progressive", |w, x| {
        let x = halved(leaky(w.conv("one", x, 1, 1))).minibatch_deviation(4);
        w.linear("judge", leaky(w.conv("two", x, 1, 1)).flatten())
    });
}

#[test]
fn skips() {
    check("skips", |w, x: Dual<4>| {
        let short = w.conv("short", x.clone().resize_bilinear([3, 3]), 1, 0);
        let inner = w.conv("one", w.conv("zero", x, 1, 1).silu(), 1, 0).silu();
        let x = (inner + short).scale(0.5f64.sqrt()).minibatch_deviation(2);
        w.linear("judge", w.conv("two", x, 1, 1).silu().flatten())
    });
}

#[test]
fn u_net() {
    check("u-net", |w, x| {
        let high = leaky(w.conv("one", x, 1, 1));
        let low = leaky(w.group_norm("norm", w.conv("two", high.clone(), 2, 1), 3));
        let low = leaky(w.up("up", low));
        w.conv("judge", Dual::concat(vec![high, low], 1), 1, 1).mean_over_positions()
    });
}

#[test]
fn autoencoder() {
    check("autoencoder", |w, x: Dual<4>| {
        let y = halved(w.conv("one", x.clone(), 1, 1).elu(1.0)).flatten();
        let y = w.linear("decode", w.linear("encode", y).elu(1.0)).elu(1.0);
        let y = w.conv("two", y.reshape([3, 3, 2, 2]).upsample_nearest(2), 1, 1);
        let error = y + x.scale(-1.0);
        (error.clone() * error).reshape([3, 1, 32]).mean_over_positions()
    });
}

#[test]
fn groups() {
    check("groups", |w, x| {
        let x = w.group_norm("norm1", w.conv("one", x, 1, 1), 2).silu();
        let x = w.group_norm("norm2", w.up("up", x), 2).tanh();
        let blur = AvgPoolOptions::new([3, 3]).with_stride([2, 2]).with_padding([1, 1]);
        w.linear("judge", x.avg_pool2d(&blur).flatten())
    });
}

#[test]
fn layer_norms() {
    check("layer-norms", |w, x| {
        let x = w.group_norm("norm1", w.conv("one", x, 1, 1), 1).relu();
        let wide = MaxPoolOptions::new([3, 3]).with_stride([2, 2]).with_padding([1, 1]);
        let x = w.conv("two", x.max_pool2d(&wide), 1, 1);
        w.linear("judge", w.group_norm("norm2", x, 1).sigmoid().flatten())
    });
}

#[test]
fn perceptron() {
    check("perceptron", |w, x: Dual<2>| {
        let x = w.linear("one", x).softplus();
        let x = w.batch_norm("norm", w.linear("two", x)).sigmoid();
        let side = w.linear("side", x.clone()).elu(0.7);
        w.linear("judge", Dual::concat(vec![x, side], 1))
    });
}

#[test]
fn maxout() {
    check("maxout", |w, x: Dual<2>| {
        let x = w.linear("one", x).maxout(2).minibatch_deviation(2);
        let x = w.linear("two", x).gelu();
        w.linear("judge", x.clone())
            + x.project(w.get::<2>("embedding").select(0, labels([0, 2, 2, 1])))
    });
}

#[test]
fn gated() {
    check("gated", |w, x: Dual<4>| {
        let x = x.upsample_bilinear(2);
        let gate = w.conv("gate", x.clone(), 1, 1).sigmoid();
        let x = w.group_norm("norm", w.conv("value", x, 1, 1), 3) * gate;
        w.linear("judge", most(x).gelu().flatten())
    });
}

#[test]
fn pyramid() {
    check("pyramid", |w, x: Dual<4>| {
        let low = w.conv("low", halved(x.clone()), 1, 1).softplus();
        let sides = vec![x, low.clone().upsample_bilinear(2), low.upsample_nearest(2)];
        let x = w.conv("join", Dual::concat(sides, 1), 1, 1).softplus();
        w.linear("judge", x.mean_over_positions())
    });
}

#[test]
fn bottleneck() {
    check("bottleneck", |w, x: Dual<4>| {
        let x = w.conv("look", x, 1, 0);
        let y = leaky(w.conv_in_groups("mid", leaky(w.conv("in", x.clone(), 1, 0)), 2));
        let x = halved(x + w.conv("out", y, 1, 0));
        let basis = w.get::<3>("basis").unsqueeze::<4>();
        w.linear("judge", x.linear_map(|x| x * basis.clone()).sum_over_positions())
    });
}

#[test]
fn no_critic_of_the_file_goes_without_its_test() {
    for name in golden::names() {
        assert!(include_str!("main.rs").contains(&format!("check(\"{name}\"")), "{name}");
    }
}

fn block() -> impl Strategy<Value = Block> {
    let activation = || prop::sample::select(&Activation::ALL[..]);
    prop_oneof![
        5 => prop::sample::select(&Block::PLAIN[..]),
        3 => activation().prop_map(Block::Activation),
        1 => activation().prop_map(Block::Both),
        1 => activation().prop_map(Block::Residual),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_critics_have_the_gradient_that_differences_find(
        blocks in prop::collection::vec(block(), 1..8),
        phi in prop::sample::select(&Phi::ALL[..]),
        seed in any::<u64>(),
    ) {
        let slopes = Critic::new(blocks, seed).slopes(phi, 1e-5);
        let scale = slopes.iter().map(|slope| slope.exact.abs()).fold(1e-3, f64::max);
        // Where differences over two steps disagree, a kink lies between: one case in sixty.
        prop_assume!(slopes.iter().all(|s| (s.numeric - s.again).abs() < 1e-6 * scale));
        for Slope { name, exact, again, .. } in slopes {
            prop_assert!((exact - again).abs() < 1e-6 * scale, "{name}: {exact}, not {again}");
        }
    }
}
