//! Train generative adversarial networks on any GPU and on the CPU: the library and the command.
