"""Running the program with tests/support/file_faults.c between it and its files."""
import collections
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))
from cltrain import ROOT, command, environment  # noqa: E402

CONFIGS = pathlib.Path(__file__).resolve().parent / 'configs'
LIBRARY = os.environ.get('CLTRAIN_FILE_FAULTS', str(ROOT / 'build/tests/support/file_faults.so'))
TIMEOUT = 900  # seconds; a run takes one, on a machine that has nothing else to do
HUNG = -1000   # in place of an exit code

Call = collections.namedtuple('Call', 'number function path detail result')


class Process:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.killed = code == -9
        self.crashed = (code < 0 and code != HUNG) or 'Sanitizer' in err or 'runtime error' in err


def faulty(folders, fault=None, log=None):
    """The environment in which calls on files below `folders` count; `fault` is CLTRAIN_FAULT."""
    changes = {'LD_PRELOAD': LIBRARY, 'CLTRAIN_FAULT_FOLDERS': ':'.join(map(str, folders)),
               # LD_PRELOAD comes before the run-time library of a build with sanitizers.
               'ASAN_OPTIONS': f'verify_asan_link_order=0:{os.environ.get("ASAN_OPTIONS", "")}'}
    if fault:
        changes['CLTRAIN_FAULT'] = fault
    if log:
        changes['CLTRAIN_FAULT_LOG'] = log
    return changes


def run(words, env, folders=None, fault=None, log=None, before=None):
    """Runs the program; with `folders`, between it and its files. `before` is called in the new process."""
    if log:
        log.unlink(missing_ok=True)
    changes = {**env, **(faulty(folders, fault, log) if folders else {})}
    try:
        done = subprocess.run(command(*words), env=environment(changes), text=True, errors='replace',
                              capture_output=True, timeout=TIMEOUT, check=False, preexec_fn=before)
    except subprocess.TimeoutExpired:
        return Process(HUNG, '', '')
    return Process(done.returncode, done.stdout, done.stderr)


def read_log(path):
    calls = []
    for line in path.read_text().splitlines():
        number, function, name, detail, result = line.split('\t')
        calls.append(Call(int(number), function, name, detail, result))
    return calls


def plain(path):
    """A path without what tells that it is not finished yet."""
    return re.sub(r'\.tmp\.\d+$', '', path)


def temporaries(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*.tmp*'))
