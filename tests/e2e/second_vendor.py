"""The main job's config, shortened, on PoCL and on a device of another vendor."""
import os

from cltrain import FASHION_MNIST, POCL, ROOT, RunDirectory, expect, main, run, sets, skip

CLOSE = 0.005


def accuracies(where, name, *arguments):
    run('run', ROOT / 'configs/fashion-mnist.cfg', '--quiet', '--out', where / name, *arguments,
        *sets(expect='()', train__epochs=5))
    done = RunDirectory(where / name)
    device = done.json['device']
    member = done.members[0]
    print(f'{device["platform"]}, {device["name"]}: {done.json["seconds"]:.1f} s')
    return device, [member[f'{split}_accuracy'] for split in ('train', 'val', 'test')]


def same_accuracy(where):
    second = os.environ.get('CLTRAIN_SECOND_DEVICE')
    if not second:
        skip('CLTRAIN_SECOND_DEVICE does not name a device of another vendor (as --device does)')
    if not FASHION_MNIST.is_dir():
        skip(f'no {FASHION_MNIST}: install dataset-fashion-mnist')
    device, wanted = accuracies(where, 'first', '--device', POCL)
    other, found = accuracies(where, 'second', '--device', second)
    expect(device['platform'] != other['platform'], 'two vendors')
    for split, a, b in zip(('train', 'validation', 'test'), wanted, found):
        expect(abs(a - b) <= CLOSE, f'{split} accuracy: {a:.4f} and {b:.4f}')


main(same_accuracy)
