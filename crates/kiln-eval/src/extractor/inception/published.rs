//! Where Inception's weights for these statistics are published.

/// Where the weights are published, by torch-fidelity and by pytorch-fid: the same file twice.
pub const INCEPTION_URLS: [&str; 2] = [
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
];

/// The SHA-256 of the published file, in hexadecimal. Values are comparable with those of others if
/// the weights are these.
pub const INCEPTION_SHA256: &str =
    "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2";
