//! The product of two matrices, on which the linear layers and most convolutions rest.

mod product;

pub(crate) use product::{Left, Product, Right, panel_vectors};
