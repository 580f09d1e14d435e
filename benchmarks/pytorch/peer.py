"""The side of a benchmark that runs in PyTorch: a server over standard input and output, driven by `retort bench`.

On start it prints one line of JSON about itself. For each line `run N` it does N steps and prints how many seconds they took.
It ends when its input does. OMP_NUM_THREADS says how many threads it may use.
"""

import json
import os
import sys
import time

import torch


def serve(step, warmup=3):
    """Answers until standard input ends; step() is one step of the benchmark."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    for _ in range(warmup):
        step()
    print(json.dumps({"peer": "pytorch " + torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        word, _, count = line.strip().partition(" ")
        if word != "run" or not count.isdigit():
            sys.exit(f"peer.py: expected 'run N', found {line!r}")
        begin = time.perf_counter()
        for _ in range(int(count)):
            step()
        print(repr(time.perf_counter() - begin), flush=True)


def kd_loss(student, teacher, labels, temperature=4.0, weight=0.9):
    """Hinton's KD beside the task's cross-entropy, as it is usually written."""
    soft = torch.nn.functional.kl_div(
        torch.log_softmax(student / temperature, 1), torch.softmax(teacher / temperature, 1), reduction="batchmean")
    hard = torch.nn.functional.cross_entropy(student, labels)
    return weight * temperature * temperature * soft + (1 - weight) * hard


def kd_step(teacher, student, images, labels):
    """One distillation step in plain eager PyTorch: the teacher runs each time, SGD with momentum trains the student."""
    teacher.eval()
    for parameter in teacher.parameters():
        parameter.requires_grad_(False)
    student.train()
    optimizer = torch.optim.SGD(student.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)

    def step():
        with torch.no_grad():
            targets = teacher(images)
        loss = kd_loss(student(images), targets, labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step
