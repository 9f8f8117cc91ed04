"""Calls on files that fail, one at a time: each ends with one message, the right exit code and nothing
lost, or goes through as if nothing had been.

    files.py          a sample, for ctest (CLTRAIN_FAULT_CASES of them, 100 without it)
    files.py --all    each call of each scenario, with each fault that fits it; prints a table

Then what fails for real: a disk and a file-size limit that fill up, a folder that cannot be written, a
limit of open files."""
import argparse
import collections
import concurrent.futures
import errno
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading

import preload
from cltrain import Failure, expect, expect_equal, folder, sets, snapshot
from preload import CONFIGS, HUNG, plain, read_log
from runs import RUN, STUDY, Setting, complete, difference, leftovers

WORKERS = int(os.environ.get('CLTRAIN_FAULT_WORKERS', 2))

# What may become of each function. What is in HARMLESS must not be noticed.
FAULTS = {
    'open': ('EMFILE', 'EIO', 'EINTR'), 'create': ('ENOSPC', 'EMFILE', 'EINTR'),
    'read': ('EIO', 'EINTR', 'short'), 'pread': ('EIO', 'EINTR', 'short'),
    'write': ('ENOSPC', 'EIO', 'EINTR', 'short', 'ENOSPC+'), 'pwrite': ('ENOSPC', 'EIO', 'EINTR', 'short'),
    'fsync': ('EIO', 'EINTR'), 'close': ('EDQUOT', 'EINTR'), 'rename': ('EIO', 'ENOSPC'),
    'mkdir': ('ENOSPC', 'EROFS'),
    'ftruncate': ('EIO', 'EINTR'), 'ftruncate64': ('EIO', 'EINTR'), 'flock': ('ENOLCK', 'EINTR'),
    'link': ('ENOSPC', 'EXDEV'), 'unlink': ('EIO',), 'remove': ('EIO',), 'rmdir': ('EIO',),
    'mmap': ('ENOMEM',), 'opendir': ('EMFILE', 'EIO'), 'readdir': ('EIO',), 'access': ('EIO',)}
HARMLESS = ('EINTR', 'short')
# Where the program may go on: what it removes in passing; links that a file system does not have;
# locks likewise.
FORGIVEN = {('unlink', 'EIO'), ('rmdir', 'EIO'), ('remove', 'EIO'), ('link', 'EXDEV'), ('link', 'ENOSPC'),
            ('flock', 'ENOLCK')}
EXIT_USAGE, EXIT_DATA, EXIT_OUTPUT = 2, 3, 5


def kind_of(call):
    return 'create' if call.function == 'open' and call.detail != 'read' else call.function


class Scenario:
    """A command whose calls are made to fail. `make` puts what it starts from into an empty folder,
    where the command's output `out` then lies; `within` names the folders whose calls count."""

    def __init__(self, name, words, judge, make=None, within=('out',), env=None):
        self.name, self.words, self.judge = name, words, judge
        self.make, self.within, self.env = make, within, env or {}
        self.lock = threading.Lock()
        self.calls, self.tried, self.found = [], 0, collections.Counter()

    def prepare(self, where, setting):
        """A fresh folder to run in, the command, its environment and the folders that count."""
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        if self.make:
            self.make(where, setting)
        env = {**setting.env, **{key: value.format(where) for key, value in self.env.items()}}
        words = [str(word).format(where) for word in self.words]
        return words, env, [where / name for name in self.within]

    def record(self, where, setting):
        """The calls of an undisturbed run, which must be one."""
        words, env, folders = self.prepare(where, setting)
        done = preload.run(words, env, folders, log=where / 'log')
        expect_equal((done.code, done.err), (0, ''), f'{self.name}: undisturbed')
        self.calls = read_log(where / 'log')
        shutil.copytree(where, setting.where / 'undisturbed' / self.name)

    def faults(self):
        return [(call, fault) for call in self.calls for fault in FAULTS[kind_of(call)]]


# ---- what must hold afterwards ----

