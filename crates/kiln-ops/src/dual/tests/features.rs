//! What critics add to their features: products, attention, labels, the spread of a batch, maxout.

use burn::tensor::{Device, Tensor, TensorData};

use super::{Dual, check, greatest, normals};

#[test]
fn products_of_two_that_move_and_of_one() {
    check([3, 4], |x| x.clone().tanh() * x);
    let still = normals(3, [3, 4]);
    check([3, 4], |x| x * still.clone().into());
    check([3, 4], |x| Dual::from(still.clone()) * x);
    let wide = normals(4, [3, 1]);
    check([3, 4], |x| x * wide.clone().into());
    check([3, 1], |x| x * still.clone().into());
}

#[test]
fn matrix_products_of_two_that_move_and_of_one() {
    check([2, 3, 3], |x| x.clone().tanh().matmul(x));
    let still = normals(3, [2, 4, 3]);
    check([2, 3, 5], |x| Dual::from(still.clone()).matmul(x));
    check([2, 5, 4], |x| x.matmul(still.clone().into()));
}

#[test]
fn softmax() {
    check([3, 4], |x| x.softmax(1));
    check([3, 4, 2], |x| x.softmax(1));
    let x = Tensor::<2>::from_floats([[0.0, 3f32.ln()]], &Device::flex());
    let y = Dual::from(x).softmax(1).value;
    assert!(greatest(y - Tensor::from_floats([[0.25, 0.75]], &Device::flex())) < 1e-6);
}

#[test]
fn swapped_axes() {
    check([2, 3, 4], |x| x.swap_dims(1, 2));
    check([2, 1, 4], |x| x.swap_dims(1, 2));
}

#[test]
fn self_attention() {
    check([2, 4, 6], |x| {
        let map = x.clone().swap_dims(1, 2).matmul(x.clone()).softmax(2);
        x.clone() + x.matmul(map.swap_dims(1, 2))
    });
}

#[test]
fn projection_on_a_row_a_sample() {
    check([3, 4], |x| x.project(normals(3, [3, 4])));
    let x = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &Device::flex());
    let rows = Tensor::from_floats([[0.0, -1.0], [1.0, 10.0], [0.0, -1.0]], &Device::flex());
    let y = Dual::from(x).project(rows).value;
    y.into_data().assert_eq(&TensorData::from([[-2.0f32], [43.0], [-6.0]]), false);
}

#[test]
fn the_spread_of_a_batch_is_one_more_channel() {
    check([4, 3, 2, 2], |x| x.minibatch_deviation(2));
    check([6, 3], |x| x.minibatch_deviation(4));
    // Samples 0 and 2 are a group, with deviations 1 and 2; 1 and 3 another, with 3 and 0.
    let x =
        Tensor::<2>::from_floats([[1.0, 2.0], [0.0, 5.0], [3.0, 6.0], [6.0, 5.0]], &Device::flex());
    let y = Dual::from(x).minibatch_deviation(2).value.narrow(1, 2, 1);
    let expected = Tensor::from_floats([[1.5], [1.50005], [1.5], [1.50005]], &Device::flex());
    assert!(greatest(y - expected) < 1e-6);
}

#[test]
fn a_group_that_does_not_divide_the_batch_shrinks_until_it_does() {
    let x = normals::<2>(1, [6, 3]);
    let of = |group| Dual::from(x.clone()).minibatch_deviation(group).value.into_data();
    of(4).assert_eq(&of(3), true);
    of(100).assert_eq(&of(6), true);
}

#[test]
fn maxout() {
    check([3, 8], |x| x.maxout(4));
    let x = Tensor::<2>::from_floats([[1.0, 5.0, -3.0, -2.0]], &Device::flex());
    let expected = TensorData::from([[5.0f32, -2.0]]);
    Dual::from(x).maxout(2).value.into_data().assert_eq(&expected, false);
}
