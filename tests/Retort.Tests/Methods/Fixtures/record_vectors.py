"""Writes small reference vectors of methods with the standard library alone: sums and loops, no tensor library.

Run it in this folder; the files are committed. Values come from formulas as the papers print them.
"""
import json
import math
import random


def softmax(row, t=1.0):
    top = max(row)
    exps = [math.exp((x - top) / t) for x in row]
    return [e / sum(exps) for e in exps]


def kl(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q) if a > 0)


def tensor(shape, draw):
    count = math.prod(shape)
    return {"shape": list(shape), "data": [draw() for _ in range(count)]}


def rows(t):
    width = math.prod(t["shape"][1:])
    return [t["data"][i:i + width] for i in range(0, len(t["data"]), width)]


def write(name, params, inputs, loss):
    vector = {"method": name, "source": "plain arithmetic (record_vectors.py)", "params": params, "inputs": inputs,
              "expected": {"loss": loss}, "rtol": 1e-9}
    with open(f"{name}.json", "w", encoding="utf-8") as file:
        json.dump(vector, file)
        file.write("\n")


def norm(v):
    return math.sqrt(sum(x * x for x in v))


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / (norm(a) * norm(b))


def pearson(a, b):
    ma, mb = sum(a) / len(a), sum(b) / len(b)
    a, b = [x - ma for x in a], [x - mb for x in b]
    return sum(x * y for x, y in zip(a, b)) / (norm(a) * norm(b) + 1e-8)


random.seed(5)
draw = lambda: round(random.gauss(0, 1.5), 3)
student, teacher = tensor((3, 4), draw), tensor((3, 4), draw)
labels = {"shape": [3], "data": [1, 3, 0]}
s, t = rows(student), rows(teacher)

T = 3.0
write("kd", {"T": T}, {"student_logits": student, "teacher_logits": teacher},
      T * T * sum(kl(softmax(b, T), softmax(a, T)) for a, b in zip(s, t)) / 3)

write("logits-mse", {}, {"student_logits": student, "teacher_logits": teacher},
      sum((x - y) ** 2 for x, y in zip(student["data"], teacher["data"])) / 12)
write("cosine-features", {}, {"student_feat": student, "teacher_feat": teacher},
      sum(1 - cosine(a, b) for a, b in zip(s, t)) / 3)

total = 0.0
for a, b, y in zip(s, t, labels["data"]):
    p, q = softmax(b, T), softmax(a, T)
    binary = kl([p[y], 1 - p[y]], [q[y], 1 - q[y]])
    rest = kl(*[[x / (1 - d[y]) for k, x in enumerate(d) if k != y] for d in (p, q)])
    total += T * T * (0.7 * binary + 5.0 * rest) / 3
write("dkd", {"alpha": 0.7, "beta": 5.0, "T": T},
      {"student_logits": student, "teacher_logits": teacher, "target": labels}, total)

ps, pt = [softmax(a, 2.0) for a in s], [softmax(b, 2.0) for b in t]
within = 1 - sum(pearson(a, b) for a, b in zip(ps, pt)) / 3
across = 1 - sum(pearson(a, b) for a, b in zip(zip(*ps), zip(*pt))) / 4
write("dist", {"beta": 1.5, "gamma": 0.5, "tau": 2.0}, {"student_logits": student, "teacher_logits": teacher},
      4.0 * (1.5 * within + 0.5 * across))

total = 0.0
for a, b, y in zip(s, t, labels["data"]):
    ce_s, ce_t = -math.log(softmax(a)[y]), -math.log(softmax(b)[y])
    weight = 1 - math.exp(-ce_s / (ce_t + 1e-7))
    total += weight * -sum(p * math.log(q) for p, q in zip(softmax(b, T), softmax(a, T)))
write("wsld", {"T": T, "alpha": 2.0}, {"student_logits": student, "teacher_logits": teacher, "target": labels},
      2.0 * T * T * total / 3)

maps_s, maps_t = tensor((2, 3, 2, 2), draw), tensor((2, 2, 2, 2), draw)


def energy(row, channels):
    e = [sum(row[c * 4 + i] ** 2 for c in range(channels)) / channels for i in range(4)]
    return [x / norm(e) for x in e]


pairs = [(energy(a, 3), energy(b, 2)) for a, b in zip(rows(maps_s), rows(maps_t))]
write("at", {"p": 2}, {"student_feat": maps_s, "teacher_feat": maps_t},
      sum((x - y) ** 2 for a, b in pairs for x, y in zip(a, b)) / 8)
write("at-paper", {}, {"student_feat": maps_s, "teacher_feat": maps_t},
      sum(norm([x - y for x, y in zip(a, b)]) for a, b in pairs) / 2)


def similar(t):
    gram = [[sum(x * y for x, y in zip(a, b)) for b in rows(t)] for a in rows(t)]
    return [[x / norm(r) for x in r] for r in gram]


write("sp", {}, {"student_feat": maps_s, "teacher_feat": maps_t},
      sum((x - y) ** 2 for a, b in zip(similar(maps_s), similar(maps_t)) for x, y in zip(a, b)) / 4)

tokens_s, tokens_t = tensor((1, 3, 4), draw), tensor((1, 3, 4), draw)
given = {"shape": [1, 3], "data": [2, -100, 1]}
ts, tt = [[x["data"][i:i + 4] for i in range(0, 12, 4)] for x in (tokens_s, tokens_t)]
total = 0.0
for i in (0, 2):
    q, p = softmax(ts[i]), softmax(tt[i])
    m = [0.3 * b + 0.7 * a for a, b in zip(p, q)]
    total += (0.3 * kl(q, m) + 0.7 * kl(p, m)) / 2
write("token-jsd", {"lam": 0.3}, {"student_logits": tokens_s, "teacher_logits": tokens_t, "labels": given}, total)
