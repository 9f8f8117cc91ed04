"""A member that diverges is frozen and named; the others do not notice."""
import math

from cltrain import (CONFIGS, RunDirectory, Small, expect, expect_equal, expect_errors,
                     expect_same_tensors, main, run, sets)

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
    expect(f'member {k} diverged at update {update};' in err, f'member {k}: named on standard error')
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


main(among_others, among_others_with_adam, over_a_stop, everyone)
