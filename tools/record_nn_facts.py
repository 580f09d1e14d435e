"""Records what torch.nn modules compute, as facts for tests/Retort.Tests/Torch/Nn.

    /usr/bin/python3 tools/record_nn_facts.py

Needs PyTorch alone (Debian's python3-torch). Case names are matched by NnModuleFactsTests.cs.
"""

import os

import torch
from torch import nn

from facts_common import dot, fill, measure, source, write_cases

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "tests", "Retort.Tests", "Torch", "Nn", "Fixtures")


class RmsNorm(nn.Module):
    """Torch 1.13 has none; this is its later definition."""

    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


MODULES = {
    "linear": (nn.Linear(5, 3), (4, 5)),
    "linear-no-bias": (nn.Linear(5, 3, bias=False), (2, 4, 5)),
    "conv1d": (nn.Conv1d(4, 6, 3, stride=2, padding=1), (2, 4, 9)),
    "conv1d-reflect": (nn.Conv1d(4, 6, 3, padding=1, padding_mode="reflect"), (2, 4, 9)),
    "conv2d": (nn.Conv2d(3, 4, 3, stride=2, padding=1), (2, 3, 7, 8)),
    "conv2d-grouped-dilated": (nn.Conv2d(4, 8, 3, padding=2, dilation=2, groups=2, bias=False), (2, 4, 7, 7)),
    "conv2d-reflect": (nn.Conv2d(3, 4, 3, padding=2, padding_mode="reflect"), (2, 3, 6, 6)),
    "conv-transpose1d": (nn.ConvTranspose1d(4, 6, 4, stride=2, padding=1), (2, 4, 5)),
    "conv-transpose2d": (nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), (2, 4, 5, 4)),
    "batch-norm1d": (nn.BatchNorm1d(4), (6, 4)),
    "batch-norm1d-sequence": (nn.BatchNorm1d(4), (3, 4, 5)),
    "batch-norm2d": (nn.BatchNorm2d(4), (3, 4, 5, 5)),
    "batch-norm2d-cumulative": (nn.BatchNorm2d(4, momentum=None), (3, 4, 5, 5)),
    "batch-norm2d-untracked": (nn.BatchNorm2d(4, track_running_stats=False), (3, 4, 5, 5)),
    "batch-norm2d-plain": (nn.BatchNorm2d(4, affine=False), (3, 4, 5, 5)),
    "layer-norm": (nn.LayerNorm(6), (2, 3, 6)),
    "layer-norm-two-dimensions": (nn.LayerNorm([3, 6], eps=1e-6), (2, 3, 6)),
    "layer-norm-plain": (nn.LayerNorm(6, elementwise_affine=False), (2, 3, 6)),
    "group-norm": (nn.GroupNorm(2, 6), (2, 6, 3, 3)),
    "instance-norm2d": (nn.InstanceNorm2d(4), (2, 4, 3, 3)),
    "instance-norm2d-affine-tracked": (nn.InstanceNorm2d(4, affine=True, track_running_stats=True), (2, 4, 3, 3)),
    "rms-norm": (RmsNorm(6, 1e-6), (2, 3, 6)),
    "relu": (nn.ReLU(), (3, 7)),
    "relu6": (nn.ReLU6(), (3, 7)),
    "gelu": (nn.GELU(), (3, 7)),
    "gelu-tanh": (nn.GELU(approximate="tanh"), (3, 7)),
    "silu": (nn.SiLU(), (3, 7)),
    "hardswish": (nn.Hardswish(), (3, 7)),
    "hardsigmoid": (nn.Hardsigmoid(), (3, 7)),
    "sigmoid": (nn.Sigmoid(), (3, 7)),
    "tanh": (nn.Tanh(), (3, 7)),
    "leaky-relu": (nn.LeakyReLU(0.2), (3, 7)),
    "elu": (nn.ELU(), (3, 7)),
    "softplus": (nn.Softplus(), (3, 7)),
    "softmax": (nn.Softmax(dim=1), (3, 7)),
    "log-softmax": (nn.LogSoftmax(dim=-1), (3, 7)),
    "prelu": (nn.PReLU(3), (2, 3, 4)),
    "max-pool2d": (nn.MaxPool2d(3, stride=2, padding=1), (2, 3, 7, 6)),
    "max-pool2d-ceil": (nn.MaxPool2d(2, ceil_mode=True), (2, 3, 7, 5)),
    "avg-pool2d": (nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), (2, 3, 7, 6)),
    "adaptive-avg-pool2d": (nn.AdaptiveAvgPool2d((2, 3)), (2, 3, 7, 6)),
    "adaptive-max-pool2d": (nn.AdaptiveMaxPool2d(2), (2, 3, 7, 6)),
    "adaptive-avg-pool1d": (nn.AdaptiveAvgPool1d(2), (2, 3, 7)),
    "flatten": (nn.Flatten(), (2, 3, 2, 2)),
    "upsample-nearest": (nn.Upsample(scale_factor=2), (2, 3, 4, 3)),
    "upsample-bilinear": (nn.Upsample(size=(7, 5), mode="bilinear", align_corners=False), (2, 3, 4, 3)),
    "upsample-bilinear-aligned": (nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), (2, 3, 4, 3)),
    "pixel-shuffle": (nn.PixelShuffle(2), (2, 8, 3, 3)),
    "lstm": (nn.LSTM(4, 5), (6, 2, 4)),
    "lstm-deep": (nn.LSTM(4, 5, num_layers=2, bidirectional=True, batch_first=True), (2, 6, 4)),
    "gru": (nn.GRU(4, 5), (6, 2, 4)),
    "gru-deep": (nn.GRU(4, 5, num_layers=2, bidirectional=True, batch_first=True, bias=False), (2, 6, 4)),
}


