"""Learning-rate policies: the rates of metrics.csv, members that differ in them, resumed and lengthened runs."""
import math

from cltrain import (Small, expect, expect_equal, expect_errors, expect_same_run, expect_same_tensors, main,
                     run, sets)

CYCLE = 'min = 1e-3; max = 0.2; step_size = 4;'


def triangle(u):
    return min(u % 8, 8 - u % 8) / 4


POLICIES = {  # what stands in the config, and the rate after u updates of 16
    'constant': ('value = 0.05;', lambda u: 0.05),
    'triangular': (CYCLE, lambda u: 1e-3 + 0.199 * triangle(u)),
    'triangular2': (CYCLE, lambda u: 1e-3 + 0.199 * triangle(u) / 2 ** (u // 8)),
    'exp_range': (CYCLE + 'gamma = 0.9;', lambda u: 1e-3 + 0.199 * triangle(u) * 0.9 ** u),
    'step': ('value = 0.2; factor = 0.5; every = 5;', lambda u: 0.2 * 0.5 ** (u // 5)),
    'exponential': ('value = 0.2; decay = 0.5; every = 5;', lambda u: 0.2 * 0.5 ** (u / 5)),
    'cosine': ('min = 1e-3; max = 0.2;', lambda u: 1e-3 + 0.199 * (1 + math.cos(math.pi * u / 16)) / 2),
}
CYCLICAL = ('triangular', 'triangular2', 'exp_range')


def policy(name, more=''):
    return f'{{ policy = "{name}"; {POLICIES[name][0]} {more} }}'


def metrics(where):
    small = Small(where)
    for name, (_, rate) in POLICIES.items():
        done = small.run(name, train__learning_rate=policy(name, 'warm_up = 6;'), report__every_updates=1)
        rows = done.metrics()
        expect_equal(len(rows), 17, f'{name}: rows')
        wrong = [row for u, row in enumerate(rows) if not math.isclose(
            float(row['learning_rate']), rate(u) * min(1, u / 6), rel_tol=1e-8)]
        expect_equal(wrong, [], f'{name}: the rates of metrics.csv')
        expect_equal(rows[1]['train_loss'] == rows[0]['train_loss'], False,
                     f'{name}: running statistics move at a rate of 0')


def members(where):
    """Numbers of a policy differ by member."""
    small = Small(where)
    for name, key, values in (('constant', 'warm_up', '(0, 5, 12)'), ('exp_range', 'gamma', '(0.8, 0.9, 1.0)'),
                              ('step', 'every', '(2, 5, 9)'), ('step', 'factor', '(0.1, 0.5, 0.9)'),
                              ('exponential', 'decay', '(0.1, 0.5, 0.9)'), ('cosine', 'total', '(0, 8, 99)')):
        values = {'train__learning_rate': policy(name),
                  'population': f'({{ key = "train.learning_rate.{key}"; values = {values}; }})'}
        together = small.run(f'{name}-{key}', **values)
        for k in range(3):
            alone = small.run(f'{name}-{key}-{k}', '--member', k, **values)
            expect_same_tensors(together.member('last', k), alone.member('last', 0), f'{name}, {key} {k}')
        expect(len({together.member('last', k).tensors['0.weight'][2] for k in range(3)}) == 3,
               f'{name}: members differ in {key}')


def lengthened(where):
    small = Small(where)
    lengths = {name: ('cycles', 2, 3) if name in CYCLICAL else ('epochs', 2, 3) for name in POLICIES}
    for name, (unit, short, long) in lengths.items():
        more = 'total = 20;' if name == 'cosine' else ''
        values = {'train__epochs': 0, 'train__learning_rate': policy(name, more + ' warm_up = 3;'),
                  'report__every_updates': 8}
        whole = small.run(f'{name}-long', **{**values, f'train__{unit}': long})
        part = small.run(f'{name}-short', **{**values, f'train__{unit}': short})
        run('resume', part.path, '--quiet', *sets(**{f'train__{unit}': long}), env=small.env)
        expect_same_run(part, whole, f'{name}: lengthened from {short} to {long} {unit}')


def cosine_of_the_whole_run(where):
    """Lengthened, it would have had other rates from the start."""
    small = Small(where)
    done = small.run('done', train__learning_rate=policy('cosine'))
    refused = run('resume', done.path, '--quiet', *sets(train__epochs=3), code=2, env=small.env)
    expect_errors(refused, 'cosine.*states learning_rate.total')
    stopped = small.run('stopped', train__learning_rate=policy('cosine'), train__stop_at_update=7)
    run('resume', stopped.path, '--quiet', env=small.env)
    expect_same_run(stopped, done, 'cosine: stopped and resumed')


main(metrics, members, lengthened, cosine_of_the_whole_run)
