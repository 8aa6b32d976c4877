"""The operations of `kiln operations`, in PyTorch, with the same protocol: JSON a line, both ways.

For pictures the better of the two memory layouts counts.
"""

import argparse
import json
import sys
import time

import torch
import torch.nn.functional as F


def function(order):
    """What is timed, and the shapes of its input and weight."""
    kind, batch, inputs = order["kind"], order["batch"], order["inputs"]
    if kind in ("conv2d", "conv-transpose2d"):
        side, kernel, outputs = order["side"], order["kernel"], order["outputs"]
        stride, padding = order["stride"], order["padding"]
        picture = (batch, inputs, side, side)
        if kind == "conv2d":
            weight = (outputs, inputs, kernel, kernel)
            return lambda x, w: F.conv2d(x, w, None, stride, padding), picture, weight
        weight = (inputs, outputs, kernel, kernel)
        return lambda x, w: F.conv_transpose2d(x, w, None, stride, padding), picture, weight
    if kind == "batch-norm":
        def call(x, w):
            return F.leaky_relu(F.batch_norm(x, None, None, w[0], w[1], training=True), 0.2)
        return call, (batch, inputs, order["side"], order["side"]), (2, inputs)
    outputs = order["outputs"]
    bias = torch.zeros(outputs)
    return lambda x, w: F.linear(x, w, bias), (batch, inputs), (outputs, inputs)


def seconds(call, times):
    call()
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) / times


def adam(order):
    weight = torch.randn(order["inputs"], requires_grad=True)
    weight.grad = torch.randn(order["inputs"])
    optimizer = torch.optim.Adam([weight], 1e-4, (0.5, 0.999), fused=True)
    taken = seconds(optimizer.step, order["times"])
    return {"forward": taken, "both": taken}


def measure(order, layout):
    call, x, weight = function(order)
    x, weight = torch.randn(x), torch.randn(weight)
    x, weight = (t.contiguous(memory_format=layout) if t.dim() == 4 else t for t in (x, weight))

    def forward():
        with torch.no_grad():
            call(x, weight)

    taken = {"forward": seconds(forward, order["times"])}
    x.requires_grad_(True)
    weight.requires_grad_(True)
    ones = torch.ones_like(call(x, weight).detach())

    def both():
        x.grad = weight.grad = None
        call(x, weight).backward(ones)

    taken["both"] = seconds(both, order["times"])
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, required=True)
    torch.set_num_threads(parser.parse_args().threads)
    for line in sys.stdin:
        order = json.loads(line)
        if order["kind"] == "adam":
            taken = [adam(order)]
        else:
            layouts = [torch.contiguous_format]
            if "side" in order:
                layouts.append(torch.channels_last)
            taken = [measure(order, layout) for layout in layouts]
        best = {key: min(one[key] for one in taken) for key in ("forward", "both")}
        print(json.dumps(best), flush=True)


main()
