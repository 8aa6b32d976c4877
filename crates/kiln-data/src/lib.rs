//! Bytes on disk to batches on a device: readers, validation, the seekable sampler.
