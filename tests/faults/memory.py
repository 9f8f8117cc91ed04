"""Memory that runs out: each allocation of the program fails, one a try. Every try ends with the exit
code of a program without memory and one message, or, where what failed only saves time, as if nothing
had happened; with sanitizers, without a leak.

    memory.py           once for every third place in the code that allocates, of a few commands
    memory.py --sites   for every place, of all commands
    memory.py --all     of all commands, for each way in which the code comes to such a place: first
                        that allocation alone fails, then all that follow it as well
    memory.py --sites resume study     of the commands of these names

CLTRAIN names the program built with tests/support/failing_memory.c."""
import collections
import concurrent.futures
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))
from cltrain import (CONFIGS, PROGRAM, Failure, RunDirectory, Small, command, environment,  # noqa: E402
                     expect, main, snapshot)

NO_MEMORY = 4  # the exit code
THIRD = 3

# The page is extra: without memory for it a run is whole, but for that output.
WITHOUT_PAGE = (5, r'cltrain: .*report.html was not written, the run is whole: .*')
# jansson takes a string for which it has no memory for a wrong one.
AS_IF_DAMAGED = (3, r'cltrain: .*(is|are) damaged.*|cltrain: .*no network that cltrain has written')


class Try(collections.namedtuple('Try', 'command number on site')):
    """The allocation `number` of a command fails, and with `on` those after it."""

    def __str__(self):
        return f'{self.command} {self.number}{"+" * self.on} at {self.site}'


class Commands:
    """The command lines, by name: each gets a folder of its own, with a copy of what it changes."""

    def __init__(self, where):
        self.where = where
        self.small = Small(where)
        self.done = self.small.run('done')
        self.stopped = self.small.run('stopped', train__stop_at_update=5)
        self.images = where / 'data/t10k-images-idx3-ubyte.gz'

    def few(self):
        config = CONFIGS / 'small.cfg'
        return {
            'check': lambda at: ['check', config],
            'run': lambda at: ['run', config, '--out', at / 'run', '--quiet'],
            'report': lambda at: ['report', self.copy(self.done, at)],
            'predict': lambda at: ['predict', self.done.path, self.images],
        }

    def all(self):
        five = CONFIGS / 'five.cfg'
        return {
            **self.few(),
            'resume': lambda at: ['resume', self.copy(self.stopped, at), '--quiet'],
            'eval': lambda at: ['eval', self.done.path, '--json'],
            'run five': lambda at: ['run', five, '--out', at / 'run', '--quiet'],
            'check five': lambda at: ['check', five, '--json'],
            'compare': lambda at: ['report', self.copy(self.done, at), self.stopped.path],
            'study': lambda at: ['run', CONFIGS / 'study.cfg', '--out', at / 'run', '--quiet'],
            'trials': lambda at: ['study', self.done.path],
            'devices': lambda at: ['devices'],
            'config': lambda at: ['config'],
        }

    @staticmethod
    def copy(run_directory, at):
        shutil.copytree(run_directory.path, at / 'run')
        return at / 'run'


def execute(words, env, at):
    """Exit code and output, without what differs between one execution and the next."""
    done = subprocess.run(command(*words), env=environment(env), capture_output=True, timeout=600,
                          text=True, errors='replace', cwd=at, check=False)
    out = done.stdout.replace(str(at), 'HERE')
    return done.returncode, re.sub(r'[0-9.]+ (ms|s)\b', 'TIME', out), done.stderr


def allocations(commands, name, words_for):
    """Lists (caller, stack) of a command that does not fail, and what it leaves."""
    at = commands.where / f'list of {name}'
    at.mkdir()
    listed = at / 'allocations'
    code, out, err = execute(words_for(at), {**commands.small.env, 'CLTRAIN_ALLOCATIONS': listed}, at)
    if code:
        raise Failure(f'{name}: {err}')
    rows = [line.split() for line in listed.read_text().splitlines()]
    listed.unlink()
    return rows, out


