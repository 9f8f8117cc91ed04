"""Runs that are killed, in each phase of their life, and then resumed: what is there afterwards equals
what an undisturbed run leaves, byte for byte, and nothing of the killed process stays.

    kills.py          a sample, for ctest (CLTRAIN_KILL_CASES of them, 48 without it)
    kills.py --all    before and after each call on a file of a whole checkpoint and of everything that
                      ends a run, and many in the other phases; prints a table

A kill comes either before or after one call on a file, by tests/support/file_faults.c, or at a random
moment of a phase; SEED says which moments."""
import argparse
import collections
import concurrent.futures
import itertools
import os
import random
import shutil
import subprocess
import sys
import time

import preload
from cltrain import Failure, command, environment, expect, expect_equal, folder, sets
from preload import HUNG, Process, plain, read_log
from runs import RUN, STUDY, Setting, complete, difference, leftovers, page

WORKERS = int(os.environ.get('CLTRAIN_FAULT_WORKERS', 2))
SEED = 1
WIDE = ['--set', 'model[0].units=64']  # products that are worth measuring
LONG = sets(train__cycles=300, train__snapshots='false', report__every_updates=300)


class Phase:
    """A part of a command's life: `first` and `last` tell of a call of an undisturbed run whether the
    phase begins and ends with it. Kills come at each `stride`-th of its calls, and `moments` more at
    random times after its first."""

    def __init__(self, name, words, reference, first, last, stride=1, moments=0, start=None, env=None,
                 counted=None):
        self.name, self.words, self.reference = name, words, reference
        self.first, self.last, self.stride, self.moments = first, last, stride, moments
        self.start, self.env = start, env or {}
        self.counted = counted or (lambda call: True)
        self.results = collections.Counter()

    def prepare(self, where, setting):
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir()
        if self.start:
            setting.copy(self.start, where / 'out')
        env = {**setting.env, **{key: value.format(where) for key, value in self.env.items()}}
        return [str(word).format(where) for word in self.words], env

    def record(self, where, setting):
        """The numbers of the phase's calls, and the seconds that it takes."""
        log = where.with_suffix('.log')
        for _ in range(2 if self.moments else 1):  # the first time, kernels may have to be compiled
            words, env = self.prepare(where, setting)
            started = time.monotonic()
            done = preload.run(words, env, [where], log=log)
            self.seconds = time.monotonic() - started
        expect_equal((done.code, done.err), (0, ''), f'{self.name}: undisturbed')
        calls = read_log(log)
        first = next(i for i, call in enumerate(calls) if self.first(call))
        last = next((i for i, call in enumerate(calls[first:], first) if self.last(call)), len(calls) - 1)
        self.begins = calls[first].number
        self.calls = [call for call in calls[first:last + 1] if self.counted(call)]

    def kills(self):
        chosen = self.calls[::self.stride]
        at_calls = [(f'kill-{when}@{call.number}', 0) for call in chosen for when in ('before', 'after')]
        draw = random.Random(f'{SEED} {self.name}')
        return at_calls + [(None, draw.random()) for _ in range(self.moments)]


