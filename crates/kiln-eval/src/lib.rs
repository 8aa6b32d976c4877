//! Evaluation: features, then statistics, then a value.
