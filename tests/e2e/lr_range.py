"""lr-range: the curve is that of a run whose rate grows, and each member's its own."""
import csv
import json
import math

from cltrain import CONFIGS, Small, expect, expect_equal, expect_errors, main, run, sets

FILES = ['config.cfg', 'lr-range.csv', 'lr-range.json', 'report.html']


def lr_range(small, name, *arguments, config='small', **values):
    """What --json says, and the rows of lr-range.csv."""
    folder = small.where / name
    told = run('lr-range', CONFIGS / f'{config}.cfg', '--out', folder, '--json', *arguments,
               *sets(gemm__tune_seconds=0, **values), env=small.env)
    expect_equal(told.err, '', f'{name}: nothing on standard error')
    expect_equal(sorted(path.name for path in folder.iterdir()), FILES, f'{name}: files')
    expect_equal((folder / 'lr-range.json').read_text(), told.out, f'{name}: lr-range.json')
    with open(folder / 'lr-range.csv', newline='') as file:
        return json.loads(told.out), list(csv.DictReader(file))


def curve(where):
    small = Small(where)
    told, rows = lr_range(small, 'test', '--low', '1e-4', '--high', '1e4', '--updates', '120')
    member, = told['members']
    expect(len(rows) < 120, f'it ends after {len(rows)} of 120 updates')
    expect_equal([float(row['loss']) for row in rows],
                 [float(f'{point["loss"]:.9g}') for point in member['points']], 'lr-range.csv')
    wrong = [row for u, row in enumerate(rows)
             if not math.isclose(float(row['learning_rate']), 1e-4 * 1e8 ** (u / 119), rel_tol=1e-8)]
    expect_equal(wrong, [], 'the rates')
    smoothed = [point['smoothed_loss'] for point in member['points']]
    average = 0
    for u, point in enumerate(member['points'], 1):
        average = 0.95 * average + 0.05 * point['loss']
        if not math.isclose(point['smoothed_loss'], average / (1 - 0.95 ** u), rel_tol=1e-12):
            expect(False, f'update {u}: smoothed')
    expect(all(b <= 4 * min(smoothed[:u]) for u, b in enumerate(smoothed[:-1]) if u), 'ends in time')
    lowest = member['points'][smoothed.index(min(smoothed))]['learning_rate']
    expect_equal(member['max'], lowest / 2, 'max')
    expect(1e-4 < member['min'] < member['max'], f'min {member["min"]}')
    page = (where / 'test/report.html').read_text()
    expect('<svg' in page and f'suggested: {member["min"]:.2g} to {member["max"]:.2g}' in page, 'the page')


def losses_of_a_run(where):
    """The first batches are those of a run: without dropout, its loss at update 0 on that batch."""
    small = Small(where)
    values = {'data__validation': 0, 'data__train_samples': 48, 'train__shuffle': 'none',
              'model': '({ type = "dense"; units = 21; }, { type = "relu"; }, { type = "dense"; })'}
    _, rows = lr_range(small, 'test', '--low', '1e-3', '--high', '1', '--updates', '20', **values)
    rate = '{ policy = "exponential"; value = 1e-3; decay = 1000.0; every = 19; }'
    done = small.run('run', report__every_updates=1, train__epochs=0, train__updates=20,
                     train__learning_rate=rate, train__l2=1e-3, **values)
    trained = done.metrics()
    for u, row in enumerate(rows):
        if not math.isclose(float(row['loss']), float(trained[u]['train_loss']), rel_tol=1e-5):
            expect(False, f'update {u}: {row} and {trained[u]}')
    expect(len(rows) == 20, 'every loss is that of the run with such rates')


def members(where):
    small = Small(where)
    together, _ = lr_range(small, 'together', '--updates', '30', config='five')
    expect_equal(len(together['members']), 5, 'a curve for each member')
    for k in (0, 3):
        alone, _ = lr_range(small, f'alone-{k}', '--updates', '30', '--member', k, config='five')
        expect_equal(together['members'][k]['points'], alone['members'][0]['points'], f'member {k}')


def no_suggestion(where):
    text = run('lr-range', CONFIGS / 'small.cfg', '--out', where / 'range', '--low', '1e3', '--high', '1e6', '--updates',
               '20', env=Small(where).env).out
    expect('no suggestion: the loss does not fall' in text, 'rates that are all too high')


def refused(where):
    small = Small(where)
    out = ('--out', where / 'no')
    for arguments, pattern in ((('--low', '1', '--high', '1'), '--low must be below --high'),
                               (('--updates', '3'), 'at least 10'),
                               (('--low', '-1'), 'no number above 0')):
        expect_errors(run('lr-range', CONFIGS / 'small.cfg', *out, *arguments, code=2, env=small.env), pattern)
        expect(not (where / 'no').exists(), 'nothing is written')
    lr_range(small, 'there', '--updates', '10')
    expect_errors(run('lr-range', CONFIGS / 'small.cfg', '--out', where / 'there', '--updates', '10', code=3,
                      env=small.env), 'not empty')
    text = run('lr-range', CONFIGS / 'small.cfg', '--updates', '10', cwd=where, env=small.env).out
    expect('learning rate' in text and 'runs/small-lr-range/report.html' in text, f'a table: {text}')


main(curve, losses_of_a_run, members, no_suggestion, refused)
