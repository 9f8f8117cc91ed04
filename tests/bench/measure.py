"""Running cltrain and its peers to measure them."""
import json
import os
import pathlib
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CONFIGS = ROOT / 'configs/bench'
PROGRAM = os.environ.get('CLTRAIN', str(ROOT / 'build/host/cli/cltrain'))


class Absent(Exception):
    """A peer is not installed here, or cannot do what it is asked."""


def bench(*arguments, seconds):
    """What `cltrain bench --json` says."""
    command = [PROGRAM, 'bench', '--json', '--quiet', '--seconds', str(seconds), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f'{" ".join(command)}\n{done.stderr}')
    return json.loads(done.stdout)


def environment():
    return {**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'}


class Peer:
    """A peer's process, which waits between requests: what it compiles is compiled once."""

    def __init__(self, python, script):
        self.command = [python, HERE / script]
        self.absent = None
        try:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL, text=True, env=environment())
            self.version = self.ask('version')['version']
        except (OSError, Absent) as error:
            self.absent, self.version = str(error), None

    def ask(self, task, **arguments):
        if self.absent:
            raise Absent(self.absent)
        try:
            self.process.stdin.write(json.dumps({'task': task, **arguments}) + '\n')
            self.process.stdin.flush()
            reply = self.process.stdout.readline()
        except BrokenPipeError:
            reply = ''
        if not reply:
            raise Absent(f'{self.command[1].name} does not run with {self.command[0]}')
        reply = json.loads(reply)
        if 'error' in reply:
            raise Absent(reply['error'])
        return reply

    def rate(self, task, **arguments):
        return self.ask(task, **arguments)['highest']

    def close(self):
        if hasattr(self, 'process'):
            self.process.stdin.close()
            self.process.wait()


def process(command):
    """Wall seconds and peak MiB of memory of a whole process."""
    start = time.perf_counter()
    with open(os.devnull, 'w') as nowhere, tempfile.TemporaryFile('w+') as errors:
        child = subprocess.Popen(list(map(str, command)), stdout=nowhere, stderr=errors, env=environment())
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            raise Absent((errors.read().strip() or 'failed').splitlines()[-1])
    return {'seconds': time.perf_counter() - start, 'mib': usage.ru_maxrss / 1024}


def run_seconds(config, folder, *sets):
    """Seconds that a run says it has trained."""
    command = [PROGRAM, 'run', config, '--quiet', '--out', folder]
    done = subprocess.run([*map(str, command), *(word for value in sets for word in ('--set', value))],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f'{" ".join(map(str, command))}\n{done.stderr}')
    return json.loads((folder / 'run.json').read_text())['seconds']
