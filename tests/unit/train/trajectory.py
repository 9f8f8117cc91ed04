#!/usr/bin/env python3
"""Writes trajectory.h: ten updates of a small network by PyTorch, in double precision, with each
optimiser and each loss.

    python3 trajectory.py > trajectory.h

dense 8 -> batch_norm -> relu -> dense 3 on 48 samples of 6 bytes, in three batches of 16 that take
turns; rate 0.1. cost = loss + 0.01 * sum of squared weights, where the weights are those of the
dense layers alone and the loss is the mean cross-entropy, or in "sigmoid" the mean of a binary one
for each class. Initial values are multiples of 1/64, mean and scale
are exact in float, so that the numbers below say all. Adam's epsilon is large: the biases in front of
batch_norm have a gradient of rounding alone, which a small one would make as large as the others.
"""
import torch

SAMPLES, FEATURES, UNITS, CLASSES, BATCH, UPDATES = 48, 6, 8, 3, 16, 10
RATE, LAMBDA, MOMENTUM, EPSILON = 0.1, 0.01, 0.9, 1e-5
PER_LINE = {int: 16, float: 3}


class Stream:
    """The middle bits of a linear congruential generator (Knuth, MMIX)."""

    def __init__(self):
        self.state = 2024

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % bound

    def integers(self, count, low, high):
        return [low + self.below(high - low + 1) for _ in range(count)]


def declare(kind, name, values):
    print(f"static const {kind} clt_{name}[{len(values)}] = {{")
    per_line = PER_LINE[type(values[0])]
    for i in range(0, len(values), per_line):
        line = ", ".join(repr(v) for v in values[i : i + per_line])
        print(f"    {line}{',' if i + per_line < len(values) else '};'}")
    print()


def numbers(tensor):
    return [float(v) for v in tensor.detach().flatten()]


def softmax(scores, labels):
    return torch.nn.functional.cross_entropy(scores, labels)


def sigmoid(scores, labels):
    onehot = torch.nn.functional.one_hot(labels, CLASSES).to(scores.dtype)
    return torch.nn.functional.binary_cross_entropy_with_logits(scores, onehot)


def plain(parameters):
    return torch.optim.SGD(parameters, lr=RATE)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=RATE, momentum=0.9)


def nesterov(parameters):
    return torch.optim.SGD(parameters, lr=RATE, momentum=0.9, nesterov=True)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=RATE, betas=(0.9, 0.99), eps=0.01)


TRAJECTORIES = {
    "plain": (plain, softmax),
    "momentum": (momentum, softmax),
    "nesterov": (nesterov, softmax),
    "adam": (adam, softmax),
    "sigmoid": (plain, sigmoid),
}


def build(initial):
    network = torch.nn.Sequential(
        torch.nn.Linear(FEATURES, UNITS),
        torch.nn.BatchNorm1d(UNITS, eps=EPSILON, momentum=1 - MOMENTUM),
        torch.nn.ReLU(),
        torch.nn.Linear(UNITS, CLASSES),
    )
    values = iter(initial)
    for parameter in network.parameters():
        drawn = [next(values) / 64 for _ in range(parameter.numel())]
        parameter.data = torch.tensor(drawn).reshape(parameter.shape)
    return network


def draw_initial(draw):
    initial = []
    for name, parameter in build([0] * 1000).named_parameters():
        around = 64 if name == "1.weight" else 0
        initial += draw.integers(parameter.numel(), around - 32, around + 32)
    return initial


def train(network, optimizer, loss_of, x, y):
    losses, costs = [], []
    for update in range(UPDATES):
        first = update * BATCH % SAMPLES
        loss = loss_of(network(x[first : first + BATCH]), y[first : first + BATCH])
        squares = sum((network[i].weight ** 2).sum() for i in (0, 3))
        cost = loss + LAMBDA * squares
        losses.append(loss.item())
        costs.append(cost.item())
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    return losses, costs


def declare_trajectory(name, network, losses, costs):
    # PyTorch's running variance averages unbiased ones, cltrain's those of the population.
    start = MOMENTUM**UPDATES
    variance = start + (network[1].running_var - start) * (BATCH - 1) / BATCH
    print("/* before each update */")
    declare("double", f"{name}_losses", losses)
    declare("double", f"{name}_costs", costs)
    print("/* after the last one */")
    declare("double", f"{name}_final", [v for p in network.parameters() for v in numbers(p)])
    declare("double", f"{name}_running_mean", numbers(network[1].running_mean))
    declare("double", f"{name}_running_var", numbers(variance))


def main():
    torch.set_default_dtype(torch.float64)
    draw = Stream()
    images = draw.integers(SAMPLES * FEATURES, 0, 255)
    labels = draw.integers(SAMPLES, 0, CLASSES - 1)
    mean = [100.5 + 8 * f for f in range(FEATURES)]
    scale = [1 / 64 if f % 2 else 1 / 32 for f in range(FEATURES)]
    initial = draw_initial(draw)
    x = torch.tensor(images, dtype=torch.float64).reshape(SAMPLES, FEATURES)
    x = (x - torch.tensor(mean)) * torch.tensor(scale)
    y = torch.tensor(labels)

    print("/* trajectory.h - written by trajectory.py, which says what it is. */")
    print("#ifndef CLT_TESTS_TRAJECTORY_H\n#define CLT_TESTS_TRAJECTORY_H\n")
    print("#include <stdint.h>\n\n/* clang-format off */")
    declare("uint8_t", "images", images)
    declare("uint16_t", "labels", labels)
    declare("float", "mean", mean)
    declare("float", "scale", scale)
    print("/* in 64ths; in the order of the flat vector */")
    declare("int", "initial", initial)
    for name, (optimizer, loss_of) in TRAJECTORIES.items():
        network = build(initial)
        losses, costs = train(network, optimizer(network.parameters()), loss_of, x, y)
        declare_trajectory(name, network, losses, costs)
    print("#endif")


main()