def kill_at_moment(words, env, where, phase, moment):
    """SIGKILL at that part of the phase's time, counted from its first call."""
    log = where.with_suffix('.log')
    log.unlink(missing_ok=True)
    changes = {**env, **preload.faulty([where], log=log)}
    process = subprocess.Popen(command(*words), env=environment(changes), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (log.exists() and log.read_bytes().count(b'\n') >= phase.begins):
        time.sleep(0.002)
    if process.poll() is None:
        time.sleep(moment * phase.seconds / 2)
        process.kill()
    err = process.communicate(timeout=preload.TIMEOUT)[1]
    return Process(process.returncode, '', err)


def first_different_line(text, wanted):
    """Of report.html; None where there is none."""
    for got, other in itertools.zip_longest(text.splitlines(), wanted.splitlines()):
        if got != other:
            return f'report.html: {str(got)[:300]!r}, wanted {str(other)[:300]!r}'
    return None


class Kill:
    def __init__(self, phase, fault, moment, setting):
        self.phase, self.fault, self.moment, self.setting = phase, fault, moment, setting
        self.problems = []

    def run(self, where):
        words, env = self.phase.prepare(where, self.setting)
        if self.fault:
            done = preload.run(words, env, [where], fault=self.fault)
        else:
            done = kill_at_moment(words, env, where, self.phase, self.moment)
        self.killed = done.killed
        if not done.killed and (done.code != 0 or done.code == HUNG):
            self.problems.append(f'exit code {done.code}: {done.err}')
        self.judge(where, words, env)
        return self

    def judge(self, where, words, env):
        out, reference = where / 'out', self.setting.where / self.phase.reference
        begin = ['run', *words[1:]] if words[0] == 'run' else words
        failed = complete(out, begin, env)
        found = failed or difference(out, reference)
        # What was measured in tuning stands in the report.
        if not found and not self.phase.env:
            found = first_different_line(page(out), page(reference))
        self.problems += [found] if found else leftovers(where)

    def __str__(self):
        return f'{self.phase.name}: {self.fault or f"at {self.moment:.3f} of its time"}'


# ---- the phases ----

def is_rename(name, number=1):
    """The `number`-th rename to a file of that name."""
    left = [number]

    def holds(call):
        left[0] -= call.function == 'rename' and call.detail.endswith(name)
        return left[0] == 0
    return holds


def anything(_):
    return True


def never(_):
    return False


def is_write_of(name):
    return lambda call: call.function == 'write' and plain(call.path).endswith(name)


def concerns(*names):
    return lambda call: plain(call.path).endswith(names)


def all_phases():
    run = ['run', RUN, '--out', '{}/out', '--quiet']
    study = ['run', STUDY, '--out', '{}/out', '--quiet']
    tuned = {'XDG_CACHE_HOME': '{}/cache'}
    tune = [*run, *WIDE, *sets(gemm__tune_seconds=1)]
    state, record = 'state.safetensors', 'run.json'
    return [
        Phase('beginning', run, 'run', is_write_of('lock'), is_rename(state), stride=2),
        Phase('training', [*run, *LONG], 'long', is_rename(state), is_rename(state), stride=1000, moments=40),
        Phase('checkpointing', run, 'run', is_rename(state, 2), is_rename(state, 3)),
        Phase('ending', run, 'run', is_rename(state, 4), is_rename(record, 2),
              counted=concerns('result.csv', 'run.json', '/out', 'checkpoint', 'last', 'best')),
        Phase('resuming', ['resume', '{}/out', '--quiet'], 'run', anything, is_rename(state, 1), stride=3,
              start='stopped'),
        Phase('tuning', tune, 'wide', is_rename(record), is_rename(state), stride=1000, moments=24, env=tuned),
        Phase('its table', tune, 'wide', is_rename(record), is_rename(state), env=tuned,
              counted=lambda call: '/cache' in call.path),
        Phase('in a stage', study, 'study', is_rename(record, 2), is_rename(record, 3), stride=5),
        Phase('between stages', study, 'study', is_rename(record, 3), is_rename(record, 5), stride=2),
        Phase('in parts', study, 'study', is_rename(record, 6), is_rename(record, 9), stride=8),
        Phase('combining parts', study, 'study', is_rename(record, 9), never, stride=4),
        Phase('a study', study, 'study', is_rename(record), never, stride=1000, moments=20),
        Phase('a resumed study', ['resume', '{}/out', '--quiet'], 'study', anything, never, stride=16,
              start='stopped-study'),
        Phase('its report', run, 'run', is_rename(record, 2), never),
        Phase('report', ['report', '{}/out'], 'run', anything, never, stride=3, start='run'),
    ]


def sample(phases, count):
    """As many of each phase, spread over it."""
    for phase in phases:
        kills = phase.kills()
        step = max(1, len(kills) * len(phases) // count)
        yield from ((phase, *kill) for kill in kills[step // 2::step])


def sweep(where, count, names):
    setting = Setting(where)
    setting.make('long', RUN, *LONG)
    setting.make('wide', RUN, *WIDE)
    phases = [phase for phase in all_phases() if not names or phase.name in names]
    for phase in phases:
        phase.record(where / 'recorded', setting)
    kills = [(p, *k) for p in phases for k in p.kills()] if count is None else list(sample(phases, count))
    free = [where / f'worker-{i}' for i in range(WORKERS)]

    def work(kill):
        place = free.pop()
        try:
            return Kill(*kill, setting).run(place)
        finally:
            free.append(place)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for kill in pool.map(work, kills):
            kill.phase.results['killed'] += kill.killed
            kill.phase.results['ended before'] += not kill.killed
            kill.phase.results['equal'] += not kill.problems
            kill.phase.results['lost'] += bool(kill.problems)
            if kill.problems:
                print(f'FAILED: {kill}: {kill.problems}', flush=True)
    print_table(phases)
    expect(not any(phase.results['lost'] for phase in phases), f'{len(kills)} kills')
    expect(all(phase.results['killed'] for phase in phases), 'in every phase')


COLUMNS = ('killed', 'ended before', 'equal', 'lost')


def print_table(phases):
    total = sum((phase.results for phase in phases), collections.Counter())
    print(f'{"phase":18}' + ''.join(f'{column:>14}' for column in COLUMNS))
    for name, results in [(phase.name, phase.results) for phase in phases] + [('all', total)]:
        print(f'{name:18}' + ''.join(f'{results[column]:14}' for column in COLUMNS))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument('--all', action='store_true', help='all of them')
    options.add_argument('phases', nargs='*', help='their names; all without any')
    given = options.parse_args()
    count = None if given.all else int(os.environ.get('CLTRAIN_KILL_CASES', 48))
    with folder() as where:
        try:
            sweep(where, count, given.phases)
        except Failure as failure:
            print(f'FAILED: {failure}')
            sys.exit(1)


if __name__ == '__main__':
    main()
