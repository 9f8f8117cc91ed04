"""The main job's config, shortened, on PoCL and on a device of another vendor."""
import os

from cltrain import FASHION_MNIST, POCL, ROOT, RunDirectory, expect, expect_equal, main, run, sets, skip

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


def second_start_compiles_nothing(where):
    second = os.environ['CLTRAIN_SECOND_DEVICE']
    env = {'XDG_CACHE_HOME': where, 'CLTRAIN_CALL_COUNT': where / 'counts',
           'OPENCL_LAYERS': os.environ.get('CLTRAIN_OPENCL_LAYER', '')}
    found = []
    for _ in range(2):
        run('check', ROOT / 'configs/fashion-mnist.cfg', '--device', second, env=env)
        counts = env['CLTRAIN_CALL_COUNT']
        if not counts.exists() or 'clBuildProgram 0\n' in counts.read_text():
            skip('the OpenCL loader takes no layer that counts')
        found.append(dict(line.split() for line in counts.read_text().splitlines()))
    if not (where / 'cltrain/programs').exists():
        skip(f'the driver of {second} keeps programs itself')
    expect(found[0]['clCreateProgramWithSource'] != '0', 'the first start compiles')
    expect_equal(found[1]['clCreateProgramWithSource'], '0', 'programs that the second compiles')
    expect_equal(found[1]['clCreateProgramWithBinary'], found[0]['clCreateProgramWithSource'],
                 'programs that the second loads')


main(same_accuracy, second_start_compiles_nothing)
