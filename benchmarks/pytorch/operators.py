"""The cost of one small operator call: `operators.py relu|add|relu-grad|add-grad`. A step is a thousand calls on [4] tensors."""

import sys

import torch

from peer import serve

CALLS = 1000


def main(name):
    kind, _, grad = name.partition("-")
    x = torch.ones(4, requires_grad=grad == "grad")
    y = torch.ones(4)
    relu, add = torch.relu, torch.add

    def step_relu():
        for _ in range(CALLS):
            relu(x)

    def step_add():
        for _ in range(CALLS):
            add(x, y)

    serve({"relu": step_relu, "add": step_add}[kind])


if __name__ == "__main__":
    main(sys.argv[1])
