"""PyTorch reads the network of a member file and gives the same predictions."""
import gzip
import json
import os
import sys

from cltrain import (CONFIGS, FASHION_MNIST, RunDirectory, expect, expect_equal, main, run, skip)

try:
    import torch
except ImportError:
    other = os.environ.get('CLTRAIN_TORCH_PYTHON')
    if other and os.path.exists(other) and sys.executable != other:
        os.execv(other, [other, *sys.argv])
    skip('no PyTorch; CLTRAIN_TORCH_PYTHON may name a Python that has it')

TYPES = {'F32': torch.float32, 'I64': torch.int64}


def build(metadata):
    """nn.Sequential from a member file's description of its layers."""
    nn = torch.nn
    channels, height, width = json.loads(metadata['input'])
    features = channels * height * width
    modules = []
    for layer in json.loads(metadata['layers']):
        kind = layer['type']
        if kind == 'dense':
            modules.append(nn.Linear(features, layer['units']))
            features = layer['units']
        elif kind == 'batch_norm':  # PyTorch's momentum is the new batch's share
            modules.append(nn.BatchNorm1d(features, eps=layer['epsilon'], momentum=1 - layer['momentum']))
        elif kind == 'leaky_relu':
            modules.append(nn.LeakyReLU(layer['slope']))
        elif kind == 'dropout':
            modules.append(nn.Dropout(layer['rate']))
        else:
            modules.append({'relu': nn.ReLU, 'sigmoid': nn.Sigmoid, 'tanh': nn.Tanh,
                            'flatten': nn.Flatten}[kind]())
    return nn.Sequential(*modules).eval()


def load(file):
    """The file's network, its weights in place."""
    model = build(file.metadata)
    model.load_state_dict({name: torch.frombuffer(bytearray(data), dtype=TYPES[kind]).reshape(shape)
                           for name, (kind, shape, data) in file.tensors.items()}, strict=True)
    return model


def read_idx(name, offset):
    with gzip.open(FASHION_MNIST / name) as file:
        return torch.frombuffer(bytearray(file.read()[offset:]), dtype=torch.uint8)


def count_hits(file):
    """Of the 10,000 test images."""
    images = read_idx('t10k-images-idx3-ubyte.gz', 16).reshape(10000, 784).float()
    labels = read_idx('t10k-labels-idx1-ubyte.gz', 8).long()
    normalization = json.loads(file.metadata['normalization'])
    mean, scale = (torch.tensor(normalization[key]) for key in ('mean', 'scale'))
    with torch.no_grad():
        scores = load(file)((images - mean) * scale)
    return int((scores.argmax(dim=1) == labels).sum())


def same_accuracy(where):
    if not FASHION_MNIST.is_dir():
        skip(f'no {FASHION_MNIST}: install dataset-fashion-mnist')
    run('run', CONFIGS / 'layers.cfg', '--quiet', '--out', where / 'run', '--set',
        'population=({ key = "seed"; count = 2; })', '--set', 'report.every_updates=100')
    done = RunDirectory(where / 'run')
    for member in done.members:
        for which, accuracy in (('last', member['test_accuracy']),
                                ('best', member['best']['test_accuracy'])):
            file = done.member(which, member['index'])
            hits, wanted = count_hits(file), round(accuracy * 10000)
            expect(abs(hits - wanted) <= 1, f'member {member["index"]}, {which}: PyTorch has {hits} '
                   f'of 10000 right, cltrain {wanted}')
    expect(done.members[0]['test_accuracy'] > 0.7, 'which is more than chance')


def the_safetensors_package(where):
    """The library that others read the files with takes them too."""
    try:
        from safetensors.torch import load_file
    except ImportError:
        print('left out: no safetensors package')
        return
    run('run', CONFIGS / 'layers.cfg', '--quiet', '--out', where / 'run', '--set', 'train.epochs=0',
        '--set', 'train.updates=1', '--set', 'report.train_samples=1000')
    file = RunDirectory(where / 'run').member('last', 0)
    found = load_file(file.path)
    expect_equal({name: (list(tensor.shape), tensor.numpy().tobytes()) for name, tensor in found.items()},
                 {name: (shape, data) for name, (_, shape, data) in file.tensors.items()},
                 f'{len(found)} tensors')


main(same_accuracy, the_safetensors_package)
