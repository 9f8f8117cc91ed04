"""Training steps, populations and whole runs in PyTorch, on the CPU. See peer.py."""
import functools

import numpy
import peer
import torch
import workloads


def network(sizes, batch_norm):
    torch.manual_seed(0)
    modules = []
    for layer, (n, m) in enumerate(zip(sizes, sizes[1:])):
        modules.append(torch.nn.Linear(n, m))
        torch.nn.init.kaiming_normal_(modules[-1].weight)
        torch.nn.init.zeros_(modules[-1].bias)
        if layer < len(sizes) - 2:
            modules += [torch.nn.BatchNorm1d(m)] * batch_norm + [torch.nn.ReLU()]
    return torch.nn.Sequential(*modules)


def descent(model, learning_rate, l2):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, weight_decay=2 * l2)


def tensors(batches):
    return [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in batches]


def steps(workload, seconds, compiled=False):
    sizes, batch, batch_norm = workloads.STEPS[workload]
    model = network(sizes, batch_norm)
    optimizer = descent(model, workloads.LEARNING_RATE, workloads.L2)
    batches = peer.endless(tensors(peer.samples(sizes[0], sizes[-1], batch)))

    def loss(x, labels):
        return torch.nn.functional.cross_entropy(model(x), labels)

    loss = torch.compile(loss) if compiled else loss

    def step():
        optimizer.zero_grad()
        loss(*next(batches)).backward()
        optimizer.step()

    return peer.rate(step, seconds)


def population(members, seconds):
    """torch.func.vmap over the gradient of the cost of one a2-2layer."""
    sizes, batch, _ = workloads.STEPS['a2-2layer']
    torch.manual_seed(0)
    n, hidden, out = sizes
    parameters = (torch.randn(members, n, hidden) * (2 / n) ** 0.5, torch.zeros(members, hidden),
                  torch.randn(members, hidden, out) * (2 / hidden) ** 0.5, torch.zeros(members, out))
    factors = torch.logspace(-5, -2, members)
    batches = peer.endless(tensors(peer.samples(n, out, batch)))

    def cost(parameters, factor, x, labels):
        first, first_bias, second, second_bias = parameters
        scores = torch.relu(x @ first + first_bias) @ second + second_bias
        penalty = first.square().sum() + second.square().sum()
        return torch.nn.functional.cross_entropy(scores, labels) + factor * penalty

    gradients = torch.func.vmap(torch.func.grad(cost), in_dims=(0, 0, None, None))

    def step():
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients(parameters, factors, *next(batches))):
                parameter.sub_(gradient, alpha=workloads.LEARNING_RATE)

    return peer.rate(step, seconds, members)


def whole(folder, hidden):
    training = workloads.WHOLE_TRAINING
    parts = {name: tuple(map(torch.from_numpy, part))
             for name, part in peer.fashion_mnist(folder, training['validation']).items()}
    x, labels = parts['train']
    model = network([x.shape[1], *hidden, workloads.CLASSES], False)
    optimizer = descent(model, training['learning_rate'], training['l2'])

    def epoch(order):
        for chosen in torch.from_numpy(order).split(training['batch']):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[chosen]), labels[chosen]).backward()
            optimizer.step()

    def evaluate(x, labels):
        with torch.no_grad():
            scores = model(x)
            loss = torch.nn.functional.cross_entropy(scores, labels).item()
            return loss, (scores.argmax(1) == labels).float().mean().item()

    peer.train_whole(parts, training, epoch, evaluate)


if __name__ == '__main__':
    version = {'version': f'PyTorch {torch.__version__}, NumPy {numpy.__version__}'}
    peer.main({'version': lambda: version, 'steps': steps,
               'compiled_steps': functools.partial(steps, compiled=True), 'population': population},
              whole)
