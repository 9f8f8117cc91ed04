"""Training samples that are mirrored and moved: the same ones however a run is made, and training
samples alone."""
import gzip
import json
import struct

from cltrain import (CONFIGS, Small, expect, expect_equal, expect_errors, expect_same_run,
                     expect_same_tensors, main, run, sets, write_small_data)

AUGMENT = {'data__augment__mirror': 'true', 'data__augment__shift': 3}
MEMBERS = 3
TWO_KEYS = {'population': '({ key = "train.l2"; values = (1e-3, 1e-2, 0.0); },'
                          ' { key = "seed"; values = (4, 5, 6); zip = true; })'}
UPDATES = 16


class Larger(Small):
    """As Small, but with more images than a MiB holds."""

    def __init__(self, where):
        self.where = where
        self.env = {'CLTRAIN_SMALL_DATA': write_small_data(where / 'data', train=1700, test=600)}


def differ(one, other):
    return one.member('last', 0).tensors['0.weight'] != other.member('last', 0).tensors['0.weight']


def each_setting_counts(where):
    small = Small(where)
    plain = small.run('plain')
    off = small.run('off', data__augment__mirror='false', data__augment__shift=0)
    expect_same_run(off, plain, 'all off')
    runs = [plain, *(small.run(name, **values) for name, values in (
        ('mirrored', {'data__augment__mirror': 'true'}), ('moved', {'data__augment__shift': 3}),
        ('farther', {'data__augment__shift': 4}), ('both', AUGMENT),
        ('seed', {'data__seed': 1, 'train__shuffle': 'none', **AUGMENT}),
        ('other-seed', {'data__seed': 2, 'train__shuffle': 'none', **AUGMENT})))]
    for i, one in enumerate(runs):
        expect(all(differ(one, other) for other in runs[:i]), f'{one.path.name} is unlike the others')
    first = [[row for row in each.metrics() if row['update'] == '0'] for each in runs[:5]]
    expect(all(rows == first[0] for rows in first), 'the measures before training are the same')


def member_equals_solo_run(where):
    small = Small(where)
    for backend in ('native', 'clblast'):
        together = small.run(backend, backend=backend, **AUGMENT, **TWO_KEYS)
        for k in range(MEMBERS):
            alone = small.run(f'{backend}-{k}', '--member', k, backend=backend, **AUGMENT, **TWO_KEYS)
            for which in ('last', 'best'):
                expect_same_tensors(together.member(which, k), alone.member(which, 0),
                                    f'{backend}, member {k}: {which}')


def backends_agree(where):
    small = Small(where)
    native, clblast = (small.run(backend, backend=backend, **AUGMENT)
                       for backend in ('native', 'clblast'))
    expect_same_run(native, clblast, 'clblast against native')


def resumed(where):
    small = Small(where)
    whole = small.run('whole', **AUGMENT)
    for update in range(1, UPDATES, 2):
        stopped = small.run(f'at-{update}', train__stop_at_update=update, **AUGMENT)
        run('resume', stopped.path, '--quiet', env=small.env)
        expect_same_run(stopped, whole, f'stopped at {update}')


def streamed(where):
    larger = Larger(where)
    values = {'train__epochs': 2, 'report__every_updates': 13, **AUGMENT}
    for shuffle in ('epoch', 'none'):
        both = [larger.run(f'{shuffle}-{memory}', train__shuffle=shuffle,
                           data__device_memory=memory, **values) for memory in (0, 1)]
        expect_same_run(both[1], both[0], f'shuffle = {shuffle}: streamed against resident')
    told = json.loads(run('check', CONFIGS / 'small.cfg', '--json', *sets(data__device_memory=1),
                          env=larger.env).out)
    expect_equal(told['samples'], 'streamed', 'so it was')


def seen_as_they_are(where):
    """By what measures, predicts, or takes gradients."""
    small = Small(where)
    trained = small.run('trained', **AUGMENT)
    told = json.loads(run('eval', trained.path, '--json', env=small.env).out)
    expect_equal(told['members'][0]['accuracy'], trained.members[0]['test_accuracy'], 'eval')
    checks = [json.loads(run('gradcheck', CONFIGS / 'small.cfg', '--json', *options,
                             *sets(**values), env=small.env).out)
              for options, values in (((), {}), ((), AUGMENT), (('--features', 30), AUGMENT))]
    expect_equal(checks[1], checks[0], 'gradcheck, augmented or not')
    expect(all(row['passed'] for row in checks[2]['differences']['tensors']),
           'gradcheck of parts of pictures')


def refused(where):
    small = Small(where)
    small_cfg = CONFIGS / 'small.cfg'
    for values, pattern in (
            ({'data__augment__shift': 28}, r'data\.augment\.shift: 28 pixels move pictures of 28 x 28 '
                                           r'out of sight; choose at most 27'),
            ({'data__augment__shift': -1}, r'data\.augment\.shift: must be at least 0'),
            ({'data__augment__mirror': 1}, r'data\.augment\.mirror: must be true or false'),
            ({'data__augment__turn': 1}, r'data\.augment\.turn: no such key')):
        expect_errors(run('run', small_cfg, *sets(**values), env=small.env, code=2), pattern)
    small.run('most', data__augment__shift=27)
    write_vectors(where / 'vectors')
    for values, key in ((AUGMENT, 'mirror'), ({'data__augment__shift': 1}, 'shift')):
        told = run('check', small_cfg, *sets(**values), env={'CLTRAIN_SMALL_DATA': where / 'vectors'},
                   code=2)
        expect_errors(told, rf'data\.augment\.{key}: wants pictures, .* height of 1 and a width of 784')


def write_vectors(folder):
    """The same data, each sample a plain vector."""
    write_small_data(folder)
    for path in folder.glob('*images*'):
        with gzip.open(path) as file:
            content = file.read()
        count, height, width = struct.unpack('>III', content[4:16])
        with gzip.open(path, 'wb') as file:
            file.write(content[:3] + bytes([2]) + struct.pack('>II', count, height * width) + content[16:])


main(each_setting_counts, member_equals_solo_run, backends_agree, resumed, streamed, seen_as_they_are,
     refused)
