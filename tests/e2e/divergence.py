"""A member that diverges is frozen and named; the others do not notice."""
import math

from cltrain import (CONFIGS, DENSE, RunDirectory, Small, expect, expect_equal, expect_errors,
                     expect_same_run, expect_same_tensors, main, replace, run, sets, snapshot)

DIVERGED, SOUND = (1, 2), (0, 3, 4)
WITHOUT = ('({ key = "train.l2"; values = (1e-4, 0.0, 3e-3); },'
           ' { key = "seed"; values = (1, 1, 7); zip = true; },'
           ' { key = "train.learning_rate.max"; values = (0.1, 0.4, 0.1); zip = true; })')


def rows_of(run_directory, member):
    return [{key: value for key, value in row.items() if key != 'member'}
            for row in run_directory.metrics() if row['member'] == str(member)]


def check_diverged(mixed, err, k):
    member = mixed.members[k]
    update = member['diverged_at']
    expect_equal(member['status'], 'diverged', f'member {k}: status')
    expect(isinstance(update, int) and 0 < update <= 16, f'member {k}: diverged at update {update}')
    expect(f'member {k} diverged at update {update}: ' in err, f'member {k}: named on standard error')
    expect(member['diverged']['update'] == update and member['diverged']['layer'] is not None,
           f'member {k}: {member["diverged"]}')
    for key in ('test_accuracy', 'test_loss', 'train_accuracy', 'val_accuracy'):
        expect_equal(member[key], None, f'member {k}: {key}')
    last_row = max(int(row['update']) for row in rows_of(mixed, k))
    expect(update - 3 <= last_row < update, f'member {k}: its last row is of update {last_row}')
    line = mixed.results().splitlines()[k + 1]
    expect(line.endswith(',diverged') and ',,,,' in line, f'member {k}: {line}')
    kept = mixed.member('last', k)
    expect(all(math.isfinite(value) for name, (kind, _, _) in kept.tensors.items()
               if kind == 'F32' for value in kept.floats(name)),
           f'member {k}: finite weights are kept')
    expect_equal(mixed.checkpoint('last/state.safetensors').tensors['state.frozen'][2][8 * k:8 * k + 8],
                 update.to_bytes(8, 'little'), f'member {k}: frozen in the checkpoint')


def among_others(where, **values):
    small = Small(where)
    for backend in ('native', 'clblast'):
        told = run('run', CONFIGS / 'divergent.cfg', '--out', where / backend,
                   *sets(gemm__backend=backend, **values), env=small.env)
        mixed = RunDirectory(where / backend)
        expect_equal(mixed.json['status'], 'done', f'{backend}: the run ends well')
        for k in DIVERGED:
            check_diverged(mixed, told.err, k)
        without = small.run(f'{backend}-without', backend=backend, population=WITHOUT, **values)
        for alone, k in enumerate(SOUND):
            for which in ('last', 'best'):
                expect_same_tensors(mixed.member(which, k), without.member(which, alone),
                                    f'{backend}, member {k}: {which}')
            expect_equal(rows_of(mixed, k), rows_of(without, alone),
                         f'{backend}, member {k}: metrics.csv')
            for key in ('status', 'diverged_at', 'train_accuracy', 'val_accuracy', 'test_accuracy',
                        'test_loss', 'best'):
                expect_equal(mixed.members[k][key], without.members[alone][key],
                             f'{backend}, member {k}: {key}')
            expect(mixed.members[k]['diverged_at'] is None, f'{backend}, member {k}: sound')


def among_others_with_adam(where):
    among_others(where, train__optimizer='{ type = "adam"; }')
    for backend in ('native', 'clblast'):
        state = RunDirectory(where / backend).checkpoint('last/state.safetensors')
        expect(all(math.isfinite(value) for name, (kind, _, _) in state.tensors.items()
                   if kind == 'F32' for value in state.floats(name)),
               f'{backend}: moments and weights of all members stay finite')


def over_a_stop(where):
    """Who has diverged is in the checkpoint and in the record of an interrupted run."""
    small = Small(where)
    whole = small.run('whole', config='divergent')
    stopped = small.run('stopped', config='divergent', train__stop_at_update=14)
    for k in DIVERGED:
        expect_equal([stopped.members[k][key] for key in ('status', 'diverged_at')],
                     [whole.members[k][key] for key in ('status', 'diverged_at')],
                     f'member {k}: diverged in the interrupted run')
    expect_equal(stopped.members[0]['status'], 'interrupted', 'member 0: interrupted')
    run('resume', stopped.path, '--quiet', env=small.env)
    for name in whole.checkpoints():
        expect_same_tensors(stopped.checkpoint(name), whole.checkpoint(name), f'resumed: {name}')
    expect_equal(stopped.metrics(), whole.metrics(), 'resumed: metrics.csv')
    expect_equal(stopped.members, whole.members, 'resumed: members in run.json')


