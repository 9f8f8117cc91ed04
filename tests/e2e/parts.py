"""Members that cannot train together train in parts: groups that differ in shape, waves where memory
is short. Each has the bits of its solo run, and the run directory is one of all of them."""
import json
import shutil

from cltrain import (CONFIGS, RunDirectory, Small, expect, expect_equal, expect_errors, expect_same_run,
                     expect_same_tensors, main, run, sets)

MEMBERS, GROUPS = 9, 3


def groups(where):
    small = Small(where)
    whole = small.run('whole', config='groups')
    expect_equal(len(whole.members), MEMBERS, 'all members in run.json')
    expect_equal(sum(1 for _ in (whole.path / 'parts').glob('*/run.json')), GROUPS, 'a part a group')
    expect_equal(len(whole.results().splitlines()), MEMBERS + 1, 'all members in result.csv')
    for k in (0, 4, 8):
        alone = small.run(f'alone-{k}', '--member', k, config='groups')
        for which in ('last', 'best'):
            expect_same_tensors(whole.member(which, k), alone.member(which, 0), f'member {k}: {which}')
        mine = [row for row in whole.metrics(('seconds', 'member')) if row in alone.metrics(('seconds', 'member'))]
        expect_equal(len(mine), len(alone.metrics()), f'member {k}: all of its rows in metrics.csv')
        expect_equal(whole.members[k]['test_loss'], alone.members[0]['test_loss'], f'member {k}: test_loss')


def rows_are_those_of_a_population(where):
    whole = Small(where).run('whole', config='groups')
    keys = [(int(row['update']), int(row['member'])) for row in whole.metrics()]
    expect_equal(keys, sorted(keys), 'metrics.csv is sorted by update, then by member')


def commands_find_the_members(where):
    small = Small(where)
    whole = small.run('whole', config='groups')
    measured = json.loads(run('eval', whole.path, '--json', env=small.env).out)['members']
    expect_equal([m['accuracy'] for m in measured], [m['test_accuracy'] for m in whole.members],
                 'eval measures each member where it trained')
    run('report', whole.path, env=small.env)
    expect((whole.path / 'report.html').stat().st_size > 10000, 'report.html')
    trials = json.loads(run('study', whole.path, '--json').out)['trials']
    accuracies = [trial['val_accuracy'] for trial in trials]
    expect_equal(accuracies, sorted(accuracies, reverse=True), 'study lists the best first')
    few = json.loads(run('study', whole.path, '--json', '--filter', 'train.l2>=1e-3', '--sort',
                         'train.l2', '--top', 4).out)['trials']
    expect_equal([trial['values']['train.l2'] for trial in few], [0.001, 0.001, 0.001, 0.01],
                 'study filters and sorts by a key')
    for test, wanted in (('train.l2<1e-3', 3), ('train.l2<=1e-3', 6), ('train.l2=1e-3', 3), ('train.l2!=1e-3', 6),
                         ('status=done', MEMBERS)):
        found = json.loads(run('study', whole.path, '--json', '--filter', test).out)['trials']
        expect_equal(len(found), wanted, f'trials of {test}')
    for words in (('--sort', 'train.l3'), ('--filter', 'train.l3<1'), ('--filter', 'train.l2')):
        expect_errors(run('study', whole.path, *words, code=2), words[0])


def keys_that_move_together_share_an_axis(where):
    small = Small(where)
    rows = ('( { key = "train.l2"; values = (1e-4, 1e-3, 1e-2); }, '
            '{ key = "model[3].rate"; values = (0.1, 0.2, 0.3); zip = %s; } )')
    for name, zipped in (('joined', 'true'), ('grid', 'false')):
        done = small.run(name, population=rows % zipped)
        run('report', done.path, '--figures', where / f'{name}-figures', env=small.env)
    axes = {name: 'model[3].rate' in (where / f'{name}-figures' / 'search.svg').read_text()
            for name in ('joined', 'grid')}
    expect_equal(axes, {'joined': False, 'grid': True}, 'a second axis for a grid alone')


def stops_and_goes_on(where):
    small = Small(where)
    whole = small.run('whole', config='groups')
    stopped = small.run('stopped', config='groups', train__stop_at_update=7)
    expect_equal(stopped.json['status'], 'interrupted', 'status after the stop')
    while RunDirectory(stopped.path).json['status'] == 'interrupted':
        run('resume', stopped.path, '--quiet', env=small.env)
    expect_same_run(whole, stopped, 'stopped and resumed')


