#!/usr/bin/python3
"""Records what PyTorch's optimisers and schedules do, as fixtures for the tests of Retort.Torch.Optim.

    OMP_WAIT_POLICY=passive /usr/bin/python3 tools/record_trajectories.py

Needs PyTorch (Debian: python3-torch). The same PyTorch writes the same bytes. LAMB and SAM are not part of PyTorch and are
written out here after their papers.

The problem is elementwise, so that a trajectory depends on the optimiser alone and not on the order of somebody's sums:
three parameters p with gradient curvature * (p - target) + p * p * p * 0.05; the last one gets no gradient in every third step.
"""

import json
import math
import os

import torch

STEPS = 100
RECORDED = (1, 2, 3, 10, 50, 100)
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "Retort.Tests", "Torch", "Optim", "Fixtures")
SHAPES = ((4, 3), (5,), (2, 1, 3))


class Lamb(torch.optim.Optimizer):
    """You et al., "Large Batch Optimization for Deep Learning", ICLR 2020, arXiv:1904.00962, algorithm 2, with phi(z) = z."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["step"] = 0
                    state["m"] = torch.zeros_like(p)
                    state["v"] = torch.zeros_like(p)
                state["step"] += 1
                m, v, t = state["m"], state["v"], state["step"]
                m.mul_(beta1).add_(p.grad, alpha=1 - beta1)
                v.mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                update = (m / (1 - beta1 ** t)) / ((v / (1 - beta2 ** t)).sqrt() + group["eps"])
                update = update + group["weight_decay"] * p
                weight_norm, update_norm = p.norm(), update.norm()
                trust = (weight_norm / update_norm) if weight_norm > 0 and update_norm > 0 else torch.ones(())
                p.sub_(update * (group["lr"] * trust))


def sam_step(base, params, gradients, rho, adaptive):
    """Foret et al., ICLR 2021, arXiv:2010.01412, algorithm 1; adaptive: Kwon et al., ICML 2021, arXiv:2102.11600, algorithm 1."""
    gradients()
    live = [p for p in params if p.grad is not None]
    with torch.no_grad():
        scale = [p.abs() if adaptive else torch.ones_like(p) for p in live]
        norm = torch.stack([(s * p.grad).norm() for s, p in zip(scale, live)]).norm()
        before = [p.clone() for p in live]
        for s, p in zip(scale, live):
            p.add_(s * s * p.grad * (rho / (norm + 1e-12)))
    gradients()
    with torch.no_grad():
        for p, old in zip(live, before):
            p.copy_(old)
    base.step()


def values(offset, shape, function):
    count = math.prod(shape)
    return [function(offset + k) for k in range(count)]


def problem(dtype):
    """Parameters, targets and curvatures; all are float32 numbers, so that both precisions start from the same point."""
    data = []
    for index, shape in enumerate(SHAPES):
        offset = 100 * index
        triple = {
            "shape": list(shape),
            "start": values(offset, shape, lambda k: round(1.5 * math.sin(1 + k), 3)),
            "target": values(offset, shape, lambda k: round(math.cos(2 * k), 3)),
            "curvature": values(offset, shape, lambda k: 0.25 + 0.25 * (k % 5)),
        }
        data.append(triple)

    def tensor(triple, name):
        # The decimals are read as float32 first, as the test does.
        return torch.tensor(triple[name], dtype=torch.float32).reshape(triple["shape"]).to(dtype)

    return data, [tuple(tensor(t, n) for n in ("start", "target", "curvature")) for t in data]


def gradients_at(step, params, pieces):
    for index, (p, (_, target, curvature)) in enumerate(zip(params, pieces)):
        with torch.no_grad():
            skipped = index == 2 and step % 3 == 0
            p.grad = None if skipped else curvature * (p - target) + p * p * p * 0.05


def trajectory(kind, options, dtype, group_lr=None, schedule=None):
    _, pieces = problem(dtype)
    params = [start.clone().requires_grad_() for start, _, _ in pieces]
    groups = [{"params": params[:2]}, {"params": params[2:]}]
    if group_lr is not None:
        groups[1].update(lr=group_lr, weight_decay=0.0)
    options = dict(options)
    rho = options.pop("rho", None)
    adaptive = options.pop("adaptive", False)
    clip = options.pop("clip", None)
    make = {
        "sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop,
        "adagrad": torch.optim.Adagrad, "lamb": Lamb, "sam": torch.optim.SGD,
    }[kind]
    optimizer = make(groups, **options)
    recorded = {}
    for step in range(1, STEPS + 1):
        if kind == "sam":
            sam_step(optimizer, params, lambda: gradients_at(step, params, pieces), rho, adaptive)
        else:
            gradients_at(step, params, pieces)
            if clip is not None:
                torch.nn.utils.clip_grad_norm_([p for p in params if p.grad is not None], clip)
            optimizer.step()
        if step in RECORDED:
            recorded[str(step)] = [p.detach().double().flatten().tolist() for p in params]
    return recorded


def optimizers():
    cases = [
        ("sgd", "plain", dict(lr=0.1)),
        ("sgd", "momentum-decay", dict(lr=0.05, momentum=0.9, weight_decay=5e-4)),
        ("sgd", "dampening", dict(lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.01)),
        ("sgd", "nesterov", dict(lr=0.02, momentum=0.9, weight_decay=1e-3, nesterov=True)),
        ("sgd", "clipped", dict(lr=0.1, momentum=0.9, clip=0.5)),
        ("adam", "defaults", dict(lr=0.01)),
        ("adam", "decay", dict(lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
        ("adam", "amsgrad", dict(lr=0.05, betas=(0.8, 0.9), weight_decay=0.01, amsgrad=True)),
        ("adamw", "defaults", dict(lr=0.01)),
        ("adamw", "decay", dict(lr=0.05, betas=(0.9, 0.95), eps=1e-7, weight_decay=0.2)),
        ("adamw", "amsgrad", dict(lr=0.05, betas=(0.9, 0.9), weight_decay=0.05, amsgrad=True)),
        ("rmsprop", "defaults", dict(lr=0.01)),
        ("rmsprop", "momentum", dict(lr=0.005, alpha=0.9, eps=1e-6, weight_decay=0.01, momentum=0.9)),
        ("rmsprop", "centered", dict(lr=0.01, alpha=0.9, eps=1e-3, centered=True)),
        ("rmsprop", "centered-momentum", dict(lr=0.005, alpha=0.95, eps=1e-3, momentum=0.5, centered=True, weight_decay=0.02)),
        ("adagrad", "defaults", dict(lr=0.1)),
        ("adagrad", "decay", dict(lr=0.2, lr_decay=0.01, weight_decay=0.05, initial_accumulator_value=0.1, eps=1e-8)),
        ("lamb", "defaults", dict(lr=0.01)),
        ("lamb", "decay", dict(lr=0.005, betas=(0.8, 0.95), eps=1e-5, weight_decay=0.1)),
        ("sam", "sgd", dict(lr=0.05, momentum=0.9, weight_decay=5e-4, rho=0.05)),
        ("sam", "adaptive", dict(lr=0.05, momentum=0.9, rho=0.5, adaptive=True)),
    ]
    out = []
    for kind, name, options in cases:
        for dtype in ("float64", "float32"):
            steps = trajectory(kind, options, getattr(torch, dtype))
            out.append({"optimizer": kind, "name": name, "dtype": dtype, "options": options, "steps": steps})
    for kind, options in (("sgd", dict(lr=0.05, momentum=0.9, weight_decay=0.01)), ("adamw", dict(lr=0.01, weight_decay=0.1))):
        steps = trajectory(kind, options, torch.float64, group_lr=0.003)
        out.append({"optimizer": kind, "name": "two-groups", "dtype": "float64", "options": options, "group_lr": 0.003, "steps": steps})
    return out


def schedules():
    lr = torch.optim.lr_scheduler
    base = 0.4
    warm = 5

    def warmed(main, start):
        return lambda o: lr.SequentialLR(
            o, [lr.LinearLR(o, start_factor=start, end_factor=1.0, total_iters=warm), main(o)], milestones=[warm])

    cases = {
        "constant": lambda o: lr.LambdaLR(o, lambda _: 1.0),
        "step": lambda o: lr.StepLR(o, step_size=7, gamma=0.3),
        "multi-step": lambda o: lr.MultiStepLR(o, milestones=[6, 15, 22], gamma=0.1),
        "exponential": lambda o: lr.ExponentialLR(o, gamma=0.93),
        "cosine": lambda o: lr.CosineAnnealingLR(o, T_max=30),
        "cosine-floor": lambda o: lr.CosineAnnealingLR(o, T_max=30, eta_min=base * 0.05),
        "linear": lambda o: lr.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=30),
        "polynomial": lambda o: lr.PolynomialLR(o, total_iters=30, power=2.5),
        "one-cycle": lambda o: lr.OneCycleLR(o, max_lr=base, total_steps=31, cycle_momentum=False),
        "one-cycle-linear": lambda o: lr.OneCycleLR(
            o, max_lr=base, total_steps=31, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100,
            cycle_momentum=False),
        "warm-cosine": warmed(lambda o: lr.CosineAnnealingLR(o, T_max=25), 0.1),
        "warm-exponential": warmed(lambda o: lr.ExponentialLR(o, gamma=0.9), 0.25),
    }
    out = []
    for name, make in cases.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
        scheduler = make(optimizer)
        rates = []
        for _ in range(31):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            # The last recorded position of a one-cycle is its end.
            if len(rates) < 31:
                scheduler.step()
        out.append({"name": name, "base": base, "rates": rates})
    return out


def write(name, content):
    path = os.path.join(FOLDER, name)
    with open(path + ".new", "w", encoding="utf-8", newline="\n") as f:
        # A line a case: a diff then names the case that changed.
        head = {k: v for k, v in content.items() if k != "cases"}
        f.write("{" + json.dumps(head)[1:-1] + ', "cases": [\n')
        f.write(",\n".join(json.dumps(case) for case in content["cases"]))
        f.write("\n]}\n")
    os.replace(path + ".new", path)


def main():
    torch.set_num_threads(1)
    os.makedirs(FOLDER, exist_ok=True)
    source = {"generator": "tools/record_trajectories.py", "torch": torch.__version__}
    write("trajectories.json", {**source, "problem": problem(torch.float64)[0], "cases": optimizers()})
    write("schedules.json", {**source, "cases": schedules()})


if __name__ == "__main__":
    main()
