"""Training steps, populations, products and whole runs in NumPy. See peer.py."""
import numpy
import peer
import workloads

EPSILON = 1e-5


class Network:
    """Dense layers with ReLU between them, batch normalisation before it where asked for; softmax
    cross-entropy and an L2 penalty on the weights. Samples are rows. Running statistics, which only an
    evaluation would read, are left out."""

    def __init__(self, sizes, batch_norm, learning_rate, l2):
        draw = numpy.random.default_rng(0)
        self.weights = [(draw.standard_normal((n, m)) * numpy.sqrt(2 / n)).astype(numpy.float32)
                        for n, m in zip(sizes, sizes[1:])]
        self.gradients = [numpy.empty_like(weight) for weight in self.weights]
        self.biases = [numpy.zeros(m, numpy.float32) for m in sizes[1:]]
        self.scales = [numpy.ones(m, numpy.float32) for m in sizes[1:-1]] if batch_norm else []
        self.batch_norm = batch_norm
        self.rate, self.shrink = numpy.float32(learning_rate), numpy.float32(1 - 2 * learning_rate * l2)

    def forward(self, x, kept=None):
        """Scores. `kept` receives each layer's input, and (normalised, 1 / deviation) of hidden ones."""
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            y = x @ weight
            normalised = None
            hidden = layer < len(self.weights) - 1
            if hidden and self.batch_norm:
                y -= y.mean(0)
                inverse = 1 / numpy.sqrt(numpy.square(y).mean(0) + EPSILON)
                y *= inverse
                normalised = y, inverse
                y = y * self.scales[layer]
            y += bias
            if hidden:
                numpy.maximum(y, 0, out=y)
            if kept is not None:
                kept.append((x, normalised))
            x = y
        return x

    def through_batch_norm(self, layer, gradient, normalised, inverse):
        """The gradient of its input; updates its scale. The bias behind it is the shift."""
        of_scale = (gradient * normalised).sum(0)
        mean = gradient.mean(0)
        gradient -= mean
        gradient -= normalised * (of_scale / len(gradient))
        gradient *= self.scales[layer] * inverse
        self.scales[layer] -= self.rate * of_scale

    def step(self, x, labels):
        kept = []
        gradient = softmax(self.forward(x, kept))
        gradient[numpy.arange(len(labels)), labels] -= 1
        gradient /= len(labels)
        for layer in reversed(range(len(self.weights))):
            x, normalised = kept[layer]
            weight, of_weight = self.weights[layer], self.gradients[layer]
            self.biases[layer] -= self.rate * gradient.sum(0)
            if normalised:
                self.through_batch_norm(layer, gradient, *normalised)
            numpy.matmul(x.T, gradient, out=of_weight)
            if layer:
                gradient = gradient @ weight.T
                gradient *= x > 0
            of_weight *= self.rate
            weight *= self.shrink
            weight -= of_weight

    def evaluate(self, x, labels):
        scores = self.forward(x)
        scores -= scores.max(1, keepdims=True)
        losses = numpy.log(numpy.exp(scores).sum(1)) - scores[numpy.arange(len(labels)), labels]
        return losses.mean(), (scores.argmax(1) == labels).mean()


def softmax(scores):
    scores -= scores.max(-1, keepdims=True)
    numpy.exp(scores, out=scores)
    scores /= scores.sum(-1, keepdims=True)
    return scores


def steps(workload, seconds):
    sizes, batch, batch_norm = workloads.STEPS[workload]
    network = Network(sizes, batch_norm, workloads.LEARNING_RATE, workloads.L2)
    batches = peer.endless(peer.samples(sizes[0], sizes[-1], batch))
    return peer.rate(lambda: network.step(*next(batches)), seconds)


def factors(members):
    return numpy.logspace(-5, -2, members).astype(numpy.float32)


def one_by_one(members, seconds):
    """A population of a2-2layer, one network after the other on each batch."""
    sizes, batch, batch_norm = workloads.STEPS['a2-2layer']
    networks = [Network(sizes, batch_norm, workloads.LEARNING_RATE, l2) for l2 in factors(members)]
    batches = peer.endless(peer.samples(sizes[0], sizes[-1], batch))

    def step():
        x, labels = next(batches)
        for network in networks:
            network.step(x, labels)

    return peer.rate(step, seconds, members)


class FusedPopulation:
    """The first layers of P networks as one matrix [in][P * hidden], the others as [P][hidden][out]."""

    def __init__(self, sizes, members, learning_rate):
        draw = numpy.random.default_rng(0)
        n, hidden, out = sizes
        self.members, self.hidden = members, hidden
        self.first = (draw.standard_normal((n, members * hidden)) * numpy.sqrt(2 / n)).astype(numpy.float32)
        self.second = (draw.standard_normal((members, hidden, out)) * numpy.sqrt(2 / hidden)
                       ).astype(numpy.float32)
        self.first_bias = numpy.zeros(members * hidden, numpy.float32)
        self.second_bias = numpy.zeros((members, 1, out), numpy.float32)
        self.rate = numpy.float32(learning_rate)
        shrink = 1 - 2 * self.rate * factors(members)
        self.shrink_first, self.shrink_second = numpy.repeat(shrink, hidden), shrink[:, None, None]

    def step(self, x, labels):
        wide = x @ self.first
        wide += self.first_bias
        numpy.maximum(wide, 0, out=wide)
        apart = wide.reshape(len(x), self.members, self.hidden).transpose(1, 0, 2)
        gradient = softmax(apart @ self.second + self.second_bias)
        gradient[:, numpy.arange(len(labels)), labels] -= 1
        gradient /= len(labels)
        of_wide = (gradient @ self.second.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(wide.shape)
        of_wide *= wide > 0
        self.second *= self.shrink_second
        self.second -= self.rate * (apart.transpose(0, 2, 1) @ gradient)
        self.second_bias -= self.rate * gradient.sum(1, keepdims=True)
        self.first_bias -= self.rate * of_wide.sum(0)
        of_wide *= self.rate
        self.first *= self.shrink_first
        self.first -= x.T @ of_wide


def fused(members, seconds):
    sizes, batch, _ = workloads.STEPS['a2-2layer']
    population = FusedPopulation(sizes, members, workloads.LEARNING_RATE)
    batches = peer.endless(peer.samples(sizes[0], sizes[-1], batch))
    return peer.rate(lambda: population.step(*next(batches)), seconds, members)


def product(m, n, k, trans_b, seconds):
    draw = numpy.random.default_rng(0)
    a = draw.standard_normal((m, k), dtype=numpy.float32)
    b = draw.standard_normal((n, k) if trans_b else (k, n), dtype=numpy.float32)
    b = b.T if trans_b else b
    c = numpy.empty((m, n), numpy.float32)
    return peer.rate(lambda: numpy.matmul(a, b, out=c), seconds, 2e-9 * m * n * k)


def whole(folder, hidden):
    training = workloads.WHOLE_TRAINING
    parts = peer.fashion_mnist(folder, training['validation'])
    x, labels = parts['train']
    network = Network([x.shape[1], *hidden, workloads.CLASSES], False, training['learning_rate'],
                      training['l2'])

    def epoch(order):
        for first in range(0, len(order), training['batch']):
            chosen = order[first:first + training['batch']]
            network.step(x[chosen], labels[chosen])

    peer.train_whole(parts, training, epoch, network.evaluate)


if __name__ == '__main__':
    peer.main({'version': lambda: {'version': f'NumPy {numpy.__version__}'}, 'steps': steps,
               'one_by_one': one_by_one, 'fused': fused, 'product': product}, whole)
