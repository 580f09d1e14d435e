"""A KD step of two MLPs: teacher 784-1200-1200-10, student 784-64-10, batch 128."""

import torch
from torch import nn

from peer import kd_step, serve


def mlp(*sizes):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


if __name__ == "__main__":
    torch.manual_seed(0)
    serve(kd_step(mlp(784, 1200, 1200, 10), mlp(784, 64, 10), torch.rand(128, 784), torch.randint(10, (128,))))
