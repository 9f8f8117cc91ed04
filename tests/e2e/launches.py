"""A training step makes the same launches for one member and for many, and few of them, counted
beneath the program by tests/support/opencl_layer.c, CLBlast's own included."""
import json
import os
import random
import struct

from cltrain import (CONFIGS, POCL, ROOT, Small, expect, expect_equal, launch_counter, launches_of,
                     main, run, sets, skip)

STEPS_PER_EPOCH = 8  # the last of them with a smaller batch
# Reports at the first and the last update only, and no best checkpoint to measure in the end: what
# is launched beside the steps does not depend on their number.
QUIET = {'train__epochs': 0, 'report__every_updates': 1000000, 'data__validation': 0}
SMALL = {**QUIET, 'train__batch_size': 56}  # 430 = 7 * 56 + 38

# Launches of a step at most on a CPU, where small steps run as one and updates are folded in.
BENCH = {'a1-softmax': 4, 'a2-2layer': 4, 'a3-3layer-bn': 4, 'a3-9layer-bn': 4, 'wide-mlp': 14}
BENCH_DATA = {**QUIET, 'device': POCL, 'data__format': 'idx', 'report__train_samples': 100}
MANY = {name: 5 if name == 'wide-mlp' else 30 for name in BENCH}  # members


def counted(config, out, env, updates, values):
    """Launches of a training of so many updates."""
    counts = out.with_suffix('.counts')
    run('run', config, '--out', out, '--quiet', *sets(train__updates=updates, **values),
        env={**env, **launch_counter(counts)})
    return launches_of(counts)


def promised(config, env, values):
    return json.loads(run('check', config, '--json', *sets(train__updates=1, **values), env=env).out)


def need_counter():
    if 'CLTRAIN_OPENCL_LAYER' not in os.environ:
        skip('CLTRAIN_OPENCL_LAYER does not name the built tests/support/opencl_layer.so')


def same_for_all(where):
    need_counter()
    small = Small(where)
    for backend in ('native', 'clblast'):
        small.run(f'first-{backend}', backend=backend)  # a first training tests the device
        found = {}
        for config, members in (('small', 1), ('five', 5)):
            path, values = CONFIGS / f'{config}.cfg', {**SMALL, 'gemm__backend': backend}
            count = {n: counted(path, where / f'{config}-{backend}-{n}', small.env, n, values)
                     for n in (3, 7, 8, 16)}
            told = promised(path, small.env, values)
            expect_equal(told['updates_per_epoch'], STEPS_PER_EPOCH, f'{config}: steps of an epoch')
            step, rest = divmod(count[7] - count[3], 4)
            expect_equal(rest, 0, f'{backend}, P = {members}: each step launches the same number')
            expect_equal(step, told['launches_per_step'],
                         f'{backend}, P = {members}: {step} launches a step, as `cltrain check` says')
            expect_equal(count[8] - count[7], step, f'{backend}, P = {members}: the smaller batch too')
            expect_equal(count[16] - count[8], STEPS_PER_EPOCH * step,
                         f'{backend}, P = {members}: another epoch')
            found[members] = step, count
        expect(found[1] == found[5], f'{backend}: the same for P = 1 and P = 5, in all: {found[1][1]}')


def with_each_optimizer(where):
    """Momentum and Adam store gradients: one launch updates everything, and no more are added."""
    need_counter()
    small = Small(where)
    for backend in ('native', 'clblast'):
        small.run(f'first-{backend}', backend=backend)
        values = {**SMALL, 'gemm__backend': backend}
        plain = promised(CONFIGS / 'small.cfg', small.env, values)['launches_per_step']
        for name, optimizer in (('momentum', '{ type = "sgd"; momentum = 0.9; }'),
                                ('adam', '{ type = "adam"; }')):
            values['train__optimizer'] = optimizer
            for config, members in (('small', 1), ('five', 5)):
                path = CONFIGS / f'{config}.cfg'
                few, more = (counted(path, where / f'{backend}-{name}-{members}-{n}', small.env, n,
                                     values) for n in (3, 7))
                step, rest = divmod(more - few, 4)
                told = promised(path, small.env, values)['launches_per_step']
                what = f'{name}, {backend}, P = {members}'
                expect_equal([step, rest], [told, 0], f'{what}: {step} launches a step')
                expect_equal(step, plain + (backend == 'native'), f'{what}: beside {plain} without')


def write_pictures(where):
    """As many features as CIFAR-10 has."""
    where.mkdir()
    source = random.Random(1)
    for part, count in (('train', 1000), ('t10k', 100)):
        (where / f'{part}-images-idx3-ubyte').write_bytes(
            struct.pack('>4I', 0x803, count, 32, 96) + source.randbytes(count * 32 * 96))
        (where / f'{part}-labels-idx1-ubyte').write_bytes(
            struct.pack('>2I', 0x801, count) + bytes(i % 10 for i in range(count)))
    return where


def bench_step(where, name, backend, members):
    """Launches of a step of configs/bench/`name`.cfg."""
    config = where / f'{name}-{members}.cfg'
    config.write_text(f'base = "{ROOT}/configs/bench/{name}.cfg";\n'
                      f'population = ( {{ key = "seed"; count = {members}; }} );\n')
    env, values = {'CLTRAIN_CIFAR10': where / 'pictures'}, {**BENCH_DATA, 'gemm__backend': backend}
    few, more = (counted(config, where / f'{name}-{backend}-{members}-{n}', env, n, values)
                 for n in (1, 3))
    step, rest = divmod(more - few, 2)
    what = f'{name}, {backend}, P = {members}'
    expect_equal(rest, 0, f'{what}: each step launches the same number')
    told = promised(config, env, values)
    expect_equal(told['gemm_backend'], backend, f'{what}: the backend')
    expect_equal(step, told['launches_per_step'], f'{what}: {step} launches a step')
    return step


def few_for_each_workload(where):
    need_counter()
    small = Small(where)
    for backend in ('native', 'clblast'):
        small.run(f'first-{backend}', '--device', POCL, backend=backend)
    write_pictures(where / 'pictures')
    for name, most in BENCH.items():
        one, many = (bench_step(where, name, 'native', members) for members in (1, MANY[name]))
        expect(one == many <= most, f'{name}: {one} launches a step for any P, at most {most}')
    for name in ('a1-softmax', 'a3-3layer-bn'):
        one, many = (bench_step(where, name, 'clblast', members) for members in (1, MANY[name]))
        expect(one == many, f'{name} with CLBlast: {one} launches a step for any P')


main(same_for_all, with_each_optimizer, few_for_each_workload)