def everyone(where):
    small = Small(where)
    for name, population in (('alone', '()'), ('both', '({ key = "seed"; count = 2; })')):
        told = run('run', CONFIGS / 'small.cfg', '--out', where / name, '--quiet',
                   *sets(train__l2='1e30', population=population), code=6, env=small.env)
        expect_errors(told, 'every member diverged')
        end = RunDirectory(where / name)
        expect_equal(end.json['status'], 'diverged', f'{name}: status')
        expect(end.json['updates'] < 16, f'{name}: stopped at update {end.json["updates"]}')
        for member in end.members:
            expect(member['status'] == 'diverged' and member['diverged_at'] > 0
                   and member['test_accuracy'] is None, f'{name}: member {member["index"]}')


# ---- where ----

NORMALIZED = '({ type = "dense"; units = 20; }, { type = "batch_norm"; }, { type = "relu"; }, { type = "dense"; })'
CASES = (  # name, values, what is said: of the weights' update, of a loss, of a batch's statistics
    ('updates of weights', {'model': DENSE, 'train__l2': '1e30', 'train__learning_rate': '1e12'},
     ['value', 2, 'dense', '2.weight'], 'the update of layer 2 (dense) weight is not finite'),
    ('loss', {'model': DENSE, 'train__learning_rate': '1e12'},
     ['loss', 2, 'dense', None], 'the loss is not finite; first layer whose output is not: 2 (dense)'),
    ('loss at once', {'model': DENSE, 'train__learning_rate': '1e30'},
     ['loss', 2, 'dense', None], 'first layer whose output is not: 2 (dense)'),
    ('sigmoid', {'model': DENSE, 'train__learning_rate': '1e30', 'train__loss': 'sigmoid'},
     ['loss', 2, 'dense', None], 'first layer whose output is not: 2 (dense)'),
    ('statistics', {'model': NORMALIZED, 'train__learning_rate': '1e18'},
     ['gradient', 1, 'batch_norm', '1.running_var'], "the batch's value of layer 1 (batch_norm) running_var"),
    ('momentum', {'model': DENSE, 'train__learning_rate': '1e30',
                  'train__optimizer': '{ type = "sgd"; momentum = 0.9; }'},
     ['loss', 2, 'dense', None], 'first layer whose output is not: 2 (dense)'),
    ('Adam', {'model': DENSE, 'train__l2': '1e30', 'train__optimizer': '{ type = "adam"; }'},
     ['value', 2, 'dense', '2.weight'], 'the update of layer 2 (dense) weight'),
)


def named(where):
    small = Small(where)
    for name, values, wanted, said in CASES:
        for backend in ('native', 'clblast'):
            folder = where / f'{name}-{backend}'.replace(' ', '-')
            told = run('run', CONFIGS / 'small.cfg', '--out', folder,
                       *sets(gemm__backend=backend, **values), code=6, env=small.env)
            member, = RunDirectory(folder).members
            expect_equal([member['diverged'][key] for key in ('what', 'layer', 'type', 'name')], wanted,
                         f'{name}, {backend}: where')
            expect(f'member 0 diverged at update {member["diverged_at"]}: ' in told.err and said in told.err,
                   f'{name}, {backend}: {said}')


def planted(where):
    """Weights that are not finite come from no run of ours."""
    small = Small(where)
    done = small.run('done', train__stop_at_update=9)
    for which, name in (('last/state', '4.weight'), ('last/state', '1.running_var'),
                        ('best/member-000', '4.weight')):
        file = done.checkpoint(f'{which}.safetensors')
        good = file.path.read_bytes()
        data = bytearray(file.tensors[name][2])
        data[8:12] = b'\0\0\xc0\x7f'
        file.write(data={name: bytes(data)})
        arguments = ['eval', done.path, '--checkpoint', 'best'] if 'best' in which else ['resume', done.path]
        expect_errors(run(*arguments, code=3, env=small.env),
                      f"{which}.safetensors: element 2 of tensor '{name}' of member 0 is not a finite number")
        file.path.write_bytes(good)


