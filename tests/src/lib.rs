//! Integration tests of Kiln live in `tests/`; this library holds what they share.