def judge_training(case):
    """A command that trains into `out`."""
    out, reference = case.where / 'out', case.setting.where / case.scenario.name.split()[-1]
    if case.code and (out / 'run.json').exists():
        case.check('record', records_failure(case, json.loads((out / 'run.json').read_text())))
    if case.code == 0:
        found = difference(out, reference)
    else:
        found = complete(case.where / 'out', case.words, case.setting.env)
        found = found or difference(out, reference)
    case.check('lost', found)
    kept = plain(case.call.path) if case.call.function == 'unlink' else None
    case.check('leftover', [name for name in leftovers(case.where) if str(case.where / name) != kept])


def records_failure(case, record):
    """run.json tells of the failure, where it could still be written and is not of an earlier one."""
    reason = case.err.strip().removeprefix('cltrain: ')
    if case.persists or 'report.html' in reason or record['status'] == 'failed':
        return None
    if plain(case.call.path).endswith(('run.json', 'result.csv')) or not case.after_record():
        return None
    return f'status {record["status"]} after {reason}'


def judge_reading(case):
    """A command that leaves the run directory as it is."""
    before = snapshot(case.setting.where / 'undisturbed' / case.scenario.name / 'out')
    after = snapshot(case.where / 'out')
    for name in ('report.html',):
        before.pop(name, None), after.pop(name, None)
    case.check('lost', [name for name in before if before[name] != after.get(name)])
    case.check('leftover', sorted(set(after) - set(before)))


class Case:
    def __init__(self, scenario, call, fault, setting):
        self.scenario, self.call, self.fault, self.setting = scenario, call, fault, setting
        self.persists = fault.endswith('+')
        self.problems = []

    def check(self, kind, found):
        if found:
            self.problems.append((kind, found))

    def allowed_codes(self):
        kind = (kind_of(self.call), self.fault)
        if self.fault in HARMLESS:
            return (0,)
        if not self.call.path.startswith(str(self.where / 'out')):
            codes = (EXIT_USAGE, EXIT_DATA)
        elif self.call.path.endswith('config.cfg'):
            codes = (EXIT_USAGE, EXIT_DATA, EXIT_OUTPUT)
        else:
            codes = (EXIT_DATA, EXIT_OUTPUT)
        path = self.call.path
        # A file that was only read, or synced before; a question that has another answer below.
        idle = kind[0] == 'access' or (kind[0] == 'close' and plain(path) == path) \
            or (kind[0] == 'pread' and path.endswith('/lock'))  # who held it before
        tolerated = (kind in FORGIVEN or idle or '/cache' in path
                     or self.call.result == 'EEXIST'  # the folder is there anyway
                     or self.page_tells())
        return codes + (0,) if tolerated else codes

    def names_path(self, line):
        path = plain(self.call.path.replace(str(self.recorded), str(self.where)))
        return path in line or os.path.dirname(path) in line

    def page_tells(self):
        """A page that leaves out what could not be read says so in its place."""
        page = self.where / 'out/report.html'
        return page.exists() and os.strerror(getattr(errno, self.fault.rstrip('+'), 0)) in page.read_text()

    def after_record(self):
        """Whether the command had written run.json before."""
        return any(call.function == 'rename' and call.detail.endswith('/run.json')
                   for call in self.scenario.calls[:self.call.number - 1])

    def run(self, where):
        self.where, self.recorded = where, self.setting.where / 'recorded'
        self.words, env, folders = self.scenario.prepare(where, self.setting)
        what = f'{self.fault.rstrip("+")}@{self.call.number}{"+" if self.persists else ""}'
        done = preload.run(self.words, env, folders, fault=what, log=where.with_suffix('.log'))
        self.code, self.err = done.code, done.err
        self.call = self.call._replace(path=self.call.path.replace(str(self.recorded), str(where)))
        self.check('crash', done.crashed and f'signal {-done.code}: {done.err[-2000:]}')
        self.check('hang', done.code == HUNG)
        if not self.problems:
            self.check('code', done.code not in self.allowed_codes()
                       and f'exit code {done.code}: {done.err.strip()}')
            self.check('message', self.wrong_message(done))
            self.scenario.judge(self)
        return self

    def wrong_message(self, done):
        lines = done.err.splitlines()
        if done.code == 0:
            return lines
        good = len(lines) == 1 and lines[0].startswith('cltrain: ') and ';' in lines[0] \
            and self.names_path(lines[0])
        return None if good else lines or 'none'

    def __str__(self):
        path = self.call.path.replace(str(self.where), '')
        return f'{self.scenario.name}: {self.fault} at call {self.call.number}, {self.call.function} {path}'


