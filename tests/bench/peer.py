"""What the peers share. A peer is a program of two forms:

  PEER                        reads requests, a JSON object a line, and answers each by a line:
                              {"task": NAME, ...its arguments} -> {...}, or {"error": TEXT}
  PEER whole FOLDER HIDDEN... trains a network on Fashion-MNIST from start to end and leaves
"""
import gzip
import json
import pathlib
import statistics
import sys
import time

import numpy

SLICES = 7


def rate(work, seconds, amount=1):
    """Calls of work() a second times `amount`, in slices after a warm-up, as cltrain bench measures:
    the median of them, and the highest."""
    def seconds_of(count):
        start = time.perf_counter()
        for _ in range(count):
            work()
        return time.perf_counter() - start

    seconds_of(1)
    count = 1
    while (took := seconds_of(count)) < seconds / SLICES / 2:
        count *= 2
    count = max(1, int(seconds / SLICES / took * count))
    rates, end = [], time.perf_counter() + seconds
    while len(rates) < 3 or time.perf_counter() < end:
        rates.append(count / seconds_of(count))
    return {'median': statistics.median(rates) * amount, 'highest': max(rates) * amount}


def samples(features, classes, batch, count=10000):
    """Normalised batches, one after another and over again; drawing and gathering them is not timed."""
    draw = numpy.random.default_rng(1)
    x = draw.standard_normal((count // batch * batch, features), dtype=numpy.float32)
    y = draw.integers(0, classes, len(x))
    return [(x[i:i + batch], y[i:i + batch]) for i in range(0, len(x), batch)]


def endless(batches):
    while True:
        yield from batches


def read_idx(path):
    with gzip.open(path) as file:
        data = file.read()
    sizes = numpy.frombuffer(data, '>u4', data[3], 4)
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3]).reshape(sizes)


def fashion_mnist(folder, validation):
    """{part: (x, y)} of train, validation and test, each feature normalised by the training part."""
    def part(name):
        images = read_idx(pathlib.Path(folder) / f'{name}-images-idx3-ubyte.gz')
        labels = read_idx(pathlib.Path(folder) / f'{name}-labels-idx1-ubyte.gz')
        return images.reshape(len(images), -1).astype(numpy.float32), labels.astype(numpy.int64)

    x, y = part('train')
    parts = {'train': (x[:-validation], y[:-validation]), 'validation': (x[-validation:], y[-validation:]),
             'test': part('t10k')}
    mean, deviation = parts['train'][0].mean(0), parts['train'][0].std(0)
    deviation[deviation == 0] = 1
    return {name: ((x - mean) / deviation, y) for name, (x, y) in parts.items()}


def train_whole(parts, training, epoch, evaluate):
    """Epochs in a new order each, train and validation measured after each, test at the end."""
    draw = numpy.random.default_rng(1)
    for number in range(training['epochs']):
        epoch(draw.permutation(len(parts['train'][1])))
        for name in ('train', 'validation'):
            print(f'epoch {number + 1} {name} loss %.4f accuracy %.4f' % evaluate(*parts[name]), flush=True)
    print('test loss %.4f accuracy %.4f' % evaluate(*parts['test']), flush=True)


def main(tasks, whole):
    """`tasks`: functions by name; `whole`: function of folder and hidden layers."""
    if len(sys.argv) > 1:
        whole(sys.argv[2], [int(size) for size in sys.argv[3:]])
        return
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = tasks[request.pop('task')](**request)
        except Exception as error:  # a peer that cannot do this may well do the next
            reply = {'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(reply), flush=True)
