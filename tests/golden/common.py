"""What the scripts of networks' golden values share.

Inputs and weights lie on a grid of 1/256, so that they are the same number in float32 and float64.
"""

import numpy as np
import torch


def grid(rng, shape, scale):
    values = np.round(scale * rng.standard_normal(shape) * 256) / 256
    return torch.tensor(values, dtype=torch.float64)


def plain(tensor, digits=9):
    values = [float(f"{v:.{digits}g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


class Leaves(dict):
    """Weights by our paths, made when they are first asked for."""

    def __init__(self, rng):
        super().__init__()
        self.rng = rng

    def leaf(self, path, shape, scale=1.0, around=0.0):
        if path not in self:
            self[path] = (around + grid(self.rng, shape, scale)).requires_grad_()
        return self[path]


def of_network(network, weights, shape, digits):
    """A network of standard-normal inputs: all its values, and the gradients of sum(probe * output)."""
    x = grid(weights.rng, shape, 1.0).requires_grad_()
    y = network(weights, x)
    probe = grid(weights.rng, y.shape, 1.0)
    (probe * y).sum().backward()
    leaves = {
        path: {**plain(leaf, digits), "gradient": plain(leaf.grad, digits)["values"]}
        for path, leaf in weights.items()
    }
    return {
        "input": plain(x, digits),
        "output": plain(y, digits),
        "probe": plain(probe, digits),
        "gradient": plain(x.grad, digits),
        "weights": leaves,
    }
