"""`cltrain eval` finds what run.json states, and --json is the only thing on standard output."""
import json

from cltrain import CONFIGS, RunDirectory, Small, expect, expect_equal, main, run


def evaluate(small, run_directory, split, checkpoint, *arguments):
    told = run('eval', run_directory.path, '--split', split, '--checkpoint', checkpoint, '--json',
               *arguments, env=small.env)
    expect_equal(told.err, '', f'{split}, {checkpoint}: nothing on standard error')
    found = json.loads(told.out)
    expect_equal([found['split'], found['checkpoint']], [split, checkpoint], 'what was asked for')
    return found['members']


def agrees_with_the_run(where):
    small = Small(where)
    done = small.run('done', config='five')
    members = done.members
    end = done.metrics()[-len(members):]
    for split, key in (('train', 'train'), ('validation', 'val'), ('test', 'test')):
        found = evaluate(small, done, split, 'last')
        expect_equal([member['accuracy'] for member in found],
                     [member[f'{key}_accuracy'] for member in members], f'{split}: accuracies')
        if split == 'test':
            expect_equal([member['loss'] for member in found],
                         [member['test_loss'] for member in members], 'test: losses')
            continue
        for what in ('loss', 'cost', 'accuracy'):
            expect_equal([f'{member[what]:.9g}' for member in found],
                         [row[f'{key}_{what}'] for row in end], f'{split}: {what} in metrics.csv')
    for split, key in (('validation', 'val_accuracy'), ('test', 'test_accuracy')):
        expect_equal([member['accuracy'] for member in evaluate(small, done, split, 'best')],
                     [member['best'][key] for member in members], f'{split}, best: accuracies')
    expect(any(member['best']['update'] != 16 for member in members), 'best is not always last')


def one_member(where):
    small = Small(where)
    done = small.run('done', config='five')
    everyone = evaluate(small, done, 'test', 'last')
    expect_equal(evaluate(small, done, 'test', 'last', '--member', 3), [everyone[3]],
                 '--member 3 of five')
    table = run('eval', done.path, '--member', 3, env=small.env).out.splitlines()
    expect_equal(len(table), 3, 'a table of one member')
    expect(f'{everyone[3]["accuracy"]:.4f}' in table[2], table[2])


def an_interrupted_run(where):
    small = Small(where)
    whole = small.run('whole', report__every_updates=4)
    stopped = small.run('stopped', report__every_updates=4, train__stop_at_update=4)
    row = whole.metrics()[1]
    expect_equal(row['update'], '4', 'a report point at update 4')
    found = evaluate(small, stopped, 'validation', 'last')
    expect_equal(f'{found[0]["accuracy"]:.9g}', row['val_accuracy'], 'validation of an interrupted run')


def nothing_to_measure(where):
    """A split that the run has not, and a checkpoint that it has not."""
    small = Small(where)
    done = small.run('done', data__validation=0)
    for split, checkpoint in (('validation', 'last'), ('test', 'best')):
        expect_equal(evaluate(small, done, split, checkpoint),
                     [{'index': 0, 'accuracy': None, 'loss': None, 'cost': None}],
                     f'{split}, {checkpoint}: null')


def json_and_quiet(where):
    small = Small(where)
    told = run('run', CONFIGS / 'five.cfg', '--out', where / 'run', '--json', env=small.env)
    expect_equal(json.loads(told.out), RunDirectory(where / 'run').json, 'run --json prints run.json')
    expect('update 3/16' in told.err, 'progress goes to standard error, a line per report point')
    expect('\r' not in told.err and '\033' not in told.err, 'and redraws on a terminal only')
    told = run('run', CONFIGS / 'five.cfg', '--out', where / 'quiet', '--quiet', env=small.env)
    expect_equal(told.err, '', '--quiet: nothing on standard error')
    expect(str(where / 'quiet') in told.out, '--quiet: the result is there')
    told = run('resume', where / 'quiet', '--json', '--quiet', env=small.env)
    expect_equal(json.loads(told.out), RunDirectory(where / 'quiet').json, 'resume --json')
    checked = json.loads(run('check', CONFIGS / 'five.cfg', '--json', env=small.env).out)
    expect_equal([checked['name'], checked['members'], checked['updates']], ['five', 5, 16], 'check --json')
    listed = json.loads(run('devices', '--json').out)['devices']
    expect_equal([device['chosen'] for device in listed].count(True), 1, 'devices --json')


def several_configs(where):
    small = Small(where)
    told = run('run', CONFIGS / 'small.cfg', CONFIGS / 'five.cfg', '--out', where / 'runs', '--json',
               env=small.env)
    found = json.loads(told.out)['runs']
    expect_equal([one['name'] for one in found], ['small', 'five'], 'an object for each run')
    for one in found:
        expect_equal(one, RunDirectory(where / 'runs' / one['name']).json, f'{one["name"]}: run.json')
    told = run('run', CONFIGS / 'small.cfg', where / 'no.cfg', CONFIGS / 'five.cfg', '--json',
               '--quiet', '--out', where / 'more', env=small.env, code=2)
    expect_equal([one and one['name'] for one in json.loads(told.out)['runs']],
                 ['small', None, 'five'], 'a config that cannot be read leaves null, the others run')


def default_place(where):
    small = Small(where)
    for name in ('runs/small', 'runs/small-2', 'runs/small-3'):
        told = run('run', CONFIGS / 'small.cfg', '--quiet', cwd=where, env=small.env)
        expect(told.out.rstrip().endswith(f'run directory: {name}'), name)
        expect_equal(RunDirectory(where / name).json['status'], 'done', f'{name}: done')


main(agrees_with_the_run, one_member, an_interrupted_run, nothing_to_measure, json_and_quiet,
     several_configs, default_place)
