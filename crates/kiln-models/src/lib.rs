//! Networks only: a config in, a module out.
