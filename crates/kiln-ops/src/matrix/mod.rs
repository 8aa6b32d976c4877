//! The product of two matrices, on which the linear layers and most convolutions rest.

mod columns;
mod copy;
mod product;

pub(crate) use columns::Columns;
pub(crate) use copy::{Cut, Transpose};
pub(crate) use product::{Left, Product, Right, Write, panel_vectors};
