"""What the two fact recorders share: deterministic values, and the few numbers that pin a forward and backward pass.

The C# twin of `pattern` and `fill` is tests/Retort.Tests/Torch/Nn/FactPattern.cs: change them together.
"""

import json
import math
import os

import torch


def pattern(count, key):
    """`count` values in [-0.5, 0.5), exact in float64 because they come from integer arithmetic alone."""
    j = torch.arange(count, dtype=torch.int64)
    return ((31 * j * j + 7919 * j + 104729 * key) % 10007).to(torch.float64) / 10007 - 0.5


def fill(module):
    """Gives every floating entry of the state dict values that depend on its rank among the sorted names."""
    state = module.state_dict()
    for key, name in enumerate(sorted(state)):
        tensor = state[name]
        if not tensor.is_floating_point():
            continue
        values = pattern(tensor.numel(), key).reshape(tensor.shape)
        if name.endswith("running_var") or (name.endswith("weight") and tensor.dim() == 1):
            values = 1 + 0.4 * values
        elif tensor.dim() >= 2:
            values = values * math.sqrt(24 / (tensor.numel() // tensor.shape[0]))
        else:
            values = 0.5 * values
        with torch.no_grad():
            tensor.copy_(values)
    return module


def dot(tensor):
    """One number that changes when any element does."""
    flat = tensor.detach().reshape(-1)
    return float((flat * pattern(flat.numel(), 3)).sum())


def source(*shape, key=1000):
    """An input in [-1, 1)."""
    return (2 * pattern(math.prod(shape), key)).reshape(shape).requires_grad_()


def measure(module, run, inputs, each_gradient=True):
    """Runs forward and backward and returns what the C# side must reproduce."""
    module.zero_grad()
    outputs = run(*inputs)
    outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    loss = sum((o * pattern(o.numel(), 5).reshape(o.shape)).sum() for o in outputs)
    fact = {
        "shapes": [list(o.shape) for o in outputs],
        "head": [v for o in outputs for v in o.detach().reshape(-1)[:4].tolist()],
        "dots": [dot(o) for o in outputs],
    }
    if loss.requires_grad:
        loss.backward()
        floating = [i for i in inputs if i.is_floating_point()]
        fact["inputGradients"] = [0.0 if i.grad is None else dot(i.grad) for i in floating]
        gradients = {n: dot(p.grad) for n, p in module.named_parameters() if p.grad is not None}
        if each_gradient:
            fact["gradients"] = gradients
        else:
            fact["gradientSum"] = sum(abs(v) for v in gradients.values())
    buffers = {n: dot(b.to(torch.float64)) for n, b in module.named_buffers()}
    if buffers:
        fact["buffers" if each_gradient else "bufferSum"] = buffers if each_gradient else sum(buffers.values())
    return fact


def write(path, text):
    """Writes to a temporary name first, so that an interrupted run leaves the old file."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)


def write_cases(path, cases):
    """One case a line: small, and a diff names the case that changed."""
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(fact)}" for name, fact in cases.items())
    write(path, "{\n" + rows + "\n}\n")
