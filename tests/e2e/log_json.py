"""--log-json: standard error is events, a JSON object a line."""
import json
import re
import signal
import subprocess
import time

from cltrain import (CONFIGS, DENSE, LONG, RunDirectory, Small, command, environment, expect, expect_equal, main, run,
                     sets)

TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z')
COLUMNS = ('train_cost', 'train_loss', 'train_accuracy', 'val_cost', 'val_loss', 'val_accuracy')


def events(text):
    lines = [json.loads(line) for line in text.splitlines()]
    expect(lines and all(TIME.fullmatch(line['time']) for line in lines), f'{len(lines)} events, each with its time')
    return lines


def of(lines, name):
    return [line for line in lines if line['event'] == name]


def train(where, small, *arguments, config='small', code=0, **values):
    done = run('run', CONFIGS / f'{config}.cfg', '--out', where / 'out', '--log-json', *sets(**values), *arguments,
               env=small.env, code=code)
    return done, events(done.err)


def same_number(text, value):
    return text == '' and value is None or f'{value:.9g}' == f'{float(text):.9g}'


def reports_are_the_metrics(where):
    small = Small(where)
    done, lines = train(where, small, config='five')
    directory = RunDirectory(where / 'out')
    rows, reports = directory.metrics(), of(lines, 'report')
    expect_equal([(str(r['member']), str(r['update'])) for r in reports],
                 [(row['member'], row['update']) for row in rows], 'an event for each row of metrics.csv')
    wrong = [(row, report) for row, report in zip(rows, reports)
             for key in ('epoch', 'learning_rate', *COLUMNS) if not same_number(row[key], report[key])]
    expect_equal(wrong, [], 'the same numbers')
    start, = of(lines, 'started')
    expect_equal(start['members'], len(directory.members), 'started: members')
    end, = of(lines, 'ended')
    expect_equal((end['status'], end['exit_code'], end['folder']), ('done', 0, str(where / 'out')), 'ended')
    expect_equal(lines[-1]['event'], 'exit', 'the last event')
    expect('run directory' in done.out, 'standard output as ever')


def quiet(where):
    _, lines = train(where, Small(where), '--quiet')
    expect_equal([line['event'] for line in lines], ['ended', 'exit'], '--quiet: the end alone')


def divergence(where):
    _, lines = train(where, Small(where), config='divergent')
    members = RunDirectory(where / 'out').members
    named = of(lines, 'diverged')
    expect(named, 'members that diverge')
    for event in named:
        recorded = members[event['member']]['diverged']
        expect_equal({key: event[key] for key in recorded}, recorded, 'the event has what run.json has')


def what_becomes_of_members(where):
    """Rewound, diverged for good, stopped early; in parts, which number them by the population."""
    small = Small(where)
    rows = ('({ key = "train.batch_size"; values = (48, 60); },'
            ' { key = "train.learning_rate"; values = (0.01, 1e12); })')
    _, lines = train(where, small, population=rows, model=DENSE, train__on_divergence='rewind', train__max_rewinds=2,
                     train__early_stopping='{ patience = 2; min_delta = 1.0; }', code=0)
    run_directory = RunDirectory(where / 'out')
    rewinds = {k: [] for k in range(4)}
    for event in of(lines, 'rewound'):
        rewinds[event['member']].append({key: event[key] for key in ('update', 'to_update', 'factor')})
    recorded = {k: member['rewinds'] for k, member in enumerate(run_directory.members)}
    expect_equal(rewinds, recorded, 'rewound: those of run.json')
    expect(any(rewinds.values()), f'there are some: {[len(each) for each in rewinds.values()]}')
    expect_equal({event['member'] for event in of(lines, 'diverged')},
                 {k for k, member in enumerate(run_directory.members) if member['diverged']}, 'diverged')
    expect(of(lines, 'diverged'), 'in the end, those that are out of rewinds')
    expect_equal({event['member']: event['update'] for event in of(lines, 'stopped')},
                 {k: member['stopped_at'] for k, member in enumerate(run_directory.members) if member['stopped_at']},
                 'stopped early')
    expect(of(lines, 'stopped'), 'one at least has')
    expect_equal([event['members'] for event in of(lines, 'part')], [2, 2], 'parts')


def tuning(where):
    small = Small(where)
    small.env['XDG_CACHE_HOME'] = where / 'cache'
    rows = '({ key = "train.batch_size"; values = (48, 60); })'
    _, lines = train(where, small, gemm__tune_seconds=0.05, population=rows)
    found = of(lines, 'tuning')
    expect(found and all(0 <= event['done'] < event['total'] for event in found), f'{len(found)} products are measured')


def warnings(where):
    """Also below --quiet."""
    small = Small(where)
    for name, values, place in (('whole', {}, ''), ('parts', {
            'population': '({ key = "train.batch_size"; values = (48, 60); })'}, 'parts/01/')):
        stopped = small.run(name, train__stop_at_update=14, **values)
        best = stopped.path / place / 'checkpoint/best/member-000.safetensors'
        record = json.loads((stopped.path / place / 'run.json').read_text())['members'][0]['best']
        expect(0 < record['update'] < 14, f'{name}: the best network is of update {record["update"]}')
        best.unlink()
        told = run('resume', stopped.path, '--log-json', '--quiet', env=small.env)
        expect('has lost its best network' in of(events(told.err), 'warning')[0]['message'], f'{name}: a warning')


def errors(where):
    small = Small(where)
    _, lines = train(where, small, code=2, train__batch_size=0)
    expect('train.batch_size' in of(lines, 'error')[0]['message'], f'a wrong config: {lines[0]["message"]}')
    expect_equal(lines[-1]['exit_code'], 2, 'its exit code')
    _, lines = train(where, small, code=3, data__path='/nowhere')
    expect('/nowhere' in of(lines, 'error')[0]['message'], f'data that are not there: {lines[0]["message"]}')
    expect_equal(lines[-1]['exit_code'], 3, 'its exit code')


def no_standard_output(where):
    """The last event has the exit code of the program."""
    small = Small(where)
    with open('/dev/full', 'w', encoding='ascii') as full:
        done = subprocess.run(command('run', CONFIGS / 'small.cfg', '--out', where / 'out', '--log-json'), stdout=full,
                              stderr=subprocess.PIPE, env=environment(small.env), text=True, check=False)
    lines = events(done.stderr)
    expect_equal([done.returncode, lines[-1]['event'], lines[-1]['exit_code']], [5, 'exit', 5], 'it ends')


def stopped_by_a_signal(where):
    small = Small(where)
    process, directory = small.start('out', '--log-json', **LONG)
    process.send_signal(signal.SIGUSR1)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    lines = events(process.communicate()[1])
    expect_equal(process.returncode, 143, 'SIGTERM')
    end, = of(lines, 'ended')
    expect_equal((end['status'], end['exit_code']), ('interrupted', 143), 'ended')
    expect_equal(end['reason'], directory.json['reason'], 'for the reason in run.json')
    expect('resume' in of(lines, 'error')[-1]['message'], 'it tells how to go on')


def study(where):
    _, lines = train(where, Small(where), config='study')
    stages = [stage['name'] for stage in of(lines, 'stage')]
    expect_equal(stages, [stage['name'] for stage in of(lines, 'stage_ended')], f'stages {stages} begin and end')


main(reports_are_the_metrics, quiet, divergence, what_becomes_of_members, tuning, warnings, errors,
     no_standard_output, stopped_by_a_signal, study)
