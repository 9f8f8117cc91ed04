"""The gradients that gradcheck writes against PyTorch's in double."""
import json
import os
import sys

from cltrain import Failure, expect, expect_equal, main, run, skip
import gradcheck_cases

try:
    import numpy
    import torch
    from torch.nn import functional
except ImportError:
    other = os.environ.get('CLTRAIN_TORCH_PYTHON')
    if other and os.path.exists(other) and sys.executable != other:
        os.execv(other, [other, *sys.argv])
    skip('no PyTorch; CLTRAIN_TORCH_PYTHON may name a Python that has it')

BOUND = 1e-12
SAMPLES = 19  # a batch that fills neither a panel nor a draw of four random numbers


def philox(counter, key):
    """Philox4x32-10 on arrays of counters [4][n]."""
    mask = numpy.uint64(0xFFFFFFFF)
    c = [numpy.asarray(part, dtype=numpy.uint64) for part in counter]
    k = list(key)
    for _ in range(10):
        first, second = c[0] * numpy.uint64(0xD2511F53), c[2] * numpy.uint64(0xCD9E8D57)
        shift = numpy.uint64(32)
        c = [
            (second >> shift) ^ c[1] ^ numpy.uint64(k[0]),
            second & mask,
            (first >> shift) ^ c[3] ^ numpy.uint64(k[1]),
            first & mask,
        ]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def dropout_mask(seed, layer, rate, features, samples):
    """[samples][features], as cl/row_dropout.clh draws it for update 0."""
    row = (samples + 3) // 4 * 4  # of a unit
    fours = numpy.arange(features * row // 4, dtype=numpy.uint64)
    zeros = numpy.zeros_like(fours)
    counter = [fours, zeros + numpy.uint64(layer), zeros, zeros + numpy.uint64(0x30000000)]
    bits = philox(counter, [seed & 0xFFFFFFFF, seed >> 32])
    drawn = numpy.stack(bits, axis=1).reshape(features, row)[:, :samples]
    kept = drawn >= numpy.uint64(int(rate * 2**32))
    return torch.from_numpy((kept / (1 - rate)).T.copy())


def forward(member, parameters, x):
    for i, layer in enumerate(member['layers']):
        kind = layer['type']
        weight, bias = parameters.get(f'{i}.weight'), parameters.get(f'{i}.bias')
        if kind == 'dense':
            x = functional.linear(x, weight, bias)
        elif kind == 'batch_norm':
            x = functional.batch_norm(
                x, None, None, weight, bias, training=True, eps=layer['epsilon']
            )
        elif kind == 'relu':
            x = functional.relu(x)
        elif kind == 'leaky_relu':
            x = functional.leaky_relu(x, layer['slope'])
        elif kind == 'dropout':
            x = x * dropout_mask(member['seed'], i, layer['rate'], x.shape[1], x.shape[0])
        else:
            x = {'tanh': torch.tanh, 'sigmoid': torch.sigmoid}[kind](x)
    return x


def load(folder, vector):
    """{name: [members][...]}"""
    return {path.stem: numpy.load(path) for path in sorted((folder / vector).iterdir())}


def gradients(folder, member, number):
    parameters = {name: torch.from_numpy(array[number]).requires_grad_()
                  for name, array in load(folder, 'parameters').items()}
    x = torch.from_numpy(numpy.load(folder / 'input.npy'))
    labels = torch.from_numpy(numpy.load(folder / 'labels.npy').astype(numpy.int64))
    scores = forward(member, parameters, x)
    if member['loss'] == 'sigmoid':
        onehot = functional.one_hot(labels, scores.shape[1]).to(scores.dtype)
        cost = functional.binary_cross_entropy_with_logits(scores, onehot)
    else:
        cost = functional.cross_entropy(scores, labels)
    for value in parameters.values():
        if value.ndim == 2:  # weights of dense layers: the only ones under weight decay
            cost = cost + member['l2'] * (value ** 2).sum()
    cost.backward()
    return {name: value.grad.numpy() for name, value in parameters.items()}


def compare(name, folder):
    """The largest ||a - t|| / (||a|| + ||t||) over the tensors that have a gradient."""
    analytic, worst = load(folder, 'analytic'), 0
    for number, member in enumerate(json.loads((folder / 'model.json').read_text())['members']):
        for tensor, wanted in gradients(folder, member, number).items():
            got = analytic[tensor][number]
            norms = numpy.linalg.norm(got) + numpy.linalg.norm(wanted)
            difference = numpy.linalg.norm(got - wanted)
            if norms > BOUND:
                worst = max(worst, difference / norms)
            elif not difference <= BOUND:
                raise Failure(f'{name}: {tensor} is off by {difference}')
    expect(worst < BOUND, f'{name}: relative difference to PyTorch {worst:.1e}')


def gradients_equal_pytorchs(where):
    for name, config in gradcheck_cases.write(where).items():
        report = json.loads(run('gradcheck', config, '--json', '--samples', SAMPLES,
                                '--dump', where / name).out)
        if report['real'] != 'double':
            skip('the device has no fp64')
        compare(name, where / name)


def differences_have_nan_where_none_was_taken(where):
    config = gradcheck_cases.write(where)['two-layers']
    run('gradcheck', config, '--coordinates', 7, '--dump', where / 'dump')
    numeric = load(where / 'dump', 'numeric')['0.weight']
    expect_equal(numeric.shape, (1, 20, 784), 'members, outputs, inputs')
    expect_equal(int(numpy.isfinite(numeric).sum()), 7, 'differences')


main(gradients_equal_pytorchs, differences_have_nan_where_none_was_taken)
