"""A member that no longer improves stops by itself; the others do not notice."""
import json

from cltrain import (Small, expect, expect_equal, expect_errors, expect_same_run, expect_same_tensors, main,
                     CONFIGS, run, sets)

MEMBERS = 4
VALUES = {'train__epochs': 4, 'report__every_updates': 3, 'train__learning_rate': 0.1,
          'population': '({ key = "train.learning_rate"; values = (1e-4, 0.05, 0.3, 3.0); })'}
KEYS = ('train_accuracy', 'val_accuracy', 'test_accuracy', 'test_loss', 'best', 'status', 'diverged_at',
        'stopped_at')


def group(patience, min_delta, by):
    return {'train__early_stopping': f'{{ patience = {patience}; min_delta = {min_delta}; by = "{by}"; }}'}


def rows_of(run_directory, member):
    return [{key: value for key, value in row.items() if key != 'member'}
            for row in run_directory.metrics() if row['member'] == str(member)]


def stop_of(rows, patience, min_delta, by):
    """The update at which a member with these rows stops; None: it does not."""
    sign = -1 if by == 'val_loss' else 1
    best, waited = None, 0
    for row in rows:
        value = sign * float(row[by])
        if best is None or value > best + min_delta:
            best, waited = value, 0
        else:
            waited += 1
        if waited >= patience:
            return int(row['update'])
    return None


def when(where):
    small = Small(where)
    free = small.run('free', **VALUES)
    seen = set()
    for patience, min_delta, by in ((1, 0.0, 'val_loss'), (2, 0.05, 'val_loss'), (3, 0.02, 'val_accuracy')):
        what = f'{by}, {patience}, {min_delta}'
        stopping = small.run(what.replace(', ', '-'), **VALUES, **group(patience, min_delta, by))
        for k in range(MEMBERS):
            rows = rows_of(free, k)
            stop = stop_of(rows, patience, min_delta, by)
            seen.add(stop)
            member = stopping.members[k]
            expect_equal([member['stopped_at'], member['status']], [stop, 'stopped' if stop else 'done'],
                         f'{what}: member {k} stops at update {stop}')
            expect_equal(rows_of(stopping, k), [row for row in rows if not stop or int(row['update']) <= stop],
                         f'{what}: member {k}: metrics.csv')
            expect(stopping.results().splitlines()[k + 1].endswith(f',stopped,{stop}' if stop else ',done,'),
                   f'{what}: member {k}: result.csv')
            expect_equal(stopping.member('last', k).metadata['update'], str(stop or 32),
                         f'{what}: member {k}: the update of its file')
            if not stop:
                expect_same_tensors(stopping.member('last', k), free.member('last', k),
                                    f'{what}: member {k} did not notice')
        expect(stopping.results().splitlines()[0].endswith(',best_update,status,stopped_at'),
               f'{what}: columns of result.csv')
    expect(None in seen and len(seen) > 3, f'stops differ: {seen}')


def alone(where):
    """Stopped among others, resumed anywhere, or alone: the same member."""
    small = Small(where)
    for backend in ('native', 'clblast'):
        values = {**VALUES, **group(2, 0.05, 'val_loss')}
        together = small.run(backend, backend=backend, **values)
        stops = [member['stopped_at'] for member in together.members]
        expect(any(stops) and not all(stops), f'{backend}: stops {stops}')
        for k in range(MEMBERS):
            solo = small.run(f'{backend}-{k}', '--member', k, backend=backend, **values)
            expect_equal([solo.json['status'], solo.json['updates']], ['done', stops[k] or 32],
                         f'{backend}: member {k} alone')
            for which in ('last', 'best'):
                expect_same_tensors(together.member(which, k), solo.member(which, 0),
                                    f'{backend}: member {k}: {which}')
            expect_equal(rows_of(together, k), rows_of(solo, 0), f'{backend}: member {k}: metrics.csv')
            for key in KEYS:
                expect_equal(together.members[k][key], solo.members[0][key], f'{backend}: member {k}: {key}')
    told = json.loads(run('eval', together.path, '--json', env=small.env).out)
    expect_equal([member['accuracy'] for member in told['members']],
                 [member['test_accuracy'] for member in together.members], 'the weights are those measured')


def resumed(where):
    small = Small(where)
    values = {**VALUES, **group(2, 0.05, 'val_loss')}
    whole = small.run('whole', **values)
    stop = min(member['stopped_at'] for member in whole.members if member['stopped_at'])
    for update in sorted({1, stop - 1, stop, stop + 1, stop + 4, 31}):
        stopped = small.run(f'at-{update}', train__stop_at_update=update, **values)
        run('resume', stopped.path, '--quiet', env=small.env)
        expect_same_run(stopped, whole, f'stopped at {update}')
        expect_equal(stopped.members, whole.members, f'stopped at {update}: members in run.json')


def everyone(where):
    """The run ends as done; one that diverged among them changes nothing."""
    small = Small(where)
    values = {**group(1, 10.0, 'val_loss'), 'train__learning_rate': 0.1}
    for name, rates, statuses in (('all', '(0.1, 0.2)', ['stopped', 'stopped']),
                                  ('one-diverged', '(0.1, 1e30)', ['stopped', 'diverged'])):
        end = small.run(name, **values,
                        population=f'({{ key = "train.learning_rate"; values = {rates}; }})')
        expect_equal([end.json['status'], end.json['reason']],
                     ['done', 'every member has stopped or diverged'], f'{name}: status')
        expect(end.json['updates'] < 16, f'{name}: ends at update {end.json["updates"]}')
        expect_equal([member['status'] for member in end.members], statuses, f'{name}: members')
        expect(end.members[0]['test_accuracy'] > 0, f'{name}: a stopped member counts')
        before = end.members
        run('resume', end.path, '--quiet', env=small.env)
        expect_equal(end.members, before, f'{name}: nothing is left to resume')


def without_validation(where):
    small = Small(where)
    refused = run('run', CONFIGS / 'small.cfg', '--out', where / 'no', *sets(data__validation=0),
                  *sets(**group(1, 0.0, 'val_loss')), code=2, env=small.env)
    expect_errors(refused, 'early_stopping.*validation samples')


main(when, alone, resumed, everyone, without_validation)