# ---- rewinds ----

WILD = {'model': DENSE, 'train__on_divergence': 'rewind',
        'population': '({ key = "seed"; values = (1, 2, 3); },'
                      ' { key = "train.learning_rate"; values = (0.1, 3e9, 0.05); zip = true; })'}


def rewound(where):
    """The others do not notice; alone, killed or stopped anywhere it comes to the same."""
    small = Small(where)
    told = run('run', CONFIGS / 'small.cfg', '--out', where / 'whole', *sets(train__max_rewinds=100, **WILD),
               env=small.env)
    whole = RunDirectory(where / 'whole')
    member = whole.members[1]
    rewinds = member['rewinds']
    expect(len(rewinds) > 3 and member['diverged'] is None, f'{len(rewinds)} rewinds, and then it is tame')
    expect_equal([entry['factor'] for entry in rewinds], [0.5 ** (i + 1) for i in range(len(rewinds))],
                 'its learning rate is halved each time')
    expect(all(entry['to_update'] < entry['update'] <= entry['to_update'] + 3 for entry in rewinds),
           'to the last report point')
    expect(told.err.count('all go back to update') == len(rewinds), 'each is told')
    rates = {row['update']: float(row['learning_rate']) for row in whole.metrics() if row['member'] == '1'}
    expect(abs(rates['16'] / (3e9 * rewinds[-1]['factor']) - 1) < 1e-6, f'the rate at last: {rates["16"]}')
    rows = [(row['member'], row['update']) for row in whole.metrics()]
    expect_equal(len(rows), len(set(rows)), 'no row is there twice')
    plain = small.run('plain', **{**WILD, 'train__on_divergence': 'stop'})
    for k in (0, 2):
        for which in ('last', 'best'):
            expect_same_tensors(whole.member(which, k), plain.member(which, k), f'member {k}: {which}')
        expect_equal(rows_of(whole, k), rows_of(plain, k), f'member {k}: metrics.csv')
    alone = small.run('alone', '--member', '1', train__max_rewinds=100, **WILD)
    expect_same_tensors(alone.member('last', 0), whole.member('last', 1), 'alone: last')
    expect_equal(alone.members[0]['rewinds'], rewinds, 'alone: rewinds')
    for update in range(1, 16):
        stopped = small.run(f'at-{update}', train__stop_at_update=update, train__max_rewinds=100, **WILD)
        run('resume', stopped.path, '--quiet', env=small.env)
        expect_same_run(stopped, whole, f'stopped at {update}')
        expect_equal([k['rewinds'] for k in stopped.members], [k['rewinds'] for k in whole.members],
                     f'stopped at {update}: rewinds')


def rewinds_end(where):
    small = Small(where)
    mixed = small.run('mixed', train__max_rewinds=2, **WILD)
    member = mixed.members[1]
    expect_equal([member['status'], len(member['rewinds'])], ['diverged', 2], 'two rewinds, then the end')
    expect_equal([mixed.members[k]['status'] for k in (0, 2)], ['done', 'done'], 'the others go on')


def rewinds_begin_with_a_resume(where):
    """A run that was to stop has kept no state to go back to."""
    small = Small(where)
    mixed = small.run('mixed', train__stop_at_update=1, **{**WILD, 'train__on_divergence': 'stop'})
    replace(mixed.path / 'config.cfg', 'on_divergence = "stop"', 'on_divergence = "rewind"')
    run('resume', mixed.path, '--quiet', '--allow', 'config', env=small.env)
    expect([len(member['rewinds']) for member in mixed.members][1] > 0, f'it rewinds: {mixed.members[1]["rewinds"]}')


def a_damaged_state_to_go_back_to(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=7, train__max_rewinds=100, **WILD)
    state = stopped.path / 'checkpoint/rewind/state.safetensors'
    state.write_bytes(state.read_bytes()[:-1])
    before = snapshot(stopped.path)
    told = run('resume', stopped.path, '--quiet', code=3, env=small.env)
    expect_errors(told, 'what diverging members go back to, or remove it.*rewind/state.safetensors')
    expect(snapshot(stopped.path) == before, 'the run is as it was')
    state.unlink()
    run('resume', stopped.path, '--quiet', env=small.env)
    expect_equal(stopped.json['status'], 'done', 'without it')


main(among_others, among_others_with_adam, over_a_stop, everyone, named, planted, rewound, rewinds_end,
     rewinds_begin_with_a_resume, a_damaged_state_to_go_back_to)
