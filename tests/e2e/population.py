"""A member of a population has the bits of its solo run."""
from cltrain import (CONFIGS, Small, expect, expect_equal, expect_errors, expect_same_tensors, main,
                     run)

MEMBERS = 5

# One member of each takes plain descent when it is alone.
MOMENTUM = {'train__optimizer': '{ type = "sgd"; nesterov = true; }',
            'population': '({ key = "train.optimizer.momentum"; values = (0.9, 0.0, 0.5); },'
                          ' { key = "train.l2"; values = (1e-2, 1e-3, 0.0); zip = true; })'}
ADAM = {'train__optimizer': '{ type = "adam"; }',
        'population': '({ key = "train.optimizer.beta1"; values = (0.9, 0.0, 0.5); },'
                      ' { key = "train.optimizer.beta2"; values = (0.999, 0.99, 0.9); zip = true; },'
                      ' { key = "train.optimizer.epsilon"; values = (1e-8, 1e-4, 1e-2); zip = true; },'
                      ' { key = "train.learning_rate.max"; values = (0.02, 0.1, 0.05); zip = true; })'}


def member_rows(run, member):
    return [{key: value for key, value in row.items() if key != 'member'}
            for row in run.metrics() if row['member'] == str(member)]


def compare(small, backend, config='five', members=MEMBERS, **values):
    together = small.run(backend, config=config, backend=backend, **values)
    expect_equal(together.json['gemm_backend'], backend, f'{backend}: the backend in run.json')
    for k in range(members):
        alone = small.run(f'{backend}-{k}', '--member', k, config=config, backend=backend, **values)
        expect_equal(len(alone.members), 1, f'{backend}, --member {k}: one network')
        for which in ('last', 'best'):
            expect_same_tensors(together.member(which, k), alone.member(which, 0),
                                f'{backend}, member {k}: {which}')
        expect_equal(member_rows(together, k), member_rows(alone, 0),
                     f'{backend}, member {k}: metrics.csv')
        for key in ('train_accuracy', 'val_accuracy', 'test_accuracy', 'test_loss', 'best'):
            expect_equal(together.members[k][key], alone.members[0][key],
                         f'{backend}, member {k}: {key} in run.json')
    differ = {together.member('last', k).tensors['0.weight'][2] for k in range(members)}
    expect(len(differ) == members, f'{backend}: the members differ from each other')


def native(where):
    compare(Small(where), 'native')


def native_with_large_products(where):
    compare(Small(where), 'native', config='wide')


def clblast(where):
    compare(Small(where), 'clblast')


def keys_of_every_kind(where):
    compare(Small(where), 'native', config='kinds')


def groups_are_no_single_run(where):
    small = Small(where)
    rows = '({ key = "train.batch_size"; values = (20, 10); }, { key = "seed"; count = 2; })'
    failed = run('gradcheck', CONFIGS / 'small.cfg', '--set', f'population={rows}', code=2, env=small.env)
    expect_errors(failed, 'members 0 and 2 of the population differ in train.batch_size')


def momentum(where):
    compare(Small(where), 'native', config='small', members=3, **MOMENTUM)


def adam(where):
    compare(Small(where), 'native', config='small', members=3, **ADAM)


def adam_with_clblast(where):
    compare(Small(where), 'clblast', config='small', members=3, **ADAM)


main(native, keys_of_every_kind, groups_are_no_single_run, native_with_large_products, clblast, momentum, adam,
     adam_with_clblast)