# ---- scenarios ----

def copies(name):
    return lambda where, setting: setting.copy(name, where / 'out')


def own_data(where, setting):
    """Data and configs of the case's own: packed images, plain labels that are mapped, a base."""
    shutil.copytree(setting.data, where / 'data')
    packed = where / 'data/t10k-images-idx3-ubyte.gz'
    subprocess.run(['gunzip', packed], check=True)
    shutil.copytree(CONFIGS, where / 'configs')
    (where / 'configs/top.cfg').write_text('base = "run.cfg";\n@include "more.inc"\n')
    (where / 'configs/more.inc').write_text('train = { cycles = 1; snapshots = false; };\n')


def pictures(where, setting):
    setting.copy('run', where / 'out')
    own_data(where, setting)


def all_scenarios():
    out = '{}/out'
    tuned = {'XDG_CACHE_HOME': '{}/cache'}
    own = {'CLTRAIN_SMALL_DATA': '{}/data'}
    return [
        Scenario('run', ['run', RUN, '--out', out, '--quiet'], judge_training),
        Scenario('resumed run', ['resume', out, '--quiet'], judge_training, copies('stopped')),
        Scenario('study', ['run', STUDY, '--out', out, '--quiet'], judge_training),
        Scenario('resumed study', ['resume', out, '--quiet'], judge_training, copies('stopped-study')),
        Scenario('tuned run', ['run', RUN, '--out', out, '--quiet', *sets(gemm__tune_seconds=0.2)],
                 judge_training, within=('cache',), env=tuned),
        Scenario('eval', ['eval', out, '--checkpoint', 'best'], judge_reading, copies('run')),
        Scenario('predict', ['predict', out, '{}/data/t10k-images-idx3-ubyte'], judge_reading, pictures,
                 within=('out', 'data'), env=own),
        Scenario('report', ['report', out], judge_reading, copies('run')),
        Scenario('report of a study', ['report', out], judge_reading, copies('study')),
        Scenario('check', ['check', '{}/configs/top.cfg'], judge_reading, own_data,
                 within=('data', 'configs'), env=own),
    ]


def sample(scenarios, count):
    """As many cases of each scenario, spread over its calls and faults."""
    for scenario in scenarios:
        faults = scenario.faults()
        share = max(1, count // len(scenarios))
        step = max(1, len(faults) // share)
        yield from ((scenario, *faults[i]) for i in range(step // 2, len(faults), step))


def sweep(where, count, names):
    setting = Setting(where)
    scenarios = [s for s in all_scenarios() if not names or s.name in names]
    for scenario in scenarios:
        scenario.record(where / 'recorded', setting)
    cases = [(s, *f) for s in scenarios for f in s.faults()] if count is None else list(sample(scenarios, count))
    free = [where / f'worker-{i}' for i in range(WORKERS)]

    def work(case):
        place = free.pop()
        try:
            return Case(*case, setting).run(place)
        finally:
            free.append(place)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for case in pool.map(work, cases):
            case.scenario.tried += 1
            for kind, found in case.problems:
                case.scenario.found[kind] += 1
                print(f'FAILED: {case}: {kind}: {found}', flush=True)
    print_table(scenarios)
    expect(not any(s.found for s in scenarios), f'{len(cases)} faults')


KINDS = ('crash', 'hang', 'code', 'message', 'record', 'lost', 'leftover')


def print_table(scenarios):
    print(f'{"scenario":20}{"calls":>7}{"faults":>8}' + ''.join(f'{kind:>10}' for kind in KINDS))
    for s in scenarios:
        print(f'{s.name:20}{len(s.calls):7}{s.tried:8}' + ''.join(f'{s.found[kind]:10}' for kind in KINDS))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument('--all', action='store_true', help='each call with each fault')
    options.add_argument('scenarios', nargs='*', help='their names; all without any')
    given = options.parse_args()
    count = None if given.all else int(os.environ.get('CLTRAIN_FAULT_CASES', 100))
    with folder() as where:
        try:
            sweep(where, count, given.scenarios)
        except Failure as failure:
            print(f'FAILED: {failure}')
            sys.exit(1)


if __name__ == '__main__':
    main()
