"""Stopped at any update and resumed, a run of whatever it may be made of has the bits of one that was
not. Without an option a sample of stops; --all stops the large run at every update and each of the
others at twelve."""
import sys

from cltrain import Small, expect, expect_equal, expect_same_run, main, run

ALL = '--all' in sys.argv
UPDATES = 60
MEMBERS = ('({ key = "seed"; values = (1, 2, 3); },'
           ' { key = "train.learning_rate"; values = (0.01, 0.003, 0.02); zip = true; })')
LARGE = {'train__optimizer': '{ type = "adam"; }', 'data__augment': '{ mirror = true; shift = 2; }',
         'train__learning_rate': 0.01, 'population': MEMBERS}
LENGTH = {'train__epochs': 0, 'train__updates': UPDATES, 'report__every_updates': 7}


def rate(text):
    return {'train__learning_rate': text}


TRIANGULAR = '{ policy = "triangular"; min = 1e-3; max = 1e-1; step_size = 5; }'
KINDS = {
    'nesterov': {'train__optimizer': '{ type = "sgd"; momentum = 0.9; nesterov = true; }'},
    'momentum, stored': {'train__optimizer': '{ type = "sgd"; momentum = 0.5; }', 'gemm__backend': 'clblast'},
    'triangular2': rate('{ policy = "triangular2"; min = 1e-3; max = 1e-1; step_size = 5; warm_up = 7; }'),
    'exp_range': rate('{ policy = "exp_range"; min = 1e-3; max = 1e-1; step_size = 5; gamma = 0.99; warm_up = 7; }'),
    'step': rate('{ policy = "step"; value = 0.1; factor = 0.5; every = 9; warm_up = 7; }'),
    'exponential': rate('{ policy = "exponential"; value = 0.1; decay = 0.9; every = 9; warm_up = 7; }'),
    'cosine': rate('{ policy = "cosine"; max = 0.1; min = 1e-4; total = 60; warm_up = 7; }'),
    'early stopping': {'train__early_stopping': '{ patience = 3; min_delta = 0.4; }', 'population': MEMBERS},
    'snapshots': {'train__snapshots': 'true', **rate(TRIANGULAR)},
    'sigmoid loss': {'train__loss': 'sigmoid'},
    'streaming': {'data__device_memory': 1, 'population': MEMBERS},
    'shuffled once': {'train__shuffle': 'once'},
    'not shuffled': {'train__shuffle': 'none'},
    'groups': {'population': '({ key = "train.batch_size"; values = (48, 60, 48); })'},
    'rewinds': {'train__on_divergence': 'rewind',
                'population': '({ key = "train.learning_rate"; values = (0.1, 1e9); })',
                'model': '({ type = "dense"; units = 20; }, { type = "relu"; }, { type = "dense"; })'},
}


# What the members of a run have to show, so that it is of its kind.
HAPPENS = {'early stopping': 'stopped_at', 'snapshots': 'ensemble', 'rewinds': 'rewinds'}


def compare(small, name, values, whole, update):
    stopped = small.run(f'{name}-{update}'.replace(' ', '-'), train__stop_at_update=update,
                        **{**LENGTH, **values})
    run('resume', stopped.path, '--quiet', env=small.env)
    expect_same_run(stopped, whole, f'{name}, stopped at {update}')


def large(where):
    small = Small(where)
    whole = small.run('whole', **LENGTH, **LARGE)
    expect_equal(whole.json['updates'], UPDATES, 'updates of the large run')
    for update in range(1, UPDATES + 1) if ALL else (1, 7, 29):
        compare(small, 'Adam, dropout, augmentation, P = 3', LARGE, whole, update)


def kinds(where):
    small = Small(where)
    for name, values in KINDS.items():
        whole = small.run(f'{name}-whole'.replace(' ', '-'), **{**LENGTH, **values})
        if name in HAPPENS:
            expect(any(member[HAPPENS[name]] for member in whole.members), f'{name}: {HAPPENS[name]}')
        for update in range(1, UPDATES, 5) if ALL else (17,):
            compare(small, name, values, whole, update)


main(large, kinds)
