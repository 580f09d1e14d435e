#!/usr/bin/env python3
"""Records a traced module of PyTorch that reads sizes from its tensors, for the test that exports TorchScript to ONNX.

Run with the system's Python, which has torch 1.13: /usr/bin/python3 tools/record_torchscript.py
"""
import pathlib
import zipfile

import torch
from torch import nn

TARGET = pathlib.Path("tests/Retort.Tests/Export/Fixtures/sizes.pt")


class Sizes(nn.Module):
    """Python's size() leaves operators in the trace that arithmetic on sizes then goes through."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4))
        self.head = nn.Linear(4 * 36, 3)

    def forward(self, x):
        y = torch.relu(self.body(x))
        y = y.view(y.size(0), y.size(1) * y.size(2) * y.size(3))
        mean = y.sum(1, keepdim=True) / y.shape[1]
        return self.head(y - mean) + torch.arange(y.size(0)).unsqueeze(1)


torch.manual_seed(0)
module = Sizes().eval()
full = TARGET.with_suffix(".full")
torch.jit.trace(module, torch.randn(2, 2, 8, 8), check_trace=False).save(str(full))
# Debug records hold the paths of the machine that traced.
with zipfile.ZipFile(full) as source, zipfile.ZipFile(TARGET, "w", zipfile.ZIP_STORED) as target:
    for entry in source.namelist():
        if not entry.endswith(".debug_pkl"):
            target.writestr(zipfile.ZipInfo(entry.replace("sizes.full", "sizes")), source.read(entry))
full.unlink()