def first(value):
    return value[0] if isinstance(value, tuple) else value


def attention_cases():
    """Multi-head attention as torch does it: weights per head are part of what is compared."""
    causal = torch.triu(torch.ones(5, 5, dtype=torch.bool), diagonal=1)
    padding = torch.tensor([[False, False, False, False, True], [False, False, False, True, True]])

    def attend(module, **options):
        return lambda q, k, v: module(q, k, v, need_weights=True, average_attn_weights=False, **options)

    def case(options, call, shapes, width=8):
        module = fill(nn.MultiheadAttention(width, 2, batch_first=True, **options).double())
        tensors = [source(*shape, key=1000 + i) for i, shape in enumerate(shapes)]
        return measure(module, attend(module, **call), tensors)

    own = [(2, 5, 8)] * 3
    return {
        "attention": case({}, {}, own),
        "attention-causal": case({}, {"attn_mask": causal}, own),
        "attention-padded": case({}, {"key_padding_mask": padding}, own),
        "attention-cross": case({}, {}, [(2, 3, 8), (2, 5, 8), (2, 5, 8)]),
        "attention-other-widths": case({"kdim": 6, "vdim": 4}, {}, [(2, 3, 8), (2, 5, 6), (2, 5, 4)]),
        "attention-no-bias": case({"bias": False}, {}, own),
    }


def recurrent_states():
    """Final states, with initial ones given."""
    lstm = fill(nn.LSTM(4, 5, num_layers=2, bidirectional=True, batch_first=True).double())
    gru = fill(nn.GRU(4, 5, num_layers=1).double())

    def run_lstm(x, h, c):
        y, (hn, cn) = lstm(x, (h, c))
        return y, hn, cn

    states = [source(4, 2, 5, key=1001), source(4, 2, 5, key=1002)]
    return {
        "lstm-states": measure(lstm, run_lstm, [source(2, 6, 4), *states]),
        "gru-states": measure(gru, gru, [source(6, 2, 4), source(1, 2, 5, key=1001)]),
    }


def embedding():
    module = fill(nn.Embedding(7, 3, padding_idx=2).double())
    return measure(module, module, [torch.tensor([[1, 2, 6], [0, 2, 1]])])


def initial(seed, make):
    """Default initial values under a seed: float32, as users get them."""
    torch.manual_seed(seed)
    state = make().state_dict()
    return {
        name: {"shape": list(t.shape), "head": t.reshape(-1)[:4].tolist(), "dot": dot(t.double())}
        for name, t in state.items() if t.is_floating_point()
    }


INITIAL = {
    "linear": lambda: nn.Linear(7, 5),
    "conv1d": lambda: nn.Conv1d(4, 6, 3, groups=2),
    "conv2d": lambda: nn.Conv2d(3, 4, 3),
    "conv-transpose1d": lambda: nn.ConvTranspose1d(4, 6, 3),
    "conv-transpose2d": lambda: nn.ConvTranspose2d(4, 6, 3, groups=2),
    "embedding": lambda: nn.Embedding(7, 3, padding_idx=2),
    "attention": lambda: nn.MultiheadAttention(8, 2),
    "attention-other-widths": lambda: nn.MultiheadAttention(8, 2, kdim=6, vdim=4),
    "lstm": lambda: nn.LSTM(4, 5, num_layers=2, bidirectional=True),
    "gru": lambda: nn.GRU(4, 5),
    "batch-norm2d": lambda: nn.BatchNorm2d(4),
    "sequential": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Linear(4, 2)),
}


def initializers():
    """torch.nn.init on a [6, 4, 3, 3] weight (or [6, 20] where that is asked) under seed 7."""
    calls = {
        "kaiming-uniform": lambda w: nn.init.kaiming_uniform_(w, a=5 ** 0.5),
        "kaiming-normal-fan-out": lambda w: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"),
        "xavier-uniform": nn.init.xavier_uniform_,
        "xavier-normal": nn.init.xavier_normal_,
        "truncated-normal": lambda w: nn.init.trunc_normal_(w, std=0.02),
        "normal": lambda w: nn.init.normal_(w, 0.5, 0.1),
        "uniform": lambda w: nn.init.uniform_(w, -0.3, 0.2),
        "orthogonal": nn.init.orthogonal_,
    }
    facts = {}
    for name, call in calls.items():
        torch.manual_seed(7)
        weight = call(torch.empty(6, 4, 3, 3))
        facts[name] = {"head": weight.reshape(-1)[:4].tolist(), "dot": dot(weight.double())}
    return facts


def main():
    torch.set_num_threads(1)
    facts = {}
    for name, (module, shape) in MODULES.items():
        module = fill(module.double())
        for mode in ("train", "eval"):
            module.train(mode == "train")
            key = name if mode == "train" else name + "/eval"
            fact = measure(module, lambda x: first(module(x)), [source(*shape)])
            if mode == "train" or fact["dots"] != facts[name]["dots"]:
                facts[key] = fact
    facts["embedding"] = embedding()
    facts.update(attention_cases())
    facts.update(recurrent_states())
    write_cases(os.path.join(FIXTURES, "modules.json"), facts)
    write_cases(os.path.join(FIXTURES, "initial.json"), {name: initial(3, make) for name, make in INITIAL.items()})
    write_cases(os.path.join(FIXTURES, "initializers.json"), initializers())


if __name__ == "__main__":
    main()