def tries(name, rows, seen, every_way):
    """The first allocation of each place that is not in `seen` yet; or of each way to each place."""
    first = {}
    for number, (caller, stack) in enumerate(rows, 1):
        # jansson allocates for many: there, only the way tells who asks.
        key = (caller, stack) if every_way else caller if caller != '0' else stack
        first.setdefault(key, (number, caller))
    for key, (number, caller) in first.items():
        if every_way:
            yield Try(name, number, False, caller)
            yield Try(name, number, True, caller)
        elif key not in seen:
            seen.add(key)
            yield Try(name, number, False, caller)


# ---- the verdict ----

def whole(path):
    """Whether the checksum of a checkpoint fits it."""
    data = path.read_bytes()
    digits = re.search(rb'"crc32":"([0-9a-f]{8})"', data[:200])
    blank = data[:digits.start(1)] + b'0' * 8 + data[digits.end(1):]
    return zlib.crc32(blank) == int(digits.group(1), 16)


def lasting(out):
    """Without what changes from one moment to the next: the memory that `check` finds free."""
    return re.sub(r'; .* leaves [0-9.]+', '', out)


def complaint(commands, words_for, one, reference, at):
    """What is wrong with how this try ends; None where nothing is."""
    at.mkdir()
    code, out, err = execute(words_for(at), {
        **commands.small.env, 'CLTRAIN_FAIL_ALLOCATION': f'{one.number}{"+" * one.on}'}, at)
    lines = err.splitlines()
    left = [path for path in at.rglob('*') if path.is_file()]
    torn = [path.name for path in left if path.suffix == '.safetensors' and not whole(path)]
    if torn or any('.tmp' in path.name for path in left):
        return f'{torn} torn; left {[path.name for path in left]}'
    if code == 0:
        return None if (lasting(out), err) == (lasting(reference), '') else f'exit code 0, but not the same:\n{out}{err}'
    excused = [WITHOUT_PAGE] + [AS_IF_DAMAGED] * (one.site == '0')
    if len(lines) == 1 and any(code == wanted and re.fullmatch(pattern, lines[0])
                               for wanted, pattern in [(NO_MEMORY, 'cltrain: .*')] + excused):
        return None
    return f'exit code {code}: {err}'


def site(caller):
    """The function and line of an address in the program."""
    told = subprocess.run(['addr2line', '-fse', PROGRAM, f'0x{int(caller, 16) - 1:x}'],
                          capture_output=True, text=True, check=False)
    return ' '.join(told.stdout.split()) if int(caller, 16) else 'jansson'


def sweep(commands, chosen, every_way, stride):
    seen, wrong, counts = set(), [], collections.Counter()
    workers = len(os.sched_getaffinity(0))
    folders = (commands.where / f'try {number}' for number in itertools.count())
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for name, words_for in chosen.items():
            rows, reference = allocations(commands, name, words_for)
            todo = list(tries(name, rows, seen, every_way))[::stride]
            places = list(itertools.islice(folders, len(todo)))

            def verdict(one, at, words_for=words_for, reference=reference):
                what = complaint(commands, words_for, one, reference, at)
                shutil.rmtree(at)
                return one, what

            for one, what in pool.map(verdict, todo, places):
                if what:
                    wrong.append(one)
                    print(f'WRONG: {one} ({site(one.site)}): {what}', flush=True)
            counts[name] = len(todo)
            print(f'{name}: {len(rows)} allocations, {len(todo)} tries', flush=True)
    return sum(counts.values()), wrong


def memory(where):
    commands = Commands(where)
    few = not {'--sites', '--all'} & set(sys.argv)
    named = [word for word in sys.argv[1:] if not word.startswith('--')]
    chosen = commands.few() if few else commands.all()
    chosen = {name: words for name, words in chosen.items() if name in named or not named}
    count, wrong = sweep(commands, chosen, '--all' in sys.argv, THIRD if few else 1)
    expect(not wrong, f'{count} allocations failed, {len(wrong)} of them ended wrongly')


main(memory)