def members_that_diverge(where):
    small = Small(where)
    rows = ('({ key = "train.batch_size"; values = (48, 60); },'
            ' { key = "train.learning_rate"; values = (%s, 1e30); })')
    told = run('run', CONFIGS / 'small.cfg', '--out', where / 'some', *sets(population=rows % '0.01'), env=small.env)
    some = RunDirectory(where / 'some')
    gone = [k for k, member in enumerate(some.members) if member['diverged']]
    expect_equal(len(gone), 2, 'one of each part')
    for k in gone:
        expect(f'member {k} diverged' in told.err, f'member {k} is told by its number in the population')
    everyone = small.run('everyone', code=6, population=rows % '1e29')
    expect_equal([everyone.json['status'], everyone.json['reason']], ['diverged', 'every member diverged'], 'run.json')


def another_run_is_left_alone(where):
    """A new run takes nothing over from a folder that it is given."""
    small = Small(where)
    whole = small.run('whole', config='groups')
    before = {path: path.read_bytes() for path in whole.path.rglob('*') if path.is_file()}
    for config in ('groups', 'small'):
        refused = run('run', CONFIGS / f'{config}.cfg', '--out', whole.path, '--quiet', code=3, env=small.env)
        expect_errors(refused, 'exists and is not empty')
    after = {path: path.read_bytes() for path in whole.path.rglob('*') if path.is_file()}
    expect(before == after, 'every file is as it was')


def a_table_of_other_members_is_refused(where):
    small = Small(where)
    whole = small.run('whole', config='groups')
    table = whole.path / 'parts' / 'parts.json'
    for text in ('[[0,1,2],[3,4,5],[6,7,99]]', '[[0,1,2],[3,4,5],[5,7,8]]'):
        table.write_text(text)
        for name in ('resume', 'eval'):
            expect_errors(run(name, whole.path, code=3, env=small.env), 'is no list of a run.s parts')
    table.write_text('[[0,1,2]]')
    expect_errors(run('resume', whole.path, code=3, env=small.env), 'divides 3 members, config.cfg has 9')


def a_part_of_another_run_is_refused(where):
    small = Small(where)
    whole = small.run('whole', config='groups')
    shutil.rmtree(whole.path / 'parts/02')
    shutil.copytree(small.run('other').path, whole.path / 'parts/02')
    expect_errors(run('eval', whole.path, code=3, env=small.env), 'parts/02: has 1 members, parts.json gives it 3')


def gradients_of_several_shapes(where):
    small = Small(where)
    done = run('run', CONFIGS / 'groups.cfg', '--out', where / 'groups', *sets(gradcheck='{samples=4;}'),
               env=small.env)
    rows = [line.split()[0] for line in done.out.splitlines() if '.weight' in line or '.bias' in line]
    expect(len(rows) == len(set(rows)) and '7.weight' in rows, f'a row a tensor: {" ".join(rows)}')


def waves(where):
    small = Small(where)
    together = small.run('together', config='members')
    done = run('run', CONFIGS / 'members.cfg', '--out', where / 'waves', *sets(population_memory=8), env=small.env)
    expect('64 members: ' in done.err and ' parts train one after another' in done.err,
           'the waves are printed beforehand')
    apart = RunDirectory(where / 'waves')
    expect(sum(1 for _ in (apart.path / 'parts').glob('*/run.json')) > 3, 'there are several')
    expect_equal(together.metrics(), apart.metrics(), 'metrics.csv')
    expect_equal(together.results(), apart.results(), 'result.csv')
    for name in apart.checkpoints():
        same = (apart.path / 'checkpoint' / name).read_bytes() == \
            (together.path / 'checkpoint' / name).read_bytes()
        expect(same, f'{name}: byte-equal')


def waves_have_room_for_velocities(where):
    small = Small(where)
    parts = {}
    for name, momenta in (('none', '0.0, 0.0'), ('one', '0.0, 0.9'), ('both', '0.9, 0.8')):
        rows = (f'({{ key = "train.optimizer.momentum"; values = ({momenta}); }},'
                ' { key = "seed"; count = 32; })')
        run('run', CONFIGS / 'small.cfg', '--out', where / name, env=small.env,
                   *sets(population=rows, population_memory=8, train__epochs=1))
        parts[name] = sum(1 for _ in (where / name / 'parts').glob('*/run.json'))
    expect_equal(parts['one'], parts['both'], 'parts where some members have momentum')
    expect(parts['one'] > parts['none'], 'a velocity takes memory')


main(groups, rows_are_those_of_a_population, commands_find_the_members,
     keys_that_move_together_share_an_axis, stops_and_goes_on, members_that_diverge,
     another_run_is_left_alone, a_table_of_other_members_is_refused,
     a_part_of_another_run_is_refused, gradients_of_several_shapes, waves,
     waves_have_room_for_velocities)
