//! What kind of work a function does, by its name.

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Products,
    Winograd,
    Convolutions,
    Copies,
    Norms,
    Steps,
    OtherOurs,
    Burn,
    Threads,
    Memory,
    Rest,
}

/// Every kind with its name and what names of functions hold: the first that fits counts.
const TABLE: [(Kind, &str, &[&str]); 11] = [
    (Kind::Products, "products of matrices", &["kiln_ops::matrix::product"]),
    (Kind::Winograd, "Winograd convolutions", &["kiln_ops::convolution::kernel::winograd"]),
    (Kind::Convolutions, "other convolutions", &["kiln_ops::convolution"]),
    (Kind::Copies, "packing of matrices", &["kiln_ops::matrix", "kiln_ops::linear"]),
    (Kind::Norms, "norms and activations", &["kiln_ops::fused"]),
    (Kind::Steps, "optimiser, averages, gradient norms", &["kiln_ops::step", "kiln_train::"]),
    (Kind::OtherOurs, "other code of Kiln", &["kiln"]),
    (Kind::Burn, "Burn's own operations and graph", &["burn_"]),
    (Kind::Threads, "threads", &["rayon", "crossbeam", "sched_", "futex", "task_switch", "spin_"]),
    (Kind::Memory, "memory", &["mi_", "memmove", "memset", "memcpy", "clear_page", "page_fault"]),
    (Kind::Rest, "the rest", &[""]),
];

impl Kind {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    pub(super) fn name(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// Of a function, by its name without its mangling.
    pub(super) fn of(function: &str) -> Self {
        let fits = |parts: &[&str]| parts.iter().any(|part| function.contains(part));
        TABLE.iter().find(|(_, _, parts)| fits(parts)).map_or(Self::Rest, |row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_of_the_kind_that_its_name_tells() {
        let check = |function: &str, kind| assert_eq!(Kind::of(function), kind, "{function}");
        let kernel = |of: &str| format!("kiln_ops::vector::isa::on_avx512::<{of}>");
        check(&kernel("kiln_ops::matrix::product::Write"), Kind::Products);
        check(&kernel("kiln_ops::convolution::kernel::winograd::apply::Tiles"), Kind::Winograd);
        check(&kernel("kiln_ops::convolution::kernel::sweep::Sweep"), Kind::Convolutions);
        check(&kernel("kiln_ops::matrix::copy::Cut"), Kind::Copies);
        check(&kernel("kiln_ops::step::flex::Adam"), Kind::Steps);
        check("<burn_flex::backend::Flex as burn_backend::ops::FloatOps>::add", Kind::Burn);
        check("kiln::recipe::gan::game::Gan::critic_turn", Kind::OtherOurs);
        check("__memmove_avx512_unaligned_erms", Kind::Memory);
        check("clear_page_erms", Kind::Memory);
        check("_raw_spin_unlock_irqrestore", Kind::Threads);
        check("<rayon::iter::Map<I, F> as Iterator>::next", Kind::Threads);
        check("something", Kind::Rest);
    }
}
